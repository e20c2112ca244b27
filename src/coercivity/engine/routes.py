"""Routes: lanes that share a pipeline, and where in memory each pipeline lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import fields as f
from coercivity.network.compiled import CompiledNetwork

__all__ = ["Routes", "find_routes"]

Int = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Routes:
    """Lanes into one slot whose lead times agree in every member share a *route*.

    Routes are sorted by slot, so that what moves into and out of a slot is added up at once.

    Attributes
    ----------
    lane_route : int32[lane]
        Route of each lane.
    slot_route_ptr : int32[slot + 1]
        Where the routes of each slot begin.
    route_lead : int32[route]
        Row of each route in `leads`.
    leads : int32[way, member], day
        Distinct lead times.
    way_depth : int32[way], day
        Days after which the pipelines of a way begin anew, at least its longest lead time.
    way_width : int32[way]
        Places of a member in a pipeline of the way; 0 where it is no long one.
    ring_ptr : int32[route + 1]
        Where the pipeline of each *long* route, one with at least a batch of days in every
        member, begins: laid out by route, member, day of departure, with the first batch of days
        repeated at the end of each member's.  Other routes have none.
    box_row, box_step, box_days : int32[route]
        A route's departures of a day stand in the row ``box_row + box_step * (day % box_days)``.
        For a long route those are the rows of a batch, day by day over all long routes, and as
        many rows for its arrivals follow; for the others they are the pipeline. Where shocks
        delay departures, the day's own stand in the row after a short route's pipeline.
    n_long : int
        Long routes; those of one day stand together.
    ahead : int, day
        Most that a shock adds to a lead time.
    """

    lane_route: Int
    slot_route_ptr: Int
    route_lead: Int
    leads: Int
    way_depth: Int
    way_width: Int
    ring_ptr: Int
    box_row: Int
    box_step: Int
    box_days: Int
    n_long: int
    ahead: int

    @property
    def box_rows(self) -> int:
        """Rows of the table of departures and arrivals."""
        short = self.box_days[np.diff(self.ring_ptr) == 0]
        return 2 * f.BATCH * self.n_long + int(_rows_of(short, self.ahead).sum())


def find_routes(net: CompiledNetwork, *, ahead: int) -> Routes:
    """Group the lanes of a network by slot and lead time."""
    if not net.n_lanes:
        none = np.zeros(0, np.int32)
        leads, empty = np.zeros((0, net.n_members), np.int32), np.zeros(net.n_slots + 1, np.int32)
        return Routes(
            *(none, empty, none, leads, none, none, np.zeros(1, np.int32), none, none, none),
            n_long=0,
            ahead=ahead,
        )
    rows: dict[bytes, int] = {}
    lane_lead = np.array([rows.setdefault(row.tobytes(), len(rows)) for row in net.lead], np.int64)
    leads = net.lead[[int(np.argmax(lane_lead == row)) for row in range(len(rows))]]
    keys = net.lane_slot.astype(np.int64) * len(rows) + lane_lead
    routes, lane_route = np.unique(keys, return_inverse=True)
    route_lead = (routes % len(rows)).astype(np.int32)
    firsts = np.arange(net.n_slots + 1, dtype=np.int64) * len(rows)
    way_long = (leads.min(axis=1) >= f.BATCH) & (ahead == 0)
    depth = leads.max(axis=1) + ahead + 1
    depth = np.where(way_long, -(-leads.max(axis=1) // f.BATCH) * f.BATCH, depth)
    return Routes(
        lane_route=lane_route.astype(np.int32),
        slot_route_ptr=np.searchsorted(routes, firsts).astype(np.int32),
        route_lead=route_lead,
        leads=leads,
        way_depth=depth.astype(np.int32),
        way_width=np.where(way_long, depth + f.BATCH, 0).astype(np.int32),
        **_places(way_long[route_lead], depth[route_lead], ahead),
        ahead=ahead,
    )


def _rows_of(days: NDArray[Any], ahead: int) -> NDArray[Any]:
    """Rows of short routes: their pipelines, and one for the day's departures if some are late."""
    return days + (1 if ahead > 0 else 0)


def _places(is_long: NDArray[np.bool_], depth: NDArray[np.int64], ahead: int) -> dict[str, Any]:
    """Lay out the pipelines of the routes; see :class:`Routes`."""
    n_long = int(is_long.sum())
    days = np.where(is_long, f.BATCH, depth)
    rows = np.where(is_long, 0, _rows_of(days, ahead))
    row = 2 * f.BATCH * n_long + np.cumsum(rows) - rows
    ring = np.where(is_long, depth + f.BATCH, 0)
    return {
        "ring_ptr": np.concatenate([[0], np.cumsum(ring)]).astype(np.int32),
        "box_row": np.where(is_long, np.cumsum(is_long) - 1, row).astype(np.int32),
        "box_step": np.where(is_long, n_long, 1).astype(np.int32),
        "box_days": days.astype(np.int32),
        "n_long": n_long,
    }
