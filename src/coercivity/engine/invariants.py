"""Laws that no day may break.

For every item: what is in stock, in transit and finished, plus what was used and sold, equals
what there was at the start plus what was made.  Nothing is negative, no licence is overdrawn,
nothing departs through a closed lane, nothing exceeds a cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import fields as f
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, UNKNOWN
from coercivity.errors import InvariantError, Problem

if TYPE_CHECKING:
    from coercivity.engine.blocks import Block, Frame

__all__ = ["TOLERANCE", "Balance", "check_day"]

TOLERANCE: Final = {"double": 1e-9, "single": 1e-4}
"""Relative error that rounding over a run may leave in a balance, by precision."""

_SHOWN: Final = 10


@dataclass(eq=False)
class Balance:
    """Running account of every item.

    Attributes
    ----------
    items : tuple of str
    slot_item, site_item : int[slot], int[site]
        Position of the item of each slot and site.
    supply : float64[item, member], unit of the item
        At the start plus made so far.
    gone : float64[item, member], unit of the item
        Used or sold so far.
    """

    items: tuple[str, ...]
    slot_item: NDArray[np.intp]
    site_item: NDArray[np.intp]
    supply: NDArray[np.float64]
    gone: NDArray[np.float64]

    @classmethod
    def start(cls, frame: Frame, block: Block) -> Balance:
        """Open the account on the morning of day 0."""
        slots = frame.net.slots["item"].astype(str).to_numpy()
        sites = frame.net.sites["item"].astype(str).to_numpy()
        items = tuple(sorted({*slots, *sites}))
        position = {item: row for row, item in enumerate(items)}
        slot_item = np.array([position[item] for item in slots], np.intp)
        site_item = np.array([position[item] for item in sites], np.intp)
        supply = np.zeros((len(items), block.site.shape[2]))
        np.add.at(supply, slot_item, block.slot[f.STOCK] + block.slot[f.TRANSIT])
        np.add.at(supply, site_item, block.site[f.FINISHED])
        return cls(items, slot_item, site_item, supply, np.zeros_like(supply))

    def close_day(self, block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Enter a day; return what should be there and what is, per item and member."""
        np.add.at(self.supply, self.site_item, block.site[f.MADE])
        np.add.at(self.gone, self.slot_item, block.slot[f.USED])
        np.add.at(self.gone, self.site_item, block.site[f.SOLD])
        held = self.gone.copy()
        np.add.at(held, self.slot_item, block.slot[f.STOCK] + block.slot[f.TRANSIT])
        np.add.at(held, self.site_item, block.site[f.FINISHED])
        return self.supply, held


def check_day(
    frame: Frame,
    block: Block,
    balance: Balance,
    *,
    day: int,
    credit_before: NDArray[np.float64],
    members: slice,
) -> None:
    """Check every law after a day.

    Parameters
    ----------
    frame : Frame
    block : Block
        After the day.
    balance : Balance
        Running account; the day is entered.
    day : int, day index
    credit_before : float64[credit, member]
        Licence balances before the day.
    members : slice
        Position of the block, for the message.

    Raises
    ------
    InvariantError
        Naming the day, the law and the rows.
    """
    problems = [
        *_unbalanced(frame, block, balance, members),
        *_negative(frame, block, members),
        *_through_closed(frame, block, day, members),
        *_overdrawn(frame, block, day, credit_before, members),
        *_over_cap(frame, block, day, members),
    ]
    if problems:
        raise InvariantError(
            f"a law of the model is broken on day {day} ({frame.schedule.date_of(day)})",
            where="engine",
            hint="do not use this result; report the rows below",
            problems=problems[:_SHOWN],
        )


def _problems(
    law: str, wrong: NDArray[np.bool_], labels: tuple[str, ...], members: slice
) -> list[Problem]:
    """One problem per row in which any member breaks a law."""
    rows = np.flatnonzero(wrong.any(axis=1))
    return [
        Problem(f"{law} (member {members.start + int(np.argmax(wrong[row]))})", labels[row])
        for row in rows
    ]


def _unbalanced(frame: Frame, block: Block, balance: Balance, members: slice) -> list[Problem]:
    """Items of which some appeared or vanished."""
    supply, held = balance.close_day(block)
    share = TOLERANCE[frame.method.precision]
    wrong = ~(np.abs(supply - held) <= share * np.maximum(np.abs(supply), share))
    return _problems(
        "stock + transit + use + sales + unsold differs from supply", wrong, balance.items, members
    )


def _negative(frame: Frame, block: Block, members: slice) -> list[Problem]:
    """Rows with less than nothing, or with something that is no number."""
    net = frame.net
    tables: tuple[tuple[str, NDArray[Any], tuple[str, ...]], ...] = (
        ("stock", block.slot[f.STOCK], net.slot_ids),
        ("transit", block.slot[f.TRANSIT], net.slot_ids),
        ("use", block.slot[f.USED], net.slot_ids),
        ("order", block.slot[f.ORDER], net.slot_ids),
        ("finished goods", block.site[f.FINISHED], net.site_ids),
        ("output", block.site[f.MADE], net.site_ids),
        ("sales", block.site[f.SOLD], net.site_ids),
        ("shipment", block.lane[f.SHIP], net.lane_ids),
    )
    found: list[Problem] = []
    for name, table, labels in tables:
        found += _problems(f"{name} is negative", ~(table >= 0.0), labels, members)
    return found


def _licensed(frame: Frame, block: Block, day: int) -> NDArray[np.bool_]:
    """Lanes and members for which a departure needs licence room on a day."""
    gates = block.gate[block.gate_of_day[day]][:, None]
    shut = block.unknown_open[None, :] == 0
    licensed: NDArray[np.bool_] = (gates == LICENCE_ONLY) | ((gates == UNKNOWN) & shut)
    return licensed


def _through_closed(frame: Frame, block: Block, day: int, members: slice) -> list[Problem]:
    """Lanes that sent goods although they were closed."""
    gates = block.gate[block.gate_of_day[day]][:, None]
    unlicensable = _licensed(frame, block, day) & (block.lane_licence[:, None] < 0)
    wrong = (block.lane[f.SHIP] > 0.0) & ((gates == CLOSED) | unlicensable)
    return _problems("goods departed through a closed lane", wrong, frame.net.lane_ids, members)


def _overdrawn(
    frame: Frame, block: Block, day: int, before: NDArray[np.float64], members: slice
) -> list[Problem]:
    """Licence groups that let more depart than they had room for."""
    room = frame.schedule.room
    if room is None:
        return []
    credit = np.where(block.credit[f.DAY] == day, block.credit[f.AMOUNT], before)
    credit = np.where(block.credit[f.EXPIRY] <= day, 0.0, credit)
    shape = (len(room.group_ids), credit.shape[1])
    balance, departed = np.zeros(shape), np.zeros(shape)
    np.add.at(balance, block.credit_group, credit)
    rows = np.flatnonzero(block.lane_licence >= 0)
    under = np.where(_licensed(frame, block, day), block.lane[f.SHIP], 0.0)
    np.add.at(departed, block.lane_licence[rows], under[rows])
    share = TOLERANCE[frame.method.precision]
    wrong = departed > balance * (1.0 + share) + np.finfo(np.float64).tiny
    wrong_left = np.zeros(shape, np.bool_)
    np.logical_or.at(wrong_left, block.credit_group, block.credit[f.BALANCE] < 0.0)
    return _problems("licence overdrawn", wrong | wrong_left, room.group_ids, members)


def _over_cap(frame: Frame, block: Block, day: int, members: slice) -> list[Problem]:
    """Cap groups that carried more than their room; kept room is checked by the kernel's own."""
    caps = frame.schedule.caps
    if caps is None or caps.carry:
        return []
    used = np.zeros((len(caps.cap_ids), block.lane[f.SHIP].shape[1]))
    rows = np.flatnonzero(block.lane_cap >= 0)
    np.add.at(used, block.lane_cap[rows], block.lane[f.SHIP][rows])
    rate = block.cap_rate[block.cap_of_day[day]]
    most = rate * (1.0 + TOLERANCE[frame.method.precision])
    return _problems("cap exceeded", used > most, caps.cap_ids, members)
