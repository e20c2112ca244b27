"""Ensembles: paired draws, paired differences, worth and history against closed forms."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from coercivity.catalogue import Pack
from coercivity.errors import NotFoundError, UsageError
from coercivity.experiments import (
    Ensemble,
    against_history,
    applicants,
    compare,
    cover_bands,
    export_flows,
    licence_ledger,
    lost_output,
    prepare,
    rank_quantities,
    run_ensemble,
    worth_of_tonne,
)
from coercivity.experiments.sensitivity import CONFLICT
from coercivity.options import Options


def test_the_same_call_gives_the_same_bytes(small: Pack) -> None:
    first, second = (
        run_ensemble(small, members=16, seed=5, scenarios=["closed"], options=Options(threads=t))
        for t in (1, 2)
    )
    for name, value in first["closed"].data.data_vars.items():
        assert value.to_numpy().tobytes() == second["closed"][str(name)].to_numpy().tobytes()


def test_members_have_the_same_draws_in_every_scenario(run: Ensemble) -> None:
    """Before the first control, a member makes exactly the same whatever the scenario."""
    before = slice("2025-01-01", "2025-01-25")
    base = run["free"]["output_sector"].sel(day=before).to_numpy()
    for name in ("closed", "licensed", "granted", "relaxed", "revoked"):
        assert (run[name]["output_sector"].sel(day=before).to_numpy() == base).all(), name
    assert np.ptp(base[0, 0]) > 0.0


def test_a_scenario_run_alone_equals_the_same_one_run_among_others(
    small: Pack, run: Ensemble
) -> None:
    alone = run_ensemble(
        small, members=run.draws.members, seed=run.draws.seed, scenarios=["relaxed"]
    )
    assert list(alone.results) == ["free", "relaxed"]
    assert (alone["relaxed"]["made"].to_numpy() == run["relaxed"]["made"].to_numpy()).all()
    assert alone.plans["relaxed"].schedule.reasons == run.plans["relaxed"].schedule.reasons


def test_lines_stop_when_what_was_under_way_and_in_stock_is_used_up(run: Ensemble) -> None:
    """Closed on 1 February, goods 5 days out, stock of about 10 or about 40 days."""
    down = run["closed"]["line_down_day"].to_numpy()[run.network.site_index("lamps_fi")]
    short = run.draws["stock"] < 25
    closed_on = (date(2025, 2, 1) - date(2025, 1, 1)).days
    expected = closed_on + 5 + run.draws["stock"]
    assert np.abs(down - expected).max() <= 1.5
    assert down[short].max() < down[~short].min()


def test_a_difference_is_taken_member_by_member(run: Ensemble) -> None:
    lost = lost_output(run, "closed", sector="lamp")
    assert (lost > 0.0).all()
    assert (lost_output(run, "closed", sector="lamp", baseline="closed") == 0.0).all()
    table = compare(run).lost.set_index("scenario_id")
    assert table.loc["closed", "p50"] == pytest.approx(np.median(lost))
    assert table.loc["closed", "p05"] == pytest.approx(np.quantile(lost, 0.05))
    assert table.loc["closed", "unit"] == "vehicle"


def test_eight_licensed_tonnes_are_eight_hundred_lamps(run: Ensemble) -> None:
    fi = run.network.site_index("lamps_fi")
    gain = run["licensed"]["made"].to_numpy()[fi] - run["closed"]["made"].to_numpy()[fi]
    assert gain == pytest.approx(np.full(gain.size, 8 / 0.01), rel=1e-6)


def test_the_worth_of_a_tonne_is_one_over_the_coefficient(run: Ensemble) -> None:
    assert applicants(run, "licensed") == (("maker_fi", "wire"),)
    table = worth_of_tonne(run, "licensed", on=date(2025, 3, 1), members=12)
    best = table.iloc[0]
    assert (best["importer"], best["sector_id"]) == ("maker_fi", "vehicles")
    assert [best["p05"], best["mean"], best["p95"]] == pytest.approx([100.0] * 3)
    assert best["share_positive"] == 1.0


def test_a_tonne_is_worth_nothing_where_the_licence_does_not_bind(run: Ensemble) -> None:
    chosen = [("maker_fi", "wire")]
    table = worth_of_tonne(run, "relaxed", on=date(2025, 3, 1), members=6, chosen=chosen)
    assert table.iloc[0]["p95"] == 0.0


def test_worth_refuses_what_makes_no_sense(run: Ensemble) -> None:
    with pytest.raises(NotFoundError, match="nobody in focus needs a licence"):
        worth_of_tonne(run, "free")
    with pytest.raises(UsageError, match="extra quantity"):
        worth_of_tonne(run, "licensed", amount=0.0)


def test_history_shows_a_miss_as_a_miss(run: Ensemble, small: Pack) -> None:
    check = against_history(run["as_told"], small)
    rows = check.table.set_index(["series", "period"])
    assert bool(rows.loc[("lamps_made", "2025-01"), "hit"])
    miss = rows.loc[("lamps_made", "2025-03")]
    assert not miss["hit"]
    assert miss["relative_miss"] == pytest.approx((99999 - miss["p95"]) / 99999)
    assert check.outside["period"].tolist() == ["2024-12"]


def test_an_imposed_series_is_marked_and_not_counted_as_a_success(
    run: Ensemble, small: Pack
) -> None:
    check = against_history(run["as_told"], small)
    imposed = check.table[check.table["imposed"]]
    assert set(imposed["series"]) == {"wire_exports"}
    assert check.coverage == 0.5
    assert check.summary().startswith("1 of 2 observations")
    january = imposed[imposed["period"] == "2025-01"].iloc[0]
    assert january["p95"] == pytest.approx(20.0, rel=1e-3)


def test_conflicting_stocks_rank_first_and_link_to_what_was_said(run: Ensemble) -> None:
    ranking = rank_quantities(
        run.draws,
        lost_output(run, "closed"),
        quantities=run.setting.quantities,
        name="lamps not made",
        among=run.used("closed"),
    )
    first = ranking.table.iloc[0]
    assert (first["quantity"], first["kind"]) == ("stock", CONFLICT)
    assert first["values"] == "10 · 40 day"
    assert first["sources"] == ("mail", "paper")
    assert first["low"] > 0.5
    assert first["direction"] < 0.0
    assert "idle" not in set(ranking.table["quantity"])
    assert list(ranking.conflicts()["quantity"]) == ["stock"]


def test_the_quantities_a_scenario_reads_are_known(run: Ensemble) -> None:
    assert "half" in run.used("granted")
    assert "half" not in run.used("closed")
    assert "open_after" in run.used("licensed")
    assert "idle" not in run.setting.used


def test_tables_for_the_figures(run: Ensemble) -> None:
    bands = compare(run, ["closed"]).bands
    assert set(bands["sector"]) == {"Lamps"}
    assert bands["p50"].iloc[0] == pytest.approx(1.0)
    assert bands["p50"].iloc[-1] == 0.0
    ledger = licence_ledger(run, "licensed").iloc[0]
    assert ledger["granted_p50"] == ledger["drawn_p50"] == pytest.approx(8.0)
    assert licence_ledger(run, "closed").empty
    flows = export_flows(run, "closed", start=date(2025, 2, 8)).set_index("destination_id")
    assert flows.loc["FI", "after"] == pytest.approx(0.0, abs=1e-6)
    assert flows.loc["FI", "before"] == pytest.approx(30.4, rel=0.1)
    cover = cover_bands(run, "closed", sites=["lamps_fi"])
    assert cover["p50"].iloc[-1] == pytest.approx(0.0, abs=0.1)
    with pytest.raises(NotFoundError, match="was not recorded"):
        cover_bands(run, "closed", sites=["mill"])


def test_an_aggregate_buyer_is_not_called_by_the_country_it_stands_in(run: Ensemble) -> None:
    flows = export_flows(run, "closed").set_index("destination_id")
    assert flows.loc["FI", "destination"] == "Finland"
    assert flows.loc["SE", "destination"] == "Lamp makers elsewhere"
    assert flows.loc["exports", "destination"] == "All"


def test_a_line_that_never_stops_has_no_date(run: Ensemble) -> None:
    stops = compare(run, ["relaxed"]).stops.set_index("place_id").loc["lamps_fi"]
    assert 0.3 < stops["share_down"] < 0.7
    assert pd.isna(stops["p95"])
    assert not pd.isna(stops["p05"])


def test_progress_rises_to_one_over_all_scenarios(small: Pack) -> None:
    seen: list[float] = []
    options = Options(progress=lambda stage, share: seen.append(share))
    run_ensemble(small, members=4, scenarios=["closed", "licensed"], options=options)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_run_that_ends_before_it_starts_is_refused(small: Pack) -> None:
    with pytest.raises(UsageError, match="before it starts"):
        prepare(small, end=date(2024, 12, 1))
    with pytest.raises(UsageError, match="members is 0"):
        prepare(small, members=0)
    with pytest.raises(NotFoundError, match="no scenario is called 'war'"):
        run_ensemble(small, members=4, scenarios=["war"])


def test_what_was_not_known_yet_does_not_count(small: Pack) -> None:
    """On 1 January nothing had been announced."""
    early = run_ensemble(small, members=4, scenarios=["licensed"], known_at=date(2025, 1, 1))
    assert (early.plans["licensed"].schedule.gate == 0).all()
