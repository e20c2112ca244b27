"""The same day in plain numpy: slow, direct, and the measure of the compiled one.

Every rule is written once more from the equations in ``docs/explanation/engine.md``, without
the kernel's tables, blocks, pipelines or shortcuts.  Tests run both on random networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels.fields import FAILED
from coercivity.engine.method import DUST, Method
from coercivity.engine.schedule import LICENCE_ONLY, OPEN, UNKNOWN, Schedule
from coercivity.network.compiled import CompiledNetwork

__all__ = ["Reference", "simulate_reference"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reference:
    """Daily quantities of a run, in full.

    Attributes
    ----------
    made, finished, sold : float64[day, site, member]
    stock, order, qualified : float64[day, slot, member]
    request, ship, fill : float64[day, lane, member]
    drawn, lapsed : float64[day, licence_group, member], that day's
    """

    made: Array
    finished: Array
    sold: Array
    stock: Array
    order: Array
    qualified: Array
    request: Array
    ship: Array
    fill: Array
    drawn: Array
    lapsed: Array


class _Run:
    """State of a reference run; one method per step of the day."""

    def __init__(self, net: CompiledNetwork, schedule: Schedule, method: Method) -> None:
        self.net, self.schedule, self.method = net, schedule, method
        m = net.n_members
        self.use = net.coef / net.yield_
        self.stock = net.stock0.copy()
        self.finished = net.finished_stock.copy()
        self.order = net.need0()
        self.fill = np.ones((net.n_lanes, m))
        self.qualified = (net.base_share > 0.0).astype(float)
        self.started = np.full((net.n_slots, m), np.inf)
        self.lane_backlog = np.zeros((net.n_lanes, m))
        self.final_backlog = np.zeros((net.n_sites, m))
        room, caps = schedule.room, schedule.caps
        self.balance = np.zeros((0 if room is None else len(room.credit_ids), m))
        self.cap_kept = np.zeros((0 if caps is None else len(caps.cap_ids), m))
        self.arriving: dict[int, Array] = {}
        for lane in range(net.n_lanes):
            for member in range(m):
                for day in range(net.lead[lane, member]):
                    self._send(day, int(net.lane_slot[lane]), member, net.flow0[lane, member])

    def _send(self, day: int, slot: int, member: int, amount: float) -> None:
        """Enter an arrival."""
        if day not in self.arriving:
            self.arriving[day] = np.zeros_like(self.stock)
        self.arriving[day][slot, member] += amount

    def in_transit(self) -> Array:
        """Everything that will arrive."""
        return sum(self.arriving.values(), np.zeros_like(self.stock))

    def shock(self, day: int, name: str) -> Array | None:
        """Shock of a kind on a day."""
        shocks = self.schedule.shocks
        table = None if shocks is None else getattr(shocks, name)
        if shocks is None or table is None:
            return None
        step = int(np.searchsorted(shocks.days, day, side="right")) - 1
        row: Array = table[step]
        return row

    def lead_on(self, day: int) -> NDArray[np.int32]:
        """Lead time of what departs on a day."""
        extra = self.shock(day, "lead_extra")
        return self.net.lead if extra is None else self.net.lead + extra[:, None].astype(np.int32)

    def weigh(self, day: int) -> tuple[Array, Array, Array]:
        """Weights of lanes, their sum per slot, and the slot's mean lead time."""
        net = self.net
        weight = net.weight * np.maximum(self.fill, self.method.probe)
        total = np.zeros_like(self.stock)
        lead = np.zeros_like(self.stock)
        np.add.at(total, net.lane_slot, weight)
        np.add.at(lead, net.lane_slot, weight * self.lead_on(day))
        return weight, total, _divide(lead, total)

    def requests(self, weight: Array, total: Array) -> Array:
        """Spread orders over lanes."""
        slot = self.net.lane_slot
        asked = _divide(self.order, total)[slot] * weight
        return asked + self.lane_backlog

    def final_demand(self, day: int) -> Array:
        """Add up what final users ask for."""
        factor = self.shock(day, "demand")
        demand = self.net.final_demand * (1.0 if factor is None else factor)
        return demand + self.final_backlog

    def usable(self, group: int) -> Array:
        """Output that a group's qualified stocks allow."""
        rows = slice(*self.net.group_slot_ptr[group : group + 2])
        have: Array = (self.stock * self.qualified / self.use)[rows].sum(axis=0)
        return have

    def produce(self, day: int, demand: Array) -> Array:
        """Output of each site."""
        net, method = self.net, self.method
        gap = net.finished_stock - self.finished
        wanted = demand + np.where(gap < 0.0, gap, gap / method.finished_tau)
        factor = self.shock(day, "capacity")
        top = net.capacity * method.overproduction * (1.0 if factor is None else factor)
        made = np.minimum(np.maximum(wanted, 0.0), top)
        for site in range(net.n_sites):
            groups = range(*net.site_group_ptr[site : site + 2])
            for group in groups:
                if net.essentiality[group] == 2:
                    made[site] = np.minimum(made[site], self.usable(group))
            lost = np.zeros_like(made[site])
            for group in groups:
                if net.essentiality[group] == 1:
                    missing = 1.0 - np.minimum(1.0, _divide(self.usable(group), made[site]))
                    lost += np.where(made[site] > 0.0, missing, 0.0) / len(groups)
            made[site] *= np.maximum(0.0, 1.0 - lost)
        return made

    def allocate(
        self, day: int, *, request: Array, final: Array, available: Array
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Shipments, final sales, licence draws, delivery ratio, first offers."""
        gate = self.schedule.gate[self.schedule.segment_of(day)][:, None]
        known_open = (gate == OPEN) | ((gate == UNKNOWN) & self.schedule.unknown_open[None, :])
        licensed = ~known_open & ((gate == LICENCE_ONLY) | (gate == UNKNOWN))
        room, cap_room = self.open_room(day)
        ship = np.zeros_like(request)
        left, drawn = available.copy(), np.zeros_like(room)
        last = self.method.rule == "final_demand_last"
        ratio, first = np.ones_like(available), np.zeros_like(request)
        for turn in range(self.method.rounds):
            wanted = np.where((left > 0.0)[self.net.lane_supplier], request - ship, 0.0)
            wanted = wanted if turn else request
            offer = self.offers(wanted, known_open, licensed, room - drawn, cap_room)
            asked = np.zeros_like(available)
            np.add.at(asked, self.net.lane_supplier, offer)
            if turn == 0 and not last:
                asked = asked + final
            share = np.where(asked > left, _divide(left, asked), 1.0)
            sent = offer * share[self.net.lane_supplier]
            if turn == 0:
                ratio, first = share, offer
            left = np.maximum(0.0, left - asked)
            ship = ship + sent
            if self.schedule.room is not None:
                _scatter(drawn, self.schedule.room.lane_licence, np.where(licensed, sent, 0.0))
            if self.schedule.caps is not None:
                _scatter(cap_room, self.schedule.caps.lane_cap, -sent)
        total = np.zeros_like(available)
        np.add.at(total, self.net.lane_supplier, ship)
        sold = np.minimum(final, np.maximum(0.0, available - total)) if last else final * ratio
        self.cap_kept = np.where(np.isfinite(cap_room), np.maximum(0.0, cap_room), 0.0)
        return ship, sold, self.draw(drawn), ratio, first

    def open_room(self, day: int) -> tuple[Array, Array]:
        """Licence room and cap room of a day."""
        room, caps, m = self.schedule.room, self.schedule.caps, self.net.n_members
        groups, cap_room = np.zeros((0, m)), np.zeros((0, m))
        self.lapsed = groups
        if room is not None:
            groups = np.zeros((len(room.group_ids), m))
            self.lapsed = np.zeros_like(groups)
            self.balance = np.where(room.credit_day == day, room.credit_amount, self.balance)
            over = room.credit_expiry <= day
            np.add.at(self.lapsed, room.credit_group, np.where(over, self.balance, 0.0))
            self.balance = np.where(over, 0.0, self.balance)
            np.add.at(groups, room.credit_group, self.balance)
        if caps is not None:
            step = int(np.searchsorted(caps.days, day, side="right")) - 1
            keep = caps.carry and day not in caps.reset_days
            cap_room = caps.rate[step] + (self.cap_kept if keep else 0.0)
        return groups, cap_room

    def offers(
        self, wanted: Array, known_open: Mask, licensed: Mask, room: Array, cap_room: Array
    ) -> Array:
        """Part of what is wanted that gates, licence room and caps allow."""
        offer = np.where(known_open | licensed, np.maximum(0.0, wanted), 0.0)
        groups = self.schedule.room
        lane_licence = np.full(self.net.n_lanes, -1) if groups is None else groups.lane_licence
        offer = np.where(licensed & (lane_licence < 0)[:, None], 0.0, offer)
        offer = _share(offer, lane_licence, licensed, room)
        if self.schedule.caps is not None:
            everything = np.ones_like(licensed)
            offer = _share(offer, self.schedule.caps.lane_cap, everything, cap_room)
        return offer

    def draw(self, drawn: Array) -> Array:
        """Take the day's draws out of the credits, in order."""
        if self.schedule.room is not None:
            rest = drawn.copy()
            for credit, group in enumerate(self.schedule.room.credit_group):
                part = np.minimum(self.balance[credit], rest[group])
                self.balance[credit] -= part
                rest[group] -= part
        return drawn

    def depart(self, day: int, ship: Array) -> None:
        """Enter the day's shipments as arrivals."""
        lead = self.lead_on(day)
        for lane in range(self.net.n_lanes):
            for member in range(self.net.n_members):
                if ship[lane, member] > 0.0:
                    arrival = day + int(lead[lane, member])
                    slot = int(self.net.lane_slot[lane])
                    self._send(arrival, slot, member, ship[lane, member])

    def consume(self, made: Array) -> Array:
        """Take the inputs of the day's output."""
        net = self.net
        need = made[net.slot_site] * net.base_share * self.use
        used = np.minimum(self.stock, need)
        for group in range(net.n_groups):
            rows = range(*net.group_slot_ptr[group : group + 2])
            if len(rows) == 1:
                continue
            short = made[net.group_site[group]].copy()
            for slot in rows:
                short -= used[slot] / self.use[slot]
            for slot in rows:
                more = np.maximum(0.0, short) * self.use[slot] * self.qualified[slot]
                more = np.minimum(self.stock[slot] - used[slot], more)
                used[slot] += more
                short -= more / self.use[slot]
        self.stock = np.maximum(0.0, self.stock - used)
        return used

    def learn(self, day: int, *, request: Array, ship: Array, ratio: Array) -> None:
        """Remember how well each lane delivered."""
        net, schedule = self.net, self.schedule
        gate = schedule.gate[schedule.segment_of(day)][:, None]
        known_open = (gate == OPEN) | ((gate == UNKNOWN) & schedule.unknown_open[None, :])
        seen = np.where(known_open, ratio[net.lane_supplier], 0.0)
        shared = (gate == LICENCE_ONLY) | (gate == UNKNOWN)
        if schedule.caps is not None:
            shared |= (gate == OPEN) & (schedule.caps.lane_cap >= 0)[:, None]
        delivered = np.minimum(1.0, _divide(ship, request))
        known = np.where(request > 0.0, delivered, self.fill)
        seen = np.where(shared, known, seen)
        seen = np.where(self.qualified[net.lane_slot] > 0.0, seen, self.fill)
        fill = self.fill + (seen - self.fill) / self.method.fill_days
        fill = np.where(fill > FAILED, fill, 0.0)
        self.fill = np.where(fill < 1.0 - FAILED, fill, 1.0)

    def place_orders(self, day: int, used: Array) -> None:
        """Order for tomorrow."""
        net, method = self.net, self.method
        _, total, lead = self.weigh(day)
        backlog = np.zeros_like(self.stock)
        np.add.at(backlog, net.lane_slot, self.lane_backlog)
        held = (self.stock + self.in_transit() + backlog) / self.use
        tau = net.tau if method.tau is None else np.full_like(net.tau, method.tau)
        for group in range(net.n_groups):
            rows = slice(*net.group_slot_ptr[group : group + 2])
            x0 = net.x0[net.group_site[group]]
            if rows.stop - rows.start > 1:
                if self.schedule.substitution:
                    self.qualify(day, group, total)
                share = self.split(rows, total)
            else:
                share = np.ones((1, net.n_members))
            target = x0 * (share * (net.cover[rows] + lead[rows])).sum(axis=0)
            gap = target - held[rows].sum(axis=0)
            taken = (used[rows] / self.use[rows]).sum(axis=0)
            wanted = taken + gap / tau[rows]
            wanted = np.where(wanted > DUST["double"] * x0, wanted, 0.0)
            self.order[rows] = share * wanted * self.use[rows]

    def qualify(self, day: int, group: int, total: Array) -> None:
        """Start and end qualifications."""
        net, method = self.net, self.method
        rows = range(*net.group_slot_ptr[group : group + 2])
        every = slice(rows.start, rows.stop)
        planned = (net.base_share * total)[every].sum(axis=0)
        target = (net.base_share * net.cover)[every].sum(axis=0) * net.x0[net.group_site[group]]
        wanted = self.usable(group) < method.trigger_cover * target
        wanted |= planned < method.trigger_fill
        for slot in rows:
            begins = wanted & (net.base_share[slot] == 0.0) & np.isinf(self.started[slot])
            self.started[slot] = np.where(begins, day, self.started[slot])
            ready = day + 1 >= self.started[slot] + net.qualification[slot]
            self.qualified[slot] = np.where(ready, 1.0, self.qualified[slot])

    def split(self, rows: slice, total: Array) -> Array:
        """Shares of a group's order by slot."""
        base = self.net.base_share[rows]
        expected = np.minimum(1.0, total[rows])
        share = base * expected
        rest = 1.0 - share.sum(axis=0)
        for row in range(share.shape[0]):
            part = np.maximum(0.0, rest) * expected[row] * self.qualified[rows][row]
            part = part * (1.0 - base[row])
            share[row] += part
            rest = rest - part
        split: Array = share + np.maximum(0.0, rest) * base
        return split


def _divide(above: Array, below: Array) -> Array:
    """Quotient, zero where nothing is divided by nothing."""
    with np.errstate(over="ignore"):  # a quotient past the largest number is as good as infinite
        out: Array = np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)
    return out


def _scatter(into: Array, index: NDArray[np.integer], values: Array) -> None:
    """Add rows to the groups they belong to; -1 belongs to none."""
    rows = np.flatnonzero(index >= 0)
    np.add.at(into, index[rows], values[rows])


def _share(offer: Array, index: NDArray[np.integer], who: Mask, room: Array) -> Array:
    """Scale offers so that no group's sum exceeds its room."""
    if not room.shape[0]:
        return offer
    asked = np.zeros_like(room)
    _scatter(asked, index, np.where(who, offer, 0.0))
    part = np.where(asked > room, _divide(room, asked), 1.0)
    part = np.where(room > 0.0, part, 0.0)
    limited = who & (index >= 0)[:, None]
    out: Array = np.where(limited, offer * part[index], offer)
    return out


def simulate_reference(
    net: CompiledNetwork, schedule: Schedule, *, method: Method | None = None
) -> Reference:
    """Run a schedule over a network in plain numpy.

    Parameters
    ----------
    net : CompiledNetwork
    schedule : Schedule
        With full member axes.
    method : Method, optional

    Returns
    -------
    Reference
        Every quantity of every day.
    """
    run = _Run(net, schedule, method or Method())
    rows: dict[str, list[Array]] = {name: [] for name in Reference.__dataclass_fields__}
    for day in range(schedule.days):
        run.stock = run.stock + run.arriving.pop(day, np.zeros_like(run.stock))
        weight, total, _ = run.weigh(day - 1 if day else 0)
        request = run.requests(weight, total)
        final = run.final_demand(day)
        demand = final.copy()
        np.add.at(demand, net.lane_supplier, request)
        made = run.produce(day, demand)
        available = run.finished + made
        ship, sold, drawn, ratio, first = run.allocate(
            day, request=request, final=final, available=available
        )
        total_out = np.zeros_like(made)
        np.add.at(total_out, net.lane_supplier, ship)
        run.finished = np.maximum(0.0, available - total_out - sold)
        if run.method.backlog == "keep":
            run.lane_backlog = np.where(first - ship > DUST["double"] * first, first - ship, 0.0)
            run.final_backlog = np.where(final - sold > DUST["double"] * final, final - sold, 0.0)
        run.depart(day, ship)
        used = run.consume(made)
        run.learn(day, request=request, ship=ship, ratio=ratio)
        run.place_orders(day, used)
        for name, value in (
            ("made", made), ("finished", run.finished), ("sold", sold), ("stock", run.stock),
            ("order", run.order), ("qualified", run.qualified), ("request", request),
            ("ship", ship), ("fill", run.fill), ("drawn", drawn), ("lapsed", run.lapsed),
        ):  # fmt: skip
            rows[name].append(value.copy())
    return Reference(**{name: np.array(values) for name, values in rows.items()})
