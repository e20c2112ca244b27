"""The bitemporal register: what is in force on a day, as known on another day.

Nothing in it is edited. What was published later is a further action, and the state is always the
fold of the actions recorded by the day of knowledge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from coercivity.catalogue.model import Item, Party
from coercivity.controls.fold import Standing, fold, is_partial, resolve_extensions
from coercivity.controls.from_events import fold_events
from coercivity.controls.load import (
    PackLike,
    check_actions,
    load_actions,
    load_instruments,
    record_order,
)
from coercivity.controls.logic import Truth
from coercivity.controls.model import (
    EventFlag,
    Instrument,
    Measure,
    MeasureAction,
    Phase,
)
from coercivity.controls.snapshots import (
    STATE_COLUMNS,
    Change,
    MeasureState,
    TimelineRow,
    differs,
    state_row,
)
from coercivity.controls.subject import Family, Lookup
from coercivity.errors import NotFoundError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.events.model import PolicyEvent

T = TypeVar("T")

__all__ = ["Register", "build_register"]


@dataclass(frozen=True)
class Register:
    """Instruments and the actions upon them.

    Parameters
    ----------
    instruments : mapping of str to Instrument
        By id, sorted.
    actions : tuple of MeasureAction
        In order of record.
    items, parties : mapping
        The pack's, by id.
    name : str
        Name of the pack.
    flags : tuple of EventFlag
        Events that touch controls, and what was made of them.
    scopes : dict
        Cache of scope tests, shared with the registers made from this one: hypothetical acts do not
        change a measure's scope.
    """

    instruments: Mapping[str, Instrument]
    actions: tuple[MeasureAction, ...]
    items: Mapping[str, Item] = field(default_factory=dict, repr=False)
    parties: Mapping[str, Party] = field(default_factory=dict, repr=False)
    name: str = ""
    flags: tuple[EventFlag, ...] = ()
    scopes: dict[Any, Truth] = field(default_factory=dict, repr=False, compare=False)
    _memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def published(self, known_at: date | None) -> tuple[tuple[Instrument, Measure], ...]:
        """Return the measures upon which an act is known, with their instruments."""

        def found() -> tuple[tuple[Instrument, Measure], ...]:
            pairs = self.measures()
            return tuple(p for p in pairs if self.actions_on(p[1].id, known_at=known_at))

        return self.remembered(("published", known_at), found)

    def measures(self) -> tuple[tuple[Instrument, Measure], ...]:
        """Return every measure with its instrument, in the order of the ids."""
        return tuple(
            (instrument, measure)
            for instrument in self.instruments.values()
            for measure in instrument.measures
        )

    @cached_property
    def lookup(self) -> Lookup:
        """Items, places and parties that a query may name."""
        return Lookup(self.items, self.parties, self.name)

    @property
    def families(self) -> Mapping[str, Family]:
        """Where each item stands among the others."""
        return self.lookup.families

    def measure(self, measure_id: str) -> Measure:
        """Return a measure.

        Raises
        ------
        NotFoundError
            If the register has none of that id.
        """
        found = self._by_id.get(measure_id)
        if found is None:
            raise NotFoundError(
                f"no measure is called {measure_id!r}", where=f"register {self.name}"
            )
        return found

    @cached_property
    def _by_id(self) -> Mapping[str, Measure]:
        return {measure.id: measure for _, measure in self.measures()}

    @cached_property
    def _acts(self) -> Mapping[str, tuple[MeasureAction, ...]]:
        """Return every act upon each measure in order of record, extensions as they are."""
        targets: dict[str, list[str]] = {}
        for instrument, measure in self.measures():
            targets.setdefault(instrument.id, []).append(measure.id)
            targets.setdefault(measure.id, []).append(measure.id)
        acts: dict[str, list[MeasureAction]] = {key: [] for key in self._by_id}
        for action in self.actions:
            upon = list(dict.fromkeys(targets.get(action.target, ())))
            for measure_id in upon:
                acts[measure_id].append(action)
                # An extension may name the act that it prolongs.
                targets.setdefault(action.id, []).append(measure_id)
        return {key: tuple(found) for key, found in acts.items()}

    def actions_on(
        self, measure_id: str, *, known_at: date | None = None
    ) -> tuple[MeasureAction, ...]:
        """Return the known actions on a measure in order of record, extensions resolved.

        Parameters
        ----------
        measure_id : str
        known_at : date or None
            Day of knowledge; None is everything recorded.
        """

        def found() -> tuple[MeasureAction, ...]:
            self.measure(measure_id)
            known = [a for a in self._acts[measure_id] if self.is_known(a, known_at)]
            return resolve_extensions(known)

        return self.remembered(("actions", measure_id, known_at), found)

    def remembered(self, key: tuple[Any, ...], compute: Callable[[], T]) -> T:
        """Return what was computed for a key before, or compute it; the register never changes."""
        if key not in self._memo:
            self._memo[key] = compute()
        value: T = self._memo[key]
        return value

    def is_known(self, action: MeasureAction, known_at: date | None) -> bool:
        """Whether the public could know an action; a scenario's assumption always counts."""
        if known_at is None or action.hypothetical:
            return True
        return self._known_from(action) <= known_at

    def knowledge_day(self, known_at: date | None) -> date | None:
        """Return the last day of record up to `known_at`; nothing became known in between.

        The first of all days stands for every day before the first record; None is everything.
        """
        if known_at is None:
            return None
        days = self.remembered(("record days",), self._record_days)
        place = bisect_right(days, known_at)
        return days[place - 1] if place else date.min

    def _record_days(self) -> tuple[date, ...]:
        known = (self._known_from(action) for action in self.actions if not action.hypothetical)
        return tuple(sorted(set(known)))

    def _known_from(self, action: MeasureAction) -> date:
        acting = self.instruments.get(action.instrument)
        published = acting.published_on if acting else action.recorded_on
        return max(action.recorded_on, published)

    def standings(
        self, measure: Measure, covers: tuple[Truth, ...], day: date, *, known_at: date | None
    ) -> tuple[Standing, ...]:
        """Return the states a measure may be in for a shipment, each combination folded once.

        Parameters
        ----------
        measure : Measure
        covers : tuple of bool or None
            Whether each known action covers the shipment, in order of record.
        day : date
            Day in the issuer's zone.
        known_at : date or None
            Day of knowledge.
        """

        def folded() -> tuple[Standing, ...]:
            known = self.actions_on(measure.id, known_at=known_at)
            return fold(measure.effect, list(zip(known, covers, strict=True)), day)

        return self.remembered(("standings", measure.id, covers, day, known_at), folded)

    def standing(self, measure: Measure, day: date, *, known_at: date | None = None) -> Standing:
        """Return the state of a measure as a whole, leaving out acts on part of its scope."""
        known = self.actions_on(measure.id, known_at=known_at)
        whole = tuple(not is_partial(action, measure) for action in known)
        return self.standings(measure, whole, day, known_at=known_at)[0]

    def states(self, on: date, known_at: date | None = None) -> tuple[MeasureState, ...]:
        """Return the state of every measure published by `known_at`.

        Parameters
        ----------
        on : date
            Valid day.
        known_at : date or None
            Day of knowledge; None is everything recorded.

        Returns
        -------
        tuple of MeasureState
            In the order of the ids.
        """
        return tuple(
            state
            for instrument, measure in self.measures()
            if (state := self._state(instrument, measure, on, known_at)) is not None
        )

    def _state(
        self, instrument: Instrument, measure: Measure, on: date, known_at: date | None
    ) -> MeasureState | None:
        standing = self.standing(measure, on, known_at=known_at)
        if standing.phase is Phase.UNPUBLISHED:
            return None
        known = self.actions_on(measure.id, known_at=known_at)
        parts = tuple(
            a.id
            for a in known
            if is_partial(a, measure) and a.start <= on and (a.until is None or on < a.until)
        )
        return MeasureState(
            instrument=instrument,
            measure=measure,
            phase=standing.phase,
            effect=standing.effect,
            since=standing.dates.get("effective"),
            knowledge_ends=standing.knowledge_ends,
            parts=parts,
            actions=tuple(action.id for action in standing.actions),
            sources=standing.sources_with(instrument.sources),
        )

    def state(self, on: date, known_at: date | None = None) -> pd.DataFrame:
        """Return the state of every published measure as a table, one row per measure."""
        import pandas as pd

        rows = [state_row(state) for state in self.states(on, known_at)]
        return pd.DataFrame(rows, columns=list(STATE_COLUMNS))

    def diff(
        self,
        before: date,
        after: date,
        *,
        known_before: date | None = None,
        known_after: date | None = None,
    ) -> tuple[Change, ...]:
        """Return the measures whose state differs between two days or two states of knowledge.

        Parameters
        ----------
        before, after : date
            Valid days; the same day twice compares two states of knowledge.
        known_before, known_after : date or None
            Days of knowledge.

        Returns
        -------
        tuple of Change
            In the order of the measures' ids; ``before`` or ``after`` is None if not published.
        """
        first = {s.measure.id: s for s in self.states(before, known_before)}
        second = {s.measure.id: s for s in self.states(after, known_after)}
        changes = (Change(first.get(key), second.get(key)) for key in sorted({*first, *second}))
        return tuple(change for change in changes if differs(change))

    def timeline(self, known_at: date | None = None) -> tuple[TimelineRow, ...]:
        """Return the known acts by the day they take effect."""
        rows = [
            TimelineRow(
                recorded_on=action.recorded_on,
                start=action.start,
                until=action.until,
                action=action,
                instrument=self.instruments.get(action.instrument),
                measures=self._targets(action),
            )
            for action in self.actions
            if self.is_known(action, known_at)
        ]
        return tuple(sorted(rows, key=lambda row: (row.start, row.recorded_on, row.action.id)))

    def _targets(self, action: MeasureAction) -> tuple[str, ...]:
        return tuple(
            measure.id
            for instrument, measure in self.measures()
            if action.target in (measure.id, instrument.id)
        )

    def change_dates(
        self,
        start: date | None = None,
        end: date | None = None,
        *,
        known_at: date | None = None,
        measures: Iterable[str] | None = None,
    ) -> tuple[date, ...]:
        """Return the days on which the state of any measure may change.

        Parameters
        ----------
        start, end : date or None
            Only days strictly after `start` and before `end`.
        known_at : date or None
            Day of knowledge.
        measures : iterable of str or None
            Only these measures; None is all.

        Returns
        -------
        tuple of date
            Sorted, each once.
        """
        ids = [m.id for _, m in self.measures()] if measures is None else list(measures)
        days: set[date] = set()
        for measure_id in ids:
            for action in self.actions_on(measure_id, known_at=known_at):
                days.update(day for day in (action.start, action.until) if day is not None)
        return tuple(
            sorted(
                day for day in days if (start is None or day > start) and (end is None or day < end)
            )
        )

    def horizon(self, known_at: date | None = None) -> date | None:
        """Return the day of the last record that counts: what followed is not known."""
        recorded = [
            a.recorded_on for a in self.actions if not a.hypothetical and self.is_known(a, known_at)
        ]
        return max(recorded, default=None)

    def with_actions(self, actions: Iterable[MeasureAction]) -> Register:
        """Return a register with further actions; this one stays as it is.

        Parameters
        ----------
        actions : iterable of MeasureAction
            A scenario's assumptions, or acts found since.

        Raises
        ------
        InputError
            If one acts on nothing.
        """
        together = tuple(sorted((*self.actions, *actions), key=record_order))
        check_actions(self.instruments.values(), together)
        return self._derived(actions=together)

    def _derived(self, **changed: Any) -> Register:
        """Return a register with other acts; what names items, places and parties is shared."""
        other = replace(self, **changed, _memo={})
        other.__dict__["lookup"] = self.lookup
        return other

    def only(self, instruments: Iterable[str]) -> Register:
        """Return a register of these instruments alone, with the acts upon them and by them.

        Raises
        ------
        NotFoundError
            If one is not in the register.
        """
        wanted = set(instruments)
        for key in sorted(wanted - set(self.instruments)):
            raise NotFoundError(
                f"no instrument is called {key!r}",
                where=f"register {self.name}",
                expected="one of " + ", ".join(self.instruments),
            )
        kept = {key: value for key, value in self.instruments.items() if key in wanted}
        targets = wanted | {m.id for i in kept.values() for m in i.measures}
        actions: list[MeasureAction] = []
        for action in self.actions:
            if action.target in targets and action.instrument in {*wanted, ""}:
                actions.append(action)
                targets.add(action.id)
        return self._derived(instruments=kept, actions=tuple(actions))


def build_register(pack: PackLike, events: Iterable[PolicyEvent] = ()) -> Register:
    """Build the register of a pack, and of the events found in documents.

    Parameters
    ----------
    pack : Pack
        Its tables ``instruments``, ``actions``, ``items`` and ``parties`` are read.
    events : iterable of PolicyEvent
        An event changes the register only if it has an explicit frame, positive polarity and the
        authority of the instrument it names; every other one leaves it as it is and is flagged.

    Returns
    -------
    Register

    Raises
    ------
    InputError
        If an action acts on nothing or says too little; every problem is listed.
    """
    instruments = {instrument.id: instrument for instrument in load_instruments(pack)}
    actions = load_actions(pack)
    check_actions(instruments.values(), actions)
    found, flags = fold_events(events, instruments, actions, pack.parties)
    return Register(
        instruments=instruments,
        actions=tuple(sorted((*actions, *found), key=record_order)),
        items=pack.items,
        parties=pack.parties,
        name=pack.name,
        flags=flags,
    )
