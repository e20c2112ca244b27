"""Columns of firm and lane tables, checked on the way from Arrow to arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["amounts", "as_table", "check_count", "positions", "refuse", "row_errors", "whole_days"]

MOST_ROWS: Final = 2**31 - 1
"""Rows that 32-bit positions can count."""
LONGEST_LEAD: Final = 3650
"""Longest lead time in days; longer ones are taken for an error of unit."""
_NAMED: Final = 5
"""Rows named in an error."""


def as_table(source: Any, where: str) -> pa.Table:
    """Read a Parquet file, or take a pyarrow.Table or DataFrame as it is.

    Parameters
    ----------
    source : path, pyarrow.Table or DataFrame
    where : str
        Name of the table in errors.

    Raises
    ------
    InputError
        If the file cannot be read or has more rows than can be counted.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(source, pa.Table):
        return source
    if not isinstance(source, str | Path):
        return pa.Table.from_pandas(source, preserve_index=False)
    try:
        with pq.ParquetFile(source) as file:
            check_count(file.metadata.num_rows, f"{where} ({source})")
            return file.read()
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(source), expected=f"{where} as a Parquet file"
        ) from error


def check_count(n: int, where: str) -> None:
    """Refuse an empty table of firms, and more rows than int32 can count."""
    if n > MOST_ROWS:
        raise InputError(
            f"{n} rows",
            where=where,
            expected=f"at most {MOST_ROWS} (32-bit positions)",
            hint="merge lanes between the same firms, or firms into aggregates",
        )


def refuse(table: pa.Table, name: str, where: str) -> None:
    """Refuse a column that is not there or has gaps."""
    import pyarrow.compute as pc

    if name not in table.column_names:
        raise InputError(
            f"no column {name!r}", where=where, expected=f"columns with {name!r}",
            hint=f"it has {', '.join(table.column_names)}",
        )  # fmt: skip
    if table[name].null_count:
        rows = np.flatnonzero(pc.is_null(table[name]).to_numpy())
        raise row_errors(rows, f"{where}, column {name}", "no value", "a value in every row")


def amounts(table: pa.Table, name: str, where: str) -> NDArray[np.float64]:
    """Return a column of amounts, float64[row]; refuse what is not finite or negative."""
    import pyarrow as pa

    refuse(table, name, where)
    try:
        values = table[name].cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise InputError(
            f"not numbers: {error}", where=f"{where}, column {name}", expected="numbers"
        ) from error
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
    if wrong.size:
        raise row_errors(
            wrong, f"{where}, column {name}", "not an amount", "a finite number, zero or more",
            values[wrong[:_NAMED]],
        )  # fmt: skip
    return np.asarray(values, np.float64)


def whole_days(table: pa.Table, name: str, where: str) -> NDArray[np.int32]:
    """Return a column of whole days from 1 on, int32[row]."""
    values = amounts(table, name, where)
    good = (values >= 1.0) & (values <= LONGEST_LEAD) & (values == np.floor(values))
    wrong = np.flatnonzero(~good)
    if wrong.size:
        raise row_errors(
            wrong, f"{where}, column {name}", "not a lead time",
            f"whole days from 1 to {LONGEST_LEAD}", values[wrong[:_NAMED]],
        )  # fmt: skip
    return values.astype(np.int32)


def positions(table: pa.Table, name: str, where: str, ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the position of each id of a column among `ids`, int64[row]."""
    import pyarrow as pa
    import pyarrow.compute as pc

    refuse(table, name, where)
    column = table[name]
    if column.type != ids.type:
        try:
            column = column.cast(ids.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(
                f"ids are of type {table[name].type}", where=f"{where}, column {name}",
                expected=f"{ids.type}, as in firms",
            ) from error  # fmt: skip
    found = pc.index_in(column, value_set=ids)
    if found.null_count:
        rows = np.flatnonzero(pc.is_null(found).to_numpy())
        shown = [column[int(row)].as_py() for row in rows[:_NAMED]]
        raise row_errors(
            rows, f"{where}, column {name}", "firm is not in the table of firms",
            "an id of firms", shown,
        )  # fmt: skip
    return np.asarray(found.to_numpy(), np.int64)


def row_errors(
    rows: NDArray[np.integer[Any]], where: str, what: str, expected: str, shown: Any = ()
) -> InputError:
    """Return an error that names the first rows, counted from 0."""
    values = [f"{value!r}: " for value in np.asarray(shown, object)] or [""] * _NAMED
    problems = [
        Problem(f"{value}{what}", where=f"{where}, row {row}", expected=expected)
        for row, value in zip(rows[:_NAMED], values, strict=False)
    ]
    return InputError(f"{rows.size} rows of {where} cannot be used", problems=problems)
