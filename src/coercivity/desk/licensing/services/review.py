"""The officer's part: take a case, ask, consult, conclude, stop."""

from __future__ import annotations

from datetime import date

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing.models import Advice, Application, InformationRequest
from coercivity.desk.licensing.services.moving import (
    keep_apart,
    locked_case,
    move,
    require,
    today_at,
    trace,
)
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError
from coercivity.licences import ApplicationState

__all__ = [
    "answer",
    "ask",
    "close_without_response",
    "conclude",
    "consult",
    "find_no_licence_required",
    "give_advice",
    "lift_stop",
    "return_to_applicant",
    "stop",
    "supersede",
    "take",
]


def _case(case: Application, actor: User) -> Application:
    require(actor, Permission.REVIEW)
    return locked_case(case, actor)


@service
def take(case: Application, *, actor: User) -> None:
    """Take a case that was handed in, and begin its review."""
    case = _case(case, actor)
    case.officer = actor
    move(case, "start_review", actor=actor)


@service
def return_to_applicant(case: Application, *, actor: User, reason: str) -> None:
    """Return an application that is not complete."""
    move(_case(case, actor), "return", actor=actor, reason=reason)


@service
def ask(case: Application, *, actor: User, question: str, due_on: date) -> InformationRequest:
    """Ask the applicant; the clock stops until the answer is there.

    Raises
    ------
    InputError
        If the day to answer by is not in the future.
    """
    case = _case(case, actor)
    if due_on <= today_at(case.authority):
        raise InputError("the day is not in the future", where="due_on", expected="a later day")
    move(case, "ask_for_information", actor=actor, reason=question)
    return InformationRequest.objects.create(
        application=case,
        question=question,
        asked_by=actor,
        asked_at=now(),
        due_on=due_on,
    )


@service
def answer(request: InformationRequest, *, actor: User, text: str) -> None:
    """Answer a question; the clock goes on."""
    require(actor, Permission.APPLY)
    case = locked_case(request.application, actor)
    request = case.requests.get(pk=request.pk)
    if request.answered_at is not None:
        raise InputError("the question is answered already", where=case.reference)
    request.answer, request.answered_by, request.answered_at = text, actor, now()
    request.save()
    move(case, "receive_information", actor=actor)


@service
def close_without_response(case: Application, *, actor: User, reason: str) -> None:
    """Close a case whose applicant did not answer in time.

    Raises
    ------
    InputError
        If there is still time to answer.
    """
    case = _case(case, actor)
    request = case.requests.filter(answered_at=None).last()
    if request is not None and request.due_on >= today_at(case.authority):
        raise InputError(
            "there is still time to answer",
            where=case.reference,
            expected=f"a day after {request.due_on}",
        )
    move(case, "close_without_response", actor=actor, reason=reason)


@service
def consult(case: Application, *, actor: User, team: str, question: str) -> Advice:
    """Ask a team for advice; several may be asked at once."""
    case = _case(case, actor)
    if case.state == ApplicationState.CONSULTING:
        trace(case, "consult", actor, team=team)
    else:
        move(case, "consult", actor=actor, reason=f"{team}: {question}")
    return Advice.objects.create(
        application=case, team=team, question=question, asked_by=actor, asked_at=now()
    )


@service
def give_advice(advice: Advice, *, actor: User, recommendation: str, text: str) -> None:
    """Advise; when every team asked has answered, the review goes on.

    Raises
    ------
    InputError
        If the person is not of the team asked, or has decided on the case.
    """
    require(actor, Permission.ADVISE)
    case = locked_case(advice.application, actor)
    advice = case.advice.get(pk=advice.pk)
    if advice.given_at is not None:
        raise InputError("the advice is given already", where=case.reference)
    if actor.team != advice.team:
        raise InputError(
            f"{actor} is not of the team {advice.team}", expected=f"somebody of {advice.team}"
        )
    deciders = [d.proposed_by for d in case.decisions.select_related("proposed_by")]
    keep_apart(actor, deciders, deed="decided on")
    advice.recommendation, advice.text = recommendation, text
    advice.given_by, advice.given_at = actor, now()
    advice.save()
    trace(case, "advice given", actor, team=advice.team, recommendation=recommendation)
    if not case.advice.filter(given_at=None).exists():
        move(case, "receive_advice", actor=actor)


@service
def conclude(case: Application, *, actor: User, reason: str) -> None:
    """End the review; the case goes to those who decide.

    Whether the parties were screened is for the reviewers to see; it is shown on the case.
    """
    case = _case(case, actor)
    move(case, "conclude_review", actor=actor, reason=reason)


@service
def find_no_licence_required(case: Application, *, actor: User, reason: str) -> None:
    """Close a case because the goods need no licence."""
    move(_case(case, actor), "find_no_licence_required", actor=actor, reason=reason)


@service
def supersede(case: Application, *, actor: User, reason: str) -> None:
    """Close a case whose applicant has filed another in its place."""
    move(_case(case, actor), "supersede", actor=actor, reason=reason)


@service
def stop(case: Application, *, actor: User, reason: str) -> None:
    """Stop a case because a new prohibition has landed."""
    move(_case(case, actor), "stop", actor=actor, reason=reason)


@service
def lift_stop(case: Application, *, actor: User, reason: str) -> None:
    """Let a stopped case go on where it was."""
    move(_case(case, actor), "lift_stop", actor=actor, reason=reason)
