"""Small and random networks for the engine's tests, compiled by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from coercivity.engine.schedule import (
    Caps,
    Credit,
    Schedule,
    Shocks,
    licence_room,
    open_schedule,
)
from coercivity.network.compiled import CompiledNetwork

START = date(2025, 1, 1)


@dataclass
class Site:
    id: str
    item: str
    final: float | np.ndarray = 0.0
    slack: float | np.ndarray = 0.0
    finished_days: float = 0.0
    sector: str = ""
    country: str = "XX"


@dataclass
class Slot:
    site: str
    group: str
    item: str
    rank: int = 0
    coef: float | np.ndarray = 1.0
    yield_: float | np.ndarray = 1.0
    cover: float | np.ndarray = 10.0
    share: float = 1.0
    essentiality: int = 2
    qualification: int | np.ndarray = 0
    tau: float = 10.0


@dataclass
class Lane:
    supplier: str
    buyer: str
    group: str
    item: str
    weight: float | np.ndarray = 1.0
    lead: int | np.ndarray = 5


@dataclass
class Spec:
    sites: list[Site]
    slots: list[Slot]
    lanes: list[Lane]
    n_members: int = 1
    extra: dict = field(default_factory=dict)


def compile_spec(spec: Spec) -> CompiledNetwork:
    """Lay a specification out; baseline production follows from final demand."""
    m = spec.n_members

    def wide(values, dtype=np.float64):
        rows = [np.broadcast_to(np.asarray(v, dtype), (m,)) for v in values]
        return np.ascontiguousarray(np.array(rows, dtype).reshape(len(rows), m))

    site_ids = tuple(s.id for s in spec.sites)
    at = {s: k for k, s in enumerate(site_ids)}
    slots = sorted(spec.slots, key=lambda s: (at[s.site], s.group, s.rank))
    slot_at = {(s.site, s.group, s.item): k for k, s in enumerate(slots)}
    lanes = sorted(spec.lanes, key=lambda a: (at[a.supplier], slot_at[a.buyer, a.group, a.item]))
    groups: list[tuple[str, str]] = []
    for s in slots:
        if (s.site, s.group) not in groups:
            groups.append((s.site, s.group))
    group_at = {g: k for k, g in enumerate(groups)}
    slot_group = np.array([group_at[s.site, s.group] for s in slots], np.int32)
    slot_site = np.array([at[s.site] for s in slots], np.int32)
    coef, yield_ = wide([s.coef for s in slots]), wide([s.yield_ for s in slots])
    share, weight = wide([s.share for s in slots]), wide([a.weight for a in lanes])
    lane_supplier = np.array([at[a.supplier] for a in lanes], np.int32)
    lane_slot = np.array([slot_at[a.buyer, a.group, a.item] for a in lanes], np.int32)
    final = wide([s.final for s in spec.sites])
    x0 = final.copy()
    for _ in range(len(spec.sites) + 1):
        need = x0[slot_site] * share * coef / yield_
        flow = weight * need[lane_slot]
        x0 = final.copy()
        np.add.at(x0, lane_supplier, flow)
    need = x0[slot_site] * share * coef / yield_
    flow = weight * need[lane_slot]
    slack = wide([s.slack for s in spec.sites])
    cover = wide([s.cover for s in slots])
    order = np.argsort(lane_slot, kind="stable").astype(np.int32)

    def ptr(index, size):
        return np.concatenate([[0], np.cumsum(np.bincount(index, minlength=size))]).astype(np.int32)

    group_site = np.array([at[g[0]] for g in groups], np.int32)
    essentiality = np.zeros(len(groups), np.int32)
    for s in slots:
        essentiality[group_at[s.site, s.group]] = s.essentiality
    lane_ids = tuple(f"{a.supplier}>{a.buyer}/{a.group}/{a.item}" for a in lanes)
    countries = {s.id: s.country for s in spec.sites}
    return CompiledNetwork(
        site_ids=site_ids,
        group_ids=tuple(f"{a}/{b}" for a, b in groups),
        slot_ids=tuple(f"{s.site}/{s.group}/{s.item}" for s in slots),
        lane_ids=lane_ids,
        capacity=x0 * (1.0 + slack),
        x0=x0,
        final_demand=final,
        finished_stock=x0 * wide([s.finished_days for s in spec.sites]),
        site_priority=np.zeros(len(site_ids), np.int32),
        site_group_ptr=ptr(group_site, len(site_ids)),
        group_site=group_site,
        group_slot_ptr=ptr(slot_group, len(groups)),
        essentiality=essentiality,
        slot_site=slot_site,
        slot_group=slot_group,
        slot_rank=np.array([s.rank for s in slots], np.int32),
        coef=coef,
        yield_=yield_,
        base_share=share,
        cover=cover,
        stock0=cover * need,
        qualification=wide([s.qualification for s in slots], np.int32),
        tau=wide([s.tau for s in slots]),
        lane_supplier=lane_supplier,
        lane_slot=lane_slot,
        supplier_lane_ptr=ptr(lane_supplier, len(site_ids)),
        slot_lane_ptr=ptr(lane_slot, len(slots)),
        slot_lanes=order,
        flow0=flow,
        weight=weight,
        lead=wide([a.lead for a in lanes], np.int32),
        sites=pd.DataFrame(
            {
                "id": site_ids,
                "party": site_ids,
                "country": [s.country for s in spec.sites],
                "item": [s.item for s in spec.sites],
                "sector": [s.sector for s in spec.sites],
                "tier": 0,
                "end_use": "civil",
                "unit": "t",
            }
        ),
        slots=pd.DataFrame(
            {
                "id": [f"{s.site}/{s.group}/{s.item}" for s in slots],
                "site": [s.site for s in slots],
                "group": [s.group for s in slots],
                "item": [s.item for s in slots],
                "rank": [s.rank for s in slots],
                "unit": "t",
            }
        ),
        lanes=pd.DataFrame(
            {
                "id": lane_ids,
                "supplier": [a.supplier for a in lanes],
                "buyer": [a.buyer for a in lanes],
                "group": [a.group for a in lanes],
                "item": [a.item for a in lanes],
                "origin": [countries[a.supplier] for a in lanes],
                "destination": [countries[a.buyer] for a in lanes],
                "end_use": "civil",
                "exporter": [a.supplier for a in lanes],
                "importer": [a.buyer for a in lanes],
                "unit": "t",
            }
        ),
    )


def pair(*, days_cover=10.0, lead=5, coef=0.5, output=100.0, slack=0.0, tau=10.0) -> Spec:
    """One supplier, one buyer."""
    return Spec(
        sites=[Site("mine", "ore", slack=slack), Site("maker", "car", final=output, sector="cars")],
        slots=[Slot("maker", "ore", "ore", coef=coef, cover=days_cover, tau=tau)],
        lanes=[Lane("mine", "maker", "ore", "ore", lead=lead)],
    )


def lane_index(net: CompiledNetwork, supplier: str, buyer: str, item: str | None = None) -> int:
    for k in range(net.n_lanes):
        row = net.lanes.iloc[k]
        if row["supplier"] == supplier and row["buyer"] == buyer and item in (None, row["item"]):
            return k
    raise KeyError((supplier, buyer, item))


def random_spec(rng: np.random.Generator, *, n_members: int = 3) -> Spec:
    """A random layered network with substitutes, several suppliers and odd parameters."""
    n_raw, n_mid, n_end = (int(rng.integers(1, 4)) for _ in range(3))

    def spread(low, high):
        return rng.uniform(low, high, n_members)

    sites: list[Site] = []
    slots: list[Slot] = []
    lanes: list[Lane] = []
    raw_items = [("raw_a", n_raw), ("raw_b", int(rng.integers(1, 3)))]
    for item, count in raw_items:
        for k in range(count):
            sites.append(
                Site(
                    f"{item}{k}",
                    item,
                    final=spread(0.0, 5.0) if rng.random() < 0.5 else 0.0,
                    slack=spread(0.0, 0.5),
                    finished_days=float(rng.choice([0.0, 3.0])),
                )
            )
    for k in range(n_mid):
        sites.append(
            Site(
                f"mid{k}",
                "part",
                slack=spread(0.0, 0.3),
                finished_days=float(rng.choice([0.0, 2.0])),
            )
        )
    for k in range(n_end):
        sites.append(
            Site(
                f"end{k}",
                "product",
                final=spread(1.0, 50.0),
                slack=spread(0.0, 0.3),
                sector="goods",
            )
        )

    def feed(buyer, group, item, suppliers, **slot):
        slots.append(
            Slot(
                buyer,
                group,
                item,
                coef=spread(0.1, 2.0),
                yield_=spread(0.6, 1.0),
                cover=spread(0.0, 30.0),
                tau=float(rng.uniform(1.0, 20.0)),
                **slot,
            )
        )
        chosen = [s for s in suppliers if rng.random() < 0.7] or [suppliers[0]]
        weights = rng.dirichlet(np.ones(len(chosen)), n_members).T
        for supplier, weight in zip(chosen, weights, strict=True):
            lead = (
                rng.integers(1, 20, n_members) if rng.random() < 0.6 else int(rng.integers(1, 20))
            )
            lanes.append(Lane(supplier, buyer, group, item, weight=weight, lead=lead))

    raw_a = [s.id for s in sites if s.item == "raw_a"]
    raw_b = [s.id for s in sites if s.item == "raw_b"]
    mids = [s.id for s in sites if s.item == "part"]
    for buyer in mids:
        mixed = rng.random() < 0.3
        share = float(rng.uniform(0.2, 0.8)) if mixed else 1.0
        feed(buyer, "raw", "raw_a", raw_a, share=share)
        if mixed or rng.random() < 0.6:
            feed(
                buyer,
                "raw",
                "raw_b",
                raw_b,
                rank=1,
                share=1.0 - share,
                qualification=rng.integers(0, 40, n_members),
            )
    for buyer in (s.id for s in sites if s.item == "product"):
        feed(buyer, "part", "part", mids)
        if rng.random() < 0.5:
            feed(buyer, "extra", "raw_b", raw_b, essentiality=int(rng.integers(0, 3)))
    used = {lane.supplier for lane in lanes}
    for site in sites:
        if site.item != "product" and site.id not in used and np.all(np.asarray(site.final) == 0.0):
            site.final = 1.0
    return Spec(sites, slots, lanes, n_members)


def random_schedule(rng: np.random.Generator, net: CompiledNetwork, *, days: int = 60) -> Schedule:
    """Random gates, licences, caps and shocks."""
    m, n_lanes = net.n_members, net.n_lanes
    cuts = np.unique(np.concatenate([[0], rng.integers(1, days, 3)])).astype(np.int32)
    gate = rng.choice([0, 0, 1, 2, 3], (cuts.size, n_lanes)).astype(np.int8)
    gate[0] = np.where(rng.random(n_lanes) < 0.7, 0, gate[0])
    room = caps = shocks = None
    if rng.random() < 0.8:
        n_groups = int(rng.integers(1, 4))
        lane_licence = rng.integers(-1, n_groups, n_lanes).astype(np.int32)
        granted = [
            Credit(
                f"g{rng.integers(n_groups)}",
                f"l{k}",
                rng.uniform(0.0, 200.0, m),
                rng.integers(0, days, m).astype(np.int32),
                rng.integers(1, 2 * days, m).astype(np.int32),
            )
            for k in range(int(rng.integers(1, 5)))
        ]
        room = licence_room(
            lane_licence, [f"g{k}" for k in range(n_groups)], credits=granted, n_members=m
        )
    if rng.random() < 0.6:
        n_caps = int(rng.integers(1, 3))
        steps = np.unique(np.concatenate([[0], rng.integers(1, days, 2)])).astype(np.int32)
        rate = rng.uniform(0.0, 60.0, (steps.size, n_caps, m))
        rate[rng.random(rate.shape) < 0.2] = np.inf
        caps = Caps(
            tuple(f"c{k}" for k in range(n_caps)),
            rng.integers(-1, n_caps, n_lanes).astype(np.int32),
            steps,
            rate,
            bool(rng.random() < 0.5),
            np.arange(0, days, 30).astype(np.int32),
        )
    if rng.random() < 0.6:
        steps = np.unique(np.concatenate([[0], rng.integers(1, days, 2)])).astype(np.int32)
        shocks = Shocks(
            steps,
            capacity=rng.uniform(0.2, 1.2, (steps.size, net.n_sites, m)),
            demand=rng.uniform(0.0, 1.5, (steps.size, net.n_sites, 1)),
            lead_extra=rng.integers(0, 6, (steps.size, n_lanes)).astype(np.int32)
            if rng.random() < 0.5
            else None,
        )
    base = open_schedule(START, days, n_lanes=n_lanes, n_members=m)
    return Schedule(
        start=base.start,
        days=days,
        gate_days=cuts,
        gate=gate,
        reason=np.full(gate.shape, -1, np.int32),
        reasons=(),
        unknown_open=rng.random(m) < 0.5,
        room=room,
        caps=caps,
        shocks=shocks,
        substitution=bool(rng.random() < 0.8),
    )
