"""A case and a licence through their lives, by the services."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from coercivity.desk.accounts.audit import verify
from coercivity.desk.licensing.models import Application, Decision, Licence, StateChange
from coercivity.desk.licensing.services import deciding, drafting, issuing, review
from coercivity.desk.licensing.services.draws import post_entry
from coercivity.desk.licensing.services.ledger import ledger
from coercivity.errors import InputError, NotFoundError
from coercivity.licences import (
    EntryKind,
    IllegalTransitionError,
    LicenceKind,
    OverdrawError,
    ReferenceConflictError,
)
from web.cases import draft, licensed, proposed, reviewed, submitted

pytestmark = pytest.mark.django_db


def draw(people, licence: Licence, quantity: str, reference: str, **changes):
    values = {
        "actor": people.customs,
        "line": 1,
        "kind": EntryKind.DRAW,
        "quantity": Decimal(quantity),
        "unit": "t",
        "reference": reference,
        "at": timezone.now().date() - timedelta(days=1),
        **changes,
    }
    return post_entry(licence, **values)


def test_every_defect_is_listed_at_once(people) -> None:
    case = drafting.start_application(
        actor=people.holder,
        pack="rare_earth_magnets",
        kind=LicenceKind.INDIVIDUAL,
        authority=people.authority,
    )
    with pytest.raises(InputError) as caught:
        drafting.submit(case, actor=people.holder)
    said = " ".join(problem.what for problem in caught.value.problems)
    for word in ("consignee", "end user", "goods", "destination", "certificate", "contract"):
        assert word in said
    case.refresh_from_db()
    assert case.state == "draft"


def test_application_to_licence_to_draws(people) -> None:
    licence = licensed(people)
    assert licence.state == "active"
    first = draw(people, licence, "4", "D1")
    assert first.is_new
    assert first.balance.remaining == Decimal(6)
    draw(people, licence, "4.5", "D2")
    with pytest.raises(OverdrawError, match=r"at most 1\.5 t"):
        draw(people, licence, "1.500001", "D3")
    assert ledger().remaining(licence.lines.get().account) == Decimal("1.5")
    again = draw(people, licence, "4", "D1")
    assert not again.is_new
    assert again.balance.remaining == Decimal("1.5")
    with pytest.raises(ReferenceConflictError):
        draw(people, licence, "4.1", "D1")
    case = licence.application
    assert [change.event for change in case.changes.all()] == [
        "submit",
        "start_review",
        "conclude_review",
        "propose",
        "approve",
    ]
    assert verify(case.chain) > 5
    assert verify(licence.chain) == 4


def test_conditions_are_checked_as_far_as_is_known(people) -> None:
    licence = licensed(people)
    with pytest.raises(InputError, match=r"breaks a condition.*no single shipment above 5 t"):
        draw(people, licence, "6", "D1")
    with pytest.raises(InputError, match="no military use"):
        draw(people, licence, "1", "D1", end_use="military")
    assert draw(people, licence, "1", "D1").is_new


def test_a_suspended_licence_is_closed_but_replays_are_answered(people) -> None:
    licence = licensed(people)
    draw(people, licence, "1", "D1")
    issuing.suspend(licence, actor=people.decider, reason="new measure")
    with pytest.raises(InputError, match="suspended"):
        draw(people, licence, "1", "D2")
    assert not draw(people, licence, "1", "D1").is_new
    back = draw(people, licence, "0.4", "R1", kind=EntryKind.REVERSE, refers_to="D1")
    assert back.balance.remaining == Decimal("9.4")
    issuing.reinstate(licence, actor=people.decider, reason="measure suspended")
    assert draw(people, licence, "1", "D2").is_new


def test_draws_in_the_future_or_after_the_end_are_refused(people) -> None:
    licence = licensed(people)
    with pytest.raises(InputError, match="in the future"):
        draw(people, licence, "1", "D1", at=timezone.now().date() + timedelta(days=5))
    with pytest.raises(InputError, match="outside the validity"):
        draw(people, licence, "1", "D1", at=licence.valid_from - timedelta(days=1))
    with pytest.raises(InputError, match="unit"):
        draw(people, licence, "1", "D1", unit="kg")


def test_licence_with_entries_cannot_be_cancelled(people) -> None:
    licence = licensed(people)
    draw(people, licence, "1", "D1")
    with pytest.raises(IllegalTransitionError, match="without ledger entries"):
        issuing.cancel(licence, actor=people.decider, reason="mistake")
    issuing.revoke(licence, actor=people.decider, reason="breach")
    with pytest.raises(IllegalTransitionError, match="final"):
        issuing.reinstate(licence, actor=people.decider, reason="never mind")


def test_amendments_go_through_the_ledger(people) -> None:
    licence = licensed(people)
    draw(people, licence, "4", "D1")
    values = {"actor": people.decider, "line": 1, "reason": "agreed"}
    issuing.adjust(licence, quantity=Decimal(-5), reference="AM1", **values)
    assert ledger().remaining(licence.lines.get().account) == Decimal(1)
    with pytest.raises(OverdrawError):
        issuing.adjust(licence, quantity=Decimal(-2), reference="AM2", **values)
    issuing.add_condition(licence, actor=people.decider, text="no_reexport_to:US", reason="law")
    with pytest.raises(InputError, match="not known"):
        issuing.add_condition(licence, actor=people.decider, text="be_nice", reason="law")


def test_renewal_carries_over_what_is_left(people) -> None:
    old = licensed(people)
    draw(people, old, "4", "D1")
    new = issuing.renew(
        old,
        actor=people.decider,
        valid_from=old.valid_from,
        valid_to=old.valid_to + timedelta(days=90),
        reason="delayed shipment",
    )
    old.refresh_from_db()
    assert (old.state, new.state) == ("superseded", "active")
    assert ledger().remaining(new.lines.get().account) == Decimal(6)
    assert ledger().remaining(old.lines.get().account) == Decimal(0)
    with pytest.raises(InputError, match="superseded"):
        draw(people, old, "1", "D2")
    assert draw(people, new, "5", "D2").is_new


# Four eyes, and three persons.


def test_nobody_countersigns_their_own_decision(people) -> None:
    case = proposed(people)
    with pytest.raises(IllegalTransitionError, match="other than the person who decided"):
        deciding.countersign(case, actor=people.decider)
    assert not Licence.objects.exists()
    decision = Decision.objects.get()
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE licensing_decision SET countersigned_by_id = proposed_by_id WHERE id = %s",
            [decision.pk],
        )


def test_whoever_advised_neither_decides_nor_countersigns(people) -> None:
    case = submitted(people)
    review.take(case, actor=people.officer)
    people.decider.team = "policy"
    people.decider.save()
    advice = review.consult(case, actor=people.officer, team="policy", question="Your view?")
    review.give_advice(advice, actor=people.decider, recommendation="approve", text="Fine.")
    review.conclude(case, actor=people.officer, reason="advice is in")
    with pytest.raises(InputError, match="advised on this case"):
        deciding.propose(case, actor=people.decider, outcome="refuse", grounds="no")
    deciding.propose(case, actor=people.decider2, outcome="refuse", grounds="no")
    with pytest.raises(InputError, match="advised on this case"):
        deciding.countersign(case, actor=people.decider)


def test_advice_is_given_by_the_team_that_was_asked(people) -> None:
    case = submitted(people)
    review.take(case, actor=people.officer)
    values = {"recommendation": "approve", "text": "Fine."}
    first = review.consult(case, actor=people.officer, team="end use", question="Use?")
    second = review.consult(case, actor=people.officer, team="chemistry", question="Tb?")
    with pytest.raises(InputError, match="not of the team"):
        review.give_advice(first, actor=people.officer, **values)
    review.give_advice(first, actor=people.officer2, **values)
    case.refresh_from_db()
    assert case.state == "consulting"
    review.give_advice(second, actor=people.officer, **values)
    case.refresh_from_db()
    assert case.state == "in_review"
    with pytest.raises(InputError, match="given already"):
        review.give_advice(second, actor=people.officer, **values)


def test_roles_are_checked_by_services_too(people) -> None:
    case = submitted(people)
    with pytest.raises(InputError, match="may not do this"):
        review.take(case, actor=people.decider)
    with pytest.raises(InputError, match="may not do this"):
        deciding.propose(case, actor=people.officer, outcome="refuse", grounds="no")
    licence = licensed(people)
    with pytest.raises(InputError, match="may not do this"):
        draw(people, licence, "1", "D1", actor=people.holder)


def test_foreign_cases_and_licences_do_not_exist(people) -> None:
    case, licence = submitted(people), licensed(people)
    with pytest.raises(NotFoundError):
        review.take(case, actor=people.foreign_officer)
    with pytest.raises(NotFoundError):
        drafting.withdraw(case, actor=people.stranger, reason="mine now")
    with pytest.raises(NotFoundError):
        issuing.suspend(licence, actor=people.foreign_decider, reason="x")
    with pytest.raises(NotFoundError):
        draw(people, licence, "1", "D1", actor=people.foreign_officer)


# Transitions outside the table, the clock, appeals.


def test_no_transition_outside_the_table(people) -> None:
    case = submitted(people)
    with pytest.raises(IllegalTransitionError, match="not possible from 'submitted'"):
        review.conclude(case, actor=people.officer, reason="quick")
    assert StateChange.objects.filter(application=case).count() == 1
    with pytest.raises(InputError, match="cannot be changed"):
        drafting.remove_line(case, actor=people.holder, number=1)


def test_the_clock_stands_while_the_applicant_is_asked(people, monkeypatch) -> None:
    from coercivity.desk.licensing.services.clock import days_used

    case = submitted(people)
    days = iter(["2025-06-02", "2025-06-06", "2025-06-13"])
    changes = [StateChange(pk=1, target="submitted", day=next(days))]
    changes += [StateChange(pk=2, target="awaiting_info", day=next(days))]
    changes += [StateChange(pk=3, target="in_review", day=next(days))]
    for change in changes:
        change.day = change._meta.get_field("day").to_python(change.day)
    until = changes[2].day + timedelta(days=5)
    # Monday to Friday is four days; then it stands; Friday to Wednesday is three.
    assert days_used(changes, until) == 7
    assert case.state == "submitted"


def test_a_question_stops_the_case_until_it_is_answered(people) -> None:
    case = submitted(people)
    review.take(case, actor=people.officer)
    tomorrow = timezone.now().date() + timedelta(days=2)
    request = review.ask(case, actor=people.officer, question="Which motor?", due_on=tomorrow)
    case.refresh_from_db()
    assert case.state == "awaiting_info"
    with pytest.raises(InputError, match="still time"):
        review.close_without_response(case, actor=people.officer, reason="silence")
    review.answer(request, actor=people.holder, text="A 4 kW motor.")
    case.refresh_from_db()
    assert case.state == "in_review"
    with pytest.raises(InputError, match="answered already"):
        review.answer(request, actor=people.holder, text="Another.")


def test_refusal_appeal_and_review_again(people) -> None:
    case = proposed(people, outcome="refuse")
    deciding.countersign(case, actor=people.decider2)
    case.refresh_from_db()
    assert (case.state, case.licence if hasattr(case, "licence") else None) == ("refused", None)
    assert case.working_days == 0
    deciding.appeal(case, actor=people.holder, grounds="The end user is known.")
    with pytest.raises(InputError, match="decided on this case"):
        deciding.allow_appeal(case, actor=people.decider, reason="right")
    from coercivity.desk.accounts.roles import Role
    from web.conftest import person

    third = person("decider3", people.authority, Role.DECIDER)
    deciding.allow_appeal(case, actor=third, reason="new facts")
    case.refresh_from_db()
    assert case.state == "in_review"
    assert case.decided_on is None


def test_stop_and_lift_keep_who_decided(people) -> None:
    case = proposed(people)
    review.stop(case, actor=people.officer, reason="announcement")
    with pytest.raises(IllegalTransitionError):
        deciding.countersign(case, actor=people.decider2)
    review.lift_stop(case, actor=people.officer, reason="suspended")
    with pytest.raises(IllegalTransitionError):
        deciding.countersign(case, actor=people.decider)
    assert deciding.countersign(case, actor=people.decider2) is not None


def test_withdrawn_case_leaves_no_open_decision(people) -> None:
    case = proposed(people)
    drafting.withdraw(case, actor=people.holder, reason="order cancelled")
    assert case.decisions.get().standing == "lapsed"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"granted": [Decimal(11)]}, "more is granted"),
        ({"granted": [Decimal(9)]}, "less is granted"),
        ({"granted": [Decimal(0)], "outcome": "approve_in_part"}, "nothing is granted"),
        ({"granted": []}, "quantity is missing"),
        ({"valid_to": None}, "validity"),
        ({"conditions": ["be_nice"]}, "not known"),
        ({"outcome": "shrug"}, "no outcome"),
    ],
)
def test_decisions_must_fit_the_case(people, changes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        proposed(people, **changes)
    assert not Decision.objects.exists()
    assert Application.objects.get().state == "pending_decision"


def test_part_of_the_goods(people) -> None:
    licence = licensed(people, outcome="approve_in_part", granted=[Decimal("2.5")])
    assert ledger().remaining(licence.reference) == Decimal("2.5")
    assert licence.application.state == "approved_in_part"


@pytest.mark.parametrize("table", ["licensing_statechange", "licensing_licencechange"])
def test_history_cannot_be_rewritten(people, table: str) -> None:
    licensed(people)
    for statement in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_drafts_are_their_applicants_own(people) -> None:
    case = draft(people)
    with pytest.raises(NotFoundError):
        review.take(case, actor=people.officer)
    assert reviewed(people).state == "pending_decision"
