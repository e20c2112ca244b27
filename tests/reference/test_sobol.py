"""Sobol indices against the Ishigami function's closed form and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from coercivity.errors import InvariantError, UsageError
from coercivity.experiments.sobol import sobol_indices

A, B = 7.0, 0.1


def ishigami(x: np.ndarray) -> np.ndarray:
    """Value at float64[input, point], [Ishigami1990]."""
    return np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0])


def closed_form() -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices, from the partial variances of [Homma1996]."""
    v1 = 0.5 * (1 + B * np.pi**4 / 5) ** 2
    v2 = A**2 / 8
    v13 = B**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return np.array([v1, v2, 0.0]) / total, np.array([v1 + v13, v2, v13]) / total


def design(n: int, seed: int):
    points = stats.qmc.Sobol(6, scramble=True, rng=np.random.default_rng(seed)).random(n).T
    a, b = (np.pi * (2 * half - 1) for half in (points[:3], points[3:]))
    mixed = np.stack([np.where(np.arange(3)[:, None] == i, b, a) for i in range(3)])
    return ishigami(a), ishigami(b), np.stack([ishigami(x) for x in mixed])


def test_the_closed_form_is_met():
    first, total = closed_form()
    found = sobol_indices(*design(2**14, 1))
    assert found.first == pytest.approx(first, abs=0.01)
    assert found.total == pytest.approx(total, abs=0.01)


def test_intervals_cover_the_closed_form_about_as_often_as_they_say():
    first, total = closed_form()
    inside = []
    for seed in range(40):
        found = sobol_indices(*design(256, seed), confidence=0.9, resamples=200, seed=seed)
        inside.append((found.first_low <= first) & (first <= found.first_high))
        inside.append((found.total_low <= total) & (total <= found.total_high))
        assert (found.first_low <= found.first_high).all()
    # A scrambled sequence is more even than the resampling supposes: intervals are cautious.
    assert np.mean(inside) >= 0.85


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_estimates_are_those_of_scipy(seed):
    f_a, f_b, f_ab = design(512, seed)
    theirs = stats.sobol_indices(
        func={"f_A": f_a[None], "f_B": f_b[None], "f_AB": f_ab[:, None]}, n=512
    )
    ours = sobol_indices(f_a, f_b, f_ab, resamples=2)
    assert ours.first == pytest.approx(theirs.first_order.ravel(), rel=1e-12, abs=1e-13)
    assert ours.total == pytest.approx(theirs.total_order.ravel(), rel=1e-12, abs=1e-13)


def test_intervals_depend_on_the_seed_alone():
    runs = design(64, 1)
    one, two = (sobol_indices(*runs, resamples=50, seed=5) for _ in range(2))
    other = sobol_indices(*runs, resamples=50, seed=6)
    assert np.array_equal(one.total_high, two.total_high)
    assert not np.array_equal(one.total_high, other.total_high)


def test_bad_outcomes_are_refused():
    good = np.arange(4.0)
    with pytest.raises(UsageError, match="shapes"):
        sobol_indices(good, good[:3], good[None])
    with pytest.raises(UsageError, match="confidence"):
        sobol_indices(good, good, good[None], confidence=1.0)
    with pytest.raises(UsageError, match="no variance"):
        sobol_indices(np.ones(4), np.ones(4), np.ones((1, 4)))
    with pytest.raises(InvariantError, match="not finite"):
        sobol_indices(good, np.array([0, 1, np.nan, 2]), good[None])
