"""Lists of evidence: documents, claims, verdicts, events, judgements."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.db.models import Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from coercivity.claims.model import FRAMES, RELATIONS
from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.listing import Column, Facet, ListSpec, make_listing
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.register.models import (
    ClaimRow,
    DocumentState,
    EventRow,
    EvidenceDocument,
    EvidenceSet,
    JudgementRow,
    Origin,
    Standing,
    VerdictRow,
)
from coercivity.desk.wording import in_words
from coercivity.events.model import ACTIONS, STATUSES

__all__ = [
    "EVENT_ORIGINS",
    "address_of",
    "claims",
    "event_address",
    "events",
    "evidence",
    "judgements",
    "verdict_address",
    "verdicts",
]

_POLARITIES: Final = ("affirmed", "negated", "questioned")
_MODES: Final = ("direct", "mixed", "indirect", "narration", "question")
EVENT_ORIGINS: Final = {
    "documents": "your documents",
    "both": "your documents and the subject’s table",
    "pack": "the subject’s table alone",
}


_BASES: Final = {
    "document": "the text",
    "url": "the address",
    "index": "its source",
    "cluster": "another document",
}


def _basis_words(basis: object) -> str:
    return _BASES.get(str(basis), str(basis))


def _words(values: Any) -> list[tuple[str, str]]:
    found = [getattr(value, "value", value) for value in values]
    return [(value, value.replace("_", " ").lower()) for value in found]


def address_of(row: ClaimRow) -> str:
    """Return the address of a claim."""
    return reverse("register:claim", args=[row.document_id, row.claim])


def verdict_address(row: VerdictRow) -> str:
    """Return the address of a verdict."""
    return reverse("register:verdict", args=[row.within_id, row.verdict])


def event_address(row: EventRow) -> str:
    """Return the address of an event."""
    return reverse("register:event", args=[row.within_id, row.event])


def _short(text: str, length: int = 160) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _pack_facet(lookup: str) -> Facet:
    return Facet("pack", "Subject", lookup, packs.titles())


def _document_columns() -> tuple[Column[EvidenceDocument], ...]:
    return (
        Column(
            "name", "Document", lambda row: row.name,
            link=lambda row: reverse("register:document", args=[row.pk]),
        ),
        Column("publisher", "Published by", lambda row: row.publisher),
        Column("published", "Date", lambda row: row.published),
        Column("basis", "Date from", lambda row: row.basis, shown=_basis_words),
        Column(
            "state", "State", lambda row: "withdrawn" if row.withdrawn_at else row.state,
            shown=in_words,
        ),
        Column("claims", "Claims", lambda row: row.n_claims, numeric=True),
        Column("family", "Family", lambda row: row.family),
        Column("subject", "Subject", lambda row: row.within.pack, shown=in_words),
        Column("origin", "Came by", lambda row: row.origin, shown=in_words),
        Column("added_at", "Added", lambda row: row.added_at),
        Column("sha256", "Digest", lambda row: row.file_id[:12]),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _documents() -> ListSpec[EvidenceDocument]:
    return ListSpec(
        name="documents",
        caption="Documents",
        columns=_document_columns(),
        facets=(
            _pack_facet("within__pack"),
            Facet("state", "State", "state", _words(DocumentState)),
            Facet("origin", "Came by", "origin", _words(Origin)),
            Facet(
                "basis", "Date from", "basis",
                [*_BASES.items(), ("", "undated")],
            ),
        ),
        search=("name__icontains", "publisher__icontains", "text__icontains"),
        orders={
            "added": ("Latest added first", ("-added_at", "-id")),
            "published": ("Latest published first", ("-published_from", "-id")),
            "name": ("By name", ("name", "id")),
        },
        empty="There is no document.",
    )  # fmt: skip


@page(Permission.SEE_EVIDENCE)
def evidence(request: DeskRequest) -> Page:
    """List the documents of the person's organisation."""
    rows = visible(EvidenceDocument, request.user).select_related("within").defer("text")
    listing = make_listing(request, _documents(), rows)
    sets = list(visible(EvidenceSet, request.user))
    data = {
        "title": "Evidence",
        "notes": [note for found in sets for note in found.notes],
        "waiting": visible(EvidenceDocument, request.user)
        .filter(state=DocumentState.WAITING, withdrawn_at=None)
        .count(),
    }
    return Page("register/evidence.html", data, {"section": "evidence"}, listing=listing)


@lru_cache(maxsize=1)
def _claims() -> ListSpec[ClaimRow]:
    return ListSpec(
        name="claims",
        caption="Claims: who says what",
        columns=(
            Column("text", "Claim", lambda row: _short(row.text), link=address_of),
            Column("frame", "Kind of act", lambda row: row.frame, shown=in_words),
            Column("speaker", "Said by", lambda row: row.speaker or row.document.witness),
            Column("polarity", "Polarity", lambda row: row.polarity, shown=in_words),
            Column("modality", "Modality", lambda row: row.modality, shown=in_words),
            Column(
                "confidence", "Read with confidence", lambda row: row.confidence, shown=in_words
            ),
            Column("standing", "Judged", lambda row: row.standing, shown=in_words),
            Column("reason", "Why look at it", lambda row: row.reason),
            Column("document", "Document", lambda row: row.document.name),
            Column("published", "Date", lambda row: row.document.published),
            Column("claim", "Id", lambda row: row.claim),
        ),
        facets=(
            _pack_facet("document__within__pack"),
            Facet("standing", "Judged", "standing", _words(Standing)),
            Facet("frame", "Kind of act", "frame", _words(FRAMES)),
            Facet("polarity", "Polarity", "polarity", _words(_POLARITIES)),
            Facet("mode", "How it is told", "mode", _words(_MODES)),
        ),
        search=("text__icontains", "speaker__icontains", "document__name__icontains"),
        orders={
            "review": ("To review first", ("review_order_or_last", "document__name", "position")),
            "document": ("By document", ("document__name", "position")),
            "latest": ("Latest published first", ("-document__published_from", "position", "id")),
        },
        empty="There is no claim.",
    )


@page(Permission.SEE_EVIDENCE)
def claims(request: DeskRequest) -> Page:
    """List the claims, those to review first."""
    rows = (
        visible(ClaimRow, request.user)
        .filter(document__withdrawn_at=None)
        .select_related("document__within")
        .defer("document__text", "reading", "judged")
        .annotate(review_order_or_last=Coalesce("review_order", Value(2_000_000_000)))
    )
    listing = make_listing(request, _claims(), rows)
    return Page("register/list.html", {"title": "Claims"}, {"section": "claims"}, listing=listing)


@lru_cache(maxsize=1)
def _verdicts() -> ListSpec[VerdictRow]:
    return ListSpec(
        name="verdicts",
        caption="Verdicts: how two claims stand to each other",
        columns=(
            Column(
                "relation", "Relation", lambda row: row.relation, link=verdict_address,
                shown=in_words,
            ),
            Column("a", "Claim", lambda row: _short(row.a.text)),
            Column("document_a", "In", lambda row: row.a.document.witness),
            Column("b", "Other claim", lambda row: _short(row.b.text) if row.b else ""),
            Column("document_b", "In", lambda row: row.b.document.witness if row.b else ""),
            Column("rule", "Rule", lambda row: row.rule),
            Column("note", "Remark", lambda row: row.note),
        ),
        facets=(
            _pack_facet("within__pack"),
            Facet("relation", "Relation", "relation", _words(RELATIONS)),
        ),
        search=("a__text__icontains", "b__text__icontains", "rule__icontains"),
        orders={"order": ("By document", ("within", "id")), "relation": ("By relation",
                ("relation", "id"))},
        empty="There is no verdict.",
    )  # fmt: skip


@page(Permission.SEE_EVIDENCE)
def verdicts(request: DeskRequest) -> Page:
    """List the verdicts."""
    rows = visible(VerdictRow, request.user).select_related("a__document", "b__document", "within")
    rows = rows.defer(
        *(f"{side}__{name}" for side in ("a", "b") for name in ("reading", "judged")),
        "a__document__text",
        "b__document__text",
    )
    listing = make_listing(request, _verdicts(), rows)
    context = {"section": "verdicts"}
    return Page("register/list.html", {"title": "Verdicts"}, context, listing=listing)


@lru_cache(maxsize=1)
def _events() -> ListSpec[EventRow]:
    return ListSpec(
        name="events",
        caption="Events",
        columns=(
            Column("when", "When", lambda row: row.when),
            Column("day", "Or known by", lambda row: row.day),
            Column("title", "What", lambda row: row.title, link=event_address),
            Column("status", "Status", lambda row: row.status, shown=in_words),
            Column("families", "Independent witnesses", lambda row: row.n_families, numeric=True),
            Column("supports", "Support", lambda row: len(row.body["supports"]), numeric=True),
            Column(
                "contradicts", "Contradict", lambda row: len(row.body["contradicts"]), numeric=True
            ),
            Column("questions", "Ask", lambda row: len(row.body["questions"]), numeric=True),
            Column("frame", "Kind of act", lambda row: row.frame, shown=in_words),
            Column("origin", "Told by", lambda row: row.origin),
            Column("event", "Id", lambda row: row.event),
        ),
        facets=(
            _pack_facet("within__pack"),
            Facet("origin", "Told by", "origin", list(EVENT_ORIGINS.items())),
            Facet("status", "Status", "status", _words(STATUSES)),
            Facet("frame", "Kind of act", "frame", _words(FRAMES)),
        ),
        search=("title__icontains", "event__icontains"),
        orders={
            "latest": ("Latest first", ("-dated", "event")),
            "earliest": ("Earliest first", ("dated", "event")),
        },
        empty="There is no event.",
    )


@page(Permission.SEE_EVIDENCE)
def events(request: DeskRequest) -> Page:
    """Show what happened, as a line of time."""
    # Databases do not agree where rows without a date come; here they are the oldest.
    dated = Coalesce("day", Value(date.min))
    rows = visible(EventRow, request.user).select_related("within").annotate(dated=dated)
    listing = make_listing(request, _events(), rows)
    steps = [{"row": row, "address": event_address(row)} for row in listing.rows]
    context = {"section": "events", "steps": steps}
    return Page("register/events.html", {"title": "Timeline"}, context, listing=listing)


@lru_cache(maxsize=1)
def _judgements() -> ListSpec[JudgementRow]:
    return ListSpec(
        name="judgements",
        caption="Judgements, latest first",
        columns=(
            Column("at", "When", lambda row: row.at),
            Column("who", "Who", lambda row: row.actor.full_name),
            Column("action", "What", lambda row: row.action.replace("_", " "), shown=in_words),
            Column("undoes", "Takes back", lambda row: row.undoes),
            Column("claim", "Claim", lambda row: row.claim),
            Column("other", "Other claim", lambda row: row.other),
            Column(
                "changes", "Change",
                lambda row: "; ".join(f"{k}: {v}" for k, v in row.body["changes"].items()),
            ),
            Column("note", "Why", lambda row: row.body["note"]),
            Column("row", "Id", lambda row: row.row),
        ),
        facets=(
            _pack_facet("within__pack"),
            Facet("action", "What", "action", _words(ACTIONS)),
        ),
        search=("claim__icontains", "actor__full_name__icontains", "row__icontains"),
        orders={"latest": ("Latest first", ("-id",)), "first": ("First first", ("id",))},
        empty="Nobody has judged a claim.",
    )  # fmt: skip


@page(Permission.SEE_EVIDENCE)
def judgements(request: DeskRequest) -> Page:
    """List what people judged, with what was taken back."""
    rows = visible(JudgementRow, request.user).select_related("actor", "within")
    listing = make_listing(request, _judgements(), rows)
    sets = [(found.pk, found.pack) for found in visible(EvidenceSet, request.user)]
    context = {"section": "judgements", "sets": sets}
    return Page("register/judgements.html", {"title": "Judgements"}, context, listing=listing)
