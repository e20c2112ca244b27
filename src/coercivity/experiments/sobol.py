r"""Sobol indices: how much of an outcome's variance a quantity makes, alone and with others.

The first-order index of a quantity :math:`X_i` is the share of the variance that would vanish on
average if :math:`X_i` were known, the total index the share that would remain if all others were,

.. math::

    S_i = \frac{V[E(Y \mid X_i)]}{V[Y]}, \qquad S_{Ti} = \frac{E[V(Y \mid X_{\sim i})]}{V[Y]}.

Two independent samples :math:`A` and :math:`B` of *n* members are run, and for every quantity a
third that is :math:`A` with that quantity's values taken from :math:`B`. The estimators are those
of [Saltelli2010], as in :func:`scipy.stats.sobol_indices`, with intervals from resampling the *n*
points. All other unknowns vary too, so that the variance is the whole one; together they count as
one more quantity, ``everything else``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import Draws, draw, latin_column
from coercivity.errors import InvariantError, NotFoundError, UsageError
from coercivity.experiments.mixing import mix_draws
from coercivity.options import Options

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack
    from coercivity.claims.quantities import PackQuantity
    from coercivity.engine.method import Method
    from coercivity.experiments.ensemble import Ensemble

__all__ = ["REST", "Outcome", "SobolIndices", "SobolTable", "sobol_indices", "sobol_of"]

FloatArray = NDArray[np.float64]

Outcome = Callable[["Ensemble", str], FloatArray]
"""Takes an ensemble and a scenario id; returns float64[member]."""

REST: Final = "everything else"
"""Row of all unknowns that were not chosen, taken together."""

RESAMPLES: Final = 1000
"""Resamples behind an interval."""

FOREMOST: Final = 5
"""Quantities examined when none is named: those that explain most on their own in sample A."""

_OTHER_SAMPLE: Final = 0x50B0
"""Mixed into the seed for sample B."""


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Indices with intervals.

    Attributes
    ----------
    first, total : float64[input], share
        Estimates; a first-order index near zero may come out slightly negative.
    first_low, first_high, total_low, total_high : float64[input], share
        Ends of the intervals.
    """

    first: FloatArray
    first_low: FloatArray
    first_high: FloatArray
    total: FloatArray
    total_low: FloatArray
    total_high: FloatArray


def sobol_indices(
    f_a: FloatArray,
    f_b: FloatArray,
    f_ab: FloatArray,
    *,
    confidence: float = 0.9,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> SobolIndices:
    r"""Estimate first-order and total Sobol indices from the outcomes of a Saltelli design.

    .. math::

        S_i = \frac{\overline{f_B\,(f_{AB_i} - f_A)}}{V}, \qquad
        S_{Ti} = \frac{\overline{(f_A - f_{AB_i})^2}}{2 V},

    with :math:`V` the variance over :math:`A` and :math:`B` together [Saltelli2010].

    Parameters
    ----------
    f_a, f_b : float64[point]
        Outcomes of samples A and B.
    f_ab : float64[input, point]
        Outcomes of sample A with input *i* taken from B.
    confidence : float, share
        Of the intervals, from percentiles of resampled points [Archer1997].
    resamples : int
    seed : int
        Of the resampling.

    Returns
    -------
    SobolIndices

    Raises
    ------
    UsageError
        If shapes do not fit, points are fewer than two, or the outcome does not vary.
    InvariantError
        If an outcome is not finite.
    """
    f_a, f_b = np.asarray(f_a, np.float64), np.asarray(f_b, np.float64)
    f_ab = np.atleast_2d(np.asarray(f_ab, np.float64))
    _check_outcomes(f_a, f_b, f_ab, confidence)
    first, total = _estimate(f_a, f_b, f_ab)
    random = np.random.default_rng(np.random.SeedSequence([seed, _OTHER_SAMPLE]))
    found = np.empty((resamples, 2, f_ab.shape[0]))
    for row in range(resamples):
        chosen = random.integers(0, f_a.size, f_a.size)
        found[row] = _estimate(f_a[chosen], f_b[chosen], f_ab[:, chosen])
    tail = (1.0 - confidence) / 2.0
    low, high = np.nanquantile(found, [tail, 1.0 - tail], axis=0)
    return SobolIndices(first, low[0], high[0], total, low[1], high[1])


def _estimate(f_a: FloatArray, f_b: FloatArray, f_ab: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First-order and total indices, float64[input] each; not a number without variance."""
    mean = 0.5 * (f_a.mean() + f_b.mean())
    # Centred outcomes give the same expectation with less noise.
    a, b, ab = f_a - mean, f_b - mean, f_ab - mean
    variance = 0.5 * (np.mean(a**2) + np.mean(b**2))
    if not variance > 0.0:
        nothing = np.full(f_ab.shape[0], np.nan)
        return nothing, nothing
    first = np.mean(b * (ab - a), axis=1) / variance
    total = 0.5 * np.mean((a - ab) ** 2, axis=1) / variance
    return first, total


def _check_outcomes(f_a: FloatArray, f_b: FloatArray, f_ab: FloatArray, confidence: float) -> None:
    if f_a.ndim != 1 or f_a.shape != f_b.shape or f_ab.shape[1:] != f_a.shape or f_a.size < 2:
        raise UsageError(
            f"outcomes have the shapes {f_a.shape}, {f_b.shape} and {f_ab.shape}",
            where="sobol_indices",
            expected="[point], [point] and [input, point], two points or more",
        )
    if not 0.0 < confidence < 1.0:
        raise UsageError(
            f"confidence is {confidence}", where="confidence", expected="between 0 and 1"
        )
    both = np.concatenate([f_a, f_b, f_ab.ravel()])
    if not np.isfinite(both).all():
        raise InvariantError(
            f"{int((~np.isfinite(both)).sum())} outcomes are not finite numbers",
            where="sobol_indices",
            expected="finite outcomes only",
        )
    if np.ptp(both) <= 1e-9 * max(1.0, float(np.abs(both).max())):
        raise UsageError(
            "the outcome is the same in every run: there is no variance to share out",
            where="sobol_indices",
        )


@dataclass(frozen=True)
class SobolTable:
    """Sobol indices of an ensemble's outcome.

    Parameters
    ----------
    scenario : str
        Scenario id.
    n, runs : int
        Points of the design, and members run in all.
    table : pandas.DataFrame
        One row a quantity and one for everything else, largest total index first: ``quantity,
        title, first, first_low, first_high, total, total_low, total_high``.
    mean, variance : float
        Of the outcome, in its unit and its square.
    """

    scenario: str
    n: int
    runs: int
    table: pd.DataFrame
    mean: float
    variance: float


def sobol_of(
    pack: Pack,
    scenario: str,
    outcome: Outcome | None = None,
    *,
    quantities: Sequence[str] | None = None,
    n: int = 512,
    seed: int = 1,
    end: date | None = None,
    method: Method | None = None,
    confidence: float = 0.9,
    options: Options | None = None,
) -> SobolTable:
    """Share out the variance of an outcome over quantities.

    Values are placed along a scrambled Sobol sequence of twice the number of chosen quantities;
    each keeps its own distribution, conflicts between sources included. Where a chosen quantity is
    the concentration of a random split, its index includes the luck of the split.

    Parameters
    ----------
    pack : Pack
    scenario : str
        Scenario id.
    outcome : callable, optional
        Takes the ensemble of the scenario and the baseline, and the scenario's id; returns
        float64[member]. By default what is not made of the total,
        :func:`~coercivity.experiments.comparison.lost_output`.
    quantities : sequence of str, optional
        Ids of drawn quantities; by default the five that explain most on their own.
    n : int
        Points, a power of two; (chosen quantities + 3) × n members are run, n at a time.
    seed : int
    end : date, optional
        Day after the last; by default the pack's ``network_end``.
    method : Method, optional
    confidence : float, share
        Of the intervals.
    options : Options, optional

    Returns
    -------
    SobolTable

    Raises
    ------
    UsageError
        If n is no power of two, a quantity is computed or constant, or the outcome does not vary.
    NotFoundError
        If the scenario or a quantity is unknown.
    """
    from coercivity.claims.quantities import load_quantities
    from coercivity.experiments.comparison import lost_output

    if n < 2 or n & (n - 1):
        raise UsageError(f"n is {n}", where="n", expected="a power of two, such as 512")
    known, options = load_quantities(pack), options or Options()
    run = _Run(pack, scenario, outcome or lost_output, end=end, method=method, options=options)
    sample_a = draw(known, members=n, seed=seed)
    sample_b = draw(known, members=n, seed=_seed_of_b(seed))
    chosen = list(quantities) if quantities else _foremost(run, sample_a, known)
    _check_chosen(chosen, sample_a, known)
    points = _points(2 * len(chosen), n, seed)
    a = mix_draws(known, sample_a, _placed(sample_a, chosen, points[: len(chosen)]))
    b = mix_draws(known, sample_b, _placed(sample_b, chosen, points[len(chosen) :]))
    f_a, f_b = run(a), run(b)
    f_ab = [run(mix_draws(known, a, {name: b[name]})) for name in chosen]
    # Everything else from B is B with the chosen quantities from A.
    f_ab.append(run(mix_draws(known, b, {name: a[name] for name in chosen})))
    found = sobol_indices(f_a, f_b, np.stack(f_ab), confidence=confidence, seed=seed)
    both = np.concatenate([f_a, f_b])
    return SobolTable(
        scenario=scenario,
        n=n,
        runs=n * (len(chosen) + 3),
        table=_table(found, chosen, known),
        mean=float(both.mean()),
        variance=float(both.var()),
    )


def _seed_of_b(seed: int) -> int:
    """Return a seed for sample B that no user would choose for A."""
    return int(np.random.SeedSequence([seed, _OTHER_SAMPLE]).generate_state(1)[0])


def _points(dimensions: int, n: int, seed: int) -> FloatArray:
    """Scrambled Sobol sequence, float64[dimension, point]."""
    from scipy.stats import qmc

    random = np.random.default_rng(np.random.SeedSequence([seed, _OTHER_SAMPLE]))
    return np.asarray(qmc.Sobol(dimensions, scramble=True, rng=random).random(n).T)


def _placed(sample: Draws, names: Sequence[str], points: FloatArray) -> dict[str, FloatArray]:
    """Values of a sample, each column put in the order of a row of points.

    Both have one value in every *n*-th part of the unit interval, so that this changes which
    values meet, never the values.
    """
    placed = {}
    for name, row in zip(names, points, strict=True):
        column = latin_column(name, members=sample.members, seed=sample.seed)
        rising = sample[name][np.argsort(column)]
        placed[name] = rising[np.argsort(np.argsort(row))]
    return placed


def _foremost(run: _Run, sample: Draws, known: Mapping[str, PackQuantity]) -> list[str]:
    """Quantities that explain most on their own, from a run of sample A as it was drawn."""
    from coercivity.experiments.sensitivity import rank_quantities

    values = run(sample)
    ranking = rank_quantities(sample, values, quantities=known, name=run.scenario, among=run.used)
    return [str(name) for name in ranking.table["quantity"].head(FOREMOST)]


def _check_chosen(chosen: Sequence[str], sample: Draws, known: Mapping[str, PackQuantity]) -> None:
    for name in chosen:
        if name not in known:
            raise NotFoundError(
                f"no quantity is called {name!r}",
                where="quantities",
                expected="ids as in coercivity quantities list",
            )
        if name not in sample.inputs:
            what = (
                "computed from others" if known[name].rule == "formula" else "the same everywhere"
            )
            raise UsageError(
                f"{name} is {what}, not drawn", where="quantities", expected="drawn quantities"
            )
    if len(set(chosen)) != len(chosen):
        raise UsageError("a quantity is named twice", where="quantities", expected="each once")


class _Run:
    """Runs a scenario and the baseline for given draws and returns the outcome."""

    def __init__(
        self,
        pack: Pack,
        scenario: str,
        outcome: Outcome,
        *,
        end: date | None,
        method: Method | None,
        options: Options,
    ) -> None:
        from coercivity.experiments.ground import lay_ground

        self.pack, self.scenario, self.outcome = pack, scenario, outcome
        self.method, self.options = method, options
        self.ground = lay_ground(pack, members=2, seed=0, end=end)
        self.used: frozenset[str] = frozenset()
        self._register: Any = None
        self._gates: Any = None

    def __call__(self, draws: Draws) -> FloatArray:
        from coercivity.experiments.ensemble import plan_ensemble, prepare, run_ensemble

        ground = self._ground(draws)
        setting = prepare(self.pack, ground=ground, register=self._register)
        self._register = setting.register
        if self._gates is not None:
            setting = replace(setting, gates=replace(self._gates, network=setting.network))
        plans = plan_ensemble(self.pack, setting, scenarios=[self.scenario])
        self._gates = setting.gates
        ensemble = run_ensemble(
            self.pack, setting=setting, plans=plans, method=self.method, options=self.options
        )
        self.used = ensemble.used(self.scenario)
        return np.asarray(self.outcome(ensemble, self.scenario), dtype=np.float64)

    def _ground(self, draws: Draws) -> Any:
        from coercivity.experiments.watch import watched
        from coercivity.licences import licence_groups, load_licences
        from coercivity.network import build_network

        seen, ground = watched(draws), self.ground
        room = licence_groups(load_licences(self.pack), seen, start=ground.start, days=ground.days)
        return replace(
            ground,
            draws=seen,
            network=build_network(self.pack, seen),
            licences=tuple(room),
            seed=draws.seed,
        )


def _table(
    found: SobolIndices, chosen: Sequence[str], known: Mapping[str, PackQuantity]
) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "quantity": [*chosen, REST],
            "title": [*(known[name].title for name in chosen), "All other unknowns together"],
            **{
                name: getattr(found, name)
                for name in (
                    "first", "first_low", "first_high", "total", "total_low", "total_high",
                )
            },
        }
    )  # fmt: skip
    return frame.sort_values("total", ascending=False, kind="stable", ignore_index=True)
