"""The transition table: walks, guards, derived states, diagram."""

from __future__ import annotations

from datetime import UTC, datetime
from datetime import date as D
from decimal import Decimal
from pathlib import Path

import pytest

from coercivity.licences import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    TERMINAL,
    Act,
    Application,
    ApplicationState,
    Balance,
    IllegalTransitionError,
    Licence,
    LicenceKind,
    LicenceState,
    advance,
    allowed,
    change,
    current,
    transition,
)
from coercivity.licences.diagram import mermaid, transition_table
from coercivity.licences.states import CLOCK_STOPPED

A, L = ApplicationState, LicenceState
DOCS = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "licences.md"


def case(**given):
    values = {
        "id": "c1",
        "kind": LicenceKind.INDIVIDUAL,
        "issuer": "gov",
        "applicant": "exporter",
        "consignee": "importer",
        "end_user": "maker",
        "origin": "CN",
        "destination": "IN",
        "end_use": "ev",
        "lines": (),
        **given,
    }
    return Application(**values)


def walk(*events, start=None, actor="ann"):
    found = start or case()
    for event in events:
        name, _, who = event.partition("@")
        found = advance(found, name, actor=who or actor)
    return found


def test_the_straight_way():
    way = ("submit", "start_review", "consult", "receive_advice", "conclude_review", "approve")
    assert walk(*way).state is A.APPROVED


def test_part_refusal_appeal():
    base = walk("submit", "start_review", "conclude_review")
    assert walk("approve_in_part", start=base).state is A.APPROVED_IN_PART
    refused = walk("refuse", start=base)
    assert refused.state is A.REFUSED
    assert walk("let_stand", start=refused).state is A.REFUSED_FINAL
    assert walk("appeal", "allow_appeal", start=refused).state is A.IN_REVIEW
    assert walk("appeal", "dismiss_appeal", start=refused).state is A.REFUSED_FINAL


def test_countersign_needs_another_person():
    proposed = walk("submit", "start_review", "conclude_review", "propose@ann")
    assert proposed.decided_by == "ann"
    with pytest.raises(IllegalTransitionError, match="other than the person who decided"):
        advance(proposed, "approve", actor="ann")
    with pytest.raises(IllegalTransitionError):
        advance(proposed, "approve")
    approved = advance(proposed, "approve", actor="bob")
    assert approved.state is A.APPROVED
    assert approved.decided_by == ""
    back = advance(proposed, "send_back", actor="bob")
    assert back.state is A.PENDING_DECISION


def test_a_proposal_needs_a_name():
    with pytest.raises(IllegalTransitionError, match="the name of the person"):
        advance(walk("submit", "start_review", "conclude_review"), "propose")


def test_the_stop_leads_back_to_where_it_came_from():
    proposed = walk("submit", "start_review", "conclude_review", "propose@ann")
    stopped = advance(proposed, "stop", actor="cid")
    assert stopped.state is A.STOPPED
    again = advance(stopped, "lift_stop", actor="cid")
    assert again.state is A.PENDING_COUNTERSIGN
    # The person who proposed is still remembered: the stop opens no way round the second person.
    with pytest.raises(IllegalTransitionError):
        advance(again, "approve", actor="ann")
    assert advance(again, "approve", actor="bob").state is A.APPROVED


def test_the_stop_cannot_be_lifted_without_a_state_to_go_back_to():
    with pytest.raises(IllegalTransitionError, match="the state before the stop"):
        transition(A.STOPPED, "lift_stop")


def test_an_illegal_event_says_what_is_allowed():
    with pytest.raises(IllegalTransitionError, match="submit, discard") as caught:
        transition(A.DRAFT, "approve")
    assert caught.value.exit_code == 3
    with pytest.raises(IllegalTransitionError, match=r"the state is final.*new case"):
        transition(A.APPROVED, "submit")


def test_final_states():
    final = {
        A.APPROVED,
        A.APPROVED_IN_PART,
        A.REFUSED_FINAL,
        A.WITHDRAWN,
        A.DISCARDED,
        A.CLOSED_NO_RESPONSE,
        A.SUPERSEDED,
        A.NO_LICENCE_REQUIRED,
        L.EXPIRED,
        L.REVOKED,
        L.SURRENDERED,
        L.SUPERSEDED,
        L.CANCELLED,
    }
    assert final == TERMINAL
    assert {A.AWAITING_INFO, A.STOPPED, A.RETURNED} < CLOCK_STOPPED
    assert A.IN_REVIEW not in CLOCK_STOPPED


def test_no_row_stands_twice_and_every_state_is_reached():
    for kind, rows in ((A, APPLICATION_TRANSITIONS), (L, LICENCE_TRANSITIONS)):
        keys = [(row.source, row.event) for row in rows]
        assert len(set(keys)) == len(keys)
        reached = {row.target for row in rows} | {rows[0].source}
        assert set(kind) <= reached


def licence(state=L.ACTIVE, **given):
    values = {
        "id": "l1",
        "reference": "R1",
        "kind": LicenceKind.INDIVIDUAL,
        "issuer": "gov",
        "holder": "exporter",
        "end_users": ("maker",),
        "origin": "CN",
        "destination": "IN",
        "lines": (),
        "valid_from": D(2025, 1, 1),
        "valid_to": D(2025, 7, 1),
        "zone": "Asia/Shanghai",
        "state": state,
        **given,
    }
    return Licence(**values)


SOME, ALL = Balance(Decimal(10), Decimal(4)), Balance(Decimal(10), Decimal(10))


def test_exhausted_is_derived_and_reversible():
    assert current(licence(), at=D(2025, 2, 1), balances=[SOME, ALL]) is L.ACTIVE
    assert current(licence(), at=D(2025, 2, 1), balances=[ALL]) is L.EXHAUSTED
    assert current(licence(L.EXHAUSTED), at=D(2025, 2, 1), balances=[SOME]) is L.ACTIVE
    reserved = Balance(Decimal(10), Decimal(4), Decimal(6))
    assert current(licence(), at=D(2025, 2, 1), balances=[reserved]) is L.ACTIVE


def test_expired_is_derived_in_the_issuers_zone():
    before = datetime(2025, 6, 30, 15, 59, tzinfo=UTC)
    after = datetime(2025, 6, 30, 16, 0, tzinfo=UTC)
    assert current(licence(), at=before, balances=[SOME]) is L.ACTIVE
    assert current(licence(), at=after, balances=[SOME]) is L.EXPIRED
    assert current(licence(L.REVOKED), at=after, balances=[SOME]) is L.REVOKED
    assert current(licence(valid_to=None), at=D(2099, 1, 1), balances=[SOME]) is L.ACTIVE


@pytest.mark.parametrize("event", ["exhaust", "expire", "replenish"])
def test_nobody_sets_a_derived_state(event):
    source = L.EXHAUSTED if event == "replenish" else L.ACTIVE
    with pytest.raises(IllegalTransitionError, match="nobody's act"):
        change(licence(source), event)
    assert transition(source, event, act=Act(derived=True))


def test_a_licence_with_entries_cannot_be_cancelled():
    assert change(licence(), "cancel").state is L.CANCELLED
    with pytest.raises(IllegalTransitionError, match="without ledger entries"):
        change(licence(), "cancel", n_entries=1)
    assert change(licence(), "revoke", n_entries=1).state is L.REVOKED


def test_suspended_and_back():
    suspended = change(licence(), "suspend")
    assert change(suspended, "reinstate").state is L.ACTIVE
    assert "draw" not in allowed(L.SUSPENDED)


def test_the_diagram_has_every_row():
    for kind, rows in (("application", APPLICATION_TRANSITIONS), ("licence", LICENCE_TRANSITIONS)):
        text, table = mermaid(kind), transition_table(kind)
        assert text.startswith("stateDiagram-v2\n")
        for row in rows:
            assert row.source.value in text
            assert row.event.replace("_", " ") in text
            assert f"| {row.source.value} | {row.event} |" in table
        assert len(table.splitlines()) == len(rows) + 2


def test_the_documentation_holds_the_generated_diagrams():
    page = DOCS.read_text("utf-8")
    for kind in ("application", "licence"):
        assert mermaid(kind) in page, f"run python -m coercivity.licences.diagram {DOCS.name}"
        assert transition_table(kind) in page


def test_the_states_are_those_of_the_design():
    """Written out once more by hand, so that a state cannot vanish from table and enum together."""
    assert {state.value for state in A} == {
        "draft", "submitted", "returned", "in_review", "awaiting_info", "consulting",
        "pending_decision", "pending_countersign", "approved", "approved_in_part", "refused",
        "under_appeal", "refused_final", "withdrawn", "discarded", "closed_no_response",
        "superseded", "no_licence_required", "stopped",
    }  # fmt: skip
    assert {state.value for state in L} == {
        "issued", "active", "suspended", "exhausted", "expired", "revoked", "surrendered",
        "superseded", "cancelled",
    }  # fmt: skip
    assert {kind.value for kind in LicenceKind} == {"individual", "general", "registration"}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (A.DRAFT, A.SUBMITTED), (A.SUBMITTED, A.IN_REVIEW), (A.IN_REVIEW, A.AWAITING_INFO),
        (A.AWAITING_INFO, A.IN_REVIEW), (A.IN_REVIEW, A.CONSULTING), (A.CONSULTING, A.IN_REVIEW),
        (A.IN_REVIEW, A.PENDING_DECISION), (A.PENDING_DECISION, A.PENDING_COUNTERSIGN),
        (A.PENDING_DECISION, A.APPROVED), (A.PENDING_DECISION, A.APPROVED_IN_PART),
        (A.PENDING_DECISION, A.REFUSED), (A.PENDING_COUNTERSIGN, A.APPROVED),
        (A.PENDING_COUNTERSIGN, A.REFUSED), (A.REFUSED, A.UNDER_APPEAL),
        (A.UNDER_APPEAL, A.IN_REVIEW), (A.UNDER_APPEAL, A.REFUSED_FINAL),
        (A.SUBMITTED, A.RETURNED), (A.RETURNED, A.SUBMITTED), (A.IN_REVIEW, A.STOPPED),
        (A.STOPPED, None), (L.ISSUED, L.ACTIVE), (L.ACTIVE, L.SUSPENDED), (L.SUSPENDED, L.ACTIVE),
        (L.ACTIVE, L.EXHAUSTED), (L.EXHAUSTED, L.ACTIVE), (L.ACTIVE, L.EXPIRED),
        (L.ACTIVE, L.REVOKED), (L.ACTIVE, L.SURRENDERED), (L.ACTIVE, L.SUPERSEDED),
        (L.ACTIVE, L.CANCELLED),
    ],
)  # fmt: skip
def test_the_arrows_of_the_design_are_in_the_table(source, target):
    rows = (*APPLICATION_TRANSITIONS, *LICENCE_TRANSITIONS)
    assert any(row.source is source and row.target is target for row in rows)
