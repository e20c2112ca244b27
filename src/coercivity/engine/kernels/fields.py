"""Where each quantity stands in the tables that the day kernel reads and writes.

Quantities of one kind of row share a table ``float[field, row, member]``: a kernel then takes
few arguments, which keeps compilation short, and a field of all rows is contiguous.  Days kept
in a table are whole numbers; ``-1`` is *not yet*.

Units: sites in the site's item (per day where marked /d), slots and lanes in the slot's item.
"""

from __future__ import annotations

from typing import Final

import numpy as np

# Sites, as given by the network.
X0: Final = 0  # baseline output, /d
CAPACITY: Final = 1  # most that can be made, /d
FINAL_DEMAND: Final = 2  # sales to final users at baseline, /d
FINISHED0: Final = 3  # finished goods aimed at
# Sites: carried from day to day
FINISHED: Final = 4  # finished goods on hand
FINAL_BACKLOG: Final = 5  # unmet final demand kept on the book
LINE_DOWN: Final = 6  # first day of a line-down
FIRST_CUT: Final = 7  # first day of a cut
# Sites: of the day
FINAL: Final = 8  # final demand, /d
ASKED: Final = 9  # demand, then what customers may take, /d
MADE: Final = 10  # output, /d
LIMIT: Final = 11  # output that essential inputs allow, /d
AVAILABLE: Final = 12  # finished goods and output
RATIO: Final = 13  # share of what was asked that is delivered
SOLD: Final = 14  # final sales, /d
LEFT: Final = 15  # available after the first round
EXTRA: Final = 16  # asked in a later round, then its ratio
N_SITE: Final = 17

# Slots, as given by the network.
USE: Final = 0  # a / y, use per unit of output
PER_USE: Final = 1  # y / a
SHARE: Final = 2  # part of the group's need filled at baseline
COVER: Final = 3  # stock aimed at, days
PER_TAU: Final = 4  # 1 / tau, per day
QUALIFICATION: Final = 5  # delay before first use, days
# Slots: carried from day to day
STOCK: Final = 6
TRANSIT: Final = 7
ORDER: Final = 8  # order for the day, /d
WEIGHT_SUM: Final = 9  # sum of the effective weights of the slot's lanes
LEAD_MEAN: Final = 10  # mean lead time of the slot's lanes by effective weight, days
BACKLOG_SUM: Final = 11  # kept on the books of the slot's suppliers
QUALIFIED: Final = 12  # 1 usable, 0 not
STARTED: Final = 13  # day on which qualification began
# Slots: of the day
USED: Final = 14  # taken for the day's output, /d
QUOTIENT: Final = 15  # order per unit of effective weight
PER_WEIGHT: Final = 16  # 1 / WEIGHT_SUM, 0 without lanes
FLOOR: Final = 17  # output's worth of stock below which substitutes are wanted, on first slots
N_SLOT: Final = 18

# Lanes
WEIGHT: Final = 0  # share of the slot's orders at baseline
FILL: Final = 1  # remembered fill rate
BACKLOG: Final = 2  # kept on the book
EFFECTIVE: Final = 3  # weight times remembered fill rate
REQUEST: Final = 4  # asked for, /d
SHIP: Final = 5  # departed, /d
OFFER: Final = 6  # part of room and supply held for the lane in a round
N_LANE: Final = 7

# Pools of room, for licence groups and for cap groups alike
ROOM: Final = 0  # may still depart today
POOL_ASKED: Final = 1  # asked for in a round, then the share that is allowed
DRAWN: Final = 2  # departed today
DRAWN_TOTAL: Final = 3  # departed so far
LAPSED: Final = 4  # expired or revoked unused so far
N_POOL: Final = 5

# Credits of licence groups
AMOUNT: Final = 0
BALANCE: Final = 1
DAY: Final = 2  # first day of use
EXPIRY: Final = 3  # first day without use
N_CREDIT: Final = 4

# Parameters of the method
FINAL_LAST: Final = 0  # 1 if final demand is served last
KEEP: Final = 1  # 1 if unmet orders are kept
SUBSTITUTION: Final = 2  # 1 if substitutes may be qualified
CARRY: Final = 3  # 1 if cap room is kept until a reset
ROUNDS: Final = 4
OVERPRODUCTION: Final = 5
FILL_GAIN: Final = 6
PROBE: Final = 7
TRIGGER_FILL: Final = 8
PER_FINISHED_TAU: Final = 9
LINE_DOWN_BELOW: Final = 10
CUT_BELOW: Final = 11
DUST: Final = 12  # share of an order or of baseline use below which what is left is rounding
N_METHOD: Final = 13

# Gates; the schedule's codes
OPEN: Final = 0
LICENCE_ONLY: Final = 1
CLOSED: Final = 2
UNKNOWN: Final = 3

# Constants of 32 bits: beside a number of 64 they become one of 64, beside one of 32 they stay.
ZERO: Final = np.float32(0.0)
ONE: Final = np.float32(1.0)

BATCH: Final = 8
"""Days that a long route reads and writes at once: a cache line is touched once in that time and
not once a day, and the days waiting to be written still fit beside the tables."""

FAILED: Final = np.float32(1.0e-6)
"""Remembered fill rate below which a lane counts as one that never delivers, and distance from
one within which it counts as one that always does."""

NO_LIMIT: Final = np.float32(1.0e36)
"""Output that nothing limits."""
