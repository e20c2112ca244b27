"""Invariants of quantities for any claims, ranges and parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercivity.claims.distributions import dirichlet_shares, draw, latin_column
from coercivity.claims.quantities import (
    GRADE_WEIGHTS,
    PackQuantity,
    QuantityClaim,
    stated_interval,
    summarise,
    witnesses,
)

NUMBERS = st.floats(min_value=1e-3, max_value=1e9, allow_nan=False)
HEDGES = st.sampled_from(["none", "about", "over", "under", "almost"])
CLAIMS = st.lists(
    st.builds(
        QuantityClaim,
        source=st.sampled_from("abcdefg"),
        family=st.sampled_from("abcdefg"),
        grade=st.sampled_from(sorted(GRADE_WEIGHTS)),
        value=NUMBERS,
        low=st.none(),
        high=st.none(),
        unit=st.sampled_from(["t", "kg", "kt"]),
        hedge=HEDGES,
        scope=st.sampled_from(["match", "match", "narrower", "wider"]),
    ),
    min_size=1,
    max_size=8,
)


def quantity(name: str, rule: str, **other) -> PackQuantity:
    return PackQuantity(name, name, "t", "", "", "observed", rule, **other)


@given(value=NUMBERS, hedge=HEDGES)
def test_the_value_stated_lies_in_its_interval(value, hedge):
    low, high = stated_interval(value, hedge=hedge, unit="t")
    assert low <= value <= high
    assert high - low <= 0.2 * value * (1 + 1e-9)


@given(claims=CLAIMS, members=st.integers(1, 60), seed=st.integers(0, 99))
def test_every_draw_lies_in_the_interval_of_some_witness(claims, members, seed):
    q = quantity("q", "families", claims=tuple(claims))
    votes = witnesses(q)
    draws = draw({"q": q}, members=members, seed=seed)
    matching = {c.family for c in claims if c.scope == "match"}
    assert {w.family for w in votes} == matching
    if not matching:
        assert "q" in draws.undrawn
        return
    slack = 1 + 1e-9
    inside = np.zeros(members, dtype=bool)
    for vote in votes:
        inside |= (draws["q"] >= vote.low / slack) & (draws["q"] <= vote.high * slack)
    assert inside.all()
    summary = summarise(q)
    assert summary.best in {w.value for w in votes}
    assert summary.low <= summary.best <= summary.high


@given(claims=CLAIMS, seed=st.integers(0, 99))
def test_members_are_shared_out_by_weight(claims, seed):
    q = quantity("q", "families", claims=tuple(claims))
    votes = witnesses(q)
    if not votes or any(a.high >= b.low for i, a in enumerate(votes) for b in votes[i + 1 :]):
        return
    members = 500
    values = draw({"q": q}, members=members, seed=seed)["q"]
    total = sum(w.weight for w in votes)
    for vote in votes:
        heard = ((values >= vote.low) & (values <= vote.high)).sum()
        assert heard == pytest.approx(members * vote.weight / total, abs=2)


@given(low=NUMBERS, width=NUMBERS, place=st.floats(0, 1), members=st.integers(1, 80))
def test_ranges_and_triangles_stay_within_their_ends(low, width, place, members):
    high = low + width
    mode = min(high, low + place * width)
    both = {
        "r": quantity("r", "range", low=low, high=high),
        "t": quantity("t", "triangular", low=low, mode=mode, high=high),
        "c": quantity("c", "dirichlet", low=low, high=high),
    }
    draws = draw(both, members=members, seed=5)
    for values in draws.values():
        assert (values >= low * (1 - 1e-9)).all()
        assert (values <= high * (1 + 1e-9)).all()


@given(members=st.integers(1, 300), seed=st.integers(0, 2**31), key=st.text(max_size=20))
def test_a_column_has_one_value_in_every_stratum(members, seed, key):
    column = latin_column(key, members=members, seed=seed)
    assert (column >= 0).all()
    assert (column < 1).all()
    strata = np.sort(column) * members
    assert np.allclose(np.floor(strata + 1e-9), np.arange(members), atol=1e-6)


@given(
    parts=st.lists(st.text(max_size=6), min_size=2, max_size=7, unique=True),
    concentration=st.floats(0.1, 50),
    seed=st.integers(0, 99),
)
def test_shares_sum_to_one_and_keep_their_ratios_when_a_part_goes(parts, concentration, seed):
    shares = dirichlet_shares("s", parts, members=50, seed=seed, concentration=concentration)
    assert (shares >= 0).all()
    assert np.allclose(shares.sum(axis=0), 1.0, rtol=0, atol=1e-12)
    kept = dirichlet_shares("s", parts[1:], members=50, seed=seed, concentration=concentration)
    rest = shares[1:].sum(axis=0)
    usable = rest > 1e-9
    assert np.allclose(kept[:, usable], shares[1:, usable] / rest[usable], atol=1e-9)


@given(claims=CLAIMS, other=CLAIMS, seed=st.integers(0, 99))
def test_claims_of_one_quantity_never_move_another(claims, other, seed):
    fixed = quantity("fixed", "families", claims=tuple(other))
    alone = draw({"fixed": fixed}, members=40, seed=seed)
    beside = draw(
        {"q": quantity("q", "families", claims=tuple(claims)), "fixed": fixed},
        members=40,
        seed=seed,
    )
    assert ("fixed" in alone) == ("fixed" in beside)
    if "fixed" in alone:
        assert alone["fixed"].tobytes() == beside["fixed"].tobytes()
