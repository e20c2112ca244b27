"""Broken on purpose: every law must be able to fail."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.engine import Credit, Method, Record, licence_room
from coercivity.engine.blocks import lay_out, make_frame
from coercivity.engine.invariants import Balance, check_day
from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.day import advance
from coercivity.engine.record import plan_record
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, Caps, open_schedule
from coercivity.errors import InvariantError
from support.engine_networks import START, compile_spec, pair


def day_of(code, **more):
    net = compile_spec(pair())
    schedule = open_schedule(START, 5, n_lanes=1, n_members=1)
    room = licence_room(np.zeros(1, np.int32), ["g"], credits=[Credit("g", "l", 5.0)], n_members=1)
    schedule = replace(schedule, gate=np.full((1, 1), code, np.int8), room=room, **more)
    plan = plan_record(Record(), net, days=5)
    frame = make_frame(net, schedule, method=Method(), plan=plan)
    block = lay_out(frame, slice(0, 1))
    balance = Balance.start(frame, block)
    before = block.credit[f.BALANCE].copy()
    advance(*block.arguments(), 0, 1)
    return frame, block, balance, before


def check(frame, block, balance, before):
    check_day(frame, block, balance, day=0, credit_before=before, members=slice(0, 1))


@pytest.mark.parametrize("code", [0, LICENCE_ONLY, CLOSED])
def test_an_honest_day_passes(code):
    check(*day_of(code))


def test_goods_out_of_nowhere_are_found():
    frame, block, balance, before = day_of(0)
    block.slot[f.STOCK, 0, 0] *= 1.0 + 1e-7
    with pytest.raises(InvariantError, match="differs from supply") as raised:
        check(frame, block, balance, before)
    assert raised.value.exit_code == 5
    assert "day 0 (2025-01-01)" in str(raised.value)
    assert "ore" in str(raised.value)


@pytest.mark.parametrize("value", [-1.0, np.nan])
def test_less_than_nothing_is_found(value):
    frame, block, balance, before = day_of(0)
    block.slot[f.ORDER, 0, 0] = value
    with pytest.raises(InvariantError, match="order is negative"):
        check(frame, block, balance, before)


def test_a_departure_through_a_closed_lane_is_found():
    frame, block, balance, before = day_of(CLOSED)
    block.lane[f.SHIP, 0, 0] = 1e-9
    with pytest.raises(InvariantError, match="closed lane"):
        check(frame, block, balance, before)


def test_an_overdrawn_licence_is_found():
    frame, block, balance, before = day_of(LICENCE_ONLY)
    block.lane[f.SHIP, 0, 0] = 5.001
    with pytest.raises(InvariantError, match="licence overdrawn"):
        check(frame, block, balance, before)


def test_a_cap_that_is_exceeded_is_found():
    caps = Caps(("k",), np.zeros(1, np.int32), np.zeros(1, np.int32), np.full((1, 1, 1), 7.0))
    frame, block, balance, before = day_of(0, caps=caps)
    assert block.lane[f.SHIP, 0, 0] == pytest.approx(7.0)
    block.lane[f.SHIP, 0, 0] = 7.1
    with pytest.raises(InvariantError, match="cap exceeded"):
        check(frame, block, balance, before)
