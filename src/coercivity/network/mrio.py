"""Multi-regional input–output tables: industries as suppliers and buyers of each other.

A table keeps the flows between industries once, as the array it was given if that array is in
order, and everything by input sector is a sum over it: nothing larger than the table is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coercivity.errors import InputError, NotFoundError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MrioSystem", "MrioTable", "make_mrio", "read_mrio"]

Float = NDArray[np.float64]
Negative = Literal["refuse", "keep"]

_BALANCE: Final = 0.01
"""Share of an industry's output by which its row may miss it: published tables carry rounding and
balancing residuals of well under a hundredth."""

_NAMED: Final = 5
"""Rows named in an error."""


class MrioSystem(Protocol):
    """What :func:`read_mrio` needs of a `pymrio.IOSystem`: three labelled tables."""

    @property
    def Z(self) -> pd.DataFrame:  # noqa: N802  (pymrio's name)
        """Flows between industries, rows supply and columns buy."""

    @property
    def Y(self) -> pd.DataFrame:  # noqa: N802
        """Final demand by region and category."""

    @property
    def x(self) -> pd.DataFrame:
        """Output of each industry, one column."""


@dataclass(frozen=True, eq=False)
class MrioTable:
    """A table of R regions and S sectors, with N = R·S industries in order of region, sector.

    Parameters
    ----------
    regions, sectors : tuple of str
    z : float64[industry, industry], monetary unit per year
        Flow from the row to the column.
    y : float64[industry, region], monetary unit per year
        Final demand of a region, all categories together.
    x : float64[industry], monetary unit per year
        Output.
    unit : str
        Monetary unit, such as ``"million EUR"``.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    z: Float
    y: Float
    x: Float
    unit: str = ""

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return len(self.regions)

    @property
    def n_sectors(self) -> int:
        """Number of sectors."""
        return len(self.sectors)

    @property
    def n_industries(self) -> int:
        """Number of industries."""
        return self.n_regions * self.n_sectors

    @property
    def industries(self) -> tuple[str, ...]:
        """Names of the industries, ``region/sector``."""
        return tuple(f"{region}/{sector}" for region in self.regions for sector in self.sectors)

    def position(self, region: str, sector: str) -> int:
        """Return the row of an industry.

        Raises
        ------
        NotFoundError
            If the table has no such region or sector.
        """
        return self.region_position(region) * self.n_sectors + self.sector_position(sector)

    def region_position(self, region: str) -> int:
        """Return the position of a region; NotFoundError if there is none."""
        return _position(self.regions, region, "region")

    def sector_position(self, sector: str) -> int:
        """Return the position of a sector; NotFoundError if there is none."""
        return _position(self.sectors, sector, "sector")

    def pooled_inputs(self) -> Float:
        """Sum flows over the supplying regions: float64[sector, industry], unit per year."""
        return np.asarray(
            self.z.reshape(self.n_regions, self.n_sectors, self.n_industries).sum(axis=0)
        )

    def value_added(self) -> Float:
        """Output less all inputs, at least zero: float64[industry], unit per year."""
        return np.asarray(np.maximum(self.x - self.z.sum(axis=0), 0.0))


def _position(names: tuple[str, ...], name: str, what: str) -> int:
    """Find a name."""
    try:
        return names.index(name)
    except ValueError:
        raise NotFoundError(
            f"no {what} {name!r} in the table",
            where=what,
            expected=", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else ""),
        ) from None


def make_mrio(
    z: ArrayLike,
    y: ArrayLike,
    *,
    x: ArrayLike | None = None,
    regions: Sequence[str],
    sectors: Sequence[str],
    unit: str = "",
    negative_final_demand: Negative = "refuse",
    balance: float | None = _BALANCE,
) -> MrioTable:
    """Make a table of arrays in order of region, sector.

    Parameters
    ----------
    z : float64[industry, industry], monetary unit per year
        Kept without a copy if it is a contiguous array of float64.
    y : float64[industry, region], monetary unit per year
    x : float64[industry], monetary unit per year, optional
        By default the sums of the rows.
    regions, sectors : sequence of str
    unit : str
    negative_final_demand : {"refuse", "keep"}
        Published tables book changes in inventories as negative final demand.  ``keep`` computes
        with it as BoARIO does.
    balance : float or None, share
        Largest share of its output by which an industry's row may miss it; None does not look.

    Raises
    ------
    InputError
        If shapes or names do not fit, a number is missing, infinite or negative, or a row does
        not add up to its output.
    """
    flows = np.ascontiguousarray(z, np.float64)
    final = np.ascontiguousarray(y, np.float64)
    output = (
        flows.sum(axis=1) + final.sum(axis=1) if x is None else np.array(x, np.float64).reshape(-1)
    )
    table = MrioTable(tuple(regions), tuple(sectors), flows, final, output, unit)
    _check_names(table)
    _check_shapes(table)
    _check_numbers(table, negative_final_demand)
    if balance is not None:
        _check_balance(table, balance)
    return table


def read_mrio(
    io: MrioSystem,
    *,
    negative_final_demand: Negative = "refuse",
    balance: float | None = _BALANCE,
    unit: str | None = None,
) -> MrioTable:
    """Read a table from a `pymrio.IOSystem`.

    Only ``Z``, ``Y`` and ``x`` are read, so that an object with these three tables does as well
    and pymrio need not be installed.

    Parameters
    ----------
    io : pymrio.IOSystem
        With ``Z``, ``Y`` and ``x``; rows and columns labelled by region and sector, the columns
        of ``Y`` by region and category.  Regions and sectors keep the order in which they occur.
    negative_final_demand, balance
        As in :func:`make_mrio`.
    unit : str, optional
        By default the first entry of ``io.unit``, if there is one.

    Returns
    -------
    MrioTable
        ``z`` shares the memory of ``io.Z`` where that is in order and stored by rows; otherwise it
        is one copy (pandas stores by columns what it copied itself).

    Raises
    ------
    InputError
        If a table is missing, an industry occurs twice or not at all, or as :func:`make_mrio`.
    """
    for name in ("Z", "Y", "x"):
        if getattr(io, name, None) is None:
            raise InputError(
                f"the system has no table {name}",
                where=f"io.{name}",
                expected="the tables Z, Y and x",
                hint="call io.calc_all(), or load the table again",
            )
    labels = [(str(row[0]), str(row[1])) for row in _pairs(io.Z.index, "io.Z.index")]
    regions = tuple(dict.fromkeys(region for region, _ in labels))
    sectors = tuple(dict.fromkeys(sector for _, sector in labels))
    wanted = [(region, sector) for region in regions for sector in sectors]
    return make_mrio(
        _in_order(io.Z, wanted, both=True),
        _by_region(io.Y, _rows(io.Y.index, wanted, "io.Y.index"), regions),
        x=np.asarray(io.x, np.float64).reshape(len(io.x), -1)[
            _rows(io.x.index, wanted, "io.x.index"), 0
        ],
        regions=regions,
        sectors=sectors,
        unit=_unit_of(io) if unit is None else unit,
        negative_final_demand=negative_final_demand,
        balance=balance,
    )


def _pairs(index: pd.Index[Any], where: str) -> list[Any]:
    """Return the labels of an axis, which must have two levels."""
    if index.nlevels != 2:
        raise InputError(
            f"the axis has {index.nlevels} level(s)", where=where, expected="region and sector"
        )
    return list(index)


def _rows(index: pd.Index[Any], wanted: list[tuple[str, str]], where: str) -> NDArray[np.intp]:
    """Return where the wanted industries stand."""
    at = {(str(a), str(b)): i for i, (a, b) in enumerate(_pairs(index, where))}
    missing = [pair for pair in wanted if pair not in at]
    if missing or len(at) != len(index) or len(index) != len(wanted):
        what = f"{missing[0][0]}/{missing[0][1]} is missing" if missing else "a label occurs twice"
        raise InputError(
            what,
            where=where,
            expected=f"each of the {len(wanted)} pairs of region and sector once",
            hint="aggregate the table so that every region has every sector",
        )
    return np.array([at[pair] for pair in wanted], np.intp)


def _in_order(frame: pd.DataFrame, wanted: list[tuple[str, str]], *, both: bool) -> Float:
    """Return a frame's numbers in the wanted order, without a copy if they are in it."""
    rows = _rows(frame.index, wanted, "io.Z.index")
    columns = _rows(frame.columns, wanted, "io.Z.columns") if both else None
    values = frame.to_numpy()
    identity = np.arange(len(wanted))
    if np.array_equal(rows, identity) and (columns is None or np.array_equal(columns, identity)):
        return np.ascontiguousarray(values, np.float64)
    ordered = np.empty(values.shape)
    for to, of in enumerate(rows):
        ordered[to] = values[of] if columns is None else values[of][columns]
    return ordered


def _by_region(frame: pd.DataFrame, rows: NDArray[np.intp], regions: tuple[str, ...]) -> Float:
    """Sum the categories of final demand of each region."""
    at = {region: i for i, region in enumerate(regions)}
    summed = np.zeros((len(rows), len(regions)))
    values = frame.to_numpy()
    for column, label in enumerate(_pairs(frame.columns, "io.Y.columns")):
        if str(label[0]) not in at:
            raise InputError(
                f"final demand of {label[0]!r}, which has no industries", where="io.Y.columns"
            )
        summed[:, at[str(label[0])]] += values[rows, column]
    return summed


def _unit_of(io: MrioSystem) -> str:
    """Return the unit that the system states, if any."""
    unit = getattr(io, "unit", None)
    return "" if unit is None or not len(unit) else str(unit.iloc[0, 0])


def _check_names(table: MrioTable) -> None:
    """Raise unless names are there and distinct."""
    for what, names in (("region", table.regions), ("sector", table.sectors)):
        if not names or len(set(names)) != len(names):
            raise InputError(f"each {what} must be named once", where=f"{what}s")


def _check_shapes(table: MrioTable) -> None:
    """Raise unless the arrays fit the names."""
    n, r = table.n_industries, table.n_regions
    for name, array, shape in (
        ("z", table.z, (n, n)), ("y", table.y, (n, r)), ("x", table.x, (n,)),
    ):  # fmt: skip
        if array.shape != shape:
            raise InputError(f"shape {array.shape}", where=name, expected=str(shape))


def _check_numbers(table: MrioTable, negative: Negative) -> None:
    """Raise if a number is missing, infinite or negative; makes no array of the table's size."""
    for name, array in (("z", table.z), ("y", table.y), ("x", table.x)):
        low, high = float(array.min()), float(array.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            row = next(i for i in range(len(array)) if not np.isfinite(array[i]).all())
            raise InputError(
                "a number is missing or infinite",
                where=f"{name}, row {table.industries[row]}",
                expected="finite numbers",
            )
        if low < 0.0 and not (name == "y" and negative == "keep"):
            row = next(i for i in range(len(array)) if np.min(array[i]) < 0.0)
            raise InputError(
                f"negative flow {low:g}",
                where=f"{name}, row {table.industries[row]}",
                expected="zero or more",
                hint="remove changes in inventories, or pass negative_final_demand='keep'"
                if name == "y"
                else "",
            )


def _check_balance(table: MrioTable, balance: float) -> None:
    """Raise where a row of the table does not add up to the output."""
    gap = np.abs(table.z.sum(axis=1) + table.y.sum(axis=1) - table.x)
    wrong = np.flatnonzero(gap > balance * table.x)
    if wrong.size:
        raise InputError(
            f"{wrong.size} rows do not add up to the output within {balance:g} of it",
            where="x",
            hint="pass balance=None to compute with the table as it is",
            problems=[
                Problem(f"the row misses {gap[i]:g} of {table.x[i]:g}", table.industries[i])
                for i in wrong[:_NAMED]
            ],
        )
