"""Runs in which nothing ever happens.

A network starts in the state from which nothing changes unless something is changed. Where a
schedule leaves every lane open, with no cap and no shock, the first step tells all others: it is
run, the state is compared with that of the first morning, and only if they agree is the step
repeated to the end. Otherwise, as where capacity is below what is asked for, every day is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.blocks import Block, Frame, lay_out
from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.day import advance
from coercivity.engine.schedule import OPEN, Schedule

if TYPE_CHECKING:
    from coercivity.engine.blocks import Members

__all__ = ["is_quiet", "run_quiet"]

_TOLERANCE: Final = {"double": 1e-12, "single": 1e-5}
"""Change in a step, as a share of the value itself, that is rounding."""

_LEAST_DAYS: Final = 7


def is_quiet(schedule: Schedule) -> bool:
    """Whether a schedule changes nothing on any day.

    Parameters
    ----------
    schedule : Schedule
    """
    return bool((schedule.gate == OPEN).all()) and schedule.caps is None and schedule.shocks is None


def run_quiet(frame: Frame, members: Members) -> Block | None:
    """Run the first steps of a quiet schedule and repeat the last; None if anything moves.

    Parameters
    ----------
    frame : Frame
        Of a quiet schedule.
    members : slice or int[...]
        Positions of the members.
    """
    block, start = lay_out(frame, members), lay_out(frame, members)
    days, step_of_day = frame.schedule.days, frame.plan.step_of_day
    probe = int(np.searchsorted(step_of_day, step_of_day[min(_LEAST_DAYS, days) - 1], "right"))
    advance(*block.arguments(), 0, probe)
    if not _unmoved(block, start, _TOLERANCE[frame.method.precision]):
        return None
    step = int(step_of_day[probe - 1])
    for out in (block.site_out, block.lane_out, block.cover_out):
        out[:, step + 1 :] = out[:, step : step + 1]
    block.made_total[...] *= days / probe
    return block


def _unmoved(block: Block, start: Block, tolerance: float) -> bool:
    """Whether stocks, goods on their way, orders and output are those of the first morning."""
    pairs = [
        (block.slot[field], start.slot[field])
        for field in (f.STOCK, f.TRANSIT, f.ORDER, f.WEIGHT_SUM, f.QUALIFIED, f.STARTED)
    ]
    pairs += [
        (block.site[f.FINISHED], start.site[f.FINISHED]),
        (block.site[f.MADE], start.site[f.X0]),
        (block.site[f.SOLD], start.site[f.FINAL_DEMAND]),
    ]
    return all(_close(now, then, tolerance) for now, then in pairs)


def _close(now: NDArray[Any], then: NDArray[Any], tolerance: float) -> bool:
    return bool((np.abs(now - then) <= tolerance * np.abs(then)).all())
