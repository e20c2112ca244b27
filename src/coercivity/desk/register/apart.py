"""One document read in a process of its own: from bytes to plain values.

Runs in a worker of :mod:`coercivity.documents.workers`, so nothing here imports Django. A file that
is made to exhaust memory, or to take for ever, ends the worker and not the desk.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from coercivity.documents.model import Block, DateAnchor, Document, DocumentSet
from coercivity.errors import CoercivityError, InputError

if TYPE_CHECKING:
    from coercivity.catalogue import Pack, Source
    from coercivity.claims.vocabulary import Vocabulary
    from coercivity.documents.workers import Beat

__all__ = ["FUNCTION", "blocks_of", "plain", "read_one"]

FUNCTION: Final = "coercivity.desk.register.apart:read_one"


@lru_cache(maxsize=16)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def plain(value: Any, kind: Any = None) -> Any:
    """Return a dataclass of the library as plain values that JSON holds."""
    told: Any = kind or type(value)
    return _adapter(told).dump_python(value, mode="json")


def blocks_of(told: Any) -> tuple[Block, ...]:
    """Return blocks of plain values."""
    blocks: tuple[Block, ...] = _adapter(tuple[Block, ...]).validate_python(told)
    return blocks


@lru_cache(maxsize=4)
def _pack(name: str) -> tuple[Pack, Vocabulary]:
    from coercivity.catalogue import open_pack
    from coercivity.claims.vocabulary import load_vocabulary

    pack = open_pack(name)
    return pack, load_vocabulary(pack)


def read_one(_setup: None, payload: dict[str, Any], beat: Beat) -> dict[str, Any]:
    """Read one document.

    Parameters
    ----------
    payload : dict
        ``pack``, ``name``, ``data`` (bytes), ``media``; ``source`` (id in the pack), ``publisher``,
        ``url``, ``told`` (date), each perhaps empty; ``anchor``, a borrowed date or None.
    beat : callable
        Told when the parser is ready and the reading begins.

    Returns
    -------
    dict
        ``problems`` if it cannot be read; else ``text``, ``structure``, ``claims``, ``notes``.
    """
    from coercivity.claims.extraction import read_claims
    from coercivity.claims.parsing import load_parser

    pack, vocabulary = _pack(payload["pack"])
    load_parser()
    beat(0)
    try:
        document = _document(payload, pack.sources)
    except CoercivityError as error:
        return {"problems": [problem.to_json() for problem in error.problems]}
    if payload["anchor"] and document.published is None:
        anchor = _adapter(DateAnchor).validate_python(payload["anchor"])
        found = read_claims(DocumentSet((document.with_anchor(anchor),)), vocabulary)
    else:
        found = read_claims(DocumentSet((document,)), vocabulary)
    return {
        "problems": [],
        "text": document.text,
        "structure": _structure(document),
        "claims": [{**plain(claim), "asserted": claim.is_asserted} for claim in found.claims],
        "notes": list(found.notes),
    }


def _document(payload: dict[str, Any], sources: Any) -> Document:
    """Make a document of bytes; refuse a text that no database keeps."""
    from coercivity.documents.items import Item, read_item

    item = Item(
        payload["data"],
        payload["name"],
        media=payload["media"],
        url=payload["url"],
        publisher=payload["publisher"],
        published=payload["told"],
    )
    source: Source | None = sources.get(payload["source"])
    document = read_item(item, source=source)
    try:
        document.text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text has a code point that stands for no character, at {error.start}",
            where=item.name,
            expected="text that can be written in UTF-8",
        ) from error
    if "\0" in document.text:
        raise InputError("the text has a zero in it", where=item.name, expected="plain text")
    return document


def _structure(document: Document) -> dict[str, Any]:
    from coercivity.catalogue import Source

    return {
        "markup": document.markup,
        "blocks": plain(document.blocks, tuple[Block, ...]),
        "published": plain(document.published, DateAnchor | None),
        "source": plain(document.source, Source | None),
        "family": document.family,
    }
