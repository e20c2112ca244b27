"""The ledger's store in memory: one lock, rows in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from threading import RLock

from coercivity.errors import InputError, NotFoundError
from coercivity.licences.ledger import Delta, ReferenceConflictError, judge
from coercivity.licences.model import Balance, EntryKind, LedgerAccount, LedgerEntry

__all__ = ["MemoryStore"]


@dataclass
class _Book:
    """Rows and running totals of one account; a view for judging."""

    account: LedgerAccount
    authorised: Decimal
    drawn: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    rows: list[LedgerEntry] = field(default_factory=list)
    reservations: dict[str, Decimal] = field(default_factory=dict)
    draws: dict[str, Decimal] = field(default_factory=dict)

    def balance(self) -> Balance:
        return Balance(self.authorised, self.drawn, self.reserved)

    def open_reservation(self, reference: str) -> Decimal | None:
        return self.reservations.get(reference)

    def reversible(self, reference: str) -> Decimal | None:
        return self.draws.get(reference)

    def add(self, entry: LedgerEntry, delta: Delta) -> None:
        self._shift(delta, 1)
        self._mark(entry, entry.quantity)
        self.rows.append(entry)

    def remove_last(self, delta: Delta) -> None:
        entry = self.rows.pop()
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


class MemoryStore:
    """A :class:`~coercivity.licences.ledger.LedgerStore` in memory, safe for threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._books: dict[str, _Book] = {}
        self._by_reference: dict[tuple[str, str], LedgerEntry] = {}

    def open(self, account: LedgerAccount) -> None:
        """Add an account; the same one again changes nothing.

        Raises
        ------
        InputError
            If another account has the id.
        """
        with self._lock:
            book = self._books.get(account.id)
            if book is not None and book.account != account:
                raise InputError("another account has this id", where=account.id)
            if book is None:
                self._books[account.id] = _Book(account, account.authorised)

    def account(self, account_id: str) -> LedgerAccount:
        """Return an account, or raise NotFoundError."""
        return self._book(account_id).account

    def balance(self, account_id: str) -> Balance:
        """Return the totals of an account."""
        with self._lock:
            return self._book(account_id).balance()

    def entries(self, account_id: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of an account in the order in which they were added."""
        with self._lock:
            return tuple(self._book(account_id).rows)

    def post(self, entries: Sequence[LedgerEntry]) -> tuple[bool, ...]:
        """Judge and add entries in one step, all or none; False marks an exact replay."""
        with self._lock:
            done: list[tuple[_Book, LedgerEntry, Delta]] = []
            try:
                return tuple(self._post_one(entry, done) for entry in entries)
            except BaseException:
                for book, entry, delta in reversed(done):
                    book.remove_last(delta)
                    del self._by_reference[book.account.issuer, entry.reference]
                raise

    def _post_one(self, entry: LedgerEntry, done: list[tuple[_Book, LedgerEntry, Delta]]) -> bool:
        book = self._book(entry.account)
        key = (book.account.issuer, entry.reference)
        earlier = self._by_reference.get(key)
        if earlier is not None:
            if earlier == entry:
                return False
            raise ReferenceConflictError(
                f"reference {entry.reference!r} was used before for something else",
                where=entry.account,
                expected=f"the same body: {earlier.kind.value} of {earlier.quantity} "
                f"{earlier.unit} on {earlier.account}",
                hint="send the first message again unchanged, or use a new reference",
            )
        delta = judge(book.account, book, entry)
        book.add(entry, delta)
        self._by_reference[key] = entry
        done.append((book, entry, delta))
        return True

    def _book(self, account_id: str) -> _Book:
        book = self._books.get(account_id)
        if book is None:
            raise NotFoundError(
                f"no ledger account is called {account_id!r}",
                expected="one of " + (", ".join(sorted(self._books)[:8]) or "none is open"),
            )
        return book
