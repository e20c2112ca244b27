"""Controls on a date: the question is the address, the answer comes with its trace."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from coercivity.controls.answer import NOTICE, TraceStep
from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.forms import form_data, take_errors
from coercivity.desk.moment import now
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.register.determining import Answer, answer, query_of
from coercivity.desk.register.forms import QuestionForm, asked
from coercivity.errors import CoercivityError

__all__ = ["controls"]

_MEANING: Final = {
    "FREE": "no measure in force that is known requires anything",
    "DECLARATION": "the shipment must be declared",
    "LICENCE_REQUIRED": "the exporter must hold a licence for it",
    "GENERAL_LICENCE_AVAILABLE": "a licence is required, and a general one that may cover it is "
    "reported",
    "PRESUMED_DENIED": "a licence is required and refused in principle",
    "PROHIBITED": "no licence can be had",
    "UNKNOWN_REFER": "the sources do not settle it: ask the authority or a lawyer",
}


@page(Permission.SEE_CONTROLS)
def controls(request: DeskRequest) -> Page:
    """Ask what a shipment needs on a day, as known on a day, and show why."""
    form = asked(QuestionForm, request.GET, on=now().date())
    if not request.user.may(Permission.SEE_EVIDENCE):
        del form.fields["evidence"]
    found: Answer | None = None
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        pack, _, item = said["item"].partition(":")
        try:
            found = answer(
                request.user,
                pack,
                query_of(said, item),
                with_evidence=bool(said.get("evidence")),
            )
        except CoercivityError as error:
            take_errors(form, error)
    data: dict[str, Any] = {"title": "Controls on a date", **form_data(form)}
    if found is not None:
        data["answer"] = found.to_json()
    context = {"form": form, "section": "controls", **(_shown(found) if found else {})}
    wrong = form.is_bound and bool(form.errors)
    return Page("register/controls.html", data, context, status=422 if wrong else 200)


class _Row(NamedTuple):
    step: TraceStep
    mark: str
    pack: str


def _shown(found: Answer) -> dict[str, Any]:
    """Return what the page shows of an answer."""
    ruling = found.found
    steps = [_Row(step, _mark(step), found.pack) for step in ruling.trace]
    return {
        "found": found,
        "ruling": ruling,
        "meaning": _MEANING[ruling.outcome.value],
        "item": packs.item_name(found.pack, ruling.query.item),
        "governing": [row for row in steps if row.step.matched is not False],
        "others": [row for row in steps if row.step.matched is False],
        "lists": [
            ("Licences reported under the control, which itself stays in force", ruling.exceptions),
            ("Not known", ruling.missing),
            ("Assumed", ruling.assumed),
            ("What would have to be true for it to be free", ruling.free_if),
        ],
        "notice": NOTICE,
    }


def _mark(step: TraceStep) -> str:
    if step.decides:
        return "decides"
    if step.matched is None:
        return "may govern"
    return "governs" if step.matched else "does not match"
