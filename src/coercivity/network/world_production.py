"""World production of a material as one source has it, with what the source leaves open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from coercivity.network.indicators import hhi

__all__ = ["Production", "WorldProduction"]

_SAME_TOTAL = 1e-6
"""Share of a published total by which rounding to whole tonnes may exceed the sum of its rows."""


@dataclass(frozen=True)
class Production:
    """A country's production in a year.

    Parameters
    ----------
    quantity : float, t
        NaN is unknown.
    status : str
        ``reported``, ``estimated``, ``none recorded`` (the rows named make up the world's total)
        or ``unknown``.
    why : str
        Why it is unknown.
    """

    quantity: float
    status: str
    why: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a number."""
        return not math.isnan(self.quantity)


@dataclass(frozen=True)
class _Year:
    """One year of a world table: countries, what is not assigned to one, and the total."""

    countries: dict[str, tuple[float, str]]
    other: float
    total: float

    @property
    def named(self) -> list[float]:
        return [amount for amount, _ in self.countries.values() if not math.isnan(amount)]

    @property
    def unassigned(self) -> float:
        """What the source counts in the world and gives to no country; NaN if it has no total."""
        if math.isnan(self.total):
            return self.other if self.other > 0 else math.nan
        # A rounded total may lie below the sum of its rows.
        gap = self.total - sum(self.named)
        return max(self.other, gap if gap > _SAME_TOTAL * self.total else 0.0)

    @cached_property
    def concentration(self) -> tuple[float, float]:
        named, rest = self.named, self.unassigned
        if math.isnan(rest) or not sum(named) > 0:
            return math.nan, math.nan
        return hhi(named) * (sum(named) / (sum(named) + rest)) ** 2, hhi([*named, rest])


class WorldProduction:
    """The world table of one source.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one source: ``scope``, ``country``, ``year``, ``quantity_t`` [t], ``status``,
        ``source``.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._source = str(table["source"].iloc[0]) if len(table) else ""
        self._years = {int(str(year)): _year(rows) for year, rows in table.groupby("year")}

    @property
    def years(self) -> tuple[int, ...]:
        """Years with at least one row, ascending."""
        return tuple(sorted(self._years))

    def of(self, members: Sequence[str], year: int) -> Production:
        """Production of a country, or of the members of a group together.

        Parameters
        ----------
        members : sequence of str
            ISO 3166 alpha-2 codes.
        year : int

        Returns
        -------
        Production
            Unknown if the source has no such year, leaves a member blank, or does not name a member
            while part of the world's production is not assigned to countries.
        """
        table = self._years.get(year)
        if table is None:
            return _unknown(f"{self._source} has no production of {year}")
        named = {code: table.countries[code] for code in members if code in table.countries}
        blank = [code for code, (amount, _) in named.items() if math.isnan(amount)]
        if blank:
            return _unknown(f"{self._source} leaves production of {', '.join(blank)} {year} blank")
        if len(named) < len(members) and table.unassigned != 0:
            return _unknown(f"{self._source} does not name every producer of {year}")
        if not named:
            return Production(0.0, "none recorded")
        estimated = any(status == "estimated" for _, status in named.values())
        amount = sum(amount for amount, _ in named.values())
        return Production(amount, "estimated" if estimated else "reported")

    def is_complete(self, year: int) -> bool:
        """Whether the countries named make up all that the source publishes as the world's total.

        Parameters
        ----------
        year : int

        Returns
        -------
        bool
            Only then does a country that is not named have no recorded production. A source that
            added a country later without raising its total is complete too.
        """
        table = self._years.get(year)
        return table is not None and table.unassigned == 0

    def concentration(self, year: int) -> tuple[float, float]:
        """Herfindahl–Hirschman index of world production, lowest and highest.

        Parameters
        ----------
        year : int

        Returns
        -------
        tuple of float
            With what is not assigned to countries spread over countless small ones, and as one
            country more; equal where everything is assigned. NaN where no production is known, or
            neither a total nor a remainder.
        """
        table = self._years.get(year)
        return (math.nan, math.nan) if table is None else table.concentration


def _year(rows: pd.DataFrame) -> _Year:
    countries: dict[str, tuple[float, str]] = {}
    parts = {"other": 0.0, "world": math.nan}
    cells = zip(rows["scope"], rows["country"], rows["quantity_t"], rows["status"], strict=True)
    for scope, country, amount, status in cells:
        if scope == "country":
            countries[str(country)] = (float(amount), str(status))
        else:
            parts[str(scope)] = float(amount)
    return _Year(countries, parts["other"], parts["world"])


def _unknown(why: str) -> Production:
    return Production(math.nan, "unknown", why)
