"""Pages on which a company tracks licences that others have granted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.licensing.forms import DrawForm, country_field, quantity_field
from coercivity.desk.licensing.models import Licence
from coercivity.desk.licensing.services import tracking
from coercivity.desk.licensing.views.acting import Act
from coercivity.desk.licensing.views.licence_acts import record_entry
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.errors import CoercivityError
from coercivity.licences import LicenceKind
from coercivity.units import unit_symbols

__all__ = ["TRACKED_ACTS", "import_tracked", "track"]

_GRADES = [
    ("", "Not graded"),
    ("A", "A: fully trusted"),
    ("B", "B: usually trusted"),
    ("C", "C: fairly trusted"),
    ("D", "D: not usually trusted"),
    ("E", "E: not trusted"),
    ("F", "F: cannot be judged"),
]
_SAYS = [
    ("lists", "Lists the licence"),
    ("omits", "Leaves it out where it would be expected"),
    ("confirms_some", "Confirms some licences without naming this one"),
    ("denies", "Denies it"),
    ("questions", "Questions it"),
]


class SourceForm(DeskForm):
    """Who says so."""

    source = forms.CharField(label="Who says so?", max_length=120)
    url = forms.URLField(label="Where?", required=False, assume_scheme="https")
    grade = forms.ChoiceField(
        label="How far is the source trusted?", choices=_GRADES, required=False
    )


class TrackForm(SourceForm):
    """A licence that a source tells of."""

    pack = forms.ChoiceField(label="Which subject?")
    number = forms.CharField(label="Number of the licence", max_length=60, required=False)
    kind = forms.ChoiceField(label="Kind", choices=[(k.value, k.value) for k in LicenceKind])
    issuer = forms.CharField(label="Who granted it?", max_length=80)
    holder_name = forms.CharField(label="Who holds it?", max_length=200)
    item = forms.CharField(label="Item", max_length=80, help_text="Id of the item in the subject.")
    unit = forms.ChoiceField(label="Unit", choices=[(s, s) for s in unit_symbols()], initial="t")
    quantity = quantity_field("How much does it authorise?", required=False)
    origin = country_field("From")
    destination = country_field("To")
    granted_by = forms.DateField(
        label="Known to exist by", help_text="Not the day of the grant, unless a source tells it."
    )
    valid_to = forms.DateField(label="First day no longer valid", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pack = self.fields["pack"]
        assert isinstance(pack, forms.ChoiceField)
        pack.choices = packs.titles()
        self.order_fields(["pack", "number", "kind", "issuer", "holder_name", "item"])


class SaysForm(SourceForm):
    """What one source says of a licence."""

    says = forms.ChoiceField(label="What does it say?", choices=_SAYS, widget=forms.RadioSelect)
    note = forms.CharField(label="Remark", max_length=1000, required=False)


class ToldQuantityForm(SourceForm):
    """What a licence authorises, as a source tells."""

    quantity = quantity_field("How much does it authorise?", help_text="In the unit of line 1.")


class PackForm(DeskForm):
    """A subject."""

    pack = forms.ChoiceField(label="Which subject?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pack = self.fields["pack"]
        assert isinstance(pack, forms.ChoiceField)
        pack.choices = packs.titles()


@page(Permission.TRACK, methods=("GET", "POST"))
def track(request: DeskRequest) -> Page | HttpResponse:
    """Begin to track a licence."""
    form = bound(TrackForm, request)
    if form.is_valid():
        said = {**form.cleaned_data, "kind": LicenceKind(form.cleaned_data["kind"])}
        try:
            found = tracking.track(actor=request.user, **said)
        except CoercivityError as error:
            take_errors(form, error)
        else:
            return HttpResponseRedirect(reverse("licensing:licence", args=[found.reference]))
    context = {"back": reverse("licensing:licences"), "submit": "Track it"}
    return form_page("desk/form.html", form, title="Track a foreign licence", context=context)


@page(Permission.TRACK, methods=("GET", "POST"))
def import_tracked(request: DeskRequest) -> Page | HttpResponse:
    """Track every licence that the sources of a subject tell of."""
    form = bound(PackForm, request)
    if form.is_valid():
        added = tracking.import_from_pack(actor=request.user, pack=form.cleaned_data["pack"])
        messages.success(request, f"{added} licences taken over, each with its sources.")
        return HttpResponseRedirect(reverse("licensing:licences") + "?posture=asserted")
    context = {"back": reverse("licensing:licences"), "submit": "Take them over"}
    title = "Take over what sources tell"
    return form_page("desk/form.html", form, title=title, context=context)


TRACKED_ACTS: tuple[Act[Licence], ...] = (
    Act(
        "assert",
        "Record what a source says",
        "What a source says of",
        Permission.TRACK,
        lambda licence, user, form: tracking.assert_of(licence, actor=user, **form.cleaned_data),
        "It is recorded beside the others.",
        SaysForm,
    ),
    Act(
        "quantity",
        "Record the quantity",
        "The quantity of",
        Permission.TRACK,
        lambda licence, user, form: tracking.set_quantity(licence, actor=user, **form.cleaned_data),
        "The quantity is recorded; shipments count down from it.",
        ToldQuantityForm,
    ),
    Act(
        "ship",
        "Record a shipment",
        "Record a shipment under",
        Permission.TRACK,
        record_entry,
        "The entry is in your ledger.",
        DrawForm,
        lambda licence: {"licence": licence},
    ),
)
"""Acts upon a tracked licence."""
