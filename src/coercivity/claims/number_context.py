"""A number among others: units handed on, ranges joined, the year of prices."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

__all__ = ["CARRY", "NumberMention", "in_context"]

FARTHEST_APART = 60
"""Code points between two numbers of which one is set against the other: "46 in May, not seven"."""

MOST_PERCENT = 100
"""A bare number above this is not in per cent though the one before it is."""

CARRY = 160
"""Code points over which a count hands its unit on: "96 applications, of which 31 …"."""

SMALLEST_BARE = 32
"""Least whole number that is kept without a unit or noun: smaller ones are days, steps, ranks."""

_SET_AGAINST = re.compile(
    r"(?P<words>[^.;:!?\d]{0,45}?),?\s{1,3}(?:(?:and\s)?not|rather\sthan|instead\sof|against|versus|vs\.?|from|up\sfrom|"
    r"down\sfrom|compared\s(?:with|to)|to)\s{1,3}",
    re.IGNORECASE,
)
HANDS_ON = re.compile(
    r"\s{1,3}(?:(?:others?|more|so\sfar)\s)?(?:was|were|is|are|has|have|had|remain(?:s|ed)?|"
    r"more|others?|approved|cleared|pending|rejected|refused|granted|issued|endorsed|waiting)\b|\)",
    re.IGNORECASE,
)
SPREAD = re.compile(
    r"\b(?:between|anywhere|rang\w+|var(?:y|ies|ied|ying))(?:\sfrom)?\s*$", re.IGNORECASE
)
PRICE_YEAR = re.compile(
    r"\b(?:in|at)\s(?:constant\s|real\s)?(?P<year>(?:19|20)\d\d(?:[-–/]\d{2,4})?)\s"
    r"(?:US\s)?(?:dollars|rupees|euros|yuan|prices|money)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;]\s")
_CARRIED = frozenset({"t", "vehicle", "unit"})
_COUNTS = frozenset({"firm", "application", "licence", "certificate", "entity", "stoppage"})


@dataclass(frozen=True)
class NumberMention:
    """A number in a text.

    Parameters
    ----------
    start, end : int
        Code points, hedge and unit included.
    low, high : float or None
        In `unit`; ``None`` for vague counts.
    unit : str
        Symbol of :mod:`coercivity.units`; ``1`` if nothing says what is counted, or the table has
        no unit for it (see `noun`).
    hedge : str
        ``about``, ``over``, ``under``, ``almost`` or empty.
    noun : str
        The word counted, if one decided the unit.
    rule : str
        How the unit was found.
    per : str
        What the number is per: ``year``, ``month``, ``kg``, ``vehicle`` …, or empty.
    price_year : str
        Year of the money, if the text says so: "in 2023 dollars", "at 2011-12 prices".
    is_negative : bool
        Whether a minus sign stands before it.
    """

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str
    hedge: str = ""
    noun: str = ""
    rule: str = "number"
    per: str = ""
    price_year: str = ""
    is_negative: bool = False


def in_context(found: list[NumberMention], text: str) -> tuple[NumberMention, ...]:
    """Finish the numbers of a text, in order: each may depend on those before it.

    Parameters
    ----------
    found : list of NumberMention
        Numbers without unit have a rule that starts with ``bare``; those that nothing near gives
        one to are dropped, unless they are large.
    text : str
        What they were found in.
    """
    ordered = sorted(found, key=lambda mention: mention.start)
    return tuple(_with_price_years(_with_ranges(_with_carried_units(ordered, text), text), text))


def _with_carried_units(found: list[NumberMention], text: str) -> list[NumberMention]:
    """Give bare numbers the unit of the last weight or count before them."""
    carried: NumberMention | None = None
    counted: NumberMention | None = None
    result: list[NumberMention] = []
    for mention in found:
        if mention.unit in _CARRIED:
            carried = mention
        if mention.unit in _COUNTS:
            counted = mention
        if mention.rule.startswith("bare"):
            if result and _is_set_against(result[-1], mention, text):
                result.append(replace(mention, unit=result[-1].unit, rule="carried"))
                continue
            near = counted if _may_hand_on(counted, mention, text) else None
            giver = near or (carried if mention.rule == "bare" else None)
            big = mention.low is not None and mention.low >= SMALLEST_BARE
            if giver is not None and (near is not None or big):
                mention = replace(mention, unit=giver.unit, rule="carried")
            elif mention.rule == "bare word" or not big:
                continue
        result.append(mention)
    return result


def _may_hand_on(counted: NumberMention | None, mention: NumberMention, text: str) -> bool:
    """Whether a count close before, in the same sentence, says what a bare number counts."""
    if counted is None or mention.start - counted.end > CARRY:
        return False
    if _SENTENCE_END.search(text, counted.end, mention.start):
        return False
    return HANDS_ON.match(text, mention.end) is not None


def _is_set_against(one: NumberMention, two: NumberMention, text: str) -> bool:
    """Whether two numbers are only parted by "not", "from", "rather than" or the like."""
    if one.rule.startswith("bare") or two.start - one.end > FARTHEST_APART:
        return False
    if one.unit == "percent" and two.low is not None and two.low > MOST_PERCENT:
        return False
    joint = _SET_AGAINST.fullmatch(text, one.end, two.start)
    return joint is not None and (one.unit != "percent" or not joint["words"])


def _with_ranges(found: list[NumberMention], text: str) -> list[NumberMention]:
    """Join "5% to 8%" after "between", "ranging from" or with a dash."""
    result: list[NumberMention] = []
    for mention in found:
        last = result[-1] if result else None
        if last is not None and _is_one_range(last, mention, text):
            result[-1] = replace(last, end=mention.end, high=mention.high)
        else:
            result.append(mention)
    return result


def _is_one_range(one: NumberMention, two: NumberMention, text: str) -> bool:
    joint = text[one.end : two.start].strip().lower()
    if one.unit != two.unit or joint not in ("-", "–", "to", "and") or two.hedge:
        return False
    if one.low is None or two.high is None or one.low != one.high or one.low > two.high:
        return False
    if joint in ("-", "–"):
        return True
    return bool(SPREAD.search(text[max(0, one.start - 24) : one.start]))


def _with_price_years(found: list[NumberMention], text: str) -> list[NumberMention]:
    """Give money the year of its prices where its sentence names one."""
    result = list(found)
    starts = [mention.start for mention in found]
    for match in PRICE_YEAR.finditer(text):
        first = bisect_left(starts, match.start() - CARRY)
        for place in range(first, bisect_left(starts, match.end() + CARRY)):
            mention = result[place]
            ends = sorted((match.start(), mention.start))
            if _is_money(mention) and not _SENTENCE_END.search(text, *ends):
                result[place] = replace(mention, price_year=match["year"])
    return result


def _is_money(mention: NumberMention) -> bool:
    """Whether a number is an amount of a currency: its unit or noun is a code of three letters."""
    code = mention.unit if mention.unit != "1" else mention.noun
    return len(code) == 3 and code.isupper()
