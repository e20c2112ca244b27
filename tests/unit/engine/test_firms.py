"""Firm networks: layout, errors, laws."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.engine.firms import FirmLoss, FirmMethod, make_firm_network, simulate_firms
from coercivity.errors import InputError, NotFoundError, UsageError

START = date(2025, 1, 1)


def chain():
    return make_firm_network(
        [0, 1, 0, 1], [1, 2, 1, 0], [2.0, 3.0, 1.0, 0.0],
        sector=["ore", "steel", "cars"], final_demand=[0.0, 1.0, 9.0], firms=["o", "s", "c"],
    )  # fmt: skip


def test_links_are_summed_and_empty_ones_left_out() -> None:
    network = chain()
    assert network.n_links == 2
    assert network.flow.tolist() == [3.0, 3.0]
    assert network.usual.tolist() == [3.0, 4.0, 9.0]
    assert network.firm_input.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("rule", ["R0", "R1", "R2", "R3"])
def test_nothing_changes_when_nothing_happens(rule: str) -> None:
    network = chain()
    found = simulate_firms(network, start=START, days=300, method=FirmMethod(rationing=rule))
    gap = np.abs(found["output"].to_numpy() - network.usual)
    assert gap.max() <= 1e-12 * network.usual.max()


def test_a_firm_that_sells_nothing_keeps_buying() -> None:
    network = make_firm_network([0], [1], [2.0], sector=["ore", "shop"], final_demand=[1.0, 0.0])
    found = simulate_firms(network, start=START, days=20)
    assert found["output"].to_numpy()[:, 0].tolist() == pytest.approx([3.0] * 20)


def test_an_empty_network_of_links_runs() -> None:
    network = make_firm_network([], [], [], sector=["a", "b"], final_demand=[1.0, 2.0])
    found = simulate_firms(network, [FirmLoss({"1": 0.5}, day=1)], start=START, days=3)
    assert found["output"].to_numpy().tolist() == [[1.0, 2.0], [1.0, 1.0], [1.0, 1.0]]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), rule=st.sampled_from(["R0", "R1", "R2", "R3"]))
def test_what_is_made_is_delivered_and_nobody_receives_more_than_asked(
    seed: int, rule: str
) -> None:
    rng = np.random.default_rng(seed)
    n, m = 12, 40
    network = make_firm_network(
        rng.integers(0, n, m), rng.integers(0, n, m), rng.random(m),
        sector=[f"s{k}" for k in rng.integers(0, 3, n)], final_demand=rng.random(n),
    )  # fmt: skip
    losses = [FirmLoss({str(i): float(rng.random()) for i in range(0, n, 3)}, day=2, until=30)]
    found = simulate_firms(
        network, losses, start=START, days=60,
        method=FirmMethod(rationing=rule, cover=float(rng.uniform(1.5, 8.0)), tau=3.0),
    )  # fmt: skip
    made, asked = found["output"].to_numpy(), found["demand"].to_numpy()
    served = found["final_served"].to_numpy()
    assert (made >= 0.0).all()
    assert (made <= network.usual * (1 + 1e-12)).all()
    assert (made <= asked * (1 + 1e-12)).all()
    assert (served >= 0.0).all()
    assert (served <= network.final * (1 + 1e-9)).all()
    # A firm that sells to final users alone delivers all it makes to them.
    alone = np.diff(network.sold_link) == 0
    np.testing.assert_allclose(served[:, alone], made[:, alone], atol=1e-9)


def test_only_some_firms_can_be_recorded() -> None:
    found = simulate_firms(chain(), start=START, days=5, record=["c"])
    assert found["output"].shape == (5, 1)
    assert found["output_sector"].sel(sector="steel").to_numpy().tolist() == [4.0] * 5
    with pytest.raises(UsageError, match="record='all'"):
        found.why("c", START)


def test_errors_say_what_is_wrong() -> None:
    good = {"sector": ["a", "b"], "final_demand": [1.0, 1.0]}
    with pytest.raises(InputError, match="firm 2 is not in the network"):
        make_firm_network([0], [2], [1.0], **good)
    with pytest.raises(InputError, match=r"-1\.0 is not an amount"):
        make_firm_network([0], [1], [-1.0], **good)
    with pytest.raises(InputError, match="nan is not an amount"):
        make_firm_network([0], [1], [1.0], sector=["a", "b"], final_demand=[1.0, np.nan])
    with pytest.raises(InputError, match="differ in length"):
        make_firm_network([0, 1], [1], [1.0], **good)
    with pytest.raises(NotFoundError, match="no firm 'x'"):
        simulate_firms(chain(), [FirmLoss({"x": 0.5})], start=START, days=3)
    with pytest.raises(UsageError, match="unknown rationing rule"):
        FirmMethod(rationing="R9")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="between 0 and 1"):
        FirmLoss({"o": 1.5})
    with pytest.raises(UsageError, match="one per firm"):
        simulate_firms(chain(), start=START, days=3, method=FirmMethod(cover=[3.0, 4.0]))
