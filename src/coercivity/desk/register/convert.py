"""Between rows and the library's dataclasses, without loss."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from coercivity.catalogue import Source
from coercivity.claims.model import Claim
from coercivity.desk.register.apart import blocks_of
from coercivity.desk.register.models import ClaimRow, EvidenceDocument, JudgementRow
from coercivity.documents.model import DateAnchor, Document
from coercivity.events.model import Judgement, PolicyEvent

__all__ = [
    "anchor_of",
    "claim_of",
    "document_of",
    "event_of",
    "judgement_line",
    "judgement_of",
    "shown_claim",
]


@lru_cache(maxsize=8)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def claim_of(reading: Any) -> Claim:
    """Return the claim of :attr:`ClaimRow.reading` or :attr:`ClaimRow.judged`."""
    claim: Claim = _adapter(Claim).validate_python(reading)
    return claim


def shown_claim(row: ClaimRow) -> Claim:
    """Return a claim as it stands: as judged, or as read where nobody changed it."""
    return claim_of(row.judged if row.judged is not None else row.reading)


def anchor_of(told: Any) -> DateAnchor | None:
    """Return a date that a document is read against."""
    anchor: DateAnchor | None = _adapter(DateAnchor | None).validate_python(told)
    return anchor


def document_of(row: EvidenceDocument, *, own_date: bool = False) -> Document:
    """Return a document that was read.

    Parameters
    ----------
    row : EvidenceDocument
        In state ``read``.
    own_date : bool
        Whether a borrowed date is left out.
    """
    told = row.structure
    source: Source | None = _adapter(Source | None).validate_python(told["source"])
    bare = Document(
        id=row.file_id,
        name=row.name,
        path=row.name,
        source=source,
        text=row.text,
        raw_sha256=row.file_id,
        published=anchor_of(told["published"]),
        blocks=blocks_of(told["blocks"]),
        family=row.family or told["family"],
        markup=told["markup"],
    )
    if bare.published is None and row.borrowed and not own_date:
        return replace(bare, published=anchor_of(row.borrowed))
    return bare


def event_of(body: Any) -> PolicyEvent:
    """Return the event of :attr:`EventRow.body`."""
    event: PolicyEvent = _adapter(PolicyEvent).validate_python(body)
    return event


def judgement_of(row: JudgementRow) -> Judgement:
    """Return a judgement as the library knows it."""
    body = dict(row.body)
    return Judgement(**{**body, "changes": tuple(sorted(body["changes"].items()))})


def judgement_line(row: JudgementRow) -> str:
    """Return a judgement as a line of a file of judgements."""
    return json.dumps(row.body, ensure_ascii=False, separators=(",", ":"))
