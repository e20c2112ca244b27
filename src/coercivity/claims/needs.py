"""Further conditions of frame rules, by name; ``frames.yaml`` names them under ``needs``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from coercivity.claims.clauses import Predicate, noun_range
from coercivity.claims.frame_rules import Act, FrameRule
from coercivity.claims.reading import Reading
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["CONDITIONS", "Told", "needs_met"]

Token = Any
LICENCE_CONTEXT = 600
"""Code points before a clause in which a licence must be spoken of, where a rule asks for it."""

_UNDER = re.compile(
    r"\bunder\s+(?:\w+\s+){0,2}(?:licen[cs]e|licen[cs]ing|control)s?\b", re.IGNORECASE
)
_SIDES = re.compile(
    r"\b(?:two|both|the)\s+(?:sides|countries|nations|leaders|neighbours|neighbors)\b"
    r"|^(?:that\s+)?the two\b|^(?:that\s+)?both\b",
    re.IGNORECASE,
)
_NOW = re.compile(r"\bnow\b")
_OBLIGES = frozenset({"have", "need", "require", "oblige", "ask", "order"})
_GOODS = frozenset({"material", "good", "product", "item", "they", "it", "shipment"})


@dataclass(frozen=True)
class Told:
    """An act with the clause that tells it.

    Parameters
    ----------
    act : Act
    predicate : Predicate
    clause : (int, int)
        Range of the view.
    reading : Reading
    vocabulary : Vocabulary
    """

    act: Act
    predicate: Predicate
    clause: tuple[int, int]
    reading: Reading
    vocabulary: Vocabulary

    @property
    def words(self) -> str:
        """The clause as it stands."""
        return self.reading.text[slice(*self.clause)]

    @property
    def people(self) -> set[str]:
        """Participants that are named."""
        return {f.value for n, f in self.act.slots if n == "participant" and f.kind != "text"}

    @property
    def countries(self) -> set[str]:
        """Countries of the participants."""
        return {self.vocabulary.country_of(value) or value for value in self.people}

    @property
    def auxiliaries(self) -> set[str]:
        """Auxiliaries of the verb."""
        return {c.lower_ for c in self.predicate.token.children if c.dep_ == "aux"}

    @property
    def has_not(self) -> bool:
        """Whether the verb is denied."""
        return any(c.dep_ == "neg" for c in self.predicate.token.children)


def needs_met(rule: FrameRule, told: Told) -> bool:
    """Whether all further conditions of a rule hold; a licence that is demanded is not granted."""
    if rule.frame == "LICENCE_GRANTED" and told.act.modality == "demanded":
        return False
    return all(CONDITIONS[need](told) for need in rule.needs)


def _party(told: Told) -> bool:
    """Name somebody: a country, firm, person or authority."""
    return bool(told.people)


def _two_parties(told: Told) -> bool:
    """Name two parties of different countries."""
    return len(told.countries) > 1


def _two_persons(told: Told) -> bool:
    """Name two persons."""
    return sum(told.vocabulary.kinds.get(value) == "person" for value in told.people) > 1


def _state_agent(told: Told) -> bool:
    """Have a country, or a party of one, act."""
    return any(
        name == "actor" and (f.kind == "country" or bool(told.vocabulary.country_of(f.value)))
        for name, f in told.act.slots
    )


def _plural_agents(told: Told) -> bool:
    """Have several parties act, or "the two sides"."""
    return len(told.countries) > 1 or bool(_SIDES.search(told.words))


def _recipient(told: Told) -> bool:
    """Name somebody to whom or for whom."""
    return any(name == "recipient" for name, _ in told.act.slots)


def _noun(told: Told) -> bool:
    """Have a noun as patient, not a clause."""
    return any(t.pos_ in ("NOUN", "PROPN") for t in told.predicate.patients)


def _under(told: Told) -> bool:
    """Say "under licence" or "under control"."""
    return bool(_UNDER.search(told.words))


def _forbidden(told: Told) -> bool:
    """Put the verb behind "may not", "cannot", "must not" or "shall not"."""
    return told.has_not and bool(told.auxiliaries & {"may", "can", "ca", "must", "shall"})


def _obligatory(told: Told) -> bool:
    """Demand the act: "must …", "have to …", or joined to such a verb."""
    token = told.predicate.token
    for _ in range(3):
        auxiliaries = {c.lower_ for c in token.children if c.dep_ == "aux"}
        if auxiliaries & {"must", "shall", "should"}:
            return True
        if token.dep_ == "xcomp" and "to" in auxiliaries and token.head.lemma_ in _OBLIGES:
            return True
        has_subject = any(c.dep_ in ("nsubj", "nsubjpass") for c in token.children)
        if token.dep_ != "conj" or has_subject or token.head.pos_ not in ("VERB", "AUX"):
            return False
        token = token.head
    return False


def _permissive(told: Told) -> bool:
    """Say "may now" or "can now"."""
    return bool(told.auxiliaries & {"may", "can"}) and bool(_NOW.search(told.words))


def _dated(told: Told) -> bool:
    """Give a date in the clause."""
    return bool(told.reading.dates_in(*told.clause))


def _firm_actor(told: Told) -> bool:
    """Have a firm of the pack act, not a state."""
    text = told.reading.text
    actors = [f for name, f in told.act.slots if name == "actor"]
    if any(text[: f.start].endswith((" to ", " for ")) for f in actors if f.start > 0):
        return False
    return bool(actors) and all(told.vocabulary.kinds.get(f.value) == "firm" for f in actors)


def _firm_recipient(told: Told) -> bool:
    """Name a firm, or a number of firms, as recipient."""
    return any(
        name == "recipient" and (filler.rule == "firms" or filler.kind == "party")
        for name, filler in told.act.slots
    )


def _licence_context(told: Told) -> bool:
    """Speak of a licence or an application in the clause or shortly before."""
    first, last = told.clause[0] - LICENCE_CONTEXT, told.clause[1]
    return any(
        token.pos_ == "NOUN"
        and first <= token.idx < last
        and told.vocabulary.lexicon.is_class(token.lemma_.lower(), ("licence", "application"))
        for token in told.reading.parse or ()
    )


def _plain_application(told: Told) -> bool:
    """Ask for trade, not for another act: "a request to import", not "a request to suspend"."""
    trading = told.vocabulary.lexicon.lists["trading"]
    return not any(
        child.dep_ == "acl" and child.tag_ == "VB" and child.lemma_ not in trading
        for noun in told.predicate.patients
        for child in noun.children
    )


def _content_clause(told: Told) -> bool:
    """Say in a clause with "that" what is required."""
    return any(c.dep_ == "ccomp" for c in told.predicate.token.children)


def _request_content(told: Told) -> bool:
    """Say in a clause what is asked for: "asked the ministry to seek a clearance"."""
    return any(c.dep_ in ("xcomp", "ccomp") for c in told.predicate.token.children)


def _negated_or_ceased(told: Told) -> bool:
    """Deny the verb, or say that something ends: "shall not apply", "cease"."""
    return told.has_not or told.predicate.lemma in ("cease", "stop")


def _item_subject(told: Told) -> bool:
    """Have an item of the pack, or what stands for one, as surface subject."""
    predicate = told.predicate
    for token in predicate.patients if predicate.is_passive else predicate.agents:
        inside = told.reading.mentions_in(*noun_range(token))
        if any(m.first("item") and m.start <= token.idx < m.end for m in inside):
            return True
        if token.lemma_.lower() in _GOODS:
            return True
    return False


def _doing(told: Told, wanted: str) -> bool:
    below = (c for c in told.predicate.token.children if c.dep_ in ("xcomp", "ccomp", "dobj"))
    return any(
        c.tag_ == "VBG" and told.vocabulary.lexicon.is_class(c.lemma_.lower(), (wanted,))
        for c in below
    )


def _doing_production(told: Told) -> bool:
    """Complete the verb by making something: "stopped building the car"."""
    return _doing(told, "producing")


def _doing_supply(told: Told) -> bool:
    """Complete the verb by supplying something: "stopped exporting to us"."""
    return _doing(told, "supplying")


CONDITIONS: Final[Mapping[str, Callable[[Told], bool]]] = {
    "party": _party,
    "two_parties": _two_parties,
    "two_persons": _two_persons,
    "state_agent": _state_agent,
    "plural_agents": _plural_agents,
    "recipient": _recipient,
    "noun": _noun,
    "under": _under,
    "item_subject": _item_subject,
    "forbidden": _forbidden,
    "obligatory": _obligatory,
    "permissive": _permissive,
    "dated": _dated,
    "firm_actor": _firm_actor,
    "firm_recipient": _firm_recipient,
    "licence_context": _licence_context,
    "plain_application": _plain_application,
    "content_clause": _content_clause,
    "request_content": _request_content,
    "negated_or_ceased": _negated_or_ceased,
    "doing_production": _doing_production,
    "doing_supply": _doing_supply,
}
"""Conditions by the name that rules use; their docstrings are the reference."""
