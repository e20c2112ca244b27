"""Whether a clause says that something happened, did not happen, or only may, should or will.

A finite verb tells a fact unless something speaks against it. A verb without tense tells one only
where what governs it does: "began to lift", "after lifting", but not "plans to lift", "talks on
lifting" or "is yet to lift".
"""

from __future__ import annotations

from typing import Any, Final

from coercivity.claims.clauses import Predicate, has_aux, lemma_of, own_subject
from coercivity.claims.vocabulary import Lexicon

__all__ = ["modality_of", "polarity_of", "unsettled"]

Token = Any
MAX_CLIMB: Final = 12
"""Steps up the tree after which a search for what governs a verb gives up."""

_AGAINST = frozenset({"without", "off", "against"})
_SHORT_OF = frozenset({"far", "short", "instead"})
_TO_COME = frozenset({"until", "till", "before", "when", "whenever", "once", "lest"})
_CONDITIONS = frozenset({"if", "unless", "provided", "providing", "assuming", "supposing"})
_BEFORE_NOUN = frozenset({"one", "a", "even", "any", "single", "an"})
_NOT = frozenset({"not", "n't", "n’t", "never"})
_NOT_MERELY = frozenset({"only", "just", "merely", "simply", "least", "necessarily", "alone"})
_NO_WAY = frozenset(
    {"way", "means", "time", "circumstance", "account", "sense", "respect", "manner"}
)
_ALLOWED = frozenset({"due", "likely", "set", "able", "ready"})
_TELLING_PREPOSITIONS = frozenset(
    {"after", "by", "since", "upon", "following", "through", "despite", "while", "with", "besides"}
    | {"including", "as", "like", "when", "in", "without", "from", "off", "against", "than"}
)
"""Before a gerund: what stands behind them happened, or is judged by its polarity."""

_RESULTS = frozenset({"result", "consequence", "aftermath", "wake", "effect", "instead", "because"})
_IMAGINED = frozenset({"scenario", "world", "situation", "case", "event"})
_SOME_CASE = frozenset({"a", "any", "either", "that", "worst", "best"})
_BEHIND_OF = frozenset({"after", "by"})


def polarity_of(predicate: Predicate, lexicon: Lexicon) -> bool:
    """Return whether the clause says that the act did **not** happen."""
    token = predicate.token
    for _ in range(MAX_CLIMB):
        if _has_not(token):
            return True
        head = token.head
        completes = token.dep_ in ("xcomp", "ccomp", "dobj") or token.i - head.i in (1, 2)
        if completes and _is_negative(head, lexicon):
            return True
        if token.dep_ == "pcomp" and head.lower_ in _AGAINST:
            return True
        if token.dep_ == "pcomp" and _SHORT_OF & {head.head.lower_, token.doc[head.i - 1].lower_}:
            return True
        if token.dep_ == "pcomp" and head.lower_ in ("for", "from", "of"):
            token = head.head
            continue
        if token.dep_ not in ("xcomp",) or head.pos_ not in ("VERB", "AUX"):
            break
        if head.lemma_ in ("have", "be") and any(child.lower_ == "yet" for child in head.children):
            return True
        token = head
    roles = (*predicate.agents, *predicate.patients, *predicate.recipients)
    return any(_is_none(noun) for noun in roles)


def _is_negative(head: Token, lexicon: Lexicon) -> bool:
    """Whether a governing verb says that what it governs did not happen: "failed", "ruled out"."""
    words = lexicon.lists["negative_governors"]
    return head.lemma_ in words or lemma_of(head) in words


def _has_not(token: Token) -> bool:
    """Whether a verb is denied by itself: "not", "not so far", "in no way"."""
    first = token.i
    for child in token.children:
        if child.dep_ == "neg" and child.nbor().lower_ not in _NOT_MERELY:
            return True
        if child.dep_ == "aux" or child.dep_ == "auxpass":
            first = min(first, child.i)
        if child.dep_ == "prep" and any(_is_no_way(noun) for noun in child.children):
            return True
    # The parser may hang "not" on the adverb behind it: "have not so far halted".
    return any(
        token.doc[i].lower_ in _NOT and token.doc[i + 1].lower_ not in _NOT_MERELY
        for i in range(first + 1, token.i)
    )


def _is_no_way(noun: Token) -> bool:
    return noun.lemma_ in _NO_WAY and any(child.lower_ == "no" for child in noun.children)


def _is_none(noun: Token) -> bool:
    """Whether a noun phrase is "no company", "none of them", "neither", "not one firm"."""
    if noun.lower_ in ("none", "nobody", "nothing", "neither", "no"):
        return True
    if any(
        child.dep_ in ("det", "preconj", "neg", "nummod")
        and child.lower_ in ("no", "neither", "zero")
        and child.nbor().text != "."
        for child in noun.children
    ):
        return True
    edge = noun.left_edge
    if edge.i > 0 and edge.lower_ in _BEFORE_NOUN and edge.nbor(-1).lower_ == "not":
        return True
    if edge.lower_ == "hardly":
        return True
    return edge.lower_ == "not" and edge.i < noun.i and edge.nbor().lower_ in _BEFORE_NOUN


def modality_of(predicate: Predicate, lexicon: Lexicon) -> str:
    """Return ``actual``, ``possible``, ``planned``, ``demanded`` or ``hypothetical``."""
    if any(_is_draft(noun, lexicon) for noun in predicate.agents):
        return "hypothetical"
    token = predicate.token
    for _ in range(MAX_CLIMB):
        found = _own_modality(token) or _from_above(token, lexicon)
        if found:
            return found
        above = _governor(token)
        if above is None or above.i == token.i:
            return "actual"
        token = above
    return "actual"


def _governor(token: Token) -> Token | None:
    """Verb whose modality a verb shares; ``None`` if it stands for itself."""
    head = token.head
    is_bare = token.tag_ in ("VB", "TO", "VBG")
    if token.dep_ in ("xcomp", "oprd") or (token.dep_ in ("ccomp", "attr") and is_bare):
        return head
    if token.dep_ == "pcomp" and head.lower_ in _BEHIND_OF:
        return head.head if head.head.pos_ in ("VERB", "AUX") else None
    if token.dep_ == "conj" and head.pos_ in ("VERB", "AUX") and not has_aux(token):
        return head if own_subject(token) is None else None
    return None


def _from_above(token: Token, lexicon: Lexicon) -> str:
    """Modality that a verb gets from the word it depends on, or an empty string."""
    head = token.head
    if head.i == token.i:
        return ""
    lemma = head.lemma_.lower()
    if token.dep_ == "ccomp" and lemma in lexicon.lists["supposing"]:
        return "possible"
    to_infinitive = any(c.dep_ == "aux" and c.lower_ == "to" for c in token.children)
    bare = token.tag_ in ("VB", "TO") or _is_subjunctive(token)
    if token.dep_ in ("xcomp", "oprd") or (token.dep_ == "ccomp" and bare):
        return _completing(token, head, lemma, lexicon, to_infinitive=to_infinitive)
    if token.dep_ == "ccomp" and token.tag_ == "VBN" and not has_aux(token):
        return _completing(token, head, lemma, lexicon, to_infinitive=False)
    if token.dep_ in ("acl", "relcl") and to_infinitive:
        return "planned" if lemma in lexicon.lists["planning_nouns"] else "possible"
    if token.dep_ == "acl" and token.tag_ == "VBG":
        return "hypothetical" if _is_draft(head, lexicon) else unsettled(head, lexicon)
    if token.dep_ == "ccomp" and lemma not in lexicon.lists["factive"]:
        of_being = head.dep_ == "acomp" and _has_not(head.head)  # "we are not sure that"
        return "possible" if of_being or _has_not(head) else ""
    in_which = any(c.dep_ == "prep" and c.lower_ == "in" and c.i < token.i for c in token.children)
    if (
        token.dep_ in ("acl", "relcl")
        and lemma in _IMAGINED
        and (in_which or head.head.lower_ == "in")
    ):
        return "hypothetical"
    if token.dep_ == "advcl":
        soon = lemma in ("soon", "long") and _is_present(token)
        return "planned" if to_infinitive else "hypothetical" if soon else ""
    if token.dep_ == "pcomp":
        return "" if _is_telling(head) else "possible"
    return "possible" if token.dep_ == "csubj" and token.tag_ in ("VBG", "VB") else ""


def _is_telling(preposition: Token) -> bool:
    """Whether a gerund behind a preposition tells what happened, or is judged by its polarity."""
    if preposition.lower_ in _TELLING_PREPOSITIONS:
        return True
    if preposition.lower_ != "of":
        return False
    before = preposition.head
    return before.lower_ in _SHORT_OF or before.lemma_.lower() in _RESULTS


def unsettled(noun: Token, lexicon: Lexicon) -> str:
    """Modality of what a noun tells, by the verb it belongs to: "an order is being drafted".

    Parameters
    ----------
    noun : Token
        A meeting, a deal, an order: something that may be planned, put off or not there at all.
    lexicon : Lexicon

    Returns
    -------
    str
        As from :func:`modality_of`; empty where nothing speaks against it.
    """
    head = noun.head
    if noun.dep_ == "pobj" and head.lower_ in ("for", "of", "on", "about"):
        about = head.head.lemma_.lower()
        doubted = about in lexicon.lists["doubt_nouns"] or about in lexicon.lists["planning_nouns"]
        return "possible" if doubted else ""
    if noun.dep_ not in ("nsubj", "nsubjpass", "dobj") or head.pos_ not in ("VERB", "AUX"):
        return ""
    if _has_not(head) or any(child.lower_ == "yet" for child in head.children):
        return "possible"
    verb = lemma_of(head)
    if noun.dep_ != "nsubj" and (
        verb in lexicon.lists["unsettling"] or verb in lexicon.lists["planning"]
    ):
        return "planned"
    return _own_modality(head) or (_from_above(head, lexicon) if head.dep_ == "xcomp" else "")


def _completing(
    token: Token, head: Token, lemma: str, lexicon: Lexicon, *, to_infinitive: bool
) -> str:
    """Modality of a verb that completes another."""
    lists = lexicon.lists
    if lemma in lists["demanding"]:
        return "demanded"
    if lemma in lists["planning"] or lemma in _ALLOWED:
        return "planned"
    if lemma in lists["implicative"] or lemma in lists["negative_governors"]:
        return ""
    if lexicon.cues.get(lemma) in ("say", "confirm", "deny") or lemma in lists["heard"]:
        return ""
    if lemma in ("have", "be") and any(child.lower_ == "yet" for child in head.children):
        return ""  # "has yet to": the polarity says it
    if lemma == "have":
        return "" if head.tag_ in ("VBD", "VBN") else "demanded"
    if lemma in lists["stopping"] and token.tag_ == "VBG":
        return ""
    if lemma == "be" and to_infinitive:
        return "planned"
    is_bare_participle = token.tag_ in ("VBG", "VBN") and token.dep_ == "xcomp"
    return "possible" if to_infinitive or token.tag_ == "VBG" or not is_bare_participle else ""


def _is_subjunctive(token: Token) -> bool:
    """Whether a passive stands in the subjunctive: "demanded that the curbs be lifted"."""
    passive = next((c for c in token.children if c.dep_ == "auxpass"), None)
    return passive is not None and passive.lower_ == "be" and not has_aux(token)


def _is_draft(noun: Token, lexicon: Lexicon) -> bool:
    """Whether a noun names a text that is not in force: a draft, a bill, a proposal."""
    words = lexicon.lists["drafts"]
    if noun.lemma_.lower() in words:
        return True
    return any(
        child.dep_ in ("amod", "compound", "nmod") and child.lower_ in words
        for child in noun.children
    )


def _own_modality(token: Token) -> str:
    """Modality from auxiliaries and a conditional mark."""
    for child in token.children:
        word = child.lower_
        if child.dep_ == "aux":
            if word in ("will", "shall", "'ll", "wo"):
                return "planned"
            if word in ("may", "might", "could", "can", "ca"):
                return "possible"
            if word in ("must", "should", "ought"):
                return "demanded"
            if word in ("would", "'d"):
                return "hypothetical"
        if word in _CONDITIONS and child.i < token.i and child.dep_ != "dobj":
            return "hypothetical"
        if child.dep_ in ("mark", "advmod") and word in _TO_COME and _is_present(token):
            return "hypothetical"
        if child.dep_ == "prep" and word == "in" and child.i < token.i and _is_some_case(child):
            return "hypothetical"
    if _is_subjunctive(token) and token.dep_ == "ccomp":
        return "demanded"
    return "hypothetical" if _is_inverted(token) else ""


def _is_some_case(preposition: Token) -> bool:
    """Whether a phrase only supposes something: "in a worst case", "in that scenario"."""
    return any(
        noun.lemma_.lower() in _IMAGINED and any(c.lower_ in _SOME_CASE for c in noun.children)
        for noun in preposition.children
    )


def _is_present(token: Token) -> bool:
    """Whether a verb stands in the present: "until it lifts", "once it has lifted"."""
    finite = next((c for c in token.children if c.dep_ in ("aux", "auxpass")), token)
    return bool(finite.tag_ in ("VBZ", "VBP"))


def _is_inverted(token: Token) -> bool:
    """Whether a condition is told by its order of words: "had it lifted the curbs, …"."""
    subject = own_subject(token)
    return subject is not None and any(
        c.dep_ in ("aux", "auxpass") and c.lower_ in ("had", "were", "should") and c.i < subject.i
        for c in token.children
    )
