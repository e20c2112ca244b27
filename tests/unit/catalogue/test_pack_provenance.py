"""Every number of every pack that ships resolves to a source, a formula or a named assumption."""

import csv
import re
from collections.abc import Iterator, Mapping

import pytest

from coercivity.catalogue import Record, available_packs, check_pack, load_schema, open_pack
from coercivity.catalogue.schema import TABLE_FILES
from coercivity.units import parse_unit

MIN_FACTS = 150
MIN_QUANTITIES = 60


@pytest.fixture(scope="module", params=available_packs())
def any_pack(request):
    return open_pack(request.param)


def rows_of(pack) -> Iterator[tuple[str, Record]]:
    for table in TABLE_FILES:
        for row in pack.table(table):
            yield table, row


def nested(value) -> Iterator[Record]:
    if isinstance(value, Record):
        yield value
        for part in value.values():
            yield from nested(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from nested(part)


def facts_in_use(pack) -> dict[str, str]:
    used: dict[str, str] = {}
    for _, row in rows_of(pack):
        for record in nested(row):
            named = [
                *(record.get("facts") or ()),
                *([record["fact"]] if record.get("fact") else []),
            ]
            for fact in named:
                used.setdefault(fact, record.where)
    return used


def test_pack_has_no_problem(any_pack):
    assert [str(problem) for problem in check_pack(any_pack.root)] == []


def test_every_number_resolves_to_a_source(any_pack):
    """Numbers stand only where a schema puts them, in rows that name a source or say why."""
    for table, row in rows_of(any_pack):
        for record in nested(row):
            numbers = [
                key
                for key, value in record.items()
                if isinstance(value, int | float) and not isinstance(value, bool)
            ]
            if not numbers or set(numbers) <= {"tier", "rank", "essentiality"}:
                continue
            backed = (
                record.get("source")
                or record.get("sources")
                or record.get("claims")
                or record.get("why")
                or row.get("sources")
            )
            assert backed, f"{table} {record.where}: {numbers} without a source or a reason"


def test_sources_can_be_found_again(any_pack):
    for source in any_pack.sources.values():
        assert source.url or source.grade in {"own", "derived"} or source.note, source.id
        assert source.family


def test_units_parse(any_pack):
    for table, row in rows_of(any_pack):
        for record in nested(row):
            if record.get("unit"):
                parse_unit(record["unit"])
        assert table


def test_network_cells_are_quantities_never_literals(any_pack):
    for table in ("sites", "recipes", "sourcing"):
        numeric = {c.attribute for c in load_schema(table).columns if c.type == "number"}
        assert not numeric, f"{table} would allow unsourced numbers in {numeric}"


def test_first_pack_uses_enough_facts_and_quantities(pack):
    assert len(pack.table("quantities")) >= MIN_QUANTITIES
    claimed = [row for row in pack.table("quantities") if row["claims"]]
    assert len(claimed) >= MIN_QUANTITIES
    assert len(facts_in_use(pack)) >= MIN_FACTS


def test_named_facts_exist(any_pack, shared):
    with (shared / "facts" / "facts.csv").open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    unknown = {fact: where for fact, where in facts_in_use(any_pack).items() if fact not in known}
    assert not unknown


def test_assumptions_give_their_reason_and_a_width(any_pack):
    """An assumed number says why; one that is no definition is a range."""
    for row in any_pack.table("quantities"):
        if row["quality"] != "assumed":
            continue
        assert len(row["why"]) > 15, row.where
        if row["low"] is not None and row["low"] == row["high"]:
            words = ("definition", "stocks stand", "only", "no ", "not ", "limits", "one ", "all")
            assert any(word in row["why"].lower() for word in words), (
                f"{row.where}: a point, not a range"
            )


def test_own_notes_name_a_source_that_can_be_found_again(any_pack):
    for row in any_pack.table("documents"):
        source = any_pack.source(row["source"])
        assert source.grade != "own", row.where
        assert source.url or source.note, row.where


def test_every_source_is_used(any_pack):
    """A source that nothing rests on is noise in the list of witnesses."""
    used: set[str] = set()
    for table, row in rows_of(any_pack):
        if table == "sources":
            continue
        for record in nested(row):
            used |= {record["source"]} if record.get("source") else set()
            used |= set(record.get("sources") or ())
    unused = set(any_pack.sources) - used - {"derived_arithmetic", "coercivity_notes"}
    assert len(unused) <= 0.1 * len(any_pack.sources), sorted(unused)


WORDS = {"half": 50.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "six": 6.0}
SCALES = (1.0, 100.0, 0.01, 1000.0, 0.001, 1e6, 1e-6, 1e5, 1e-5)


def test_claimed_values_stand_in_their_facts(any_pack, shared):
    """A claim states a number of its fact, or says in its note how the number was read from it."""
    with (shared / "facts" / "facts.csv").open(encoding="utf-8") as file:
        facts = {row["id"]: row for row in csv.DictReader(file)}
    rows = any_pack.table("quantities")
    claims = [claim for row in rows for claim in row["claims"] if claim["fact"]]
    literal = [claim for claim in claims if stated(claim, facts[claim["fact"]])]
    unexplained = [
        f"{claim.where}: {claim['value']} is not in {claim['fact']} and has no note"
        for claim in claims
        if claim not in literal and not claim["note"]
    ]
    assert unexplained == []
    assert len(literal) > 0.75 * len(claims), "most claims should be literal"


def stated(claim: Record, fact: Mapping[str, str]) -> bool:
    """Whether every number of the claim stands in the fact, up to the scale of its unit."""
    text = " ".join(fact[key] for key in ("subject", "value", "note", "attribute", "period"))
    numbers = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}
    numbers |= {value for word, value in WORDS.items() if re.search(rf"\b{word}\b", text)}
    claimed = [claim[key] for key in ("value", "low", "high") if claim[key] is not None]
    return all(
        any(
            abs(value - n * scale) <= 1e-9 * max(1.0, abs(value))
            for n in numbers
            for scale in SCALES
        )
        for value in claimed
    )
