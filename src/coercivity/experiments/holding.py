"""Hold uncertain quantities at one value: what a slider of the explorer does to a run.

A held quantity is replaced by a distribution without width. Every quantity has a random column of
its own, so that all others keep their draws and a run with a held quantity is paired with the one
without, member by member.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from coercivity.claims.quantities import load_quantities, summarise_all
from coercivity.claims.quantity_model import is_count
from coercivity.errors import InputError, Problem
from coercivity.experiments.ensemble import prepare
from coercivity.experiments.queues import load_queues
from coercivity.experiments.scenarios import load_scenarios
from coercivity.experiments.sensitivity import CONFLICT, describe
from coercivity.experiments.watch import inputs_behind

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.quantities import PackQuantity

__all__ = ["Dial", "dials", "foremost", "hold"]

HELD: Final = "held at one value for this run"

_SLACK: Final = 1e-9
"""Part of a range by which a value may lie outside it: what is lost in writing a number."""


@dataclass(frozen=True)
class Dial:
    """A quantity that may be held, with the range that its sources give.

    Parameters
    ----------
    id, title, unit : str
        Quantity id, words, unit of the values.
    low, best, high : float
        Range and middle of what sources say or the pack assumes, in `unit`.
    kind : str
        ``conflict between sources``, ``assumption`` or ``other uncertainty``.
    values : str
        The values in conflict, in words; empty without a conflict.
    why : str
        Reason of an assumption.
    sources : tuple of str
        Ids of the sources of all claims.
    is_whole : bool
        Whether only whole numbers make sense.
    """

    id: str
    title: str
    unit: str
    low: float
    best: float
    high: float
    kind: str
    values: str = ""
    why: str = ""
    sources: tuple[str, ...] = ()
    is_whole: bool = False

    @property
    def step(self) -> float:
        """Width of a step of 1, 2 or 5 times a power of ten, about a hundredth of the range."""
        rough = (self.high - self.low) / 100.0
        power = 10.0 ** math.floor(math.log10(rough))
        size = next(size for size in (1.0, 2.0, 5.0, 10.0) if size * power >= rough * (1 - 1e-9))
        return max(size * power, 1.0) if self.is_whole else size * power


def dials(pack: Pack) -> dict[str, Dial]:
    """Return the quantities of a pack that may be held: those with a range, formulas left out.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    dict of str to Dial
        By quantity id, in the order of the pack.
    """
    quantities = load_quantities(pack)
    found = {}
    for name, known in summarise_all(quantities).items():
        quantity = quantities[name]
        if quantity.rule == "formula" or known.low is None or known.high is None:
            continue
        if not known.high > known.low:
            continue
        kind, values, sources = describe(quantity)
        found[name] = Dial(
            id=name,
            title=quantity.title,
            unit=quantity.unit,
            low=float(known.low),
            best=float(known.best if known.best is not None else known.low),
            high=float(known.high),
            kind=kind,
            values=values,
            why=quantity.why,
            sources=sources,
            is_whole=is_count(quantity.unit) and bool(quantity.claims),
        )
    return found


def foremost(pack: Pack, *, count: int) -> tuple[str, ...]:
    """Return the quantities to offer first while no run has ranked them.

    Only what the model reads can matter. Among these, conflicts between sources come first, then
    the widest range relative to its middle.

    Parameters
    ----------
    pack : Pack
    count : int
        At most so many.

    Returns
    -------
    tuple of str
        Quantity ids.
    """
    read = _read_by_model(pack)
    offered = [dial for name, dial in dials(pack).items() if name in read]

    def rank(dial: Dial) -> tuple[bool, float, str]:
        middle = abs(dial.best) or 1.0
        return dial.kind != CONFLICT, -(dial.high - dial.low) / middle, dial.id

    return tuple(dial.id for dial in sorted(offered, key=rank)[:count])


def _read_by_model(pack: Pack) -> frozenset[str]:
    """Quantities that network, licences, seasons, grants, queues and unknown gates read."""
    setting = prepare(pack, members=2, seed=1)
    scenarios = load_scenarios(pack)
    named = {grant.quantity for scenario in scenarios for grant in scenario.grants}
    named |= {scenario.unknown_open for scenario in scenarios if scenario.unknown_open}
    changes = [change for scenario in scenarios for change in scenario.queue_changes]
    named |= {change.takes for change in changes if change.takes}
    if changes:
        load_queues(pack)
    return setting.used | inputs_behind(named, setting.quantities)


def hold(
    quantities: Mapping[str, PackQuantity], held: Mapping[str, float]
) -> dict[str, PackQuantity]:
    """Return quantities of which some are held at one value.

    Parameters
    ----------
    quantities : mapping of str to PackQuantity
        All quantities of a pack.
    held : mapping of str to float
        Value of each held quantity, in its own unit.

    Returns
    -------
    dict of str to PackQuantity
        In the same order; a held probability stays a probability, with this value.

    Raises
    ------
    InputError
        With every quantity that does not exist, follows from others by a formula, or would lie
        outside the range of its sources.
    """
    drawn = {name: row for name, row in quantities.items() if row.rule != "formula"}
    known = summarise_all({name: drawn[name] for name in held if name in drawn})
    problems: list[Problem] = []
    changed = dict(quantities)
    for name, value in held.items():
        quantity = drawn.get(name)
        if quantity is None:
            problems.append(_cannot_be_held(name, quantities.get(name)))
            continue
        found = known[name]
        problem = _outside(quantity, value, found.low, found.high)
        if problem is not None:
            problems.append(problem)
            continue
        rule = quantity.rule if quantity.rule in ("probability", "dirichlet") else "range"
        changed[name] = replace(
            quantity, rule=rule, low=value, high=value, mode=None, quality="assumed", why=HELD
        )
    if problems:
        raise InputError(
            f"{len(problems)} quantities cannot be held at these values", problems=problems
        )
    return changed


def _cannot_be_held(name: str, quantity: PackQuantity | None) -> Problem:
    if quantity is None:
        return Problem(f"no quantity is called {name!r}", name, "an id of the pack's quantities")
    return Problem(
        f"{quantity.title} follows from other quantities",
        name,
        "a quantity that is drawn",
        f"hold what it is made of: {quantity.formula}",
    )


def _outside(
    quantity: PackQuantity, value: float, low: float | None, high: float | None
) -> Problem | None:
    """Say why a value is not possible; None if it is."""
    if low is None or high is None:
        return Problem(f"{quantity.title} has no range", quantity.id, "a quantity with claims")
    slack = _SLACK * max(abs(low), abs(high), 1e-300)
    if math.isfinite(value) and low - slack <= value <= high + slack:
        return None
    return Problem(
        f"{quantity.title} is set to {value:g} {quantity.unit}".removesuffix(" 1"),
        quantity.id,
        f"{low:g} to {high:g}, the range of its sources",
    )


def ordered(names: Iterable[str], offered: Mapping[str, Dial], *, count: int) -> tuple[Dial, ...]:
    """Return the first dials of a ranking that may be held.

    Parameters
    ----------
    names : iterable of str
        Quantity ids, foremost first.
    offered : mapping of str to Dial
        From :func:`dials`.
    count : int
        At most so many.
    """
    return tuple([offered[name] for name in names if name in offered][:count])
