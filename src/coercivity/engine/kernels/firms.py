"""The day of the firm-level model, on arrays alone.

Links stand in order of client and sector of the supplier, so that the links of one *input* (what a
client buys of a sector) and the inputs of one client are neighbours.  Sums run over links in this
order, in one thread.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels.compile import inner, outer

__all__ = ["FIRMS_FIRST", "LOWEST_FIRST", "FirmConstants", "FirmKept", "FirmState", "run_firms"]

FIRMS_FIRST = 1
LOWEST_FIRST = 2
"""Bits of the rationing rule: final users last; lowest ratio of order to usual order first."""

Float = NDArray[np.float64]
Int = NDArray[np.int32]


class FirmConstants(NamedTuple):
    """What does not change.

    Links: ``supplier``, ``flow`` (usual, per day).  Inputs: ``input_link`` (rows of links),
    ``input_sector``, ``input_flow``.  Firms: ``firm_input`` (rows of inputs), ``sold_link``
    (rows of ``sold``, links by supplier), ``usual`` output, ``final`` demand, ``cover`` in days.
    ``loss`` [day, k] is the share of capacity lost by the firms ``loss_of``.  ``tau`` is in days;
    ``rule`` holds the bits of the rationing rule.
    """

    supplier: Int
    flow: Float
    input_link: Int
    input_sector: Int
    input_flow: Float
    firm_input: Int
    sold_link: Int
    sold: Int
    usual: Float
    final: Float
    cover: Float
    loss: Float
    loss_of: NDArray[np.int64]
    firm_sector: Int
    tau: float
    rule: int


class FirmState(NamedTuple):
    """What changes: ``stock``, ``order``, ``sent`` by link; the rest by firm."""

    stock: Float
    order: Float
    sent: Float
    demand: Float
    limit: Float
    limited_by: Int
    output: Float
    final_sent: Float


class FirmKept(NamedTuple):
    """What is recorded: by day and sector; by day and firm of those in ``firms``."""

    sector_output: Float
    sector_final: Float
    output: Float
    demand: Float
    final_sent: Float
    limited_by: Int
    firms: NDArray[np.int64]


@inner
def _restock_and_order(c: Any, state: Any) -> None:
    """Move stocks by yesterday's deliveries and use, find what they allow, and order."""
    state.demand[:] = c.final
    for i in range(c.usual.size):
        if c.usual[i] == 0.0:  # sells nothing: buys as usual and uses what it buys
            state.limit[i], state.limited_by[i] = np.inf, -1
            for e in range(c.input_link[c.firm_input[i]], c.input_link[c.firm_input[i + 1]]):
                state.order[e] = c.flow[e]
                state.demand[c.supplier[e]] += c.flow[e]
            continue
        share = state.output[i] / c.usual[i]
        least, sector = np.inf, -1
        for k in range(c.firm_input[i], c.firm_input[i + 1]):
            pooled = 0.0
            for e in range(c.input_link[k], c.input_link[k + 1]):
                use = c.flow[e] * share
                stock = max(0.0, state.stock[e] + state.sent[e] - use)
                order = max(0.0, use + (c.cover[i] * use - stock) / c.tau)
                state.stock[e], state.order[e] = stock, order
                state.demand[c.supplier[e]] += order
                pooled += stock
            allowed = c.usual[i] * (pooled / c.input_flow[k])
            if allowed < least:
                least, sector = allowed, c.input_sector[k]
        state.limit[i], state.limited_by[i] = least, sector


@inner
def _make(c: Any, state: Any, day: int) -> None:
    """Output: demand, capacity or what the scarcest input allows."""
    for i in range(c.usual.size):
        state.output[i] = c.usual[i]
    for k in range(c.loss_of.size):
        i = c.loss_of[k]
        state.output[i] = c.usual[i] * (1.0 - c.loss[day, k])
    for i in range(c.usual.size):
        free = min(state.output[i], state.demand[i])
        if state.limit[i] < free:
            state.output[i] = state.limit[i]
        else:
            state.output[i] = free
            state.limited_by[i] = -1


@inner
def _level(ratio: Any, weight: Any, amount: float) -> float:
    """Level to which all ratios are filled when `amount` is poured over them.

    Solves ``sum(weight * min(ratio, level)) = amount``: the lowest ratios are filled whole.
    """
    below, above = 0.0, weight.sum()
    order = np.argsort(ratio)
    for k in order:
        if below + above * ratio[k] >= amount:
            return (amount - below) / above if above > 0.0 else 0.0
        below += weight[k] * ratio[k]
        above -= weight[k]
    return np.inf


@inner
def _fill_lowest_first(c: Any, state: Any, i: int, amount: float, with_final: bool) -> None:
    """Share a firm's output among its clients, the lowest order over usual order first."""
    first, last = c.sold_link[i], c.sold_link[i + 1]
    n = last - first
    ratio, weight = np.ones(n + with_final), np.zeros(n + with_final)
    for k in range(n):
        e = c.sold[first + k]
        ratio[k], weight[k] = state.order[e] / c.flow[e], c.flow[e]
    if with_final:
        weight[n] = c.final[i]
    level = _level(ratio, weight, amount)
    for k in range(n):
        state.sent[c.sold[first + k]] = weight[k] * min(ratio[k], level)
    if with_final:
        state.final_sent[i] = c.final[i] * min(1.0, level)


@inner
def _ration(c: Any, state: Any) -> None:
    """Share the output of every firm by the rule."""
    firms_first, lowest_first = (c.rule & FIRMS_FIRST) != 0, (c.rule & LOWEST_FIRST) != 0
    for i in range(c.usual.size):
        output, demand = state.output[i], state.demand[i]
        orders = demand - c.final[i]
        share = output / demand if demand > 0.0 else 0.0
        state.final_sent[i] = c.final[i] * share
        if firms_first:
            state.final_sent[i] = max(0.0, c.final[i] - (demand - output))
            share = min(1.0, output / orders) if orders > 0.0 else 0.0
        if lowest_first and output < demand and (not firms_first or output < orders):
            _fill_lowest_first(c, state, i, output, not firms_first)
            continue
        for k in range(c.sold_link[i], c.sold_link[i + 1]):
            e = c.sold[k]
            state.sent[e] = state.order[e] * share


@inner
def _keep(c: Any, state: Any, kept: Any, day: int) -> None:
    """Record a day."""
    for i in range(c.usual.size):
        kept.sector_output[day, c.firm_sector[i]] += state.output[i]
        kept.sector_final[day, c.firm_sector[i]] += state.final_sent[i]
    for k in range(kept.firms.size):
        i = kept.firms[k]
        kept.output[day, k], kept.demand[day, k] = state.output[i], state.demand[i]
        kept.final_sent[day, k] = state.final_sent[i]
        kept.limited_by[day, k] = state.limited_by[i]


@outer
def run_firms(c: Any, state: Any, kept: Any, days: int) -> None:
    """Simulate days from the first."""
    for day in range(days):
        _restock_and_order(c, state)
        _make(c, state, day)
        _ration(c, state)
        _keep(c, state, kept, day)
