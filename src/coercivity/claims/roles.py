"""Who and what fills a slot: from tokens in a role to countries, parties, items and words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from coercivity.claims.clauses import (
    Predicate,
    clause_range,
    core_noun,
    is_class,
    noun_range,
    prepositions,
    subtree,
)
from coercivity.claims.firm_names import firm_name, is_the_firm
from coercivity.claims.gazetteer import Entity, Mention, find_mentions
from coercivity.claims.reading import Reading
from coercivity.claims.vocabulary import Vocabulary

__all__ = [
    "Filler",
    "Memory",
    "fill_role",
    "items_in",
    "items_of",
    "named",
    "role_tokens",
]

Token = Any
CARRY = 400
"""Code points over which an item named before is still what is spoken of."""

LONGEST_WORDS = 120
"""Code points of a slot that holds only words."""

_LANDS = re.compile(r"\b(?:countries|nations|states|markets)\b", re.IGNORECASE)
_PRONOUNS = frozenset({"it", "they", "he", "she", "which", "who", "that", "its", "their"})
_LIST_CUE = re.compile(
    r":|–|—|\s-\s|\bamong them\b|\bincluding\b|\bnamely\b|\bsuch as\b|\bamong\b|\bthey are\b"
)
_MAY_BE_WORDS = frozenset(
    {"agent", "patient", "recipient", "patient_firm", "of_firm", "between", "with", "for"}
    | {"agent_name"}
)
_FIRM_KINDS = frozenset({"firm", "name"})


@dataclass(frozen=True)
class Filler:
    """One candidate value of a slot, in code points of the view."""

    value: str
    kind: str
    start: int
    end: int
    rule: str


@dataclass
class Memory:
    """What a document spoke of last; pronouns and "the material" lead back to it."""

    subjects: list[tuple[int, int, Entity]] = field(default_factory=list)
    items: list[tuple[int, int, str]] = field(default_factory=list)

    def last_subject(self, block: int, position: int, *, person: bool) -> Entity | None:
        """Return the last subject before a place."""
        for there, where, entity in reversed(self.subjects):
            if (there, where) < (block, position) and (entity.kind == "person") == person:
                return entity
        return None

    def last_firm(self, block: int, position: int) -> Entity | None:
        """Return the last firm that was a subject before a place: "the company"."""
        for there, where, entity in reversed(self.subjects):
            if (there, where) < (block, position) and entity.kind in _FIRM_KINDS:
                return entity
        return None

    def last_items(self, block: int, position: int) -> tuple[str, ...]:
        """Return the item named last before a place, in the same block and not far above."""
        near = [
            row for row in self.items if row[0] == block and position - CARRY <= row[1] < position
        ]
        return (near[-1][2],) if near else ()


def role_tokens(role: str, predicate: Predicate, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """Return the tokens that stand in a role."""
    lexicon = vocabulary.lexicon
    if role in ("agent", "agent_party"):
        return predicate.agents
    if role == "agent_name":
        return tuple(t for t in predicate.agents if firm_name(t, vocabulary))
    if role == "recipient":
        return predicate.recipients
    if role in ("patient", "patient_party"):
        return predicate.patients
    if role == "agent_firm":
        return tuple(t for t in predicate.agents if is_class(t, ("firm",), lexicon))
    if role == "patient_firm":
        return tuple(t for t in predicate.patients if is_class(t, ("firm",), lexicon))
    if role in ("owner", "owner_firm"):
        owners = _owners(predicate, vocabulary)
        if role == "owner_firm":
            return tuple(t for t in owners if is_class(t, ("firm",), lexicon))
        return owners
    holders = (*predicate.patients, *(predicate.agents if not predicate.patients else ()))
    found = prepositions(predicate.token, patients=holders)
    if role == "licence_from":
        return found.get("from", ())
    if role == "by_any":
        return found.get("by") or _nested("by", predicate)
    if role == "of_firm":
        return tuple(t for t in found.get("of", ()) if is_class(t, ("firm",), lexicon))
    if role == "with" and not found.get("with"):
        return _nested("with", predicate)
    return found.get(role, ())


def _nested(word: str, predicate: Predicate) -> tuple[Token, ...]:
    """Nouns behind a preposition anywhere below a verb: "approved through a channel with …"."""
    return tuple(
        noun
        for token in subtree(predicate.token)
        if token.lower_ == word and token.dep_ == "prep" and token.i > predicate.token.i
        for noun in token.children
        if noun.dep_ == "pobj"
    )


def _owners(predicate: Predicate, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """Words that say whose the patient is: "Norway's approval", "Norwegian permits"."""
    owners: list[Token] = []
    themes = predicate.themes
    cores = [core_noun(noun, vocabulary.lexicon) for noun in themes]
    for noun in dict.fromkeys((*themes, *cores)):
        owners.extend(
            child
            for child in noun.children
            if child.dep_ in ("poss", "amod", "nmod", "compound")
            and child.pos_ in ("PROPN", "ADJ", "NOUN")
        )
    return tuple(owners)


def fill_role(
    role: str,
    predicate: Predicate,
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
    *,
    slot: str = "",
) -> tuple[Filler, ...]:
    """Resolve a role to fillers; empty if nobody stands in it.

    Notes
    -----
    Roles that must name somebody (``agent_party``, ``owner``, ``from`` …) leave out mere words.
    """
    if role == "complement":
        return _complement(predicate, reading)
    if role in ("patients", "clause"):
        return _stretch(role, predicate, reading)
    fillers: list[Filler] = []
    tokens = role_tokens(role, predicate, vocabulary)
    if slot in ("topic", "condition"):
        return tuple(_words(token, reading) for token in tokens[:1])
    if slot == "participant":
        return _participants(tokens, reading, vocabulary, memory)
    for token in tokens:
        fillers.extend(_fillers(token, role, reading, vocabulary, memory))
        fillers.extend(_sister_authority(token, fillers, vocabulary))
    if role not in _MAY_BE_WORDS:
        fillers = [f for f in fillers if f.kind in ("country", "party")]
    if role in ("for", "recipient"):
        fillers = [
            f for f in fillers if f.kind != "text" or f.rule == "firms" or _LANDS.search(f.value)
        ]
    return tuple(dict.fromkeys(fillers))


def _sister_authority(token: Token, before: list[Filler], vocabulary: Vocabulary) -> list[Filler]:
    """Find an authority of the country of the one before it: "X's ministry and customs"."""
    lexicon = vocabulary.lexicon
    is_joined = token.dep_ == "conj" and token.lemma_.lower() in lexicon.lists["authority_nouns"]
    lands = {vocabulary.country_of(f.value) for f in before if f.kind == "party"} - {""}
    if (
        not is_joined
        or len(lands) != 1
        or any(f.start == token.idx and f.kind == "party" for f in before)
    ):
        return []
    country = next(iter(lands))
    named_so = (
        f"{name}{joint}{token.text}"
        for name in vocabulary.names_of(country)
        for joint in ("'s ", " ")
    )
    for phrase in named_so:
        for mention in find_mentions(phrase, vocabulary.gazetteer):
            party = mention.first("authority")
            if party is not None and mention.end == len(phrase) and party.country == country:
                end = token.idx + len(token)
                return [Filler(party.value, "party", token.idx, end, "shared possessor")]
    return []


def _words(token: Token, reading: Reading) -> Filler:
    """Words of a noun phrase, as they stand."""
    start, end = noun_range(token)
    end = min(end, start + LONGEST_WORDS)
    return Filler(reading.text[start:end].strip(" ,;."), "text", start, end, "words")


def _participants(
    tokens: tuple[Token, ...], reading: Reading, vocabulary: Vocabulary, memory: Memory
) -> tuple[Filler, ...]:
    """Everybody in the phrases: persons if any are named, else bodies and countries."""
    rows: list[tuple[Entity, int, int]] = []
    for token in tokens:
        if token.pos_ == "PRON":
            for filler in _fillers(token, "with", reading, vocabulary, memory):
                if filler.kind == "text" or vocabulary.kinds.get(filler.value) == "firm":
                    continue  # states and persons meet
                kind = "person" if filler.kind == "party" else "country"
                entity = Entity(kind, filler.value, vocabulary.country_of(filler.value), "")
                rows.append((entity, filler.start, filler.end))
        kept = [
            t
            for t in subtree(token)
            if not any(
                a.dep_ in ("relcl", "acl") for a in (t, *t.ancestors) if token.is_ancestor(a)
            )
        ]
        for mention in reading.mentions_in(kept[0].idx, kept[-1].idx + len(kept[-1])):
            found = mention.party() or mention.place()
            if found is not None:
                rows.append((found, mention.start, mention.end))
    persons = [row for row in rows if row[0].kind == "person"]
    bodies = [row for row in rows if row[0].kind in ("country", "capital", "authority")]
    lands = {row[0].country for row in persons}
    # A minister and "EU leaders" are two sides; a minister and his own ministry are one.
    chosen = [*persons, *(row for row in bodies if row[0].country not in lands)]
    return tuple(
        dict.fromkeys(
            Filler(entity.value, _kind(entity), start, end, "participant")
            for entity, start, end in chosen or rows
        )
    )


def _fillers(
    token: Token, role: str, reading: Reading, vocabulary: Vocabulary, memory: Memory
) -> list[Filler]:
    """Fillers of one noun phrase."""
    start, end = noun_range(token)
    if token.lower_ in _PRONOUNS and token.pos_ in ("PRON", "DET", "SCONJ"):
        entity = memory.last_subject(
            reading.position, token.idx, person=token.lower_ in ("he", "she")
        )
        if entity is None:
            return []
        return [Filler(entity.value, _kind(entity), token.idx, token.idx + len(token), "pronoun")]
    core = core_noun(token, vocabulary.lexicon)
    inside = reading.mentions_in(start, end)
    is_named = any(m.start <= core.idx < m.end for m in inside)
    if is_class(token, ("firm",), vocabulary.lexicon) and not is_named:
        is_one = not inside and is_the_firm(token, role)
        one = memory.last_firm(reading.position, token.idx) if is_one else None
        if one is not None:
            return [Filler(one.value, _kind(one), start, end, "pronoun")]
        return _firms(start, end, reading)
    names = named(core if core.i != token.i else token, start, end, reading, role)
    if names:
        return [
            Filler(entity.value, _kind(entity), mention.start, mention.end, "name")
            for entity, mention in names
        ]
    if token.pos_ in ("PRON", "DET") or role == "owner":
        return []
    words = reading.text[start:end][:LONGEST_WORDS].strip(' ,;:“”"')
    return [Filler(words, "text", start, end, "words")] if words else []


def _firms(start: int, end: int, reading: Reading) -> list[Filler]:
    """Firms that are counted or described: their country, and those of them that are named."""
    inside = reading.mentions_in(start, end)
    place = next((m.place() for m in inside if m.place() is not None), None)
    if place is not None:
        fillers = [Filler(place.value, "country", start, end, "firms")]
    else:
        words = reading.text[start:end][:LONGEST_WORDS].strip(' ,;:“”"')
        fillers = [Filler(words, "text", start, end, "firms")]
    for mention in inside:
        firm = mention.first("firm", "aggregate")
        if firm is not None:
            fillers.append(Filler(firm.value, "party", mention.start, mention.end, "name"))
    return fillers


def named(
    token: Token, start: int, end: int, reading: Reading, role: str
) -> list[tuple[Entity, Mention]]:
    """Parties and countries in a noun phrase: that of the head, else every one in it."""
    inside = [m for m in reading.mentions_in(start, end) if m.party() or m.place()]
    head = next((m for m in inside if m.start <= token.idx < m.end), None)
    if head is not None:
        return [(_best(head), head)]
    appositive = next((c for c in token.children if c.dep_ == "appos" and c.pos_ == "PROPN"), None)
    if appositive is not None:
        for mention in reading.mentions:
            if mention.start <= appositive.idx < mention.end and (
                mention.party() or mention.place()
            ):
                return [(_best(mention), mention)]
    parties = [m for m in inside if m.party()]
    if parties:
        return [(_best(m), m) for m in parties]
    return [(_best(m), m) for m in inside[:1]]


def _best(mention: Mention) -> Entity:
    entity = mention.party() or mention.place()
    if entity is None:
        raise ValueError(mention)
    return entity


def _kind(entity: Entity) -> str:
    return "country" if entity.is_place else "text" if entity.kind == "name" else "party"


def _complement(predicate: Predicate, reading: Reading) -> tuple[Filler, ...]:
    """Words of the clause or phrase that completes a verb."""
    order = ("xcomp", "ccomp", "dobj", "prep")
    below = [c for c in predicate.token.children if c.dep_ in order and c.i > predicate.token.i]
    for child in sorted(below, key=lambda c: min(order.index(c.dep_), 2)):
        if child.dep_ in order:
            tokens = [t for t in subtree(child) if not t.is_space]
            start, end = tokens[0].idx, tokens[-1].idx + len(tokens[-1])
            end = min(end, start + LONGEST_WORDS)
            return (Filler(reading.text[start:end].strip(" ,;."), "text", start, end, "words"),)
    return ()


def items_of(
    predicate_token: Token,
    nouns: Iterable[Token],
    clause: tuple[int, int],
    sentence: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> tuple[Filler, ...]:
    """Items an act is about: in its objects, its clause, its sentence, or named before."""
    ranges = [_subtree_range(noun, predicate_token) for noun in nouns]
    ranges.extend(
        _subtree_range(child, predicate_token)
        for child in predicate_token.children
        if child.dep_ in ("advcl", "xcomp", "prep", "dative", "dobj")
        and child.i > predicate_token.i
    )
    near = [row for start, end in ranges for row in items_in(start, end, reading)]
    near = _coordinated(near, clause[1], reading)
    for candidates, rule in (
        (near, "object"),
        (items_in(*clause, reading), "clause"),
        (items_in(*sentence, reading), "sentence"),
    ):
        if candidates:
            rows = _qualified(sorted(set(candidates)), clause, predicate_token.doc, vocabulary)
            return tuple(dict.fromkeys(Filler(v, "item", a, b, rule) for a, b, v in rows))
    return tuple(
        Filler(item, "item", -1, -1, "carried")
        for item in memory.last_items(reading.position, sentence[0])
    )


def _qualified(
    rows: list[tuple[int, int, str]], clause: tuple[int, int], doc: Any, vocabulary: Vocabulary
) -> list[tuple[int, int, str]]:
    """Put "technology for mining of …" in place of the good it serves."""
    result = list(rows)
    for base, heads in sorted(vocabulary.qualified.items()):
        for start, end, value in rows:
            if value != base:
                continue
            found = [
                (token.idx, end, heads[token.lemma_.lower()])
                for token in doc
                if (
                    clause[0] <= token.idx < start
                    and token.lemma_.lower() in heads
                    and any(t.idx <= start < t.idx + len(t) for t in token.subtree)
                )
                or (
                    token.lemma_.lower() in heads
                    and clause[0] <= token.idx < start
                    and any(
                        t.idx <= start < t.idx + len(t) for c in token.conjuncts for t in c.subtree
                    )
                )
            ]
            if found:
                result = [row for row in result if row != (start, end, value)]
                result.extend(found)
    return sorted(set(result))


def _subtree_range(token: Token, verb: Token) -> tuple[int, int]:
    tokens = [t for t in subtree(token) if t.i != verb.i]
    if any(t.is_ancestor(verb) for t in (token,)):
        start, end = noun_range(token)
        return start, end
    return tokens[0].idx, tokens[-1].idx + len(tokens[-1])


_JOINS = re.compile(r"\s*(?:,|and|or|,\s*and|;|as well as)\s+(?:the\s+|its\s+)?", re.IGNORECASE)


def _coordinated(
    rows: list[tuple[int, int, str]], end: int, reading: Reading
) -> list[tuple[int, int, str]]:
    """Add items joined to the last one by commas and "and", also where the parse broke there."""
    if not rows:
        return rows
    found = list(rows)
    last = max(row[1] for row in rows)
    for row in sorted(items_in(last, max(end, last), reading)):
        if not _JOINS.fullmatch(reading.text, last, row[0]):
            break
        found.append(row)
        last = row[1]
    return found


def _stretch(role: str, predicate: Predicate, reading: Reading) -> tuple[Filler, ...]:
    """Words of all objects together, or of the clause from its verb on."""
    token = predicate.token
    if role == "patients":
        ranges = [noun_range(noun) for noun in predicate.patients]
        if not ranges:
            return ()
        start, end = min(r[0] for r in ranges), max(r[1] for r in ranges)
    else:
        start, end = token.idx, clause_range(token)[1]
    end = min(end, start + LONGEST_WORDS)
    return (Filler(reading.text[start:end].strip(" ,;."), "text", start, end, "words"),)


def items_in(start: int, end: int, reading: Reading) -> list[tuple[int, int, str]]:
    """Return the items named in a range, with their places."""
    return [
        (mention.start, mention.end, entity.value)
        for mention in reading.mentions_in(start, end)
        for entity in mention.entities
        if entity.kind == "item"
    ]


def listed_firms(sentence: tuple[int, int], after: int, reading: Reading) -> tuple[Filler, ...]:
    """Firms named in a list: after a colon, a dash, "including" or "among them"."""
    text = reading.text
    cue = _LIST_CUE.search(text, sentence[0], sentence[1])
    if cue is None:
        return ()
    rows = []
    for mention in reading.mentions_in(*sentence):
        firm = mention.first("firm", "aggregate")
        if firm is not None and mention.start >= min(after, cue.start()):
            rows.append(Filler(firm.value, "party", mention.start, mention.end, "list"))
    return tuple(rows)
