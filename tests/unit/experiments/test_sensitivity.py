"""Sensitivity: known indices are found, another implementation agrees, nonsense is refused."""

from __future__ import annotations

import numpy as np
import pytest

from coercivity.claims.distributions import Draws
from coercivity.errors import InvariantError, UsageError
from coercivity.experiments import latin_hypercube, rank_quantities
from coercivity.experiments.designs import largest_gap
from coercivity.experiments.sensitivity import first_order


def _draws(values: np.ndarray) -> Draws:
    names = [f"x{row}" for row in range(values.shape[0])]
    return Draws(
        values_by_id=dict(zip(names, values, strict=True)),
        units=dict.fromkeys(names, "1"),
        members=values.shape[1],
        seed=1,
        inputs=tuple(names),
    )


def _ishigami(members: int) -> tuple[np.ndarray, np.ndarray]:
    unit = latin_hypercube(["a", "b", "c"], members=members, seed=7)
    x = np.pi * (2.0 * unit - 1.0)
    return x, np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def test_the_indices_of_the_ishigami_function_are_found() -> None:
    x, y = _ishigami(4000)
    assert first_order(x, y) == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)


def test_a_linear_function_splits_its_variance_by_the_squared_slopes() -> None:
    unit = latin_hypercube(["a", "b", "c", "d"], members=4000, seed=1)
    slopes = np.array([3.0, -2.0, 1.0, 0.0])
    table = rank_quantities(_draws(unit), slopes @ unit, quantities={}, name="y").table
    assert list(table["quantity"])[:3] == ["x0", "x1", "x2"]
    assert list(table["index"]) == pytest.approx([9 / 14, 4 / 14, 1 / 14, 0.0], abs=0.03)
    inside = (table["low"] - 0.02 <= [9 / 14, 4 / 14, 1 / 14, 0]) & (
        table["high"] + 0.02 >= [9 / 14, 4 / 14, 1 / 14, 0]
    )
    assert inside.all()
    direction = table.set_index("quantity")["direction"]
    assert direction["x0"] > 0.5
    assert direction["x1"] < -0.3


def test_a_choice_between_two_witnesses_is_ranked_like_any_other_quantity() -> None:
    unit = latin_hypercube(["a", "b"], members=600, seed=3)
    witness = np.where(unit[0] < 0.3, 540.0, 2850.0)
    y = witness / 1000.0 + 0.1 * unit[1]
    index = first_order(np.stack([witness, unit[1]]), y)
    assert index[0] > 0.93
    assert abs(index[1]) < 0.06


def test_another_implementation_of_the_method_gives_the_same_numbers() -> None:
    from SALib.analyze import rbd_fast

    for members in (500, 501):
        x, y = _ishigami(members)
        problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
        theirs = rbd_fast.analyze(problem, x.T, y, num_resamples=2, seed=1)["S1"]
        assert first_order(x, y) == pytest.approx(np.array(theirs, float), abs=1e-10)


def test_what_cannot_be_ranked_is_refused_with_the_reason() -> None:
    unit = latin_hypercube(["a", "b"], members=400, seed=1)
    with pytest.raises(UsageError, match="same in every member"):
        rank_quantities(_draws(unit), np.full(400, 5.0), quantities={}, name="y")
    with pytest.raises(UsageError, match="too few"):
        rank_quantities(_draws(unit[:, :50]), unit[0, :50], quantities={}, name="y")
    with pytest.raises(UsageError, match="one value for each"):
        rank_quantities(_draws(unit), unit[0, :50], quantities={}, name="y")
    with pytest.raises(UsageError, match="no quantity was drawn"):
        rank_quantities(_draws(unit), unit[0], quantities={}, name="y", among=())
    bad = unit[0].copy()
    bad[3] = np.nan
    with pytest.raises(InvariantError, match="1 members is not a finite number"):
        rank_quantities(_draws(unit), bad, quantities={}, name="y")


def test_an_outcome_made_by_two_quantities_together_is_said_to_be_unexplained() -> None:
    unit = latin_hypercube(["a", "b"], members=2000, seed=1)
    ranking = rank_quantities(
        _draws(unit), (unit[0] - 0.5) * (unit[1] - 0.5), quantities={}, name="y"
    )
    assert ranking.unexplained > 0.85
    assert "together" in ranking.note


def test_the_design_fills_every_interval_once() -> None:
    unit = latin_hypercube(["a", "b"], members=50, seed=9)
    for row in unit:
        assert sorted(np.floor(row * 50)) == list(range(50))
        assert largest_gap(row) <= 2 / 50
    assert (latin_hypercube(["b"], members=50, seed=9)[0] == unit[1]).all()
    with pytest.raises(UsageError, match="twice"):
        latin_hypercube(["a", "a"], members=5, seed=1)


def test_half_samples_are_ordered_as_if_they_were_sorted_again():
    from coercivity.experiments import sensitivity

    random = np.random.default_rng(4)
    # Ties, so that the order of equal members counts.
    inputs = np.round(random.random((3, 301)), 1)
    outcome = inputs[0] + random.normal(size=301)
    found = sensitivity._spread(inputs, outcome, 9)
    again = np.random.default_rng(np.random.SeedSequence([9, 0x5E45]))
    rows = []
    for _ in range(sensitivity.HALF_SAMPLES):
        chosen = np.sort(again.permutation(301)[:150])
        rows.append(sensitivity.first_order(inputs[:, chosen], outcome[chosen]))
    np.testing.assert_array_equal(found, np.std(rows, axis=0, ddof=1))
