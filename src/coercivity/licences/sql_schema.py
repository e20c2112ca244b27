"""Tables of the ledger in SQLite and PostgreSQL, as statements that a migration can execute.

Quantities are exact in both. PostgreSQL has NUMERIC. SQLite has no exact decimal type, and what a
CHECK constraint compares there must be a number, so a quantity is kept as an integer of
10^-9 units: sums and comparisons of 64-bit integers are exact, those of text or REAL are not. Both
take the same quantities, so that a ledger can move from one to the other.

Entries are added and never changed: triggers refuse UPDATE and DELETE. A trigger also moves the
totals of the account with each entry, and CHECK constraints refuse a total below zero, so that no
way into the tables overdraws an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from coercivity.errors import UsageError

__all__ = [
    "DECIMAL_PLACES",
    "LARGEST",
    "POSTGRESQL",
    "SQLITE",
    "Dialect",
    "create_statements",
    "dialect_named",
    "drop_statements",
]

DECIMAL_PLACES: Final = 9
"""Digits kept after the point: a microgram of a kilogram."""

LARGEST: Final = Decimal(9_000_000_000)
"""Largest quantity; 10^9 times it is just below what 64 bits hold."""

_KINDS = "'reserve', 'draw', 'release', 'reverse', 'adjust'"
_KEPT = ("id", "issuer", "unit", "opened", "valid_from", "valid_to", "zone")


@dataclass(frozen=True)
class Dialect:
    """How a database writes what the ledger says.

    Parameters
    ----------
    name : str
        ``sqlite`` or ``postgresql``.
    placeholder : str
        Mark of a parameter in a statement.
    begin : str
        Statement that opens a transaction in which rows can be written.
    lock : str
        Put after a SELECT to lock its rows; empty if the transaction locks everything.
    share : str
        Put after a SELECT to keep others from changing its rows.
    on_conflict : str
        Put after an INSERT of entries; what it leaves out is tried again.
    has_table : str
        Query that gives a row if the last table is there.
    alone : tuple of str
        Statements that let one maker of the tables in at a time, in a transaction.
    """

    name: Literal["sqlite", "postgresql"]
    placeholder: str
    begin: str
    lock: str = ""
    share: str = ""
    on_conflict: str = ""
    has_table: str = ""
    alone: tuple[str, ...] = ()


SQLITE: Final = Dialect(
    "sqlite",
    "?",
    "BEGIN IMMEDIATE",
    has_table="SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger_entry'",
)
"""SQLite: one writer at a time; the write lock is taken before anything is read."""

POSTGRESQL: Final = Dialect(
    "postgresql",
    "%s",
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    lock=" FOR UPDATE",
    share=" FOR SHARE",
    on_conflict=" ON CONFLICT (issuer, reference) DO NOTHING",
    has_table="SELECT 1 FROM pg_class WHERE oid = to_regclass('ledger_entry')",
    alone=("SELECT pg_advisory_xact_lock(hashtext('ledger_account'))",),
)
"""PostgreSQL: rows of accounts are locked in the order of their ids."""


def dialect_named(name: str) -> Dialect:
    """Return a dialect.

    Raises
    ------
    UsageError
        If it is neither ``sqlite`` nor ``postgresql``.
    """
    for dialect in (SQLITE, POSTGRESQL):
        if dialect.name == name:
            return dialect
    raise UsageError(f"no dialect is called {name!r}", expected="sqlite or postgresql")


def create_statements(dialect: Dialect | str) -> tuple[str, ...]:
    """Return the statements that make the tables, for a migration or :meth:`SqlStore.create`.

    Parameters
    ----------
    dialect : Dialect or str

    Returns
    -------
    tuple of str
        One statement each; executing them again changes nothing.
    """
    chosen = dialect_named(dialect) if isinstance(dialect, str) else dialect
    tables = _tables(_SQLITE_TYPES if chosen.name == "sqlite" else _POSTGRESQL_TYPES)
    return (*tables, *(_SQLITE_TRIGGERS if chosen.name == "sqlite" else _POSTGRESQL_TRIGGERS))


def drop_statements(dialect: Dialect | str) -> tuple[str, ...]:
    """Return the statements that undo :func:`create_statements`, for a migration's way back."""
    chosen = dialect_named(dialect) if isinstance(dialect, str) else dialect
    tables = ("DROP TABLE IF EXISTS ledger_entry", "DROP TABLE IF EXISTS ledger_account")
    if chosen.name == "sqlite":
        return tables
    functions = ("ledger_refuse", "ledger_keep_account", "ledger_move_totals")
    return (*tables, *(f"DROP FUNCTION IF EXISTS {name}()" for name in functions))


_SQLITE_TYPES: Final = {
    "quantity": "INTEGER",
    "number": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "day": "TEXT",
    "moment": "TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
    # A column of type INTEGER would keep a fraction or a word as it is given.
    "whole": " CHECK (typeof({column}) = 'integer')",
}
_POSTGRESQL_TYPES: Final = {
    "quantity": f"numeric(28, {DECIMAL_PLACES})",
    "number": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "day": "date",
    "moment": "timestamptz NOT NULL DEFAULT clock_timestamp()",
    "whole": "",
}


def _tables(types: dict[str, str]) -> tuple[str, ...]:
    quantity, day = types["quantity"], types["day"]

    def exact(column: str) -> str:
        return f"{column} {quantity} NOT NULL" + types["whole"].format(column=column)

    account = f"""CREATE TABLE IF NOT EXISTS ledger_account (
  id text NOT NULL PRIMARY KEY CHECK (id <> ''),
  issuer text NOT NULL,
  unit text NOT NULL,
  {exact("opened")} CHECK (opened >= 0),
  {exact("authorised")},
  {exact("drawn")} CHECK (drawn >= 0),
  {exact("reserved")} CHECK (reserved >= 0),
  valid_from {day} NOT NULL,
  valid_to {day} CHECK (valid_to > valid_from),
  zone text NOT NULL,
  CONSTRAINT ledger_not_overdrawn CHECK (drawn + reserved <= authorised),
  UNIQUE (id, issuer)
)"""
    entry = f"""CREATE TABLE IF NOT EXISTS ledger_entry (
  number {types["number"]},
  account text NOT NULL,
  issuer text NOT NULL,
  reference text NOT NULL CHECK (reference <> ''),
  kind text NOT NULL CHECK (kind IN ({_KINDS})),
  {exact("quantity")} CHECK (quantity > 0 OR (kind = 'adjust' AND quantity <> 0)),
  unit text NOT NULL,
  at text NOT NULL,
  refers_to text NOT NULL,
  note text NOT NULL,
  recorded_at {types["moment"]},
  UNIQUE (issuer, reference),
  FOREIGN KEY (account, issuer) REFERENCES ledger_account (id, issuer)
)"""
    return (
        account,
        entry,
        "CREATE INDEX IF NOT EXISTS ledger_entry_of_account ON ledger_entry (account, number)",
        "CREATE INDEX IF NOT EXISTS ledger_entry_refers_to ON ledger_entry (account, refers_to)"
        " WHERE refers_to <> ''",
    )


_MOVE = """UPDATE ledger_account SET
    authorised = authorised + CASE WHEN NEW.kind = 'adjust' THEN NEW.quantity ELSE 0 END,
    drawn = drawn + CASE NEW.kind WHEN 'draw' THEN NEW.quantity
      WHEN 'reverse' THEN -NEW.quantity ELSE 0 END,
    reserved = reserved + CASE WHEN NEW.kind = 'reserve' THEN NEW.quantity
      WHEN NEW.kind = 'release' OR (NEW.kind = 'draw' AND NEW.refers_to <> '')
      THEN -NEW.quantity ELSE 0 END
  WHERE id = NEW.account"""

_APPEND_ONLY = "ledger entries are added and never changed"
_ACCOUNT_KEPT = "of a ledger account only the totals change"


def _sqlite_refusals() -> tuple[str, ...]:
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _KEPT)
    return (
        f"""CREATE TRIGGER IF NOT EXISTS ledger_entry_no_update BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS ledger_entry_no_delete BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END""",
        # INSERT OR REPLACE would delete a row without firing the trigger above.
        f"""CREATE TRIGGER IF NOT EXISTS ledger_entry_no_replace BEFORE INSERT ON ledger_entry
WHEN EXISTS (SELECT 1 FROM ledger_entry
  WHERE number = NEW.number OR (issuer = NEW.issuer AND reference = NEW.reference))
BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS ledger_account_kept BEFORE UPDATE ON ledger_account
WHEN {changed} BEGIN SELECT RAISE(ABORT, '{_ACCOUNT_KEPT}'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS ledger_account_no_delete BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, '{_ACCOUNT_KEPT}'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS ledger_account_no_replace BEFORE INSERT ON ledger_account
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{_ACCOUNT_KEPT}'); END""",
    )


_SQLITE_TRIGGERS: Final = (
    *_sqlite_refusals(),
    f"""CREATE TRIGGER IF NOT EXISTS ledger_entry_moves_totals AFTER INSERT ON ledger_entry
BEGIN {_MOVE}; END""",
)


def _postgresql_function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$ledger$ BEGIN {body} END $ledger$"
    )


def _postgresql_trigger(name: str, when: str, table: str, function: str) -> str:
    each = "STATEMENT" if "TRUNCATE" in when else "ROW"
    return (
        f"CREATE OR REPLACE TRIGGER {name} {when} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION {function}()"
    )


_POSTGRESQL_TRIGGERS: Final = (
    _postgresql_function("ledger_refuse", f"RAISE EXCEPTION '{_APPEND_ONLY}';"),
    _postgresql_function(
        "ledger_keep_account",
        "IF ("
        + ", ".join(f"OLD.{column}" for column in _KEPT)
        + ") IS DISTINCT FROM ("
        + ", ".join(f"NEW.{column}" for column in _KEPT)
        + f") THEN RAISE EXCEPTION '{_ACCOUNT_KEPT}'; END IF; RETURN NEW;",
    ),
    _postgresql_function("ledger_move_totals", f"{_MOVE}; RETURN NULL;"),
    _postgresql_trigger(
        "ledger_entry_kept", "BEFORE UPDATE OR DELETE", "ledger_entry", "ledger_refuse"
    ),
    _postgresql_trigger(
        "ledger_entry_not_emptied", "BEFORE TRUNCATE", "ledger_entry", "ledger_refuse"
    ),
    _postgresql_trigger(
        "ledger_entry_moves_totals", "AFTER INSERT", "ledger_entry", "ledger_move_totals"
    ),
    _postgresql_trigger(
        "ledger_account_kept", "BEFORE UPDATE", "ledger_account", "ledger_keep_account"
    ),
    _postgresql_trigger("ledger_account_stays", "BEFORE DELETE", "ledger_account", "ledger_refuse"),
    _postgresql_trigger(
        "ledger_account_not_emptied", "BEFORE TRUNCATE", "ledger_account", "ledger_refuse"
    ),
)
