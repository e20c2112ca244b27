"""The set of documents that an act concerns, locked, and its trace in the audit trail."""

from __future__ import annotations

from typing import Any

from coercivity.desk import packs
from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.roles import OrganisationKind, Permission
from coercivity.desk.register.models import EvidenceSet
from coercivity.errors import InputError

__all__ = ["locked_set", "require", "set_of", "trace"]


def require(actor: User) -> None:
    """Refuse to change evidence, whatever page it came from, unless the role includes it.

    Raises
    ------
    InputError
        If it does not.
    """
    if not actor.may(Permission.REVIEW_EVIDENCE):
        raise InputError(
            f"{actor} may not do this",
            where=actor.username,
            expected=f"the right to {Permission.REVIEW_EVIDENCE}",
        )


def set_of(organisation: Organisation, pack: str) -> EvidenceSet:
    """Return an organisation's documents on a subject, locked until the transaction ends.

    Raises
    ------
    NotFoundError
        If there is no such pack.
    """
    packs.opened(pack)
    found, _ = EvidenceSet.objects.get_or_create(owner=organisation, pack=pack)
    return locked_set(found)


def locked_set(found: EvidenceSet) -> EvidenceSet:
    """Return a set afresh; nobody else changes it until the transaction ends."""
    locked = EvidenceSet.objects.select_for_update(of=("self",)).select_related("owner")
    return locked.get(pk=found.pk)


def trace(within: EvidenceSet, event: str, actor: User | None, **details: Any) -> None:
    """Add an act upon a set to the audit trail of its organisation."""
    own = within.owner
    is_authority = own.kind == OrganisationKind.AUTHORITY
    record(
        f"evidence/{own.slug}/{within.pack}",
        event,
        actor=actor,
        owner=own,
        authority=own if is_authority else None,
        **details,
    )
