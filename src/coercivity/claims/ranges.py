"""Stretches of text that belong to a verb or a noun of a parse."""

from __future__ import annotations

from typing import Any

__all__ = ["clause_range", "noun_range", "own_clause_range", "own_noun_range", "subtree"]

Token = Any
_CLAUSE_DEPS = frozenset({"relcl", "acl", "advcl", "ccomp", "parataxis", "appos"})
_NOT_INSIDE = frozenset({"punct", "cc", "conj"})
_VERBS = frozenset({"VERB", "AUX"})


def subtree(token: Token) -> list[Token]:
    """Return a token and all that hangs on it in order of the text, also where arcs cross."""
    return sorted(token.subtree, key=_place)


def _place(token: Token) -> int:
    place: int = token.i
    return place


def noun_range(token: Token) -> tuple[int, int]:
    """Return the text range of a noun phrase without the clauses hanging on it."""
    found: tuple[int, int] = token.noun_range
    return found


def clause_range(token: Token) -> tuple[int, int]:
    """Return the text range of a verb's clause, without the clauses joined to it."""
    found: tuple[int, int] = token.clause_range
    return found


def own_noun_range(token: Token) -> tuple[int, int]:
    """Work out :func:`noun_range`, which a token of a tree keeps."""
    first = last = token
    waiting = [child for child in token.children if child.dep_ not in _NOT_INSIDE]
    while waiting:
        child = waiting.pop()
        if child.dep_ in _CLAUSE_DEPS or child.pos_ in _VERBS:
            continue
        if child.i < first.i:
            first = child
        elif child.i > last.i:
            last = child
        waiting.extend([other for other in child.children if other.dep_ != "punct"])
    last = _hyphenated(last)
    return first.idx, last.idx + len(last)


def _hyphenated(token: Token) -> Token:
    """Return the last part of a word that the tokenizer cut at its hyphens: "re-export"."""
    document = token.doc
    while token.i + 2 < len(document):
        hyphen, part = document[token.i + 1], document[token.i + 2]
        end = token.idx + len(token)
        if hyphen.text != "-" or hyphen.idx != end or part.idx != end + 1:
            break
        token = part
    return token


def own_clause_range(token: Token) -> tuple[int, int]:
    """Work out :func:`clause_range`, which a token of a tree keeps."""
    excluded: set[int] = set()
    for child in token.children:
        joined = child.dep_ == "conj" and child.pos_ in ("VERB", "AUX")
        framed = child.dep_ in ("ccomp", "parataxis") and child.i < token.i
        if joined or framed:
            excluded.update(other.i for other in child.subtree)
    kept = [t for t in subtree(token) if t.i not in excluded and not t.is_space]
    kept = _contiguous(kept, token)
    while (
        len(kept) > 1
        and (kept[-1].is_punct or kept[-1].dep_ in ("cc", "mark"))
        and kept[-1].text not in ("”", "%")
    ):
        kept.pop()
    while len(kept) > 1 and kept[0].is_punct and kept[0].text != "“":
        kept.pop(0)
    return kept[0].idx, kept[-1].idx + len(kept[-1])


def _contiguous(kept: list[Token], token: Token) -> list[Token]:
    """Stretch of tokens around the verb without a gap of more than one mark."""
    position = next(i for i, other in enumerate(kept) if other.i == token.i)
    first = last = position
    while first > 0 and kept[first].i - kept[first - 1].i <= 2:
        first -= 1
    while last + 1 < len(kept) and kept[last + 1].i - kept[last].i <= 2:
        last += 1
    return kept[first : last + 1]
