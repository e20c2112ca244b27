"""Conditions of licences as data that can be checked against a shipment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from coercivity.catalogue import places
from coercivity.controls.logic import Truth, any_of
from coercivity.controls.model import MILITARY
from coercivity.errors import InputError
from coercivity.licences.model import Condition, Shipment
from coercivity.timeline import parse_day
from coercivity.units import convert

__all__ = ["CONDITION_KINDS", "describe", "parse_condition", "violates"]

CONDITION_KINDS: Final[Mapping[str, str]] = {
    "no_reexport_to": "neither the goods nor what is made of them go on to {values}",
    "no_military_use": "no military use",
    "end_user_only": "for the named end user only ({values})",
    "no_transfer": "no transfer to anybody else",
    "site_only": "used at {values} only",
    "report_by": "use reported by {by}",
    "max_single_shipment": "no single shipment above {limit} {unit}",
    "declared_use_only": "only the declared use ({values})",
}
"""Kinds of conditions, with their words."""


def parse_condition(text: str, *, where: str = "") -> Condition:
    """Read a condition such as ``no_reexport_to:US,JP`` or ``max_single_shipment:500 kg``.

    Parameters
    ----------
    text : str
        Kind, and after a colon its values.
    where : str
        Put into the error.

    Returns
    -------
    Condition

    Raises
    ------
    InputError
        If the kind is not one of :data:`CONDITION_KINDS`, or a value cannot be read.
    """
    kind, _, rest = (part.strip() for part in text.partition(":"))
    if kind not in CONDITION_KINDS:
        raise InputError(
            f"condition {kind!r} is not known",
            where=where,
            expected="one of " + ", ".join(CONDITION_KINDS),
        )
    values = tuple(part.strip() for part in rest.split(",") if part.strip())
    if kind == "no_reexport_to":
        return Condition(kind, tuple(places.country(value) for value in values))
    if kind == "report_by":
        return Condition(kind, by=parse_day(rest, where=where))
    if kind == "max_single_shipment":
        return _limit(kind, rest, where)
    return Condition(kind, values)


def _limit(kind: str, text: str, where: str) -> Condition:
    number, _, unit = text.partition(" ")
    try:
        return Condition(kind, limit=Decimal(number), unit=unit.strip())
    except InvalidOperation as error:
        raise InputError(
            f"{text!r} is no quantity", where=where, expected="number and unit, such as 500 kg"
        ) from error


def describe(condition: Condition) -> str:
    """Return a condition in words."""
    return CONDITION_KINDS[condition.kind].format(
        values=", ".join(condition.values) or "any other",
        by=condition.by,
        limit=condition.limit,
        unit=condition.unit,
    )


def violates(condition: Condition, shipment: Shipment) -> Truth:
    """Check a shipment against a condition.

    Parameters
    ----------
    condition : Condition
    shipment : Shipment
        What is not known of it is None.

    Returns
    -------
    bool or None
        True if it breaks the condition, False if it keeps it, None if a fact is missing.
    """
    return _CHECKS[condition.kind](condition, shipment)


def _reexport(condition: Condition, shipment: Shipment) -> Truth:
    if shipment.onward_to is None:
        return None
    if not condition.values:
        return bool(shipment.onward_to)
    return any_of(places.is_in(country, condition.values) for country in shipment.onward_to)


def _military(condition: Condition, shipment: Shipment) -> Truth:
    return None if shipment.end_use is None else shipment.end_use == MILITARY


def _end_user(condition: Condition, shipment: Shipment) -> Truth:
    return _other_than(shipment.end_user, condition.values)


def _transfer(condition: Condition, shipment: Shipment) -> Truth:
    return None if shipment.transferred_to is None else shipment.transferred_to != ""


def _site(condition: Condition, shipment: Shipment) -> Truth:
    return _other_than(shipment.site, condition.values)


def _use(condition: Condition, shipment: Shipment) -> Truth:
    return _other_than(shipment.end_use, condition.values)


def _other_than(value: str | None, named: tuple[str, ...]) -> Truth:
    """Whether a value is none of those named; not known if either side is not."""
    return None if value is None or not named else value not in named


def _report(condition: Condition, shipment: Shipment) -> Truth:
    if condition.by is None or shipment.reported_on is None:
        return None
    return shipment.reported_on > condition.by


def _single(condition: Condition, shipment: Shipment) -> Truth:
    if condition.limit is None:
        return None
    quantity: Decimal = convert(shipment.quantity, shipment.unit, condition.unit)
    return quantity > condition.limit


_CHECKS: Final[Mapping[str, Callable[[Condition, Shipment], Truth]]] = {
    "no_reexport_to": _reexport,
    "no_military_use": _military,
    "end_user_only": _end_user,
    "no_transfer": _transfer,
    "site_only": _site,
    "report_by": _report,
    "max_single_shipment": _single,
    "declared_use_only": _use,
}
