"""Documents as lines of JSON: one object a line, plain or packed with gzip.

Fields: ``text`` (needed), ``url``, ``published`` (ISO 8601), ``publisher``; all text. Further
fields are left alone. A document's bytes, and so its id, are those of its line.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from coercivity.documents.items import Item
from coercivity.documents.limits import LIMITS, Limits
from coercivity.errors import InputError, Problem

__all__ = ["table_items", "told_by_line"]

FIELDS: Final = ("url", "published", "publisher")
"""Fields beside ``text``."""


def table_items(path: Path, name: str, *, limits: Limits = LIMITS) -> Iterator[Item | Problem]:
    """Give the documents of a ``.jsonl`` or ``.jsonl.gz`` file.

    Parameters
    ----------
    path : Path
    name : str
        Name to give the file; a document is called ``name#line``.
    limits : Limits, optional

    Yields
    ------
    Item or Problem
        Empty lines are passed over; a line that is too long is a problem, the rest proceeds.
    """
    packed = path.suffix.lower() == ".gz"
    most = limits.unpacked(path.stat().st_size) if packed else None
    with _opened(path, packed) as file:
        try:
            yield from _lines(file, path, name, limits, most)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield Problem(
                f"the file is damaged: {error}", name, "a whole gzip file", "get it again"
            )


def _opened(path: Path, packed: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


def _lines(
    file: BinaryIO, path: Path, name: str, limits: Limits, most: int | None
) -> Iterator[Item | Problem]:
    n_bytes = 0
    for number in range(1, limits.records + 2):
        line = file.readline(limits.document_bytes + 1)
        if not line:
            return
        n_bytes += len(line)
        where = f"{name}#{number}"
        if number > limits.records:
            yield Problem(f"more than {limits.records} lines", name, "fewer", "split the file")
            return
        if len(line) > limits.document_bytes:
            yield _too_long(where, limits)
            while line and not line.endswith(b"\n"):
                line = file.readline(limits.document_bytes)
                n_bytes += len(line)
                if most is not None and n_bytes > most:
                    break
        elif line.strip():
            yield Item(line.rstrip(b"\r\n"), where, path=path.as_posix(), media="json")
        if most is not None and n_bytes > most:
            yield bomb(name, most)
            return


def _too_long(where: str, limits: Limits) -> Problem:
    return Problem(
        f"more than {limits.document_bytes / 2**20:.3g} MiB in one line",
        where,
        "a document within the limits",
        "split it, or raise the limit if it is meant to be so large",
    )


def bomb(name: str, most: int) -> Problem:
    """Return the problem of a file that unpacks to too much."""
    return Problem(
        f"unpacks to more than {most / 2**20:.3g} MiB: the rest of it is not read",
        name,
        "a file that unpacks to what its size promises",
        "raise the limit if you trust it",
    )


def told_by_line(item: Item) -> tuple[Item, str]:
    """Return an item with what its line says about it, and its text.

    Raises
    ------
    InputError
        If the line is no object, has no text, or a field is of another type.
    """
    try:
        row: Any = json.loads(item.data)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the line is not JSON: {str(error)[:120]}",
            where=item.name,
            expected='{"text": "…", "url": "…", "published": "2025-10-31", "publisher": "…"}',
        ) from error
    text = row.get("text") if isinstance(row, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise InputError("the line has no text", where=item.name, expected="a field `text`")
    told: dict[str, str] = {}
    for field in FIELDS:
        value = row.get(field)
        if value is not None and not isinstance(value, str):
            raise InputError(
                f"`{field}` is a {type(value).__name__}", where=item.name, expected="text"
            )
        told[field] = (value or "").strip()
    if "\0" in text:
        raise InputError(
            f"the text is binary: a zero character at {text.index(chr(0))}",
            where=item.name,
            expected="text",
        )
    _check_whole(text, item.name)
    return (
        replace(item, url=told["url"], published=told["published"], publisher=told["publisher"]),
        text,
    )


def _check_whole(text: str, name: str) -> None:
    """Refuse half characters, which JSON can write and UTF-8 cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"half a character at {error.start}", where=name, expected="whole characters"
        ) from error
