"""Text of PDF files, page by page."""

from __future__ import annotations

import io
import logging
import time
from typing import Any

from coercivity.documents.limits import LIMITS, Limits
from coercivity.errors import CoercivityError, InputError, UsageError

__all__ = ["pdf_text"]


def pdf_text(data: bytes, *, name: str, limits: Limits = LIMITS) -> str:
    """Extract the text of a PDF.

    Parameters
    ----------
    data : bytes
    name : str
        Named in errors.
    limits : Limits, optional
        Pages, length of the text, and seconds for all pages together.

    Returns
    -------
    str
        Pages in order, an empty line between them. Offsets of spans count in this text.

    Raises
    ------
    UsageError
        If pypdf is not installed.
    InputError
        If the file is damaged, encrypted, beyond the limits, or holds pictures alone.
    """
    try:
        import pypdf
    except ImportError as error:
        raise UsageError(
            "PDF files need pypdf, which is not installed",
            where=name,
            expected="the extra `news`",
            hint="pip install 'coercivity[news]'",
        ) from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        text = "\n\n".join(_pages(pypdf.PdfReader(io.BytesIO(data)), name, limits))
    except CoercivityError:
        raise
    except Exception as error:  # a damaged file makes pypdf raise almost anything
        raise InputError(
            f"the PDF is damaged: {type(error).__name__}: {str(error)[:120]}",
            where=name,
            expected="a PDF with text",
            hint="open and save it again, or save its text as .txt",
        ) from error
    if not text.strip():
        raise InputError(
            "the PDF shows no text",
            where=name,
            expected="a PDF with text, not with pictures of text",
            hint="recognise its characters first, or save its text as .txt",
        )
    return text.replace("\0", " ").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _pages(reader: Any, name: str, limits: Limits) -> list[str]:
    if reader.is_encrypted and not reader.decrypt(""):
        raise InputError(
            "the PDF is encrypted", where=name, expected="a PDF that opens without a password"
        )
    n_pages = len(reader.pages)
    if n_pages > limits.pages:
        raise InputError(
            f"the PDF has {n_pages} pages",
            where=name,
            expected=f"at most {limits.pages}",
            hint="split it, or raise the limit",
        )
    deadline = time.process_time() + limits.seconds
    texts: list[str] = []
    length = 0
    for page in reader.pages:
        texts.append(page.extract_text() or "")
        length += len(texts[-1]) + 2
        limits.check_text(length, where=name)
        if time.process_time() > deadline:
            raise InputError(
                f"the PDF takes more than {limits.seconds:g} s to read",
                where=f"{name}, page {len(texts)}",
                expected="a PDF within the limits",
                hint="save its text as .txt, or raise the limit",
            )
    return texts
