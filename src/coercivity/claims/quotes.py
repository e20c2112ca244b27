"""Quotation marks: which stretches of a text are somebody's words."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from coercivity.claims.covering import Cover

_NUMBERED = re.compile(r"\bNo(?:s?\.|s)(?=\s?\d)", re.IGNORECASE)
_SEMICOLON = re.compile(r";(?=\s+(?:[\w’'-]+\s+){2,}[\w’'-]+)")

__all__ = ["Quote", "find_quotes", "parser_text"]

_BEFORE = r"(?:(?<=[\s(\[—–:/-])|^)"
_OPENINGS = re.compile(rf"[“«„]|{_BEFORE}(?:``|''(?=\w))|{_BEFORE}\"(?=\S)|{_BEFORE}[‘'](?=\w)")
_CLOSINGS = {
    "“": (re.compile("”"), re.compile(r"(?<=[\w.,!?…%)])\"")),
    "«": (re.compile("»"),),
    "„": (re.compile("[“”]"),),
    "``": (re.compile("''"),),
    "''": (re.compile("''"),),
    '"': (re.compile('"'), re.compile("”")),
    "‘": (re.compile(r"(?<=[.,!?…])[’'](?=\s|$|[.,;:)”])"),),
    "'": (re.compile(r"(?<=[.,!?…])[’'](?=\s|$|[.,;:)”])"),),
}
_SINGLE = frozenset("‘'")
LONGEST_SINGLE = 2000
"""Code points between single marks beyond which they are taken for apostrophes."""


@dataclass(frozen=True)
class Quote:
    """A quoted stretch: ``text[start:end]`` with its marks.

    Parameters
    ----------
    start, end : int
        Code points, marks included.
    width : int
        Code points of each mark: 2 for marks made of two strokes.
    """

    start: int
    end: int
    width: int = 1

    def inner(self) -> tuple[int, int]:
        """Return the range without the marks."""
        return self.start + self.width, self.end - self.width


def find_quotes(text: str) -> tuple[Quote, ...]:
    """Find quoted stretches from left to right; nested ones belong to the outer.

    Curly, straight, angle and doubled single marks count; single marks only where the closing one
    follows punctuation, so that apostrophes do not. A curly mark may be closed by a straight one,
    and the other way round, if its own does not come.

    Examples
    --------
    >>> [quote.inner() for quote in find_quotes("“Yes,” he said. ``Why?'' she asked.")]
    [(1, 5), (18, 22)]
    """
    quotes: list[Quote] = []
    ends = _Endings(text)
    reached = 0
    for match in _OPENINGS.finditer(text):
        if match.start() < reached:
            continue
        end = ends.after(match.group(), match.end())
        if end:
            quotes.append(Quote(match.start(), end, len(match.group())))
            reached = end
    return tuple(quotes)


class _Endings:
    """Closing marks of a text, each kind looked for once: unclosed marks cost no second scan."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, tuple[tuple[list[int], list[int]], ...]] = {}

    def after(self, opening: str, position: int) -> int:
        """Return the end of the first closing mark behind a position, or 0."""
        if opening not in self._found:
            self._found[opening] = tuple(self._all(kind) for kind in _CLOSINGS[opening])
        for starts, ends in self._found[opening]:
            index = bisect_left(starts, position + 1)
            if index < len(starts) and self._is_within(opening, position, starts[index]):
                return ends[index]
        return 0

    def _all(self, closing: re.Pattern[str]) -> tuple[list[int], list[int]]:
        spans = [match.span() for match in closing.finditer(self._text)]
        return [start for start, _ in spans], [end for _, end in spans]

    def _is_within(self, opening: str, start: int, end: int) -> bool:
        """Whether single marks stay within a line and a paragraph's length."""
        if opening not in _SINGLE:
            return True
        return end - start <= LONGEST_SINGLE and self._text.find("\n", start, end) < 0


UNBROKEN = "\u2011"
"""Hyphen at which the parser does not break a word."""

_AGAIN = re.compile(
    r"\b(re)-(?=(?:export|sell|sold|open|start|issue|import|route)[a-z]*\b)", re.IGNORECASE
)


def parser_text(text: str, quotes: tuple[Quote, ...]) -> str:
    """Return the text as the parser reads it best, code point by code point.

    Every quotation gets curly double marks, apostrophes become straight, a semicolon between two
    clauses ends a sentence, the "No." of a numbered instrument is no longer the word *no*, and
    "re-export" is one word.
    Offsets do not change.
    """
    characters = list(text)
    for quote in quotes:
        first, last = quote.inner()
        characters[quote.start : first] = [" "] * (quote.width - 1) + ["“"]
        characters[last : quote.end] = ["”"] + [" "] * (quote.width - 1)
    quoted = Cover(quotes)
    for match in _SEMICOLON.finditer(text):
        if quoted.at(match.start()) is None:
            characters[match.start()] = "."
    plain = _NUMBERED.sub(_same_length, "".join(characters).replace("’", "'"))
    return _AGAIN.sub(rf"\1{UNBROKEN}", plain)


def _same_length(match: re.Match[str]) -> str:
    """Write the "No." of a numbered instrument so that it is not read as the word *no*."""
    return "Num" + "s" * (len(match.group()) - 3)
