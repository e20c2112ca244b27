"""How a label and what was extracted are held against each other, slot by slot.

The rules are those of ``docs/explanation/evidence-evaluation.md``. Names are resolved through the
same gazetteer that reads the documents; words count only where neither side has a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from coercivity.claims.gazetteer import find_mentions
from coercivity.claims.gold import GoldEntry
from coercivity.claims.model import Claim, Slot
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = [
    "SLOTS",
    "ClaimGroup",
    "Credit",
    "group_claims",
    "names_in",
    "score_slot",
    "slots_of",
    "stems",
]

SLOTS: Final = ("kind", "who", "to_whom", "what", "when")
"""Slots that are scored, in order."""

LEAST_WORDS: Final = 0.5
"""Share of a label's words that must stand in the claim, where it names neither item nor number."""

SHORTEST_STEM: Final = 4
"""Letters from which a stem may stand for a longer one."""

_SAYS: Final = {
    "APPLICATION_STATUS": "licence applications requests",
    "LICENCE_GRANTED": "licence",
    "LICENCE_REFUSED": "licence rejected",
}
"""What a frame says by itself, so that no slot repeats it."""

_PEOPLED: Final = frozenset({"MEETING", "DEAL", "TALKS_RESUMED"})
_RECEIVERS: Final = ("recipient", "applicant", "destination")
_HELD_BY: Final = ("recipient", "applicant")
_WORD = re.compile(r"[a-z0-9]+")
_NUMBERED = re.compile(r"\bNos?\.?\s*((?:\d+[\s,]*(?:and\s+)?)+)(?:of\s+(\d{4}))?", re.IGNORECASE)
_ROLES: Final = frozenset(
    {
        "licens",
        "license",
        "import",
        "applic",
        "buyer",
        "recipi",
        "holder",
        "custom",
        "purcha",
        "export",
    }
)
"""Stems of words that name whoever holds or seeks a licence by that role and nobody else."""

_IDLE: Final = frozenset(
    {
        "a",
        "an",
        "and",
        "as",
        "at",
        "be",
        "by",
        "certain",
        "companies",
        "company",
        "firm",
        "for",
        "four",
        "from",
        "in",
        "into",
        "is",
        "it",
        "its",
        "many",
        "not",
        "number",
        "of",
        "off",
        "on",
        "or",
        "other",
        "others",
        "over",
        "several",
        "some",
        "specific",
        "the",
        "their",
        "them",
        "these",
        "this",
        "those",
        "three",
        "to",
        "two",
        "undetermined",
        "unspecified",
        "up",
        "was",
        "were",
        "with",
    }
)


@dataclass(frozen=True)
class Credit:
    """What one slot earns.

    Parameters
    ----------
    found : float
        Share of the label's fillers that were extracted, 0 to 1.
    right : float
        Share of the extracted fillers that the label has, 0 to 1.
    is_claimed : bool
        Whether anything was extracted.
    """

    found: float
    right: float
    is_claimed: bool


@dataclass(frozen=True)
class ClaimGroup:
    """Claims of one document that tell one act.

    Parameters
    ----------
    frame : str
    polarity : str
    claims : tuple of Claim
        In order of the text.
    """

    frame: str
    polarity: str
    claims: tuple[Claim, ...]

    @property
    def is_asserted(self) -> bool:
        """Whether any of them is asserted."""
        return any(claim.is_asserted for claim in self.claims)

    def slots(self, *names: str) -> tuple[Slot, ...]:
        """Return their slots of these names, each value once."""
        rows = [slot for claim in self.claims for slot in claim.slots if slot.name in names]
        return tuple({(slot.name, slot.value): slot for slot in rows}.values())


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that say something, cut to their first six letters.

    Examples
    --------
    >>> sorted(stems("the firms waiting for licences"))
    ['licenc', 'wait']
    """
    words = (re.sub(r"(?:ing|ed|es|s)$", "", word) for word in _WORD.findall(text.lower()))
    raw = {word[:6] for word in words if len(word) > 1}
    return frozenset(raw - _IDLE)


def names_in(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the parties and countries a phrase names: ids of the pack, country codes."""
    found: set[str] = set()
    for mention in find_mentions(text, vocabulary.gazetteer):
        entity = mention.party() or mention.place()
        if entity is not None:
            found.add(entity.value)
    return frozenset(found)


def group_claims(claims: Iterable[Claim], vocabulary: Vocabulary) -> tuple[ClaimGroup, ...]:
    """Put claims together that tell one act: same frame, polarity, and nothing that excludes it.

    Parameters
    ----------
    claims : iterable of Claim
        Of one document, in order.
    """
    groups: list[ClaimGroup] = []
    for claim in claims:
        if claim.frame is None:
            continue
        fitting = next(
            (
                position
                for position, group in enumerate(groups)
                if group.frame == claim.frame
                and _same_side(group.polarity, claim)
                and all(_may_be_one(claim, other, vocabulary) for other in group.claims)
            ),
            None,
        )
        if fitting is None:
            groups.append(ClaimGroup(claim.frame, claim.polarity, (claim,)))
        else:
            group = groups[fitting]
            groups[fitting] = ClaimGroup(group.frame, group.polarity, (*group.claims, claim))
    return tuple(groups)


def _same_side(polarity: str, claim: Claim) -> bool:
    """Whether polarities fit: "none approved" is a state of applications like "30 pending"."""
    if claim.frame == "APPLICATION_STATUS":
        return (polarity == "questioned") == (claim.polarity == "questioned")
    return polarity == claim.polarity


def _may_be_one(a: Claim, b: Claim, vocabulary: Vocabulary) -> bool:
    """Whether no slot of two claims of one frame excludes that they tell one act."""
    if a.is_asserted != b.is_asserted:
        return False
    for name in ("actor", "applicant", "participant", "destination"):
        one, two = _lands(a.values(name), vocabulary), _lands(b.values(name), vocabulary)
        if one and two and one.isdisjoint(two):
            return False
    if a.frame in _PEOPLED and a.values("participant") != b.values("participant"):
        return False
    items = (set(a.values("item")), set(b.values("item")))
    if a.frame == "QUANTITY" and items[0] != items[1]:
        return False
    if a.when is None or b.when is None:
        return True
    return a.when.value == b.when.value or _overlap(
        (a.when.earliest, a.when.latest), (b.when.earliest, b.when.latest)
    )


def _lands(values: Iterable[str], vocabulary: Vocabulary) -> set[str]:
    """Countries and firms by which two fillers can exclude one another; words exclude nothing."""
    return {
        value if vocabulary.kinds.get(value) == "firm" else vocabulary.country_of(value)
        for value in values
        if vocabulary.country_of(value)
    }


def _overlap(one: tuple[date | None, date | None], two: tuple[date | None, date | None]) -> bool:
    low = max(one[0] or date.min, two[0] or date.min)
    return low <= min(one[1] or date.max, two[1] or date.max)


def slots_of(group: ClaimGroup, slot: str) -> tuple[Slot, ...]:
    """Return the slots of a claim that answer to ``who`` or ``to_whom``.

    Notes
    -----
    Meetings and deals know only participants: their order says nothing, and both labels look among
    all of them. An import is reported of the buyer, so that the actor is the one *to whom*.
    """
    if group.frame in _PEOPLED:
        return group.slots("participant", "counterparty")
    if group.frame == "QUANTITY":
        measures = {row.value for row in group.slots("measure")}
        actors, sellers = group.slots("actor"), group.slots("origin")
        if "import" in measures and "export" not in measures:
            return sellers if slot == "who" else (*actors, *group.slots("destination"))
        return actors if slot == "who" else group.slots("destination")
    if slot == "who":
        return group.slots("actor")
    is_bound = group.frame in ("CONDITION", "APPLICATION_STATUS")
    return group.slots(*(_HELD_BY if is_bound else _RECEIVERS))


def score_slot(
    slot: str, entry: GoldEntry, group: ClaimGroup, document: Document, vocabulary: Vocabulary
) -> Credit | None:
    """Score one slot of a label against the claims aligned with it.

    Returns
    -------
    Credit or None
        ``None`` if the label does not hold the slot.
    """
    if slot == "kind":
        return Credit(1.0, 1.0, True)
    if slot == "when":
        return _score_when(entry, group, document)
    fillers = entry.fillers(slot)
    if not fillers or (slot == "what" and entry.kind == "attribution_error"):
        return None
    if slot != "what" and not any(names_in(f, vocabulary) or stems(f) for f in fillers):
        return None  # "three firms" names nobody: that is a count
    if slot == "what":
        return _score_what(fillers, group, vocabulary)
    if group.frame == "APPLICATION_STATUS" and entry.who and entry.to_whom:
        return max(
            (
                _score_names(fillers, wanted, vocabulary)
                for wanted in _application_roles(slot, entry, group, vocabulary)
            ),
            key=lambda credit: credit.found,
        )
    claimed = slots_of(group, slot)
    if group.frame in _PEOPLED:
        return _score_people(fillers, claimed, vocabulary)
    if fillers == ("world",):
        return Credit(float(not claimed), float(not claimed), bool(claimed))
    return _score_names(fillers, claimed, vocabulary)


def _application_roles(
    slot: str, entry: GoldEntry, group: ClaimGroup, vocabulary: Vocabulary
) -> tuple[tuple[Slot, ...], ...]:
    """Roles of an application: labels put either the authority or the applicant first."""
    actors, applicants = group.slots("actor"), group.slots(*_HELD_BY)
    is_turned = (
        _score_names(entry.fillers("who"), actors, vocabulary).found
        < _score_names(entry.fillers("who"), applicants, vocabulary).found
    )
    first, second = (applicants, actors) if is_turned else (actors, applicants)
    return (first if slot == "who" else second,)


def _score_names(fillers: Sequence[str], claimed: Sequence[Slot], vocabulary: Vocabulary) -> Credit:
    """Score fillers that name somebody."""
    kept = _fillers(claimed, vocabulary)
    if not kept:
        return Credit(0.0, 0.0, False)
    labels = [f for f in fillers if names_in(f, vocabulary) or stems(f)]
    found = sum(any(_same_name(f, s, vocabulary) for s in claimed) for f in labels) / len(labels)
    right = sum(
        any(_same_name(f, s, vocabulary) for f in labels for s in filler) for filler in kept
    ) / len(kept)
    return Credit(found, right, True)


def _score_people(
    fillers: Sequence[str], claimed: Sequence[Slot], vocabulary: Vocabulary
) -> Credit:
    """Score one side of a meeting: the other side's participants are not held against it."""
    if not claimed:
        return Credit(0.0, 0.0, False)
    found = sum(any(_same_name(f, s, vocabulary) for s in claimed) for f in fillers) / len(fillers)
    return Credit(found, found, len(claimed) > 1 or found > 0)


def _fillers(claimed: Sequence[Slot], vocabulary: Vocabulary) -> tuple[tuple[Slot, ...], ...]:
    """Put together what names one filler.

    Where members are named, the country or the words for their group are no further filler; where
    none is, country and words ("India", "some 30 others") name one group.
    """
    parties = [slot for slot in claimed if slot.kind == "party"]
    lands = {vocabulary.country_of(slot.value) for slot in parties}
    if parties:
        others = [s for s in claimed if s.kind == "country" and s.value not in lands]
        return tuple((slot,) for slot in (*parties, *others))
    words = tuple(slot for slot in claimed if slot.kind == "text")
    countries = tuple(slot for slot in claimed if slot.kind == "country")
    if len(countries) > 1:
        return tuple((slot, *words) for slot in countries)
    return ((*countries, *words),) if claimed else ()


def _same_name(label: str, slot: Slot, vocabulary: Vocabulary) -> bool:
    """Whether an extracted filler is, or belongs to, what the label names."""
    wanted = names_in(label, vocabulary)
    if slot.kind == "text":
        inside = names_in(slot.value, vocabulary)
        if wanted:
            return bool(wanted & inside)
        words = stems(label)
        if words <= _ROLES:
            return bool(stems(slot.value) & _ROLES) or slot.rule == "firms"
        return bool(words) and len(words & stems(slot.value)) >= LEAST_WORDS * len(words)
    if slot.value in wanted:
        return True
    if stems(label) <= _ROLES and not wanted:
        return True  # the label names only a role, and somebody stands in it
    land = vocabulary.country_of(slot.value)
    if land in wanted:
        return True
    # A state and its authorities are one actor: who writes "China" and who writes its ministry
    # agree on who acted.
    return slot.value == land and any(
        vocabulary.kinds.get(name) == "authority" and vocabulary.country_of(name) == land
        for name in wanted
    )


def _score_what(fillers: Sequence[str], group: ClaimGroup, vocabulary: Vocabulary) -> Credit:
    """Score what an act is about: by items, else by numbers of instruments, else by words."""
    label = "; ".join(fillers)
    numbers = {n for match in _NUMBERED.findall(label) for n in re.findall(r"\d+", match[0])}
    if numbers:
        rows = group.slots("instrument", "legal_basis")
        claimed = {row.value.split("/")[0] for row in rows if row.name == "instrument"} or {
            row.value.split("/")[0] for row in rows
        }
        hits = len(numbers & claimed)
        return Credit(hits / len(numbers), hits / max(1, len(claimed)), bool(claimed))
    wanted = {
        entity.value
        for mention in find_mentions(label, vocabulary.gazetteer)
        for entity in mention.entities
        if entity.kind == "item"
    }
    items = {slot.value for slot in group.slots("item")}
    if wanted and items:
        found = sum(any(_same_item(w, i, vocabulary) for i in items) for w in wanted) / len(wanted)
        right = sum(any(_same_item(w, i, vocabulary) for w in wanted) for i in items) / len(items)
        return Credit(found, right, True)
    return _score_words(label, group, vocabulary)


def _score_words(label: str, group: ClaimGroup, vocabulary: Vocabulary) -> Credit:
    """Score a label by its words and names: enough of them must stand in what was extracted."""
    rows = group.slots("topic", "status", "condition", "item")
    text = " ".join([c.text for c in group.claims] + [row.value for row in rows])
    told = stems(f"{text} {_SAYS.get(group.frame, '')}")
    wanted = stems(label)
    names = names_in(label, vocabulary)
    hits = sum(any(_same_stem(word, other) for other in told) for word in wanted)
    hits += len(names & names_in(text, vocabulary))
    is_hit = hits >= LEAST_WORDS * len(wanted | names) > 0
    return Credit(float(is_hit), float(is_hit), True)


def _same_stem(one: str, two: str) -> bool:
    """Whether one stem begins the other: "state" and "statement"."""
    short, long = sorted((one, two), key=len)
    return one == two or (len(short) >= SHORTEST_STEM and long.startswith(short))


def _same_item(label: str, item: str, vocabulary: Vocabulary) -> bool:
    return label == item or vocabulary.is_wider(label, item) or vocabulary.is_wider(item, label)


def _score_when(entry: GoldEntry, group: ClaimGroup, document: Document) -> Credit | None:
    """Score when it happened; without a date of its own, when it was said or published."""
    wanted = entry.date()
    if wanted is None:
        return None
    own = [
        (c.when.earliest, c.when.latest)
        for c in group.claims
        if c.when is not None and (c.when.earliest or c.when.latest)
    ]
    if own:
        hit = any(_same_time(bounds, (wanted.earliest, wanted.latest)) for bounds in own)
        return Credit(float(hit), float(hit), True)
    told = [(c.said_at.earliest, c.said_at.latest) for c in group.claims if c.said_at is not None]
    if document.published is not None:
        told.append((document.published.value.earliest, document.published.value.latest))
    hit = any(_same_time(bounds, (wanted.earliest, wanted.latest)) for bounds in told)
    return Credit(float(hit), float(hit), hit)


def _same_time(claimed: tuple[date | None, date | None], wanted: tuple[date, date]) -> bool:
    """Whether the claimed days lie within the label's, or the label's within a claimed month.

    An open side ("before the 17th") is judged by its bound.
    """
    low, high = claimed
    low, high = low or high, high or low
    if low is None or high is None:
        return False
    if wanted[0] <= low and high <= wanted[1]:
        return True
    longest = max(31, (wanted[1] - wanted[0]).days + 1)
    return low <= wanted[0] and wanted[1] <= high and (high - low).days < longest
