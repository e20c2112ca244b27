"""Numbers with hedge, range, multiplier and unit, in digits or words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coercivity.claims.dates import TimeExpression, covered
from coercivity.claims.gazetteer import Mention
from coercivity.claims.vocabulary import Lexicon

__all__ = ["NumberMention", "number_value", "tag_numbers"]

_ONES = {
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
        ]
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_MULTIPLIERS = {
    "dozen": 12.0,
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "lakh": 1e5,
    "lakhs": 1e5,
    "lac": 1e5,
    "million": 1e6,
    "mn": 1e6,
    "crore": 1e7,
    "crores": 1e7,
    "cr": 1e7,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
_FRACTIONS = {
    "half": 0.5,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "two thirds": 2 / 3,
    "a quarter": 0.25,
    "one quarter": 0.25,
    "three quarters": 0.75,
}
HEDGES = {
    "about": "about",
    "around": "about",
    "roughly": "about",
    "approximately": "about",
    "approx": "about",
    "some": "about",
    "circa": "about",
    "an estimated": "about",
    "estimated": "about",
    "nearly": "almost",
    "almost": "almost",
    "close to": "almost",
    "just under": "almost",
    "over": "over",
    "more than": "over",
    "above": "over",
    "at least": "over",
    "upwards of": "over",
    "exceeding": "over",
    "just over": "over",
    "under": "under",
    "less than": "under",
    "fewer than": "under",
    "below": "under",
    "up to": "under",
    "as many as": "under",
    "at most": "under",
    "no more than": "under",
}
_SIMPLE = (
    r"(?:\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?:"
    + "|".join(sorted(_TENS))
    + r")(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|"
    + "|".join(sorted(_ONES, key=len, reverse=True))
    + r"|an?(?=\s+(?:dozen|hundred|thousand|lakh|million|crore|billion)\b))"
)
_MULT = r"(?:\s?(?:" + "|".join(sorted(_MULTIPLIERS, key=len, reverse=True)) + r")\b)*"
_HEDGE = r"(?:(?P<hedge>" + "|".join(sorted(HEDGES, key=len, reverse=True)) + r")\s+(?:the\s+)?)?"
_MONEY = r"(?P<money>(?:Rs\.?|INR|₹|US\$|USD|\$)\s?)?"
_UNIT = (
    r"(?P<unit>\s?%|\s?per\s?cent(?:age points?)?\b|\s?percent(?:age points?)?\b|\s?pct\b|"
    r"[\s-](?:metric\s+)?(?:tonnes?|tons?)\b|\s?(?:MT|mt)\b|\s?kt\b|\s?kg\b|[\s-]kilogram(?:me)?s?\b|"
    r"[\s-]years?\b|[\s-]months?\b|[\s-]weeks?\b|[\s-]days?\b|[\s-]hours?\b|\s?(?:GWh|kWh|MW|GW)\b|"
    r"\s(?:dollars|rupees)\b|\stimes\b|-fold\b)?"
)
_NUMBER = re.compile(
    rf"(?<![\w.,/$€₹-]){_HEDGE}{_MONEY}(?P<low>{_SIMPLE})(?P<m1>{_MULT})"
    rf"(?:(?:\s?[-–—]\s?|\s+to\s+|(?<=%)[-–—]|(?P<between>\s+and\s+))"
    rf"(?P<high>{_SIMPLE})(?P<m2>{_MULT}))?{_UNIT}"
    r"(?![\w/])",
    re.IGNORECASE,
)
_FRACTION_WORDS = "|".join(sorted(_FRACTIONS, key=len, reverse=True)).replace(" ", "[ -]")
_FRACTION = re.compile(
    rf"(?<![\w-]){_HEDGE}(?P<words>{_FRACTION_WORDS})"
    r"(?=\s+(?:of|the|its|their|a)\b)",
    re.IGNORECASE,
)
_UNITS = {
    "%": "percent",
    "percent": "percent",
    "percentage": "percent",
    "pct": "percent",
    "tonne": "t",
    "ton": "t",
    "mt": "t",
    "kt": "kt",
    "kg": "kg",
    "kilogram": "kg",
    "kilogramme": "kg",
    "year": "year",
    "month": "month",
    "week": "week",
    "day": "day",
    "hour": "hour",
    "gwh": "GWh",
    "kwh": "kWh",
    "mw": "MW",
    "gw": "GW",
    "dollar": "USD",
    "rupee": "INR",
    "time": "1",
    "fold": "1",
}
_NOT_A_COUNT = re.compile(
    r"(?:\bnos?\.?|\bannouncements?|\border|\bdecree|\bnotice|\barticle|\bclause|\bsection|\bitem|"
    r"\bcategory|\bchapter|\bHS|\bcode|\bversion|\bphase|#|\bone of)\s*(?:[\d,\s]|and|No\.?|of)*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)


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
        Symbol of :mod:`coercivity.units`; ``1`` if nothing says what is counted.
    hedge : str
        ``about``, ``over``, ``under``, ``almost`` or empty.
    noun : str
        The word counted, if one decided the unit.
    rule : str
        How the unit was found.
    """

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str
    hedge: str = ""
    noun: str = ""
    rule: str = "number"


def number_value(text: str) -> float:
    """Return the value of a number written in digits or words.

    Examples
    --------
    >>> number_value("1,00,000"), number_value("forty-six"), number_value("four")
    (100000.0, 46.0, 4.0)
    """
    folded = text.lower().strip()
    if folded[:1].isdigit():
        return float(folded.replace(",", ""))
    if folded in ("a", "an"):
        return 1.0
    return float(sum(_ONES.get(word, 0) + _TENS.get(word, 0) for word in re.split(r"[- ]", folded)))


def tag_numbers(
    text: str,
    *,
    dates: Iterable[TimeExpression] = (),
    mentions: Iterable[Mention] = (),
    lexicon: Lexicon,
    item_units: dict[str, str] | None = None,
) -> tuple[NumberMention, ...]:
    """Find numbers that are not part of a date, a name or a document number.

    Parameters
    ----------
    dates, mentions : iterable
        What was found before; numbers inside are left out.
    lexicon : Lexicon
        Words that are counted.
    item_units : dict of str to str
        Unit of each item of the pack, for "10,824 of some product".
    """
    dates, mentions = tuple(dates), tuple(mentions)
    found: list[NumberMention] = []
    for match in _matches(text):
        start, end = match.start(), match.end()
        inside_name = any(m.start <= match.start("low") < m.end for m in mentions)
        if inside_name or _NOT_A_COUNT.search(text[max(0, start - 40) : start]):
            continue
        if covered(dates, match.start("low"), end):
            continue
        number = _mention(match, text, mentions, lexicon, item_units or {})
        if number is not None:
            found.append(number)
    for match in _FRACTION.finditer(text):
        if not any(n.start < match.end() and match.start() < n.end for n in found):
            value = 100 * _FRACTIONS[re.sub(r"[ -]", " ", match["words"].lower())]
            hedge = HEDGES.get((match["hedge"] or "").lower(), "")
            found.append(
                NumberMention(
                    match.start(), match.end(), value, value, "percent", hedge, rule="fraction"
                )
            )
    return tuple(_with_carried_units(sorted(found, key=lambda mention: mention.start)))


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Numbers from left to right; "and" joins two only after "between"."""
    position = 0
    while match := _NUMBER.search(text, position):
        if match["between"] and not _BETWEEN.search(
            text[max(0, match.start() - 12) : match.start()]
        ):
            match = _NUMBER.match(text[: match.end("m1")], match.start()) or match
        yield match
        position = match.end()


def _mention(
    match: re.Match[str],
    text: str,
    mentions: tuple[Mention, ...],
    lexicon: Lexicon,
    item_units: dict[str, str],
) -> NumberMention | None:
    """Make a mention of a match, or ``None`` if the words are no number here."""
    m2 = match["m2"] or ""
    low = number_value(match["low"]) * _multiplier(match["m1"] or (m2 if match["high"] else ""))
    high = number_value(match["high"]) * _multiplier(m2) if match["high"] else low
    hedge = HEDGES.get((match["hedge"] or "").lower(), "")
    end = match.end()
    unit, noun, rule = _unit(match), "", "unit"
    if not unit:
        unit, noun = _counted(text, end, mentions, lexicon, item_units)
        rule = "counted" if unit else "bare"
    if high < low:
        low, high = high, low
    is_word = not match["low"][0].isdigit()
    if not unit and (is_word or (low < 100 and hedge != "" and not match["m1"])):
        return None
    if not unit and low < 32 and not match["m1"]:
        return None
    return NumberMention(match.start(), end, low, high, unit or "1", hedge, noun, rule)


def _multiplier(words: str) -> float:
    value = 1.0
    for word in words.lower().split():
        value *= _MULTIPLIERS[word]
    return value


def _unit(match: re.Match[str]) -> str:
    """Return the unit written with the number, or the money written before it."""
    money = (match["money"] or "").strip().lower().rstrip(".")
    if money:
        return "USD" if "$" in money or money == "usd" else "INR"
    written = (match["unit"] or "").lower().strip(" -")
    if written.startswith("per"):
        return "percent"
    word = written.split()[-1] if written else ""
    return _UNITS.get(word, _UNITS.get(word.rstrip("s"), ""))


def _counted(
    text: str,
    end: int,
    mentions: tuple[Mention, ...],
    lexicon: Lexicon,
    item_units: dict[str, str],
) -> tuple[str, str]:
    """Return the unit of the noun that follows within four words, and the noun."""
    for word in re.finditer(r"[\s-]+([A-Za-z][\w-]*)", text[end : end + 60]):
        if not re.fullmatch(r"[\s\w'’-]*", text[end : end + word.start()]):
            break
        if len(text[end : end + word.start()].split()) > 3:
            break
        name = word.group(1).lower()
        if name in lexicon.count_units:
            return lexicon.count_units[name], name
        position = end + word.start(1)
        here = next((m for m in mentions if m.start <= position < m.end), None)
        item = here.first("item") if here else None
        if item and item_units.get(item.value) in ("vehicle", "unit"):
            return item_units[item.value], name
        if name in ("of", "in", "from", "to", "and", "for", "at", "by", "than", "on", "with"):
            break
    return "", ""


def _with_carried_units(found: list[NumberMention]) -> list[NumberMention]:
    """Give bare numbers the unit of the last weight or count before them."""
    carried, result = "", []
    for mention in found:
        if mention.unit in ("t", "kt", "vehicle", "unit"):
            carried = mention.unit
        elif mention.rule == "bare" and carried:
            mention = NumberMention(
                mention.start,
                mention.end,
                mention.low,
                mention.high,
                carried,
                mention.hedge,
                "",
                "carried",
            )
        result.append(mention)
    return result
