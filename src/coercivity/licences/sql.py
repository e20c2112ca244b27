"""The ledger in a database: SQLite or PostgreSQL, over a connection that the caller gives.

The store either owns its transactions, or joins one that is open on the connection, so that a web
application can draw a licence down and write its own rows all or none. Accounts are locked before
anything is judged; what was judged is then added, and the database's own constraints would refuse
it if judging were wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from coercivity.errors import CoercivityError, InputError
from coercivity.licences.book import Book, left_of
from coercivity.licences.ledger import (
    Plan,
    Statement,
    entry_day,
    judge,
    no_account,
    replayed,
)
from coercivity.licences.model import Balance, EntryKind, LedgerAccount, LedgerEntry
from coercivity.licences.sql_rows import (
    ACCOUNT_COLUMNS,
    ENTRY_COLUMNS,
    account_row,
    book_of,
    decoded,
    entry_of,
    entry_row,
)
from coercivity.licences.sql_schema import Dialect, create_statements, dialect_named
from coercivity.licences.sql_transactions import (
    Connection,
    Cursor,
    LedgerBusyError,
    Patience,
    TakenError,
    Transactions,
)

__all__ = ["LedgerBusyError", "Patience", "SqlStore"]

# Parameters of one statement: SQLite takes 32,766 and PostgreSQL 65,535.
_AT_ONCE = 500


class SqlStore:
    """A :class:`~coercivity.licences.ledger.LedgerStore` in SQLite or PostgreSQL.

    Parameters
    ----------
    connection : DB-API connection
        Of ``sqlite3`` or ``psycopg``, or a web framework's wrapper of one. One that the store owns
        transactions on must be in autocommit mode; :mod:`coercivity.licences.sql_open` makes such.
    dialect : str
        ``sqlite`` or ``postgresql``.
    joins : bool
        Whether a transaction is open that the store joins: it sets a savepoint, never commits, and
        leaves trying again to whoever owns the transaction.
    placeholder : str
        Mark of a parameter if it is not the driver's own, such as ``%s`` for a wrapper of SQLite.
    patience : Patience
        How often an own transaction is tried again.

    Raises
    ------
    UsageError
        If the dialect is not known, or a connection to own transactions on is not in autocommit.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        dialect: str = "sqlite",
        joins: bool = False,
        placeholder: str = "",
        patience: Patience | None = None,
    ) -> None:
        chosen = dialect_named(dialect)
        self._dialect: Dialect = replace(chosen, placeholder=placeholder or chosen.placeholder)
        self._transactions = Transactions(
            connection, self._dialect, joins=joins, patience=patience or Patience()
        )
        self._accounts: dict[str, LedgerAccount] = {}
        self._alone = _statement_alone(self._dialect)

    def create(self) -> None:
        """Make the tables; where they are already, nothing changes."""
        self._transactions.again(self._create_once)

    def _create_once(self) -> None:
        with self._transactions.transaction() as cursor:
            for statement in (*self._dialect.alone, self._dialect.has_table):
                cursor.execute(statement)
            # Replacing the triggers again would lock out those who are drawing.
            if cursor.fetchall():
                return
            for statement in create_statements(self._dialect):
                cursor.execute(statement)

    def open(self, account: LedgerAccount) -> None:
        """Add an account; the same one again changes nothing.

        Raises
        ------
        InputError
            If another account has the id, or the quantity cannot be kept exactly.
        """
        self.open_all((account,))

    def open_all(self, accounts: Sequence[LedgerAccount]) -> None:
        """Add accounts, all or none; those that are there already change nothing.

        Raises
        ------
        InputError
            If another account has one of the ids, or a quantity cannot be kept exactly.
        """
        rows = [account_row(account, self._dialect) for account in accounts]
        self._transactions.again(lambda: self._open_once(accounts, rows))

    def _open_once(
        self, accounts: Sequence[LedgerAccount], rows: Sequence[tuple[Any, ...]]
    ) -> None:
        with self._transactions.transaction() as cursor:
            names = [account.id for account in accounts]
            known = self._books(cursor, names)
            missing = {row[0]: row for row in rows if row[0] not in known}
            if missing:
                marks = ", ".join([self._dialect.placeholder] * len(rows[0]))
                tail = " ON CONFLICT (id) DO NOTHING" if self._dialect.on_conflict else ""
                cursor.executemany(
                    f"INSERT INTO ledger_account ({ACCOUNT_COLUMNS}) VALUES ({marks}){tail}",
                    [missing[name] for name in sorted(missing)],
                )
                known |= self._books(cursor, list(missing))
            for account in accounts:
                if known[account.id].account != account:
                    raise InputError("another account has this id", where=account.id)

    def account(self, account_id: str) -> LedgerAccount:
        """Return an account, or raise NotFoundError."""
        return self._book(account_id).account

    def balance(self, account_id: str) -> Balance:
        """Return the totals of an account."""
        return self._book(account_id).balance()

    def balances(self, account_ids: Iterable[str]) -> dict[str, Balance]:
        """Return the totals of those accounts that are open, by id."""
        with self._transactions.reading() as cursor:
            books = self._books(cursor, list(account_ids))
        return {name: book.balance() for name, book in books.items()}

    def entries(self, account_id: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of an account in the order in which they were added."""
        # One statement sees one moment by itself, so that no transaction is needed.
        with self._transactions.reading() as cursor:
            book = self._known(cursor, self._books(cursor, [account_id]), account_id)
            return self._statement(cursor, book).entries

    def statement(self, account_id: str) -> Statement:
        """Return account, totals and entries as of one moment."""
        begin = "BEGIN" if self._dialect.name == "sqlite" else self._dialect.begin
        with self._transactions.transaction(begin) as cursor:
            books = self._books(cursor, [account_id], self._dialect.share)
            return self._statement(cursor, self._known(cursor, books, account_id))

    def post(self, entries: Sequence[LedgerEntry]) -> tuple[bool, ...]:
        """Judge and add entries in one step, all or none; False marks an exact replay.

        Raises
        ------
        OverdrawError, ReferenceConflictError, InputError, NotFoundError
            As in :meth:`~coercivity.licences.ledger.Ledger.post`.
        LedgerBusyError
            If others held the ledger for too long; to send it again is safe.
        """
        if len(entries) == 1 and self._transactions.again(lambda: self._post_alone(entries[0])):
            return (True,)
        names = {entry.account for entry in entries}
        return self._transactions.again(
            lambda: self._post_once(names, lambda cursor, books: entries)
        )

    def _post_alone(self, entry: LedgerEntry) -> bool:
        """Add a plain draw or reservation in one conditional statement; False if it does not fit.

        The account's row stays locked for this one statement only, so that many can draw from one
        licence. What it does not add, a replay or what is refused, is judged in full afterwards.
        """
        if entry.refers_to or entry.kind not in (EntryKind.DRAW, EntryKind.RESERVE):
            return False
        try:
            row = self._alone_row(entry)
        except CoercivityError:
            return False
        with self._transactions.reading() as cursor:
            cursor.execute(self._alone, row)
            return cursor.rowcount == 1

    def _alone_row(self, entry: LedgerEntry) -> list[Any]:
        """Return the parameters of the conditional statement; refuse what is wrong in itself.

        The entry is judged as if unit, validity and what is left were all right: the statement
        itself makes sure of these.
        """
        if isinstance(entry.at, datetime):
            day = entry_day(self._unchanging(entry.account), entry)
        else:
            day = entry.at
        fitting = LedgerAccount(entry.account, "", entry.unit, entry.quantity, date.min)
        judge(fitting, Book(fitting, entry.quantity), entry)
        name, _, reference, kind, quantity, unit, at, _, note = entry_row(entry, "", self._dialect)
        said = [reference, kind, quantity, unit, at, note]
        return [*said, name, unit, day.isoformat(), day.isoformat(), quantity, reference]

    def _unchanging(self, account_id: str) -> LedgerAccount:
        """Return what never changes of an account, from memory once it is known."""
        if self._transactions.joins:
            # The transaction that opened the account may yet be undone.
            return self.account(account_id)
        if account_id not in self._accounts:
            self._accounts[account_id] = self.account(account_id)
        return self._accounts[account_id]

    def post_planned(self, account_ids: Iterable[str], plan: Plan) -> tuple[bool, ...]:
        """Judge and add the entries that a plan makes of the locked accounts."""
        names = set(account_ids)

        def planned(cursor: Cursor, books: Mapping[str, Book]) -> Sequence[LedgerEntry]:
            return plan({name: self._statement(cursor, books[name]) for name in names})

        return self._transactions.again(lambda: self._post_once(names, planned))

    def _post_once(
        self,
        names: set[str],
        planned: Callable[[Cursor, Mapping[str, Book]], Sequence[LedgerEntry]],
    ) -> tuple[bool, ...]:
        with self._transactions.transaction() as cursor:
            if self._transactions.joins and self._dialect.name == "sqlite":
                # The savepoint of another's transaction takes no lock; a write does.
                cursor.execute("UPDATE ledger_account SET drawn = drawn WHERE id IS NULL")
            books = self._books(cursor, sorted(names), self._dialect.lock)
            for name in sorted(names):
                self._known(cursor, books, name)
            entries = planned(cursor, books)
            for name in {entry.account for entry in entries} - set(books):
                self._known(cursor, books, name)
            return self._add(cursor, books, entries)

    def _add(
        self, cursor: Cursor, books: Mapping[str, Book], entries: Sequence[LedgerEntry]
    ) -> tuple[bool, ...]:
        """Judge entries of locked accounts, one after the other, and write those that are new."""
        earlier = self._earlier(cursor, books, entries)
        self._load_left(cursor, books, entries)
        rows, added = [], []
        for entry in entries:
            book = books[entry.account]
            key = (book.account.issuer, entry.reference)
            is_new = not replayed(entry, earlier.get(key))
            added.append(is_new)
            if is_new:
                book.add(entry, judge(book.account, book, entry))
                rows.append(entry_row(entry, book.account.issuer, self._dialect))
                earlier[key] = entry
        if rows:
            self._insert(cursor, rows)
        return tuple(added)

    def _insert(self, cursor: Cursor, rows: list[tuple[Any, ...]]) -> None:
        one = "(" + ", ".join([self._dialect.placeholder] * len(rows[0])) + ")"
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            cursor.execute(
                f"INSERT INTO ledger_entry ({ENTRY_COLUMNS}) VALUES {', '.join([one] * len(part))}"
                + self._dialect.on_conflict,
                [value for row in part for value in row],
            )
            if cursor.rowcount != len(part):
                raise TakenError

    def _earlier(
        self, cursor: Cursor, books: Mapping[str, Book], entries: Sequence[LedgerEntry]
    ) -> dict[tuple[str, str], LedgerEntry]:
        """Return what the references of entries were used for before, by issuer and reference."""
        wanted: dict[str, set[str]] = {}
        for entry in entries:
            issuer = books[entry.account].account.issuer
            wanted.setdefault(issuer, set()).add(entry.reference)
        found = {}
        for issuer in sorted(wanted):
            query = f"SELECT {ENTRY_COLUMNS} FROM ledger_entry WHERE issuer = {{0}} AND reference"
            for row in self._among(cursor, query, sorted(wanted[issuer]), issuer):
                entry = entry_of(row, self._dialect)
                found[issuer, entry.reference] = entry
        return found

    def _load_left(
        self, cursor: Cursor, books: Mapping[str, Book], entries: Sequence[LedgerEntry]
    ) -> None:
        """Load what is left of the reservations and draws that entries refer to."""
        wanted: dict[str, set[str]] = {}
        for entry in entries:
            if entry.refers_to and entry.kind is not EntryKind.ADJUST:
                wanted.setdefault(entry.account, set()).add(entry.refers_to)
        for name, references in wanted.items():
            rows: list[Any] = []
            for column in ("reference", "refers_to"):
                query = (
                    "SELECT reference, kind, quantity, refers_to FROM ledger_entry "
                    f"WHERE account = {{0}} AND {column}"
                )
                rows += self._among(cursor, query, sorted(references), name)
            # A row may answer both questions; what it takes must be counted once.
            once = {row[0]: row for row in rows}.values()
            reservations, draws = left_of(
                (reference, EntryKind(kind), decoded(quantity, self._dialect), refers_to)
                for reference, kind, quantity, refers_to in once
            )
            book = books[name]
            book.reservations.update(_only(reservations, references))
            book.draws.update(_only(draws, references))

    def _among(
        self, cursor: Cursor, query: str, values: Sequence[str], first: str | None = None
    ) -> list[Any]:
        """Return the rows of a query that ends before ``IN``; ``{0}`` is the mark of `first`."""
        mark, rows = self._dialect.placeholder, []
        leading = [] if first is None else [first]
        for start in range(0, len(values), _AT_ONCE):
            part = values[start : start + _AT_ONCE]
            marks = ", ".join([mark] * len(part))
            cursor.execute(query.format(mark) + f" IN ({marks})", [*leading, *part])
            rows += cursor.fetchall()
        return rows

    def _books(self, cursor: Cursor, names: Sequence[str], locking: str = "") -> dict[str, Book]:
        """Return accounts by id, locked one after the other in the order of their ids."""
        mark, books = self._dialect.placeholder, {}
        ordered = sorted(set(names))
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            marks = ", ".join([mark] * len(part))
            cursor.execute(
                f"SELECT {ACCOUNT_COLUMNS} FROM ledger_account WHERE id IN ({marks}) "
                f"ORDER BY id{locking}",
                part,
            )
            for row in cursor.fetchall():
                books[row[0]] = book_of(row, self._dialect)
        return books

    def _book(self, account_id: str) -> Book:
        with self._transactions.reading() as cursor:
            return self._known(cursor, self._books(cursor, [account_id]), account_id)

    def _known(self, cursor: Cursor, books: Mapping[str, Book], account_id: str) -> Book:
        if account_id not in books:
            cursor.execute("SELECT id FROM ledger_account ORDER BY id LIMIT 8")
            raise no_account(account_id, [row[0] for row in cursor.fetchall()])
        return books[account_id]

    def _statement(self, cursor: Cursor, book: Book) -> Statement:
        cursor.execute(
            f"SELECT {ENTRY_COLUMNS} FROM ledger_entry "
            f"WHERE account = {self._dialect.placeholder} ORDER BY number",
            [book.account.id],
        )
        rows = tuple(entry_of(row, self._dialect) for row in cursor.fetchall())
        return Statement(book.account, book.balance(), rows)


def _statement_alone(dialect: Dialect) -> str:
    """Return the statement that adds a plain draw or reservation if it fits, and else nothing."""
    statement = (
        f"INSERT INTO ledger_entry ({ENTRY_COLUMNS}) "
        "SELECT account.id, account.issuer, ?, ?, ?, ?, ?, '', ? FROM ("
        "SELECT id, issuer FROM ledger_account WHERE id = ? AND unit = ? "
        "AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) "
        f"AND authorised - drawn - reserved >= ?{dialect.lock}"
        ") AS account WHERE NOT EXISTS (SELECT 1 FROM ledger_entry AS earlier "
        f"WHERE earlier.issuer = account.issuer AND earlier.reference = ?){dialect.on_conflict}"
    )
    return statement.replace("?", dialect.placeholder)


def _only(left: Mapping[str, Any], references: set[str]) -> dict[str, Any]:
    return {reference: quantity for reference, quantity in left.items() if reference in references}
