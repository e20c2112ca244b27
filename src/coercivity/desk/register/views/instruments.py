"""Instruments, what is in force on a day, every dated act, and what changed between two days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from django.http import Http404
from django.urls import reverse

from coercivity.controls import Change, Instrument, MeasureState, Phase, Register, TimelineRow
from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.forms import form_data
from coercivity.desk.listing import Column, Facet, ListSpec
from coercivity.desk.moment import now
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.register.determining import source_of
from coercivity.desk.register.forms import DayForm, DiffForm, asked
from coercivity.desk.register.tables import list_rows
from coercivity.desk.wording import in_words
from coercivity.errors import NotFoundError
from coercivity.timeline import parse_day

__all__ = ["acts", "changes", "in_force", "instrument", "instruments"]

Row = dict[str, Any]


def _column(
    key: str,
    title: str,
    *,
    link: str = "",
    numeric: bool = False,
    shown: Callable[[Any], object] | None = None,
) -> Column[Row]:
    """Return a column of the rows' entry `key`, linked to their entry `link`."""
    address = (lambda row: row[link]) if link else None
    return Column(key, title, lambda row: row[key], address, numeric, shown)


def _address(pack: str, instrument: str) -> str:
    return reverse("register:instrument", args=[pack, instrument])


@lru_cache(maxsize=1)
def _instruments() -> ListSpec[Row]:
    return ListSpec(
        name="instruments",
        caption="Instruments: published acts of authorities",
        columns=(
            _column("title", "Instrument", link="address"),
            _column("number", "Number"),
            _column("issuer", "Issued by"),
            _column("published_on", "Published"),
            _column("measures", "Measures", numeric=True),
            _column("phase", "Today", shown=in_words),
            _column("subject", "Subject", shown=in_words),
            _column("instrument", "Id"),
        ),
        facets=(Facet("pack", "Subject", "subject", packs.titles()),),
        search=("title", "number", "issuer", "instrument"),
    )


@page(Permission.SEE_CONTROLS)
def instruments(request: DeskRequest) -> Page:
    """List the instruments of all subjects."""
    today = now().date()
    rows = [row for name in packs.names() for row in _instrument_rows(name, today)]
    rows.sort(key=lambda row: (row["published_on"], row["instrument"]), reverse=True)
    listing = list_rows(request, _instruments(), rows)
    context = {"section": "instruments"}
    return Page("register/control_list.html", {"title": "Instruments"}, context, listing=listing)


def _instrument_rows(pack: str, day: date) -> list[Row]:
    register, opened = packs.register_of(pack), packs.opened(pack)
    states = {state.measure.id: state for state in register.states(day)}
    return [
        {
            "title": found.title,
            "address": _address(pack, found.id),
            "number": found.number,
            "issuer": _party(opened, found.issuer),
            "published_on": found.published_on,
            "measures": len(found.measures),
            "phase": _phases(found, states),
            "subject": pack,
            "instrument": found.id,
        }
        for found in register.instruments.values()
    ]


def _party(pack: Any, party: str) -> str:
    known = pack.parties.get(party)
    return str(known.name) if known else party


def _phases(found: Instrument, states: dict[str, MeasureState]) -> str:
    """Say in which states the measures of an instrument are."""
    phases = [states[m.id].phase for m in found.measures if m.id in states]
    named = dict.fromkeys(phase.value.replace("_", " ") for phase in phases)
    return ", ".join(named) or Phase.UNPUBLISHED.value


@page(Permission.SEE_CONTROLS)
def instrument(request: DeskRequest, pack: str, instrument: str) -> Page:
    """Show an instrument: its measures on a day, and every act by or upon it."""
    if pack not in packs.names():
        raise Http404
    register, opened = packs.register_of(pack), packs.opened(pack)
    found = register.instruments.get(instrument)
    if found is None:
        raise NotFoundError(f"no instrument is called {instrument!r}", where=pack)
    given = request.GET.get("on", "")
    day = parse_day(given, where="on") if given else now().date()
    own = {measure.id for measure in found.measures}
    states = [_state_row(s) for s in register.states(day) if s.measure.id in own]
    acts = [
        _act_row(row, pack, opened)
        for row in register.timeline()
        if found.id in (row.action.instrument, row.action.target) or own & set(row.measures)
    ]
    data = {
        "title": found.title,
        "instrument": found.id,
        "number": found.number,
        "issuer": _party(opened, found.issuer),
        "published_on": found.published_on,
        "zone": found.zone,
        "note": found.note,
        "on": day,
        "measures": states,
        "acts": acts,
        "sources": [source_of(opened, key) for key in found.sources],
    }
    return Page("register/instrument.html", data, {"section": "instruments"})


def _state_row(state: MeasureState) -> Row:
    measure = state.measure
    return {
        "instrument": state.instrument.id,
        "number": state.instrument.label,
        "measure": measure.id,
        "article": measure.article,
        "type": measure.type.value.replace("_", " "),
        "effect": state.effect.value.replace("_", " "),
        "phase": state.phase.value.replace("_", " "),
        "since": state.since,
        "knowledge_ends": state.knowledge_ends,
        "items": ", ".join(measure.items) or "every item",
        "origins": ", ".join(measure.origins) or "every origin",
        "destinations": ", ".join(measure.destinations) or "every destination",
        "end_uses": ", ".join(measure.end_uses) or "every end use",
        "parts": ", ".join(state.parts),
        "note": measure.note,
    }


@lru_cache(maxsize=512)
def _target_words(target: str) -> str:
    """Return what an act is upon as people cite it: an instrument, or an article of one."""
    for name in packs.names():
        for found in packs.register_of(name).instruments.values():
            if found.id == target:
                return found.label
            for measure in found.measures:
                if measure.id == target:
                    return ", ".join(filter(None, (found.label, measure.article)))
    return target


def _act_row(row: TimelineRow, pack: str, opened: Any) -> Row:
    action = row.action
    scope = (*action.destinations, *action.items, *action.end_users)
    return {
        "start": row.start,
        "until": row.until,
        "recorded_on": row.recorded_on,
        "kind": action.kind.value,
        "by": row.instrument.label if row.instrument else "",
        "address": _address(pack, row.instrument.id) if row.instrument else "",
        "target": action.target,
        "upon": _target_words(action.target),
        "part": ", ".join(scope),
        "note": action.note,
        "subject": pack,
        "sources": [source_of(opened, key) for key in action.sources],
        "publishers": "; ".join(source_of(opened, key)["publisher"] for key in action.sources),
        "act": action.id,
    }


@lru_cache(maxsize=1)
def _acts() -> ListSpec[Row]:
    return ListSpec(
        name="acts",
        caption="Every dated act, by the day it takes effect",
        columns=(
            _column("start", "From"),
            _column("until", "Until"),
            _column("recorded_on", "Known on"),
            _column("kind", "Act", shown=in_words),
            _column("by", "By", link="address"),
            _column("target", "Upon", shown=_target_words),
            _column("part", "Only for", shown=packs.item_names),
            _column("publishers", "Sources"),
            _column("subject", "Subject", shown=in_words),
            _column("act", "Id"),
        ),
        facets=(Facet("pack", "Subject", "subject", packs.titles()),),
        search=("target", "by", "act", "part"),
    )


@page(Permission.SEE_CONTROLS)
def acts(request: DeskRequest) -> Page:
    """List every dated act of all subjects."""
    rows = [
        _act_row(row, name, packs.opened(name))
        for name in packs.names()
        for row in packs.register_of(name).timeline()
    ]
    rows.sort(key=lambda row: (row["start"], row["recorded_on"], row["act"]), reverse=True)
    listing = list_rows(request, _acts(), rows)
    data = {"title": "Acts upon controls"}
    return Page("register/control_list.html", data, {"section": "acts"}, listing=listing)


_STATES: ListSpec[Row] = ListSpec(
    name="in-force",
    caption="State of every measure known",
    columns=(
        _column("number", "Instrument", link="address"),
        _column("article", "Article"),
        _column("phase", "State", shown=in_words),
        _column("effect", "Effect", shown=in_words),
        _column("since", "Since"),
        _column("knowledge_ends", "Sources end"),
        _column("items", "Items", shown=packs.item_names),
        _column("destinations", "Destinations"),
        _column("end_uses", "End uses"),
        _column("parts", "Changed in part by"),
        _column("measure", "Id"),
    ),
    search=("number", "measure", "items", "destinations"),
    empty="No measure was known.",
)


@page(Permission.SEE_CONTROLS)
def in_force(request: DeskRequest) -> Page:
    """List the state of every measure of a subject on a day, as known on a day."""
    form = asked(DayForm, request.GET, on=now().date(), pack=packs.names()[0])
    data: dict[str, Any] = {"title": "What is in force", **form_data(form)}
    context = {"form": form, "section": "in_force"}
    if not (form.is_bound and form.is_valid()):
        status = 422 if form.is_bound else 200
        return Page("register/in_force.html", data, context, status=status)
    said = form.cleaned_data
    register: Register = packs.register_of(said["pack"])
    rows = [
        _state_row(state) | {"address": _address(said["pack"], state.instrument.id)}
        for state in register.states(said["on"], said["known_at"])
    ]
    listing = list_rows(request, _STATES, rows)
    return Page("register/in_force.html", data, context, listing=listing)


_CHANGES: ListSpec[Row] = ListSpec(
    name="changes",
    caption="Measures whose state differs",
    columns=(
        _column("number", "Instrument", link="address"),
        _column("article", "Article"),
        _column("before", "Before"),
        _column("after", "After"),
        _column("by", "By the acts"),
        _column("publishers", "Sources"),
        _column("measure", "Id"),
    ),
    empty="Nothing differs.",
)


@page(Permission.SEE_CONTROLS)
def changes(request: DeskRequest) -> Page:
    """List what changed between two days, or between two states of knowledge of one day."""
    form = asked(DiffForm, request.GET, pack=packs.names()[0])
    data: dict[str, Any] = {"title": "What changed", **form_data(form)}
    context = {"form": form, "section": "changes"}
    if not (form.is_bound and form.is_valid()):
        status = 422 if form.is_bound else 200
        return Page("register/in_force.html", data, context, status=status)
    said = dict(form.cleaned_data)
    pack = said.pop("pack")
    found = packs.register_of(pack).diff(
        said["before"],
        said["after"],
        known_before=said["known_before"],
        known_after=said["known_after"],
    )
    listing = list_rows(request, _CHANGES, [_change_row(change, pack) for change in found])
    return Page("register/in_force.html", data, context, listing=listing)


def _change_row(change: Change, pack: str) -> Row:
    state = change.after or change.before
    assert state is not None
    opened = packs.opened(pack)
    return {
        "number": state.instrument.label,
        "address": _address(pack, state.instrument.id),
        "article": state.measure.article,
        "before": _words(change.before),
        "after": _words(change.after),
        "by": ", ".join(change.actions),
        "publishers": "; ".join(source_of(opened, key)["publisher"] for key in change.sources),
        "measure": change.measure,
    }


def _words(state: MeasureState | None) -> str:
    if state is None:
        return "not known of"
    words = f"{state.phase.value.replace('_', ' ')}: {state.effect.value.replace('_', ' ')}"
    return f"{words}, sources end {state.knowledge_ends}" if state.knowledge_ends else words
