"""A parse as plain objects: the attributes of spaCy's tokens, read once instead of at every look.

The rules look at a token's word, class and neighbours many times; every such look at a spaCy token
makes a new object and decodes a number. Here it is a field. What is not a field is asked of the
spaCy token and kept, so that rules may use anything that a spaCy token offers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, overload

from coercivity.claims.ranges import own_clause_range, own_noun_range

if TYPE_CHECKING:
    from coercivity.claims.forms import TokenForms

__all__ = ["Tree", "TreeSpan", "TreeToken", "tree_of"]


class TreeToken:
    """One token; attributes have the names and meanings of ``spacy.tokens.Token``."""

    ancestors: tuple[TreeToken, ...]
    children: list[TreeToken]
    clause_range: tuple[int, int]
    conjuncts: tuple[TreeToken, ...]
    dep_: str
    doc: Tree
    head: TreeToken
    i: int
    idx: int
    is_punct: bool
    is_sent_start: bool
    is_space: bool
    left_edge: TreeToken
    lefts: list[TreeToken]
    lemma_: str
    lower_: str
    noun_range: tuple[int, int]
    pos_: str
    right_edge: TreeToken
    rights: list[TreeToken]
    sent: TreeSpan
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
    """Return a token and all that hangs on it, each after what hangs on it from the left."""
    if not token.children:
        return (token,)
    first = last = token.i
    count = 0
    waiting = [token]
    while waiting:
        next_token = waiting.pop()
        count += 1
        if next_token.i < first:
            first = next_token.i
        elif next_token.i > last:
            last = next_token.i
        waiting.extend(next_token.children)
    if count == last - first + 1:  # nothing stands between that hangs elsewhere
        return tuple(token.doc.tokens[first : last + 1])
    return _crossed_subtree(token)


def _crossed_subtree(token: TreeToken) -> tuple[TreeToken, ...]:
    """Subtree with gaps, in the order in which spaCy gives it."""
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
        for child in other.children:
            if child.dep_ == "conj" and child.i > other.i:
                found.append(child)  # which is looked at in its turn
    return tuple(other for other in found if other is not token)


def _left_edge(token: TreeToken) -> TreeToken:
    """First token of a subtree, which may have gaps."""
    return min(token.subtree, key=_place)


def _right_edge(token: TreeToken) -> TreeToken:
    """Last token of a subtree, which may have gaps."""
    return max(token.subtree, key=_place)


def _place(token: TreeToken) -> int:
    return token.i


def _sent(token: TreeToken) -> TreeSpan:
    """Sentence of a token."""
    sents = token.doc.sents
    return sents[bisect_right(sents, token.i, key=lambda sent: sent.start) - 1]


def _is_sent_start(token: TreeToken) -> bool:
    """Whether a sentence begins with a token."""
    return token.sent.start == token.i


_WORKED_OUT: Final[dict[str, Callable[[TreeToken], Any]]] = {
    "ancestors": _ancestors,
    "clause_range": own_clause_range,
    "conjuncts": _conjuncts,
    "is_sent_start": _is_sent_start,
    "left_edge": _left_edge,
    "lefts": _lefts,
    "noun_range": own_noun_range,
    "right_edge": _right_edge,
    "rights": _rights,
    "sent": _sent,
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
        Tagged and parsed.
    complete : callable
        Sets in it what the last steps of the pipeline set, and returns it; called when something
        is asked for that is no field here.
    """

    def __init__(self, parsed: Any, complete: Callable[[Any], Any]) -> None:
        self._parsed, self._complete = parsed, complete
        self.text: str = parsed.text
        self.tokens: list[TreeToken] = []
        self.sents: tuple[TreeSpan, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "parsed":
            self.parsed = self._complete(self._parsed)
            return self.parsed
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
        found: TreeSpan | None = self.adopted(self._parsed.char_span(start, end, **how))
        return found

    def adopted(self, value: Any) -> Any:
        """Return the own token or run for one of spaCy's, anything else as it is."""
        from spacy.tokens import Span, Token

        if isinstance(value, Token):
            return self.tokens[value.i]
        if isinstance(value, Span):
            return TreeSpan(self, value.start, value.end)
        return value


def tree_of(parsed: Any, forms: TokenForms) -> Tree:
    """Read a tagged and parsed ``Doc`` into plain objects.

    Parameters
    ----------
    parsed : spacy.tokens.Doc
    forms : TokenForms
        Of the pipeline that made it.
    """
    tree = Tree(parsed, forms.complete)
    rows = parsed.to_array(_columns()).astype("int64").tolist()
    found = forms.of(parsed, [(word, tag, dep) for word, tag, dep, _, _, _ in rows])
    tokens, starts = tree.tokens, []
    for i, (form, row) in enumerate(zip(found, rows, strict=True)):
        token = TreeToken()
        token.__dict__ = {**form, "doc": tree, "i": i, "idx": row[5], "children": []}
        tokens.append(token)
        if row[4] == 1 or i == 0:
            starts.append(i)
    for i, (token, row) in enumerate(zip(tokens, rows, strict=True)):
        head = token.head = tokens[i + row[3]]
        if head is not token:
            head.children.append(token)
    ends = [*starts[1:], len(tokens)]
    tree.sents = tuple(TreeSpan(tree, a, b) for a, b in zip(starts, ends, strict=True))
    return tree


@lru_cache(maxsize=1)
def _columns() -> list[int]:
    """Attributes of a token that are read at once."""
    from spacy import attrs

    return [attrs.IDS[name] for name in ("ORTH", "TAG", "DEP", "HEAD", "SENT_START", "IDX")]
