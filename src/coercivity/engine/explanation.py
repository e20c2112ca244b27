"""Why a site made what it made: from the line back to the measure.

The walk starts at the site on the day asked for.  What bound its output — an input, capacity,
demand — leads to the lanes that should have delivered, on the day on which the goods should have
departed; a lane leads to its gate, its licence or its cap, or to the supplier, where the walk goes
on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.method import Method
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, OPEN, UNKNOWN, Schedule
from coercivity.engine.trace import Trace, trace
from coercivity.errors import NotFoundError, UsageError
from coercivity.network.compiled import CompiledNetwork
from coercivity.results.chain import Chain, Step, StepKind

__all__ = ["why"]

_FULL: Final = 1.0 - 1e-6
"""Share of the usual above which nothing needs explaining."""

_DEEPEST: Final = 8
"""Links after which the walk ends."""

_LANES: Final = 4
"""Lanes named for one input; the others are summed up."""


def why(
    net: CompiledNetwork,
    schedule: Schedule,
    *,
    site: str,
    day: date,
    member: int = 0,
    method: Method | None = None,
) -> Chain:
    """Explain a site's output on a day in one member.

    Parameters
    ----------
    net : CompiledNetwork
    schedule : Schedule
    site : str
        Id of a site.
    day : date
    member : int
        Position of the member.
    method : Method, optional
        As in the run to be explained.

    Returns
    -------
    Chain
        Steps from the output to gates, licences, caps and shocks.

    Raises
    ------
    NotFoundError
        If the network has no such site.
    UsageError
        If the day or the member is not simulated.
    """
    if site not in net.site_ids:
        raise NotFoundError(
            f"no site {site!r} in the network", where="site", expected="an id as in network.sites"
        )
    if not 0 <= member < net.n_members:
        raise UsageError(
            f"no member {member}", where="member", expected=f"0 to {net.n_members - 1}"
        )
    index, row = schedule.index_of(day), net.site_ids.index(site)
    only = np.array([member], np.intp)
    kept = trace(net, schedule, members=only, days=index + 1, method=method)
    walk = _Walk(net, schedule, kept, member)
    walk.site(row, index, 0)
    return Chain(
        site=site,
        day=day,
        member=member,
        output=float(kept.site[index, f.MADE, row, 0]),
        baseline=float(net.x0[row, member]),
        steps=tuple(walk.steps),
    )


@dataclass(eq=False)
class _Walk:
    """A walk in progress: where it has been and what it has said."""

    net: CompiledNetwork
    schedule: Schedule
    kept: Trace
    member: int
    steps: list[Step] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def say(
        self,
        kind: StepKind,
        subject: str,
        text: str,
        *,
        day: int,
        depth: int,
        numbers: tuple[tuple[str, float, str], ...] = (),
        refs: tuple[str, ...] = (),
    ) -> None:
        """Add a step."""
        when = self.schedule.date_of(day)
        self.steps.append(Step(kind, subject, text, when, depth, numbers, refs))

    def of_site(self, name: int, site: int, day: int) -> float:
        """Quantity of a site on a day."""
        return float(self.kept.site[day, name, site, 0])

    def of_lane(self, name: int, lane: int, day: int) -> float:
        """Quantity of a lane on a day."""
        return float(self.kept.lane[day, name, lane, 0])

    def of_slot(self, name: int, slot: int, day: int) -> float:
        """Quantity of a slot on a day."""
        return float(self.kept.slot[day, name, slot, 0])

    def site(self, site: int, day: int, depth: int) -> None:
        """Explain a site's output."""
        self.seen.add(site)
        name, unit = self.net.site_ids[site], str(self.net.sites["unit"].iloc[site])
        made, usual = self.of_site(f.MADE, site, day), self.of_site(f.X0, site, day)
        share = made / usual if usual > 0.0 else 1.0
        when = self.schedule.date_of(day)
        self.say(
            "output",
            name,
            f"On {when}, {name} makes {share:.0%} of its usual output.",
            day=day,
            depth=depth,
            numbers=(("output", made, f"{unit}/day"), ("usual output", usual, f"{unit}/day")),
        )
        if share >= _FULL or depth >= _DEEPEST:
            return
        group = self.scarcest(site, day)
        limit = np.inf if group < 0 else self.usable(group, day)
        top = self.capacity(site, day)
        if group >= 0 and limit <= made * (1.0 + 1e-9) + 1e-12 * usual:
            self.input(group, day, depth + 1)
        elif top <= made * (1.0 + 1e-9):
            self.shock(site, day, depth + 1, top=top)
        elif self.reduced(site, day):
            self.reductions(site, day, depth + 1)
        else:
            self.demand(site, day, depth + 1)

    def usable(self, group: int, day: int) -> float:
        """Output that a group's stocks allowed on a day, before use."""
        rows = range(*self.net.group_slot_ptr[group : group + 2])
        return sum(
            (self.of_slot(f.STOCK, i, day) + self.of_slot(f.USED, i, day))
            * self.of_slot(f.PER_USE, i, day)
            * self.before(f.QUALIFIED, i, day)
            for i in rows
        )

    def before(self, name: int, slot: int, day: int) -> float:
        """Quantity of a slot on the morning of a day."""
        if day > 0:
            return self.of_slot(name, slot, day - 1)
        return float(self.net.base_share[slot, self.member] > 0.0)

    def scarcest(self, site: int, day: int) -> int:
        """Essential group that allows the least output, -1 if there is none."""
        groups = [
            group
            for group in range(*self.net.site_group_ptr[site : site + 2])
            if self.net.essentiality[group] == 2
        ]
        return min(groups, key=lambda group: self.usable(group, day), default=-1)

    def capacity(self, site: int, day: int) -> float:
        """Capacity on a day, with shocks."""
        shocks = self.schedule.shocks
        top = self.of_site(f.CAPACITY, site, day)
        if shocks is None or shocks.capacity is None:
            return top
        step = int(np.searchsorted(shocks.days, day, side="right")) - 1
        row = shocks.capacity[step, site]
        return top * float(row[self.member if row.size > 1 else 0])

    def shock(self, site: int, day: int, depth: int, *, top: float) -> None:
        """Say that capacity binds."""
        note = "" if self.schedule.shocks is None else self.schedule.shocks.note
        text = f"Its capacity allows no more{f': {note}' if note else ''}."
        unit = f"{self.net.sites['unit'].iloc[site]}/day"
        self.say(
            "shock", self.net.site_ids[site], text, day=day, depth=depth,
            numbers=(("capacity", top, unit),),
        )  # fmt: skip

    def reduced(self, site: int, day: int) -> bool:
        """Whether a non-essential input is short."""
        made = self.of_site(f.MADE, site, day)
        return any(
            self.usable(group, day) <= made * (1.0 + 1e-9)
            for group in range(*self.net.site_group_ptr[site : site + 2])
            if self.net.essentiality[group] == 1
        )

    def reductions(self, site: int, day: int, depth: int) -> None:
        """Explain every non-essential input that is short."""
        made = self.of_site(f.MADE, site, day)
        for group in range(*self.net.site_group_ptr[site : site + 2]):
            if self.net.essentiality[group] == 1 and self.usable(group, day) <= made * (1 + 1e-9):
                self.input(group, day, depth)

    def demand(self, site: int, day: int, depth: int) -> None:
        """Say that customers ask for no more, and which of them may not buy."""
        name = self.net.site_ids[site]
        self.say("demand", name, f"{name} is asked for no more.", day=day, depth=depth)
        lanes = range(*self.net.supplier_lane_ptr[site : site + 2])
        gates = self.schedule.gate[self.schedule.segment_of(day)]
        shut = [k for k in lanes if gates[k] != OPEN and self.net.flow0[k, self.member] > 0.0]
        shut.sort(key=lambda k: -float(self.net.flow0[k, self.member]))
        for lane in shut[:_LANES]:
            self.gate(lane, day, depth + 1)

    def input(self, group: int, day: int, depth: int) -> None:
        """Explain an input that binds, by the lanes that should have delivered."""
        net, slots = self.net, range(*self.net.group_slot_ptr[group : group + 2])
        items = ", ".join(str(net.slots["item"].iloc[i]) for i in slots)
        site = int(net.group_site[group])
        allowed, usual = self.usable(group, day), self.of_site(f.X0, site, day)
        share = allowed / usual if usual > 0.0 else 0.0
        self.say(
            "input",
            net.group_ids[group],
            f"The stock of {items} allows {share:.0%} of the usual output.",
            day=day,
            depth=depth,
            numbers=(("output that the stock allows", allowed, str(net.sites["unit"].iloc[site])),),
        )
        waiting = [i for i in slots if self.before(f.QUALIFIED, i, day) == 0.0]
        for i in waiting:
            self.substitute(i, day, depth + 1)
        lanes = [
            int(k)
            for i in slots
            if i not in waiting
            for k in net.slot_lanes[net.slot_lane_ptr[i] : net.slot_lane_ptr[i + 1]]
            if net.weight[k, self.member] > 0.0
        ]
        lanes.sort(key=lambda k: (-float(net.flow0[k, self.member]), k))
        short = [k for k in lanes if self.missing(k, day)]
        for lane in short[:_LANES]:
            self.lane(lane, day, depth + 1)
        if len(short) > _LANES:
            rest = f"{len(short) - _LANES} smaller lanes deliver less than they are asked for, too."
            self.say("lane", net.group_ids[group], rest, day=day, depth=depth + 1)

    def substitute(self, slot: int, day: int, depth: int) -> None:
        """Say why a substitute is not used."""
        item = str(self.net.slots["item"].iloc[slot])
        started = self.of_slot(f.STARTED, slot, day)
        if not self.schedule.substitution:
            text = f"{item} could stand in, but this scenario has no substitution."
        elif started < 0.0:
            text = f"{item} could stand in, but qualifying it has not begun."
        else:
            ready = started + self.of_slot(f.QUALIFICATION, slot, day)
            begun = self.schedule.date_of(int(started))
            done = self.schedule.date_of(int(ready))
            text = f"{item} is being qualified since {begun} and can be used from {done}."
        self.say("input", self.net.slot_ids[slot], text, day=day, depth=depth)

    def departure(self, lane: int, day: int) -> int:
        """Day on which what should arrive on `day` should have departed."""
        return max(0, day - int(self.net.lead[lane, self.member]))

    def missing(self, lane: int, day: int) -> bool:
        """Whether a lane sent less than its usual flow or than it was asked for."""
        left = self.departure(lane, day)
        asked = self.of_lane(f.REQUEST, lane, left)
        sent, usual = self.of_lane(f.SHIP, lane, left), float(self.net.flow0[lane, self.member])
        return sent < _FULL * max(asked, usual)

    def lane(self, lane: int, day: int, depth: int) -> None:
        """Explain what a lane failed to send."""
        net, left = self.net, self.departure(lane, day)
        unit = f"{net.lanes['unit'].iloc[lane]}/day"
        asked, sent = self.of_lane(f.REQUEST, lane, left), self.of_lane(f.SHIP, lane, left)
        supplier = net.site_ids[int(net.lane_supplier[lane])]
        share = sent / asked if asked > 0.0 else 0.0
        lead = int(net.lead[lane, self.member])
        self.say(
            "lane",
            net.lane_ids[lane],
            f"{supplier} sent {share:.0%} of what was asked on {self.schedule.date_of(left)}, "
            f"{lead} days of transport earlier.",
            day=left,
            depth=depth,
            numbers=(
                ("asked", asked, unit),
                ("sent", sent, unit),
                ("usual flow", float(net.flow0[lane, self.member]), unit),
            ),
        )
        if sent >= _FULL * asked:
            return
        if self.schedule.gate[self.schedule.segment_of(left), lane] != OPEN:
            self.gate(lane, left, depth + 1)
        if self.capped(lane, left):
            self.cap(lane, left, depth + 1)
        site = int(net.lane_supplier[lane])
        if self.of_site(f.RATIO, site, left) < _FULL and depth < _DEEPEST:
            self.supplier(site, left, depth + 1)

    def supplier(self, site: int, day: int, depth: int) -> None:
        """Say that a supplier is scarce, and why, once."""
        name, ratio = self.net.site_ids[site], self.of_site(f.RATIO, site, day)
        again = " (explained above)" if site in self.seen else ""
        text = f"{name} can deliver {ratio:.0%} of what its customers may take{again}."
        self.say("supplier", name, text, day=day, depth=depth)
        if not again:
            self.site(site, day, depth + 1)

    def gate(self, lane: int, day: int, depth: int) -> None:
        """Say how a gate stands, and who says so."""
        segment = self.schedule.segment_of(day)
        gate, at = int(self.schedule.gate[segment, lane]), int(self.schedule.reason[segment, lane])
        known = self.schedule.unknown_open
        is_open = bool(known[self.member if known.size > 1 else 0])
        text = {
            LICENCE_ONLY: "The lane is open to licensed goods only",
            CLOSED: "The lane is closed",
            UNKNOWN: "Nobody knows whether the lane is open; in this member "
            + ("it is" if is_open else "it is open to licensed goods only"),
        }[gate]
        reason = self.schedule.reasons[at] if at >= 0 else None
        because = f": {reason.text}" if reason is not None and reason.text else ""
        self.say(
            "gate", self.net.lane_ids[lane], f"{text}{because}.", day=day, depth=depth,
            refs=() if reason is None else reason.refs,
        )  # fmt: skip
        if gate == LICENCE_ONLY or (gate == UNKNOWN and not is_open):
            self.licence(lane, day, depth + 1)

    def licence(self, lane: int, day: int, depth: int) -> None:
        """Say what room the lane's licences had."""
        room = self.schedule.room
        group = -1 if room is None else int(room.lane_licence[lane])
        if room is None or group < 0:
            text = "No licence covers the lane."
            self.say("licence", self.net.lane_ids[lane], text, day=day, depth=depth)
            return
        rows = np.flatnonzero(room.credit_group == group)
        left = float(self.kept.credit[day, rows, 0].sum())
        unit = str(self.net.lanes["unit"].iloc[lane])
        when = self.schedule.date_of(day)
        text = f"The licences of {room.group_ids[group]} have {left:.3g} {unit} left after {when}."
        names = tuple(dict.fromkeys(room.credit_ids[c] for c in rows))
        numbers = (("room left", left, unit),)
        self.say(
            "licence", room.group_ids[group], text, day=day, depth=depth, numbers=numbers,
            refs=names,
        )  # fmt: skip

    def capped(self, lane: int, day: int) -> bool:
        """Whether the lane's cap was exhausted on a day."""
        caps = self.schedule.caps
        if caps is None or caps.lane_cap[lane] < 0:
            return False
        left = float(self.kept.cap[day, caps.lane_cap[lane], 0])
        return left <= 1e-9 * max(1.0, self.of_lane(f.REQUEST, lane, day))

    def cap(self, lane: int, day: int, depth: int) -> None:
        """Say that a cap binds."""
        caps = self.schedule.caps
        if caps is not None:
            name = caps.cap_ids[int(caps.lane_cap[lane])]
            text = f"The cap {name} is exhausted on {self.schedule.date_of(day)}."
            self.say("cap", name, text, day=day, depth=depth, refs=(name,))
