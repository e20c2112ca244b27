"""Forms of licensing: one thing each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import pycountry
from django import forms

from coercivity.desk import packs
from coercivity.desk.accounts.models import Organisation
from coercivity.desk.accounts.roles import OrganisationKind
from coercivity.desk.forms import DeskForm
from coercivity.desk.licensing.models import (
    Advice,
    Application,
    Decision,
    Document,
    Licence,
    ScreeningDecision,
)
from coercivity.desk.licensing.models.fields import PLACES
from coercivity.licences import EntryKind, LicenceKind
from coercivity.licences.conditions import CONDITION_KINDS
from coercivity.units import compatible, unit_symbols

__all__ = [
    "PLAIN_CONDITIONS",
    "AdviceForm",
    "AnswerForm",
    "AskForm",
    "ConditionForm",
    "ConditionsForm",
    "ConsultForm",
    "DocumentForm",
    "DrawForm",
    "EmptyForm",
    "LineForm",
    "NewForm",
    "PartyForm",
    "ProposeForm",
    "QuantityForm",
    "ReasonForm",
    "RenewForm",
    "ScreeningForm",
    "UseForm",
    "country_field",
    "plain_conditions_field",
    "quantity_field",
    "unit_choices",
]


PLAIN_CONDITIONS: Final = tuple(
    (kind, plain)
    for kind, words in CONDITION_KINDS.items()
    if "{" not in (plain := words.split(" ({", maxsplit=1)[0])
)
"""Conditions that need no more than their words; the others have fields of their own."""


@lru_cache(maxsize=1)
def _countries() -> tuple[tuple[str, str], ...]:
    found = sorted((country.name, country.alpha_2) for country in pycountry.countries)
    return (("", "Choose a country"), *((code, name) for name, code in found))


def country_field(label: str, **options: Any) -> forms.ChoiceField:
    """Return a field for a country."""
    return forms.ChoiceField(label=label, choices=_countries, **options)


def quantity_field(label: str, **options: Any) -> forms.DecimalField:
    """Return a field for an exact quantity."""
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    options.setdefault("min_value", 0)
    return forms.DecimalField(
        label=label, max_digits=15, decimal_places=PLACES, widget=widget, **options
    )


def plain_conditions_field(label: str) -> forms.MultipleChoiceField:
    """Return boxes for the conditions that need no more than their words."""
    return forms.MultipleChoiceField(
        label=label,
        choices=PLAIN_CONDITIONS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def unit_choices(pack: str) -> list[tuple[str, str]]:
    """Return the units in which goods of a pack may be counted, after a choice of none."""
    usual = {found.unit for found in packs.opened(pack).items.values()}
    fitting = [u for u in unit_symbols() if any(compatible(u, other) for other in usual)]
    return [("", "Choose a unit"), *((symbol, symbol) for symbol in fitting)]


def text_field(label: str, **options: Any) -> forms.CharField:
    """Return a field for a paragraph."""
    options.setdefault("max_length", 4000)
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 5}), **options)


class EmptyForm(DeskForm):
    """Nothing but a button."""


class ReasonForm(DeskForm):
    """Why something is done."""

    reason = text_field("Why?", help_text="It goes into the history of the case.")


class NewForm(DeskForm):
    """What is applied for, and from whom."""

    pack = forms.ChoiceField(label="Which subject do the goods belong to?")
    kind = forms.ChoiceField(
        label="Which kind of licence do you need?",
        choices=[
            (LicenceKind.INDIVIDUAL.value, "Individual: one item to one end user"),
            (LicenceKind.GENERAL.value, "General: several end users"),
            (LicenceKind.REGISTRATION.value, "Registration: a certificate for registered exports"),
        ],
        widget=forms.RadioSelect,
    )
    authority = forms.ModelChoiceField(
        label="Which authority decides?",
        queryset=Organisation.objects.none(),
        empty_label="Choose an authority",
        to_field_name="slug",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pack, authority = self.fields["pack"], self.fields["authority"]
        assert isinstance(pack, forms.ChoiceField)
        assert isinstance(authority, forms.ModelChoiceField)
        pack.choices = packs.titles()
        authority.queryset = Organisation.objects.filter(kind=OrganisationKind.AUTHORITY)


class PartyForm(DeskForm):
    """One party of an application."""

    name = forms.CharField(label="Name", max_length=200)
    native_name = forms.CharField(label="Name in its own script", max_length=200, required=False)
    country = country_field("Country")
    address = text_field("Address", required=False)

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role = role


class LineForm(DeskForm):
    """One line of an application."""

    item = forms.ChoiceField(label="What is exported?")
    quantity = quantity_field("How much?", help_text="Such as 12.5")
    unit = forms.ChoiceField(label="Unit")
    value = forms.DecimalField(
        label="Value", max_digits=15, decimal_places=2, min_value=0, required=False
    )
    currency = forms.ChoiceField(
        label="Currency",
        choices=[("", "Choose a currency"), ("USD", "US dollars"), ("INR", "Indian rupees")],
        required=False,
    )

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item, unit = self.fields["item"], self.fields["unit"]
        assert isinstance(item, forms.ChoiceField)
        assert isinstance(unit, forms.ChoiceField)
        item.choices = [("", "Choose an item"), *packs.item_choices(pack)]
        unit.choices = unit_choices(pack)


class UseForm(DeskForm):
    """Where the goods go and what for."""

    origin = country_field("Which country do the goods leave?")
    destination = country_field("Where do they end up?")
    end_use = forms.ChoiceField(label="What are they for?")
    text = text_field(
        "Describe the end use", help_text="The product, the plant, and what is made there."
    )

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        end_use = self.fields["end_use"]
        assert isinstance(end_use, forms.ChoiceField)
        uses = [(use, use.replace("_", " ").capitalize()) for use in packs.end_uses(pack)]
        end_use.choices = [("", "Choose an end use"), *uses]


class DocumentForm(DeskForm):
    """A document to hand in."""

    kind = forms.ChoiceField(label="What is it?", choices=Document.KINDS, widget=forms.RadioSelect)
    upload = forms.FileField(
        label="File",
        help_text="PDF, PNG, JPEG, Word, Excel or plain text, up to 10 MB.",
    )


class AskForm(DeskForm):
    """A question to the applicant."""

    question = text_field("What do you need to know?")
    due_on = forms.DateField(label="Answer wanted by")


class AnswerForm(DeskForm):
    """An answer to a question."""

    text = text_field("Your answer")


class ConsultForm(DeskForm):
    """A request for advice."""

    team = forms.ChoiceField(label="Which team?")
    question = text_field("What do you ask them?")

    def __init__(self, *args: Any, teams: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.ChoiceField)
        team.choices = [(name, name.capitalize()) for name in teams]


class AdviceForm(DeskForm):
    """A team's advice."""

    recommendation = forms.ChoiceField(
        label="What do you advise?", choices=Advice.RECOMMENDATIONS, widget=forms.RadioSelect
    )
    text = text_field("Why?")


class ScreeningForm(DeskForm):
    """A person's verdict on a candidate."""

    verdict = forms.ChoiceField(
        label="Is it the same party?",
        choices=ScreeningDecision.VERDICTS[:2],
        widget=forms.RadioSelect,
    )
    grounds = text_field("How do you know?")


class ConditionsForm(DeskForm):
    """Conditions of a licence, each chosen in words."""

    conditions = plain_conditions_field("Conditions")
    no_reexport_to = forms.MultipleChoiceField(
        label="Countries to which neither the goods nor what is made of them may go on",
        choices=lambda: _countries()[1:],
        widget=forms.SelectMultiple(attrs={"size": 6}),
        required=False,
        help_text="Hold the Ctrl key to choose several.",
    )
    max_single_shipment = quantity_field("Largest single shipment", required=False)
    shipment_unit = forms.ChoiceField(label="Unit of the shipment", required=False)
    report_by = forms.DateField(label="Use is reported by", required=False)
    site_only = forms.CharField(
        label="Used at these sites only",
        max_length=200,
        required=False,
        help_text="Ids of the sites, with commas between them.",
    )

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["shipment_unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = unit_choices(pack)

    def clean(self) -> dict[str, Any]:
        """Ask for the unit of a largest shipment."""
        values = super().clean() or {}
        if values.get("max_single_shipment") is not None and not values.get("shipment_unit"):
            self.add_error("shipment_unit", "Choose the unit of the largest shipment.")
        return values

    def condition_texts(self) -> list[str]:
        """Return the conditions as the library writes them."""
        said = self.cleaned_data
        found = list(said["conditions"])
        if said["no_reexport_to"]:
            found.append(f"no_reexport_to:{','.join(said['no_reexport_to'])}")
        if said["max_single_shipment"] is not None:
            largest = f"{said['max_single_shipment'].normalize():f}"
            found.append(f"max_single_shipment:{largest} {said['shipment_unit']}")
        if said["report_by"]:
            found.append(f"report_by:{said['report_by'].isoformat()}")
        if said["site_only"].strip(" ,"):
            found.append(f"site_only:{said['site_only'].strip()}")
        return found


_CONDITION_FIELDS: Final = tuple(ConditionsForm.base_fields)


class ProposeForm(ConditionsForm):
    """A decision."""

    field_order = ("outcome", "grounds", "valid_from", "valid_to", *_CONDITION_FIELDS)

    outcome = forms.ChoiceField(
        label="What do you decide?", choices=Decision.OUTCOMES, widget=forms.RadioSelect
    )
    grounds = text_field("Grounds", help_text="Shown to the applicant.")
    valid_from = forms.DateField(label="Valid from", required=False)
    valid_to = forms.DateField(
        label="First day no longer valid", required=False, help_text="Leave empty when refusing."
    )

    def __init__(self, *args: Any, case: Application, **kwargs: Any) -> None:
        super().__init__(*args, pack=case.pack, **kwargs)
        self.lines = list(case.lines.all())
        for line in self.lines:
            self.fields[f"granted_{line.number}"] = quantity_field(
                f"Quantity granted of line {line.number}, in {line.unit}",
                help_text=f"{packs.item_name(case.pack, line.item)}; asked for: "
                f"{line.quantity.normalize():f} {line.unit}",
                required=False,
                initial=f"{line.quantity.normalize():f}",
            )

    def values(self) -> dict[str, Any]:
        """Return what was said as the service takes it."""
        said = self.cleaned_data
        return {
            "outcome": said["outcome"],
            "grounds": said["grounds"],
            "valid_from": said["valid_from"],
            "valid_to": said["valid_to"],
            "conditions": self.condition_texts(),
            "granted": [said[f"granted_{line.number}"] or 0 for line in self.lines],
        }


class DrawForm(DeskForm):
    """An entry in the ledger."""

    line = forms.TypedChoiceField(label="Which line?", coerce=int)
    kind = forms.ChoiceField(
        label="What happened?",
        choices=[
            (EntryKind.DRAW.value, "Goods left"),
            (EntryKind.RESERVE.value, "A shipment is planned: hold the quantity"),
            (EntryKind.RELEASE.value, "A planned shipment was dropped: let the quantity go"),
            (EntryKind.REVERSE.value, "A draw-down was wrong: take it back"),
        ],
        widget=forms.RadioSelect,
    )
    quantity = quantity_field("Quantity")
    reference = forms.CharField(
        label="Reference",
        max_length=120,
        help_text="Of the declaration. Sent twice, it counts once.",
    )
    at = forms.DateField(label="Day the goods left", help_text="In the authority's time zone.")
    refers_to = forms.CharField(
        label="Reference of the earlier entry",
        max_length=120,
        required=False,
        help_text="Of the reservation drawn on or let go, or of the draw-down taken back.",
    )
    note = forms.CharField(label="Remark", max_length=300, required=False)

    def __init__(self, *args: Any, licence: Licence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line = self.fields["line"]
        assert isinstance(line, forms.TypedChoiceField)
        line.choices = [
            (row.number, f"{row.number}: {packs.item_name(licence.pack, row.item)}, in {row.unit}")
            for row in licence.lines.all()
        ]


class QuantityForm(DeskForm):
    """A change of the quantity of a line."""

    line = forms.TypedChoiceField(label="Which line?", coerce=int)
    quantity = quantity_field(
        "By how much?", min_value=None, help_text="With a minus sign to authorise less."
    )
    reference = forms.CharField(label="Reference of the amendment", max_length=120)
    reason = text_field("Why?")

    def __init__(self, *args: Any, licence: Licence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line = self.fields["line"]
        assert isinstance(line, forms.TypedChoiceField)
        line.choices = [
            (row.number, f"{row.number}: {packs.item_name(licence.pack, row.item)}, in {row.unit}")
            for row in licence.lines.all()
        ]


class ConditionForm(ConditionsForm):
    """A further condition."""

    reason = text_field("Why?")

    def clean(self) -> dict[str, Any]:
        """Ask for one condition: each is an amendment of its own."""
        values = super().clean()
        if not self.errors and len(self.condition_texts()) != 1:
            self.add_error("conditions", "Choose one condition, here or below.")
        return values

    def values(self) -> dict[str, Any]:
        """Return what was said as the service takes it."""
        return {"text": self.condition_texts()[0], "reason": self.cleaned_data["reason"]}


class RenewForm(DeskForm):
    """Another validity."""

    valid_from = forms.DateField(label="Valid from")
    valid_to = forms.DateField(label="First day no longer valid")
    reason = text_field("Why?")
