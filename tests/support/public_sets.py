"""Public sets at test time: brat standoff for attribution, TimeML for dates. Nothing is vendored.

``COERCIVITY_PUBLIC_SETS`` names a folder. Below its ``polnear`` every ``NAME.ann`` beside a
``NAME.txt`` is read (text-bound annotations *Content*, *Source*, *Cue*); below its ``timebank``
every ``NAME.tml`` (TIMEX3 elements in TEXT, the day of publication marked ``CREATION_TIME``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from coercivity.claims.dates import tag_dates
from coercivity.claims.resolve import resolve
from coercivity.claims.speakers import Speakers
from coercivity.claims.statements import find_statements
from coercivity.timeline import parse_partial

VARIABLE = "COERCIVITY_PUBLIC_SETS"
_QUOTE_MARKS = "\"“”'‘’«»"
_BOUND = re.compile(r"^T\d+\t(?P<kind>\w+) (?P<spans>\d+ \d+(?:;\d+ \d+)*)\t")

Span = tuple[int, int]


@dataclass(frozen=True)
class Attributed:
    """A text with the stretches that somebody is made to say."""

    name: str
    text: str
    contents: tuple[tuple[Span, ...], ...]

    def quotes(self) -> tuple[Span, ...]:
        """Return the contents that stand wholly in quotation marks."""
        rows = ((row[0][0], row[-1][1]) for row in self.contents)
        return tuple(
            (start, end)
            for start, end in rows
            if self.text[start] in _QUOTE_MARKS and self.text[end - 1] in _QUOTE_MARKS
        )


@dataclass(frozen=True)
class Dated:
    """A text with its day of publication and the dates it names: range and value."""

    name: str
    text: str
    published: str
    dates: tuple[tuple[Span, str], ...]


def public_folder(name: str) -> Path | None:
    """Return a folder of the public sets, or ``None`` if it is not at hand."""
    root = os.environ.get(VARIABLE, "")
    folder = Path(root) / name
    return folder if root and folder.is_dir() else None


def attributed_texts(folder: Path) -> Iterator[Attributed]:
    """Read every pair of text and standoff file below a folder, in order of name."""
    for path in sorted(folder.rglob("*.ann")):
        source = path.with_suffix(".txt")
        if not source.is_file():
            continue
        contents = []
        for line in path.read_text(encoding="utf-8").splitlines():
            match = _BOUND.match(line)
            if match is not None and match["kind"].lower() == "content":
                parts = (part.split() for part in match["spans"].split(";"))
                contents.append(tuple((int(start), int(end)) for start, end in parts))
        yield Attributed(path.stem, source.read_text(encoding="utf-8"), tuple(contents))


def dated_texts(folder: Path) -> Iterator[Dated]:
    """Read every TimeML file below a folder that has a text and a day, in order of name."""
    for path in sorted(folder.rglob("*.tml")):
        root = ElementTree.parse(path).getroot()
        body = root.find("TEXT")
        day = next(
            (
                element.get("value", "")
                for element in root.iter("TIMEX3")
                if "CREATION_TIME" in (element.get("functionInDocument") or "")
            ),
            "",
        )
        if body is not None and re.match(r"\d{4}-\d\d-\d\d", day):
            text, dates = _flattened(body)
            yield Dated(path.stem, text, day[:10], tuple(dates))


def _flattened(body: ElementTree.Element) -> tuple[str, list[tuple[Span, str]]]:
    """Text of an element, and the dates in it with their places."""
    parts: list[str] = []
    dates: list[tuple[Span, str]] = []

    def walk(element: ElementTree.Element) -> None:
        start = sum(map(len, parts))
        parts.append(element.text or "")
        for child in element:
            walk(child)
            parts.append(child.tail or "")
        value = element.get("value", "")
        if element.tag == "TIMEX3" and element.get("type") == "DATE" and value[:1].isdigit():
            dates.append(((start, sum(map(len, parts))), value))

    walk(body)
    return "".join(parts), dates


def letters(text: str, spans: Iterable[Span]) -> set[int]:
    """Return the places of letters and digits in ranges: marks and blanks say nothing."""
    return {i for start, end in spans for i in range(start, end) if text[i].isalnum()}


def attribution_scores(
    rows: Iterable[Attributed], read: Callable[[str], Iterable[Any]], vocabulary: Any
) -> tuple[float, float, int]:
    """Score contents.

    Parameters
    ----------
    read : callable
        Text to readings.

    Returns
    -------
    float
        F1 over the letters and digits of all contents.
    float
        Share of the contents in quotation marks of which nine tenths lie in one statement.
    int
        Number of contents in quotation marks.
    """
    right = found = wanted = 0
    hits: list[bool] = []
    for row in rows:
        ranges = []
        known = Speakers()
        for reading in read(row.text):
            for statement in find_statements(reading, vocabulary, known):
                span = reading.span(statement.start, statement.end)
                ranges.append((span.start, span.end))
        gold = letters(row.text, (span for content in row.contents for span in content))
        given = letters(row.text, ranges)
        right, found, wanted = right + len(gold & given), found + len(given), wanted + len(gold)
        for quote in row.quotes():
            inside = letters(row.text, [quote])
            hits.append(
                any(len(inside & letters(row.text, [r])) >= 0.9 * len(inside) for r in ranges)
            )
    return 2 * right / max(1, found + wanted), sum(hits) / max(1, len(hits)), len(hits)


def date_score(rows: Iterable[Dated]) -> float:
    """Return the F1 of dates that overlap and have the same value."""
    right = found = wanted = 0
    for row in rows:
        anchor, previous = parse_partial(row.published), None
        gold = list(row.dates)
        wanted += len(gold)
        for expression in tag_dates(row.text):
            result = resolve(expression, anchor, previous)
            if result.precision == "day" and result.latest:
                previous = result.latest
            if not result.value[:1].isdigit():
                continue
            found += 1
            hit = next(
                (
                    one
                    for one in gold
                    if one[0][0] < expression.end
                    and expression.start < one[0][1]
                    and one[1] == result.value
                ),
                None,
            )
            if hit is not None:
                gold.remove(hit)
                right += 1
    return 2 * right / max(1, found + wanted)
