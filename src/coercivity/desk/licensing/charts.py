"""Small charts as shapes for a template to draw: no script, no style attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from coercivity.desk.licensing.services.reading import LineState
from coercivity.licences import EntryKind, LedgerEntry

__all__ = ["Bar", "Chart", "draw_chart", "line_bar"]

_WIDTH: Final = 600.0
_HEIGHT: Final = 160.0


@dataclass(frozen=True)
class Bar:
    """What is drawn and held of a line, as lengths of 600.

    Parameters
    ----------
    used, held : float
        Lengths drawn and reserved.
    text : str
        The same in words.
    """

    used: float
    held: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Quantity left of the first line over time, as points in a frame of 600 by 160.

    Parameters
    ----------
    points : str
        ``x,y`` pairs of the stepped line.
    limit : float
        Place of the last day of validity.
    first, last : date
        Ends of the time axis.
    top : Decimal
        Quantity at the top, in `unit`.
    unit : str
        Unit of the line.
    text : str
        The same in words.
    """

    points: str
    limit: float | None
    first: date
    last: date
    top: Decimal
    unit: str
    text: str


def line_bar(line: LineState) -> Bar | None:
    """Return the bar of a line; None if what it authorises is not known."""
    found = line.balance
    if found is None or not found.authorised:
        return None
    used = float(found.drawn / found.authorised) * _WIDTH
    held = float(found.reserved / found.authorised) * _WIDTH
    text = (
        f"{found.drawn:f} of {found.authorised:f} {line.line.unit} drawn, {found.reserved:f} held"
    )
    return Bar(round(used, 1), round(held, 1), text)


def draw_chart(
    lines: Sequence[LineState],
    posted: Sequence[tuple[int, LedgerEntry]],
    valid_from: date,
    valid_to: date | None,
    today: date,
) -> Chart | None:
    """Return the chart of the first line's remaining quantity; None without entries."""
    if not lines or lines[0].balance is None or not lines[0].balance.authorised:
        return None
    line, balance = lines[0].line, lines[0].balance
    steps = sorted(
        (_day(entry), _change(entry)) for number, entry in posted if number == line.number
    )
    if not steps:
        return None
    left = balance.remaining - sum((change for _, change in steps), Decimal(0))
    first = min(valid_from, steps[0][0])
    last = max(valid_to or today, today, steps[-1][0]) + timedelta(days=1)
    top = max([left, *_running(left, steps)]) or Decimal(1)
    span = max((last - first).days, 1)

    def x(day: date) -> float:
        return round((day - first).days / span * _WIDTH, 1)

    def y(quantity: Decimal) -> float:
        return round(_HEIGHT - float(quantity / top) * _HEIGHT, 1)

    points, level = [f"{x(first)},{y(left)}"], left
    for day, change in steps:
        points.append(f"{x(day)},{y(level)}")
        level += change
        points.append(f"{x(day)},{y(level)}")
    points.append(f"{x(today)},{y(level)}")
    text = f"{left:f} {line.unit} on {first}, {level:f} {line.unit} on {today}"
    limit = x(valid_to) if valid_to else None
    return Chart(" ".join(points), limit, first, last, top, line.unit, text)


def _running(level: Decimal, steps: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    levels = []
    for _, change in steps:
        level += change
        levels.append(level)
    return levels


def _day(entry: LedgerEntry) -> date:
    return entry.at.date() if isinstance(entry.at, datetime) else entry.at


def _change(entry: LedgerEntry) -> Decimal:
    """Return what an entry changes of what is left."""
    if entry.kind in (EntryKind.RELEASE, EntryKind.REVERSE, EntryKind.ADJUST):
        return entry.quantity
    is_held_before = entry.kind is EntryKind.DRAW and entry.refers_to
    return Decimal(0) if is_held_before else -entry.quantity
