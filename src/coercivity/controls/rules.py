"""One measure laid out for many questions: its tests, its states, what they mean for a shipment.

A measure's state changes only on the first and last days of the acts upon it, and a scope test
depends on few of a shipment's facts. Each is therefore worked out once per span of days and per
combination of facts, and kept; what is kept is a cache and nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from coercivity.controls.answer import ScopeTest, TraceStep
from coercivity.controls.fold import Standing, fold, is_partial
from coercivity.controls.logic import Truth, all_of
from coercivity.controls.model import Effect, Instrument, Measure, MeasureAction, Phase
from coercivity.controls.scope import BASE_DIMENSIONS, Dimension, covers, dimensions
from coercivity.controls.subject import Subject
from coercivity.controls.wording import free_conditions, step_text

__all__ = ["MOST_KEPT", "Finding", "Holding", "Rule", "keep"]

T = TypeVar("T")

MOST_KEPT: Final = 1 << 15
"""Entries of one cache; a full one is emptied, so that streams of any length fit in memory."""


def keep(cache: dict[Any, T], key: Hashable, value: T, *, most: int = MOST_KEPT) -> T:
    """Put a value into a cache of bounded size and return it."""
    if len(cache) >= most:
        cache.clear()
    cache[key] = value
    return value


class View(NamedTuple):
    """What a measure means for a shipment in scope, out of it, or possibly in it.

    Parameters
    ----------
    effects : tuple of Effect
        Effects it may have, weakest first.
    low, high : int
        Ranks of the weakest and of the strongest.
    governs : bool or None
        Whether it governs the shipment.
    place : tuple
        Place in a trace, the deciding step aside.
    """

    effects: tuple[Effect, ...]
    low: int
    high: int
    governs: Truth
    place: tuple[int, int, str]


_ORDER: Final = {True: 0, None: 1, False: 2}


def _view(effects: tuple[Effect, ...], measure: str) -> View:
    low, high = effects[0].rank, effects[-1].rank
    governs: Truth = None if Effect.NONE in effects else True
    if effects == (Effect.NONE,):
        governs = False
    return View(effects, low, high, governs, (_ORDER[governs], -high, measure))


class Holding:
    """The states a measure may be in for one choice of acts, over one span of days.

    Parameters
    ----------
    instrument, measure : Instrument, Measure
        The rule.
    standings : tuple of Standing
        The states.
    """

    def __init__(
        self, instrument: Instrument, measure: Measure, standings: tuple[Standing, ...]
    ) -> None:
        self.instrument, self.measure, self.standings = instrument, measure, standings
        found = {effect for standing in standings for effect in standing.possible}
        effects = tuple(sorted(found, key=lambda effect: effect.rank))
        doubtful = effects if Effect.NONE in found else (Effect.NONE, *effects)
        self.views: dict[Truth, View] = {
            True: _view(effects, measure.id),
            None: _view(doubtful, measure.id),
            False: _view((Effect.NONE,), measure.id),
        }
        # The state in which the measure weighs most is the one a trace shows.
        self.shown = max(standings, key=lambda s: (s.possible[-1].rank, s.phase is Phase.UNKNOWN))
        self.free_if = free_conditions(measure, instrument)
        self.frame = self._frame()

    def _frame(self) -> dict[str, Any]:
        """Return what a step of a trace says of the state alone."""
        instrument, measure, standing = self.instrument, self.measure, self.shown
        return {
            "instrument": instrument.id,
            "number": instrument.number,
            "title": instrument.title,
            "measure": measure.id,
            "article": measure.article,
            "effect": standing.effect,
            "phase": standing.phase,
            "dates": {"published": instrument.published_on, **standing.dates},
            "actions": tuple(action.id for action in standing.actions),
            "sources": standing.sources_with(instrument.sources),
            "facts": standing.facts_with(instrument.facts),
        }


@dataclass(slots=True, eq=False)
class Finding:
    """What one measure means for one shipment.

    Parameters
    ----------
    holding : Holding
        The states it may be in.
    scope : bool or None
        Whether the shipment is in its scope.
    tests : tuple of ScopeTest
        Scope tests made, up to the first that failed.
    doubts : tuple of str
        Facts that would settle which acts upon it count.
    """

    holding: Holding
    scope: Truth
    tests: tuple[ScopeTest, ...]
    doubts: tuple[str, ...] = ()
    view: View = field(init=False)
    _step: TraceStep | None = field(init=False)
    _deciding: TraceStep | None = field(init=False)

    def __post_init__(self) -> None:
        self.view = self.holding.views[self.scope]
        self._step = self._deciding = None

    def step(self) -> TraceStep:
        """Return the step of a trace, as of a measure that does not decide."""
        if self._step is None:
            self._step = self._made(decides=False)
        return self._step

    def deciding_step(self) -> TraceStep:
        """Return the step of a trace, as of the measure that decides."""
        if self._deciding is None:
            self._deciding = self._made(decides=True)
        return self._deciding

    def _made(self, *, decides: bool) -> TraceStep:
        holding, scope = self.holding, self.scope
        # Filled at once: the class sets each of its fields by a call, which a million steps feel.
        step = object.__new__(TraceStep)
        step.__dict__.update(
            holding.frame,
            matched=self.view.governs,
            decides=decides,
            tests=self.tests,
            knowledge_ends=None if scope is False else holding.shown.knowledge_ends,
            wording=self,
        )
        return step

    def __call__(self) -> str:
        """Return the step in a sentence; the wording that a step of a trace asks for."""
        held = self.holding
        return step_text(
            held.instrument, held.measure, held.shown, scope=self.scope, tests=self.tests
        )


@dataclass(slots=True, eq=False)
class _Node:
    """What is known of a shipment's place in a scope after some of the tests."""

    tests: tuple[ScopeTest, ...]
    is_closed: bool
    children: dict[Any, _Node] = field(default_factory=dict)
    findings: dict[Any, Finding] = field(default_factory=dict)


class Rule:
    """One measure, the known acts upon it, and what has been worked out about it.

    Parameters
    ----------
    instrument, measure : Instrument, Measure
        The measure and where it stands.
    actions : tuple of MeasureAction
        Known acts upon it in order of record, extensions resolved.
    """

    def __init__(
        self, instrument: Instrument, measure: Measure, actions: tuple[MeasureAction, ...]
    ) -> None:
        self.instrument, self.measure, self.actions = instrument, measure, actions
        self.cuts = tuple(sorted({d for a in actions for d in (a.start, a.until) if d}))
        self.counts = tuple(not (a.destinations or a.items or a.end_users) for a in actions)
        self._whole = tuple(not is_partial(action, measure) for action in actions)
        self._by_user = any(action.end_users for action in actions)
        tests = dimensions(measure)
        self._base = tuple(test for test in tests if test.name in BASE_DIMENSIONS)
        self._further = tuple(test for test in tests if test.name not in BASE_DIMENSIONS)
        self._holdings: dict[tuple[tuple[Truth, ...], int], Holding] = {}
        self._tests: dict[str, dict[Any, ScopeTest]] = {test.name: {} for test in tests}
        self._nodes: dict[Any, _Node] = {}
        self._n_nodes = 0

    def span(self, day: date) -> int:
        """Return which span between change dates holds a day, counted from 0."""
        return bisect_right(self.cuts, day)

    def holding(self, counts: tuple[Truth, ...], span: int) -> Holding:
        """Return the states the measure may be in, given which acts count, over a span.

        Parameters
        ----------
        counts : tuple of bool or None
            Whether each act covers the shipment.
        span : int
            From :meth:`span`.
        """
        key = (counts, span)
        found = self._holdings.get(key)
        if found is None:
            acts = list(zip(self.actions, counts, strict=True))
            day = self.cuts[span - 1] if span else date.min
            standings = fold(self.measure.effect, acts, day)
            found = Holding(self.instrument, self.measure, standings)
            self._holdings[key] = found
        return found

    def outside(self, tests: tuple[ScopeTest, ...], span: int) -> Finding:
        """Return what the measure means out of its scope: its state as a whole, nothing else."""
        return Finding(self.holding(self._whole, span), False, tests)

    def listed(self, subject: Subject) -> ScopeTest:
        """Test whether the goods are of a kind that the measure lists."""
        return self._once(self._base[0], subject)

    def finding(self, subject: Subject, base: tuple[Any, ...], span: int) -> Finding:
        """Return what the measure means for a shipment over a span of days.

        Parameters
        ----------
        subject : Subject
        base : tuple
            Item, stated contents, origin and destination of the subject.
        span : int
            From :meth:`span`.
        """
        node = self._nodes.get(base)
        if node is None:
            node = self._nodes[base] = self._grown(_Node((), False), self._base, subject)
        for test in self._further:
            if node.is_closed:
                break
            fact = test.facts(subject)
            child = node.children.get(fact)
            if child is None:
                child = node.children[fact] = self._grown(node, (test,), subject)
            node = child
        key = (span, subject.query.end_user) if self._by_user else span
        found = node.findings.get(key)
        return keep(node.findings, key, self._find(node, subject, span)) if found is None else found

    def _grown(self, node: _Node, tests: tuple[Dimension, ...], subject: Subject) -> _Node:
        """Return the node after further tests; the whole tree is dropped when it is too large."""
        self._n_nodes += 1
        if self._n_nodes > MOST_KEPT:
            self._nodes.clear()
            self._n_nodes = 1
        made = list(node.tests)
        for test in tests:
            made.append(self._once(test, subject))
            if made[-1].value is False:
                return _Node(tuple(made), is_closed=True)
        return _Node(tuple(made), is_closed=False)

    def _once(self, test: Dimension, subject: Subject) -> ScopeTest:
        """Return the result of a test, made once for the same facts."""
        memo, fact = self._tests[test.name], test.facts(subject)
        found = memo.get(fact)
        if found is None:
            found = keep(memo, fact, test.test(subject, self.measure, self.instrument))
        return found

    def _find(self, node: _Node, subject: Subject, span: int) -> Finding:
        if node.is_closed:
            return self.outside(node.tests, span)
        scope = all_of(test.value for test in node.tests)
        if all(self.counts):
            return Finding(self.holding(self.counts, span), scope, node.tests)
        parts = [covers(subject, action) for action in self.actions]
        holding = self.holding(tuple(part.value for part in parts), span)
        unsure = (part.missing for part in parts if part.value is None)
        doubts = tuple(unsure) if len(holding.standings) > 1 else ()
        return Finding(holding, scope, node.tests, doubts)
