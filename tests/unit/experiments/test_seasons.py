"""Seasons spread a year's final demand over its months, and stop no line between them."""

from __future__ import annotations

import calendar
from datetime import date

import numpy as np
import pytest

from coercivity.catalogue import check_pack, open_pack
from coercivity.errors import InputError
from coercivity.experiments import prepare, run_ensemble
from coercivity.experiments.seasons import MONTHS, seasonal_demand
from coercivity.experiments.subset import members_of_setting
from support.small_pack import SOURCE, write_small_pack

SUMMER = ("may", "jun", "jul")


def seasonal(folder, months=MONTHS):
    """Give the Finnish maker of the small pack a season of three months with equal weights."""
    rows = "".join(f"summer,{m},{'half' if m in SUMMER else 'none'},\n" for m in months)
    (folder / "seasons.csv").write_text("season,month,weight,note\n" + rows, "utf-8")
    sites = (folder / "sites.csv").read_text("utf-8").splitlines()
    head = sites[0].replace("pool,", "pool,season,")
    body = [
        ",".join([*line.split(",")[:10], "summer" if "lamps_fi" in line else "", *rest])
        for line in sites[1:]
        for rest in (line.split(",")[10:],)
    ]
    (folder / "sites.csv").write_text("\n".join([head, *body]) + "\n", "utf-8")
    none = '- {id: none, title: none, unit: "1", scope: x, quality: assumed, rule: range, '
    with (folder / "quantities.yaml").open("a") as file:
        file.write(none + "low: 0, high: 0, why: none by definition}\n")
    meta = (folder / "pack.yaml").read_text("utf-8")
    (folder / "pack.yaml").write_text(
        meta.replace("network_end: 2025-05-01", "network_end: 2026-01-01"), "utf-8"
    )
    return folder


@pytest.fixture
def folder(tmp_path):
    return seasonal(write_small_pack(tmp_path))


@pytest.fixture
def setting(folder):
    return prepare(open_pack(folder), members=4, seed=1)


def test_a_year_of_a_season_is_a_year_of_even_demand(setting):
    shocks = setting.seasons
    row = list(setting.network.site_ids).index("lamps_fi")
    days = [calendar.monthrange(2025, month)[1] for month in range(1, 13)]
    factor = shocks.demand[:, row]
    assert factor.shape == (12, 4)
    np.testing.assert_allclose((factor * np.array(days)[:, None]).sum(axis=0), sum(days))
    inside = [MONTHS.index(month) for month in SUMMER]
    assert (np.delete(factor, inside, axis=0) == 0.0).all()
    np.testing.assert_allclose(factor[inside, 0] * np.array(days)[inside], sum(days) / 3)


def test_only_sites_with_a_season_are_touched(setting):
    other = list(setting.network.site_ids).index("lamps_se")
    assert (setting.seasons.demand[:, other] == 1.0).all()


def test_a_pack_without_seasons_has_none():
    assert prepare(open_pack(SOURCE), members=2, seed=1).seasons is None


def test_a_run_that_begins_within_a_month_starts_in_it(folder, setting):
    pack = open_pack(folder)
    found = seasonal_demand(
        pack, setting.network, draws=setting.draws, start=date(2025, 6, 20), days=20
    )
    row = list(setting.network.site_ids).index("lamps_fi")
    assert found.days.tolist() == [0, 11]
    assert (found.demand[:, row] > 1.0).all()


def test_nothing_is_made_out_of_season_and_that_is_no_stop(folder):
    run = run_ensemble(open_pack(folder), members=4, seed=1, scenarios=["free"])
    found = run["free"]
    row = list(run.network.site_ids).index("lamps_fi")
    january = found["site_output"].sel(site_selected="lamps_fi").to_numpy()[:4]
    assert (january == 0.0).all()
    assert (found["made"].to_numpy()[row] > 0.0).all()
    assert (found["line_down_day"].to_numpy()[row] < 0).all()


def test_a_season_without_supply_is_a_stop_in_season(folder):
    run = run_ensemble(open_pack(folder), members=4, seed=1, scenarios=["free", "closed"])
    row = list(run.network.site_ids).index("lamps_fi")
    down = run["closed"]["line_down_day"].to_numpy()[row]
    first = (date(2025, 5, 1) - date(2025, 1, 1)).days
    assert (down >= first).all()


def test_scenarios_share_the_object_so_that_they_share_days(setting):
    run = run_ensemble(setting.pack, setting=setting, scenarios=["free", "closed"])
    assert run.plans["free"].schedule.shocks is run.plans["closed"].schedule.shocks


def test_fewer_members_keep_their_seasons(setting):
    chosen = members_of_setting(setting, np.array([2, 0]))
    np.testing.assert_array_equal(chosen.seasons.demand, setting.seasons.demand[..., [2, 0]])


def test_the_weights_count_as_read(setting):
    assert "half" in setting.used or "half" in setting.draws.seen


def test_a_month_that_is_missing_is_named(tmp_path):
    folder = seasonal(write_small_pack(tmp_path), months=MONTHS[:-1])
    assert any("has 11 months" in str(problem) for problem in check_pack(folder))
    with pytest.raises(InputError, match="says nothing of dec"):
        prepare(open_pack(folder), members=2, seed=1)


def test_a_season_that_does_not_exist_is_named(tmp_path):
    folder = seasonal(write_small_pack(tmp_path))
    (folder / "seasons.csv").unlink()
    assert any("no season is called 'summer'" in str(problem) for problem in check_pack(folder))
