"""Readers: from files to documents, refusing what cannot be read, one file at a time."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.documents.anchors import find_anchor
from coercivity.documents.families import assign_families
from coercivity.documents.markup import looks_like_markup, parse_markup
from coercivity.documents.model import Document, DocumentSet
from coercivity.documents.plain import text_blocks
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem

if TYPE_CHECKING:
    from coercivity.catalogue import Pack, Source

__all__ = ["INDEX_NAME", "SUFFIXES", "from_pack", "parse_document", "read_document", "read_folder"]

SUFFIXES = (".htm", ".html", ".txt")
"""File names that are read."""

INDEX_NAME = "documents.csv"
"""Index of a folder: which source published which file."""

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)


def read_document(path: str | Path, *, source: Source | None = None) -> Document:
    """Read one text or HTML file.

    Parameters
    ----------
    path : str or Path
        A ``.txt``, ``.html`` or ``.htm`` file.
    source : Source, optional
        Who published it.

    Returns
    -------
    Document
        Its text is the decoded file, unchanged.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If it is empty, binary, not in UTF-8 (or the page's own declared encoding), or of a kind
        that is not read.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFoundError(f"no file {file.name}", where=str(path), expected="a text or HTML file")
    return parse_document(file.read_bytes(), name=file.name, path=str(path), source=source)


def parse_document(
    data: bytes, *, name: str, path: str = "", source: Source | None = None
) -> Document:
    """Make a document of bytes; see :func:`read_document`."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"files of kind {suffix or 'without suffix'!r} are not read",
            where=name,
            expected=" ".join(SUFFIXES),
            hint="save its text as UTF-8 .txt",
        )
    text = _decode(data, name)
    digest = hashlib.sha256(data).hexdigest()
    is_html = suffix != ".txt" or looks_like_markup(text)
    bare = Document(
        id=digest,
        name=name,
        path=path or name,
        source=source,
        text=text,
        raw_sha256=digest,
        published=None,
        blocks=(),
        family=source.family if source and source.family else f"document:{digest[:12]}",
        markup="html" if is_html else "text",
    )
    if not is_html:
        full = replace(bare, blocks=text_blocks(text))
        return replace(full, published=find_anchor(full))
    page = parse_markup(text)
    if not page.blocks:
        raise InputError(
            "the page shows no text",
            where=name,
            expected="HTML with readable text in it",
            hint="save the page after its scripts have run, or save its text as .txt",
        )
    full = replace(bare, blocks=page.blocks)
    return replace(full, published=find_anchor(full, page.dates))


def _decode(data: bytes, name: str) -> str:
    """Decode strictly, or say what is wrong and at which byte."""
    if not data.strip():
        raise InputError(
            "the file is empty", where=name, expected="some text", hint="remove it or save it again"
        )
    for mark, encoding in ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16")):
        if data.startswith(mark):
            raise InputError(
                f"the file is encoded in {encoding}, byte 0",
                where=name,
                expected="UTF-8",
                hint=f"iconv -f {encoding} -t UTF-8 {name}",
            )
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(
            f"the file is binary: a zero byte at offset {zero}",
            where=name,
            expected="text or HTML in UTF-8",
            hint="save its text as UTF-8 .txt",
        )
    encoding = _declared(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {data[error.start]:#04x} at offset {error.start} is not {encoding.upper()}",
            where=name,
            expected="text in UTF-8",
            hint=f"find its encoding and convert it, such as iconv -f WINDOWS-1252 -t UTF-8 {name}",
        ) from error


def _declared(data: bytes) -> str:
    """Return the encoding a page declares for itself, UTF-8 otherwise."""
    match = _CHARSET.search(data[:4096])
    if not match:
        return "utf-8"
    try:
        return codecs.lookup(match.group(1).decode("ascii")).name
    except LookupError:
        return "utf-8"


def read_folder(folder: str | Path, *, sources: Mapping[str, Source] | None = None) -> DocumentSet:
    """Read every document of a folder and its subfolders.

    Parameters
    ----------
    folder : str or Path
        Hidden files are left out. A ``documents.csv`` in it is an index, not a document.
    sources : mapping of str to Source, optional
        By file name relative to the folder.

    Returns
    -------
    DocumentSet
        Sorted by name. Files that cannot be read are listed in `problems`; the rest is unharmed.

    Raises
    ------
    NotFoundError
        If there is no such folder, or nothing in it.
    InputError
        If every file in it was refused.
    """
    root = Path(folder)
    if root.is_file():
        return DocumentSet((read_document(root),))
    if not root.is_dir():
        raise NotFoundError(
            "no such folder", where=str(folder), expected="a folder of .txt and .html files"
        )
    files = [
        file
        for file in sorted(root.rglob("*"))
        if file.is_file()
        and file.name != INDEX_NAME
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]
    if not files:
        raise NotFoundError(
            "the folder holds no document",
            where=str(folder),
            expected=" ".join(SUFFIXES) + " files",
        )
    found = _read_all(files, root, dict(sources or {}))
    if not found.documents:
        raise InputError(
            f"none of {len(files)} file(s) could be read",
            where=str(folder),
            problems=found.problems,
        )
    return found


def _read_all(files: list[Path], root: Path, sources: dict[str, Source]) -> DocumentSet:
    """Read files one by one; byte-identical ones become one document that names its copies."""
    by_id: dict[str, Document] = {}
    problems: list[Problem] = []
    for file in files:
        name = file.relative_to(root).as_posix()
        try:
            document = parse_document(
                file.read_bytes(), name=name, path=file.as_posix(), source=sources.get(name)
            )
        except CoercivityError as error:
            problems.extend(error.problems)
            continue
        except OSError as error:
            problems.append(Problem(f"cannot be opened ({error.strerror})", where=name))
            continue
        first = by_id.get(document.id)
        if first is not None:
            by_id[document.id] = replace(first, copies=(*first.copies, name))
        else:
            by_id[document.id] = document
    return DocumentSet(assign_families(by_id.values()), tuple(problems))


def from_pack(pack: Pack) -> DocumentSet:
    """Read a pack's own documents with the sources its ``documents.csv`` names.

    Raises
    ------
    InputError
        If the index names a source the pack does not have.
    """
    paths = list(pack.document_paths())
    if not paths:
        return DocumentSet(())
    return _read_all(paths, paths[0].parent, _index(pack))


def _index(pack: Pack) -> dict[str, Source]:
    """Return sources by file name, from the pack's index."""
    path = pack.root / INDEX_NAME
    if not path.is_file():
        path = pack.root / "documents" / INDEX_NAME
    if not path.is_file():
        return {}
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    sources: dict[str, Source] = {}
    for row in rows:
        source_id = (row.get("source") or "").strip()
        if source_id not in pack.sources:
            raise InputError(
                f"source {source_id!r} is not in sources.yaml",
                where=f"{path.name}:{rows.line_num}",
                expected="an id of sources.yaml",
            )
        sources[Path((row.get("file") or "").strip()).name] = pack.sources[source_id]
    return sources
