"""Indicators of small tables that can be worked by hand, and what is not known."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.network.country_risk import (
    VARIABLES,
    GeoPolRisk,
    country_indicators,
    import_origins,
)
from coercivity.network.trade import TradeTables
from coercivity.network.world_production import WorldProduction
from coercivity.units import parse_unit

NAN = float("nan")


def flows(*rows) -> pd.DataFrame:
    return pd.DataFrame(
        rows, columns=["year", "exporter", "importer", "hs6", "value_kusd", "quantity_t"]
    )


def world(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["scope", "country", "year", "quantity_t", "status"])
    return frame.assign(source="book", note="")


@pytest.fixture
def small() -> TradeTables:
    return TradeTables(
        material="stone",
        title="Stone",
        trade=flows(
            (2020, "CN", "IN", "111111", 100.0, 40.0),
            (2020, "CN", "IN", "222222", 100.0, 10.0),
            (2020, "AU", "IN", "111111", 300.0, 30.0),
            (2020, "XK", "IN", "111111", 1.0, NAN),
            (2020, "IN", "DE", "111111", 50.0, 5.0),
            (2020, "DE", "FR", "111111", 70.0, 20.0),
            (2020, "CN", "FR", "111111", 30.0, 20.0),
            (2021, "CN", "IN", "111111", 10.0, 5.0),
        ).replace({"XK": "TW"}),
        production=world(
            ("country", "CN", 2020, 60.0, "reported"),
            ("country", "IN", 2020, 20.0, "estimated"),
            ("country", "AU", 2020, 20.0, "reported"),
            ("country", "LA", 2020, NAN, "unknown"),
            ("world", "", 2020, 100.0, "reported"),
        ),
        stability=pd.DataFrame(
            [("CN", 2020, 0.0), ("AU", 2020, 1.25), ("DE", 2020, 2.5), ("IN", 2020, -1.0)],
            columns=["country", "year", "estimate"],
        ),
        sources={"trade": "customs", "production": "book", "stability": "bank"},
    )


def one(tables, country="IN", year=2020, **options):
    return country_indicators(tables, [country], years=[year], **options).isel(country=0, year=0)


def test_worked_by_hand(small):
    cell = one(small)
    assert float(cell["imports_t"]) == 80
    assert float(cell["exports_t"]) == 5
    assert float(cell["imports_kusd"]) == 501
    assert float(cell["production_t"]) == 20
    assert float(cell["hhi_production"]) == pytest.approx(0.36 + 0.04 + 0.04)
    assert float(cell["hhi_imports"]) == pytest.approx((50**2 + 30**2) / 80**2)
    assert float(cell["import_dependence"]) == pytest.approx(75 / 95)
    assert float(cell["import_share"]) == pytest.approx(80 / 100)
    assert float(cell["import_risk"]) == pytest.approx((50 * 0.5 + 30 * 0.25) / 100)
    assert float(cell["geopolrisk"]) == pytest.approx(0.44 * 0.325)
    assert float(cell["price_usd_per_kg"]) == pytest.approx(500 / 80)
    assert float(cell["characterisation_factor"]) == pytest.approx(
        0.44 * 0.325 * 6.25 / 0.409412948
    )
    assert cell["production_status"].item() == "estimated"
    assert cell["why_unknown"].item() == ""


def test_a_flow_without_a_weight_is_named_not_counted(small):
    assert float(one(small)["unweighed_share"]) == pytest.approx(1 / 501)
    spread = one(small, method=GeoPolRisk(price_of_weighed=False))
    assert float(spread["price_usd_per_kg"]) == pytest.approx(501 / 80)


def test_labels_units_and_sources(small):
    data = country_indicators(small, ["IND", "CN"])
    assert data["country"].to_numpy().tolist() == ["IN", "CN"]
    assert data["year"].to_numpy().tolist() == [2020, 2021]
    for name, variable in VARIABLES.items():
        assert parse_unit(data[name].attrs["units"]).symbol == variable.unit
        assert data[name].attrs["long_name"]
    assert data["geopolrisk"].attrs["sources"] == ["customs", "book", "bank"]
    assert data["imports_t"].attrs["sources"] == ["customs"]


def test_year_without_production_is_unknown_not_zero(small):
    cell = one(small, year=2021)
    assert float(cell["imports_t"]) == 5
    for name in ("production_t", "hhi_production", "import_dependence", "geopolrisk"):
        assert math.isnan(float(cell[name])), name
    assert cell["production_status"].item() == "unknown"
    assert cell["why_unknown"].item() == "book has no production of 2021"


def test_a_score_that_is_missing_takes_the_middle_and_is_told(small):
    cell = one(small, year=2021)
    assert float(cell["unscored_share"]) == 1.0
    origins = import_origins(small, "IN", 2021)
    assert origins.loc["CN", "instability"] == 0.5
    assert not origins.loc["CN", "is_scored"]
    other = import_origins(small, "IN", 2021, method=GeoPolRisk(unknown_instability=0.8))
    assert other.loc["CN", "instability"] == 0.8


def test_not_named_is_none_recorded_only_if_the_total_is_met(small):
    assert one(small, "FR")["production_status"].item() == "none recorded"
    assert float(one(small, "FR")["import_share"]) == 1.0
    rows = small.production.copy()
    rows.loc[rows["scope"] == "world", "quantity_t"] = 130.0
    short = replace(small, production=rows)
    cell = one(short, "FR")
    assert cell["production_status"].item() == "unknown"
    assert math.isnan(float(cell["import_risk"]))
    assert "does not name every producer" in cell["why_unknown"].item()


def test_what_is_given_to_no_country_bounds_the_concentration(small):
    rows = small.production.copy()
    rows.loc[rows["scope"] == "world", "quantity_t"] = 125.0
    cell = one(replace(small, production=rows))
    low, high = float(cell["hhi_production_low"]), float(cell["hhi_production_high"])
    assert low == pytest.approx((3600 + 400 + 400) / 125**2)
    assert high == pytest.approx(low + 25**2 / 125**2)
    assert math.isnan(float(cell["hhi_production"]))
    assert math.isnan(float(cell["geopolrisk"]))
    assert f"between {low:.4f} and {high:.4f}" in cell["why_unknown"].item()
    assert not math.isnan(float(cell["import_risk"]))


def test_other_countries_count_once_even_if_the_total_is_rounded_down():
    table = world(
        ("country", "CN", 2020, 60.0, "reported"),
        ("other", "", 2020, 40.0, "estimated"),
        ("world", "", 2020, 90.0, "estimated"),
    )
    production = WorldProduction(table)
    assert production.concentration(2020) == pytest.approx((0.36, 0.52))
    assert not production.is_complete(2020)
    assert production.of(["IN"], 2020).status == "unknown"


def test_a_table_without_total_or_remainder_has_no_concentration():
    production = WorldProduction(world(("country", "CN", 2020, 60.0, "reported")))
    assert all(math.isnan(bound) for bound in production.concentration(2020))
    assert production.of(["CN"], 2020).quantity == 60
    assert production.of(["IN"], 2020).status == "unknown"


def test_blank_production_of_a_country_is_unknown(small):
    production = WorldProduction(small.production)
    assert production.years == (2020,)
    assert "leaves production of LA 2020 blank" in production.of(["LA"], 2020).why
    assert production.of(["LA", "CN"], 2020).status == "unknown"


def test_net_exporter_beyond_production_has_no_apparent_consumption(small):
    trade = pd.concat([small.trade, flows((2020, "IN", "JP", "111111", 1.0, 500.0))])
    cell = one(replace(small, trade=trade))
    assert math.isnan(float(cell["import_dependence"]))
    assert "consumption is not apparent" in cell["why_unknown"].item()
    assert float(cell["import_share"]) == pytest.approx(0.8)


def test_nothing_bought_and_nothing_made(small):
    cell = one(small, "TW")
    assert float(cell["imports_t"]) == 0
    assert math.isnan(float(cell["geopolrisk"]))
    assert "nothing is at risk" in cell["why_unknown"].item()


def test_a_group_imports_from_outside(small):
    """Germany's 20 t to France stay inside; India's 5 t and China's 20 t come in."""
    cell = one(small, "EU")
    assert float(cell["imports_t"]) == 25
    assert float(cell["import_risk"]) == pytest.approx((20 * 0.5 + 5 * 0.7) / 25)
    inside = one(small, "EU", method=GeoPolRisk(internal_trade=True))
    assert float(inside["imports_t"]) == 45
    assert float(inside["import_risk"]) == pytest.approx((20 * 0.5 + 5 * 0.7) / 45)


def test_origins_add_up(small):
    frame = import_origins(small, "IN", 2020)
    assert frame.index.tolist() == ["CN", "AU", "TW"]
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["risk_share"].sum() == pytest.approx(1)
    assert frame.loc["CN", "risk_share"] == pytest.approx(25 / 32.5)
    assert math.isnan(frame.loc["TW", "quantity_t"])


@pytest.mark.parametrize(
    ("country", "year", "error", "words"),
    [
        ("QQ", 2020, NotFoundError, "is not a country code"),
        ("NZ", 2020, NotFoundError, "New Zealand trades no Stone"),
        ("*", 2020, UsageError, "any country"),
        ("IN", 1999, NotFoundError, "no trade in Stone is recorded for 1999"),
    ],
)
def test_what_is_not_there(small, country, year, error, words):
    with pytest.raises(error, match=words):
        country_indicators(small, [country], years=[year])
    with pytest.raises(error, match=words):
        import_origins(small, country, year)


def test_unknown_source_and_unfit_method(small):
    with pytest.raises(NotFoundError, match="no production from 'guess'"):
        country_indicators(small, ["IN"], production_source="guess")
    with pytest.raises(NotFoundError, match="no imports of Stone into AU in 2020"):
        import_origins(small, "AU", 2020)
    with pytest.raises(InputError):
        GeoPolRisk(unknown_instability=1.5)
    with pytest.raises(InputError):
        GeoPolRisk(copper_midpoint=0.0)
