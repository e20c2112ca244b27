"""Systemic risk: what an economy loses if a firm fails, for every firm (ESRI)."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.cascade_checkpoint import Checkpoint, open_checkpoint
from coercivity.engine.cascade_graph import FirmGraph
from coercivity.engine.kernels import cascade as kernel
from coercivity.errors import InputError, UsageError
from coercivity.options import Options

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CHUNK", "CascadeMethod", "Failures", "read_failures", "run_chunk", "systemic_risk"]

Float = NDArray[np.float64]
Int = NDArray[np.int32]

CHUNK = 256
"""Failures that one task runs and one checkpoint file holds: a fraction of a second's work for
10,000 firms, and enough that columns seldom wait at its end."""

BLOCK_SIZE = 32
"""Failures side by side: enough to pay for following an index, few enough that the losses of
10,000 firms stay near the core."""

_STAGE = "systemic risk"


@dataclass(frozen=True)
class CascadeMethod:
    """When a cascade is over, and whether firms of a sector can replace one another.

    Parameters
    ----------
    tolerance : float, 0 or more
        A cascade is over after the first step in which no firm's downstream or upstream loss
        changes by more.  The code of [Diem2022] stops at 1e-2; the default finds the fixed point.
    max_steps : int
        Steps after which a cascade is cut off, and reported as not converged.
    replaceable : bool
        Whether a loss is passed on only as far as the market share of the firm among what is left
        of its sector; without it, nothing can be replaced.
    """

    tolerance: float = 1e-9
    max_steps: int = 1_000
    replaceable: bool = True

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance < 1.0 or self.max_steps < 1:
            raise UsageError(
                f"tolerance {self.tolerance} and max_steps {self.max_steps} make no rule to stop",
                where="CascadeMethod",
                expected="a tolerance from 0 to below 1, and one step or more",
            )


@dataclass(frozen=True, eq=False)
class Failures:
    """Shocks to run, one cascade each.

    Attributes
    ----------
    labels : str or int[failure]
    ptr : int64[failure + 1]
        Rows of each failure below.
    firms : int32[row]
        Positions in the graph.
    losses : float64[row]
        Share of its output that the firm cannot produce, 1 - psi.
    """

    labels: NDArray[Any]
    ptr: NDArray[np.int64]
    firms: Int
    losses: Float

    def __len__(self) -> int:
        return int(self.labels.size)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the shocks and their names."""
        digest = hashlib.sha256("\0".join(map(repr, self.labels.tolist())).encode())
        for part in (self.ptr, self.firms, self.losses):
            digest.update(part.tobytes())
        return digest.hexdigest()


def systemic_risk(
    graph: FirmGraph,
    *,
    failures: Iterable[Hashable] | Mapping[Any, Any] | None = None,
    method: CascadeMethod | None = None,
    keep_losses: bool = False,
    options: Options | None = None,
    checkpoint: str | Path | None = None,
    block_size: int = BLOCK_SIZE,
) -> xr.Dataset:
    r"""Share of an economy's output that is lost when a firm fails (ESRI) [Diem2022].

    Each failure runs on its own from :math:`h = \psi`, all firms at once in every step, to the
    fixed point of

    .. math::
        h^d_i &= \min\Bigl(\psi_i, \min_k \bigl[1 - \textstyle\sum_{j \in k}
                 \sigma_j \Lambda^{e}_{ji} (1 - h^d_j)\bigr],
                 1 - \textstyle\sum_j \sigma_j \Lambda^{n}_{ji} (1 - h^d_j)\Bigr) \\
        h^u_i &= \min\bigl(\psi_i, 1 - \textstyle\sum_j \Lambda^u_{ij} (1 - h^u_j)\bigr)

    with :math:`\sigma_j = \min(1, s_j / \sum_{l \in p_j} s_l h^d_l)`, and counts
    :math:`\mathrm{ESRI} = \sum_i s_i (1 - \min(h^d_i, h^u_i)) / \sum_i s_i`.
    ``docs/explanation/esri.md`` has every definition.

    Parameters
    ----------
    graph : FirmGraph
        From :func:`coercivity.engine.cascade_graph.build_firm_graph`.
    failures : labels of firms, or mapping, optional
        By default every firm fails in turn, in the order of the table of firms.  Labels: these
        firms, each alone.  A mapping names scenarios: each is a list of firms that fail together,
        or a mapping of firms to the share of output that each loses (0 to 1).
    method : CascadeMethod, optional
    keep_losses : bool
        Keep the losses of every firm in every failure: 16 bytes each.  Not with `checkpoint`.
    options : Options, optional
        Threads and progress.
    checkpoint : path, optional
        Folder in which finished blocks of failures are kept.  A later call with the same network,
        failures and method goes on from there.
    block_size : int
        Failures side by side.  Changes speed, never a bit of the results.

    Returns
    -------
    Dataset
        By failure: ``esri``, ``esri_downstream``, ``esri_upstream``, ``direct`` (share of output
        lost by the shock itself), ``steps``, ``last_change`` and ``converged``; with
        `keep_losses` also ``loss_downstream`` and ``loss_upstream`` by failure and firm.

    Raises
    ------
    InputError
        If a failure names unknown firms or impossible losses, or the checkpoint belongs to
        something else or cannot be written.
    UsageError
        If options contradict one another.
    """
    method, options = method or CascadeMethod(), options or Options()
    if keep_losses and checkpoint is not None:
        raise UsageError(
            "losses of every firm are not kept in checkpoints",
            where="systemic_risk(keep_losses=, checkpoint=)",
            expected="one of the two",
        )
    if block_size < 1:
        raise UsageError(f"block_size is {block_size}", expected="one failure or more")
    shocks = read_failures(graph, failures)
    results = np.empty((kernel.N_RESULTS, len(shocks)))
    kept = np.empty((2, len(shocks) if keep_losses else 0, graph.n_firms))
    store = None
    if checkpoint is not None:
        store = open_checkpoint(Path(checkpoint), identity(graph, shocks, method))
    _run(graph, shocks, method, results, kept, options=options, store=store, width=block_size)
    return _label(graph, shocks, method, results, kept if keep_losses else None)


def identity(graph: FirmGraph, shocks: Failures, method: CascadeMethod) -> dict[str, Any]:
    """Return what a checkpoint must share with the call that continues it."""
    return {
        "network": graph.fingerprint(),
        "failures": shocks.fingerprint(),
        "n_failures": len(shocks),
        "chunk": CHUNK,
        "method": asdict(method),
    }


def read_failures(graph: FirmGraph, failures: Any = None) -> Failures:
    """Resolve who fails; see :func:`systemic_risk`.

    Raises
    ------
    InputError
        If a scenario is empty, names a firm that is not there or twice, or a loss is no share.
    """
    if failures is None:
        rows = np.empty(graph.n_firms, np.int32)
        rows[graph.position] = np.arange(graph.n_firms, dtype=np.int32)
        return _one_each(graph.labels[rows], rows)
    if not isinstance(failures, Mapping):
        labels = np.asarray(list(failures))
        return _one_each(labels, graph.rows(labels))
    firms, losses = [], []
    for name, scenario in failures.items():
        row, loss = _read_scenario(graph, name, scenario)
        firms.append(row)
        losses.append(loss)
    sizes = [row.size for row in firms]
    return Failures(
        np.asarray(list(failures)),
        np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
        np.concatenate([np.zeros(0, np.int32), *firms]),
        np.concatenate([np.zeros(0), *losses]),
    )


def _one_each(labels: NDArray[Any], rows: Int) -> Failures:
    """One failed firm per failure."""
    ends = np.arange(rows.size + 1, dtype=np.int64)
    return Failures(labels, ends, rows, np.ones(rows.size))


def _read_scenario(graph: FirmGraph, name: Any, scenario: Any) -> tuple[Int, Float]:
    """Return the firms of one scenario and the share that each loses."""
    where = f"failures[{name!r}]"
    if isinstance(scenario, str) or not isinstance(scenario, Iterable):
        scenario = [scenario]
    listed: Sequence[Any] = list(scenario)
    rows = graph.rows(np.asarray(listed))
    given = scenario.values() if isinstance(scenario, Mapping) else [1.0] * rows.size
    loss = np.asarray(list(given), np.float64)
    if not rows.size or np.unique(rows).size < rows.size:
        raise InputError(
            "a scenario without firms, or with one twice", where=where,
            expected="one firm or more, each once",
        )  # fmt: skip
    if not ((loss >= 0.0) & (loss <= 1.0)).all():
        raise InputError(
            f"a loss of {loss[~((loss >= 0.0) & (loss <= 1.0))][0]}", where=where,
            expected="the share of output that cannot be produced, 0 to 1",
        )  # fmt: skip
    return rows, loss


def run_chunk(
    graph: FirmGraph,
    shocks: Failures,
    method: CascadeMethod,
    results: Float,
    kept: Float,
    *,
    chunk: slice,
    width: int,
) -> None:
    """Run some failures and write their columns of `results` and, if it has any, rows of `kept`.

    Parameters
    ----------
    results : float64[N_RESULTS, failure], written
    kept : float64[2, failure or 0, firm], written
        Downstream and upstream loss of each firm, in the order of the graph.
    chunk : slice
        Failures to run.
    width : int
        Failures side by side.
    """
    kernel.cascade(
        graph.group_ptr, graph.lane_ptr, graph.supplier, graph.input_share,
        graph.customer_ptr, graph.customer, graph.sale_share,
        graph.buyer_ptr, graph.buyer, graph.seller_ptr, graph.seller,
        graph.sector_ptr, graph.output, graph.weight,
        shocks.ptr, shocks.firms, shocks.losses,
        chunk.start, chunk.stop, min(width, chunk.stop - chunk.start),
        float(method.tolerance), method.max_steps, method.replaceable, results, kept,
    )  # fmt: skip


def _run(
    graph: FirmGraph,
    shocks: Failures,
    method: CascadeMethod,
    results: Float,
    kept: Float,
    *,
    options: Options,
    store: Checkpoint | None,
    width: int,
) -> None:
    """Run all chunks, on as many threads as the options allow, except those that are kept."""
    n = len(shocks)
    chunks = [slice(first, min(first + CHUNK, n)) for first in range(0, n, CHUNK)]
    waiting = [c for c in chunks if store is None or not store.restore(c, results)]

    def work(chunk: slice) -> None:
        run_chunk(graph, shocks, method, results, kept, chunk=chunk, width=width)
        if store is not None:
            store.save(chunk, results)

    n_threads = min(options.n_threads, max(1, len(waiting)))
    done = len(chunks) - len(waiting)
    if done:
        options.progress(_STAGE, done / len(chunks))
    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        for number, _ in enumerate(pool.map(work, waiting), start=done + 1):
            options.progress(_STAGE, number / len(chunks))


def _label(
    graph: FirmGraph, shocks: Failures, method: CascadeMethod, results: Float, kept: Float | None
) -> xr.Dataset:
    """Give the results names, units and provenance."""
    import xarray as xr

    share = {"units": "share of the output of all firms"}
    direct = np.add.reduceat(graph.weight[shocks.firms] * shocks.losses, shocks.ptr[:-1])
    table = xr.Dataset(
        {
            "esri": ("failure", results[kernel.BOTH], share),
            "esri_downstream": ("failure", results[kernel.DOWN], share),
            "esri_upstream": ("failure", results[kernel.UP], share),
            "direct": ("failure", direct, share),
            "steps": ("failure", results[kernel.STEPS].astype(np.int32)),
            "last_change": ("failure", results[kernel.CHANGE]),
            "converged": ("failure", results[kernel.CHANGE] <= method.tolerance),
        },
        coords={"failure": shocks.labels},
        attrs={"network": graph.fingerprint(), **_plain(asdict(method))},
    )
    if kept is None:
        return table
    rows = np.argsort(graph.position)
    own = {"units": "share of the firm's output"}
    table = table.assign_coords(firm=graph.labels[rows])
    table["loss_downstream"] = (("failure", "firm"), kept[0][:, rows], own)
    table["loss_upstream"] = (("failure", "firm"), kept[1][:, rows], own)
    return table


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return attributes that any file can hold."""
    return {name: int(v) if isinstance(v, bool) else v for name, v in values.items()}
