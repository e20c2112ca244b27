"""Filters for the numbers of a simulation: as many figures as they deserve."""

from __future__ import annotations

from django import template

from coercivity.figures.wording import number_text, percent_text

__all__ = ["amount", "cell", "percent"]

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
def cell(value: object) -> str:
    """Return a value of a table as people read it."""
    return number_text(value) if isinstance(value, float) else str(value)
