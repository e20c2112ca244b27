"""The end-user certificate: a form for what it says, and the library's check of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from coercivity.desk import packs
from coercivity.desk.forms import DeskForm
from coercivity.desk.licensing.convert import issuer_of
from coercivity.desk.licensing.forms import (
    country_field,
    plain_conditions_field,
    quantity_field,
    unit_choices,
)
from coercivity.desk.licensing.models import Application
from coercivity.desk.moment import now
from coercivity.licences.certificate_checks import CertificateCheck, check_certificate
from coercivity.licences.end_user_certificate import (
    CertificateRules,
    Endorsement,
    EndUserCertificate,
    Goods,
    ReadCertificate,
    Submission,
    load_certificate_rules,
)
from coercivity.timeline import day_in_zone

__all__ = ["CertificateForm", "check_of", "fields_of", "initial_of"]

# What an undertaking names, if it names something, is said in a field of its own.
_GOODS: Final = ("item", "quantity", "unit")
_ENDORSEMENTS: Final = ("by", "on", "reference")
_LEAST_ROWS: Final = 3
_OTHER: Final = ("other", "Something else")
"""What a certificate names that the subject does not know; the check says that it does not fit."""


class CertificateForm(DeskForm):
    """What the certificate says."""

    number = forms.CharField(label="Number of the certificate", max_length=60)
    consignee = forms.CharField(label="Consignee", max_length=200, required=False)
    end_user = forms.CharField(label="End user", max_length=200, required=False)
    destination = country_field("Country of the end user", required=False)
    end_use = forms.ChoiceField(label="End use", required=False)
    undertakings = plain_conditions_field("What does the end user undertake?")
    more_undertakings = forms.CharField(
        label="Undertakings that name something",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        help_text="One a line, such as no_reexport_to:US",
    )
    signatory = forms.CharField(label="Who signs?", max_length=200, required=False)
    office = forms.CharField(label="In which office?", max_length=200, required=False)
    signed_on = forms.DateField(label="Signed on", required=False)
    valid_from = forms.DateField(label="Valid from", required=False)
    valid_to = forms.DateField(label="First day no longer valid", required=False)
    endorsements = forms.CharField(
        label="Endorsements",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text="One a line, in the order given: by whom; date; number.",
    )
    consignee_statement = forms.CharField(
        label="Why is the consignee another than the end user?",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    original = forms.BooleanField(label="The original is handed in", required=False)

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uses = [(use, use.replace("_", " ").capitalize()) for use in packs.end_uses(pack)]
        end_use = self.fields["end_use"]
        assert isinstance(end_use, forms.ChoiceField)
        end_use.choices = [("", "Choose an end use"), *uses, _OTHER]
        self._n_rows = max(_LEAST_ROWS, len(self.initial.get("goods", ())) + 1)
        self._add_goods(pack)

    def _add_goods(self, pack: str) -> None:
        """Add the fields of each row of goods, after those of the end use."""
        items = [("", "Choose an item"), *packs.item_choices(pack), _OTHER]
        units = unit_choices(pack)
        known = [*self.initial.get("goods", ()), *[{}] * self._n_rows]
        names = list(self.fields)
        after = names.index("end_use") + 1
        for n in range(1, self._n_rows + 1):
            added = {
                "item": forms.ChoiceField(label=f"Goods {n}", choices=items, required=False),
                "quantity": quantity_field(f"Quantity of goods {n}", required=False),
                "unit": forms.ChoiceField(
                    label=f"Unit of goods {n}", choices=units, required=False
                ),
            }
            for part, field in added.items():
                field.initial = known[n - 1].get(part, "")
                self.fields[f"goods_{part}_{n}"] = field
                names.insert(after, f"goods_{part}_{n}")
                after += 1
        self.order_fields(names)

    def clean(self) -> dict[str, Any]:
        """Put the rows of goods together; each is whole or empty."""
        values = super().clean() or {}
        goods = []
        for n in range(1, self._n_rows + 1):
            said = {part: values.pop(f"goods_{part}_{n}", None) for part in _GOODS}
            if not said["item"] and said["quantity"] is None:
                continue
            for part, value in said.items():
                name = f"goods_{part}_{n}"
                if value in (None, "") and name not in self.errors:
                    self.add_error(name, "Each row of goods has an item, a quantity and a unit.")
            if None not in said.values():
                goods.append({**said, "quantity": f"{said['quantity']:f}"})
        return {**values, "goods": goods}

    def clean_endorsements(self) -> list[dict[str, str]]:
        """Return the endorsements."""
        rows = _rows(self.cleaned_data["endorsements"], _ENDORSEMENTS)
        for row in rows:
            if row["on"] and _day(row["on"]) is None:
                raise ValidationError(f"{row['on']!r} is no date such as 2025-10-31.")
        return rows


def _rows(text: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    """Read lines of values with semicolons between them; what is left out is empty."""
    found = []
    for cells in csv.reader(io.StringIO(text), delimiter=";", skipinitialspace=True):
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * len(names)]
            found.append({name: padded[i].strip() for i, name in enumerate(names)})
    return found


def _text(rows: Iterable[Mapping[str, str]], names: tuple[str, ...]) -> str:
    """Write rows as they are read; PostgreSQL keeps their keys in an order of its own."""
    return "\n".join("; ".join(row[name] for name in names) for row in rows)


def fields_of(form: DeskForm) -> dict[str, Any]:
    """Return what was said as plain values, named as the library names them."""
    said = {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in form.cleaned_data.items()
    }
    more = [line.strip() for line in said.pop("more_undertakings").splitlines() if line.strip()]
    named = {line.partition(":")[0] for line in more}
    said["undertakings"] = [*(kind for kind in said["undertakings"] if kind not in named), *more]
    return said


def initial_of(case: Application) -> dict[str, Any]:
    """Return what the form begins with: what was said before, or what the application says."""
    row = getattr(case, "certificate", None)
    if row is None:
        asked = _submission(case)
        goods = [
            {"item": g.item, "quantity": f"{g.quantity or 0:f}", "unit": g.unit}
            for g in asked.goods
        ]
        return {
            "consignee": asked.consignee,
            "end_user": asked.end_user,
            "destination": asked.destination,
            "end_use": asked.end_use,
            "goods": goods,
        }
    said = dict(row.fields)
    given = said.get("undertakings", [])
    return {
        **said,
        "endorsements": _text(said.get("endorsements", ()), _ENDORSEMENTS),
        "undertakings": [text for text in given if ":" not in text],
        "more_undertakings": "\n".join(text for text in given if ":" in text),
    }


def check_of(case: Application) -> CertificateCheck | None:
    """Return the library's check of a case's certificate; None if it is not filled in."""
    row = getattr(case, "certificate", None)
    if row is None:
        return None
    read = ReadCertificate(_certificate(row.fields), _submission(case), ())
    return check_certificate(read, _rules(case.pack))


@lru_cache(maxsize=8)
def _rules(pack: str) -> tuple[CertificateRules, ...]:
    return load_certificate_rules(packs.opened(pack))


def _certificate(fields: Mapping[str, Any]) -> EndUserCertificate:
    def text(name: str) -> str:
        return fields.get(name) or ""

    return EndUserCertificate(
        number=text("number"),
        consignee=text("consignee"),
        end_user=text("end_user"),
        destination=text("destination"),
        end_use=text("end_use"),
        signatory=text("signatory"),
        office=text("office"),
        consignee_statement=text("consignee_statement"),
        signed_on=_day(text("signed_on")),
        valid_from=_day(text("valid_from")),
        valid_to=_day(text("valid_to")),
        goods=tuple(
            Goods(row["item"], _number(row["quantity"]), row["unit"])
            for row in fields.get("goods", ())
        ),
        undertakings=tuple(fields.get("undertakings", ())),
        endorsements=tuple(
            Endorsement(row["by"], _day(row["on"]), row["reference"])
            for row in fields.get("endorsements", ())
        ),
        original=fields.get("original"),
        where="end-user certificate",
    )


def _submission(case: Application) -> Submission:
    parties = {party.role: party.name for party in case.parties.all()}
    return Submission(
        issuer=issuer_of(case.authority),
        consignee=parties.get("consignee", ""),
        end_user=parties.get("end_user", ""),
        destination=case.destination,
        end_use=case.end_use,
        goods=tuple(Goods(line.item, line.quantity, line.unit) for line in case.lines.all()),
        submitted_on=case.submitted_on or day_in_zone(now(), case.authority.zone),
        where=case.reference,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
