"""The firm-level model against a transcription of its equations and cases worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from coercivity.engine.firms import (
    FirmLoss,
    FirmMethod,
    FirmNetwork,
    FirmResults,
    make_firm_network,
    simulate_firms,
)
from support import firm_equations

START = date(2025, 1, 1)
RULES = ("R0", "R1", "R2", "R3")


def random_network(seed: int, n: int = 25) -> tuple[FirmNetwork, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.random((n, n)) ** 3 * (rng.random((n, n)) < 0.2)
    np.fill_diagonal(a, 0.0)
    a[:, 3] = 0.0  # sells to final users alone
    a[4] = 0.0  # buys nothing
    final = rng.random(n) * 2.0 * (rng.random(n) < 0.7)
    final[3] = 1.0
    final += np.where(a.sum(axis=0) + final == 0.0, 0.5, 0.0)
    sector = rng.integers(0, 5, n)
    client, supplier = np.nonzero(a)
    shuffle = rng.permutation(client.size)
    client, supplier = client[shuffle], supplier[shuffle]
    network = make_firm_network(
        supplier, client, a[client, supplier],
        sector=[f"s{k}" for k in sector], final_demand=final,
    )  # fmt: skip
    return network, a


def dense(network: FirmNetwork) -> np.ndarray:
    a = np.zeros((network.n_firms, network.n_firms))
    a[network.client, network.supplier] = network.flow
    return a


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(8))
def test_equal_to_the_transcription(rule: str, seed: int) -> None:
    network, a = random_network(seed)
    np.testing.assert_array_equal(dense(network), a)
    # A firm whose stock runs out can come back from what rounding left of it, doubling every two
    # days; after 80 days nothing of the size of rounding has grown to the tolerance.
    rng, n, days = np.random.default_rng(seed + 50), network.n_firms, 80
    cover = rng.uniform(3.0, 12.0, n)
    losses = [
        FirmLoss(
            {str(i): 0.2 + 0.7 * rng.random() for i in rng.choice(n, 4, replace=False)}, day=3
        ),
        FirmLoss({str(int(rng.integers(n))): 1.0}, day=20, until=60),
    ]
    path = np.zeros((days, n))
    for loss in losses:
        for firm, share in loss.share.items():
            rows = path[loss.day : loss.until, int(firm)]
            np.maximum(rows, share, out=rows)
    theirs = firm_equations.simulate(
        a, network.final, network.firm_sector, loss=path, cover=cover, tau=4.0, rule=rule
    )
    method = FirmMethod(rationing=rule, cover=cover.tolist(), tau=4.0)
    found = simulate_firms(network, losses, start=START, days=days, method=method)
    for name, values in theirs.items():
        gap = np.abs(found[name].to_numpy() - values)
        assert gap.max() <= 1e-9 * network.usual.max(), name
    # Scarcity must have been there for the rules to matter.
    assert (theirs["output"] < 0.999 * theirs["demand"]).mean() > 0.02
    sums = found["output_sector"].to_numpy().sum(axis=1)
    np.testing.assert_allclose(sums, theirs["output"].sum(axis=1), rtol=1e-12)


def shared(rule: str, output: float) -> tuple[list[float], float]:
    """Deliveries of one supplier to clients whose orders over the usual 4 are 1, 1/2 and 1."""
    orders, usual = np.array([4.0, 2.0]), np.array([4.0, 4.0])
    sent, final = firm_equations.ration(rule, output, orders, usual, 4.0)
    return sent.tolist(), final


def test_rules_by_hand_in_the_transcription() -> None:
    # Output 8; orders 4 (ratio 1) and 2 (ratio 1/2), final demand 4 (ratio 1).
    assert shared("R0", 8.0) == ([3.2, 1.6], 3.2)  # everybody 8/10
    assert shared("R1", 8.0) == ([4.0, 2.0], 2.0)  # clients whole, 2 are left
    # R2: all reach 1/2 with 2+2+2 = 6; the other 2 are shared by the two that want more.
    assert shared("R2", 8.0) == ([3.0, 2.0], 3.0)
    assert shared("R3", 8.0) == ([4.0, 2.0], 2.0)
    # Output 5, less than the orders.
    assert shared("R1", 5.0) == ([5 * 4 / 6, 5 * 2 / 6], 0.0)
    assert shared("R3", 5.0) == ([3.0, 2.0], 0.0)
    # Output 3: below the first level, 1/4 of each usual flow.
    assert shared("R2", 3.0) == ([1.0, 1.0], 1.0)


def one_supplier(rule: str, days: int = 3) -> FirmResults:
    """A supplier of two clients and final users loses 60 % of capacity on day 1."""
    network = make_firm_network(
        [0, 0], [1, 2], [4.0, 4.0],
        sector=["ore", "steel", "steel"], final_demand=[4.0, 5.0, 5.0], firms=["mine", "a", "b"],
    )  # fmt: skip
    loss = FirmLoss({"mine": 0.6}, day=1, name="flood")
    method = FirmMethod(rationing=rule, cover=2.0, tau=2.0)
    return simulate_firms(network, [loss], start=START, days=days, method=method)


@pytest.mark.parametrize(
    ("rule", "final", "client"),
    [("R0", 1.6, 1.6), ("R1", 0.0, 2.4), ("R2", 1.6, 1.6), ("R3", 0.0, 2.4)],
)
def test_the_first_scarce_day_by_hand(rule: str, final: float, client: float) -> None:
    found = one_supplier(rule)
    # Day 1: the mine makes 12 * 0.4 = 4.8 of the 12 asked for; stocks of 8 still feed the clients.
    assert found["output"].to_numpy()[1].tolist() == pytest.approx([4.8, 5.0, 5.0])
    assert found["final_served"].to_numpy()[1, 0] == pytest.approx(final)
    # Day 2: stock 8 - 4 + delivery allows (4 + delivery)/4 of 5, above the demand of 5; the order
    # is use 4 plus half of what is missing to 8.
    demand = 4.0 + 2 * (4.0 + (8.0 - (8.0 - 4.0 + client)) / 2.0)
    assert found["demand"].to_numpy()[2, 0] == pytest.approx(demand)


def test_stock_of_a_sector_is_pooled_for_output() -> None:
    # Two mines deliver 3 and 1; the small one stops. Stock pooled over both lasts as long as the
    # sum allows: 8 on the morning of day 1, use 4, deliveries 3 + what more the large mine cannot.
    network = make_firm_network(
        [0, 1], [2, 2], [3.0, 1.0], sector=["ore", "ore", "cars"], final_demand=[0.0, 0.0, 6.0]
    )
    method = FirmMethod(rationing="R0", cover=2.0, tau=1000.0)
    loss = FirmLoss({"1": 1.0}, day=0)
    found = simulate_firms(network, [loss], start=START, days=8, method=method)
    made = found["output"].to_numpy()[:, 2]
    # Link stocks by hand: large mine stays at 6, small one 2, 1, 0: pooled 8, 7, 6, all above 4.
    assert made.tolist() == pytest.approx([6.0] * 8)
    hit = [FirmLoss({"0": 1.0, "1": 1.0}, day=0)]
    found = simulate_firms(network, hit, start=START, days=4, method=method)
    # Pooled 8, 4, 0 on the mornings of days 0, 1 and 2 (the day's use is taken next morning).
    assert found["output"].to_numpy()[:, 2].tolist() == pytest.approx([6.0, 6.0, 0.0, 0.0])
    assert found["limiting_sector"].to_numpy()[2, 2] == network.sectors.index("ore")


def test_why_leads_to_the_loss() -> None:
    found = one_supplier("R2", days=30)
    chain = found.why("a", date(2025, 1, 20))
    assert [step.kind for step in chain.steps] == ["output", "input", "supplier", "output", "shock"]
    assert chain.refs == ("flood",)
    assert "lacks 60.0% of its capacity" in str(chain)
