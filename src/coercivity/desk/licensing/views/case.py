"""The page of a case, and its documents, answers and advice."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.forms import bound, take_errors
from coercivity.desk.licensing.certificate import check_of
from coercivity.desk.licensing.forms import AdviceForm, AnswerForm
from coercivity.desk.licensing.models import (
    Advice,
    Application,
    Document,
    InformationRequest,
    ScreeningDecision,
    StateChange,
)
from coercivity.desk.licensing.panels import panels_of
from coercivity.desk.licensing.services import review
from coercivity.desk.licensing.services.clock import clock_of
from coercivity.desk.licensing.services.determining import determinations_of
from coercivity.desk.licensing.services.moving import today_at
from coercivity.desk.licensing.services.reading import history_of, is_insider
from coercivity.desk.licensing.views.acting import button
from coercivity.desk.licensing.views.case_acts import acts_open_to
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.desk.uploads import download
from coercivity.errors import CoercivityError
from coercivity.licences import ApplicationState

__all__ = ["advise", "answer", "case_page", "document"]

_OPEN = {ApplicationState.DRAFT, ApplicationState.RETURNED}


@page(Permission.SEE_CASES)
def case_page(request: DeskRequest, reference: str) -> Page | HttpResponse:
    """Show a case; a draft is shown as its task list."""
    user = request.user
    case = get_visible(_with_its_parts(), user, reference=reference)
    inside = is_insider(case, user)
    today = today_at(case.authority)
    clock = clock_of(case, case.changes.all(), today)
    lines, parties = list(case.lines.all()), list(case.parties.all())
    # What comes only with a step of the case is not looked for where the step was never taken.
    steps = {change.event for change in case.changes.all()}
    documents, history = list(case.documents.all()), history_of(case, user)
    decisions = _decisions(case, inside=inside) if "propose" in steps else []
    data = {
        "title": f"Case {case.reference}",
        "case": _case_data(case),
        "clock": {"working_days": clock.used, "runs": clock.runs, "due_on": clock.due_on},
        "parties": [_party(party) for party in parties],
        "lines": [_line(case, line) for line in lines],
        "documents": [{"name": d.name, "kind": d.kind} for d in documents],
        "history": [row.to_json() for row in history],
        "decisions": [_decision(decision) for decision in decisions],
    }
    context = {
        "case": case,
        "clock": clock,
        "lines": [(line, packs.item_name(case.pack, line.item)) for line in lines],
        "parties": parties,
        "documents": documents,
        "history": history,
        "requests": list(case.requests.all()) if "ask_for_information" in steps else [],
        "decisions": decisions,
        "appeals": list(case.appeals.all()) if "appeal" in steps else [],
        "licence": getattr(case, "licence", None),
        "determinations": determinations_of(case, today),
        "acts": [
            button(act, case.reference, root="applications") for act in acts_open_to(case, user)
        ],
        "can_edit": ApplicationState(case.state) in _OPEN and user.may(Permission.APPLY),
        "inside": inside,
        "panels": panels_of(case, user),
        "certificate": check_of(case),
        **(_inside_work(case, user, steps) if inside else {}),
    }
    return Page("licensing/case.html", data, context)


def _with_its_parts() -> QuerySet[Application]:
    """Return cases with what their page reads in several places, each fetched once."""
    changes = StateChange.objects.select_related("actor")
    joined = ("owner", "authority", "officer", "licence", "certificate")
    return Application.objects.select_related(*joined).prefetch_related(
        "lines", "parties", "documents", Prefetch("changes", changes)
    )


def _inside_work(case: Application, user: User, steps: set[str]) -> dict[str, Any]:
    """Return what stays within the authority: advice, and what was decided of candidates."""
    advice, screenings = Advice.objects.all(), ScreeningDecision.objects.all()
    return {
        "advice": _of_case(advice.select_related("given_by"), case, user)
        if "consult" in steps
        else [],
        "screenings": _of_case(screenings.select_related("list"), case, user),
    }


def _of_case(rows: QuerySet[Any], case: Application, user: User) -> list[Any]:
    """Return rows that hang on a case, as far as somebody may see them."""
    return list(visible(rows.filter(application=case), user))


def _decisions(case: Application, *, inside: bool) -> list[Any]:
    """Return the decisions; what awaits a countersignature is shown within the authority only."""
    rows = case.decisions.select_related("proposed_by", "countersigned_by")
    return list(rows if inside else rows.filter(standing="confirmed"))


def _case_data(case: Application) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "state": case.state,
        "kind": case.kind,
        "pack": case.pack,
        "applicant": case.owner.name,
        "authority": case.authority.name,
        "origin": case.origin,
        "destination": case.destination,
        "end_use": case.end_use,
        "submitted_on": case.submitted_on,
        "decided_on": case.decided_on,
    }


def _party(party: Any) -> dict[str, Any]:
    return {"role": party.role, "name": party.name, "country": party.country}


def _line(case: Application, line: Any) -> dict[str, Any]:
    return {"number": line.number, "item": line.item, "quantity": line.quantity, "unit": line.unit}


def _decision(decision: Any) -> dict[str, Any]:
    return {
        "outcome": decision.outcome,
        "standing": decision.standing,
        "grounds": decision.grounds,
        "granted": decision.granted,
        "conditions": decision.conditions,
        "valid_from": decision.valid_from,
        "valid_to": decision.valid_to,
    }


@page(Permission.SEE_CASES)
def document(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Give a document back, as a download."""
    found = get_visible(Document, request.user, pk=pk)
    return download(found.file, found.name)


@page(Permission.APPLY, methods=("GET", "POST"))
def answer(request: DeskRequest, pk: int) -> Page | HttpResponse:
    """Answer a question of the authority."""
    asked = get_visible(InformationRequest, request.user, pk=pk)
    form = bound(AnswerForm, request)
    back = reverse("licensing:case", args=[asked.application.reference])
    if form.is_valid():
        try:
            review.answer(asked, actor=request.user, text=form.cleaned_data["text"])
        except CoercivityError as error:
            take_errors(form, error)
        else:
            messages.success(request, "Your answer is sent; the clock goes on.")
            return HttpResponseRedirect(back)
    context = {"text": asked.question, "back": back, "submit": "Send the answer"}
    return form_page("desk/form.html", form, title="Answer the authority", context=context)


@page(Permission.ADVISE, methods=("GET", "POST"))
def advise(request: DeskRequest, pk: int) -> Page | HttpResponse:
    """Give the advice that was asked for."""
    asked = get_visible(Advice, request.user, pk=pk)
    form = bound(AdviceForm, request)
    back = reverse("licensing:case", args=[asked.application.reference])
    if form.is_valid():
        try:
            review.give_advice(asked, actor=request.user, **form.cleaned_data)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            messages.success(request, "Your advice is given.")
            return HttpResponseRedirect(back)
    context = {"text": asked.question, "back": back, "submit": "Give the advice"}
    title = f"Advise on {asked.application.reference} for {asked.team}"
    return form_page("desk/form.html", form, title=title, context=context)
