"""Laws of determinations, on registers drawn at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as D
from datetime import timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.catalogue import Item, Party
from coercivity.controls import (
    ActionKind,
    Effect,
    Instrument,
    Measure,
    MeasureAction,
    MeasureType,
    Outcome,
    Query,
    Register,
    determine,
    determine_many,
)
from coercivity.controls.load import check_actions, record_order

ITEMS = {
    "kind": Item("kind", "Kind", "t", "material"),
    "a": Item("a", "A", "t", "material", contains=("X",), parents=("kind",)),
    "b": Item("b", "B", "t", "material", contains=("Y",), parents=("kind",)),
    "m": Item("m", "M", "t", "material", contains_unknown=True),
}
PARTIES = {
    "gov": Party("gov", "Gov", "authority", country="CN"),
    "listed": Party("listed", "Listed", "firm", country="JP"),
    "clean": Party("clean", "Clean", "firm", country="JP"),
}
COUNTRIES = ("CN", "JP", "US", "DE", "FR")
FIRST = D(2025, 1, 1)
DAYS = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))
DEFINITE = set(Outcome) - {Outcome.UNKNOWN_REFER}
RANK = {
    Outcome.FREE: 0,
    Outcome.DECLARATION: 1,
    Outcome.LICENCE_REQUIRED: 2,
    Outcome.PRESUMED_DENIED: 3,
    Outcome.PROHIBITED: 4,
}


def subset(values, most=2):
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(
        lambda found: tuple(sorted(found))
    )


@st.composite
def measures(draw, number):
    kind = draw(
        st.sampled_from(
            (MeasureType.EXPORT_LICENCE, MeasureType.EXPORT_BAN, MeasureType.RE_EXPORT_CONTROL)
        )
    )
    return Measure(
        id=f"m{number}",
        instrument=f"i{number}",
        article="1",
        type=kind,
        effect=draw(st.sampled_from([e for e in Effect if e is not Effect.NONE])),
        items=draw(subset(tuple(ITEMS))),
        origins=draw(subset(COUNTRIES)),
        destinations=draw(subset(COUNTRIES)),
        not_destinations=draw(subset(COUNTRIES, 1)),
        end_uses=draw(subset(("military", "toys"), 1)),
        end_users=draw(subset(("listed", "unnamed"), 1)),
        contains_any=draw(subset(("X", "Y"), 1)),
        de_minimis_share=draw(st.sampled_from((None, None, 0.1))),
        ownership_share=draw(st.sampled_from((None, 0.5))),
    )


@st.composite
def later_actions(draw, measure, number):
    """Return one action that the checks accept after an enactment, or none."""
    kind = draw(st.sampled_from([k for k in ActionKind if k is not ActionKind.ENACT]))
    start = draw(DAYS)
    until = draw(st.one_of(st.none(), st.integers(1, 30).map(lambda n: start + timedelta(days=n))))
    effect = None
    if kind in (ActionKind.RELAX, ActionKind.AMEND):
        effect = draw(st.sampled_from([e for e in Effect if e is not Effect.NONE]))
    return MeasureAction(
        id=f"a{number}",
        instrument=measure.instrument,
        target=measure.id,
        kind=kind,
        start=start,
        until=None if kind is ActionKind.REPEAL else until,
        announced_on=start,
        recorded_on=draw(DAYS),
        destinations=draw(subset(COUNTRIES, 1)),
        items=draw(subset(tuple(ITEMS), 1)),
        effect=effect,
    )


@st.composite
def registers(draw, most=3):
    instruments, actions = {}, []
    for number in range(draw(st.integers(1, most))):
        measure = draw(measures(number))
        published = draw(DAYS)
        instruments[f"i{number}"] = Instrument(
            f"i{number}", "gov", f"{number}", "t", published, "UTC", "CN", (measure,)
        )
        actions.append(
            MeasureAction(
                f"e{number}",
                f"i{number}",
                measure.id,
                ActionKind.ENACT,
                published + timedelta(days=draw(st.integers(0, 10))),
                announced_on=published,
                recorded_on=published,
            )
        )
        for part in range(draw(st.integers(0, 2))):
            actions.append(draw(later_actions(measure, f"{number}_{part}")))
    kept = []
    for action in sorted(actions, key=record_order):
        bounded = any(a.target == action.target and a.until is not None for a in kept)
        if action.kind is not ActionKind.EXTEND or bounded:
            kept.append(action)
    check_actions(instruments.values(), kept)
    return Register(instruments, tuple(kept), ITEMS, PARTIES, "drawn")


NEVER = st.none()


@st.composite
def queries(draw, known=NEVER):
    return Query(
        item=draw(st.sampled_from(tuple(ITEMS))),
        origin=draw(st.sampled_from(COUNTRIES)),
        destination=draw(st.sampled_from((*COUNTRIES, "EU", "*"))),
        on=draw(DAYS),
        end_use=draw(st.sampled_from((None, "civil", "military", "toys"))),
        end_user=draw(st.sampled_from((None, "unknown", "listed", "clean", "Somebody"))),
        known_at=draw(known),
        contains=draw(st.sampled_from((None, (), ("X",), ("X", "Y")))),
        origin_content_share=draw(st.sampled_from((None, 0.05, 0.2))),
        owned_by=draw(st.sampled_from((None, (("listed", 0.6),), (("clean", 1.0),)))),
    )


def added(register, other, *, own_id="z"):
    """Return the register with one more measure, always in force."""
    measure = replace(other, id=own_id, instrument=own_id)
    instrument = Instrument(own_id, "gov", own_id, "t", FIRST, "UTC", "CN", (measure,))
    enact = MeasureAction(
        f"e{own_id}", own_id, own_id, ActionKind.ENACT, FIRST, announced_on=FIRST, recorded_on=FIRST
    )
    return Register(
        {**register.instruments, own_id: instrument},
        tuple(sorted((*register.actions, enact), key=record_order)),
        ITEMS,
        PARTIES,
        "drawn",
    )


@settings(max_examples=300)
@given(registers(), measures(9), queries())
def test_a_further_control_never_loosens(register, further, query):
    before = determine(register, query).outcome
    after = determine(added(register, further), query).outcome
    if before in DEFINITE and after in DEFINITE:
        assert RANK[after] >= RANK[before]
    if before is Outcome.PROHIBITED:
        assert after is Outcome.PROHIBITED
    if before is Outcome.UNKNOWN_REFER and after in DEFINITE:
        # Only by deciding over everything that was in doubt.
        assert RANK[after] > 0


@settings(max_examples=200)
@given(registers(), queries(DAYS))
def test_nothing_shows_before_it_is_published(register, query):
    found = determine(register, query)
    for step in found.trace:
        assert register.instruments[step.instrument].published_on <= query.known_at
        for action in step.actions:
            (record,) = (a for a in register.actions if a.id == action)
            assert record.recorded_on <= query.known_at
    for state in register.states(query.on, query.known_at):
        assert state.instrument.published_on <= query.known_at


@settings(max_examples=200)
@given(registers(), queries(), DAYS)
def test_later_records_do_not_change_what_was_known(register, query, day):
    then = replace(query, known_at=day)
    known = tuple(a for a in register.actions if register.is_known(a, day))
    cut = Register(register.instruments, known, ITEMS, PARTIES, "drawn")
    assert (
        determine(register, then).outcome == determine(cut, replace(query, known_at=None)).outcome
    )


def learned(query, known):
    """Return the query with one or more of its open facts settled."""
    facts = {}
    if query.end_use is None:
        facts["end_use"] = known["end_use"]
    if query.end_user == "unknown":
        facts["end_user"] = known["end_user"]
    if query.origin_content_share is None:
        facts["origin_content_share"] = known["share"]
    if query.owned_by is None:
        facts["owned_by"] = known["owned_by"]
    if query.contains is None and query.item == "m":
        facts["contains"] = known["contains"]
    return replace(query, **{k: v for k, v in facts.items() if k in known["which"]})


KNOWN = st.fixed_dictionaries(
    {
        "end_use": st.sampled_from(("civil", "military", "toys")),
        "end_user": st.sampled_from((None, "listed", "clean")),
        "share": st.sampled_from((0.0, 0.1, 0.9)),
        "owned_by": st.sampled_from(((("listed", 0.6),), (("clean", 1.0),), ())),
        "contains": st.sampled_from(((), ("X",), ("Y",), ("X", "Y"))),
        "which": st.sets(
            st.sampled_from(
                ("end_use", "end_user", "origin_content_share", "owned_by", "contains")
            ),
            min_size=1,
        ),
    }
)


@settings(max_examples=400)
@given(registers(), queries(), KNOWN)
def test_learning_a_fact_never_moves_between_definite_answers(register, query, known):
    before = determine(register, query)
    after = determine(register, learned(query, known))
    if before.outcome in DEFINITE:
        assert after.outcome == before.outcome
    else:
        assert before.missing


@settings(max_examples=150)
@given(registers(), st.lists(queries(st.one_of(st.none(), DAYS)), min_size=1, max_size=12))
def test_the_table_gives_the_answers_of_the_single_question(register, asked):
    frame = pd.DataFrame([query.__dict__ for query in asked], dtype=object)
    assert list(determine_many(register, frame)) == [determine(register, q).outcome for q in asked]


@settings(max_examples=150)
@given(registers(), queries())
def test_the_deciding_step_explains_the_outcome(register, query):
    found = determine(register, query)
    if found.outcome in DEFINITE - {Outcome.FREE}:
        assert found.deciding.matched is True
        assert found.deciding is found.trace[0]
    if found.outcome is Outcome.UNKNOWN_REFER:
        assert found.deciding.matched is None or found.knowledge_ends is not None
    assert [step.decides for step in found.trace].count(True) == (found.deciding is not None)
