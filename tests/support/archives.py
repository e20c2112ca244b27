"""Small web archives and PDF files, made with the libraries that read them or by the format."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

PDF_HEAD = b"%PDF-1.4\n"


def pdf_bytes(*pages: str) -> bytes:
    """Return a PDF with one line of text a page."""
    from reportlab.pdfgen.canvas import Canvas

    sink = io.BytesIO()
    canvas = Canvas(sink, invariant=True)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


def write_archive(path: Path, records: list[dict], *, packed: bool = True) -> Path:
    """Write a web archive.

    Each record: ``url``, ``body`` (bytes), optionally ``kind`` (content type), ``status``,
    ``headers`` (pairs), ``date``.
    """
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        for record in records:
            headers = [("Content-Type", record.get("kind", "text/html; charset=utf-8"))]
            headers += record.get("headers", [])
            http = StatusAndHeaders(record.get("status", "200 OK"), headers, protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    record["url"],
                    "response",
                    payload=io.BytesIO(record["body"]),
                    http_headers=http,
                    warc_headers_dict={"WARC-Date": record.get("date", "2025-10-31T08:00:00Z")},
                )
            )
    return path


def bomb_bytes(megabytes: int) -> bytes:
    """Return a gzip file that unpacks to so many megabytes of one letter."""
    sink = io.BytesIO()
    with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=9, mtime=0) as file:
        for _ in range(megabytes):
            file.write(b"a" * 2**20)
    return sink.getvalue()
