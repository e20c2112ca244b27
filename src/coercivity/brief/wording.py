"""Numbers, ranges, dates and lists as words; the same rules on every page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coercivity.timeline import PartialDate

#: Keeps a number and its unit on one line.
_JOIN: Final = "\u00a0"
#: Sums of floating-point numbers differ in their last digits; that is no number to show.
_ROUNDING: Final = 1e-9
#: An end of a range this much smaller than the other end is what rounding left of nothing.
_RESIDUE: Final = 1e-6
_MOST_DECIMALS: Final = 6
#: Units of things that come whole.
_WHOLE: Final = frozenset({"vehicle", "unit"})
_EN_DASH: Final = "\u2013"
_MINUS: Final = "\u2212"

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def number(value: float, *, digits: int = 2) -> str:
    r"""Write a number to ``digits`` significant figures with grouped thousands.

    Whole numbers of five figures and more keep their grouping; no exponent is ever
    shown and a value that is not finite is called unknown.

    Parameters
    ----------
    value : float
        Any number.
    digits : int
        Significant figures kept.

    Returns
    -------
    str
        The number in words a reader can copy.

    Examples
    --------
    >>> number(0.0042)
    '0.0042'
    >>> number(1532.0)
    '1,500'
    >>> number(-3)
    '−3'
    """
    if not math.isfinite(value):
        return "unknown"
    if abs(value) < _ROUNDING:
        return "0"
    return _to_places(value, digits - 1 - _magnitude(value))


def exact(value: float) -> str:
    """Write a number as its source states it, without rounding.

    Parameters
    ----------
    value : float
        A reported number.

    Returns
    -------
    str
        Grouped digits, with decimals only if there are any.

    Examples
    --------
    >>> exact(53748)
    '53,748'
    >>> exact(69.2)
    '69.2'
    """
    if not math.isfinite(value):
        return "unknown"
    return _to_places(value, 0 if float(value).is_integer() else _MOST_DECIMALS)


def smallest(unit: str) -> float:
    """Return the smallest amount of a unit that means anything: one of what is counted.

    Parameters
    ----------
    unit : str
        Unit of an amount; one that is not known is taken to be divisible.

    Returns
    -------
    float
        1 for whole things such as vehicles, 0 for what can be divided.

    Examples
    --------
    >>> smallest("vehicle"), smallest("t")
    (1.0, 0.0)
    """
    return 1.0 if unit in _WHOLE else 0.0


def plural(unit: str) -> str:
    """Return the name of a unit as it stands after an amount.

    Parameters
    ----------
    unit : str
        Unit of an amount.

    Returns
    -------
    str
        Counted things in the plural, symbols such as ``MW`` as they are.

    Examples
    --------
    >>> plural("vehicle"), plural("MW")
    ('vehicles', 'MW')
    """
    return f"{unit}s" if unit in _WHOLE else unit


def settled(*ends: float, least: float = 0.0) -> tuple[float, ...]:
    """Return amounts with those that are none by any reading set to nothing.

    Differences of sums leave residues: an amount is none below `least`, and below a millionth
    of the largest amount beside it.

    Parameters
    ----------
    *ends : float
        Amounts of one unit, such as the ends of a range.
    least : float
        Smallest amount that means anything, see :func:`smallest`.

    Returns
    -------
    tuple of float
        The same amounts, residues as 0.

    Examples
    --------
    >>> settled(-0.0049, 9200.0), settled(-0.4, 0.3, least=1.0)
    ((0.0, 9200.0), (0.0, 0.0))
    """
    reach = max((abs(end) for end in ends if math.isfinite(end)), default=0.0)
    level = max(least, _ROUNDING, _RESIDUE * reach)
    return tuple(0.0 if abs(end) < level else end for end in ends)


def interval(
    low: float, high: float, *, digits: int = 2, unit: str = "", least: float = 0.0
) -> str:
    r"""Write a range, each end to its own leading figures; one number if they coincide.

    A narrow range gets as many decimals as it needs to be seen as one.

    Parameters
    ----------
    low, high : float
        The ends of the range.
    digits : int
        Significant figures of each end.
    unit : str
        Words set after the range.
    least : float
        Smallest amount that means anything; an end below it is nothing, see :func:`settled`.

    Returns
    -------
    str
        For instance ``"12–48 t"``; a range with a negative end is joined by "to".

    Examples
    --------
    >>> interval(11.8, 48.2, unit="t")
    '12–48\xa0t'
    >>> interval(-4, 2, unit="%")
    '−4 to 2\xa0%'
    >>> interval(985, 1181253), interval(99.512, 99.99)
    ('980–1,200,000', '99.5–100')
    >>> interval(-0.0049, 9200), interval(-0.4, 9200, least=1)
    ('0–9,200', '0–9,200')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "unknown"
    low, high = settled(low, high, least=least)
    ends = [_to_places(end, _places(end, high - low, digits)) for end in (low, high)]
    if ends[0] == ends[1]:
        joined = ends[0]
    elif low < 0 or high < 0:
        joined = f"{ends[0]} to {ends[1]}"
    else:
        joined = f"{ends[0]}{_EN_DASH}{ends[1]}"
    return f"{joined}{_JOIN}{unit}" if unit else joined


def _places(value: float, width: float, digits: int) -> int:
    """Decimals of one end: its own figures, or those that a narrow range needs."""
    own = digits - 1 - _magnitude(value) if value else 0
    return max(own, -_magnitude(width)) if width >= _ROUNDING else own


def _magnitude(value: float) -> int:
    return math.floor(math.log10(abs(value)))


def _to_places(value: float, places: int) -> str:
    rounded = round(value, places)
    if rounded == 0:
        return "0"
    shown = f"{abs(rounded):,.{max(0, places)}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return (_MINUS if rounded < 0 else "") + shown


def percent(share: float, *, digits: int = 2) -> str:
    r"""Write a share of one as a percentage.

    Parameters
    ----------
    share : float
        A share, 1 = all.
    digits : int
        Significant figures.

    Returns
    -------
    str
        For instance ``"45 %"``.

    Examples
    --------
    >>> percent(0.4523)
    '45\xa0%'
    """
    if not math.isfinite(share):
        return "unknown"
    hundredths = 100 * share
    shown = number(hundredths, digits=digits)
    # Two figures would turn 99.7 % into "100 %": never claim all or none by rounding.
    if shown == "100" and share < 1:
        shown = "over 99"
    return f"{shown}{_JOIN}%"


def percent_interval(low: float, high: float) -> str:
    r"""Write a range of shares as percentages.

    Parameters
    ----------
    low, high : float
        Shares, 1 = all.

    Returns
    -------
    str
        For instance ``"62–81 %"``.

    Examples
    --------
    >>> percent_interval(0.62, 0.806)
    '62–81\xa0%'
    """
    return interval(100 * low, 100 * high, unit="%")


def day(value: date | None) -> str:
    """Write a date in words.

    Parameters
    ----------
    value : datetime.date or None
        A calendar day.

    Returns
    -------
    str
        For instance ``"31 October 2025"``; an absent date is "open".

    Examples
    --------
    >>> day(date(2025, 10, 31))
    '31 October 2025'
    """
    return _dated(value)


def short_day(value: date | None) -> str:
    """Write a date with its month cut to three letters, for tables.

    Parameters
    ----------
    value : datetime.date or None
        A calendar day.

    Returns
    -------
    str
        For instance ``"31 Oct 2025"``.

    Examples
    --------
    >>> short_day(date(2025, 10, 31))
    '31 Oct 2025'
    """
    return _dated(value, 3)


def _dated(value: date | None, letters: int | None = None) -> str:
    if value is None:
        return "open"
    return f"{value.day} {_MONTHS[value.month - 1][:letters]} {value.year}"


def when(stamp: PartialDate | None) -> str:
    """Write a date of any precision, short, for the margin of a timeline.

    Parameters
    ----------
    stamp : PartialDate or None
        A date as precisely as it is known.

    Returns
    -------
    str
        For instance ``"18–19 Aug 2025"`` or ``"Oct 2024 – Sep 2025"``.

    Examples
    --------
    >>> from coercivity.timeline import parse_partial
    >>> [when(parse_partial(text)) for text in ("2025-08", "2025-08-18..2025-08-19", "2024")]
    ['Aug 2025', '18–19 Aug 2025', '2024']
    """
    if stamp is None:
        return "no date"
    first, last = stamp.earliest, stamp.latest
    if first == last:
        return short_day(first)
    if stamp.precision == "year":
        return stamp.text
    if stamp.precision == "month":
        return _month(first)
    if stamp.precision in ("week", "quarter", "half"):
        return stamp.text
    if (first.year, first.month) == (last.year, last.month) and (last - first).days < _LONG_SPAN:
        return f"{first.day}{_EN_DASH}{short_day(last)}"
    if first.day == 1 and (last.toordinal() + 1 == _next_month(last).toordinal()):
        return f"{_month(first)} {_EN_DASH} {_month(last)}"
    return f"{short_day(first)} {_EN_DASH} {short_day(last)}"


#: A stretch of a month shorter than this is named by its days.
_LONG_SPAN: Final = 27


def _month(value: date) -> str:
    return f"{_MONTHS[value.month - 1][:3]} {value.year}"


def _next_month(value: date) -> date:
    return date(value.year + value.month // 12, value.month % 12 + 1, 1)


def listing(words: Iterable[str], *, last: str = "and") -> str:
    """Join words as a sentence does.

    Parameters
    ----------
    words : iterable of str
        The words to join.
    last : str
        The word before the last one.

    Returns
    -------
    str
        For instance ``"a, b and c"``.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    items: Sequence[str] = tuple(words)
    if not items:
        return "none"
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun in the right number.

    Parameters
    ----------
    count : int
        How many.
    noun, plural : str
        The noun and, if not formed with s, its plural.

    Returns
    -------
    str
        For instance ``"3 sources"``.

    Examples
    --------
    >>> counted(1, "family", "families"), counted(2, "family", "families")
    ('1 family', '2 families')
    """
    word = noun if count == 1 else (plural or f"{noun}s")
    return f"{exact(count)} {word}"


def sentence_case(text: str) -> str:
    """Raise the first letter only, leaving names and symbols as they are.

    Parameters
    ----------
    text : str
        Any words.

    Returns
    -------
    str
        The same words with the first letter raised.

    Examples
    --------
    >>> sentence_case("output of e-cars")
    'Output of e-cars'
    """
    return text[:1].upper() + text[1:]
