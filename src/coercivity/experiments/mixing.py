"""Mixed draws: some quantities take other values, and formulas follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import Draws
from coercivity.claims.formulas import draw_order, evaluate_formula
from coercivity.errors import UsageError

if TYPE_CHECKING:
    from coercivity.claims.quantities import PackQuantity

__all__ = ["mix_draws"]

FloatArray = NDArray[np.float64]


def mix_draws(
    quantities: Mapping[str, PackQuantity], draws: Draws, values: Mapping[str, FloatArray]
) -> Draws:
    """Return draws in which some quantities have given values.

    Parameters
    ----------
    quantities : mapping of str to PackQuantity
        All quantities.
    draws : Draws
        Of all of them.
    values : mapping of str to float64[member]
        Values of drawn quantities, in their units.

    Returns
    -------
    Draws
        Formulas are computed anew; everything else is as it was, seed included, so that random
        splits stay the same.

    Raises
    ------
    UsageError
        If a quantity is a formula or has no draw, or the number of members differs.
    InputError
        If a formula leaves the numbers.
    """
    for name, column in values.items():
        if name not in draws or quantities[name].rule == "formula":
            raise UsageError(f"{name} is not drawn", where="values", expected="drawn quantities")
        if column.shape != (draws.members,):
            raise UsageError(
                f"{name} has the shape {column.shape}",
                where="values",
                expected=f"one value for each of {draws.members} members",
            )
    found: dict[str, FloatArray] = {**{name: draws[name] for name in draws}, **values}
    for name in draw_order(quantities, None):
        if quantities[name].rule == "formula" and name in draws:
            found[name] = evaluate_formula(quantities[name], found, draws.undrawn, draws.members)
    kept = {name: np.array(found[name]) for name in draws}
    for column in kept.values():
        column.flags.writeable = False
    return replace(draws, values_by_id=kept)
