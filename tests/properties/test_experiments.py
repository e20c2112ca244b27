"""Laws of ensembles that hold whatever is drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.engine.schedule import NEVER
from coercivity.experiments.room import Allowance, LaneLabels, covered_lanes, plan_room
from coercivity.experiments.sensitivity import first_order
from coercivity.experiments.statistics import band, day_band
from support.engine_networks import Lane, Site, Slot, Spec, compile_spec

PARTIES = ("p", "q", "r")
PLACES = ("FI", "SE", "IN")


def _network(flows: list[float]):
    """One mill and a buyer per flow; buyers of equal party share a licence."""
    sites = [Site("mill", "wire", country="NO")]
    slots, lanes = [], []
    for row, flow in enumerate(flows):
        sites.append(Site(f"b{row}", "lamp", final=flow, country=PLACES[row % 3]))
        slots.append(Slot(f"b{row}", "wire", "wire"))
        lanes.append(Lane("mill", f"b{row}", "wire", "wire"))
    return compile_spec(Spec(sites, slots, lanes, n_members=2))


@given(
    flows=st.lists(st.floats(0.1, 100.0), min_size=1, max_size=6),
    tonnes=st.lists(st.floats(0.0, 1e4), min_size=1, max_size=4),
    scope=st.lists(st.sampled_from(["*", "country:FI", "country:EU", "country:IN"]), min_size=4),
)
def test_a_licence_is_split_without_loss_and_only_over_lanes_it_covers(
    flows: list[float], tonnes: list[float], scope: list[str]
) -> None:
    network = _network(flows)
    allowances = [
        Allowance(
            id=f"l{row}",
            holders=(scope[row % len(scope)],),
            items=("wire",),
            from_day=0,
            until_day=NEVER,
            quantity=np.full(network.n_members, amount),
            unit="t",
        )
        for row, amount in enumerate(tonnes)
    ]
    planned = plan_room(allowances, network, days=10, item_parents={}, party_parents={})
    names = ("item", "origin", "destination", "exporter", "importer")
    labels = LaneLabels.of({n: network.lanes[n].astype(str).tolist() for n in names})
    for allowance in allowances:
        covered = covered_lanes(allowance, labels, item_parents={}, party_parents={})
        if planned.room is None or not covered.any():
            assert planned.room is None or allowance.id in planned.idle
            continue
        rows = [r for r, name in enumerate(planned.room.credit_ids) if name == allowance.id]
        given_out = planned.room.credit_amount[rows].sum(axis=0)
        assert np.allclose(given_out, allowance.quantity, rtol=1e-9)
        groups = {int(planned.room.credit_group[r]) for r in rows}
        assert groups == set(planned.room.lane_licence[covered].tolist())


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
)
def test_a_band_is_ordered_and_lies_within_the_members(values: list[float]) -> None:
    found = band(np.array(values))
    assert min(values) <= found["p05"] <= found["p50"] <= found["p95"] <= max(values)


@given(days=st.lists(st.integers(-1, 600), min_size=1, max_size=80))
def test_the_day_by_which_a_share_has_stopped_counts_those_that_never_do(days: list[int]) -> None:
    found, share = day_band(np.array(days, np.int32))
    assert share == sum(d >= 0 for d in days) / len(days)
    for name, level in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
        day = found[name]
        if day is None:
            assert share < level
        else:
            assert sum(0 <= d <= day for d in days) >= level * len(days) - 1e-9


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.01, 1e6),
    shift=st.floats(-1e6, 1e6),
)
def test_indices_do_not_depend_on_units(seed: int, scale: float, shift: float) -> None:
    random = np.random.default_rng(seed)
    x = random.uniform(size=(3, 256))
    y = 2.0 * x[0] + x[1] ** 2
    first = first_order(x, y)
    assert np.allclose(first, first_order(x * scale, y), atol=1e-9)
    assert np.allclose(first, first_order(x, y * scale + shift), atol=1e-5)
    assert (first <= 1.0 + 1e-9).all()
