# numba's extension interface has no types.
# mypy: allow-untyped-calls
"""Vectors of members that read different rows, or days that stand side by side.

Members differ in their lead times, so that what arrives on a day departed on as many days. A
pipeline that holds the days of each member side by side is read and written in *runs* of
:data:`RUN` days, and turned in registers.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils

from coercivity.engine.kernels.vector import (
    WIDTH,
    Vector,
    is_place,
    pointer_to,
    repeated,
    untyped_intrinsic,
)

__all__ = ["RUN", "gather", "read_runs", "write_runs"]

RUN: Final = 4
"""Numbers that stand side by side for each member, and are read and written at once."""

_GROUP: Final = 16
"""Members whose runs fill four registers."""


@untyped_intrinsic
def gather(typingctx: Any, table: Any, rows: Any, place: Any, first: Any) -> Any:
    """Return ``table[first + rows[w, m], m]`` for the members of ``place = (w, m)``."""
    if not is_place(rows, place):
        return None
    vector = Vector(table.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        base, long = context.make_array(table)(context, builder, args[0]), ir.IntType(64)
        pointer = pointer_to(context, builder, rows, place, (args[1], args[2]))
        back = builder.load(pointer, align=rows.dtype.bitwidth // 8)
        back = builder.sext(back, ir.VectorType(long, WIDTH))
        m = cgutils.unpack_tuple(builder, args[2], 2)[1]
        n = cgutils.unpack_tuple(builder, base.shape, 2)[1]
        row = context.cast(builder, args[3], first, types.intp)
        start = builder.add(builder.mul(row, n), m)
        steps = ir.Constant(ir.VectorType(long, WIDTH), list(range(WIDTH)))
        index = builder.mul(back, repeated(builder, n, long))
        index = builder.add(builder.add(index, repeated(builder, start, long)), steps)
        out = ir.Constant(context.get_value_type(vector), ir.Undefined)
        for member in range(WIDTH):
            place_of = builder.extract_element(index, ir.IntType(32)(member))
            number = builder.load(builder.gep(base.data, [place_of]))
            out = builder.insert_element(out, number, ir.IntType(32)(member))
        return out

    return vector(table, rows, place, first), generate


def _glued(builder: Any, parts: list[Any], size: int) -> Any:
    """Return vectors of `size` numbers one behind the other, as one."""
    while len(parts) > 1:
        mask = ir.Constant(ir.VectorType(ir.IntType(32), 2 * size), list(range(2 * size)))
        parts = [
            builder.shuffle_vector(a, b, mask) for a, b in zip(parts[::2], parts[1::2], strict=True)
        ]
        size *= 2
    return parts[0]


def _part_of(builder: Any, vector: Any, places: list[int]) -> Any:
    """Return some numbers of a vector."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


def _turned(builder: Any, four: list[Any]) -> list[Any]:
    """Turn the 4 by 4 squares that stand side by side in four vectors of `_GROUP` numbers.

    Two rounds of shuffles within quarters of a register, the cheapest there are.
    """
    low, high = [0, _GROUP, 1, _GROUP + 1], [2, _GROUP + 2, 3, _GROUP + 3]
    pairs, other_pairs = [0, 1, _GROUP, _GROUP + 1], [2, 3, _GROUP + 2, _GROUP + 3]

    def mixed(one: Any, other: Any, quarter: list[int]) -> Any:
        places = [start + place for start in range(0, _GROUP, 4) for place in quarter]
        mask = ir.Constant(ir.VectorType(ir.IntType(32), _GROUP), places)
        return builder.shuffle_vector(one, other, mask)

    a, b = mixed(four[0], four[1], low), mixed(four[0], four[1], high)
    c, d = mixed(four[2], four[3], low), mixed(four[2], four[3], high)
    return [
        mixed(a, c, pairs), mixed(a, c, other_pairs), mixed(b, d, pairs), mixed(b, d, other_pairs)
    ]  # fmt: skip


def _run_pointer(context: Any, builder: Any, ring: Any, value: Any, start: Any, days: int) -> Any:
    """Address of days that follow each other."""
    data = context.make_array(ring)(context, builder, value).data
    number = context.get_value_type(ring.dtype)
    return builder.bitcast(builder.gep(data, [start]), ir.VectorType(number, days).as_pointer())


@untyped_intrinsic
def read_runs(typingctx: Any, ring: Any, starts: Any, place: Any, first: Any) -> Any:
    """Return four vectors: ``ring[first + starts[w, m] + j]`` for ``j`` from 0 to 3."""
    if not is_place(starts, place):
        return None
    vector, days = Vector(ring.dtype), RUN
    result = types.UniTuple(vector, days)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        long = ir.IntType(64)
        pointer = pointer_to(context, builder, starts, place, (args[1], args[2]))
        back = builder.load(pointer, align=starts.dtype.bitwidth // 8)
        begin = context.cast(builder, args[3], first, types.intp)
        runs = []
        for member in range(WIDTH):
            start = builder.extract_element(back, ir.IntType(32)(member))
            start = builder.add(builder.sext(start, long), begin)
            run = _run_pointer(context, builder, ring, args[0], start, days)
            runs.append(builder.load(run, align=ring.dtype.bitwidth // 8))
        rows: list[list[Any]] = [[] for _ in range(days)]
        for group in range(0, WIDTH, _GROUP):
            several = runs[group : group + _GROUP]
            squares = [_glued(builder, several[k::days], days) for k in range(days)]
            for row, part in zip(rows, _turned(builder, squares), strict=True):
                row.append(part)
        return context.make_tuple(builder, result, [_glued(builder, row, _GROUP) for row in rows])

    return result(ring, starts, place, first), generate


@untyped_intrinsic
def write_runs(
    typingctx: Any, ring: Any, start: Any, step: Any, one: Any, two: Any, three: Any, four: Any
) -> Any:
    """Write four vectors to ``ring[start + step * m + j]`` for ``j`` from 0 to 3."""
    days = RUN

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        begin = context.cast(builder, args[1], start, types.intp)
        width = context.cast(builder, args[2], step, types.intp)
        for group in range(0, WIDTH, _GROUP):
            places = list(range(group, group + _GROUP))
            rows = [_part_of(builder, row, places) for row in args[3:]]
            squares = _turned(builder, rows)
            for m in range(_GROUP):
                first = m - m % days
                run = _part_of(builder, squares[m % days], list(range(first, first + days)))
                pointer = _run_pointer(context, builder, ring, args[0], begin, days)
                builder.store(run, pointer, align=ring.dtype.bitwidth // 8)
                begin = builder.add(begin, width)
        return context.get_dummy_value()

    return types.none(ring, start, step, one, two, three, four), generate
