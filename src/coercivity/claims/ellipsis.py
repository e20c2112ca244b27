"""Words that stand for a noun named before: "19 were approved", "none of them", "the rest"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coercivity.claims.vocabulary import Lexicon

__all__ = ["noun_meant"]

Token = Any
FARTHEST = 60
"""Tokens back to the noun that a number or "none" may stand for."""

_STANDS_FOR = frozenset(
    {
        "all",
        "any",
        "each",
        "few",
        "half",
        "majority",
        "many",
        "most",
        "none",
        "one",
        "other",
        "others",
        "remainder",
        "rest",
        "some",
    }
)
_PRONOUNS = frozenset({"they", "it", "these", "this", "which", "both"})
_RULED = frozenset({"control", "instrument"})
_COUNTED = ("application", "licence", "firm", "stoppage", "supply")


def noun_meant(token: Token, lexicon: Lexicon, wanted: Iterable[str] = ()) -> Token | None:
    """Return the noun that a number or an indefinite word stands for.

    Parameters
    ----------
    token : Token
        Head of a noun phrase.
    lexicon : Lexicon
    wanted : iterable of str
        Classes looked for; a pronoun leads only to controls and instruments.

    Returns
    -------
    Token or None
        The nearest noun before it of a class that is counted in reports on licences; ``None`` if
        the word is a noun of its own.
    """
    is_number = token.pos_ == "NUM" or token.tag_ == "CD"
    classes: tuple[str, ...] = _COUNTED
    if token.lower_ in _PRONOUNS and not _RULED.isdisjoint(wanted):
        classes = tuple(_RULED)
    elif not is_number and token.lower_ not in _STANDS_FOR:
        return None
    if any(child.dep_ == "prep" and child.lower_ == "of" for child in token.children):
        return None
    found = [
        token.doc[position]
        for position in range(token.i - 1, max(-1, token.i - FARTHEST), -1)
        if token.doc[position].pos_ in ("NOUN", "PROPN")
        and lexicon.is_class(token.doc[position].lemma_.lower(), classes)
    ]
    # What was spoken of is rather the subject, or what "of …" at the head of a sentence names.
    parallel = [noun for noun in found if noun.dep_ in ("nsubj", "nsubjpass") or _is_fronted(noun)]
    nearest = next(iter((*parallel, *found)), None)
    return _filed_by(nearest, lexicon) or nearest if nearest is not None else None


def _filed_by(noun: Token, lexicon: Lexicon) -> Token | None:
    """Return what a firm filed, where the firm is the subject: that is what is counted next."""
    if noun.dep_ != "nsubj" or not lexicon.is_class(noun.lemma_.lower(), ("firm",)):
        return None
    return next(
        (
            child
            for child in noun.head.children
            if child.dep_ == "dobj"
            and lexicon.is_class(child.lemma_.lower(), ("application", "licence"))
        ),
        None,
    )


def _is_fronted(noun: Token) -> bool:
    return bool(noun.dep_ == "pobj" and noun.head.lower_ == "of" and noun.head.is_sent_start)
