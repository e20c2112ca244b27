"""What a licence changes: closed forms, and nothing where it does not bind."""

from __future__ import annotations

from datetime import date

import pytest

from coercivity.errors import InputError
from coercivity.experiments.licence_effect import AskedLicence, LicensedItem, effect_of_licence

MEMBERS = 8


def licence(*, quantity=20.0, unit="t", item="wire", holders=("maker_se",), **changes):
    values = {
        "holders": holders,
        "items": (LicensedItem(item, quantity, unit),),
        "origin": "NO",
        "destination": "SE",
        "valid_from": date(2025, 3, 1),
    }
    return AskedLicence(**{**values, **changes})


def effect(small, asked, scenario="closed"):
    return effect_of_licence(small, asked, scenario=scenario, members=MEMBERS, seed=1)


def test_every_lamp_of_the_wire_is_made(small) -> None:
    found = effect(small, licence())
    total = found.output.iloc[0]
    # A lamp needs a hundredth of a tonne, and every tonne is used before the run ends.
    assert (total["p05"], total["p95"]) == pytest.approx((2000.0, 2000.0), rel=1e-9)
    assert total["share_positive"] == 1.0
    place = found.places.iloc[0]
    assert place["place_id"] == "lamps_se"
    assert place["days_p50"] == pytest.approx(40.0)
    used = found.used.iloc[0]
    assert (used["asked"], used["p50"], used["unit"]) == (20.0, pytest.approx(20.0), "t")


def test_units_are_converted(small) -> None:
    tonnes, kilograms = (
        effect(small, asked).output for asked in (licence(), licence(quantity=20000.0, unit="kg"))
    )
    assert tonnes.equals(kilograms)


def test_a_line_is_kept_going(small) -> None:
    found = effect(small, licence(quantity=1000.0, valid_from=date(2025, 2, 1)))
    assert found.lines.iloc[0].to_dict() == {"p05": 1.0, "p50": 1.0, "p95": 1.0, "places": 2}
    assert found.places.iloc[0]["share_saved"] == 1.0


def test_a_licence_is_no_use_before_it_begins_nor_after_it_ends(small) -> None:
    late = effect(small, licence(valid_from=date(2025, 4, 29)))
    # What leaves on the last days arrives after the end of the run.
    assert late.output.iloc[0]["p95"] == 0.0
    assert not len(late.places)
    short = licence(quantity=1000.0, valid_to=date(2025, 3, 11))
    # Ten days of departures, half a tonne a day and what fills the empty stock.
    assert effect(small, short).used.iloc[0]["p95"] < 1000.0


def test_nothing_changes_where_it_does_not_bind(small) -> None:
    found = effect(small, licence(), scenario="free")
    assert (found.output[["p05", "p95"]].to_numpy() == 0.0).all()
    assert not len(found.places)
    assert not len(found.cover)


def test_an_unknown_holder_stands_for_the_buyers_of_the_country(small) -> None:
    known, unknown = effect(small, licence()), effect(small, licence(holders=("stranger",)))
    assert unknown.output.equals(known.output)
    assert any("nobody on the licence" in text for text in unknown.assumptions)
    assert not any("nobody on the licence" in text for text in known.assumptions)


def test_cover_is_shown_where_it_differs(small) -> None:
    asked = licence(
        quantity=1000.0, destination="FI", holders=("maker_fi",), valid_from=date(2025, 2, 1)
    )
    found = effect(small, asked).cover
    assert list(found["place_id"]) == ["lamps_fi"]
    assert float(found["with_p50"].iloc[0]) > float(found["without_p50"].iloc[0])


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (licence(item="steel"), "no item 'steel'"),
        (licence(item="lamp", unit="unit"), "no trade of the model"),
        (licence(unit="day"), "cannot be counted"),
        (licence(quantity=0.0), "the quantity is 0.0"),
        (licence(items=()), "names no item"),
        (licence(valid_to=date(2025, 3, 1)), "it ends on"),
        (licence(valid_from=date(2027, 1, 1)), "valid from 2027-01-01"),
    ],
)
def test_what_cannot_be_simulated_is_refused(small, asked, what) -> None:
    with pytest.raises(InputError) as refused:
        effect(small, asked)
    assert any(what in problem.what for problem in refused.value.problems)
