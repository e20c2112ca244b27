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
# One example walks up to 25 events; 5,000 examples in all.
WALK = st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(PEOPLE)), max_size=25)


def guided(state, index):
    """Return an allowed event now and then, so that walks get far."""
    events = allowed(state)
    return events[index % len(events)] if events else EVENTS[index % len(EVENTS)]


@settings(max_examples=2500)
@given(WALK, st.booleans())
def test_applications_stay_in_the_table(walk, is_guided):
    case, deciders = CASE, set()
    for number, (event, actor) in enumerate(walk):
        before = case
        name = guided(before.state, len(event) + number) if is_guided else event
        row = ROWS.get((before.state, name))
        try:
            case = advance(before, name, actor=actor)
        except IllegalTransitionError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            assert row is None or row.guard
            if row is None:
                assert all(possible in refusal for possible in allowed(before.state))
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


@settings(max_examples=2500)
@given(
    st.lists(st.tuples(st.sampled_from(EVENTS), st.booleans(), st.integers(0, 1)), max_size=25),
    st.booleans(),
)
def test_licences_stay_in_the_table(walk, is_guided):
    state = LicenceState.ISSUED
    for number, (event, derived, n_entries) in enumerate(walk):
        name = guided(state, len(event) + number) if is_guided else event
        row = ROWS.get((state, name))
        try:
            after = transition(state, name, act=Act(derived=derived, n_entries=n_entries))
        except IllegalTransitionError:
            guarded = row is not None and row.guard in ("derived", "no_ledger_entry")
            assert row is None or guarded
            continue
        assert row is not None
        assert after is row.target
        assert isinstance(after, LicenceState)
        if after is LicenceState.CANCELLED:
            assert n_entries == 0
        if after in (LicenceState.EXPIRED, LicenceState.EXHAUSTED):
            assert derived
        state = after


@pytest.mark.parametrize("state", sorted(TERMINAL, key=str))
@pytest.mark.parametrize("event", EVENTS)
def test_nothing_leaves_a_final_state(state, event):
    with pytest.raises(IllegalTransitionError, match="the state is final"):
        transition(state, event, act=Act("a", "b", 0, True, ApplicationState.DRAFT))
