"""Lists whose rows do not come from the database: the same facets, pages and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from coercivity.desk.listing import FacetState, Listing, ListSpec

__all__ = ["list_rows"]


def list_rows(
    request: HttpRequest, spec: ListSpec[dict[str, Any]], rows: Sequence[dict[str, Any]]
) -> Listing[dict[str, Any]]:
    """Return a list of mappings as the query string of a request asks for it.

    Parameters
    ----------
    request : HttpRequest
        With ``page``, ``q`` and the keys of the facets.
    spec : ListSpec
        `lookup` of a facet and the entries of `search` are keys of the rows.
    rows : sequence of dict
        In the order in which they are shown.
    """
    states = []
    for facet in spec.facets:
        known = {value for value, _ in facet.choices}
        chosen = tuple(v for v in request.GET.getlist(facet.key) if v in known)
        states.append(FacetState(facet, chosen))
        if chosen:
            rows = [row for row in rows if row[facet.lookup] in chosen]
    words = request.GET.get("q", "").strip().casefold()
    keys = () if callable(spec.search) else tuple(spec.search)
    if keys and words:
        rows = [row for row in rows if any(words in str(row[k]).casefold() for k in keys)]
    paginator = Paginator(rows, spec.page_size)
    shown = paginator.get_page(request.GET.get("page"))
    return Listing(
        columns=spec.columns,
        rows=list(shown.object_list),
        everything=rows,
        total=paginator.count,
        number=shown.number,
        n_pages=paginator.num_pages,
        query=request.GET,
        facets=tuple(states),
        search=request.GET.get("q", "").strip() if keys else None,
        name=spec.name,
        caption=spec.caption,
        empty=spec.empty,
    )
