"""Transactions on a connection that the caller gives: owned or joined, tried again if busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any, Protocol, TypeVar

from coercivity.errors import CoercivityError, InvariantError, UsageError
from coercivity.licences.sql_schema import Dialect

__all__ = [
    "Connection",
    "Cursor",
    "LedgerBusyError",
    "Patience",
    "TakenError",
    "Transactions",
    "is_busy",
    "too_busy",
]

Result = TypeVar("Result")

_SAVEPOINT = "coercivity_ledger"
_SERIALIZATION, _DEADLOCK, _LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"
_CONSTRAINTS = frozenset({"23502", "23503", "23505", "23514", "22003", "P0001"})
# "Locking protocol" is what SQLite says when many race for the log's locks for many seconds.
_SQLITE_BUSY, _SQLITE_LOCKED, _SQLITE_PROTOCOL, _SQLITE_CONSTRAINT = 5, 6, 15, 19


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    rowcount: int

    def execute(self, operation: str, parameters: Sequence[Any] = ..., /) -> Any:
        """Execute a statement."""

    def executemany(self, operation: str, parameters: Sequence[Sequence[Any]], /) -> Any:
        """Execute a statement once per row."""

    def fetchall(self) -> list[Any]:
        """Return the rows."""

    def close(self) -> None:
        """Close the cursor."""


class Connection(Protocol):
    """What is used of a DB-API connection."""

    def cursor(self) -> Any:
        """Return a cursor."""


class LedgerBusyError(CoercivityError):
    """Others held the ledger for too long; nothing was written."""


class TakenError(Exception):
    """Another transaction took a reference between looking and writing."""


@dataclass(frozen=True)
class Patience:
    """How often a step is tried again that others got in the way of.

    Parameters
    ----------
    attempts : int
        Attempts in all, one or more.
    first_pause, longest_pause : float
        Seconds before the second attempt, doubled with every other one up to the longest.
    """

    attempts: int = 10
    first_pause: float = 0.005
    longest_pause: float = 0.5

    def pause(self, number: int) -> float:
        """Return the seconds to wait after attempt `number`, counted from 0."""
        return min(self.first_pause * 2.0**number, self.longest_pause)


class Transactions:
    """Opens, closes and repeats transactions on one connection, one thread at a time.

    Parameters
    ----------
    connection : DB-API connection
    dialect : Dialect
    joins : bool
        Whether a transaction of somebody else's is open: a savepoint is set in it, nothing is
        committed, and only what a savepoint undid is tried again.
    patience : Patience

    Raises
    ------
    UsageError
        If an owned connection is not in autocommit mode.
    """

    def __init__(
        self, connection: Connection, dialect: Dialect, *, joins: bool, patience: Patience
    ) -> None:
        self.joins = joins
        self._connection = connection
        self._dialect = dialect
        self._patience = patience
        self._lock = RLock()
        if not joins:
            _require_autocommit(connection)

    def again(self, step: Callable[[], Result]) -> Result:
        """Try a step until nobody gets in its way, but not for ever.

        Raises
        ------
        LedgerBusyError
            If every attempt failed because of others.
        InvariantError
            If the database refused what judging had let pass.
        """
        attempts = self._patience.attempts
        for number in range(attempts):
            try:
                return step()
            except CoercivityError:
                raise
            except Exception as error:
                # A joined transaction is not ours to repeat, unless the savepoint undid it all.
                is_taken = isinstance(error, TakenError)
                if not is_taken and (self.joins or not is_busy(error)):
                    _explain(error)
                    raise
                if number == attempts - 1:
                    raise too_busy(attempts) from error
            time.sleep(self._patience.pause(number))
        raise UsageError("a step needs at least one attempt", where="patience.attempts")

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Lend a cursor for a single statement."""
        with self._lock:
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def transaction(self, begin: str = "") -> Iterator[Cursor]:
        """Run statements in a transaction of our own, or in a savepoint of another's."""
        opening = f"SAVEPOINT {_SAVEPOINT}" if self.joins else begin or self._dialect.begin
        closing = f"RELEASE SAVEPOINT {_SAVEPOINT}" if self.joins else "COMMIT"
        undoing = (f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", closing) if self.joins else ("ROLLBACK",)
        with self.reading() as cursor:
            cursor.execute(opening)
            try:
                yield cursor
                cursor.execute(closing)
            except BaseException:
                _undo(cursor, undoing)
                raise


def _undo(cursor: Cursor, statements: Sequence[str]) -> None:
    """Roll back; if even that fails, the connection is gone, and the transaction with it."""
    with suppress(Exception):
        for statement in statements:
            cursor.execute(statement)


def _require_autocommit(connection: Any) -> None:
    """Refuse a connection whose driver would begin transactions behind the store's back."""
    isolation = getattr(connection, "isolation_level", None)
    is_sqlite = hasattr(connection, "in_transaction")
    if (is_sqlite and isolation is not None) or getattr(connection, "autocommit", True) is False:
        raise UsageError(
            "the driver begins transactions on this connection by itself",
            expected="a connection in autocommit mode, or joins=True inside a transaction",
            hint="open it with coercivity.licences.sql_open",
        )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Iterate over an error and what it was raised from; frameworks wrap the driver's errors."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def is_busy(error: BaseException) -> bool:
    """Tell whether others got in the way, so that the same transaction may succeed again.

    Parameters
    ----------
    error : BaseException
        From the driver, or raised from one of its errors.
    """
    for found in _chain(error):
        if getattr(found, "sqlstate", None) in (_SERIALIZATION, _DEADLOCK, _LOCK_NOT_AVAILABLE):
            return True
        code = getattr(found, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED, _SQLITE_PROTOCOL):
            return True
    return False


def _explain(error: BaseException) -> None:
    """Raise an InvariantError if the database refused what judging had let pass."""
    for found in _chain(error):
        code = getattr(found, "sqlite_errorcode", None)
        refused = code is not None and code & 0xFF == _SQLITE_CONSTRAINT
        if refused or getattr(found, "sqlstate", None) in _CONSTRAINTS:
            raise InvariantError(
                f"the database refused the rows: {str(found).splitlines()[0]}",
                expected="rows that keep every constraint of the ledger",
                hint="audit the account: its totals may have been changed from outside",
            ) from error


def too_busy(attempts: int) -> LedgerBusyError:
    """Return the error for so many attempts that failed because of others."""
    return LedgerBusyError(
        f"the ledger is busy: {attempts} attempts failed because others held it",
        expected="a transaction nobody gets in the way of",
        hint="send the same entries again; what was added meanwhile is a replay",
    )
