"""Determine tables of shipments: rows that no measure can tell apart are decided once.

The values of each column fall into few classes, the days into spans between changes. A row's
classes make up its key; each distinct key is decided by the laws of the single question, all keys
at once, and the answer is taken for every row that has it. So the time depends on the number of
rows and on the number of distinct values, and hardly on how many rows are distinct.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from coercivity.catalogue import places
from coercivity.controls.answer import Query
from coercivity.controls.classes import (
    OUTCOME_CODE,
    OUTCOMES,
    Axis,
    Tables,
    outcome_codes,
)
from coercivity.controls.columns import Coded, Days, coded_columns
from coercivity.controls.determination import licence_covers
from coercivity.controls.model import CIVIL, LicenceCover, Outcome
from coercivity.controls.register import Register
from coercivity.controls.rulings import snapshot_of
from coercivity.controls.subject import Lookup, check_shares
from coercivity.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Decided", "decide", "determine_codes", "determine_many"]

_BLOCK: Final = 1 << 17
"""Rows worked on at once, so that what is in hand fits into a processor's cache."""

_DENSE_BITS: Final = 22
"""Keys of up to so many bits index a table of one byte each; wider ones are found by hash."""

_UNSEEN: Final = -1
_TRUE: Final = 2


class _Field(NamedTuple):
    """Where the class of an axis, or a span, stands in a key."""

    shift: int
    mask: int


@dataclass(frozen=True)
class Decided:
    """Answers to the rows of a table.

    Parameters
    ----------
    codes : int8[row]
        Position in :data:`~coercivity.controls.gates.OUTCOMES`.
    keys : int64[row]
        Rows of one state of knowledge with the same key have the same answer for the same reason.
    known : int32[row]
        Which state of knowledge, as a position in `days`.
    days : tuple of date or None
        Days of record that mark the states of knowledge.
    n_distinct : int
        Distinct keys that were decided.
    layouts : tuple of tuple
        For each state of knowledge, where each class stands in a key: shift and mask.
    """

    codes: NDArray[np.int8] = field(repr=False)
    keys: NDArray[np.int64] = field(repr=False)
    known: NDArray[np.int32] = field(repr=False)
    days: tuple[date | None, ...]
    n_distinct: int
    layouts: tuple[tuple[_Field, ...], ...] = field(default=(), repr=False)

    def state(self, key: int, known: int) -> tuple[Any, ...]:
        """Return what a key stands for, the same for every table of one register."""
        classes = ((key >> place.shift) & place.mask for place in self.layouts[known])
        return (self.days[known], *classes)


def determine_many(
    register: Register,
    table: pd.DataFrame | pa.Table,
    *,
    general_licences: Iterable[LicenceCover] = (),
) -> NDArray[np.object_]:
    """Determine every row of a table, without trace.

    Parameters
    ----------
    register : Register
    table : pandas.DataFrame or pyarrow.Table
        Columns are the fields of :class:`Query`; ``item, origin, destination, on`` are needed, and
        a column left out means the field's default. Dictionary-encoded columns are fastest. Days
        are in the issuer's zone; moments must have a time zone, save that a data frame's stamps
        without one count as days.
    general_licences : iterable of LicenceCover
        General licences said to exist.

    Returns
    -------
    object[row]
        An :class:`Outcome` per row, equal to the one :func:`determine` gives.

    Raises
    ------
    NotFoundError
        If an item is unknown or a country code is none.
    InputError
        If a needed column or a day is missing, or a share lies outside 0 to 1.
    """
    codes = determine_codes(register, table, general_licences=general_licences)
    outcomes = np.empty(len(OUTCOMES), dtype=object)
    outcomes[:] = OUTCOMES
    answers: NDArray[np.object_] = outcomes[codes]
    return answers


def determine_codes(
    register: Register,
    table: pd.DataFrame | pa.Table,
    *,
    general_licences: Iterable[LicenceCover] = (),
) -> NDArray[np.int8]:
    """Determine every row of a table; as :func:`determine_many`, with codes for outcomes.

    Returns
    -------
    int8[row]
        Position in :data:`~coercivity.controls.gates.OUTCOMES`.
    """
    columns = coded_columns(table)
    codes = decide(register, columns).codes
    general = tuple(general_licences)
    return _with_general(register, columns, codes, general) if general else codes


def decide(register: Register, columns: Mapping[str, Any]) -> Decided:
    """Decide the rows of columns, licences aside.

    Parameters
    ----------
    register : Register
    columns : mapping of str to Coded, Days or float64[row]
        From :func:`~coercivity.controls.columns.coded_columns`.

    Returns
    -------
    Decided
    """
    n_rows = len(columns["on"].plain)
    columns = _checked(register.lookup, columns)
    days, known = _knowledge(register, columns.get("known_at"), n_rows)
    codes = np.empty(n_rows, np.int8)
    keys = np.empty(n_rows, np.int64)
    n_distinct = 0
    layouts: list[tuple[_Field, ...]] = []
    for number, day in enumerate(days):
        rows = None if len(days) == 1 else np.flatnonzero(known == number)
        part = columns if rows is None else _rows_of(columns, rows)
        tables = register.remembered(("tables", day), partial(_tables, register, day))
        found = _Keys(tables, register.lookup, part).decided()
        place = slice(None) if rows is None else rows
        codes[place], keys[place] = found.codes, found.keys
        n_distinct += found.n_distinct
        layouts.extend(found.layouts)
    return Decided(codes, keys, known, days, n_distinct, tuple(layouts))


def _tables(register: Register, day: date | None) -> Tables:
    return Tables(register, snapshot_of(register, day))


def _checked(lookup: Lookup, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Check distinct values and bring them into the form that a query settles on."""
    checked = dict(columns)
    for name in ("origin", "destination"):
        checked[name] = columns[name].translated(lambda value: lookup.place(value)[0])
    for item in columns["item"].values:
        lookup.item(item)
    for owned_by in columns["owned_by"].values if "owned_by" in columns else ():
        check_shares(None, owned_by)
    shares = columns.get("origin_content_share")
    if shares is not None and shares.size:
        for share in (np.nanmin(shares), np.nanmax(shares)) if not np.isnan(shares).all() else ():
            check_shares(float(share), None)
    return checked


def _knowledge(
    register: Register, column: Coded | None, n_rows: int
) -> tuple[tuple[date | None, ...], NDArray[np.int32]]:
    """Return the states of knowledge in a column, and which one each row has."""
    if column is None:
        return (None,), np.zeros(n_rows, np.int32)
    marks = [register.knowledge_day(_known_day(value)) for value in column.values]
    days = tuple(dict.fromkeys(marks)) or (None,)
    place = {day: number for number, day in enumerate(days)}
    numbers = np.array([place[mark] for mark in marks], np.int32)
    return days, numbers[column.codes] if numbers.size else np.zeros(n_rows, np.int32)


def _known_day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InputError(
            f"{value!r} is not a date", where="known_at", expected="a day as YYYY-MM-DD, or blank"
        ) from None


def _rows_of(columns: Mapping[str, Any], rows: NDArray[np.int64]) -> dict[str, Any]:
    """Return some rows of every column."""
    part: dict[str, Any] = {}
    for name, column in columns.items():
        if isinstance(column, Coded):
            part[name] = Coded(column.codes[rows], column.values)
        elif isinstance(column, Days):
            part[name] = column.taken(rows)
        else:
            part[name] = column[rows]
    return part


class _Place(NamedTuple):
    """A part of a key: codes of the rows, the bits of each code, and where they stand."""

    codes: NDArray[Any]
    bits: NDArray[np.int64]


class _Keys:
    """The keys of rows of one state of knowledge, and their answers."""

    def __init__(self, tables: Tables, lookup: Lookup, columns: Mapping[str, Any]) -> None:
        self._tables, self._lookup, self._columns = tables, lookup, columns
        self._n_rows = len(columns["on"].plain)
        self._places: list[_Place] = []
        self._fields: dict[Any, _Field] = {}
        self._bits = 0
        self._lay_out()

    def _lay_out(self) -> None:
        """Find the classes of all values and give each axis its bits."""
        tables, columns = self._tables, self._columns
        goods = _paired(columns["item"], columns.get("contains"))
        user = columns.get("end_user", Coded(_zeros(self._n_rows), [None]))
        users = _paired(user.translated(tables.user_of), columns.get("owned_by"))
        use = columns.get("end_use", Coded(_zeros(self._n_rows), [CIVIL]))
        for axis, column in (
            (tables.goods, goods),
            (tables.origin, columns["origin"]),
            (tables.destination, columns["destination"]),
            (tables.end_use, use),
            (tables.end_user, users),
            (tables.share, self._share_steps()),
        ):
            classes = np.array([axis.class_of(value) for value in column.values], np.int64)
            self._add(axis, column.codes, classes, len(axis))
        for zone, name in enumerate(tables.snapshot.zones):
            self._add_spans(zone, columns["on"].in_zone(name))
        self._domestic = _Field(self._bits, 1)
        self._bits += 1

    def _add(
        self, name: Axis | int, codes: NDArray[Any], values: NDArray[np.int64], n_values: int
    ) -> None:
        """Give values, 0 to `n_values` - 1, a place in the key; `codes` index them."""
        width = max(n_values - 1, 0).bit_length()
        self._fields[name] = _Field(self._bits, (1 << width) - 1)
        if width:
            self._places.append(_Place(codes, values << self._bits))
        self._bits += width

    def _add_spans(self, zone: int, days: NDArray[np.int64]) -> None:
        """Add the span between changes in which each day lies."""
        cuts = np.array([day.toordinal() for day in self._tables.snapshot.cuts[zone]], np.int64)
        if not days.size:
            self._add(zone, days, np.zeros(1, np.int64), len(cuts) + 1)
            return
        first, last = int(days.min()), int(days.max())
        spans = np.searchsorted(cuts, np.arange(first, last + 1), side="right")
        self._add(zone, days - first, spans.astype(np.int64), len(cuts) + 1)

    def _share_steps(self) -> Coded:
        """Return how many thresholds each row's share reaches; one more marks a blank."""
        thresholds = self._tables.thresholds
        steps = list(range(len(thresholds) + 2))
        shares = self._columns.get("origin_content_share")
        if shares is None:
            return Coded(_zeros(self._n_rows), [steps[-1]])
        reached = np.zeros(self._n_rows, np.int8)
        for threshold in thresholds:
            reached += shares >= threshold
        reached[np.isnan(shares)] = steps[-1]
        return Coded(reached, steps)

    def decided(self) -> Decided:
        """Return the answer to every row, block by block."""
        codes, keys = np.empty(self._n_rows, np.int8), np.empty(self._n_rows, np.int64)
        is_dense = self._bits <= _DENSE_BITS
        table = np.full(1 << self._bits if is_dense else 0, _UNSEEN, np.int8)
        n_distinct = 0
        for rows, block in self._blocks():
            keys[rows] = block
            if is_dense:
                answers = table[block]
                if (answers == _UNSEEN).any():
                    new = np.unique(block[answers == _UNSEEN])
                    table[new] = self._answers(new)
                    n_distinct += len(new)
                    answers = table[block]
                codes[rows] = answers
        if not is_dense:
            import pandas as pd

            place, distinct = pd.factorize(keys)
            codes[:] = self._answers(distinct)[place]
            n_distinct = len(distinct)
        layout = (*self._fields.values(), self._domestic)
        return Decided(codes, keys, np.zeros(0, np.int32), (None,), n_distinct, (layout,))

    def _blocks(self) -> Iterator[tuple[slice, NDArray[np.int64]]]:
        """Yield the keys of each block of rows."""
        home, away = self._domestic_codes()
        for start in range(0, self._n_rows, _BLOCK):
            rows = slice(start, start + _BLOCK)
            stays = (
                home[self._columns["origin"].codes[rows]]
                == (away[self._columns["destination"].codes[rows]])
            )
            key = stays.astype(np.int64) << self._domestic.shift
            for codes, bits in self._places:
                key |= bits[codes[rows]]
            yield rows, key

    def _domestic_codes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return numbers of origins and of destinations, equal where goods do not leave."""
        origins = self._columns["origin"].values
        number = {code: n for n, code in enumerate(origins) if self._is_country(code)}
        away = [number.get(code, -2) for code in self._columns["destination"].values]
        home = [number.get(code, -1) for code in origins]
        return np.array(home, np.int64), np.array(away, np.int64)

    def _is_country(self, code: str) -> bool:
        return code != places.ANY and len(self._lookup.place(code)[1]) == 1

    def _answers(self, keys: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the outcome of each key: int8[key]."""
        found = np.empty(len(keys), np.int8)
        for start in range(0, len(keys), _BLOCK):
            part = slice(start, start + _BLOCK)
            found[part] = self._outcomes(keys[part])
        return found

    def _part(self, name: Axis | int, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        place = self._fields[name]
        return (keys >> place.shift) & place.mask

    def _truths(self, keys: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the truth of every measure and act for every key: int8[key, column]."""
        tables = self._tables
        origin = tables.origin.table[self._part(tables.origin, keys)]
        n_columns = origin.shape[1] // 2
        truths = origin[:, :n_columns].copy()
        for axis in (tables.goods, tables.destination, tables.end_use, tables.end_user):
            np.minimum(truths, axis.table[self._part(axis, keys)], out=truths)
        share = tables.share.table[self._part(tables.share, keys)]
        np.minimum(truths, np.maximum(share, origin[:, n_columns:]), out=truths)
        stays = (keys >> self._domestic.shift) & 1
        truths[stays == 1, : len(tables.rules)] = 0
        return truths

    def _outcomes(self, keys: NDArray[np.int64]) -> NDArray[np.int8]:
        tables, truths = self._tables, self._truths(keys)
        n_rules = len(tables.rules)
        floor, ceiling = np.zeros(len(keys), np.int8), np.zeros(len(keys), np.int8)
        parted = {number for number, _ in tables.acts}
        for zone in range(len(tables.snapshot.zones)):
            mine, local = tables.local_spans(zone)
            spans = local[self._part(zone, keys)]
            for place, number in enumerate(mine):
                own, truth = spans[:, place], truths[:, number]
                if number in parted:
                    low, high = tables.parted_ranks(number, truths[:, n_rules:], own)
                else:
                    low, high = tables.low[own, number], tables.high[own, number]
                np.maximum(floor, np.where(truth == _TRUE, low, 0), out=floor)
                np.maximum(ceiling, np.where(truth > 0, high, 0), out=ceiling)
        outcomes: NDArray[np.int8] = _OUTCOME_OF[floor, ceiling]
        return outcomes


_OUTCOME_OF: Final = outcome_codes()


def _zeros(n_rows: int) -> NDArray[np.int8]:
    return np.zeros(n_rows, np.int8)


def _paired(first: Coded, second: Coded | None) -> Coded:
    """Return two columns as one of pairs; a column that is not there is blank."""
    if second is None:
        return Coded(first.codes, [(value, None) for value in first.values])
    width = max(len(second.values), 1)
    joint = first.codes.astype(np.int64) * width + second.codes
    distinct, place = np.unique(joint, return_inverse=True)
    pairs = [(first.values[code // width], second.values[code % width]) for code in distinct]
    return Coded(place.reshape(-1), pairs)


def _with_general(
    register: Register,
    columns: Mapping[str, Any],
    codes: NDArray[np.int8],
    licences: tuple[LicenceCover, ...],
) -> NDArray[np.int8]:
    """Mark the rows that need a licence and are certainly covered by a general one."""
    rows = np.flatnonzero(codes == OUTCOME_CODE[Outcome.LICENCE_REQUIRED])
    part = _rows_of(columns, rows)
    names = [n for n in ("item", "origin", "destination", "end_user", "known_at") if n in part]
    distinct, place = np.unique(
        np.column_stack([part[name].codes for name in names]), axis=0, return_inverse=True
    )
    days = part["on"].plain
    covered = np.zeros(len(rows), bool)
    for number, state in enumerate(distinct):
        values = (part[name].values[code] for name, code in zip(names, state, strict=True))
        given: dict[str, Any] = dict(zip(names, values, strict=True))
        given["known_at"] = _known_day(given.get("known_at"))
        subject = register.lookup.subject(Query(on=date.min, **given))
        mine = np.flatnonzero(place.reshape(-1) == number)
        for licence in licences:
            if licence_covers(licence, subject, register, on=None):
                covered[mine] |= _valid(licence, days[mine])
    marked = codes.copy()
    marked[rows[covered]] = OUTCOME_CODE[Outcome.GENERAL_LICENCE_AVAILABLE]
    return marked


def _valid(licence: LicenceCover, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a licence is valid on each day, given as ordinals."""
    valid = days >= licence.valid_from.toordinal()
    if licence.valid_to is not None:
        valid &= days < licence.valid_to.toordinal()
    return valid
