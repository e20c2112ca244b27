"""Documents as rows of a table, and back: what the reading stage keeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coercivity.documents.model import Block, DateAnchor, Document, make_span
from coercivity.timeline import parse_partial

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["document_of_row", "document_row", "document_table"]


def document_row(document: Document) -> dict[str, Any]:
    """Return a document as plain values; its sketch is made with it."""
    from coercivity.documents.families import hashed_shingles
    from coercivity.documents.similar import signature

    hashed = hashed_shingles(document)
    source, anchor = document.source, document.published
    return {
        "id": document.id,
        "name": document.name,
        "path": document.path,
        "markup": document.markup,
        "family": document.family,
        "source": source.id if source else "",
        "publisher": source.publisher if source else "",
        "url": source.url if source else "",
        "told": source.published.text if source and source.published else "",
        "published": anchor.value.text if anchor else "",
        "basis": anchor.basis if anchor else "",
        "confidence": anchor.confidence if anchor else "",
        "anchor": [anchor.span.start, anchor.span.end] if anchor and anchor.span else [],
        "blocks": _written(document.blocks),
        "text": document.text,
        "signature": signature(hashed).tobytes(),
        "shingles": hashed,
    }


def document_of_row(row: dict[str, Any]) -> Document:
    """Return the document of a row made by :func:`document_row`."""
    bare = Document(
        id=row["id"],
        name=row["name"],
        path=row["path"],
        source=_source(row),
        text=row["text"],
        raw_sha256=row["id"],
        published=None,
        blocks=_blocks(row["blocks"]),
        family=row["family"],
        markup=row["markup"],
    )
    if not row["published"]:
        return bare
    place = row["anchor"]
    span = make_span(bare, int(place[0]), int(place[1])) if len(place) else None
    anchor = DateAnchor(parse_partial(row["published"]), row["basis"], row["confidence"], span)
    return replace(bare, published=anchor)


def document_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return rows as a table with the same columns, whether there are rows or not."""
    import pyarrow as pa

    texts = ("id", "name", "path", "markup", "family", "source", "publisher", "url", "told")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in (*texts, "published", "basis", "confidence")),
            ("anchor", pa.list_(pa.int64())),
            ("blocks", pa.large_string()),
            ("text", pa.large_string()),
            ("signature", pa.binary()),
            ("shingles", pa.large_list(pa.uint64())),
        ]
    )
    columns = {name: [row[name] for row in rows] for name in schema.names}
    return pa.table(columns, schema=schema)


def sketches(table: pa.Table) -> tuple[list[NDArray[np.uint64]], NDArray[np.uint32]]:
    """Return the shingles and signatures of a table of documents.

    Returns
    -------
    list of uint64[shingle]
    uint32[document, hash]
    """
    import numpy as np

    from coercivity.documents.similar import N_HASHES

    shingles = [np.asarray(row.values, dtype=np.uint64) for row in table["shingles"]]
    joined = b"".join(table["signature"].to_pylist())
    return shingles, np.frombuffer(joined, dtype=np.uint32).reshape(-1, N_HASHES)


def _source(row: dict[str, Any]) -> Any:
    if not row["source"]:
        return None
    from coercivity.catalogue import Source
    from coercivity.documents.items import UNGRADED

    return Source(
        id=row["source"],
        publisher=row["publisher"],
        url=row["url"],
        published=parse_partial(row["told"]) if row["told"] else None,
        grade=UNGRADED,
        family="",
    )


def _written(blocks: Sequence[Block]) -> str:
    return json.dumps(
        [[block.start, block.end, block.kind, block.parts] for block in blocks],
        separators=(",", ":"),
    )


def _blocks(written: str) -> tuple[Block, ...]:
    return tuple(
        Block(start, end, kind, tuple((int(a), int(b)) for a, b in parts))
        for start, end, kind, parts in json.loads(written)
    )
