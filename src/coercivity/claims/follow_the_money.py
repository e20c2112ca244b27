"""Claims as FollowTheMoney entities: documents, parties, and a note for every claim.

Names of schemata and properties are those of [FollowTheMoney]; the library itself is not needed to
write them. A claim becomes a ``Note`` on the parties it names, never an ``Event``: what happened is
decided elsewhere, and a note can say that something was asked or denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coercivity.claims.model import Claim, ClaimSet
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = ["entities"]

_SCHEMATA = {
    "person": "Person",
    "firm": "Company",
    "authority": "PublicBody",
    "association": "Organization",
    "aggregate": "LegalEntity",
}


def entities(claimset: ClaimSet) -> Iterator[dict[str, Any]]:
    """Yield FollowTheMoney entities: first the documents, then parties, then the claims.

    Parameters
    ----------
    claimset : ClaimSet

    Yields
    ------
    dict
        ``id``, ``schema`` and ``properties``, all of whose values are lists of text.
    """
    for document in claimset.documents:
        yield _document(document)
    names = _party_names(claimset)
    for party, name in sorted(names.items()):
        yield _party(party, name, claimset.vocabulary)
    documents = {document.id: document for document in claimset.documents}
    for claim in claimset.claims:
        yield _note(claim, documents[claim.document], names)


def _entity(schema: str, entity_id: str, **properties: object) -> dict[str, Any]:
    """Return an entity; properties without a value are left out."""
    filled: dict[str, list[str]] = {}
    for name, given in properties.items():
        values = given if isinstance(given, list | tuple) else [given]
        texts = list(dict.fromkeys(str(value) for value in values if value))
        if texts:
            filled[name] = texts
    return {"id": entity_id, "schema": schema, "properties": filled}


def _document(document: Document) -> dict[str, Any]:
    source = document.source
    published = document.published
    return _entity(
        "Article",
        f"coercivity-document-{document.id}",
        name=document.name,
        title=document.name,
        fileName=document.name,
        publisher=document.publisher if source else "",
        sourceUrl=source.url if source else "",
        publishedAt=_day(published.value.earliest, published.value.latest) if published else "",
        mimeType="text/html" if document.markup == "html" else "text/plain",
    )


def _day(earliest: Any, latest: Any) -> str:
    """Return a date no more precise than it is known; nothing where it spans years."""
    if earliest == latest:
        return str(earliest.isoformat())
    if earliest.year != latest.year:
        return ""
    return f"{earliest:%Y-%m}" if earliest.month == latest.month else f"{earliest:%Y}"


def _party_names(claimset: ClaimSet) -> dict[str, str]:
    """Return the parties that claims name, with the words they are first named by."""
    names: dict[str, str] = {}
    for claim in claimset.claims:
        if claim.speaker is not None and claim.speaker.party:
            names.setdefault(claim.speaker.party, claim.speaker.name)
        for slot in claim.slots:
            if slot.kind == "party":
                words = " ".join(slot.span.exact.split()) if slot.span else slot.value
                names.setdefault(slot.value, words)
    return names


def _party(party: str, name: str, vocabulary: Vocabulary | None) -> dict[str, Any]:
    kind = vocabulary.kinds.get(party, "") if vocabulary else ""
    land = vocabulary.country_of(party) if vocabulary else ""
    return _entity(
        _SCHEMATA.get(kind, "LegalEntity"),
        f"coercivity-party-{party}",
        name=name,
        country=land.lower(),
    )


def _note(claim: Claim, document: Document, names: Mapping[str, str]) -> dict[str, Any]:
    parties = [slot.value for slot in claim.slots if slot.kind == "party"]
    if claim.speaker is not None and claim.speaker.party:
        parties.append(claim.speaker.party)
    lands = [slot.value.lower() for slot in claim.slots if slot.kind == "country"]
    return _entity(
        "Note",
        f"coercivity-claim-{claim.id}",
        name=f"{claim.frame or claim.kind}, {claim.polarity}",
        description=claim.text,
        summary=_summary(claim),
        keywords=[claim.frame, claim.kind, claim.polarity, claim.modality],
        country=lands,
        entity=[f"coercivity-party-{party}" for party in parties if party in names],
        proof=f"coercivity-document-{document.id}",
        publisher=document.publisher,
        sourceUrl=document.source.url if document.source else "",
        namesMentioned=[names[party] for party in parties if party in names],
    )


def _summary(claim: Claim) -> str:
    """One line: who says what of whom."""
    parts = [f"{slot.name} {slot.value}" for slot in claim.slots if slot.name != "about"]
    if claim.when is not None:
        parts.append(f"when {claim.when.value}")
    who = claim.speaker.name if claim.speaker else ""
    return "; ".join(([f"said by {who}"] if who else []) + parts)
