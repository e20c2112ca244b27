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

import ast
import functools
import hashlib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.quantities import (
    GRADE_WEIGHTS,
    PackQuantity,
    Witness,
    is_count,
    witnesses,
)
from coercivity.errors import InputError, NotFoundError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Draws", "dirichlet_shares", "draw", "formula_names", "latin_column"]

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
    order = _order(quantities, only)
    values: dict[str, FloatArray] = {}
    undrawn: dict[str, str] = {}
    for name in order:
        quantity = quantities[name]
        if quantity.rule == "formula":
            values[name] = _evaluate(quantity, values, undrawn, members)
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


def _extremum(pick: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a function of any number of arguments, member by member."""
    return lambda *values: functools.reduce(pick, values)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "min": _extremum(np.minimum),
    "max": _extremum(np.maximum),
    "clip": np.clip,
    "where": np.where,
}
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: np.power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant)
_SYNTAX = "numbers, quantity ids, + - * / ** and comparisons, min, max, clip, where"


def formula_names(quantity: PackQuantity) -> tuple[str, ...]:
    """Return the ids a formula uses, sorted.

    Raises
    ------
    InputError
        If it is not arithmetic: attributes, indexing, strings and the like are refused.
    """
    try:
        tree = ast.parse(quantity.formula, mode="eval")
    except SyntaxError as error:
        raise _formula_error(quantity, f"cannot be read ({error.msg})", _SYNTAX) from error
    names: set[str] = set()
    for node in ast.walk(tree):
        is_part = isinstance(node, (ast.operator, ast.unaryop, ast.cmpop, ast.expr_context))
        if not is_part and not isinstance(node, _ALLOWED):
            raise _formula_error(quantity, f"uses {type(node).__name__}", _SYNTAX)
        if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)):
            raise _formula_error(quantity, f"uses {node.value!r}", _SYNTAX)
        if isinstance(node, ast.Name) and node.id not in FUNCTIONS:
            names.add(node.id)
    return tuple(sorted(names))


def _formula_error(quantity: PackQuantity, what: str, expected: str) -> InputError:
    return InputError(
        f"formula of {quantity.id} {what}: {quantity.formula}",
        where=quantity.where or quantity.id,
        expected=expected,
    )


def _order(quantities: Mapping[str, PackQuantity], only: Iterable[str] | None) -> tuple[str, ...]:
    """Ids in an order in which every formula comes after what it uses."""
    graph: dict[str, tuple[str, ...]] = {}
    waiting = list(quantities if only is None else only)
    while waiting:
        name = waiting.pop()
        if name in graph:
            continue
        if name not in quantities:
            raise NotFoundError(f"no quantity {name!r}", expected="an id of quantities.yaml")
        graph[name] = ()
        if quantities[name].rule == "formula":
            graph[name] = formula_names(quantities[name])
            unknown = [used for used in graph[name] if used not in quantities]
            if unknown:
                raise _formula_error(
                    quantities[name], f"names unknown {', '.join(unknown)}", "ids of quantities"
                )
            waiting.extend(graph[name])
    try:
        return tuple(
            TopologicalSorter({name: graph[name] for name in sorted(graph)}).static_order()
        )
    except CycleError as error:
        circle = list(error.args[1])
        raise InputError(
            f"formulas go round in a circle: {' -> '.join(circle)}",
            where=quantities[circle[0]].where,
            expected="formulas that end in quantities with claims or ranges",
            hint="replace one of them by a range",
        ) from error


def _evaluate(
    quantity: PackQuantity,
    values: Mapping[str, FloatArray],
    undrawn: Mapping[str, str],
    members: int,
) -> FloatArray:
    """Compute a formula, member by member."""
    from simpleeval import InvalidExpression, SimpleEval

    names = formula_names(quantity)
    missing = [name for name in names if name in undrawn]
    if missing:
        raise _formula_error(quantity, f"uses {missing[0]} ({undrawn[missing[0]]})", "drawn ids")
    evaluator = SimpleEval(
        operators=dict(_OPERATORS),
        functions=dict(FUNCTIONS),
        names={name: values[name] for name in names},
    )
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            result = evaluator.eval(quantity.formula)
    except (ZeroDivisionError, FloatingPointError) as error:
        raise _formula_error(quantity, "divides by zero or leaves the numbers", "finite") from error
    except (InvalidExpression, TypeError, ValueError) as error:
        raise _formula_error(quantity, f"cannot be computed ({error})", _SYNTAX) from error
    array = np.array(np.broadcast_to(np.asarray(result, dtype=np.float64), (members,)))
    if not np.isfinite(array).all():
        raise _formula_error(quantity, "gives a value that is no number", "finite values")
    return array
