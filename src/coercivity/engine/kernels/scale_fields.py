"""Where each quantity of a very large network stands in the tables of its kernels."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[Any]

# Rows of the table of sites.
X0: Final = 0  # usual output, /d
PER_X0: Final = 1
CAPACITY: Final = 2  # today's, /d
FINAL: Final = 3  # final demand, /d
FINISHED0: Final = 4  # finished goods aimed at
FINISHED: Final = 5
FILL: Final = 6  # remembered fill rate of the site as a supplier
MADE: Final = 7  # output, /d
TOTAL: Final = 8  # output so far
N_SITE: Final = 9

# Columns of the table of buyers: what slots read and write of their own site stands together.
LEVEL: Final = np.uint64(0)  # output, share of the usual
COVER: Final = np.uint64(1)  # stock aimed at, days
HARD: Final = np.uint64(2)  # output that essential inputs allow, share of the usual
SOFT: Final = np.uint64(3)  # the same for the scarcest input that is not essential

# Columns of the tables of suppliers, one for each part: what lanes read and write of theirs.
SHARE: Final = np.uint64(0)  # delivered per unit of weight
EFFECTIVE: Final = np.uint64(1)  # effective weight of tomorrow
DEMAND: Final = np.uint64(2)  # orders per unit of fill rate, /d
ROW: Final = np.uint64(3)
WIDTH: Final = np.uint64(4)
"""Columns of the tables of suppliers and of buyers.  The kernels read them as one row of numbers:
widths and columns known to the compiler let it use vector instructions."""

# Rows of the table of slots.
NEED: Final = 0  # usual use, /d
STOCK: Final = 1  # on the morning of the day
QUOTIENT: Final = 2  # order per unit of effective weight, /d
N_SLOT: Final = 3

# Columns of the table of runs: slots of one kind, of buyers and suppliers that are near each other.
KIND: Final = 0  # one of the kinds below
SLOT: Final = 1  # first slot
SOFT_SLOT: Final = 2  # first slot whose input lowers output in proportion
HARD_SLOT: Final = 3  # first slot whose input is essential
SLOT_END: Final = 4
LANE: Final = 5  # first lane
PLACE: Final = 6  # first place among the slots with long or gated lanes
OVER: Final = 7  # first place among the long and gated lanes
BASE: Final = 8  # site from which the positions of buyers count
N_RUN: Final = 9

# Kinds of runs
SINGLE: Final = 0  # one plain lane
SEVERAL: Final = 1  # several plain lanes
LONG: Final = 2  # one long lane without a gate
MIXED: Final = 3  # any lanes, some of them long or gated
N_KIND: Final = 4

# Parameters
GAIN: Final = 0
PROBE: Final = 1
PER_FINISHED_TAU: Final = 2
PER_TAU: Final = 3
DUST: Final = 4
DOWN_BELOW: Final = 5
N_PAR: Final = 6

GATED: Final = np.uint8(128)
LEADS: Final = np.uint8(127)
"""Bits of a lane's code: whether it has a gate, and its class of lead times."""

CHUNK: Final = 512
"""Rows worked on at a time: what is worked out between two loops stays in the nearest cache."""
N_WORK: Final = 8
"""Rows of `CHUNK` numbers in the room for such results, one behind the other."""

# Rows of that room in the pass over slots, as the place of their first number: places known to the
# compiler need no test of whether rows overlap.
SENT: Final = 0  # delivered by plain lanes, per unit ordered
WEIGHT: Final = CHUNK  # sum of effective weights
USED: Final = 2 * CHUNK  # output, share of the usual
DAYS: Final = 3 * CHUNK  # stock aimed at, days
LASTS: Final = 4 * CHUNK  # days that the stock lasts
ARRIVE: Final = 5 * CHUNK  # what long and gated lanes bring tomorrow
CHANGE: Final = 6 * CHUNK  # change of what is in transit beyond tomorrow
WAYS: Final = 7 * CHUNK  # sum of effective weights times lead times


class Slots(NamedTuple):
    """Slots in order of run.

    Attributes
    ----------
    table : float[N_SLOT, slot]
    local : uint16[slot]
        Position of the buyer, counted from the base of its run.
    n_lanes, n_over : int32[slot]
        Lanes of each slot, and how many of them, its last, are long or gated.
    runs : int64[run, N_RUN]
        In order of part.
    part_run : int64[part + 1]
    block_site : int64[block + 1]
    """

    table: Float
    local: NDArray[np.uint16]
    n_lanes: NDArray[np.int32]
    n_over: NDArray[np.int32]
    runs: NDArray[np.int64]
    part_run: NDArray[np.int64]
    block_site: NDArray[np.int64]


class Lanes(NamedTuple):
    """Lanes in order of slot.

    Attributes
    ----------
    supplier : uint32[lane]
    weight : float[lane]
        Share of the slot's orders.
    """

    supplier: NDArray[np.uint32]
    weight: Float


class Overlay(NamedTuple):
    """What few lanes have: lead times above one day, and gates.

    Attributes
    ----------
    code : uint8[long or gated lane]
        Class of lead time (0 is one day), and `GATED`.
    place : uint32[long or gated lane]
        Place of the lane in the pipeline of its class.
    gated : uint32[long or gated lane]
        Position among the gated lanes.
    transit : float[special slot], unit of the slot
        In transit, apart from what arrives tomorrow.
    ring : float[...]
        Pipelines: per class, the departures of each day of the lead time but the last.
    ring_start, ring_width, ring_lead : int64[class]
    ring_now : int64[class]
        Where today's departures go, and tomorrow's arrivals are.
    ring_days : float[class]
        Lead time, in the type of the other numbers.
    request, ship, fill : float[gated lane]
    """

    code: NDArray[np.uint8]
    place: NDArray[np.uint32]
    gated: NDArray[np.uint32]
    transit: Float
    ring: Float
    ring_start: NDArray[np.int64]
    ring_width: NDArray[np.int64]
    ring_lead: NDArray[np.int64]
    ring_now: NDArray[np.int64]
    ring_days: Float
    request: Float
    ship: Float
    fill: Float


class Clock(NamedTuple):
    """What the pass over sites writes beside its table.

    Attributes
    ----------
    line_down : int32[site]
        First day on which the line was down, -1 if none.
    soft_ptr, soft_slot : int32[site + 1], int32[slot]
        Slots of each site that are not essential, but missed.
    loss : float[site]
        Share of output lost without one such input.
    output : float64[block, day]
        Output of each block.
    """

    line_down: NDArray[np.int32]
    soft_ptr: NDArray[np.int32]
    soft_slot: NDArray[np.int32]
    loss: Float
    output: NDArray[np.float64]
