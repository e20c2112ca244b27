"""Tags that every template has: lists, error summaries, summary lists, plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import forms, template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from coercivity.desk import packs
from coercivity.desk.forms import error_links
from coercivity.desk.listing import Column, FacetState, Listing
from coercivity.desk.wording import in_words, outcome_words

register = template.Library()

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONG, _LONGER = 30, 80
"""Characters from which a column of text gets room, and from which it gets more."""
_KEPT = (str, int, bool, date, type(None))
_NOT_STATED = format_html('<span class="quiet">{}</span>', "not stated")


@register.inclusion_tag("desk/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """List every error of a form, each linked to its field."""
    return {"errors": error_links(form) if form.is_bound else []}


@register.inclusion_tag("desk/listing.html")
def show_listing(listing: Listing[Any]) -> dict[str, Any]:
    """Draw the table of a list and its pages."""
    return {"listing": listing, "rows": row_markup(listing)}


@register.simple_tag
def show_facets(listing: Listing[Any]) -> SafeString:
    """Draw the form that narrows a list."""
    asked = (listing.search, listing.facets, tuple(listing.orders), listing.order)
    # What somebody searched for is not worth keeping.
    return _draw_facets(*asked) if listing.search else _kept_facets(*asked)


def _draw_facets(
    search: str | None,
    facets: tuple[FacetState, ...],
    orders: tuple[tuple[str, str], ...],
    order: str,
) -> SafeString:
    shown = {"search": search, "facets": facets, "orders": orders, "order": order}
    return render_to_string("desk/facets.html", {"listing": shown})


_kept_facets = lru_cache(maxsize=256)(_draw_facets)


@register.inclusion_tag("desk/summary_list.html")
def summary_list(rows: Sequence[tuple[str, object]]) -> dict[str, Any]:
    """Draw pairs of words and values."""
    return {"rows": rows}


@register.filter
def words(value: object) -> str:
    """Return a state or another coded word as plain words."""
    return in_words(value)


@register.filter
def outcome(value: object) -> str:
    """Return the outcome of a determination as plain words."""
    return outcome_words(value)


@register.filter
def item_names(value: object) -> str:
    """Return the items of a list of ids as plain words."""
    return packs.item_names(str(value))


@register.filter
def pack_title(value: object) -> str:
    """Return the title of a subject."""
    return packs.title(str(value))


@register.filter
def marked(value: object) -> SafeString:
    """Return a text in which what stands between backticks is code."""
    parts = str(value).split("`")
    shown = [("<code>{}</code>" if n % 2 else "{}", part) for n, part in enumerate(parts)]
    return mark_safe("".join(format_html(frame, part) for frame, part in shown))


def row_markup(listing: Listing[Any]) -> SafeString:
    """Return the rows of a list as table rows.

    A page has two hundred cells, and a template would go through a dozen branches for each.
    Everything that is not markup of this function is escaped.
    """
    heads = [_head(column, is_first=place == 0) for place, column in enumerate(listing.columns)]
    rows = []
    for cells in listing.cells():
        rows.append('<tr role="row">')
        for (start, end), (column, value, link) in zip(heads, cells, strict=True):
            opening, words = _drawn(value, is_number=column.numeric)
            text = f'<a href="{conditional_escape(link)}">{words}</a>' if link else words
            rows.append(f"{start}{opening}{text}{end}")
        rows.append("</tr>\n")
    return mark_safe("".join(rows))


def _head(column: Column[Any], *, is_first: bool) -> tuple[str, str]:
    """Return the beginning of a column's cells, up to the class, and their end."""
    name, role = ("th", 'scope="row" role="rowheader"') if is_first else ("td", 'role="cell"')
    return f'<{name} {role} data-label="{conditional_escape(column.title)}"', f"</{name}>"


def _drawn(value: object, *, is_number: bool) -> tuple[str, str]:
    """Return the end of a cell's opening tag, and its words, escaped.

    The cells of a column say much the same, and so do the pages of a list.
    """
    draw = _kept_cell if type(value) in _KEPT else _draw_cell
    return draw(value, is_number=is_number)


def _draw_cell(value: object, *, is_number: bool) -> tuple[str, str]:
    return f"{_cell_class(value, is_number=is_number)}>", conditional_escape(plain(value))


# By type too: 1 and True are equal and read differently.
_kept_cell = lru_cache(maxsize=4096, typed=True)(_draw_cell)


def _cell_class(value: object, *, is_number: bool) -> str:
    if is_number:
        return ' class="number"'
    if _is_day(value):
        return ' class="day"'
    length = len(str(value))
    if length > _LONG:
        return ' class="longer"' if length > _LONGER else ' class="long"'
    return ""


def _is_day(value: object) -> bool:
    """Whether a value is a date or a moment, which no line break should part."""
    if isinstance(value, date):
        return True
    return isinstance(value, str) and _DAY.fullmatch(value) is not None


@register.filter
def plain(value: object) -> str | SafeString:
    """Return a value as people read it; nothing is a dash that says so."""
    if value is None or value == "":
        return _NOT_STATED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return quantity(value)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


@register.filter
def quantity(value: Decimal) -> str:
    """Return an exact quantity without needless zeros."""
    whole = value == value.to_integral_value()
    return f"{value.quantize(Decimal(1)) if whole else value.normalize():,f}"
