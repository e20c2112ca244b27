"""Determinations of all lanes of a network over a span of days.

Between two change dates nothing changes, and most lanes share the same few measures; both are used
so that each distinct state is folded once. The answers equal those of
:func:`~coercivity.controls.determination.determine` without licences.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coercivity.controls.answer import Query
from coercivity.controls.classes import OUTCOME_CODE, OUTCOMES
from coercivity.controls.determination import is_valid, licence_covers
from coercivity.controls.logic import Truth, all_of
from coercivity.controls.model import (
    CIVIL,
    Effect,
    Instrument,
    LicenceCover,
    Measure,
    Outcome,
)
from coercivity.controls.register import Register
from coercivity.controls.rulings import bounds_of, governing_measures
from coercivity.controls.scope import covers, scope_tests
from coercivity.controls.subject import Subject

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["OUTCOMES", "GateTable", "LaneKey", "gate_table"]


class LaneKey(NamedTuple):
    """What a determination needs to know of a lane."""

    item: str
    origin: str
    destination: str
    end_use: str | None = CIVIL
    end_user: str | None = None


@dataclass(frozen=True)
class GateTable:
    """Outcomes per interval between change dates and per kind of lane.

    Parameters
    ----------
    days : tuple of date
        First day of each segment; the first is the start asked for.
    keys : tuple of LaneKey
        Kinds of lanes, in order of first appearance.
    lane_key : int32[lane]
        Position in `keys` of each lane.
    codes : int8[segment, key]
        Position in :data:`OUTCOMES`.
    """

    days: tuple[date, ...]
    keys: tuple[LaneKey, ...]
    lane_key: NDArray[np.int32] = field(repr=False)
    codes: NDArray[np.int8] = field(repr=False)

    def segment(self, day: date) -> int:
        """Return the position of the segment that holds `day`."""
        return max(bisect_right(self.days, day) - 1, 0)

    def outcome(self, day: date, lane: int) -> Outcome:
        """Return the outcome of a lane on a day."""
        return OUTCOMES[int(self.codes[self.segment(day), self.lane_key[lane]])]

    def by_lane(self) -> NDArray[np.int8]:
        """Return the codes as int8[segment, lane]."""
        table: NDArray[np.int8] = self.codes[:, self.lane_key]
        return table


class _Part(NamedTuple):
    """A measure that may concern a subject, and which acts upon it count."""

    measure: Measure
    scope: Truth
    covers: tuple[Truth, ...]


def gate_table(
    register: Register,
    lanes: pd.DataFrame | Sequence[Sequence[Any]],
    *,
    start: date,
    end: date,
    known_at: date | None = None,
    general_licences: Iterable[LicenceCover] = (),
) -> GateTable:
    """Determine every lane over a span of days.

    Parameters
    ----------
    register : Register
    lanes : DataFrame or sequence of sequences
        Columns or positions ``item, origin, destination, end_use, end_user``; the last two may be
        left out. A blank end use or end user means the default of :class:`Query`.
    start, end : date
        Half-open span of days in the issuer's zone.
    known_at : date or None
        Day of knowledge; None is everything recorded.
    general_licences : iterable of LicenceCover
        General licences said to exist.

    Returns
    -------
    GateTable

    Raises
    ------
    NotFoundError
        If an item is unknown or a country code is none.
    """
    keys, lane_key = _keys(lanes)
    general = tuple(general_licences)
    days = _segments(register, start, end, known_at, general)
    answers = _Answers(register, known_at)
    codes = np.empty((len(days), len(keys)), dtype=np.int8)
    for k, key in enumerate(keys):
        subject = register.lookup.subject(_query(key, start, known_at))
        codes[:, k] = answers.codes(answers.parts(subject), days)
        covering = [x for x in general if licence_covers(x, subject, register, on=None)]
        if covering:
            _open_by_licence(codes[:, k], days, covering)
    return GateTable(days, keys, lane_key, codes)


def _open_by_licence(
    codes: NDArray[np.int8], days: Sequence[date], covering: Sequence[LicenceCover]
) -> None:
    """Put a general licence, where one is valid, in the place of the licence required."""
    for s, day in enumerate(days):
        if codes[s] == OUTCOME_CODE[Outcome.LICENCE_REQUIRED] and any(
            is_valid(licence, day) for licence in covering
        ):
            codes[s] = OUTCOME_CODE[Outcome.GENERAL_LICENCE_AVAILABLE]


def _query(key: LaneKey, on: date, known_at: date | None) -> Query:
    return Query(
        item=key.item,
        origin=key.origin,
        destination=key.destination,
        end_use=key.end_use,
        end_user=key.end_user,
        on=on,
        known_at=known_at,
    )


def _segments(
    register: Register,
    start: date,
    end: date,
    known_at: date | None,
    licences: Sequence[LicenceCover],
) -> tuple[date, ...]:
    days = {start, *register.change_dates(start, end, known_at=known_at)}
    for licence in licences:
        days.update(d for d in (licence.valid_from, licence.valid_to) if d and start < d < end)
    return tuple(sorted(days))


def _keys(
    lanes: pd.DataFrame | Sequence[Sequence[Any]],
) -> tuple[tuple[LaneKey, ...], NDArray[np.int32]]:
    """Return the distinct kinds of lanes and the kind of each lane."""
    positions: dict[LaneKey, int] = {}
    lane_key = [positions.setdefault(key, len(positions)) for key in _lane_keys(lanes)]
    return tuple(positions), np.asarray(lane_key, dtype=np.int32)


def _lane_keys(lanes: pd.DataFrame | Sequence[Sequence[Any]]) -> list[LaneKey]:
    fields: Sequence[str] = LaneKey._fields
    table: Any = lanes
    if hasattr(table, "columns"):
        fields = [name for name in fields if name in table.columns]
        table = zip(*(table[name].tolist() for name in fields), strict=True)
    return [_lane_key(dict(zip(fields, row, strict=False))) for row in table]


def _lane_key(row: Mapping[str, Any]) -> LaneKey:
    return LaneKey(
        str(row["item"]),
        str(row["origin"]),
        str(row["destination"]),
        _text(row.get("end_use")) or CIVIL,
        _text(row.get("end_user")),
    )


def _text(value: Any) -> str | None:
    """Return text, or None for a blank cell, however the table marks it."""
    return value if isinstance(value, str) and value else None


class _Answers:
    """Folds each distinct state once; the state it keeps is a cache and nothing else."""

    def __init__(self, register: Register, known_at: date | None) -> None:
        self._register = register
        self._known_at = known_at
        self._effects: dict[Any, tuple[Effect, ...]] = {}
        self._codes: dict[Any, NDArray[np.int8]] = {}
        self._measures = governing_measures(register, known_at)

    def parts(self, subject: Subject) -> tuple[_Part, ...]:
        """Return the measures that may concern a subject."""
        found = []
        for instrument, measure in self._measures:
            scope = self._scope(subject, measure, instrument)
            if scope is not False:
                actions = self._register.actions_on(measure.id, known_at=self._known_at)
                counts = tuple(covers(subject, action).value for action in actions)
                found.append(_Part(measure, scope, counts))
        return tuple(found)

    def _scope(self, subject: Subject, measure: Measure, instrument: Instrument) -> Truth:
        query = subject.query
        key = (
            measure.id,
            *(query.item, query.origin, query.destination, query.end_use, query.end_user),
            *(query.contains, query.origin_content_share, query.owned_by),
        )
        scopes = self._register.scopes
        if key not in scopes:
            scopes[key] = all_of(t.value for t in scope_tests(subject, measure, instrument))
        return scopes[key]

    def codes(self, parts: tuple[_Part, ...], days: Sequence[date]) -> NDArray[np.int8]:
        """Return int8[day], the outcomes of these measures, licences aside.

        Lanes that the same measures concern in the same way share one row, whatever the lanes.
        """
        key = tuple((p.measure.id, p.scope, p.covers) for p in parts)
        if key not in self._codes:
            outcomes = (self._outcome(parts, day) for day in days)
            self._codes[key] = np.array([OUTCOME_CODE[x] for x in outcomes], dtype=np.int8)
        return self._codes[key]

    def _outcome(self, parts: tuple[_Part, ...], day: date) -> Outcome:
        floor, ceiling = bounds_of(self._part_effects(part, day) for part in parts)
        return floor.outcome if floor.outcome is ceiling.outcome else Outcome.UNKNOWN_REFER

    def _part_effects(self, part: _Part, day: date) -> tuple[Effect, ...]:
        key = (part.measure.id, part.covers, day)
        if key not in self._effects:
            standings = self._register.standings(
                part.measure, part.covers, day, known_at=self._known_at
            )
            found = {effect for standing in standings for effect in standing.possible}
            self._effects[key] = tuple(sorted(found, key=lambda effect: effect.rank))
        effects = self._effects[key]
        return effects if part.scope else (Effect.NONE, *effects)
