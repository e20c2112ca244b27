"""Bytes to text, strictly: what is not what it says it is, is refused."""

from __future__ import annotations

import codecs
import re
from typing import Final

from coercivity.errors import InputError

__all__ = ["decode"]

_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)
_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def decode(data: bytes, name: str, *, charset: str = "") -> str:
    """Decode a document.

    Parameters
    ----------
    data : bytes
    name : str
        Named in errors.
    charset : str
        Encoding that its container declares; it has priority over the page's own.

    Returns
    -------
    str
        Every code point of the file, with its byte order mark.

    Raises
    ------
    InputError
        If it is empty, binary, or not in UTF-8 or the encoding declared; with the byte's offset.
    """
    if not data.strip():
        raise InputError(
            "the file is empty", where=name, expected="some text", hint="remove it or save it again"
        )
    for mark, encoding in _WIDE:
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
    if data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8"  # the mark says more than any declaration
    else:
        encoding = _known(charset) or _declared(data) or "utf-8"
    return _decoded(data, encoding, name)


def _decoded(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = data[error.start] if error.start < len(data) else 0
        raise InputError(
            f"byte {byte:#04x} at offset {error.start} is not {encoding.upper()}",
            where=name,
            expected="text in UTF-8",
            hint=f"find its encoding and convert it, such as iconv -f WINDOWS-1252 -t UTF-8 {name}",
        ) from error
    except (ValueError, LookupError) as error:
        raise InputError(
            f"cannot be decoded as {encoding.upper()}: {error}", where=name, expected="UTF-8"
        ) from error


def _declared(data: bytes) -> str:
    """Return the encoding a page declares for itself; empty if none is known."""
    match = _CHARSET.search(data[:4096])
    return _known(match.group(1).decode("ascii")) if match else ""


def _known(charset: str) -> str:
    """Return the name of a text encoding, empty if there is none of this name.

    A page that can be searched for its declaration is not in an encoding of two or more bytes a
    letter, whatever it declares.
    """
    try:
        found = codecs.lookup(charset.strip("\"' ")) if charset.strip() else None
    except (LookupError, ValueError):
        return ""
    # Codecs such as base64 or rot13 are not encodings of text.
    if found is None or not getattr(found, "_is_text_encoding", True):
        return ""
    if found.name.startswith(("utf-16", "utf-32", "utf-7", "punycode", "idna", "unicode_escape")):
        return "utf-8"
    return "utf-8" if found.name in ("raw-unicode-escape", "undefined", "mbcs") else found.name
