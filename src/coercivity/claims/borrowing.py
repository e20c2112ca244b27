"""Dates for undated documents: borrowed from others that tell of the same events.

A borrowed date is marked as such (basis ``cluster``, confidence ``low``); whatever is resolved with
it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coercivity.claims.model import Claim
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import DateAnchor, Document

__all__ = ["FEWEST_SHARED", "borrow_anchor", "features"]

FEWEST_SHARED = 2
"""Features two documents must share before one may lend its date to the other."""

Feature = tuple[str, ...]

_WHO = ("recipient", "participant", "destination", "applicant")


def features(claims: Sequence[Claim], vocabulary: Vocabulary) -> frozenset[Feature]:
    """Return what a document tells of, without dates: acts with parties and items, speakers."""
    found: set[Feature] = set()
    for claim in claims:
        if claim.speaker is not None and claim.speaker.party:
            found.add(("speaker", claim.speaker.party))
        if claim.frame is None or claim.frame == "QUANTITY":
            continue
        slots = [slot for slot in claim.slots if slot.name in _WHO and slot.kind != "text"]
        people = sorted({vocabulary.country_of(slot.value) or slot.value for slot in slots})
        items = {vocabulary.widest(item) for item in claim.values("item")} or {""}
        found.update((claim.frame, *people, item) for item in items)
        found.update((claim.frame, slot.value) for slot in slots if slot.kind == "party")
    return frozenset(found)


def borrow_anchor(
    undated: Document,
    claims_of: Mapping[str, Sequence[Claim]],
    dated: Sequence[Document],
    vocabulary: Vocabulary,
) -> DateAnchor | None:
    """Return the date of the dated document that shares most with an undated one.

    Parameters
    ----------
    undated : Document
    claims_of : mapping
        Claims by document id.
    dated : sequence of Document
        Those whose own date is known.
    """
    own = features(claims_of.get(undated.id, ()), vocabulary)
    best: tuple[int, Document] | None = None
    for document in dated:
        shared = len(own & features(claims_of.get(document.id, ()), vocabulary))
        if shared >= FEWEST_SHARED and (best is None or shared > best[0]):
            best = (shared, document)
    if best is None or best[1].published is None:
        return None
    lender = best[1]
    return DateAnchor(
        value=lender.published.value,  # type: ignore[union-attr]
        basis="cluster",
        confidence="low",
        note=f"borrowed from {lender.name}, which tells of the same events",
    )
