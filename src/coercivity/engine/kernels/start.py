"""The morning of day 0: the state from which nothing changes unless something is changed."""

from __future__ import annotations

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import outer


@outer
def start_state(par, slot, lane, ring, lead, lane_slot, ring_ptr, slot_lane_ptr, slot_lanes, flow0):  # type: ignore[no-untyped-def]
    """Fill the pipelines with the baseline flows and weigh the lanes.

    Parameters
    ----------
    par, slot, lane, ring : float64 tables
        Written in place; parameters, stocks and orders are set already.
    lead : int32[lane, member], day
    lane_slot, ring_ptr, slot_lane_ptr, slot_lanes : int32
    flow0 : float64[lane, member], unit of the lane's item per day
    """
    n = slot.shape[2]
    for k in range(lane_slot.shape[0]):
        i = lane_slot[k]
        for m in range(n):
            flow = flow0[k, m]
            slot[f.TRANSIT, i, m] += flow * lead[k, m]
            if flow > 0.0:
                for day in range(lead[k, m]):
                    ring[ring_ptr[i] + day, m] += flow
    for i in range(slot.shape[1]):
        for row in range(slot_lane_ptr[i], slot_lane_ptr[i + 1]):
            k = slot_lanes[row]
            for m in range(n):
                weight = lane[f.WEIGHT, k, m] * max(lane[f.FILL, k, m], par[f.PROBE])
                slot[f.WEIGHT_SUM, i, m] += weight
                slot[f.LEAD_SUM, i, m] += weight * lead[k, m]
