"""Stores of the ledger that the same tests run against: in memory, SQLite, PostgreSQL.

A test module takes the fixtures with ``pytest_plugins = ["support.ledger_stores"]``.
"""

from __future__ import annotations

import pytest

from coercivity.licences import MemoryStore
from coercivity.licences.sql import SqlStore
from coercivity.licences.sql_open import connect_postgresql, connect_sqlite, open_store

pytest_plugins = ["support.postgres"]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request, tmp_path):
    """Address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def sql_store(ledger_url):
    """A store that owns its transactions."""
    return open_store(ledger_url)


@pytest.fixture(params=["memory", "sqlite", "sqlite_joined", "postgresql", "postgresql_joined"])
def store(request, tmp_path):
    """Every kind of store, owning its transactions or inside somebody else's."""
    name, _, joined = request.param.partition("_")
    if name == "memory":
        yield MemoryStore()
        return
    if name == "sqlite":
        connection = connect_sqlite(tmp_path / "ledger.db")
    else:
        connection = connect_postgresql(request.getfixturevalue("postgres_url"))
    if joined:
        connection.cursor().execute("BEGIN IMMEDIATE" if name == "sqlite" else "BEGIN")
    made = SqlStore(connection, dialect=name, joins=bool(joined))
    made.create()
    yield made
    connection.close()
