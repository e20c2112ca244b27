"""One account as judging sees it: totals, open reservations, draws that may be reversed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from coercivity.licences.ledger import Delta
from coercivity.licences.model import Balance, EntryKind, LedgerAccount, LedgerEntry

__all__ = ["Book", "left_of"]

_TAKING = frozenset({EntryKind.DRAW, EntryKind.RELEASE, EntryKind.REVERSE})


@dataclass
class Book:
    """Running totals of one account; the view that :func:`~coercivity.licences.ledger.judge` reads.

    Parameters
    ----------
    account : LedgerAccount
        As it was opened.
    authorised, drawn, reserved : Decimal
        Totals, in the account's unit.
    reservations : dict of str to Decimal
        What is left of each reservation, by its reference.
    draws : dict of str to Decimal
        What is left of each draw to reverse, by its reference.
    """

    account: LedgerAccount
    authorised: Decimal
    drawn: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    reservations: dict[str, Decimal] = field(default_factory=dict)
    draws: dict[str, Decimal] = field(default_factory=dict)

    def balance(self) -> Balance:
        """Return the totals."""
        return Balance(self.authorised, self.drawn, self.reserved)

    def open_reservation(self, reference: str) -> Decimal | None:
        """Return what is left of a reservation; None if there is none of that reference."""
        return self.reservations.get(reference)

    def reversible(self, reference: str) -> Decimal | None:
        """Return what is left of a draw to reverse; None if there is none of that reference."""
        return self.draws.get(reference)

    def add(self, entry: LedgerEntry, delta: Delta) -> None:
        """Take an entry in."""
        self._shift(delta, 1)
        self._mark(entry, entry.quantity)

    def take_back(self, entry: LedgerEntry, delta: Delta) -> None:
        """Undo the last :meth:`add`."""
        self._shift(delta, -1)
        self._mark(entry, -entry.quantity)

    def _shift(self, delta: Delta, sign: int) -> None:
        self.authorised += sign * delta.authorised
        self.drawn += sign * delta.drawn
        self.reserved += sign * delta.reserved

    def _mark(self, entry: LedgerEntry, quantity: Decimal) -> None:
        """Follow what is left of reservations and of draws."""
        if entry.kind is EntryKind.RESERVE:
            _shift_key(self.reservations, entry.reference, quantity)
        elif entry.kind is EntryKind.DRAW:
            _shift_key(self.draws, entry.reference, quantity)
            if entry.refers_to:
                self.reservations[entry.refers_to] -= quantity
        elif entry.kind is EntryKind.RELEASE:
            self.reservations[entry.refers_to] -= quantity
        elif entry.kind is EntryKind.REVERSE:
            self.draws[entry.refers_to] -= quantity


def _shift_key(table: dict[str, Decimal], key: str, quantity: Decimal) -> None:
    """Add a row's own key, or drop it again when the row is taken back."""
    if quantity > 0:
        table[key] = quantity
    else:
        del table[key]


def left_of(rows: Iterable[tuple[str, EntryKind, Decimal, str]]) -> tuple[dict[str, Decimal], ...]:
    """Return what rows leave of reservations and of draws.

    Parameters
    ----------
    rows : iterable of (reference, kind, quantity, refers_to)
        Rows of one account in any order; those that others refer to among them.

    Returns
    -------
    tuple of two dict of str to Decimal
        Open reservations and reversible draws, by reference.
    """
    reservations: dict[str, Decimal] = {}
    draws: dict[str, Decimal] = {}
    taken: dict[str, Decimal] = {}
    for reference, kind, quantity, refers_to in rows:
        if kind is EntryKind.RESERVE:
            reservations[reference] = quantity
        elif kind is EntryKind.DRAW:
            draws[reference] = quantity
        if refers_to and kind in _TAKING:
            taken[refers_to] = taken.get(refers_to, Decimal(0)) + quantity
    for left in (reservations, draws):
        for reference in left:
            left[reference] -= taken.get(reference, Decimal(0))
    return reservations, draws
