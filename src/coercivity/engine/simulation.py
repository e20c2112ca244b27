"""Run a schedule over a network, all members of the ensemble at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.blocks import Block, Frame, Members, lay_out, make_frame
from coercivity.engine.check import check_network, check_schedule
from coercivity.engine.invariants import Balance, check_day
from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.day import advance
from coercivity.engine.kernels.vector import WIDTH
from coercivity.engine.method import Method
from coercivity.engine.record import Record, RecordPlan, plan_record
from coercivity.engine.steady import is_quiet, run_quiet
from coercivity.network.compiled import CompiledNetwork
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.engine.schedule import Schedule
    from coercivity.results.model import Results

__all__ = ["BLOCK_SIZE", "RawResults", "run", "simulate"]

Job = TypeVar("Job")

BLOCK_SIZE = WIDTH
"""Members per block: one vector, so that a block's state stays near a core."""

CHECKED_BLOCK_SIZE = 256
"""Members per block when every day is checked, so that the checks run on long rows."""


@dataclass(frozen=True, eq=False)
class RawResults:
    """Arrays that a run leaves behind, before they are labelled.

    Attributes
    ----------
    site_series : float32[sector + site_selected, step, member], unit per day
    flow_series : float32[flow, step, member], unit per day
    cover_series : float32[site_selected, step, member], day
    line_down, first_cut : int32[site, member], day index
    made : float64[site, member], unit of the site's item
    drawn, lapsed, left : float64[licence_group, member], unit of the group's item
    """

    site_series: NDArray[np.float32]
    flow_series: NDArray[np.float32]
    cover_series: NDArray[np.float32]
    line_down: NDArray[np.int32]
    first_cut: NDArray[np.int32]
    made: NDArray[np.float64]
    drawn: NDArray[np.float64]
    lapsed: NDArray[np.float64]
    left: NDArray[np.float64]


def simulate(
    net: CompiledNetwork,
    schedule: Schedule,
    *,
    method: Method | None = None,
    record: Record | None = None,
    options: Options | None = None,
    provenance: Mapping[str, str] | None = None,
    block_size: int | None = None,
) -> Results:
    """Simulate a network under a schedule, day by day.

    Parameters
    ----------
    net : CompiledNetwork
        Baseline, one column per member.
    schedule : Schedule
        Gates, licence room, caps and shocks.
    method : Method, optional
        Parameters of the method.
    record : Record, optional
        Series to keep; by default the output of every sector, daily.
    options : Options, optional
        Threads, progress, checking of invariants.
    provenance : mapping of str to str, optional
        Written into the results' attributes.
    block_size : int, optional
        Members per block; changes speed, never results.

    Returns
    -------
    Results
        Labelled results; ``results.why(site, day)`` works on them.

    Raises
    ------
    InputError
        If the network or the schedule holds impossible numbers, or the run starts before the
        network does.
    InvariantError
        If ``options.check_invariants`` is set and a law of the model is broken.
    """
    from coercivity.engine.label import label_results

    method, options = method or Method(), options or Options()
    frame = prepare_frame(net, schedule, method, record or Record(), full=options.check_invariants)
    raw = run(frame, options=options, block_size=block_size)
    return label_results(frame, raw, provenance=provenance or {})


def prepare_frame(
    net: CompiledNetwork, schedule: Schedule, method: Method, record: Record, *, full: bool = False
) -> Frame:
    """Check the input and resolve what all blocks share."""
    frames = prepare_frames(net, {"": schedule}, method, {"": record}, full=full)
    return frames[""]


def prepare_frames(
    net: CompiledNetwork,
    schedules: Mapping[str, Schedule],
    method: Method,
    records: Mapping[str, Record],
    *,
    full: bool = False,
) -> dict[str, Frame]:
    """Do so for several schedules by name; the network is looked at, a record resolved, once."""
    check_network(net)
    plans: dict[tuple[int, int], RecordPlan] = {}
    frames = {}
    for name, schedule in schedules.items():
        check_schedule(schedule, net)
        key = (id(records[name]), schedule.days)
        if key not in plans:
            plans[key] = plan_record(records[name], net, days=schedule.days)
        frames[name] = make_frame(net, schedule, method=method, plan=plans[key], full=full)
    return frames


def run(frame: Frame, *, options: Options, block_size: int | None = None) -> RawResults:
    """Run all blocks, on as many threads as the options allow.

    Every block writes its own columns, so that the results do not depend on the order in which
    threads finish.
    """
    checked = options.check_invariants
    size = block_size or (CHECKED_BLOCK_SIZE if checked else BLOCK_SIZE)
    n_members = frame.net.n_members
    out = empty_results(frame, n_members)
    blocks = [slice(m, min(m + size, n_members)) for m in range(0, n_members, size)]

    def work(members: slice) -> None:
        if checked:
            block = lay_out(frame, members)
            _advance_checked(frame, block, members)
        else:
            block = finished(frame, members)
        keep_block(block, members, out)

    for done, _ in enumerate(each(work, blocks, n_threads=options.n_threads), start=1):
        options.progress("simulate", done / len(blocks))
    return out


def finished(frame: Frame, members: Members) -> Block:
    """Run a block from the first day to the last."""
    block = run_quiet(frame, members) if is_quiet(frame.schedule) else None
    if block is None:
        block = lay_out(frame, members)
        advance(*block.arguments(), 0, frame.schedule.days)
    return block


def each(work: Callable[[Job], None], blocks: list[Job], *, n_threads: int) -> Iterator[None]:
    """Apply `work` to every block, in threads if there is more than one of both."""
    if n_threads < 2 or len(blocks) < 2:
        yield from map(work, blocks)
        return
    with ThreadPoolExecutor(max_workers=min(n_threads, len(blocks))) as pool:
        yield from pool.map(work, blocks)


def _advance_checked(frame: Frame, block: Block, members: slice) -> None:
    """Run day by day and check the laws of the model after each day."""
    balance = Balance.start(frame, block)
    for day in range(frame.schedule.days):
        room = block.credit[f.BALANCE].copy()
        advance(*block.arguments(), day, day + 1)
        check_day(frame, block, balance, day=day, credit_before=room, members=members)


def empty_results(frame: Frame, n: int) -> RawResults:
    """Arrays that the blocks will fill."""
    plan, net = frame.plan, frame.net
    room = frame.schedule.room
    n_groups = 0 if room is None else len(room.group_ids)

    def series(rows: int) -> NDArray[np.float32]:
        return np.empty((rows, plan.n_steps, n), np.float32)

    def table(rows: int, dtype: Any = np.float64) -> NDArray[Any]:
        return np.empty((rows, n), dtype)

    return RawResults(
        site_series=series(plan.site_ptr.size - 1),
        flow_series=series(plan.lane_ptr.size - 1),
        cover_series=series(plan.cover_rows.size),
        line_down=table(net.n_sites, np.int32),
        first_cut=table(net.n_sites, np.int32),
        made=table(net.n_sites),
        drawn=table(n_groups),
        lapsed=table(n_groups),
        left=table(n_groups),
    )


def keep_block(block: Block, members: slice, out: RawResults) -> None:
    """Copy a block's results into its columns."""
    n = block.n_members
    out.site_series[..., members] = block.site_out[..., :n]
    out.flow_series[..., members] = block.lane_out[..., :n]
    out.cover_series[..., members] = block.cover_out[..., :n]
    out.line_down[:, members] = block.site[f.LINE_DOWN, :, :n]
    out.first_cut[:, members] = block.site[f.FIRST_CUT, :, :n]
    out.made[:, members] = block.made_total[:, :n]
    out.drawn[:, members] = block.licence[f.DRAWN_TOTAL, :, :n]
    out.lapsed[:, members] = block.licence[f.LAPSED, :, :n]
    left = np.zeros(block.licence[f.ROOM].shape)
    np.add.at(left, block.credit_group, block.credit[f.BALANCE])
    out.left[:, members] = left[:, :n]
