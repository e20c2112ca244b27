"""Determine one query: which measure decides, why, and what nobody knows.

Each measure contributes the effects it may have on the shipment. The strongest effect that is
certain is a floor, the strongest that is possible a ceiling. If both give the same answer, that is
the answer; otherwise it is UNKNOWN_REFER. Learning a fact can only raise the floor or lower the
ceiling, so it never turns one definite answer into another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial

from coercivity.catalogue import places
from coercivity.catalogue.model import Item
from coercivity.controls.answer import Determination, Query, ScopeTest, TraceStep
from coercivity.controls.fold import Standing
from coercivity.controls.logic import Truth, all_of
from coercivity.controls.model import (
    CIVIL,
    Effect,
    Instrument,
    LicenceCover,
    Measure,
    MeasureType,
    Outcome,
    Phase,
)
from coercivity.controls.register import Register
from coercivity.controls.scope import Subject, covers, families, item_test, resolve, scope_tests
from coercivity.controls.wording import free_conditions, step_text
from coercivity.timeline import day_in_zone

__all__ = ["Finding", "bounds", "determine", "find"]

_NO_CONTROL = frozenset({MeasureType.IMPORT_SCHEME, MeasureType.TARIFF, MeasureType.SUBSIDY})


@dataclass(frozen=True)
class Finding:
    """What one measure means for one shipment.

    Parameters
    ----------
    instrument, measure : Instrument, Measure
        The rule.
    scope : bool or None
        Whether the shipment is in its scope.
    tests : tuple of ScopeTest
        Scope tests made.
    standings : tuple of Standing
        States it may be in.
    doubts : tuple of str
        Facts that would settle which acts upon it count.
    """

    instrument: Instrument
    measure: Measure
    scope: Truth
    tests: tuple[ScopeTest, ...]
    standings: tuple[Standing, ...]
    doubts: tuple[str, ...] = ()

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Effects the measure may have on the shipment, weakest first."""
        if self.scope is False:
            return (Effect.NONE,)
        found = {effect for standing in self.standings for effect in standing.possible}
        if self.scope is None:
            found.add(Effect.NONE)
        return tuple(sorted(found, key=lambda effect: effect.rank))

    @property
    def standing(self) -> Standing:
        """The state in which the measure weighs most; for the trace."""
        return max(self.standings, key=lambda s: (s.possible[-1].rank, s.phase is Phase.UNKNOWN))

    @cached_property
    def step(self) -> TraceStep:
        """The step of the trace, as of a measure that does not decide."""
        return _step(self)

    @property
    def governs(self) -> Truth:
        """Whether the measure governs the shipment."""
        if self.scope is False or self.effects == (Effect.NONE,):
            return False
        return None if Effect.NONE in self.effects else True


def find(
    register: Register, subject: Subject, on: date | datetime, known_at: date | None
) -> tuple[Finding, ...]:
    """Return what every published measure means for a shipment, in the order of the ids.

    Parameters
    ----------
    register : Register
    subject : Subject
        From :func:`~coercivity.controls.scope.resolve`.
    on : date or datetime
        Export date.
    known_at : date or None
        Day of knowledge.
    """
    findings = []
    for instrument, measure in governing_measures(register, known_at):
        test = item_test(subject, measure)
        if test.value is False:
            # Most measures fail this test for every shipment of an item: found once per day.
            finding = register.remembered(
                ("unlisted", measure.id, subject.item.id, on, known_at),
                partial(_outside, register, instrument, measure, (test,), on, known_at),
            )
        else:
            finding = _finding(register, subject, instrument, measure, on, known_at)
        findings.append(finding)
    return tuple(findings)


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


def _outside(
    register: Register,
    instrument: Instrument,
    measure: Measure,
    tests: tuple[ScopeTest, ...],
    on: date | datetime,
    known_at: date | None,
) -> Finding:
    """Return what a measure means out of scope: its state as a whole, which decides nothing."""
    day = issuer_day(on, instrument.zone)
    whole = register.standing(measure, day, known_at=known_at)
    return Finding(instrument, measure, False, tests, (whole,))


def _finding(
    register: Register,
    subject: Subject,
    instrument: Instrument,
    measure: Measure,
    on: date | datetime,
    known_at: date | None,
) -> Finding:
    tests: list[ScopeTest] = []
    for test in scope_tests(subject, measure, instrument):
        tests.append(test)
        if test.value is False:
            return _outside(register, instrument, measure, tuple(tests), on, known_at)
    day = issuer_day(on, instrument.zone)
    scope = all_of(test.value for test in tests)
    known = register.actions_on(measure.id, known_at=known_at)
    parts = [covers(subject, action) for action in known]
    values = tuple(part.value for part in parts)
    standings = register.standings(measure, values, day, known_at=known_at)
    doubts = tuple(t.missing for t in parts if t.value is None) if len(standings) > 1 else ()
    return Finding(instrument, measure, scope, tuple(tests), standings, doubts)


def bounds(findings: Iterable[Finding]) -> tuple[Effect, Effect]:
    """Return the strongest effect that is certain and the strongest that is possible."""
    return bounds_of(finding.effects for finding in findings)


def bounds_of(effects: Iterable[Sequence[Effect]]) -> tuple[Effect, Effect]:
    """Return the bounds of measures, each given by its possible effects, weakest first."""
    floor = ceiling = Effect.NONE
    for possible in effects:
        floor = max(floor, possible[0], key=_rank)
        ceiling = max(ceiling, possible[-1], key=_rank)
    return floor, ceiling


def _rank(effect: Effect) -> int:
    return effect.rank


def determine(
    register: Register,
    query: Query,
    *,
    items: Mapping[str, Item] | None = None,
    general_licences: Iterable[LicenceCover] = (),
    licences: Iterable[LicenceCover] = (),
    licensees: str | None = None,
) -> Determination:
    """Determine what is required for a shipment, with the trace of every measure considered.

    Parameters
    ----------
    register : Register
        From :func:`~coercivity.controls.build_register`.
    query : Query
        The question.
    items : mapping of str to Item, optional
        Items by id; the register's if not given.
    general_licences : iterable of LicenceCover
        General licences that are said to exist; one that covers the shipment turns
        LICENCE_REQUIRED into GENERAL_LICENCE_AVAILABLE and nothing else.
    licences : iterable of LicenceCover
        Licences that are said to exist; those known by then are listed as exceptions.
    licensees : str, optional
        What is known of their number, for the exceptions.

    Returns
    -------
    Determination

    Raises
    ------
    NotFoundError
        If the item is unknown, or a country code is none.
    InputError
        If a share lies outside 0 to 1, or a moment has no time zone.
    """
    subject = resolve_in(register, query, items)
    findings = find(register, subject, query.on, query.known_at)
    floor, ceiling = bounds(findings)
    outcome = floor.outcome if floor.outcome is ceiling.outcome else Outcome.UNKNOWN_REFER
    deciding = _deciding(findings, floor, ceiling)
    day = _plain_day(query.on)
    general = tuple(general_licences)
    available = any(licence_covers(x, subject, register, on=day) for x in general)
    if outcome is Outcome.LICENCE_REQUIRED and available:
        outcome = Outcome.GENERAL_LICENCE_AVAILABLE
    trace = _trace(findings, deciding)
    return Determination(
        query=subject.query,
        outcome=outcome,
        trace=trace,
        deciding=trace[0] if deciding is not None else None,
        knowledge_ends=_knowledge_ends(findings, outcome, floor, deciding),
        missing=_missing(findings, outcome, floor),
        assumed=_assumed(register, subject),
        exceptions=_exceptions((*general, *licences), subject, register, licensees),
        free_if=tuple(
            dict.fromkeys(
                condition
                for finding in findings
                if finding.effects[-1].outcome is not Outcome.FREE
                for condition in free_conditions(finding.measure, finding.instrument)
            )
        ),
    )


def resolve_in(
    register: Register, query: Query, items: Mapping[str, Item] | None = None
) -> Subject:
    """Look up a query in a register's items and parties, or in other items."""
    known = register.items if items is None else items
    related = register.families if items is None else families(known)
    return resolve(query, known, parties=register.parties, related=related, where=register.name)


def _deciding(findings: Sequence[Finding], floor: Effect, ceiling: Effect) -> Finding | None:
    """Return the measure that decides: certain ones first, then the oldest."""
    wanted = ceiling
    if wanted is Effect.NONE:
        return None
    best = [f for f in findings if f.effects[-1] is wanted]
    certain = [f for f in best if f.effects[0] is wanted] if floor is ceiling else []
    return min(
        certain or best, key=lambda f: (f.instrument.published_on, f.measure.id), default=None
    )


def _trace(findings: Sequence[Finding], deciding: Finding | None) -> tuple[TraceStep, ...]:
    """Order the steps: the deciding one, what governs, what may, what does not."""
    order = {True: 0, None: 1, False: 2}

    def place(finding: Finding) -> tuple[bool, int, bool, int, str]:
        return (
            finding is not deciding,
            order[finding.governs],
            finding.scope is False,
            -finding.effects[-1].rank,
            finding.measure.id,
        )

    return tuple(
        replace(finding.step, decides=True) if finding is deciding else finding.step
        for finding in sorted(findings, key=place)
    )


def _step(finding: Finding) -> TraceStep:
    instrument, measure, standing = finding.instrument, finding.measure, finding.standing
    return TraceStep(
        instrument=instrument.id,
        number=instrument.number,
        title=instrument.title,
        measure=measure.id,
        article=measure.article,
        effect=standing.effect,
        phase=standing.phase,
        matched=finding.governs,
        decides=False,
        tests=finding.tests,
        dates={"published": instrument.published_on, **standing.dates},
        actions=tuple(action.id for action in standing.actions),
        sources=standing.sources_with(instrument.sources),
        facts=standing.facts_with(instrument.facts),
        text=step_text(instrument, measure, standing, scope=finding.scope, tests=finding.tests),
        knowledge_ends=standing.knowledge_ends if finding.scope is not False else None,
    )


def _knowledge_ends(
    findings: Sequence[Finding], outcome: Outcome, floor: Effect, deciding: Finding | None
) -> date | None:
    """Return the first day from which silence of the sources changes, or may change, the answer."""
    days = [
        standing.knowledge_ends
        for finding in findings
        if finding.scope is not False
        for standing in finding.standings
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
        if finding.effects[-1].rank <= floor.rank:
            continue
        label = finding.instrument.label
        facts.extend(f"{t.missing} ({label})" for t in finding.tests if t.value is None)
        facts.extend(f"{doubt} ({label})" for doubt in finding.doubts)
        if finding.standing.phase is Phase.UNKNOWN:
            ends = finding.standing.knowledge_ends
            facts.append(f"what has applied under {label} since {ends}: no source tells")
    return tuple(dict.fromkeys(facts))


def _assumed(register: Register, subject: Subject) -> tuple[str, ...]:
    """Return what the query left open and was taken for granted."""
    query = subject.query
    assumed = []
    if query.end_user is None:
        assumed.append("no end user is named: one on no list is assumed")
    if query.end_use == CIVIL:
        assumed.append("a civil end use that no measure names is assumed")
    if query.hs_code:
        assumed.append(f"customs code {query.hs_code} is a reference only and decides nothing")
    horizon = register.horizon(query.known_at)
    if horizon is not None and _plain_day(query.on) > horizon:
        assumed.append(f"nothing recorded is later than {horizon}: no later change is assumed")
    return tuple(assumed)


def licence_covers(
    licence: LicenceCover, subject: Subject, register: Register, *, on: date | None
) -> bool:
    """Whether a licence is known and certainly covers the shipment.

    Parameters
    ----------
    licence : LicenceCover
    subject : Subject
    register : Register
        Its parties tell which holders are single importers.
    on : date or None
        Day on which it must be valid; None leaves its validity aside.
    """
    query = subject.query
    if query.known_at is not None and licence.granted_by > query.known_at:
        return False
    if on is not None and not is_valid(licence, on):
        return False
    holder = register.parties.get(licence.holder)
    importer = (
        holder is not None and holder.kind != "aggregate" and holder.country in subject.destinations
    )
    if (licence.is_tied or importer) and query.end_user != licence.holder:
        return False
    return _same_trade(licence, subject)


def is_valid(licence: LicenceCover, day: date) -> bool:
    """Whether a licence is valid on a day."""
    return licence.valid_from <= day and (licence.valid_to is None or day < licence.valid_to)


def _plain_day(on: date | datetime) -> date:
    return on.date() if isinstance(on, datetime) else on


def _same_trade(licence: LicenceCover, subject: Subject) -> bool:
    return (
        bool(subject.family.kinds & set(licence.items))
        and subject.origins <= set(places.expand(licence.origin))
        and (
            licence.destination == places.ANY
            or subject.destinations <= set(places.expand(licence.destination))
        )
    )


def _exceptions(
    licences: Iterable[LicenceCover],
    subject: Subject,
    register: Register,
    licensees: str | None,
) -> tuple[str, ...]:
    """Say which licences are known to exist; the control stays in force."""
    day = _plain_day(subject.query.on)
    known = {
        licence.id: licence
        for licence in licences
        if is_valid(licence, day)
        and (subject.query.known_at is None or licence.granted_by <= subject.query.known_at)
        and _same_trade(licence, subject)
    }
    groups: dict[tuple[str, str], list[LicenceCover]] = {}
    for key in sorted(known):
        licence = known[key]
        groups.setdefault((licence.destination, licence.kind), []).append(licence)
    return tuple(
        _exception(destination, kind, members, register, licensees)
        for (destination, kind), members in sorted(groups.items())
    )


def _exception(
    destination: str,
    kind: str,
    licences: Sequence[LicenceCover],
    register: Register,
    licensees: str | None,
) -> str:
    parties = register.parties
    names = [
        parties[licence.holder].name if licence.holder in parties else licence.holder
        for licence in licences
    ]
    disputed = any(licence.is_disputed for licence in licences)
    count = licensees or ("count unknown" if disputed else f"{len(licences)} reported")
    known_by = min(licence.granted_by for licence in licences)
    undated = all(licence.granted_on is None for licence in licences)
    return (
        f"{kind} licences: recipients in {places.country_name(destination)}, {count}, "
        f"known by {known_by}{', grant date unknown' if undated else ''}; "
        f"named: {', '.join(dict.fromkeys(names))}"
    )
