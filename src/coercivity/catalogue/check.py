"""Rules a pack must obey beyond its schemas; one function per rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from coercivity.catalogue.model import Pack, Record
from coercivity.catalogue.pack import find_pack, read_pack
from coercivity.errors import Problem
from coercivity.units import compatible

__all__ = ["check_pack"]


def check_pack(name_or_path: str | Path) -> list[Problem]:
    """Return everything that is wrong with a pack, in the order of its files and lines.

    Raises
    ------
    NotFoundError
        If there is no such pack.
    """
    reading = read_pack(find_pack(name_or_path))
    problems = list(reading.problems)
    if reading.pack is not None:
        for rule in _RULES:
            problems.extend(rule(reading.pack))
    return sorted(problems, key=_position)


def _position(problem: Problem) -> tuple[str, int, str]:
    file_name, _, line = problem.where.partition(":")
    return file_name, int(line) if line.isdigit() else 0, problem.what


def check_numbers_have_sources(pack: Pack) -> Iterator[Problem]:
    """Every quantity has a claim, a formula, or a reason for being assumed."""
    for row in pack.table("quantities"):
        if row["quality"] == "assumed" and not row["why"]:
            yield Problem(
                f"quantity {row['id']} is assumed without a reason", row.where, "why: a sentence"
            )
        if row["quality"] != "assumed" and not row["claims"] and row["rule"] != "formula":
            yield Problem(
                f"quantity {row['id']} has no claim",
                row.where,
                "at least one sourced claim",
                "add a claim, or mark it assumed and say why",
            )


def check_rules_have_numbers(pack: Pack) -> Iterator[Problem]:
    """Each rule of a quantity finds the numbers it needs, in order."""
    for row in pack.table("quantities"):
        rule, low, high, mode = row["rule"], row["low"], row["high"], row["mode"]
        if rule == "formula" and not row["formula"]:
            yield Problem(f"quantity {row['id']} has no formula", row.where, "formula: …")
        if rule in {"range", "triangular"} and (low is None or high is None):
            yield Problem(f"quantity {row['id']} needs low and high", row.where)
        elif rule in {"range", "triangular"} and low > high:
            yield Problem(f"quantity {row['id']} has low above high", row.where, "low <= high")
        elif rule == "triangular" and (mode is None or not low <= mode <= high):
            yield Problem(f"quantity {row['id']} needs a mode between low and high", row.where)
        if rule in {"single", "families"} and not _matching(row):
            yield Problem(
                f"quantity {row['id']} has no claim whose scope matches",
                row.where,
                "a claim with scope match",
            )


def _matching(row: Record) -> list[Record]:
    return [claim for claim in row["claims"] if claim["scope"] == "match"]


def check_claim_values(pack: Pack) -> Iterator[Problem]:
    """Each claim states a value or a range, in a unit of the quantity's dimension."""
    for row in pack.table("quantities"):
        for claim in row["claims"]:
            if claim["value"] is None and (claim["low"] is None and claim["high"] is None):
                yield Problem(f"a claim on {row['id']} states no value", claim.where)
            if claim["scope"] == "match" and not compatible(claim["unit"], row["unit"]):
                yield Problem(
                    f"a claim on {row['id']} is in {claim['unit']}",
                    claim.where,
                    f"a unit convertible to {row['unit']}",
                )


def check_measure_targets(pack: Pack) -> Iterator[Problem]:
    """Actions, of the register and of scenarios, name a measure or an instrument."""
    known = {row["id"] for row in pack.table("instruments")}
    known |= {m["id"] for row in pack.table("instruments") for m in row["measures"]}
    rows = list(pack.table("actions"))
    rows += [action for row in pack.table("scenarios") for action in row["actions"]]
    for row in rows:
        if row["target"] not in known:
            yield Problem(
                f"action {row['id']} acts on {row['target']!r}, which does not exist",
                row.where,
                "id of a measure or instrument",
            )
        if row["until"] is not None and row["until"] <= row["from"]:
            yield Problem(f"action {row['id']} ends before it starts", row.where, "until > from")


def check_documents_exist(pack: Pack) -> Iterator[Problem]:
    """Every document is listed and every listed document exists."""
    present = {path.name for path in pack.document_paths()}
    listed = {row["file"]: row.where for row in pack.table("documents")}
    for name in sorted(present - set(listed)):
        yield Problem(f"documents/{name} is not listed", "documents.csv", "a row with its source")
    for name in sorted(set(listed) - present):
        yield Problem(f"documents/{name} does not exist", listed[name])


def check_sourcing_names(pack: Pack) -> Iterator[Problem]:
    """Buyers and suppliers of sourcing rows are sites or pools."""
    known = {row["id"] for row in pack.table("sites")}
    known |= {row["pool"] for row in pack.table("sites") if row["pool"]}
    for row in pack.table("sourcing"):
        for side in ("buyer", "supplier"):
            if row[side] not in known:
                yield Problem(
                    f"{side} {row[side]!r} is neither a site nor a pool", row.where, "sites.csv"
                )


def check_series_units(pack: Pack) -> Iterator[Problem]:
    """One series has one dimension."""
    first: dict[str, Record] = {}
    for row in pack.table("series"):
        other = first.setdefault(row["series"], row)
        if not compatible(row["unit"], other["unit"]):
            yield Problem(
                f"series {row['series']} is in {row['unit']} here", row.where, other["unit"]
            )


def check_focus(pack: Pack) -> Iterator[Problem]:
    """Sectors in focus and those that phrases name exist, and a total adds up some of them."""
    focus, sites = pack.meta.get("focus") or {}, pack.table("sites")
    sectors = {row["id"]: row for row in focus.get("sectors") or ()}
    made = {row["sector"] for row in sites}
    for name, row in sectors.items():
        if sites and name not in made:
            yield Problem(f"no site is of the sector {name!r} in focus", row.where, "sites.csv")
    total = focus.get("total")
    if total is not None and total["id"] in sectors:
        yield Problem("the sum has the name of a sector", total.where, "a name of its own")
    if total is not None and total["unit"] not in {row["unit"] for row in sectors.values()}:
        yield Problem(
            f"no sector in focus is counted in {total['unit']}", total.where, "unit of some sectors"
        )
    for name in (pack.meta.get("phrases") or {}).get("sectors") or ():
        if name not in sectors:
            yield Problem(f"phrases name the sector {name!r}", pack.meta.where, "focus.sectors")


def check_scenario_names(pack: Pack) -> Iterator[Problem]:
    """Scenarios that ``pack.yaml`` names exist."""
    known = {row["id"] for row in pack.table("scenarios")}
    phrases = pack.meta.get("phrases") or {}
    named = [pack.meta.get("baseline_scenario"), pack.meta.get("history_scenario")]
    for name in [*named, phrases.get("reference"), *(phrases.get("moves") or ())]:
        if name and name not in known:
            yield Problem(f"no scenario is called {name!r}", pack.meta.where, "scenarios.yaml")


def check_seasons(pack: Pack) -> Iterator[Problem]:
    """Every season that a site names has each month once."""
    months: dict[str, list[str]] = {}
    where: dict[str, str] = {}
    for row in pack.table("seasons"):
        if row["month"] in months.setdefault(row["season"], []):
            yield Problem(f"season {row['season']} has {row['month']} twice", row.where)
        months[row["season"]].append(row["month"])
        where.setdefault(row["season"], row.where)
    for name, found in months.items():
        if len(set(found)) != _MONTHS:
            yield Problem(f"season {name} has {len(set(found))} months", where[name], "all twelve")
    for row in pack.table("sites"):
        if row["season"] and row["season"] not in months:
            yield Problem(f"no season is called {row['season']!r}", row.where, "seasons.csv")
        if row["season"] and not row["output"]:
            yield Problem(f"site {row['id']} has a season but no final demand", row.where, "output")


_MONTHS = 12

_RULES: tuple[Callable[[Pack], Iterator[Problem]], ...] = (
    check_numbers_have_sources,
    check_rules_have_numbers,
    check_claim_values,
    check_measure_targets,
    check_documents_exist,
    check_sourcing_names,
    check_series_units,
    check_focus,
    check_scenario_names,
    check_seasons,
)
