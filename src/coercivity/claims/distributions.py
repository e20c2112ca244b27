"""Draws: quantities with conflicting claims become one value per ensemble member.

Every quantity that is not a formula has its own Latin-hypercube column ``u[member]``, made from the
seed and a hash of the quantity's id alone. So a quantity that is changed, added or removed leaves
the draws of all others as they were, bit for bit, and scenarios compared under one seed are paired.

How ``u`` becomes a value, by rule:

=========== ==================================================================================
single      uniform over the interval of the only witness
families    a member believes one witness family, with probability by its weight, and draws
            uniformly over that family's interval; families are never averaged
range       uniform over ``low`` to ``high``
triangular  inverse of the triangular distribution with its mode
probability 1 with probability p, else 0; p is itself uniform over ``low`` to ``high``, or the
            weighted share of the witnesses' votes
dirichlet   a concentration: log-uniform over ``low`` to ``high``; shares come from
            :func:`dirichlet_shares`
formula     arithmetic over the draws of other quantities, member by member
=========== ==================================================================================

Draws of counts of indivisible things (firms, licences, applications) are whole numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.formulas import draw_order, evaluate_formula
from coercivity.claims.quantities import (
    GRADE_WEIGHTS,
    PackQuantity,
    Witness,
    is_count,
    witnesses,
)
from coercivity.errors import InputError, NotFoundError
from coercivity.units import convert

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Draws",
    "dirichlet_shares",
    "draw",
    "latin_column",
]

FloatArray = NDArray[np.float64]

SMALLEST_CONCENTRATION = 0.1


@dataclass(frozen=True, eq=False)
class Draws(Mapping[str, FloatArray]):
    """One value per quantity and member.

    Parameters
    ----------
    values : dict of str to float64[member]
        In the unit of the quantity; read-only arrays.
    units : dict of str to str
        Unit of each.
    members, seed : int
        Size and seed of the ensemble.
    inputs : tuple of str
        Ids that were drawn, not computed by formula, and that vary: the axes of a sensitivity
        analysis.
    undrawn : dict of str to str
        Quantities with nothing to draw from, with the reason.
    """

    values_by_id: dict[str, FloatArray]
    units: dict[str, str]
    members: int
    seed: int
    inputs: tuple[str, ...] = ()
    undrawn: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, quantity: str) -> FloatArray:
        """Return float64[member].

        Raises
        ------
        NotFoundError
            If the quantity is unknown or could not be drawn; the reason is given.
        """
        try:
            return self.values_by_id[quantity]
        except KeyError:
            reason = self.undrawn.get(quantity)
            raise NotFoundError(
                f"quantity {quantity!r} has no draw" + (f": {reason}" if reason else ""),
                where="quantities.yaml",
                expected="an id with claims of matching scope, or an assumed range",
                hint="list the ids with `sorted(draws)`",
            ) from None

    def __contains__(self, quantity: object) -> bool:
        return quantity in self.values_by_id

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_id)

    def __len__(self) -> int:
        return len(self.values_by_id)

    def unit(self, quantity: str) -> str:
        """Return the unit of a quantity's draws."""
        self[quantity]
        return self.units[quantity]

    def shares(self, key: str, parts: Sequence[str], *, concentration: str) -> FloatArray:
        """Split a whole over named parts, differently in each member.

        Parameters
        ----------
        key : str
            Names the split; splits of different keys are independent.
        parts : sequence of str
            Names, without repetition.
        concentration : str
            Id of the quantity that is the parameter of each part, in unit 1.

        Returns
        -------
        float64[part, member]
            As :func:`dirichlet_shares` for the members and the seed of these draws.
        """
        return dirichlet_shares(
            key,
            parts,
            members=self.members,
            seed=self.seed,
            concentration=np.asarray(
                convert(self[concentration], self.unit(concentration), "1"), dtype=np.float64
            ),
        )

    def frame(self) -> pd.DataFrame:
        """Return a table with a row per member and a column per quantity."""
        import pandas as pd

        return pd.DataFrame(self.values_by_id, index=pd.RangeIndex(self.members, name="member"))


def draw(
    quantities: Mapping[str, PackQuantity],
    *,
    members: int,
    seed: int,
    only: Iterable[str] | None = None,
    weights: Mapping[str, float] = GRADE_WEIGHTS,
) -> Draws:
    """Draw every quantity for every member.

    Parameters
    ----------
    quantities : mapping of str to PackQuantity
        All quantities.
    members : int
        Number of members, at least 1.
    seed : int
        Non-negative; the same seed gives the same bytes.
    only : iterable of str, optional
        Draw only these and what their formulas need.
    weights : mapping of str to float
        Votes of a witness family by its grade.

    Raises
    ------
    InputError
        If formulas form a cycle, name unknown quantities or divide by zero.
    """
    if members < 1 or seed < 0:
        raise InputError(
            f"cannot draw {members} members with seed {seed}",
            expected="at least 1 member and a seed of 0 or more",
        )
    order = draw_order(quantities, only)
    values: dict[str, FloatArray] = {}
    undrawn: dict[str, str] = {}
    for name in order:
        quantity = quantities[name]
        if quantity.rule == "formula":
            values[name] = evaluate_formula(quantity, values, undrawn, members)
            continue
        drawn = _draw_one(quantity, members, seed, weights)
        if drawn is None:
            undrawn[name] = "no claim of matching scope and plausible value"
        else:
            values[name] = drawn
    kept = {name: values[name] for name in quantities if name in values}
    for array in kept.values():
        array.flags.writeable = False
    return Draws(
        values_by_id=kept,
        units={name: quantities[name].unit for name in kept},
        members=members,
        seed=seed,
        inputs=tuple(
            name
            for name, array in kept.items()
            if quantities[name].rule != "formula" and float(np.ptp(array)) > 0
        ),
        undrawn=undrawn,
    )


def latin_column(key: str, *, members: int, seed: int) -> FloatArray:
    """Return one Latin-hypercube column: one value in each of `members` equal strata, shuffled.

    Parameters
    ----------
    key : str
        Names the column; columns of different keys are independent.
    members, seed : int
        Length and seed.

    Returns
    -------
    float64[member]
        In ``[0, 1)``.
    """
    generator = _generator(key, seed)
    column = (generator.permutation(members) + generator.random(members)) / members
    return np.minimum(column, np.nextafter(1.0, 0.0))


def _generator(key: str, seed: int) -> np.random.Generator:
    """Return a stream of its own for each key."""
    digest = hashlib.sha256(key.encode()).digest()
    words = np.frombuffer(digest[:16], dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def dirichlet_shares(
    quantity: str,
    parts: Sequence[str],
    *,
    members: int,
    seed: int,
    concentration: float | FloatArray = 1.0,
    weights: Mapping[str, float] | None = None,
) -> FloatArray:
    """Split a whole over named parts, differently in each member.

    Each part draws a gamma variate from a stream keyed by `quantity` and its own name; the shares
    are the variates over their sum. So removing a part only rescales the others, and their ratios
    stay as they were. Low concentration: one part has nearly all. High: equal parts.

    Parameters
    ----------
    quantity : str
        Id of the split.
    parts : sequence of str
        Names, without repetition.
    members, seed : int
        As in :func:`draw`.
    concentration : float or float64[member]
        Parameter of each part, at least 0.1.
    weights : mapping of str to float, optional
        Expected size of parts relative to one another; 1 for those not named.

    Returns
    -------
    float64[part, member]
        Non-negative; each column sums to 1.

    Raises
    ------
    InputError
        If a name comes twice, there is no part, or a concentration is too small.
    """
    if not parts or len(set(parts)) != len(parts):
        raise InputError(
            f"cannot split {quantity} over {len(parts)} parts",
            where=quantity,
            expected="at least one part, each named once",
        )
    sizes = {part: (weights or {}).get(part, 1.0) for part in parts}
    level = np.broadcast_to(np.asarray(concentration, dtype=np.float64), (members,))
    if float(level.min()) * min(sizes.values()) < SMALLEST_CONCENTRATION:
        raise InputError(
            f"concentration {float(level.min()):g} of {quantity} is too small",
            where=quantity,
            expected=f"at least {SMALLEST_CONCENTRATION} after weights",
        )
    gammas = np.empty((len(parts), members))
    for row, part in enumerate(parts):
        gammas[row] = _generator(f"{quantity}/{part}", seed).standard_gamma(level * sizes[part])
    return np.asarray(gammas / gammas.sum(axis=0), dtype=np.float64)


def _draw_one(
    quantity: PackQuantity, members: int, seed: int, weights: Mapping[str, float]
) -> FloatArray | None:
    """Draw a quantity that is no formula; None if it has nothing to draw from."""
    column = latin_column(quantity.id, members=members, seed=seed)
    low, high, mode = quantity.low, quantity.high, quantity.mode
    if quantity.rule == "triangular" and low is not None and high is not None and mode is not None:
        return _triangular(column, low, mode, high)
    if quantity.rule == "range" and low is not None and high is not None:
        return low + column * (high - low)
    if quantity.rule == "dirichlet" and low is not None and high is not None:
        return np.asarray(low * (high / low) ** column, dtype=np.float64)
    if quantity.rule == "probability":
        return _bernoulli(quantity, column, seed, weights)
    votes = witnesses(quantity, weights=weights)
    if not votes:
        return None
    values = _from_votes(column, votes)
    return np.rint(values) if is_count(quantity.unit) else values


def _from_votes(column: FloatArray, votes: tuple[Witness, ...]) -> FloatArray:
    """Let each member believe one witness, then place it within that witness's interval.

    The stratum of `column` that falls to a witness is stretched over its interval, so one column
    serves both choices and stays evenly spread within each witness.
    """
    ends = np.cumsum([witness.weight for witness in votes])
    ends /= ends[-1]
    starts = np.concatenate(([0.0], ends[:-1]))
    chosen = np.minimum(np.searchsorted(ends, column, side="right"), len(votes) - 1)
    low = np.array([witness.low for witness in votes])[chosen]
    high = np.array([witness.high for witness in votes])[chosen]
    inside = (column - starts[chosen]) / (ends[chosen] - starts[chosen])
    return np.asarray(low + inside * (high - low), dtype=np.float64)


def _triangular(column: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """Inverse of the triangular distribution function."""
    if high == low:
        return np.full_like(column, low)
    split = (mode - low) / (high - low)
    rising = low + np.sqrt(column * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - column) * (high - low) * (high - mode))
    return np.where(column < split, rising, falling)


def _bernoulli(
    quantity: PackQuantity, column: FloatArray, seed: int, weights: Mapping[str, float]
) -> FloatArray | None:
    """1 with probability p; p itself drawn from its range, or the share of the votes."""
    if quantity.low is not None and quantity.high is not None:
        outcome = latin_column(f"{quantity.id}/outcome", members=len(column), seed=seed)
        chance: float | FloatArray = quantity.low + column * (quantity.high - quantity.low)
        return (outcome < chance).astype(np.float64)
    votes = witnesses(quantity, weights=weights)
    if not votes:
        return None
    total = sum(witness.weight for witness in votes)
    share = sum(witness.weight * witness.value for witness in votes) / total
    return (column < share).astype(np.float64)


# --- formulas ---------------------------------------------------------------------------------
