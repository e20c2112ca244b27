"""Parameters of the method: what a modeller may change, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import fields as f
from coercivity.errors import UsageError

__all__ = ["DUST", "Backlog", "Method", "Precision", "Rule"]

Rule = Literal["proportional", "final_demand_last"]
"""How scarce output is shared: in proportion to what is asked for by everybody, as in
[Hallegatte2008], or among businesses first and final users last, as in [Henriet2012]."""

Backlog = Literal["drop", "keep"]
"""What becomes of orders that scarcity left unmet: dropped at the end of the day, as in
[Hallegatte2013], or kept on the book.  What a gate refused is never kept."""

Precision = Literal["double", "single"]
"""Numbers of 64 or of 32 bits.  In single precision a run takes half the memory traffic; output,
stocks and shipments differ from those in double precision by rounding, a few parts in a million."""

DUST: Final = {"double": 1e-12, "single": 1e-6}
"""Share of an order, or of baseline use, below which what is left is rounding: zero."""

_LARGEST_ROUNDS: Final = 16


@dataclass(frozen=True)
class Method:
    """How a day is computed, as opposed to what is simulated.

    Parameters
    ----------
    rule : {"proportional", "final_demand_last"}
        Rationing rule.
    backlog : {"drop", "keep"}
        Policy for unmet orders and unmet final demand.
    tau : float or None, day
        Time over which a gap between target and stock is ordered; None takes each slot's own.
    rounds : int
        Rounds in which licence room and supply are offered.  Two suffice unless several
        suppliers *and* several licences are scarce on one day; the rest goes over to the next.
    fill_days : float, day
        Memory of a buyer for a lane's fill rate.  A week: one purchasing cycle.
    probe : float, share
        Fill rate below which a lane is not remembered, so that a lane that failed is still
        asked and its reopening is noticed.
    trigger_fill : float, share
        A buyer starts to qualify substitutes when the usual items' remembered fill rate is
        below this; at one half more is refused than delivered.
    trigger_cover : float, share
        … or when the usable stock is below this share of the target, whatever the fill rate.
    overproduction : float, share
        Factor on capacity in all sites; one, because a site's slack is data of the network.
    finished_tau : float, day
        Time over which finished goods are restored; surplus is sold before more is made.
    line_down_below : float, share
        A line counts as down when it makes less than this share of its baseline.
    cut_below : float, share
        Output counts as cut when it is below this share of the baseline.
    precision : {"double", "single"}
        Size of the numbers that are computed with.
    """

    rule: Rule = "proportional"
    backlog: Backlog = "drop"
    tau: float | None = None
    rounds: int = 2
    fill_days: float = 7.0
    probe: float = 0.05
    trigger_fill: float = 0.5
    trigger_cover: float = 0.5
    overproduction: float = 1.0
    finished_tau: float = 7.0
    line_down_below: float = 0.05
    cut_below: float = 0.99
    precision: Precision = "double"

    def __post_init__(self) -> None:
        if self.rule not in get_args(Rule):
            raise UsageError(
                f"unknown rationing rule {self.rule!r}",
                where="rule",
                expected=" or ".join(get_args(Rule)),
            )
        if self.backlog not in get_args(Backlog):
            raise UsageError(
                f"unknown backlog policy {self.backlog!r}",
                where="backlog",
                expected=" or ".join(get_args(Backlog)),
            )
        if self.precision not in get_args(Precision):
            raise UsageError(
                f"unknown precision {self.precision!r}",
                where="precision",
                expected=" or ".join(get_args(Precision)),
            )
        days = ("fill_days", "finished_tau", *(("tau",) if self.tau is not None else ()))
        for name in days:
            self._require(name, 1.0, np.inf, "days, one or more")
        for name in ("trigger_fill", "trigger_cover", "line_down_below", "cut_below"):
            self._require(name, 0.0, 1.0, "a share from 0 to 1")
        self._require("probe", np.finfo(np.float64).tiny, 1.0, "a positive share, at most 1")
        self._require("overproduction", 0.0, np.inf, "a factor, zero or more")
        self._require("rounds", 1, _LARGEST_ROUNDS, f"a number from 1 to {_LARGEST_ROUNDS}")
        if self.line_down_below > self.cut_below:
            raise UsageError(
                f"line_down_below ({self.line_down_below}) is above cut_below ({self.cut_below})",
                where="line_down_below",
                expected="a line-down to be a deeper cut",
            )

    def _require(self, name: str, low: float, high: float, expected: str) -> None:
        value = float(getattr(self, name))
        if not (low <= value <= high) or value == np.inf:
            raise UsageError(f"{name} is {value}", where=name, expected=expected)


def method_row(
    method: Method, *, substitution: bool, carry_caps: bool, dtype: type[np.floating[Any]]
) -> NDArray[Any]:
    """Return the method as the kernel reads it: one number per parameter."""
    row = np.zeros(f.N_METHOD, dtype)
    row[f.FINAL_LAST] = method.rule == "final_demand_last"
    row[f.KEEP] = method.backlog == "keep"
    row[f.SUBSTITUTION] = substitution
    row[f.CARRY] = carry_caps
    row[f.ROUNDS] = method.rounds
    row[f.OVERPRODUCTION] = method.overproduction
    row[f.FILL_GAIN] = 1.0 / method.fill_days
    row[f.PROBE] = method.probe
    row[f.TRIGGER_FILL] = method.trigger_fill
    row[f.PER_FINISHED_TAU] = 1.0 / method.finished_tau
    row[f.LINE_DOWN_BELOW] = method.line_down_below
    row[f.CUT_BELOW] = method.cut_below
    row[f.DUST] = DUST[method.precision]
    return row
