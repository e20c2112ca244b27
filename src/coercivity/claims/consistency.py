"""Numbers that must add up: parts and totals, months and their year, a part and its whole.

What does not add up is reported as a derived inconsistency. Nothing is ever corrected: the claims
stay as their sources made them, and which of them is wrong is not decided here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from coercivity.claims.blocking import MEASURED
from coercivity.claims.compare import HEDGE_WIDTHS
from coercivity.claims.model import Claim, ClaimSet, QuantityMention, content_id
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document
from coercivity.units import convert, parse_unit

__all__ = ["NEAR_TOTAL", "SumCheck", "check_sums"]

NEAR_TOTAL = 0.05
"""Share of a total by which parts may miss it and still be meant as its parts, where no word such
as "comprising" says so: 6,450 and 750 for 7,280 miss it by 1.1 %."""

COARSEST = 0.01
"""Share of a number to which it is given at the coarsest, however many zeros it ends in."""

REACH = 400
"""Code points after a total within which its parts are looked for."""

_DIVIDES = re.compile(
    r"\b(?:compris\w*|consist\w*\s+of|made\s+up\s+of|divided\s+(?:into|between)|"
    r"split\s+(?:into|between)|broken\s+(?:down\s+)?into|namely)\b",
    re.IGNORECASE,
)
_INCLUDES = re.compile(
    r"\b(?:includ\w+|(?:out\s+)?of\s+(?:which|these|this|that))\b", re.IGNORECASE
)
_JOINED = re.compile(r"\band\b|\bplus\b|[,;&]")
_SENTENCE_END = re.compile(r"[.!?][”\"’)]*\s+(?=[A-Z“\"])")

Interval = tuple[float, float]


@dataclass(frozen=True)
class SumCheck:
    """Whether numbers that should add up do.

    Parameters
    ----------
    id : str
        Hash of the claims and the rule.
    rule : str
        ``parts named as such``, ``parts near a total``, ``periods of a longer one`` or ``part of a
        whole``.
    total : str
        Id of the claim of the whole.
    parts : tuple of str
        Ids of the claims of the parts.
    is_consistent : bool
        Whether the numbers can be right together, their rounding and hedges allowed for.
    total_low, total_high, parts_low, parts_high : float
        Bounds of the whole and of the sum of the parts, in `unit`.
    difference : float
        Parts less whole, from the numbers as written, in `unit`.
    unit : str
        Unit of the whole.
    note : str
        One sentence for the reader.
    """

    id: str
    rule: str
    total: str
    parts: tuple[str, ...]
    is_consistent: bool
    total_low: float
    total_high: float
    parts_low: float
    parts_high: float
    difference: float
    unit: str
    note: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "id": self.id,
            "rule": self.rule,
            "total": self.total,
            "parts": list(self.parts),
            "is_consistent": self.is_consistent,
            "total_low": self.total_low,
            "total_high": self.total_high,
            "parts_low": self.parts_low,
            "parts_high": self.parts_high,
            "difference": self.difference,
            "unit": self.unit,
            "note": self.note,
        }


def check_sums(claimset: ClaimSet) -> tuple[SumCheck, ...]:
    """Find numbers that must add up, and say whether they do.

    Parameters
    ----------
    claimset : ClaimSet
        As extracted, or as judged.

    Returns
    -------
    tuple of SumCheck
        The inconsistent ones first. Only numbers that are stated as facts are added, and only
        within one scope: the same measure, actor, destination and item.
    """
    documents = {document.id: document for document in claimset.documents}
    numbers = [claim for claim in claimset.claims if _is_usable(claim)]
    found: dict[tuple[str, tuple[str, ...]], SumCheck] = {}
    for check in (
        *_named_parts(numbers, documents),
        *_near_parts(numbers, documents),
        *_periods(numbers),
        *_wholes(numbers, claimset.vocabulary),
    ):
        found.setdefault((check.total, check.parts), check)
    return tuple(sorted(found.values(), key=lambda c: (c.is_consistent, c.rule, c.id)))


def _is_usable(claim: Claim) -> bool:
    return (
        claim.frame == "QUANTITY"
        and claim.is_asserted
        and claim.polarity == "affirmed"
        and _mention(claim) is not None
        and _unit(claim) not in ("", "percent", "permille", "1")
    )


def _mention(claim: Claim) -> QuantityMention | None:
    return next((m for m in claim.quantities if m.low is not None and m.high is not None), None)


def _unit(claim: Claim) -> str:
    mention = _mention(claim)
    return mention.unit if mention is not None else ""


def _interval(claim: Claim, unit: str) -> Interval:
    """Return the values a number allows, its hedge and rounding included, in `unit`."""
    mention = _mention(claim)
    assert mention is not None
    assert mention.low is not None
    assert mention.high is not None
    half = _last_place(mention) / 2
    width = HEDGE_WIDTHS.get(mention.hedge, 0.0)
    down = 0.0 if mention.hedge == "over" else width
    up = 0.0 if mention.hedge in ("under", "almost") else width
    low = mention.low - abs(mention.low) * down - (0.0 if mention.hedge == "over" else half)
    high = mention.high + abs(mention.high) * up + half
    return float(convert(low, mention.unit, unit)), float(convert(high, mention.unit, unit))


def _last_place(mention: QuantityMention) -> float:
    """Return the step to which a number is given, in its own unit.

    It is that of the last digit that is not zero, but at most :data:`COARSEST` of the number: a
    thousand tonnes may be a round number, but hardly stands for six hundred.
    """
    values = [abs(value) for value in (mention.low, mention.high) if value]
    return min((min(_step(value), COARSEST * value) for value in values), default=0.0)


def _step(value: float) -> float:
    """Step of the last digit of a value that is not zero; 12 digits are more than any text has."""
    digits = Decimal(f"{value:.12g}").normalize()
    return float(Decimal(1).scaleb(int(digits.as_tuple().exponent)))


def _middle(claim: Claim, unit: str) -> float:
    mention = _mention(claim)
    assert mention is not None
    assert mention.low is not None
    assert mention.high is not None
    return float(convert((mention.low + mention.high) / 2, mention.unit, unit))


def _by_document(numbers: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in numbers:
        found.setdefault(claim.document, []).append(claim)
    return found


def _named_parts(numbers: Sequence[Claim], documents: Mapping[str, Document]) -> Iterator[SumCheck]:
    """Yield checks of a total whose parts are named as such in the same sentence."""
    for document, claims in _by_document(numbers).items():
        text = documents[document].text
        for place, total in enumerate(claims):
            parts = _following(total, claims[place + 1 :], text)
            if len(parts) < 2:
                continue
            between = text[total.span.end : parts[0].span.start]
            if _DIVIDES.search(between):
                yield _checked("parts named as such", total, parts)
            elif _INCLUDES.search(between):
                # What is included need not be all there is; it only must not be more.
                yield _checked("parts named as such", total, parts, exceeds_only=True)


def _following(total: Claim, later: Sequence[Claim], text: str) -> list[Claim]:
    """Return the numbers of the same kind after a total, up to the end of its sentence."""
    end = _SENTENCE_END.search(text, total.span.end, total.span.end + REACH)
    limit = end.start() if end else total.span.end + REACH
    dims = parse_unit(_unit(total)).dims
    return [
        claim
        for claim in later
        if claim.span.start < limit
        and claim.span.start >= total.span.end
        and parse_unit(_unit(claim)).dims == dims
        and _same_period(claim, total)
        and _middle(claim, _unit(total)) < _middle(total, _unit(total))
    ]


def _same_period(one: Claim, two: Claim) -> bool:
    if one.when is None or two.when is None:
        return True
    return (one.when.earliest, one.when.latest) == (two.when.earliest, two.when.latest)


def _near_parts(numbers: Sequence[Claim], documents: Mapping[str, Document]) -> Iterator[SumCheck]:
    """Yield checks of parts listed in one sentence that come close to a total of the same thing.

    The total may stand in another document. That the sum comes close is what makes the numbers
    parts of it; that it is not equal is what is reported.
    """
    lists = [
        parts
        for document, claims in _by_document(numbers).items()
        for parts in _lists(claims, documents[document].text)
    ]
    totals = _by_size(numbers)
    for parts in lists:
        own = {claim.id for claim in parts}
        summed = sum(_size(part) for part in parts)
        reach = NEAR_TOTAL / (1 - NEAR_TOTAL) * summed
        for item in {value for part in parts for value in part.values("item")}:
            rows = totals.get((_dims(parts[0]), item), [])
            first = bisect_left(rows, summed - reach, key=lambda row: row[0])
            last = bisect_right(rows, summed + reach, key=lambda row: row[0])
            for size, total in rows[first:last]:
                if total.id in own or abs(summed - size) > NEAR_TOTAL * size:
                    continue
                if all(_same_period(part, total) for part in parts):
                    yield _checked("parts near a total", total, parts)


def _by_size(
    numbers: Sequence[Claim],
) -> dict[tuple[tuple[tuple[str, int], ...], str], list[tuple[float, Claim]]]:
    """File numbers by dimension and item, the smallest first."""
    found: dict[tuple[tuple[tuple[str, int], ...], str], list[tuple[float, Claim]]] = {}
    for claim in numbers:
        for item in claim.values("item"):
            found.setdefault((_dims(claim), item), []).append((_size(claim), claim))
    for rows in found.values():
        rows.sort(key=lambda row: (row[0], row[1].id))
    return found


def _size(claim: Claim) -> float:
    """Middle of a number in the bases of its dimension."""
    return _middle(claim, _unit(claim)) * float(parse_unit(_unit(claim)).factor)


def _lists(claims: Sequence[Claim], text: str) -> Iterator[list[Claim]]:
    """Yield runs of two or more numbers of one unit in one sentence, joined as a list is."""
    run: list[Claim] = []
    for claim in claims:
        if run:
            between = text[run[-1].span.end : claim.span.start]
            goes_on = (
                _unit(claim) == _unit(run[-1])
                and len(between) <= REACH // 4
                and not _SENTENCE_END.search(between + " A")
                and _JOINED.search(between)
                and not _INCLUDES.search(between)
                and not _DIVIDES.search(between)
            )
            if not goes_on:
                if len(run) > 1:
                    yield run
                run = []
        run.append(claim)
    if len(run) > 1:
        yield run


def _checked(
    rule: str, total: Claim, parts: Sequence[Claim], *, exceeds_only: bool = False
) -> SumCheck:
    """Compare the sum of parts with a total."""
    unit = _unit(total)
    low, high = _interval(total, unit)
    bounds = [_interval(part, unit) for part in parts]
    parts_low, parts_high = sum(b[0] for b in bounds), sum(b[1] for b in bounds)
    fits = parts_low <= high and (exceeds_only or low <= parts_high)
    written = [_middle(part, unit) for part in parts]
    difference = sum(written) - _middle(total, unit)
    sign = "cannot both be right" if not fits else "fit"
    shown = " + ".join(part.span.exact for part in parts)
    return SumCheck(
        id=content_id("sum", rule, total.id, *(part.id for part in parts)),
        rule=rule,
        total=total.id,
        parts=tuple(part.id for part in parts),
        is_consistent=fits,
        total_low=low,
        total_high=high,
        parts_low=parts_low,
        parts_high=parts_high,
        difference=difference,
        unit=unit,
        note=f"{shown} against {total.span.exact}: {sign}",
    )


def _scope(claim: Claim) -> tuple[object, ...]:
    """Everything but the period and the number that two numbers must share to be added."""
    rest = sorted(
        (slot.name, slot.value) for slot in claim.slots if slot.name not in MEASURED - {"item"}
    )
    dims = parse_unit(_unit(claim)).dims
    return (claim.values("measure"), claim.values("actor"), tuple(rest), dims)


def _periods(numbers: Sequence[Claim]) -> Iterator[SumCheck]:
    """Yield checks of months, quarters or halves that fill a longer period exactly."""
    scopes: dict[tuple[object, ...], list[tuple[date, date, Claim]]] = {}
    for claim in numbers:
        days = _days(claim)
        if days is not None and claim.values("measure") and claim.values("item"):
            scopes.setdefault(_scope(claim), []).append((*days, claim))
    for rows in scopes.values():
        by_period: dict[tuple[date, date], list[Claim]] = {}
        for first, last, claim in rows:
            by_period.setdefault((first, last), []).append(claim)
        ends: dict[date, list[date]] = {}
        for first, last in sorted(by_period):
            ends.setdefault(first, []).append(last)
        for (first, last), totals in sorted(by_period.items()):
            parts = _tiles(first, last, by_period, ends)
            if len(parts) > 1:
                for total in totals:
                    yield _checked("periods of a longer one", total, parts)


def _days(claim: Claim) -> tuple[date, date] | None:
    """Return the first and last day of the period a number covers."""
    when = claim.when
    if when is None or when.earliest is None or when.latest is None or when.modifier:
        return None
    return (when.earliest, when.latest) if when.precision != "duration" else None


def _tiles(
    first: date,
    last: date,
    by_period: Mapping[tuple[date, date], Sequence[Claim]],
    ends: Mapping[date, Sequence[date]],
) -> list[Claim]:
    """Return claims whose periods fill a longer one without gap or overlap, the longest first.

    Where several claims cover one period the first is taken; the verdicts tell whether they agree.
    """
    parts: list[Claim] = []
    day = first
    while day <= last:
        fitting = [end for end in ends.get(day, ()) if end <= last and (day, end) != (first, last)]
        if not fitting:
            return []
        end = max(fitting)
        parts.append(by_period[day, end][0])
        day = end + timedelta(days=1)
    return parts


def _wholes(numbers: Sequence[Claim], vocabulary: Vocabulary | None) -> Iterator[SumCheck]:
    """Yield checks of an item that is more than a wider item which includes it."""
    if vocabulary is None:
        return
    scopes: dict[tuple[object, ...], dict[str, list[Claim]]] = {}
    for claim in numbers:
        items = claim.values("item")
        if len(items) != 1 or not claim.values("measure"):
            continue
        rest = tuple((slot.name, slot.value) for slot in claim.slots if slot.name not in MEASURED)
        key = (claim.values("measure"), claim.values("actor"), rest, _days(claim), _dims(claim))
        scopes.setdefault(key, {}).setdefault(items[0], []).append(claim)
    for by_item in scopes.values():
        for item, parts in sorted(by_item.items()):
            for wide in vocabulary.parents.get(item, ()):
                for whole in by_item.get(wide, ()):
                    checks = [
                        _checked("part of a whole", whole, [part], exceeds_only=True)
                        for part in parts
                    ]
                    yield from (check for check in checks if not check.is_consistent)


def _dims(claim: Claim) -> tuple[tuple[str, int], ...]:
    return parse_unit(_unit(claim)).dims
