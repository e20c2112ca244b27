"""The draw-down ledger: what a licence still allows, never less than nothing.

A ledger is rows that are added. What may be added is judged by one pure function, whatever keeps
the rows; a store makes judging and adding one step that no other thread can come between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from coercivity.errors import InputError, InvariantError, NotFoundError
from coercivity.licences.model import Balance, EntryKind, LedgerAccount, LedgerEntry, Licence
from coercivity.timeline import day_in_zone

__all__ = [
    "AccountView",
    "Delta",
    "Ledger",
    "LedgerStore",
    "OverdrawError",
    "ReferenceConflictError",
    "accounts_of",
    "judge",
]

_ZERO = Decimal(0)


class OverdrawError(InputError):
    """The licence, the reservation or the draw does not have that much left."""


class ReferenceConflictError(InputError):
    """The external reference was used before for something else."""


class AccountView(Protocol):
    """What judging an entry needs to know of an account."""

    def balance(self) -> Balance:
        """Return the totals."""

    def open_reservation(self, reference: str) -> Decimal | None:
        """Return what is left of a reservation; None if there is none of that reference."""

    def reversible(self, reference: str) -> Decimal | None:
        """Return what is left of a draw to reverse; None if there is none of that reference."""


@dataclass(frozen=True)
class Delta:
    """What an entry changes in an account, in its unit.

    Parameters
    ----------
    authorised, drawn, reserved : Decimal
        Added to the totals.
    """

    authorised: Decimal = _ZERO
    drawn: Decimal = _ZERO
    reserved: Decimal = _ZERO


class LedgerStore(Protocol):
    """Keeps accounts and entries; in memory here, in a database elsewhere."""

    def open(self, account: LedgerAccount) -> None:
        """Add an account; the same one again changes nothing."""

    def account(self, account_id: str) -> LedgerAccount:
        """Return an account, or raise NotFoundError."""

    def balance(self, account_id: str) -> Balance:
        """Return the totals of an account."""

    def entries(self, account_id: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of an account in the order in which they were added."""

    def post(self, entries: Sequence[LedgerEntry]) -> tuple[bool, ...]:
        """Judge and add entries in one step, all or none.

        Accounts are locked in the order of their ids. Returns, per entry, whether it was added;
        False is an exact replay.
        """


def judge(account: LedgerAccount, view: AccountView, entry: LedgerEntry) -> Delta:
    """Return what an entry changes, or refuse it.

    Parameters
    ----------
    account : LedgerAccount
    view : AccountView
        State of the account, which nobody else may change meanwhile.
    entry : LedgerEntry

    Returns
    -------
    Delta

    Raises
    ------
    InputError
        If the quantity is no positive Decimal, the unit differs, the reference is empty, the date
        lies outside the validity, or what it refers to is not there.
    OverdrawError
        If not that much is left.
    """
    _check_form(account, entry)
    delta = _JUDGES[entry.kind](account, view, entry)
    balance = view.balance()
    left = balance.remaining + delta.authorised - delta.drawn - delta.reserved
    if left < 0:
        raise OverdrawError(
            f"{entry.kind.value} of {entry.quantity} {entry.unit} exceeds what is left",
            where=f"{account.id}, reference {entry.reference}",
            expected=f"at most {balance.remaining} {account.unit}",
        )
    return delta


def _check_form(account: LedgerAccount, entry: LedgerEntry) -> None:
    where = f"{account.id}, reference {entry.reference}"
    quantity: object = entry.quantity
    if not isinstance(quantity, Decimal) or not quantity.is_finite():
        raise InputError(
            f"quantity {quantity!r} is no exact number", where=where, expected="a finite Decimal"
        )
    positive = quantity > 0 or (entry.kind is EntryKind.ADJUST and quantity != 0)
    if not positive:
        raise InputError(f"quantity {quantity} is not above zero", where=where)
    if entry.unit != account.unit:
        raise InputError(
            f"the unit is {entry.unit!r}", where=where, expected=f"{account.unit!r}, as authorised"
        )
    if not entry.reference:
        raise InputError("the entry has no external reference", where=account.id)


def _check_valid(account: LedgerAccount, entry: LedgerEntry) -> None:
    """Refuse goods that left outside the validity; the day is the issuer's."""
    day = entry_day(account, entry)
    if day < account.valid_from or (account.valid_to is not None and day >= account.valid_to):
        raise InputError(
            f"{day} lies outside the validity",
            where=f"{account.id}, reference {entry.reference}",
            expected=f"from {account.valid_from} to before {account.valid_to or 'any end'}",
        )


def entry_day(account: LedgerAccount, entry: LedgerEntry) -> date:
    """Return the day of an entry in the issuer's zone."""
    return day_in_zone(entry.at, account.zone) if isinstance(entry.at, datetime) else entry.at


def _judge_reserve(account: LedgerAccount, view: AccountView, entry: LedgerEntry) -> Delta:
    _check_valid(account, entry)
    return Delta(reserved=entry.quantity)


def _judge_draw(account: LedgerAccount, view: AccountView, entry: LedgerEntry) -> Delta:
    _check_valid(account, entry)
    if not entry.refers_to:
        return Delta(drawn=entry.quantity)
    _within(view.open_reservation(entry.refers_to), account, entry, "open reservation")
    return Delta(drawn=entry.quantity, reserved=-entry.quantity)


def _judge_release(account: LedgerAccount, view: AccountView, entry: LedgerEntry) -> Delta:
    _within(view.open_reservation(entry.refers_to), account, entry, "open reservation")
    return Delta(reserved=-entry.quantity)


def _judge_reverse(account: LedgerAccount, view: AccountView, entry: LedgerEntry) -> Delta:
    _within(view.reversible(entry.refers_to), account, entry, "draw")
    return Delta(drawn=-entry.quantity)


def _judge_adjust(account: LedgerAccount, view: AccountView, entry: LedgerEntry) -> Delta:
    return Delta(authorised=entry.quantity)


_JUDGES = {
    EntryKind.RESERVE: _judge_reserve,
    EntryKind.DRAW: _judge_draw,
    EntryKind.RELEASE: _judge_release,
    EntryKind.REVERSE: _judge_reverse,
    EntryKind.ADJUST: _judge_adjust,
}


def _within(left: Decimal | None, account: LedgerAccount, entry: LedgerEntry, noun: str) -> None:
    """Refuse to take more from a reservation or a draw than is left of it."""
    where = f"{account.id}, reference {entry.reference}"
    if left is None:
        raise InputError(
            f"no {noun} has the reference {entry.refers_to!r}",
            where=where,
            expected=f"the reference of a {noun} of this account",
        )
    if entry.quantity > left:
        raise OverdrawError(
            f"{entry.kind.value} of {entry.quantity} {entry.unit} exceeds the {noun}",
            where=where,
            expected=f"at most {left} {account.unit}",
        )


class Ledger:
    """Verbs over a store; the only way in for draws, from the simulation or from the desk.

    Parameters
    ----------
    store : LedgerStore, optional
        Where rows are kept; in memory if not given.
    """

    def __init__(self, store: LedgerStore | None = None) -> None:
        from coercivity.licences.memory import MemoryStore

        self._store: LedgerStore = MemoryStore() if store is None else store

    def open(self, account: LedgerAccount) -> None:
        """Add an account.

        Raises
        ------
        InputError
            If the authorised quantity is negative or no Decimal, or the id is taken by another.
        """
        quantity: object = account.authorised
        if not isinstance(quantity, Decimal) or not quantity.is_finite() or quantity < 0:
            raise InputError(
                f"authorised quantity {quantity!r} is not possible",
                where=account.id,
                expected="a Decimal, zero or more",
            )
        self._store.open(account)

    def post(self, *entries: LedgerEntry) -> tuple[bool, ...]:
        """Add entries, all or none; False marks an exact replay.

        Raises
        ------
        OverdrawError
            If not that much is left.
        ReferenceConflictError
            If a reference was used before with another body.
        InputError
            As in :func:`judge`.
        NotFoundError
            If an account is not open.
        """
        return self._store.post(entries)

    def balance(self, account_id: str) -> Balance:
        """Return the totals of an account."""
        return self._store.balance(account_id)

    def remaining(self, account_id: str) -> Decimal:
        """Return what may still be drawn or reserved, in the account's unit."""
        return self._store.balance(account_id).remaining

    def entries(self, account_id: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of an account."""
        return self._store.entries(account_id)

    def audit(self, account_id: str) -> Balance:
        """Add up the entries anew and compare with the totals kept.

        Raises
        ------
        InvariantError
            If they differ, or the balance is below zero.
        """
        account = self._store.account(account_id)
        kept = self._store.balance(account_id)
        summed = sum_entries(account, self._store.entries(account_id))
        if summed != kept or summed.remaining < 0:
            raise InvariantError(
                f"the ledger adds up to {summed.remaining}, not {kept.remaining}",
                where=account_id,
                expected="the sum of the entries, zero or more",
            )
        return summed


def sum_entries(account: LedgerAccount, entries: Sequence[LedgerEntry]) -> Balance:
    """Return the totals that entries add up to, whatever order they came in."""
    reservations = {e.reference for e in entries if e.kind is EntryKind.RESERVE}
    authorised, drawn, reserved = account.authorised, _ZERO, _ZERO
    for entry in entries:
        if entry.kind is EntryKind.ADJUST:
            authorised += entry.quantity
        elif entry.kind is EntryKind.REVERSE:
            drawn -= entry.quantity
        elif entry.kind is EntryKind.DRAW:
            drawn += entry.quantity
            reserved -= entry.quantity if entry.refers_to in reservations else _ZERO
        else:
            reserved += entry.quantity if entry.kind is EntryKind.RESERVE else -entry.quantity
    return Balance(authorised, drawn, reserved)


def accounts_of(licence: Licence) -> tuple[LedgerAccount, ...]:
    """Return the ledger accounts of a native licence, one per line, tolerance included."""
    if not licence.lines:
        raise NotFoundError("the licence has no lines", where=licence.id)
    return tuple(
        LedgerAccount(
            id=licence.id if len(licence.lines) == 1 else f"{licence.id}/{number}",
            issuer=licence.issuer,
            unit=line.unit,
            authorised=line.authorised * (1 + line.tolerance),
            valid_from=licence.valid_from,
            valid_to=licence.valid_to,
            zone=licence.zone,
        )
        for number, line in enumerate(licence.lines, start=1)
    )
