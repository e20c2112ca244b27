"""Time expressions: a tagger in the manner of TIMEX3.

Tagging needs no date; resolving (:mod:`coercivity.claims.resolve`) needs the document's anchor.
The two are apart because an undated document may borrow its anchor later from others on the same
events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from coercivity.claims.date_patterns import MONTHS, RULES

__all__ = ["MONTHS", "TimeExpression", "covered", "tag_dates"]

AROUND = 64
"""Code points around a trigger: more than the longest expression has on either side of it."""

_YEAR_CUE = re.compile(
    r"\b(?:in|since|till|until|by|of|from|during|through|before|after|for|to|and|than|late|early|mid|"
    r"year|,|the|at)[\s-]*$",
    re.IGNORECASE,
)
_NAMED_YEAR = re.compile(
    r"(?:no\.?|nos\.?|announcement|order|decree|notice|circular|number|#)\s*[\d,\s.and/-]*(?:of\s*)?$",
    re.IGNORECASE,
)
_MODIFIER = re.compile(
    r"\b(?P<word>since|till|until|up\sto|by|before|from|after|as\sof|starting|beginning|effective|"
    r"through)"
    r"(?:\s+(?:on|the))?\s*$",
    re.IGNORECASE,
)
_MODIFIERS = {
    "since": "since",
    "from": "since",
    "starting": "since",
    "beginning": "since",
    "effective": "since",
    "after": "since",
    "till": "until",
    "until": "until",
    "up to": "until",
    "by": "until",
    "through": "until",
    "before": "before",
    "as of": "",
}
_TO = re.compile(r"\s*(?:to|until|till|through|-|–)\s*")
_FUTURE = re.compile(
    r"\b(?:will|would|could|shall|may|might|plans?|planned|expects?|expected|due|scheduled|next|"
    r"by|until|till|ahead|upcoming)\b",
    re.IGNORECASE,
)
_UNSURE_MONTHS = frozenset({"may", "march", "mar", "dec", "sep", "jan"})
_DAYS_OF_MONTH = frozenset({"month_day_year", "day_month_year", "month_day", "day_month", "iso"})
_NO_YEAR = re.compile(r"\s(?:hours?|hrs|tonnes?|tons?|units?|firms|companies|kg)\b", re.IGNORECASE)


@dataclass(frozen=True)
class TimeExpression:
    """A time expression in a text, not yet resolved.

    Parameters
    ----------
    start, end : int
        Code points of the text it was found in.
    rule : str
        Name of the rule.
    parts : tuple of (str, str)
        Named parts, lower case.
    modifier : str
        ``since``, ``until``, ``before`` or empty, from the word in front.
    is_future : bool
        Whether its sentence speaks of what is to come.
    """

    start: int
    end: int
    rule: str
    parts: tuple[tuple[str, str], ...]
    modifier: str = ""
    is_future: bool = False

    def part(self, *names: str) -> str:
        """Return the first named part that is filled, or an empty string."""
        parts = dict(self.parts)
        return next((parts[name] for name in names if name in parts), "")


def tag_dates(text: str) -> tuple[TimeExpression, ...]:
    """Find time expressions from left to right; they do not overlap.

    Of two that start at one place the longer wins, then the rule named first.
    """
    found = [
        (match.start(), -(match.end() - match.start()), priority, name, match)
        for priority, name, match in _candidates(text)
        if _is_plausible(name, match, text)
    ]
    expressions: list[TimeExpression] = []
    reached = -1
    for start, _, _, name, match in sorted(found, key=lambda row: row[:3]):
        if start < reached:
            continue
        one = _expression(name, match, text)
        last = expressions[-1] if expressions else None
        if last is not None and _closes_range(last, one, text):
            one = replace(one, modifier="until")
        if last is not None and _names_its_weekday(last, one, text):
            expressions[-1] = replace(one, start=last.start, modifier=last.modifier)
        else:
            expressions.append(one)
        reached = match.end()
    return tuple(expressions)


def _candidates(text: str) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Yield the matches of every rule, looked for only around the words that each rule needs."""
    lower = text.lower()
    if len(lower) != len(text):
        # Some letters are longer in lower case; then only ASCII is folded, to keep the places.
        lower = "".join(c.lower() if c.isascii() else c for c in text)
    known: dict[re.Pattern[str], list[tuple[int, int]]] = {}
    for priority, rule in enumerate(RULES):
        if rule.trigger not in known:
            known[rule.trigger] = _windows(rule.trigger, lower)
        for start, end in known[rule.trigger]:
            for match in rule.pattern.finditer(text, start, end):
                yield priority, rule.name, match


def _windows(trigger: re.Pattern[str], lower: str) -> list[tuple[int, int]]:
    """Stretches around the places of a trigger, joined where they overlap."""
    windows: list[tuple[int, int]] = []
    for match in trigger.finditer(lower):
        start, end = max(0, match.start() - AROUND), min(len(lower), match.end() + AROUND)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _closes_range(one: TimeExpression, two: TimeExpression, text: str) -> bool:
    """Whether two dates stand as "from one to the other"."""
    opened = one.modifier == "since" and not two.modifier
    return opened and _TO.fullmatch(text, one.end, two.start) is not None


def _names_its_weekday(one: TimeExpression, two: TimeExpression, text: str) -> bool:
    """Whether a weekday only goes with the day behind it: "Tuesday, March 14, 2023"."""
    if one.rule != "weekday" or two.rule not in _DAYS_OF_MONTH or one.part("rel"):
        return False
    return re.fullmatch(r",?\s?(?:the\s)?", text[one.end : two.start]) is not None


def _expression(name: str, match: re.Match[str], text: str) -> TimeExpression:
    parts = tuple(
        (key, " ".join(value.lower().rstrip(".").split()))
        for key, value in match.groupdict().items()
        if value
    )
    before = _MODIFIER.search(text[max(0, match.start() - 24) : match.start()])
    word = " ".join(before["word"].lower().split()) if before else ""
    if word == "since":
        parts = (*parts, ("past", "since"))
    modifier = _MODIFIERS.get(word, "")
    if name in ("day_range", "month_range") and modifier == "since":
        modifier = ""
    sentence = re.split(r"[.!?]\s", text[max(0, match.start() - 160) : match.start()])[-1]
    return TimeExpression(
        match.start(), match.end(), name, parts, modifier, bool(_FUTURE.search(sentence))
    )


def _is_plausible(name: str, match: re.Match[str], text: str) -> bool:
    """Leave out words that only look like dates: the verb *may*, *march*, numbers, *second*."""
    before = text[max(0, match.start() - 40) : match.start()]
    groups = match.groupdict()
    month = groups.get("m")
    if month and name in ("month", "day_month", "month_day", "day_range"):
        if not month[0].isupper():
            return False
        unsure = month.lower().rstrip(".") in _UNSURE_MONTHS and name == "month"
        if unsure and not groups.get("part"):
            return _month_word_is_date(month, before, text[match.end() : match.end() + 12])
    check = _CHECKS.get(name)
    return check(groups, before, text[match.end() : match.end() + 12]) if check else True


def _year_is_date(groups: dict[str, str | None], before: str, after: str) -> bool:
    """Whether four digits are a year: a preposition before, or the end of a phrase after."""
    if _NAMED_YEAR.search(before) or _NO_YEAR.match(after):
        return False
    if groups.get("part"):
        return True
    return bool(_YEAR_CUE.search(before)) or re.match(r"\s*(?:$|[.,;)])", after) is not None


def _years_are_dates(groups: dict[str, str | None], before: str, after: str) -> bool:
    """Whether "2019-2021" spans years: in rising order, with a preposition before."""
    first, last = groups["y1"] or "", groups["y2"] or ""
    if len(last) == 2 and int(first[2:]) + 1 != int(last):
        return False
    return (len(last) == 2 or int(first) < int(last)) and _year_is_date({}, before, after)


def _shift_is_date(groups: dict[str, str | None], before: str, after: str) -> bool:
    """Whether "a year before" counts from the anchor and not from what follows."""
    if groups.get("bound") and re.search(r"(?:%|per ?cent)\s*$", before):
        return False
    if (groups.get("dir") or "").lower() in ("before", "previously"):
        return not re.match(r"\s+(?:the|it|he|she|they)\b", after)
    return True


_CHECKS = {
    "year": _year_is_date,
    "years": _years_are_dates,
    "ago": _shift_is_date,
    "later": _shift_is_date,
}


def _month_word_is_date(month: str, before: str, after: str) -> bool:
    """Whether *May* or *March* is the month here: a date's preposition or neighbour."""
    cue = re.search(
        r"\b(?:in|since|until|till|by|from|of|to|and|during|for|early|late|mid|last|next|this|end|"
        r"than in|from|through|before|after|between|than|on)[\s-]*$",
        before,
        re.IGNORECASE,
    )
    return (
        bool(cue) and not re.match(r"\s+(?:have|be|not|also|now)\b", after) and month[0].isupper()
    )


def covered(expressions: Iterable[TimeExpression], start: int, end: int) -> bool:
    """Whether a range touches a time expression."""
    return any(expression.start < end and start < expression.end for expression in expressions)
