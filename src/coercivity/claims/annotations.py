"""Claims as W3C Web Annotations, with their derivation in terms of PROV-O.

One annotation a claim: its target is the stretch of the document, by position (code points, as the
model asks) and by the words themselves; its body is the claim in terms of schema.org. See
[WebAnnotation2017] and [PROVO2013].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coercivity.claims.model import Claim, ClaimSet
from coercivity.documents.model import Document, Span

__all__ = ["annotation_page", "web_annotations"]

CONTEXT = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "prov": "http://www.w3.org/ns/prov#",
        "schema": "https://schema.org/",
        "coercivity": "urn:coercivity:",
    },
]
"""JSON-LD context of an annotation; the first entry is the one the model requires."""


def web_annotations(claimset: ClaimSet) -> Iterator[dict[str, Any]]:
    """Yield one Web Annotation for every claim.

    Parameters
    ----------
    claimset : ClaimSet

    Yields
    ------
    dict
        An ``Annotation`` with its own ``@context``.
    """
    documents = {document.id: document for document in claimset.documents}
    for claim in claimset.claims:
        yield {"@context": CONTEXT, **_annotation(claim, documents[claim.document])}


def annotation_page(claimset: ClaimSet) -> dict[str, Any]:
    """Return all annotations as one ``AnnotationPage``.

    Parameters
    ----------
    claimset : ClaimSet

    Returns
    -------
    dict
        With ``items`` in the order of the claims.
    """
    documents = {document.id: document for document in claimset.documents}
    items = [_annotation(claim, documents[claim.document]) for claim in claimset.claims]
    return {
        "@context": CONTEXT,
        "id": "urn:coercivity:claims",
        "type": "AnnotationPage",
        "startIndex": 0,
        "items": items,
    }


def _annotation(claim: Claim, document: Document) -> dict[str, Any]:
    return {
        "id": f"urn:coercivity:claim:{claim.id}",
        "type": "Annotation",
        "motivation": "classifying",
        "generator": {
            "id": "urn:coercivity:reader",
            "type": "Software",
            "name": "coercivity",
        },
        "body": [
            {"type": "TextualBody", "value": label, "purpose": "tagging", "format": "text/plain"}
            for label in _labels(claim)
        ]
        + [_statement(claim, document)],
        "target": _target(claim.span, document),
        "prov:wasDerivedFrom": {"id": _source(document)},
        "prov:wasGeneratedBy": {
            "type": "prov:Activity",
            "prov:used": {"id": _entity(document)},
            "coercivity:rules": list(claim.rules),
        },
    }


def _labels(claim: Claim) -> list[str]:
    return [label for label in (claim.frame, claim.kind, claim.polarity) if label]


def _statement(claim: Claim, document: Document) -> dict[str, Any]:
    """Return the claim itself; a body that is neither text nor a web resource."""
    body: dict[str, Any] = {
        "id": f"urn:coercivity:statement:{claim.id}",
        "type": "schema:Claim",
        "purpose": "describing",
        "schema:text": claim.text,
        "schema:appearance": {"id": _source(document)},
        "coercivity:polarity": claim.polarity,
        "coercivity:modality": claim.modality,
        "coercivity:asserted": claim.is_asserted,
        "coercivity:slots": [
            {
                "schema:name": slot.name,
                "schema:value": slot.value,
                **({"coercivity:target": _target(slot.span, document)} if slot.span else {}),
            }
            for slot in claim.slots
        ],
    }
    if claim.speaker is not None:
        body["prov:wasAttributedTo"] = {
            "type": "prov:Agent",
            "schema:name": claim.speaker.name,
            **({"schema:jobTitle": claim.speaker.role} if claim.speaker.role else {}),
        }
    if claim.when is not None:
        body["coercivity:when"] = claim.when.value
    return body


def _target(span: Span, document: Document) -> dict[str, Any]:
    """Return where a span is: the two selectors say the same, so that either finds it."""
    quote = {"type": "TextQuoteSelector", "exact": span.exact}
    quote |= {k: v for k, v in (("prefix", span.prefix), ("suffix", span.suffix)) if v}
    return {
        "type": "SpecificResource",
        "source": _source(document),
        "selector": [
            {"type": "TextPositionSelector", "start": span.start, "end": span.end},
            quote,
        ],
    }


def _source(document: Document) -> str:
    """Return the address of a document, or the hash of its bytes where none is known."""
    if document.source is not None and document.source.url:
        return document.source.url
    return _entity(document)


def _entity(document: Document) -> str:
    return f"urn:coercivity:document:sha256:{document.raw_sha256}"
