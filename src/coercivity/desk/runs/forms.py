"""Forms of runs and of exposure."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from coercivity.catalogue import places
from coercivity.desk import packs
from coercivity.desk.forms import DeskForm
from coercivity.desk.uploads import receive
from coercivity.errors import CoercivityError
from coercivity.experiments.own_chain import TABLES
from coercivity.units import parse_unit

__all__ = [
    "MEMBERS",
    "ChainForm",
    "ComputeForm",
    "EffectForm",
    "PackForm",
    "scenario_choices",
]

MEMBERS: Final = (
    (8, "8, a first look"),
    (64, "64"),
    (250, "250, ranks quantities"),
    (1000, "1000"),
)
"""Sizes offered; the largest keeps a worker busy for some minutes."""

_MOST_BYTES: Final = 1024 * 1024
_LONGEST_SEED: Final = 2**31 - 1

TABLE_WORDS: Final = {
    "bill_of_materials": "Bill of materials",
    "stock": "Stock",
    "suppliers": "Suppliers",
}


def scenario_choices(pack: str) -> list[tuple[str, str]]:
    """Return the scenarios of a pack as choices: id and title."""
    from coercivity.experiments.scenarios import load_scenarios

    return [(s.id, s.title) for s in load_scenarios(packs.opened(pack))]


def others(pack: str) -> list[tuple[str, str]]:
    """Return the scenarios of a pack that are not its baseline, as choices."""
    baseline = packs.opened(pack).meta.get("baseline_scenario")
    return [choice for choice in scenario_choices(pack) if choice[0] != baseline]


def reference_of(pack: str) -> str:
    """Return the scenario that stands for what is reported."""
    known = [name for name, _ in others(pack)]
    wanted = (packs.opened(pack).meta.get("phrases") or {}).get("reference")
    return str(wanted) if wanted in known else known[0]


class SizeForm(DeskForm):
    """How many members, from which seed."""

    members = forms.TypedChoiceField(
        label="Members", choices=MEMBERS, coerce=int, initial=64, help_text="Draws of the unknowns."
    )
    seed = forms.IntegerField(
        label="Seed",
        initial=1,
        min_value=0,
        max_value=_LONGEST_SEED,
        help_text="The same seed gives the same numbers.",
    )


class EffectForm(SizeForm):
    """What a licence changes: under which scenario, over which days."""

    scenario = forms.ChoiceField(label="Scenario", help_text="What else is taken to hold.")
    valid_from = forms.DateField(label="Valid from")
    valid_to = forms.DateField(label="No longer valid from")
    field_order = ("scenario", "valid_from", "valid_to", "members", "seed")

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scenario"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = others(pack)
        field.initial = reference_of(pack)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        values = super().clean() or {}
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and last <= first:
            self.add_error("valid_to", f"The licence must end after {first}.")
        return values


class PackForm(DeskForm):
    """Which pack a firm's chain is examined with."""

    pack = forms.ChoiceField(label="Pack", widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["pack"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = packs.titles()


class ChainForm(DeskForm):
    """A firm's own tables."""

    name = forms.CharField(label="Name", max_length=80, help_text="For you, such as “November”.")
    country = forms.CharField(
        label="Country of your lines", max_length=2, help_text="Two-letter code, such as IN."
    )
    end_use = forms.ChoiceField(label="What your products are for")
    counted_on = forms.DateField(label="Day on which the stock was counted")
    bill_of_materials = forms.FileField(label="Bill of materials (CSV)")
    stock = forms.FileField(label="Stock (CSV)")
    suppliers = forms.FileField(label="Suppliers (CSV)")

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["end_use"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(use, use.replace("_", " ").capitalize()) for use in packs.end_uses(pack)]
        self._pack = pack

    def clean_country(self) -> str:
        """Return the code of one country."""
        try:
            code = places.country(self.cleaned_data["country"])
        except CoercivityError as error:
            raise forms.ValidationError("There is no such country code.") from error
        if len(code) != 2 or code == "EU":
            raise forms.ValidationError("Name one country.")
        return code

    def clean_counted_on(self) -> date:
        """Refuse a day of which the pack knows nothing."""
        day: date = self.cleaned_data["counted_on"]
        first = packs.opened(self._pack).meta.get("network_start")
        if first is not None and day < first:
            raise forms.ValidationError(f"The pack knows nothing before {first}.")
        return day

    def texts(self) -> dict[str, str]:
        """Return the text of every table.

        Raises
        ------
        InputError
            If a file is empty, too large, or no text; it names the field.
        """
        found = {}
        for name in TABLES:
            upload = self.cleaned_data[name]
            assert isinstance(upload, UploadedFile)
            received = receive(upload, kinds=("text",), max_bytes=_MOST_BYTES, where=name)
            found[name] = received.content.decode("utf-8-sig")
        return found


class ComputeForm(SizeForm):
    """Under which scenarios a chain is examined, and which licence is weighed."""

    scenarios = forms.MultipleChoiceField(
        label="Scenarios", widget=forms.CheckboxSelectMultiple, help_text="One or more."
    )
    item = forms.ChoiceField(
        label="A licence for", required=False, help_text="Leave it out to ask for none."
    )
    quantity = forms.DecimalField(
        label="Quantity of the licence",
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=6,
    )
    unit = forms.CharField(label="Unit of the quantity", required=False, max_length=20, initial="t")
    on = forms.DateField(label="First day of the licence", required=False)
    field_order = ("scenarios", "item", "quantity", "unit", "on", "members", "seed")

    def __init__(self, *args: Any, pack: str, items: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("scenarios", scenario_choices(pack)), ("item", [("", "none")])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices if name == "scenarios" else [*choices, *items]
        self.fields["scenarios"].initial = [reference_of(pack)]

    def clean_unit(self) -> str:
        """Return a unit that is known."""
        text = str(self.cleaned_data.get("unit") or "").strip()
        if text:
            try:
                parse_unit(text)
            except CoercivityError as error:
                raise forms.ValidationError("There is no such unit.") from error
        return text

    def clean(self) -> dict[str, Any]:
        """Ask for the whole licence if for any."""
        values = super().clean() or {}
        if values.get("item"):
            for name in ("quantity", "unit", "on"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, "The licence needs this too.")
        return values

    def licence(self) -> dict[str, Any] | None:
        """Return the licence as plain values; None if none is asked for."""
        values = self.cleaned_data
        if not values["item"]:
            return None
        return {
            "item": values["item"],
            "quantity": f"{values['quantity']:f}",
            "unit": values["unit"],
            "on": values["on"].isoformat(),
        }
