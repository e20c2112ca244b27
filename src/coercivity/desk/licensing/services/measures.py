"""Suspend licences and stop cases on which a new measure lands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coercivity.controls import Query, determine
from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.models import Licence, Posture
from coercivity.desk.licensing.services.issuing import act_upon
from coercivity.desk.licensing.services.moving import require
from coercivity.desk.services import service
from coercivity.errors import NotFoundError
from coercivity.licences import LicenceState, allowed

__all__ = ["Landing", "landings", "measure_choices", "suspend_under"]


@dataclass(frozen=True)
class Landing:
    """A licence and whether a measure governs its goods.

    Parameters
    ----------
    licence : Licence
        The licence.
    governs : bool or None
        None if a fact is missing: somebody has to look.
    why : str
        In words.
    """

    licence: Licence
    governs: bool | None
    why: str


def measure_choices(pack: str) -> list[tuple[str, str]]:
    """Return the measures of a pack as choices."""
    return [
        (measure.id, f"{instrument.number or instrument.id}, {measure.article or measure.id}")
        for instrument, measure in packs.register_of(pack).published(None)
    ]


def landings(user: User, *, pack: str, measure: str, on: date) -> list[Landing]:
    """Return every licence that may be suspended and on which a measure lands or may land.

    Raises
    ------
    NotFoundError
        If the pack has no such measure.
    """
    known = dict(measure_choices(pack))
    if measure not in known:
        raise NotFoundError(
            f"no measure is called {measure!r}", where=f"pack {pack}", hint="see the controls page"
        )
    rows = visible(Licence, user).filter(posture=Posture.NATIVE, pack=pack)
    live = [state.value for state in LicenceState if "suspend" in allowed(state)]
    found = []
    for licence in rows.filter(state__in=live).prefetch_related("lines").order_by("id"):
        landing = _landing(licence, pack, measure, on)
        if landing.governs is not False:
            found.append(landing)
    return found


def _landing(licence: Licence, pack: str, measure: str, on: date) -> Landing:
    """Ask the register about each line; the strongest answer counts."""
    answers: list[tuple[bool | None, str]] = []
    for line in licence.lines.all():
        query = Query(item=line.item, origin=licence.origin, destination=licence.destination, on=on)
        for step in determine(packs.register_of(pack), query).trace:
            if step.measure == measure:
                answers.append((step.matched, step.text))
    for wanted in (True, None):
        for matched, text in answers:
            if matched is wanted:
                return Landing(licence, wanted, text)
    return Landing(licence, False, "")


@service
def suspend_under(licences: list[Licence], *, actor: User, measure: str, reason: str) -> None:
    """Suspend licences under a measure: all of them, or none."""
    require(actor, Permission.MANAGE_LICENCES)
    for licence in sorted(licences, key=lambda licence: licence.pk):
        act_upon(
            licence,
            "suspend",
            actor=actor,
            reason=f"{measure}: {reason}",
            permission=Permission.MANAGE_LICENCES,
        )
