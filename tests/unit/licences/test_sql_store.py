"""What is particular to the ledger in a database: its tables refuse, its transactions hold."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date as D
from decimal import Decimal

import psycopg
import pytest

from coercivity.errors import InputError, InvariantError, UsageError
from coercivity.licences import (
    EntryKind,
    Ledger,
    LedgerAccount,
    LedgerEntry,
    OverdrawError,
    ReferenceConflictError,
)
from coercivity.licences.sql import LedgerBusyError, Patience, SqlStore
from coercivity.licences.sql_open import connect_postgresql, connect_sqlite, open_store
from coercivity.licences.sql_schema import create_statements, drop_statements
from coercivity.licences.sql_transactions import is_busy

pytest_plugins = ["support.ledger_stores"]

ACCOUNT = LedgerAccount("l1", "gov", "kg", Decimal(100), D(2025, 1, 1), D(2025, 7, 1))
REFUSED = (sqlite3.Error, psycopg.Error)


def entry(kind, quantity, reference, **given):
    values = {"account": "l1", "unit": "kg", "at": D(2025, 3, 1), **given}
    return LedgerEntry(
        kind=EntryKind(kind), quantity=Decimal(quantity), reference=reference, **values
    )


def connect(url):
    if url.startswith("sqlite"):
        return connect_sqlite(url.removeprefix("sqlite:///"))
    return connect_postgresql(url)


def dialect_of(url):
    return "sqlite" if url.startswith("sqlite") else "postgresql"


@pytest.fixture
def drawn(ledger_url):
    """Address of a ledger with one account and one draw."""
    ledger = Ledger(open_store(ledger_url))
    ledger.open(ACCOUNT)
    ledger.post(entry("draw", 30, "d1"), entry("reserve", 20, "r1"))
    return ledger_url


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET quantity = quantity - 1",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_account SET opened = opened + 1, authorised = authorised + 1",
        "UPDATE ledger_account SET valid_to = NULL",
        "DELETE FROM ledger_account",
        "UPDATE ledger_account SET drawn = authorised - reserved + 1",
        "UPDATE ledger_account SET reserved = -1",
    ],
)
def test_the_database_itself_refuses(drawn, statement):
    connection = connect(drawn)
    with pytest.raises(REFUSED):
        connection.cursor().execute(statement)
    ledger = Ledger(open_store(drawn))
    assert ledger.audit("l1").remaining == 50
    assert len(ledger.entries("l1")) == 2


def row(**given):
    values = {
        "account": "l1", "issuer": "gov", "reference": "x", "kind": "draw", "quantity": 1,
        "unit": "kg", "at": "2025-03-01", "refers_to": "", "note": "", **given,
    }  # fmt: skip
    names = ", ".join(values)
    cells = ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values.values())
    return f"({names}) VALUES ({cells})"


@pytest.mark.parametrize(
    "given",
    [
        {"quantity": 51 * 10**9},
        {"quantity": 0},
        {"quantity": -1},
        {"kind": "steal"},
        {"reference": ""},
        {"reference": "d1"},
        {"account": "l9"},
        {"issuer": "other"},
        {"kind": "release", "quantity": 21 * 10**9},
        {"kind": "reverse", "quantity": 31 * 10**9},
    ],
)
def test_rows_written_past_the_store_cannot_overdraw_either(drawn, given):
    """51 kg in the steps of SQLite; PostgreSQL is asked for 51 thousand million."""
    with pytest.raises(REFUSED):
        connect(drawn).cursor().execute(f"INSERT INTO ledger_entry {row(**given)}")
    assert Ledger(open_store(drawn)).audit("l1").remaining == 50


def test_sqlite_replaces_no_row_and_keeps_whole_numbers(tmp_path):
    url = f"sqlite:///{tmp_path}/l.db"
    ledger = Ledger(open_store(url))
    ledger.open(ACCOUNT)
    ledger.post(entry("draw", 30, "d1"))
    connection = connect(url)
    for statement in (
        f"INSERT OR REPLACE INTO ledger_entry {row(reference='d1')}",
        f"INSERT OR REPLACE INTO ledger_entry {row(number=1)}",
        f"INSERT INTO ledger_entry {row(quantity=0.5)}",
        f"INSERT INTO ledger_entry {row(quantity='1 kg')}",
        "INSERT OR REPLACE INTO ledger_account SELECT * FROM ledger_account",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    assert connection.execute("SELECT drawn FROM ledger_account").fetchone() == (30 * 10**9,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_postgresql_is_not_emptied(postgres_url):
    open_store(postgres_url)
    for table in ("ledger_entry", "ledger_account CASCADE"):
        with pytest.raises(psycopg.errors.RaiseException):
            connect(postgres_url).execute(f"TRUNCATE {table}")


def test_an_entry_past_the_store_moves_the_totals_with_it(drawn):
    amount = 10**9 if drawn.startswith("sqlite") else 1
    connect(drawn).cursor().execute(f"INSERT INTO ledger_entry {row(quantity=amount)}")
    assert Ledger(open_store(drawn)).audit("l1").drawn == 31


def test_totals_changed_from_outside_are_found(drawn):
    connect(drawn).cursor().execute("UPDATE ledger_account SET drawn = drawn - 1")
    with pytest.raises(InvariantError, match="adds up to"):
        Ledger(open_store(drawn)).audit("l1")


@pytest.mark.parametrize("quantity", ["0.0000000001", "9000000001", "1e-20", "1e30"])
def test_a_quantity_that_cannot_be_kept_exactly_is_refused_not_rounded(sql_store, quantity):
    ledger = Ledger(sql_store)
    ledger.open(replace(ACCOUNT, authorised=Decimal(9_000_000_000)))
    with pytest.raises(InputError, match=r"cannot be kept exactly|exceeds what is left"):
        ledger.post(entry("draw", quantity, "d1"))
    with pytest.raises(InputError, match="cannot be kept exactly"):
        ledger.open(replace(ACCOUNT, id="l2", authorised=Decimal(quantity)))
    ledger.post(entry("draw", "8999999999.999999999", "d2"))
    assert ledger.remaining("l1") == Decimal("0.000000001")


def test_made_twice_and_dropped(ledger_url):
    store = open_store(ledger_url)
    Ledger(store).open(ACCOUNT)
    store.create()
    cursor = connect(ledger_url).cursor()
    for statement in create_statements(dialect_of(ledger_url)):
        cursor.execute(statement)
    assert store.balances(["l1", "l9"]).keys() == {"l1"}
    for statement in drop_statements(dialect_of(ledger_url)):
        cursor.execute(statement)
    store.create()
    assert store.balances(["l1"]) == {}


def test_many_accounts_and_entries_at_once(sql_store):
    accounts = [replace(ACCOUNT, id=f"l{n:04d}") for n in range(1203)]
    sql_store.open_all(accounts)
    sql_store.open_all(accounts)
    posted = [entry("draw", 1, f"d{n}", account=account.id) for n, account in enumerate(accounts)]
    assert sql_store.post(posted) == (True,) * 1203
    assert sql_store.post(posted[::-1]) == (False,) * 1203
    drawn = sql_store.balances(account.id for account in accounts)
    assert {balance.drawn for balance in drawn.values()} == {Decimal(1)}
    with pytest.raises(InputError, match="another account"):
        sql_store.open_all([*accounts, replace(ACCOUNT, id="l0007", unit="t")])


def test_a_joined_transaction_takes_everything_back(drawn):
    connection = connect(drawn)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE case_row (id integer)")
    cursor.execute("BEGIN")
    joined = Ledger(SqlStore(connection, dialect=dialect_of(drawn), joins=True))
    cursor.execute("INSERT INTO case_row VALUES (1)")
    joined.post(entry("draw", 10, "d2"))
    joined.post(entry("draw", 5, "d3", refers_to="r1"), entry("release", 1, "x1", refers_to="r1"))
    # A refusal undoes its own rows and leaves the transaction usable.
    with pytest.raises(OverdrawError):
        joined.post(entry("draw", 1, "d4"), entry("draw", 90, "d5"))
    with pytest.raises(ReferenceConflictError):
        joined.post(entry("draw", 11, "d2"))
    assert joined.audit("l1").drawn == 45
    cursor.execute("ROLLBACK")
    other = Ledger(open_store(drawn))
    assert other.audit("l1").drawn == 30
    cursor.execute("SELECT count(*) FROM case_row")
    assert cursor.fetchone()[0] == 0
    cursor.execute("BEGIN")
    joined.post(entry("draw", 10, "d2"))
    cursor.execute("COMMIT")
    assert other.audit("l1").drawn == 40


def test_a_joined_account_that_was_undone_is_not_remembered(ledger_url):
    open_store(ledger_url)
    connection = connect(ledger_url)
    cursor = connection.cursor()
    joined = Ledger(SqlStore(connection, dialect=dialect_of(ledger_url), joins=True))
    cursor.execute("BEGIN")
    joined.open(ACCOUNT)
    joined.post(entry("draw", 1, "d1"))
    cursor.execute("ROLLBACK")
    cursor.execute("BEGIN")
    joined.open(replace(ACCOUNT, unit="t"))
    with pytest.raises(InputError, match="the unit is 'kg'"):
        joined.post(entry("draw", 1, "d1"))


def test_another_mark_for_parameters(drawn):
    """A web framework's wrapper takes %s for SQLite too."""

    class Wrapped:
        def __init__(self, connection):
            self.connection = connection

        def cursor(self):
            return Cursor(self.connection.cursor())

    class Cursor:
        def __init__(self, cursor):
            self.cursor = cursor

        def execute(self, statement, parameters=None):
            if parameters is None:
                return self.cursor.execute(statement)
            return self.cursor.execute(statement.replace("%s", "?"), parameters)

        def __getattr__(self, name):
            return getattr(self.cursor, name)

    wrapped = connect(drawn) if drawn.startswith("postgresql") else Wrapped(connect(drawn))
    wrapped.cursor().execute("BEGIN")
    store = SqlStore(wrapped, dialect=dialect_of(drawn), joins=True, placeholder="%s")
    Ledger(store).post(entry("draw", 10, "d2", refers_to="r1"))
    assert Ledger(store).audit("l1").drawn == 40


def test_a_connection_whose_driver_begins_transactions_is_refused(tmp_path, postgres_url):
    implicit = sqlite3.connect(tmp_path / "l.db")
    with pytest.raises(UsageError, match="autocommit mode, or joins=True"):
        SqlStore(implicit)
    with psycopg.connect(postgres_url) as connection, pytest.raises(UsageError):
        SqlStore(connection, dialect="postgresql")
    with pytest.raises(UsageError, match="sqlite or postgresql"):
        SqlStore(implicit, dialect="oracle")


def hold(url):
    """Lock the account from another connection."""
    holder = connect(url)
    if url.startswith("sqlite"):
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder.execute("BEGIN")
        holder.execute("SELECT 1 FROM ledger_account FOR UPDATE")
    return holder


@pytest.mark.parametrize("kind", ["draw", "adjust"])
def test_a_ledger_held_for_too_long_is_a_clear_error(drawn, kind):
    holder = hold(drawn)
    if drawn.startswith("sqlite"):
        connection = connect_sqlite(drawn.removeprefix("sqlite:///"), busy_seconds=0.01)
    else:
        connection = connect(drawn)
        connection.execute("SET lock_timeout = '10ms'")
    store = SqlStore(connection, dialect=dialect_of(drawn), patience=Patience(3, 0.001))
    with pytest.raises(LedgerBusyError, match="3 attempts failed") as caught:
        store.post([entry(kind, 1, "d2")])
    assert "send the same entries again" in str(caught.value)
    holder.cursor().execute("ROLLBACK")
    assert store.post([entry(kind, 1, "d2")]) == (True,)


def test_patience_doubles_up_to_a_limit():
    patience = Patience(10, 0.01, 0.05)
    assert [patience.pause(n) for n in range(5)] == [0.01, 0.02, 0.04, 0.05, 0.05]
    assert patience.pause(500) == 0.05


def test_what_the_database_refuses_after_judging_is_an_invariant(drawn):
    """Another program kept the totals too high, so that judging lets too much pass."""
    cursor = connect(drawn).cursor()
    cursor.execute("UPDATE ledger_account SET drawn = 0")
    with pytest.raises(InvariantError, match="the database refused the rows"):
        Ledger(open_store(drawn)).post(entry("reverse", 30, "v1", refers_to="d1"))


@pytest.mark.parametrize(
    ("code", "expected"), [(5, True), (6, True), (15, True), (517, True), (19, False), (1, False)]
)
def test_which_errors_of_sqlite_mean_that_others_are_in_the_way(code, expected):
    """517 is a stale snapshot (5 + 2·256), 15 a race for the locks of the log."""
    inner = sqlite3.OperationalError("from the driver")
    inner.sqlite_errorcode = code
    outer = RuntimeError("from a framework")
    outer.__cause__ = inner
    assert is_busy(inner) is expected
    assert is_busy(outer) is expected


def test_a_file_held_while_it_is_opened(tmp_path):
    """Another process keeps the file for itself: to open it waits, then says so."""
    path = tmp_path / "l.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE t (a)")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerBusyError, match="10 attempts failed"):
        connect_sqlite(path, busy_seconds=0.001)
    holder.execute("ROLLBACK")
    connect_sqlite(path)
