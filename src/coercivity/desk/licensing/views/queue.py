"""The queue of applications."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Prefetch, Q

from coercivity.desk import packs
from coercivity.desk.accounts.models import Organisation
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.models import Application, ApplicationLine, StateChange
from coercivity.desk.licensing.services.clock import days_used
from coercivity.desk.listing import Column, Facet, ListSpec, make_listing
from coercivity.desk.moment import now
from coercivity.desk.navigation import address
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.licences import ApplicationState, LicenceKind
from coercivity.timeline import day_in_zone

__all__ = ["queue"]


def _words(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _clock(case: Any) -> int | None:
    """Working days used so far; counted when the case was decided, and up to today until then."""
    counted: int | None = case.working_days
    if counted is not None:
        return counted
    today = day_in_zone(now(), case.authority.zone)
    return days_used(case.open_changes, today)


def _found(words: str) -> Q:
    """Return the filter of a search: one case by its number, or those of an applicant by name.

    Either is answered from an index of its own, which the two joined by "or" would not be.
    """
    reference = words.upper()
    if Application.objects.filter(reference=reference).exists():
        return Q(reference=reference)
    return Q(owner__in=list(Organisation.objects.filter(name__istartswith=words)))


_NEEDED: Final = (
    *("reference", "state", "kind", "pack", "destination", "submitted_on", "working_days"),
    *("owner__name", "authority__zone"),
)
"""Columns of a case that the list shows."""

_SPEC: ListSpec[Any] = ListSpec(
    name="applications",
    caption="Applications",
    columns=(
        Column(
            "reference",
            "Case",
            lambda case: case.reference,
            lambda case: address("licensing:case", case.reference),
        ),
        Column("state", "State", lambda case: _words(case.state)),
        Column("submitted_on", "Submitted", lambda case: case.submitted_on),
        Column("applicant", "Applicant", lambda case: case.owner.name),
        Column(
            "items",
            "Goods",
            lambda case: ", ".join(
                dict.fromkeys(packs.item_name(case.pack, line.item) for line in case.goods)
            ),
        ),
        Column("destination", "To", lambda case: case.destination),
        Column("kind", "Kind", lambda case: _words(case.kind)),
        Column("working_days", "Working days", _clock, numeric=True),
    ),
    facets=(
        Facet("state", "State", "state", [(s.value, _words(s.value)) for s in ApplicationState]),
        Facet("kind", "Kind", "kind", [(k.value, _words(k.value)) for k in LicenceKind]),
    ),
    search=_found,
    orders={
        "newest": ("Newest first", ("-submitted_on", "-id")),
        "oldest": ("Oldest first", ("submitted_on", "id")),
    },
    empty="No application matches.",
)


@page(Permission.SEE_CASES)
def queue(request: DeskRequest) -> Page:
    """List the applications a person may see."""
    # Of a case that is decided the days are known, and its steps need not be fetched.
    steps = StateChange.objects.filter(application__working_days=None)
    steps = steps.only("application", "day", "target")
    rows = (
        visible(Application, request.user)
        .select_related("owner", "authority")
        .only(*_NEEDED)
        .prefetch_related(
            Prefetch("lines", ApplicationLine.objects.only("application", "item"), "goods"),
            Prefetch("changes", steps, to_attr="open_changes"),
        )
    )
    listing = make_listing(request, _SPEC, rows)
    return Page("licensing/queue.html", {"title": "Applications"}, listing=listing)
