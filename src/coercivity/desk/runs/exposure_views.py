"""Pages of exposure: hand in one's own tables, see cover, have scenarios examined."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.listing import Column, ListSpec, make_listing
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.desk.runs.forms import TABLE_WORDS, ChainForm, ComputeForm, PackForm
from coercivity.desk.runs.models import ExposureSet, Job
from coercivity.desk.runs.services import exposing
from coercivity.desk.runs.simulating import rows_of
from coercivity.errors import CoercivityError, Problem
from coercivity.experiments.own_chain import TABLES, chain_of, template

__all__ = ["begin", "chain_page", "compute", "exposure", "hand_in", "template_file"]

_LIST: ListSpec[ExposureSet] = ListSpec(
    name="exposure",
    caption="Tables handed in",
    columns=[
        Column(
            "name", "Name", lambda row: row.name, lambda row: reverse("runs:chain", args=[row.pk])
        ),
        Column("pack", "Pack", lambda row: packs.opened(row.pack).title),
        Column("country", "Country", lambda row: row.country),
        Column("counted_on", "Stock counted on", lambda row: row.counted_on),
        Column("created_at", "Handed in", lambda row: row.created_at),
    ],
    search=("name__icontains",),
    empty="Nothing is handed in yet.",
)


@page(Permission.SEE_EXPOSURE)
def exposure(request: DeskRequest) -> Page:
    """List the tables that one's organisation handed in."""
    rows = visible(ExposureSet, request.user).defer("tables")
    return Page(
        "runs/exposure.html",
        {"title": "Exposure"},
        listing=make_listing(request, _LIST, rows),
    )


@page(Permission.SEE_EXPOSURE, methods=("GET", "POST"))
def begin(request: DeskRequest) -> Page | HttpResponse:
    """Choose the pack first: it decides the items that may be named."""
    form = bound(PackForm, request)
    if form.is_valid():
        return HttpResponseRedirect(reverse("runs:hand_in", args=[form.cleaned_data["pack"]]))
    context = {"back": reverse("runs:exposure"), "submit": "Continue"}
    return form_page(
        "desk/form.html", form, title="Which goods are you exposed to?", context=context
    )


def _known_pack(name: str) -> str:
    if name not in packs.names():
        raise Http404
    return name


@page(Permission.SEE_EXPOSURE, methods=("GET", "POST"))
def hand_in(request: DeskRequest, pack: str) -> Page | HttpResponse:
    """Hand in one's own stock, suppliers and bill of materials."""
    _known_pack(pack)
    initial = {"country": request.user.organisation.country}
    form = bound(ChainForm, request, pack=pack, initial=initial)
    if form.is_valid():
        values = {k: v for k, v in form.cleaned_data.items() if k not in TABLES}
        try:
            found = exposing.hand_in(actor=request.user, pack=pack, texts=form.texts(), **values)
        except CoercivityError as error:
            _take_row_errors(form, error)
        else:
            messages.success(request, "Your tables are kept.")
            return HttpResponseRedirect(reverse("runs:chain", args=[found.pk]))
    context: dict[str, Any] = {
        "back": reverse("runs:exposure"),
        "submit": "Check and keep",
        "pack": pack,
        "templates": [
            (TABLE_WORDS[name], name, [(column.name, column.text) for column in columns])
            for name, columns in TABLES.items()
        ],
        "items": packs.item_choices(pack),
    }
    return form_page("runs/hand_in.html", form, title="Hand in your tables", context=context)


def _take_row_errors(form: DeskForm, error: CoercivityError) -> None:
    """Put each problem of a row beside the file it is in."""
    for problem in error.problems:
        table = problem.where.partition(".csv")[0]
        if table in form.fields and ".csv" in problem.where:
            form.add_error(table, _words(problem))
        else:
            take_errors(form, type(error)(problem.what, problems=[problem]))


def _words(problem: Problem) -> str:
    text = f"{problem.where}: {problem.what}."
    if problem.expected:
        text += f" Expected: {problem.expected}."
    if problem.hint:
        text += f" Next: {problem.hint}."
    return text


@page(Permission.SEE_EXPOSURE)
def template_file(request: DeskRequest, pack: str, table: str) -> HttpResponse:
    """Give a table to fill in as a CSV file."""
    _known_pack(pack)
    if table not in TABLES:
        raise Http404
    focus = packs.opened(pack).meta.get("focus") or {}
    known = packs.opened(pack).items
    item = next((k for k, v in known.items() if focus.get("item") in v.parents), next(iter(known)))
    text = template(table, item=item, origin=str(focus.get("authority_country") or ""))
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return response


@page(Permission.SEE_EXPOSURE)
def chain_page(request: DeskRequest, pk: int) -> Page:
    """Show a chain: days of cover at once, and what was examined."""
    from coercivity.experiments.exposure import cover_table
    from coercivity.experiments.outcomes import plain_columns

    chain = get_visible(ExposureSet, request.user, pk=pk)
    cover = rows_of(plain_columns(cover_table(chain_of(chain.tables))))
    jobs = visible(Job, request.user).filter(subject=f"exposure/{chain.pk}").defer("parameters")
    data = {
        "title": chain.name,
        "chain": {
            "pack": chain.pack,
            "country": chain.country,
            "end_use": chain.end_use,
            "counted_on": chain.counted_on,
        },
        "cover": cover,
        "runs": [{"id": job.pk, "state": job.state, "title": job.title} for job in jobs],
    }
    context = {"chain": chain, "jobs": jobs, "pack_title": packs.opened(chain.pack).title}
    return Page("runs/chain.html", data, context)


@page(Permission.SEE_EXPOSURE, methods=("GET", "POST"))
def compute(request: DeskRequest, pk: int) -> Page | HttpResponse:
    """Have a chain examined under scenarios, with or without a licence."""
    from coercivity.experiments.exposure import licensable

    chain = get_visible(ExposureSet.objects.select_related("owner"), request.user, pk=pk)
    named = [(k, packs.item_name(chain.pack, k)) for k in licensable(chain_of(chain.tables))]
    form = bound(ComputeForm, request, pack=chain.pack, items=named)
    if form.is_valid():
        values = form.cleaned_data
        try:
            job = exposing.examine(
                chain,
                actor=request.user,
                scenarios=values["scenarios"],
                licence=form.licence(),
                members=values["members"],
                seed=values["seed"],
            )
        except CoercivityError as error:
            take_errors(form, error)
        else:
            return HttpResponseRedirect(reverse("runs:job", args=[job.pk]))
    return form_page(
        "desk/form.html",
        form,
        title="What do you want to know?",
        context={
            "back": reverse("runs:chain", args=[pk]),
            "submit": "Put it into the queue",
            "text": "Every scenario gives the days on which your lines go down. For a licence you "
            "also learn how many days of your lines it saves.",
        },
    )
