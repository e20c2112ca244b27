"""Who speaks: titles, surnames, pronouns, ministries.

A person is introduced once with title and full name; afterwards the surname or a pronoun stands
for the same person. The register is kept per document.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from coercivity.claims.clauses import core_noun, noun_range
from coercivity.claims.gazetteer import Entity
from coercivity.claims.model import Speaker
from coercivity.claims.reading import Reading
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["Speakers", "find_speaker"]

Token = Any
_PERSONAL = frozenset({"he", "she", "i"})
_GROUP = frozenset({"they", "it", "we"})
_NO_SPEAKER = frozenset({"reporter", "reporters", "journalist", "journalists"})


@dataclass
class Speakers:
    """Persons and bodies named so far in one document; a register, so it has state."""

    by_surname: dict[str, Speaker] = field(default_factory=dict)
    last_person: Speaker | None = None
    last_body: Speaker | None = None

    def remember(self, speaker: Speaker) -> None:
        """Take note of somebody who was named."""
        is_person = speaker.rule in ("title", "name", "surname") and speaker.role != "body"
        if is_person:
            for name in _surnames(speaker):
                self.by_surname.setdefault(name, speaker)
            self.last_person = speaker
        else:
            self.last_body = speaker


def _surnames(speaker: Speaker) -> set[str]:
    """Names by which a person may be called later: the last, or a family name in front."""
    words = speaker.name.split()
    return {words[-1], words[0]} if len(words) > 1 else set(words)


def find_speaker(
    token: Token, reading: Reading, vocabulary: Vocabulary, known: Speakers
) -> Speaker | None:
    """Resolve the subject of a verb of saying.

    Parameters
    ----------
    token : Token
        Head of the subject.
    known : Speakers
        Register of the document; updated.

    Returns
    -------
    Speaker or None
        ``None`` for reporters who only ask.
    """
    word = token.lower_
    start, end = noun_range(token)
    span = reading.span(start, end)
    if word in _NO_SPEAKER:
        return None
    if word in _PERSONAL or word in _GROUP:
        antecedent = (
            known.last_person if word in _PERSONAL else known.last_body or known.last_person
        )
        if antecedent is None:
            return Speaker(name=token.text, rule="unresolved pronoun", span=span)
        return replace(antecedent, rule="pronoun", span=span)
    if word == "who" and token.head.dep_ == "relcl":
        return find_speaker(token.head.head, reading, vocabulary, known)
    name = _appositive_name(token, vocabulary)
    speaker = _named(token, start, end, reading, vocabulary, known)
    if name is not None and speaker.rule not in ("title", "name"):
        speaker = _titled(speaker, name, start, reading, vocabulary, known)
    known.remember(speaker)
    return replace(speaker, span=span)


def _appositive_name(token: Token, vocabulary: Vocabulary) -> Token | None:
    """Personal name that stands beside a title: "the head of the chamber, Kari Nordmann,"."""
    if token.lemma_.lower() not in vocabulary.lexicon.lists["role_nouns"]:
        return None
    inner = [n for p in token.children if p.dep_ == "prep" for n in p.children]
    beside = [c for c in token.children if c.dep_ == "appos"]
    # The parser may hang the name on the last noun of the title, or take it for a second subject.
    beside += [c for n in inner for c in n.children if c.dep_ == "appos" and _is_full_name(c)]
    beside += [c for c in token.head.children if c.dep_ == token.dep_ and c.i > token.i]
    names = (c for c in beside if c.pos_ == "PROPN" and not _is_body(c, vocabulary))
    return next(names, None)


def _is_full_name(token: Token) -> bool:
    return any(c.dep_ == "compound" and c.pos_ == "PROPN" for c in token.children)


def _titled(
    title: Speaker,
    token: Token,
    start: int,
    reading: Reading,
    vocabulary: Vocabulary,
    known: Speakers,
) -> Speaker:
    """Person named beside a title, with the title as role."""
    first, last = noun_range(token)
    person = _named(token, first, last, reading, vocabulary, known)
    role = _clean(reading.text[start:first])
    words = role.lower().split()
    is_official = any(word in vocabulary.lexicon.lists["official_titles"] for word in words)
    return replace(
        person,
        country=person.country or title.country,
        role=role,
        official=person.official or title.official or is_official,
        rule="title",
    )


def _named(
    token: Token,
    start: int,
    end: int,
    reading: Reading,
    vocabulary: Vocabulary,
    known: Speakers,
) -> Speaker:
    """Speaker of a noun phrase: pack party, titled person, surname, ministry, or the words."""
    words = _clean(reading.text[start:end])
    entity = _entity(token, start, end, reading)
    role = _title(token, start, end, reading, vocabulary)
    country = entity.country if entity else _country(start, end, reading)
    is_name = token.pos_ == "PROPN" and not _is_body(token, vocabulary)
    if entity is not None and entity.is_party:
        is_person = entity.kind == "person"
        return Speaker(
            name=entity.name,
            party=entity.value,
            country=entity.country,
            role=role or ("person" if is_person else "body"),
            official=is_person or entity.kind == "authority",
            rule="title" if role and is_person else "name" if is_person else "gazetteer",
        )
    if is_name and not role:
        earlier = known.by_surname.get(token.text)
        if earlier is not None:
            return replace(earlier, rule="surname")
    if is_name and role:
        official = any(
            title in role.lower().split() for title in vocabulary.lexicon.lists["official_titles"]
        )
        name = _person_name(token, vocabulary)
        return Speaker(name, "", country, role, official, "title")
    if entity is not None and entity.is_place:
        official = _is_body(token, vocabulary) or entity.kind in ("country", "capital")
        return Speaker(words, "", entity.country, "body", official, "gazetteer")
    official = _is_body(token, vocabulary) and bool(country)
    rule = "name" if is_name else "description"
    return Speaker(words, "", country, role if is_name else "body", official, rule)


def _entity(token: Token, start: int, end: int, reading: Reading) -> Entity | None:
    """Return what the gazetteer knows of the phrase, its head first."""
    inside = reading.mentions_in(start, end)
    position = token.idx
    for mention in inside:
        if mention.start <= position < mention.end:
            return mention.party() or mention.place()
    for mention in inside:
        party = mention.party()
        if party is not None and party.kind in ("person", "authority"):
            return party
    return None


def _country(start: int, end: int, reading: Reading) -> str:
    for mention in reading.mentions_in(start, end):
        place = mention.place() or mention.party()
        if place is not None and place.country:
            return place.country
    return ""


def _is_body(token: Token, vocabulary: Vocabulary) -> bool:
    core = core_noun(token, vocabulary.lexicon)
    return core.lemma_.lower() in vocabulary.lexicon.lists["authority_nouns"]


def _title(token: Token, start: int, end: int, reading: Reading, vocabulary: Vocabulary) -> str:
    """Words up to the last role noun before the name."""
    roles = vocabulary.lexicon.lists["role_nouns"]
    title_end = 0
    for other in token.doc.char_span(start, end, alignment_mode="expand") or ():
        if other.lower_ in roles and other.idx < token.idx:
            title_end = other.idx + len(other)
    return _clean(reading.text[start:title_end]) if title_end else ""


def _person_name(token: Token, vocabulary: Vocabulary) -> str:
    """Name at the end of a titled phrase: "Minister of State for Trade Kari Nordmann"."""
    roles = vocabulary.lexicon.lists["role_nouns"]
    first = token.i
    while first > token.sent.start and _is_of_name(token.doc[first - 1], token, roles):
        first -= 1
    return _clean(token.doc[first : token.i + 1].text)


def _is_of_name(token: Token, name: Token, roles: frozenset[str]) -> bool:
    """Whether a token is a part of the name that `name` ends."""
    is_part = token.pos_ == "PROPN" or (token.text in (".", "-") and token.head.i == name.i)
    return is_part and token.lower_ not in roles and (token.head.i == name.i or token.is_punct)


def _clean(text: str) -> str:
    """Words without article, brackets and quotation marks at the ends."""
    stripped = text.strip(" ,;:“”\"'()")
    for article in ("The ", "the ", "A ", "a ", "An ", "an "):
        if stripped.startswith(article):
            return stripped[len(article) :]
    return stripped
