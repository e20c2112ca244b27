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
    lemma_of,
    noun_range,
    predicates,
)
from coercivity.claims.derived import (
    gapped_acts,
    not_for_others,
    others_do_not,
    under_control,
)
from coercivity.claims.ellipsis import noun_meant
from coercivity.claims.factuality import modality_of, polarity_of
from coercivity.claims.firm_names import firm_name
from coercivity.claims.frame_rules import Act, FrameRule, rules_by_verb
from coercivity.claims.gazetteer import Entity
from coercivity.claims.needs import Told, needs_met
from coercivity.claims.nominal_acts import nominal_acts, verbless_acts
from coercivity.claims.reading import Reading
from coercivity.claims.roles import (
    Filler,
    Memory,
    named,
)
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["Act", "find_acts", "remember"]

Token = Any
_DO_SO = re.compile(r"\s*(?:so|the same|likewise)\b", re.IGNORECASE)


def remember(reading: Reading, memory: Memory, vocabulary: Vocabulary) -> None:
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
            known = [entity for entity, _ in named(token, start, end, reading, "agent")[:1]]
            name = "" if known else firm_name(token, vocabulary)
            for entity in known or ([Entity("name", name, "", name)] if name else []):
                if entity.value in vocabulary.observers:
                    entity = replace(entity, kind="observer")
                memory.subjects.append((reading.position, token.idx, entity))


def find_acts(reading: Reading, vocabulary: Vocabulary, memory: Memory) -> tuple[Act, ...]:
    """Find the acts told in a block, in order of their verbs."""
    found: list[Act] = []
    for sentence in reading.parse.sents if reading.parse is not None else ():
        here: list[Act] = []
        verbs = rules_by_verb(vocabulary.frames)
        likely = (
            token
            for token in sentence
            if token.pos_ in ("VERB", "AUX") and (token.lemma_ == "do" or lemma_of(token) in verbs)
        )
        for predicate in predicates(likely):
            act = _verbal(predicate, sentence, reading, vocabulary, memory)
            act = act or _do_so(predicate, here, sentence, reading, vocabulary, memory)
            if act is not None:
                here.append(act)
                here.extend(_pointed_at(act, reading))
        here.extend(under_control((sentence.start_char, sentence.end_char), here, reading))
        here.extend(nominal_acts(sentence, here, reading, vocabulary))
        here.extend(verbless_acts(sentence, reading, vocabulary))
        found.extend(sorted(here, key=lambda act: act.trigger))
    return tuple(found)


def _pointed_at(act: Act, reading: Reading) -> tuple[Act, ...]:
    """Acts that the rest of the sentence tells by pointing at this one."""
    if act.frame in ("LICENCE_GRANTED", "LICENCE_REFUSED"):
        return (*not_for_others(act, reading), *others_do_not(act, reading))
    return tuple(gapped_acts(act, reading))


def _verbal(
    predicate: Predicate, sentence: Any, reading: Reading, vocabulary: Vocabulary, memory: Memory
) -> Act | None:
    """Act of the first rule that fits a verb."""
    clause: tuple[int, int] | None = None
    for rule in rules_by_verb(vocabulary.frames).get(predicate.lemma, ()):
        if not _has_classes(rule, predicate, reading, vocabulary):
            continue
        clause = clause or _clause(predicate)
        if not _has_words(rule, predicate, clause, reading, vocabulary):
            continue
        act = _act(rule, predicate, clause, sentence, reading, vocabulary, memory)
        if needs_met(rule, Told(act, predicate, clause, reading, vocabulary)):
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


def _has_classes(
    rule: FrameRule, predicate: Predicate, reading: Reading, vocabulary: Vocabulary
) -> bool:
    """Whether the roles have the classes that a rule asks for."""
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
    return True


def _has_words(
    rule: FrameRule,
    predicate: Predicate,
    clause: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
) -> bool:
    """Whether the words, classes and units that a rule asks for stand in the clause."""
    if rule.said_so is not None and not rule.said_so.search(reading.text[slice(*clause)].lower()):
        return False
    if rule.word_class and not any(
        vocabulary.lexicon.is_class(t.lemma_.lower(), rule.word_class)
        or vocabulary.lexicon.is_class(t.lower_, rule.word_class)
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
    meant = noun_meant(token, vocabulary.lexicon, wanted)
    if meant is not None and is_class(meant, wanted, vocabulary.lexicon):
        return True
    start, end = noun_range(token)
    for mention in reading.mentions_in(start, end):
        if not mention.start <= token.idx < mention.end:
            continue
        if "item" in wanted and mention.first("item"):
            return True
        if wanted & {"party", "firm"} and mention.first("firm", "aggregate"):
            return True
        if "association" in wanted and mention.first("association"):
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
    modality = rule.modality if rule.modality and modality == "actual" else modality
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
        is_effective=rule.effective,
    )


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
