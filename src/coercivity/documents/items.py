"""Items: one document's bytes with what its container says about it, before it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from coercivity.documents.anchors import find_anchor
from coercivity.documents.decoding import decode
from coercivity.documents.limits import LIMITS, Limits
from coercivity.documents.markup import looks_like_markup, parse_markup
from coercivity.documents.model import DateAnchor, Document
from coercivity.documents.plain import text_blocks
from coercivity.documents.segments import cut_blocks
from coercivity.errors import CoercivityError, InputError, Problem
from coercivity.timeline import PartialDate, parse_partial

if TYPE_CHECKING:
    from coercivity.catalogue import Source

__all__ = ["CONTAINERS", "SUFFIXES", "Item", "items_of", "read_item"]

SUFFIXES: Final = (".htm", ".html", ".jsonl", ".jsonl.gz", ".pdf", ".txt", ".warc", ".warc.gz")
"""File names that are read."""

CONTAINERS: Final = (".jsonl", ".jsonl.gz", ".warc", ".warc.gz")
"""Those that hold many documents."""

UNGRADED: Final = "aggregator"
"""Grade of a source that only a container names: the lowest of a publisher."""


@dataclass(frozen=True)
class Item:
    """One document's bytes and where they come from.

    Parameters
    ----------
    data : bytes
        As found, unpacked: a file, the body of an archive's record, a line of a table.
    name : str
        File name; in a container also the number of the record or line, after ``#``.
    path : str
        Where the file was read from.
    media : str
        ``text``, ``html``, ``pdf`` or ``json``.
    url, publisher, published : str
        What the container says; empty where it says nothing.
    crawled : str
        Day on which an archive fetched it, ISO 8601.
    charset : str
        Encoding that the container declares.
    """

    data: bytes
    name: str
    path: str = ""
    media: str = "text"
    url: str = ""
    publisher: str = ""
    published: str = ""
    crawled: str = ""
    charset: str = ""

    @cached_property
    def id(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def source(self) -> Source | None:
        """Return who published it, as far as the container says.

        Raises
        ------
        InputError
            If its date cannot be read.
        """
        if not (self.url or self.publisher or self.published):
            return None
        from coercivity.catalogue import Source

        host = _host(self.url)
        return Source(
            id=host or self.publisher or self.name,
            publisher=self.publisher or host or self.name,
            url=self.url,
            published=_day(self.published, self.name),
            grade=UNGRADED,
            family="",
        )


def items_of(path: Path, name: str, *, limits: Limits = LIMITS) -> Iterator[Item | Problem]:
    """Give the documents of a file one by one.

    Parameters
    ----------
    path : Path
    name : str
        Name to give the file.
    limits : Limits, optional
        A document beyond them is a problem; a container that unpacks beyond them ends there.

    Yields
    ------
    Item or Problem
        A document, or why there is none.
    """
    try:
        yield from _opened(path, name, limits)
    except CoercivityError as error:
        yield from error.problems
    except OSError as error:
        yield Problem(f"cannot be opened ({error.strerror or error})", where=name)


def _opened(path: Path, name: str, limits: Limits) -> Iterator[Item | Problem]:
    suffix = suffix_of(name)
    if suffix in CONTAINERS:
        if suffix.startswith(".warc"):
            from coercivity.documents.archives import archive_items as container
        else:
            from coercivity.documents.tables import table_items as container
        yield from container(path, name, limits=limits)
        return
    media = media_of(name)
    limits.check_bytes(path.stat().st_size, where=name)
    yield Item(path.read_bytes(), name, path=path.as_posix(), media=media)


def suffix_of(name: str) -> str:
    """Return the suffix of a file name that says how it is read, in small letters."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    double = "".join(suffixes)
    return double if double in SUFFIXES else (suffixes[-1] if suffixes else "")


def media_of(name: str) -> str:
    """Return how a file of one document is read.

    Raises
    ------
    InputError
        If it is of a kind that is not read.
    """
    kinds = {".txt": "text", ".htm": "html", ".html": "html", ".pdf": "pdf"}
    suffix = suffix_of(name)
    if suffix not in kinds:
        raise InputError(
            f"files of kind {suffix or 'without suffix'!r} are not read",
            where=name,
            expected=" ".join(SUFFIXES),
            hint="save its text as UTF-8 .txt",
        )
    return kinds[suffix]


def read_item(item: Item, *, source: Source | None = None, limits: Limits = LIMITS) -> Document:
    """Make a document of an item.

    Parameters
    ----------
    item : Item
    source : Source, optional
        Who published it; by default what the container says.
    limits : Limits, optional

    Returns
    -------
    Document
        Its text is the decoded or extracted text, unchanged; spans slice it.

    Raises
    ------
    InputError
        If it is empty, too large, damaged, binary, or not in the encoding it should have.
    """
    limits.check_bytes(len(item.data), where=item.name)
    if item.media == "json":
        from coercivity.documents.tables import told_by_line

        item, text = told_by_line(item)
    elif item.media == "pdf":
        from coercivity.documents.pdf import pdf_text

        text = pdf_text(item.data, name=item.name, limits=limits)
    else:
        text = decode(item.data, item.name, charset=item.charset)
    limits.check_text(len(text), where=item.name)
    return _structured(item, text, source or item.source(), limits)


def _structured(item: Item, text: str, source: Source | None, limits: Limits) -> Document:
    """Find the blocks and the date of a text."""
    is_html = item.media == "html" or (item.media == "text" and looks_like_markup(text))
    bare = Document(
        id=item.id,
        name=item.name,
        path=item.path or item.name,
        source=source,
        text=text,
        raw_sha256=item.id,
        published=None,
        blocks=(),
        family=source.family if source and source.family else f"document:{item.id[:12]}",
        markup="html" if is_html else "text",
    )
    if is_html:
        try:
            page = parse_markup(text, seconds=limits.seconds)
        except InputError as error:
            found = error.problem
            raise InputError(
                found.what, where=item.name, expected=found.expected, hint=found.hint
            ) from error
        if not page.blocks:
            raise InputError(
                "the page shows no text",
                where=item.name,
                expected="HTML with readable text in it",
                hint="save the page after its scripts have run, or save its text as .txt",
            )
        full, dates = replace(bare, blocks=cut_blocks(text, page.blocks)), page.dates
    else:
        full, dates = replace(bare, blocks=cut_blocks(text, text_blocks(text))), ()
    return replace(full, published=find_anchor(full, dates) or _crawl_anchor(item))


def _crawl_anchor(item: Item) -> DateAnchor | None:
    """Day on which an archive fetched a page: it was published then or before."""
    if not item.crawled:
        return None
    value = _day(item.crawled, item.name)
    return DateAnchor(value, "crawl", "low") if value else None


def _host(url: str) -> str:
    """Host of an address without its port; empty if there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _day(text: str, where: str) -> PartialDate | None:
    if not text:
        return None
    day = text.strip()[:10]
    try:
        if len(day) == 10:
            date.fromisoformat(day)
        return parse_partial(day)
    except (ValueError, CoercivityError) as error:
        raise InputError(
            f"{text[:40]!r} is not a date",
            where=where,
            expected="ISO 8601, such as 2025-10-31",
            hint="correct `published`, or leave it out",
        ) from error
