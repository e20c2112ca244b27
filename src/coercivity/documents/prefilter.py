"""The byte prefilter: which documents may say anything about a subject, told without reading them.

All phrases are looked for at once by one automaton over the bytes (RE2, as pyarrow brings it): it
is linear in the length of the text and independent of the number of phrases. What is found is a
superset of what the reader would find: a document that does not pass names nothing it could read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Final

__all__ = ["Phrases", "Prefilter"]

SHORT: Final = 3
"""Longest word, in letters, after which a name must end: longer ones may have an ending."""

_GAP: Final = r"(?:[^A-Za-z0-9]|<[^>]*>)*"
"""What may stand between two words of a phrase: anything but words, and tags."""

_ENDING: Final = r"[A-Za-z]{0,3}"
_INVISIBLE: Final = re.compile(
    b"|".join(c.encode() for c in "\u00ad\u200b\u200c\u200d\u2060\ufeff") + b"|&shy;"
)
"""What may stand inside a word and is not shown."""

_HIDING: Final = "|".join(
    (
        *("&shy;", r"\xc2\xad", r"\xe2\x80[\x8b-\x8d]", r"\xe2\x81\xa0", r"\xef\xbb\xbf"),
        r"&#(?:6[5-9]|[7-9]\d|1[01]\d|12[0-2]|173|19[2-9]|[2-9]\d\d|[1-79]\d{3}|\d{5,});?",
        r"&#(?:8[014-9]\d\d|820[3-5]|8288);?",
        r"&#[xX](?:[4-7]\w|[aA][dD]|[c-fC-F]\w|[1-9a-fA-F]\w\w|[13-9a-fA-F]\w{3}|2[1-9a-fA-F]\w\w)",
        r"&#[xX](?:200[b-dB-D]|2060)",
        r"\\u(?:00[4-7c-fC-F]\w|0[1-9a-fA-F]\w\w|[13-9a-fA-F]\w{3}|2[1-9a-fA-F]\w\w)",
        r"\\u(?:200[b-dB-D]|00[aA][dD]|2060|[fF][eE][fF]{2})",
    )
)
"""What may hide a word: invisible characters, and letters written as numbers."""


@dataclass(frozen=True)
class Phrases:
    """What the prefilter looks for: tuples of words.

    A word in small letters matches in any case; a capital must be a capital in the text.

    Parameters
    ----------
    subjects : tuple of tuple of str
        Phrases one of which is enough.
    names : tuple of tuple of str
        Phrases that count only together with an act.
    acts : tuple of tuple of str
        Words of the acts that matter.
    """

    subjects: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, ...], ...] = ()
    acts: tuple[tuple[str, ...], ...] = ()


class Prefilter:
    """Tells whether bytes name the subject, or somebody together with an act.

    Parameters
    ----------
    phrases : Phrases

    Examples
    --------
    >>> wanted = Prefilter(Phrases(subjects=(("optical", "glass"),)))
    >>> wanted.hits([b"Two OPTICAL-glasses", b"glass of optical quality"])
    [True, False]
    """

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases

    def __reduce__(self) -> tuple[Any, ...]:
        return Prefilter, (self.phrases,)

    def is_hit(self, data: bytes) -> bool:
        """Whether one text may speak of the subject; see :meth:`hits`."""
        return self.hits([data])[0]

    def hits(self, texts: Sequence[bytes]) -> list[bool]:
        """Tell which texts may speak of the subject.

        Parameters
        ----------
        texts : sequence of bytes
            Text, markup or JSON in UTF-8.

        Returns
        -------
        list of bool
            ``False`` only for a text that names no phrase. Tags inside a word hide it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        array = pa.array(texts, type=pa.large_binary())
        found = self._passes(array)
        rest = [place for place, is_hit in enumerate(found) if not is_hit]
        if not rest:
            return found
        is_hiding = pc.match_substring_regex(array.take(pa.array(rest)), _HIDING).to_pylist()
        again = [place for place, hides in zip(rest, is_hiding, strict=True) if hides]
        if again:
            shown = pa.array([_shown(texts[place]) for place in again], type=pa.large_binary())
            for place, is_hit in zip(again, self._passes(shown), strict=True):
                found[place] = is_hit
        return found

    def _passes(self, array: Any) -> list[bool]:
        """Tell which of an array of texts pass as they are."""
        import pyarrow as pa
        import pyarrow.compute as pc

        subjects, names, acts = self._expressions
        found: list[bool] = pc.match_substring_regex(array, subjects).to_pylist()
        rest = [place for place, is_hit in enumerate(found) if not is_hit]
        for expression in (acts, names):
            if rest:
                hits = pc.match_substring_regex(array.take(pa.array(rest)), expression).to_pylist()
                rest = [place for place, is_hit in zip(rest, hits, strict=True) if is_hit]
        for place in rest:
            found[place] = True
        return found

    @cached_property
    def _expressions(self) -> tuple[str, str, str]:
        groups = (self.phrases.subjects, self.phrases.names, self.phrases.acts)
        one, two, three = ("|".join(map(_expression, _shortest(group))) for group in groups)
        return one or _NOTHING, two or _NOTHING, three or _NOTHING


_NOTHING: Final = r"[^\x00-\xff]"


def _shortest(phrases: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Phrases that hold no other one: whoever names the longer names the shorter."""
    kept: dict[tuple[str, ...], None] = {}
    for phrase in sorted(set(phrases), key=lambda words: (len(words), words)):
        parts = (phrase[a:b] for a, b in combinations(range(len(phrase) + 1), 2))
        if phrase and not any(part in kept for part in parts):
            kept[phrase] = None
    return list(kept)


def _expression(phrase: tuple[str, ...]) -> str:
    """Return the expression of a phrase."""
    words = [_word(word) for word in phrase]
    is_open = len(phrase[-1]) > SHORT or not phrase[-1].isascii()
    before = r"(?:\b|_)" if phrase[0][0].isascii() else ""
    after = "" if is_open else "s?(?:[^A-Za-z0-9]|$)"
    return before + (_ENDING + _GAP).join(words) + after


def _word(word: str) -> str:
    """Return the expression of a word, without the ending that the plural changes."""
    stem = word.removesuffix("y") if len(word) > SHORT + 1 else word
    return "".join(_letter(letter) for letter in stem)


def _letter(letter: str) -> str:
    """Bytes of a letter: a capital as it is, a small one in either case, points after capitals."""
    if letter == "&":
        return "&(?:amp;)?"
    if letter.isascii():
        plain = f"[{letter}{letter.upper()}]" if letter.islower() else re.escape(letter)
        return plain + (r"\.?" if letter.isupper() else "")
    forms = sorted({letter} if letter.isupper() else {letter, letter.upper()})
    written = ["".join(rf"\x{byte:02x}" for byte in form.encode("utf-8")) for form in forms]
    return f"(?:{'|'.join(written)})"


def _shown(data: bytes) -> bytes:
    """Return the text as it is shown: escapes replaced, what is invisible left out."""
    import html

    text = data.decode("utf-8", "replace")
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    paired = html.unescape(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _INVISIBLE.sub(b"", paired.encode("utf-8"))
