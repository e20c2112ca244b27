"""Items a maker makes, and firms named deep inside a phrase."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coercivity.claims.clauses import noun_range, subtree
from coercivity.claims.reading import Reading
from coercivity.claims.roles import CARRY, Filler, Memory, items_in
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["firms_under", "products_of"]

Token = Any
_COUNTED = frozenset({"vehicle", "unit", "MW", "kWh"})
"""Units of goods that are made, not of materials that go into them."""


def products_of(
    nouns: Iterable[Token],
    clause: tuple[int, int],
    reading: Reading,
    vocabulary: Vocabulary,
    memory: Memory,
) -> tuple[Filler, ...]:
    """Items that a maker makes: what its production is of, not what it lacks.

    Notes
    -----
    An item measured in weight is a product only where the noun itself names it ("magnet output");
    elsewhere in the clause it is the input that is short.
    """
    own = [row for noun in nouns for row in items_in(*noun_range(noun), reading)]
    if own:
        return tuple(dict.fromkeys(Filler(v, "item", a, b, "object") for a, b, v in own))
    counted = [
        row for row in items_in(*clause, reading) if vocabulary.units.get(row[2]) in _COUNTED
    ]
    if counted:
        return tuple(dict.fromkeys(Filler(v, "item", a, b, "clause") for a, b, v in counted))
    for block, where, item in reversed(memory.items):
        before = block == reading.position and where < clause[0]
        if before and clause[0] - where <= CARRY and vocabulary.units.get(item) in _COUNTED:
            return (Filler(item, "item", -1, -1, "carried"),)
    return ()


def firms_under(token: Token, reading: Reading) -> tuple[Filler, ...]:
    """Return the firms named anywhere in a noun phrase: "suppliers tied to A and B"."""
    tokens = [t for t in subtree(token) if not t.is_space]
    start, end = tokens[0].idx, tokens[-1].idx + len(tokens[-1])
    return tuple(
        Filler(firm.value, "party", mention.start, mention.end, "name")
        for mention in reading.mentions_in(start, end)
        if (firm := mention.first("firm", "aggregate")) is not None
    )
