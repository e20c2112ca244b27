"""The page on which licences are suspended under a new measure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.licensing.forms import text_field
from coercivity.desk.licensing.services.measures import landings, measure_choices, suspend_under
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.errors import CoercivityError

__all__ = ["measure"]


class MeasureForm(DeskForm):
    """Which measure, from which day."""

    measure = forms.ChoiceField(label="Which measure?")
    on = forms.DateField(label="On which day?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["measure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (title, [(f"{name}:{key}", words) for key, words in measure_choices(name)])
            for name, title in packs.titles()
        ]


class SuspendForm(DeskForm):
    """Which of the licences found, and why."""

    licences = forms.MultipleChoiceField(
        label="Which licences?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Those on which it certainly lands are chosen; look at the others yourself.",
    )
    reason = text_field("Why?")


@page(Permission.MANAGE_LICENCES, methods=("GET", "POST"))
def measure(request: DeskRequest) -> Page | HttpResponse:
    """Choose a measure by the query string, then the licences it lands on."""
    asked = MeasureForm(request.GET or None)
    back = reverse("licensing:licences")
    if not asked.is_valid():
        context = {"back": back, "submit": "Find the licences"}
        title = "Suspend licences under a new measure"
        return form_page("licensing/measure.html", asked, title=title, context=context)
    pack, _, name = asked.cleaned_data["measure"].partition(":")
    found = landings(request.user, pack=pack, measure=name, on=asked.cleaned_data["on"])
    sure = [row.licence.reference for row in found if row.governs]
    form = bound(SuspendForm, request, initial={"licences": sure})
    field = form.fields["licences"]
    assert isinstance(field, forms.MultipleChoiceField)
    field.choices = [
        (
            row.licence.reference,
            f"{row.licence.reference}, {row.licence.holder_name}: "
            + (row.why if row.governs else f"may govern; {row.why}"),
        )
        for row in found
    ]
    if form.is_valid():
        chosen = [r.licence for r in found if r.licence.reference in form.cleaned_data["licences"]]
        try:
            suspend_under(
                chosen, actor=request.user, measure=name, reason=form.cleaned_data["reason"]
            )
        except CoercivityError as error:
            take_errors(form, error)
        else:
            messages.success(request, f"{len(chosen)} licences are suspended.")
            return HttpResponseRedirect(back)
    grave = {"back": reverse("licensing:measure"), "submit": "Suspend them", "is_grave": True}
    title = f"{len(found)} licences on which the measure lands or may land"
    return form_page("desk/form.html", form, title=title, context=grave)
