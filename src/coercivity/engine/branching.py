"""Run several schedules over one network, sharing the days on which they agree.

Scenarios of one study differ from some day on: a licence is revoked, a suspension lapses. Up to
that day they are the same run, so the state of the one is copied when the other begins. Every
schedule gives the same bits as when it is run alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.blocks import Block, Frame, lay_out
from coercivity.engine.kernels.day import advance
from coercivity.engine.record import Record, RecordPlan
from coercivity.engine.simulation import (
    RawResults,
    block_members,
    each,
    empty_results,
    finished,
    keep_block,
    prepare_frame,
    run,
)
from coercivity.engine.steady import is_quiet
from coercivity.network.compiled import CompiledNetwork
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.engine.method import Method
    from coercivity.engine.schedule import LicenceRoom, Schedule
    from coercivity.results.model import Results

__all__ = ["branches", "shared_days", "simulate_all"]

Days = NDArray[np.int32]
Terms = tuple[Days, Days, NDArray[np.float64]]
CreditKey = tuple[bytes, str]

CARRIED = (
    *("site", "slot", "lane", "ring", "box", "flags", "cap", "made_total"),
    *("site_sum", "lane_sum", "cover_sum", "site_out", "lane_out", "cover_out"),
)
"""Arrays of a block that hold its state; licences and credits are carried by name."""


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
    frames = {
        name: prepare_frame(net, schedule, method, records[name])
        for name, schedule in schedules.items()
    }
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
    twigs: list[tuple[int, _Node]] = field(default_factory=list)


def _run_tree(
    frames: Mapping[str, Frame], *, options: Options, block_size: int | None
) -> dict[str, RawResults]:
    nodes = {name: _Node(name) for name in frames}
    roots = []
    for name, (parent, day) in branches(frames).items():
        if parent is None:
            roots.append(nodes[name])
        else:
            nodes[parent].twigs.append((day, nodes[name]))
    for node in nodes.values():
        node.twigs.sort(key=lambda twig: twig[0])
    first = next(iter(frames.values()))
    n_members, size = first.net.n_members, block_size or block_members(first)
    out = {name: empty_results(frame, n_members) for name, frame in frames.items()}
    jobs = [
        (root, slice(m, min(m + size, n_members)))
        for m in range(0, n_members, size)
        for root in roots
    ]

    def work(job: tuple[_Node, slice]) -> None:
        root, members = job
        if is_quiet(frames[root.name].schedule):
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
        young = lay_out(frames[twig.name], members)
        _graft(young, block, frames[twig.name].schedule.room, frame.schedule.room)
        _grow(twig, young, day, members, frames, out)
    advance(*block.arguments(), day, frame.schedule.days)
    keep_block(block, members, out[node.name])


def _graft(
    young: Block, old: Block, young_room: LicenceRoom | None, old_room: LicenceRoom | None
) -> None:
    """Copy the state of a block into one laid out for another schedule."""
    for name in CARRIED:
        getattr(young, name)[...] = getattr(old, name)
    if young_room is None or old_room is None:
        return
    _carry(young.licence, old.licence, _lane_sets(young_room), _lane_sets(old_room))
    from coercivity.engine.kernels import fields as f

    mine, theirs = _credit_names(young_room), _credit_names(old_room)
    rows = {name: row for row, name in enumerate(theirs)}
    for row, credit in enumerate(mine):
        if credit in rows:
            young.credit[f.BALANCE, row] = old.credit[f.BALANCE, rows[credit]]


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
    found: dict[str, tuple[str | None, int]] = {}
    for name, frame in frames.items():
        best: tuple[str | None, int] = (None, 0)
        for other in found:
            if is_quiet(frame.schedule) or is_quiet(frames[other].schedule):
                continue  # neither is run to its end
            if _same_plan(frame.plan, frames[other].plan):
                days = shared_days(frame.schedule, frames[other].schedule)
                if days > best[1]:
                    best = (other, days)
        found[name] = best
    return found


def _same_plan(first: RecordPlan, second: RecordPlan) -> bool:
    """Whether two runs keep the same series."""
    return all(
        _equal(getattr(first, part.name), getattr(second, part.name)) for part in fields(first)
    )


def _equal(first: object, second: object) -> bool:
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return bool(np.array_equal(np.asarray(first), np.asarray(second)))
    return first == second


def shared_days(first: Schedule, second: Schedule) -> int:
    """Count the days, from the first on, on which two schedules allow the same.

    Returns
    -------
    int
        Number of days; 0 if they cannot share a run at all.
    """
    if (first.start, first.days, first.substitution) != (
        second.start,
        second.days,
        second.substitution,
    ):
        return 0
    if first.shocks is not second.shocks or not _same_caps(first, second):
        return 0
    return min(
        first.days,
        _first_gate_difference(first, second),
        _first_room_difference(first, second),
    )


def _same_caps(first: Schedule, second: Schedule) -> bool:
    if first.caps is None or second.caps is None:
        return first.caps is second.caps
    return all(
        _equal(getattr(first.caps, part.name), getattr(second.caps, part.name))
        for part in fields(first.caps)
    )


def _first_gate_difference(first: Schedule, second: Schedule) -> int:
    """First day on which a gate differs, or stands unknown to members drawn differently."""
    from coercivity.engine.schedule import UNKNOWN

    same_draw = np.array_equal(first.unknown_open, second.unknown_open)
    for day in sorted({*first.gate_days.tolist(), *second.gate_days.tolist()}):
        mine, theirs = (s.gate[s.segment_of(day)] for s in (first, second))
        if not np.array_equal(mine, theirs) or (not same_draw and bool((mine == UNKNOWN).any())):
            return int(day)
    return first.days


def _first_room_difference(first: Schedule, second: Schedule) -> int:
    """First day on which licence room may differ."""
    mine, theirs = _credits(first.room), _credits(second.room)
    day = first.days
    for name in mine.keys() | theirs.keys():
        day = min(day, _first_credit_difference(mine.get(name), theirs.get(name)))
    day = min(day, _first_order_difference(first.room, second.room, mine))
    opens_mine, opens_theirs = _opening(first.room), _opening(second.room)
    groups_mine, groups_theirs = _lane_groups(first), _lane_groups(second)
    for a, b in set(zip(groups_mine, groups_theirs, strict=True)):
        if a != b:
            day = min(day, opens_mine.get(a, day), opens_theirs.get(b, day))
    return day


def _first_order_difference(
    first: LicenceRoom | None, second: LicenceRoom | None, terms: Mapping[CreditKey, Terms]
) -> int:
    """First day on which credits of one group are drawn in another order."""
    never = int(np.iinfo(np.int32).max)
    if first is None or second is None:
        return never
    mine, theirs = _credit_names(first), _credit_names(second)
    common = set(mine) & set(theirs)
    day = never
    for group in {name[0] for name in common}:
        order = [name for name in mine if name in common and name[0] == group]
        if order != [name for name in theirs if name in common and name[0] == group]:
            day = min([day, *(int(terms[name][0].min()) for name in order)])
    return day


def _first_credit_difference(mine: Terms | None, theirs: Terms | None) -> int:
    """First day on which a credit gives the one run other room than the other."""
    never = int(np.iinfo(np.int32).max)
    if mine is None or theirs is None:
        day, _, amount = mine or theirs  # type: ignore[misc]
        return int(day[amount > 0].min(initial=never))
    if not (np.array_equal(mine[0], theirs[0]) and np.array_equal(mine[2], theirs[2])):
        return int(min(mine[0].min(), theirs[0].min()))
    differ = mine[1] != theirs[1]
    return int(np.minimum(mine[1], theirs[1])[differ].min(initial=never))


def _lane_sets(room: LicenceRoom) -> list[bytes]:
    """Lanes of each group: what a group is, whatever its name."""
    return [
        np.flatnonzero(room.lane_licence == group).tobytes() for group in range(len(room.group_ids))
    ]


def _credit_names(room: LicenceRoom) -> list[CreditKey]:
    """Group and licence of each credit."""
    groups = _lane_sets(room)
    return [
        (groups[group], licence)
        for group, licence in zip(room.credit_group, room.credit_ids, strict=True)
    ]


def _credits(room: LicenceRoom | None) -> dict[CreditKey, Terms]:
    if room is None:
        return {}
    return {
        name: (room.credit_day[row], room.credit_expiry[row], room.credit_amount[row])
        for row, name in enumerate(_credit_names(room))
    }


def _opening(room: LicenceRoom | None) -> dict[bytes, int]:
    """First day on which each group may have room."""
    days: dict[bytes, int] = {}
    for (group, _), (day, _, amount) in _credits(room).items():
        first = int(day[amount > 0].min(initial=np.iinfo(np.int32).max))
        days[group] = min(first, days.get(group, first))
    return days


def _lane_groups(schedule: Schedule) -> list[bytes]:
    """Licence group of each lane, empty for none."""
    room = schedule.room
    if room is None:
        return [b""] * schedule.gate.shape[1]
    groups = _lane_sets(room)
    return [groups[g] if g >= 0 else b"" for g in room.lane_licence]
