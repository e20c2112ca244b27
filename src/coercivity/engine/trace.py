"""Run a member again and keep everything: what ``why`` walks over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.blocks import lay_out, make_frame
from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.day import advance
from coercivity.engine.method import Method
from coercivity.engine.record import Record, plan_record
from coercivity.network.compiled import CompiledNetwork

if TYPE_CHECKING:
    from coercivity.engine.schedule import Schedule

__all__ = ["Trace", "trace"]


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that happened in some members, day by day.

    Attributes
    ----------
    site : float64[day, field, site, member]
    slot : float64[day, field, slot, member]
    lane : float64[day, field, lane, member]
        As left by each day; fields as in :mod:`coercivity.engine.kernels.fields`.
    credit : float64[day, credit, member], unit of the lanes' item
        Licence balances after each day.
    cap : float64[day, cap, member], unit of the lanes' item
        Cap room after each day.
    """

    site: NDArray[np.float64]
    slot: NDArray[np.float64]
    lane: NDArray[np.float64]
    credit: NDArray[np.float64]
    cap: NDArray[np.float64]

    @property
    def n_days(self) -> int:
        """Number of traced days."""
        return int(self.site.shape[0])


def trace(
    net: CompiledNetwork,
    schedule: Schedule,
    *,
    members: NDArray[np.intp] | slice,
    days: int,
    method: Method | None = None,
) -> Trace:
    """Simulate some members with everything recorded; the same numbers as the full run.

    Parameters
    ----------
    net : CompiledNetwork
    schedule : Schedule
    members : int[...] or slice
        Positions of the members.
    days : int
        Days to run.
    method : Method, optional

    Returns
    -------
    Trace
    """
    plan = plan_record(Record(sectors=False), net, days=schedule.days)
    frame = make_frame(net, schedule, method=method or Method(), plan=plan, full=True)
    block = lay_out(frame, members)
    tables: tuple[list[NDArray[np.float64]], ...] = ([], [], [], [], [])
    arguments = block.arguments()
    for day in range(days):
        advance(*arguments, day, day + 1)
        now = (block.site, block.slot, block.lane, block.credit[f.BALANCE], block.cap[f.ROOM])
        for kept, table in zip(tables, now, strict=True):
            kept.append(table[..., : block.n_members].copy())
    return Trace(*(np.array(kept) for kept in tables))
