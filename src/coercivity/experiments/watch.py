"""Which quantities a model read: only these can matter to its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import Draws
from coercivity.claims.formulas import formula_names

if TYPE_CHECKING:
    from coercivity.claims.quantities import PackQuantity

__all__ = ["WatchedDraws", "inputs_behind", "watched"]


@dataclass(frozen=True, eq=False)
class WatchedDraws(Draws):
    """Draws that remember which of them were looked up.

    Attributes
    ----------
    seen : set of str
        Ids read so far.
    """

    seen: set[str] = field(default_factory=set)

    def __getitem__(self, quantity: str) -> NDArray[np.float64]:
        """Return float64[member], and remember the id."""
        self.seen.add(quantity)
        return super().__getitem__(quantity)


def watched(draws: Draws) -> WatchedDraws:
    """Return the same draws, watched."""
    return WatchedDraws(
        values_by_id=draws.values_by_id,
        units=draws.units,
        members=draws.members,
        seed=draws.seed,
        inputs=draws.inputs,
        undrawn=draws.undrawn,
    )


def inputs_behind(names: Iterable[str], quantities: Mapping[str, PackQuantity]) -> frozenset[str]:
    """Return the quantities behind these, with formulas replaced by what they are made of.

    Examples
    --------
    >>> sorted(inputs_behind(["a"], {}))
    ['a']
    """
    found: set[str] = set()
    open_names = list(names)
    while open_names:
        name = open_names.pop()
        if name in found:
            continue
        found.add(name)
        quantity = quantities.get(name)
        if quantity is not None and quantity.rule == "formula":
            open_names.extend(formula_names(quantity))
    return frozenset(found)
