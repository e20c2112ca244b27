"""Numbers that cannot be: claims outside the bounds of the pack, kept and flagged.

A pack says in ``plausible.yaml`` what a number can be at all: per item, measure, country and
period, with the reason and the sources the bound rests on. A claim outside every reading is not
dropped and not repaired: it gets the rule ``number.implausible`` and low confidence, and the flag
names the reading that would fit ("without 'million'").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coercivity.catalogue.rows import read_rows
from coercivity.catalogue.schema import Column, Schema
from coercivity.catalogue.typed import Reference, type_rows
from coercivity.claims.model import Claim, ClaimSet, QuantityMention
from coercivity.claims.number_words import MULTIPLIERS
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Span
from coercivity.errors import InputError, Problem
from coercivity.units import compatible, convert

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["Bound", "Flag", "flag_claims", "flag_implausible", "implausible", "load_bounds"]

FILE_NAME = "plausible.yaml"
RULE = "number.implausible"
_COLUMNS = (
    ("id", "string", "stable name", "required"),
    ("title", "string", "what is bounded, in our words", "required"),
    ("item", "ref:items", "item counted; absent for any", "optional"),
    ("measure", "string", "measure of the lexicon, such as export; absent for any", "optional"),
    ("country", "country", "whose amount; absent for any", "optional"),
    ("per", "string", "month, year or vehicle: period or thing it is for", "optional"),
    ("unit", "unit", "unit of both ends", "required"),
    ("low", "number", "least plausible value", "optional"),
    ("high", "number", "greatest plausible value", "optional"),
    ("series", "string", "series of the pack that holds such numbers by month", "optional"),
    ("quality", "enum:observed,derived,assumed", "how the bound is known", "required"),
    ("sources", "list[ref:sources]", "sources it is compared with", "optional"),
    ("why", "text", "reason for the bound", "required"),
)
SCHEMA = Schema(
    "plausible",
    tuple(Column(name, kind, "", "", text, status) for name, kind, text, status in _COLUMNS),
)
"""Columns of ``plausible.yaml``."""

_MULTIPLIER = re.compile(
    rf"\b({'|'.join(sorted((m for m in MULTIPLIERS if len(m) > 1), key=len, reverse=True))})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bound:
    """What a number can be at all.

    Parameters
    ----------
    id, title : str
        Name and words.
    item, measure, country, per : str
        Scope; empty for any. `per` is ``month``, ``year`` or ``vehicle``.
    unit : str
        Unit of both ends.
    low, high : float or None
        Ends, inclusive, in `unit`.
    series : str
        Series of the pack with such numbers by month, or empty.
    quality, why : str
        How the bound is known, and the reason for it.
    sources : tuple of str
        Ids of the sources it rests on.
    where : str
        File and line.
    """

    id: str
    title: str
    item: str
    measure: str
    country: str
    per: str
    unit: str
    low: float | None
    high: float | None
    series: str
    quality: str
    why: str
    sources: tuple[str, ...]
    where: str = ""

    def holds(self, value: float, unit: str) -> bool:
        """Whether a value in another unit of the dimension lies between the ends."""
        here = float(convert(value, unit, self.unit))
        above = self.low is None or here >= self.low
        return above and (self.high is None or here <= self.high)


@dataclass(frozen=True)
class Flag:
    """A number outside a bound.

    Parameters
    ----------
    claim : str
        Id of the claim.
    span : Span
        The number as written.
    value : float
        In `unit`.
    unit : str
        As in the claim.
    bound : Bound
        The bound it lies outside of.
    note : str
        One sentence for the reader, with the reading that would fit where there is one.
    """

    claim: str
    span: Span
    value: float
    unit: str
    bound: Bound
    note: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "claim": self.claim,
            "span": self.span.to_json(),
            "value": self.value,
            "unit": self.unit,
            "bound": self.bound.id,
            "low": self.bound.low,
            "high": self.bound.high,
            "bound_unit": self.bound.unit,
            "why": self.bound.why,
            "note": self.note,
        }


def load_bounds(pack: Pack) -> tuple[Bound, ...]:
    """Read the bounds of a pack; none if it has no ``plausible.yaml``.

    Raises
    ------
    InputError
        With every problem found, each naming the line: unknown items, sources or series, ends in
        the wrong order, an id given twice.
    """
    path = pack.root / FILE_NAME
    if not path.is_file():
        return ()
    typing = type_rows(read_rows(path), SCHEMA)
    problems = [*typing.problems, *_dangling(pack, typing.references)]
    bounds = tuple(_bound(record) for record in typing.records)
    problems.extend(_wrong(bounds, pack))
    if problems:
        raise InputError(
            f"{len(problems)} problem(s) in the bounds",
            where=FILE_NAME,
            hint="repair the lines named below",
            problems=problems,
        )
    return bounds


def _dangling(pack: Pack, references: Iterable[Reference]) -> Iterator[Problem]:
    known: Mapping[str, Iterable[str]] = {"items": pack.items, "sources": pack.sources}
    for reference in references:
        if reference.value not in known[reference.table]:
            yield Problem(
                f"{reference.attribute} names {reference.value!r}",
                reference.where,
                f"an id of {reference.table}.yaml",
            )


def _bound(record: Any) -> Bound:
    return Bound(
        id=record["id"],
        title=record["title"],
        item=record["item"] or "",
        measure=record["measure"] or "",
        country=record["country"] or "",
        per=record["per"] or "",
        unit=record["unit"],
        low=record["low"],
        high=record["high"],
        series=record["series"] or "",
        quality=record["quality"],
        why=record["why"],
        sources=tuple(record["sources"]),
        where=record.where,
    )


def _wrong(bounds: tuple[Bound, ...], pack: Pack) -> Iterator[Problem]:
    """Yield what the schema cannot see."""
    series = {row["series"] for row in pack.table("series")}
    seen: set[str] = set()
    for bound in bounds:
        if bound.id in seen:
            yield Problem(f"bound {bound.id} is given twice", bound.where, "one row per id")
        seen.add(bound.id)
        if bound.low is None and bound.high is None:
            yield Problem(f"{bound.id} bounds nothing", bound.where, "low, high or both")
        if bound.low is not None and bound.high is not None and bound.low > bound.high:
            yield Problem(f"{bound.id} has low > high", bound.where, "ends in rising order")
        if bound.series and bound.series not in series:
            yield Problem(
                f"{bound.id} names series {bound.series!r}", bound.where, "a series of series.csv"
            )


def implausible(claims: ClaimSet, bounds: Iterable[Bound]) -> tuple[Flag, ...]:
    """Return a flag for every number that lies outside a bound of its scope, once per claim.

    Parameters
    ----------
    claims : ClaimSet
        With its vocabulary.
    bounds : iterable of Bound
        As from :func:`load_bounds`.
    """
    if claims.vocabulary is None:
        return ()
    rows = tuple(bounds)
    flags = (
        flag
        for claim in claims
        if claim.frame == "QUANTITY"
        for mention in claim.quantities[:1]
        for flag in _outside(claim, mention, rows, claims.vocabulary)
    )
    return tuple({flag.claim: flag for flag in flags}.values())


def flag_claims(claims: Iterable[Claim], vocabulary: Vocabulary) -> tuple[Claim, ...]:
    """Flag claims by the bounds that came with the words they were read with.

    Parameters
    ----------
    claims : iterable of Claim
    vocabulary : Vocabulary

    Returns
    -------
    tuple of Claim
        In the same order; see :func:`flag_implausible`.
    """
    rows = tuple(claims)
    if not vocabulary.bounds:
        return rows
    return flag_implausible(ClaimSet(rows, (), vocabulary=vocabulary), vocabulary.bounds).claims


def flag_implausible(claims: ClaimSet, bounds: Iterable[Bound]) -> ClaimSet:
    """Return the claims with ``number.implausible`` among the rules of those that are flagged.

    Ids, values and spans stay as they are.
    """
    flagged = {flag.claim for flag in implausible(claims, bounds)}
    if not flagged:
        return claims
    return replace(
        claims,
        claims=tuple(
            replace(claim, rules=(*claim.rules, RULE), confidence="low")
            if claim.id in flagged and RULE not in claim.rules
            else claim
            for claim in claims
        ),
    )


def _outside(
    claim: Claim, mention: QuantityMention, bounds: tuple[Bound, ...], vocabulary: Vocabulary
) -> Iterator[Flag]:
    """Yield a flag per bound that a number lies outside of."""
    if mention.low is None or mention.high is None or claim.slot("change") is not None:
        return
    for bound in bounds:
        if not in_scope(claim, bound, vocabulary, unit=mention.unit):
            continue
        if bound.holds(mention.low, mention.unit) and bound.holds(mention.high, mention.unit):
            continue
        yield Flag(
            claim.id,
            mention.span,
            mention.high,
            mention.unit,
            bound,
            _note(mention, bound),
        )


def in_scope(claim: Claim, bound: Bound, vocabulary: Vocabulary, *, unit: str) -> bool:
    """Whether a bound speaks of what a claim counts: item, measure, country, period and unit."""
    if not compatible(unit, bound.unit):
        return False
    items = claim.values("item")
    if bound.item and not any(
        item == bound.item or vocabulary.is_wider(bound.item, item) for item in items
    ):
        return False
    if bound.measure and bound.measure not in claim.values("measure"):
        return False
    if bound.country:
        parties = (*claim.values("actor"), *claim.values("destination"))
        if bound.country not in {vocabulary.country_of(party) for party in parties}:
            return False
    return not bound.per or bound.per in (*claim.values("per"), _period(claim))


def _period(claim: Claim) -> str:
    return claim.when.precision if claim.when is not None else ""


def _note(mention: QuantityMention, bound: Bound) -> str:
    """Say what is wrong, and which other reading would be inside the bound."""
    ends = " to ".join("…" if end is None else f"{end:,g}" for end in (bound.low, bound.high))
    note = f"{mention.span.exact!r} is outside {ends} {bound.unit} ({bound.title}): {bound.why}"
    return note + "".join(f" {reading} would fit." for reading in _other_readings(mention, bound))


def _other_readings(mention: QuantityMention, bound: Bound) -> Iterator[str]:
    """Yield how the number would read without one of its multipliers, if that is inside."""
    assert mention.high is not None
    words = mention.span.exact
    for match in dict.fromkeys(m.lower() for m in _MULTIPLIER.findall(words)):
        smaller = mention.high / MULTIPLIERS[match]
        if bound.holds(smaller, mention.unit):
            yield f"Without {match!r}, {smaller:,g} {mention.unit},"
    if mention.rule == "unit.ambiguous" and re.search(r"Mt$", words):
        smaller = mention.high / 1e6
        if bound.holds(smaller, mention.unit):
            yield f"Read as metric tonnes, {smaller:,g} {mention.unit},"
