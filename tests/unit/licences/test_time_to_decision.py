"""Waiting times from counts: what is read, what the posterior recovers, what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from coercivity.catalogue import open_pack
from coercivity.errors import InputError
from coercivity.licences import ApplicationCount, load_application_counts
from coercivity.licences.time_to_decision import (
    Reading,
    estimate_decision_times,
    usable_readings,
    working_days,
)
from coercivity.timeline import parse_partial

SINCE = date(2025, 4, 4)


def count(identity: str, family: str = "", **numbers: float) -> ApplicationCount:
    when = parse_partial("2025-10-30")
    return ApplicationCount(
        identity, "IN", when, "firms", source=identity, family=family or identity, **numbers
    )


def test_working_days_leave_out_weekends() -> None:
    assert working_days(date(2025, 4, 4), date(2025, 4, 5)) == 1
    assert working_days(date(2025, 4, 5), date(2025, 4, 7)) == 0
    assert working_days(date(2025, 4, 4), date(2025, 6, 6)) == 45


def test_counts_without_total_or_approvals_are_not_read() -> None:
    counts = [
        count("no_total", approved=3),
        count("no_approvals", pending=11),
        count("impossible", applied=3, approved=4),
        count("good", applied=10, approved=4),
    ]
    readings = usable_readings(counts, country="IN", since=SINCE)
    assert [r.count.id for r in readings] == ["good"]
    assert readings[0].total == 10
    assert not readings[0].counts_waiting


def test_the_last_count_speaks_for_a_family_and_votes_are_kept() -> None:
    early = count("early", "one", applied=10, approved=1)
    late = ApplicationCount(
        "late", "IN", parse_partial("2025-12"), "firms", 10, approved=6, source="l", family="one"
    )
    readings = usable_readings([late, early], country="IN", since=SINCE, weights={"l": 3.0})
    assert [(r.count.id, r.weight) for r in readings] == [("late", 3.0)]


def test_approved_and_waiting_without_rejections_says_so() -> None:
    (reading,) = usable_readings([count("a", approved=4, pending=30)], country="IN", since=SINCE)
    assert (reading.total, reading.counts_waiting, reading.rejected) == (34, True, None)


def test_the_posterior_recovers_known_rates() -> None:
    rate, share, days, total = 0.02, 0.75, 120, 1_000_000.0
    waiting = (1 - np.exp(-rate * days)) / (rate * days)
    reading = Reading(
        count("made"),
        days,
        total,
        approved=total * share * (1 - waiting),
        rejected=total * (1 - share) * (1 - waiting),
    )
    times = estimate_decision_times([reading], country="IN", since=SINCE, draws=500, seed=3)
    # The grid's step is 5 % of the rate and half a point of the share.
    assert np.median(times.mean_wait) == pytest.approx(1 / rate, rel=0.05)
    assert np.median(times.approval_share) == pytest.approx(share, abs=0.006)
    assert times.waiting([0.0])[:, 0] == pytest.approx(1.0)
    ends = times.approved([1e6])[:, 0]
    assert ends == pytest.approx(times.approval_share)


def test_no_approval_of_many_is_slow_or_strict_but_not_certain() -> None:
    (reading,) = usable_readings([count("none", applied=30, approved=0)], country="IN", since=SINCE)
    times = estimate_decision_times([reading], country="IN", since=SINCE, draws=2000, seed=1)
    soon = times.approved([45])[:, 0]
    assert 0 < np.quantile(soon, 0.95) < 0.12
    assert soon.min() > 0


def test_witnesses_are_believed_one_a_draw_never_averaged() -> None:
    fast = Reading(count("fast"), 100, 1e5, 9.9e4, 0.0, weight=1.0)
    slow = Reading(count("slow"), 100, 1e5, 1e3, 0.0, weight=3.0)
    times = estimate_decision_times([fast, slow], country="IN", since=SINCE, draws=4000, seed=2)
    done = times.approved([100])[:, 0]
    assert not ((done > 0.1) & (done < 0.9)).any()
    assert (times.believed == 1).mean() == pytest.approx(0.75, abs=0.03)


def test_same_seed_same_draws() -> None:
    readings = usable_readings([count("a", applied=9, approved=4)], country="IN", since=SINCE)
    one, two = (
        estimate_decision_times(readings, country="IN", since=SINCE, draws=50, seed=7)
        for _ in range(2)
    )
    assert np.array_equal(one.approve, two.approve)


def test_without_counts_the_wait_is_unknown() -> None:
    with pytest.raises(InputError, match="no count of applications of XX"):
        estimate_decision_times([], country="XX", since=SINCE, draws=5, seed=1)


def test_the_pack_counts_say_that_few_were_decided_in_the_statutory_time() -> None:
    pack = open_pack("rare_earth_magnets")
    readings = usable_readings(load_application_counts(pack), country="IN", since=SINCE)
    assert {r.count.fact for r in readings} >= {"B013", "B018"}
    times = estimate_decision_times(readings, country="IN", since=SINCE, draws=2000, seed=1)
    approved = times.approved([45])[:, 0]
    assert np.median(approved) < 0.1
