"""Expand a pack's sites, recipes and sourcing rules to sites, slots and lanes.

Rules of the three tables:

* A recipe row applies to all sites that make its product.  A row that names a site replaces, for
  that site, the general rows of the same group.
* A sourcing row names its buyer by site or by pool.  Rows that name the site replace the pool's
  rows for the same group.
* A supplier is a site, or a pool: then the share is split over the pool's sites that make the
  item, by a Dirichlet draw if the row has a split, else equally.
* Shares are parts of the group's need and sum to one over the items of rank 0.  One row without a
  share takes the remainder.  For a substitute the shares of each item sum to one by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.catalogue import Pack, Record
from coercivity.claims.distributions import Draws
from coercivity.errors import CoercivityError, InputError, Problem
from coercivity.network.tables import FloatArray
from coercivity.units import convert

__all__ = ["Expansion", "Input", "Lane", "Values", "expand"]

SHARE_TOLERANCE = 1e-9


class Values:
    """Draws by quantity id, converted to the unit that a cell needs; kept once converted."""

    def __init__(self, draws: Draws) -> None:
        self.draws = draws
        self._kept: dict[tuple[str, str], FloatArray] = {}

    def get(self, quantity: str, unit: str, where: str) -> FloatArray:
        """Return a quantity for every member.

        Parameters
        ----------
        quantity : str
        unit : str
            Wanted unit.
        where : str
            Row that asks, for the message.

        Returns
        -------
        float64[member]

        Raises
        ------
        InputError
            If the quantity has no draw or another dimension.
        """
        key = (quantity, unit)
        if key not in self._kept:
            try:
                drawn = self.draws[quantity]
                self._kept[key] = convert(drawn, self.draws.unit(quantity), unit)
            except CoercivityError as error:
                raise InputError(
                    f"quantity {quantity!r}: {error.problem.what}",
                    where=where,
                    expected=f"a quantity that converts to {unit}",
                    hint="correct its unit in quantities.yaml or name another quantity",
                ) from error
        return self._kept[key]


@dataclass(frozen=True)
class Input:
    """One slot to be: an item that fills a group of a site."""

    site: Record
    recipe: Record

    @property
    def key(self) -> tuple[str, str, str]:
        """Site, group and item."""
        return self.site["id"], self.recipe["group"], self.recipe["accepts"]


@dataclass(frozen=True, eq=False)
class Lane:
    """One lane to be.

    Parameters
    ----------
    supplier, buyer, group, item : str
    share : float64[member]
        Part of the group's need (rank 0) or of the item's orders (substitutes).
    lead : float64[member], day
    where : str
        Row of the sourcing table.
    """

    supplier: str
    buyer: str
    group: str
    item: str
    share: FloatArray
    lead: FloatArray
    where: str


@dataclass(frozen=True)
class Expansion:
    """What the three tables of a pack stand for."""

    sites: tuple[Record, ...]
    inputs: tuple[Input, ...]
    lanes: tuple[Lane, ...]


def expand(pack: Pack, values: Values) -> Expansion:
    """Expand the network tables of a pack.

    Raises
    ------
    InputError
        With every problem found; each names the file and row.
    """
    sites = pack.table("sites")
    if not sites:
        raise InputError(
            "the pack has no sites",
            where="sites.csv",
            expected="a table of sites",
            hint="add sites.csv, recipes.csv and sourcing.csv to the pack",
        )
    problems: list[Problem] = []
    inputs = tuple(_inputs(sites, pack.table("recipes")))
    sourcing = _Sourcing(sites, pack.table("sourcing"), problems)
    lanes: list[Lane] = []
    for group in _by_group(inputs):
        try:
            lanes += _group_lanes(group, sourcing, values, problems)
        except InputError as error:
            problems.extend(error.problems)
    problems += sourcing.unused()
    if problems:
        raise InputError(
            f"the network tables of pack {pack.name} have {len(problems)} problems",
            hint="repair the rows named below",
            problems=problems,
        )
    return Expansion(sites, inputs, tuple(lanes))


def _inputs(sites: Sequence[Record], recipes: Sequence[Record]) -> Iterator[Input]:
    """Yield inputs site by site; rows for the site win over general rows of the same group."""
    by_product: dict[str, list[Record]] = {}
    for recipe in recipes:
        by_product.setdefault(recipe["product"], []).append(recipe)
    for site in sites:
        rows = by_product.get(site["item"], [])
        own = [row for row in rows if row["site"] == site["id"]]
        replaced = {row["group"] for row in own}
        general = [row for row in rows if not row["site"] and row["group"] not in replaced]
        for row in sorted([*general, *own], key=lambda row: (row["group"], row["rank"] or 0)):
            yield Input(site, row)


def _by_group(inputs: Sequence[Input]) -> list[list[Input]]:
    """Return inputs of the same site and group together."""
    groups: dict[tuple[str, str], list[Input]] = {}
    for entry in inputs:
        groups.setdefault(entry.key[:2], []).append(entry)
    return list(groups.values())


class _Sourcing:
    """Sourcing rows by buyer, and the sites that a selector means."""

    def __init__(
        self, sites: Sequence[Record], rows: Sequence[Record], problems: list[Problem]
    ) -> None:
        self.problems = problems
        self.site = {site["id"]: site for site in sites}
        self.pool: dict[str, list[Record]] = {}
        for site in sites:
            if site["pool"]:
                self.pool.setdefault(site["pool"], []).append(site)
        self.rows: dict[tuple[str, str], list[Record]] = {}
        for row in rows:
            self.rows.setdefault((row["buyer"], row["group"]), []).append(row)
            self._check_buyer(row)
        self.used: set[str] = set()

    def _check_buyer(self, row: Record) -> None:
        if row["buyer"] not in self.site and row["buyer"] not in self.pool:
            self.problems.append(_unknown("buyer", row["buyer"], row.where))

    def of(self, site: Record, group: str) -> list[Record]:
        """Return the rows that feed a group of a site."""
        rows = self.rows.get((site["id"], group))
        if rows is None and site["pool"]:
            rows = self.rows.get((site["pool"], group))
        self.used.update(row.where for row in rows or ())
        return rows or []

    def suppliers(self, row: Record) -> list[str]:
        """Return the sites that a row buys from."""
        name, item = row["supplier"], row["item"]
        if name in self.site:
            members = [self.site[name]]
        elif name in self.pool:
            members = self.pool[name]
        else:
            self.problems.append(_unknown("supplier", name, row.where))
            return []
        makers = [site["id"] for site in members if site["item"] == item]
        if not makers:
            self.problems.append(
                Problem(
                    f"{name} does not make {item}",
                    row.where,
                    "a site or pool that makes the item",
                    "correct the item or the supplier",
                )
            )
        return makers

    def unused(self) -> list[Problem]:
        """Problems for rows that no input asks for."""
        return [
            Problem(
                f"no input of {buyer} in group {group!r} is left for this row",
                row.where,
                "a group of recipes.csv for what the buyer makes",
                "correct the group or delete the row",
            )
            for (buyer, group), rows in self.rows.items()
            for row in rows
            if row.where not in self.used and (buyer in self.site or buyer in self.pool)
        ]


def _unknown(noun: str, name: str, where: str) -> Problem:
    return Problem(
        f"{noun} {name!r} is unknown",
        where,
        "the id of a site or the name of a pool of sites.csv",
        "correct the name or add the site",
    )


def _group_lanes(
    group: list[Input], sourcing: _Sourcing, values: Values, problems: list[Problem]
) -> list[Lane]:
    """Lanes into one group of one site."""
    site, name = group[0].site, group[0].recipe["group"]
    rank = {entry.recipe["accepts"]: entry.recipe["rank"] or 0 for entry in group}
    pots: dict[str, list[Record]] = {}
    for row in sourcing.of(site, name):
        if row["item"] not in rank:
            problems.append(
                Problem(
                    f"{site['id']} does not accept {row['item']} in group {name!r}",
                    row.where,
                    "one of " + ", ".join(rank),
                    "add it to recipes.csv or correct the item",
                )
            )
            continue
        pots.setdefault("" if rank[row["item"]] == 0 else row["item"], []).append(row)
    return [
        lane
        for pot in pots.values()
        for row, share in zip(pot, _row_shares(site, pot, values), strict=True)
        for lane in _row_lanes(site, row, share, sourcing, values)
    ]


def _row_shares(site: Record, rows: list[Record], values: Values) -> list[FloatArray]:
    """Share of each sourcing row; the row without a share takes what is left.

    Raises
    ------
    InputError
        If shares exceed or miss one, or two rows want the remainder.
    """
    where = rows[0].where
    stated = [values.get(row["share"], "1", row.where) for row in rows if row["share"]]
    total: Any = sum(stated) if stated else np.zeros(values.draws.members)
    open_rows = [row for row in rows if not row["share"]]
    what = f"{rows[0]['group']!r} of {site['id']}"
    if len(open_rows) > 1:
        raise InputError(
            f"two rows take the remainder of group {what}",
            where=open_rows[1].where,
            expected="one row without a share",
        )
    high, low = float(total.max()), float(total.min())
    missed = not open_rows and low < 1.0 - SHARE_TOLERANCE
    if high > 1.0 + SHARE_TOLERANCE or missed or any(share.min() < 0 for share in stated):
        raise InputError(
            f"shares of group {what} sum to {low:g} to {high:g} over the members",
            where=where,
            expected="shares of 0 to 1 that sum to 1, or less with one row for the remainder",
            hint="change the quantities of these rows, or leave one share blank",
        )
    left = np.maximum(0.0, 1.0 - total)
    return [values.get(row["share"], "1", row.where) if row["share"] else left for row in rows]


def _row_lanes(
    site: Record, row: Record, share: FloatArray, sourcing: _Sourcing, values: Values
) -> Iterator[Lane]:
    """Yield one lane per supplying site of a sourcing row."""
    suppliers = sourcing.suppliers(row)
    if not suppliers:
        return
    # Goods sent today cannot be used before tomorrow, whatever was drawn.
    lead = np.maximum(1.0, np.rint(values.get(row["lead"], "day", row.where)))
    parts = _split(site, row, suppliers, values)
    for number, supplier in enumerate(suppliers):
        yield Lane(
            supplier,
            site["id"],
            row["group"],
            row["item"],
            share * parts[number],
            lead,
            row.where,
        )


def _split(site: Record, row: Record, suppliers: list[str], values: Values) -> FloatArray:
    """Share of each supplier within a row.

    Returns
    -------
    float64[supplier, member]
    """
    members = values.draws.members
    if len(suppliers) == 1 or not row["split"]:
        return np.full((len(suppliers), members), 1.0 / len(suppliers))
    key = "/".join((row["split"], site["id"], row["group"], row["item"], row["supplier"]))
    # Fails with the row's name if the quantity is no plain number.
    values.get(row["split"], "1", row.where)
    return values.draws.shares(key, suppliers, concentration=row["split"])
