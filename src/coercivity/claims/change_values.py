"""Changes resolved to values: the level, or the base, that a change in per cent implies.

A base may be stated beside the change, stated elsewhere in the same document, or stand in a monthly
series of the pack. What is derived is never a claim of anybody: it is kept apart from the claims,
with the names of what it was derived from. Where change, level and base are all stated, they are
held against each other within the rounding of their digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from coercivity.claims.changes import base_of, level_of
from coercivity.claims.model import Claim, ClaimSet
from coercivity.claims.periods import shifted
from coercivity.claims.plausibility import Bound, in_scope
from coercivity.claims.quantity_model import stated_interval
from coercivity.units import compatible, convert

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["ResolvedChange", "Series", "load_series", "resolve_changes"]

FRACTION_WIDTH = 3.5
"""Percentage points a fraction in words may be off: half the way from 3/5 to 2/3."""

STEPS: Mapping[str, tuple[int, str]] = {
    "year": (-1, "year"),
    "month": (-1, "month"),
    "quarter": (-1, "quarter"),
}
"""How far back the base of a change lies."""


@dataclass(frozen=True)
class Series:
    """Numbers of a pack by month.

    Parameters
    ----------
    id, unit : str
        Name and unit.
    values : mapping of date to float
        By the first day of the month, in `unit`.
    """

    id: str
    unit: str
    values: Mapping[date, float]


@dataclass(frozen=True)
class Amount:
    """A value with where it comes from.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : str
        Symbol.
    origin : str
        ``stated``, ``document`` (another claim of it), ``series:ID`` or ``derived``.
    """

    value: float
    unit: str
    origin: str


@dataclass(frozen=True)
class ResolvedChange:
    """What a change in per cent means in values.

    Parameters
    ----------
    claim : str
        Id of the claim of the change.
    amount : float
        Signed, per cent.
    basis : str
        As in :class:`~coercivity.claims.changes.Change`.
    level, base : Amount or None
        After and before; ``None`` where neither is known.
    agrees : bool or None
        Whether change, level and base fit each other within rounding; ``None`` unless all three
        are stated or stand in a series.
    """

    claim: str
    amount: float
    basis: str
    level: Amount | None
    base: Amount | None
    agrees: bool | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "claim": self.claim,
            "change_pct": self.amount,
            "basis": self.basis,
            "level": vars(self.level) if self.level else None,
            "base": vars(self.base) if self.base else None,
            "agrees": self.agrees,
        }


def load_series(pack: Pack) -> dict[str, Series]:
    """Return the series of a pack whose values stand for single months."""
    values: dict[str, dict[date, float]] = {}
    units: dict[str, str] = {}
    for row in pack.table("series"):
        month = row["month"]
        if month is None or month.precision != "month" or row["value"] is None:
            continue
        values.setdefault(row["series"], {})[month.earliest] = float(row["value"])
        units.setdefault(row["series"], row["unit"])
    return {name: Series(name, units[name], values[name]) for name in values}


def resolve_changes(
    claims: ClaimSet,
    *,
    bounds: Iterable[Bound] = (),
    series: Mapping[str, Series] | None = None,
) -> tuple[ResolvedChange, ...]:
    """Resolve every change in per cent of a set of claims, as far as its base is known.

    Parameters
    ----------
    claims : ClaimSet
        With its vocabulary, where series are to be used.
    bounds : iterable of Bound
        Scopes of the pack: those with a series say which claims it speaks of.
    series : mapping of str to Series
        As from :func:`load_series`.

    Returns
    -------
    tuple of ResolvedChange
        In the order of the claims; a change of which nothing more is known has neither level nor
        base.
    """
    rows = tuple(bound for bound in bounds if bound.series in (series or {}))
    by_document: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.frame == "QUANTITY":
            by_document.setdefault(claim.document, []).append(claim)
    resolved = []
    for claim in claims:
        slot = claim.slot("change")
        if claim.frame == "QUANTITY" and slot is not None and slot.rule == "percent":
            others = by_document[claim.document]
            resolved.append(_resolved(claim, float(slot.value), others, rows, series or {}, claims))
    return tuple(resolved)


def _resolved(
    claim: Claim,
    amount: float,
    others: list[Claim],
    rows: tuple[Bound, ...],
    series: Mapping[str, Series],
    claims: ClaimSet,
) -> ResolvedChange:
    basis = next(iter(claim.values("basis")), "")
    level = _stated(claim, "level")
    base = _stated(claim, "base") or next(_bases_in_document(claim, level, basis, others), None)
    if base is None:
        base = next(_bases_in_series(claim, level, basis, rows, series, claims), None)
    rough = claim.quantities[0].rule in ("fraction", "multiple")
    agrees = _agrees(amount, level, base, rough=rough) if level and base else None
    if level is not None and base is None:
        value = base_of(level.value, amount)
        base = Amount(value, level.unit, "derived") if value is not None else None
    elif base is not None and level is None:
        level = Amount(level_of(base.value, amount), base.unit, "derived")
    return ResolvedChange(claim.id, amount, basis, level, base, agrees)


def _stated(claim: Claim, name: str) -> Amount | None:
    """Return a value stated beside the change."""
    slot = claim.slot(name)
    if slot is None:
        return None
    value, unit = slot.value.split(" ", 1)
    return Amount(float(value), unit, "stated")


def _bases_in_document(
    claim: Claim, level: Amount | None, basis: str, others: list[Claim]
) -> Iterator[Amount]:
    """Values of the same item and measure that the document states for the period before."""
    then = _period_before(claim, basis)
    if then is None:
        return
    for other in others:
        if other.id == claim.id or other.when is None or other.slot("change") is not None:
            continue
        same_scope = all(
            claim.values(name) == other.values(name)
            for name in ("item", "measure", "actor", "destination")
        )
        mention = other.quantities[0]
        fits = level is None or compatible(mention.unit, level.unit)
        is_amount = mention.low is not None and mention.low == mention.high
        is_then = (other.when.earliest, other.when.latest) == then
        if not (same_scope and fits and is_amount and is_then) or mention.unit in ("percent", "1"):
            continue
        if mention.low is not None:
            yield Amount(mention.low, mention.unit, "document")


def _bases_in_series(
    claim: Claim,
    level: Amount | None,
    basis: str,
    rows: tuple[Bound, ...],
    series: Mapping[str, Series],
    claims: ClaimSet,
) -> Iterator[Amount]:
    """Values of the pack's series for the month before, where item, measure and country fit."""
    then = _period_before(claim, basis)
    if then is None or claims.vocabulary is None or claim.when is None:
        return
    if claim.when.precision != "month" or claim.values("destination"):
        return
    for row in rows:
        one = series[row.series]
        if level is not None and not compatible(level.unit, one.unit):
            continue
        if in_scope(claim, row, claims.vocabulary, unit=row.unit) and then[0] in one.values:
            value = one.values[then[0]]
            unit = level.unit if level is not None else one.unit
            yield Amount(float(convert(value, one.unit, unit)), unit, f"series:{one.id}")


def _period_before(claim: Claim, basis: str) -> tuple[date, date] | None:
    """First and last day of the period that a change is counted from."""
    when = claim.when
    if when is None or when.earliest is None or when.latest is None or basis not in STEPS:
        return None
    if when.precision not in ("month", "quarter", "half", "year", "range"):
        return None
    number, unit = STEPS[basis]
    first = shifted(when.earliest, number, unit)
    n_months = (when.latest.year - when.earliest.year) * 12 + when.latest.month
    n_months -= when.earliest.month
    last_month = shifted(first, n_months, "month")
    last = shifted(last_month, 1, "month").replace(day=1) - (date(2000, 1, 2) - date(2000, 1, 1))
    return first, last


def _agrees(amount: float, level: Amount, base: Amount, *, rough: bool) -> bool | None:
    """Whether three stated numbers fit within the rounding of their digits."""
    if base.value <= 0 or not compatible(level.unit, base.unit):
        return None
    before = float(convert(base.value, base.unit, level.unit))
    low_level, high_level = stated_interval(level.value, unit=level.unit)
    low_base, high_base = stated_interval(before, unit=level.unit)
    low, high = stated_interval(amount, unit="percent")
    if rough:
        low, high = amount - FRACTION_WIDTH, amount + FRACTION_WIDTH
    least = 100.0 * (low_level / high_base - 1.0)
    most = 100.0 * (high_level / low_base - 1.0) if low_base > 0 else float("inf")
    return least <= high and low <= most
