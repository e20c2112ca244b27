"""Blocks of bare text: what is article, and what is the page around it.

News copied from a page brings its navigation, share buttons, teasers and captions along. The
classifier knows only form and the vocabulary of pages, never an outlet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from coercivity.documents.model import Block

__all__ = ["classify", "is_navigation", "split_paragraphs", "text_blocks"]

WRAP_WIDTH = 200
"""Longest line, in code points, that is taken for a line of a hard-wrapped paragraph."""

LONG_LINE = 25
"""Words from which a line without final stop is read as body all the same."""

NEIGHBOURS = 50
"""Paragraphs with the same first words, before and after, that a paragraph is compared with."""

LONGEST_LABEL = 2_000
"""Code points from which a paragraph is neither a caption nor a button: it is not looked at."""

TEASER_WORDS = 8
"""Fewest words of a paragraph that, found again at the start of another, make it a teaser."""

_DATELINE = re.compile(r"^date\s+\d{4}(-\d{2}){0,2}\b", re.IGNORECASE)
_META = re.compile(
    r"^(last\s+)?(updated|published|posted|modified|first published|edited by|written by|"
    r"reported by|by|source|sources|tags?|topics?|location|reading time|first uploaded)"
    r"(\s+(on|at|by))?\s*[:|–-]",
    re.IGNORECASE,
)
_BUTTONS = re.compile(
    r"facebook|twitter|youtube|instagram|whatsapp|linkedin|telegram|pinterest|reddit|"
    r"\bshare( this| on)?\b|\bsubscribe\b|\bnewsletter|\bfollow us\b|\bsign (in|up)\b|\blog ?in\b|"
    r"preferred source|\badvertisement\b|\bread (more|also)\b|\balso read\b|\blatest news\b|"
    r"\btrending\b|\bcookies?\b|all rights reserved|\bcopyright\b|\bmenu\b|\bskip to\b|"
    r"\bclick here\b|\bcomments?\b|\bdownload (the |our )?app\b|\bprint this\b|\blisten to\b|"
    r"\brelated (stories|articles|news)\b|\bhome page\b|\bprivacy policy\b|\bterms of use\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"^\(?(file )?(photo|image|picture|representative image|graphic|illustration)s?\b[^.]{0,40}"
    r"([:|/]|\bby\b|\bcredit|\bcourtesy)|"
    r"\((photo|image|picture)( credit)?s?\s*:[^)]*\)\s*$|^\(?(photo|image) credit",
    re.IGNORECASE,
)
_FINAL = re.compile(r"[.!?…](?:[\"'”’)\]»]*)\s*$")
_INNER_STOP = re.compile(r"[,;.]\s")
_WORD = re.compile(r"\w+(?:[-’']\w+)*")


def text_blocks(text: str) -> tuple[Block, ...]:
    """Split bare text into paragraphs and say what each is for."""
    ranges = split_paragraphs(text)
    kinds = classify([" ".join(text[start:end].split()) for start, end in ranges])
    return tuple(Block(start, end, kind) for (start, end), kind in zip(ranges, kinds, strict=True))


def split_paragraphs(text: str) -> list[tuple[int, int]]:
    """Return the raw ranges of the paragraphs, blanks at both ends left out.

    A line is a paragraph, except where neighbouring lines were broken to one width: there every
    line is as long as the next word allows.
    """
    groups: list[list[tuple[int, int]]] = [[]]
    for match in re.finditer(r"[^\r\n\u2028\u2029]+|\r\n|[\r\n\u2028\u2029]", text):
        line = match.group()
        if line[0] in "\r\n\u2028\u2029":
            continue
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        between = text[groups[-1][-1][1] : start] if groups[-1] else ""
        if start >= end:
            continue
        if len(re.findall(r"\r\n|[\r\n\u2028\u2029]", between)) > 1:
            groups.append([])
        groups[-1].append((start, end))
    paragraphs: list[tuple[int, int]] = []
    for group in groups:
        if len(group) > 1 and _is_wrapped([text[start:end] for start, end in group]):
            paragraphs.append((group[0][0], group[-1][1]))
        else:
            paragraphs.extend(group)
    return paragraphs


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether neighbouring lines are one paragraph broken to a width."""
    width = max(len(line) for line in lines)
    if width > WRAP_WIDTH:
        return False
    full = all(
        len(line) + 1 + len(following.split(maxsplit=1)[0]) > width
        for line, following in pairwise(lines)
    )
    broken = [pair for pair in pairwise(lines) if not _FINAL.search(pair[0])]
    if any(following[:1].islower() for _, following in broken):
        return full or _mostly_full(lines, width)
    # A name may open every line; then only prose with stops inside is taken for one paragraph.
    is_prose = bool(_FINAL.search(lines[-1]))
    return full and is_prose and any(_INNER_STOP.search(line) for line, _ in broken)


def _mostly_full(lines: Sequence[str], width: int) -> bool:
    """Whether no line but the last is much shorter than the width."""
    return all(len(line) >= 0.6 * width for line in lines[:-1])


def classify(paragraphs: Sequence[str]) -> list[str]:
    """Return the kind of each paragraph (runs of blanks already one space)."""
    kinds = [_kind_alone(paragraph) for paragraph in paragraphs]
    _mark_titles(paragraphs, kinds)
    _mark_teasers(paragraphs, kinds)
    if "body" not in kinds:
        kinds = ["body" if kind == "title" else kind for kind in kinds]
    return kinds


def is_navigation(paragraph: str) -> bool:
    """Whether a paragraph belongs to the page rather than to the article."""
    if len(paragraph) > LONGEST_LABEL:
        return False
    words = _WORD.findall(paragraph)
    if not words or _DATELINE.match(paragraph):
        return True
    if _META.match(paragraph) and len(words) <= 16:
        return True
    short = len(words) <= 6 or (len(words) <= 12 and not _FINAL.search(paragraph))
    return short and bool(_BUTTONS.search(paragraph))


def _kind_alone(paragraph: str) -> str:
    """Kind of a paragraph by its own form; ``line`` where the neighbours must decide."""
    if len(paragraph) > LONGEST_LABEL:
        return "body" if _WORD.search(paragraph) else "navigation"
    if is_navigation(paragraph):
        return "navigation"
    if _CAPTION.search(paragraph):
        return "caption"
    n_words = len(_WORD.findall(paragraph))
    if _FINAL.search(paragraph) or n_words >= LONG_LINE:
        return "body"
    return "line"


def _mark_titles(paragraphs: Sequence[str], kinds: list[str]) -> None:
    """Lines without final stop: titles if they have a title's length, else navigation."""
    for position, kind in enumerate(kinds):
        if kind == "line":
            n_words = len(_WORD.findall(paragraphs[position]))
            kinds[position] = "title" if n_words >= 4 else "navigation"


def _mark_teasers(paragraphs: Sequence[str], kinds: list[str]) -> None:
    """Body paragraphs whose words open another paragraph further down, or repeat one above."""
    folded = [_folded(text) for text in paragraphs]
    # Only paragraphs with the same first words can be meant; looking at all pairs takes hours on
    # a page of a hundred thousand lines.
    alike: dict[tuple[str, ...], list[int]] = {}
    for position, words in enumerate(folded):
        if kinds[position] == "body" and len(words) >= TEASER_WORDS:
            alike.setdefault(words[:TEASER_WORDS], []).append(position)
    for positions in alike.values():
        for number, position in enumerate(positions):
            words = folded[position]
            around = positions[max(0, number - NEIGHBOURS) : number + NEIGHBOURS + 1]
            if any(
                folded[other][: len(words)] == words
                and (kinds[other] == "body" if other < position else other > position)
                and (other < position or len(folded[other]) > len(words))
                for other in around
            ):
                kinds[position] = "teaser"


def _folded(text: str) -> tuple[str, ...]:
    """Words in lower case, of a long paragraph those at its beginning."""
    return tuple(word.lower() for word in _WORD.findall(text[: 4 * LONGEST_LABEL]))
