"""What came out of the regional model, labelled, and why an industry made what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import xarray as xr

from coercivity.engine.ario_shocks import CapacityLoss, CapitalLoss, Loss
from coercivity.engine.daily_results import DailyResults
from coercivity.engine.kernels.ario import Constants, Kept
from coercivity.errors import NotFoundError
from coercivity.network.mrio import MrioTable
from coercivity.results.chain import Chain, Step, StepKind

__all__ = ["ArioResults", "label_results"]

_FULL: Final = 1.0 - 1e-6
"""Share of the usual above which nothing needs explaining."""

_DEEPEST: Final = 15
"""Depth after which the walk ends: five suppliers away."""

_NAMED: Final = 3
"""Suppliers or customers named for one industry; the others are summed up."""

_VARIABLES: Final[Mapping[str, tuple[tuple[str, ...], str, str]]] = {
    "production": (("day", "industry"), "/day", "Output"),
    "capacity": (("day", "industry"), "/day", "Capacity, with losses and overproduction"),
    "orders": (("day", "industry"), "/day", "Orders of other industries that reach an industry"),
    "overproduction": (("day", "industry"), "1", "Factor on capacity"),
    "final_demand_undelivered": (
        ("day", "industry"), "/day", "Final demand for an industry's product that is not served",
    ),
    "final_demand_unmet": (
        ("day", "region", "sector"), "/day",
        "Final demand of a region for a sector's product that nobody serves",
    ),
    "limiting_input": (
        ("day", "industry"), "position of a sector",
        "Input whose stock limits output; -1 where none does",
    ),
    "stock": (("day", "input", "stock_industry"), "", "Stock of an input in the morning"),
    "production_baseline": (("industry",), "/day", "Output of the table"),
}  # fmt: skip
"""Dimensions, unit after that of the table, and description."""


@dataclass(frozen=True, eq=False)
class ArioResults(DailyResults):
    """Daily series of a simulated table.

    Parameters
    ----------
    data : xarray.Dataset
        ``production``, ``capacity``, ``orders``, ``overproduction``,
        ``final_demand_undelivered``, ``limiting_input`` by day and industry,
        ``final_demand_unmet`` by day, consuming region and sector, ``stock`` by day, input sector
        and recorded industry; units in ``attrs["units"]``.
    table : MrioTable
    loss : Loss
    events : tuple of CapacityLoss or CapitalLoss
    """

    table: MrioTable
    loss: Loss
    events: tuple[CapacityLoss | CapitalLoss, ...] = ()

    def why(self, industry: str | tuple[str, str], day: date) -> Chain:
        """Explain an industry's output on a day.

        Parameters
        ----------
        industry : str or (region, sector)
            ``"region/sector"`` or the pair.
        day : date

        Returns
        -------
        Chain
            From the output to the input that limits it, the industries that should have supplied
            it on the last day on which they could not, and the event behind them.

        Raises
        ------
        NotFoundError
            If the table has no such industry.
        UsageError
            If the day was not simulated.
        """
        index = self.index_of(day)
        row = self._row(industry)
        walk = _Walk(self)
        walk.industry(row, index, 0)
        return Chain(
            site=self.table.industries[row],
            day=day,
            member=0,
            output=float(self.data["production"].to_numpy()[index, row]),
            baseline=float(self.data["production_baseline"].to_numpy()[row]),
            steps=tuple(walk.steps),
        )

    def _row(self, industry: str | tuple[str, str]) -> int:
        """Position of an industry."""
        if not isinstance(industry, str):
            return self.table.position(*industry)
        found = np.flatnonzero(self.data["industry"].to_numpy() == industry)
        if not found.size:
            raise NotFoundError(
                f"no industry {industry!r}", where="industry", expected="region/sector"
            )
        return int(found[0])


def label_results(
    table: MrioTable,
    kept: Kept,
    constants: Constants,
    *,
    start: date,
    loss: Loss,
    events: tuple[CapacityLoss | CapitalLoss, ...],
    parameters: object,
) -> ArioResults:
    """Label what the kernel recorded.

    Parameters
    ----------
    table : MrioTable
    kept : Kept
    constants : Constants
    start : datetime.date
    loss : Loss
    events : tuple of CapacityLoss or CapitalLoss
    parameters : object
        Shown in the attributes.
    """
    n_days = len(kept.output)
    names = np.array(table.industries, object)
    arrays: dict[str, Any] = {
        "production": kept.output,
        "capacity": kept.capacity,
        "orders": kept.orders,
        "overproduction": kept.over,
        "final_demand_undelivered": kept.undelivered,
        "final_demand_unmet": kept.unmet.reshape(n_days, table.n_regions, table.n_sectors),
        "limiting_input": kept.limited_by,
        "production_baseline": constants.x0,
    }
    coords: dict[str, Any] = {
        "day": np.arange(n_days),
        "industry": names,
        "region": list(table.regions),
        "sector": list(table.sectors),
    }
    if kept.stock_of.size:
        arrays["stock"] = kept.stock
        coords |= {"input": list(table.sectors), "stock_industry": names[kept.stock_of]}
    variables = {
        name: (dims, arrays[name], {"units": _unit(table.unit, per), "long_name": text})
        for name, (dims, per, text) in _VARIABLES.items()
        if name in arrays
    }
    attrs = {"start": start.isoformat(), "days": n_days, "parameters": repr(parameters)}
    return ArioResults(xr.Dataset(variables, coords=coords, attrs=attrs), table, loss, events)


def _unit(unit: str, per: str) -> str:
    """Name the unit of a variable: that of the table, per day; or its own."""
    return (unit or "unit of the table") + per if per in ("", "/day") else per


@dataclass(eq=False)
class _Walk:
    """A walk in progress: where it has been and what it has said."""

    results: ArioResults
    steps: list[Step] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        data, self.table = self.results.data, self.results.table
        self.made = data["production"].to_numpy()
        self.usual = data["production_baseline"].to_numpy()
        self.orders = data["orders"].to_numpy()
        self.capacity = data["capacity"].to_numpy()
        self.limiting = data["limiting_input"].to_numpy()
        self.names = data["industry"].to_numpy()
        # Orders and output of the table differ by final demand, which does not change.
        per_day = self.usual.sum() / max(self.table.x.sum(), np.finfo(float).tiny)
        self.final = self.table.y.sum(axis=1) * per_day

    def say(
        self, kind: StepKind, row: int, text: str, *, day: int, depth: int,
        numbers: tuple[tuple[str, float, str], ...] = (), refs: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Add a step."""
        when = self.results.date_of(day)
        self.steps.append(Step(kind, str(self.names[row]), text, when, depth, numbers, refs))

    def filled(self, row: int, until: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Share of the demand that an industry serves, on the days up to one."""
        asked = self.orders[: until + 1, row] + self.final[row]
        share = np.ones(until + 1)
        np.divide(self.made[: until + 1, row], asked, out=share, where=asked > 0.0)
        return share

    def industry(self, row: int, day: int, depth: int) -> None:
        """Explain an industry's output."""
        self.seen.add(row)
        made, usual = float(self.made[day, row]), float(self.usual[row])
        share = made / usual if usual > 0.0 else 1.0
        unit = _unit(self.table.unit, "/day")
        when = self.results.date_of(day)
        self.say(
            "output", row, f"On {when}, {self.names[row]} makes {share:.1%} of its usual output.",
            day=day, depth=depth, numbers=(("output", made, unit), ("usual output", usual, unit)),
        )  # fmt: skip
        short = self.filled(row, day)[-1] < _FULL
        if (share >= _FULL and not short) or depth >= _DEEPEST:
            return
        if self.limiting[day, row] >= 0:
            self.input(row, day, depth + 1)
        elif short:
            self.shock(row, day, depth + 1)
        else:
            self.demand(row, day, depth + 1)

    def input(self, row: int, day: int, depth: int) -> None:
        """Explain the input that limits output, by the industries that supply it."""
        sector = int(self.limiting[day, row])
        allowed = self.made[day, row] / self.usual[row] if self.usual[row] > 0.0 else 0.0
        self.say(
            "input", row,
            f"Its stock of {self.table.sectors[sector]} allows {allowed:.1%} of the usual output.",
            day=day, depth=depth,
        )  # fmt: skip
        suppliers = np.arange(sector, self.table.n_industries, self.table.n_sectors)
        flows = self.table.z[suppliers, row]
        total = flows.sum()
        failed: list[tuple[float, int, int]] = []
        for k in np.flatnonzero(flows > 0.0):
            short = np.flatnonzero(self.filled(int(suppliers[k]), day - 1) < _FULL)
            if short.size:
                failed.append((-float(flows[k]), int(suppliers[k]), int(short[-1])))
        failed.sort()
        for size, supplier, last in failed[:_NAMED]:
            self.supplier(supplier, last, depth + 1, of=float(-size / total))
        if len(failed) > _NAMED:
            text = f"{len(failed) - _NAMED} smaller suppliers delivered less than asked, too."
            self.say("supplier", row, text, day=day, depth=depth + 1)
        if not failed:
            text = "No supplier left an order unfilled; the stock was drawn below its target."
            self.say("demand", row, text, day=day, depth=depth + 1)

    def supplier(self, row: int, day: int, depth: int, *, of: float) -> None:
        """Say that a supplier was scarce, and why, once."""
        filled = float(self.filled(row, day)[-1])
        again = " (explained above)" if row in self.seen else ""
        self.say(
            "supplier", row,
            f"{self.names[row]}, {of:.0%} of this input, last filled less than it was asked for on "
            f"{self.results.date_of(day)}: {filled:.1%}{again}.",
            day=day, depth=depth, numbers=(("filled", filled, "1"), ("share of input", of, "1")),
        )  # fmt: skip
        if not again:
            self.industry(row, day, depth + 1)

    def shock(self, row: int, day: int, depth: int) -> None:
        """Say that capacity binds, and which events took it."""
        lost = self.results.loss.at(day, row)
        unit = _unit(self.table.unit, "/day")
        numbers = (("capacity", float(self.capacity[day, row]), unit), ("lost", lost, "1"))
        if lost <= 0.0:
            text = "Its capacity, though whole, allows no more than this of what is asked for."
            self.say("capacity", row, text, day=day, depth=depth, numbers=numbers)
            return
        names = tuple(event.name or "unnamed event" for event in self.events_at(row, day))
        self.say(
            "shock", row, f"It lacks {lost:.1%} of its capacity: {', '.join(names)}.",
            day=day, depth=depth, numbers=numbers, refs=names,
        )  # fmt: skip

    def events_at(self, row: int, day: int) -> list[CapacityLoss | CapitalLoss]:
        """Events that had begun to hit an industry."""
        pair = (
            self.table.regions[row // self.table.n_sectors],
            self.table.sectors[row % self.table.n_sectors],
        )
        return [
            event
            for event in self.results.events
            if event.day <= day
            and pair in (event.share if isinstance(event, CapacityLoss) else event.amount)
        ]

    def demand(self, row: int, day: int, depth: int) -> None:
        """Say that customers ask for no more, and which of the largest make less."""
        self.say("demand", row, f"{self.names[row]} is asked for no more.", day=day, depth=depth)
        flows = self.table.z[row]
        for buyer in np.argsort(-flows, kind="stable")[:_NAMED]:
            usual = self.usual[buyer]
            if flows[buyer] > 0.0 and usual > 0.0 and self.made[day, buyer] < _FULL * usual:
                share = self.made[day, buyer] / usual
                text = f"Its customer {self.names[buyer]} makes {share:.1%} of the usual."
                self.say("demand", int(buyer), text, day=day, depth=depth + 1)
