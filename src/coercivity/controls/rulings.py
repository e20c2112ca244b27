"""The register as known on one day, laid out so that a question costs microseconds.

Each measure contributes the effects it may have on the shipment. The strongest effect that is
certain is a floor, the strongest that is possible a ceiling. If both give the same answer, that is
the answer; otherwise it is UNKNOWN_REFER. Learning a fact can only raise the floor or lower the
ceiling, so it never turns one definite answer into another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from coercivity.controls.answer import TraceStep
from coercivity.controls.model import Effect, Instrument, Measure, MeasureType, Outcome, Phase
from coercivity.controls.rules import Finding, Rule, keep
from coercivity.controls.subject import Subject
from coercivity.timeline import day_in_zone

if TYPE_CHECKING:
    from coercivity.controls.register import Register

__all__ = ["Ruling", "Snapshot", "bounds_of", "governing_measures", "issuer_day", "snapshot_of"]

_NO_CONTROL: Final = frozenset({MeasureType.IMPORT_SCHEME, MeasureType.TARIFF, MeasureType.SUBSIDY})
BY_RANK: Final = tuple(sorted(Effect, key=lambda effect: effect.rank))
"""Effects in the order of precedence; the position of each is its rank."""

_MOST_RULES: Final = 2000
"""Measures laid out at once, over all states of knowledge and all registers made from one."""


@dataclass(frozen=True, eq=False)
class Ruling:
    """What the register says of a shipment, licences aside.

    Parameters
    ----------
    outcome : Outcome
        The answer.
    trace : tuple of TraceStep
        Every measure considered: the deciding one first, then those that govern, those that may,
        and those that do not.
    deciding : TraceStep or None
        The measure that decides.
    knowledge_ends : date or None
        First day from which silence of the sources changes, or may change, the answer.
    missing, free_if : tuple of str
        Facts that would settle the answer; what would make it FREE.
    """

    outcome: Outcome
    trace: tuple[TraceStep, ...]
    deciding: TraceStep | None
    knowledge_ends: date | None
    missing: tuple[str, ...]
    free_if: tuple[str, ...]


class _Unlisted:
    """The measures that do not list the goods: the end of every trace of these goods."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.steps = tuple(sorted((finding.step() for finding in findings), key=_measure))


class _Placed(NamedTuple):
    """A measure, the position of its issuer's zone, and its own span in each span of the zone."""

    rule: Rule
    zone: int
    local: tuple[int, ...]


class Snapshot:
    """The measures known by a day, with what has been worked out about them.

    Parameters
    ----------
    register : Register
    known_at : date or None
        Day of knowledge; None is everything recorded.
    """

    def __init__(self, register: Register, known_at: date | None) -> None:
        self.rules = tuple(
            _rule(register, instrument, measure, known_at)
            for instrument, measure in governing_measures(register, known_at)
        )
        self.horizon = register.horizon(known_at)
        self.zones = tuple(sorted({rule.instrument.zone for rule in self.rules}))
        self.cuts = tuple(
            tuple(sorted({d for r in self.rules if r.instrument.zone == zone for d in r.cuts}))
            for zone in self.zones
        )
        self._placed = tuple(self._place(rule) for rule in self.rules)
        self._listed: dict[Any, tuple[_Placed, ...]] = {}
        self._unlisted: dict[Any, _Unlisted] = {}
        self._rulings: dict[tuple[Any, ...], Ruling] = {}

    def _place(self, rule: Rule) -> _Placed:
        zone = self.zones.index(rule.instrument.zone)
        local = tuple(rule.span(day) for day in (date.min, *self.cuts[zone]))
        return _Placed(rule, zone, local)

    def spans(self, on: date | datetime) -> tuple[int, ...]:
        """Return the span of days that holds `on`, in each zone of :attr:`zones`."""
        if isinstance(on, datetime):
            days = [day_in_zone(on, zone) for zone in self.zones] or [on.date()]
            return tuple(bisect_right(c, d) for c, d in zip(self.cuts, days, strict=False))
        return tuple(bisect_right(cuts, on) for cuts in self.cuts)

    def ruling(self, subject: Subject, spans: tuple[int, ...]) -> Ruling:
        """Return what the register says of a shipment.

        Parameters
        ----------
        subject : Subject
            From :meth:`~coercivity.controls.subject.Lookup.subject`.
        spans : tuple of int
            From :meth:`spans`.
        """
        query = subject.query
        base = (query.item, query.contains, query.origin, query.destination)
        goods = base[:2]
        listed = self._listed.get(goods)
        if listed is None:
            listed = keep(self._listed, goods, self._listing(subject))
        findings = tuple(
            rule.finding(subject, base, local[spans[zone]]) for rule, zone, local in listed
        )
        rest = self._unlisted.get((goods, spans))
        if rest is None:
            rest = keep(self._unlisted, (goods, spans), self._rest(subject, spans))
        key = (rest, *findings)
        ruling = self._rulings.get(key)
        return keep(self._rulings, key, _ruling(findings, rest)) if ruling is None else ruling

    def _listing(self, subject: Subject) -> tuple[_Placed, ...]:
        """Return the measures that may list the goods."""
        return tuple(p for p in self._placed if p.rule.listed(subject).value is not False)

    def _rest(self, subject: Subject, spans: tuple[int, ...]) -> _Unlisted:
        """Return what the measures say that do not list the goods."""
        tests = ((placed, placed.rule.listed(subject)) for placed in self._placed)
        return _Unlisted(
            rule.outside((test,), local[spans[zone]])
            for (rule, zone, local), test in tests
            if test.value is False
        )


def snapshot_of(register: Register, known_at: date | None) -> Snapshot:
    """Return the snapshot of a day of knowledge; days between two records share one."""
    day = register.knowledge_day(known_at)
    return register.remembered(("snapshot", day), lambda: Snapshot(register, day))


def _rule(
    register: Register, instrument: Instrument, measure: Measure, known_at: date | None
) -> Rule:
    actions = register.actions_on(measure.id, known_at=known_at)
    # A rule keeps its parts, so that their identities stay theirs for as long as it is kept.
    key = (id(instrument), id(measure), *map(id, actions))
    shared = register.lookup.rules
    rule: Rule | None = shared.get(key)
    if rule is None:
        rule = keep(shared, key, Rule(instrument, measure, actions), most=_MOST_RULES)
    return rule


def governing_measures(
    register: Register, known_at: date | None
) -> tuple[tuple[Instrument, Measure], ...]:
    """Return the measures that may govern a shipment and are known by a day."""
    return tuple(
        (instrument, measure)
        for instrument, measure in register.published(known_at)
        if measure.type not in _NO_CONTROL
    )


def issuer_day(on: date | datetime, zone: str) -> date:
    """Return the calendar day that governs: the issuer's, if a moment is given.

    Raises
    ------
    InputError
        If a moment carries no time zone.
    """
    return day_in_zone(on, zone) if isinstance(on, datetime) else on


def bounds_of(effects: Iterable[Sequence[Effect]]) -> tuple[Effect, Effect]:
    """Return the strongest effect that is certain and the strongest that is possible.

    Parameters
    ----------
    effects : iterable of sequence of Effect
        Of each measure its possible effects, weakest first.
    """
    floor = ceiling = Effect.NONE
    for possible in effects:
        if possible[0].rank > floor.rank:
            floor = possible[0]
        if possible[-1].rank > ceiling.rank:
            ceiling = possible[-1]
    return floor, ceiling


def _ruling(findings: Sequence[Finding], rest: _Unlisted) -> Ruling:
    near = [finding for finding in findings if finding.scope is not False]
    # Ranks are numbers at hand; effects would be asked for theirs one by one.
    floor = BY_RANK[max((finding.view.low for finding in near), default=0)]
    ceiling = BY_RANK[max((finding.view.high for finding in near), default=0)]
    outcome = floor.outcome if floor.outcome is ceiling.outcome else Outcome.UNKNOWN_REFER
    deciding = _deciding(near, floor, ceiling)
    outside = [finding.step() for finding in findings if finding.scope is False]
    steps = sorted((*rest.steps, *outside), key=_measure) if outside else rest.steps
    first = () if deciding is None else (deciding.deciding_step(),)
    governing = sorted((f for f in near if f is not deciding), key=_place)
    strong = [f for f in near if BY_RANK[f.view.high].outcome is not Outcome.FREE]
    return Ruling(
        outcome=outcome,
        trace=(*first, *(finding.step() for finding in governing), *steps),
        deciding=first[0] if first else None,
        knowledge_ends=_knowledge_ends(near, outcome, floor, deciding),
        missing=_missing(near, outcome, floor),
        free_if=tuple(dict.fromkeys(text for f in strong for text in f.holding.free_if)),
    )


def _deciding(findings: Sequence[Finding], floor: Effect, ceiling: Effect) -> Finding | None:
    """Return the measure that decides: certain ones first, then the oldest."""
    if ceiling is Effect.NONE:
        return None
    rank = ceiling.rank
    best = [f for f in findings if f.view.high == rank]
    certain = [f for f in best if f.view.low == rank] if floor is ceiling else []
    return min(certain or best, key=_age, default=None)


def _age(finding: Finding) -> tuple[date, str]:
    return (finding.holding.instrument.published_on, finding.holding.measure.id)


def _place(finding: Finding) -> tuple[int, int, str]:
    return finding.view.place


def _measure(step: TraceStep) -> str:
    return step.measure


def _knowledge_ends(
    findings: Sequence[Finding], outcome: Outcome, floor: Effect, deciding: Finding | None
) -> date | None:
    """Return the first day from which silence of the sources changes, or may change, the answer."""
    days = [
        standing.knowledge_ends
        for finding in findings
        for standing in finding.holding.standings
        if standing.knowledge_ends is not None
        and (outcome is not Outcome.UNKNOWN_REFER or standing.phase is Phase.UNKNOWN)
        and (finding is deciding or standing.effect.rank > floor.rank)
    ]
    return min(days, default=None)


def _missing(findings: Sequence[Finding], outcome: Outcome, floor: Effect) -> tuple[str, ...]:
    """Return the facts that would settle the answer."""
    if outcome is not Outcome.UNKNOWN_REFER:
        return ()
    facts: list[str] = []
    for finding in findings:
        if finding.view.high <= floor.rank:
            continue
        label, shown = finding.holding.instrument.label, finding.holding.shown
        facts.extend(f"{t.missing} ({label})" for t in finding.tests if t.value is None)
        facts.extend(f"{doubt} ({label})" for doubt in finding.doubts)
        if shown.phase is Phase.UNKNOWN:
            ends = shown.knowledge_ends
            facts.append(f"what has applied under {label} since {ends}: no source tells")
    return tuple(dict.fromkeys(facts))
