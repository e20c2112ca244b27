"""Acts: the frames found in a block, before anybody's name is put to them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from coercivity.claims.act_slots import fill_slots
from coercivity.claims.clauses import (
    Predicate,
    clause_range,
    is_class,
    modality_of,
    noun_range,
    polarity_of,
    predicates,
)
from coercivity.claims.frame_rules import Act, FrameRule, load_rules
from coercivity.claims.nominal_acts import nominal_acts
from coercivity.claims.reading import Reading
from coercivity.claims.roles import (
    Filler,
    Memory,
    named,
)
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["Act", "find_acts", "remember"]

Token = Any
_UNDER = re.compile(
    r"\bunder\s+(?:\w+\s+){0,2}(?:licen[cs]e|licen[cs]ing|control)s?\b", re.IGNORECASE
)
_SIDES = re.compile(
    r"\b(?:two|both|the)\s+(?:sides|countries|nations|leaders|neighbours|neighbors)\b",
    re.IGNORECASE,
)
_DO_SO = re.compile(r"\s*(?:so|the same|likewise)\b", re.IGNORECASE)


def remember(reading: Reading, memory: Memory) -> None:
    """Note subjects and items of a block, for the pronouns of what follows."""
    for mention in reading.mentions:
        item = mention.first("item")
        if item is not None:
            memory.items.append((reading.position, mention.start, item.value))
    for token in reading.parse if reading.parse is not None else ():
        if token.dep_ in ("nsubj", "nsubjpass", "poss") and token.pos_ in ("PROPN", "NOUN"):
            if token.dep_ == "poss" and token.head.dep_ not in ("nsubj", "nsubjpass"):
                continue
            start, end = noun_range(token)
            for entity, _ in named(token, start, end, reading, "agent")[:1]:
                memory.subjects.append((reading.position, token.idx, entity))


def find_acts(reading: Reading, vocabulary: Vocabulary, memory: Memory) -> tuple[Act, ...]:
    """Find the acts told in a block, in order of their verbs."""
    found: list[Act] = []
    for sentence in reading.parse.sents if reading.parse is not None else ():
        here: list[Act] = []
        for predicate in predicates(sentence):
            act = _verbal(predicate, sentence, reading, vocabulary, memory)
            act = act or _do_so(predicate, here, sentence, reading, vocabulary, memory)
            if act is not None:
                here.append(act)
        here.extend(nominal_acts(sentence, here, reading, vocabulary))
        found.extend(sorted(here, key=lambda act: act.trigger))
    return tuple(found)


def _verbal(
    predicate: Predicate, sentence: Any, reading: Reading, vocabulary: Vocabulary, memory: Memory
) -> Act | None:
    """Act of the first rule that fits a verb."""
    clause = _clause(predicate)
    for rule in load_rules():
        if predicate.lemma not in rule.verbs:
            continue
        if not _fits(rule, predicate, clause, reading, vocabulary):
            continue
        act = _act(rule, predicate, clause, sentence, reading, vocabulary, memory)
        if _needs_met(rule, act, predicate, clause, reading, vocabulary):
            return act
    return None


def _clause(predicate: Predicate) -> tuple[int, int]:
    """Clause of a verb; verb and object alone where the object was borrowed from its neighbour."""
    token = predicate.token
    borrowed = [
        noun
        for noun in predicate.patients
        if noun.dep_ in ("nsubj", "nsubjpass") and noun.i > token.i
    ]
    if borrowed and token.tag_ == "VBG" and not predicate.is_passive:
        return token.idx, noun_range(borrowed[0])[1]
    return clause_range(token)


def _fits(
    rule: FrameRule,
    predicate: Predicate,
    clause: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
) -> bool:
    """Whether the classes and words a rule asks for are there."""
    for wanted, tokens in (
        (rule.agent, predicate.agents),
        (rule.patient, predicate.patients),
        (rule.theme, predicate.themes),
    ):
        if wanted and not any(_has_class(t, wanted, reading, vocabulary) for t in tokens):
            return False
    for unwanted, tokens in (
        (rule.agent_not, predicate.agents),
        (rule.theme_not, predicate.themes),
    ):
        if unwanted and any(_has_class(t, unwanted, reading, vocabulary) for t in tokens):
            return False
    words = reading.text[slice(*clause)].lower()
    if rule.words and not any(
        re.search(rf"(?<!\w){re.escape(w)}(?!\w)", words) for w in rule.words
    ):
        return False
    if rule.word_class and not any(
        vocabulary.lexicon.is_class(t.lemma_.lower(), rule.word_class)
        for t in predicate.token.subtree
        if t.pos_ == "NOUN"
    ):
        return False
    if rule.unit:
        return any(number.unit in rule.unit for number in reading.numbers_in(*clause))
    return True


def _has_class(
    token: Token, wanted: frozenset[str], reading: Reading, vocabulary: Vocabulary
) -> bool:
    """Whether a noun has a class; ``item``, ``party`` and ``firm`` also by name."""
    if is_class(token, wanted, vocabulary.lexicon):
        return True
    start, end = noun_range(token)
    for mention in reading.mentions_in(start, end):
        if not mention.start <= token.idx < mention.end:
            continue
        if "item" in wanted and mention.first("item"):
            return True
        if wanted & {"party", "firm"} and mention.first("firm", "aggregate"):
            return True
    return False


def _act(
    rule: FrameRule,
    predicate: Predicate,
    clause: tuple[int, int],
    sentence: Any,
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> Act:
    """Fill the slots of a rule."""
    token = predicate.token
    bounds = (sentence.start_char, sentence.end_char)
    slots = fill_slots(rule, predicate, clause, bounds, reading, vocabulary, memory)
    modality = "actual" if rule.keep_modality else modality_of(predicate, vocabulary.lexicon)
    # "May not be resold" affirms a condition, and so does "must promise no military use".
    negated = rule.frame != "CONDITION" and polarity_of(predicate, vocabulary.lexicon)
    return Act(
        rule=rule.id,
        frame=rule.frame,
        trigger=(token.idx, token.idx + len(token)),
        clause=clause,
        sentence=bounds,
        slots=slots,
        is_negated=negated,
        modality=modality,
    )


def _needs_met(
    rule: FrameRule,
    act: Act,
    predicate: Predicate,
    clause: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
) -> bool:
    """Whether a rule's further conditions hold."""
    people = {f.value for name, f in act.slots if name == "participant" and f.kind != "text"}
    persons = {value for value in people if vocabulary.kinds.get(value) == "person"}
    agents = [f for name, f in act.slots if name == "actor"]
    words = reading.text[slice(*clause)]
    auxiliaries = {c.lower_ for c in predicate.token.children if c.dep_ == "aux"}
    has_not = any(c.dep_ == "neg" for c in predicate.token.children)
    countries = {vocabulary.country_of(value) or value for value in people}
    if rule.frame == "LICENCE_GRANTED" and act.modality == "demanded":
        return False
    checks = {
        "party": bool(people),
        "two_parties": len(countries) > 1,
        "two_persons": len(persons) > 1,
        "state_agent": any(f.kind == "country" or vocabulary.country_of(f.value) for f in agents),
        "plural_agents": len(countries) > 1 or bool(_SIDES.search(words)),
        "recipient": any(name == "recipient" for name, _ in act.slots),
        "noun": any(t.pos_ in ("NOUN", "PROPN") for t in predicate.patients),
        "under": bool(_UNDER.search(words)),
        "item_subject": _is_item_subject(predicate, reading),
        "forbidden": bool(auxiliaries & {"may", "can", "ca", "must", "shall"}) and has_not,
        "obligatory": bool(auxiliaries & {"must", "shall", "should"})
        or bool(re.search(r"\b(?:have|has|had|need|needs|required) to\b", words)),
        "permissive": bool(auxiliaries & {"may", "can"}) and bool(re.search(r"\bnow\b", words)),
    }
    return all(checks[need] for need in rule.needs)


def _is_item_subject(predicate: Predicate, reading: Reading) -> bool:
    """Whether goods are what the clause speaks of, by name or as "the material"."""
    subjects = predicate.patients if predicate.is_passive else predicate.agents
    for token in subjects:
        start, end = noun_range(token)
        if any(m.first("item") for m in reading.mentions_in(start, end)):
            return True
        if token.lemma_.lower() in (
            "material",
            "good",
            "product",
            "item",
            "they",
            "it",
            "shipment",
        ):
            return True
    return False


def _do_so(
    predicate: Predicate,
    here: list[Act],
    sentence: Any,
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> Act | None:
    """Repeat an act for somebody else: "but did not do so for …"."""
    token = predicate.token
    end = token.idx + len(token)
    if token.lemma_ != "do" or not here or not _DO_SO.match(reading.text, end):
        return None
    before = here[-1]
    clause = clause_range(token)
    slots = [row for row in before.slots if row[0] in ("actor", "item", "instrument")]
    for mention in reading.mentions_in(end, clause[1]):
        place = mention.place()
        if place is not None:
            slots.append(
                ("destination", Filler(place.value, "country", mention.start, mention.end, "to"))
            )
    return replace(
        before,
        rule=f"{before.rule}+do_so",
        trigger=(token.idx, end),
        clause=clause,
        slots=tuple(slots),
        is_negated=polarity_of(predicate, vocabulary.lexicon),
        modality=modality_of(predicate, vocabulary.lexicon),
    )
