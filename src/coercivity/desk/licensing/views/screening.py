"""Pages of screening: lists, candidates, verdicts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.licensing.forms import ScreeningForm, text_field
from coercivity.desk.licensing.models import (
    Application,
    ApplicationParty,
    ScreeningDecision,
    ScreeningList,
)
from coercivity.desk.licensing.services import screening
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.errors import CoercivityError, NotFoundError

__all__ = ["add_list", "candidates", "lists", "verdict"]


class ListForm(DeskForm):
    """A list of denied parties."""

    name = forms.CharField(label="Name of the list", max_length=120)
    version = forms.CharField(
        label="Version", max_length=60, help_text="Such as its date; verdicts refer to it."
    )
    upload = forms.FileField(
        label="File",
        help_text="CSV with a column called name (and perhaps id, aliases, native_names), or "
        "FollowTheMoney entities as JSON.",
    )


class NoCandidateForm(DeskForm):
    """That a list gives no candidate."""

    grounds = text_field("Remark", required=False)


@page(Permission.REVIEW)
def lists(request: DeskRequest) -> Page:
    """List the lists of the authority."""
    rows = list(visible(ScreeningList, request.user))
    data = {
        "title": "Lists of denied parties",
        "lists": [
            {"name": r.name, "version": r.version, "names": r.n_names, "added_at": r.added_at}
            for r in rows
        ],
    }
    return Page("licensing/screening_lists.html", data)


@page(Permission.REVIEW, methods=("GET", "POST"))
def add_list(request: DeskRequest) -> Page | HttpResponse:
    """Bring a list."""
    form = bound(ListForm, request)
    back = reverse("licensing:screening_lists")
    if form.is_valid():
        try:
            screening.add_list(actor=request.user, **form.cleaned_data)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            return HttpResponseRedirect(back)
    context = {"back": back, "submit": "Add the list"}
    return form_page("desk/form.html", form, title="Add a list", context=context)


@page(Permission.REVIEW)
def candidates(request: DeskRequest, reference: str) -> Page:
    """Show what the newest version of each list gives for each party, and what was decided."""
    case = get_visible(Application, request.user, reference=reference)
    newest: dict[str, ScreeningList] = {}
    for row in visible(ScreeningList, request.user):
        newest.setdefault(row.name, row)
    decided = {
        (d.party_id, d.list_id, d.entry): d.verdict
        for d in visible(ScreeningDecision, request.user).filter(application=case)
    }
    rows = [
        row | {"verdict": decided.get((party.pk, listed.pk, row["entry"]), "")}
        for party in case.parties.all()
        for listed in newest.values()
        for row in _rows(reference, party, listed)
    ]
    data = {"title": f"Screen the parties of {reference}", "rows": rows}
    return Page("licensing/screening.html", data, {"reference": reference})


def _rows(reference: str, party: ApplicationParty, listed: ScreeningList) -> list[dict[str, Any]]:
    """Return the candidates of one list for one party; one row that says so if there is none."""
    root = {
        "party": party.name,
        "list": str(listed),
        "address": reverse("licensing:verdict", args=[reference, party.pk, listed.pk]),
    }
    rows = [
        {
            **root,
            "entry": found.party.id,
            "candidate": found.alias.text,
            "score": found.score,
            "explanation": screening.explained(found),
        }
        for found in screening.candidates_for(party, listed)
    ]
    nobody = {"entry": "", "candidate": "", "score": None, "explanation": "no candidate"}
    return rows or [{**root, **nobody}]


@page(Permission.REVIEW, methods=("GET", "POST"))
def verdict(request: DeskRequest, reference: str, party: int, listed: int) -> Page | HttpResponse:
    """Decide on one candidate; which one is in the query string."""
    case = get_visible(Application, request.user, reference=reference)
    who = get_visible(ApplicationParty, request.user, pk=party, application=case)
    row = get_visible(ScreeningList, request.user, pk=listed)
    entry = request.GET.get("entry", "")
    found = {c.party.id: c for c in screening.candidates_for(who, row)}.get(entry)
    if entry and found is None:
        raise NotFoundError(f"the list gives no candidate {entry!r}", where=str(row))
    form: DeskForm = bound(ScreeningForm if entry else NoCandidateForm, request)
    back = reverse("licensing:screening", args=[reference])
    if form.is_valid():
        try:
            screening.decide(
                case,
                actor=request.user,
                party=who,
                row=row,
                entry=entry,
                verdict=form.cleaned_data.get("verdict", "no_candidate"),
                grounds=form.cleaned_data["grounds"],
            )
        except CoercivityError as error:
            take_errors(form, error)
        else:
            messages.success(request, "Your verdict is kept.")
            return HttpResponseRedirect(back)
    title = (
        f"Is {who.name} the same as {found.alias.text}?" if found else f"No candidate: {who.name}"
    )
    text = f"{row}: {screening.explained(found)}" if found else str(row)
    context = {"back": back, "submit": "Keep the verdict", "text": text}
    return form_page("desk/form.html", form, title=title, context=context)
