"""Random walks through the transition tables never leave them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.licences import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    TERMINAL,
    Act,
    Application,
    ApplicationState,
    IllegalTransitionError,
    LicenceKind,
    LicenceState,
    advance,
    allowed,
    transition,
)

EVENTS = sorted({row.event for row in (*APPLICATION_TRANSITIONS, *LICENCE_TRANSITIONS)})
ROWS = {(r.source, r.event): r for r in (*APPLICATION_TRANSITIONS, *LICENCE_TRANSITIONS)}
PEOPLE = ("", "ann", "bob")
CASE = Application(
    "c", LicenceKind.INDIVIDUAL, "gov", "ex", "im", "user", "CN", "IN", "ev", lines=()
)
# Two bytes are one event, so that thousands of walks of up to 40 events are drawn in seconds.
WALK = st.binary(max_size=80)


def chosen(state, first, second):
    """Return an event that two bytes choose, three times in four one that is possible."""
    events = allowed(state)
    if events and second % 4:
        return events[first % len(events)]
    return EVENTS[first % len(EVENTS)]


def steps(walk):
    return zip(walk[::2], walk[1::2], strict=False)


@settings(max_examples=5000)
@given(WALK)
def test_walks_stay_in_the_tables(walk):
    walk_application(walk)
    walk_licence(walk)


def walk_application(walk):
    case, deciders = CASE, set()
    for first, second in steps(walk):
        before, actor = case, PEOPLE[second // 4 % 3]
        name = chosen(before.state, first, second)
        row = ROWS.get((before.state, name))
        try:
            case = advance(before, name, actor=actor)
        except IllegalTransitionError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            assert row is None or row.guard
            assert says_what_is_allowed(refusal, before.state)
            continue
        assert row is not None
        assert case.state is (row.target or before.previous)
        assert before.state not in TERMINAL
        if name == "propose":
            deciders = {actor}
        approving = name in ("approve", "approve_in_part", "refuse")
        if approving and before.state is ApplicationState.PENDING_COUNTERSIGN:
            assert actor
            assert actor not in deciders
        assert (case.previous is not None) == (case.state is ApplicationState.STOPPED)


def says_what_is_allowed(refusal, state):
    events = allowed(state)
    if not events:
        return "the state is final" in refusal and "open a new case" in refusal
    return ", ".join(events) in refusal


def walk_licence(walk):
    state = LicenceState.ISSUED
    for first, second in steps(walk):
        before, derived, n_entries = state, bool(second & 16), second >> 7
        name = chosen(state, first, second)
        row = ROWS.get((before, name))
        try:
            state = transition(before, name, act=Act(derived=derived, n_entries=n_entries))
        except IllegalTransitionError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            guarded = row is not None and row.guard in ("derived", "no_ledger_entry")
            assert row is None or guarded
            assert says_what_is_allowed(refusal, before)
            continue
        assert row is not None
        assert state is row.target
        assert isinstance(state, LicenceState)
        if state is LicenceState.CANCELLED:
            assert n_entries == 0
        if state in (LicenceState.EXPIRED, LicenceState.EXHAUSTED):
            assert derived


def test_every_pair_of_state_and_event_is_a_row_or_says_what_is_allowed():
    """Without anything that a guard could go by, so that each refusal is seen as well."""
    for state in (*ApplicationState, *LicenceState):
        for event in EVENTS:
            row = ROWS.get((state, event))
            if row is not None and not refused_without_context(row):
                assert transition(state, event) is row.target
                continue
            with pytest.raises(IllegalTransitionError) as caught:
                transition(state, event)
            assert says_what_is_allowed(str(caught.value), state)
            assert event in str(caught.value)
            assert state.value in str(caught.value)


def refused_without_context(row):
    """A licence has no ledger entries unless somebody says so; the other guards need a fact."""
    return row.guard not in ("", "no_ledger_entry")


@pytest.mark.parametrize("state", sorted(TERMINAL, key=str))
@pytest.mark.parametrize("event", EVENTS)
def test_nothing_leaves_a_final_state(state, event):
    with pytest.raises(IllegalTransitionError, match="the state is final"):
        transition(state, event, act=Act("a", "b", 0, True, ApplicationState.DRAFT))
