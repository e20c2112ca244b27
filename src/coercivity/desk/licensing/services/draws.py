"""Draw licences down, by hand or over the API: the same service, the same ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing.convert import conditions_of
from coercivity.desk.licensing.models import LedgerEntryRow, Licence, LicenceLine, Posture
from coercivity.desk.licensing.services.issuing import locked_licence, trace_licence
from coercivity.desk.licensing.services.ledger import ledger
from coercivity.desk.licensing.services.moving import require
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError, NotFoundError
from coercivity.licences import (
    Balance,
    EntryKind,
    LedgerEntry,
    LicenceState,
    Shipment,
    describe,
    violates,
)
from coercivity.timeline import day_in_zone

__all__ = ["Posted", "post_entry"]

_TAKING: Final = frozenset({EntryKind.DRAW, EntryKind.RESERVE})


@dataclass(frozen=True)
class Posted:
    """What came of an entry.

    Parameters
    ----------
    entry : LedgerEntry
        As it is kept.
    is_new : bool
        False if it was there already: the message was sent again.
    balance : Balance
        Totals of the line after it.
    """

    entry: LedgerEntry
    is_new: bool
    balance: Balance


@service
def post_entry(
    licence: Licence,
    *,
    actor: User,
    line: int,
    kind: EntryKind,
    quantity: Decimal,
    unit: str,
    reference: str,
    at: date | datetime,
    refers_to: str = "",
    note: str = "",
    end_use: str | None = None,
    end_user: str | None = None,
) -> Posted:
    """Add an entry to the ledger of a line.

    Parameters
    ----------
    line : int
        Number of the line.
    kind : EntryKind
        Draw, reserve, release or reverse.
    quantity : Decimal
        In `unit`, which must be the line's.
    reference : str
        External reference: the key under which a message sent twice counts once.
    at : date or datetime
        When the goods left; a moment becomes the issuer's day.
    refers_to : str
        Reference of the reservation drawn on or released, or of the draw reversed.
    end_use, end_user : str, optional
        What is known of the shipment, for the conditions.

    Raises
    ------
    OverdrawError
        If not that much is left.
    ReferenceConflictError
        If the reference was used before for something else.
    InputError
        If the licence may not be used, or a condition is broken.
    NotFoundError
        If there is no such licence or line.
    """
    if kind is EntryKind.ADJUST:
        raise InputError("an adjustment is an amendment", where="kind", expected="a draw")
    licence = _usable_by(licence, actor)
    row = _line(licence, line)
    entry = LedgerEntry(row.account, kind, quantity, unit, reference, at, refers_to, note)
    opened = ledger()
    if kind in _TAKING and not _is_known(licence, reference):
        _check_state(licence)
        _check_day(licence, at)
        _check_conditions(licence, row, entry, end_use, end_user)
    (is_new,) = opened.post(entry)
    if is_new:
        trace_licence(
            licence,
            kind.value,
            actor,
            line=line,
            quantity=f"{quantity:f} {unit}",
            reference=reference,
            refers_to=refers_to,
        )
    return Posted(entry, is_new, opened.balance(row.account))


def _usable_by(licence: Licence, actor: User) -> Licence:
    """Return the licence locked, to customs or officers; a tracked one to those who track it."""
    licence = locked_licence(licence, actor)
    is_own_act = licence.posture == Posture.NATIVE
    require(actor, Permission.DRAW if is_own_act else Permission.TRACK)
    return licence


def _line(licence: Licence, number: int) -> LicenceLine:
    row = licence.lines.filter(number=number).first()
    if row is None:
        raise NotFoundError(f"{licence.reference} has no line {number}", where="line")
    if row.authorised is None:
        raise InputError(
            "what the licence authorises is not known",
            where=licence.reference,
            hint="record the quantity, with its source, first",
        )
    return row


def _is_known(licence: Licence, reference: str) -> bool:
    """Whether the message came before: then the answer is the one it got, whatever has changed."""
    known = LedgerEntryRow.objects.filter(issuer=licence.ledger_issuer, reference=reference)
    return known.exists()


def _check_state(licence: Licence) -> None:
    # Exhausted and expired are the ledger's business: it knows the balance and the days.
    if licence.state != LicenceState.ACTIVE:
        raise InputError(
            f"the licence is {licence.state}",
            where=licence.reference,
            expected="an active licence",
        )


def _check_day(licence: Licence, at: date | datetime) -> None:
    day = day_in_zone(at, licence.zone) if isinstance(at, datetime) else at
    if day > day_in_zone(now(), licence.zone):
        raise InputError(f"{day} is in the future", where="at", expected="the day the goods left")


def _check_conditions(
    licence: Licence, row: LicenceLine, entry: LedgerEntry, end_use: str | None, user: str | None
) -> None:
    """Refuse what certainly breaks a condition; what is not known stays with whoever checks."""
    shipment = Shipment(
        item=row.item, quantity=entry.quantity, unit=entry.unit, end_use=end_use, end_user=user
    )
    broken = [c for c in conditions_of(licence) if violates(c, shipment)]
    if broken:
        raise InputError(
            "the shipment breaks a condition of the licence",
            where=licence.reference,
            expected="; ".join(describe(condition) for condition in broken),
        )
