"""Firms, lanes and needs, checked and laid out for the cascade of failures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coercivity.errors import InputError, Problem
from coercivity.network.generate import ESSENTIAL, NON_ESSENTIAL, NOT_NEEDED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FirmGraph", "build_firm_graph"]

Float = NDArray[np.float64]
Int = NDArray[np.int32]
Wide = NDArray[np.int64]
Labels = NDArray[Any]

_LIMIT: Final = 2**31 - 1
_SHOWN: Final = 20
_TOLERANCE: Final = 1e-9
"""By how much, relative, sums of lanes may exceed stated sales or purchases."""


@dataclass(frozen=True, eq=False)
class FirmGraph:
    """A supply network laid out for :func:`coercivity.engine.cascade.systemic_risk`.

    Firms are ordered by sector.  A *group* is what a firm takes from one sector on which it cannot
    do without, or all its other inputs together; the loss of a firm is that of its worst group.

    Attributes
    ----------
    labels : str or int[firm]
        As in the table of firms, in the order of this graph.
    position : int32[firm]
        Row of each firm in the table of firms.
    sectors : str or int[sector]
    sector : int32[firm]
    output, weight : float64[firm]
        All sales, in value per time, which also give market shares; share of the output of all
        firms.
    sector_ptr : int32[sector + 1]
    group_ptr : int32[firm + 1]
    group_sector : int32[group]
        Supplying sector; -1 for the group of non-essential inputs.
    lane_ptr : int32[group + 1]
    supplier : int32[input lane]
    input_share : float64[input lane]
        Share of the group's purchases, or, of non-essential inputs, of all purchases.
    customer_ptr : int32[firm + 1]
    customer : int32[lane]
    sale_share : float64[lane]
        Share of the supplier's output.
    buyer_ptr, buyer, seller_ptr, seller : int32
        The same lanes by supplier and by customer: who is reached by a change of a firm's
        output, and of its purchases.
    """

    labels: Labels
    position: Int
    sectors: Labels
    sector: Int
    output: Float
    weight: Float
    sector_ptr: Int
    group_ptr: Int
    group_sector: Int
    lane_ptr: Int
    supplier: Int
    input_share: Float
    customer_ptr: Int
    customer: Int
    sale_share: Float
    buyer_ptr: Int
    buyer: Int
    seller_ptr: Int
    seller: Int

    @property
    def n_firms(self) -> int:
        """Number of firms."""
        return int(self.weight.size)

    @property
    def n_lanes(self) -> int:
        """Number of lanes with a weight above zero."""
        return int(self.customer.size)

    def rows(self, labels: ArrayLike) -> Int:
        """Return the positions of firms in this graph.

        Raises
        ------
        InputError
            If a label names no firm.
        """
        import pandas as pd

        wanted = pd.Index(np.asarray(labels).ravel())
        found = pd.Index(self.labels).get_indexer(wanted)
        if (found < 0).any():
            unknown = [str(label) for label in wanted[found < 0][:_SHOWN]]
            raise InputError(
                f"no such firm: {', '.join(unknown)}",
                where="failures",
                expected="labels of the table of firms",
                hint="take them from the index of that table",
            )
        return np.asarray(found, np.int32)

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything that decides a result."""
        digest = hashlib.sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            if value.dtype == object:
                digest.update("\0".join(map(repr, value)).encode())
            else:
                digest.update(f"{field.name} {value.dtype} {value.shape}".encode())
                digest.update(value.tobytes())
        return digest.hexdigest()


def build_firm_graph(
    firms: pd.DataFrame, lanes: pd.DataFrame, *, essentiality: Any = None
) -> FirmGraph:
    """Check a table of firms and one of lanes, and lay them out.

    Parameters
    ----------
    firms : DataFrame
        One row per firm, labelled by its index.  ``sector`` is needed.  ``output`` (all sales)
        and ``cost`` (all purchases), in value per time as the lanes, may say that a firm also
        sells or buys elsewhere; without them it does not.
    lanes : DataFrame
        ``supplier``, ``buyer`` (labels of firms) and ``weight`` (value per time).  Lanes of
        weight zero are left out; several lanes between the same firms add up.
    essentiality : DataFrame or int[sector, sector], optional
        Rows are supplying sectors, columns buying ones: 2 essential, 1 not essential, 0 without
        effect on production.  An array belongs to sectors numbered from 0.  By default
        everything is essential.

    Returns
    -------
    FirmGraph

    Raises
    ------
    InputError
        With one problem per offending row: weights that are no number, not finite or negative,
        a firm that supplies itself, unknown firms or sectors, doubled labels, output or cost
        below the sum of the lanes, classes other than 0, 1 and 2, more rows than int32 can count.
    """
    _check_columns(firms, ("sector",), "firms")
    _check_columns(lanes, ("supplier", "buyer", "weight"), "lanes")
    _check_counts(len(firms), len(lanes))
    sectors, sector, needs = _read_sectors(firms, essentiality)
    supplier, buyer, weight = _read_lanes(firms, lanes)
    order = np.argsort(sector, kind="stable").astype(np.int32)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size, dtype=np.int32)
    supplier, buyer, sector = rank[supplier], rank[buyer], sector[order]
    output = _read_total(firms, "output", _add_up(supplier, weight, order.size), order)
    cost = _read_total(firms, "cost", _add_up(buyer, weight, order.size), order)
    total = output.sum()
    labels = np.asarray(firms.index)[order]
    return FirmGraph(
        labels=labels,
        position=order,
        sectors=sectors,
        sector=sector,
        output=output,
        weight=output / total if total > 0.0 else output,
        sector_ptr=_pointers(sector, sectors.size),
        **_lay_out_inputs(supplier, buyer, weight, sector=sector, needs=needs, cost=cost),
        **_lay_out_sales(supplier, buyer, weight, output=output),
    )


def _check_columns(table: pd.DataFrame, wanted: tuple[str, ...], name: str) -> None:
    """Refuse a table without the columns that are needed."""
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        raise InputError(
            f"no column {', '.join(missing)}",
            where=name,
            expected=f"columns {', '.join(wanted)}",
            hint="rename the columns of the table",
        )


def _check_counts(n_firms: int, n_lanes: int) -> None:
    """Refuse more rows than an int32 index can name; inputs are counted like lanes."""
    for count, name in ((n_firms, "firms"), (n_lanes, "lanes")):
        if count > _LIMIT:
            raise InputError(
                f"{count} rows are more than int32 can count",
                where=name,
                expected=f"at most {_LIMIT} rows",
                hint="add up small lanes or split the network",
            )
    if not n_firms:
        raise InputError("there are no firms", where="firms", expected="one row per firm")


def _problems(
    table: str, bad: NDArray[np.bool_], labels: Any, what: str, expected: str
) -> list[Problem]:
    """Return a problem for each of the first offending rows."""
    rows = np.flatnonzero(bad)
    found = [Problem(what, f"{table}, row {labels[row]}", expected) for row in rows[:_SHOWN]]
    if rows.size > _SHOWN:
        found.append(Problem(f"{rows.size - _SHOWN} more rows like these", table, expected))
    return found


def _refuse(problems: list[Problem]) -> None:
    """Raise what was found, if anything was."""
    if problems:
        raise InputError(
            "the firms and lanes cannot be used",
            where="network of firms",
            hint="correct the rows named below",
            problems=problems,
        )


def _read_sectors(firms: pd.DataFrame, essentiality: Any) -> tuple[Labels, Int, NDArray[np.int8]]:
    """Return sector labels, the sector of each firm and the class of each pair of sectors."""
    import pandas as pd

    if firms.index.has_duplicates:
        twice = firms.index.duplicated()
        _refuse(_problems("firms", twice, firms.index, "a second firm of this label", "one row"))
    given = firms["sector"]
    if essentiality is None:
        codes, names = pd.factorize(given, sort=True)
        table = np.full((len(names), len(names)), ESSENTIAL, np.int8)
    else:
        frame = pd.DataFrame(essentiality)
        names = frame.index
        if not names.equals(frame.columns) or names.has_duplicates:
            raise InputError(
                f"essentiality has shape {frame.shape}, or rows named unlike its columns",
                where="essentiality",
                expected="one row and one column per sector, in one order",
            )
        codes, table = names.get_indexer(pd.Index(given)), frame.to_numpy()
        if not np.isin(table, (NOT_NEEDED, NON_ESSENTIAL, ESSENTIAL)).all():
            raise InputError(
                "essentiality holds other numbers than 0, 1 and 2",
                where="essentiality",
                expected="2 essential, 1 not essential, 0 without effect",
            )
    _refuse(_problems("firms", codes < 0, firms.index, "unknown sector", "a sector of the table"))
    return np.asarray(names), np.asarray(codes, np.int32), np.asarray(table, np.int8)


def _read_lanes(firms: pd.DataFrame, lanes: pd.DataFrame) -> tuple[Int, Int, Float]:
    """Return suppliers and buyers as rows of the table of firms, and weights above zero."""
    import pandas as pd

    try:
        weight = lanes["weight"].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"weights that are no numbers ({error})", where="lanes, column weight"
        ) from error
    ends = {side: firms.index.get_indexer(pd.Index(lanes[side])) for side in ("supplier", "buyer")}
    supplier, buyer = ends["supplier"], ends["buyer"]
    problems: list[Problem] = []
    for side, row in ends.items():
        problems += _problems("lanes", row < 0, lanes.index, f"unknown {side}", "a label of firms")
    own = (supplier == buyer) & (supplier >= 0)
    problems += _problems("lanes", own, lanes.index, "a firm supplies itself", "two firms")
    bad = ~np.isfinite(weight)
    problems += _problems("lanes", bad, lanes.index, "weight is not a finite number", "a number")
    problems += _problems("lanes", weight < 0.0, lanes.index, "negative weight", "zero or more")
    _refuse(problems)
    some = weight > 0.0
    return supplier[some].astype(np.int32), buyer[some].astype(np.int32), weight[some]


def _read_total(firms: pd.DataFrame, column: str, least: Float, order: Int) -> Float:
    """Return a stated total, checked against the sum of the lanes, or that sum."""
    if column not in firms.columns:
        return np.asarray(least, np.float64)
    total = firms[column].to_numpy(np.float64, na_value=np.nan)[order]
    labels = firms.index[order]
    problems = _problems(
        f"firms, column {column}", ~np.isfinite(total) | (total < 0.0), labels,
        "not a finite number of zero or more", "a number",
    )  # fmt: skip
    short = total < least * (1.0 - _TOLERANCE)
    problems += _problems(
        f"firms, column {column}", short, labels, "less than the sum of the lanes",
        "all that the firm sells or buys",
    )  # fmt: skip
    _refuse(problems)
    return np.asarray(np.maximum(total, least), np.float64)


def _add_up(rows: Int, weight: Float, n: int) -> Float:
    """Sum weights by row."""
    return np.bincount(rows, weight, n).astype(np.float64)


def _pointers(sorted_rows: Any, n: int) -> Int:
    """Return where each of `n` rows begins in a sorted column."""
    return np.searchsorted(sorted_rows, np.arange(n + 1)).astype(np.int32)


def _lay_out_inputs(
    supplier: Int, buyer: Int, weight: Float, *, sector: Int, needs: NDArray[np.int8], cost: Float
) -> dict[str, Any]:
    """Group each firm's inputs; essential groups first, by sector, then all others together."""
    n, n_sectors = sector.size, needs.shape[0]
    kind = needs[sector[supplier], sector[buyer]]
    used = kind != NOT_NEEDED
    supplier, buyer, weight, kind = supplier[used], buyer[used], weight[used], kind[used]
    slot = np.where(kind == ESSENTIAL, sector[supplier], n_sectors).astype(np.int64)
    key = buyer.astype(np.int64) * (n_sectors + 1) + slot
    order = np.lexsort((supplier, key))
    supplier, buyer, weight, key = supplier[order], buyer[order], weight[order], key[order]
    groups, first, lane_group = np.unique(key, return_index=True, return_inverse=True)
    firm, slot = np.divmod(groups, n_sectors + 1)
    other = slot == n_sectors
    total = np.where(other, cost[firm], np.bincount(lane_group, weight, groups.size))
    back = np.lexsort((buyer, supplier))
    return {
        "group_ptr": _pointers(firm, n),
        "group_sector": np.where(other, -1, slot).astype(np.int32),
        "lane_ptr": np.append(first, key.size).astype(np.int32),
        "supplier": supplier,
        "input_share": weight / total[lane_group],
        "buyer_ptr": _pointers(supplier[back], n),
        "buyer": buyer[back],
    }


def _lay_out_sales(supplier: Int, buyer: Int, weight: Float, *, output: Float) -> dict[str, Any]:
    """Sort the lanes by supplier, and by buyer."""
    order, back = np.lexsort((buyer, supplier)), np.lexsort((supplier, buyer))
    return {
        "customer_ptr": _pointers(supplier[order], output.size),
        "customer": buyer[order],
        "sale_share": weight[order] / output[supplier[order]],
        "seller_ptr": _pointers(buyer[back], output.size),
        "seller": supplier[back],
    }
