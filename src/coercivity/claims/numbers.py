"""Numbers with hedge, range, multiplier and unit, in digits or words.

What is found, in this order: a hedge ("more than", "up to"), a sign of money, an amount or a range
of two, a unit, and behind it what the number is per. Where no unit is written, the noun that is
counted decides; where there is none either, the number takes the unit of the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coercivity.claims.counted import counted_noun, counts_of_none, generic_noun
from coercivity.claims.covering import Cover
from coercivity.claims.dates import TimeExpression
from coercivity.claims.gazetteer import Mention
from coercivity.claims.number_context import (
    HANDS_ON,
    PRICE_YEAR,
    SMALLEST_BARE,
    SPREAD,
    NumberMention,
    in_context,
)
from coercivity.claims.number_units import (
    MONEY,
    PER,
    PER_NAMES,
    UNIT,
    WrittenUnit,
    money_unit,
    written_unit,
)
from coercivity.claims.number_words import (
    AMOUNT,
    FRACTIONS,
    HEDGE_TAILS,
    HEDGES,
    WORDS,
    alternatives,
    multiplier_value,
    number_value,
)
from coercivity.claims.vocabulary import Lexicon

__all__ = ["NumberMention", "number_value", "tag_numbers"]

_SIGNS = "".join(word for word in HEDGES if len(word) == 1)
_HEDGE_WORDS = alternatives(word for word in HEDGES if len(word) > 1)
_PREFIX = re.compile(
    r"(?<![\w.,/$€₹£¥#-])(?<!\d:)(?=[^\d\s]|$)"
    rf"(?:(?P<hedge>(?:{_HEDGE_WORDS})(?=\s)|[{_SIGNS}])\s{{0,8}}"
    rf"(?:(?:the|a\stotal\sof|only|just)\s{{1,8}})?)?(?P<sign>[-−+](?=[\d₹$€£]|$))?"
    rf"(?P<money>{MONEY})?$",
    re.IGNORECASE,
)
"""What may stand before an amount; matched against the end of the text in front of it."""

_TRIGGER = re.compile(
    rf"(?<!\w)(?:\d|(?:{'|'.join(word for word in WORDS if len(word) > 2)})(?![a-z])|"
    r"an?(?=[\s-]{1,8}(?:dozen|hundred|thousand|lakh|million|crore|billion|trillion)\b))",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    rf"{AMOUNT('')}"
    rf"(?:(?:\s?[-–—]\s?|\s{{1,3}}(?P<word>to|or)\s{{1,3}}|(?P<between>\s{{1,3}}and\s{{1,3}}))"
    rf"(?:{MONEY})?{AMOUNT('2')})?"
    rf"(?P<behind>{HEDGE_TAILS.pattern})?(?P<unit>{UNIT})?"
    r"(?!\w|[/:.]\d|,\d)",
    re.IGNORECASE,
)

REACH = 44
"""Code points before an amount in which a hedge and a sign of money are looked for."""

_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom(?:\s(?:about|around|some|nearly|over))?\s*$", re.IGNORECASE)
_FRACTION_WORDS = alternatives(FRACTIONS).replace(r"\s{1,8}", "[ -]")
_FRACTION = re.compile(
    rf"(?<![\w-])(?P<words>{_FRACTION_WORDS})"
    r"(?=\s(?:of|the|its|their|a|this|that|all)\b|(?<=by\shalf)|[.,;)]|\s(?:in|on|from)\b)",
    re.IGNORECASE,
)
_PART_OF_YEAR = re.compile(r"\b(?:first|second|third|fourth|last|latter)[\s-]$", re.IGNORECASE)
"""Before a half or quarter: "the second half" is a time, not an amount."""
_ARTICLE = re.compile(
    r"\b(?:for|within|after|last(?:s|ed|ing)?|takes?|took|than|least|about|around|"
    r"almost|nearly|roughly|over)\s{1,3}"
    r"(?P<words>an?\s{1,3}(?P<unit>year|month|fortnight|week|day|hour))\b"
    r"(?!\s{1,3}(?:ago|earlier|before|later|on\s))",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"(?:%|\bper\s?cent|\bpercent|\bpoints?|\btimes|\bhigher|\blower|\btonnes|\btons)\s*$",
    re.IGNORECASE,
)
_LABELS = frozenset(
    {"announcement", "order", "decree", "notice", "article", "clause", "section", "item", "rule"}
    | {"category", "chapter", "hs", "code", "version", "phase", "page", "annex", "schedule"}
    | {"paragraph", "part", "table", "figure", "flight", "grade", "class", "volume", "call", "tel"}
    | {"circular", "notification", "regulation"}
)
"""Words before a number that name something by it and count nothing."""

_TO_AMOUNT = re.compile(rf"\s{{1,3}}to\s{{1,3}}{AMOUNT('')}(?P<unit>{UNIT})", re.IGNORECASE)
_AGAINST = ("not ", "from ", "against ", "than ", "of ", "versus ", "vs ", "vs. ", "with ", "to ")
_MULTIPLE = re.compile(
    r"(?<![\w-])(?P<words>halv(?:ed|es|ing)|doubled|doubling|tripled|tripling|trebled|"
    r"quadrupled|(?<=to\s)(?:halve|double|triple|treble)|(?<=than\s)(?:halve|double|triple)[sd]?)\b",
    re.IGNORECASE,
)
_MULTIPLES = {"halv": 50.0, "doub": 100.0, "trip": 200.0, "treb": 200.0, "quad": 300.0}


@dataclass(frozen=True)
class _Stretch:
    """A range of the text that is no number of its own."""

    start: int
    end: int


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
    named = Cover(mentions)
    dated = Cover(dates)
    priced = Cover(_Stretch(*match.span("year")) for match in PRICE_YEAR.finditer(text))
    found: list[NumberMention] = []
    reached = 0
    for amount in _amounts(text):
        match, first = amount.match, amount.match.start()
        if first < reached or priced.touches(first, match.end()):
            continue
        if named.at(first) is not None or dated.touches(first, match.end()):
            continue
        if _is_label(text[max(0, amount.start - 40) : amount.start]):
            continue
        number, behind = _mention(amount, text, named, lexicon, item_units or {})
        if number is not None:
            found.append(number)
            reached = behind
    found.extend(_further(text, found, dated, lexicon))
    return in_context(found, text)


@dataclass(frozen=True)
class _Front:
    """What stands before an amount.

    Parameters
    ----------
    start : int
        Of the hedge, the sign of money or the amount.
    hedge, money : str
        As written, or empty.
    is_negative : bool
        Whether a minus sign stands before it.
    """

    start: int
    hedge: str
    money: str
    is_negative: bool


@dataclass(frozen=True)
class _Found(_Front):
    """An amount with what stands before it; the match has tail and unit."""

    match: re.Match[str]


def _amounts(text: str) -> Iterator[_Found]:
    """Numbers from left to right; "and" joins two only after "between", "to" not in a change."""
    position = 0
    while trigger := _TRIGGER.search(text, position):
        position = trigger.end()
        match = _NUMBER.match(text, trigger.start())
        before = _before(text, trigger.start()) if match else None
        if match is None or before is None:
            continue
        front = text[max(0, before.start - 24) : before.start]
        loose = bool(match["between"]) and not _BETWEEN.search(front)
        moves = (match["word"] or "").lower() == "to" and _FROM.search(front)
        if loose or (moves and not SPREAD.search(front)):
            match = _NUMBER.match(text, match.start(), _end_of_amount(match)) or match
        position = match.end()
        yield _Found(before.start, before.hedge, before.money, before.is_negative, match)


def _before(text: str, place: int) -> _Front | None:
    """Return what stands before an amount; ``None`` if it is part of a word, code or clock time."""
    first = max(0, place - REACH)
    prefix = _PREFIX.search(text[first:place])
    if prefix is None:
        return None
    hedge, money = prefix["hedge"] or "", prefix["money"] or ""
    start = first + prefix.start()
    if hedge and _COMPARED.search(text[max(0, start - 20) : start]):
        # "5 % above the 5,278 of May" compares with a figure and leaves nothing open.
        start, hedge = place - len(money), ""
    return _Front(start, hedge, money, (prefix["sign"] or "+") in "-−")


def _is_label(before: str) -> bool:
    """Whether a number only names a document, article, code or page: "Nos 55, 56 and 57"."""
    words = before.lower().split()
    if before.endswith("#") or words[-2:] == ["one", "of"]:
        return True
    while words:
        word = words.pop().strip(".,:-()")
        if word in ("no", "nos"):
            return True
        if word and not word.isdigit() and word not in ("and", "to", "of"):
            return word in _LABELS or word.removesuffix("s") in _LABELS
    return False


def _end_of_amount(match: re.Match[str]) -> int:
    """End of the first of two amounts."""
    ends = (match.end(name) for name in ("times", "hundreds", "plus", "last"))
    return max(ends)


def _mention(
    amount: _Found,
    text: str,
    named: Cover[Mention],
    lexicon: Lexicon,
    item_units: dict[str, str],
) -> tuple[NumberMention | None, int]:
    """Make a mention of a match, or ``None`` if the words are no number here; end of its noun."""
    match = amount.match
    low, high = _values(match)
    written = _written(amount, text)
    is_word = not match["value"][0].isdigit()
    weighty = bool(match["times"]) and not is_word
    if written is not None:
        rule = "unit.ambiguous" if written.is_ambiguous else "unit"
        unit, noun, end = written.unit, written.noun, match.end()
    else:
        unit, noun, end = counted_noun(text, match.end(), named, lexicon, item_units)
        rule = "counted"
        if not unit:
            noun, end = generic_noun(text, match.end(), is_word=is_word)
            unit, rule = "1", "noun" if noun else "bare"
    factor = written.factor if written is not None else 1.0
    if rule == "bare" and not weighty:
        front = text[max(0, amount.start - 9) : amount.start]
        kept = front.endswith(_AGAINST) or HANDS_ON.match(text, match.end())
        if low < SMALLEST_BARE and not kept:
            return None, end
        if is_word:
            rule = "bare word"
    per = PER.match(text, end)
    number = NumberMention(
        amount.start,
        match.end(),
        min(low, high) * factor,
        max(low, high) * factor,
        unit,
        _hedge(amount),
        noun,
        rule,
        _per(written, per),
        is_negative=amount.is_negative,
    )
    return number, end


def _values(match: re.Match[str]) -> tuple[float, float]:
    """Both ends; the multiplier of the second serves the first that has none."""
    times, times2 = match["times"] or "", match["times2"] or ""
    low = number_value(match["value"]) * multiplier_value(times or times2)
    low = _with_rest(low, match, "")
    if not match["value2"]:
        return low, low
    high = number_value(match["value2"]) * multiplier_value(times2)
    return low, _with_rest(high, match, "2")


def _with_rest(value: float, match: re.Match[str], suffix: str) -> float:
    """Add hundreds and the rest written in words; a last multiplier counts for all of it."""
    hundreds, plus, last = (match[f"{name}{suffix}"] for name in ("hundreds", "plus", "last"))
    value += 100.0 * number_value(hundreds) if hundreds else 0.0
    value += number_value(plus) if plus else 0.0
    return value * multiplier_value(last) if last else value


def _hedge(amount: _Found) -> str:
    """Hedge before the number, else behind it."""
    if amount.hedge:
        return HEDGES[" ".join(amount.hedge.lower().split())]
    tail = HEDGE_TAILS.fullmatch(amount.match["behind"] or "")
    if tail is None:
        return ""
    return "over" if tail["more"] else HEDGES[(tail["odd"] or tail["tail"] or "").lower()]


def _written(amount: _Found, text: str) -> WrittenUnit | None:
    """Return the money before a number, or the unit behind it; a range takes that of its end."""
    match = amount.match
    if amount.money:
        return money_unit(amount.money)
    if match["unit"]:
        return written_unit(match["unit"])
    before = text[max(0, amount.start - 24) : amount.start]
    following = _TO_AMOUNT.match(text, match.end()) if _FROM.search(before) else None
    return written_unit(following["unit"]) if following else None


def _per(written: WrittenUnit | None, match: re.Match[str] | None) -> str:
    """Return what a number is per, by the words behind it or its abbreviation."""
    if match is not None:
        word = match["per"]
        return PER_NAMES.get(word.lower(), word.lower())
    return written.per if written is not None else ""


def _further(
    text: str, found: list[NumberMention], dated: Cover[TimeExpression], lexicon: Lexicon
) -> list[NumberMention]:
    """Fractions, "for a week", "none of them": numbers without a figure."""
    taken = Cover(number for number in found if number.rule != "bare word")
    rows: list[NumberMention] = []
    for match in _FRACTION.finditer(text):
        place = match.start("words")
        is_part = _PART_OF_YEAR.search(text[max(0, place - 10) : place]) is not None
        if not is_part and not taken.touches(place, match.end("words")):
            value = 100 * FRACTIONS[re.sub(r"[-\s]", " ", match["words"].lower())]
            rows.append(_plain(match, text, value, "percent", "fraction"))
    for match in _MULTIPLE.finditer(text):
        value = _MULTIPLES[match["words"][:4].lower()]
        rows.append(_plain(match, text, value, "percent", "multiple"))
    for match in _ARTICLE.finditer(text):
        if not taken.touches(match.start("words"), match.end()):
            written = written_unit(match["unit"]) or WrittenUnit("1")
            rows.append(_plain(match, text, written.factor, written.unit, "article"))
    for start, end, unit in counts_of_none(text, found, lexicon):
        if not taken.touches(start, end) and not dated.touches(start, end):
            rows.append(NumberMention(start, end, 0.0, 0.0, unit, rule="none"))
    return rows


def _plain(match: re.Match[str], text: str, value: float, unit: str, rule: str) -> NumberMention:
    """Return a number without a figure, with the hedge before its words."""
    place = match.start("words")
    before = _before(text, place)
    hedge = HEDGES[" ".join(before.hedge.lower().split())] if before and before.hedge else ""
    start = before.start if before and hedge else place
    return NumberMention(start, match.end("words"), value, value, unit, hedge, rule=rule)
