"""The authority's queue: nothing is made or lost, nobody idles, places freed are used by others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coercivity.errors import InputError
from coercivity.licences.queueing import DISCIPLINES, QueueChange, decisions

AMOUNTS = st.floats(0, 50, allow_nan=False, width=32).map(float)


@st.composite
def queues(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, days = draw(st.integers(1, 3)), draw(st.integers(1, 12))
    return (
        draw(arrays(float, (n, 2), elements=AMOUNTS)),
        draw(arrays(float, (n, days, 2), elements=AMOUNTS)),
        draw(arrays(float, (days, 2), elements=AMOUNTS)),
    )


@given(queues(), st.sampled_from(DISCIPLINES))
def test_decisions_conserve_and_do_not_idle(queue, discipline) -> None:
    waiting, arrivals, capacity = queue
    decided = decisions(waiting, arrivals, capacity, discipline=discipline)
    come = arrivals.copy()
    come[:, 0] += waiting
    open_then = np.cumsum(come, axis=1) - np.cumsum(decided, axis=1)
    assert (decided >= 0).all()
    assert (open_then >= -1e-9).all()
    used, left = decided.sum(axis=0), open_then.sum(axis=0)
    assert (used <= capacity + 1e-9).all()
    # Whoever waits at the end of a day found all places of that day taken.
    assert ((left < 1e-6) | (np.abs(used - capacity) < 1e-6)).all()


@given(queues())
def test_disciplines_share_the_same_total(queue) -> None:
    totals = [decisions(*queue, discipline=d).sum(axis=0) for d in DISCIPLINES]
    assert totals[0] == pytest.approx(totals[1], abs=1e-6)


@given(queues(), st.integers(0, 11), st.floats(0, 1), st.sampled_from(DISCIPLINES))
def test_who_leaves_frees_places_for_the_others(queue, day, share, discipline) -> None:
    before = decisions(*queue, discipline=discipline)
    after = decisions(*queue, discipline=discipline, changes=[QueueChange(day, 0, leaves=share)])
    others = np.cumsum(after[1:] - before[1:], axis=1)
    assert (others >= -1e-6).all()


@given(queues(), st.integers(0, 11), st.floats(0, 100), st.sampled_from(DISCIPLINES))
def test_a_batch_taken_first_costs_everybody(queue, day, taken, discipline) -> None:
    before = decisions(*queue, discipline=discipline)
    after = decisions(*queue, discipline=discipline, changes=[QueueChange(day, 0, takes=taken)])
    lost = np.cumsum(before.sum(axis=0) - after.sum(axis=0), axis=0)
    assert (lost >= -1e-6).all()
    assert (lost <= taken + 1e-6).all()


def test_first_come_is_by_age_whatever_the_country() -> None:
    waiting = np.array([[10.0], [0.0]])
    arrivals = np.zeros((2, 3, 1))
    arrivals[1, 0], arrivals[1, 1] = 0.0, 5.0
    decided = decisions(waiting, arrivals, np.full((3, 1), 6.0), discipline="first_come")
    assert decided[0, :, 0].tolist() == [6.0, 4.0, 0.0]
    assert decided[1, :, 0].tolist() == [0.0, 2.0, 3.0]


def test_shared_is_by_what_waits() -> None:
    waiting = np.array([[30.0], [10.0]])
    decided = decisions(waiting, np.zeros((2, 2, 1)), np.full((2, 1), 4.0))
    assert decided[:, 0, 0].tolist() == [3.0, 1.0]
    assert decided[:, 1, 0].tolist() == pytest.approx([3.0, 1.0])


def test_impossible_queues_are_refused() -> None:
    waiting, arrivals, capacity = np.ones((1, 1)), np.ones((1, 2, 1)), np.ones((2, 1))
    with pytest.raises(InputError, match="below zero"):
        decisions(-waiting, arrivals, capacity)
    with pytest.raises(InputError, match="no discipline is called 'random'"):
        decisions(waiting, arrivals, capacity, discipline="random")
    with pytest.raises(InputError, match="share of 0 to 1"):
        decisions(waiting, arrivals, capacity, changes=[QueueChange(0, 0, leaves=1.5)])
