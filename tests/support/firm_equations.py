"""The firm-level model transcribed from its publications: matrices and loops, no layout.

Rationing by the lowest ratio follows the numbered steps of [InoueTodo2019] word by word, instead of
solving for the level as the package does.
"""

from __future__ import annotations

import numpy as np


def smallest_ratios_first(
    ratios: dict[object, float], usual: dict[object, float], amount: float
) -> dict[object, float]:
    """Deliveries to clients (and final users) by the published steps."""
    left, remaining = dict(ratios), amount  # step 1
    given = dict.fromkeys(ratios, 0.0)
    while left:
        least = min(left.values())  # step 2
        wanted = sum(least * usual[who] for who in left)
        if remaining <= wanted:  # step 3
            total = sum(usual[who] for who in left)
            for who in left:  # steps 8 and 9
                given[who] += remaining / total if total > 0.0 else 0.0
            break
        for who in left:  # step 4
            given[who] += least
        remaining -= wanted  # step 5
        left = {who: ratio - least for who, ratio in left.items()}
        left = {who: ratio for who, ratio in left.items() if ratio > 0.0}  # step 6
    return {who: given[who] * usual[who] for who in given}


def ration(
    rule: str, output: float, orders: np.ndarray, usual: np.ndarray, final: float
) -> tuple[np.ndarray, float]:
    """Share the output of one firm; orders and usual flows by client."""
    demand = orders.sum() + final
    clients = np.flatnonzero(usual)
    if rule == "R0":
        share = output / demand if demand > 0 else 0.0
        return orders * share, final * share
    if rule == "R1":
        left = max(0.0, final - (demand - output))
        if output >= orders.sum():
            return orders, left
        return orders * (output / orders.sum()), 0.0
    ratios = {j: orders[j] / usual[j] for j in clients}
    flows = {j: usual[j] for j in clients}
    sent = np.zeros_like(orders)
    if rule == "R3":
        if output >= orders.sum():
            return orders, max(0.0, final - (demand - output))
        given = smallest_ratios_first(ratios, flows, output)
        final_sent = 0.0
    else:
        if output >= demand:
            return orders, final
        given = smallest_ratios_first(ratios | {"final": 1.0}, flows | {"final": final}, output)
        final_sent = given.pop("final")
    for j, amount in given.items():
        sent[j] = amount
    return sent, final_sent


def simulate(
    a: np.ndarray,
    final: np.ndarray,
    sector: np.ndarray,
    *,
    loss: np.ndarray,
    cover: np.ndarray,
    tau: float,
    rule: str,
) -> dict[str, np.ndarray]:
    """Simulate; ``a[i, j]`` is the usual flow of supplier j to client i, ``loss[day, firm]``."""
    n, usual = len(final), a.sum(axis=0) + final
    stock, sent, made = a * cover[:, None], a.copy(), usual.copy()
    kept: dict[str, list[np.ndarray]] = {"output": [], "demand": [], "final_served": []}
    for lost in loss:
        share = np.where(usual > 0, made / np.where(usual > 0, usual, 1.0), 0.0)
        use = a * share[:, None]
        stock = np.maximum(0.0, stock + sent - use)
        orders = np.maximum(0.0, use + (cover[:, None] * use - stock) / tau)
        demand = final + orders.sum(axis=0)
        most = usual * (1.0 - lost)
        for i in range(n):
            for s in np.unique(sector):
                bought = a[i, sector == s].sum()
                if bought > 0.0:
                    most[i] = min(most[i], usual[i] * stock[i, sector == s].sum() / bought)
        made = np.minimum(most, demand)
        served = np.zeros(n)
        for j in range(n):
            sent[:, j], served[j] = ration(rule, made[j], orders[:, j], a[:, j], final[j])
        for name, values in (("output", made), ("demand", demand), ("final_served", served)):
            kept[name].append(values.copy())
    return {name: np.array(values) for name, values in kept.items()}
