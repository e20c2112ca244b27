"""Lists: facets, search, order and pages from the query string; CSV of everything filtered."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

__all__ = ["Column", "Facet", "Listing", "csv_response", "make_listing", "safe_cell"]

Row = TypeVar("Row")

PAGE_SIZE: Final = 25
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a list.

    Parameters
    ----------
    key, title : str
        Name in JSON and CSV, heading in HTML.
    value : callable
        Takes a row, gives a plain value.
    link : callable, optional
        Takes a row, gives the address the cell leads to.
    numeric : bool
        Whether cells are set to the right.
    shown : callable, optional
        Takes a value, gives what people read; JSON and CSV keep the value.
    """

    key: str
    title: str
    value: Callable[[Row], object]
    link: Callable[[Row], str] | None = None
    numeric: bool = False
    shown: Callable[[object], object] | None = None

    def cell(self, row: Row) -> object:
        """Return what people read of a row; an empty value stays empty."""
        value = self.value(row)
        return self.shown(value) if self.shown and value not in (None, "") else value


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list; several values of one facet add up.

    Parameters
    ----------
    key, title : str
        Name in the query string, words on the page.
    lookup : str
        Lookup of the table, such as ``state``; compared with ``in``.
    choices : sequence of (str, str)
        Values and their words; other values are ignored.
    """

    key: str
    title: str
    lookup: str
    choices: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        # What is drawn of a facet is kept under all that it consists of, which no list can be.
        object.__setattr__(self, "choices", tuple((value, words) for value, words in self.choices))


@dataclass(frozen=True)
class FacetState:
    """A facet with what is chosen."""

    facet: Facet
    chosen: tuple[str, ...]

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """Value, words, whether chosen."""
        return [(value, label, value in self.chosen) for value, label in self.facet.choices]


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list as the query string asks for it.

    Parameters
    ----------
    columns : sequence of Column
        Its columns.
    rows : sequence
        Rows of this page.
    everything : iterable
        Rows of all pages, for CSV.
    total, number, n_pages : int
        Rows in all, this page, pages.
    query : QueryDict
        The query string.
    facets : tuple of FacetState
        Facets with what is chosen.
    search : str or None
        What was searched for; None if the list has no search.
    orders : sequence of (str, str)
        Orders offered, with their words.
    order : str
        The one chosen.
    name : str
        Name of the CSV file.
    caption : str
        Words above the table.
    """

    columns: Sequence[Column[Row]]
    rows: Sequence[Row]
    everything: Iterable[Row]
    total: int
    number: int
    n_pages: int
    query: QueryDict
    facets: tuple[FacetState, ...] = ()
    search: str | None = None
    orders: Sequence[tuple[str, str]] = ()
    order: str = ""
    name: str = "list"
    caption: str = ""
    empty: str = "Nothing matches."

    def cells(self) -> list[list[tuple[Column[Row], object, str]]]:
        """Return the cells of this page: column, value, address."""
        return [
            [(c, c.cell(row), c.link(row) if c.link else "") for c in self.columns]
            for row in self.rows
        ]

    def page_address(self, number: int) -> str:
        """Return the query string of another page."""
        query = self.query.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    @property
    def earlier(self) -> str:
        """Address of the page before; empty on the first."""
        return self.page_address(self.number - 1) if self.number > 1 else ""

    @property
    def later(self) -> str:
        """Address of the page after; empty on the last."""
        return self.page_address(self.number + 1) if self.number < self.n_pages else ""

    def to_json(self) -> dict[str, Any]:
        """Return this page of the list as plain values."""
        return {
            "total": self.total,
            "page": self.number,
            "pages": self.n_pages,
            "facets": {state.facet.key: list(state.chosen) for state in self.facets},
            "rows": [{c.key: c.value(row) for c in self.columns} for row in self.rows],
        }


@dataclass(frozen=True)
class ListSpec(Generic[Row]):
    """How a list is made, apart from its rows.

    Parameters
    ----------
    name, caption : str
        Name of the CSV file, words above the table.
    columns : sequence of Column
        Its columns.
    facets : sequence of Facet
        Ways to narrow it.
    search : sequence of str, or callable
        Lookups in which a search looks, or a function that makes a filter of the words; empty
        offers none.
    orders : mapping of str to (str, sequence of str)
        By name: words and ``order_by`` arguments; the first is the default.
    """

    name: str
    caption: str
    columns: Sequence[Column[Row]]
    facets: Sequence[Facet] = ()
    search: Sequence[str] | Callable[[str], Q] = ()
    orders: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    page_size: int = PAGE_SIZE
    empty: str = "Nothing matches."


def make_listing(
    request: HttpRequest, spec: ListSpec[Any], queryset: QuerySet[Any]
) -> Listing[Any]:
    """Return a list as the query string of a request asks for it.

    Parameters
    ----------
    request : HttpRequest
        With ``page``, ``order``, ``q`` and the keys of the facets.
    spec : ListSpec
        How it is made.
    queryset : QuerySet
        Rows the person may see, with what the columns need already joined.
    """
    facets = tuple(_state(facet, request.GET) for facet in spec.facets)
    for state in facets:
        if state.chosen:
            queryset = queryset.filter(**{f"{state.facet.lookup}__in": state.chosen})
    words = request.GET.get("q", "").strip()
    if spec.search and words:
        queryset = queryset.filter(_matching(spec.search, words))
    order = request.GET.get("order", "")
    if spec.orders:
        order = order if order in spec.orders else next(iter(spec.orders))
        queryset = queryset.order_by(*spec.orders[order][1])
    paginator = Paginator(queryset, spec.page_size)
    shown = paginator.get_page(request.GET.get("page"))
    rows = _rows_of(queryset, shown.start_index(), spec.page_size)
    return Listing(
        columns=spec.columns,
        rows=rows,
        everything=queryset,
        total=paginator.count,
        number=shown.number,
        n_pages=paginator.num_pages,
        query=request.GET,
        facets=facets,
        search=words if spec.search else None,
        orders=[(key, title) for key, (title, _) in spec.orders.items()],
        order=order,
        name=spec.name,
        caption=spec.caption,
        empty=spec.empty,
    )


def _state(facet: Facet, query: QueryDict) -> FacetState:
    known = {value for value, _ in facet.choices}
    return FacetState(facet, tuple(v for v in query.getlist(facet.key) if v in known))


def _rows_of(queryset: QuerySet[Any], start: int, size: int) -> list[Any]:
    """Return the rows of one page, from the place `start` counted from 1.

    Skipping to a late page is done over the keys alone, which an index holds; the rows themselves,
    with all that is joined to them, are fetched for one page only.
    """
    if start <= size:
        return list(queryset[:size])
    keys = list(queryset.values_list("pk", flat=True)[start - 1 : start - 1 + size])
    found = {row.pk: row for row in queryset.filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def _matching(search: Sequence[str] | Callable[[str], Q], words: str) -> Q:
    if callable(search):
        return search(words)
    wanted = Q()
    for lookup in search:
        wanted |= Q(**{lookup: words})
    return wanted


def csv_response(listing: Listing[Any]) -> HttpResponse:
    """Return every row of a list, whatever page is shown, as a CSV file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{listing.name}.csv"'
    # Spreadsheets take a file without this mark for their own encoding.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([column.key for column in listing.columns])
    rows = listing.everything
    if isinstance(rows, QuerySet):
        rows = rows.iterator(chunk_size=2000)
    for row in rows:
        writer.writerow([safe_cell(column.value(row)) for column in listing.columns])
    return response


def safe_cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    Parameters
    ----------
    value : object
        Numbers and dates stay as they are; a text that begins like a formula gets a quote.
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
