"""The nouns of this room: spans, blocks, date anchors, documents.

Offsets are code points of the raw text, half-open. A :class:`Span` carries its own text and a
little context, so that it can be checked, and found again in a copy that was cleaned otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from coercivity.errors import InputError, NotFoundError, Problem
from coercivity.timeline import PartialDate

if TYPE_CHECKING:
    from coercivity.catalogue import Source

__all__ = ["Block", "DateAnchor", "Document", "DocumentSet", "Span", "make_span"]

CONTEXT_LENGTH = 32
"""Code points of context kept on each side of a span (Web Annotation's prefix and suffix)."""


@dataclass(frozen=True)
class Span:
    """A stretch of a document's raw text.

    Parameters
    ----------
    doc : str
        Id of the document.
    start, end : int
        Code points of the raw text, half-open.
    exact : str
        The raw text between them.
    prefix, suffix : str
        Raw text just before and after.
    """

    doc: str
    start: int
    end: int
    exact: str
    prefix: str = ""
    suffix: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "doc": self.doc,
            "start": self.start,
            "end": self.end,
            "exact": self.exact,
            "prefix": self.prefix,
            "suffix": self.suffix,
        }

    def contains(self, other: Span) -> bool:
        """Whether `other` lies inside this span of the same document."""
        return self.doc == other.doc and self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether both share at least one code point."""
        return self.doc == other.doc and self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Block:
    """A paragraph of a document and what it is for.

    Parameters
    ----------
    start, end : int
        Code points of the raw text, half-open.
    kind : str
        ``body``, ``navigation``, ``teaser``, ``caption`` or ``title``.
    parts : tuple of (int, int)
        Raw ranges that hold readable text, for markup; empty means the whole block.
    """

    start: int
    end: int
    kind: str
    parts: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {"start": self.start, "end": self.end, "kind": self.kind}


@dataclass(frozen=True)
class DateAnchor:
    """The date a document is read against.

    Parameters
    ----------
    value : PartialDate
        When it was published, as far as known.
    basis : str
        ``document``, ``url``, ``crawl``, ``index``, or ``cluster`` for a date borrowed from other
        documents on the same events.
    confidence : str
        ``high``, ``medium`` or ``low``.
    span : Span or None
        Where the document says so.
    note : str
        Whose date was borrowed, if it was.
    """

    value: PartialDate
    basis: str
    confidence: str
    span: Span | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "value": self.value.text,
            "earliest": self.value.earliest.isoformat(),
            "latest": self.value.latest.isoformat(),
            "precision": self.value.precision,
            "basis": self.basis,
            "confidence": self.confidence,
            "span": self.span.to_json() if self.span else None,
            "note": self.note,
        }


@dataclass(frozen=True)
class Document:
    """One published text, exactly as decoded.

    Parameters
    ----------
    id : str
        SHA-256 of the bytes, hexadecimal.
    name : str
        File name, relative to the folder that was read.
    path : str
        Where it was read from.
    source : Source or None
        Who published it, if an index says so.
    text : str
        The raw decoded text; every span slices it.
    raw_sha256 : str
        Same as `id`; kept under its own name for exports.
    published : DateAnchor or None
        ``None`` while nothing dates it.
    blocks : tuple of Block
        In order, not overlapping.
    family : str
        Syndication family: copies of one wire story are one witness.
    markup : str
        ``text`` or ``html``.
    copies : tuple of str
        Names of byte-identical files that were read with it.
    """

    id: str
    name: str
    path: str
    source: Source | None
    text: str
    raw_sha256: str
    published: DateAnchor | None
    blocks: tuple[Block, ...]
    family: str
    markup: str = "text"
    copies: tuple[str, ...] = ()

    @property
    def publisher(self) -> str:
        """Name to show for the witness: the publisher, or the file name."""
        return self.source.publisher if self.source else self.name

    def with_anchor(self, anchor: DateAnchor) -> Document:
        """Return the same document read against another date."""
        return replace(self, published=anchor)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the text as a plain mapping."""
        return {
            "id": self.id,
            "name": self.name,
            "source": self.source.id if self.source else None,
            "publisher": self.publisher,
            "url": self.source.url if self.source else "",
            "published": self.published.to_json() if self.published else None,
            "family": self.family,
            "markup": self.markup,
            "copies": list(self.copies),
            "blocks": [block.to_json() for block in self.blocks],
            "length": len(self.text),
        }


@dataclass(frozen=True)
class DocumentSet:
    """Documents read together, and what could not be read.

    Parameters
    ----------
    documents : tuple of Document
        Sorted by name; unique ids.
    problems : tuple of Problem
        One per file that was refused; the others are not affected.
    """

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = field(default=())

    def get(self, doc_id: str) -> Document:
        """Return the document with this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        for document in self.documents:
            if document.id == doc_id:
                return document
        raise NotFoundError(
            f"no document {doc_id!r}", expected="the id of a document that was read"
        )

    def raise_problems(self) -> None:
        """Raise one :class:`InputError` that lists every refused file, if there are any."""
        if self.problems:
            raise InputError(
                f"{len(self.problems)} document(s) could not be read",
                expected="UTF-8 text or HTML",
                hint="correct or remove them",
                problems=self.problems,
            )


def make_span(document: Document, start: int, end: int) -> Span:
    """Cut ``[start, end)`` out of the raw text of `document`.

    Raises
    ------
    InputError
        If the range is empty or lies outside the text.
    """
    if not 0 <= start < end <= len(document.text):
        raise InputError(
            f"span {start}:{end} lies outside the text of {len(document.text)} code points",
            where=document.name,
            expected="0 <= start < end <= length",
        )
    text = document.text
    return Span(
        doc=document.id,
        start=start,
        end=end,
        exact=text[start:end],
        prefix=text[max(0, start - CONTEXT_LENGTH) : start],
        suffix=text[end : end + CONTEXT_LENGTH],
    )
