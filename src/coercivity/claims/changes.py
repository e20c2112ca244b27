"""Changes: a number that says how far another has moved, since when, and between which values.

"3,188 tonnes, 38 % less than a year before" holds a level and a change; "up to 9 % from 7 %" holds
two levels, and the change is their difference. Found here by words alone; dates and the series of a
pack come in :mod:`coercivity.claims.change_values`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coercivity.claims.numbers import NumberMention

__all__ = ["BASES", "Change", "base_of", "level_of", "tag_changes"]

BASES = ("year", "month", "quarter", "week", "from", "")
"""Against what a change is told: a year, month … before, a figure named beside it, or unsaid."""

REACH = 90
"""Code points around a number in which its direction, level and base are looked for."""

_UP_WORDS = (
    r"r[oi]se[ns]?|rising|gr[eo]w(?:s|n|ing|th)?|jump(?:ed|s|ing)?|surg(?:ed?|es|ing)|soar(?:ed|s|ing)?|"
    r"climb(?:ed|s|ing)?|increas(?:ed?|es|ing)|gain(?:ed|s|ing)?|expand(?:ed|s|ing)?|"
    r"leap(?:t|ed|s)?|leapt|swell(?:ed|s)?|swollen|rebound(?:ed|s)?|recover(?:ed|s|y)?|added|upturn|"
    r"doubled|doubling|tripled|tripling|trebled|quadrupled"
)
_DOWN_WORDS = (
    r"f[ae]ll(?:s|en|ing)?|drop(?:ped|s|ping)?|declin(?:ed?|es|ing)|sl[iu]d(?:es?|ing)?|"
    r"slip(?:ped|s|ping)?|shr[aiu]nk(?:s|ing)?|shrunken|plung(?:ed?|es|ing)|"
    r"plummet(?:ed|s|ing)?|tumbl(?:ed?|es|ing)|slump(?:ed|s|ing)?|decreas(?:ed?|es|ing)|"
    r"cuts?|cutting|reduc(?:ed?|es|ing|tion)|contract(?:ed|ion)|lowered|lost|shed|sank|"
    r"dip(?:ped|s)?|eased|retreat(?:ed)?|downturn|halv(?:ed?|es|ing)|slash(?:ed)?|trimmed"
)
_MOVES = re.compile(rf"\b(?:(?P<up>{_UP_WORDS})|(?P<down>{_DOWN_WORDS}))\b", re.IGNORECASE)
_PARTICLE = re.compile(
    r"(?<!make\s)(?<!makes\s)(?<!made\s)(?<!making\s)(?<!take\s)(?<!takes\s)"
    r"\b(?:(?P<up>up|higher)|(?P<down>down|lower))(?:\s(?:by|another|a\sfurther|some|as\smuch\sas))?\s*$",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"(?:\b(?:the|its|their|his|this|that|these|a|an)\s(?:[a-z-]+\s)?|,\s*)$", re.IGNORECASE
)
_GOES_ON = re.compile(r"\s?(?:from|below|above|than|on|over|against|year|month)\b", re.IGNORECASE)
_AFTER = re.compile(
    r"[\s-]{1,3}(?:(?:year[-\s]on[-\s]year|month[-\s]on[-\s]month|yoy|mom|y-o-y|m-o-m|annual|monthly|yearly|"
    r"sharp|steep)\s)?"
    r"(?:(?P<up>higher|more|above|increase|rise|jump|growth|gain|surge|climb|leap)|"
    r"(?P<down>lower|less|fewer|below|drop|fall|decline|decrease|slump|cut|reduction|plunge|dip|"
    r"contraction))\b",
    re.IGNORECASE,
)
_BASIS = re.compile(
    r"\b(?:(?P<year>year[-\s]on[-\s]year|yoy|y-o-y|y/y|year[-\s]over[-\s]year|on\sthe\syear|annual(?:ly)?|"
    r"(?:a|one|the)\syear\s(?:earlier|ago|before|previously)|year[-\s](?:earlier|ago)|"
    r"(?:a|the)\sprevious\syear|(?:than|from|over|in|on|against|of)\slast\syear|"
    r"same\s(?:month|period|quarter|time|week)[^.;]{0,20}?\s(?:last|previous|before|earlier|a\syear))|"
    r"(?P<month>month[-\s]on[-\s]month|mom|m-o-m|m/m|month[-\s]over[-\s]month|on\sthe\smonth|monthly|"
    r"(?:a|one|the)\smonth\s(?:earlier|ago|before|previously)|"
    r"(?:the\s|a\s)?(?:previous|prior|preceding|last)\smonth)|"
    r"(?P<quarter>quarter[-\s]on[-\s]quarter|qoq|q-o-q|q/q|sequentially|"
    r"(?:a|one|the)\squarter\s(?:earlier|ago|before)|(?:the\s)?(?:previous|prior|preceding|last)\squarter)|"
    r"(?P<week>week[-\s]on[-\s]week|(?:a|one)\sweek\s(?:earlier|ago|before)|"
    r"(?:the\s)?(?:previous|prior|preceding|last)\sweek))\b",
    re.IGNORECASE,
)
_TO = re.compile(r"\b(?:to|at|totalling|reaching|hitting)\s*(?:only\s|just\s)?$", re.IGNORECASE)
_FROM = re.compile(
    r"\b(?:from|than|above|below|against|versus|over)\s*(?:the\s|a\s|its\s)?$", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[.!?;]\s|[;:]|\b(?:while|whereas|but)\b")


@dataclass(frozen=True)
class Change:
    """How far something has moved.

    Parameters
    ----------
    number : NumberMention or None
        The amount as written; ``None`` if only the two levels are.
    amount : float
        Signed, in `unit`: negative is down. Of a hedged range the lower end.
    unit : str
        ``percent``, ``percentage_point``, or the unit of the levels.
    basis : str
        One of :data:`BASES`.
    level, base : NumberMention or None
        The value after and the value before, where the text states them.
    start, end : int
        Code points from the first to the last of these numbers.
    """

    number: NumberMention | None
    amount: float
    unit: str
    basis: str
    level: NumberMention | None
    base: NumberMention | None
    start: int
    end: int


def level_of(base: float, change: float) -> float:
    """Return the value after a change in per cent.

    Examples
    --------
    >>> level_of(200.0, -25.0)
    150.0
    """
    return base * (1.0 + change / 100.0)


def base_of(level: float, change: float) -> float | None:
    """Return the value before a change in per cent; ``None`` for a fall to nothing.

    Examples
    --------
    >>> base_of(150.0, -25.0)
    200.0
    """
    factor = 1.0 + change / 100.0
    return level / factor if factor > 0 else None


def tag_changes(text: str, numbers: Sequence[NumberMention]) -> tuple[Change, ...]:
    """Find the changes among the numbers of a text, in order.

    Parameters
    ----------
    numbers : sequence of NumberMention
        Of this text, in order.
    """
    changes: list[Change] = []
    taken: set[int] = set()
    for place, number in enumerate(numbers):
        if number.unit != "percent" or number.low is None:
            continue
        sign = _direction(text, numbers, place)
        last = changes[-1] if changes else None
        second = sign == 0 and last is not None and _is_second(text, last, numbers, place)
        if second and last is not None:
            sign = -1 if last.amount < 0 else 1
        if sign:
            level = last.level if second and last is not None else None
            change = _told(text, numbers, place, sign, level)
            changes.append(change)
            taken.update(n.start for n in (change.level, change.base) if n is not None)
    changes.extend(_between_levels(text, numbers, taken))
    return tuple(sorted(changes, key=lambda change: (change.start, change.end)))


def _is_second(text: str, last: Change, numbers: Sequence[NumberMention], place: int) -> bool:
    """Whether a change goes on with the verb of the last: "down 47 % from … and 41 % from …"."""
    number = numbers[place]
    if number.start - last.end > REACH or _CLAUSE_END.search(text, last.end, number.start):
        return False
    joined = re.search(r"\band\s*$", text[last.end : number.start]) is not None
    return joined and _GOES_ON.match(text, number.end) is not None


def _direction(text: str, numbers: Sequence[NumberMention], place: int) -> int:
    """1 up, -1 down, 0 if a number is no change: "down to 11 %" and "from 20 %" are levels."""
    number = numbers[place]
    if number.is_negative:
        return -1
    after = _AFTER.match(text, number.end)
    if after:
        return 1 if after["up"] else -1
    start = numbers[place - 1].end if place else 0
    before = text[max(start, number.start - REACH) : number.start]
    before = _CLAUSE_END.split(before)[-1]
    if number.rule == "multiple":
        return -1 if text[number.start : number.end].lower().split()[-1].startswith("halv") else 1
    if _TO.search(before) or _FROM.search(before):
        return 0
    particle = _PARTICLE.search(before)
    if particle:
        return 1 if particle["up"] else -1
    if _OWNED.search(before) or re.match(
        r"\s(?:of|in)\s(?:the|its|their|all)\b", text[number.end :][:12]
    ):
        return 0
    moves = list(_MOVES.finditer(before))
    return 0 if not moves else 1 if moves[-1]["up"] else -1


def _told(
    text: str,
    numbers: Sequence[NumberMention],
    place: int,
    sign: int,
    level: NumberMention | None,
) -> Change:
    """Return a change whose amount is written; `level` is one that is known already."""
    number = numbers[place]
    following = _same_clause(text, numbers, place, 1)
    preceding = _same_clause(text, numbers, place, -1)
    level = level or next((n for n in following if _is_level(n, text)), None)
    base = next((n for n in following if _is_base(n, text)), None)
    base = base or next((n for n in preceding if _is_set_aside(n, text)), None)
    if level is None:
        before = [n for n in preceding if n.unit != "percent" and n is not base]
        level = next(iter(before), None)
    points = number.noun == "percentage point"
    basis = _basis(text, numbers, place) or ("from" if base is not None else "")
    assert number.low is not None
    return Change(
        number,
        sign * number.low,
        "percentage_point" if points else "percent",
        basis,
        None if points else level,
        None if points else base,
        *_reach(number, None if points else level, None if points else base),
    )


def _same_clause(
    text: str, numbers: Sequence[NumberMention], place: int, step: int
) -> list[NumberMention]:
    """Numbers close by in one direction, up to the end of the clause or the next percentage."""
    found: list[NumberMention] = []
    here = numbers[place]
    index = place + step
    while 0 <= index < len(numbers):
        other = numbers[index]
        first, last = sorted(
            (here.end if step > 0 else other.end, other.start if step > 0 else here.start)
        )
        if last - first > 2 * REACH or _CLAUSE_END.search(text, first, last):
            break
        if other.unit == "percent" and not (
            step > 0 and _TO.search(text[max(0, other.start - 12) : other.start])
        ):
            break
        if other.unit not in ("year", "month", "week", "day", "hour"):
            found.append(other)
        index += step
    return found


def _is_level(number: NumberMention, text: str) -> bool:
    return _TO.search(text[max(0, number.start - 20) : number.start]) is not None


def _is_base(number: NumberMention, text: str) -> bool:
    return _FROM.search(text[max(0, number.start - 20) : number.start]) is not None


def _is_set_aside(number: NumberMention, text: str) -> bool:
    """Whether a number is named only to say that it no longer holds: "rather than 26,500"."""
    before = text[max(0, number.start - 20) : number.start]
    return re.search(r"\b(?:rather than|instead of|not|from|against)\s*$", before) is not None


def _basis(text: str, numbers: Sequence[NumberMention], place: int) -> str:
    """Against what: the words behind a change come first, then those in front."""
    number = numbers[place]
    next_one = next((n for n in numbers[place + 1 : place + 6] if n.unit == "percent"), None)
    limit = min(number.end + 2 * REACH, next_one.start if next_one else len(text))
    ends = _CLAUSE_END.search(text, number.end, limit)
    behind = _BASIS.search(text, number.end, ends.start() if ends else limit)
    if behind:
        return behind.lastgroup or ""
    start = max(number.start - REACH // 2, numbers[place - 1].end if place else 0)
    before = re.split(r"\band\b", _CLAUSE_END.split(text[start : number.start])[-1])[-1]
    found = list(_BASIS.finditer(before))
    return (found[-1].lastgroup or "") if found else ""


def _reach(*numbers: NumberMention | None) -> tuple[int, int]:
    named = [number for number in numbers if number is not None]
    return min(n.start for n in named), max(n.end for n in named)


def _between_levels(text: str, numbers: Sequence[NumberMention], taken: set[int]) -> list[Change]:
    """Find changes told only by two levels: "to 6,600 from 5,500", "from 15 % to 7.5 %"."""
    found: list[Change] = []
    for place, (one, two) in enumerate(pairwise(numbers)):
        if one.unit != two.unit or one.start in taken or two.start in taken:
            continue
        if two.start - one.end > REACH or _CLAUSE_END.search(text, one.end, two.start):
            continue
        first_is_base = _is_base(one, text) and _is_level(two, text)
        if first_is_base or (_is_base(two, text) and _moved(text, one)):
            base, level = (one, two) if first_is_base else (two, one)
            change = _difference(text, numbers, place + 1, base, level)
            if change is not None:
                found.append(change)
    return found


def _moved(text: str, level: NumberMention) -> bool:
    """Whether a level is told as the end of a move: "climbed to", "up to", "down to", or "up"."""
    before = _CLAUSE_END.split(text[max(0, level.start - REACH) : level.start])[-1]
    after = text[level.end : level.end + REACH]
    moves = _MOVES.search(before) or re.search(r"\b(?:up|down)\s+to\s*$", before)
    return (
        bool(moves and _TO.search(before))
        or re.match(r"[^.;]{0,30}?,?\s(?:up|down)\sfrom\b", after) is not None
    )


def _difference(
    text: str,
    numbers: Sequence[NumberMention],
    place: int,
    base: NumberMention,
    level: NumberMention,
) -> Change | None:
    """Return the change from one level to another; of shares in percentage points."""
    if base.low is None or level.low is None or base.low <= 0:
        return None
    basis = _basis(text, numbers, place) or "from"
    if base.unit == "percent":
        amount, unit = level.low - base.low, "percentage_point"
    else:
        amount, unit = 100.0 * (level.low / base.low - 1.0), "percent"
    return Change(None, amount, unit, basis, level, base, *_reach(base, level))
