"""Files handed in: capped in size, told apart by their bytes, given back as downloads only."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from coercivity.desk.accounts.models import StoredFile
from coercivity.errors import InputError

__all__ = ["MAX_BYTES", "TYPES", "Received", "download", "receive", "sniff", "store"]

MAX_BYTES: Final = 10 * 1024 * 1024
"""Largest file, in bytes."""

TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text": "text/plain",
}
"""Kinds of files, by the name that :func:`sniff` gives them."""

_SIGNATURES: Final = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"))
_PARTS: Final = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"))


@dataclass(frozen=True)
class Received:
    """A file that was accepted but not yet kept.

    Parameters
    ----------
    name : str
        Its name without folders, for people only.
    kind : str
        A key of :data:`TYPES`.
    content : bytes
        What is in it.
    """

    name: str
    kind: str
    content: bytes


def sniff(content: bytes) -> str | None:
    """Return the kind of a file by its bytes; None if it is none that is taken."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else "text"


def _office_kind(content: bytes) -> str | None:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except zipfile.BadZipFile:
        return None
    return next((kind for part, kind in _PARTS if part in names), None)


def receive(
    upload: UploadedFile[bytes],
    *,
    kinds: Iterable[str] = tuple(TYPES),
    max_bytes: int = MAX_BYTES,
    where: str = "",
) -> Received:
    """Accept an uploaded file, or refuse it.

    Parameters
    ----------
    upload : UploadedFile
        From ``request.FILES``.
    kinds : iterable of str
        Keys of :data:`TYPES` that are taken here.
    max_bytes : int
        Largest size, in bytes.
    where : str
        Field that it came in.

    Raises
    ------
    InputError
        If it is empty, too large, or of another kind; its name and what the browser said of its
        type count for nothing.
    """
    if upload.size is None or upload.size > max_bytes:
        raise InputError(
            "the file is too large", where=where, expected=f"at most {max_bytes // 1024:,} KiB"
        )
    content = upload.read()
    if not content:
        raise InputError("the file is empty", where=where)
    kind, taken = sniff(content), tuple(kinds)
    if kind is None or kind not in taken:
        raise InputError(
            "the file is of a kind that is not taken here",
            where=where,
            expected="one of " + ", ".join(taken),
        )
    return Received(_plain_name(upload.name or ""), kind, content)


def _plain_name(name: str) -> str:
    """Drop folders and what cannot be shown."""
    last = PurePath(name.replace("\\", "/")).name
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    return kept[-120:] or "file"


def store(received: Received) -> StoredFile:
    """Keep a file; the same bytes are kept once."""
    digest = hashlib.sha256(received.content).hexdigest()
    found, _ = StoredFile.objects.get_or_create(
        sha256=digest, defaults={"size": len(received.content), "content": received.content}
    )
    return found


def download(file: StoredFile, name: str) -> HttpResponse:
    """Return a file as a download, never as something a browser would show or run.

    Parameters
    ----------
    file : StoredFile
        Reached through a row that the person may see.
    name : str
        Name it is saved under.
    """
    response = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=name)
    assert disposition is not None
    response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
