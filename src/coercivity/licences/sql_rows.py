"""Accounts and entries as rows of a database, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, Final

from coercivity.errors import InputError
from coercivity.licences.book import Book
from coercivity.licences.model import EntryKind, LedgerAccount, LedgerEntry
from coercivity.licences.sql_schema import DECIMAL_PLACES, LARGEST, Dialect

__all__ = [
    "ACCOUNT_COLUMNS",
    "ENTRY_COLUMNS",
    "account_row",
    "book_of",
    "decoded",
    "encoded",
    "entry_of",
    "entry_row",
]

ACCOUNT_COLUMNS: Final = (
    "id, issuer, unit, opened, authorised, drawn, reserved, valid_from, valid_to, zone"
)
ENTRY_COLUMNS: Final = "account, issuer, reference, kind, quantity, unit, at, refers_to, note"

_STEP: Final = Decimal(1).scaleb(-DECIMAL_PLACES)


def encoded(quantity: Decimal, dialect: Dialect, *, where: str) -> Decimal | int:
    """Return a quantity as the database keeps it.

    Parameters
    ----------
    quantity : Decimal
        In the account's unit.
    dialect : Dialect
    where : str
        Put into the error.

    Returns
    -------
    Decimal or int
        For SQLite the number of steps of 10^-9 units.

    Raises
    ------
    InputError
        If it has more digits after the point than are kept, or is too large: never rounded.
    """
    with localcontext() as context:
        context.prec = 60
        whole = quantity.scaleb(DECIMAL_PLACES)
        fits = abs(quantity) <= LARGEST and whole == whole.to_integral_value()
    if not fits:
        raise InputError(
            f"quantity {quantity} cannot be kept exactly",
            where=where,
            expected=f"at most {DECIMAL_PLACES} digits after the point, and at most {LARGEST}",
            hint="use a larger or a smaller unit",
        )
    return int(whole) if dialect.name == "sqlite" else quantity


def decoded(value: Any, dialect: Dialect) -> Decimal:
    """Return the quantity that :func:`encoded` made a value of."""
    quantity = Decimal(value) * _STEP if dialect.name == "sqlite" else Decimal(value)
    return quantity.normalize() if quantity else Decimal(0)


def account_row(account: LedgerAccount, dialect: Dialect) -> tuple[Any, ...]:
    """Return the row of a newly opened account, in the order of ``ACCOUNT_COLUMNS``."""
    opened = encoded(account.authorised, dialect, where=account.id)
    last = account.valid_to.isoformat() if account.valid_to else None
    days = (account.valid_from.isoformat(), last)
    return (account.id, account.issuer, account.unit, opened, opened, 0, 0, *days, account.zone)


def book_of(row: Sequence[Any], dialect: Dialect) -> Book:
    """Return the account of a row with its totals."""
    name, issuer, unit, *quantities, first, last, zone = row
    opened, authorised, drawn, reserved = (decoded(value, dialect) for value in quantities)
    ends = None if last is None else _day(last)
    account = LedgerAccount(name, issuer, unit, opened, _day(first), ends, zone)
    return Book(account, authorised, drawn, reserved)


def entry_row(entry: LedgerEntry, issuer: str, dialect: Dialect) -> tuple[Any, ...]:
    """Return the row of an entry, in the order of ``ENTRY_COLUMNS``."""
    where = f"{entry.account}, reference {entry.reference}"
    return (
        entry.account,
        issuer,
        entry.reference,
        entry.kind.value,
        encoded(entry.quantity, dialect, where=where),
        entry.unit,
        entry.at.isoformat(),
        entry.refers_to,
        entry.note,
    )


def entry_of(row: Sequence[Any], dialect: Dialect) -> LedgerEntry:
    """Return the entry of a row in the order of ``ENTRY_COLUMNS``."""
    account, _, reference, kind, quantity, unit, at, refers_to, note = row
    moment = datetime.fromisoformat(at) if "T" in at else date.fromisoformat(at)
    return LedgerEntry(
        account,
        EntryKind(kind),
        decoded(quantity, dialect),
        unit,
        reference,
        moment,
        refers_to,
        note,
    )


def _day(value: Any) -> date:
    """Return a day that a driver gave as text, as a day, or as a moment."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)
