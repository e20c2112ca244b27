"""The stages over one shard, as a worker runs them: bytes in, bytes out, no file touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coercivity.claims.drafts import finish, resolve_dates
from coercivity.claims.parsing import load_parser
from coercivity.claims.selecting import prefilter_of
from coercivity.documents.items import read_item
from coercivity.documents.records import document_of_row, document_row, document_table
from coercivity.documents.store import items_of_table, parquet_bytes, table_of_bytes
from coercivity.errors import CoercivityError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

    from coercivity.claims.model import Claim
    from coercivity.claims.vocabulary import Vocabulary
    from coercivity.documents.limits import Limits
    from coercivity.documents.model import Document
    from coercivity.documents.workers import Beat

__all__ = ["COLUMNS", "Setup", "claim_part", "claims_of", "problems_of", "read_part"]

COLUMNS: Final = ("document", "id", "frame", "kind", "polarity", "asserted", "start", "end", "json")
"""Columns of the claims' tables."""


@dataclass(frozen=True)
class Setup:
    """What a worker needs beside the documents.

    Parameters
    ----------
    vocabulary : Vocabulary
    limits : Limits
    """

    vocabulary: Vocabulary
    limits: Limits


def read_part(setup: Setup, payload: Any, beat: Beat) -> dict[str, bytes]:
    """Run the first stages over a part, in a worker.

    Parameters
    ----------
    setup : Setup
    payload : (bytes, tuple of (int, str), …)
        A part's file; places of documents to leave out, with the reason.
    beat : callable
        Told the place of each document.

    Returns
    -------
    mapping of str to bytes
        Parquet files of the stages ``select`` and ``read``.
    """
    import pyarrow as pa

    items = items_of_table(table_of_bytes(payload[0]))
    left_out = dict(payload[1])
    beat(0)
    prefilter = prefilter_of(setup.vocabulary)
    hits = prefilter.hits([b"" if item.media == "pdf" else item.data for item in items])
    rows: list[dict[str, Any]] = []
    problems = [_given_up(items[place].name, reason) for place, reason in left_out.items()]
    chosen: list[str] = []
    for place, item in enumerate(items):
        if place in left_out or not (hits[place] or item.media == "pdf"):
            continue
        beat(place)
        try:
            document = read_item(item, limits=setup.limits)
        except CoercivityError as error:
            problems.extend(error.problems)
            continue
        if hits[place] or prefilter.is_hit(document.text.encode("utf-8", "replace")):
            chosen.append(document.id)
            rows.append(document_row(document))
    select = pa.table({"id": pa.array(chosen, pa.string())})
    return {
        "select": parquet_bytes(select),
        "read": parquet_bytes(_with_problems(document_table(rows), problems)),
    }


def claim_part(setup: Setup, payload: Any, beat: Beat) -> bytes:
    """Draft the claims of a piece, in a worker.

    Parameters
    ----------
    setup : Setup
    payload : (bytes, tuple of (int, str), …)
        A table of documents; places to leave out, with the reason; a third entry means that the
        documents are read one by one.
    beat : callable
        Told the place of each document.

    Returns
    -------
    bytes
        A Parquet file with the columns :data:`COLUMNS`.
    """
    beat(0)
    left_out = dict(payload[1])
    documents = [document_of_row(row) for row in table_of_bytes(payload[0]).to_pylist()]
    places = [place for place in range(len(documents)) if place not in left_out]
    step = 1 if len(payload) > 2 else max(1, len(places))
    rows: list[dict[str, Any]] = []
    for start in range(0, len(places), step):
        beat(places[start])
        group = [documents[place] for place in places[start : start + step]]
        for number, (document, claims) in enumerate(claims_of(group, setup.vocabulary), start):
            beat(places[number])
            rows.extend(_claim_row(claim, document) for claim in claims)
    problems = [_given_up(documents[place].name, reason) for place, reason in left_out.items()]
    return parquet_bytes(_with_problems(_claim_table(rows), problems))


def claims_of(
    documents: list[Document], vocabulary: Vocabulary
) -> Iterator[tuple[Document, tuple[Claim, ...]]]:
    """Give the claims of documents, each read by itself: no date is borrowed.

    Parameters
    ----------
    documents : list of Document
    vocabulary : Vocabulary

    Yields
    ------
    Document, tuple of Claim
    """
    from coercivity.claims.degraded import draft_without_parser
    from coercivity.claims.plausibility import flag_claims
    from coercivity.claims.reader import draft_claims
    from coercivity.claims.reading import read_many

    parser = load_parser()
    for document, readings in read_many(documents, vocabulary, parser):
        drafts = (
            draft_claims(readings, vocabulary)
            if parser is not None
            else draft_without_parser(readings)
        )
        claims = finish(drafts, document, resolve_dates(readings, document.published))
        yield document, flag_claims(claims, vocabulary)


def _claim_row(claim: Claim, document: Document) -> dict[str, Any]:
    told = claim.to_json() | {
        "file": document.name,
        "publisher": document.publisher,
        "source": document.source.id if document.source else None,
        "published": document.published.to_json() if document.published else None,
    }
    return {
        "document": claim.document,
        "id": claim.id,
        "frame": claim.frame or "",
        "kind": claim.kind,
        "polarity": claim.polarity,
        "asserted": claim.is_asserted,
        "start": claim.span.start,
        "end": claim.span.end,
        "json": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
    }


def _claim_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    kinds = {"asserted": pa.bool_(), "start": pa.int64(), "end": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.large_string())) for name in COLUMNS])
    return pa.table({name: [row[name] for row in rows] for name in COLUMNS}, schema=schema)


def _given_up(name: str, reason: str) -> Problem:
    return Problem(
        f"the document was given up: {reason}",
        name,
        "a document that can be read within the limits",
        "look at it by itself, or raise the limits",
    )


def _with_problems(table: pa.Table, problems: list[Problem]) -> pa.Table:
    told = json.dumps([problem.to_json() for problem in problems])
    return table.replace_schema_metadata({"problems": told})


def problems_of(table: pa.Table) -> list[Problem]:
    """Return the problems kept with an output of a stage."""
    told = (table.schema.metadata or {}).get(b"problems", b"[]")
    return [Problem(**problem) for problem in json.loads(told)]
