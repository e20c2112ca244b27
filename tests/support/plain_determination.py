"""Determinations worked out afresh, measure by measure, with nothing kept: an oracle.

The product lays a register out for speed. This is the same law in the plainest form.
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial

from coercivity.controls.answer import Determination, TraceStep
from coercivity.controls.determination import _assumed
from coercivity.controls.fold import fold, is_partial
from coercivity.controls.logic import all_of
from coercivity.controls.model import Effect, MeasureType, Outcome, Phase
from coercivity.controls.scope import covers, scope_tests
from coercivity.controls.wording import free_conditions, step_text
from coercivity.timeline import day_in_zone

NO_CONTROL = {MeasureType.IMPORT_SCHEME, MeasureType.TARIFF, MeasureType.SUBSIDY}


@dataclass(frozen=True)
class Finding:
    """What one measure means for one shipment."""

    instrument: object
    measure: object
    scope: object
    tests: tuple
    standings: tuple
    doubts: tuple = ()

    @cached_property
    def effects(self):
        """Effects the measure may have on the shipment, weakest first."""
        if self.scope is False:
            return (Effect.NONE,)
        found = {effect for standing in self.standings for effect in standing.possible}
        if self.scope is None:
            found.add(Effect.NONE)
        return tuple(sorted(found, key=lambda effect: effect.rank))

    @property
    def standing(self):
        """The state in which the measure weighs most; for the trace."""
        return max(self.standings, key=lambda s: (s.possible[-1].rank, s.phase is Phase.UNKNOWN))

    @cached_property
    def step(self):
        """The step of the trace, as of a measure that does not decide."""
        return _step(self)

    @property
    def governs(self):
        """Whether the measure governs the shipment."""
        if self.scope is False or self.effects == (Effect.NONE,):
            return False
        return None if Effect.NONE in self.effects else True


def find(register, subject, on, known_at):
    """Return what every published measure means for a shipment, in the order of the ids."""
    findings = []
    for instrument, measure in register.measures():
        known = register.actions_on(measure.id, known_at=known_at)
        if not known or measure.type in NO_CONTROL:
            continue
        day = day_in_zone(on, instrument.zone) if hasattr(on, "tzinfo") else on
        tests = []
        for test in scope_tests(subject, measure, instrument):
            tests.append(test)
            if test.value is False:
                break
        if tests[-1].value is False:
            acts = [(action, not is_partial(action, measure)) for action in known]
            whole = fold(measure.effect, acts, day)
            findings.append(Finding(instrument, measure, False, tuple(tests), whole[:1]))
            continue
        parts = [covers(subject, action) for action in known]
        acts = [(action, part.value) for action, part in zip(known, parts, strict=True)]
        standings = fold(measure.effect, acts, day)
        doubts = tuple(t.missing for t in parts if t.value is None) if len(standings) > 1 else ()
        scope = all_of(test.value for test in tests)
        findings.append(Finding(instrument, measure, scope, tuple(tests), standings, doubts))
    return tuple(findings)


def bounds(findings):
    floor = ceiling = Effect.NONE
    for finding in findings:
        floor = max(floor, finding.effects[0], key=lambda effect: effect.rank)
        ceiling = max(ceiling, finding.effects[-1], key=lambda effect: effect.rank)
    return floor, ceiling


def plainly(register, query):
    """Determine one query without licences."""
    subject = register.lookup.subject(query)
    findings = find(register, subject, query.on, query.known_at)
    floor, ceiling = bounds(findings)
    outcome = floor.outcome if floor.outcome is ceiling.outcome else Outcome.UNKNOWN_REFER
    deciding = _deciding(findings, floor, ceiling)
    trace = _trace(findings, deciding)
    return Determination(
        query=subject.query,
        outcome=outcome,
        trace=trace,
        deciding=trace[0] if deciding is not None else None,
        knowledge_ends=_knowledge_ends(findings, outcome, floor, deciding),
        missing=_missing(findings, outcome, floor),
        assumed=_assumed(register.horizon(query.known_at), subject.query),
        free_if=tuple(
            dict.fromkeys(
                condition
                for finding in findings
                if finding.effects[-1].outcome is not Outcome.FREE
                for condition in free_conditions(finding.measure, finding.instrument)
            )
        ),
    )


def _deciding(findings, floor, ceiling):
    """Return the measure that decides: certain ones first, then the oldest."""
    wanted = ceiling
    if wanted is Effect.NONE:
        return None
    best = [f for f in findings if f.effects[-1] is wanted]
    certain = [f for f in best if f.effects[0] is wanted] if floor is ceiling else []
    return min(
        certain or best, key=lambda f: (f.instrument.published_on, f.measure.id), default=None
    )


def _trace(findings, deciding):
    """Order the steps: the deciding one, what governs, what may, what does not."""
    order = {True: 0, None: 1, False: 2}

    def place(finding):
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


def _step(finding):
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
        wording=partial(
            step_text, instrument, measure, standing, scope=finding.scope, tests=finding.tests
        ),
        knowledge_ends=standing.knowledge_ends if finding.scope is not False else None,
    )


def _knowledge_ends(findings, outcome, floor, deciding):
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


def _missing(findings, outcome, floor):
    """Return the facts that would settle the answer."""
    if outcome is not Outcome.UNKNOWN_REFER:
        return ()
    facts = []
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
