"""Where each quantity of a very large network stands in the tables of its kernels."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[Any]

# Rows of the table of sites.
X0: Final = 0  # usual output, /d
CAPACITY: Final = 1  # today's, /d
FINAL: Final = 2  # final demand, /d
FINISHED0: Final = 3  # finished goods aimed at
FINISHED: Final = 4
MADE: Final = 5  # output, /d
TOTAL: Final = 6  # output so far
N_SITE: Final = 7

# Rows of the table of buyers: what slots read and write of their own site. They are apart, so that
# the part of a row that a band of buyers takes is small.
LEVEL: Final = 0  # output, share of the usual
HARD: Final = 1  # output that essential inputs allow, share of the usual
SOFT: Final = 2  # the same for the scarcest input that is not essential
N_BUYER: Final = 3

# Columns of the tables of suppliers, one for each part: what lanes read and write of theirs.
SHARE: Final = np.uint64(0)  # delivered per unit of weight
FILL: Final = np.uint64(1)  # remembered fill rate
DEMAND: Final = np.uint64(2)  # orders per unit of fill rate, /d
ROW: Final = np.uint64(3)
"""Columns of the tables of suppliers.  The kernels read them as one row of numbers: widths and
columns known to the compiler let it use vector instructions."""
TWO: Final = np.uint64(2)

# Rows of the table of slots.
NEED: Final = 0  # usual use, /d
STOCK: Final = 1  # on the morning of the day
QUOTIENT: Final = 2  # order per unit of effective weight, /d
DAYS: Final = 3  # use that the stock on an evening should last for
N_SLOT: Final = 4

# Columns of the table of pieces: few slots of one kind, of buyers and suppliers near each other.
KIND: Final = 0  # one of the kinds below
COUNT: Final = 1  # lanes of each slot, 0 if they differ
SLOT: Final = 2  # first slot
SOFT_SLOT: Final = 3  # first slot whose input lowers output in proportion
HARD_SLOT: Final = 4  # first slot whose input is essential
SLOT_END: Final = 5
LANE: Final = 6  # first lane
LANE_END: Final = 7
PLACE: Final = 8  # first place among the slots with long lanes
OVER: Final = 9  # first place among the long lanes of mixed pieces
WAY: Final = 10  # first row of the table of ways
WAY_END: Final = 11
BASE: Final = 12  # site from which the positions of buyers count
N_PIECE: Final = 13

# Kinds of pieces
SINGLE: Final = 0  # one lane of a day
SEVERAL: Final = 1  # several lanes of a day
LONG: Final = 2  # one long lane, all of one lead time
MIXED: Final = 3  # several lanes, some of them long
N_KIND: Final = 4

N_LEVEL: Final = 3  # essentialities of an input

# Columns of the table of ways: the long lanes of a piece that have one lead time.
CLASS: Final = 0  # class of lead times
FIRST: Final = 1  # first place in the pipeline of the class
NUMBER: Final = 2
N_WAY: Final = 3

# Parameters
GAIN: Final = 0
PROBE: Final = 1
PER_FINISHED_TAU: Final = 2
PER_TAU: Final = 3
DUST: Final = 4
DOWN_BELOW: Final = 5
N_PAR: Final = 6

CHUNK: Final = 512
"""Rows worked on at a time: what is worked out between two loops stays in the nearest cache."""
LANES: Final = 2048
"""Lanes worked on at a time, but for those of one slot."""
N_WORK: Final = 7
"""Rows of `CHUNK` numbers in the room for such results, one behind the other."""

# Rows of that room in the pass over slots, as the place of their first number: places known to the
# compiler need no test of whether rows overlap.
SENT: Final = 0  # delivered by lanes of a day, per unit ordered
WEIGHT: Final = CHUNK  # sum of effective weights
LASTS: Final = 2 * CHUNK  # days that the stock lasts
ARRIVE: Final = 3 * CHUNK  # what long lanes bring tomorrow
CHANGE: Final = 4 * CHUNK  # change of what is in transit beyond tomorrow
WAYS: Final = 5 * CHUNK  # mean lead time beyond a day
LOOK: Final = 6 * CHUNK  # level of each buyer


class Slots(NamedTuple):
    """Slots in order of piece.

    Attributes
    ----------
    table : float[N_SLOT, slot]
    local : uint16[slot]
        Position of the buyer, counted from the base of its piece.
    n_lanes : int32[slot]
    pieces : int32[piece, N_PIECE]
        In order of part.
    part_piece : int64[part + 1]
    block_site : int64[block + 1]
    block_asked : int64[block]
        Site behind the last one of the block that has a customer.
    """

    table: Float
    local: NDArray[np.uint16]
    n_lanes: NDArray[np.int32]
    pieces: NDArray[np.int32]
    part_piece: NDArray[np.int64]
    block_site: NDArray[np.int64]
    block_asked: NDArray[np.int64]


class Lanes(NamedTuple):
    """Lanes in order of piece.

    Where all slots of a piece have the same number of lanes, the first lane of each slot comes
    first, then the second of each, and so on; otherwise lanes are in order of slot.

    Attributes
    ----------
    supplier : uint32[lane]
        Row in the tables of suppliers.
    weight : float[lane]
        Share of the slot's orders.
    """

    supplier: NDArray[np.uint32]
    weight: Float


class Overlay(NamedTuple):
    """What long lanes have: pipelines.

    Attributes
    ----------
    ways : int32[way, N_WAY]
    lane, slot : uint32[long lane of a mixed piece], uint16[same]
        Position of the lane and of its slot in the piece, in order of lead time.
    transit : float[slot with a long lane], unit of the slot
        In transit, apart from what arrives tomorrow.
    ring : float[...]
        Pipelines: per class, the departures of each day of the lead time but the last.
    ring_start, ring_width, ring_lead : int64[class]
    ring_now : int64[class]
        Where today's departures go, and tomorrow's arrivals are.
    ring_extra : float[class]
        Lead time beyond a day, in the type of the other numbers.
    """

    ways: NDArray[np.int32]
    lane: NDArray[np.uint32]
    slot: NDArray[np.uint16]
    transit: Float
    ring: Float
    ring_start: NDArray[np.int64]
    ring_width: NDArray[np.int64]
    ring_lead: NDArray[np.int64]
    ring_now: NDArray[np.int64]
    ring_extra: Float


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
