"""What a number counts, by the noun behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coercivity.claims.covering import Cover
from coercivity.claims.vocabulary import Lexicon

if TYPE_CHECKING:
    from coercivity.claims.gazetteer import Mention
    from coercivity.claims.numbers import NumberMention

__all__ = ["counted_noun", "counts_of_none", "generic_noun"]

FARTHEST = 4
"""Words behind a number among which its noun is looked for."""

NEAR = 120
"""Code points between "none" and the number that says of what."""

_WORDS = re.compile(r"[\s-]{1,8}([A-Za-z][\w-]{0,40})")
_STOPS = frozenset(
    [
        "of",
        "in",
        "from",
        "to",
        "and",
        "or",
        "for",
        "at",
        "by",
        "than",
        "on",
        "with",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "may",
        "will",
        "would",
        "could",
        "can",
        "that",
        "which",
        "who",
        "while",
        "but",
        "as",
        "after",
        "before",
        "since",
        "until",
        "over",
        "under",
        "into",
        "per",
        "a",
        "an",
        "the",
        "this",
        "more",
        "less",
        "fewer",
        "other",
        "each",
    ]
)
_NOT_COUNTED = frozenset(
    [
        "sides",
        "countries",
        "nations",
        "neighbours",
        "neighbors",
        "leaders",
        "parties",
        "adversaries",
        "people",
        "persons",
        "officials",
        "executives",
        "sources",
        "insiders",
        "ministers",
        "analysts",
        "experts",
        "others",
        "thirds",
        "quarters",
        "fifths",
        "halves",
        "times",
        "ways",
        "things",
        "reasons",
        "sorts",
        "kinds",
        "types",
        "points",
        "days",
        "weeks",
        "months",
        "years",
        "hours",
        "minutes",
        "decades",
        "centuries",
        "dollars",
        "rupees",
        "cents",
        "as",
        "its",
        "his",
        "has",
        "was",
        "is",
        "us",
        "this",
        "previous",
        "various",
        "economies",
        "powers",
        "presidents",
        "states",
        "governments",
        "men",
        "women",
        "lawmakers",
        "reporters",
    ]
)
_NOUN = re.compile(r"[\s-]{1,3}(?:[a-z]{3,20}[\s-]){0,2}?(?P<noun>[a-z]{2,20}s)\b(?!['’])")
_NONE_OF = re.compile(
    r"\b(?:none|nil)\b(?:\sof\s(?:the\s|them\b|these\s|those\s)?[^.;!?]{0,40}?)?"
    r"\s{1,3}(?:has|have|had|was|were|is|are)\b",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    r"\bno\s(?:[A-Za-z-]{1,20}\s){0,3}?(?P<noun>[a-z]{3,20})\s(?:has|have|had|was|were)\b"
    r"(?=[^.;!?]{0,60}\b(?:approv|clear|grant|licen|permi|receiv|issu|endors)\w*)",
    re.IGNORECASE,
)


def counted_noun(
    text: str,
    end: int,
    named: Cover[Mention],
    lexicon: Lexicon,
    item_units: dict[str, str],
) -> tuple[str, str, int]:
    """Return the unit of the noun that follows within four words, the noun, and its end.

    Of neighbouring nouns the last is the head: "141 licence applications" are applications.

    Parameters
    ----------
    end : int
        Where the number ends.
    named : Cover of Mention
        Names of the pack: an item counted in vehicles or pieces is a noun too.

    Returns
    -------
    tuple of str, str and int
        Empty strings and `end` if no such noun follows.
    """
    found = ("", "", end)
    position = end
    for step in range(FARTHEST):
        word = _WORDS.match(text, position)
        if word is None:
            break
        name = word.group(1).lower()
        unit = _unit_of(name, word.start(1), named, lexicon, item_units)
        if unit:
            found = (unit, name, word.end())
        elif found[0] or name in _STOPS or step + 1 == FARTHEST:
            break
        position = word.end()
    return found


def _unit_of(
    name: str, position: int, named: Cover[Mention], lexicon: Lexicon, item_units: dict[str, str]
) -> str:
    """Return the unit of one word, or an empty string."""
    if name in lexicon.count_units:
        return lexicon.count_units[name]
    here = named.at(position)
    item = here.first("item") if here else None
    unit = item_units.get(item.value, "") if item else ""
    return unit if unit in ("vehicle", "unit") else ""


def generic_noun(text: str, end: int, *, is_word: bool) -> tuple[str, int]:
    """Return the plural noun right behind a number in the singular, and its end.

    Parameters
    ----------
    end : int
        Where the number ends.
    is_word : bool
        Whether the number is written as a word; then people and sides are not counted.

    Examples
    --------
    >>> generic_noun("256 layers and above", 3, is_word=False)
    ('layer', 10)
    >>> generic_noun("two sides", 3, is_word=True)
    ('', 3)
    """
    match = _NOUN.match(text, end)
    if match is None or (is_word and text[end] == "-"):
        return "", end
    words = re.split(r"[\s-]+", match.group().strip())
    if match["noun"] in _NOT_COUNTED or any(word in _STOPS for word in words):
        return "", end
    if is_word and len(words) > 2:
        return "", end
    return _singular(match["noun"]), match.end()


def _singular(noun: str) -> str:
    """Return the singular of a regular plural."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("xes", "ches", "shes", "sses")):
        return noun[:-2]
    return noun[:-1]


def counts_of_none(
    text: str, found: list[NumberMention], lexicon: Lexicon
) -> Iterator[tuple[int, int, str]]:
    """Yield places that say that none has got something, with the unit counted.

    Parameters
    ----------
    found : list of NumberMention
        Numbers of the text: "none" counts what the number close to it counts.
    """
    cover = Cover(found)
    units = frozenset(lexicon.count_units.values())
    for match in _NONE_OF.finditer(text):
        near = cover.before(match.end())
        is_near = near is not None and abs(match.start() - near.end) <= NEAR
        if near is not None and is_near and near.unit in units:
            yield match.start(), match.start() + 4, near.unit
    for match in _NO_NOUN.finditer(text):
        unit = lexicon.count_units.get(match["noun"].lower(), "")
        if not unit and match["noun"].lower() in ("applicant", "importer"):
            unit = "firm"
        if unit in ("firm", "application", "licence"):
            yield match.start(), match.end("noun"), unit
