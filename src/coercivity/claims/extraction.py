"""From documents to claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercivity.claims.borrowing import borrow_anchor
from coercivity.claims.degraded import draft_without_parser
from coercivity.claims.drafts import Draft, finish, resolve_dates
from coercivity.claims.model import Claim, ClaimSet
from coercivity.claims.parsing import LONGEST, NO_PARSER_NOTE, load_parser
from coercivity.claims.plausibility import flag_claims
from coercivity.claims.reader import draft_claims
from coercivity.claims.reading import LONGEST_DOCUMENT, Reading, read_blocks
from coercivity.claims.vocabulary import Vocabulary, load_vocabulary
from coercivity.documents.model import Document, DocumentSet
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["extract", "read_claims"]


def extract(docset: DocumentSet, pack: Pack, *, options: Options | None = None) -> ClaimSet:
    """Read the claims of a set of documents.

    Parameters
    ----------
    docset : DocumentSet
        As read; its problems are handed on.
    pack : Pack
        Names of items and parties, and further words.
    options : Options, optional
        Progress is reported under the name ``claims``.

    Returns
    -------
    ClaimSet
        Every span slices its document's text exactly. Undated documents borrow the date of another
        that tells of the same events, if there is one, and say so.

    Raises
    ------
    InputError
        If the pack's ``vocabulary.yaml`` is not valid.
    """
    return read_claims(docset, load_vocabulary(pack), options=options)


def read_claims(
    docset: DocumentSet, vocabulary: Vocabulary, *, options: Options | None = None
) -> ClaimSet:
    """Read the claims of a set of documents with words that were collected before.

    Parameters
    ----------
    docset : DocumentSet
        As read; its problems are handed on.
    vocabulary : Vocabulary
        Names and words of a pack.
    options : Options, optional
        As for :func:`extract`.

    Returns
    -------
    ClaimSet
        As from :func:`extract`.
    """
    options = options or Options()
    options.progress("claims", 0.0)
    parser = load_parser()
    read: dict[str, tuple[tuple[Reading, ...], list[Draft]]] = {}
    for position, document in enumerate(docset.documents):
        readings = read_blocks(document, vocabulary, parser)
        drafts = (
            draft_claims(readings, vocabulary)
            if parser is not None
            else draft_without_parser(readings)
        )
        read[document.id] = (readings, drafts)
        options.progress("claims", (position + 1) / len(docset.documents))
    claims_of = {
        document.id: _finished(document, *read[document.id], vocabulary)
        for document in docset.documents
    }
    documents, notes = _with_borrowed_dates(docset.documents, claims_of, vocabulary)
    for document, before in zip(documents, docset.documents, strict=True):
        if document is not before:
            claims_of[document.id] = _finished(document, *read[document.id], vocabulary)
    if parser is None:
        notes.insert(0, NO_PARSER_NOTE)
    else:
        notes.extend(_unparsed(document, read[document.id][0]) for document in documents)
    return ClaimSet(
        claims=tuple(claim for document in documents for claim in claims_of[document.id]),
        documents=tuple(documents),
        degraded=parser is None,
        notes=tuple(note for note in notes if note),
        problems=docset.problems,
        vocabulary=vocabulary,
    )


def _finished(
    document: Document,
    readings: tuple[Reading, ...],
    drafts: list[Draft],
    vocabulary: Vocabulary,
) -> tuple[Claim, ...]:
    claims = finish(drafts, document, resolve_dates(readings, document.published))
    return flag_claims(claims, vocabulary)


def _unparsed(document: Document, readings: tuple[Reading, ...]) -> str:
    """Say which document has paragraphs too long to be parsed, or nothing."""
    n_left_out = sum(not reading.text for reading in readings)
    n_blocks = sum(reading.parse is None for reading in readings) - n_left_out
    if n_left_out:
        return (
            f"{document.name} is longer than {LONGEST_DOCUMENT} code points: {n_left_out} "
            "paragraph(s) were not read, those that name nothing of the subject first"
        )
    if not n_blocks:
        return ""
    return (
        f"{document.name} has {n_blocks} paragraph(s) of more than {LONGEST} code points: only "
        "quotations, dates, numbers and names were read there"
    )


def _with_borrowed_dates(
    documents: tuple[Document, ...],
    claims_of: dict[str, tuple[Claim, ...]],
    vocabulary: Vocabulary,
) -> tuple[list[Document], list[str]]:
    """Lend dates to undated documents; say what was lent and what could not be."""
    dated = [document for document in documents if document.published is not None]
    result: list[Document] = []
    notes: list[str] = []
    for document in documents:
        if document.published is not None:
            result.append(document)
            continue
        anchor = borrow_anchor(document, claims_of, dated, vocabulary)
        if anchor is None:
            notes.append(f"{document.name} has no date: its relative dates stay open")
            result.append(document)
        else:
            notes.append(f"{document.name} has no date: {anchor.value.text} was {anchor.note}")
            result.append(document.with_anchor(anchor))
    return result, notes
