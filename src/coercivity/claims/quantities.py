"""Quantities: a number of the world, and everything that sources claim about it.

A quantity keeps all its claims, also those that contradict each other, that count something
narrower or wider, or that cannot be true. Claims that count the same thing are grouped into
*witness families*: copies of one wire story are one witness and have one vote. Nothing is
averaged; :mod:`coercivity.claims.distributions` draws from the witnesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coercivity.claims.quantity_model import (
    PackQuantity,
    QuantityClaim,
    is_count,
    stated_interval,
)
from coercivity.errors import InputError, Problem
from coercivity.units import compatible

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = [
    "GRADE_WEIGHTS",
    "PackQuantity",
    "QuantityClaim",
    "Summary",
    "Witness",
    "is_count",
    "load_quantities",
    "stated_interval",
    "summarise",
    "summarise_all",
    "witnesses",
]

_Range = tuple[float | None, float | None, float | None]

GRADE_WEIGHTS: Mapping[str, float] = {
    "official": 4.0,
    "company": 3.0,
    "wire": 3.0,
    "press": 2.0,
    "trade": 2.0,
    "derived": 2.0,
    "aggregator": 1.0,
    "own": 1.0,
}
"""Votes of one witness family by its best grade: a default of the method, not a fact.

The ratios say that a statistical office counts as much as two newspapers or four aggregators. Any
other mapping may be passed to :func:`witnesses`, :func:`summarise` and ``draw``.
"""

CREDIBLE = (0.05, 0.95)
SUMMARY_MEMBERS = 401
RULES = ("single", "families", "range", "triangular", "probability", "dirichlet", "formula")


@dataclass(frozen=True)
class Witness:
    """One family of sources: one vote.

    Parameters
    ----------
    family, grade : str
        Family and the best grade within it.
    weight : float
        Votes.
    low, value, high : float
        Interval and central value of the claim that speaks for the family, unit of the quantity.
    claims : tuple of QuantityClaim
        All claims of the family with matching scope; the first speaks for it.
    """

    family: str
    grade: str
    weight: float
    low: float
    value: float
    high: float
    claims: tuple[QuantityClaim, ...]


@dataclass(frozen=True)
class Summary:
    """What is known about a quantity in one row.

    Parameters
    ----------
    best, low, high : float or None
        In `unit`. For claims: the weighted median witness (always a value somebody stated, never
        a mean) and the ends of all witnesses. For assumed ranges: mode or middle, and the ends.
        For formulas: median and 5th and 95th percentile. ``None`` if nothing can be drawn.
    unit : str
        Unit of the three.
    n_claims, n_families : int
        Claims of any scope; families that vote.
    conflict : bool
        Whether two families exclude each other.
    note : str
        One sentence on what was left out or assumed.
    sources : tuple of str
        Sources of all claims, sorted.
    """

    best: float | None
    low: float | None
    high: float | None
    unit: str
    n_claims: int
    n_families: int
    conflict: bool
    note: str
    sources: tuple[str, ...]


def witnesses(
    quantity: PackQuantity, *, weights: Mapping[str, float] = GRADE_WEIGHTS
) -> tuple[Witness, ...]:
    """Group the claims of matching scope and plausible value by family, one vote each.

    The best-graded claim speaks for its family; among equals the one stated last (a revision
    replaces the figure it revises), then the most precise.

    Returns
    -------
    tuple of Witness
        Sorted by value, then by family.
    """
    families: dict[str, list[QuantityClaim]] = {}
    for claim in quantity.claims:
        if claim.scope == "match" and quantity.is_plausible(claim.central(quantity.unit)):
            families.setdefault(claim.family, []).append(claim)
    found = [_witness(quantity, name, claims, weights) for name, claims in families.items()]
    return tuple(sorted(found, key=lambda witness: (witness.value, witness.family)))


def _witness(
    quantity: PackQuantity, family: str, claims: list[QuantityClaim], weights: Mapping[str, float]
) -> Witness:
    """Let one claim speak for its family."""

    def rank(claim: QuantityClaim) -> tuple[float, int, float]:
        low, high = claim.interval(quantity.unit)
        stated = claim.as_of.latest.toordinal() if claim.as_of else 0
        return -weights[claim.grade], -stated, high - low

    ordered = tuple(sorted(claims, key=rank))
    low, high = ordered[0].interval(quantity.unit)
    if quantity.plausible_low is not None:
        low = max(low, quantity.plausible_low)
    if quantity.plausible_high is not None:
        high = min(high, quantity.plausible_high)
    return Witness(
        family=family,
        grade=ordered[0].grade,
        weight=float(weights[ordered[0].grade]),
        low=low,
        value=ordered[0].central(quantity.unit),
        high=high,
        claims=ordered,
    )


def summarise(
    quantity: PackQuantity,
    quantities: Mapping[str, PackQuantity] | None = None,
    *,
    weights: Mapping[str, float] = GRADE_WEIGHTS,
) -> Summary:
    """Say in one row what is known about a quantity.

    Parameters
    ----------
    quantity : PackQuantity
        The quantity.
    quantities : mapping, optional
        All quantities of the pack; needed for a formula, which is otherwise left blank.
    weights : mapping
        Votes by grade.
    """
    if quantity.rule != "formula" or quantities is None:
        return _summary(quantity, weights)
    names = {**quantities, quantity.id: quantity}
    return _summary(quantity, weights, _ranges_of_formulas(names, (quantity.id,), weights))


def summarise_all(
    quantities: Mapping[str, PackQuantity], *, weights: Mapping[str, float] = GRADE_WEIGHTS
) -> dict[str, Summary]:
    """Say what is known about every quantity, with one draw for all formulas.

    Parameters
    ----------
    quantities : mapping of str to PackQuantity
        All quantities of the pack.
    weights : mapping
        Votes by grade.

    Returns
    -------
    dict of str to Summary
        The same as from :func:`summarise` one by one, in the order given.
    """
    formulas = tuple(name for name, row in quantities.items() if row.rule == "formula")
    ranges = _ranges_of_formulas(quantities, formulas, weights)
    return {name: _summary(row, weights, ranges) for name, row in quantities.items()}


def _summary(
    quantity: PackQuantity,
    weights: Mapping[str, float],
    formulas: Mapping[str, _Range] | None = None,
) -> Summary:
    """Put a summary together; `formulas` holds the ranges that had to be drawn."""
    votes = witnesses(quantity, weights=weights)
    if quantity.rule == "formula":
        low, best, high = (formulas or {}).get(quantity.id, (None, None, None))
    else:
        low, best, high = _range_of(quantity, votes)
    return Summary(
        best=best,
        low=low,
        high=high,
        unit=quantity.unit,
        n_claims=len(quantity.claims),
        n_families=len(votes),
        conflict=_in_conflict(votes),
        note=_summary_note(quantity, votes),
        sources=tuple(sorted({claim.source for claim in quantity.claims})),
    )


def _range_of(quantity: PackQuantity, votes: tuple[Witness, ...]) -> _Range:
    """Low, best and high of a quantity that is no formula, by its rule."""
    if quantity.low is not None and quantity.high is not None:
        middle = (quantity.low + quantity.high) / 2
        return quantity.low, quantity.mode if quantity.mode is not None else middle, quantity.high
    if not votes:
        return None, None, None
    return min(w.low for w in votes), _median(votes), max(w.high for w in votes)


def _ranges_of_formulas(
    quantities: Mapping[str, PackQuantity], formulas: tuple[str, ...], weights: Mapping[str, float]
) -> dict[str, _Range]:
    """Percentiles of a small draw; imported here because drawing builds on this module."""
    import numpy as np

    from coercivity.claims.distributions import draw

    drawn = draw(quantities, members=SUMMARY_MEMBERS, seed=0, only=formulas, weights=weights)
    found: dict[str, _Range] = {}
    for name in formulas:
        low, best, high = np.quantile(drawn[name], (CREDIBLE[0], 0.5, CREDIBLE[1]))
        found[name] = (float(low), float(best), float(high))
    return found


def _median(votes: tuple[Witness, ...]) -> float:
    """Weighted median of the witnesses' values: the lower one where votes are even."""
    half = sum(witness.weight for witness in votes) / 2
    heard = 0.0
    for witness in votes:
        heard += witness.weight
        if heard >= half:
            return witness.value
    return votes[-1].value


def _in_conflict(votes: tuple[Witness, ...]) -> bool:
    """Whether some two intervals have nothing in common."""
    return bool(votes) and max(w.low for w in votes) > min(w.high for w in votes)


def _summary_note(quantity: PackQuantity, votes: tuple[Witness, ...]) -> str:
    """One sentence on what stands behind the numbers."""
    parts: list[str] = []
    if quantity.quality == "assumed":
        parts.append("assumed")
    if votes:
        parts.append(f"{len(votes)} witness famil{'y' if len(votes) == 1 else 'ies'}")
    other = sum(claim.scope != "match" for claim in quantity.claims)
    if other:
        parts.append(f"{other} claim{'s' if other > 1 else ''} of other scope not drawn")
    flagged = len(quantity.flagged())
    if flagged:
        parts.append(f"{flagged} implausible claim{'s' if flagged > 1 else ''} not drawn")
    return "; ".join(parts)


def load_quantities(pack: Pack) -> dict[str, PackQuantity]:
    """Read the quantities of a pack with their claims, families and grades.

    Returns
    -------
    dict of str to PackQuantity
        In the order of the file.

    Raises
    ------
    InputError
        With every problem found, each naming ``quantities.yaml`` and the line.
    """
    problems: list[Problem] = []
    quantities: dict[str, PackQuantity] = {}
    for record in pack.table("quantities"):
        quantity = _read_quantity(record, pack, problems)
        if quantity.id in quantities:
            problems.append(
                Problem(f"quantity {quantity.id} is defined twice", quantity.where, "one entry")
            )
        quantities[quantity.id] = quantity
        problems.extend(_check(quantity))
    if problems:
        raise InputError(
            f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the quantities",
            where="quantities.yaml",
            hint="repair the lines named below",
            problems=problems,
        )
    return quantities


def _read_quantity(record: Any, pack: Pack, problems: list[Problem]) -> PackQuantity:
    """Turn one record into a quantity; a claim of an unknown source becomes a problem."""
    claims: list[QuantityClaim] = []
    for row in record.get("claims") or ():
        where = getattr(row, "where", "") or record.where
        if row["source"] not in pack.sources:
            problems.append(Problem(f"unknown source {row['source']!r}", where, "an id of sources"))
            continue
        claims.append(_read_claim(row, pack.sources[row["source"]], where))
    return PackQuantity(
        id=record["id"],
        title=record["title"],
        unit=record["unit"],
        scope=record["scope"],
        quality=record["quality"],
        rule=record["rule"],
        low=_number(record.get("low")),
        high=_number(record.get("high")),
        mode=_number(record.get("mode")),
        plausible_low=_number(record.get("plausible_low")),
        plausible_high=_number(record.get("plausible_high")),
        formula=record.get("formula") or "",
        period=record.get("period") or "",
        why=record.get("why") or "",
        note=record.get("note") or "",
        claims=tuple(claims),
        where=record.where,
    )


def _read_claim(row: Any, source: Any, where: str) -> QuantityClaim:
    """Turn one record into a claim with the family and grade of its source."""
    return QuantityClaim(
        source=source.id,
        family=source.family or source.id,
        grade=source.grade,
        value=_number(row.get("value")),
        low=_number(row.get("low")),
        high=_number(row.get("high")),
        unit=row["unit"],
        hedge=row.get("hedge") or "none",
        scope=row.get("scope") or "match",
        as_of=row.get("as_of"),
        fact=row.get("fact") or "",
        note=row.get("note") or "",
        where=where,
    )


def _number(value: Any) -> float | None:
    return None if value is None or value == "" else float(value)


def _check(quantity: PackQuantity) -> Iterator[Problem]:
    """Yield what is wrong with one quantity."""
    where = quantity.where
    for claim in quantity.claims:
        yield from _check_claim(claim, quantity.unit)
    if quantity.quality == "assumed" and not quantity.why:
        yield Problem(f"{quantity.id} is assumed without a reason", where, "text in why")
    needed = _needed_numbers(quantity)
    missing = [name for name in needed if getattr(quantity, name) is None]
    if missing:
        yield Problem(
            f"{quantity.id} has rule {quantity.rule} without {', '.join(missing)}",
            where,
            " and ".join(needed),
        )
        return
    ends = [getattr(quantity, name) for name in needed]
    if ends != sorted(ends):
        yield Problem(f"{quantity.id} has {' > '.join(needed)}", where, "ends in rising order")
    yield from _check_rule(quantity)


def _needed_numbers(quantity: PackQuantity) -> tuple[str, ...]:
    if quantity.rule == "triangular":
        return "low", "mode", "high"
    given = quantity.low is not None or quantity.high is not None
    if quantity.rule in ("range", "dirichlet") or (quantity.rule == "probability" and given):
        return "low", "high"
    return ()


def _check_rule(quantity: PackQuantity) -> Iterator[Problem]:
    """Yield what the rule forbids."""
    where, name = quantity.where, quantity.id
    if quantity.rule not in RULES:
        yield Problem(f"{name} has unknown rule {quantity.rule!r}", where, ", ".join(RULES))
    if quantity.rule == "formula" and not quantity.formula:
        yield Problem(f"{name} has rule formula without a formula", where, "formula")
    if quantity.rule == "probability" and not _within(quantity, 0.0, 1.0):
        yield Problem(f"{name} is a probability outside 0 to 1", where, "0 <= p <= 1")
    if quantity.rule == "dirichlet" and quantity.low is not None and quantity.low <= 0:
        yield Problem(f"{name} has a concentration of 0 or less", where, "a positive number")
    usable = [c for c in quantity.claims if c.scope == "match" and _is_sound(c, quantity.unit)]
    families = {claim.family for claim in usable}
    if quantity.rule == "single" and len(families) > 1:
        yield Problem(
            f"{name} has rule single but {len(families)} families of matching scope "
            f"({', '.join(sorted(families))})",
            where,
            "one family",
            "use rule families, so that the disagreement is kept",
        )


def _within(quantity: PackQuantity, low: float, high: float) -> bool:
    """Whether the parameters and the matching claims lie in ``[low, high]``."""
    stated: Iterable[float] = (
        claim.central(quantity.unit)
        for claim in quantity.claims
        if claim.scope == "match" and _is_sound(claim, quantity.unit)
    )
    ends = [end for end in (quantity.low, quantity.high) if end is not None]
    return all(low <= value <= high for value in (*stated, *ends))


def _is_sound(claim: QuantityClaim, unit: str) -> bool:
    return not list(_check_claim(claim, unit))


def _check_claim(claim: QuantityClaim, unit: str) -> Iterator[Problem]:
    """Yield what is wrong with one claim."""
    if (claim.low is None) != (claim.high is None):
        yield Problem("a claim gives one end only", claim.where, "low and high, or value")
    elif claim.value is None and claim.low is None:
        yield Problem("a claim states no number", claim.where, "value, or low and high")
    elif claim.low is not None and claim.high is not None and claim.low > claim.high:
        yield Problem("a claim has low above high", claim.where, "low <= high")
    if claim.scope != "different" and not compatible(claim.unit, unit):
        yield Problem(
            f"a claim in {claim.unit} cannot be compared with {unit}",
            claim.where,
            f"a unit that converts to {unit}, or scope different",
        )
