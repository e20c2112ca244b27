"""Bring cases and licences into the state that a test begins with, through the services."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from coercivity.desk import packs
from coercivity.desk.licensing.models import Application, Licence
from coercivity.desk.licensing.services import deciding, drafting, review
from coercivity.licences import LicenceKind
from coercivity.licences.end_user_certificate import load_certificate_rules

PDF = b"%PDF-1.4\n%%EOF\n"


def pdf(name: str = "contract.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def certificate_fields(quantity: str = "10") -> dict[str, Any]:
    """Return a certificate that keeps the rules of the pack for this authority, if it has any."""
    today = timezone.now().date().isoformat()
    rules = [
        rule
        for rule in load_certificate_rules(packs.opened("rare_earth_magnets"))
        if (rule.issuer, rule.destination) == ("mofcom", "IN")
    ]
    undertakings = {"no_military_use", "no_transfer", *(u for r in rules for u in r.undertakings)}
    return {
        "number": "EUC-1",
        "consignee": "Buyer One",
        "end_user": "Maker Two",
        "destination": "IN",
        "end_use": "ev",
        "goods": [{"item": "ndfeb_magnet_heavy", "quantity": quantity, "unit": "t"}],
        "undertakings": sorted(undertakings),
        "signatory": "A. Person",
        "office": "Head of purchasing",
        "signed_on": today,
        "valid_from": today,
        "valid_to": None,
        "endorsements": [
            {"by": party, "on": today, "reference": "1"}
            for party in (rules[-1].endorsements if rules else ())
        ],
        "consignee_statement": "The buyer is the maker's purchasing arm.",
        "original": True,
    }


def certificate_form() -> dict[str, Any]:
    """Return the same as a browser sends it."""
    said = {k: v for k, v in certificate_fields().items() if v is not None}
    given, goods = said["undertakings"], said.pop("goods")
    return {
        **said,
        **{
            f"goods_{part}_{number}": value
            for number, row in enumerate(goods, 1)
            for part, value in row.items()
        },
        "endorsements": "\n".join("; ".join(row.values()) for row in said["endorsements"]),
        "undertakings": [u for u in given if ":" not in u],
        "more_undertakings": "\n".join(u for u in given if ":" in u),
        "original": "on",
    }


def draft(people: SimpleNamespace, quantity: str = "10") -> Application:
    """Return a draft without defects."""
    holder = people.holder
    case = drafting.start_application(
        actor=holder,
        pack="rare_earth_magnets",
        kind=LicenceKind.INDIVIDUAL,
        authority=people.authority,
    )
    drafting.set_party(case, actor=holder, role="consignee", name="Buyer One", country="IN")
    drafting.set_party(case, actor=holder, role="end_user", name="Maker Two", country="IN")
    drafting.put_line(
        case, actor=holder, item="ndfeb_magnet_heavy", quantity=Decimal(quantity), unit="t"
    )
    drafting.set_use(
        case, actor=holder, origin="CN", destination="IN", end_use="ev", text="Traction motors"
    )
    drafting.set_certificate(case, actor=holder, fields=certificate_fields(quantity))
    for kind in ("end_user_certificate", "contract"):
        drafting.add_document(case, actor=holder, kind=kind, upload=pdf(f"{kind}.pdf"))
    case.refresh_from_db()
    return case


def submitted(people: SimpleNamespace, quantity: str = "10") -> Application:
    case = draft(people, quantity)
    drafting.submit(case, actor=people.holder)
    case.refresh_from_db()
    return case


def reviewed(people: SimpleNamespace, quantity: str = "10") -> Application:
    case = submitted(people, quantity)
    review.take(case, actor=people.officer)
    review.conclude(case, actor=people.officer, reason="complete")
    case.refresh_from_db()
    return case


def proposed(people: SimpleNamespace, quantity: str = "10", **changes: Any) -> Application:
    case = reviewed(people, quantity)
    today = timezone.now().date()
    values = {
        "outcome": "approve",
        "grounds": "civil use, known end user",
        "granted": [Decimal(quantity)],
        "conditions": ["no_military_use", "max_single_shipment:5 t"],
        "valid_from": today - timedelta(days=30),
        "valid_to": today + timedelta(days=150),
        **changes,
    }
    deciding.propose(case, actor=people.decider, **values)
    case.refresh_from_db()
    return case


def licensed(people: SimpleNamespace, quantity: str = "10", **changes: Any) -> Licence:
    case = proposed(people, quantity, **changes)
    found = deciding.countersign(case, actor=people.decider2)
    assert found is not None
    return found
