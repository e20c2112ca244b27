"""Verbs of saying: what kind of statement they make, and where nobody says anything."""

from __future__ import annotations

from typing import Any, Final

from coercivity.claims.vocabulary import Vocabulary

__all__ = ["UNSAID", "cue_kind"]

Token = Any
UNSAID: Final = "withheld"
"""Kind of a verb by which somebody declines to say, or nobody says it."""

_WISHES = frozenset({"want", "wish", "like", "seek", "try", "ask"})
_NOT_YET = frozenset(
    {"early", "premature", "wrong", "hard", "difficult", "impossible", "unable", "unfair", "soon"}
    | {"misleading", "incorrect", "tempting", "fair", "naive", "able", "willing"}
)
"""Adjectives by which saying something is called too early or wrong: nobody says it."""


def cue_kind(token: Token, vocabulary: Vocabulary) -> str:
    """Kind of a verb of saying, or an empty string."""
    if token.pos_ not in ("VERB", "AUX"):
        return ""
    kind = vocabulary.lexicon.cues.get(token.lemma_.lower(), "")
    if token.lemma_ == "know" and token.dep_ == "xcomp" and token.head.lemma_ in _WISHES:
        return "ask"
    if kind == "withhold" or _is_duty(token):
        return ""
    head = token.head
    is_idle = token.dep_ == "csubj" or (head.lemma_ in _NOT_YET and token.tag_ == "VB")
    if kind in ("say", "confirm") and is_idle:
        return UNSAID
    withheld = (
        token.dep_ in ("xcomp", "conj") and vocabulary.lexicon.cues.get(head.lemma_) == "withhold"
    )
    negated = any(child.dep_ == "neg" for child in token.children) or _nobody_says(token)
    if kind in ("say", "confirm") and (withheld or negated):
        return UNSAID
    return kind


def _is_duty(token: Token) -> bool:
    """Whether saying is only demanded: "importers must certify that …"."""
    if any(c.dep_ == "aux" and c.lower_ in ("must", "should", "shall") for c in token.children):
        return True
    return token.dep_ == "xcomp" and token.head.lemma_ in ("have", "need", "require", "oblige")


def _nobody_says(token: Token) -> bool:
    """Whether "neither the ministry nor the firm" or "no official" is the subject."""
    return any(
        child.dep_ == "nsubj"
        and any(
            word.lower_ in ("no", "neither", "nobody", "none") for word in (child, *child.children)
        )
        for child in token.children
    )
