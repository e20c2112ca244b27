"""Documents of web archives (ISO 28500): HTML, text and PDF responses, plain or gzip."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any, Final

from coercivity.documents.items import Item
from coercivity.documents.limits import LIMITS, Limits
from coercivity.documents.tables import bomb
from coercivity.errors import CoercivityError, InputError, Problem, UsageError

__all__ = ["archive_items"]

_MEDIA: Final = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "application/pdf": "pdf",
}
_CHUNK: Final = 65_536
_OK: Final = "200"

LONGEST_LINE: Final = 65_536
"""Bytes of the longest header line."""

LONGEST_HEAD: Final = 1_048_576
"""Bytes of the header of one record."""


def archive_items(path: Path, name: str, *, limits: Limits = LIMITS) -> Iterator[Item | Problem]:
    """Give the documents of a ``.warc`` or ``.warc.gz`` file.

    Parameters
    ----------
    path : Path
    name : str
        Name to give the file; a document is called ``name#record``.
    limits : Limits, optional

    Yields
    ------
    Item or Problem
        Successful responses, resources and conversions of a kind that is read; other records are
        passed over. A damaged record ends the archive, because nothing tells where the next begins.

    Raises
    ------
    UsageError
        If warcio is not installed.
    """
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError as error:
        raise UsageError(
            "web archives need warcio, which is not installed",
            where=name,
            expected="the extra `news`",
            hint="pip install 'coercivity[news]'",
        ) from error
    most = limits.unpacked(path.stat().st_size)
    with path.open("rb") as file:
        archive = _bounded(ArchiveIterator)(_Metered(file), check_digests=False)
        records = iter(archive)
        budget = _Budget(most)
        for number in count(1):
            where = f"{name}#{number}"
            try:
                record = next(records, None)
                if record is None:
                    if archive.offset < path.stat().st_size:
                        yield _damaged(where, EOFError("the rest is no whole record"))
                    return
                if number > limits.records:
                    yield Problem(f"more than {limits.records} records", name, "fewer", "split it")
                    return
                item = _item(record, where, path, limits, budget)
                budget.drain(record.raw_stream)
                if getattr(record.raw_stream, "limit", 0):
                    yield _damaged(where, EOFError("the record is cut off"))
                    return
            except CoercivityError as error:
                yield from error.problems
                if budget.is_spent or not _drained(record, budget):
                    yield bomb(name, most)
                    return
                continue
            except _SpentError:
                yield bomb(name, most)
                return
            except (ArchiveLoadFailed, OSError, ValueError, EOFError, zlib.error) as error:
                yield _damaged(where, error)
                return
            except Exception as error:  # a damaged archive makes warcio raise almost anything
                yield _damaged(where, error)
                return
            if item is not None:
                yield item


def _bounded(iterator_type: Any) -> Any:
    """Return the type of iterator whose header lines are bounded.

    A bomb can be one header line of gigabytes, and the library reads a line whole.
    """

    class Bounded(iterator_type):  # type: ignore[misc]
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "reader" and value is not None:
                value.readline = _short_lines(value.readline)
            super().__setattr__(name, value)

    return Bounded


def _short_lines(readline: Any) -> Any:
    head = 0

    def short(length: int | None = None) -> bytes:
        nonlocal head
        line: bytes = readline(min(length or LONGEST_LINE, LONGEST_LINE))
        head = head + len(line) if line.strip() else 0
        if len(line) >= LONGEST_LINE or head > LONGEST_HEAD:
            raise ValueError("the header is too long")
        return line

    return short


class _SpentError(Exception):
    """More was unpacked than the file may unpack to."""


class _Budget:
    """Counts what is unpacked."""

    def __init__(self, most: int) -> None:
        self.left = most

    @property
    def is_spent(self) -> bool:
        return self.left < 0

    def spend(self, n_bytes: int) -> None:
        self.left -= n_bytes
        if self.left < 0:
            raise _SpentError

    def drain(self, stream: Any) -> None:
        """Read a record to its end without keeping it."""
        while chunk := stream.read(_CHUNK):
            self.spend(len(chunk))


class _Metered:
    """A file that gives little at a time, so that what is unpacked from it stays small."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(_CHUNK if size < 0 else min(size, _CHUNK))

    def readline(self, size: int = -1) -> bytes:
        return self._file.readline(_CHUNK if size < 0 else min(size, _CHUNK))

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


def _drained(record: Any, budget: _Budget) -> bool:
    """Pass over the rest of a record that was refused; False if there is too much of it."""
    try:
        budget.drain(record.raw_stream)
    except _SpentError:
        return False
    except Exception:  # found again, and told, when the next record is looked for
        return True
    return True


def _damaged(where: str, error: Exception) -> Problem:
    return Problem(
        f"the archive is damaged here: {type(error).__name__}: {str(error)[:120]}",
        where,
        "WARC records, each with its length",
        "get the file again; what stands before was read",
    )


def _item(record: Any, where: str, path: Path, limits: Limits, budget: _Budget) -> Item | None:
    """Return the document of a record; None if it holds none that is read."""
    if record.rec_type not in ("response", "resource", "conversion"):
        return None
    headers = record.http_headers
    if record.rec_type == "response" and (headers is None or headers.get_statuscode() != _OK):
        return None
    declared = _header(headers, "Content-Type") or record.rec_headers.get_header("Content-Type")
    kind, _, rest = (declared or "").partition(";")
    media = _MEDIA.get(kind.strip().lower())
    if media is None:
        return None
    data = _body(record, headers, where, limits, budget)
    return Item(
        data,
        where,
        path=path.as_posix(),
        media=media,
        url=(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> "),
        crawled=(record.rec_headers.get_header("WARC-Date") or "")[:10],
        charset=rest.rpartition("charset=")[2].split(";")[0].strip() if "charset=" in rest else "",
    )


def _header(headers: Any, name: str) -> str:
    return (headers.get_header(name) or "") if headers is not None else ""


def _body(record: Any, headers: Any, where: str, limits: Limits, budget: _Budget) -> bytes:
    """Bytes of a record's body: chunks joined, HTTP's own packing undone, within the limits."""
    from warcio.bufferedreaders import ChunkedDataReader

    stream = record.raw_stream
    if _header(headers, "Transfer-Encoding").lower().strip() == "chunked":
        stream = ChunkedDataReader(stream)
    packing = _header(headers, "Content-Encoding").lower().strip()
    if packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise InputError(
            f"the body is packed with {packing[:40]!r}",
            where=where,
            expected="gzip, deflate or nothing",
            hint="unpack the archive's bodies first",
        )
    unpack = None if packing in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)
    pieces: list[bytes] = []
    length = 0
    while chunk := stream.read(_CHUNK):
        budget.spend(len(chunk))
        if unpack is not None:
            chunk = _unpacked(unpack, chunk, limits.document_bytes - length + 1, where)
        pieces.append(chunk)
        length += len(chunk)
        limits.check_bytes(length, where=where)
    return b"".join(pieces)


def _unpacked(unpack: Any, chunk: bytes, most: int, where: str) -> bytes:
    try:
        data: bytes = unpack.decompress(chunk, max(1, most))
    except zlib.error as error:
        raise InputError(
            f"the body is not packed as it says: {error}", where=where, expected="whole gzip"
        ) from error
    return data
