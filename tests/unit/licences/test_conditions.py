"""Conditions of a licence, all at once, against what is known of a shipment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as D
from decimal import Decimal

import pytest

from coercivity.errors import InputError
from coercivity.licences import (
    Condition,
    Licence,
    LicenceKind,
    LicenceLine,
    Shipment,
    check_conditions,
    parse_condition,
    violates,
)
from coercivity.licences.conditions import CONDITION_KINDS

TEXTS = (
    "no_reexport_to:US",
    "no_military_use",
    "no_mass_destruction_use",
    "end_user_only",
    "no_transfer",
    "site_only:plant_1",
    "report_by:2025-12-31",
    "max_single_shipment:500 kg",
    "declared_use_only:ev",
)
LICENCE = Licence(
    "l1", "R1", LicenceKind.INDIVIDUAL, "gov", "ex", ("maker",), "CN", "IN",
    (LicenceLine("magnet", Decimal(1000), "kg"),), D(2025, 1, 1),
    conditions=tuple(parse_condition(text) for text in TEXTS),
)  # fmt: skip
KEPT = Shipment(
    "magnet", Decimal("0.5"), "t", end_use="ev", end_user="maker", site="plant_1",
    onward_to=(), transferred_to="", reported_on=D(2025, 12, 31),
)  # fmt: skip


def verdicts(shipment, licence=LICENCE):
    return {f.condition.kind: f.is_violated for f in check_conditions(licence, shipment)}


def test_every_kind_is_checked():
    assert {text.partition(":")[0] for text in TEXTS} == set(CONDITION_KINDS)
    assert verdicts(KEPT) == dict.fromkeys(CONDITION_KINDS, False)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("no_reexport_to", {"onward_to": ("NP", "US")}),
        ("end_user_only", {"end_user": "somebody"}),
        ("no_transfer", {"transferred_to": "somebody"}),
        ("site_only", {"site": "plant_2"}),
        ("report_by", {"reported_on": D(2026, 1, 1)}),
        ("max_single_shipment", {"quantity": Decimal("0.500001")}),
        ("declared_use_only", {"end_use": "wind"}),
    ],
)
def test_each_kind_can_be_broken_alone(kind, given):
    found = verdicts(replace(KEPT, **given))
    assert [name for name, is_violated in found.items() if is_violated] == [kind]


def test_two_conditions_rule_out_two_uses():
    assert verdicts(replace(KEPT, end_use="military"))["no_military_use"] is True
    found = verdicts(replace(KEPT, end_use="mass_destruction"))
    assert found["no_mass_destruction_use"] is True
    assert found["no_military_use"] is False


def test_what_is_not_known_is_named():
    bare = Shipment("magnet", Decimal(1), "kg")
    missing = {f.condition.kind: f.missing for f in check_conditions(LICENCE, bare)}
    assert missing.pop("max_single_shipment") == ""
    assert missing == {
        "no_reexport_to": "onward_to", "no_military_use": "end_use",
        "no_mass_destruction_use": "end_use", "end_user_only": "end_user",
        "no_transfer": "transferred_to", "site_only": "site", "report_by": "reported_on",
        "declared_use_only": "end_use",
    }  # fmt: skip
    open_use = replace(LICENCE, conditions=(Condition("declared_use_only"),))
    [found, _] = check_conditions(open_use, KEPT)
    assert (found.is_violated, found.missing) == (None, "values of declared_use_only")
    assert found.to_json()["missing"] == "values of declared_use_only"


def test_an_individual_licence_is_for_its_end_user_only():
    bare = replace(LICENCE, conditions=())
    assert verdicts(replace(KEPT, end_user="other"), bare) == {"end_user_only": True}
    general = replace(bare, kind=LicenceKind.GENERAL)
    assert check_conditions(general, KEPT) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no_transfer:me", "takes no values"),
        ("site_only", "names nothing"),
        ("report_by:", "names nothing"),
        ("max_single_shipment", "names nothing"),
        ("max_single_shipment:0 kg", "no quantity"),
        ("max_single_shipment:-5 kg", "no quantity"),
        ("max_single_shipment:NaN kg", "no quantity"),
        ("max_single_shipment:5 sacks", "not a known unit"),
        ("no_fun", "is not known"),
    ],
)
def test_conditions_that_cannot_be_read(text, message):
    with pytest.raises(InputError, match=message):
        parse_condition(text, where="row 3")


def test_units_that_do_not_fit_are_an_error_not_a_pass():
    with pytest.raises(InputError, match="cannot be converted"):
        violates(parse_condition("max_single_shipment:5 unit"), KEPT)
