"""What the page of a case says of what its licence would change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.models import Application
from coercivity.desk.licensing.panels import Panel
from coercivity.desk.licensing.services.reading import is_insider
from coercivity.desk.moment import now
from coercivity.desk.runs.models import Job
from coercivity.desk.runs.simulating import LICENCE_EFFECT, rows_of

__all__ = ["MEMBERS", "can_be_simulated", "effect_panel", "parameters_of", "subject_of", "validity"]

MEMBERS: Final = 64
"""Members behind an effect: a difference between paired runs needs far fewer than a level."""

_YEAR: Final = timedelta(days=365)


def subject_of(case: Application) -> str:
    """Return the name under which jobs of a case are found."""
    return f"case/{case.reference}"


def can_be_simulated(case: Application) -> bool:
    """Whether a case says enough: goods, way, and a pack with a network."""
    return bool(
        case.origin
        and case.destination
        and packs.opened(case.pack).table("sites")
        and case.lines.exists()
    )


def validity(case: Application, user: User) -> tuple[date, date]:
    """Return the first day of a licence and the day after its last.

    As decided; within the authority also as proposed; else a year from today on.
    """
    decisions = case.decisions.exclude(valid_from=None)
    if not is_insider(case, user):
        decisions = decisions.filter(standing="confirmed")
    decision = decisions.order_by("-id").first()
    if decision is not None and decision.valid_from and decision.valid_to:
        return decision.valid_from, decision.valid_to
    return now().date(), now().date() + _YEAR


def parameters_of(
    case: Application, *, scenario: str, valid_from: date, valid_to: date, members: int, seed: int
) -> dict[str, Any]:
    """Return what decides the effect of a case's licence, as plain values."""
    parties = [party.party for party in case.parties.all()] + [case.owner.party]
    return {
        "pack": case.pack,
        "scenario": scenario,
        "holders": sorted({name for name in parties if name}),
        "items": [
            {"item": line.item, "quantity": f"{line.quantity:f}", "unit": line.unit}
            for line in case.lines.all()
        ],
        "origin": case.origin,
        "destination": case.destination,
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat(),
        "members": members,
        "seed": seed,
    }


def effect_panel(case: Application, user: User) -> Panel | None:
    """Return the section of a case's page; None if nothing can be said or asked."""
    if not user.may(Permission.SEE_RESULTS) or not can_be_simulated(case):
        return None
    rows = visible(Job, user).filter(kind=LICENCE_EFFECT, subject=subject_of(case))
    job = rows.select_related("result").order_by("-id").first()
    values: dict[str, Any] = {"job": job, "can_run": user.may(Permission.RUN)}
    if job is not None and job.result is not None:
        content = job.result.content
        values["content"] = content
        values["tables"] = {name: rows_of(table) for name, table in content["tables"].items()}
    return Panel("runs/licence_panel.html", values)
