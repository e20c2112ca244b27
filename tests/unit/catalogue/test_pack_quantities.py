"""The quantities and series of the magnet pack: sourced, conflicting where sources conflict."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from coercivity.claims.distributions import draw
from coercivity.claims.formulas import formula_names
from coercivity.claims.quantities import load_quantities, summarise, summarise_all, witnesses
from coercivity.units import convert, parse_unit

MEMBERS = 1000


@pytest.fixture(scope="module")
def quantities(pack):
    return load_quantities(pack)


@pytest.fixture(scope="module")
def draws(quantities):
    return draw(quantities, members=MEMBERS, seed=1)


@pytest.fixture(scope="module")
def facts(shared):
    with (shared / "facts" / "facts.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_there_are_enough_quantities_claims_and_facts(quantities):
    sourced = [q for q in quantities.values() if q.claims]
    used = {c.fact for q in quantities.values() for c in q.claims if c.fact}
    assert len(quantities) >= 90
    assert len(sourced) >= 60
    assert len(used) >= 100


def test_everything_can_be_drawn_but_what_is_implausible(draws, quantities):
    assert set(draws.undrawn) == {"global_licence_backlog"}
    assert set(draws) == set(quantities) - set(draws.undrawn)
    for name, values in draws.items():
        assert np.isfinite(values).all(), name


def test_draws_are_within_plausible_bounds_and_not_negative(draws, quantities):
    for name, values in draws.items():
        assert (values >= 0).all(), name
        low, high = quantities[name].plausible_low, quantities[name].plausible_high
        assert low is None or values.min() >= low, name
        assert high is None or values.max() <= high, name


def test_shares_stay_between_zero_and_one(draws, quantities):
    shares = [
        name
        for name in draws
        if re.search(r"share|coverage|yield|exists", name) and not parse_unit(draws.unit(name)).dims
    ]
    assert len(shares) > 40
    for name in shares:
        values = convert(draws[name], draws.unit(name), "1")
        assert values.max() <= 1 + 1e-9, (name, quantities[name].formula)


def test_every_assumption_has_a_reason_and_every_other_number_a_source(quantities):
    for q in quantities.values():
        if q.quality == "assumed":
            assert len(q.why) > 20, q.id
            assert not q.why.endswith((" ", ",")), q.id
        else:
            assert q.claims or q.formula, q.id
        assert q.title, q.id
        assert q.scope, q.id


def test_every_assumption_is_used_by_something(pack, quantities):
    """An assumption that bears on nothing would dilute the list of assumptions in the brief."""
    used = set()
    for table in ("sites", "recipes", "sourcing", "scenarios", "licences", "queues"):
        for row in pack.table(table):
            used |= set(re.findall(r"\w+", str(dict(row))))
    for q in quantities.values():
        if q.formula:
            used |= set(formula_names(q))
    unused = [q.id for q in quantities.values() if q.quality == "assumed" and q.id not in used]
    assert unused == []


# --- the conflicts that this subject is known for ------------------------------------------------


def test_indias_magnet_imports_keep_all_three_figures_and_no_wider_one(quantities, draws):
    values = draws["india_magnet_imports_total"]
    near = {t: (np.abs(values - t) <= 0.03 * t).mean() for t in (540, 870, 2850)}
    assert sum(near.values()) == 1.0
    assert min(near.values()) > 0.2
    summary = summarise(quantities["india_magnet_imports_total"])
    assert summary.conflict
    assert summary.best == 870
    wider = [c for c in quantities["india_magnet_imports_total"].claims if c.scope == "wider"]
    assert {c.value for c in wider} == {53748, 53700, 32562}


def test_the_mislabelled_month_is_listed_and_never_drawn(quantities, draws):
    october = quantities["china_magnet_exports_2025_10"]
    assert 4343.5 in {c.value for c in october.claims}
    assert draws["china_magnet_exports_2025_10"].min() > 5400


def test_the_count_of_licensees_is_a_distribution(quantities, draws):
    values = draws["india_licensed_firms"]
    assert {3.0, 4.0} <= set(values)
    assert np.array_equal(values, np.rint(values))
    assert values.max() > 4
    assert summarise(quantities["india_licensed_firms"]).conflict


def test_the_list_of_three_is_one_family(quantities):
    votes = {w.family: w for w in witnesses(quantities["india_licensed_firms"])}
    assert votes["cnbc_tv18_2025_10"].value == 3
    assert len(votes["cnbc_tv18_2025_10"].claims) >= 2


def test_weeks_of_cover_are_drawn_from_both_camps_in_days(draws):
    values = draws["cover_india_automakers"]
    assert draws.unit("cover_india_automakers") == "day"
    assert ((values >= 14) & (values <= 21)).any()
    assert ((values >= 28) & (values <= 42)).any()
    assert not ((values > 21.001) & (values < 27.999)).any()


def test_revisions_of_one_series_are_one_witness(quantities):
    (world,) = witnesses(quantities["mine_world_2024"])
    assert world.value == 380_000
    assert len(world.claims) == 2
    (australia,) = witnesses(quantities["mine_australia_2024"])
    assert australia.value == 29_000


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("irel_neodymium_output", (20, 40), (400, 500)),
        ("price_dy_oxide_2025", (223, 240), (700, 1000)),
        ("evitara_h1_output", (8221, 8221), (26512, 26512)),
        ("chetak_august_share_of_plan", (0, 5), (50, 60)),
        ("magnet_content_ev_car", (0.79, 0.81), (1.5, 3.0)),
    ],
)
def test_conflicting_pairs_are_both_drawn_with_nothing_between(draws, name, low, high):
    values = draws[name]
    in_low = (values >= low[0]) & (values <= low[1])
    in_high = (values >= high[0]) & (values <= high[1])
    assert in_low.any()
    assert in_high.any()
    assert (in_low | in_high).all()


def test_the_implausible_backlog_is_flagged(quantities):
    backlog = quantities["global_licence_backlog"]
    assert [c.value for c in backlog.flagged()] == [500_000]


def test_the_state_after_the_suspension_is_left_open(draws):
    values = draws["unknown_open_after_suspension"]
    assert set(values) == {0.0, 1.0}
    assert 0.4 < values.mean() < 0.6


def test_changing_one_claim_of_the_pack_changes_exactly_what_uses_it(quantities, draws):
    name = "e2w_india_year"
    first, *rest = quantities[name].claims
    changed = replace(quantities[name], claims=(replace(first, value=1.4), *rest))
    after = draw({**quantities, name: changed}, members=MEMBERS, seed=1)
    different = {key for key in draws if not np.array_equal(draws[key], after[key])}
    dependent = {name}
    while True:
        more = {
            q.id for q in quantities.values() if q.formula and dependent & set(formula_names(q))
        }
        if more <= dependent:
            break
        dependent |= more
    assert name in different
    assert different <= dependent
    assert "output_rest_e2w" in different


# --- against the facts and the data ---------------------------------------------------------------


def numbers_of(text: str) -> set[float]:
    return {float(part.replace(",", "")) for part in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def test_claims_state_the_numbers_of_their_facts_or_say_how_they_were_read(quantities, facts):
    literal = 0
    for q in quantities.values():
        for c in q.claims:
            if not c.fact:
                continue
            fact = facts[c.fact]
            have = numbers_of(" ".join(fact[k] for k in ("value", "note", "attribute", "period")))
            stated = [v for v in (c.value, c.low, c.high) if v is not None]
            if all(any(np.isclose(v, h, rtol=1e-9) for h in have) for v in stated):
                literal += 1
            else:
                assert c.note, f"{c.where}: {stated} is not in {c.fact} and no note says why"
    assert literal > 240


def test_monthly_exports_add_up_to_the_year(pack):
    series = defaultdict(dict)
    for row in pack.table("series"):
        series[row["series"]][str(row["month"])] = row["value"]
    months = [v for m, v in series["china_magnet_exports_t"].items() if m.startswith("2025-")]
    early = series["china_magnet_exports_jan_feb_t"]["2025-01..2025-02"]
    assert len(months) == 10
    assert sum(months) + early == series["china_magnet_exports_year_t"]["2025"] == 57392


def test_series_equal_the_shared_data(pack, shared):
    series = defaultdict(dict)
    for row in pack.table("series"):
        series[row["series"]][str(row["month"])] = row["value"]
    columns = {
        "series_magnets.csv": {"china_magnet_exports_t": "china_magnet_exports_t"},
        "series_us_japan_magnets.csv": {
            "to_us_t": "china_magnet_exports_us_t",
            "to_japan_t": "china_magnet_exports_japan_t",
        },
        "series_gage.csv": {
            "gallium_kg": "china_gallium_exports_kg",
            "germanium_kg": "china_germanium_exports_kg",
        },
    }
    for file_name, named in columns.items():
        with (shared / "data" / file_name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column, name in named.items():
                    if row[column]:
                        assert series[name][row["month"]] == float(row[column]), (name, row)


def test_series_are_sourced_ordered_and_without_repetition(pack):
    rows = pack.table("series")
    keys = [(row["series"], str(row["month"])) for row in rows]
    assert len(rows) > 80
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    for row in rows:
        parse_unit(row["unit"])
        assert row["source"] in pack.sources
        if row["status"] == "derived":
            assert row["note"], row.where


def test_one_draw_for_all_formulas_gives_the_summaries_of_each(quantities):
    found = summarise_all(quantities)
    assert list(found) == list(quantities)
    assert found == {name: summarise(row, quantities) for name, row in quantities.items()}
    assert any(row.rule == "formula" for row in quantities.values())
