"""Pages of documents: one by itself, and how they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from coercivity.desk import packs, uploads
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.forms import bound, take_errors
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.desk.register.convert import document_of, shown_claim
from coercivity.desk.register.forms import DescribeForm, PackForm, UploadForm
from coercivity.desk.register.highlights import Mark, passages
from coercivity.desk.register.models import ClaimRow, DocumentState, EvidenceDocument, EvidenceSet
from coercivity.desk.register.services import adding
from coercivity.desk.register.services.reading import read_waiting
from coercivity.desk.register.views.lists import address_of
from coercivity.errors import CoercivityError, Problem

__all__ = [
    "add",
    "describe",
    "document",
    "fetch",
    "file",
    "read",
    "restore",
    "take_over",
    "withdraw",
]

BLOCKS: Final = 200
"""Blocks of text on one page."""


@page(Permission.SEE_EVIDENCE)
def document(request: DeskRequest, pk: int) -> Page:
    """Show the text of a document with the words of its claims marked."""
    row = get_visible(EvidenceDocument.objects.select_related("within"), request.user, pk=pk)
    claims = list(row.claims.order_by("start", "end"))
    data: dict[str, Any] = {"title": row.name, "document": _described(row), "claims": []}
    context: dict[str, Any] = {"row": row, "section": "evidence"}
    if row.state == DocumentState.READ:
        data["text"] = row.text
        data["claims"] = [shown_claim(c).to_json() | {"standing": c.standing} for c in claims]
        context |= _text_of(row, claims, request.GET.get("page"))
    return Page("register/document.html", data, context)


def _text_of(row: EvidenceDocument, claims: list[ClaimRow], number: str | None) -> dict[str, Any]:
    """Return the blocks of one page, marked, and the claims by number."""
    found = document_of(row)
    marks = [
        Mark(place, claim.start, claim.end, address_of(claim), claim.frame.replace("_", " "))
        for place, claim in enumerate(claims, start=1)
        if claim.standing != "rejected"
    ]
    shown = Paginator(found.blocks, BLOCKS).get_page(number)
    numbered = [
        {"number": place, "row": claim, "address": address_of(claim)}
        for place, claim in enumerate(claims, start=1)
    ]
    return {
        "passages": passages(found, marks, list(shown.object_list)),
        "blocks": shown,
        "numbered": numbered,
    }


def _described(row: EvidenceDocument) -> dict[str, Any]:
    borrowed = row.borrowed["note"] if row.borrowed else ""
    return {
        "id": row.pk,
        "sha256": row.file_id,
        "name": row.name,
        "publisher": row.publisher,
        "url": row.url,
        "source": row.source,
        "published": row.published,
        "basis": row.basis,
        "borrowed": borrowed,
        "family": row.family,
        "pack": row.within.pack,
        "origin": row.origin,
        "state": row.state,
        "problems": row.problems,
        "added_at": row.added_at,
        "withdrawn_at": row.withdrawn_at,
    }


@page(Permission.SEE_EVIDENCE)
def file(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Give a document back as it came in, as a download."""
    row = get_visible(EvidenceDocument.objects.select_related("file"), request.user, pk=pk)
    return uploads.download(row.file, row.name)


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def add(request: DeskRequest) -> Page | HttpResponse:
    """Hand a document in; it is read at once."""
    form = bound(UploadForm, request)
    back = reverse("register:evidence")
    if form.is_valid():
        try:
            row = adding.add_upload(actor=request.user, **form.cleaned_data)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            _read(request, row.within)
            return HttpResponseRedirect(reverse("register:document", args=[row.pk]))
    context = {"back": back, "submit": "Add and read it"}
    return form_page("desk/form.html", form, title="Add a document", context=context)


def _read(request: DeskRequest, within: EvidenceSet) -> None:
    """Read what waits; say so if something still does."""
    if read_waiting(within):
        messages.info(request, "Some documents still wait to be read; they are kept.")


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def fetch(request: DeskRequest) -> Page | HttpResponse:
    """Fetch the documents that lie in the configured folder."""
    form = bound(PackForm, request)
    problems: tuple[Problem, ...] = ()
    if form.is_valid():
        try:
            added, problems = adding.add_from_folder(actor=request.user, **form.cleaned_data)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            _read_pack(request, form.cleaned_data)
            messages.success(request, f"{added} documents fetched, {len(problems)} refused.")
            if not problems:
                return HttpResponseRedirect(reverse("register:evidence"))
    context = {
        "back": reverse("register:evidence"),
        "submit": "Fetch them",
        "problems": problems,
        "text": "Every text, HTML and PDF file in your organisation’s part of the configured "
        "folder is added, unless it is here already.",
    }
    title = "Fetch documents from the folder"
    found = form_page("register/fetch.html", form, title=title, context=context)
    return Page(
        found.template,
        {**found.data, "problems": [problem.to_json() for problem in problems]},
        found.context,
        status=422 if problems else found.status,
    )


def _read_pack(request: DeskRequest, chosen: Mapping[str, str]) -> None:
    for within in visible(EvidenceSet, request.user).filter(pack=chosen["pack"]):
        _read(request, within)


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def take_over(request: DeskRequest) -> Page | HttpResponse:
    """Take over the notes that a subject comes with."""
    form = bound(PackForm, request)
    if form.is_valid():
        added = adding.add_from_pack(actor=request.user, **form.cleaned_data)
        _read_pack(request, form.cleaned_data)
        title = packs.opened(form.cleaned_data["pack"]).title
        messages.success(request, f"{added} notes on “{title}” taken over, each with its source.")
        return HttpResponseRedirect(reverse("register:evidence"))
    context = {
        "back": reverse("register:evidence"),
        "submit": "Take them over",
        "text": "Each subject comes with reports restated in our own words, each with its source.",
    }
    return form_page("desk/form.html", form, title="Take over a subject’s notes", context=context)


@page(Permission.REVIEW_EVIDENCE, methods=("GET", "POST"))
def describe(request: DeskRequest, pk: int) -> Page | HttpResponse:
    """Say who published a document, where and when."""
    row = get_visible(EvidenceDocument.objects.select_related("within"), request.user, pk=pk)
    said = {"publisher": row.publisher, "url": row.url, "told": row.told}
    form = bound(DescribeForm, request, initial=said)
    back = reverse("register:document", args=[pk])
    if form.is_valid():
        try:
            adding.describe(row, actor=request.user, **form.cleaned_data)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            _read(request, row.within)
            return HttpResponseRedirect(back)
    context = {"back": back, "submit": "Keep it and read again"}
    return form_page("desk/form.html", form, title=f"Who published {row.name}?", context=context)


@page(Permission.REVIEW_EVIDENCE, methods=("POST",))
def read(request: DeskRequest, pk: int) -> HttpResponse:
    """Read a document that still waits."""
    row = get_visible(EvidenceDocument.objects.select_related("within"), request.user, pk=pk)
    _read(request, row.within)
    return HttpResponseRedirect(reverse("register:document", args=[pk]))


@page(Permission.REVIEW_EVIDENCE, methods=("POST",))
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take a document out of the comparison."""
    row = get_visible(EvidenceDocument.objects.select_related("within"), request.user, pk=pk)
    adding.withdraw(row, actor=request.user)
    _read(request, row.within)
    messages.success(request, f"{row.name} no longer counts. It can be restored.")
    return HttpResponseRedirect(reverse("register:document", args=[pk]))


@page(Permission.REVIEW_EVIDENCE, methods=("POST",))
def restore(request: DeskRequest, pk: int) -> HttpResponse:
    """Bring a withdrawn document back."""
    row = get_visible(EvidenceDocument.objects.select_related("within"), request.user, pk=pk)
    adding.restore(row, actor=request.user)
    _read(request, row.within)
    messages.success(request, f"{row.name} counts again.")
    return HttpResponseRedirect(reverse("register:document", args=[pk]))
