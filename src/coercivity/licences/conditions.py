"""Conditions of licences as data that can be checked against a shipment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from coercivity.catalogue import places
from coercivity.controls.logic import Truth, any_of
from coercivity.controls.model import MILITARY
from coercivity.errors import InputError
from coercivity.licences.model import Condition, Licence, LicenceKind, Shipment
from coercivity.timeline import parse_day
from coercivity.units import convert, parse_unit

__all__ = [
    "CONDITION_KINDS",
    "MASS_DESTRUCTION",
    "Finding",
    "check_conditions",
    "describe",
    "parse_condition",
    "violates",
]

MASS_DESTRUCTION: Final = "mass_destruction"
"""End use of nuclear, chemical and biological weapons and their delivery."""

CONDITION_KINDS: Final[Mapping[str, str]] = {
    "no_reexport_to": "neither the goods nor what is made of them go on to {values}",
    "no_military_use": "no military use",
    "no_mass_destruction_use": "no use in weapons of mass destruction",
    "end_user_only": "for the named end user only ({values})",
    "no_transfer": "no transfer to anybody else",
    "site_only": "used at {values} only",
    "report_by": "use reported by {by}",
    "max_single_shipment": "no single shipment above {limit} {unit}",
    "declared_use_only": "only the declared use ({values})",
}
"""Kinds of conditions, with their words."""


_BARE: Final = frozenset({"no_military_use", "no_mass_destruction_use", "no_transfer"})
_NEEDS_VALUES: Final[Mapping[str, str]] = {
    "site_only": "the ids of the sites, as in site_only:plant_1",
    "report_by": "a day, as in report_by:2025-12-31",
    "max_single_shipment": "a quantity, as in max_single_shipment:500 kg",
}


@dataclass(frozen=True)
class Finding:
    """What a check of one condition came to.

    Parameters
    ----------
    condition : Condition
        As checked: an end user that the licence names stands in it.
    is_violated : bool or None
        None if a fact is missing.
    missing : str
        Fact of the shipment or of the condition that is missing; empty if none is.
    """

    condition: Condition
    is_violated: Truth
    missing: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the finding as plain values."""
        return {
            "condition": self.condition.kind,
            "text": describe(self.condition),
            "is_violated": self.is_violated,
            "missing": self.missing,
        }


def check_conditions(licence: Licence, shipment: Shipment) -> tuple[Finding, ...]:
    """Check a shipment against every condition of a licence, in their order.

    Parameters
    ----------
    licence : Licence
        ``end_user_only`` without values means the end users it names.
    shipment : Shipment
        What is not known of it is None.

    Returns
    -------
    tuple of Finding
        One per condition; an individual licence is for its end user only even if no condition
        says so.
    """
    conditions = [_bound(condition, licence) for condition in licence.conditions]
    kinds = {condition.kind for condition in conditions}
    if licence.kind is LicenceKind.INDIVIDUAL and "end_user_only" not in kinds:
        conditions.append(Condition("end_user_only", licence.end_users))
    return tuple(_finding(conditions, shipment))


def _bound(condition: Condition, licence: Licence) -> Condition:
    is_open = condition.kind == "end_user_only" and not condition.values
    return replace(condition, values=licence.end_users) if is_open else condition


def _finding(conditions: Iterable[Condition], shipment: Shipment) -> Iterable[Finding]:
    for condition in conditions:
        found = violates(condition, shipment)
        missing = ""
        if found is None:
            fact = _FACTS.get(condition.kind, "quantity")
            is_there = getattr(shipment, fact) is not None
            missing = f"values of {condition.kind}" if is_there else fact
        yield Finding(condition, found, missing)


_FACTS: Final[Mapping[str, str]] = {
    "no_reexport_to": "onward_to",
    "no_military_use": "end_use",
    "no_mass_destruction_use": "end_use",
    "end_user_only": "end_user",
    "no_transfer": "transferred_to",
    "site_only": "site",
    "report_by": "reported_on",
    "declared_use_only": "end_use",
}
"""Fact of a shipment that each kind goes by."""


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
    if values and kind in _BARE:
        raise InputError(
            f"condition {kind!r} takes no values", where=where, expected=f"{kind} alone"
        )
    if not values and kind in _NEEDS_VALUES:
        raise InputError(
            f"condition {kind!r} names nothing", where=where, expected=_NEEDS_VALUES[kind]
        )
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
        limit = Decimal(number)
    except InvalidOperation:
        limit = Decimal("NaN")
    if not limit.is_finite() or limit <= 0:
        raise InputError(
            f"{text!r} is no quantity", where=where, expected="number and unit, such as 500 kg"
        )
    return Condition(kind, limit=limit, unit=parse_unit(unit.strip()).symbol)


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


def _mass_destruction(condition: Condition, shipment: Shipment) -> Truth:
    return None if shipment.end_use is None else shipment.end_use == MASS_DESTRUCTION


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
    "no_mass_destruction_use": _mass_destruction,
    "end_user_only": _end_user,
    "no_transfer": _transfer,
    "site_only": _site,
    "report_by": _report,
    "max_single_shipment": _single,
    "declared_use_only": _use,
}
