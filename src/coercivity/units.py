"""Units as exact fractions, read from a table.

A unit is a product of powers of bases (mass, time, count, one money per currency, energy, power,
share) with an exact factor. Conversion between units of different dimension is an error, and so is
conversion between currencies: no exchange rate is known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from coercivity.errors import InputError

__all__ = ["Unit", "compatible", "convert", "parse_unit", "unit_symbols"]


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    Parameters
    ----------
    symbol : str
        As written.
    dims : tuple of (str, int)
        Bases with their powers, sorted by name; empty for a share.
    factor : Fraction
        Value of one unit in the bases.
    """

    symbol: str
    dims: tuple[tuple[str, int], ...]
    factor: Fraction


_TABLE: dict[str, tuple[str, Fraction]] = {
    "kg": ("mass", Fraction(1)),
    "g": ("mass", Fraction(1, 1000)),
    "t": ("mass", Fraction(1000)),
    "kt": ("mass", Fraction(1_000_000)),
    "Mt": ("mass", Fraction(1_000_000_000)),
    "lakh_t": ("mass", Fraction(100_000_000)),
    "unit": ("count", Fraction(1)),
    "vehicle": ("count", Fraction(1)),
    "kunit": ("count", Fraction(1000)),
    "Munit": ("count", Fraction(1_000_000)),
    "firm": ("firm", Fraction(1)),
    "application": ("application", Fraction(1)),
    "certificate": ("certificate", Fraction(1)),
    "licence": ("licence", Fraction(1)),
    "stoppage": ("stoppage", Fraction(1)),
    "entity": ("entity", Fraction(1)),
    "hour": ("time", Fraction(1, 24)),
    "day": ("time", Fraction(1)),
    "week": ("time", Fraction(7)),
    "month": ("time", Fraction(1461, 48)),
    "quarter": ("time", Fraction(1461, 16)),
    "year": ("time", Fraction(1461, 4)),
    "working_day": ("working_time", Fraction(1)),
    "USD": ("USD", Fraction(1)),
    "kUSD": ("USD", Fraction(1000)),
    "MUSD": ("USD", Fraction(1_000_000)),
    "INR": ("INR", Fraction(1)),
    "crore_INR": ("INR", Fraction(10_000_000)),
    "EUR": ("EUR", Fraction(1)),
    "CNY": ("CNY", Fraction(1)),
    "JPY": ("JPY", Fraction(1)),
    "GBP": ("GBP", Fraction(1)),
    "KRW": ("KRW", Fraction(1)),
    "kWh": ("energy", Fraction(1)),
    "GWh": ("energy", Fraction(1_000_000)),
    "MW": ("power", Fraction(1)),
    "GW": ("power", Fraction(1000)),
    "1": ("", Fraction(1)),
    "percent": ("", Fraction(1, 100)),
    "permille": ("", Fraction(1, 1000)),
    "text": ("text", Fraction(1)),
    "date": ("calendar", Fraction(1)),
    "year_number": ("calendar", Fraction(1)),
}
_TOKEN = re.compile(r"([/*]?)([A-Za-z_]+|1)")


def unit_symbols() -> tuple[str, ...]:
    """Return the simple symbols that are known, sorted."""
    return tuple(sorted(_TABLE))


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Unit:
    """Read a unit such as ``t``, ``kg/vehicle``, ``USD/kg`` or ``t/day``.

    Raises
    ------
    InputError
        If a symbol is not in the table.
    """
    factor, powers, position = Fraction(1), dict[str, int](), 0
    stripped = text.replace(" ", "")
    for match in _TOKEN.finditer(stripped):
        sign, symbol = match.groups()
        if match.start() != position or symbol not in _TABLE or (position > 0) != bool(sign):
            break
        base, size = _TABLE[symbol]
        step = -1 if sign == "/" else 1
        factor *= size**step
        if base:
            powers[base] = powers.get(base, 0) + step
        position = match.end()
    if position != len(stripped) or not stripped:
        raise InputError(
            f"{text!r} is not a known unit",
            expected="symbols joined by / and *, out of " + " ".join(unit_symbols()),
        )
    dims = tuple(sorted((base, power) for base, power in powers.items() if power))
    return Unit(text, dims, factor)


def compatible(first: str, second: str) -> bool:
    """Whether values in one unit can be converted to the other."""
    return parse_unit(first).dims == parse_unit(second).dims


def convert(value: Any, source: str, target: str) -> Any:
    """Convert `value` between units; int, Fraction and Decimal stay exact.

    Parameters
    ----------
    value : number or array
        In unit `source`.
    source, target : str
        Units of the same dimension.

    Raises
    ------
    InputError
        If a unit is unknown or the dimensions differ.
    """
    origin, goal = parse_unit(source), parse_unit(target)
    if origin.dims != goal.dims:
        raise InputError(
            f"{source} cannot be converted to {target}",
            expected=f"a unit of the dimension of {target}",
            hint="correct the unit of one of the two values",
        )
    ratio = origin.factor / goal.factor
    if ratio == 1:
        return value
    if isinstance(value, (int, Fraction)):
        return value * ratio
    if isinstance(value, Decimal):
        return value * Decimal(ratio.numerator) / Decimal(ratio.denominator)
    # One multiplication by the nearest double: the error is half a unit in the last place.
    return value * float(ratio)
