"""Connections for a ledger of one's own: a file of SQLite, or a PostgreSQL database."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from coercivity.errors import UsageError
from coercivity.licences.sql import SqlStore
from coercivity.licences.sql_transactions import Patience, is_busy, too_busy

__all__ = ["connect_postgresql", "connect_sqlite", "open_store"]

BUSY_SECONDS = 30.0
"""Seconds a writer waits for the others before an attempt counts as failed."""


def connect_sqlite(path: Path | str, *, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Return a connection to a SQLite file, made if it is not there.

    The journal is rolled back, not written ahead: with a write-ahead log a test with 32 writers,
    some of them killed, once left a torn file under SQLite 3.40. Every commit is flushed to the
    disk before it is acknowledged.

    Parameters
    ----------
    path : Path or str
        File, or ``:memory:``.
    busy_seconds : float
        Seconds to wait for a lock.

    Returns
    -------
    sqlite3.Connection
        In autocommit mode, with foreign keys enforced.

    Raises
    ------
    LedgerBusyError
        If others held the file for too long.
    """
    connection = sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )
    _prepare(connection, Patience())
    return connection


def _prepare(connection: sqlite3.Connection, patience: Patience) -> None:
    """Set the connection up; another that recovers the log may hold it for a moment."""
    for number in range(patience.attempts):
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            if number == patience.attempts - 1:
                raise too_busy(patience.attempts) from error
        time.sleep(patience.pause(number))


def connect_postgresql(url: str) -> Any:
    """Return a connection to PostgreSQL in autocommit mode.

    Parameters
    ----------
    url : str
        ``postgresql://…`` or a connection string of libpq.

    Raises
    ------
    UsageError
        If the driver is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise UsageError(
            "the driver of PostgreSQL is not installed",
            expected="the package psycopg",
            hint="pip install 'coercivity[postgresql]'",
        ) from error
    return psycopg.connect(url, autocommit=True)


def open_store(url: str) -> SqlStore:
    """Open a ledger by its address and make the tables if they are not there.

    Parameters
    ----------
    url : str
        ``sqlite:///PATH``, a path, or ``postgresql://…``.

    Returns
    -------
    SqlStore
        That owns its transactions.
    """
    if url.startswith(("postgresql://", "postgres://")):
        store = SqlStore(connect_postgresql(url), dialect="postgresql")
    else:
        store = SqlStore(connect_sqlite(url.removeprefix("sqlite:///")), dialect="sqlite")
    store.create()
    return store
