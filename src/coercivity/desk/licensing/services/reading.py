"""What a person is shown of a case or a licence; officials' work stays within the authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.licensing.convert import licence_of
from coercivity.desk.licensing.models import Application, Licence, LicenceLine
from coercivity.desk.moment import now
from coercivity.licences import Balance, LicenceState, current
from coercivity.timeline import day_in_zone

__all__ = ["HistoryRow", "LineState", "history_of", "is_insider", "line_states", "state_now"]

_INTERNAL: Final = frozenset(
    {"consult", "receive_advice", "conclude_review", "propose", "send_back"}
)


@dataclass(frozen=True)
class HistoryRow:
    """One step of a case as it is shown."""

    at: datetime
    event: str
    state: str
    who: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain values."""
        return {
            "at": self.at,
            "event": self.event,
            "state": self.state,
            "who": self.who,
            "reason": self.reason,
        }


def is_insider(case: Application, user: User) -> bool:
    """Whether somebody belongs to the authority that decides."""
    return case.authority_id == user.organisation_id


def history_of(case: Application, user: User) -> list[HistoryRow]:
    """Return the steps of a case, fetched with their actors.

    Outside the authority they come without names, reasons and drafts.
    """
    inside = is_insider(case, user)
    rows = []
    for change in case.changes.all():
        if not inside and change.event in _INTERNAL:
            continue
        own = change.actor is not None and change.actor.organisation_id == user.organisation_id
        who = str(change.actor) if own or inside else case.authority.name
        rows.append(HistoryRow(change.at, change.event, change.target, who, change.reason))
    return rows


@dataclass(frozen=True)
class LineState:
    """A line of a licence with what is left of it.

    Parameters
    ----------
    line : LicenceLine
        The line.
    item : str
        Words of the item.
    balance : Balance or None
        Totals, in the line's unit; None if what is authorised is not known.
    """

    line: LicenceLine
    item: str
    balance: Balance | None

    @property
    def share_drawn(self) -> float:
        """Share drawn, 0 to 1."""
        if self.balance is None or not self.balance.authorised:
            return 0.0
        return float(self.balance.drawn / self.balance.authorised)

    def to_json(self) -> dict[str, Any]:
        """Return the line as plain values."""
        found = self.balance
        return {
            "number": self.line.number,
            "item": self.line.item,
            "unit": self.line.unit,
            "authorised": found.authorised if found else None,
            "drawn": found.drawn if found else None,
            "reserved": found.reserved if found else None,
            "remaining": found.remaining if found else None,
        }


def line_states(licence: Licence, balances: dict[str, Balance]) -> list[LineState]:
    """Return the lines of a licence with their balances."""
    return [
        LineState(line, packs.item_name(licence.pack, line.item), balances.get(line.account))
        for line in licence.lines.all()
    ]


def state_now(
    licence: Licence, balances: dict[str, Balance], *, at: datetime | None = None
) -> LicenceState:
    """Return the state of a licence now: exhausted and expired show at once, by nobody's act."""
    found = [balances[line.account] for line in licence.lines.all() if line.account in balances]
    day: date = day_in_zone(at or now(), licence.zone)
    return current(licence_of(licence), at=day, balances=found)
