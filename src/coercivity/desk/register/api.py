"""The API of the register: determinations, documents, claims, events."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from coercivity.controls.model import CIVIL
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.api import token
from coercivity.desk.register.convert import shown_claim
from coercivity.desk.register.determining import answer, query_of
from coercivity.desk.register.models import ClaimRow, EventRow, EvidenceDocument
from coercivity.errors import NotFoundError

__all__ = ["router"]

router = Router(tags=["register"])

_LINE = r"^[^\x00-\x1f\x7f]*$"
Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_LINE)]
Text = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
Land = Annotated[str, StringConstraints(min_length=2, max_length=3, pattern=r"^[A-Za-z]+$")]


class QuestionIn(Schema):
    """A question about a shipment."""

    pack: Word
    item: Word
    origin: Land
    destination: Land
    on: date
    known_at: date | None = None
    end_use: Text = CIVIL
    end_user: Text = ""
    contains: list[Word] = Field(default_factory=list, max_length=40)
    share: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    evidence: bool = False


class DeterminationOut(Schema):
    """The answer, with every measure considered; indicative analysis, not legal advice."""

    outcome: str
    deciding: dict[str, Any] | None
    trace: list[dict[str, Any]]
    missing: list[str]
    assumed: list[str]
    exceptions: list[str]
    free_if: list[str]
    knowledge_ends: date | None
    query: dict[str, Any]
    sources: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    notice: str


class PageIn(Schema):
    """Which part of a list."""

    offset: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(50, ge=1, le=200)


class DocumentsIn(PageIn):
    """Which documents."""

    pack: Text = ""
    state: Text = ""
    q: Text = ""


class ClaimsIn(PageIn):
    """Which claims."""

    pack: Text = ""
    document: int | None = Field(None, ge=1, le=2**31 - 1)
    frame: Text = ""
    polarity: Text = ""
    standing: Text = ""
    q: Text = ""


class EventsIn(PageIn):
    """Which events."""

    pack: Text = ""
    status: Text = ""
    origin: Text = ""


class DocumentOut(Schema):
    """A document; its text is on its page."""

    id: int
    sha256: str
    name: str
    pack: str
    publisher: str
    url: str
    published: str
    basis: str
    family: str
    state: str
    n_claims: int
    problems: list[dict[str, str]]


class DocumentsOut(Schema):
    """Part of a list of documents."""

    total: int
    rows: list[DocumentOut]


class ClaimOut(Schema):
    """A claim as it stands, with its document and what people made of it."""

    document: int
    standing: str
    claim: dict[str, Any]


class ClaimsOut(Schema):
    """Part of a list of claims."""

    total: int
    rows: list[ClaimOut]


class EventsOut(Schema):
    """Part of a list of events."""

    total: int
    rows: list[dict[str, Any]]


def _user(request: HttpRequest) -> User:
    return cast(User, request.auth)  # type: ignore[attr-defined]


@router.get(
    "/determination",
    auth=token(Permission.SEE_CONTROLS),
    response=DeterminationOut,
    summary="Ask what a shipment needs on a day",
)
def determination(request: HttpRequest, asked: Query[QuestionIn]) -> dict[str, Any]:
    """Determine it as known on a day; `share` is in percent, `evidence` counts own documents."""
    said = asked.dict()
    query = query_of(said, asked.item)
    found = answer(_user(request), asked.pack, query, with_evidence=asked.evidence)
    return found.to_json()


def _document(row: EvidenceDocument) -> dict[str, Any]:
    return {
        "id": row.pk,
        "sha256": row.file_id,
        "name": row.name,
        "pack": row.within.pack,
        "publisher": row.publisher,
        "url": row.url,
        "published": row.published,
        "basis": row.basis,
        "family": row.family,
        "state": "withdrawn" if row.withdrawn_at else row.state,
        "n_claims": row.n_claims,
        "problems": row.problems,
    }


def _only(rows: QuerySet[Any], **wanted: object) -> QuerySet[Any]:
    """Narrow by what was given; what is empty narrows nothing."""
    return rows.filter(**{name: value for name, value in wanted.items() if value})


@router.get(
    "/documents",
    auth=token(Permission.SEE_EVIDENCE),
    response=DocumentsOut,
    summary="Look documents up",
)
def documents(request: HttpRequest, asked: Query[DocumentsIn]) -> dict[str, Any]:
    """List the documents of the token's organisation; `q` looks in name, publisher and text."""
    rows = visible(EvidenceDocument, _user(request)).select_related("within").defer("text")
    rows = _only(rows, within__pack=asked.pack, state=asked.state)
    if asked.q:
        rows = rows.filter(text__icontains=asked.q) | rows.filter(name__icontains=asked.q)
    part = rows.order_by("-added_at", "-id")[asked.offset : asked.offset + asked.limit]
    return {"total": rows.count(), "rows": [_document(row) for row in part]}


@router.get(
    "/documents/{pk}",
    auth=token(Permission.SEE_EVIDENCE),
    response=DocumentOut,
    summary="Look one document up",
)
def document(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Return a document of the token's organisation."""
    found = None
    if 0 < pk < 2**31:
        rows = visible(EvidenceDocument, _user(request)).select_related("within")
        found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError("no such document")
    return _document(found)


@router.get(
    "/claims",
    auth=token(Permission.SEE_EVIDENCE),
    response=ClaimsOut,
    summary="Look claims up",
)
def claims(request: HttpRequest, asked: Query[ClaimsIn]) -> dict[str, Any]:
    """List the claims of documents that count, as judged; rejected ones say so in `standing`."""
    rows = visible(ClaimRow, _user(request)).filter(document__withdrawn_at=None)
    rows = _only(
        rows,
        document__within__pack=asked.pack,
        document_id=asked.document,
        frame=asked.frame,
        polarity=asked.polarity,
        standing=asked.standing,
        text__icontains=asked.q,
    )
    ordered = rows.order_by("document__name", "document_id", "position")
    part = ordered[asked.offset : asked.offset + asked.limit]
    told = [
        {
            "document": row.document_id,
            "standing": row.standing,
            "claim": shown_claim(row).to_json(),
        }
        for row in part
    ]
    return {"total": rows.count(), "rows": told}


@router.get(
    "/events",
    auth=token(Permission.SEE_EVIDENCE),
    response=EventsOut,
    summary="Read the timeline",
)
def events(request: HttpRequest, asked: Query[EventsIn]) -> dict[str, Any]:
    """List events by the day they happened or were known, with the claims about each."""
    rows = visible(EventRow, _user(request))
    rows = _only(rows, within__pack=asked.pack, status=asked.status, origin=asked.origin)
    part = rows.order_by("day", "event", "id")[asked.offset : asked.offset + asked.limit]
    return {"total": rows.count(), "rows": [row.body for row in part]}
