"""Units and currencies as written beside a number, and what they mean in the table of units.

Some abbreviations have two readings in print. ``MT`` and ``mt`` are read as metric tonnes and
``Mt`` as a million; ``MTPA`` as metric tonnes a year. Each such number carries the rule
``unit.ambiguous``, and the bounds of the pack decide whether the reading can stand
(:mod:`coercivity.claims.plausibility`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coercivity.units import unit_symbols

__all__ = ["MONEY", "PER", "PER_NAMES", "UNIT", "WrittenUnit", "money_unit", "written_unit"]


@dataclass(frozen=True)
class WrittenUnit:
    """What a written unit means.

    Parameters
    ----------
    unit : str
        Symbol of the table of units; ``1`` if the table has none.
    factor : float
        Units of `unit` per written unit.
    noun : str
        The word itself, where the table has no unit for it.
    per : str
        ``year`` where the abbreviation says so.
    is_ambiguous : bool
        Whether the abbreviation has another reading.
    """

    unit: str
    factor: float = 1.0
    noun: str = ""
    per: str = ""
    is_ambiguous: bool = False


MONEY = (
    r"(?:Rs\.?|INR|₹|US\$|USD|C\$|A\$|HK\$|S\$|\$|€|EUR|£|GBP|¥|JPY|CNY|RMB|KRW|₩|"
    r"(?<![a-z])CN¥)\s{0,3}"
)
_SIGNS: Mapping[str, str] = {
    "rs": "INR",
    "inr": "INR",
    "₹": "INR",
    "us$": "USD",
    "usd": "USD",
    "$": "USD",
    "c$": "CAD",
    "a$": "AUD",
    "hk$": "HKD",
    "s$": "SGD",
    "€": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "¥": "JPY",
    "jpy": "JPY",
    "cny": "CNY",
    "rmb": "CNY",
    "cn¥": "CNY",
    "krw": "KRW",
    "₩": "KRW",
}
UNIT = (
    r"(?:\s{0,2}%|\s{0,3}per\s{0,2}cent(?:age\s(?:points?))?\b|\s?percent(?:age\s(?:points?))?\b|\s?pct\b|"
    r"\s?(?:pp|bps)\b|\sbasis\spoints?\b|"
    r"[\s-]{1,3}(?:metric\s{1,3})?(?:tonnes?|tons?)\b|\s?(?:MMTPA|MTPA|KTPA|TPA|MMT|LMT|MT|KT)\b|"
    r"\s?(?-i:t)\b|\s?kgs?\b|[\s-]kilogram(?:me)?s?\b|\skilos?\b|\s(?-i:gm?s?)\b|\sgram(?:me)?s?\b|"
    r"\squintals?\b|"
    r"[\s-](?:working|business|trading)[\s-]days?\b|"
    r"[\s-]{1,3}(?:years?|months?|weeks?|fortnights?|days?|hours?)\b|"
    r"\s?(?:GWh|MWh|kWh|Wh|MW|GW|kW)\b|\s?nm\b|\skilomet(?:re|er)s?\b|\s?km\b|"
    r"\s{1,3}(?:US\s)?(?:dollars?|rupees?|euros?|yuan|renminbi|yen|pounds?|won)\b|"
    r"\stimes\b|-?fold\b)"
)
_WORDS: Mapping[str, tuple[str, float]] = {
    "%": ("percent", 1.0),
    "percent": ("percent", 1.0),
    "cent": ("percent", 1.0),
    "pct": ("percent", 1.0),
    "tonne": ("t", 1.0),
    "ton": ("t", 1.0),
    "t": ("t", 1.0),
    "mt": ("t", 1.0),
    "mtpa": ("t", 1.0),
    "tpa": ("t", 1.0),
    "kt": ("t", 1e3),
    "ktpa": ("t", 1e3),
    "lmt": ("t", 1e5),
    "mmt": ("t", 1e6),
    "mmtpa": ("t", 1e6),
    "quintal": ("t", 0.1),
    "kg": ("kg", 1.0),
    "kilo": ("kg", 1.0),
    "kilogram": ("kg", 1.0),
    "kilogramme": ("kg", 1.0),
    "g": ("g", 1.0),
    "gm": ("g", 1.0),
    "gram": ("g", 1.0),
    "gramme": ("g", 1.0),
    "year": ("year", 1.0),
    "month": ("month", 1.0),
    "week": ("week", 1.0),
    "fortnight": ("week", 2.0),
    "day": ("day", 1.0),
    "hour": ("hour", 1.0),
    "gwh": ("GWh", 1.0),
    "mwh": ("kWh", 1e3),
    "kwh": ("kWh", 1.0),
    "wh": ("kWh", 1e-3),
    "mw": ("MW", 1.0),
    "kw": ("MW", 1e-3),
    "gw": ("GW", 1.0),
    "dollar": ("USD", 1.0),
    "rupee": ("INR", 1.0),
    "euro": ("EUR", 1.0),
    "yuan": ("CNY", 1.0),
    "renminbi": ("CNY", 1.0),
    "yen": ("JPY", 1.0),
    "pound": ("GBP", 1.0),
    "won": ("KRW", 1.0),
    "time": ("1", 1.0),
    "fold": ("1", 1.0),
    "nm": ("nm", 1.0),
    "km": ("km", 1.0),
    "kilometre": ("km", 1.0),
    "kilometer": ("km", 1.0),
}
_TWO_READINGS = frozenset({"mt", "mtpa"})
_POINTS = re.compile(r"(?:points?|pp|bps)$", re.IGNORECASE)
PER = re.compile(
    r"\s{0,3}(?:(?:per|each|every|an?)\s{1,3}(?:[a-z]{3,12}\s)?|/\s?|(?=annually|yearly|monthly))"
    r"(?P<per>annum|annually|yearly|year|quarter|monthly|month|week|day|kg|kilogram(?:me)?|tonne|ton|"
    r"t|vehicle|car|motor|unit|line|plant|firm|company|kWh|kW|MW)\b"
    r"(?!\s(?:before|ago|earlier|previously|later|on)\b)",
    re.IGNORECASE,
)
PER_NAMES: Mapping[str, str] = {
    "annum": "year",
    "annually": "year",
    "yearly": "year",
    "monthly": "month",
    "kilogram": "kg",
    "kilogramme": "kg",
    "tonne": "t",
    "ton": "t",
    "car": "vehicle",
    "company": "firm",
}


_TABLE = frozenset(unit_symbols())


def money_unit(sign: str) -> WrittenUnit:
    """Return the currency of a sign written before a number."""
    return _symbol(_SIGNS[sign.strip().lower().rstrip(".")])


def written_unit(words: str) -> WrittenUnit | None:
    """Return the unit written behind a number; ``None`` for no known unit.

    Examples
    --------
    >>> written_unit(" Mt").factor, written_unit(" LMT").factor, written_unit(" working days").unit
    (1000000.0, 100000.0, 'working_day')
    """
    text = words.strip(" -\t\n")
    folded = text.lower()
    if not text:
        return None
    if _POINTS.search(folded):
        factor = 0.01 if folded in ("bps", "basis point", "basis points") else 1.0
        return WrittenUnit("percent", factor, "percentage point")
    if re.search(r"(?:working|business|trading)[\s-]days?$", folded):
        return WrittenUnit("working_day")
    if text == "Mt":
        return WrittenUnit("t", 1e6, is_ambiguous=True)
    word = re.split(r"[\s-]", folded)[-1]
    if word not in _WORDS:
        word = word.rstrip("s")
    if word not in _WORDS:
        return None
    unit, factor = _WORDS[word]
    found = _symbol(unit, factor)
    per = "year" if word.endswith("pa") else ""
    return WrittenUnit(found.unit, factor, found.noun, per, word in _TWO_READINGS)


def _symbol(symbol: str, factor: float = 1.0) -> WrittenUnit:
    """Return a symbol of the table; one that the table lacks is a noun and counts in ones."""
    return WrittenUnit(symbol, factor) if symbol in _TABLE else WrittenUnit("1", factor, symbol)
