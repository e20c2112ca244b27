"""Run several schedules over one network, sharing the days on which they agree.

Scenarios of one study differ from some day on: a licence is revoked, a suspension lapses. Up to
that day they are the same run, so the state of the one is copied when the other begins. Every
schedule gives the same bits as when it is run alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from coercivity.engine.agreement import Outline, are_equal, shared_days
from coercivity.engine.blocks import Block, Frame, fork, lay_out
from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.day import advance
from coercivity.engine.record import Record, RecordPlan
from coercivity.engine.simulation import (
    BLOCK_SIZE,
    RawResults,
    each,
    empty_results,
    finished,
    keep_block,
    prepare_frames,
    run,
)
from coercivity.network.compiled import CompiledNetwork
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.engine.method import Method
    from coercivity.engine.schedule import Schedule
    from coercivity.results.model import Results

__all__ = ["branches", "simulate_all"]


def simulate_all(
    net: CompiledNetwork,
    schedules: Mapping[str, Schedule],
    *,
    method: Method,
    records: Mapping[str, Record],
    options: Options | None = None,
    provenance: Mapping[str, Mapping[str, str]] | None = None,
    block_size: int | None = None,
) -> dict[str, Results]:
    """Simulate a network under several schedules.

    Parameters
    ----------
    net : CompiledNetwork
        Baseline, one column per member.
    schedules : mapping of str to Schedule
        By name.
    method : Method
        Parameters of the method.
    records : mapping of str to Record
        Series to keep, by name of the schedule.
    options : Options, optional
        Threads, progress, checking of invariants.
    provenance : mapping of str to mapping, optional
        Attributes of each result.
    block_size : int, optional
        Members per block; changes speed, never results.

    Returns
    -------
    dict of str to Results
        The same bits as :func:`coercivity.engine.simulate` gives for each schedule alone.

    Raises
    ------
    InputError
        If the network or a schedule holds impossible numbers.
    InvariantError
        If ``options.check_invariants`` is set and a law of the model is broken.
    """
    from coercivity.engine.label import label_results

    options = options or Options()
    frames = prepare_frames(net, schedules, method, records)
    if options.check_invariants:
        raw = {name: run(frame, options=options) for name, frame in frames.items()}
    else:
        raw = _run_tree(frames, options=options, block_size=block_size)
    marks = provenance or {}
    return {
        name: label_results(frame, raw[name], provenance=marks.get(name, {}))
        for name, frame in frames.items()
    }


@dataclass(eq=False)
class _Node:
    """A schedule, and those that leave it on some day."""

    name: str
    outline: Outline
    twigs: list[tuple[int, _Node]] = field(default_factory=list)


def _run_tree(
    frames: Mapping[str, Frame], *, options: Options, block_size: int | None
) -> dict[str, RawResults]:
    outlines = _outlines(frames)
    nodes = {name: _Node(name, outlines[name]) for name in frames}
    roots = []
    for name, (parent, day) in _branches(frames, outlines).items():
        if parent is None:
            roots.append(nodes[name])
        else:
            nodes[parent].twigs.append((day, nodes[name]))
    for node in nodes.values():
        node.twigs.sort(key=lambda twig: twig[0])
    n_members, size = next(iter(frames.values())).net.n_members, block_size or BLOCK_SIZE
    out = {name: empty_results(frame, n_members) for name, frame in frames.items()}
    jobs = [
        (root, slice(m, min(m + size, n_members)))
        for m in range(0, n_members, size)
        for root in roots
    ]

    def work(job: tuple[_Node, slice]) -> None:
        root, members = job
        if root.outline.is_quiet:
            keep_block(finished(frames[root.name], members), members, out[root.name])
            return
        _grow(root, lay_out(frames[root.name], members), 0, members, frames, out)

    for done, _ in enumerate(each(work, jobs, n_threads=options.n_threads), start=1):
        options.progress("simulate", done / len(jobs))
    return out


def _grow(
    node: _Node,
    block: Block,
    day: int,
    members: slice,
    frames: Mapping[str, Frame],
    out: Mapping[str, RawResults],
) -> None:
    """Run a schedule from `day` to its end, starting those that leave it on their days."""
    frame = frames[node.name]
    for branch_day, twig in node.twigs:
        advance(*block.arguments(), day, branch_day)
        day = branch_day
        young = fork(block, frames[twig.name], members)
        _carry_room(young, block, twig.outline, node.outline)
        _grow(twig, young, day, members, frames, out)
    advance(*block.arguments(), day, frame.schedule.days)
    keep_block(block, members, out[node.name])


def _carry_room(young: Block, old: Block, mine: Outline, theirs: Outline) -> None:
    """Copy what licences have left into a block forked for another schedule."""
    _carry(young.licence, old.licence, mine.lane_sets, theirs.lane_sets)
    rows = {key: row for row, key in enumerate(theirs.credit_keys)}
    for row, key in enumerate(mine.credit_keys):
        if key in rows:
            young.credit[f.BALANCE, row] = old.credit[f.BALANCE, rows[key]]


def _carry(
    young: NDArray[Any],
    old: NDArray[Any],
    lanes: Sequence[bytes],
    old_lanes: Sequence[bytes],
) -> None:
    """Copy the rows of the groups that both have."""
    positions = {group: row for row, group in enumerate(old_lanes)}
    for row, group in enumerate(lanes):
        if group in positions:
            young[:, row] = old[:, positions[group]]


def branches(frames: Mapping[str, Frame]) -> dict[str, tuple[str | None, int]]:
    """Say from which schedule each one branches, and on which day.

    Parameters
    ----------
    frames : mapping of str to Frame

    Returns
    -------
    dict of str to (str or None, int)
        Parent, always an earlier name, and first day on which the two may differ; ``(None, 0)``
        where nothing is shared.
    """
    return _branches(frames, _outlines(frames))


def _outlines(frames: Mapping[str, Frame]) -> dict[str, Outline]:
    return {name: Outline(frame.schedule) for name, frame in frames.items()}


def _branches(
    frames: Mapping[str, Frame], outlines: Mapping[str, Outline]
) -> dict[str, tuple[str | None, int]]:
    found: dict[str, tuple[str | None, int]] = {}
    for name, frame in frames.items():
        best: tuple[str | None, int] = (None, 0)
        for other in found:
            if outlines[name].is_quiet or outlines[other].is_quiet:
                continue  # neither is run to its end
            if _same_plan(frame.plan, frames[other].plan):
                days = shared_days(outlines[name], outlines[other])
                if days > best[1]:
                    best = (other, days)
        found[name] = best
    return found


def _same_plan(first: RecordPlan, second: RecordPlan) -> bool:
    """Whether two runs keep the same series."""
    return first is second or all(
        are_equal(getattr(first, part.name), getattr(second, part.name)) for part in fields(first)
    )
