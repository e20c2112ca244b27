"""Compare what was read: families, borrowed dates, judgements, verdicts, events.

Everything written here follows from documents, claims and judgements, and is written anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from coercivity.claims.borrowing import borrow_anchor
from coercivity.claims.model import Claim, ClaimSet, Verdict
from coercivity.claims.parsing import NO_PARSER_NOTE
from coercivity.claims.vocabulary import Vocabulary, load_vocabulary
from coercivity.desk import packs
from coercivity.desk.moment import now
from coercivity.desk.register.apart import plain
from coercivity.desk.register.convert import claim_of, document_of, judgement_of
from coercivity.desk.register.models import (
    ClaimRole,
    ClaimRow,
    DocumentState,
    EventClaim,
    EventRow,
    EvidenceDocument,
    EvidenceSet,
    Standing,
    VerdictRow,
)
from coercivity.desk.register.services.sets import locked_set
from coercivity.desk.services import service
from coercivity.documents.families import assign_families
from coercivity.documents.model import DateAnchor, Document
from coercivity.events import Judged, PolicyEvent, fold_claims, judge, review_queue
from coercivity.events.model import Judgement

__all__ = ["Reading", "reading_of", "settle", "vocabulary_of"]


@lru_cache(maxsize=8)
def vocabulary_of(pack: str) -> Vocabulary:
    """Return the words of a pack, collected once."""
    return load_vocabulary(packs.opened(pack))


@dataclass(frozen=True)
class Reading:
    """What was read in a set of documents, as the library knows it.

    Parameters
    ----------
    documents : mapping of str to EvidenceDocument
        Rows by the id of the document.
    claims : mapping of str to ClaimRow
        Rows by the id of the claim.
    claimset : ClaimSet
        As read.
    judgements : tuple of Judgement
        In order of writing.
    """

    documents: Mapping[str, EvidenceDocument]
    claims: Mapping[str, ClaimRow]
    claimset: ClaimSet
    judgements: tuple[Judgement, ...]


def reading_of(within: EvidenceSet) -> Reading:
    """Return what was read in the documents of a set that are not withdrawn."""
    rows = within.documents.filter(state=DocumentState.READ, withdrawn_at=None)
    documents = {row.file_id: row for row in rows.order_by("name", "id")}
    found = ClaimRow.objects.filter(document__in=list(documents.values()))
    by_document: dict[int, list[ClaimRow]] = {}
    for claim in found.order_by("position"):
        by_document.setdefault(claim.document_id, []).append(claim)
    claims = {c.claim: c for row in documents.values() for c in by_document.get(row.pk, ())}
    claimset = ClaimSet(
        claims=tuple(claim_of(row.reading) for row in claims.values()),
        documents=tuple(document_of(row) for row in documents.values()),
        degraded=any(NO_PARSER_NOTE in row.notes for row in documents.values()),
        vocabulary=vocabulary_of(within.pack),
    )
    judgements = tuple(judgement_of(row) for row in within.judgements.order_by("id"))
    return Reading(documents, claims, claimset, judgements)


@service
def settle(within: EvidenceSet) -> None:
    """Compare the documents of a set that were read, with what people judged about them.

    Parameters
    ----------
    within : EvidenceSet

    Raises
    ------
    InputError
        If a judgement corrects something to a value that it cannot have.
    """
    within = locked_set(within)
    _write_families(within)
    _lend_dates(within)
    reading = reading_of(within)
    judged = judge(reading.claimset, reading.judgements)
    events = fold_claims(judged.claims, judged.verdicts, packs.opened(within.pack))
    VerdictRow.objects.filter(within=within).delete()
    EventClaim.objects.filter(event__within=within).delete()
    EventRow.objects.filter(within=within).delete()
    _write_standing(reading, judged)
    _write_verdicts(within, reading, judged.verdicts)
    _write_events(within, reading, events)
    within.notes = [*_notes_of(reading), *judged.notes]
    within.revision += 1
    within.settled_at = now()
    within.save()


def _write_families(within: EvidenceSet) -> None:
    """Find out which documents are copies of one story and one witness."""
    rows = {
        row.file_id: row
        for row in within.documents.filter(state=DocumentState.READ, withdrawn_at=None)
    }
    for row in rows.values():
        row.family = ""
    for document in assign_families(document_of(row) for row in rows.values()):
        row = rows[document.id]
        row.family = document.family[:200]
        row.save(update_fields=["family"])


def _lend_dates(within: EvidenceSet) -> None:
    """Let undated documents borrow a date; one whose loan changed waits to be read again."""
    reading = reading_of(within)
    claims_of: dict[str, list[Claim]] = {}
    for claim in reading.claimset:
        claims_of.setdefault(claim.document, []).append(claim)
    own = [document_of(row, own_date=True) for row in reading.documents.values()]
    dated = [document for document in own if document.published is not None]
    for document in own:
        if document.published is not None:
            continue
        row = reading.documents[document.id]
        lent = _borrowed(document, claims_of, dated, vocabulary_of(within.pack))
        if lent != row.borrowed:
            row.borrowed, row.state = lent, DocumentState.WAITING
            row.save(update_fields=["borrowed", "state"])


def _borrowed(
    document: Document,
    claims_of: Mapping[str, list[Claim]],
    dated: list[Document],
    vocabulary: Vocabulary,
) -> dict[str, Any] | None:
    anchor = borrow_anchor(document, claims_of, dated, vocabulary)
    told: dict[str, Any] | None = plain(anchor, DateAnchor | None)
    return told


def _write_standing(reading: Reading, judged: Judged) -> None:
    """Write what people made of each claim, and where it stands in the queue of review."""
    after = {claim.id: claim for claim in judged.claims}
    queue = review_queue(reading.claimset, judged.verdicts, reading.judgements)
    places = {item.claim.id: (place, item.reason) for place, item in enumerate(queue)}
    for claim in reading.claimset:
        row, found = reading.claims[claim.id], after.get(claim.id)
        row.standing = _standing(claim, found)
        row.judged = plain(found) if found is not None and found != claim else None
        row.review_order, row.reason = places.get(claim.id, (None, ""))
        shown = found or claim
        row.frame, row.polarity, row.modality = shown.frame or "", shown.polarity, shown.modality
        row.kind, row.confidence, row.is_asserted = shown.kind, shown.confidence, shown.is_asserted
    names = ("standing", "judged", "review_order", "reason", "frame", "polarity", "modality")
    ClaimRow.objects.bulk_update(
        reading.claims.values(), [*names, "kind", "confidence", "is_asserted"], batch_size=200
    )


def _standing(before: Claim, after: Claim | None) -> Standing:
    if after is None:
        return Standing.REJECTED
    added = after.rules[len(before.rules) :]
    if any(rule.startswith("corrected by ") for rule in added):
        return Standing.CORRECTED
    return Standing.ACCEPTED if added else Standing.UNJUDGED


def _write_verdicts(within: EvidenceSet, reading: Reading, verdicts: Iterable[Verdict]) -> None:
    VerdictRow.objects.bulk_create(
        [
            VerdictRow(
                within=within,
                verdict=verdict.id,
                relation=verdict.relation,
                rule=verdict.rule,
                a=reading.claims[verdict.a],
                b=reading.claims[verdict.b] if verdict.b else None,
                differences=[difference.to_json() for difference in verdict.differences],
                note=verdict.note,
            )
            for verdict in verdicts
        ],
        batch_size=500,
    )


def _write_events(within: EvidenceSet, reading: Reading, events: tuple[PolicyEvent, ...]) -> None:
    rows = EventRow.objects.bulk_create(
        [_event_row(within, event) for event in events], batch_size=500
    )
    links = [
        EventClaim(event=row, claim=reading.claims[claim_id], role=role)
        for row, event in zip(rows, events, strict=True)
        for claim_id, role in _roles(event).items()
        if claim_id in reading.claims
    ]
    EventClaim.objects.bulk_create(links, batch_size=500)


def _event_row(within: EvidenceSet, event: PolicyEvent) -> EventRow:
    known_by = event.slot("known_by") or None
    return EventRow(
        within=within,
        event=event.id,
        frame=event.frame,
        title=event.title,
        when=event.when.text if event.when else "",
        day=event.when.earliest if event.when else known_by,
        status=event.status,
        origin=event.origin,
        n_families=event.independent_families,
        body=plain(event),
    )


def _roles(event: PolicyEvent) -> dict[str, ClaimRole]:
    """Return what each claim does to an event; a claim has one role."""
    roles = dict.fromkeys(event.claims, ClaimRole.FORETELLS)
    named = (
        (ClaimRole.OPEN, event.open_statements),
        (ClaimRole.QUESTIONS, event.questions),
        (ClaimRole.CONTRADICTS, event.contradicts),
        (ClaimRole.SUPPORTS, event.supports),
    )
    for role, claims in named:
        roles.update(dict.fromkeys(claims, role))
    return roles


def _notes_of(reading: Reading) -> list[str]:
    """Return what must be said of the reading, each thing once."""
    # What a document by itself says of its date is out of date once another has lent one.
    told = (note for row in reading.documents.values() for note in row.notes)
    notes = [note for note in told if " has no date: " not in note]
    for row in reading.documents.values():
        if row.borrowed:
            notes.append(f"{row.name} has no date: {row.published} was {row.borrowed['note']}")
        elif not row.published:
            notes.append(f"{row.name} has no date: its relative dates stay open")
    return list(dict.fromkeys(notes))
