"""Names made comparable: one form of each character, no case, no legal form.

Nothing is transliterated: a name in one script is compared with aliases in that script.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

__all__ = ["ComparableName", "comparable", "legal_forms"]

_INITIALS: Final = re.compile(r"(?<=\b\w)\.\s?(?=\w\b)")
_NOT_A_WORD: Final = re.compile(r"[^\w]+|_+", re.UNICODE)
# Letters that have no decomposition, but are written without their stroke as often as with it.
_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "’": "", "'": ""}
)
# Beyond Latin, Greek and Cyrillic a combining mark is a vowel and no accent.
_LAST_ACCENTED: Final = 0x052F
_FIRST_UNSPACED: Final = 0x2E80


@dataclass(frozen=True)
class ComparableName:
    """A name as it is compared.

    Parameters
    ----------
    text : str
        As it was given.
    tokens : tuple of str
        Words without the legal form, in the order of the name.
    legal_form : str
        What was taken off; empty if nothing was.
    """

    text: str
    tokens: tuple[str, ...]
    legal_form: str = ""

    @property
    def key(self) -> str:
        """The words in alphabetical order."""
        return " ".join(sorted(self.tokens))

    @property
    def is_unspaced(self) -> bool:
        """Whether it is written in a script without spaces between words."""
        return len(self.tokens) == 1 and ord(self.tokens[0][0]) >= _FIRST_UNSPACED


def comparable(text: str) -> ComparableName:
    """Return a name in the form in which names are compared.

    Compatibility characters are unified (Unicode NFKC), case is folded, accents of Latin, Greek and
    Cyrillic letters and all punctuation are dropped, and legal forms at the end or the beginning
    are taken off, unless nothing would be left.

    Parameters
    ----------
    text : str

    Returns
    -------
    ComparableName

    Examples
    --------
    >>> comparable("Société Générale d'Aimants S.A.").tokens
    ('societe', 'generale', 'daimants')
    """
    folded = _unaccented(unicodedata.normalize("NFKC", text).casefold().translate(_STROKES))
    words = tuple(_words(_INITIALS.sub("", folded)))
    core, form = _without_form(words)
    return ComparableName(text, core or (text.casefold().strip() or " ",), form)


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    kept, base = [], 0
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.combining(character) and base <= _LAST_ACCENTED:
            continue
        if not unicodedata.combining(character):
            base = ord(character)
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def _words(text: str) -> list[str]:
    if text.isascii():
        return _NOT_A_WORD.sub(" ", text).split()
    # Vowel signs of Indian scripts are marks, which \w does not know.
    return "".join(
        c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in text
    ).split()


@lru_cache(maxsize=1)
def legal_forms() -> frozenset[tuple[str, ...]]:
    """Return the legal forms that are taken off names, each as its words.

    They are read from ``legal_forms.csv``, where each cites ISO 20275 [ISO20275] or says that it is
    assumed.
    """
    text = (resources.files("coercivity.licences") / "legal_forms.csv").read_text("utf-8")
    return frozenset(tuple(_words(row["form"])) for row in csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def _attached() -> tuple[str, ...]:
    """Return the forms that are written without a space, longest first."""
    forms = ("".join(form) for form in legal_forms() if ord(form[0][0]) >= _FIRST_UNSPACED)
    return tuple(sorted(forms, key=len, reverse=True))


_LONGEST_FORM: Final = 4


def _without_form(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Take legal forms off the end and the beginning; a name of nothing else is kept whole."""
    taken: list[str] = []
    left = words
    while True:
        shorter = _cut_once(left)
        if shorter is None or not shorter[0]:
            break
        left = shorter[0]
        taken.append(shorter[1])
    if not taken:
        return words, ""
    return left, " ".join(taken)


def _cut_once(words: tuple[str, ...]) -> tuple[tuple[str, ...], str] | None:
    forms = legal_forms()
    for length in range(min(_LONGEST_FORM, len(words)), 0, -1):
        if words[-length:] in forms:
            return words[:-length], " ".join(words[-length:])
        if words[:length] in forms:
            return words[length:], " ".join(words[:length])
    if words and ord(words[-1][-1]) >= _FIRST_UNSPACED:
        last = words[-1]
        for form in _attached():
            if last.endswith(form) and last != form:
                return (*words[:-1], last.removesuffix(form)), form
            if last.startswith(form) and last != form:
                return (*words[:-1], last.removeprefix(form)), form
    return None
