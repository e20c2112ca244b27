"""Which pairs of claims are compared, so that the work grows with the claims and not their square.

Every pair that could be about one event shares a key of frame and parties (blocking), and its
dates lie within the window of days. Claims that read the same in everything a comparison looks at
form a class; a class meets the others through a few of its members, and its further members meet
those. Where more than :data:`NEIGHBOURS` classes share one key, each is compared with the next
ones in order of date only, the sorted neighbourhood of [Hernandez1995], and the plan says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, product

from coercivity.claims.blocking import WINDOW_DAYS
from coercivity.claims.keys import Filing, Key, file_claim, signature_of
from coercivity.claims.model import Claim
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = ["MEMBERS", "NEIGHBOURS", "Plan", "plan_pairs"]

NEIGHBOURS = 30
"""Classes that share a key with one class and are compared with it, the next in time first."""

MEMBERS = 5
"""Claims of a class that stand for it against other classes."""


@dataclass(frozen=True)
class Plan:
    """Pairs of claims to compare.

    Parameters
    ----------
    pairs : tuple of (int, int)
        Positions in the sequence of claims, the smaller first, sorted.
    classes : tuple of int
        Class of each claim; claims of one class read the same.
    n_left_out : int
        Pairs of classes that share a key and lie in the window but are not compared.
    """

    pairs: tuple[tuple[int, int], ...]
    classes: tuple[int, ...]
    n_left_out: int

    @property
    def note(self) -> str:
        """One sentence on what was left out, or an empty string."""
        if not self.n_left_out:
            return ""
        return (
            f"{self.n_left_out} pair(s) of different readings that share a key were not compared: "
            f"each reading was compared with the {NEIGHBOURS} next in time"
        )


@dataclass(frozen=True)
class _Class:
    """Claims that read the same, and where they are filed."""

    members: tuple[int, ...]
    filing: Filing
    home: str


def plan_pairs(
    claims: Sequence[Claim],
    documents: Mapping[str, Document],
    vocabulary: Vocabulary,
    *,
    within_families: bool = False,
    topics: Callable[[Claim], frozenset[str]] = lambda _: frozenset(),
) -> Plan:
    """Choose the pairs of claims that are worth a comparison.

    Parameters
    ----------
    claims : sequence of Claim
    documents : mapping of str to Document
        By id.
    vocabulary : Vocabulary
        Tells the countries of parties and the wider items.
    within_families : bool
        Pairs of one witness family; otherwise of different ones.
    topics : callable
        What a statement without act speaks of.

    Returns
    -------
    Plan
        All pairs of up to :data:`NEIGHBOURS` classes to a key and :data:`MEMBERS` claims to a
        class; beyond that, their number is bounded by the number of claims times these two.
    """
    families = [documents[claim.document].family for claim in claims]
    grouped: dict[tuple[object, ...], list[int]] = {}
    for position, claim in enumerate(claims):
        home = families[position] if within_families else ""
        signature = signature_of(claim, documents[claim.document], topics(claim))
        grouped.setdefault((home, *signature), []).append(position)
    classes, class_of = [], [0] * len(claims)
    for number, (signature, members) in enumerate(grouped.items()):
        first = claims[members[0]]
        filing = file_claim(first, documents[first.document], vocabulary)
        classes.append(_Class(tuple(members), filing, str(signature[0])))
        for position in members:
            class_of[position] = number

    def fits(pair: tuple[int, int]) -> bool:
        return (families[pair[0]] == families[pair[1]]) == within_families

    pairs = {pair for found in classes for pair in _inside(found, families) if fits(pair)}
    met, n_left_out = _meetings(classes)
    for first_class, second_class in met:
        one = _delegates(classes[first_class], families)
        two = _delegates(classes[second_class], families)
        pairs.update(pair for a, b in product(one, two) if fits(pair := (min(a, b), max(a, b))))
    return Plan(tuple(sorted(pairs)), tuple(class_of), n_left_out)


def _delegates(found: _Class, families: Sequence[str]) -> tuple[int, ...]:
    """Members that stand for a class: the first ones, of two families if there are two."""
    first = found.members[:MEMBERS]
    if len(first) == len(found.members) or len({families[i] for i in first}) > 1:
        return first
    other = next((i for i in found.members if families[i] != families[first[0]]), None)
    return first if other is None else (*first[:-1], other)


def _inside(found: _Class, families: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the pairs inside a class: all of its delegates, and every other member with two."""
    if found.filing.is_silent:
        return
    first = _delegates(found, families)
    yield from combinations(sorted(first), 2)
    other = next((i for i in first if families[i] != families[first[0]]), first[-1])
    for position in found.members[MEMBERS - 1 :]:
        if position not in first:
            for delegate in {first[0], other}:
                yield min(delegate, position), max(delegate, position)


def _meetings(classes: Sequence[_Class]) -> tuple[set[tuple[int, int]], int]:
    """Return the pairs of classes to compare, and how many were left out."""
    by_key: dict[Key, list[int]] = {}
    every: dict[Key, list[int]] = {}
    wild: dict[Key, list[int]] = {}
    parties: dict[Key, list[int]] = {}
    for number, found in enumerate(classes):
        filing = found.filing
        for key in filing.keys:
            by_key.setdefault((found.home, *key), []).append(number)
        for key in filing.parties:
            parties.setdefault((found.home, *key), []).append(number)
        if filing.every is not None:
            place = (found.home, *filing.every)
            every.setdefault(place, []).append(number)
            if filing.is_wild:
                wild.setdefault(place, []).append(number)
    seen: set[tuple[int, int]] = set()
    left_out = sum(_sweep(numbers, numbers, classes, seen) for numbers in by_key.values())
    for place, numbers in wild.items():
        left_out += _sweep(numbers, every[place], classes, seen)
        left_out += _sweep(every[place], numbers, classes, seen)
    left_out += sum(_undated(numbers, classes, seen) for numbers in parties.values())
    return seen, left_out


def _sweep(
    firsts: Sequence[int],
    seconds: Sequence[int],
    classes: Sequence[_Class],
    seen: set[tuple[int, int]],
) -> int:
    """Pair each of `firsts` with those of `seconds` that begin later, inside the window.

    Whichever of two begins first finds the other, so that no near pair is missed.
    """
    ordered = sorted(
        (period.earliest, number)
        for number in seconds
        if (period := classes[number].filing.period) is not None
    )
    starts = [start for start, _ in ordered]
    left_out = 0
    for number in firsts:
        period = classes[number].filing.period
        if period is None:
            continue
        begin = bisect_left(ordered, (period.earliest, number))
        end = bisect_left(starts, _days_later(period.latest, WINDOW_DAYS + 1), lo=begin)
        begin += begin < end and ordered[begin][1] == number
        stop = min(end, begin + NEIGHBOURS)
        left_out += end - stop if end > stop else 0
        for _, other in ordered[begin:stop]:
            seen.add((min(number, other), max(number, other)))
    return left_out


def _days_later(day: date, days: int) -> date:
    return day + timedelta(days=days) if (date.max - day).days > days else date.max


def _undated(numbers: Sequence[int], classes: Sequence[_Class], seen: set[tuple[int, int]]) -> int:
    """Pair claims without date with those that name the same party."""
    left_out = 0
    for place, number in enumerate(numbers):
        if classes[number].filing.period is not None:
            continue
        after = numbers[place + 1 : place + 1 + NEIGHBOURS]
        before = numbers[max(0, place - NEIGHBOURS) : place]
        left_out += len(numbers) - 1 - len(after) - len(before)
        seen.update((min(number, other), max(number, other)) for other in (*before, *after))
    return left_out
