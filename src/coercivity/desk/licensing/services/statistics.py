"""Figures about the work of an authority, from what was decided; open cases are counted beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count, Min, QuerySet

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.models import Application
from coercivity.licences import ApplicationState, wilson_interval
from coercivity.licences.states import TERMINAL

__all__ = ["Figures", "figures"]

_GRANTED: Final = (ApplicationState.APPROVED, ApplicationState.APPROVED_IN_PART)
_REFUSED: Final = (
    ApplicationState.REFUSED,
    ApplicationState.REFUSED_FINAL,
    ApplicationState.UNDER_APPEAL,
)


@dataclass(frozen=True)
class Figures:
    """Figures of one authority.

    Parameters
    ----------
    states : list of dict
        Cases by state.
    times, outcomes : list of (str, object)
        Words and values.
    """

    states: list[dict[str, Any]]
    times: list[tuple[str, object]]
    outcomes: list[tuple[str, object]]


def figures(user: User, *, since: date | None) -> Figures:
    """Return the figures of cases handed in from a day on that a person may see."""
    rows = visible(Application, user)
    if since is not None:
        rows = rows.filter(submitted_on__gte=since)
    found = rows.order_by().values("state").annotate(count=Count("id")).order_by("-count")
    states: list[dict[str, Any]] = [{**row} for row in found]
    counts = {row["state"]: row["count"] for row in states}
    return Figures(states, _times(rows, counts), _outcomes(counts))


def _times(rows: QuerySet[Application], counts: dict[str, int]) -> list[tuple[str, object]]:
    decided = rows.order_by().filter(working_days__isnull=False).values("working_days")
    counted = decided.annotate(count=Count("id")).order_by("working_days")
    n_open = sum(n for state, n in counts.items() if ApplicationState(state) not in TERMINAL)
    n_open -= counts.get(ApplicationState.REFUSED, 0)
    spread = [(row["working_days"] or 0, int(row["count"])) for row in counted]
    oldest = rows.filter(decided_on=None).aggregate(first=Min("submitted_on"))["first"]
    return [
        ("Cases decided", sum(count for _, count in spread)),
        ("Cases still open", n_open),
        ("Half of the decided cases took at most, in working days", _within(spread, 0.5)),
        ("Nine in ten decided cases took at most, in working days", _within(spread, 0.9)),
        ("Oldest open case handed in", oldest),
    ]


def _within(spread: Sequence[tuple[int, int]], share: float) -> int | None:
    """Return the working days within which a share of the cases was decided; None without any."""
    total, so_far = sum(count for _, count in spread), 0
    for days, count in spread:
        so_far += count
        if so_far >= share * total:
            return days
    return None


def _outcomes(counts: dict[str, int]) -> list[tuple[str, object]]:
    granted = sum(counts.get(state, 0) for state in _GRANTED)
    refused = sum(counts.get(state, 0) for state in _REFUSED)
    total = granted + refused
    share = "no case is decided"
    if total:
        low, high = wilson_interval(granted, total)
        share = f"{granted / total:.0%} (90% interval {low:.0%} to {high:.0%}, {total} cases)"
    return [
        ("Granted, in full or in part", granted),
        ("Refused", refused),
        ("Share granted", share),
    ]
