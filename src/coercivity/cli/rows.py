"""Typed rows as plain values that a table or JSON can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any


def plain_record(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row as a mapping of plain values.

    Parameters
    ----------
    row : mapping
        A record of a pack, with typed values.

    Returns
    -------
    dict
        The same keys; dates as ISO text, lists as lists, blanks as ``None``.
    """
    return {str(key): plain_value(value) for key, value in row.items()}


def plain_value(value: Any) -> Any:
    """Return one value without its type.

    Parameters
    ----------
    value : object
        A typed value: a date, a partial date, a list, a nested row or a scalar.

    Returns
    -------
    str, int, float, bool, list, dict or None
        What JSON can carry.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return plain_record(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "earliest"):
        return value.text
    if hasattr(value, "to_json"):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return plain_record(asdict(value))
    return str(value)


def cell(value: Any) -> str:
    """Return a value as the text of a table's cell.

    Parameters
    ----------
    value : object
        Any plain value.

    Returns
    -------
    str
        Lists joined by commas; nothing for a blank.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {cell(item)}" for key, item in value.items())
    return str(plain_value(value))
