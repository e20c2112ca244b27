"""Issue licences, and every act upon one: suspend, reinstate, revoke, amend, supersede."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.convert import issuer_of, licence_of
from coercivity.desk.licensing.models import (
    Application,
    Decision,
    LedgerEntryRow,
    Licence,
    LicenceChange,
    LicenceCondition,
    LicenceLine,
    Posture,
)
from coercivity.desk.licensing.services.ledger import ledger
from coercivity.desk.licensing.services.moving import require, today_at
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError, NotFoundError
from coercivity.licences import (
    EntryKind,
    LedgerEntry,
    LicenceState,
    accounts_of,
    change,
    parse_condition,
)

__all__ = [
    "act_upon",
    "add_condition",
    "adjust",
    "cancel",
    "change_state",
    "issue",
    "locked_licence",
    "open_accounts",
    "reinstate",
    "renew",
    "revoke",
    "surrender",
    "suspend",
    "trace_licence",
]


def locked_licence(licence: Licence, actor: User) -> Licence:
    """Return a licence afresh, so that nobody else can change it until the transaction ends.

    Raises
    ------
    NotFoundError
        If the person may not see it.
    """
    rows = Licence.objects.select_for_update(of=("self",)).select_related("owner", "authority")
    try:
        return visible(rows, actor).get(pk=licence.pk)
    except Licence.DoesNotExist as error:
        raise NotFoundError(f"no licence is called {licence.reference!r}") from error


def trace_licence(licence: Licence, event: str, actor: User | None, **details: object) -> None:
    """Write an act upon a licence into its audit trail."""
    shown: dict[str, Any] = {
        key: str(value) for key, value in details.items() if value not in ("", None)
    }
    record(
        licence.chain, event, actor=actor, owner=licence.owner, authority=licence.authority, **shown
    )


def issue(case: Application, decision: Decision, *, actor: User) -> Licence:
    """Issue the licence that a countersigned decision grants; called in its transaction."""
    if decision.valid_from is None:
        raise InputError("the decision has no validity", where=case.reference)
    parties = {party.role: party for party in case.parties.all()}
    end_user = parties["end_user"]
    licence = Licence.objects.create(
        reference=uuid.uuid4().hex,
        pack=case.pack,
        kind=case.kind,
        owner=case.owner,
        authority=case.authority,
        issuer=issuer_of(case.authority),
        holder_name=parties["applicant"].name,
        end_users=[end_user.party or end_user.name],
        application=case,
        origin=case.origin,
        destination=case.destination,
        valid_from=decision.valid_from,
        valid_to=decision.valid_to,
        zone=case.authority.zone,
        issued_at=now(),
    )
    licence.reference = f"L{licence.pk:07d}"
    licence.save(update_fields=["reference"])
    granted = [Decimal(text) for text in decision.granted]
    lines = [(line.item, line.unit, q) for line, q in zip(case.lines.all(), granted, strict=True)]
    _write_lines(licence, [(item, unit, q) for item, unit, q in lines if q > 0])
    for text in decision.conditions:
        LicenceCondition.objects.create(licence=licence, text=text)
    open_accounts(licence)
    note_change(licence, "issue", "", actor, decision.grounds)
    change_state(licence, "activate", actor=actor)
    return licence


def _write_lines(licence: Licence, lines: Sequence[tuple[str, str, Decimal]]) -> None:
    for number, (item, unit, quantity) in enumerate(lines, start=1):
        account = licence.reference if len(lines) == 1 else f"{licence.reference}/{number}"
        LicenceLine.objects.create(
            licence=licence,
            number=number,
            item=item,
            authorised=quantity,
            unit=unit,
            account=account,
        )


def open_accounts(licence: Licence) -> None:
    """Open the ledger accounts of a licence's lines."""
    opened = ledger()
    for account in accounts_of(licence_of(licence)):
        opened.open(account)


def note_change(licence: Licence, event: str, source: str, actor: User | None, reason: str) -> None:
    """Add a row to a licence's history and to its audit trail."""
    LicenceChange.objects.create(
        licence=licence,
        event=event,
        source=source,
        target=licence.state,
        at=now(),
        actor=actor,
        reason=reason,
    )
    trace_licence(licence, event.replace("_", " "), actor, state=licence.state, reason=reason)


def change_state(licence: Licence, event: str, *, actor: User | None, reason: str = "") -> None:
    """Bring a locked licence to the state that an event of the library's table leads to.

    Raises
    ------
    IllegalTransitionError
        If the table has no such transition, or its guard says no.
    """
    source = licence.state
    accounts = licence.lines.values_list("account", flat=True)
    n_entries = LedgerEntryRow.objects.filter(account__in=list(accounts)).count()
    licence.state = change(licence_of(licence), event, n_entries=n_entries).state.value
    licence.save(update_fields=["state"])
    note_change(licence, event, source, actor, reason)


def act_upon(
    licence: Licence, event: str, *, actor: User, reason: str, permission: Permission
) -> Licence:
    """Lock a licence of our own and act upon it."""
    require(actor, permission)
    licence = locked_licence(licence, actor)
    if licence.posture != Posture.NATIVE:
        raise InputError(
            "the licence is somebody else's act", where=licence.reference, hint="record what a "
            "source says of it instead",
        )  # fmt: skip
    change_state(licence, event, actor=actor, reason=reason)
    return licence


@service
def suspend(licence: Licence, *, actor: User, reason: str) -> None:
    """Suspend a licence: nothing more may leave under it."""
    act_upon(licence, "suspend", actor=actor, reason=reason, permission=Permission.MANAGE_LICENCES)


@service
def reinstate(licence: Licence, *, actor: User, reason: str) -> None:
    """Let a suspended licence be used again."""
    act_upon(
        licence, "reinstate", actor=actor, reason=reason, permission=Permission.MANAGE_LICENCES
    )


@service
def revoke(licence: Licence, *, actor: User, reason: str) -> None:
    """Revoke a licence for good."""
    act_upon(licence, "revoke", actor=actor, reason=reason, permission=Permission.MANAGE_LICENCES)


@service
def cancel(licence: Licence, *, actor: User, reason: str) -> None:
    """Cancel a licence that was issued by mistake and never drawn on."""
    act_upon(licence, "cancel", actor=actor, reason=reason, permission=Permission.MANAGE_LICENCES)


@service
def surrender(licence: Licence, *, actor: User, reason: str) -> None:
    """Give a licence back."""
    act_upon(licence, "surrender", actor=actor, reason=reason, permission=Permission.HOLD_LICENCES)


@service
def add_condition(licence: Licence, *, actor: User, text: str, reason: str) -> None:
    """Amend a licence by a further condition.

    Raises
    ------
    InputError
        If the condition cannot be read, or the licence is at an end.
    """
    require(actor, Permission.MANAGE_LICENCES)
    licence = _live(licence, actor)
    parse_condition(text, where="text")
    LicenceCondition.objects.create(licence=licence, text=text)
    note_change(licence, "amend", licence.state, actor, f"{text}: {reason}")


@service
def adjust(
    licence: Licence,
    *,
    actor: User,
    line: int,
    quantity: Decimal,
    reference: str,
    reason: str,
    at: date | datetime | None = None,
) -> None:
    """Amend the quantity of a line, up or down, by an entry in its ledger.

    Raises
    ------
    OverdrawError
        If less would be left than is drawn and reserved.
    """
    require(actor, Permission.MANAGE_LICENCES)
    licence = _live(licence, actor)
    row = licence.lines.get(number=line)
    day = at or today_at(licence.owner if licence.authority is None else licence.authority)
    entry = LedgerEntry(
        row.account, EntryKind.ADJUST, quantity, row.unit, reference, day, note=reason
    )
    (added,) = ledger().post(entry)
    if added:
        note_change(licence, "amend", licence.state, actor, f"line {line}: {quantity:+f}: {reason}")


@service
def renew(
    licence: Licence, *, actor: User, valid_from: date, valid_to: date, reason: str
) -> Licence:
    """Supersede a licence by one with another validity; what is left is carried over.

    Raises
    ------
    InputError
        If the validity is not possible, or nothing is left to carry.
    """
    require(actor, Permission.MANAGE_LICENCES)
    old = _live(licence, actor)
    if valid_to <= valid_from:
        raise InputError("the validity does not end after it begins", where="valid_to")
    new = _successor(old, valid_from, valid_to)
    opened = ledger()
    day = today_at(new.authority) if new.authority else valid_from
    for before, line, account in zip(
        old.lines.all(), new.lines.all(), accounts_of(licence_of(new)), strict=True
    ):
        if opened.remaining(before.account) > 0:
            reference = f"{new.reference} for {old.reference}, line {line.number}"
            opened.supersede(before.account, account, reference=reference, at=day)
        else:
            opened.open(account)
    note_change(new, "issue", "", actor, f"supersedes {old.reference}: {reason}")
    change_state(new, "activate", actor=actor)
    change_state(old, "supersede", actor=actor, reason=f"by {new.reference}: {reason}")
    return new


def _successor(old: Licence, valid_from: date, valid_to: date) -> Licence:
    """Copy a licence with another validity; its lines start at nothing and take over the rest."""
    new = Licence.objects.create(
        reference=uuid.uuid4().hex,
        pack=old.pack,
        kind=old.kind,
        owner=old.owner,
        authority=old.authority,
        issuer=old.issuer,
        holder_name=old.holder_name,
        end_users=old.end_users,
        supersedes=old,
        origin=old.origin,
        destination=old.destination,
        valid_from=valid_from,
        valid_to=valid_to,
        zone=old.zone,
        issued_at=now(),
    )
    new.reference = f"L{new.pk:07d}"
    new.save(update_fields=["reference"])
    _write_lines(new, [(line.item, line.unit, Decimal(0)) for line in old.lines.all()])
    for condition in old.conditions.all():
        LicenceCondition.objects.create(licence=new, text=condition.text)
    return new


def _live(licence: Licence, actor: User) -> Licence:
    """Return a licence of our own, locked, that is not at an end."""
    licence = locked_licence(licence, actor)
    at_end = {
        LicenceState.REVOKED,
        LicenceState.SURRENDERED,
        LicenceState.SUPERSEDED,
        LicenceState.CANCELLED,
    }
    if licence.posture != Posture.NATIVE or LicenceState(licence.state) in at_end:
        raise InputError(
            f"the licence is {licence.state} and cannot be amended", where=licence.reference
        )
    return licence
