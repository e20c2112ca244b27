"""Why a failed firm matters: who is hit most, over which channel, and along which path."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from coercivity.engine.cascade import CascadeMethod, read_failures, run_chunk
from coercivity.engine.cascade_graph import FirmGraph
from coercivity.engine.kernels import cascade as kernel
from coercivity.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["why_failure"]

Float = NDArray[np.float64]
Int = NDArray[np.int32]

NON_ESSENTIAL_INPUTS: Final = "inputs that are not essential"
LOST_SALES: Final = "lost sales"

_NO_COST: Final = 1e-12
"""Length of a lane that passes a loss on undiminished; a length of zero would be no lane."""


@dataclass(frozen=True, eq=False)
class _State:
    """Losses of one cascade at its end.

    Attributes
    ----------
    down, up, passed : float64[firm]
        Loss by missing inputs and by lost sales; what customers see of the first.
    shocked : bool[firm]
    """

    down: Float
    up: Float
    passed: Float
    shocked: NDArray[np.bool_]


def why_failure(
    graph: FirmGraph,
    failure: Hashable | dict[Any, Any],
    *,
    method: CascadeMethod | None = None,
    n_firms: int = 10,
) -> pd.DataFrame:
    """Explain what follows from a failure: the firms hit most, and by what.

    Parameters
    ----------
    graph : FirmGraph
    failure : label of a firm, or dict
        One firm that fails, or firms with the share of output that each loses.
    method : CascadeMethod, optional
        As in :func:`coercivity.engine.cascade.systemic_risk`.
    n_firms : int
        Rows of the answer.

    Returns
    -------
    DataFrame, largest contribution first
        ``firm``, ``sector``; ``contribution`` to ESRI (share of the output of all firms),
        ``loss`` (share of the firm's output), ``loss_downstream``, ``loss_upstream``; ``channel``
        (downstream: inputs are missing; upstream: customers stop buying); ``binding``, the
        supplying sector whose lack sets the loss, or what else does; ``partner``, the supplier or
        customer who contributes most to it, and ``partner_share``, its part of that loss;
        ``path``, the chain of firms along which most of a loss is passed on from a shocked firm.
        The shocked firms themselves are left out.

    Raises
    ------
    InputError
        If a firm is unknown or a loss is no share.
    UsageError
        If `n_firms` is below one.
    """
    import pandas as pd

    if n_firms < 1:
        raise UsageError(f"n_firms is {n_firms}", expected="one firm or more")
    method = method or CascadeMethod()
    state = _run_one(graph, failure, method)
    loss = np.maximum(state.down, state.up)
    contribution = np.where(state.shocked, 0.0, graph.weight * loss)
    order = np.argsort(-contribution, kind="stable")[:n_firms]
    hit = order[contribution[order] > 0.0].astype(np.int32)
    back = {"downstream": _trace(graph, state, upstream=False),
            "upstream": _trace(graph, state, upstream=True)}  # fmt: skip
    rows = [_explain(graph, state, int(i), back) for i in hit]
    columns = ["firm", "sector", "contribution", "loss", "loss_downstream", "loss_upstream",
               "channel", "binding", "partner", "partner_share", "path"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _run_one(graph: FirmGraph, failure: Any, method: CascadeMethod) -> _State:
    """Run one failure and keep every firm's losses."""
    shocks = read_failures(graph, {"failure": failure})
    results = np.empty((kernel.N_RESULTS, 1))
    kept = np.empty((2, 1, graph.n_firms))
    run_chunk(graph, shocks, method, results, kept, chunk=slice(0, 1), width=1)
    down, up = kept[0, 0], kept[1, 0]
    shocked = np.zeros(graph.n_firms, np.bool_)
    shocked[shocks.firms] = True
    passed = down
    if method.replaceable:
        left = np.bincount(graph.sector, graph.output * (1.0 - down), graph.sectors.size)
        with np.errstate(divide="ignore", invalid="ignore"):
            passed = down * np.fmin(graph.output / left[graph.sector], 1.0)
    return _State(down, up, passed, shocked)


def _explain(graph: FirmGraph, state: _State, i: int, back: dict[str, Int]) -> dict[str, Any]:
    """Return one row of the answer."""
    down, up = float(state.down[i]), float(state.up[i])
    if down >= up:
        channel, (binding, partners, parts) = "downstream", _worst_group(graph, state, i)
    else:
        channel, binding = "upstream", LOST_SALES
        lanes = slice(graph.customer_ptr[i], graph.customer_ptr[i + 1])
        partners = graph.customer[lanes]
        parts = graph.sale_share[lanes] * state.up[partners]
    most = int(np.argmax(parts))
    total = float(parts.sum())
    return {
        "firm": graph.labels[i],
        "sector": graph.sectors[graph.sector[i]],
        "contribution": float(graph.weight[i]) * max(down, up),
        "loss": max(down, up),
        "loss_downstream": down,
        "loss_upstream": up,
        "channel": channel,
        "binding": binding,
        "partner": graph.labels[partners[most]],
        "partner_share": float(parts[most]) / total if total > 0.0 else 0.0,
        "path": _path(graph, back[channel], i),
    }


def _worst_group(graph: FirmGraph, state: _State, i: int) -> tuple[Any, Int, Float]:
    """Return the name of the group of inputs that binds, its suppliers and what each takes."""
    best: tuple[Any, Int, Float] | None = None
    worst = -1.0
    for g in range(graph.group_ptr[i], graph.group_ptr[i + 1]):
        lanes = slice(graph.lane_ptr[g], graph.lane_ptr[g + 1])
        suppliers = graph.supplier[lanes]
        parts = graph.input_share[lanes] * state.passed[suppliers]
        if float(parts.sum()) > worst:
            worst, k = float(parts.sum()), graph.group_sector[g]
            name = NON_ESSENTIAL_INPUTS if k < 0 else graph.sectors[k]
            best = (name, suppliers, parts)
    if best is None:  # a loss downstream without inputs comes from the shock alone
        raise AssertionError("a firm without inputs was hit by missing inputs")
    return best


def _trace(graph: FirmGraph, state: _State, *, upstream: bool) -> Int:
    """Return the firm before each firm on the path that passes most of a loss on.

    Each lane passes on a share of its firm's loss; the path with the largest product of shares is
    the shortest one in terms of their negative logarithms.
    """
    n = graph.n_firms
    if upstream:
        target = np.repeat(np.arange(n), np.diff(graph.customer_ptr))
        source, factor = graph.customer, graph.sale_share.copy()
        factor[state.up[source] <= 0.0] = 0.0
    else:
        firm = np.repeat(np.arange(n), np.diff(graph.group_ptr))
        target = np.repeat(firm, np.diff(graph.lane_ptr))
        source = graph.supplier
        ratio = np.divide(state.passed, state.down, out=np.zeros(n), where=state.down > 0.0)
        factor = graph.input_share * ratio[source]
    used = (factor > 0.0) & ~state.shocked[target]
    cost = np.maximum(-np.log(np.minimum(factor[used], 1.0)), _NO_COST)
    order = np.lexsort((cost, target[used], source[used]))
    pair = source[used][order].astype(np.int64) * n + target[used][order]
    _, first = np.unique(pair, return_index=True)  # of doubled lanes, the shorter
    chosen = order[first]
    links = csr_matrix((cost[chosen], (source[used][chosen], target[used][chosen])), shape=(n, n))
    _, before, _ = dijkstra(
        links, indices=np.flatnonzero(state.shocked), min_only=True, return_predecessors=True
    )
    return np.asarray(before, np.int32)


def _path(graph: FirmGraph, before: Int, i: int) -> tuple[Any, ...]:
    """Return the labels from a shocked firm to this one."""
    path = [i]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return tuple(graph.labels[row] for row in reversed(path))
