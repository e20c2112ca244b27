"""Word classes and lemmas by table: what spaCy's last two steps set, at a fraction of their time.

Nearly all patterns of the attribute ruler look at one token: its word, its tag and its dependency.
A lemma depends on the word and on what the ruler set. So both steps are run once for each such
combination, on a text of one token, and what they set is kept. Where a pattern of several tokens
may begin, the tokens that it may reach are looked up together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["FIELDS", "LATE", "Form", "Key", "TokenForms"]

LATE: Final = ("attribute_ruler", "lemmatizer")
"""Steps of the pipeline that the table stands in for, in their order."""

FIELDS: Final = ("text", "lower_", "lemma_", "pos_", "tag_", "dep_", "is_punct", "is_space")
"""What a form holds, named as spaCy names it."""

LARGEST: Final = 50_000
"""Combinations kept; beyond that they are gathered anew, so that memory stays bounded."""

Form = dict[str, Any]
Key = tuple[int, int, int]
"""Word, tag and dependency of a token, as spaCy numbers them (signed)."""

_READ: Final = frozenset({"TAG", "LOWER", "DEP", "IS_SPACE"})
"""Attributes of a token that a key determines, and that patterns may test."""


class TokenForms:
    """Gives what a token's word, tag and dependency determine.

    Parameters
    ----------
    parser : spacy.language.Language
        A ruler whose patterns test anything else, and a lemmatizer in any other mode than ``rule``
        and ``lookup``, are run on the text itself.
    """

    def __init__(self, parser: Any) -> None:
        self._steps = [parser.get_pipe(name) for name in LATE if name in parser.pipe_names]
        patterns = [
            pattern
            for step in self._steps
            for rule in getattr(step, "patterns", ())
            for pattern in rule["patterns"]
        ]
        modes = {getattr(step, "mode", "rule") for step in self._steps}
        self.is_exact = modes <= {"rule", "lookup"} and all(
            _is_plain(token) for pattern in patterns for token in pattern
        )
        self._reach = max(map(len, patterns), default=1)
        self._begins = _matcher_of_firsts(parser.vocab, patterns) if self.is_exact else None
        self._alone: dict[Key, Form | None] = {}
        self._joined: dict[tuple[Key, ...], list[Form]] = {}

    def complete(self, parsed: Any) -> Any:
        """Run the last steps on a tagged and parsed ``Doc``, and return it."""
        for step in self._steps:
            step(parsed)
        return parsed

    def of(self, parsed: Any, keys: Sequence[Key]) -> list[Form]:
        """Return the form of every token of a tagged and parsed ``Doc``.

        Parameters
        ----------
        parsed : spacy.tokens.Doc
        keys : sequence of (int, int, int)
            One for each token.

        Returns
        -------
        list of dict
            With the keys :data:`FIELDS`; they are shared and must not be changed.
        """
        if not self.is_exact:
            return [_form(token) for token in self.complete(parsed)]
        known = self._alone
        try:
            forms = [known[key] for key in keys]
        except KeyError:
            forms = [self._learnt(parsed.vocab, key) for key in keys]
        if None in forms:
            self._join(parsed.vocab, keys, forms)
        return forms  # type: ignore[return-value]  # no form is None any more

    def _learnt(self, vocab: Any, key: Key) -> Form | None:
        """Form of a combination; ``None`` if its neighbours may have a say."""
        if key not in self._alone:
            if len(self._alone) >= LARGEST:
                self._alone.clear()
            one = _text_of(vocab, (key,))
            begins = self._begins is not None and self._begins(one, allow_missing=True)
            self._alone[key] = None if begins else _form(self.complete(one)[0])
        return self._alone[key]

    def _join(self, vocab: Any, keys: Sequence[Key], forms: list[Form | None]) -> None:
        """Fill in the forms of the tokens that patterns of several tokens may reach."""
        start = 0
        while None in forms[start:]:
            start = forms.index(None, start)
            begun, end = start, start + 1
            while begun < min(end, len(keys)):
                if forms[begun] is None:
                    end = begun + self._reach
                begun += 1
            run = tuple(keys[start:end])
            if run not in self._joined:
                if len(self._joined) >= LARGEST:
                    self._joined.clear()
                self._joined[run] = [_form(token) for token in self.complete(_text_of(vocab, run))]
            forms[start:end] = self._joined[run]
            start = end


def _matcher_of_firsts(vocab: Any, patterns: list[list[dict[str, Any]]]) -> Any | None:
    """Return what finds the first tokens of patterns of several tokens, if there are any."""
    from spacy.matcher import Matcher

    firsts = [[pattern[0]] for pattern in patterns if len(pattern) > 1]
    if not firsts:
        return None
    matcher = Matcher(vocab)
    matcher.add("first", firsts)
    return matcher


def _is_plain(token: Mapping[str, Any]) -> bool:
    """Whether a token of a pattern is one token, and tests nothing but what a key determines."""
    return set(token) <= _READ


def _text_of(vocab: Any, keys: Sequence[Key]) -> Any:
    """Return a text of tokens tagged and parsed as their keys say."""
    from spacy.tokens import Doc

    rows = [[vocab.strings[number % 2**64] for number in key] for key in keys]
    words, tags, deps = (list(column) for column in zip(*rows, strict=True))
    heads = list(range(len(keys)))
    return Doc(vocab, words=words, spaces=[False] * len(keys), tags=tags, deps=deps, heads=heads)


def _form(token: Any) -> Form:
    return {field: getattr(token, field) for field in FIELDS}
