"""Filters for the numbers of a simulation: as many figures as they deserve."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from coercivity.brief.wording import plural
from coercivity.desk import packs
from coercivity.figures.wording import number_text, percent_text

__all__ = ["amount", "cell", "percent", "publishers", "units"]

register = template.Library()


@register.filter
def amount(value: float | None) -> str:
    """Return a simulated amount as people read it."""
    return "not known" if value is None else number_text(value)


@register.filter
def percent(value: float | None) -> str:
    """Return a share as a percentage."""
    return "not known" if value is None else percent_text(value)


@register.filter
def publishers(sources: Iterable[str], pack: str) -> str:
    """Return who published the sources of a pack, each once."""
    known = packs.opened(pack).sources
    found = (known[key].publisher if key in known else key for key in sources)
    return "; ".join(dict.fromkeys(found))


@register.filter
def cell(value: object) -> str:
    """Return a value of a table as people read it."""
    return number_text(value) if isinstance(value, float) else str(value)


@register.filter
def units(unit: str) -> str:
    """Return a unit as it stands after an amount, such as ``vehicles``."""
    return plural(unit)
