"""Numbers as claims: how much of what, whose, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from coercivity.claims.acts import Act
from coercivity.claims.changes import Change, tag_changes
from coercivity.claims.clauses import (
    Predicate,
    conjuncts,
    noun_range,
    predicates,
)
from coercivity.claims.drafts import Draft
from coercivity.claims.factuality import modality_of, polarity_of
from coercivity.claims.number_context import CARRY, NumberMention
from coercivity.claims.quantity_periods import named_basis, period_of_number
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler, Memory, named
from coercivity.claims.statements import Statement
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["quantity_drafts"]

Token = Any
_DURATIONS = frozenset({"year", "month", "week", "day", "hour"})
_WORD = re.compile(r"[a-z-]+")

FARTHEST = 2
"""Steps from a number up to its verb beyond which the verb's mood says nothing about it."""


def quantity_drafts(
    reading: Reading,
    statements: tuple[Statement, ...],
    acts: tuple[Act, ...],
    vocabulary: Vocabulary,
    memory: Memory,
) -> Iterator[Draft]:
    """Draft a claim for every number with a unit that is not already the count of an act."""
    counted = {f.start for act in acts for name, f in act.slots if name == "count"}
    changes = _by_number(tag_changes(reading.text, reading.numbers))
    last: Draft | None = None
    for number in reading.numbers:
        if number.low is None or number.start in counted or number.rule == "bare":
            continue
        change = changes.get(number.start)
        draft = _draft(number, change, reading, statements, vocabulary, memory)
        if draft.when is None and last is not None and _goes_on(last, number, change):
            draft = replace(draft, when=last.when, rules=(*draft.rules, "period carried"))
        last = draft
        yield draft


def _goes_on(last: Draft, number: NumberMention, change: Change | None) -> bool:
    """Whether a number without a date belongs to the period of the one just before it."""
    before = last.numbers[0]
    of_level = (
        change is not None and change.level is not None and change.level.start == before.start
    )
    same = before.unit == number.unit and number.unit not in _DURATIONS | {"percent", "1"}
    return (same or of_level) and number.start - before.end <= CARRY


def _by_number(changes: tuple[Change, ...]) -> dict[int, Change]:
    """Sort changes by the place of the number that tells them: the amount, else the level."""
    found: dict[int, Change] = {}
    for change in changes:
        teller = change.number or change.level
        if teller is not None:
            found.setdefault(teller.start, change)
    return found


def _draft(
    number: NumberMention,
    change: Change | None,
    reading: Reading,
    statements: tuple[Statement, ...],
    vocabulary: Vocabulary,
    memory: Memory,
) -> Draft:
    token = _number_token(number, reading)
    verb = _verb_of(token) if token is not None else None
    close = verb is not None and _is_close(token, verb)
    around = sorted(
        (s for s in statements if s.contains(number.start)), key=lambda s: s.start - s.end
    )
    inner = around[-1] if around else None
    asked = any(s.kind == "question" for s in around)
    what = _of_what(token, reading) if token is not None else (number.end, number.end)
    predicate = next(predicates([verb]), None) if verb is not None else None
    governor = predicate if close else None
    negated = governor is not None and polarity_of(governor, vocabulary.lexicon)
    sentence = _sentence(number, reading)
    slots = list(_slots(number, what, predicate, sentence, reading, vocabulary, memory))
    when = period_of_number(number, sentence, statements, reading)
    basis = change.basis if change is not None else ""
    if change is not None and basis in ("", "from"):
        basis = named_basis(number, when, sentence, reading) or basis
    slots.extend(_change_slots(number, change, basis))
    if change is not None and change.level is not None and change.number is not None:
        owner = _adjacent_owner(change.level, reading)
        slots = [row for row in slots if owner is None or row[0] != "actor"]
        slots.extend([("actor", owner)] if owner is not None else [])
    return Draft(
        reading=reading,
        start=number.start,
        end=number.end,
        frame="QUANTITY",
        mode=("question" if asked else inner.mode) if inner else "narration",
        kind="question" if asked else "fact",
        polarity="questioned" if asked else "negated" if negated else "affirmed",
        modality=modality_of(governor, vocabulary.lexicon) if governor is not None else "actual",
        trigger=(number.start, number.end),
        speaker=inner.speaker if inner else None,
        cue=inner.cue if inner else None,
        hedges=(number.hedge,) if number.hedge else (),
        when=when,
        slots=tuple(slots),
        numbers=(number,),
        of_what=reading.text[slice(*_without_number(what, number))].strip(" ,;.-"),
        rules=(f"quantity.{number.rule}", *((inner.rule,) if inner else ())),
        depth=len(around),
    )


def _number_token(number: NumberMention, reading: Reading) -> Token | None:
    """Last token of a number that has a head outside it."""
    inside = [
        token
        for token in (reading.parse if reading.parse is not None else ())
        if number.start <= token.idx < number.end and not token.is_space
    ]
    for token in reversed(inside):
        if not number.start <= token.head.idx < number.end or token.head.i == token.i:
            return token
    return inside[-1] if inside else None


def _verb_of(token: Token) -> Token | None:
    for ancestor in token.ancestors:
        if ancestor.pos_ in ("VERB", "AUX"):
            return ancestor
    return None


def _is_close(token: Token, verb: Token) -> bool:
    """Whether a number is an argument of the verb and not deep inside another phrase."""
    for step, ancestor in enumerate(token.ancestors):
        if ancestor.i == verb.i:
            return step < FARTHEST
    return False


def _without_number(what: tuple[int, int], number: NumberMention) -> tuple[int, int]:
    """Leave the number itself out of the words for what it measures."""
    start, end = what
    if start <= number.start < end:
        return (min(number.end, end), end) if number.end < end else (start, number.start)
    return what


def _of_what(token: Token, reading: Reading) -> tuple[int, int]:
    """Range of the words for what is measured."""
    for child in token.children:
        if child.dep_ == "prep" and child.lower_ in ("of", "from", "in") and child.i > token.i:
            nouns = [noun for noun in child.children if noun.dep_ == "pobj"]
            if nouns and child.lower_ == "of":
                return noun_range(nouns[0])
    head = token.head
    if token.dep_ in (
        "nummod",
        "amod",
        "nmod",
        "compound",
        "quantmod",
        "npadvmod",
    ) and head.pos_ in ("NOUN", "PROPN"):
        return noun_range(head)
    if token.dep_ == "pobj":
        head = head.head
    if head.pos_ in ("NOUN", "PROPN"):
        return noun_range(head)
    for wanted in (("attr", "dobj"), ("nsubj", "nsubjpass")):
        noun = next((c for c in head.children if c.dep_ in wanted and c.i != token.i), None)
        if noun is not None and noun.pos_ != "PRON" and token.dep_ != wanted[0]:
            return noun_range(noun)
    return noun_range(token)


def _sentence(number: NumberMention, reading: Reading) -> tuple[int, int]:
    for sentence in reading.parse.sents if reading.parse is not None else ():
        if sentence.start_char <= number.start < sentence.end_char:
            return sentence.start_char, sentence.end_char
    return 0, len(reading.text)


def _slots(
    number: NumberMention,
    what: tuple[int, int],
    predicate: Predicate | None,
    sentence: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> Iterator[tuple[str, Filler]]:
    """Value, unit, hedge, measure, item and owner of a number."""
    yield "value", Filler(_written(number), "number", number.start, number.end, number.rule)
    yield "unit", Filler(number.unit, "text", number.start, number.end, number.rule)
    for name, words in (("per", number.per), ("price_year", number.price_year)):
        if words:
            yield name, Filler(words, "text", number.start, number.end, number.rule)
    if number.hedge:
        yield "hedge", Filler(number.hedge, "text", number.start, number.end, "hedge")
    first, last = _without_number(what, number)
    words = reading.text[first:last].strip(" ,;.-")
    if words:
        yield "of", Filler(words, "text", first, last, "words")
    measure = _measure(what, predicate, reading, vocabulary)
    if measure is not None:
        yield "measure", measure
    is_duration = number.unit in _DURATIONS
    items = _items_in(what, reading) if is_duration else _items(what, sentence, number, reading)
    if not items and not is_duration and memory.last_items(reading.position, sentence[0]):
        carried = memory.last_items(reading.position, sentence[0])[0]
        items = [Filler(carried, "item", -1, -1, "carried")]
    yield from (("item", item) for item in items[:1])
    yield from (("destination", f) for f in _sent_to(measure, what, predicate, reading))
    owner = _adjacent_owner(number, reading) or _owner(predicate, reading, memory)
    if owner is not None:
        yield "actor", owner


def _sent_to(
    measure: Filler | None, what: tuple[int, int], predicate: Predicate | None, reading: Reading
) -> Iterator[Filler]:
    """Countries that exports go to: behind "to" at the verb or in the words for what is counted."""
    if measure is None or measure.value != "export":
        return
    verb = predicate.token if predicate is not None else None
    for token in reading.parse or ():
        if token.lower_ != "to" or token.dep_ not in ("prep", "dative"):
            continue
        at_verb = verb is not None and token.head.i == verb.i and token.i > verb.i
        if not at_verb and not what[0] <= token.idx < what[1]:
            continue
        for noun in token.children:
            for mention in reading.mentions_in(*noun_range(noun)):
                place = mention.first("country", "capital")
                if place is not None:
                    span = (mention.start, mention.end)
                    yield Filler(place.value, "country", *span, "to")


def _written(number: NumberMention) -> str:
    """Value of a number, or both ends, to twelve figures."""
    low, high = f"{number.low:.12g}", f"{number.high:.12g}"
    return low if low == high else f"{low}..{high}"


def _change_slots(
    number: NumberMention, change: Change | None, basis: str
) -> Iterator[tuple[str, Filler]]:
    """Signed amount of a change, what it is counted from, and the values stated beside it."""
    if change is None:
        return
    here = (number.start, number.end)
    if change.number is not None:
        yield "change", Filler(f"{change.amount:.12g}", "text", *here, change.unit)
    if basis:
        yield "basis", Filler(basis, "text", *here, "change")
    for name, value in (("level", change.level), ("base", change.base)):
        if value is not None and value.low is not None and value.start != number.start:
            words = f"{value.low:.12g} {value.unit}"
            yield name, Filler(words, "text", value.start, value.end, "stated")


def _measure(
    what: tuple[int, int], predicate: Predicate | None, reading: Reading, vocabulary: Vocabulary
) -> Filler | None:
    """Find the word that says what kind of amount it is: exports, mining, stock."""
    ranges = [what]
    if predicate is not None:
        token = predicate.token
        ranges.append((token.idx, token.idx + len(token)))
        ranges.extend(noun_range(noun) for noun in predicate.agents)
    for start, end in ranges:
        for match in _WORD.finditer(reading.text.lower(), start, end):
            kind = vocabulary.lexicon.measures.get(match.group())
            if kind:
                return Filler(kind, "text", match.start(), match.end(), "measure")
    return None


def _items(
    what: tuple[int, int],
    sentence: tuple[int, int],
    number: NumberMention,
    reading: Reading,
) -> list[Filler]:
    """Items in the words measured, else the nearest in the sentence."""
    inside = _items_in(what, reading)
    if inside:
        return inside
    nearby = _items_in(sentence, reading)
    return sorted(nearby, key=lambda f: (abs(f.start - number.end), f.start))[:1]


def _items_in(bounds: tuple[int, int], reading: Reading) -> list[Filler]:
    return [
        Filler(entity.value, "item", mention.start, mention.end, "name")
        for mention in reading.mentions_in(*bounds)
        for entity in mention.entities
        if entity.kind == "item"
    ]


def _adjacent_owner(number: NumberMention, reading: Reading) -> Filler | None:
    """Whose amount it is where the verb is left out: "Germany took 1,116, the US 619"."""
    for mention in reversed(reading.mentions_in(max(0, number.start - 60), number.start)):
        between = reading.text[mention.end : number.start]
        entity = mention.party() or mention.place()
        if between.strip(" ") or not between or entity is None or entity.kind == "adjective":
            return None
        kind = "country" if entity.is_place else "party"
        return Filler(entity.value, kind, mention.start, mention.end, "adjacent")
    return None


def _owner(predicate: Predicate | None, reading: Reading, memory: Memory) -> Filler | None:
    """Whose amount it is: the subject's party, the subject's owner, or the pronoun's."""
    if predicate is None:
        return None
    subjects = (
        predicate.patients if predicate.is_passive and not predicate.agents else predicate.agents
    )
    for subject in subjects:
        for token in conjuncts(subject)[:1]:
            if token.pos_ == "PRON":
                entity = memory.last_subject(reading.position, token.idx, person=False)
                if entity is not None:
                    kind = "country" if entity.is_place else "party"
                    return Filler(entity.value, kind, token.idx, token.idx + len(token), "pronoun")
            for entity, mention in named(token, *noun_range(token), reading, "agent")[:1]:
                kind = "country" if entity.is_place else "party"
                return Filler(entity.value, kind, mention.start, mention.end, "subject")
    return None
