"""Read what waits, and keep what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from coercivity.claims.model import Claim
from coercivity.desk.register import reading_process
from coercivity.desk.register.convert import claim_of
from coercivity.desk.register.models import (
    ClaimRow,
    DocumentState,
    EvidenceDocument,
    EvidenceSet,
    VerdictRow,
)
from coercivity.desk.register.services.sets import locked_set
from coercivity.desk.register.services.settling import settle
from coercivity.desk.services import service

__all__ = ["Ask", "claim_fields", "read_again", "read_all", "read_waiting"]

Ask = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Reads one document, or says that it could not in time."""

_ROUNDS: Final = 3
"""Borrowed dates do not change what a document tells of, so the second round is the last."""


def read_all(*, ask: Ask = reading_process.ask) -> int:
    """Read every document that waits, of every organisation.

    Returns
    -------
    int
        Documents that still wait.
    """
    waiting = EvidenceDocument.objects.filter(state=DocumentState.WAITING)
    for pk in waiting.order_by("within").values_list("within", flat=True).distinct():
        read_waiting(EvidenceSet.objects.get(pk=pk), ask=ask)
    return waiting.count()


@service
def read_again(within: EvidenceSet) -> int:
    """Let every document of a set wait for another reading.

    Returns
    -------
    int
        Documents that wait.
    """
    locked_set(within)
    return within.documents.update(state=DocumentState.WAITING)


def read_waiting(within: EvidenceSet, *, ask: Ask = reading_process.ask) -> int:
    """Read the documents of a set that wait, then compare them with the others.

    The reading itself happens outside any transaction: nobody waits for it who only looks.

    Parameters
    ----------
    within : EvidenceSet
    ask : callable
        What reads.

    Returns
    -------
    int
        Documents that still wait, because the reading took too long.
    """
    waiting = within.documents.filter(state=DocumentState.WAITING, withdrawn_at=None)
    for _ in range(_ROUNDS):
        is_late = _read_each(list(waiting.select_related("file", "within").order_by("id")), ask)
        settle(within)
        if is_late or not waiting.exists():
            break
    return waiting.count()


def _read_each(rows: list[EvidenceDocument], ask: Ask) -> bool:
    """Read documents one after the other; say whether one took too long, and end there."""
    for row in rows:
        made = ask(_payload(row))
        if made is None:
            return True
        _keep(row, made)
    return False


def _payload(row: EvidenceDocument) -> dict[str, Any]:
    return {
        "pack": row.within.pack,
        "name": row.name,
        "data": bytes(row.file.content),
        "media": row.media,
        "source": row.source,
        "publisher": row.publisher if not row.source else "",
        "url": row.url if not row.source else "",
        "told": row.told,
        "anchor": row.borrowed,
    }


@service
def _keep(row: EvidenceDocument, made: dict[str, Any]) -> None:
    """Write what was read in a document, unless it changed meanwhile."""
    locked_set(row.within)
    fresh = EvidenceDocument.objects.get(pk=row.pk)
    asked = (row.publisher, row.url, row.told, row.borrowed)
    if (fresh.publisher, fresh.url, fresh.told, fresh.borrowed) != asked:
        return
    fresh.problems = made["problems"]
    if made["problems"]:
        fresh.state = DocumentState.REFUSED
        fresh.save()
        return
    fresh.state, fresh.text, fresh.notes = DocumentState.READ, made["text"], made["notes"]
    fresh.structure = made["structure"]
    source = made["structure"]["source"]
    if source and fresh.source:
        fresh.publisher, fresh.url = source["publisher"][:200], source["url"][:500]
    if made["structure"]["published"]:
        fresh.borrowed = None
    anchor = made["structure"]["published"] or fresh.borrowed
    fresh.published = anchor["value"]["text"] if anchor else ""
    fresh.published_from = anchor["value"]["earliest"] if anchor else None
    fresh.basis = anchor["basis"] if anchor else ""
    fresh.n_claims = len(made["claims"])
    fresh.save()
    _write_claims(fresh, made["claims"])


def _write_claims(row: EvidenceDocument, readings: list[dict[str, Any]]) -> None:
    """Replace the claims of a document; one that is read as before keeps its row."""
    old = {claim.claim: claim for claim in row.claims.all()}
    VerdictRow.objects.filter(a__document=row).delete()
    VerdictRow.objects.filter(b__document=row).delete()
    kept: set[str] = set()
    for position, reading in enumerate(readings):
        claim = claim_of(reading)
        if claim.id in kept:
            continue
        kept.add(claim.id)
        found = old.get(claim.id) or ClaimRow(document=row, claim=claim.id)
        found.position, found.reading, found.judged = position, reading, None
        for name, value in claim_fields(claim).items():
            setattr(found, name, value)
        found.save()
    gone = row.claims.exclude(claim__in=kept)
    for row_gone in gone:
        row_gone.events.all().delete()
        row_gone.delete()


def claim_fields(claim: Claim) -> dict[str, Any]:
    """Return the columns by which a claim is found."""
    return {
        "frame": claim.frame or "",
        "kind": claim.kind,
        "mode": claim.mode,
        "polarity": claim.polarity,
        "modality": claim.modality,
        "confidence": claim.confidence,
        "is_asserted": claim.is_asserted,
        "speaker": claim.speaker.name if claim.speaker else "",
        "text": claim.text,
        "start": claim.span.start,
        "end": claim.span.end,
    }
