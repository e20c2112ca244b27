"""Numbers of labels against numbers of claims: value within rounding, unit normalised."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from coercivity.claims.gold import GoldEntry
from coercivity.claims.model import Claim

__all__ = ["NumberResult", "match_numbers", "unit_of_label"]

RELATIVE: Final = 0.005
"""Half a unit of the third significant figure: how far a rounded value may be off."""

_ISO = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_UNITS: Final = (
    (re.compile(r"(?:^|_)(?:pct|percent)(?:_|$)"), ("percent",), 1.0),
    (re.compile(r"^(?:tonnes?|tpa)(?:_|$)|_tonnes?$"), ("t", "t_per_year", "t/year"), 1.0),
    (re.compile(r"(?:^|_)kt(?:_|$)"), ("t", "t_per_year", "t/year"), 1e3),
    (re.compile(r"(?:^|_)kg(?:_|$)"), ("kg",), 1.0),
    (re.compile(r"(?:^|_)(?:companies|firms)(?:_|$)"), ("firm",), 1.0),
    (re.compile(r"(?:^|_)weeks?(?:_|$)"), ("week",), 1.0),
    (re.compile(r"(?:^|_)months?(?:_|$)"), ("month",), 1.0),
    (re.compile(r"(?:^|_)years$"), ("year",), 1.0),
    (re.compile(r"(?:^|_)(?:rs|inr)_?crore"), ("INR",), 1e7),
    (re.compile(r"(?:^|_)usd(?:_bn)?$"), ("USD",), 1.0),
)
_CHANGE = re.compile(r"(?:^|_)(?:change|yoy|mom)(?:_|$)")
_SCALE: Final = {"kt": ("t", 1e3), "Mt": ("t", 1e6), "kg": ("kg", 1.0)}


@dataclass(frozen=True)
class NumberResult:
    """What came of the numbers of some labels.

    Parameters
    ----------
    counts, dates : tuple of float
        Found, wanted, right, claimed; for values and for dates among the numbers.
    unlisted : tuple of str
        Numbers extracted that no label knows.
    errors : tuple of dict
        Missed and wrong values.
    """

    counts: tuple[float, float, float, float]
    dates: tuple[float, float, float, float]
    unlisted: tuple[str, ...]
    errors: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class _Number:
    """A number of a claim, in the base of its unit."""

    low: float
    high: float
    unit: str
    start: int
    claim: str
    words: str
    sign: int = 0


def unit_of_label(label: str) -> tuple[tuple[str, ...], float]:
    """Return the units a label's name stands for, and what to multiply its value by.

    Examples
    --------
    >>> unit_of_label("china_pct"), unit_of_label("units")
    ((('percent',), 1.0), ((), 1.0))
    """
    for pattern, units, factor in _UNITS:
        if pattern.search(label):
            return units, factor
    return (), 1.0


def match_numbers(entries: Iterable[GoldEntry], claims: Sequence[Claim]) -> NumberResult:
    """Look for the numbers of labels among those of claims.

    Parameters
    ----------
    entries : iterable of GoldEntry
    claims : sequence of Claim
        Of one document.
    """
    numbers = _once(_numbers(claims))
    used: set[tuple[int, float, float]] = set()
    found = wrong = 0
    wanted = 0
    errors: list[dict[str, Any]] = []
    dates = [0, 0]
    for entry, label, value in _labelled(entries):
        if isinstance(value, str):
            hit = any(_has_date(claim, value) for claim in claims)
            dates[0] += hit
            dates[1] += 1
            if not hit:
                errors.append(_error("missed date", entry, label, value))
            continue
        wanted += 1
        units, factor = unit_of_label(label)
        target = value * factor
        right = next((n for n in numbers if _fits(n, target, units, label)), None)
        if right is not None:
            found += 1
            used.add((right.start, right.low, right.high))
            continue
        misread = next((n for n in numbers if _is_misread(n, value)), None)
        wrong += misread is not None
        what = "wrong number" if misread else "missed number"
        errors.append(_error(what, entry, label, value, misread))
    unlisted = {
        (n.start, n.low, n.high): n.words
        for n in numbers
        if (n.start, n.low, n.high) not in used and n.unit not in ("year", "day", "hour")
    }
    return NumberResult(
        (float(found), float(wanted), float(found), float(found + wrong)),
        (float(dates[0]), float(dates[1]), float(dates[0]), float(dates[0])),
        tuple(unlisted.values()),
        tuple(errors),
    )


def _labelled(entries: Iterable[GoldEntry]) -> Iterator[tuple[GoldEntry, str, float | str]]:
    """Every number and date of labels, by its label."""
    for entry in entries:
        for label, value in entry.numbers.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and not _ISO.fullmatch(one):
                    continue
                yield entry, label, one if isinstance(one, str) else float(one)


def _numbers(claims: Sequence[Claim]) -> Iterator[_Number]:
    """Every number of claims once a place, counts and values alike, questions left out."""
    seen: set[tuple[int, float, float, str, int]] = set()
    for claim in claims:
        if claim.polarity == "questioned":
            continue
        sign = _sign(claim)
        for mention in claim.quantities:
            if mention.low is None or mention.high is None:
                continue
            unit, factor = _SCALE.get(mention.unit, (mention.unit, 1.0))
            key = (mention.span.start, mention.low, mention.high, unit, sign)
            if key not in seen:
                seen.add(key)
                yield _Number(
                    mention.low * factor,
                    mention.high * factor,
                    unit,
                    mention.span.start,
                    claim.id,
                    mention.span.exact,
                    sign,
                )
        for slot in claim.slots:
            if slot.kind != "number" or slot.name in ("value", "change"):
                continue
            bounds = _bounds(slot.value)
            if bounds is None:
                continue
            start = slot.span.start if slot.span else claim.span.start
            unit = "percent" if "percent" in slot.rule else ""
            key = (start, *bounds, unit, 0)
            if key not in seen:
                seen.add(key)
                words = slot.span.exact if slot.span else slot.value
                yield _Number(*bounds, unit, start, claim.id, words)


def _once(numbers: Iterable[_Number]) -> list[_Number]:
    """Leave out a number without direction that another claim gives one at the same place.

    A statement and the change told in it hold the same digits; only the change has a direction.
    """
    rows = list(numbers)
    directed = {(n.start, n.low, n.high, n.unit) for n in rows if n.sign}
    return [n for n in rows if n.sign or (n.start, n.low, n.high, n.unit) not in directed]


def _sign(claim: Claim) -> int:
    """Direction of a change: 1 up, -1 down, 0 if the claim tells none."""
    change = claim.slot("change")
    bounds = _bounds(change.value) if change is not None else None
    return 0 if bounds is None else (bounds[1] > 0) - (bounds[1] < 0)


def _bounds(value: str) -> tuple[float, float] | None:
    parts = value.split("..")
    try:
        return float(parts[0]), float(parts[-1])
    except ValueError:
        return None


def _fits(number: _Number, target: float, units: tuple[str, ...], label: str) -> bool:
    """Whether a number is the label's: same unit, same direction, value within rounding.

    A fall is labelled with a minus; the claim must then say that it is a fall. A rise may not be
    read as a fall.
    """
    if number.sign != -1 if target < 0 else number.sign == -1 and bool(_CHANGE.search(label)):
        return False
    if units and number.unit and number.unit not in units:
        return False
    sides = {number.low, number.high}
    if label.endswith(("_low", "_min")):
        sides = {number.low}
    elif label.endswith(("_high", "_max")):
        sides = {number.high}
    return any(_near(side, target) for side in sides)


def _near(value: float, target: float) -> bool:
    return math.isclose(abs(value), abs(target), rel_tol=RELATIVE, abs_tol=1e-9)


def _is_misread(number: _Number, value: float) -> bool:
    """Whether the digits of a number are the label's though its value or unit is not."""
    digits = re.sub(r"[^\d.]", "", number.words)
    return bool(digits.strip(".")) and digits == f"{abs(value):g}".replace("e+", "")


def _has_date(claim: Claim, value: str) -> bool:
    """Whether a claim has this date: until when, from when, or when it happened."""
    if any(slot.kind == "date" and slot.value.startswith(value) for slot in claim.slots):
        return True
    if claim.when is None or claim.polarity == "questioned":
        return False
    day = date.fromisoformat(value if len(value) > 7 else f"{value}-01")
    return claim.when.value.startswith(value) or claim.when.earliest == claim.when.latest == day


def _error(
    what: str, entry: GoldEntry, label: str, value: float | str, number: _Number | None = None
) -> dict[str, Any]:
    row: dict[str, Any] = {"error": what, "kind": entry.kind, "label": label, "expected": value}
    if number is not None:
        row["found"] = f"{number.words} = {number.low:g}..{number.high:g} {number.unit}"
        row["claims"] = [number.claim]
    return row
