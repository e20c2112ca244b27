"""Word classes from tags by table: what spaCy's attribute ruler sets, at a fraction of its time.

Nearly all patterns of the ruler look at one token: its tag, its word and its dependency. What they
set is looked up once for each such combination, by the ruler's own matcher on a text of one token,
and kept. Only texts that hold the first token of a longer pattern go through the ruler itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["AttributeTable", "LemmaTable"]

_READ: Final = frozenset({"TAG", "LOWER", "DEP", "IS_SPACE"})
"""Attributes of a token that the table's keys hold."""

_TESTS: Final = frozenset({"IN", "NOT_IN", "REGEX"})
"""Tests on a word whose outcome is the same for every word that no pattern names."""

LARGEST: Final = 200_000
"""Combinations kept; beyond that the table starts anew, so that memory stays bounded."""

_ANY_WORD: Final = "coercivity"
"""Stands for every word that no pattern names."""


class AttributeTable:
    """Sets the attributes that a ruler would set.

    Parameters
    ----------
    ruler : spacy.pipeline.AttributeRuler
        With its patterns; patterns beyond one token, operators and other attributes are left to it.
    """

    def __init__(self, ruler: Any) -> None:
        from spacy.matcher import Matcher

        self._ruler = ruler
        self._found: dict[tuple[int, int, int, int], tuple[dict[int, Any], bool]] = {}
        self._words: dict[int, int] = {}
        patterns = [pattern for rule in ruler.patterns for pattern in rule["patterns"]]
        self.is_exact = all(_is_plain(token) for pattern in patterns for token in pattern)
        self._literals, self._regexes = _named_words(patterns)
        self._first = Matcher(ruler.vocab)
        firsts = [[pattern[0]] for pattern in patterns if len(pattern) > 1]
        if firsts:
            self._first.add("first", firsts)

    def __call__(self, doc: Any) -> None:
        """Set the attributes of every token of a tagged and parsed text."""
        from spacy.attrs import DEP, IS_SPACE, LOWER, TAG
        from spacy.tokens._retokenize import set_token_attrs

        if not self.is_exact:
            self._ruler(doc)
            return
        rows = doc.to_array([TAG, LOWER, DEP, IS_SPACE]).tolist()
        found = [self._attributes(doc.vocab, *row) for row in rows]
        if any(begins for _, begins in found):
            self._ruler(doc)
            return
        for token, (attributes, _) in zip(doc, found, strict=True):
            set_token_attrs(token, attributes)

    def _attributes(
        self, vocab: Any, tag: int, lower: int, dep: int, is_space: int
    ) -> tuple[dict[int, Any], bool]:
        """Attributes of a token, and whether it may begin a longer pattern."""
        word = self._words.get(lower)
        if word is None:
            word = self._words[lower] = lower if self._is_named(vocab.strings[lower]) else 0
        key = (tag, word, dep, is_space)
        found = self._found.get(key)
        if found is None:
            if len(self._found) > LARGEST or len(self._words) > LARGEST:
                self._found.clear()
                self._words.clear()
                self._words[lower] = word
            found = self._found[key] = self._looked_up(vocab, *key)
        return found

    def _looked_up(
        self, vocab: Any, tag: int, word: int, dep: int, is_space: int
    ) -> tuple[dict[int, Any], bool]:
        from spacy.tokens import Doc

        text = " " if is_space else vocab.strings[word] if word else _ANY_WORD
        strings = vocab.strings
        one = Doc(vocab, words=[text], tags=[strings[tag]], deps=[strings[dep]], heads=[0])
        merged: dict[int, Any] = {}
        for rule, _, _, _ in self._ruler.match(one):
            merged.update(self._ruler.attrs[rule])
        begins = bool(len(self._first)) and bool(self._first(one, allow_missing=True))
        return merged, begins

    def _is_named(self, word: str) -> bool:
        return word in self._literals or any(test.search(word) for test in self._regexes)


def _is_plain(token: Mapping[str, Any]) -> bool:
    """Whether a token of a pattern tests nothing but what the keys hold."""
    if not set(token) <= _READ:
        return False
    return all(set(test) <= _TESTS for test in token.values() if isinstance(test, dict))


def _named_words(
    patterns: list[list[dict[str, Any]]],
) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Words and expressions by which patterns tell one word from another."""
    literals: set[str] = set()
    regexes: list[re.Pattern[str]] = []
    for test in _word_tests(patterns):
        if isinstance(test, str):
            literals.add(test)
            continue
        literals.update(test.get("IN", ()), test.get("NOT_IN", ()))
        if "REGEX" in test:
            regexes.append(re.compile(test["REGEX"]))
    return frozenset(literals), tuple(regexes)


def _word_tests(patterns: list[list[dict[str, Any]]]) -> Iterator[Any]:
    for pattern in patterns:
        for token in pattern:
            if "LOWER" in token:
                yield token["LOWER"]


class LemmaTable:
    """Sets the lemmas that a lemmatizer would set, each word of a class looked up once.

    Parameters
    ----------
    lemmatizer : spacy.pipeline.Lemmatizer
        In the mode ``rule`` or ``lookup``, in which a lemma depends on the word, its class and its
        features alone; in any other mode it works by itself.
    """

    def __init__(self, lemmatizer: Any) -> None:
        self._lemmatizer = lemmatizer
        self.is_exact = lemmatizer.mode in ("rule", "lookup")
        self._is_checked = False
        self._found: dict[tuple[int, int, int], str] = {}

    def __call__(self, doc: Any) -> None:
        """Set the lemma of every token that has none."""
        from spacy.attrs import LEMMA, MORPH, ORTH, POS

        lemmatizer = self._lemmatizer
        if not self.is_exact or not self._is_checked:
            lemmatizer(doc)  # which checks its tables
            self._is_checked = True
            return
        if len(self._found) > LARGEST:
            self._found.clear()
        rows = doc.to_array([ORTH, POS, MORPH, LEMMA]).tolist()
        for token, (orth, pos, morph, lemma) in zip(doc, rows, strict=True):
            key = (orth, pos, morph)
            found = self._found.get(key)
            if found is None:
                if lemma and not lemmatizer.overwrite:
                    continue
                found = self._found[key] = lemmatizer.lemmatize(token)[0]
            if lemmatizer.overwrite or not lemma:
                token.lemma_ = found
