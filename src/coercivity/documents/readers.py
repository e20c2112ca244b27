"""Readers: from files to documents, refusing what cannot be read, one file at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.documents.families import assign_families
from coercivity.documents.items import (
    CONTAINERS,
    SUFFIXES,
    Item,
    items_of,
    media_of,
    read_item,
    suffix_of,
)
from coercivity.documents.limits import LIMITS, Limits
from coercivity.documents.model import Document, DocumentSet
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem

if TYPE_CHECKING:
    from coercivity.catalogue import Pack, Source

__all__ = [
    "INDEX_NAME",
    "SUFFIXES",
    "files_of",
    "from_pack",
    "parse_document",
    "read_document",
    "read_folder",
]

INDEX_NAME = "documents.csv"
"""Index of a folder: which source published which file."""


def read_document(
    path: str | Path, *, source: Source | None = None, limits: Limits = LIMITS
) -> Document:
    """Read one text, HTML or PDF file.

    Parameters
    ----------
    path : str or Path
        A ``.txt``, ``.html``, ``.htm`` or ``.pdf`` file.
    source : Source, optional
        Who published it.
    limits : Limits, optional
        How large it may be.

    Returns
    -------
    Document
        Its text is the decoded file, unchanged, or the text extracted from a PDF.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If it is empty, too large, binary, not in UTF-8 (or the page's own declared encoding), or of
        a kind that is not read.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFoundError(
            f"no file {file.name}", where=str(path), expected="a text, HTML or PDF file"
        )
    limits.check_bytes(file.stat().st_size, where=file.name)
    return parse_document(
        file.read_bytes(), name=file.name, path=str(path), source=source, limits=limits
    )


def parse_document(
    data: bytes,
    *,
    name: str,
    path: str = "",
    source: Source | None = None,
    limits: Limits = LIMITS,
) -> Document:
    """Make a document of bytes; see :func:`read_document`."""
    item = Item(data, name, path=path or name, media=media_of(name))
    return read_item(item, source=source, limits=limits)


def read_folder(
    folder: str | Path,
    *,
    sources: Mapping[str, Source] | None = None,
    limits: Limits = LIMITS,
) -> DocumentSet:
    """Read every document of a folder and its subfolders, with those inside archives and tables.

    Parameters
    ----------
    folder : str or Path
        Hidden files are left out. A ``documents.csv`` in it is an index, not a document.
    sources : mapping of str to Source, optional
        By file name relative to the folder.
    limits : Limits, optional
        How large a document may be, and what an archive may unpack to.

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
    if root.is_file() and suffix_of(root.name) not in CONTAINERS:
        return DocumentSet((read_document(root, limits=limits),))
    if root.is_file():
        return _refused_if_empty(_read_all([root], root.parent, dict(sources or {}), limits), root)
    if not root.is_dir():
        raise NotFoundError(
            "no such folder",
            where=str(folder),
            expected="a folder of documents: " + " ".join(SUFFIXES),
        )
    files = [file for file, _ in files_of(root)]
    if not files:
        raise NotFoundError(
            "the folder holds no document",
            where=str(folder),
            expected=" ".join(SUFFIXES) + " files",
        )
    return _refused_if_empty(_read_all(files, root, dict(sources or {}), limits), root, len(files))


def files_of(path: Path) -> list[tuple[Path, str]]:
    """Return the documents' files of a folder and its subfolders, sorted, or the one file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of (Path, str)
        With the name relative to the folder; hidden files and the index are left out.

    Raises
    ------
    NotFoundError
        If there is neither.
    """
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise NotFoundError("no such file or folder", where=str(path), expected="documents")
    return [
        (file, file.relative_to(path).as_posix())
        for file in sorted(path.rglob("*"))
        if file.is_file()
        and file.name != INDEX_NAME
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]


def _refused_if_empty(found: DocumentSet, root: Path, n_files: int = 1) -> DocumentSet:
    if not found.documents:
        raise InputError(
            f"none of {n_files} file(s) could be read", where=str(root), problems=found.problems
        )
    return found


def _read_all(
    files: list[Path], root: Path, sources: dict[str, Source], limits: Limits = LIMITS
) -> DocumentSet:
    """Read files one by one; byte-identical ones become one document that names its copies."""
    by_id: dict[str, Document] = {}
    problems: list[Problem] = []
    for file in files:
        name = file.relative_to(root).as_posix()
        for found in items_of(file, name, limits=limits):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            first = by_id.get(found.id)
            if first is not None:
                by_id[found.id] = replace(first, copies=(*first.copies, found.name))
                continue
            try:
                by_id[found.id] = read_item(found, source=sources.get(name), limits=limits)
            except CoercivityError as error:
                problems.extend(error.problems)
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
