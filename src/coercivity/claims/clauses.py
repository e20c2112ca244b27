"""Who does what to whom in a clause: deep roles over a dependency parse.

Passive and active come out alike, subjects are carried into infinitives and second verbs, and a
relative pronoun stands for what it refers to. Tokens are those of spaCy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from coercivity.claims.quotes import UNBROKEN
from coercivity.claims.ranges import clause_range, noun_range, subtree
from coercivity.claims.vocabulary import Lexicon

__all__ = [
    "Predicate",
    "clause_range",
    "conjuncts",
    "core_noun",
    "is_class",
    "lemma_of",
    "noun_range",
    "predicates",
    "prepositions",
    "subtree",
]

Token = Any
MAX_CLIMB = 12
"""Steps up the tree after which a search for a subject gives up."""

# Forms whose lemma the small model gets wrong.
_LEMMAS = {"pending": "pend", "resold": "resell", "re-exported": "re-export", "idled": "idle"}
# Particles that the small model takes for adverbs.
_PARTICLES = frozenset({("hold", "back"), ("hold", "up"), ("put", "off"), ("turn", "down")})
_SIGNALS = frozenset({"light", "signal"})
"""Green, they are a permission."""
_NO_CLASS: frozenset[str] = frozenset()
_RELATIVE = frozenset({"that", "which", "who", "whom", "what"})
_CONTROL_OF_OBJECT = frozenset(
    {
        "allow",
        "permit",
        "ask",
        "tell",
        "order",
        "let",
        "require",
        "urge",
        "enable",
        "want",
        "expect",
    }
)


@dataclass(frozen=True)
class Predicate:
    """A verb with its deep roles.

    Parameters
    ----------
    token : Token
        The verb.
    lemma : str
        With a particle: ``bring up``.
    agents, patients, recipients : tuple of Token
        Heads of noun phrases.
    is_passive : bool
    """

    token: Token
    lemma: str
    agents: tuple[Token, ...]
    patients: tuple[Token, ...]
    recipients: tuple[Token, ...]
    is_passive: bool

    @property
    def themes(self) -> tuple[Token, ...]:
        """What the act befalls: patients, or the subject of a verb without object."""
        return self.patients or self.agents


def predicates(tokens: Iterable[Token]) -> Iterator[Predicate]:
    """Yield every verb with its roles, in order."""
    for token in tokens:
        if token.pos_ == "VERB" or (token.pos_ == "AUX" and token.dep_ not in ("aux", "auxpass")):
            yield Predicate(
                token=token,
                lemma=lemma_of(token),
                agents=_agents(token),
                patients=_patients(token),
                recipients=_recipients(token),
                is_passive=_is_passive(token),
            )


def lemma_of(token: Token) -> str:
    """Return the lemma of a verb, with its particle."""
    particle = next((child.lower_ for child in token.children if child.dep_ == "prt"), "")
    lower = token.lower_.replace(UNBROKEN, "-")
    lemma = _LEMMAS.get(lower, token.lemma_.lower().replace(UNBROKEN, "-"))
    if not particle and token.i + 1 < len(token.doc):
        following = token.doc[token.i + 1]
        is_own = following.dep_ == "advmod" and following.head.i == token.i
        particle = following.lower_ if is_own and (lemma, following.lower_) in _PARTICLES else ""
    return f"{lemma} {particle}" if particle else lemma


def _is_passive(token: Token) -> bool:
    if any(child.dep_ in ("auxpass", "nsubjpass") for child in token.children):
        return True
    if _is_reduced(token):
        return True
    if token.tag_ == "VBN" and token.dep_ == "conj" and not own_subject(token):
        return bool(token.head.pos_ == "VERB" and _is_passive(token.head) and not has_aux(token))
    return bool(token.tag_ == "VBN" and token.dep_ == "acl" and not has_aux(token))


def _is_reduced(token: Token) -> bool:
    """Whether a participle between commas was read as the main verb: "X, turned down, has …"."""
    if token.tag_ not in ("VBD", "VBN") or token.i < 2 or token.doc[token.i - 1].text != ",":
        return False
    subject = own_subject(token)
    has_object = any(child.dep_ == "dobj" for child in token.children)
    return (
        subject is not None
        and subject.i == token.i - 2
        and not has_object
        and any(c.dep_ == "conj" and has_aux(c) for c in token.children)
    )


def has_aux(token: Token) -> bool:
    """Whether a verb has an auxiliary."""
    return any(child.dep_ == "aux" for child in token.children)


def own_subject(token: Token) -> Token | None:
    """Return the subject that hangs on a verb itself."""
    return next(
        (child for child in token.children if child.dep_ in ("nsubj", "nsubjpass", "csubj")), None
    )


def conjuncts(token: Token) -> tuple[Token, ...]:
    """Return a noun and the nouns joined to it, in order."""
    joined = [token, *(other for other in token.conjuncts if other.i > token.i)]
    return tuple(other for other in joined if other.pos_ not in ("VERB", "AUX"))


def _agents(token: Token) -> tuple[Token, ...]:
    if _is_passive(token):
        permission = [child for child in token.children if child.dep_ == "dobj"]
        by = [
            noun
            for holder in (token, *permission)
            for child in holder.children
            if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by")
            for noun in child.children
            if noun.dep_ == "pobj"
        ]
        return tuple(other for noun in by for other in conjuncts(noun))
    subject = _subject(token)
    return conjuncts(subject) if subject is not None else ()


def _subject(token: Token) -> Token | None:
    """Surface subject, carried from a governing verb where the verb has none of its own."""
    for _ in range(MAX_CLIMB):
        own = next(
            (child for child in token.children if child.dep_ in ("nsubj", "nsubjpass")), None
        )
        if own is not None:
            return _antecedent(own, token)
        head = token.head
        if head.i == token.i:
            return None
        if token.dep_ == "xcomp" and head.lemma_ in _CONTROL_OF_OBJECT:
            obj = next((child for child in head.children if child.dep_ == "dobj"), None)
            if obj is not None:
                return obj
        told = _told_before(token)
        if told is not None:
            token = told
            continue
        if token.dep_ in ("xcomp", "conj", "advcl", "ccomp", "dep") and head.pos_ in (
            "VERB",
            "AUX",
        ):
            token = head
            continue
        if token.dep_ in ("acl", "relcl") and head.pos_ in ("NOUN", "PROPN", "PRON"):
            owner = next((child for child in head.children if child.dep_ == "poss"), None)
            if owner is not None:
                return owner
            if token.tag_ == "VBG":
                return head
            token = _governing_verb(head)
        elif token.dep_ == "pcomp":
            token = _governing_verb(head)
        else:
            return None
        if token is None:
            return None
    return None


def _told_before(token: Token) -> Token | None:
    """Verb of the content that a verb goes on with: "said that output was hurt, fell by half"."""
    if token.dep_ != "conj" or token.doc[token.i - 1].text not in (",", "and"):
        return None
    return next(
        (
            child
            for child in token.head.children
            if child.dep_ == "ccomp" and token.head.i < child.i < token.i
        ),
        None,
    )


def _governing_verb(token: Token) -> Token | None:
    for ancestor in token.ancestors:
        if ancestor.pos_ in ("VERB", "AUX"):
            return ancestor
    return None


def _antecedent(subject: Token, verb: Token) -> Token:
    if subject.lower_ in _RELATIVE and verb.dep_ == "relcl":
        return verb.head
    return subject


def _patients(token: Token) -> tuple[Token, ...]:
    direct = [child for child in token.children if child.dep_ == "dobj"]
    if direct:
        noun = direct[0]
        if noun.lower_ in _RELATIVE and token.dep_ == "relcl":
            noun = token.head
        return conjuncts(noun)
    if _is_passive(token):
        if token.tag_ == "VBN" and token.dep_ == "acl" and not own_subject(token):
            return (token.head,)
        subject = _subject(token)
        return conjuncts(subject) if subject is not None else ()
    if token.dep_ == "relcl" and own_subject(token) is not None:
        relative = any(
            child.lower_ in _RELATIVE and child.dep_ in ("nsubj", "nsubjpass")
            for child in token.children
        )
        if not relative:
            return (token.head,)
    return _following_noun(token) or _object_of_infinitive(token) or _shared_object(token)


def _shared_object(token: Token) -> tuple[Token, ...]:
    """Object that stands behind the second of two verbs: "have received or are getting permits"."""
    if not any(child.dep_ == "cc" and child.lower_ == "or" for child in token.children):
        return ()
    for child in token.children:
        if child.dep_ == "conj" and child.pos_ in ("VERB", "AUX"):
            return tuple(n for c in child.children if c.dep_ == "dobj" for n in conjuncts(c))
    return ()


def _object_of_infinitive(token: Token) -> tuple[Token, ...]:
    """Object that the parser made the subject of an infinitive: "hold licences to import"."""
    if token.dep_ in ("aux", "auxpass"):
        return ()
    for child in token.children:
        is_infinitive = child.tag_ == "VB" and any(
            c.dep_ == "aux" and c.lower_ == "to" for c in child.children
        )
        if child.dep_ == "ccomp" and child.i > token.i and is_infinitive:
            named = token.lemma_ in _CONTROL_OF_OBJECT
            kinds = ("NOUN", "PROPN") if named else ("NOUN",)
            return tuple(c for c in child.children if c.dep_ == "nsubj" and c.pos_ in kinds)
    return ()


def _following_noun(token: Token) -> tuple[Token, ...]:
    """Noun phrase right behind a participle that the parser gave to another verb."""
    if token.tag_ != "VBG" or token.i + 1 >= len(token.doc):
        return ()
    following = token.doc[token.i + 1]
    while following.dep_ in ("compound", "amod", "det", "nmod", "poss", "nummod"):
        following = following.head
    is_near = 0 < following.i - token.i < 8 and following.dep_ in ("nsubj", "nsubjpass")
    return (following,) if is_near and following.pos_ in ("NOUN", "PROPN") else ()


def _recipients(token: Token) -> tuple[Token, ...]:
    found: list[Token] = []
    direct = any(child.dep_ == "dobj" for child in token.children)
    if direct and _is_passive(token):
        subject = _subject(token)
        found.extend(conjuncts(subject) if subject is not None else ())
    for child in token.children:
        if child.dep_ == "dative" and child.pos_ != "ADP":
            found.extend(conjuncts(child))
        elif child.dep_ == "dative":
            found.extend(
                n for noun in child.children if noun.dep_ == "pobj" for n in conjuncts(noun)
            )
    if not found:
        near = prepositions(token, patients=_patients(token))
        found.extend(near.get("to", ()) or near.get("for", ()))
    return tuple(found)


def prepositions(token: Token, *, patients: Iterable[Token] = ()) -> dict[str, tuple[Token, ...]]:
    """Return the nouns behind prepositions at a verb and at its patients, by preposition."""
    found: dict[str, list[Token]] = {}
    holders = [token, *patients]
    for holder in list(holders):
        holders.extend(
            noun
            for prep in holder.children
            if prep.dep_ == "prep" and prep.lower_ in ("of", "on")
            for noun in prep.children
            if noun.dep_ in ("pobj", "pcomp")
        )
    for holder in holders:
        for prep in holder.children:
            if prep.dep_ in ("prep", "agent", "dative") and prep.pos_ in ("ADP", "SCONJ", "PART"):
                nouns = [
                    n for noun in prep.children if noun.dep_ == "pobj" for n in conjuncts(noun)
                ]
                found.setdefault(prep.lower_, []).extend(nouns)
    return {name: tuple(dict.fromkeys(nouns)) for name, nouns in found.items()}


def core_noun(token: Token, lexicon: Lexicon) -> Token:
    """Return what a phrase such as "a number of" or "a first batch of" is about."""
    for _ in range(MAX_CLIMB):
        if token.lemma_.lower() not in lexicon.lists["collective"] and token.pos_ != "NUM":
            return token
        inner = next(
            (
                noun
                for prep in token.children
                if prep.dep_ == "prep" and prep.lower_ == "of"
                for noun in prep.children
                if noun.dep_ == "pobj"
            ),
            None,
        )
        if inner is None:
            return token
        token = inner
    return token


def is_class(token: Token, wanted: Iterable[str], lexicon: Lexicon) -> bool:
    """Whether a noun, or what it is a number of, belongs to one of the classes."""
    wanted = tuple(wanted)
    core = core_noun(token, lexicon)
    if core.lemma_ in _SIGNALS and any(child.lower_ == "green" for child in core.children):
        return "licence" in wanted
    for word in (core.lemma_.lower(), core.lower_, token.lemma_.lower()):
        if not lexicon.classes.get(word, _NO_CLASS).isdisjoint(wanted):
            return True
    return False
