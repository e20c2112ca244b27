"""Networks of a million firms from edge lists: firms and lanes as Parquet files or Arrow tables.

Columns are checked and joined in Arrow, then laid out as arrays; nothing is kept per row but
numbers.  Firms are put in order of sector and, within it, of how many customers they have, so that
the suppliers that are asked most often are neighbours in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, NotFoundError, Problem
from coercivity.network.edge_tables import (
    amounts,
    as_table,
    check_count,
    positions,
    refuse,
    whole_days,
)
from coercivity.network.generate import ESSENTIAL

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["COVER_DAYS", "EdgeNetwork", "read_edges"]

Float = NDArray[np.float64]
Int = NDArray[np.int32]

COVER_DAYS: Final = 15.0
"""Stock aimed at, in days of use: the mean over firms in [InoueTodo2019]."""

BALANCE: Final = 1e-6
"""Share of a firm's output by which it may miss its sales."""


@dataclass(frozen=True, eq=False)
class EdgeNetwork:
    """Firms, what they need, and the lanes between them.

    Firms are in order of sector, then of number of customers, most first.  An *input* (a slot) is
    what a firm buys of one sector.  Lanes are in order of buyer, input and supplier.

    Attributes
    ----------
    ids : int64[firm] or object[firm]
        The ids of the firms table.
    sectors : tuple of str
    sector : int32[firm]
    output, final_demand, capacity : float64[firm], unit per day
    finished : float64[firm], unit
        Finished goods aimed at.
    cover : float64[firm], day
        Stock of each input aimed at, in days of use.
    firm_slot : int32[firm + 1]
        Inputs of each firm.
    slot_sector : int32[slot]
        Sector that is bought of.
    essentiality : int8[slot]
        2 output stops without it, 1 output falls in proportion, 0 neither.
    slot_lane : int32[slot + 1]
        Lanes of each input.
    supplier : int32[lane]
    flow : float64[lane], unit per day
        Usual flow, above zero.
    lead : int32[lane], day
    scopes : tuple of str
        Labels of what controls may gate.
    scope : int32[lane]
        -1 for none.
    sold_lane : int32[firm + 1]
    sold : int32[lane]
        Lanes of each supplier, in order of buyer.
    """

    ids: NDArray[Any]
    sectors: tuple[str, ...]
    sector: Int
    output: Float
    final_demand: Float
    capacity: Float
    finished: Float
    cover: Float
    firm_slot: Int
    slot_sector: Int
    essentiality: NDArray[np.int8]
    slot_lane: Int
    supplier: Int
    flow: Float
    lead: Int
    scopes: tuple[str, ...]
    scope: Int
    sold_lane: Int
    sold: Int

    @property
    def n_firms(self) -> int:
        """Number of firms."""
        return int(self.sector.size)

    @property
    def n_slots(self) -> int:
        """Number of inputs over all firms."""
        return int(self.slot_sector.size)

    @property
    def n_lanes(self) -> int:
        """Number of lanes."""
        return int(self.supplier.size)

    def position(self, firm: object) -> int:
        """Return the position of a firm; NotFoundError if there is none of that id."""
        found = np.flatnonzero(self.ids == firm)
        if found.size != 1:
            raise NotFoundError(f"no firm {firm!r} in the network", where="firm")
        return int(found[0])

    def slot_firm(self) -> Int:
        """Buyer of each input, int32[slot]."""
        return np.repeat(np.arange(self.n_firms, dtype=np.int32), np.diff(self.firm_slot))

    def need(self) -> Float:
        """Usual use of each input, float64[slot], unit per day."""
        if not self.n_slots:
            return np.zeros(0)
        return np.asarray(np.add.reduceat(self.flow, self.slot_lane[:-1]), np.float64)


@dataclass(eq=False)
class _Firms:
    """Firms in the order of their table, joined and checked."""

    ids: pa.ChunkedArray
    sector: NDArray[np.int64]
    sectors: tuple[str, ...]
    output: Float
    final_demand: Float | None
    capacity: Float
    finished: Float
    cover: Float


@dataclass(eq=False)
class _Lanes:
    """Lanes with a flow, in the order of their table."""

    supplier: NDArray[np.int64]
    buyer: NDArray[np.int64]
    flow: Float
    lead: Int
    scope: Int
    scopes: tuple[str, ...]


def read_edges(
    firms: str | Path | pa.Table | pd.DataFrame,
    lanes: str | Path | pa.Table | pd.DataFrame,
    *,
    recipes: str | Path | pa.Table | pd.DataFrame | None = None,
    inputs: str | Path | pa.Table | pd.DataFrame | None = None,
    default_essentiality: int = ESSENTIAL,
) -> EdgeNetwork:
    """Build a network from tables of firms and lanes.

    Parameters
    ----------
    firms : path of a Parquet file, pyarrow.Table or DataFrame
        ``id`` (integer or text), ``sector`` (integer or text), ``output`` (all sales, unit per
        day); optional ``final_demand`` (by default what the lanes leave of the output),
        ``capacity`` (by default the output), ``finished_days`` (finished goods aimed at, in days
        of output; 0) and ``cover_days`` (15 [InoueTodo2019]).
    lanes : same
        ``supplier``, ``buyer`` (ids) and ``flow`` or ``weight`` (unit per day); optional
        ``lead_days`` (whole, 1 or more; 1) and ``scope`` (label of what a control may gate).
        Lanes without flow are left out.
    recipes : same, optional
        ``sector``, ``input`` (sector that is bought of) and ``essentiality`` (2, 1 or 0).
    inputs : same, optional
        ``firm``, ``input`` and ``essentiality`` of single firms, ahead of `recipes`.
    default_essentiality : int
        Of inputs that neither table names.

    Returns
    -------
    EdgeNetwork

    Raises
    ------
    InputError
        With the first rows concerned: a missing column or value, a number that is not finite or
        negative, an unknown or repeated firm, a firm that supplies itself, sales above output, an
        essential input without any lane, more rows than 32-bit positions can count.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"id": ["mine", "mill"], "sector": ["ore", "metal"],
    ...                       "output": [1.0, 2.0]})
    >>> lanes = pd.DataFrame({"supplier": ["mine"], "buyer": ["mill"], "flow": [1.0]})
    >>> network = read_edges(firms, lanes)
    >>> network.n_slots, network.final_demand[network.position("mill")]
    (1, np.float64(2.0))
    """
    firm = _read_firms(as_table(firms, "firms"))
    lane = _read_lanes(as_table(lanes, "lanes"), firm)
    n = firm.sector.size
    customers = np.bincount(lane.supplier, minlength=n)
    order = np.lexsort((-customers, firm.sector))
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    final = _final_demand(firm, lane)
    parts = _sort_lanes(lane, rank, firm.sector[order])
    buyer, essentiality = parts.pop("slot_firm"), np.empty(0, np.int8)
    essentiality = _essentiality(
        buyer, parts["slot_sector"], firm, order, recipes, default_essentiality
    )
    if inputs is not None:
        _apply_inputs(as_table(inputs, "inputs"), firm, rank, buyer, parts, essentiality)
    ids = firm.ids.to_numpy()
    return EdgeNetwork(
        ids=ids[order],
        sectors=firm.sectors,
        sector=firm.sector[order].astype(np.int32),
        output=firm.output[order],
        final_demand=final[order],
        capacity=firm.capacity[order],
        finished=firm.finished[order],
        cover=firm.cover[order],
        firm_slot=_pointers(buyer, n),
        essentiality=essentiality,
        scopes=lane.scopes,
        **parts,
    )


def _read_firms(table: pa.Table) -> _Firms:
    """Read and check the firms."""
    import pyarrow.compute as pc

    check_count(table.num_rows, "firms")
    for name in ("id", "sector", "output"):
        refuse(table, name, "firms")
    ids = table["id"]
    if pc.count_distinct(ids).as_py() != table.num_rows:
        counts = pc.value_counts(ids)
        twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
        raise InputError(
            f"{len(twice)} ids occur more than once, first {twice[0].as_py()!r}",
            where="firms, column id",
            expected="one row for each firm",
        )
    sector, sectors = _encode(table["sector"])
    output = amounts(table, "output", "firms")
    n = table.num_rows
    columns = table.column_names
    finished = amounts(table, "finished_days", "firms") if "finished_days" in columns else 0.0
    cover = amounts(table, "cover_days", "firms") if "cover_days" in columns else COVER_DAYS
    return _Firms(
        ids=ids,
        sector=sector,
        sectors=sectors,
        output=output,
        final_demand=amounts(table, "final_demand", "firms") if "final_demand" in columns else None,
        capacity=amounts(table, "capacity", "firms") if "capacity" in columns else output,
        finished=np.broadcast_to(finished, n) * output,
        cover=np.broadcast_to(np.asarray(cover, np.float64), n),
    )


def _encode(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the position of each value among the sorted values, and their labels."""
    import pyarrow.compute as pc

    labels = pc.unique(column).sort()
    at = pc.index_in(column, value_set=labels).to_numpy().astype(np.int64)
    return at, tuple(str(label) for label in labels.to_pylist())


def _read_lanes(table: pa.Table, firm: _Firms) -> _Lanes:
    """Read, check and join the lanes."""
    check_count(table.num_rows, "lanes")
    amount = "flow" if "flow" in table.column_names else "weight"
    for name in ("supplier", "buyer", amount):
        refuse(table, name, "lanes")
    supplier = positions(table, "supplier", "lanes", firm.ids)
    buyer = positions(table, "buyer", "lanes", firm.ids)
    flow = amounts(table, amount, "lanes")
    own = np.flatnonzero(supplier == buyer)
    if own.size:
        raise _row_error(own, "lanes", "the firm supplies itself", "two firms", table["supplier"])
    lead = whole_days(table, "lead_days", "lanes") if "lead_days" in table.column_names else None
    scope, scopes = _read_scopes(table)
    keep = np.flatnonzero(flow > 0.0)
    if keep.size == flow.size:
        keep = slice(None)  # type: ignore[assignment]
    lead = np.ones(flow.size, np.int32) if lead is None else lead
    return _Lanes(supplier[keep], buyer[keep], flow[keep], lead[keep], scope[keep], scopes)


def _read_scopes(table: pa.Table) -> tuple[Int, tuple[str, ...]]:
    """Return the scope of each lane, -1 for none, and the labels."""
    import pyarrow.compute as pc

    if "scope" not in table.column_names:
        return np.full(table.num_rows, -1, np.int32), ()
    column = table["scope"]
    labels = pc.unique(column).drop_null().sort()
    at = pc.fill_null(pc.index_in(column, value_set=labels, skip_nulls=True), -1)
    return at.to_numpy().astype(np.int32), tuple(str(label) for label in labels.to_pylist())


def _final_demand(firm: _Firms, lane: _Lanes) -> Float:
    """Return what is sold outside the network; refuse accounts that do not add up."""
    sold = np.bincount(lane.supplier, lane.flow, firm.sector.size)
    rest = firm.output - sold
    slack = BALANCE * firm.output
    if firm.final_demand is None:
        wrong, expected = np.flatnonzero(rest < -slack), "sales over lanes of at most the output"
        final = np.maximum(rest, 0.0)
    else:
        wrong = np.flatnonzero(np.abs(rest - firm.final_demand) > slack)
        expected, final = "output = sales over lanes + final_demand", firm.final_demand
    if wrong.size:
        raise _row_error(wrong, "firms", "the firm's accounts do not add up", expected, firm.ids)
    idle = np.zeros(firm.sector.size, np.bool_)
    idle[lane.buyer] = True
    wrong = np.flatnonzero(idle & (firm.output <= 0.0))
    if wrong.size:
        raise _row_error(
            wrong, "firms", "the firm buys inputs and makes nothing", "output above 0", firm.ids
        )
    return np.asarray(final, np.float64)


def _row_error(
    rows: NDArray[np.intp], where: str, what: str, expected: str, ids: pa.ChunkedArray
) -> InputError:
    """Return an error that names the first rows."""
    problems = [
        Problem(what, where=f"{where}, row {row} ({ids[int(row)].as_py()!r})", expected=expected)
        for row in rows[:5]
    ]
    return InputError(f"{rows.size} rows of {where} cannot be used", problems=problems)


def _pointers(owner: NDArray[np.integer], n: int) -> Int:
    """Rows of each owner in a list sorted by owner."""
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n)))).astype(np.int32)


def _sort_lanes(
    lane: _Lanes, rank: NDArray[np.int64], sector: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Put lanes in order of buyer, input and supplier; find the inputs."""
    n = rank.size
    # Suppliers stand in order of sector, so that one key sorts by sector and supplier.
    key = rank[lane.buyer]
    key *= n
    key += rank[lane.supplier]
    order = np.argsort(key, kind="stable").astype(np.int32)
    key = key[order]
    buyer, supplier = np.divmod(key, n)
    del key
    kind = sector[supplier].astype(np.int32)
    new = np.ones(supplier.size, np.bool_)
    new[1:] = (np.diff(buyer) != 0) | (np.diff(kind) != 0)
    starts = np.flatnonzero(new)
    return {
        "slot_firm": buyer[starts].astype(np.int32),
        "slot_sector": kind[starts],
        "slot_lane": np.append(starts, supplier.size).astype(np.int32),
        "supplier": supplier.astype(np.int32),
        "flow": lane.flow[order],
        "lead": lane.lead[order],
        "scope": lane.scope[order],
        "sold_lane": _pointers(supplier, n),
        "sold": np.argsort(supplier, kind="stable").astype(np.int32),
    }


def _essentiality(
    buyer: Int,
    slot_sector: Int,
    firm: _Firms,
    order: NDArray[np.int64],
    recipes: Any,
    default: int,
) -> NDArray[np.int8]:
    """Essentiality of each input by the sectors of buyer and input."""
    matrix = np.full((len(firm.sectors), len(firm.sectors)), default, np.int8)
    if recipes is not None:
        table = as_table(recipes, "recipes")
        at = [_sector_at(table, name, "recipes", firm) for name in ("sector", "input")]
        matrix[at[0], at[1]] = _levels(table, "recipes")
    return np.asarray(matrix[firm.sector[order][buyer], slot_sector], np.int8)


def _sector_at(table: pa.Table, name: str, where: str, firm: _Firms) -> NDArray[np.int64]:
    """Positions of the sectors named in a column."""
    refuse(table, name, where)
    at = {label: row for row, label in enumerate(firm.sectors)}
    values = [str(value) for value in table[name].to_pylist()]
    wrong = [row for row, value in enumerate(values) if value not in at]
    if wrong:
        raise _row_error(
            np.array(wrong), where, "no firm belongs to this sector", "a sector of firms",
            table[name],
        )  # fmt: skip
    return np.array([at[value] for value in values], np.int64)


def _levels(table: pa.Table, where: str) -> NDArray[np.int8]:
    """Essentialities given by a table."""
    refuse(table, "essentiality", where)
    level = amounts(table, "essentiality", where)
    wrong = np.flatnonzero(~np.isin(level, (0.0, 1.0, 2.0)))
    if wrong.size:
        raise _row_error(
            wrong, where, "no such essentiality", "2 essential, 1 not essential or 0",
            table["essentiality"],
        )  # fmt: skip
    return level.astype(np.int8)


def _apply_inputs(
    table: pa.Table,
    firm: _Firms,
    rank: NDArray[np.int64],
    buyer: Int,
    parts: dict[str, NDArray[Any]],
    essentiality: NDArray[np.int8],
) -> None:
    """Set what single firms need; refuse essential inputs that no lane brings."""
    refuse(table, "firm", "inputs")
    level = _levels(table, "inputs")
    n = len(firm.sectors)
    at = rank[positions(table, "firm", "inputs", firm.ids)]
    wanted = at * n + _sector_at(table, "input", "inputs", firm)
    have = buyer.astype(np.int64) * n + parts["slot_sector"]
    place = np.searchsorted(have, wanted)
    found = np.zeros(wanted.size, np.bool_)
    inside = place < have.size
    found[inside] = have[place[inside]] == wanted[inside]
    wrong = np.flatnonzero(~found & (level == ESSENTIAL))
    if wrong.size:
        raise _row_error(
            wrong, "inputs", "no lane brings this essential input",
            "a lane with a flow from a firm of that sector", table["firm"],
        )  # fmt: skip
    essentiality[place[found]] = level[found]
