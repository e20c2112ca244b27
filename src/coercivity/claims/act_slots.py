"""Slots of an act beyond its roles: items, counts, legal instruments, destinations, states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coercivity.claims.clauses import Predicate, noun_range
from coercivity.claims.frame_rules import FrameRule
from coercivity.claims.meeting_places import place_of
from coercivity.claims.products import firms_under, products_of
from coercivity.claims.reading import Reading
from coercivity.claims.roles import (
    Filler,
    Memory,
    fill_role,
    items_of,
    listed_firms,
)
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["fill_slots"]

Token = Any
_INSTRUMENT = re.compile(
    r"\b(?:Announcements?|Notices?|Orders?|Decrees?|Circulars?|Notifications?)?\s*"
    r"\bN(?:o|os)\.?\s?(?P<numbers>\d+(?:(?:,\s*|\s+and\s+|,\s*and\s+)(?:N(?:o|os)\.?\s?)?\d+)*)"
    r"(?:\s+of\s+(?P<year>\d{4}))?|"
    r"\b(?:Announcement|Notice|Order|Decree)\s+(?P<number>\d+)(?:/|\s+of\s+)(?P<y>\d{4})",
    re.IGNORECASE,
)
_TRAILING_TO = re.compile(r",\s+to\s+")
_STOP = re.compile(r"[.!?](?=\s|$)|\n")
_CODE = re.compile(
    r"\b\d[A-E]\d{3}(?:\.[a-z0-9]{1,3})*\b|\bHS\s?(?:codes?\s)?\d{4,10}(?:\.\d{2})*\b"
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
    "throw out": "rejected",
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
_GIVING = frozenset({"grant", "give", "issue", "hand", "award", "accord"})
_PLACED = frozenset({"MEETING", "DEAL"})


def fill_slots(
    rule: FrameRule,
    predicate: Predicate,
    clause: tuple[int, int],
    sentence: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> tuple[tuple[str, Filler], ...]:
    """Fill the slots of a rule at a verb.

    Parameters
    ----------
    clause, sentence : (int, int)
        Ranges of the view.
    memory : Memory
        What the document spoke of before.

    Returns
    -------
    tuple of (str, Filler)
        Slot names with fillers, each pair once.
    """
    slots: list[tuple[str, Filler]] = []
    for slot, roles in rule.slots:
        for role in roles:
            fillers = fill_role(role, predicate, reading, vocabulary, memory, slot=slot)
            slots.extend((slot, filler) for filler in fillers)
            if fillers and slot != "participant":
                break
    slots.extend(_named_firms(rule, predicate, reading))
    slots.extend(_common_slots(rule, predicate, clause, sentence, reading, vocabulary, memory))
    may_have_destination = any(name == "destination" for name, _ in rule.slots)
    if may_have_destination and not any(name == "destination" for name, _ in slots):
        slots.extend(("destination", f) for f in _destinations(predicate, clause, reading))
    slots.extend(_counts(slots, rule, predicate, clause, sentence, reading))
    if rule.frame == "APPLICATION_STATUS":
        slots.extend(_status(predicate, clause, reading))
    return tuple(dict.fromkeys(slots))


def _named_firms(
    rule: FrameRule, predicate: Predicate, reading: Reading
) -> Iterator[tuple[str, Filler]]:
    """Firms named inside the phrase of whoever receives or applies, and in what is joined to it."""
    for slot, roles in rule.slots:
        if slot in ("recipient", "applicant") and roles[:1] == ("agent",):
            for token in predicate.agents[:1]:
                yield from ((slot, firm) for firm in firms_under(token, reading))
    if rule.frame == "LICENCE_GRANTED" and not predicate.is_passive:
        yield from (("recipient", firm) for firm in _firms_given(predicate, reading))
    if rule.frame == "LICENCE_GRANTED":
        match = _TRAILING_TO.search(reading.text, predicate.token.idx)
        stop = _STOP.search(reading.text, predicate.token.idx)
        end = stop.start() if stop else len(reading.text)
        if match is not None and match.end() < end:
            firms = [m for m in reading.mentions_in(match.end(), end) if m.first("firm")]
            if firms and firms[0].start <= match.end() + 4:
                for mention in reading.mentions_in(match.end(), end):
                    firm = mention.first("firm", "aggregate")
                    if firm is not None:
                        filler = Filler(firm.value, "party", mention.start, mention.end, "list")
                        yield "recipient", filler


def _firms_given(predicate: Predicate, reading: Reading) -> Iterator[Filler]:
    """Firms between the verb and the licence: "granted A and B licences"."""
    if predicate.lemma not in _GIVING or not predicate.patients:
        return
    start = predicate.token.idx + len(predicate.token)
    end = max(noun.idx for noun in predicate.patients)
    for mention in reading.mentions_in(start, end):
        firm = mention.first("firm", "aggregate")
        if firm is not None:
            yield Filler(firm.value, "party", mention.start, mention.end, "given")


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
    if rule.frame.startswith("PRODUCTION"):
        nouns = predicate.themes
        for filler in products_of(nouns, clause, reading, vocabulary, memory):
            yield "item", filler
    elif rule.frame not in ("MEETING", "DEAL", "TALKS_RESUMED"):
        nouns = (*predicate.patients, *(predicate.agents if not predicate.patients else ()))
        for filler in items_of(token, nouns, clause, bounds, reading, vocabulary, memory):
            yield "item", filler
    if rule.frame == "LICENCE_GRANTED":
        yield from (("origin", f) for f in _origin(token, clause, reading))
    if rule.frame.startswith(("CONTROL", "TIGHT", "SUSP", "LIFT")):
        yield from _instruments(predicate, clause, bounds, reading)
        for match in _CODE.finditer(reading.text, *bounds):
            yield "code", Filler(match.group(), "text", *match.span(), "item code")
    if rule.frame in _PLACED:
        place = place_of(clause, token, reading)
        if place is not None:
            yield "place", place


def _origin(token: Token, clause: tuple[int, int], reading: Reading) -> Iterator[Filler]:
    """Yield the country the goods come from: "to import … from …"."""
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
        for noun in dict.fromkeys((*predicate.themes[:1], *predicate.agents[:1])):
            start, end = noun_range(noun)
            inside = [n for n in reading.numbers_in(start, end) if n.low is not None]
            for number in inside[:1] if not rows else ():
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
