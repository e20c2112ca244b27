"""Simulate a network of a million firms, one scenario at a time.

The rules of the day are those of :func:`coercivity.engine.simulate` with one item per input,
without caps and backlogs; the layout is another one, made for networks that exceed every cache.
``docs/explanation/scale.md`` tells how.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.kernels.scale import run_sites
from coercivity.engine.kernels.scale_gates import open_gates, settle_gates
from coercivity.engine.kernels.scale_slots import run_slots
from coercivity.engine.method import Method
from coercivity.engine.scale_layout import ScaleState, lay_out
from coercivity.engine.scale_results import ScaleResults, label_scale
from coercivity.engine.scale_schedule import ScaleSchedule, Timeline, apply, prepare
from coercivity.errors import UsageError
from coercivity.network.edges import EdgeNetwork
from coercivity.options import Options

__all__ = ["EVENING", "MORNING", "OUTPUT", "SENT", "run_days", "simulate_scale"]

Hook = Callable[[int, int, ScaleState], None]

MORNING: Final = 0
"""Before the day: stocks hold what arrived."""
OUTPUT: Final = 1
"""Output is made and shared out; stocks are not used yet."""
SENT: Final = 2
"""The same after gates and licences."""
_PIECES: Final = 4
"""Pieces of the pass over sites for each part."""
EVENING: Final = 3
"""Stocks are used, tomorrow's orders placed."""


def simulate_scale(
    network: EdgeNetwork,
    schedule: ScaleSchedule,
    *,
    method: Method | None = None,
    firms: Sequence[Any] = (),
    options: Options | None = None,
    parts: int = 0,
) -> ScaleResults:
    """Simulate a very large network.

    Parameters
    ----------
    network : EdgeNetwork
    schedule : ScaleSchedule
    method : Method, optional
        By default that of the other engines in single precision.  Only proportional rationing
        without backlogs is known here; ``tau`` is 6 days where the method gives none.
    firms : sequence of firm ids
        Firms whose output is recorded day by day.
    options : Options, optional
        Threads (no more than parts are used), progress, checking of invariants.
    parts : int
        Parts in which demand is scattered, by default one below 100,000 lanes and two above.
        Results depend on it in the last places, and on the number of threads not at all.

    Returns
    -------
    ScaleResults
        Output by sector and day and of the firms named; lost output and first day of a line-down
        of every firm; licences drawn and lapsed.

    Raises
    ------
    UsageError
        If the method has rules that are not known here.
    NotFoundError
        If a firm or scope is not in the network.
    InvariantError
        If ``options.check_invariants`` is set and a law is broken.
    """
    chosen, how = method or Method(precision="single"), options or Options()
    _check_method(chosen)
    state = lay_out(network, method=chosen, days=schedule.days, parts=parts)
    timeline = prepare(network, schedule, state)
    rows = np.array([network.position(firm) for firm in firms], np.int64)
    series = np.zeros((schedule.days, rows.size))
    hooks: list[Hook] = []
    if rows.size:
        hooks.append(_recorder(rows, series))
    if how.check_invariants:
        from coercivity.engine.scale_laws import make_check

        hooks.append(make_check(network, state))
    run_days(state, timeline, chosen, days=schedule.days, options=how, hooks=hooks)
    return label_scale(
        network, state, schedule=schedule, method=chosen, firms=rows, series=series, parts=parts
    )


def _check_method(method: Method) -> None:
    """Refuse rules that are not known here."""
    if method.rule != "proportional" or method.backlog != "drop":
        raise UsageError(
            f"rule {method.rule!r} with backlog {method.backlog!r}",
            where="method",
            expected="rule 'proportional' and backlog 'drop'",
            hint="other rules are in simulate (small networks) and simulate_firms (R0 to R3)",
        )


def _recorder(rows: NDArray[np.int64], series: NDArray[np.float64]) -> Hook:
    """Record the output of some firms."""

    def record(day: int, moment: int, state: ScaleState) -> None:
        if moment == OUTPUT:
            series[day] = state.site[k.MADE, rows]

    return record


def run_days(
    state: ScaleState,
    timeline: Timeline,
    method: Method,
    *,
    days: int,
    options: Options,
    hooks: Sequence[Hook] = (),
) -> None:
    """Run the days of a prepared state in place.

    Each part of a pass is one call of compiled code; threads share the parts out, and the parts
    are worked out alike by any number of threads.

    Parameters
    ----------
    state : ScaleState
    timeline : Timeline
    method : Method
    days : int
    options : Options
    hooks : sequence of callable
        Called with the day, the moment of the day and the state.
    """
    n_parts = state.parts.size - 1
    threads = min(options.n_threads, n_parts)
    real = state.site.dtype
    cuts = _site_cuts(state)
    work = [np.zeros(k.N_WORK * k.CHUNK, real) for _ in range(max(n_parts, cuts.size - 1))]
    lanes = state.slots.pieces[:, k.LANE_END] - state.slots.pieces[:, k.LANE]
    room = [np.zeros(4 * int(lanes.max(initial=1)), real) for _ in range(n_parts)]

    def sites(piece: int, day: int) -> None:
        run_sites(
            state.site, state.buyer, state.supply, state.par, work[piece], state.slots,
            state.clock, state.gates, cuts[piece], cuts[piece + 1], day,
        )  # fmt: skip

    def slots(part: int, day: int) -> None:
        run_slots(
            state.buyer, state.supply[part], state.par, work[part], room[part], state.slots,
            state.lanes, state.over, part,
        )  # fmt: skip

    with ThreadPoolExecutor(max(1, threads - 1)) as pool:

        def every(step: Callable[[int, int], None], day: int) -> None:
            # A thread that is done with its piece takes the next one that is left.
            left = deque(range(cuts.size - 1 if step is sites else n_parts))
            others = [pool.submit(_take, step, day, left) for _ in range(threads - 1)]
            _take(step, day, left)
            for other in others:
                other.result()

        for day in range(days):
            _run_day(state, timeline, method, day, every, sites, slots, hooks)
            options.progress("days", (day + 1) / days)


def _site_cuts(state: ScaleState) -> NDArray[np.int64]:
    """Cut the blocks for the pass over sites, which is the same however they are cut."""
    n_parts, n_blocks = state.parts.size - 1, state.block_sector.size
    pieces = 1 if n_parts == 1 else _PIECES * n_parts
    return np.unique(np.linspace(0, n_blocks, pieces + 1).astype(np.int64))


def _take(step: Callable[[int, int], None], day: int, left: deque[int]) -> None:
    """Do parts as long as there are any."""
    while True:
        try:
            part = left.popleft()
        except IndexError:
            return
        step(part, day)


def _run_day(
    state: ScaleState,
    timeline: Timeline,
    method: Method,
    day: int,
    every: Callable[[Callable[[int, int], None], int], None],
    sites: Callable[[int, int], None],
    slots: Callable[[int, int], None],
    hooks: Sequence[Hook],
) -> None:
    """Run one day: gates open, output, gates settle, stocks and orders."""
    apply(timeline, state, method, day)
    gated = state.gated_lane.size > 0
    if gated:
        open_gates(state.supply, state.par, state.gates, day)
    _tell(hooks, day, MORNING, state)
    every(sites, day)
    _tell(hooks, day, OUTPUT, state)
    if gated:
        settle_gates(state.site, state.supply, state.par, state.gates, method.rounds)
    over = state.over
    over.ring_now[:] = over.ring_start + day % np.maximum(over.ring_lead - 1, 1) * over.ring_width
    _tell(hooks, day, SENT, state)
    every(slots, day)
    _tell(hooks, day, EVENING, state)


def _tell(hooks: Sequence[Hook], day: int, moment: int, state: ScaleState) -> None:
    """Call the hooks."""
    for hook in hooks:
        hook(day, moment, state)
