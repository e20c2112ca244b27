"""The library's ledger on the desk's own connection: it joins the transaction that is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.db import connection

from coercivity.desk.licensing.models import Licence
from coercivity.licences import Balance, Ledger, LedgerEntry
from coercivity.licences.sql import SqlStore

__all__ = ["balances_of", "entries_of", "ledger", "store"]


def store() -> SqlStore:
    """Return the store over the connection of this thread."""
    # Django's cursors take %s as the mark of a parameter on both databases.
    return SqlStore(cast(Any, connection), dialect=connection.vendor, joins=True, placeholder="%s")


def ledger() -> Ledger:
    """Return the ledger; writing to it needs an open transaction."""
    return Ledger(store())


def balances_of(licences: Iterable[Licence]) -> dict[str, Balance]:
    """Return the totals of every line of some licences, by account, in one query.

    Parameters
    ----------
    licences : iterable of Licence
        With their lines fetched.
    """
    names = [line.account for licence in licences for line in licence.lines.all()]
    return store().balances(names) if names else {}


def entries_of(licence: Licence) -> list[tuple[int, LedgerEntry]]:
    """Return the entries of every line of a licence, with the number of the line."""
    opened = store()
    return [
        (line.number, entry)
        for line in licence.lines.all()
        if line.authorised is not None
        for entry in opened.entries(line.account)
    ]
