"""Bring documents in: handed in, fetched from the configured folder, or taken from a pack."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from coercivity.desk import packs, uploads
from coercivity.desk.accounts.models import User
from coercivity.desk.moment import now
from coercivity.desk.register.models import DocumentState, EvidenceDocument, EvidenceSet, Origin
from coercivity.desk.register.services.sets import locked_set, require, set_of, trace
from coercivity.desk.services import service
from coercivity.documents.decoding import decode
from coercivity.documents.items import media_of
from coercivity.documents.readers import INDEX_NAME
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem
from coercivity.timeline import parse_partial

__all__ = [
    "MAX_BYTES",
    "MAX_DOCUMENTS",
    "add_from_folder",
    "add_from_pack",
    "add_upload",
    "describe",
    "restore",
    "withdraw",
]

MAX_BYTES: Final = 4 * 1024 * 1024
"""Largest document, in bytes."""

MAX_DOCUMENTS: Final = 2_000
"""Most documents of one organisation on one subject: they are compared while somebody waits."""

_SUFFIXES: Final = (".txt", ".htm", ".html", ".pdf")


@service
def add_upload(
    *,
    actor: User,
    pack: str,
    upload: UploadedFile[bytes],
    publisher: str = "",
    url: str = "",
    told: str = "",
) -> EvidenceDocument:
    """Keep a document that was handed in; it is read afterwards.

    Parameters
    ----------
    actor : User
    pack : str
        Subject.
    upload : UploadedFile
        Text, HTML or PDF.
    publisher, url, told : str
        Who published it, where, and on which date; empty where nobody knows.

    Raises
    ------
    InputError
        If it is empty, too large, of another kind, in another encoding, or here already.
    """
    require(actor)
    _check_date(told)
    received = _received(upload)
    media = _media(received.name, received.kind)
    within = set_of(actor.organisation, pack)
    row = _keep(within, received, media, Origin.UPLOAD, actor)
    row.publisher, row.url, row.told = publisher, url, told
    row.save()
    trace(within, "document added", actor, document=row.name, sha256=row.file_id)
    return row


def _received(upload: UploadedFile[bytes]) -> uploads.Received:
    """Take a file, and let the reader say which encoding it would need to be in."""
    try:
        return uploads.receive(upload, kinds=("text", "pdf"), max_bytes=MAX_BYTES, where="upload")
    except InputError:
        if upload.size is None or not 0 < upload.size <= MAX_BYTES:
            raise
        upload.seek(0)
        content = upload.read()
        if uploads.sniff(content) is not None or PurePath(upload.name or "").suffix == ".pdf":
            raise
        _decode(content)
        # A page may declare an encoding of its own; one that it is in is as good as any.
        return uploads.Received(_shown_name(upload.name or ""), "text", content)


def _decode(content: bytes) -> None:
    try:
        decode(content, "upload")
    except InputError as error:
        raise InputError(
            error.problem.what, where="upload", expected=error.problem.expected
        ) from error


def _shown_name(name: str) -> str:
    """Drop folders and what cannot be shown."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[-120:] or "file"


def _media(name: str, kind: str) -> str:
    """Return how a file is read: by its bytes if they tell, else by its name."""
    if kind == "pdf":
        return "pdf"
    return "html" if PurePath(name).suffix.lower() in (".htm", ".html") else "text"


def _check_date(told: str) -> None:
    if not told:
        return
    try:
        parse_partial(told)
    except CoercivityError as error:
        raise InputError(
            f"{told!r} is not a date", where="told", expected="such as 2025-10-31 or 2025-10"
        ) from error


def _keep(
    within: EvidenceSet,
    received: uploads.Received,
    media: str,
    origin: Origin,
    actor: User | None,
) -> EvidenceDocument:
    """Add a row for a file.

    Raises
    ------
    InputError
        If the same bytes are there already, or the set is full.
    """
    file = uploads.store(received)
    there = within.documents.filter(file=file).first()
    if there is not None:
        raise InputError(
            "the same document is here already",
            where="upload",
            hint=f"it is called {there.name}"
            + ("; restore it, it was withdrawn" if there.withdrawn_at else ""),
        )
    if within.documents.count() >= MAX_DOCUMENTS:
        raise InputError(
            f"there are {MAX_DOCUMENTS} documents already",
            where="upload",
            expected="fewer documents on one subject",
            hint="read large collections with: coercivity claims extract FOLDER",
        )
    return EvidenceDocument.objects.create(
        within=within,
        file=file,
        name=received.name,
        media=media,
        origin=origin,
        added_by=actor,
        added_at=now(),
    )


@service
def add_from_folder(*, actor: User, pack: str) -> tuple[int, tuple[Problem, ...]]:
    """Fetch the documents that lie in the organisation's part of the configured folder.

    Parameters
    ----------
    actor : User
        Their organisation's slug is the name of the subfolder.
    pack : str

    Returns
    -------
    int, tuple of Problem
        Documents added, and why others were not. Those that are here already are passed over.

    Raises
    ------
    NotFoundError
        If no folder is configured, or it has none of that name.
    """
    require(actor)
    root = _folder(actor)
    within = set_of(actor.organisation, pack)
    index = _index(root)
    n_added = 0
    problems: list[Problem] = []
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        try:
            row = _fetch(within, path, name, actor)
        except CoercivityError as error:
            problems.extend(Problem(p.what, name, p.expected, p.hint) for p in error.problems)
            continue
        if row is not None:
            row.source = index.get(path.name, "")
            row.save()
            n_added += 1
    trace(within, "documents fetched", actor, added=n_added, refused=len(problems))
    return n_added, tuple(problems)


def _folder(actor: User) -> Path:
    """Return the folder of the person's organisation; no part of it comes from a request."""
    configured: Path | None = settings.DESK_DOCUMENTS
    if configured is None:
        raise NotFoundError(
            "no folder of documents is configured",
            expected="a folder named by DESK_DOCUMENTS",
            hint="ask whoever runs the desk",
        )
    root = configured / actor.organisation.slug
    if root.is_symlink() or not root.is_dir():
        raise NotFoundError(
            "the folder of documents has no part for your organisation",
            expected=f"a subfolder {actor.organisation.slug}",
            hint="ask whoever runs the desk",
        )
    return root


def _files(root: Path) -> Iterator[Path]:
    """Give the files below a folder; links are not followed, hidden files not read."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or path.name == INDEX_NAME:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _index(root: Path) -> Mapping[str, str]:
    """Return which source published which file, if the folder has an index."""
    path = root / INDEX_NAME
    if not path.is_file() or path.is_symlink():
        return {}
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
    return {PurePath(row.get("file") or "").name: (row.get("source") or "").strip() for row in rows}


def _fetch(within: EvidenceSet, path: Path, name: str, actor: User) -> EvidenceDocument | None:
    """Keep one file; None if it is here already."""
    media = media_of(name)
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError("the file is of a kind that is not read", expected=" ".join(_SUFFIXES))
    if path.stat().st_size > MAX_BYTES:
        raise InputError("the file is too large", expected=f"at most {MAX_BYTES // 1024:,} KiB")
    content = path.read_bytes()
    if media != "pdf":
        decode(content, name)
    received = uploads.Received(_shown_name(name), media, content)
    if within.documents.filter(file_id=uploads.store(received).pk).exists():
        return None
    return _keep(within, received, media, Origin.FOLDER, actor)


@service
def add_from_pack(*, actor: User, pack: str) -> int:
    """Take over the notes that a subject comes with, each with its source.

    Returns
    -------
    int
        Documents added; those that are here already are passed over.
    """
    require(actor)
    within = set_of(actor.organisation, pack)
    opened = packs.opened(pack)
    index = _index(opened.root)
    n_added = 0
    for path in opened.document_paths():
        received = uploads.Received(path.name, "text", path.read_bytes())
        if within.documents.filter(file_id=uploads.store(received).pk).exists():
            continue
        row = _keep(within, received, media_of(path.name), Origin.PACK, actor)
        row.source = index.get(path.name, "")
        row.save()
        n_added += 1
    trace(within, "documents taken over", actor, added=n_added)
    return n_added


@service
def describe(
    document: EvidenceDocument, *, actor: User, publisher: str, url: str, told: str
) -> None:
    """Say who published a document, where and when; it is read anew with that.

    Raises
    ------
    InputError
        If the date is none, or the pack's own index names the source.
    """
    require(actor)
    _check_date(told)
    within = locked_set(document.within)
    if document.source:
        raise InputError("the source is one of the subject's own and known", where=document.source)
    document.publisher, document.url, document.told = publisher, url, told
    document.state = DocumentState.WAITING
    document.save()
    trace(within, "document described", actor, document=document.name, publisher=publisher)


@service
def withdraw(document: EvidenceDocument, *, actor: User) -> None:
    """Take a document out of the comparison; it and what was read in it stay."""
    require(actor)
    within = locked_set(document.within)
    if document.withdrawn_at is None:
        document.withdrawn_at = now()
        document.save(update_fields=["withdrawn_at"])
        trace(within, "document withdrawn", actor, document=document.name)


@service
def restore(document: EvidenceDocument, *, actor: User) -> None:
    """Bring a withdrawn document back."""
    require(actor)
    within = locked_set(document.within)
    if document.withdrawn_at is not None:
        document.withdrawn_at = None
        document.save(update_fields=["withdrawn_at"])
        trace(within, "document restored", actor, document=document.name)
