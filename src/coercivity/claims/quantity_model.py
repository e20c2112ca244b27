"""The nouns of quantities: a claim of a number, a quantity with all its claims.

Spread of one stated value
--------------------------
A value is read as rounded to its last significant digit, with trailing zeros counted as
significant up to two digits: 2,850 t means 2,845–2,855 t and 70 % means 69.5–70.5 %. A whole
count whose last place is the unit (4 firms, 17,972 vehicles) is exact. A hedge widens it:

======== ==========================================================================
hedge    interval
======== ==========================================================================
about    value ± h, where h is half the place of the last non-zero digit, but at
         least 2.5 % and at most 10 % of the value
over     value to value + 2 h
under    value − 2 h to value
almost   value − h to value
======== ==========================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from coercivity.errors import InputError
from coercivity.timeline import PartialDate
from coercivity.units import convert, parse_unit

__all__ = ["PackQuantity", "QuantityClaim", "is_count", "stated_interval"]

ABOUT_AT_LEAST = 0.025
ABOUT_AT_MOST = 0.10
SIGNIFICANT_ZEROS_UP_TO = 2
_COUNTS = {"count", "firm", "application", "certificate", "licence", "stoppage", "entity"}


@dataclass(frozen=True)
class QuantityClaim:
    """One statement of a quantity by one source.

    Parameters
    ----------
    source, family, grade : str
        Source id, its witness family and its grade.
    value : float or None
        As stated, in `unit`.
    low, high : float or None
        Ends as stated, in `unit`; given together.
    unit : str
        Unit of the statement.
    hedge : str
        ``about``, ``over``, ``under``, ``almost`` or ``none``.
    scope : str
        ``match``, ``narrower``, ``wider`` or ``different``; only ``match`` is ever drawn.
    as_of : PartialDate or None
        Date of the statement.
    fact : str
        Id of the fact it comes from.
    note, where : str
        Remark; file and line.
    """

    source: str
    family: str
    grade: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    hedge: str = "none"
    scope: str = "match"
    as_of: PartialDate | None = None
    fact: str = ""
    note: str = ""
    where: str = ""

    def interval(self, unit: str) -> tuple[float, float]:
        """Return the interval the statement allows, converted to `unit`."""
        if self.low is not None and self.high is not None:
            low, high = self.low, self.high
        else:
            low, high = stated_interval(self._stated(), hedge=self.hedge, unit=self.unit)
        return float(convert(low, self.unit, unit)), float(convert(high, self.unit, unit))

    def central(self, unit: str) -> float:
        """Return the value stated, or the middle of the stated ends, converted to `unit`."""
        return float(convert(self._stated(), self.unit, unit))

    def _stated(self) -> float:
        if self.value is not None:
            return self.value
        if self.low is None or self.high is None:
            raise InputError(
                "a claim states neither a value nor both ends", where=self.where, expected="value"
            )
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class PackQuantity:
    """A quantity of a pack with all its claims and the rule that makes it a distribution.

    Parameters
    ----------
    id, title, unit : str
        Name, words, unit of the drawn values.
    scope, period : str
        What exactly is counted, and when.
    quality : str
        ``observed``, ``derived`` or ``assumed``.
    rule : str
        One of the seven rules.
    low, high, mode : float or None
        Parameters of assumed distributions, in `unit`.
    formula : str
        Arithmetic over other quantity ids, each in its own unit.
    why : str
        Reason for an assumption.
    plausible_low, plausible_high : float or None
        A claim outside is kept and flagged, never drawn.
    claims : tuple of QuantityClaim
        All of them, in the order of the file.
    note, where : str
        Remark; file and line.
    """

    id: str
    title: str
    unit: str
    scope: str
    period: str
    quality: str
    rule: str
    low: float | None = None
    high: float | None = None
    mode: float | None = None
    formula: str = ""
    why: str = ""
    plausible_low: float | None = None
    plausible_high: float | None = None
    claims: tuple[QuantityClaim, ...] = ()
    note: str = ""
    where: str = ""

    def is_plausible(self, value: float) -> bool:
        """Whether `value` (in the unit of the quantity) lies within the plausible bounds."""
        low_ok = self.plausible_low is None or value >= self.plausible_low
        return low_ok and (self.plausible_high is None or value <= self.plausible_high)

    def flagged(self) -> tuple[QuantityClaim, ...]:
        """Return the claims of matching scope that lie outside the plausible bounds."""
        return tuple(
            claim
            for claim in self.claims
            if claim.scope == "match" and not self.is_plausible(claim.central(self.unit))
        )


def stated_interval(value: float, *, hedge: str = "none", unit: str = "1") -> tuple[float, float]:
    """Return the interval that a stated value means.

    Parameters
    ----------
    value : float
        As stated, in `unit`.
    hedge : str
        ``none``, ``about``, ``over``, ``under`` or ``almost``.
    unit : str
        Decides whether a value is a whole count.

    Returns
    -------
    low, high : float
        In `unit`.

    Examples
    --------
    >>> stated_interval(2850, unit="t")
    (2845.0, 2855.0)
    >>> stated_interval(4, unit="firm")
    (4.0, 4.0)
    >>> stated_interval(500, hedge="over", unit="t")
    (500.0, 600.0)
    """
    value = float(value)
    if hedge in ("none", ""):
        half = _half_place(value, SIGNIFICANT_ZEROS_UP_TO)
        if is_count(unit) and half * float(parse_unit(unit).factor) < 1:
            half = 0.0
        return value - half, value + half
    bound = abs(value)
    half = min(max(_half_place(value, 1), ABOUT_AT_LEAST * bound), ABOUT_AT_MOST * bound)
    below, above = {
        "about": (half, half),
        "over": (0.0, 2 * half),
        "under": (2 * half, 0.0),
        "almost": (half, 0.0),
    }[hedge]
    return value - below, value + above


def is_count(unit: str) -> bool:
    """Whether `unit` counts indivisible things, such as firms, licences or vehicles."""
    dims = parse_unit(unit).dims
    return len(dims) == 1 and dims[0][0] in _COUNTS and dims[0][1] == 1


def _half_place(value: float, digits: int) -> float:
    """Half the decimal place of the last significant digit, of at least `digits` digits."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    _, figures, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    return 0.5 * 10.0 ** (exponent - max(0, digits - len(figures)))
