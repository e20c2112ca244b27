"""Who does what to whom in a clause: deep roles over a dependency parse.

Passive and active come out alike, subjects are carried into infinitives and second verbs, and a
relative pronoun stands for what it refers to. Tokens are those of spaCy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from coercivity.claims.vocabulary import Lexicon

__all__ = [
    "Predicate",
    "clause_range",
    "conjuncts",
    "core_noun",
    "is_class",
    "modality_of",
    "noun_range",
    "polarity_of",
    "predicates",
    "prepositions",
    "subtree",
]

Token = Any
MAX_CLIMB = 12
"""Steps up the tree after which a search for a subject gives up."""

# Forms whose lemma the small model gets wrong.
_LEMMAS = {"pending": "pend", "resold": "resell", "re-exported": "re-export", "idled": "idle"}
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
_CLAUSE_DEPS = frozenset({"relcl", "acl", "advcl", "ccomp", "parataxis"})


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
                lemma=_lemma(token),
                agents=_agents(token),
                patients=_patients(token),
                recipients=_recipients(token),
                is_passive=_is_passive(token),
            )


def _lemma(token: Token) -> str:
    particle = next((child.lower_ for child in token.children if child.dep_ == "prt"), "")
    lemma = _LEMMAS.get(token.lower_, token.lemma_.lower())
    return f"{lemma} {particle}" if particle else lemma


def _is_passive(token: Token) -> bool:
    if any(child.dep_ in ("auxpass", "nsubjpass") for child in token.children):
        return True
    if token.tag_ == "VBN" and token.dep_ == "conj" and not _own_subject(token):
        return bool(token.head.pos_ == "VERB" and _is_passive(token.head) and not _has_aux(token))
    return bool(token.tag_ == "VBN" and token.dep_ == "acl")


def _has_aux(token: Token) -> bool:
    return any(child.dep_ == "aux" for child in token.children)


def _own_subject(token: Token) -> Token | None:
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
        if token.tag_ == "VBN" and token.dep_ == "acl":
            return (token.head,)
        subject = _subject(token)
        return conjuncts(subject) if subject is not None else ()
    if token.dep_ == "relcl" and _own_subject(token) is not None:
        relative = any(
            child.lower_ in _RELATIVE and child.dep_ in ("nsubj", "nsubjpass")
            for child in token.children
        )
        if not relative:
            return (token.head,)
    return _following_noun(token) or _object_of_infinitive(token)


def _object_of_infinitive(token: Token) -> tuple[Token, ...]:
    """Object that the parser made the subject of an infinitive: "hold licences to import"."""
    if token.dep_ in ("aux", "auxpass"):
        return ()
    for child in token.children:
        is_infinitive = child.tag_ == "VB" and any(
            c.dep_ == "aux" and c.lower_ == "to" for c in child.children
        )
        if child.dep_ == "ccomp" and child.i > token.i and is_infinitive:
            return tuple(c for c in child.children if c.dep_ == "nsubj" and c.pos_ == "NOUN")
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


def subtree(token: Token) -> list[Token]:
    """Return a token and all that hangs on it in order of the text, also where arcs cross."""
    return sorted(token.subtree, key=lambda other: other.i)


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
    return any(
        lexicon.is_class(word, wanted)
        for word in (core.lemma_.lower(), core.lower_, token.lemma_.lower())
    )


def noun_range(token: Token) -> tuple[int, int]:
    """Return the text range of a noun phrase without the clauses hanging on it."""
    kept = [token]
    stack = [child for child in token.children if child.dep_ not in ("punct", "cc", "conj")]
    while stack:
        child = stack.pop()
        if child.dep_ in _CLAUSE_DEPS or child.pos_ in ("VERB", "AUX") or child.dep_ == "appos":
            continue
        kept.append(child)
        stack.extend(other for other in child.children if other.dep_ != "punct")
    first, last = min(kept, key=lambda t: t.i), max(kept, key=lambda t: t.i)
    return first.idx, last.idx + len(last)


def clause_range(token: Token) -> tuple[int, int]:
    """Return the text range of a verb's clause, without the clauses joined to it."""
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


def polarity_of(predicate: Predicate, lexicon: Lexicon) -> bool:
    """Return whether the clause says that the act did **not** happen."""
    token = predicate.token
    for _ in range(MAX_CLIMB):
        if any(child.dep_ == "neg" for child in token.children):
            return True
        head = token.head
        if token.dep_ in ("xcomp", "ccomp") and head.lemma_ in lexicon.lists["negative_governors"]:
            return True
        if token.dep_ == "pcomp" and head.lower_ == "without":
            return True
        if token.dep_ == "pcomp" and head.lower_ in ("for", "from", "of"):
            token = head.head
            continue
        if token.dep_ not in ("xcomp",) or head.pos_ not in ("VERB", "AUX"):
            break
        if head.lemma_ == "have" and any(child.lower_ == "yet" for child in head.children):
            return True
        token = head
    return any(_is_none(noun) for noun in (*predicate.agents, *predicate.patients))


def _is_none(noun: Token) -> bool:
    """Whether a noun phrase is "no company", "none of them", "neither"."""
    if noun.lower_ in ("none", "nobody", "nothing", "neither", "no"):
        return True
    return any(
        child.dep_ in ("det", "preconj", "neg")
        and child.lower_ in ("no", "neither")
        and child.nbor().text != "."
        for child in noun.children
    )


def modality_of(predicate: Predicate, lexicon: Lexicon) -> str:
    """Return ``actual``, ``possible``, ``planned``, ``demanded`` or ``hypothetical``."""
    token = predicate.token
    for _ in range(MAX_CLIMB):
        found = _own_modality(token)
        if found:
            return found
        head = token.head
        if head.i == token.i:
            return "actual"
        if token.dep_ == "xcomp" or (token.dep_ == "ccomp" and token.tag_ in ("VB", "TO")):
            lemma = head.lemma_.lower()
            if lemma in lexicon.lists["demanding"]:
                return "demanded"
            if lemma in lexicon.lists["planning"] or lemma in (
                "due",
                "likely",
                "set",
                "able",
                "ready",
            ):
                return "planned"
            token = head
        elif token.dep_ == "acl" and any(
            child.dep_ == "aux" and child.lower_ == "to" for child in token.children
        ):
            return "planned" if head.lemma_ in lexicon.lists["planning_nouns"] else "possible"
        elif token.dep_ == "advcl" and any(
            child.dep_ == "aux" and child.lower_ == "to" for child in token.children
        ):
            return "planned"
        elif token.dep_ == "conj" and head.pos_ in ("VERB", "AUX") and not _has_aux(token):
            if _own_subject(token) is not None:
                return "actual"
            token = head
        else:
            return "actual"
    return "actual"


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
        if child.dep_ == "mark" and word in ("if", "unless", "provided"):
            return "hypothetical"
    return ""
