"""Licences that sources assert: loading, counts, room, conditions, shares."""

from __future__ import annotations

from datetime import date as D
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest

from coercivity.catalogue import Source
from coercivity.controls import Query, build_register, determine
from coercivity.errors import InputError
from coercivity.licences import (
    AssertedLicence,
    Condition,
    LicenceClaim,
    LicenceKind,
    Shipment,
    StatedCount,
    count_of_licensees,
    describe,
    licence_groups,
    load_application_counts,
    load_licences,
    parse_condition,
    room_in,
    share_approved,
    share_decided,
    summarise_counts,
    violates,
    wilson_interval,
)
from coercivity.licences.counts import stated_by_licences
from coercivity.timeline import parse_partial


def licence(id_="l1", **given):
    values = {
        "id": id_,
        "reference": "",
        "kind": LicenceKind.INDIVIDUAL,
        "issuer": "gov",
        "holder": id_,
        "exporters": (),
        "items": ("magnet",),
        "origin": "CN",
        "destination": "IN",
        "granted_by": D(2025, 10, 30),
        "valid_from": D(2025, 10, 30),
        "quantity": "q",
        **given,
    }
    return AssertedLicence(**values)


class Draws(dict):
    """Draws of four members."""

    members = 4

    def __init__(self, unit="t", **values):
        super().__init__({k: np.asarray(v, dtype=float) for k, v in values.items()})
        self._unit = unit

    def unit(self, quantity):
        return self._unit


def test_room():
    draws = Draws(q=[1, 2, 3, 4], e=[1, 0, 1, 0])
    licences = [
        licence("b", exists="e"),
        licence("a", valid_from=D(2025, 3, 1), valid_to=D(2025, 4, 11)),
        licence("late", valid_from=D(2026, 1, 1)),
        licence("over", valid_from=D(2025, 1, 1), valid_to=D(2025, 4, 1)),
    ]
    first, second = licence_groups(licences, draws, start=D(2025, 4, 1), days=250)
    assert (first.id, first.from_day, first.until_day) == ("a", 0, 10)
    assert (second.id, second.from_day, second.until_day) == ("b", 212, 250)
    np.testing.assert_array_equal(first.quantity, [1, 2, 3, 4])
    np.testing.assert_array_equal(second.quantity, [1, 0, 3, 0])
    assert first.unit == "t"


def test_a_general_licence_without_quantity_lets_everything_through():
    draws = Draws(e=[1, 0, 1, 0])
    general = licence(kind=LicenceKind.GENERAL, quantity=None, exists="e")
    (group,) = licence_groups([general], draws, start=D(2025, 10, 1), days=100)
    np.testing.assert_array_equal(group.quantity, [np.inf, 0, np.inf, 0])
    with pytest.raises(InputError, match="has no quantity"):
        licence_groups([licence(quantity=None)], draws, start=D(2025, 10, 1), days=100)


def test_existence_must_be_a_share():
    with pytest.raises(InputError, match="no probability"):
        licence_groups(
            [licence(exists="e")],
            Draws(q=[1, 1, 1, 1], e=[0, 1, 2, 0]),
            start=D(2025, 10, 1),
            days=100,
        )


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("kg", [0.001, 0.002]), ("1", [30.0, 60.0]), ("percent", [0.3, 0.6]), ("day", [3.0, 6.0])],
)
def test_room_in_the_unit_of_the_items(unit, expected):
    draws = Draws(unit, q=[1, 2, 0, 0])
    one = licence(valid_from=D(2025, 10, 1), valid_to=D(2025, 10, 11))
    (group,) = licence_groups([one], draws, start=D(2025, 10, 1), days=100)
    np.testing.assert_allclose(room_in(group, "t", flow_per_day=3.0)[:2], expected)


def test_room_in_money_is_an_error():
    (group,) = licence_groups(
        [licence()], Draws("USD", q=[1, 1, 1, 1]), start=D(2025, 10, 1), days=100
    )
    with pytest.raises(InputError, match="gives no room in t"):
        room_in(group, "t", flow_per_day=1.0)


def claims(**says):
    return tuple(
        LicenceClaim(source, word, family=source.rstrip("0123456789"))
        for source, word in says.items()
    )


def test_counts_by_who_lists_whom():
    licences = [
        licence("a", claims=claims(x1="lists", x2="lists", y1="lists", z1="confirms_some")),
        licence("b", claims=claims(x1="lists", x2="lists", y1="omits", z1="confirms_some")),
        licence("c", claims=claims(x1="lists", w1="lists")),
    ]
    stated = {(s.family, s.text) for s in stated_by_licences(licences[:2])}
    assert stated == {("x", "2"), ("y", "1"), ("z", "some")}
    # w1 speaks of one licence only, y1 of two: neither gives a count of three.
    assert {(s.family, s.text) for s in stated_by_licences(licences)} == {("x", "3"), ("z", "some")}


def test_summaries():
    def stated(*texts):
        return [StatedCount(t, int(t) if t.isdigit() else None, t, (t,)) for t in texts]

    assert summarise_counts(stated("4", "4"), known_by=None).known == 4
    assert summarise_counts(stated("4", "4"), known_by=None).text == "4 licensees reported"
    unknown = summarise_counts(stated("4", "some", "3"), known_by=D(2025, 10, 30))
    assert unknown.known is None
    assert unknown.text == "count of licensees unknown (sources: 3, 4, some)"
    assert summarise_counts(stated("some"), known_by=None).known is None
    assert summarise_counts([], known_by=None).text == "no licensee reported"


def test_the_first_pack(pack):
    licences = load_licences(pack)
    indian = [x for x in licences if x.destination == "IN" and x.granted_by <= D(2025, 10, 31)]
    assert len(indian) == 4
    assert {c.kind for x in indian for c in x.conditions} >= {"no_reexport_to", "no_military_use"}
    assert all(x.is_disputed for x in indian)
    assert all(c.family for x in licences for c in x.claims)
    summary = count_of_licensees(pack, known_at=D(2025, 10, 31))
    assert summary.text == "count of licensees unknown (sources: 3, 4, some)"
    assert summary.known_by == D(2025, 10, 30)
    assert count_of_licensees(pack).known is None
    assert load_application_counts(pack)


def test_the_first_packs_licences_are_exceptions(pack):
    query = Query(
        item="ndfeb_magnet_heavy",
        origin="CN",
        destination="IN",
        on=D(2025, 10, 31),
        known_at=D(2025, 10, 31),
    )
    found = determine(build_register(pack), query, licences=load_licences(pack))
    assert found.outcome == "LICENCE_REQUIRED"
    (exception,) = found.exceptions
    assert (
        "recipients in India, count unknown, known by 2025-10-30, grant date unknown" in exception
    )


def test_loading_refuses_what_cannot_be():
    row = {
        "id": "l",
        "kind": "individual",
        "issuer": "g",
        "holder": "h",
        "items": ("i",),
        "origin": "CN",
        "destination": "IN",
        "granted_by": D(2025, 1, 1),
        "valid_from": D(2025, 1, 1),
        "conditions": ("end_user_only",),
    }

    def pack_of(**change):
        sources = {"s": Source("s", "p", "u", None, "press", "f")}
        return SimpleNamespace(meta={}, sources=sources, table=lambda name: ({**row, **change},))

    (good,) = load_licences(pack_of(claims=({"source": "s", "says": "lists"},)))
    assert good.conditions == (Condition("end_user_only", ("h",)),)
    assert good.is_tied
    assert good.claims[0].family == "f"
    with pytest.raises(InputError, match=r"ends .* before it starts"):
        load_licences(pack_of(valid_to=D(2025, 1, 1)))
    with pytest.raises(InputError, match="condition 'be_nice' is not known"):
        load_licences(pack_of(conditions=("be_nice",)))
    count = {"as_of": parse_partial("2025"), "measure": "firms", "source": "s", "country": "IN"}
    with pytest.raises(InputError, match="applied is -1"):
        load_application_counts(pack_of(**count, applied=-1))


def shipment(**given):
    return Shipment("magnet", Decimal(10), "kg", **given)


@pytest.mark.parametrize(
    ("condition", "given", "expected"),
    [
        ("no_reexport_to:US", {"onward_to": ("US",)}, True),
        ("no_reexport_to:USA", {"onward_to": ("IN", "US")}, True),
        ("no_reexport_to:EU", {"onward_to": ("DE",)}, True),
        ("no_reexport_to:US", {"onward_to": ("NP",)}, False),
        ("no_reexport_to:US", {"onward_to": ()}, False),
        ("no_reexport_to:US", {}, None),
        ("no_reexport_to", {"onward_to": ("NP",)}, True),
        ("no_military_use", {"end_use": "military"}, True),
        ("no_military_use", {"end_use": "ev"}, False),
        ("no_military_use", {}, None),
        ("end_user_only:maker", {"end_user": "maker"}, False),
        ("end_user_only:maker", {"end_user": "other"}, True),
        ("end_user_only:maker", {}, None),
        ("end_user_only", {"end_user": "other"}, None),
        ("no_transfer", {"transferred_to": ""}, False),
        ("no_transfer", {"transferred_to": "other"}, True),
        ("no_transfer", {}, None),
        ("site_only:plant_1", {"site": "plant_2"}, True),
        ("declared_use_only:ev", {"end_use": "ev"}, False),
        ("report_by:2025-12-31", {"reported_on": D(2026, 1, 1)}, True),
        ("report_by:2025-12-31", {"reported_on": D(2025, 12, 31)}, False),
        ("report_by:2025-12-31", {}, None),
        ("max_single_shipment:10 kg", {}, False),
        ("max_single_shipment:0.009 t", {}, True),
    ],
)
def test_conditions(condition, given, expected):
    parsed = parse_condition(condition)
    assert violates(parsed, shipment(**given)) is expected
    assert "{" not in describe(parsed)


def test_conditions_that_cannot_be_read():
    with pytest.raises(InputError, match="no quantity"):
        parse_condition("max_single_shipment:many")
    with pytest.raises(InputError, match="not a date"):
        parse_condition("report_by:soon")


def test_wilson_against_known_values():
    # 95 per cent interval of 8 successes in 10, as in the textbooks: 0.490 to 0.943.
    low, high = wilson_interval(8, 10, confidence=0.95)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson_interval(10, 10)[1] == 1.0
    for bad in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(InputError, match="is no share"):
            wilson_interval(*bad)
    with pytest.raises(InputError, match="confidence"):
        wilson_interval(1, 2, confidence=1.0)


def test_shares_of_the_first_pack(pack):
    counts = load_application_counts(pack)
    approved = {s.count.id: s for s in share_approved(counts)}
    chamber = approved["eu_2025_10_chamber"]
    assert chamber.best == pytest.approx(19 / 141)
    assert chamber.low < chamber.best < chamber.high
    decided = {s.count.id: s for s in share_decided(counts)}
    assert decided["eu_2025_10_chamber"].best == pytest.approx(20 / 141)
    assert "world_2025_backlog" not in approved, "a backlog alone gives no share"
