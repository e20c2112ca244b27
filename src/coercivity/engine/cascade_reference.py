"""The cascade of one failure in plain numpy: slow, direct, and the measure of the compiled one.

Written from the equations in ``docs/explanation/esri.md`` in terms of production levels, over the
tables as they are given: no reordering, no groups laid out, no rows left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlainCascade", "run_plain_cascade"]

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlainCascade:
    """Where a failure ends.

    Attributes
    ----------
    esri, downstream, upstream : float
        Share of output lost by the worse channel of each firm, and by each channel.
    h_down, h_up : float64[firm]
        Production left, as the paper writes it.
    steps : int
    """

    esri: float
    downstream: float
    upstream: float
    h_down: Float
    h_up: Float
    steps: int


def run_plain_cascade(
    firms: pd.DataFrame,
    lanes: pd.DataFrame,
    psi: Float,
    *,
    essentiality: NDArray[np.int8],
    tolerance: float,
    max_steps: int = 1_000,
    replaceable: bool = True,
) -> PlainCascade:
    r"""Iterate :math:`h^d` and :math:`h^u` from :math:`\psi` until neither changes any more.

    Parameters
    ----------
    firms : DataFrame
        Labelled 0 to n - 1, with ``sector`` (0 to S - 1) and perhaps ``output`` and ``cost``.
    lanes : DataFrame
        ``supplier``, ``buyer``, ``weight``.
    psi : float64[firm]
        Production that the shock leaves, 0 to 1.
    essentiality : int8[supplier sector, buyer sector]
    tolerance, max_steps, replaceable
        As in :func:`coercivity.engine.cascade.systemic_risk`.
    """
    n, n_sectors = len(firms), essentiality.shape[0]
    i, j, w = (lanes[name].to_numpy() for name in ("supplier", "buyer", "weight"))
    p = firms["sector"].to_numpy()
    sold, bought = np.bincount(i, w, n), np.bincount(j, w, n)
    s = firms["output"].to_numpy() if "output" in firms else sold
    cost = firms["cost"].to_numpy() if "cost" in firms else bought
    kind = essentiality[p[i], p[j]]
    cell = j * n_sectors + p[i]
    of_sector = np.bincount(cell, w, n * n_sectors)[cell]
    with np.errstate(invalid="ignore", divide="ignore"):
        essential = np.where((kind == 2) & (w > 0), w / of_sector, 0.0)
        other = np.where((kind == 1) & (w > 0), w / cost[j], 0.0)
        to_customer = np.where(w > 0, w / s[i], 0.0)
    h_down, h_up = psi.copy(), psi.copy()
    for steps in range(1, max_steps + 1):  # noqa: B007
        market = np.bincount(p, s * h_down, n_sectors)[p]
        sigma = np.ones(n)
        if replaceable:
            np.divide(s, market, out=sigma, where=market > 0.0)
            sigma = np.minimum(sigma, 1.0)
        missing = sigma[i] * (1.0 - h_down[i])
        pi = 1.0 - np.bincount(cell, essential * missing, n * n_sectors).reshape(n, n_sectors)
        linear = 1.0 - np.bincount(j, other * missing, n)
        new_down = np.clip(np.minimum(pi.min(axis=1), linear), 0.0, psi)
        lost = np.bincount(i, to_customer * (1.0 - h_up[j]), n)
        new_up = np.clip(1.0 - lost, 0.0, psi)
        change = max(np.abs(new_down - h_down).max(), np.abs(new_up - h_up).max())
        h_down, h_up = new_down, new_up
        if change <= tolerance:
            break
    v = s / s.sum() if s.sum() > 0 else s
    return PlainCascade(
        esri=float(v @ (1.0 - np.minimum(h_down, h_up))),
        downstream=float(v @ (1.0 - h_down)),
        upstream=float(v @ (1.0 - h_up)),
        h_down=h_down,
        h_up=h_up,
        steps=steps,
    )
