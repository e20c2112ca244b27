"""The draw-down ledger: what a licence still allows, never less than nothing.

A ledger is rows that are added. What may be added is judged by one pure function, whatever keeps
the rows; a store makes judging and adding one step that no other thread can come between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeAlias

from coercivity.errors import InputError, InvariantError, NotFoundError
from coercivity.licences.model import Balance, EntryKind, LedgerAccount, LedgerEntry, Licence
from coercivity.timeline import day_in_zone

__all__ = [
    "AccountView",
    "Delta",
    "Ledger",
    "LedgerStore",
    "OverdrawError",
    "Plan",
    "ReferenceConflictError",
    "Statement",
    "accounts_of",
    "entry_day",
    "judge",
    "sum_entries",
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


@dataclass(frozen=True)
class Statement:
    """An account with everything in it, as of one moment.

    Parameters
    ----------
    account : LedgerAccount
        As it was opened.
    balance : Balance
        Totals kept, in the account's unit.
    entries : tuple of LedgerEntry
        In the order in which they were added.
    """

    account: LedgerAccount
    balance: Balance
    entries: tuple[LedgerEntry, ...]


Plan: TypeAlias = Callable[[Mapping[str, Statement]], Sequence[LedgerEntry]]
"""Makes entries of accounts that nobody else may change meanwhile; by account id."""


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

    def statement(self, account_id: str) -> Statement:
        """Return account, totals and entries as of one moment."""

    def post(self, entries: Sequence[LedgerEntry]) -> tuple[bool, ...]:
        """Judge and add entries in one step, all or none.

        Accounts are locked in the order of their ids. Returns, per entry, whether it was added;
        False is an exact replay.
        """

    def post_planned(self, account_ids: Iterable[str], plan: Plan) -> tuple[bool, ...]:
        """Lock accounts, let a plan make entries of them, and post these, all in one step.

        The plan may be called more than once if the step has to be tried again.
        """


def replayed(entry: LedgerEntry, earlier: LedgerEntry | None) -> bool:
    """Tell whether an entry is an exact replay of the earlier one with its reference.

    Parameters
    ----------
    entry : LedgerEntry
    earlier : LedgerEntry or None
        What the issuer's reference was used for before; None if it was not.

    Raises
    ------
    ReferenceConflictError
        If it was used for something else.
    """
    if earlier is None or earlier == entry:
        return earlier is not None
    raise ReferenceConflictError(
        f"reference {entry.reference!r} was used before for something else",
        where=entry.account,
        expected=f"the same body: {earlier.kind.value} of {earlier.quantity} "
        f"{earlier.unit} on {earlier.account}",
        hint="send the first message again unchanged, or use a new reference",
    )


def no_account(account_id: str, known: Iterable[str]) -> NotFoundError:
    """Return the error for an account that is not open."""
    return NotFoundError(
        f"no ledger account is called {account_id!r}",
        expected="one of " + (", ".join(sorted(known)[:8]) or "none is open"),
    )


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
    entry_day(account, entry)


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
    """Return the day of an entry in the issuer's zone.

    Raises
    ------
    InputError
        If it is a moment without a time zone.
    """
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
        if account.valid_to is not None and account.valid_to <= account.valid_from:
            raise InputError(
                f"the validity ends ({account.valid_to}) before it starts",
                where=account.id,
                expected=f"an end after {account.valid_from}",
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

    def supersede(
        self,
        account_id: str,
        successor: LedgerAccount,
        *,
        reference: str,
        at: date | datetime,
        held_back: Decimal = _ZERO,
    ) -> Decimal:
        """Carry what is left of an account over to its successor, once.

        Parameters
        ----------
        account_id : str
            Account of the licence that is superseded; its open reservations stay where they are.
        successor : LedgerAccount
            Account of the new licence. Its authorised quantity is what the new licence adds of
            its own, zero if it only takes over; the balance comes on top as an entry.
        reference : str
            External reference of the act; the same act again changes nothing.
        at : date or datetime
            When it took effect.
        held_back : Decimal
            Left on the old account for messages still expected about goods that left under it.

        Returns
        -------
        Decimal
            Quantity carried, in the unit of both.

        Raises
        ------
        OverdrawError
            If nothing is left to carry beyond `held_back`.
        InputError
            If issuer or unit differ.
        ReferenceConflictError
            If the reference was used before for something else.
        """
        _check_successor(self._store.account(account_id), successor, reference)
        self.open(successor)
        carried = _ZERO

        def plan(found: Mapping[str, Statement]) -> Sequence[LedgerEntry]:
            nonlocal carried
            carry = _carry(found[account_id], successor, reference, at, held_back)
            carried = carry[1].quantity
            return carry

        self._store.post_planned((account_id, successor.id), plan)
        return carried

    def audit(self, account_id: str) -> Balance:
        """Add up the entries anew and compare with the totals kept.

        Raises
        ------
        InvariantError
            If they differ, or the balance is below zero.
        """
        found = self._store.statement(account_id)
        kept = found.balance
        summed = sum_entries(found.account, found.entries)
        if summed != kept or summed.remaining < 0:
            raise InvariantError(
                f"the ledger adds up to {summed.remaining}, not {kept.remaining}",
                where=account_id,
                expected="the sum of the entries, zero or more",
            )
        return summed


def _check_successor(old: LedgerAccount, successor: LedgerAccount, reference: str) -> None:
    for attribute in ("issuer", "unit"):
        mine, theirs = getattr(successor, attribute), getattr(old, attribute)
        if mine != theirs:
            raise InputError(
                f"the {attribute} of the successor is {mine!r}",
                where=f"{successor.id}, reference {reference}",
                expected=f"{theirs!r}, as of {old.id}",
            )
    if old.id == successor.id:
        raise InputError("an account cannot succeed itself", where=f"{old.id}, {reference}")


def _carry(
    old: Statement,
    successor: LedgerAccount,
    reference: str,
    at: date | datetime,
    held_back: Decimal,
) -> tuple[LedgerEntry, LedgerEntry]:
    """Return the two entries that carry a balance over; those of before if it was done before."""
    out, into = f"{reference}/out", f"{reference}/in"
    earlier = next((entry for entry in old.entries if entry.reference == out), None)
    quantity = -earlier.quantity if earlier else old.balance.remaining - held_back
    if quantity <= 0 or held_back < 0:
        raise OverdrawError(
            f"nothing is left to carry over with {held_back} {successor.unit} held back",
            where=f"{old.account.id}, reference {reference}",
            expected=f"less than the {old.balance.remaining} {successor.unit} left to be held back",
        )
    unit, kind = successor.unit, EntryKind.ADJUST
    # What was held back is part of the act, so that a replay with another amount is a conflict.
    note = f"carried over, {held_back.normalize():f} held back"
    return (
        LedgerEntry(old.account.id, kind, -quantity, unit, out, at, into, note),
        LedgerEntry(successor.id, kind, quantity, unit, into, at, out, note),
    )


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
