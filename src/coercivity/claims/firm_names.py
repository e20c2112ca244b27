"""Firms that the pack does not know: by a name that only firms bear, or as "the company"."""

from __future__ import annotations

from typing import Any, Final

from coercivity.claims.vocabulary import Vocabulary

__all__ = ["firm_name", "is_the_firm"]

Token = Any
_ARTICLES: Final = frozenset({"the", "this"})
_ROLES: Final = frozenset({"agent", "agent_party", "owner", "patient", "patient_firm", "recipient"})


def firm_name(token: Token, vocabulary: Vocabulary) -> str:
    """Return a proper name that says of itself that a firm bears it, or an empty string.

    Parameters
    ----------
    token : Token
        Last word of the name; one of the lexicon's ``firm_words``.
    vocabulary : Vocabulary
    """
    last = token.lower_.strip(".")
    if token.pos_ != "PROPN" or last not in vocabulary.lexicon.lists["firm_words"]:
        return ""
    first = min((c.i for c in token.children if c.dep_ == "compound"), default=token.i)
    return str(token.doc[first : token.i + 1].text) if first < token.i else ""


def is_the_firm(token: Token, role: str) -> bool:
    """Whether a noun stands for one firm named before: "the company" and nothing more."""
    if role not in _ROLES or token.tag_ != "NN":
        return False
    words = [c for c in token.children if c.dep_ not in ("case", "punct", "relcl")]
    return len(words) == 1 and words[0].lower_ in _ARTICLES
