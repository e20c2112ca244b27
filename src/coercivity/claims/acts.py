"""Acts: the frames found in a block, before anybody's name is put to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from coercivity.claims.clauses import (
    Predicate,
    clause_range,
    is_class,
    modality_of,
    noun_range,
    polarity_of,
    predicates,
)
from coercivity.claims.frame_rules import FrameRule, load_rules
from coercivity.claims.reading import Reading
from coercivity.claims.roles import (
    Filler,
    Memory,
    fill_role,
    items_of,
    listed_firms,
    named,
    place_of,
)
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["Act", "find_acts", "remember"]

Token = Any
_INSTRUMENT = re.compile(
    r"\b(?:Announcements?|Notices?|Orders?|Decrees?|Circulars?|Notifications?)?\s*"
    r"\bN(?:o|os)\.?\s?(?P<numbers>\d+(?:(?:,\s*|\s+and\s+|,\s*and\s+)(?:N(?:o|os)\.?\s?)?\d+)*)"
    r"(?:\s+of\s+(?P<year>\d{4}))?|"
    r"\b(?:Announcement|Notice|Order|Decree)\s+(?P<number>\d+)(?:/|\s+of\s+)(?P<y>\d{4})",
    re.IGNORECASE,
)
_UNDER = re.compile(
    r"\bunder\s+(?:\w+\s+){0,2}(?:licen[cs]e|licen[cs]ing|control)s?\b", re.IGNORECASE
)
_SIDES = re.compile(
    r"\b(?:two|both|the)\s+(?:sides|countries|nations|leaders|neighbours|neighbors)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"^(?:an?\s+)?(?:undetermined|unspecified|unknown|undisclosed|certain|specific|several|some|many|"
    r"few|various|multiple|numerous)\b|\bnumber of\b|\bhandful of\b",
    re.IGNORECASE,
)
_STATUS = {
    "wait": "pending",
    "await": "pending",
    "remain": "pending",
    "queue": "pending",
    "pend": "pending",
    "seek": "pending",
    "approve": "approved",
    "clear": "approved",
    "receive": "approved",
    "reject": "rejected",
    "refuse": "rejected",
    "turn down": "rejected",
    "endorse": "endorsed",
    "apply": "filed",
    "reapply": "filed",
    "file": "filed",
    "submit": "filed",
    "lodge": "filed",
}
_ACTS_ON_OTHERS = frozenset(
    {
        "suspend",
        "pause",
        "postpone",
        "delay",
        "lift",
        "remove",
        "repeal",
        "rescind",
        "revoke",
        "amend",
    }
)
_AHEAD = re.compile(
    r"\b(?:before|ahead of|upcoming|planned|possible|proposed|expected|scheduled)\s+(?:an?\s+|the\s+|their\s+)?(?:[\w-]+\s+){0,3}$",
    re.IGNORECASE,
)
_DO_SO = re.compile(r"\s*(?:so|the same|likewise)\b", re.IGNORECASE)
_PLACED = frozenset({"MEETING", "DEAL"})
_PEOPLED = frozenset({"MEETING", "DEAL", "TALKS_RESUMED"})


@dataclass(frozen=True)
class Act:
    """A frame found at a verb or noun, in code points of the view."""

    rule: str
    frame: str
    trigger: tuple[int, int]
    clause: tuple[int, int]
    sentence: tuple[int, int]
    slots: tuple[tuple[str, Filler], ...]
    is_negated: bool
    modality: str


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
        here.extend(_nominal(sentence, here, reading, vocabulary, memory))
        found.extend(sorted(here, key=lambda act: act.trigger))
    return tuple(found)


def _verbal(
    predicate: Predicate, sentence: Any, reading: Reading, vocabulary: Vocabulary, memory: Memory
) -> Act | None:
    """Act of the first rule that fits a verb."""
    token = predicate.token
    clause = _clause(predicate)
    for rule in load_rules():
        if predicate.lemma not in rule.verbs and token.lemma_.lower() not in rule.verbs:
            continue
        if predicate.lemma not in rule.verbs and " " in predicate.lemma:
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
    slots: list[tuple[str, Filler]] = []
    for slot, roles in rule.slots:
        together = slot == "participant"
        for role in roles:
            fillers = fill_role(role, predicate, reading, vocabulary, memory, slot=slot)
            slots.extend((slot, filler) for filler in fillers)
            if fillers and not together:
                break
    slots.extend(_common_slots(rule, predicate, clause, bounds, reading, vocabulary, memory))
    if any(name == "destination" for name, _ in rule.slots):
        if not any(name == "destination" for name, _ in slots):
            slots.extend(("destination", f) for f in _destinations(predicate, clause, reading))
    slots.extend(_counts(slots, rule, predicate, clause, bounds, reading))
    if rule.frame == "APPLICATION_STATUS":
        slots.extend(_status(predicate, clause, reading))
    modality = "actual" if rule.keep_modality else modality_of(predicate, vocabulary.lexicon)
    negated = polarity_of(predicate, vocabulary.lexicon)
    if "forbidden" in rule.needs:
        negated = False
    return Act(
        rule=rule.id,
        frame=rule.frame,
        trigger=(token.idx, token.idx + len(token)),
        clause=clause,
        sentence=bounds,
        slots=tuple(dict.fromkeys(slots)),
        is_negated=negated,
        modality=modality,
    )


def _common_slots(
    rule: FrameRule,
    predicate: Predicate,
    clause: tuple[int, int],
    bounds: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> Iterator[tuple[str, Filler]]:
    """Items, origin, legal instrument, place: slots every rule may have."""
    token = predicate.token
    if rule.frame not in ("MEETING", "DEAL", "TALKS_RESUMED"):
        nouns = (*predicate.patients, *(predicate.agents if not predicate.patients else ()))
        for filler in items_of(token, nouns, clause, bounds, reading, vocabulary, memory):
            yield "item", filler
    if rule.frame == "LICENCE_GRANTED":
        yield from (("origin", f) for f in _origin(token, clause, reading))
    if rule.frame.startswith(("CONTROL", "TIGHT", "SUSP", "LIFT")):
        yield from _instruments(predicate, clause, bounds, reading)
    if rule.frame in _PLACED:
        place = place_of(clause, token, reading)
        if place is not None:
            yield "place", place


def _origin(token: Token, clause: tuple[int, int], reading: Reading) -> Iterator[Filler]:
    """Country the goods come from: "to import … from …"."""
    for other in token.doc:
        if clause[0] <= other.idx < clause[1] and other.lower_ == "from" and other.dep_ == "prep":
            for noun in other.children:
                for mention in reading.mentions:
                    place = mention.place()
                    if place is not None and mention.start <= noun.idx < mention.end:
                        yield Filler(place.value, "country", mention.start, mention.end, "from")


def _instruments(
    predicate: Predicate, clause: tuple[int, int], bounds: tuple[int, int], reading: Reading
) -> Iterator[tuple[str, Filler]]:
    """Numbers of legal instruments: those acted on, and the one by which it is done."""
    matches = list(_INSTRUMENT.finditer(reading.text, *clause))
    for match in matches or list(_INSTRUMENT.finditer(reading.text, *bounds)):
        acts_on_others = predicate.lemma in _ACTS_ON_OTHERS
        is_before = match.start() < predicate.token.idx
        slot = (
            "legal_basis" if acts_on_others and is_before != predicate.is_passive else "instrument"
        )
        year = match["year"] or match["y"] or ""
        for number in re.findall(r"\d+", match["numbers"] or match["number"]):
            value = f"{number}/{year}" if year else number
            yield slot, Filler(value, "text", match.start(), match.end(), "number")


def _destinations(
    predicate: Predicate, clause: tuple[int, int], reading: Reading
) -> Iterator[Filler]:
    """Countries behind "to" or "for" anywhere in the clause."""
    for token in predicate.token.doc:
        if not clause[0] <= token.idx < clause[1] or token.lower_ not in ("to", "for", "against"):
            continue
        for noun in token.children:
            for mention in reading.mentions:
                place = mention.first("country", "capital")
                if place is not None and mention.start <= noun.idx < mention.end:
                    yield Filler(place.value, "country", mention.start, mention.end, token.lower_)


def _counts(
    slots: list[tuple[str, Filler]],
    rule: FrameRule,
    predicate: Predicate,
    clause: tuple[int, int],
    bounds: tuple[int, int],
    reading: Reading,
) -> list[tuple[str, Filler]]:
    """How many: numbers and vague counts in the phrases of recipients and applicants."""
    rows: list[tuple[str, Filler]] = []
    for name, filler in slots:
        if name not in ("recipient", "applicant") or filler.start < 0 or filler.rule == "name":
            continue
        words = reading.text[filler.start : filler.end]
        numbers = [
            n
            for n in reading.numbers_in(filler.start, filler.end + 1)
            if n.low is not None and n.unit in ("firm", "application", "licence", "unit", "1")
        ]
        for number in numbers[:1]:
            value = (
                f"{number.low:g}"
                if number.low == number.high
                else f"{number.low:g}..{number.high:g}"
            )
            rows.append(
                (
                    "count",
                    Filler(value, "number", number.start, number.end, number.hedge or "number"),
                )
            )
        if not numbers and _VAGUE.search(words):
            rows.append(("count", Filler("unknown", "number", filler.start, filler.end, "vague")))
    if rule.frame in ("LICENCE_GRANTED", "APPLICATION_STATUS"):
        firms = listed_firms(bounds, clause[0], reading)
        name = "recipient" if rule.frame == "LICENCE_GRANTED" else "applicant"
        rows.extend((name, firm) for firm in firms)
    if rule.frame == "APPLICATION_STATUS" and not any(name == "count" for name, _ in rows):
        for noun in predicate.themes[:1]:
            start, end = noun_range(noun)
            for number in reading.numbers_in(start, end)[:1]:
                rows.append(
                    (
                        "count",
                        Filler(
                            f"{number.low:g}",
                            "number",
                            number.start,
                            number.end,
                            number.hedge or "number",
                        ),
                    )
                )
    return rows


def _status(
    predicate: Predicate, clause: tuple[int, int], reading: Reading
) -> list[tuple[str, Filler]]:
    """State of applications: pending, approved, rejected, endorsed, filed."""
    lemma = predicate.lemma
    words = reading.text[slice(*clause)].lower()
    status = _STATUS.get(lemma, "")
    if re.search(r"\b(?:pending|waiting|awaiting|wait)\b", words) and status in ("", "filed"):
        status = "pending"
    if not status:
        return []
    start = predicate.token.idx
    return [("status", Filler(status, "text", start, start + len(predicate.token), "verb"))]


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
    """ "… but did not do so for …": the act just told, for somebody else."""
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


def _nominal(
    sentence: Any, here: list[Act], reading: Reading, vocabulary: Vocabulary, memory: Memory
) -> Iterator[Act]:
    """Acts told by a noun: "a meeting between A and B", "US-China trade talks"."""
    rules = [rule for rule in load_rules() if rule.nouns]
    for token in sentence:
        rule = next(
            (
                r
                for r in rules
                if token.pos_ == "NOUN" and is_class(token, r.nouns, vocabulary.lexicon)
            ),
            None,
        )
        if rule is None or any(_takes(act, token) for act in here):
            continue
        slots = list(_nominal_people(token, reading))
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
            modality="planned" if _AHEAD.search(reading.text[: token.idx]) else "actual",
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
        entity = mention.party() or mention.place()
        if entity is not None:
            kind = "country" if entity.is_place else "party"
            yield "participant", Filler(entity.value, kind, mention.start, mention.end, "compound")


def _nominal_clause(token: Token, sentence: Any) -> tuple[int, int]:
    """Clause of the verb that governs a noun."""
    for ancestor in token.ancestors:
        if ancestor.pos_ in ("VERB", "AUX"):
            return clause_range(ancestor)
    return sentence.start_char, sentence.start_char + len(sentence.text.rstrip(" .!?"))
