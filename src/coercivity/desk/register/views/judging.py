"""Pages on which people judge claims: one question each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.desk.register.convert import shown_claim
from coercivity.desk.register.forms import CorrectForm, NoteForm, PairForm
from coercivity.desk.register.models import (
    ClaimRow,
    EvidenceSet,
    JudgementRow,
    Standing,
    VerdictRow,
)
from coercivity.desk.register.services import judging
from coercivity.desk.register.views.claims import claim_row
from coercivity.desk.register.views.lists import address_of
from coercivity.errors import CoercivityError

__all__ = ["accept", "correct", "different", "judgement_file", "reject", "same", "undo"]

_CANDIDATES = 40


def _ask(
    request: DeskRequest, row: ClaimRow, form: DeskForm, *, action: str, title: str, submit: str
) -> Page | HttpResponse:
    """Show a form, or keep the judgement it holds."""
    if form.is_valid():
        said = dict(form.cleaned_data)
        changes = {said.pop("name"): said.pop("value")} if "name" in said else None
        try:
            judging.judge_claim(row, actor=request.user, action=action, changes=changes, **said)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            messages.success(request, "Your judgement is kept and taken into account.")
            return HttpResponseRedirect(address_of(row))
    context = {
        "back": address_of(row),
        "submit": submit,
        "text": f"“{row.text}” ({row.document.witness})",
        "is_grave": action == "reject",
    }
    return form_page("desk/form.html", form, title=title, context=context)


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def accept(request: DeskRequest, pk: int, claim: str) -> Page | HttpResponse:
    """Accept a claim as read."""
    row = claim_row(request.user, pk, claim)
    form = bound(NoteForm, request)
    title = "Is this what the text says?"
    return _ask(request, row, form, action="accept", title=title, submit="Yes, accept it")


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def reject(request: DeskRequest, pk: int, claim: str) -> Page | HttpResponse:
    """Leave a claim out of every comparison."""
    row = claim_row(request.user, pk, claim)
    form = bound(NoteForm, request)
    title = "Is this no claim of the text?"
    return _ask(request, row, form, action="reject", title=title, submit="Reject it")


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def correct(request: DeskRequest, pk: int, claim: str) -> Page | HttpResponse:
    """Correct one thing about a claim."""
    row = claim_row(request.user, pk, claim)
    slots = tuple(dict.fromkeys(slot.name for slot in shown_claim(row).slots))
    form = bound(CorrectForm, request, slots=slots)
    title = "What does the text say instead?"
    return _ask(request, row, form, action="correct", title=title, submit="Keep the correction")


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def same(request: DeskRequest, pk: int, claim: str) -> Page | HttpResponse:
    """Say that two claims tell of one event."""
    row = claim_row(request.user, pk, claim)
    form = bound(PairForm, request, claims=_candidates(row, request.user))
    title = "Which claim tells of the same event?"
    return _ask(request, row, form, action="same_event", title=title, submit="The same event")


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def different(request: DeskRequest, pk: int, claim: str) -> Page | HttpResponse:
    """Say that two claims tell of different events."""
    row = claim_row(request.user, pk, claim)
    form = bound(PairForm, request, claims=_candidates(row, request.user))
    title = "Which claim tells of another event?"
    return _ask(
        request, row, form, action="different_event", title=title, submit="Different events"
    )


def _candidates(row: ClaimRow, user: User) -> list[tuple[str, str]]:
    """Return the claims most likely meant: those with a verdict, then those of the same frame."""
    within = row.document.within
    pairs: set[int] = set()
    for found in visible(VerdictRow, user).filter(Q(a=row) | Q(b=row), b__isnull=False):
        pairs |= {found.a_id, found.b_id or 0}
    rows = (
        visible(ClaimRow, user)
        .filter(Q(pk__in=pairs) | Q(frame=row.frame), document__within=within)
        .filter(document__withdrawn_at=None)
        .exclude(pk=row.pk)
        .exclude(standing=Standing.REJECTED)
        .select_related("document")
    )
    ordered = sorted(rows, key=lambda r: (r.pk not in pairs, r.document.name, r.position))
    return [
        (found.claim, f"{found.text} ({found.document.witness})") for found in ordered[:_CANDIDATES]
    ]


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def undo(request: DeskRequest, pk: int) -> Page | HttpResponse:
    """Take a judgement back."""
    rows = JudgementRow.objects.select_related("within", "actor")
    row = get_visible(rows, request.user, pk=pk)
    form = bound(NoteForm, request)
    back = _claim_address(row, request.user)
    if form.is_valid():
        try:
            judging.undo(row, actor=request.user, **form.cleaned_data)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            messages.success(request, "The judgement is taken back; both rows stay in the history.")
            return HttpResponseRedirect(back)
    context: dict[str, Any] = {
        "back": back,
        "submit": "Take it back",
        "text": f"{row.actor.full_name}, {row.at:%Y-%m-%d %H:%M} UTC: "
        f"{row.action.replace('_', ' ')}. {row.body['note']}",
    }
    return form_page("desk/form.html", form, title="Take this judgement back?", context=context)


def _claim_address(row: JudgementRow, user: User) -> str:
    claims = visible(ClaimRow, user).filter(document__within=row.within, claim=row.claim)
    found = claims.first()
    return address_of(found) if found else reverse("register:judgements")


@page(Permission.SEE_EVIDENCE)
def judgement_file(request: DeskRequest, within: int) -> HttpResponse:
    """Give the judgements as the file that the command line reads."""
    found = get_visible(EvidenceSet, request.user, pk=within)
    response = HttpResponse(judging.lines_of(found), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.pack}.jsonl"'
    return response
