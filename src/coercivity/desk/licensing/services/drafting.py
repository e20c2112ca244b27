"""Write an application, hand it in, take it back."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from coercivity.catalogue import places
from coercivity.desk import packs, uploads
from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.roles import OrganisationKind, Permission
from coercivity.desk.licensing.defects import defects_of
from coercivity.desk.licensing.models import (
    Application,
    ApplicationLine,
    ApplicationParty,
    Document,
    EndUserCertificateRow,
)
from coercivity.desk.licensing.services.moving import locked_case, move, require, trace
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError
from coercivity.licences import ApplicationState, LicenceKind
from coercivity.units import compatible

__all__ = [
    "add_document",
    "discard",
    "put_line",
    "remove_document",
    "remove_line",
    "set_certificate",
    "set_party",
    "set_use",
    "start_application",
    "submit",
    "withdraw",
]

EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED})


@service
def start_application(
    *,
    actor: User,
    pack: str,
    kind: LicenceKind,
    authority: Organisation,
    linked_to: Application | None = None,
) -> Application:
    """Begin an application; the applicant is the person's own organisation.

    Raises
    ------
    InputError
        If the organisation named decides nothing.
    NotFoundError
        If there is no such pack.
    """
    require(actor, Permission.APPLY)
    if authority.kind != OrganisationKind.AUTHORITY:
        raise InputError(
            f"{authority} issues no licences", where="authority", expected="an authority"
        )
    own = actor.organisation
    case = Application.objects.create(
        reference=uuid.uuid4().hex[:20],
        pack=packs.opened(pack).name,
        kind=kind,
        owner=own,
        authority=authority,
        origin=authority.country,
        created_by=actor,
        created_at=now(),
        linked_to=linked_to,
    )
    case.reference = f"A{case.pk:07d}"
    case.save(update_fields=["reference"])
    ApplicationParty.objects.create(
        application=case, role="applicant", name=own.name, country=own.country, party=own.party
    )
    trace(case, "application begun", actor, kind=kind.value, pack=pack)
    return case


def _editable(case: Application, actor: User) -> Application:
    require(actor, Permission.APPLY)
    found = locked_case(case, actor)
    if ApplicationState(found.state) not in EDITABLE:
        raise InputError(
            f"the application is {found.state.replace('_', ' ')} and cannot be changed",
            where=found.reference,
            expected="a draft, or one that was returned",
        )
    return found


@service
def set_party(
    case: Application, *, actor: User, role: str, name: str, country: str, **more: str
) -> None:
    """Say who takes part in a role.

    Raises
    ------
    InputError
        If the country is not known, or the case cannot be changed any more.
    """
    case = _editable(case, actor)
    values = {"name": name, "country": places.country(country), "party": "", **more}
    ApplicationParty.objects.update_or_create(application=case, role=role, defaults=values)
    trace(case, "party set", actor, role=role, name=name, country=country)


@service
def set_use(
    case: Application, *, actor: User, origin: str, destination: str, end_use: str, text: str
) -> None:
    """Say where the goods leave from, where they end up, and what for."""
    case = _editable(case, actor)
    case.origin, case.destination = places.country(origin), places.country(destination)
    case.end_use, case.end_use_text = end_use, text
    case.save()
    trace(case, "use set", actor, end_use=end_use, destination=destination)


@service
def put_line(
    case: Application,
    *,
    actor: User,
    item: str,
    quantity: Decimal,
    unit: str,
    value: Decimal | None = None,
    currency: str = "",
    number: int | None = None,
) -> ApplicationLine:
    """Add a line, or replace one.

    Raises
    ------
    InputError
        If the unit does not fit the item, or the quantity is not above zero.
    NotFoundError
        If the pack has no such item.
    """
    case = _editable(case, actor)
    usual = packs.opened(case.pack).item(item).unit
    if not compatible(unit, usual):
        raise InputError(
            f"{unit} does not measure this item", where="unit", expected=f"a unit such as {usual}"
        )
    if quantity <= 0:
        raise InputError("the quantity is not above zero", where="quantity")
    last = case.lines.order_by("-number").first()
    number = number or (last.number + 1 if last else 1)
    values = {
        "item": item,
        "quantity": quantity,
        "unit": unit,
        "value": value,
        "currency": currency,
    }
    line, _ = ApplicationLine.objects.update_or_create(
        application=case, number=number, defaults=values
    )
    trace(case, "line set", actor, line=number, item=item, quantity=f"{quantity} {unit}")
    return line


@service
def remove_line(case: Application, *, actor: User, number: int) -> None:
    """Take a line out."""
    case = _editable(case, actor)
    case.lines.filter(number=number).delete()
    trace(case, "line removed", actor, line=number)


@service
def set_certificate(case: Application, *, actor: User, fields: dict[str, Any]) -> None:
    """Fill in the end-user certificate; what is wrong with it is listed, not refused."""
    case = _editable(case, actor)
    EndUserCertificateRow.objects.update_or_create(application=case, defaults={"fields": fields})
    trace(case, "end-user certificate set", actor, number=fields.get("number", ""))


@service
def add_document(
    case: Application, *, actor: User, kind: str, upload: UploadedFile[bytes]
) -> Document:
    """Add a document.

    Raises
    ------
    InputError
        If the file is too large, empty, or of a kind that is not taken.
    """
    case = _editable(case, actor)
    received = uploads.receive(upload, where="upload")
    document = Document.objects.create(
        application=case,
        kind=kind,
        name=received.name,
        media=received.kind,
        file=uploads.store(received),
        added_by=actor,
        added_at=now(),
    )
    trace(case, "document added", actor, name=received.name, sha256=document.file.pk)
    return document


@service
def remove_document(case: Application, *, actor: User, document: Document) -> None:
    """Take a document out of a case that is not handed in; its bytes stay in the store."""
    case = _editable(case, actor)
    case.documents.filter(pk=document.pk).delete()
    trace(case, "document removed", actor, name=document.name)


@service
def submit(case: Application, *, actor: User) -> None:
    """Hand an application in, for the first time or after it was returned.

    Raises
    ------
    InputError
        If anything is missing or wrong; every defect is listed.
    """
    case = _editable(case, actor)
    found = defects_of(case)
    if found:
        raise InputError(
            "the application is not complete",
            where=case.reference,
            problems=[defect.problem for defect in found],
        )
    move(case, "submit" if case.state == ApplicationState.DRAFT else "resubmit", actor=actor)


@service
def discard(case: Application, *, actor: User) -> None:
    """Throw a draft away; it stays on record."""
    require(actor, Permission.APPLY)
    move(locked_case(case, actor), "discard", actor=actor)


@service
def withdraw(case: Application, *, actor: User, reason: str) -> None:
    """Take an application back."""
    require(actor, Permission.APPLY)
    move(locked_case(case, actor), "withdraw", actor=actor, reason=reason)
