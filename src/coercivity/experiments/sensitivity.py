r"""Which disagreement matters: first-order sensitivity of an outcome, from the runs already made.

The first-order index of a quantity :math:`X_i` is the share of the outcome's variance that would
vanish on average if :math:`X_i` were known,

.. math:: S_i = \frac{V[E(Y \mid X_i)]}{V[Y]}.

It is estimated from the given sample by RBD-FAST in the form of [Plischke2010]: members are put in
an order in which :math:`X_i` rises and falls once, and the share of the outcome's power in the
first harmonics is read off, with the bias correction of [Tissot2012]. No further runs are needed
and every quantity is ranked from the same members. The interval is 5 to 95 % by half-samples
[McCarthy1969]; resampling with replacement would be biased here, because equal members become
neighbours in the order.

An index near zero says that the quantity does not act on its own. It may still act together with
another one: what is not explained by the indices is named in :attr:`Ranking.unexplained`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.quantities import PackQuantity, summarise, witnesses
from coercivity.errors import InvariantError, UsageError
from coercivity.units import parse_unit

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.claims.distributions import Draws

__all__ = ["ASSUMPTION", "CONFLICT", "OTHER", "Ranking", "first_order", "rank_quantities"]

FloatArray = NDArray[np.float64]

HARMONICS: Final = 10
"""Harmonics read off; the usual choice of the method."""

HALF_SAMPLES: Final = 40
"""Half-samples behind an interval."""

FEWEST_MEMBERS: Final = 200
"""Below this the correction for bias (twice the harmonics over the members) exceeds a tenth, and a
half-sample has too few members for its own estimate."""

NORMAL_95: Final = 1.6448536269514722
"""95 % quantile of the normal distribution."""

CONFLICT: Final = "conflict between sources"
ASSUMPTION: Final = "assumption"
OTHER: Final = "other uncertainty"


@dataclass(frozen=True)
class Ranking:
    """Quantities by their share of an outcome's variance.

    Parameters
    ----------
    outcome : str
        What was examined, in words.
    table : pandas.DataFrame
        One row a quantity, largest index first: ``rank, quantity, title, index, low, high, kind,
        values, unit, sources, direction``. `kind` is ``conflict between sources``, ``assumption``
        or ``other uncertainty``; `values` are the values in conflict, in words; `direction` is the
        rank correlation with the outcome.
    unexplained : float
        Share of the variance that no quantity explains on its own, 0 to 1.
    note : str
        What limits the ranking; empty if nothing does.
    """

    outcome: str
    table: pd.DataFrame
    unexplained: float
    note: str = ""

    def conflicts(self) -> pd.DataFrame:
        """Return the quantities on which sources disagree, in order of their index."""
        return self.table[self.table["kind"] == CONFLICT].reset_index(drop=True)


def first_order(
    inputs: FloatArray, outcome: FloatArray, *, harmonics: int = HARMONICS
) -> FloatArray:
    """Estimate first-order indices from given runs.

    Parameters
    ----------
    inputs : float64[quantity, member]
        Drawn values.
    outcome : float64[member]
        The outcome of each member.
    harmonics : int
        Harmonics read off.

    Returns
    -------
    float64[quantity], share
        Corrected for bias; may be slightly below zero. Zero for an outcome without variance.
    """
    return _indices(_ranked(inputs), outcome, outcome.mean(), harmonics)


def _ranked(inputs: FloatArray) -> NDArray[np.intp]:
    """Members in rising order of each quantity, equal ones as they come."""
    return np.asarray(np.argsort(inputs, axis=1, kind="stable"))


def _indices(
    order: NDArray[np.intp], outcome: FloatArray, mean: float, harmonics: int
) -> FloatArray:
    """First-order indices from the order of the members by each quantity."""
    folded = np.concatenate([order[:, 0::2], order[:, 1::2][:, ::-1]], axis=1)
    members = order.shape[1]
    power = np.abs(np.fft.rfft(outcome[folded] - mean, axis=1)) ** 2
    power[:, 1:] *= 2.0
    if members % 2 == 0:
        power[:, -1] /= 2.0
    total = power[:, 1:].sum(axis=1)
    if not total.max() > 0.0:
        return np.zeros(order.shape[0])
    raw = power[:, 1 : harmonics + 1].sum(axis=1) / total
    lost = 2.0 * harmonics / members
    return np.asarray(raw - lost / (1.0 - lost) * (1.0 - raw))


def rank_quantities(
    draws: Draws,
    outcome: FloatArray,
    *,
    quantities: Mapping[str, PackQuantity],
    name: str,
    among: Collection[str] | None = None,
    seed: int = 0,
) -> Ranking:
    """Rank drawn quantities by how much of an outcome's variance each explains.

    Parameters
    ----------
    draws : Draws
        Values behind the runs; formulas and constants are left out.
    outcome : float64[member]
        The outcome of each member, such as what is not made.
    quantities : mapping of str to PackQuantity
        What the sources say of each.
    name : str
        The outcome in words.
    among : collection of str, optional
        Quantities that the runs read; the others cannot matter and would only add noise.
    seed : int
        Seed of the half-samples.

    Returns
    -------
    Ranking

    Raises
    ------
    UsageError
        If the outcome does not have one value per member, does not vary, or there are too few
        members for an estimate.
    InvariantError
        If the outcome is not finite.
    """
    outcome = np.asarray(outcome, dtype=np.float64)
    _check(outcome, draws.members)
    chosen = draws.inputs if among is None else [key for key in draws.inputs if key in among]
    ids = [key for key in chosen if np.ptp(draws[key]) > 0.0]
    _check_rankable(ids, outcome, name)
    inputs = np.stack([draws[key] for key in ids])
    index = first_order(inputs, outcome)
    spread = _spread(inputs, outcome, seed)
    table = _table(ids, index, spread, quantities)
    ranks = _ranks(outcome)
    table["direction"] = [_rank_correlation(draws[key], ranks) for key in table["quantity"]]
    unexplained = float(np.clip(1.0 - np.clip(index, 0.0, None).sum(), 0.0, 1.0))
    note = (
        f"{100 * unexplained:.0f} % of the variance comes from quantities acting together, from "
        "splits drawn by chance and from noise of the estimate"
        if unexplained > 0.1
        else ""
    )
    return Ranking(name, table, unexplained, note)


def _check(outcome: FloatArray, members: int) -> None:
    if outcome.shape != (members,):
        raise UsageError(
            f"the outcome has shape {outcome.shape}",
            expected=f"one value for each of {members} members",
        )
    if not np.isfinite(outcome).all():
        raise InvariantError(
            f"the outcome of {int((~np.isfinite(outcome)).sum())} members is not a finite number",
            expected="finite outcomes only",
        )


def _check_rankable(ids: Sequence[str], outcome: FloatArray, name: str) -> None:
    """Refuse what no ranking can be made of, with the reason."""
    if not ids:
        raise UsageError("no quantity was drawn: there is nothing to rank", where=name)
    if outcome.shape[0] < FEWEST_MEMBERS:
        raise UsageError(
            f"{outcome.shape[0]} members are too few to rank quantities",
            where=name,
            expected=f"at least {FEWEST_MEMBERS}",
            hint="run with more members",
        )
    if np.ptp(outcome) <= 1e-9 * max(1.0, float(np.abs(outcome).max())):
        raise UsageError(
            "the outcome is the same in every member: there is nothing to rank", where=name
        )


def _spread(inputs: FloatArray, outcome: FloatArray, seed: int) -> FloatArray:
    """Return the standard error of the indices: their spread over half-samples.

    The mean of half a sample drawn without replacement varies around the mean of the whole one
    exactly as much as the latter does around the truth, so no further scaling is needed.
    The order of a half-sample is the order of the whole one without the members left out, so
    nothing is sorted again.
    """
    order = _ranked(inputs)
    random = np.random.default_rng(np.random.SeedSequence([seed, 0x5E45]))
    members = outcome.shape[0]
    found = np.empty((HALF_SAMPLES, inputs.shape[0]))
    for row in range(HALF_SAMPLES):
        chosen = np.sort(random.permutation(members)[: members // 2])
        kept = np.zeros(members, np.bool_)
        kept[chosen] = True
        half = order[kept[order]].reshape(order.shape[0], chosen.size)
        found[row] = _indices(half, outcome, outcome[chosen].mean(), HARMONICS)
    return np.asarray(found.std(axis=0, ddof=1))


def _rank_correlation(values: FloatArray, ranks: FloatArray) -> float:
    """Return Spearman's correlation with an outcome's ranks, ties at their average rank."""
    return float(np.corrcoef(_ranks(values), ranks)[0, 1])


def _ranks(values: FloatArray) -> FloatArray:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2.0)[place])


_COLUMNS = (
    "rank",
    "quantity",
    "title",
    "index",
    "low",
    "high",
    "kind",
    "values",
    "unit",
    "sources",
)


def _table(
    ids: list[str],
    index: FloatArray,
    spread: FloatArray,
    quantities: Mapping[str, PackQuantity],
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    order = sorted(range(len(ids)), key=lambda row: (-index[row], ids[row]))
    for rank, row in enumerate(order, start=1):
        quantity = quantities.get(ids[row])
        low, high = index[row] - NORMAL_95 * spread[row], index[row] + NORMAL_95 * spread[row]
        kind, values, sources = describe(quantity) if quantity else (OTHER, "", ())
        rows.append(
            {
                "rank": rank,
                "quantity": ids[row],
                "title": quantity.title if quantity else ids[row],
                "index": float(np.clip(index[row], 0.0, 1.0)),
                "low": float(np.clip(low, 0.0, 1.0)),
                "high": float(np.clip(high, 0.0, 1.0)),
                "kind": kind,
                "values": values,
                "unit": quantity.unit if quantity else "",
                "sources": sources,
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def describe(quantity: PackQuantity) -> tuple[str, str, tuple[str, ...]]:
    """Return the kind of a quantity, its conflicting values in words, and its sources."""
    summary = summarise(quantity)
    if summary.conflict:
        votes = witnesses(quantity)
        is_share = not parse_unit(quantity.unit).dims and all(abs(v.value) <= 1.0 for v in votes)
        scale, unit = (100.0, "%") if is_share else (1.0, quantity.unit)
        stated = dict.fromkeys(_figures(scale * vote.value) for vote in votes)
        return CONFLICT, " · ".join(stated) + f" {unit}".removesuffix(" 1"), summary.sources
    kind = ASSUMPTION if quantity.quality == "assumed" else OTHER
    return kind, "", summary.sources


def _figures(value: float) -> str:
    """Write a value to six figures, large ones without an exponent."""
    text = f"{value:,.6g}"
    return f"{value:,.0f}" if "e+" in text else text
