"""Columns of shipments as codes of distinct values, from Arrow tables, data frames or lists.

A column of a million rows has few distinct values. Each is read, looked up and checked once; the
rows carry its position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coercivity.controls.answer import Query
from coercivity.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["FIELDS", "Coded", "Days", "coded_columns", "coded_values", "listed_days"]

FIELDS: Final = tuple(Query.__dataclass_fields__)
"""Columns that a table of shipments may have; the others are left alone."""

_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Coded:
    """A column as positions in a list of values.

    Parameters
    ----------
    codes : int32[row] or int64[row]
        Position in `values`.
    values : list
        Distinct values; None is a blank.
    """

    codes: NDArray[Any] = field(repr=False)
    values: list[Any]

    def translated(self, change: Callable[[Any], Any]) -> Coded:
        """Return the column with each distinct value changed."""
        return Coded(self.codes, [change(value) for value in self.values])

    def used(self) -> Coded:
        """Return the column without the values that no row has."""
        is_used = np.zeros(len(self.values), bool)
        is_used[self.codes] = True
        if is_used.all():
            return self
        place = np.cumsum(is_used) - 1
        kept = [value for value, keep in zip(self.values, is_used, strict=True) if keep]
        return Coded(place[self.codes], kept)


@dataclass(frozen=True)
class Days:
    """A column of days, or of moments, as proleptic ordinals.

    Parameters
    ----------
    plain : int64[row]
        The day as written.
    in_zone : callable
        Returns int64[row], the calendar day in an IANA time zone.
    """

    plain: NDArray[np.int64] = field(repr=False)
    in_zone: Callable[[str], NDArray[np.int64]] = field(repr=False)

    def taken(self, rows: NDArray[np.int64]) -> Days:
        """Return the days of some rows."""
        return Days(self.plain[rows], lambda zone: self.in_zone(zone)[rows])


def coded_columns(table: pd.DataFrame | pa.Table) -> dict[str, Any]:
    """Return the columns of a table that name a field of a query.

    Parameters
    ----------
    table : pandas.DataFrame or pyarrow.Table or pyarrow.RecordBatch
        Dictionary-encoded and categorical columns are taken as they are.

    Returns
    -------
    dict of str to Coded or Days or float64[row]
        ``on`` as :class:`Days`, ``origin_content_share`` as numbers with NaN for blanks, the rest
        as :class:`Coded`.

    Raises
    ------
    InputError
        If a needed column is missing, or a cell of the date column is blank or no date.
    """
    names = list(getattr(table, "column_names", None) or table.columns)
    for needed in ("item", "origin", "destination", "on"):
        if needed not in names:
            raise InputError(
                f"the table has no column {needed!r}",
                expected="columns item, origin, destination, on",
            )
    columns: dict[str, Any] = {}
    for name in FIELDS:
        if name not in names or name == "hs_code":
            continue
        column = table[name]
        if name == "on":
            columns[name] = _days(column)
        elif name == "origin_content_share":
            columns[name] = _numbers(column)
        else:
            columns[name] = _coded(column).used()
    return columns


def coded_values(values: Iterable[Any]) -> Coded:
    """Return values as codes in order of first appearance."""
    place: dict[Any, int] = {}
    codes = [place.setdefault(value, len(place)) for value in values]
    return Coded(np.asarray(codes, dtype=np.int32), list(place))


def _is_arrow(column: Any) -> bool:
    return hasattr(column, "to_pylist")


def _combined(column: Any) -> Any:
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column


def _coded(column: Any) -> Coded:
    if _is_arrow(column):
        return _coded_arrow(_combined(column))
    if hasattr(column, "cat"):
        codes = column.cat.codes.to_numpy()
        return _with_blank(codes, [_cell(value) for value in column.cat.categories])
    import pandas as pd

    try:
        codes, values = pd.factorize(column.to_numpy(dtype=object))
    except TypeError:  # lists cannot be keys; as tuples they can
        return coded_values(_cell(value) for value in column.tolist())
    return _with_blank(codes, [_cell(value) for value in values])


def _coded_arrow(column: Any) -> Coded:
    import pyarrow as pa

    if hasattr(column, "num_chunks"):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    if pa.types.is_nested(column.type):
        return coded_values(_cell(value) for value in column.to_pylist())
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    indices = column.indices
    codes = indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return _with_blank(codes, [_cell(value) for value in column.dictionary.to_pylist()])


def _with_blank(codes: NDArray[Any], values: list[Any]) -> Coded:
    """Give the code -1 of a blank a place of its own."""
    if codes.size and codes.min() < 0:
        codes = np.where(codes < 0, len(values), codes).astype(np.int32)
        values = [*values, None]
    return Coded(codes, values)


def _cell(value: Any) -> Any:
    """Return a cell as a field's value: blanks are None, lists are tuples, stamps dates."""
    if isinstance(value, list | np.ndarray):
        return tuple(_cell(part) for part in value)
    if isinstance(value, dict):  # owner and share, as Arrow returns them
        return tuple(value.values())
    if value is None or (isinstance(value, float) and value != value):
        return None
    return value.date() if hasattr(value, "to_pydatetime") else value


def _numbers(column: Any) -> NDArray[np.float64]:
    """Return numbers, NaN for blanks."""
    import pandas as pd

    series = _combined(column).to_pandas() if _is_arrow(column) else column
    if series.dtype == object:
        series = series.map(lambda value: np.nan if value is None else value)
    numbers: NDArray[np.float64] = pd.to_numeric(series).to_numpy(np.float64)
    return numbers


def _days(column: Any) -> Days:
    """Return a column of dates, date texts or moments as ordinals."""
    import pandas as pd

    if _is_arrow(column):
        import pyarrow as pa

        column = _combined(column)
        if pa.types.is_date32(column.type):
            if column.null_count:
                raise _no_day(None)
            days = column.cast(pa.int32()).to_numpy(zero_copy_only=False).astype(np.int64) + _EPOCH
            return Days(days, lambda zone: days)
        if not pa.types.is_timestamp(column.type):
            return listed_days(_coded(column).used())
        column = column.to_pandas()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _moments(column)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        plain = _ordinals(column)
        return Days(plain, lambda zone: plain)
    return listed_days(_coded_moments(column))


def _coded_moments(column: Any) -> Coded:
    """Return the cells of a mixed column; pandas stamps without a zone count as days."""
    if hasattr(column, "cat"):
        return _coded(column)
    return coded_values(
        value.to_pydatetime()
        if getattr(value, "tzinfo", None) and hasattr(value, "to_pydatetime")
        else _cell(value)
        for value in column.tolist()
    )


def _ordinals(series: Any) -> NDArray[np.int64]:
    if series.isna().any():
        raise _no_day(None)
    days: NDArray[np.int64] = series.to_numpy("datetime64[D]").astype(np.int64) + _EPOCH
    return days


def _moments(series: Any) -> Days:
    def in_zone(zone: str) -> NDArray[np.int64]:
        return _ordinals(series.dt.tz_convert(zone).dt.tz_localize(None))

    return Days(_ordinals(series.dt.tz_localize(None)), in_zone)


def listed_days(column: Coded) -> Days:
    """Return days of distinct dates, date texts and aware moments."""
    from coercivity.timeline import day_in_zone

    moments = [_moment(value) for value in column.values]

    def in_zone(zone: str) -> NDArray[np.int64]:
        days = [
            day_in_zone(value, zone) if isinstance(value, datetime) else value for value in moments
        ]
        return _taken(days, column.codes)

    plain = [value.date() if isinstance(value, datetime) else value for value in moments]
    return Days(_taken(plain, column.codes), in_zone)


def _taken(days: list[date], codes: NDArray[Any]) -> NDArray[np.int64]:
    ordinals = np.fromiter((day.toordinal() for day in days), dtype=np.int64, count=len(days))
    taken: NDArray[np.int64] = ordinals[codes]
    return taken


def _moment(value: Any) -> date | datetime:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _no_day(value) from None


def _no_day(value: Any) -> InputError:
    what = "a cell of the column 'on' is blank" if value is None else f"{value!r} is not a date"
    return InputError(what, expected="a day as YYYY-MM-DD in every row")
