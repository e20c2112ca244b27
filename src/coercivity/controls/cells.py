"""Cells of a file of shipments as values of a query's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from coercivity.controls.model import CIVIL, UNKNOWN
from coercivity.controls.register import Register
from coercivity.controls.subject import check_shares
from coercivity.errors import CoercivityError, InputError, Problem

__all__ = ["read_cell"]


def read_cell(register: Register, field: str, text: str) -> Any:
    """Return the value of a cell, or the problem with it.

    Parameters
    ----------
    register : Register
        Its items and places are looked up.
    field : str
        Field of :class:`~coercivity.controls.answer.Query`.
    text : str
        The cell.

    Returns
    -------
    object or Problem
        A blank is the field's default.
    """
    try:
        return _READ[field](register, text.strip())
    except CoercivityError as error:
        return error.problems[0]
    except ValueError as error:
        return Problem(str(error))


def _item(register: Register, text: str) -> str:
    if not text:
        raise InputError(
            "the cell is blank", expected="the id of an item; a customs code clears nothing"
        )
    return register.lookup.item(text).id


def _country(register: Register, text: str) -> str:
    if not text:
        raise InputError("the cell is blank", expected="an ISO 3166 code such as IN or IND")
    return register.lookup.place(text)[0]


def _day(register: Register, text: str) -> date | datetime:
    try:
        if len(text) <= len("2025-10-31"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is not a date", expected="a day as YYYY-MM-DD, or a moment with a time zone"
        ) from None
    if moment.tzinfo is None:
        raise InputError(
            f"{text!r} has no time zone", expected="such as 2025-10-31T08:00+08:00, or a day"
        )
    return moment


def _known(register: Register, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a date", expected="YYYY-MM-DD, or blank") from None


def _share(text: str) -> float:
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise InputError(f"{text!r} is not a share", expected="0.001 or 0.1%") from None
    check_shares(number, None)
    if number != number:
        raise InputError(f"{text!r} is not a share", expected="0.001 or 0.1%")
    return number


def _owners(register: Register, text: str) -> tuple[tuple[str, float], ...] | None:
    if not text:
        return None
    pairs = []
    for part in text.split(";"):
        owner, _, share = part.strip().rpartition(" ")
        if not owner:
            raise InputError(f"{part!r} names no owner and share", expected="some_firm 0.5; …")
        pairs.append((owner.strip(), _share(share)))
    return tuple(pairs)


def _contents(register: Register, text: str) -> tuple[str, ...] | None:
    parts = [part.strip() for part in text.split(";")]
    return tuple(part for part in parts if part) or None


_READ: Final[Mapping[str, Callable[[Register, str], Any]]] = {
    "item": _item,
    "origin": _country,
    "destination": _country,
    "on": _day,
    "known_at": _known,
    "end_use": lambda register, text: None if text == UNKNOWN else text or CIVIL,
    "end_user": lambda register, text: text or None,
    "contains": _contents,
    "origin_content_share": lambda register, text: _share(text) if text else None,
    "owned_by": _owners,
    "hs_code": lambda register, text: text or None,
}
