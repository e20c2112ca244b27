"""Time expressions: a tagger and a resolver in the manner of TIMEX3.

Tagging needs no date; resolving needs the document's anchor. The two are apart because an undated
document may borrow its anchor later from others on the same events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = ["MONTHS", "TimeExpression", "tag_dates"]

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SMALL_NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"a": 1, "an": 1, "couple of": 2}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}

_FULL = "|".join(name for name in MONTHS if len(name) > 4 or name in ("may", "june", "july"))
_SHORT = "|".join(sorted((n for n in MONTHS if len(n) <= 4), key=len, reverse=True))
_M = rf"(?:(?:{_FULL})\b|(?:{_SHORT})\b\.?)"
_D = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b"
_Y = r"(?:19[5-9]\d|20\d\d)\b"
_N = (
    r"(?:\d{1,3}|a couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)"
)
_U = r"(?:day|week|fortnight|month|quarter|year)s?"
_BOUND = (
    r"(?:(?P<bound>more than|over|at least|less than|under|about|around|nearly|almost|some|"
    r"just over|just under)\s+)?"
)
_PART = r"(?:(?P<part>early|mid|late|(?:the )?(?:beginning|start|middle|end) of|end|start)[\s-]+)?"

_RULES: tuple[tuple[str, str], ...] = (
    ("iso", r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b"),
    ("day_month_year", rf"\b(?P<d>{_D})(?:\s+of)?\s+(?P<m>{_M}),?\s+(?P<y>{_Y})"),
    ("month_day_year", rf"\b(?P<m>{_M})\s+(?P<d>{_D}),?\s+(?P<y>{_Y})"),
    (
        "month_range",
        rf"\b(?P<m>{_M})\s*(?:to|-|–|—|through|until)\s*(?P<m2>{_M})(?:(?:,|\s+of|\s+in)?\s+(?P<y>{_Y}))?(?!\s*\d)",
    ),
    ("month_year", rf"\b{_PART}(?P<m>{_M}),?\s+(?:of\s+)?(?P<y>{_Y})"),
    ("month_relative_year", rf"\b{_PART}(?P<m>{_M}),?\s+(?:of\s+)?(?P<rel>last|this|next) year\b"),
    ("relative_year_month", rf"\b(?P<rel>last|this|next)\s+(?P<m>{_M})(?!\s*\d)"),
    ("month_day", rf"\b(?P<m>{_M})\s+(?P<d>{_D})(?!\s*(?:%|per cent|[\d,.]*\d))"),
    ("day_month", rf"\b(?P<d>{_D})(?:\s+of)?\s+(?P<m>{_M})"),
    (
        "quarter",
        r"\b(?:Q(?P<q>[1-4])|the (?P<qo>first|second|third|fourth) quarter)(?:\s+of)?,?"
        rf"\s+(?P<y>{_Y})",
    ),
    (
        "half",
        rf"\b(?:H(?P<h>[12])|(?:the )?(?P<ho>first|second)[ -]half)(?:\s+of)?,?\s+(?P<y>{_Y})",
    ),
    ("half_alone", r"\b(?:the )?(?P<ho>first|second)[ -]half\b"),
    (
        "fiscal",
        r"\b(?:FY\s?|(?:the )?(?:fiscal|financial) year\s+|fiscal\s+)"
        r"(?:(?P<y1>20\d\d)[-–/](?P<y2>\d{2,4})|(?P<fy>20\d\d|\d\d))\b",
    ),
    (
        "fiscal_relative",
        r"\b(?P<rel>last|this|next|previous|current) (?:fiscal|financial)(?: year)?\b",
    ),
    (
        "weekday",
        r"\b(?:(?P<rel>last|next|this|coming)\s+)?(?P<wd>"
        + "|".join(d.capitalize() for d in WEEKDAYS)
        + r")\b",
    ),
    ("relative_day", r"\b(?P<word>today|yesterday|tomorrow|the day before yesterday|tonight)\b"),
    (
        "past_period",
        rf"\b(?:the )?(?:last|past|previous|preceding)\s+(?P<n>few|several|{_N})\s+(?P<u>{_U})\b",
    ),
    (
        "relative_period",
        r"\b(?P<rel>this|last|next|previous|current|coming) (?P<u>week|month|quarter|year)\b",
    ),
    ("ago", rf"\b{_BOUND}(?P<n>{_N})\s+(?P<u>{_U})\s+(?P<dir>ago|earlier|before|previously)\b"),
    (
        "later",
        rf"\b{_BOUND}(?P<n>{_N})\s+(?P<u>{_U})\s+(?P<dir>later|after that|afterwards)\b",
    ),
    ("month", rf"(?<![A-Za-z]){_PART}(?P<m>{_M})(?!\s*\d)"),
    ("year", rf"(?<![\d,./$€₹-])\b(?P<y>{_Y})(?![,.]?\d|[-–]\d|\s*%)"),
)
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _RULES)
_YEAR_CUE = re.compile(
    r"\b(?:in|since|till|until|by|of|from|during|through|before|after|for|to|and|than|late|early|mid|year|,)[\s-]*$",
    re.IGNORECASE,
)
_NAMED_YEAR = re.compile(
    r"(?:no\.?|nos\.?|announcement|order|decree|notice|number|#)\s*[\d,\s.and/-]*(?:of\s*)?$",
    re.IGNORECASE,
)
_MODIFIER = re.compile(
    r"\b(?P<word>since|till|until|up to|by|before|from|after|as of|starting|beginning|effective|"
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

    def part(self, name: str) -> str:
        """Return a named part, or an empty string."""
        return dict(self.parts).get(name, "")


def tag_dates(text: str) -> tuple[TimeExpression, ...]:
    """Find time expressions from left to right; they do not overlap."""
    found = [
        (match.start(), -(match.end() - match.start()), priority, name, match)
        for priority, (name, pattern) in enumerate(_COMPILED)
        for match in pattern.finditer(text)
        if _is_plausible(name, match, text)
    ]
    expressions: list[TimeExpression] = []
    reached = -1
    for start, _, _, name, match in sorted(found, key=lambda row: row[:3]):
        if start >= reached:
            found_one = _expression(name, match, text)
            if expressions and _closes_range(expressions[-1], found_one, text):
                found_one = replace(found_one, modifier="until")
            expressions.append(found_one)
            reached = match.end()
    return tuple(expressions)


def _closes_range(one: TimeExpression, two: TimeExpression, text: str) -> bool:
    """Whether two dates stand as "from one to the other"."""
    opened = one.modifier == "since" and not two.modifier
    return opened and _TO.fullmatch(text, one.end, two.start) is not None


def _expression(name: str, match: re.Match[str], text: str) -> TimeExpression:
    parts = tuple(
        (key, " ".join(value.lower().rstrip(".").split()))
        for key, value in match.groupdict().items()
        if value
    )
    before = _MODIFIER.search(text[max(0, match.start() - 24) : match.start()])
    if before and before["word"].lower() == "since":
        parts = (*parts, ("past", "since"))
    modifier = _MODIFIERS[before["word"].lower()] if before else ""
    sentence = re.split(r"[.!?]\s", text[max(0, match.start() - 160) : match.start()])[-1]
    return TimeExpression(
        match.start(), match.end(), name, parts, modifier, bool(_FUTURE.search(sentence))
    )


def _is_plausible(name: str, match: re.Match[str], text: str) -> bool:
    """Leave out words that only look like dates: the verb *may*, *march*, numbers, *second*."""
    before = text[max(0, match.start() - 40) : match.start()]
    groups = match.groupdict()
    month = groups.get("m")
    if name in ("month", "day_month", "month_day") and month:
        if not month[0].isupper():
            return False
        if (
            month.lower().rstrip(".") in ("may", "march", "mar", "dec", "sep", "jan")
            and name == "month"
        ):
            return _month_word_is_date(month, before, text[match.end() : match.end() + 12])
    if name == "year":
        if _NAMED_YEAR.search(before):
            return False
        return bool(_YEAR_CUE.search(before)) or bool(
            re.match(r"\s*(?:$|[.,;)])", text[match.end() :])
        )
    if name in ("ago", "later") and groups["bound"] and re.search(r"(?:%|per ?cent)\s*$", before):
        return False
    if name == "ago" and groups["dir"].lower() in ("before", "earlier", "previously"):
        return not re.match(r"\s+(?:the|it|he|she|they)\b", text[match.end() : match.end() + 8])
    return True


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
