from datetime import date

import numpy as np
import pytest

from coercivity.engine.schedule import Credit, licence_room, open_schedule
from coercivity.errors import UsageError


def test_days_and_dates_are_each_others_inverse():
    schedule = open_schedule(date(2025, 4, 1), 640, n_lanes=2, n_members=3)
    assert schedule.index_of(date(2025, 4, 1)) == 0
    assert schedule.date_of(schedule.index_of(date(2026, 12, 31))) == date(2026, 12, 31)
    with pytest.raises(UsageError, match="2025-03-31 is not simulated"):
        schedule.index_of(date(2025, 3, 31))


def test_segment_is_the_last_that_has_begun():
    schedule = open_schedule(date(2025, 4, 1), 9, n_lanes=1, n_members=1)
    object.__setattr__(schedule, "gate_days", np.array([0, 4, 6], np.int32))
    assert [schedule.segment_of(day) for day in (0, 3, 4, 5, 6, 8)] == [0, 0, 1, 1, 2, 2]


def test_room_lists_what_lapses_first_ahead():
    room = licence_room(
        np.array([0, -1], np.int32),
        ["a"],
        credits=[
            Credit("a", "long", 5.0),
            Credit("a", "short", np.array([1.0, 0.0]), day=-3, expiry=np.array([9, 7], np.int32)),
        ],
        n_members=2,
    )
    assert room.credit_ids == ("short", "long")
    assert room.credit_amount.tolist() == [[1.0, 0.0], [5.0, 5.0]]
    assert room.credit_day.tolist() == [[0, 0], [0, 0]]


def test_room_of_an_unknown_group_is_refused():
    with pytest.raises(UsageError, match="unknown group 'b'"):
        licence_room(np.zeros(1, np.int32), ["a"], credits=[Credit("b", "x", 1.0)], n_members=1)
