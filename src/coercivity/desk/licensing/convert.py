"""The door between rows and the library's dataclasses; nothing else converts."""

from __future__ import annotations

from decimal import Decimal

from coercivity.desk.accounts.models import Organisation
from coercivity.desk.licensing import models
from coercivity.licences import (
    Application,
    ApplicationLine,
    ApplicationState,
    Condition,
    Licence,
    LicenceKind,
    LicenceLine,
    LicenceState,
    parse_condition,
)

__all__ = ["application_of", "conditions_of", "issuer_of", "licence_of", "put_state"]


def application_of(row: models.Application) -> Application:
    """Return a case as the library knows it; parties and lines are read from the database."""
    parties = {party.role: party.party or party.name for party in row.parties.all()}
    return Application(
        id=row.reference,
        kind=LicenceKind(row.kind),
        issuer=issuer_of(row.authority),
        applicant=parties.get("applicant", ""),
        consignee=parties.get("consignee", ""),
        end_user=parties.get("end_user", ""),
        origin=row.origin,
        destination=row.destination,
        end_use=row.end_use,
        lines=tuple(
            ApplicationLine(line.item, line.quantity, line.unit, line.value, line.currency)
            for line in row.lines.all()
        ),
        documents=tuple(str(document.pk) for document in row.documents.all()),
        state=ApplicationState(row.state),
        previous=ApplicationState(row.previous_state) if row.previous_state else None,
        decided_by=row.decided_by.username if row.decided_by else "",
    )


def put_state(row: models.Application, after: Application) -> None:
    """Write back what a transition changes: the state, the one before a stop, who decided."""
    row.state = after.state.value
    row.previous_state = after.previous.value if after.previous else ""
    if not after.decided_by:
        row.decided_by = None


def issuer_of(authority: Organisation) -> str:
    """Return the id under which an authority issues licences."""
    return authority.party_id


def conditions_of(row: models.Licence) -> tuple[Condition, ...]:
    """Return the conditions of a licence."""
    return tuple(parse_condition(c.text, where=row.reference) for c in row.conditions.all())


def licence_of(row: models.Licence) -> Licence:
    """Return a licence as the library knows it; lines without a quantity are left out."""
    return Licence(
        id=row.reference,
        reference=row.number or row.reference,
        kind=LicenceKind(row.kind),
        issuer=row.ledger_issuer,
        holder=row.owner.party_id,
        end_users=tuple(row.end_users),
        origin=row.origin,
        destination=row.destination,
        lines=tuple(
            LicenceLine(line.item, line.authorised, line.unit, Decimal(line.tolerance))
            for line in row.lines.all()
            if line.authorised is not None
        ),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        zone=row.zone,
        conditions=conditions_of(row),
        state=LicenceState(row.state),
    )
