"""When a document was published: the date its relative dates are counted from."""

from __future__ import annotations

import re
from datetime import date

from coercivity.documents.markup import DateMark
from coercivity.documents.model import DateAnchor, Document, make_span
from coercivity.timeline import PartialDate, parse_partial

__all__ = ["find_anchor"]

HEAD_LENGTH = 4000
"""Code points at the beginning of a text in which a publication line is looked for."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_HEADER = re.compile(r"^[\s\ufeff]*date\s+(\d{4}(?:-\d{2}){0,2})\b", re.IGNORECASE)
_LINE = re.compile(
    r"(?:^|\n)[ \t]*(?:last\s+updated|first\s+published|updated|published|posted|date)"
    r"(?:\s+(?:on|at))?\s*[:|–-]?\s*"
    rf"(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<m1>{_NAMES})\.?\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?"
    rf"\s+(?P<y1>\d{{4}})|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m2>{_NAMES})\.?,?\s+(?P<y2>\d{{4}}))",
    re.IGNORECASE,
)
_URL = re.compile(r"/(20\d{2})[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?:/|\b)")


def find_anchor(document: Document, marks: tuple[DateMark, ...] = ()) -> DateAnchor | None:
    """Return the publication date and where it comes from, or ``None``.

    Parameters
    ----------
    document : Document
        Its `published` is ignored.
    marks : tuple of DateMark
        Dates found in the page's own metadata.

    Notes
    -----
    Order: the page's metadata, a ``date`` header, an "Updated" or "Published" line, the address,
    the index. The first that can be read decides.
    """
    return (
        _from_marks(document, marks)
        or _from_header(document)
        or _from_line(document)
        or _from_url(document)
        or _from_index(document)
    )


def _from_marks(document: Document, marks: tuple[DateMark, ...]) -> DateAnchor | None:
    for mark in marks:
        value = _day(mark.text)
        if value:
            return DateAnchor(value, "document", "high", make_span(document, mark.start, mark.end))
    return None


def _from_header(document: Document) -> DateAnchor | None:
    match = _HEADER.match(document.text)
    if not match:
        return None
    value = _day(match.group(1))
    if value is None:
        return None
    confidence = "high" if value.is_exact else "medium"
    return DateAnchor(value, "document", confidence, make_span(document, *match.span(1)))


def _from_line(document: Document) -> DateAnchor | None:
    for match in _LINE.finditer(document.text[:HEAD_LENGTH]):
        value = _day(match["iso"] or _iso(match))
        if value:
            first = next(g for g in ("iso", "m1", "d2") if match[g])
            span = make_span(document, match.start(first), match.end())
            return DateAnchor(value, "document", "high", span)
    return None


def _from_url(document: Document) -> DateAnchor | None:
    match = _URL.search(document.source.url) if document.source else None
    value = _day("-".join(match.groups())) if match else None
    return DateAnchor(value, "url", "medium") if value else None


def _from_index(document: Document) -> DateAnchor | None:
    if document.source is None or document.source.published is None:
        return None
    return DateAnchor(document.source.published, "index", "medium")


def _iso(match: re.Match[str]) -> str:
    """ISO text of a written-out date."""
    month = _MONTHS[(match["m1"] or match["m2"]).lower()]
    year, day = match["y1"] or match["y2"], match["d1"] or match["d2"]
    return f"{year}-{month:02d}-{int(day):02d}"


def _day(text: str) -> PartialDate | None:
    """Read ISO text of any precision; ``None`` if the calendar has no such date."""
    try:
        if len(text) == 10:
            date.fromisoformat(text)
        return parse_partial(text)
    except Exception as error:
        if isinstance(error, ValueError) or hasattr(error, "exit_code"):
            return None
        raise
