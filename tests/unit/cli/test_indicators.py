"""``coercivity indicators`` prints what the room computes, as a table and as JSON."""

from __future__ import annotations

import pytest


def test_show(call):
    said = call("indicators", "show", "IN", "--year", "2023")
    assert said.code == 0
    assert "geopolrisk\t0.1042\t1\tcepii_baci, world_mining_data, world_bank_wgi" in said.out
    assert "import_dependence\tunknown" in said.out
    assert "unknown because: exports are not below" in said.out


def test_show_json_has_units_sources_and_null_for_the_unknown(call):
    answer = call("indicators", "show", "IN", "-y", "2023", "--json").json()
    assert answer["geopolrisk"] == pytest.approx(0.10419, abs=1e-5)
    assert answer["import_dependence"] is None
    assert answer["units"]["price_usd_per_kg"] == "USD/kg"
    used = answer["sources"]["by_indicator"]["geopolrisk"]
    assert used == ["cepii_baci", "world_mining_data", "world_bank_wgi"]
    assert answer["sources"]["cepii_baci"]["url"].startswith("https://")


def test_table(call):
    answer = call("indicators", "table", "IN", "JP", "--from", "2017", "--to", "2018", "--json")
    rows = answer.json()["rows"]
    assert [(row["country"], row["year"]) for row in rows] == [
        ("IN", 2017),
        ("IN", 2018),
        ("JP", 2017),
        ("JP", 2018),
    ]
    assert rows[0]["geopolrisk"] is None
    assert rows[3]["production_status"] == "none recorded"
    said = call("indicators", "table", "IN", "--from", "2024")
    assert said.out.splitlines()[0].startswith("country\tyear\tproduction_t")
    assert len(said.out.splitlines()) == 2


def test_origins(call):
    answer = call("indicators", "origins", "IN", "--year", "2023", "--json").json()
    assert answer["origins"][0]["exporter"] == "CN"
    assert answer["origins"][0]["quantity_t"] == pytest.approx(1896.462)
    assert set(answer["sources"]) == {"cepii_baci", "world_bank_wgi"}
    said = call("indicators", "origins", "IN", "--year", "2023")
    assert said.out.splitlines()[1].startswith("CN\t1,896.5")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "QQ"), 4),
        (("show", "IN", "--year", "1990"), 4),
        (("show", "IN", "--material", "gold"), 4),
        (("show", "IN", "--production", "guess"), 4),
        (("table", "IN", "--from", "2020", "--to", "2010"), 2),
    ],
)
def test_errors_have_their_exit_codes(call, words, code):
    assert call("indicators", *words).code == code
