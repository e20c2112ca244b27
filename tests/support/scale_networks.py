"""Small networks for the engine at scale, and the same networks for the reference engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from coercivity.engine.scale_layout import TAU_DAYS
from coercivity.engine.scale_schedule import ScaleSchedule
from coercivity.engine.schedule import LicenceRoom, Schedule, Shocks
from coercivity.network.compiled import CompiledNetwork
from coercivity.network.edges import EdgeNetwork, read_edges
from coercivity.network.generate import generate_firms


def small_edges(
    seed: int,
    *,
    n_firms: int = 40,
    n_lanes: int = 160,
    n_sectors: int = 6,
    long_share: float = 0.3,
    gated_share: float = 0.2,
    n_scopes: int = 3,
) -> EdgeNetwork:
    """A seeded network with pipelines, gates, finished goods and every essentiality."""
    drawn = generate_firms(n_firms, n_lanes, seed=seed, n_sectors=n_sectors)
    rng = np.random.default_rng(seed)
    firms = drawn.firms.reset_index().rename(columns={"firm": "id"})[["id", "sector", "output"]]
    firms["cover_days"] = rng.integers(1, 12, n_firms).astype(float)
    firms["finished_days"] = rng.choice([0.0, 1.5], n_firms)
    firms["capacity"] = firms["output"] * rng.choice([1.0, 1.2], n_firms)
    lanes = drawn.lanes.copy()
    is_long = rng.random(len(lanes)) < long_share
    lanes["lead_days"] = np.where(is_long, rng.integers(2, 7, len(lanes)), 1)
    scope = np.full(len(lanes), None, object)
    gated = rng.random(len(lanes)) < gated_share
    scope[gated] = [f"scope {i}" for i in rng.integers(0, n_scopes, gated.sum())]
    table = pa.Table.from_pandas(lanes, preserve_index=False)
    table = table.append_column("scope", pa.array(scope, pa.string()))
    sectors = np.arange(n_sectors)
    recipes = pd.DataFrame(
        {
            "sector": np.tile(sectors, n_sectors),
            "input": np.repeat(sectors, n_sectors),
            "essentiality": rng.choice([0, 1, 2], n_sectors**2, p=[0.1, 0.3, 0.6]),
        }
    )
    return read_edges(firms, table, recipes=recipes)


def compile_edges(net: EdgeNetwork) -> CompiledNetwork:
    """The same network as the engine for ensembles reads it, with one member."""

    def column(values: Any) -> np.ndarray:
        return np.asarray(values, np.float64)[:, None].copy()

    buyer, need = net.slot_firm(), net.need()
    lane_slot = np.repeat(np.arange(net.n_slots), np.diff(net.slot_lane))
    order = np.lexsort((lane_slot, net.supplier))
    slot_lanes = np.argsort(order, kind="stable")
    one = np.ones(net.n_slots)
    groups = np.arange(net.n_slots, dtype=np.int32)
    pointer = np.arange(net.n_slots + 1, dtype=np.int32)
    names = tuple(str(i) for i in net.ids)
    slots = tuple(f"{names[b]}/{s}" for b, s in zip(buyer, net.slot_sector, strict=True))
    return CompiledNetwork(
        site_ids=names, group_ids=slots, slot_ids=slots,
        lane_ids=tuple(str(i) for i in range(net.n_lanes)),
        capacity=column(net.capacity), x0=column(net.output),
        final_demand=column(net.final_demand), finished_stock=column(net.finished),
        site_priority=np.zeros(net.n_firms, np.int32), site_group_ptr=net.firm_slot,
        group_site=buyer, group_slot_ptr=pointer,
        essentiality=net.essentiality.astype(np.int32), slot_site=buyer, slot_group=groups,
        slot_rank=np.zeros(net.n_slots, np.int32), coef=column(need / net.output[buyer]),
        yield_=column(one), base_share=column(one), cover=column(net.cover[buyer]),
        stock0=column(net.cover[buyer] * need), qualification=np.zeros((net.n_slots, 1), np.int32),
        tau=column(one * TAU_DAYS), lane_supplier=net.supplier[order],
        lane_slot=lane_slot[order].astype(np.int32), supplier_lane_ptr=net.sold_lane,
        slot_lane_ptr=net.slot_lane, slot_lanes=slot_lanes.astype(np.int32),
        flow0=column(net.flow[order]), weight=column((net.flow / need[lane_slot])[order]),
        lead=net.lead[order][:, None].astype(np.int32), sites=pd.DataFrame(),
        slots=pd.DataFrame(), lanes=pd.DataFrame(),
    )  # fmt: skip


def compile_schedule(net: EdgeNetwork, plan: ScaleSchedule) -> Schedule:
    """The same schedule as the engine for ensembles reads it."""
    lane_slot = np.repeat(np.arange(net.n_slots), np.diff(net.slot_lane))
    order = np.lexsort((lane_slot, net.supplier))
    scope = net.scope[order]
    gate = np.zeros((plan.days, len(net.scopes) + 1), np.int8)
    for change in sorted(plan.gates, key=lambda change: change.day):
        gate[change.day :, net.scopes.index(change.scope)] = change.gate
    gate[:, -1] = 0
    loss = np.zeros((plan.days, net.n_firms))
    at = {firm: i for i, firm in enumerate(net.ids.tolist())}
    for each in plan.losses:
        for firm, share in each.share.items():
            path = loss[each.day : each.until, at[firm]]
            np.maximum(path, share, out=path)
    listed = plan.credits
    room = LicenceRoom(
        group_ids=net.scopes, lane_licence=scope, credit_ids=tuple(c.licence for c in listed),
        credit_group=np.array([net.scopes.index(c.group) for c in listed], np.int32),
        credit_day=np.array([[c.day] for c in listed], np.int32).reshape(-1, 1),
        credit_expiry=np.array([[c.expiry] for c in listed], np.int32).reshape(-1, 1),
        credit_amount=np.array([[c.amount] for c in listed], float).reshape(-1, 1),
    )  # fmt: skip
    return Schedule(
        start=plan.start, days=plan.days, gate_days=np.arange(plan.days, dtype=np.int32),
        reasons=(),
        reason=np.zeros((plan.days, net.n_lanes), np.int32),
        gate=gate[:, scope], unknown_open=np.zeros(1, np.bool_), room=room,
        shocks=Shocks(days=np.arange(plan.days, dtype=np.int32), capacity=(1.0 - loss)[:, :, None]),
    )  # fmt: skip
