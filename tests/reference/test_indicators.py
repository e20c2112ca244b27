"""Static indicators against geopolrisk-py 2.0.1, whose answers are stored with their script."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from coercivity.network.country_risk import country_indicators

ROOT = Path(__file__).resolve().parents[2]


def _tool(name: str):
    specification = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up by name.
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def comparison():
    return _tool("write_indicator_comparison")


@pytest.fixture(scope="module")
def own(comparison):
    return comparison.tables()


def test_published_values_of_india(own):
    """Design: score 0.1042, HHI 0.4534, import risk 0.2298."""
    cell = country_indicators(own, ["IN"], years=[2023]).isel(country=0, year=0)
    assert round(float(cell["geopolrisk"]), 4) == 0.1042
    assert round(float(cell["hhi_production"]), 4) == 0.4534
    assert round(float(cell["import_risk"]), 4) == 0.2298


def test_india_of_every_year_equals_the_peer(comparison, own):
    """In 2023 as we compute; in the other years India bought a little from Taiwan."""
    theirs = comparison.peer()
    theirs = theirs[theirs["country"] == "IN"]
    ours, unscored, *_ = comparison.steps(own)
    both, like_peer = comparison.matched(ours, theirs), comparison.matched(unscored, theirs)
    assert both["year"].tolist() == list(range(2018, 2025))
    for name in ("geopolrisk", "hhi_production", "import_risk"):
        of_2023 = both[both["year"] == 2023]
        np.testing.assert_allclose(of_2023[name], of_2023[f"{name}_peer"], rtol=1e-9)
        np.testing.assert_allclose(both[name], both[f"{name}_peer"], rtol=1e-4)
        np.testing.assert_allclose(like_peer[name], like_peer[f"{name}_peer"], rtol=1e-9)


def test_each_difference_has_a_cause(comparison):
    """With the peer's four conventions every country and year is equal; without one, not."""
    n_answers = len(comparison.peer())
    assert n_answers > 1000
    steps = [both for _, both in comparison.every_step()]
    equal = [comparison.counts(both, "geopolrisk")[0] for both in steps]
    assert equal == sorted(equal)
    assert 0.8 * n_answers < equal[0] < n_answers
    for name in ("geopolrisk", "characterisation_factor", "import_risk", "hhi_production"):
        assert comparison.counts(steps[-1], name) == (n_answers, 0, 0)
    assert comparison.counts(steps[-2], "characterisation_factor") == (n_answers - 7, 0, 7)


def test_unscored_origins_alone_explain_the_first_differences(comparison, own):
    """Where no import comes from Taiwan or the Union itself, the score is the peer's."""
    _, both = comparison.every_step()[0]
    flows = own.trade[(own.trade["exporter"] == "TW") & own.trade["quantity_t"].notna()]
    touched = set(zip(flows["importer"], flows["year"], strict=True))
    clean = np.array(
        [
            (country, year) not in touched and country != "EU"
            for country, year in zip(both["country"], both["year"], strict=True)
        ]
    )
    chosen = both[clean & both["geopolrisk"].notna().to_numpy()]
    assert len(chosen) > 800
    np.testing.assert_allclose(chosen["geopolrisk"], chosen["geopolrisk_peer"], rtol=1e-9)


def test_the_page_shows_what_comes_out(comparison):
    assert comparison.PAGE.read_text("utf-8") == comparison.page_with(comparison.block())


def test_two_production_tables_give_two_answers(own):
    """Of 2024 both sources have a world table; the difference is theirs, not ours."""
    mining, usgs = (
        country_indicators(own, ["IN"], years=[2024], production_source=source).squeeze()
        for source in ("world_mining_data", "usgs_mcs_2026")
    )
    assert float(usgs["production_t"]) == 2900
    assert float(mining["production_t"]) == 2500
    assert float(usgs["hhi_production"]) > float(mining["hhi_production"])
    assert float(usgs["import_risk"]) < float(mining["import_risk"])
    assert float(usgs["imports_t"]) == float(mining["imports_t"])


def test_shipped_tables_are_those_of_the_publications(shared, own):
    """The trade table is BACI's, row for row; only the codes are others."""
    tool = _tool("derive_indicator_tables")
    rows = list(tool.trade_rows(shared / "data" / "baci_rare_earths_2007_2024.csv"))
    text = tool.written("year,exporter,importer,hs6,value_kusd,quantity_t", rows)
    folder = ROOT / "src/coercivity/packs/rare_earth_magnets/indicators"
    assert gzip.decompress((folder / "trade.csv.gz").read_bytes()) == text
    assert len(rows) == len(own.trade)
    usgs = list(tool.usgs_rows(shared / "data" / "usgs_mcs2026_rare_earths.csv"))
    usgs += list(tool.fact_rows(shared / "facts" / "facts.csv"))
    lines = (folder / "production.csv").read_text("utf-8").splitlines()
    written = tool.written("h", usgs).decode("utf-8").splitlines()[1:]
    assert lines[-len(written) :] == written
