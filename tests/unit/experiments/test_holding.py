"""Holding quantities: pairing is kept, ranges are those of the sources, chunks come together."""

from __future__ import annotations

import numpy as np
import pytest

from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.errors import InputError
from coercivity.experiments import compare, prepare, run_ensemble
from coercivity.experiments.holding import Dial, dials, foremost, hold
from coercivity.experiments.outcomes import outcome_tables, plain_columns, reference_scenario
from coercivity.experiments.reopening import reopen
from coercivity.experiments.streaming import run_streamed
from coercivity.experiments.study import make_study
from coercivity.options import Options


def test_all_other_draws_stay(small) -> None:
    quantities = load_quantities(small)
    before = draw(quantities, members=50, seed=2)
    after = draw(hold(quantities, {"stock": 20.0, "open_after": 0.6}), members=50, seed=2)
    assert (after["stock"] == 20.0).all()
    assert set(after["open_after"]) == {0.0, 1.0}, "a probability is still drawn"
    for name in before:
        if name not in ("stock", "open_after"):
            assert np.array_equal(before[name], after[name])


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("stock", 50.0, "is set to 50"),
        ("stock", float("nan"), "is set to nan"),
        ("open_after", 0.7, "is set to 0.7"),
        ("none", 1.0, "no quantity"),
    ],
)
def test_what_no_source_says_is_refused(small, name, value, what) -> None:
    with pytest.raises(InputError) as refused:
        hold(load_quantities(small), {name: value})
    assert what in refused.value.problems[0].what


def test_formulas_cannot_be_held(pack) -> None:
    quantities = load_quantities(pack)
    name = next(key for key, row in quantities.items() if row.rule == "formula")
    with pytest.raises(InputError) as refused:
        hold(quantities, {name: 1.0})
    assert "follows from other quantities" in refused.value.problems[0].what
    assert name not in dials(pack)


def test_dials_carry_range_kind_and_sources(small) -> None:
    found = dials(small)
    assert set(found) == {"lamps_fi", "stock", "open_after", "idle"}
    stock = found["stock"]
    assert (stock.low, stock.high, stock.sources) == (9.5, 40.5, ("mail", "paper"))
    assert stock.kind == "conflict between sources"
    assert foremost(small, count=9) == ("stock", "open_after", "lamps_fi"), (
        "idle is read by nothing"
    )


@pytest.mark.parametrize(
    ("low", "high", "is_whole", "step"),
    [(0.0, 1.0, False, 0.01), (0.0, 3.0, False, 0.05), (2.0, 9.0, True, 1.0), (0, 1e6, True, 1e4)],
)
def test_steps_are_round(low, high, is_whole, step) -> None:
    assert Dial("x", "x", "1", low, low, high, "", is_whole=is_whole).step == pytest.approx(step)


def test_a_study_with_something_held_is_another_study(small) -> None:
    free, held = make_study(small, members=8), make_study(small, members=8, held={"stock": 20.0})
    assert "held" not in free.identity()
    assert held.identity()["held"] == {"stock": 20.0}


def test_a_store_opens_as_the_ensemble_that_it_holds(small, tmp_path) -> None:
    held = {"stock": 20.0}
    done = run_streamed(small, tmp_path, members=240, seed=3, chunk=64, held=held)
    found = reopen(small, tmp_path, done.study)
    quantities = hold(load_quantities(small), held)
    whole = run_ensemble(small, setting=prepare(small, members=240, seed=3, quantities=quantities))
    assert compare(found).lost.equals(compare(whole).lost)
    for name, table in outcome_tables(whole).items():
        assert plain_columns(outcome_tables(found)[name]) == plain_columns(table), name


def test_tables_of_a_whole_run(run) -> None:
    tables = {name: plain_columns(table) for name, table in outcome_tables(run).items()}
    assert reference_scenario(run) == "closed"
    assert tables["ranking"]["quantity"][0] == "stock"
    assert set(tables["flows"]["scenario_id"]) == set(run.results) - {run.baseline}
    assert set(tables["licences"]["scenario_id"]) >= {"licensed", "granted"}
    assert "as_told" not in tables["cover"]["scenario_id"], "it keeps no stocks"
    days = [day for day in tables["stops"]["p50"] if day is not None]
    assert all(len(day) == 10 for day in days)


def test_a_progress_function_that_raises_stops_the_run_and_keeps_chunks(small, tmp_path) -> None:
    class Enough(Exception):
        pass

    def stop(stage: str, share: float) -> None:
        if share > 0.4:
            raise Enough

    with pytest.raises(Enough):
        run_streamed(
            small, tmp_path, members=64, chunk=16, options=Options(progress=stop, threads=1)
        )
    done = run_streamed(small, tmp_path, members=64, chunk=16, resume=True)
    assert (done.chunks_before, done.chunks_now) == (2, 2)
