"""Acts told by a noun: "a meeting between A and B", "A-B trade talks"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coercivity.claims.clauses import clause_range, noun_range
from coercivity.claims.factuality import unsettled
from coercivity.claims.frame_rules import Act, noun_rules
from coercivity.claims.meeting_places import place_of
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler, items_in, named
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["nominal_acts", "verbless_acts"]

Token = Any
_AHEAD = re.compile(
    r"\b(?:before|ahead of|upcoming|planned|possible|proposed|expected|scheduled)"
    r"\s+(?:an?\s+|the\s+|their\s+)?(?:[\w-]+\s+){0,3}$",
    re.IGNORECASE,
)
_TAKEN_FOR_NOUNS = {"cut": "PRODUCTION_CUT", "halt": "PRODUCTION_STOPPED"}
_PEOPLED = frozenset({"MEETING", "DEAL", "TALKS_RESUMED"})


def nominal_acts(
    sentence: Any, here: list[Act], reading: Reading, vocabulary: Vocabulary
) -> Iterator[Act]:
    """Find the acts that nouns of a sentence tell.

    Parameters
    ----------
    sentence : Span
        Of the parse.
    here : list of Act
        Acts of its verbs; a noun that one of them takes as object tells no second act.
    """
    for token in sentence:
        kinds = (
            vocabulary.lexicon.classes.get(token.lemma_.lower()) if token.pos_ == "NOUN" else None
        )
        rule = (
            next((r for r in noun_rules(vocabulary.frames) if not r.nouns.isdisjoint(kinds)), None)
            if kinds
            else None
        )
        if rule is None or any(_takes(act, token) for act in here):
            continue
        slots = list(
            _visitors(token, sentence, reading)
            if rule.id == "meeting.visit_noun"
            else _nominal_people(token, reading)
        )
        countries = {vocabulary.country_of(f.value) or f.value for _, f in slots}
        if len(countries) < 2:
            continue
        clause = _nominal_clause(token, sentence)
        place = place_of(clause, token, reading)
        if place is not None:
            slots.append(("place", place))
        yield Act(
            rule=rule.id,
            frame=rule.frame,
            trigger=(token.idx, token.idx + len(token)),
            clause=clause,
            sentence=(sentence.start_char, sentence.end_char),
            slots=tuple(dict.fromkeys(slots)),
            is_negated=any(c.lower_ == "no" for c in token.children),
            modality=_modality(token, reading, vocabulary),
        )


def _modality(token: Token, reading: Reading, vocabulary: Vocabulary) -> str:
    """Modality of what a noun tells: a meeting may lie ahead, be put off or only hoped for."""
    if _AHEAD.search(reading.text[: token.idx]):
        return "planned"
    return unsettled(token, vocabulary.lexicon) or "actual"


def verbless_acts(sentence: Any, reading: Reading, vocabulary: Vocabulary) -> Iterator[Act]:
    """Yield acts of sentences in which the parser took the verb for a noun: "X cut output of Y".

    Parameters
    ----------
    sentence : Span
        Of the parse; only one without any verb is looked at.
    """
    if any(token.pos_ in ("VERB", "AUX") for token in sentence):
        return
    bounds = (sentence.start_char, sentence.end_char)
    for token in sentence:
        frame = _TAKEN_FOR_NOUNS.get(token.lower_)
        of_production = vocabulary.lexicon.is_class(token.head.lemma_.lower(), ("production",))
        if frame is None or token.dep_ != "compound" or not of_production:
            continue
        slots = [
            ("actor", Filler(party.value, "party", mention.start, mention.end, "name"))
            for mention in reading.mentions_in(bounds[0], token.idx)
            if (party := mention.first("firm")) is not None
        ][-1:]
        slots.extend(
            ("item", Filler(value, "item", start, end, "clause"))
            for start, end, value in items_in(*bounds, reading)
        )
        if slots and slots[0][0] == "actor":
            clause = (bounds[0], bounds[0] + len(sentence.text.rstrip(" .!?")))
            yield Act(
                rule=f"production.{token.lower_}_verbless",
                frame=frame,
                trigger=(token.head.idx, token.head.idx + len(token.head)),
                clause=clause,
                sentence=bounds,
                slots=tuple(dict.fromkeys(slots)),
                is_negated=False,
                modality="actual",
            )


def _takes(act: Act, token: Token) -> bool:
    """Whether an act already speaks of this noun: "held a meeting"."""
    return act.frame in _PEOPLED and act.trigger[0] == token.head.idx


def _nominal_people(token: Token, reading: Reading) -> Iterator[tuple[str, Filler]]:
    """Parties of a noun: behind "between" and "with", or compounded in front of it."""
    nouns = []
    for holder in (token, *(c for c in token.children if c.dep_ == "relcl"), *token.conjuncts):
        for prep in holder.children:
            if prep.dep_ == "prep" and prep.lower_ in ("between", "with"):
                for noun in prep.children:
                    if noun.dep_ == "pobj":
                        nouns.extend([noun, *noun.conjuncts])
    for noun in nouns:
        start, end = noun_range(noun)
        for entity, mention in named(noun, start, end, reading, "between"):
            kind = "country" if entity.is_place else "party"
            yield "participant", Filler(entity.value, kind, mention.start, mention.end, "between")
    if nouns:
        return
    start, end = noun_range(token)
    for mention in reading.mentions_in(start, token.idx):
        found = mention.party() or mention.place()
        if found is not None:
            kind = "country" if found.is_place else "party"
            yield "participant", Filler(found.value, kind, mention.start, mention.end, "compound")


def _visitors(token: Token, sentence: Any, reading: Reading) -> Iterator[tuple[str, Filler]]:
    """Who visits whom: the owner of the visit, and the first other country of the sentence."""
    owner = next((child for child in token.children if child.dep_ == "poss"), None)
    if owner is None:
        return
    start, end = noun_range(owner)
    visitors = [(m.first("person"), m) for m in reading.mentions_in(start, end)]
    named_ones = [(person, m) for person, m in visitors if person is not None]
    if not named_ones:
        return
    person, mention = named_ones[0]
    yield "participant", Filler(person.value, "party", mention.start, mention.end, "visitor")
    for other in reading.mentions_in(sentence.start_char, sentence.end_char):
        place = other.first("country", "capital")
        if place is not None and place.value != person.country:
            yield "participant", Filler(place.value, "country", other.start, other.end, "host")
            return


def _nominal_clause(token: Token, sentence: Any) -> tuple[int, int]:
    """Clause of the verb that governs a noun."""
    for ancestor in token.ancestors:
        if ancestor.pos_ in ("VERB", "AUX"):
            return clause_range(ancestor)
    return sentence.start_char, sentence.start_char + len(sentence.text.rstrip(" .!?"))
