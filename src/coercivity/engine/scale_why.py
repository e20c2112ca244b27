"""Why a firm of a very large network made what it made: the run is repeated with the firm watched.

Nothing is kept per lane in a run.  The same bits come out of a second one, in which the lanes into
the firm are noted day by day; the walk then goes from the output to the input that binds, to its
lanes on the day on which today's goods should have departed, to their gates, licences and
suppliers, and on to the worst supplier by another run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY
from coercivity.errors import UsageError
from coercivity.options import Options
from coercivity.results.chain import Chain, Step, StepKind

if TYPE_CHECKING:
    from coercivity.engine.scale_layout import ScaleState
    from coercivity.engine.scale_results import ScaleResults

__all__ = ["why_scale"]

_FULL: Final = 1.0 - 1e-5
"""Share above which nothing needs explaining; rounding of 32 bits stays below."""
_NAMED: Final = 3
"""Lanes named for one input."""
_FARTHEST: Final = 3
"""Suppliers walked back to: each takes another run."""


@dataclass(eq=False)
class _Watch:
    """What is noted of one firm: a hook of the run."""

    firm: int
    day: int
    lanes: NDArray[np.int64]
    gated: NDArray[np.int64]
    places: NDArray[np.int64]
    lane_slot: NDArray[np.int64]
    request: NDArray[np.float64]
    ship: NDArray[np.float64]
    gate: NDArray[np.int8]
    stock: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    made: float = 0.0
    capacity: float = 0.0
    asked: float = 0.0

    def __call__(self, day: int, moment: int, state: ScaleState) -> None:
        """Note requests in the morning, output, and departures when gates are settled."""
        if moment == 0:
            weight = np.maximum(state.supply[0, :, k.FILL], state.par[k.PROBE])
            supplier = state.lanes.supplier[self.lanes]
            order = state.slots.table[k.QUOTIENT, self.lane_slot].astype(np.float64)
            self.unit = order * state.lanes.weight[self.lanes]
            self.request[day] = self.unit * weight[supplier]
            inside = self.gated >= 0
            self.request[day, inside] = state.gates.request[self.gated[inside]]
            if day == self.day:
                fill = float(weight[self.firm])
                self.stock = state.slots.table[k.STOCK, self.places].astype(np.float64)
                self.asked = float(state.supply[:, self.firm, k.DEMAND].sum()) * fill
                self.asked += float(state.site[k.FINAL, self.firm])
                gated = state.gates.site[state.gates.supplier] == self.firm
                self.asked += float(state.gates.request[gated].sum())
        elif moment == 2:
            share = state.supply[0, state.lanes.supplier[self.lanes], k.SHARE]
            self.ship[day] = self.unit * share
            inside = self.gated >= 0
            self.ship[day, inside] = state.gates.ship[self.gated[inside]]
            self.gate[day] = 0
            self.gate[day, inside] = state.gates.gate[state.gates.scope[self.gated[inside]]]
            if day == self.day:
                self.made = float(state.site[k.MADE, self.firm])
                self.capacity = float(state.site[k.CAPACITY, self.firm])


def why_scale(results: ScaleResults, firm: object, day: date) -> Chain:
    """Explain a firm's output on a day.

    Parameters
    ----------
    results : ScaleResults
    firm : firm id
    day : datetime.date

    Returns
    -------
    Chain
        From the output to the binding input, its lanes with gate, licence or scarce supplier, and
        on to the worst supplier, up to three suppliers away.

    Raises
    ------
    NotFoundError
        If there is no such firm.
    UsageError
        If the day was not simulated.
    """
    index = (day - results.schedule.start).days
    if not 0 <= index < results.schedule.days:
        raise UsageError(
            f"{day} was not simulated",
            where="day",
            expected=f"{results.date_of(0)} to {results.date_of(results.schedule.days - 1)}",
        )
    row = results.network.position(firm)
    walk = _Walk(results)
    made = walk.firm(row, index, 0, _FARTHEST)
    usual = float(results.network.output[row])
    return Chain(str(firm), day, 0, made, usual, tuple(walk.steps))


def _watch(results: ScaleResults, firm: int, day: int) -> _Watch:
    """Repeat the run up to a day with a firm watched."""
    from coercivity.engine.scale import run_days
    from coercivity.engine.scale_layout import lay_out
    from coercivity.engine.scale_schedule import prepare

    net, method = results.network, results.method
    state = lay_out(net, method=method, days=results.schedule.days, parts=results.parts)
    timeline = prepare(net, results.schedule, state)
    slots = np.arange(net.firm_slot[firm], net.firm_slot[firm + 1])
    lanes = (
        np.arange(net.slot_lane[slots[0]], net.slot_lane[slots[-1] + 1]) if slots.size else slots
    )
    # Places in the layout of the firm's inputs and lanes, in order of the network.
    place_of = np.empty(net.n_slots, np.int64)
    place_of[state.slot_of] = np.arange(net.n_slots)
    lane_at = np.empty(net.n_lanes, np.int64)
    lane_at[state.lane_of] = np.arange(net.n_lanes)
    at = lane_at[lanes]
    owner = np.searchsorted(net.slot_lane, lanes, side="right") - 1
    gated = np.full(at.size, -1, np.int64)
    is_gated = net.scope[lanes] >= 0
    by_lane = np.argsort(state.gated_lane)
    found = np.searchsorted(state.gated_lane, at[is_gated], sorter=by_lane)
    gated[is_gated] = by_lane[found]
    n = (day + 1, at.size)
    watch = _Watch(
        firm, day, at, gated, place_of[slots], place_of[owner],
        np.zeros(n), np.zeros(n), np.zeros(n, np.int8),
    )  # fmt: skip
    run_days(state, timeline, method, days=day + 1, options=Options(), hooks=[watch])
    return watch


@dataclass(eq=False)
class _Walk:
    """A walk in progress: where it has been and what it has said."""

    results: ScaleResults
    steps: list[Step] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def say(
        self, kind: StepKind, subject: object, text: str, *, day: int, depth: int,
        numbers: tuple[tuple[str, float, str], ...] = (), refs: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Add a step."""
        when = self.results.date_of(day)
        self.steps.append(Step(kind, str(subject), text, when, depth, numbers, refs))

    def firm(self, row: int, day: int, depth: int, further: int) -> float:
        """Explain a firm's output; return it."""
        self.seen.add(row)
        net, name = self.results.network, self.results.network.ids[row]
        watch = _watch(self.results, row, day)
        usual = float(net.output[row])
        share = watch.made / usual if usual > 0.0 else 1.0
        self.say(
            "output", name,
            f"On {self.results.date_of(day)}, {name} makes {share:.1%} of its usual output.",
            day=day, depth=depth,
            numbers=(("output", watch.made, "unit/day"), ("usual output", usual, "unit/day")),
        )  # fmt: skip
        if share >= _FULL and watch.made >= _FULL * watch.asked:
            return watch.made
        need = net.need()[net.firm_slot[row] : net.firm_slot[row + 1]]
        levels = watch.stock / need if need.size else np.zeros(0)
        hard = net.essentiality[net.firm_slot[row] : net.firm_slot[row + 1]] > 0
        binding = np.where(hard, levels, np.inf)
        allowed = float(binding.min(initial=np.inf)) * usual
        if allowed < min(usual, watch.capacity, watch.asked) * _FULL:
            self.input(watch, row, int(np.argmin(binding)), depth + 1, further=further)
            return watch.made
        self.capacity(watch, row, depth + 1)
        return watch.made

    def capacity(self, watch: _Watch, row: int, depth: int) -> None:
        """Say that capacity, or demand, limits output, and what took it."""
        net, day = self.results.network, watch.day
        name = net.ids[row]
        lost = [
            loss for loss in self.results.schedule.losses
            if loss.share.get(name, 0.0) > 0.0
            and loss.day <= day and (loss.until is None or day < loss.until)
        ]  # fmt: skip
        if watch.capacity >= _FULL * watch.asked:
            text = f"It is asked for {watch.asked / float(net.output[row]):.1%} of the usual."
            self.say("demand", name, text, day=day, depth=depth)
        elif lost:
            share, names = max(loss.share[name] for loss in lost), [loss.name for loss in lost]
            text = f"It lacks {share:.1%} of its capacity: {', '.join(n or 'loss' for n in names)}."
            self.say("shock", name, text, day=day, depth=depth, numbers=(("lost", share, "1"),))
        else:
            text = "Its capacity is all it can make; it is asked for more."
            self.say("capacity", name, text, day=day, depth=depth)

    def input(self, watch: _Watch, row: int, which: int, depth: int, *, further: int) -> None:
        """Explain the input that binds by the lanes that delivered less than was asked."""
        net, slot = self.results.network, int(self.results.network.firm_slot[row]) + which
        level = watch.stock[which] / net.need()[slot]
        sector = net.sectors[net.slot_sector[slot]]
        self.say(
            "input", net.ids[row],
            f"Its stock from {sector} allows {level:.1%} of the usual output.",
            day=watch.day, depth=depth, numbers=(("days of usual use", float(level), "day"),),
        )  # fmt: skip
        first = int(net.slot_lane[net.firm_slot[row]])
        lanes = np.arange(net.slot_lane[slot], net.slot_lane[slot + 1])
        failed = sorted(self.failures(watch, lanes - first, lanes), reverse=True)
        for share, lane, day, at in failed[:_NAMED]:
            self.lane(watch, lane, at, day, depth + 1, share=share)
        if len(failed) > _NAMED:
            text = f"{len(failed) - _NAMED} smaller lanes delivered less than was asked, too."
            self.say("lane", net.ids[row], text, day=watch.day, depth=depth + 1)
        if failed and further > 0:
            _, lane, day, at = failed[0]
            supplier = int(net.supplier[lane])
            if watch.gate[day, at] == 0 and supplier not in self.seen:
                self.firm(supplier, day, depth + 2, further - 1)

    def failures(
        self, watch: _Watch, at: NDArray[np.int64], lanes: NDArray[np.int64]
    ) -> list[tuple[float, int, int, int]]:
        """Lanes that failed: their share of the input, the lane, last such day, column."""
        net, found = self.results.network, []
        total = float(net.flow[lanes].sum())
        for column, lane in zip(at.tolist(), lanes.tolist(), strict=True):
            end = max(0, watch.day + 1 - int(net.lead[lane]))
            short = np.flatnonzero(watch.ship[:end, column] < _FULL * watch.request[:end, column])
            if short.size:
                found.append((float(net.flow[lane]) / total, lane, int(short[-1]), column))
        return found

    def lane(
        self, watch: _Watch, lane: int, at: int, day: int, depth: int, *, share: float
    ) -> None:
        """Say what a lane delivered, and what stood in the way."""
        net, gate = self.results.network, int(watch.gate[day, at])
        supplier, asked = net.ids[net.supplier[lane]], float(watch.request[day, at])
        sent = float(watch.ship[day, at])
        self.say(
            "lane", supplier,
            f"{supplier}, {share:.0%} of this input, {int(net.lead[lane])} days away, sent "
            f"{sent / asked if asked > 0.0 else 0.0:.1%} of what was asked on "
            f"{self.results.date_of(day)}.",
            day=day, depth=depth, numbers=(("sent", sent, "unit"), ("asked", asked, "unit")),
        )  # fmt: skip
        if gate in (CLOSED, LICENCE_ONLY):
            scope = net.scopes[int(net.scope[lane])]
            gates = [g for g in self.results.schedule.gates if g.scope == scope and g.day <= day]
            reason = max(gates, key=lambda each: each.day).reason
            because = f" because {reason}" if reason else ""
            what = "is closed" if gate == CLOSED else "is open for licensed goods alone"
            self.say("gate", scope, f"{scope} {what}{because}.", day=day, depth=depth + 1)
        if gate == LICENCE_ONLY:
            licences = tuple(c.licence for c in self.results.schedule.credits if c.group == scope)
            text = "Its licences had no more room." if licences else "There is no licence."
            self.say("licence", scope, text, day=day, depth=depth + 1, refs=licences)
