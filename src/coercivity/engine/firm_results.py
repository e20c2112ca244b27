"""What came out of the firm-level model, labelled, and why a firm made what it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from coercivity.engine.daily_results import DailyResults
from coercivity.engine.kernels.firms import FirmKept
from coercivity.errors import UsageError
from coercivity.results.chain import Chain, Step, StepKind

if TYPE_CHECKING:
    from coercivity.engine.firms import FirmLoss, FirmNetwork

__all__ = ["FirmResults", "label_firms"]

_FULL: Final = 1.0 - 1e-6
"""Share of the usual above which nothing needs explaining."""

_DEEPEST: Final = 15
"""Depth after which the walk ends: five suppliers away."""

_NAMED: Final = 3
"""Suppliers or clients named for one firm."""


@dataclass(frozen=True, eq=False)
class FirmResults(DailyResults):
    """Daily series of a simulated network of firms.

    Parameters
    ----------
    data : xarray.Dataset
        ``output_sector``, ``final_sector`` (final demand served) by day and sector; ``output``,
        ``demand``, ``final_served``, ``limiting_sector`` (-1 where no stock limits output) by day
        and recorded firm; ``output_baseline`` by recorded firm.
    network : FirmNetwork
    losses : tuple of FirmLoss
    complete : bool
        Whether every firm was recorded, which :meth:`why` needs.
    """

    network: FirmNetwork
    losses: tuple[FirmLoss, ...] = ()
    complete: bool = True

    def why(self, firm: str, day: date) -> Chain:
        """Explain a firm's output on a day.

        Parameters
        ----------
        firm : str
        day : date

        Returns
        -------
        Chain
            From the output to the sector whose stock limits it, the suppliers that should have
            delivered, on the last day on which they were scarce, and the loss behind them.

        Raises
        ------
        NotFoundError
            If there is no such firm.
        UsageError
            If the day was not simulated, or not every firm was recorded.
        """
        if not self.complete:
            raise UsageError(
                "only some firms were recorded", where="why", hint="simulate with record='all'"
            )
        index = self.index_of(day)
        row = self.network.position(firm)
        walk = _Walk(self)
        walk.firm(row, index, 0)
        return Chain(
            site=firm,
            day=day,
            member=0,
            output=float(self.data["output"].to_numpy()[index, row]),
            baseline=float(self.network.usual[row]),
            steps=tuple(walk.steps),
        )


def label_firms(
    network: FirmNetwork,
    kept: FirmKept,
    *,
    start: date,
    losses: Sequence[FirmLoss],
    method: object,
    complete: bool,
) -> FirmResults:
    """Label what the kernel recorded.

    Parameters
    ----------
    network : FirmNetwork
    kept : FirmKept
    start : datetime.date
    losses : sequence of FirmLoss
    method : object
        Shown in the attributes.
    complete : bool
        Whether every firm was recorded.
    """
    by_sector, by_firm = ("day", "sector"), ("day", "firm")
    rows: dict[str, tuple[tuple[str, ...], Any, str, str]] = {
        "output_sector": (by_sector, kept.sector_output, "unit/day", "Output of a sector"),
        "final_sector": (by_sector, kept.sector_final, "unit/day", "Final demand served"),
        "output": (by_firm, kept.output, "unit/day", "Output of a firm"),
        "demand": (by_firm, kept.demand, "unit/day", "Orders and final demand"),
        "final_served": (by_firm, kept.final_sent, "unit/day", "Final demand served"),
        "limiting_sector": (
            by_firm, kept.limited_by, "position of a sector", "Sector whose stock limits output",
        ),
        "output_baseline": (("firm",), network.usual[kept.firms], "unit/day", "Usual output"),
    }  # fmt: skip
    data = xr.Dataset(
        {
            name: (dims, values, {"units": unit, "long_name": text})
            for name, (dims, values, unit, text) in rows.items()
        },
        coords={
            "day": np.arange(len(kept.sector_output)),
            "sector": list(network.sectors),
            "firm": np.array([network.firms[i] for i in kept.firms], object),
        },
        attrs={"start": start.isoformat(), "method": repr(method)},
    )
    return FirmResults(data, network, tuple(losses), complete)


@dataclass(eq=False)
class _Walk:
    """A walk in progress: where it has been and what it has said."""

    results: FirmResults
    steps: list[Step] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.network = self.results.network
        self.made = self.results.data["output"].to_numpy()
        self.asked = self.results.data["demand"].to_numpy()
        self.limiting = self.results.data["limiting_sector"].to_numpy()

    def say(
        self, kind: StepKind, row: int, text: str, *, day: int, depth: int,
        numbers: tuple[tuple[str, float, str], ...] = (), refs: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Add a step."""
        when, name = self.results.date_of(day), self.network.firms[row]
        self.steps.append(Step(kind, name, text, when, depth, numbers, refs))

    def firm(self, row: int, day: int, depth: int) -> None:
        """Explain a firm's output."""
        self.seen.add(row)
        made, usual = float(self.made[day, row]), float(self.network.usual[row])
        share = made / usual if usual > 0.0 else 1.0
        name, when = self.network.firms[row], self.results.date_of(day)
        self.say(
            "output", row, f"On {when}, {name} makes {share:.1%} of its usual output.",
            day=day, depth=depth,
            numbers=(("output", made, "unit/day"), ("usual output", usual, "unit/day")),
        )  # fmt: skip
        short = made < _FULL * self.asked[day, row]
        if (share >= _FULL and not short) or depth >= _DEEPEST:
            return
        if self.limiting[day, row] >= 0:
            self.input(row, day, depth + 1, share=share)
        elif short:
            self.loss(row, day, depth + 1)
        else:
            self.demand(row, day, depth + 1)

    def input(self, row: int, day: int, depth: int, *, share: float) -> None:
        """Explain the stock that limits output, by the suppliers of that sector."""
        sector, net = int(self.limiting[day, row]), self.network
        text = f"Its stock from {net.sectors[sector]} allows {share:.1%} of the usual output."
        self.say("input", row, text, day=day, depth=depth)
        failed = sorted(self.failures(row, sector, day))
        for size, supplier, last in failed[:_NAMED]:
            self.supplier(supplier, last, depth + 1, of=-size)
        if len(failed) > _NAMED:
            text = f"{len(failed) - _NAMED} smaller suppliers delivered less than asked, too."
            self.say("supplier", row, text, day=day, depth=depth + 1)

    def failures(self, row: int, sector: int, day: int) -> list[tuple[float, int, int]]:
        """Suppliers of a sector that were scarce before: less their share, who, last day."""
        net = self.network
        failed = []
        for k in range(net.firm_input[row], net.firm_input[row + 1]):
            if net.input_sector[k] != sector:
                continue
            links = slice(net.input_link[k], net.input_link[k + 1])
            flows, suppliers = net.flow[links], net.supplier[links]
            for flow, supplier in zip(flows.tolist(), suppliers.tolist(), strict=True):
                asked = self.asked[:day, supplier]
                short = np.flatnonzero(self.made[:day, supplier] < _FULL * asked)
                if short.size:
                    failed.append((-flow / float(flows.sum()), supplier, int(short[-1])))
        return failed

    def supplier(self, row: int, day: int, depth: int, *, of: float) -> None:
        """Say that a supplier was scarce, and why, once."""
        filled = float(self.made[day, row] / self.asked[day, row])
        again = " (explained above)" if row in self.seen else ""
        self.say(
            "supplier", row,
            f"{self.network.firms[row]}, {of:.0%} of this input, was last asked for more than it "
            f"made on {self.results.date_of(day)}, when it made {filled:.1%} of it{again}.",
            day=day, depth=depth, numbers=(("made of asked", filled, "1"), ("share", of, "1")),
        )  # fmt: skip
        if not again:
            self.firm(row, day, depth + 1)

    def loss(self, row: int, day: int, depth: int) -> None:
        """Say that capacity binds, and which losses took it."""
        name = self.network.firms[row]
        hit = [
            loss
            for loss in self.results.losses
            if loss.share.get(name, 0.0) > 0.0
            and loss.day <= day
            and (loss.until is None or day < loss.until)
        ]
        if not hit:
            text = "Its usual output is all it can make; it is asked for more."
            self.say("capacity", row, text, day=day, depth=depth)
            return
        lost, names = max(loss.share[name] for loss in hit), [loss.name or "loss" for loss in hit]
        self.say(
            "shock", row, f"It lacks {lost:.1%} of its capacity: {', '.join(names)}.",
            day=day, depth=depth, numbers=(("lost", lost, "1"),), refs=tuple(names),
        )  # fmt: skip

    def demand(self, row: int, day: int, depth: int) -> None:
        """Say that nobody asks for more, and which of the largest clients make less."""
        net = self.network
        self.say("demand", row, f"{net.firms[row]} is asked for no more.", day=day, depth=depth)
        links = net.sold[net.sold_link[row] : net.sold_link[row + 1]]
        for link in links[np.argsort(-net.flow[links], kind="stable")][:_NAMED]:
            client = int(net.client[link])
            share = float(self.made[day, client] / net.usual[client]) if net.usual[client] else 1.0
            if share < _FULL:
                text = f"Its client {net.firms[client]} makes {share:.1%} of the usual."
                self.say("demand", client, text, day=day, depth=depth + 1)
