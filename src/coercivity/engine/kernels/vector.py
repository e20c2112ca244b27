# numba's extension interface has no types.
# mypy: allow-untyped-calls
"""Members side by side: a kernel's numbers of `WIDTH` members as one value.

A loop over members that the compiler is left to make vector instructions of must first prove, on
every row and every day, that the rows that it reads are not the row that it writes; with four
instructions of work in a row, the proof takes longer than the work.  Here a row is read and
written in pieces of `WIDTH` members, each an LLVM vector::

    for c in range(0, n, WIDTH):
        m = at(c)
        slot[f.QUOTIENT, i, m] = slot[f.ORDER, i, m] * slot[f.PER_WEIGHT, i, m]

Sums, differences, products, quotients and comparisons work member by member, between vectors or
a vector and a number; :func:`where`, :func:`least` and :func:`most` choose, :func:`count` counts.
All follow IEEE 754 and none is contracted with another: each member gets the bits that plain
arithmetic gives it.  Where the processor has narrower registers LLVM takes several.
"""

from __future__ import annotations

import operator
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    models,
    overload,
    register_model,
    type_callable,
)

__all__ = [
    *("WIDTH", "Vector", "at", "count", "is_place", "least", "most", "pointer_to", "repeated"),
    *("splat", "untyped_intrinsic", "where"),
]

untyped_intrinsic: Any = intrinsic

WIDTH: Final = 32
"""Members of a vector."""


class Vector(types.Type):
    """Numbers of `WIDTH` members."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"vector({dtype})")


class Mask(types.Type):
    """Whether something holds, for `WIDTH` members."""

    def __init__(self) -> None:
        super().__init__(name="mask")


class Members(types.Type):
    """Place of `WIDTH` members in a row."""

    def __init__(self) -> None:
        super().__init__(name="members")


MASK: Final = Mask()
MEMBERS: Final = Members()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        number = manager.lookup(kind.dtype).get_value_type()
        super().__init__(manager, kind, ir.VectorType(number, WIDTH))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), WIDTH))


@register_model(Members)
class _MembersModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, manager.lookup(types.intp).get_value_type())


@untyped_intrinsic
def at(typingctx: Any, first: Any) -> Any:
    """Return the place of the members from `first` on."""
    if not isinstance(first, types.Integer):
        return None

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, args[0], sig.args[0], types.intp)

    return MEMBERS(first), generate


# Reading and writing rows


def _parts(place: Any) -> tuple[Any, ...]:
    """Types of the numbers of an index."""
    kinds: tuple[Any, ...] = getattr(place, "types", (place,))
    return kinds


def is_place(table: Any, place: Any) -> bool:
    """Whether an index names members in a row of a table."""
    if not isinstance(table, types.Array) or table.layout != "C":
        return False
    parts = _parts(place)
    rows = all(isinstance(part, types.Integer) for part in parts[:-1])
    return len(parts) == table.ndim and rows and isinstance(parts[-1], Members)


def pointer_to(context: Any, builder: Any, table: Any, place: Any, values: Any) -> Any:
    """Address of a vector in a table."""
    array = context.make_array(table)(context, builder, values[0])
    kinds: tuple[Any, ...] = _parts(place)
    several = isinstance(place, types.BaseTuple)
    parts = cgutils.unpack_tuple(builder, values[1], len(kinds)) if several else [values[1]]
    parts = [
        part if isinstance(kind, Members) else context.cast(builder, part, kind, types.intp)
        for kind, part in zip(kinds, parts, strict=True)
    ]
    pointer = cgutils.get_item_pointer2(
        context,
        builder,
        data=array.data,
        shape=cgutils.unpack_tuple(builder, array.shape, table.ndim),
        strides=cgutils.unpack_tuple(builder, array.strides, table.ndim),
        layout="C",
        inds=parts,
    )
    number = context.get_value_type(table.dtype)
    return builder.bitcast(pointer, ir.VectorType(number, WIDTH).as_pointer())


@untyped_intrinsic
def _load(typingctx: Any, table: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = pointer_to(context, builder, sig.args[0], sig.args[1], args)
        return builder.load(pointer, align=table.dtype.bitwidth // 8)

    return Vector(table.dtype)(table, place), generate


@untyped_intrinsic
def _store(typingctx: Any, table: Any, place: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = pointer_to(context, builder, sig.args[0], sig.args[1], args)
        vector = _converted(context, builder, args[2], value, table.dtype)
        builder.store(vector, pointer, align=table.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(table, place, value), generate


@overload(operator.getitem)
def _get(table: Any, place: Any) -> Any:
    if not is_place(table, place):
        return None

    def get(table: Any, place: Any) -> Any:
        return _load(table, place)

    return get


@overload(operator.setitem)
def _set(table: Any, place: Any, value: Any) -> Any:
    if not is_place(table, place) or not _is_number(value):
        return None

    def put(table: Any, place: Any, value: Any) -> None:
        _store(table, place, value)

    return put


# Arithmetic


def repeated(builder: Any, number: Any, kind: Any) -> Any:
    """Return a vector of one number."""
    target = ir.VectorType(kind, WIDTH)
    single = builder.insert_element(ir.Constant(target, ir.Undefined), number, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(single, ir.Constant(target, ir.Undefined), zeros)


def _is_number(kind: Any) -> bool:
    return isinstance(kind, Vector | types.Float | types.Integer)


def _common(*kinds: Any) -> Any:
    """Return the number type of a result: the wider of the vectors', or of numbers beside them.

    An integer takes the vectors' type.
    """
    floats = [k.dtype if isinstance(k, Vector) else k for k in kinds]
    return max((k for k in floats if isinstance(k, types.Float)), key=lambda k: k.bitwidth)


def _converted(context: Any, builder: Any, value: Any, kind: Any, dtype: Any) -> Any:
    """Return a number repeated, or a vector, as a vector of a number type."""
    number = context.get_value_type(dtype)
    target = ir.VectorType(number, WIDTH)
    if not isinstance(kind, Vector):
        return repeated(builder, context.cast(builder, value, kind, dtype), number)
    if kind.dtype == dtype:
        return value
    if kind.dtype.bitwidth < dtype.bitwidth:
        return builder.fpext(value, target)
    return builder.fptrunc(value, target)


def _has_vector(args: Any) -> bool:
    return any(isinstance(a, Vector) for a in args) and all(_is_number(a) for a in args)


def _register(symbol: Any, emit: Any, result: Any) -> None:
    """Let an operator of two numbers take vectors."""

    class Pairwise(AbstractTemplate):
        key = symbol

        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) != 2 or not _has_vector(args):
                return None
            return signature(result(_common(*args)), *args)

    infer_global(symbol)(Pairwise)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        dtype = _common(*sig.args)
        pair = zip(args, sig.args, strict=True)
        return emit(builder, *(_converted(context, builder, v, k, dtype) for v, k in pair))

    for left, right in ((Vector, Vector), (Vector, types.Number), (types.Number, Vector)):
        lower_builtin(symbol, left, right)(generate)


def _compared(sign: str) -> Any:
    def emit(builder: Any, left: Any, right: Any) -> Any:
        return builder.fcmp_ordered(sign, left, right)

    return emit


for _symbol, _emit in (
    (operator.add, ir.IRBuilder.fadd),
    (operator.iadd, ir.IRBuilder.fadd),
    (operator.sub, ir.IRBuilder.fsub),
    (operator.isub, ir.IRBuilder.fsub),
    (operator.mul, ir.IRBuilder.fmul),
    (operator.imul, ir.IRBuilder.fmul),
    (operator.truediv, ir.IRBuilder.fdiv),
):
    _register(_symbol, _emit, Vector)

for _symbol, _sign in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
):
    _register(_symbol, _compared(_sign), lambda _dtype: MASK)


def _register_masks(symbol: Any, emit: Any) -> None:
    """Let an operator of two truths take masks."""

    class Pairwise(AbstractTemplate):
        key = symbol

        def generic(self, args: Any, kws: Any) -> Any:
            return signature(MASK, *args) if args == (MASK, MASK) else None

    infer_global(symbol)(Pairwise)
    lower_builtin(symbol, Mask, Mask)(lambda _context, builder, _sig, args: emit(builder, *args))


_register_masks(operator.and_, ir.IRBuilder.and_)
_register_masks(operator.or_, ir.IRBuilder.or_)


@type_callable(operator.invert)
def _type_invert(context: Any) -> Any:
    return lambda mask: MASK if mask == MASK else None


lower_builtin(operator.invert, Mask)(lambda _context, builder, _sig, args: builder.not_(args[0]))


# Choosing and counting


@untyped_intrinsic
def splat(typingctx: Any, like: Any, number: Any) -> Any:
    """Return a number for every member, in the number type of the table or vector `like`."""
    if not hasattr(like, "dtype") or not _is_number(number):
        return None

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _converted(context, builder, args[1], sig.args[1], like.dtype)

    return Vector(like.dtype)(like, number), generate


@untyped_intrinsic
def where(typingctx: Any, mask: Any, one: Any, other: Any) -> Any:
    """Return `one` where the mask holds, else `other`."""
    if mask != MASK or not (_is_number(one) and _is_number(other)):
        return None
    dtype = _common(one, other)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pair = zip(args[1:], sig.args[1:], strict=True)
        return builder.select(
            args[0], *(_converted(context, builder, v, k, dtype) for v, k in pair)
        )

    return Vector(dtype)(mask, one, other), generate


def _chosen(sign: str) -> Any:
    """Return the second of two where it stands in a relation to the first, as Python does."""

    def choose(typingctx: Any, first: Any, second: Any) -> Any:
        if not _has_vector((first, second)):
            return None
        dtype = _common(first, second)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            a, b = (
                _converted(context, builder, v, k, dtype)
                for v, k in zip(args, sig.args, strict=True)
            )
            return builder.select(builder.fcmp_ordered(sign, b, a), b, a)

        return Vector(dtype)(first, second), generate

    return choose


least: Any = untyped_intrinsic(_chosen("<"))
"""The less of two, member by member; the first of equals."""

most: Any = untyped_intrinsic(_chosen(">"))
"""The greater of two, member by member; the first of equals."""


@untyped_intrinsic
def count(typingctx: Any, mask: Any) -> Any:
    """Return the number of members for which the mask holds."""
    if mask != MASK:
        return None

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(WIDTH))
        return builder.zext(builder.ctpop(bits), context.get_value_type(types.intp))

    return types.intp(mask), generate
