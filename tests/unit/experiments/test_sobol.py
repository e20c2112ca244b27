"""Sobol indices of an ensemble's outcome."""

from __future__ import annotations

import numpy as np
import pytest

from coercivity.claims.distributions import draw, latin_column
from coercivity.claims.quantities import load_quantities
from coercivity.errors import NotFoundError, UsageError
from coercivity.experiments.mixing import mix_draws
from coercivity.experiments.sobol import REST, _placed, _points, sobol_of


@pytest.fixture(scope="module")
def quantities(small):
    return load_quantities(small)


def test_a_sequence_changes_which_values_meet_never_the_values(quantities):
    sample = draw(quantities, members=64, seed=1)
    names = list(sample.inputs[:2])
    points = _points(2, 64, 1)
    placed = _placed(sample, names, points)
    for name, row in zip(names, points, strict=True):
        assert np.array_equal(np.sort(placed[name]), np.sort(sample[name]))
        column = latin_column(name, members=64, seed=1)
        # The value that the column had in this part of the unit interval.
        by_part = dict(zip((column * 64).astype(int), sample[name], strict=True))
        assert [by_part[part] for part in (row * 64).astype(int)] == placed[name].tolist()


def test_formulas_follow_mixed_values(pack):
    known = load_quantities(pack)
    draws = draw(known, members=8, seed=1)
    other = draw(known, members=8, seed=2)
    same = mix_draws(known, draws, {})
    assert all(np.array_equal(same[name], draws[name]) for name in draws)
    every = mix_draws(known, draws, {name: other[name] for name in draws.inputs})
    for name in draws:
        if known[name].rule == "formula":
            assert np.array_equal(every[name], other[name]), name
    formula = next(name for name in draws if known[name].rule == "formula")
    with pytest.raises(UsageError, match="not drawn"):
        mix_draws(known, draws, {formula: draws[formula]})
    with pytest.raises(UsageError, match="shape"):
        mix_draws(known, draws, {draws.inputs[0]: np.ones(3)})


def test_an_additive_outcome_gives_its_shares(small):
    found = sobol_of(
        small, "closed", lambda e, s: 3.0 * e.draws["lamps_fi"] + e.draws["lamps_se"],
        quantities=["lamps_fi"], n=256, seed=2,
    )  # fmt: skip
    draws = draw(load_quantities(small), members=4096, seed=9)
    big, rest = np.var(3.0 * draws["lamps_fi"]), np.var(draws["lamps_se"])
    table = found.table.set_index("quantity")
    share = big / (big + rest)
    assert table.loc["lamps_fi", "first"] == pytest.approx(share, abs=0.05)
    assert table.loc["lamps_fi", "total"] == pytest.approx(share, abs=0.05)
    assert table.loc[REST, "total"] == pytest.approx(1.0 - share, abs=0.05)
    assert found.runs == 256 * 4
    assert list(found.table["total"]) == sorted(found.table["total"], reverse=True)


def test_the_outcome_of_a_scenario_is_shared_out(small):
    found = sobol_of(small, "closed", quantities=["lamps_fi", "idle"], n=64, seed=1)
    table = found.table.set_index("quantity")
    # No table of the network reads it.
    assert table.loc["idle", "total"] == 0.0
    assert table.loc["idle", "first"] == 0.0
    assert table.loc["lamps_fi", "total"] > 0.0
    assert found.mean > 0.0
    again = sobol_of(small, "closed", quantities=["lamps_fi", "idle"], n=64, seed=1)
    assert found.table.equals(again.table)


def test_what_cannot_be_examined_is_refused(small):
    for call, error, words in [
        ({"n": 100}, UsageError, "power of two"),
        ({"quantities": ["nothing"]}, NotFoundError, "nothing"),
        ({"quantities": ["lamps_fi", "lamps_fi"]}, UsageError, "twice"),
    ]:
        with pytest.raises(error, match=words):
            sobol_of(small, "closed", **{"n": 4, **call})
    with pytest.raises(NotFoundError):
        sobol_of(small, "nowhere", quantities=["lamps_fi"], n=4)
