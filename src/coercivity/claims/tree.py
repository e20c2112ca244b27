"""A parse as plain objects: the attributes of spaCy's tokens, read once instead of at every look.

The rules look at a token's word, class and neighbours many times; every such look at a spaCy token
makes a new object and decodes a number. Here it is a field. What is not a field is asked of the
spaCy token and kept, so that rules may use anything that a spaCy token offers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, overload

__all__ = ["Tree", "TreeSpan", "TreeToken", "tree_of"]


class TreeToken:
    """One token; attributes have the names and meanings of ``spacy.tokens.Token``."""

    ancestors: tuple[TreeToken, ...]
    children: list[TreeToken]
    conjuncts: tuple[TreeToken, ...]
    dep_: str
    doc: Tree
    head: TreeToken
    i: int
    idx: int
    is_punct: bool
    is_space: bool
    left_edge: TreeToken
    lefts: list[TreeToken]
    lemma_: str
    lower_: str
    pos_: str
    right_edge: TreeToken
    rights: list[TreeToken]
    subtree: tuple[TreeToken, ...]
    tag_: str
    text: str

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not set yet, so that a value is worked out once. A cached
        # property would do the same with a lock, at several times the cost.
        worked_out = _WORKED_OUT.get(name)
        if worked_out is not None:
            value = worked_out(self)
        elif name.startswith("_"):  # looked up by copy and pickle
            raise AttributeError(name)
        else:
            value = getattr(self.doc.parsed[self.i], name)
            if not isinstance(value, str | int):
                value = self.doc.adopted(value)
        setattr(self, name, value)
        return value

    def __len__(self) -> int:
        return len(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def is_ancestor(self, descendant: TreeToken) -> bool:
        """Whether another token hangs on this one."""
        return any(ancestor is self for ancestor in descendant.ancestors)

    def nbor(self, i: int = 1) -> TreeToken:
        """Return a neighbour.

        Raises
        ------
        IndexError
            If there is none.
        """
        if not 0 <= self.i + i < len(self.doc):
            raise IndexError(f"no token {self.i + i}")
        return self.doc[self.i + i]


def _lefts(token: TreeToken) -> list[TreeToken]:
    """Children before a token."""
    return [child for child in token.children if child.i < token.i]


def _rights(token: TreeToken) -> list[TreeToken]:
    """Children after a token."""
    return [child for child in token.children if child.i > token.i]


def _ancestors(token: TreeToken) -> tuple[TreeToken, ...]:
    """Heads up to the root of the sentence."""
    found = []
    while token.head is not token:
        token = token.head
        found.append(token)
    return tuple(found)


def _subtree(token: TreeToken) -> tuple[TreeToken, ...]:
    """Return a token and all that hangs on it, in the order of the text."""
    if not token.children:
        return (token,)
    found: list[TreeToken] = []
    waiting: list[tuple[TreeToken, bool]] = [(token, False)]
    while waiting:
        next_token, is_open = waiting.pop()
        if is_open or not next_token.children:
            found.append(next_token)
            continue
        waiting.extend((child, False) for child in reversed(next_token.rights))
        waiting.append((next_token, True))
        waiting.extend((child, False) for child in reversed(next_token.lefts))
    return tuple(found)


def _conjuncts(token: TreeToken) -> tuple[TreeToken, ...]:
    """Tokens coordinated with one."""
    start = token
    while start.head is not start and start.dep_ == "conj":
        start = start.head
    found = [start]
    for other in found:
        found.extend(
            child for child in other.children if child.dep_ == "conj" and child.i > other.i
        )
    return tuple(other for other in found if other is not token)


def _left_edge(token: TreeToken) -> TreeToken:
    """First token of a subtree, which may have gaps."""
    return min(token.subtree, key=lambda other: other.i)


def _right_edge(token: TreeToken) -> TreeToken:
    """Last token of a subtree, which may have gaps."""
    return max(token.subtree, key=lambda other: other.i)


_WORKED_OUT: Final[dict[str, Callable[[TreeToken], Any]]] = {
    "ancestors": _ancestors,
    "conjuncts": _conjuncts,
    "left_edge": _left_edge,
    "lefts": _lefts,
    "right_edge": _right_edge,
    "rights": _rights,
    "subtree": _subtree,
}
"""Attributes that follow from the tree."""


class TreeSpan:
    """A run of tokens; attributes as those of ``spacy.tokens.Span``."""

    def __init__(self, doc: Tree, start: int, end: int) -> None:
        self.doc, self.start, self.end = doc, start, end
        tokens = doc.tokens[start:end]
        self.tokens = tokens
        self.start_char = tokens[0].idx if tokens else 0
        self.end_char = tokens[-1].idx + len(tokens[-1].text) if tokens else 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.doc.adopted(getattr(self.doc.parsed[self.start : self.end], name))

    def __iter__(self) -> Iterator[TreeToken]:
        return iter(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            first, last, _ = place.indices(len(self.tokens))
            return TreeSpan(self.doc, self.start + first, self.start + max(first, last))
        return self.tokens[place]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Text of the run, without the blank behind it."""
        return self.doc.text[self.start_char : self.end_char]


class Tree:
    """A parsed text; attributes as those of ``spacy.tokens.Doc``.

    Parameters
    ----------
    parsed : spacy.tokens.Doc
        Tagged, parsed and lemmatised.
    """

    def __init__(self, parsed: Any) -> None:
        self.parsed = parsed
        self.text: str = parsed.text
        self.tokens: list[TreeToken] = []
        self.sents: tuple[TreeSpan, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "parsed":
            raise AttributeError(name)
        return self.adopted(getattr(self.parsed, name))

    def __iter__(self) -> Iterator[TreeToken]:
        return iter(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    @overload
    def __getitem__(self, place: int) -> TreeToken: ...
    @overload
    def __getitem__(self, place: slice) -> TreeSpan: ...
    def __getitem__(self, place: int | slice) -> TreeToken | TreeSpan:
        if isinstance(place, slice):
            first, last, _ = place.indices(len(self.tokens))
            return TreeSpan(self, first, max(first, last))
        return self.tokens[place]

    def char_span(self, start: int, end: int, **how: Any) -> TreeSpan | None:
        """Return the run of tokens behind a range of the text; see ``Doc.char_span``."""
        found: TreeSpan | None = self.adopted(self.parsed.char_span(start, end, **how))
        return found

    def adopted(self, value: Any) -> Any:
        """Return the own token or run for one of spaCy's, anything else as it is."""
        from spacy.tokens import Span, Token

        if isinstance(value, Token):
            return self.tokens[value.i]
        if isinstance(value, Span):
            return TreeSpan(self, value.start, value.end)
        return value


def tree_of(parsed: Any) -> Tree:
    """Read a spaCy ``Doc`` into plain objects."""
    tree = Tree(parsed)
    text, words = tree.text, _Words(parsed.vocab.strings)
    tokens, heads, starts, idx = tree.tokens, [], [], 0
    for i, row in enumerate(parsed.to_array(_columns()).astype("int64").tolist()):
        length, space, lemma, pos, tag, dep, lower, head, start, is_punct, is_space = row
        token = TreeToken()
        token.__dict__ = {
            "doc": tree,
            "i": i,
            "idx": idx,
            "text": text[idx : idx + length],
            "lemma_": words[lemma],
            "pos_": words[pos],
            "tag_": words[tag],
            "dep_": words[dep],
            "lower_": words[lower],
            "is_punct": bool(is_punct),
            "is_space": bool(is_space),
            "children": [],
        }
        tokens.append(token)
        heads.append(i + head)
        if start == 1 or i == 0:
            starts.append(i)
        idx += length + space
    for token, head in zip(tokens, heads, strict=True):
        token.head = tokens[head]
        if head != token.i:
            tokens[head].children.append(token)
    ends = [*starts[1:], len(tokens)]
    tree.sents = tuple(TreeSpan(tree, a, b) for a, b in zip(starts, ends, strict=True))
    return tree


@lru_cache(maxsize=1)
def _columns() -> list[int]:
    """Attributes of a token that are read at once."""
    from spacy import attrs

    names = "LENGTH SPACY LEMMA POS TAG DEP LOWER HEAD SENT_START IS_PUNCT IS_SPACE"
    return [attrs.IDS[name] for name in names.split()]


class _Words(dict[int, str]):
    """Strings by the signed form of their numbers, decoded once."""

    def __init__(self, strings: Any) -> None:
        super().__init__()
        self._strings = strings

    def __missing__(self, number: int) -> str:
        word: str = self._strings[number % 2**64]
        self[number] = word
        return word
