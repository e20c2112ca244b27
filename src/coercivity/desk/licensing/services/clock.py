"""The clock of a case: working days, without the time in which it was stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from coercivity.desk.licensing.models import Application, StateChange
from coercivity.licences import ApplicationState
from coercivity.licences.states import CLOCK_STOPPED
from coercivity.licences.time_to_decision import working_days
from coercivity.timeline import add_working_days

__all__ = ["Clock", "clock_of", "days_used", "is_still"]

# A refusal is no final state, as an appeal may follow, but the authority has done its part.
_STILL = CLOCK_STOPPED | {ApplicationState.REFUSED}


def is_still(state: ApplicationState) -> bool:
    """Whether the authority's time stands still in a state."""
    return state in _STILL


@dataclass(frozen=True)
class Clock:
    """How long a case has taken.

    Parameters
    ----------
    used : int
        Working days, Monday to Friday, in which it lay with the authority. Public holidays are
        not known.
    runs : bool
        Whether it runs now.
    limit : int or None
        Working days the authority gives itself.
    due_on : date or None
        Day by which the limit is used up, if the clock runs on from here.
    """

    used: int
    runs: bool
    limit: int | None = None
    due_on: date | None = None

    @property
    def is_over(self) -> bool:
        """Whether the limit is passed."""
        return self.limit is not None and self.used > self.limit


def days_used(changes: Iterable[StateChange], until: date) -> int:
    """Return the working days in which the clock ran, up to a day.

    Parameters
    ----------
    changes : iterable of StateChange
        All of one case.
    until : date
        In the authority's zone; the day itself does not count.
    """
    total, since = 0, None
    for change in sorted(changes, key=lambda change: change.pk):
        if since is not None:
            total += working_days(since, change.day)
        since = None if is_still(ApplicationState(change.target)) else change.day
    return total + (working_days(since, until) if since is not None and since < until else 0)


def clock_of(case: Application, changes: Iterable[StateChange], today: date) -> Clock:
    """Return the clock of a case on a day."""
    used = days_used(changes, today)
    runs = not is_still(ApplicationState(case.state))
    limit = case.authority.deadline_working_days
    left = None if limit is None else max(limit - used, 0)
    return Clock(
        used=used,
        runs=runs,
        limit=limit,
        due_on=add_working_days(today, left) if runs and left is not None else None,
    )
