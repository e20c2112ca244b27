"""Formulas over quantities: what they use, in which order they are worked out, and their values."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from coercivity.claims.quantities import PackQuantity

__all__ = ["FUNCTIONS", "draw_order", "evaluate_formula", "formula_names"]

FloatArray = NDArray[np.float64]


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


def draw_order(
    quantities: Mapping[str, PackQuantity], only: Iterable[str] | None
) -> tuple[str, ...]:
    """Return ids in an order in which every formula comes after what it uses.

    Parameters
    ----------
    quantities : mapping of str to PackQuantity
    only : iterable of str or None
        Ids wanted, with what they use; None for all.

    Raises
    ------
    NotFoundError
        If an id is unknown.
    InputError
        If formulas go round in a circle or name something unknown.
    """
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


def evaluate_formula(
    quantity: PackQuantity,
    values: Mapping[str, FloatArray],
    undrawn: Mapping[str, str],
    members: int,
) -> FloatArray:
    """Compute a formula, member by member.

    Parameters
    ----------
    quantity : PackQuantity
        Of the rule ``formula``.
    values : mapping of str to float64[member]
        What it uses.
    undrawn : mapping of str to str
        Quantities without a value, and why.
    members : int

    Returns
    -------
    float64[member], unit of the quantity

    Raises
    ------
    InputError
        If it uses a quantity without a value, or has none itself.
    """
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
