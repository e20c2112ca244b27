"""The ledger's store in memory: one lock, rows in lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import RLock

from coercivity.errors import InputError
from coercivity.licences.book import Book
from coercivity.licences.ledger import Delta, Plan, Statement, judge, no_account, replayed
from coercivity.licences.model import Balance, LedgerAccount, LedgerEntry

__all__ = ["MemoryStore"]


class MemoryStore:
    """A :class:`~coercivity.licences.ledger.LedgerStore` in memory, safe for threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._books: dict[str, Book] = {}
        self._rows: dict[str, list[LedgerEntry]] = {}
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
                self._books[account.id] = Book(account, account.authorised)
                self._rows[account.id] = []

    def account(self, account_id: str) -> LedgerAccount:
        """Return an account, or raise NotFoundError."""
        return self._book(account_id).account

    def balance(self, account_id: str) -> Balance:
        """Return the totals of an account."""
        with self._lock:
            return self._book(account_id).balance()

    def entries(self, account_id: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of an account in the order in which they were added."""
        return self.statement(account_id).entries

    def statement(self, account_id: str) -> Statement:
        """Return account, totals and entries as of one moment."""
        with self._lock:
            book = self._book(account_id)
            return Statement(book.account, book.balance(), tuple(self._rows[account_id]))

    def post(self, entries: Sequence[LedgerEntry]) -> tuple[bool, ...]:
        """Judge and add entries in one step, all or none; False marks an exact replay."""
        with self._lock:
            return self._add(entries)

    def post_planned(self, account_ids: Iterable[str], plan: Plan) -> tuple[bool, ...]:
        """Judge and add the entries that a plan makes of the locked accounts."""
        with self._lock:
            return self._add(plan({name: self.statement(name) for name in account_ids}))

    def _add(self, entries: Sequence[LedgerEntry]) -> tuple[bool, ...]:
        done: list[tuple[Book, LedgerEntry, Delta]] = []
        try:
            return tuple(self._post_one(entry, done) for entry in entries)
        except BaseException:
            for book, entry, delta in reversed(done):
                book.take_back(entry, delta)
                self._rows[book.account.id].pop()
                del self._by_reference[book.account.issuer, entry.reference]
            raise

    def _post_one(self, entry: LedgerEntry, done: list[tuple[Book, LedgerEntry, Delta]]) -> bool:
        book = self._book(entry.account)
        key = (book.account.issuer, entry.reference)
        if replayed(entry, self._by_reference.get(key)):
            return False
        delta = judge(book.account, book, entry)
        book.add(entry, delta)
        self._rows[entry.account].append(entry)
        self._by_reference[key] = entry
        done.append((book, entry, delta))
        return True

    def _book(self, account_id: str) -> Book:
        book = self._books.get(account_id)
        if book is None:
            raise no_account(account_id, self._books)
        return book
