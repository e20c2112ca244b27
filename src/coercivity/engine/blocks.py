"""Lay out one block of members for the kernel."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.start import start_state
from coercivity.engine.kernels.vector import WIDTH
from coercivity.engine.method import Method, method_row
from coercivity.engine.record import RecordPlan
from coercivity.engine.routes import Routes, find_routes
from coercivity.engine.schedule import LICENCE_ONLY, OPEN, UNKNOWN, Schedule
from coercivity.network.compiled import CompiledNetwork

__all__ = ["Block", "Frame", "Members", "fork", "lay_out", "make_frame", "members_of"]

Members = slice | NDArray[np.intp]
"""Positions of members."""

_LARGE: Final = 1 << 23
"""Bytes from which numpy asks for large pages, and twice that to be sure of an aligned one."""

_LINE: Final = 64
"""Bytes of a cache line."""

_LARGE_TABLES: Final = ("site", "slot", "lane", "ring", "box")
"""Tables in one allocation."""

_CARRIED: Final = (
    *("flags", "cap", "made_total", "active", "way_back", "box_now"),
    *("site_sum", "lane_sum", "cover_sum", "site_out", "lane_out", "cover_out"),
)
"""Other arrays that a run writes; licences and credits are carried by name."""

Float = NDArray[np.float64] | NDArray[np.float32]
Int = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Frame:
    """Everything about a run that all blocks share.

    Attributes
    ----------
    net : CompiledNetwork
    schedule : Schedule
    method : Method
    plan : RecordPlan
    use : float64[slot, member], unit of the slot's item per unit of the site's item
    loss : float64[group], share
        Output lost without a non-essential group: 1 over the number of groups of its site.
    slot_base : uint8[slot]
        1 where the slot is part of the usual mix in every member.
    routes : Routes
        Lanes that share a pipeline.
    shared : uint8[segment, lane]
        1 where a lane shares licence or cap room while a gate segment holds.
    kept : uint8[lane]
        1 where a lane's requests and shipments are stored: where something reads them.
    """

    net: CompiledNetwork
    schedule: Schedule
    method: Method
    plan: RecordPlan
    use: Float
    loss: Float
    slot_base: NDArray[np.uint8]
    routes: Routes
    shared: NDArray[np.uint8]
    kept: NDArray[np.uint8]

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """Number type of the tables."""
        return np.float32 if self.method.precision == "single" else np.float64


@dataclass(frozen=True, eq=False)
class Block:
    """A run of some members: the arguments of the day kernel, in order.

    The float tables up to `made_total` hold parameters and state as laid out in
    :mod:`coercivity.engine.kernels.fields`; the last axis of every one is the member.  The kernel
    takes whole vectors of members: where there are fewer, the last one is repeated, and only the
    first `n_members` columns count.
    ``*_of_day`` give the row in force on a day.
    """

    par: Float
    site: Float
    slot: Float
    lane: Float
    licence: Float
    cap: Float
    credit: Float
    ring: Float
    box: Float
    made_total: NDArray[np.float64]
    active: Int
    flags: NDArray[np.uint8]
    site_group_ptr: Int
    group_slot_ptr: Int
    supplier_lane_ptr: Int
    lane_slot: Int
    slot_lane_ptr: Int
    slot_lanes: Int
    lane_route: Int
    lane_kept: NDArray[np.uint8]
    slot_route_ptr: Int
    route_lead: Int
    ring_ptr: Int
    box_row: Int
    box_step: Int
    box_days: Int
    box_now: Int
    way_lead: Int
    way_days: Float
    way_depth: Int
    way_width: Int
    way_back: Int
    ahead: Int
    essentiality: Int
    loss: Float
    slot_base: NDArray[np.uint8]
    gate_of_day: Int
    gate: NDArray[np.int8]
    shared: NDArray[np.uint8]
    sharers_ptr: Int
    sharers: Int
    sharers_supplier: Int
    sharing_ptr: Int
    sharing: Int
    unknown_open: Float
    lane_licence: Int
    lane_cap: Int
    credit_group: Int
    cap_of_day: Int
    cap_rate: Float
    cap_reset: NDArray[np.uint8]
    shock_of_day: Int
    capacity_factor: Float
    demand_factor: Float
    lead_extra: Int
    step_of_day: Int
    site_ptr: Int
    site_rows: Int
    lane_ptr: Int
    lane_rows: Int
    cover_rows: Int
    site_sum: Float
    lane_sum: Float
    cover_sum: Float
    site_out: NDArray[np.float32]
    lane_out: NDArray[np.float32]
    cover_out: NDArray[np.float32]
    n_members: int

    def arguments(self) -> tuple[Any, ...]:
        """Return the arrays in the kernel's order."""
        return tuple(getattr(self, field.name) for field in fields(self)[:-1])


def make_frame(
    net: CompiledNetwork,
    schedule: Schedule,
    *,
    method: Method,
    plan: RecordPlan,
    full: bool = False,
) -> Frame:
    """Compute what all blocks share; `full` stores the shipments of every lane every day."""
    extra = 0
    if schedule.shocks is not None and schedule.shocks.lead_extra is not None:
        extra = int(schedule.shocks.lead_extra.max(initial=0))
    shared = _shared_lanes(schedule)
    return Frame(
        net=net,
        schedule=schedule,
        method=method,
        plan=plan,
        use=net.use_per_output(),
        loss=1.0 / np.maximum(np.diff(net.site_group_ptr), 1)[net.group_site],
        slot_base=np.asarray((net.base_share > 0.0).all(axis=1), np.uint8),
        routes=find_routes(net, ahead=extra),
        shared=shared,
        kept=_kept_lanes(shared, schedule, plan=plan, full=full or method.backlog == "keep"),
    )


def _shared_lanes(schedule: Schedule) -> NDArray[np.uint8]:
    """Mark the lanes that share room: behind a licence, unknown, or open under a cap."""
    shared = (schedule.gate == LICENCE_ONLY) | (schedule.gate == UNKNOWN)
    if schedule.caps is not None:
        shared |= (schedule.gate == OPEN) & (schedule.caps.lane_cap >= 0)
    return np.asarray(shared, np.uint8)


def _kept_lanes(
    shared: NDArray[np.uint8], schedule: Schedule, *, plan: RecordPlan, full: bool
) -> NDArray[np.uint8]:
    """Mark the lanes whose requests or shipments are read after they were used."""
    delayed = schedule.shocks is not None and schedule.shocks.lead_extra is not None
    recorded = np.zeros(shared.shape[1], np.bool_)
    recorded[plan.lane_rows] = True
    return np.asarray(shared.any(axis=0) | recorded | full | delayed, np.uint8)


class _Arena:
    """One allocation for the large tables of a block, at the start of a cache line.

    The day walks over all of them.  A single allocation of a few megabytes is given large pages
    by the operating system, and the walk then misses the address cache much less: a third of the
    time of a run.
    """

    def __init__(self, frame: Frame, n: int) -> None:
        net, routes = frame.net, frame.routes
        rows = f.N_SITE * net.n_sites + f.N_SLOT * net.n_slots + f.N_LANE * net.n_lanes
        rows += int(routes.ring_ptr[-1]) + routes.box_rows
        self.n = n
        large = _LARGE // np.dtype(frame.dtype).itemsize
        numbers = np.zeros(max(rows * n, large) + _LINE, frame.dtype)
        skip = -numbers.ctypes.data % _LINE // numbers.itemsize
        self._free = numbers[skip:]

    def table(self, rows: int) -> Float:
        """Cut off the next `rows` × members numbers, all zero, as one long row."""
        cut, self._free = self._free[: rows * self.n], self._free[rows * self.n :]
        return cut

    def copy(self, table: Float) -> Float:
        """Cut off a copy of a table."""
        cut = self.table(table.size // self.n).reshape(table.shape)
        cut[...] = table
        return cut


def members_of(table: NDArray[Any], members: Members, n: int, dtype: Any = np.float64) -> Any:
    """Cut members out of a table, as a copy; a last axis of one is repeated `n` times."""
    if table.shape[-1] == 1:
        cut = np.broadcast_to(table, (*table.shape[:-1], n))
    else:
        cut = table[..., members]
    return np.array(cut, dtype=dtype, order="C")


def _own(table: NDArray[Any], dtype: Any = np.int32) -> Any:
    """Return a writable copy: the kernel is compiled for one kind of array."""
    return np.array(table, dtype=dtype, order="C")


def lay_out(frame: Frame, members: Members) -> Block:
    """Lay out a block of members on the morning of day 0.

    Parameters
    ----------
    frame : Frame
    members : slice or int[...]
        Positions of the members.
    """
    members, n_members, n = _in_vectors(frame, members)
    arena = _Arena(frame, n)
    net, plan = frame.net, frame.plan
    schedule = frame.schedule
    carry = schedule.caps is not None and schedule.caps.carry
    dtype = frame.dtype
    par = method_row(
        frame.method, substitution=schedule.substitution, carry_caps=carry, dtype=dtype
    )
    routes = frame.routes
    slot, lane = _slots(frame, members, arena), _lanes(frame, members, arena)
    ring = arena.table(int(routes.ring_ptr[-1]))
    box = arena.table(routes.box_rows).reshape(-1, n)
    n_groups = 0 if schedule.room is None else len(schedule.room.group_ids)
    flags = np.zeros((5, max(net.n_lanes, net.n_slots, n_groups)), np.uint8)
    flags[0] = 1
    shared: dict[str, Any] = {
        "slot": slot,
        "lane": lane,
        "ring": ring,
        "box": box,
        "flags": flags,
        "lane_slot": _own(net.lane_slot),
        "slot_lane_ptr": _own(net.slot_lane_ptr),
        "slot_lanes": _own(net.slot_lanes),
        "lane_route": _own(routes.lane_route),
        "route_lead": _own(routes.route_lead),
        "way_days": members_of(routes.leads, members, n, dtype),
        "ring_ptr": _own(routes.ring_ptr),
        "box_row": _own(routes.box_row),
        "box_days": _own(routes.box_days),
        "ahead": np.array([routes.ahead], np.int32),
    }
    flow0 = members_of(net.flow0, members, n, dtype)
    start_state(*shared.values(), flow0, np.zeros(0, np.int32))
    return Block(
        par=par,
        site=_sites(frame, members, arena),
        made_total=np.zeros((net.n_sites, n)),
        way_lead=members_of(routes.leads, members, n, np.int32),
        active=np.zeros(net.n_lanes, np.int32),
        way_depth=_own(routes.way_depth),
        way_width=_own(routes.way_width),
        way_back=np.zeros((routes.way_depth.size, n), np.int32),
        box_step=_own(routes.box_step),
        box_now=np.zeros(routes.box_row.size, np.int32),
        slot_route_ptr=_own(routes.slot_route_ptr),
        **shared,
        site_group_ptr=_own(net.site_group_ptr),
        group_slot_ptr=_own(net.group_slot_ptr),
        supplier_lane_ptr=_own(net.supplier_lane_ptr),
        essentiality=_own(net.essentiality),
        loss=_own(frame.loss, dtype),
        slot_base=_own(frame.slot_base, np.uint8),
        lane_kept=_own(frame.kept, np.uint8),
        **_gates(frame, members, n),
        **_rooms(frame, members, n),
        **_shocks(frame, members, n),
        **_series(plan, n),
        n_members=n_members,
    )


def fork(block: Block, frame: Frame, members: Members) -> Block:
    """Lay out a block for another schedule, on the state of one that stands where it is now.

    Parameters
    ----------
    block : Block
        Not changed.
    frame : Frame
        Of a schedule with the same days, shocks and caps, for the same network, method and series.
    members : slice or int[...]
        Positions of the members; those of `block`.
    """
    members, _, n = _in_vectors(frame, members)
    arena = _Arena(frame, n)
    large: dict[str, Any] = {name: arena.copy(getattr(block, name)) for name in _LARGE_TABLES}
    own: dict[str, Any] = {name: getattr(block, name).copy() for name in _CARRIED}
    fresh = {**_gates(frame, members, n), **_rooms(frame, members, n)}
    fresh["cap"] = own.pop("cap")
    return replace(block, **large, **own, **fresh, lane_kept=_own(frame.kept, np.uint8))


def _in_vectors(frame: Frame, members: Members) -> tuple[Members, int, int]:
    """Members with the last one repeated until vectors are full, how many count, and how many."""
    positions = np.arange(frame.net.n_members)[members]
    missing = -positions.size % WIDTH
    if missing:
        members = np.pad(positions, (0, missing), mode="edge")
    return members, positions.size, positions.size + missing


def _sites(frame: Frame, members: Members, arena: _Arena) -> Float:
    """Table of the sites."""
    net, n = frame.net, arena.n
    site = arena.table(f.N_SITE * net.n_sites).reshape(f.N_SITE, net.n_sites, n)
    site[f.X0] = members_of(net.x0, members, n)
    site[f.CAPACITY] = members_of(net.capacity, members, n)
    site[f.FINAL_DEMAND] = members_of(net.final_demand, members, n)
    site[f.FINISHED0] = members_of(net.finished_stock, members, n)
    site[f.FINISHED] = site[f.FINISHED0]
    site[f.LINE_DOWN] = -1.0
    site[f.FIRST_CUT] = -1.0
    return site


def _slots(frame: Frame, members: Members, arena: _Arena) -> Float:
    """Table of the slots: stocks as given, orders at baseline."""
    net, n = frame.net, arena.n
    slot = arena.table(f.N_SLOT * net.n_slots).reshape(f.N_SLOT, net.n_slots, n)
    slot[f.USE] = members_of(frame.use, members, n)
    slot[f.PER_USE] = 1.0 / slot[f.USE]
    slot[f.SHARE] = members_of(net.base_share, members, n)
    slot[f.COVER] = members_of(net.cover, members, n)
    tau = members_of(net.tau, members, n)
    slot[f.PER_TAU] = 1.0 / (tau if frame.method.tau is None else frame.method.tau)
    slot[f.QUALIFICATION] = members_of(net.qualification, members, n)
    slot[f.STOCK] = members_of(net.stock0, members, n)
    x0 = members_of(net.x0, members, n)[net.slot_site]
    slot[f.ORDER] = x0 * slot[f.SHARE] * slot[f.USE]
    slot[f.QUALIFIED] = slot[f.SHARE] > 0.0
    slot[f.STARTED] = -1.0
    first = net.group_slot_ptr[:-1]
    goal = np.add.reduceat(slot[f.SHARE] * slot[f.COVER], first, axis=0) if first.size else 0.0
    usual = members_of(net.x0, members, n)[net.group_site]
    slot[f.FLOOR, first] = frame.method.trigger_cover * goal * usual
    return slot


def _lanes(frame: Frame, members: Members, arena: _Arena) -> Float:
    """Table of the lanes: nothing refused yet."""
    n_lanes = frame.net.n_lanes
    lane = arena.table(f.N_LANE * n_lanes).reshape(f.N_LANE, n_lanes, arena.n)
    lane[f.WEIGHT] = members_of(frame.net.weight, members, arena.n)
    lane[f.FILL] = 1.0
    return lane


def _of_day(steps: Int, days: int) -> Int:
    """Row in force on each day."""
    return (np.searchsorted(steps, np.arange(days), side="right") - 1).astype(np.int32)


def _gates(frame: Frame, members: Members, n: int) -> dict[str, Any]:
    """Gates by day, and the lanes that share room under them, in order of supplier."""
    schedule, segments = frame.schedule, range(frame.shared.shape[0])
    rows = [np.flatnonzero(frame.shared[segment]) for segment in segments]
    sharers = np.concatenate([*rows, np.zeros(0, np.intp)])
    sites = [np.unique(frame.net.lane_supplier[lanes]) for lanes in rows]
    return {
        "gate_of_day": _of_day(schedule.gate_days, schedule.days),
        "gate": _own(schedule.gate, np.int8),
        "shared": _own(frame.shared, np.uint8),
        "sharers_ptr": np.concatenate([[0], np.cumsum([r.size for r in rows])]).astype(np.int32),
        "sharers": _own(sharers),
        "sharers_supplier": _own(frame.net.lane_supplier[sharers]),
        "sharing_ptr": np.concatenate([[0], np.cumsum([r.size for r in sites])]).astype(np.int32),
        "sharing": _own(np.concatenate([*sites, np.zeros(0, np.intp)])),
        "unknown_open": members_of(schedule.unknown_open, members, n, frame.dtype),
    }


def _rooms(frame: Frame, members: Members, n: int) -> dict[str, Any]:
    """Licence balances and caps."""
    schedule, none = frame.schedule, np.full(frame.net.n_lanes, -1, np.int32)
    room, caps = schedule.room, schedule.caps
    dtype = frame.dtype
    credit = np.zeros((f.N_CREDIT, 0 if room is None else len(room.credit_ids), n), dtype)
    if room is not None:
        credit[f.AMOUNT] = members_of(room.credit_amount, members, n)
        credit[f.DAY] = members_of(room.credit_day, members, n)
        credit[f.EXPIRY] = members_of(room.credit_expiry, members, n)
    reset = np.zeros(schedule.days, np.uint8)
    if caps is not None:
        reset[caps.reset_days[(caps.reset_days >= 0) & (caps.reset_days < schedule.days)]] = 1
    steps = np.zeros(1, np.int32) if caps is None else caps.days
    rate = np.zeros((1, 0, 1)) if caps is None else caps.rate
    return {
        "licence": np.zeros((f.N_POOL, 0 if room is None else len(room.group_ids), n), dtype),
        "cap": np.zeros((f.N_POOL, 0 if caps is None else len(caps.cap_ids), n), dtype),
        "credit": credit,
        "lane_licence": none if room is None else _own(room.lane_licence),
        "lane_cap": none.copy() if caps is None else _own(caps.lane_cap),
        "credit_group": np.zeros(0, np.int32) if room is None else _own(room.credit_group),
        "cap_of_day": _of_day(steps, schedule.days),
        "cap_rate": members_of(rate, members, n, dtype),
        "cap_reset": reset,
    }


def _shocks(frame: Frame, members: Members, n: int) -> dict[str, Any]:
    """Shocks by day; an empty second axis stands for no shock of that kind."""
    shocks, days = frame.schedule.shocks, frame.schedule.days
    steps = np.zeros(1, np.int32) if shocks is None else shocks.days
    capacity = None if shocks is None else shocks.capacity
    demand = None if shocks is None else shocks.demand
    delay = None if shocks is None else shocks.lead_extra
    nothing, dtype = np.zeros((steps.size, 0, 1)), frame.dtype
    return {
        "shock_of_day": _of_day(steps, days),
        "capacity_factor": members_of(nothing if capacity is None else capacity, members, n, dtype),
        "demand_factor": members_of(nothing if demand is None else demand, members, n, dtype),
        "lead_extra": np.zeros((steps.size, 0), np.int32) if delay is None else _own(delay),
    }


def _series(plan: RecordPlan, n: int) -> dict[str, Any]:
    """Empty series."""
    rows = {
        "site": plan.site_ptr.size - 1,
        "lane": plan.lane_ptr.size - 1,
        "cover": plan.cover_rows.size,
    }
    return {
        "step_of_day": _own(plan.step_of_day),
        "site_ptr": _own(plan.site_ptr),
        "site_rows": _own(plan.site_rows),
        "lane_ptr": _own(plan.lane_ptr),
        "lane_rows": _own(plan.lane_rows),
        "cover_rows": _own(plan.cover_rows),
        **{f"{name}_sum": np.zeros((count, n)) for name, count in rows.items()},
        **{
            f"{name}_out": np.zeros((count, plan.n_steps, n), np.float32)
            for name, count in rows.items()
        },
    }
