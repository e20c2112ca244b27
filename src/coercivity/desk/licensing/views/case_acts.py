"""The acts upon a case, as forms."""

from __future__ import annotations

from typing import Any, Final

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing import forms
from coercivity.desk.licensing.models import Application
from coercivity.desk.licensing.services import deciding, drafting, review
from coercivity.desk.licensing.views.acting import Act
from coercivity.licences import ApplicationState, allowed

__all__ = ["CASE_ACTS", "acts_open_to", "teams_of"]

_P = Permission


def teams_of(case: Application) -> dict[str, Any]:
    """Return the teams of an authority that can be asked."""
    people = User.objects.filter(organisation=case.authority, is_active=True).exclude(team="")
    return {"teams": sorted(set(people.values_list("team", flat=True)))}


def _reason(service: Any) -> Any:
    """Return an act that takes nothing but a reason."""
    return lambda case, user, form: service(case, actor=user, reason=form.cleaned_data["reason"])


CASE_ACTS: Final[tuple[Act[Application], ...]] = (
    Act(
        "discard",
        "Discard the draft",
        "Discard draft",
        _P.APPLY,
        lambda case, user, form: drafting.discard(case, actor=user),
        "The draft is discarded.",
        event="discard",
        is_grave=True,
    ),
    Act(
        "take",
        "Take the case",
        "Take case",
        _P.REVIEW,
        lambda case, user, form: review.take(case, actor=user),
        "The case is yours.",
        event="start_review",
    ),
    Act(
        "return",
        "Return to the applicant",
        "Return case",
        _P.REVIEW,
        _reason(review.return_to_applicant),
        "The application is returned.",
        forms.ReasonForm,
        event="return",
    ),
    Act(
        "ask",
        "Ask the applicant",
        "Ask the applicant of case",
        _P.REVIEW,
        lambda case, user, form: review.ask(case, actor=user, **form.cleaned_data),
        "The question is asked, and the clock stands.",
        forms.AskForm,
        event="ask_for_information",
    ),
    Act(
        "consult",
        "Ask a team for advice",
        "Ask for advice on case",
        _P.REVIEW,
        lambda case, user, form: review.consult(case, actor=user, **form.cleaned_data),
        "The team is asked.",
        forms.ConsultForm,
        teams_of,
        event="consult",
    ),
    Act(
        "conclude",
        "End the review",
        "End the review of case",
        _P.REVIEW,
        _reason(review.conclude),
        "The case awaits a decision.",
        forms.ReasonForm,
        event="conclude_review",
    ),
    Act(
        "no-licence-required",
        "Find that no licence is needed",
        "No licence is needed for case",
        _P.REVIEW,
        _reason(review.find_no_licence_required),
        "The case is closed: no licence is needed.",
        forms.ReasonForm,
        event="find_no_licence_required",
        is_grave=True,
    ),
    Act(
        "close",
        "Close without an answer",
        "Close case",
        _P.REVIEW,
        _reason(review.close_without_response),
        "The case is closed.",
        forms.ReasonForm,
        event="close_without_response",
        is_grave=True,
    ),
    Act(
        "supersede",
        "Close in favour of another case",
        "Supersede case",
        _P.REVIEW,
        _reason(review.supersede),
        "The case is superseded.",
        forms.ReasonForm,
        event="supersede",
        is_grave=True,
    ),
    Act(
        "stop",
        "Stop under a new prohibition",
        "Stop case",
        _P.REVIEW,
        _reason(review.stop),
        "The case is stopped.",
        forms.ReasonForm,
        event="stop",
    ),
    Act(
        "lift-stop",
        "Let the case go on",
        "Lift the stop of case",
        _P.REVIEW,
        _reason(review.lift_stop),
        "The case goes on.",
        forms.ReasonForm,
        event="lift_stop",
    ),
    Act(
        "propose",
        "Decide",
        "Decide case",
        _P.DECIDE,
        lambda case, user, form: deciding.propose(case, actor=user, **form.values()),  # type: ignore[attr-defined]
        "The decision awaits the countersignature of somebody else.",
        forms.ProposeForm,
        lambda case: {"case": case},
        event="propose",
    ),
    Act(
        "countersign",
        "Countersign",
        "Countersign the decision on case",
        _P.DECIDE,
        lambda case, user, form: deciding.countersign(case, actor=user),
        "The decision is countersigned and in effect.",
        event="countersign",
        text="You confirm the decision as it is proposed on the page of the case. An approval "
        "issues the licence at once.",
    ),
    Act(
        "send-back",
        "Send back",
        "Send back the decision on case",
        _P.DECIDE,
        lambda case, user, form: deciding.send_back(
            case, actor=user, remark=form.cleaned_data["reason"]
        ),
        "The case is to be decided again.",
        forms.ReasonForm,
        event="send_back",
    ),
    Act(
        "appeal",
        "Appeal",
        "Appeal against the refusal of case",
        _P.APPLY,
        lambda case, user, form: deciding.appeal(
            case, actor=user, grounds=form.cleaned_data["reason"]
        ),
        "Your appeal is filed.",
        forms.ReasonForm,
        event="appeal",
    ),
    Act(
        "allow-appeal",
        "Allow the appeal",
        "Allow the appeal in case",
        _P.DECIDE,
        _reason(deciding.allow_appeal),
        "The appeal is allowed; the case is reviewed again.",
        forms.ReasonForm,
        event="allow_appeal",
    ),
    Act(
        "dismiss-appeal",
        "Dismiss the appeal",
        "Dismiss the appeal in case",
        _P.DECIDE,
        _reason(deciding.dismiss_appeal),
        "The appeal is dismissed; the refusal is final.",
        forms.ReasonForm,
        event="dismiss_appeal",
        is_grave=True,
    ),
    Act(
        "let-stand",
        "Make the refusal final",
        "Make the refusal final in case",
        _P.DECIDE,
        _reason(deciding.let_stand),
        "The refusal is final.",
        forms.ReasonForm,
        event="let_stand",
        is_grave=True,
    ),
    Act(
        "withdraw",
        "Withdraw the application",
        "Withdraw case",
        _P.APPLY,
        _reason(drafting.withdraw),
        "The application is withdrawn.",
        forms.ReasonForm,
        event="withdraw",
        is_grave=True,
    ),
)
"""Every act upon a case that is one form and one button."""


def acts_open_to(case: Application, user: User) -> list[Act[Application]]:
    """Return the acts that the table allows now and the person's role includes."""
    state = ApplicationState(case.state)
    events = set(allowed(state))
    if state is ApplicationState.PENDING_COUNTERSIGN:
        events.add("countersign")
    if state is ApplicationState.CONSULTING:
        events.add("consult")
    return [act for act in CASE_ACTS if act.event in events and user.may(act.permission)]
