"""The list of licences, the page of one, its ledger and its paper."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.licensing.charts import draw_chart, line_bar
from coercivity.desk.licensing.convert import conditions_of
from coercivity.desk.licensing.models import LedgerAccountRow, Licence, LicenceLine, Posture
from coercivity.desk.licensing.paper import licence_pdf
from coercivity.desk.licensing.services.ledger import balances_of, entries_of
from coercivity.desk.licensing.services.reading import line_states, state_now
from coercivity.desk.licensing.views.acting import button
from coercivity.desk.licensing.views.licence_acts import acts_open_to
from coercivity.desk.listing import Column, Facet, Listing, ListSpec, make_listing
from coercivity.desk.moment import now
from coercivity.desk.navigation import address
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.licences import LicenceKind, LicenceState, describe
from coercivity.timeline import day_in_zone

__all__ = ["entries", "licence_page", "licences", "paper"]


def _words(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _left(row: Any) -> str:
    return "; ".join(
        "not known" if found.balance is None else f"{found.balance.remaining:f} {found.line.unit}"
        for found in row.found_lines
    )


_SPEC: ListSpec[Any] = ListSpec(
    name="licences",
    caption="Licences",
    columns=(
        Column(
            "reference",
            "Licence",
            lambda row: row.reference,
            lambda row: address("licensing:licence", row.reference),
        ),
        Column("state", "State", lambda row: _words(row.found_state)),
        Column("holder", "Holder", lambda row: row.holder_name),
        Column(
            "items",
            "Goods",
            lambda row: ", ".join(
                dict.fromkeys(packs.item_name(row.pack, line.item) for line in row.lines.all())
            ),
        ),
        Column("destination", "To", lambda row: row.destination),
        Column("remaining", "Left", _left, numeric=True),
        Column("valid_to", "No longer valid from", lambda row: row.valid_to),
        Column("posture", "Whose act", lambda row: _whose(row)),
    ),
    facets=(
        Facet("kind", "Kind", "kind", [(k.value, _words(k.value)) for k in LicenceKind]),
        Facet(
            "posture",
            "Whose act",
            "posture",
            [("native", "An authority on this desk"), ("asserted", "Told of by sources")],
        ),
        Facet("state", "State", "now", [(s.value, _words(s.value)) for s in LicenceState]),
    ),
    search=("reference__istartswith", "holder_name__icontains"),
    orders={
        "newest": ("Newest first", ("-id",)),
        "ending": ("Ending first", ("valid_to", "id")),
    },
    empty="No licence matches.",
)


def _whose(row: Licence) -> str:
    return "our own" if row.posture == Posture.NATIVE else "told of by sources"


def with_state_now(rows: QuerySet[Licence]) -> QuerySet[Licence]:
    """Add the state of the moment as a column: what the library derives, for filtering.

    The page of a licence asks the library itself; a test holds the two together.
    """
    from django.db.models import Case, CharField, Value, When

    today = now().date()
    of_licence = LicenceLine.objects.filter(licence=OuterRef("pk"))
    accounts = LedgerAccountRow.objects.filter(id=OuterRef("account"))
    open_lines = of_licence.filter(Exists(accounts.filter(drawn__lt=F("authorised"))))
    any_line = of_licence.filter(Exists(accounts))
    is_drawn = Exists(any_line) & ~Exists(open_lines)
    live = Q(state__in=["issued", "active", "suspended", "exhausted"])
    return rows.annotate(
        now=Case(
            When(live & Q(valid_to__lte=today), then=Value("expired")),
            When(is_drawn, state="active", then=Value("exhausted")),
            default=F("state"),
            output_field=CharField(),
        )
    )


@page(Permission.SEE_LICENCES)
def licences(request: DeskRequest) -> Page:
    """List the licences a person may see, with what is left."""
    rows = visible(Licence, request.user).select_related("owner").prefetch_related(
        "lines", "conditions"
    )  # fmt: skip
    if "state" in request.GET:
        rows = with_state_now(rows)
    listing = make_listing(request, _SPEC, rows)
    _fill(listing.rows)
    can_track = request.user.may(Permission.TRACK)
    return Page(
        "licensing/licences.html",
        {"title": "Licences"},
        {"can_track": can_track},
        listing=_filled(listing),
    )


def _fill(rows: Any) -> None:
    """Attach balances and derived states: one query for all rows."""
    balances = balances_of(rows)
    for row in rows:
        row.found_lines = line_states(row, balances)
        row.found_state = state_now(row, balances).value


def _filled(listing: Listing[Any]) -> Listing[Any]:
    """Let the CSV fetch balances in bundles too."""
    from dataclasses import replace

    everything = listing.everything

    def bundles() -> Any:
        assert isinstance(everything, QuerySet)
        bundle: list[Any] = []
        for row in everything.iterator(chunk_size=500):
            bundle.append(row)
            if len(bundle) == 500:
                _fill(bundle)
                yield from bundle
                bundle = []
        _fill(bundle)
        yield from bundle

    return replace(listing, everything=bundles())


def _one(request: DeskRequest, reference: str) -> Licence:
    rows = Licence.objects.select_related("owner", "authority", "application", "supersedes")
    rows = rows.prefetch_related("lines", "conditions")
    return get_visible(rows, request.user, reference=reference)


@page(Permission.SEE_LICENCES)
def licence_page(request: DeskRequest, reference: str) -> Page:
    """Show a licence: what is left, until when, under which conditions, and every entry."""
    found = _one(request, reference)
    balances = balances_of([found])
    lines = line_states(found, balances)
    state = state_now(found, balances)
    posted = entries_of(found)
    today = day_in_zone(now(), found.zone)
    data = {
        "title": f"Licence {found.number or found.reference}",
        "licence": {
            "reference": found.reference,
            "state": state.value,
            "posture": found.posture,
            "kind": found.kind,
            "holder": found.holder_name,
            "issuer": found.issuer,
            "end_users": found.end_users,
            "origin": found.origin,
            "destination": found.destination,
            "valid_from": found.valid_from,
            "valid_to": found.valid_to,
            "zone": found.zone,
        },
        "lines": [line.to_json() for line in lines],
        "conditions": [describe(condition) for condition in conditions_of(found)],
        "entries": [_entry(number, entry) for number, entry in posted],
    }
    context = {
        "row": found,
        "state": state,
        "days_left": (found.valid_to - today).days if found.valid_to else None,
        "line_states": [(line, line_bar(line)) for line in lines],
        "chart": draw_chart(lines, posted, found.valid_from, found.valid_to, today),
        "posted": posted,
        "history": list(found.changes.select_related("actor")),
        "assertions": list(found.assertions.all()),
        "acts": [
            button(act, found.reference, root="licences")
            for act in acts_open_to(found, state, request.user)
        ],
        "is_tracked": found.posture == Posture.ASSERTED,
        "can_track": request.user.may(Permission.TRACK),
    }
    return Page("licensing/licence.html", data, context)


def _entry(number: int, entry: Any) -> dict[str, Any]:
    return {
        "line": number,
        "kind": entry.kind.value,
        "quantity": entry.quantity,
        "unit": entry.unit,
        "reference": entry.reference,
        "at": entry.at,
        "refers_to": entry.refers_to,
        "note": entry.note,
    }


_ENTRIES: ListSpec[Any] = ListSpec(
    name="ledger",
    caption="Entries, oldest first",
    columns=tuple(
        Column(key, _words(key), itemgetter(key))
        for key in ("line", "kind", "quantity", "unit", "reference", "at", "refers_to", "note")
    ),
)


@page(Permission.SEE_LICENCES)
def entries(request: DeskRequest, reference: str) -> Page:
    """List every entry of a licence's ledger."""
    found = _one(request, reference)
    rows = [_entry(number, entry) for number, entry in entries_of(found)]
    listing = Listing(
        columns=_ENTRIES.columns,
        rows=rows,
        everything=rows,
        total=len(rows),
        number=1,
        n_pages=1,
        query=request.GET,
        name=f"ledger-{found.reference}",
        caption=_ENTRIES.caption,
        empty="No entry yet.",
    )
    title = f"Ledger of {found.reference}"
    back = reverse("licensing:licence", args=[reference])
    return Page("licensing/entries.html", {"title": title}, {"back": back}, listing=listing)


@page(Permission.SEE_LICENCES)
def paper(request: DeskRequest, reference: str) -> HttpResponse:
    """Return a licence as PDF."""
    found = _one(request, reference)
    balances = balances_of([found])
    content = licence_pdf(found, line_states(found, balances), state_now(found, balances))
    response = HttpResponse(content, content_type="application/pdf")
    name = "".join(c if c.isalnum() else "-" for c in found.reference)
    response.headers["Content-Disposition"] = f'attachment; filename="licence-{name}.pdf"'
    return response
