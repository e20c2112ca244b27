"""Numbers as words and digits: their values, and the patterns that find them.

Everything here is about one amount as written: ``1,00,000``, ``1 250``, ``3·2``, ``forty-six``,
``a hundred and twenty``, ``2.5 lakh crore``. What it counts, and how sure the writer is, is the
business of :mod:`coercivity.claims.numbers`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = [
    "AMOUNT",
    "FRACTIONS",
    "HEDGES",
    "HEDGE_TAILS",
    "MULTIPLIERS",
    "UNITS",
    "alternatives",
    "multiplier_value",
    "number_value",
]

UNITS = [
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
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS: Mapping[str, int] = {
    **{word: value for value, word in enumerate(UNITS)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
    "a": 1,
    "an": 1,
}
MULTIPLIERS: Mapping[str, float] = {
    "dozen": 12.0,
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "lakh": 1e5,
    "lakhs": 1e5,
    "lac": 1e5,
    "lacs": 1e5,
    "m": 1e6,
    "mn": 1e6,
    "mln": 1e6,
    "million": 1e6,
    "crore": 1e7,
    "crores": 1e7,
    "cr": 1e7,
    "bn": 1e9,
    "billion": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
}
FRACTIONS: Mapping[str, float] = {
    "half": 0.5,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "two thirds": 2 / 3,
    "a quarter": 0.25,
    "one quarter": 0.25,
    "three quarters": 0.75,
    "a fifth": 0.2,
    "one fifth": 0.2,
    "two fifths": 0.4,
    "three fifths": 0.6,
    "four fifths": 0.8,
    "a tenth": 0.1,
    "one tenth": 0.1,
}
_HEDGE_WORDS: Mapping[str, str] = {
    "about": "about|around|roughly|approximately|approx.|approx|some|circa|an estimated|estimated|"
    "or so|odd|in the region of|in the order of|in the range of|somewhere around|~|≈",
    "almost": "nearly|almost|close to|nearing|approaching|just under|just below|just short of|"
    "slightly under|slightly below|a little under|shy of",
    "over": "over|more than|above|at least|upwards of|exceeding|just over|just above|well over|"
    "well above|slightly over|slightly above|slightly more than|a little over|in excess of|"
    "north of|no less than|not less than|no fewer than|not fewer than|a minimum of|or more|"
    "and above|or above|plus|>|≥",
    "under": "under|less than|fewer than|below|up to|as many as|as much as|at most|no more than|"
    "not more than|not exceeding|a maximum of|a maximum|or less|or fewer|and below|or below|<|≤",
}
HEDGES: Mapping[str, str] = {
    words: hedge for hedge, row in _HEDGE_WORDS.items() for words in row.split("|")
}
"""Words before a number that leave it open, and how: ``about``, ``almost``, ``over``, ``under``."""

HEDGE_TAILS = re.compile(
    r"(?:(?P<more>\+)|-(?P<odd>odd)\b|\s(?P<tail>or so|or more|or less|or fewer|and above|or above|"
    r"and below|or below|plus)\b)",
    re.IGNORECASE,
)
"""Words behind a number that do the same: "500+", "12-odd", "three or more"."""


def alternatives(words: object) -> str:
    """Return a pattern for any of the words, the longest first; a blank is any white space."""
    ordered = sorted((str(word) for word in words), key=lambda word: (-len(word), word))  # type: ignore[attr-defined]
    return "|".join(re.escape(word).replace(r"\ ", r"\s{1,8}") for word in ordered)


_SMALL = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(UNITS[1:10])}))?|"
    rf"(?:{'|'.join(sorted(UNITS, key=len, reverse=True))}))\b"
)
_WEIGHED = r"(?=\s?(?:tonnes?|tons?|metric|kgs?|kilograms?|units?|%|per\s?cent|MTPA|MT|kt)\b)"
_DIGITS = (
    r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|"
    "\\d{1,3}(?:[\u00a0\u2009\u202f]\\d{3})+(?!\\d)|"
    rf"\d{{1,3}}(?: \d{{3}})+(?!\d){_WEIGHED}|"
    r"\d+(?:[.·]\d+)?"
)
_COUNTED = r"(?:dozen|hundred|thousand|lakh|million|crore|billion|trillion)"
_MULTIPLIER = alternatives(name for name in MULTIPLIERS if name not in ("k", "m"))


def AMOUNT(suffix: str) -> str:  # noqa: N802 - a pattern with a parameter, used like a constant
    """Return the pattern of one amount.

    Its groups are ``value``, ``times``, ``hundreds``, ``plus`` and ``last``.

    Parameters
    ----------
    suffix : str
        Added to the names of the groups, so that a pattern can hold two amounts.
    """
    return (
        rf"(?P<value{suffix}>{_DIGITS}|{_SMALL}|an?(?=[\s-]{{1,8}}{_COUNTED}\b))"
        rf"(?P<times{suffix}>(?:[\s-]{{0,3}}(?:{_MULTIPLIER})\b){{0,3}}|(?<=\d)(?:k|m)\b)"
        rf"(?:(?<=thousand)\s{{1,3}}(?:and\s{{1,3}})?(?P<hundreds{suffix}>{_SMALL})"
        rf"[\s-]{{1,3}}hundred\b)?"
        rf"(?:(?:(?<=hundred)|(?<=thousand))\s{{1,3}}and\s{{1,3}}(?P<plus{suffix}>{_SMALL})"
        rf"(?P<last{suffix}>\s{{1,3}}(?:lakh|crore|million|billion)\b)?)?"
    )


def number_value(text: str) -> float:
    """Return the value of a number written in digits or words.

    Examples
    --------
    >>> number_value("1,00,000"), number_value("forty-six"), number_value("four")
    (100000.0, 46.0, 4.0)
    """
    folded = text.lower().strip()
    if folded[:1].isdigit():
        return float(re.sub(r"[,\s]", "", folded).replace("·", "."))
    return float(sum(WORDS.get(word, 0) for word in re.split(r"[-\s]+", folded)))


def multiplier_value(words: str) -> float:
    """Return the product of multipliers such as ``lakh crore``; 1 for none.

    Examples
    --------
    >>> multiplier_value("lakh crore"), multiplier_value("")
    (1000000000000.0, 1.0)
    """
    value = 1.0
    for word in re.split(r"[\s-]+", words.lower().strip(" -\n\t")):
        value *= MULTIPLIERS[word] if word else 1.0
    return value
