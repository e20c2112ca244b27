"""Clauses that only say what a report, a claim or a rumour says, and what becomes of it.

"The claim that X" does not say that X, and "there is no truth in the claim that X" denies it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coercivity.claims.vocabulary import Lexicon

__all__ = ["doubting_noun", "is_rebutted"]

Token = Any
_WITHOUT = frozenset({"no", "little", "any"})
_CONTENT = ("acl", "relcl", "ccomp")
_ABOUT = frozenset({"of", "about", "on", "over", "regarding", "concerning"})
_PROVING = frozenset({"be", "prove", "turn", "sound", "look", "seem"})
_FARTHEST = 6
"""Verbs from the act up to the one whose clause a noun introduces."""


def _noun_of(token: Token) -> Token | None:
    """Noun whose content a clause is: "the claim that …"; not one that a relative clause has."""
    if token.dep_ not in _CONTENT or token.head.pos_ != "NOUN" or token.head.i > token.i:
        return None
    is_marked = any(c.dep_ == "mark" and c.lower_ == "that" for c in token.children)
    return token.head if is_marked or token.dep_ == "acl" else None


def _noun_before(token: Token) -> Token | None:
    """Noun of which a participle is the content: "reports of X lifting …"."""
    for ancestor in list(token.ancestors)[:3]:
        if ancestor.dep_ == "prep" and ancestor.lower_ in _ABOUT:
            in_phrase = _is_gerund(token) and ancestor.head.pos_ == "NOUN"
            return ancestor.head if in_phrase else None
        if ancestor.pos_ in ("VERB", "AUX"):
            return None
    return None


def _is_gerund(token: Token) -> bool:
    return token.tag_ == "VBG" or any(c.lower_ == "having" for c in token.children)


def _heard(token: Token, lexicon: Lexicon) -> str:
    """Word by which a clause is only heard of: "is said to have", "rumour has it that"."""
    head = token.head
    lemma = str(head.lemma_.lower())
    is_passive = any(c.dep_ in ("auxpass", "nsubjpass") for c in head.children)
    if token.dep_ == "xcomp" and is_passive and lemma in lexicon.lists["heard"]:
        return str(head.lower_)
    told = token.dep_ == "ccomp" and lemma not in lexicon.cues
    if told and any(c.dep_ == "mark" and c.lower_ == "that" for c in token.children):
        # "Doubts remain that …", "rumours spread that …"
        subjects = (c.lemma_.lower() for c in head.children if c.dep_ == "nsubj")
        found = next((s for s in subjects if s in lexicon.lists["doubt_nouns"] or s == "word"), "")
        if found:
            return found
    if token.tag_ == "VBG":
        # The parser took "reports of X lifting …" for what lifts.
        own = (c.lemma_.lower() for c in token.children if c.dep_ == "nsubj")
        return next((s for s in own if s in lexicon.lists["doubt_nouns"]), "")
    if lemma == "have" and token.dep_ in ("ccomp", "advcl", "acl", "relcl"):
        subjects = (c.lemma_.lower() for c in head.children if c.dep_ == "nsubj")
        return next((s for s in subjects if s in lexicon.lists["doubt_nouns"]), "")
    return ""


def _is_missing(noun: Token) -> bool:
    return any(child.dep_ == "det" and child.lower_ in _WITHOUT for child in noun.children)


def _leading(token: Token) -> Iterator[Token]:
    """Yield a verb and the verbs it completes or is joined to: "that it had stopped issuing …"."""
    yield token
    for _ in range(_FARTHEST):
        head = token.head
        joined = token.dep_ == "conj" and head.dep_ in _CONTENT
        if not (joined or token.dep_ == "xcomp") or head.pos_ not in ("VERB", "AUX"):
            return
        token = head
        yield token


def _holder(token: Token) -> Token | None:
    """Noun whose content a clause is, the verb of the clause being any that leads to `token`."""
    for verb in _leading(token):
        noun = _noun_of(verb) or _noun_before(verb)
        if noun is not None:
            return noun
    return None


def doubting_noun(token: Token, lexicon: Lexicon) -> str:
    """Return the noun by which nobody vouches for a clause, or an empty string.

    Parameters
    ----------
    token : Token
        Verb of the clause.
    lexicon : Lexicon
        ``doubt_nouns`` always doubt, ``proof_nouns`` where there is none: "no confirmation that".
    """
    heard = next((word for verb in _leading(token) if (word := _heard(verb, lexicon))), "")
    if heard:
        return heard
    noun = _holder(token)
    if noun is None:
        return ""
    lemma = noun.lemma_.lower()
    if lemma in lexicon.lists["doubt_nouns"]:
        return str(lemma)
    is_proof = lemma in lexicon.lists["proof_nouns"] and _is_missing(noun)
    return f"no {lemma}" if is_proof else ""


def is_rebutted(token: Token, lexicon: Lexicon) -> bool:
    """Whether a clause is the content of a claim or report that is called untrue.

    Parameters
    ----------
    token : Token
        Verb of the clause.
    """
    if _is_untrue_that(token, lexicon):
        return True
    noun = _holder(token)
    if noun is None:
        return False
    head = noun.head
    if noun.dep_ == "nsubj" and head.lemma_ in _PROVING and _is_called_untrue(head, lexicon):
        return True
    if noun.lemma_.lower() not in lexicon.lists["doubt_nouns"]:
        return False
    if noun.dep_ == "pobj" and head.dep_ == "prep":
        truth = head.head
        return truth.lemma_.lower() in lexicon.lists["truth_nouns"] and _is_missing(truth)
    if noun.dep_ == "nsubjpass":
        return lexicon.cues.get(head.lemma_.lower()) == "deny"
    return False


def _is_called_untrue(verb: Token, lexicon: Lexicon) -> bool:
    """Whether a verb ends in "false": "is false", "proved premature", "turned out to be wrong"."""
    if any(child.dep_ == "neg" for child in verb.children):
        return False
    below = [verb, *(c for c in verb.children if c.dep_ in ("xcomp", "oprd"))]
    words = (c.lemma_.lower() for v in below for c in (v, *v.children))
    return any(word in lexicon.lists["untrue_words"] for word in words)


def _is_untrue_that(token: Token, lexicon: Lexicon) -> bool:
    """Whether a clause is said not to be true, or to be false: "it is not true that …"."""
    if not any(c.dep_ == "mark" and c.lower_ == "that" for c in token.children):
        return False
    verb = token.head if token.head.lemma_ == "be" else token.head.head
    if verb.lemma_ != "be":
        return False
    words = {c.lemma_.lower() for c in verb.children if c.dep_ in ("acomp", "attr")}
    negated = any(c.dep_ == "neg" for c in verb.children)
    if words & {"true", "correct", "so", "case"}:
        return negated
    return bool(words & lexicon.lists["untrue_words"]) and not negated
