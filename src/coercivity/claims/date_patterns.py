"""Patterns of time expressions, by rule; the longest match at a place wins, then the earlier rule.

Each rule names its parts as groups; :mod:`coercivity.claims.resolve` turns the parts into days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from coercivity.claims.number_words import UNITS

__all__ = ["MONTHS", "ORDINALS", "RULES", "SEASONS", "SMALL_NUMBERS", "WEEKDAYS", "Rule"]

_MONTH_NAMES = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
    "september sept sep|october oct|november nov|december dec"
)
MONTHS = {
    name: number
    for number, names in enumerate(_MONTH_NAMES.split("|"), start=1)
    for name in names.split()
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SMALL_NUMBERS = {word: number for number, word in enumerate((*UNITS, "twenty"))} | {
    "a": 1,
    "an": 1,
    "couple of": 2,
}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
SEASONS = {"spring": (3, "SP"), "summer": (6, "SU"), "autumn": (9, "FA"), "fall": (9, "FA")} | {
    "winter": (12, "WI")
}

_FULL = "|".join(name for name in MONTHS if len(name) > 4 or name in ("may", "june", "july"))
_SHORT = "|".join(sorted((n for n in MONTHS if len(n) <= 4), key=len, reverse=True))
_M = rf"(?:(?:{_FULL})\b|(?:{_SHORT})\b\.?)"
_D = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b"
_Y = r"(?:19[5-9]\d|20\d\d)\b"
_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty"
)
_N = rf"(?:\d{{1,3}}|a couple of|an?|{_WORDS})"
_U = r"(?:day|week|fortnight|month|quarter|year)s?"
_BOUND = (
    r"(?:(?P<bound>more than|over|at least|less than|under|about|around|nearly|almost|some|"
    r"just over|just under)\s{1,3})?"
)
_PART = (
    r"(?:(?P<part>early|mid|late|(?:the )?(?:beginning|start|middle|end) of|end|start)"
    r"(?:\s|-)(?:in )?)?"
)
_LAP = r"(?:earlier|later|early|late|mid)"
_TO = r"\s{0,3}(?:to|-|–|—|and|&|through|until)\s{0,3}"
_REL = r"(?:last|this|next|previous|current|coming)"
_QUARTER = r"(?:Q(?P<q>[1-4])|(?P<q2>[1-4])Q|(?:the )?(?P<qo>first|second|third|fourth)[ -]quarter)"
_HALF = r"(?:H(?P<h>[12])|(?P<h2>[12])H|(?:the )?(?P<ho>first|second)[ -]half)"
_OF = r"(?:\s(?:of|in)(?:\sthe)?)?,?"
_FY = (
    r"(?:FY[\s'’-]?|(?:fiscal|financial)(?:\syear)?\s)"
    r"(?:(?P<y1>20\d\d)[-–/](?P<y2>20\d\d|\d\d)|(?P<fy>20\d\d|\d\d))(?![\d,]|\.\d)"
)
_TO_WEEKDAY = "|".join(day.capitalize() for day in WEEKDAYS)

_SOURCES: tuple[tuple[str, str], ...] = (
    ("iso", r"\b(?P<iso>\d{4}[-/]\d{2}[-/]\d{2})\b"),
    (
        "numeric",
        r"(?<![\d./-])(?P<d>\d{1,2})(?P<sep>[./-])(?P<mn>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d)\b",
    ),
    (
        "day_range",
        rf"\b(?P<m>{_M})\s(?P<d>{_D}){_TO}(?P<d2>{_D})(?!\s?%)(?:(?:,|\sof)?\s(?P<y>{_Y}))?",
    ),
    ("day_range", rf"\b(?P<d>{_D}){_TO}(?P<d2>{_D})(?:\sof)?\s(?P<m>{_M})(?:,?\s(?P<y>{_Y}))?"),
    ("day_month_year", rf"\b(?P<d>{_D})(?:\s+of)?[\s-](?P<m>{_M}),?[\s-](?P<y>{_Y})"),
    ("month_day_year", rf"\b(?P<m>{_M})\s(?P<d>{_D}),?\s(?P<y>{_Y})"),
    ("month_day", rf"\b(?P<m>{_M})\s(?P<d>{_D}),?\s(?P<rel>last|this|next) year\b"),
    ("day_month", rf"\b(?P<d>{_D})(?:\sof)?\s(?P<m>{_M}),?\s(?P<rel>last|this|next) year\b"),
    (
        "month_range",
        rf"\b(?P<m>{_M})\s{{0,3}}(?:to|-|–|—|through|until)\s{{0,3}}"
        rf"(?P<m2>{_M})(?:\squarter|\speriod)?(?:(?:,|\sof|\sin)?\s(?P<y>{_Y}))?(?!\s*\d)",
    ),
    (
        "month_range",
        rf"\bbetween\s(?P<m>{_M})\sand\s(?P<m2>{_M})(?:(?:,|\sof|\sin)?\s(?P<y>{_Y}))?(?!\s*\d)",
    ),
    (
        "year_to",
        rf"\b(?:the )?(?:year|(?:12|twelve) months) (?:to|ended|ending|through|that ended in)"
        rf"(?: on)? (?:{_D} )?(?P<m>{_M})(?: {_D})?,? (?P<y>{_Y})",
    ),
    ("month_year", rf"\b{_PART}(?P<m>{_M}),?\s+(?:of\s+)?(?P<y>{_Y})"),
    ("month_relative_year", rf"\b{_PART}(?P<m>{_M}),?\s+(?:of\s+)?(?P<rel>last|this|next) year\b"),
    ("relative_year_month", rf"\b(?P<rel>last|this|next)\s+(?P<m>{_M})(?!\s*\d)"),
    ("month_day", rf"\b(?P<m>{_M})\s+(?P<d>{_D})(?!\s*(?:%|per cent|[\d,.]*\d))"),
    ("day_month", rf"\b(?P<d>{_D})(?:\s+of)?\s+(?P<m>{_M})"),
    ("day_of_month", rf"\b(?:the )?(?P<d>{_D}) of (?P<rel>this|last|next) month\b"),
    ("fiscal_quarter", rf"\b{_QUARTER}{_OF}\s?(?:the )?{_FY}"),
    ("fiscal_half", rf"\b{_HALF}{_OF}\s?(?:the )?{_FY}"),
    ("quarter", rf"\b{_QUARTER}{_OF}(?:\s|['’])(?P<y>{_Y})"),
    ("quarter", rf"\b(?P<y>{_Y})['’]s (?P<qo>first|second|third|fourth) quarter\b"),
    ("half", rf"\b{_HALF}{_OF}\s(?P<y>{_Y})"),
    (
        "quarter_alone",
        r"\b(?:the (?P<qo>first|second|third|fourth)[ -]quarter|Q(?P<q>[1-4]))\b(?! FY)",
    ),
    ("half_alone", r"\b(?:the )?(?P<ho>first|second)[ -]half\b"),
    (
        "first_months",
        rf"\b(?:the )?first (?P<n>\d|1[01]|{_WORDS}) months"
        rf"(?:\sof\s(?:(?P<y>{_Y})|(?P<rel>this|last) year))?",
    ),
    ("first_months", rf"(?:^|(?<=[.!?]\s))(?P<n>\d|1[01]|{_WORDS}) months(?=:)"),
    ("fiscal", rf"\b(?:the )?{_FY}"),
    ("fiscal", r"\b(?P<y1>20\d\d)[-–/](?P<y2>20\d\d|\d\d) (?:fiscal|financial)(?: year)?\b"),
    (
        "fiscal_relative",
        r"\b(?P<rel>last|this|next|previous|current) (?:fiscal|financial)(?: year)?\b",
    ),
    (
        "years",
        r"(?<![\d,./$€₹-])\b(?P<y1>(?:19[5-9]\d|20\d\d))[-–](?P<y2>20\d\d|\d\d)(?![\d,.-]\d|-|\d)",
    ),
    ("decade", r"\b(?P<part>early|mid|late)?[\s-]?(?P<dec>(?:19|20)\d0)s\b"),
    (
        "season",
        rf"\b(?:the )?(?P<s>spring|summer|autumn|fall|winter) of (?P<y>{_Y})|"
        rf"\b(?P<rel>last|this|next) (?P<s2>spring|summer|autumn|winter)\b|"
        rf"\b(?:in|since|by|during|until) (?P<s3>spring|summer|autumn|winter) (?P<y3>{_Y})",
    ),
    (
        "weekday",
        rf"\b(?:(?P<rel>last|next|this|coming)\s+)?(?P<wd>{_TO_WEEKDAY})\b",
    ),
    ("relative_day", r"\b(?P<word>the day before yesterday|today|yesterday|tomorrow|tonight)\b"),
    (
        "narrated_day",
        r"\b(?P<word>(?:the )?(?:next|following|previous|preceding) day|"
        r"the day (?:after|before)(?=[,.;]))",
    ),
    (
        "past_period",
        rf"\b(?:the )?(?:last|past|previous|preceding)\s+(?P<n>few|several|{_N})\s+(?P<u>{_U})\b",
    ),
    (
        "future_period",
        rf"\b(?:the )?(?:next|coming|following)\s+(?P<n>few|several|{_N})\s+(?P<u>{_U})\b",
    ),
    (
        "relative_period",
        rf"\b(?:(?P<lap>{_LAP}|(?:the )?(?:end|start|beginning|middle) of)\s(?:in )?)?"
        rf"(?P<rel>{_REL}) (?P<u>week|month|quarter|year)\b",
    ),
    ("ago", rf"\b{_BOUND}(?P<n>{_N})\s+(?P<u>{_U})\s+(?P<dir>ago|earlier|before|previously)\b"),
    (
        "later",
        rf"\b{_BOUND}(?P<n>{_N})\s+(?P<u>{_U})\s+(?P<dir>later|after that|afterwards)\b",
    ),
    ("month", rf"(?<![A-Za-z]){_PART}(?P<m>{_M})(?!\s*\d)"),
    ("year", rf"(?<![\d,./$€₹-])\b{_PART}(?P<y>{_Y})(?![,.]?\d|[-–]\d|\s*%)"),
)
_MONTH_TRIGGER = rf"(?<![a-z])(?:{_FULL}|{_SHORT})(?![a-z])"
_YEAR_TRIGGER = r"(?:19|20)\d\d"
_TRIGGERS = {
    "quarter": r"quarter|q[1-4]|[1-4]q",
    "quarter_alone": r"quarter|q[1-4]",
    "half": r"half|h[12]|[12]h",
    "half_alone": "half",
    "fiscal_quarter": r"fy|fiscal|financial",
    "fiscal_half": r"fy|fiscal|financial",
    "fiscal": r"fy|fiscal|financial",
    "fiscal_relative": r"fiscal|financial",
    "first_months": "months",
    "year_to": r"(?:year|months)\s(?:to|ended|ending|through|that)",
    "season": r"spring|summer|autumn|fall|winter",
    "weekday": r"(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    "relative_day": r"today|yesterday|tomorrow|tonight",
    "narrated_day": r"(?:next|following|previous|preceding|the) day",
    "past_period": r"last|past|previous|preceding",
    "future_period": r"next|coming|following",
    "relative_period": r"(?:last|this|next|previous|current|coming) (?:week|month|quarter|year)",
    "ago": r"ago|earlier|before|previously",
    "later": r"later|after",
    "day_of_month": r"of (?:this|last|next) month",
    "relative_year_month": r"(?:last|this|next)\s",
} | dict.fromkeys(("iso", "numeric", "years", "decade", "year"), _YEAR_TRIGGER)


@dataclass(frozen=True)
class Rule:
    """How one kind of time expression is written.

    Parameters
    ----------
    name : str
        Several rules may share one; it says how the parts are resolved.
    pattern : re.Pattern
        With the parts as groups.
    trigger : re.Pattern
        Lower-case words one of which every match holds: the pattern is tried only around them.
    """

    name: str
    pattern: re.Pattern[str]
    trigger: re.Pattern[str]


def _any_blank(pattern: str) -> str:
    """Let every blank of a pattern stand for any white space: lines wrap where they like."""
    return pattern.replace(" ", r"\s")


RULES = tuple(
    Rule(
        name,
        re.compile(_any_blank(pattern), re.IGNORECASE),
        re.compile(_any_blank(_TRIGGERS.get(name, _MONTH_TRIGGER))),
    )
    for name, pattern in _SOURCES
)
"""Every rule, in order of preference."""
