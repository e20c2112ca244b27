"""Networks as labelled tables: sites, inputs and lanes, from a pack or from a user's files.

A :class:`Network` holds three tables that a person can read and edit.  Numbers that differ
between the members of an ensemble lie beside the tables in `varying`; the table column then
holds their median.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import SupportsIndex

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.errors import InputError, Problem

__all__ = ["COLUMNS", "TABLES", "Column", "Network"]

FloatArray = NDArray[np.float64]
Table = pd.DataFrame | Path | str

DEFAULT_TAU_DAYS = 30.0
"""Days over which a gap in stock is ordered where a table says nothing, as in [Hallegatte2013]."""

TABLES = ("sites", "inputs", "lanes")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
    is_number : bool
        Whether it holds numbers, which may then differ between members.
    default : float or str or None
        Value of an absent cell; ``None`` if it may not be absent, NaN if it is worked out from
        the rest of the table.
    description : str
        What it holds, with its unit.
    """

    name: str
    is_number: bool
    default: float | str | None
    description: str


NAN = float("nan")
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "sites": (
        Column("id", False, None, "stable name of the site"),
        Column("item", False, None, "what it makes"),
        Column("unit", False, None, "unit of that item"),
        Column("party", False, "", "who runs it"),
        Column("country", False, "", "where"),
        Column("sector", False, "", "sector"),
        Column("tier", True, 0.0, "0 is raw material"),
        Column("end_use", False, "civil", "end use of what it buys"),
        Column("priority", True, 0.0, "rank under the priority rule; lower is served first"),
        Column("final_demand", True, 0.0, "sales to final users, unit per day"),
        Column("output", True, NAN, "baseline production, unit per day; blank: flows + demand"),
        Column("capacity", True, NAN, "most that can be made, unit per day; blank: output"),
        Column("finished_stock", True, 0.0, "finished goods on the first day, unit"),
    ),
    "inputs": (
        Column("site", False, None, "buying site"),
        Column("group", False, None, "need that the item fills"),
        Column("item", False, None, "item accepted"),
        Column("unit", False, None, "unit of that item"),
        Column("rank", True, 0.0, "0 is the usual item, higher are substitutes in order"),
        Column("coefficient", True, None, "unit of the item per unit of the site's item"),
        Column("yield", True, 1.0, "share that ends in good product"),
        Column("base_share", True, NAN, "share of the group's need at baseline; blank: by flows"),
        Column("cover", True, 0.0, "stock aimed at, days"),
        Column("stock", True, NAN, "stock on the first day, unit; blank: cover times use"),
        Column("essentiality", True, 2.0, "2 essential, 1 non-essential, 0 none"),
        Column("qualification", True, 0.0, "days to qualify a substitute"),
        Column("tau", True, DEFAULT_TAU_DAYS, "days over which a gap in stock is ordered"),
    ),
    "lanes": (
        Column("supplier", False, None, "site that sends"),
        Column("buyer", False, None, "site that receives"),
        Column("group", False, None, "need of the buyer"),
        Column("item", False, None, "item sent"),
        Column("flow", True, None, "baseline flow, unit per day"),
        Column("lead", True, None, "days between departure and arrival"),
        Column("weight", True, NAN, "share of the slot's orders; blank: by flows"),
        Column("unit", False, "", "unit of the flow; blank: that of the supplier's item"),
    ),
}


@dataclass(frozen=True, eq=False)
class Network:
    """A network as three labelled tables.

    Parameters
    ----------
    sites, inputs, lanes : pandas.DataFrame
        Columns as in :data:`COLUMNS`, and ``where``: the file and line of each row.
    varying : mapping of str to float64[row, member]
        Columns that differ between members, keyed ``table.column``.
    """

    sites: pd.DataFrame
    inputs: pd.DataFrame
    lanes: pd.DataFrame
    varying: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def n_members(self) -> int:
        """Number of ensemble members; 1 if nothing varies."""
        return next((int(array.shape[1]) for array in self.varying.values()), 1)

    def table(self, name: str) -> pd.DataFrame:
        """Return ``sites``, ``inputs`` or ``lanes``."""
        frames = {"sites": self.sites, "inputs": self.inputs, "lanes": self.lanes}
        return frames[name]

    def values(self, table: str, column: str) -> FloatArray:
        """Return a numeric column for every member.

        Returns
        -------
        float64[row, member]
            A column that does not vary has one member.
        """
        if (array := self.varying.get(f"{table}.{column}")) is not None:
            return array
        return self.table(table)[column].to_numpy(dtype=np.float64)[:, np.newaxis]

    def where(self, table: str, row: SupportsIndex) -> str:
        """Return the file and line, or table and row, of a row by position."""
        return str(self.table(table)["where"].iloc[int(row)])

    @classmethod
    def from_tables(
        cls,
        sites: Table,
        inputs: Table,
        lanes: Table,
        *,
        items: Mapping[str, str] | None = None,
    ) -> Network:
        """Read a network with explicit flows from files or frames, and check it.

        Parameters
        ----------
        sites, inputs, lanes : pandas.DataFrame or path of a CSV file
            Columns as in :data:`COLUMNS`.
        items : mapping of str to str, optional
            Unit of every item that may occur; any other item is then an error.

        Returns
        -------
        Network

        Raises
        ------
        InputError
            With every problem found; each names the table and row.
        """
        from coercivity.network.checks import check_items_known, require

        problems: list[Problem] = []
        frames = {
            name: _read(name, table, problems)
            for name, table in zip(TABLES, (sites, inputs, lanes), strict=True)
        }
        if problems:
            raise InputError(
                f"the network tables have {len(problems)} problems",
                hint="repair the rows named below",
                problems=problems,
            )
        network = cls(frames["sites"], frames["inputs"], frames["lanes"])
        require(network, extra=check_items_known(network, items) if items is not None else ())
        return network


def _read(name: str, table: Table, problems: list[Problem]) -> pd.DataFrame:
    """Return a table with all its columns, typed, and where each row came from."""
    if isinstance(table, pd.DataFrame):
        frame = table.reset_index(drop=True)
        rows = [f"{name} row {row}" for row in range(len(frame))]
    else:
        frame = _read_csv(name, Path(table), problems)
        rows = [f"{Path(table).name}:{row + 2}" for row in range(len(frame))]
    result = pd.DataFrame(index=frame.index)
    for column in COLUMNS[name]:
        result[column.name] = _column(frame, column, rows, name, problems)
    result["where"] = rows
    unknown = [str(label) for label in frame.columns if label not in result.columns]
    problems.extend(
        Problem(
            f"{name} has no column {label!r}",
            name,
            "one of " + " ".join(column.name for column in COLUMNS[name]),
        )
        for label in unknown
    )
    return result


def _read_csv(name: str, path: Path, problems: list[Problem]) -> pd.DataFrame:
    """Read a CSV file as text; a file that cannot be read is a problem."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        problems.append(
            Problem(
                f"table {name} cannot be read ({type(error).__name__}: {error})",
                path.name,
                "a CSV file in UTF-8 with a header line",
            )
        )
        return pd.DataFrame(columns=[column.name for column in COLUMNS[name]])


def _column(
    frame: pd.DataFrame, column: Column, rows: list[str], name: str, problems: list[Problem]
) -> pd.Series[float] | pd.Series[str]:
    """One typed column; absent cells take the default."""
    if column.name not in frame.columns:
        if column.default is None:
            problems.append(
                Problem(f"{name} has no column {column.name!r}", name, column.description)
            )
        kind = float if column.is_number else str
        return pd.Series([column.default] * len(frame), index=frame.index).astype(kind)
    if column.is_number:
        cells = [
            _number(cell, column, where, problems)
            for cell, where in zip(frame[column.name], rows, strict=True)
        ]
        return pd.Series(cells, index=frame.index, dtype=np.float64)
    texts = [
        _text(cell, column, where, problems)
        for cell, where in zip(frame[column.name], rows, strict=True)
    ]
    return pd.Series(texts, index=frame.index, dtype=object)


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _number(cell: object, column: Column, where: str, problems: list[Problem]) -> float:
    """Read one number; a blank takes the default.

    In a frame NaN is how pandas writes a blank, but only a column that is worked out may have one:
    elsewhere it is more likely a sum gone wrong than a wish for the default.
    """
    is_open = isinstance(column.default, float) and np.isnan(column.default)
    if _is_blank(cell) or (is_open and isinstance(cell, float) and np.isnan(cell)):
        if column.default is None:
            problems.append(Problem(f"{column.name} is missing", where, column.description))
            return NAN
        return float(column.default)
    try:
        value = float(str(cell))
    except ValueError:
        problems.append(
            Problem(f"{column.name} is {cell!r}, not a number", where, column.description)
        )
        return NAN
    if not np.isfinite(value):
        problems.append(
            Problem(
                f"{column.name} is {value}",
                where,
                f"a finite number: {column.description}",
                "write the value, or leave the cell blank if the column has a default",
            )
        )
    return value


def _text(cell: object, column: Column, where: str, problems: list[Problem]) -> str:
    """Read one label; a blank takes the default."""
    if _is_blank(cell) or (isinstance(cell, float) and np.isnan(cell)):
        if column.default is None:
            problems.append(Problem(f"{column.name} is missing", where, column.description))
        return str(column.default or "")
    return str(cell).strip()
