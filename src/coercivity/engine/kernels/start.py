"""The morning of day 0: the state from which nothing changes unless something is changed."""

from __future__ import annotations

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import outer
from coercivity.engine.kernels.orders import weigh_lanes
from coercivity.engine.kernels.vector import WIDTH, at


@outer
def start_state(  # type: ignore[no-untyped-def]
    slot, lane, ring, box, flags, lane_slot, slot_lane_ptr, slot_lanes, lane_route, route_lead,
    way_days, ring_ptr, box_row, box_days, ahead, flow0, no_extra,
):  # fmt: skip
    """Fill the pipelines with the baseline flows and weigh the lanes.

    Parameters
    ----------
    slot, lane, ring, box : float
        Written in place; parameters, stocks and orders are set already.
    flags, lane_slot, slot_lane_ptr, slot_lanes, lane_route, route_lead, way_days, ring_ptr, \
    box_row, box_days, ahead
        As in :class:`coercivity.engine.blocks.Block`.
    flow0 : float[lane, member], unit of the lane's item per day
    no_extra : int32[0]
        No delay.
    """
    n = slot.shape[2]
    for k in range(lane_slot.shape[0]):
        i, r = lane_slot[k], lane_route[k]
        w, first, deep = route_lead[r], ring_ptr[r], ring_ptr[r + 1] - ring_ptr[r]
        for c in range(0, n, WIDTH):
            m = at(c)
            slot[f.TRANSIT, i, m] += flow0[k, m] * way_days[w, m]
            lane[f.EFFECTIVE, k, m] = lane[f.WEIGHT, k, m]
        # Places of the days before the first; those ahead of it are for departures to come.
        for place in range(ahead[0] + 1, box_days[r] if deep == 0 else 0):
            for c in range(0, n, WIDTH):
                box[box_row[r] + place, at(c)] += flow0[k, at(c)]
        for m in range(n if deep > 0 else 0):
            for place in range(deep):
                ring[first * n + m * deep + place] += flow0[k, m]
    for i in range(slot.shape[1]):
        flags[1, i] = 1
    weigh_lanes(
        slot, lane, flags, slot_lane_ptr, slot_lanes, lane_route, route_lead, way_days, no_extra
    )
    for i in range(slot.shape[1]):
        for c in range(0, n, WIDTH):
            m = at(c)
            slot[f.QUOTIENT, i, m] = slot[f.ORDER, i, m] * slot[f.PER_WEIGHT, i, m]
