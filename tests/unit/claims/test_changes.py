"""Changes resolved to values, and numbers that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercivity.catalogue import open_pack
from coercivity.claims import extract
from coercivity.claims.change_values import load_series, resolve_changes
from coercivity.claims.changes import base_of, level_of, tag_changes
from coercivity.claims.dates import tag_dates
from coercivity.claims.numbers import tag_numbers
from coercivity.claims.parsing import load_parser
from coercivity.claims.plausibility import RULE, flag_implausible, implausible, load_bounds
from coercivity.claims.vocabulary import load_lexicon
from coercivity.documents import DocumentSet, assign_families
from coercivity.documents.readers import parse_document
from coercivity.errors import InputError

from .conftest import ITEMS, PACK, PARTIES, SOURCES

needs_parser = pytest.mark.skipif(load_parser() is None, reason="no parser is installed")

PLAUSIBLE = """\
- {id: glass_year, title: glass made in a year, item: glass, unit: t, low: 0, high: 100000,
   quality: assumed, sources: [gazette], why: "ten times the largest mill"}
- {id: glass_exports, title: Norway's exports in a month, item: glass, measure: export,
   country: "NO", per: month, unit: t, low: 0, high: 5000, series: exports_t, quality: observed,
   sources: [gazette], why: "several times the largest month"}
"""
SERIES = """\
series,month,value,unit,status,source,fact,note
exports_t,2024-01,800,t,reported,gazette,,
exports_t,2023-02,1000,t,reported,gazette,,
"""


@pytest.fixture
def glass(tmp_path):
    """A pack on glass with bounds and a monthly series."""
    return glass_pack(tmp_path)


def glass_pack(folder: Path, plausible: str = PLAUSIBLE):
    for name, text in (
        ("pack.yaml", PACK),
        ("sources.yaml", SOURCES),
        ("items.yaml", ITEMS),
        ("parties.yaml", PARTIES),
        ("series.csv", SERIES),
        ("plausible.yaml", plausible),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return open_pack(folder)


def claims_of(text, pack):
    document = parse_document(f"date 2024-03-15\n{text}".encode(), name="a.txt")
    return extract(DocumentSet(assign_families([document])), pack)


def resolved(text, pack):
    return resolve_changes(
        claims_of(text, pack), bounds=load_bounds(pack), series=load_series(pack)
    )


def changes(text):
    numbers = tag_numbers(text, dates=tag_dates(text), lexicon=load_lexicon())
    return tag_changes(text, numbers)


@pytest.mark.parametrize(
    ("text", "level", "base"),
    [
        ("Output fell 20% to 800 tonnes.", 800, None),
        ("Output fell 20% to 800 tonnes from 1,000.", 800, 1000),
        ("It made 5,120 buses, down 31% from 7,420 a year before.", 5120, 7420),
        ("It plans 300 cars rather than 900, a cut of two thirds.", 300, 900),
        ("Sales came to 900 tonnes, 12% above the 803 of May.", 900, 803),
        ("Prices fell 3%.", None, None),
    ],
)
def test_level_and_base_stand_beside_a_change(text, level, base):
    (change,) = changes(text)
    assert (change.level.low if change.level else None) == level
    assert (change.base.low if change.base else None) == base


@pytest.mark.parametrize(
    "text",
    [
        "It makes up 5% of the value.",
        "The state drops the planned 25% tariff.",
        "As demand fell, 60% of the firms closed.",
        "Its share is down to 11%.",
        "The share is 40%.",
    ],
)
def test_not_a_change(text):
    assert not [change for change in changes(text) if change.number is not None]


def test_a_change_and_its_inverse():
    assert base_of(level_of(640.0, -12.5), -12.5) == pytest.approx(640.0)
    assert base_of(10.0, -100.0) is None


@needs_parser
def test_a_base_is_derived_from_a_stated_level(glass):
    (row,) = resolved("Optical glass exports of Norway fell 20% to 800 tonnes.", glass)
    assert (row.amount, row.level.value, row.level.origin) == (-20.0, 800.0, "stated")
    assert (row.base.value, row.base.origin) == (pytest.approx(1000.0), "derived")
    assert row.agrees is None


@needs_parser
def test_a_level_is_derived_from_the_series_of_the_pack(glass):
    text = "Norway's exports of optical glass fell 10% in February from a year before."
    (row,) = resolved(text, glass)
    assert (row.basis, row.base.value, row.base.origin) == ("year", 1000.0, "series:exports_t")
    assert (row.level.value, row.level.origin) == (pytest.approx(900.0), "derived")


@needs_parser
@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("Norway's output of optical glass fell 20% to 800 tonnes from 1,000.", True),
        ("Norway's output of optical glass fell 20% to 800 tonnes from 1,600.", False),
    ],
)
def test_three_stated_numbers_are_held_against_each_other(glass, text, agrees):
    (row,) = resolved(text, glass)
    assert row.agrees is agrees


@needs_parser
def test_what_is_derived_is_no_claim(glass):
    claims = claims_of("Optical glass exports of Norway fell 20% to 800 tonnes.", glass)
    values = {value for claim in claims for value in claim.values("value")}
    assert values == {"20", "800"}
    slots = {s.name: s.value for c in claims for s in c.slots if c.values("value") == ("20",)}
    assert (slots["change"], slots["level"]) == ("-20", "800 t")


# --- plausible ----------------------------------------------------------------------------------


@needs_parser
def test_a_slip_of_a_unit_is_flagged_and_kept(glass):
    claims = claims_of("The mill will make 6,000 million tonnes of optical glass a year.", glass)
    (flag,) = implausible(claims, load_bounds(glass))
    assert flag.value == 6e9
    assert "Without 'million', 6,000 t, would fit." in flag.note
    assert "ten times the largest mill" in flag.note
    marked = flag_implausible(claims, load_bounds(glass)).get(flag.claim)
    assert RULE in marked.rules
    assert marked.confidence == "low"
    assert marked.values("value") == ("6000000000",), "kept as it stands, not repaired"
    assert flag_implausible(claims, ()) is claims


@needs_parser
@pytest.mark.parametrize(
    "text",
    [
        "The mill will make 6,000 tonnes of optical glass a year.",
        "The mill made 6,000 million cameras.",
        "Norway's exports of optical glass were 9,000 tonnes in 2023.",
    ],
)
def test_plausible_numbers_and_other_scopes_are_not_flagged(glass, text):
    assert not implausible(claims_of(text, glass), load_bounds(glass))


@needs_parser
def test_a_bound_for_a_month_holds_for_months_only(glass):
    text = "Norway's exports of optical glass were 9,000 tonnes in January."
    (flag,) = implausible(claims_of(text, glass), load_bounds(glass))
    assert flag.bound.id == "glass_exports"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("item: glass, unit", "item: brass, unit", "names 'brass'"),
        ('sources: [gazette], why: "ten', 'sources: [nobody], why: "ten', "names 'nobody'"),
        ("low: 0, high: 5000", "low: 9, high: 5", "low > high"),
        ("series: exports_t", "series: nothing", "names series 'nothing'"),
        ("id: glass_exports", "id: glass_year", "given twice"),
        ("low: 0, high: 100000,", "", "bounds nothing"),
        ("unit: t, low: 0, high: 100000", "unit: stone, low: 0, high: 100000", "not a known unit"),
    ],
)
def test_wrong_bounds_name_file_and_line(tmp_path, old, new, message):
    assert old in PLAUSIBLE
    pack = glass_pack(tmp_path, PLAUSIBLE.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as caught:
        load_bounds(pack)
    assert all(row.where.startswith("plausible.yaml:") for row in caught.value.problems)


def test_a_pack_without_bounds_has_none(lenses):
    assert load_bounds(lenses) == ()


def test_bounds_of_the_pack_hold_for_its_own_series(pack):
    bounds = {bound.series: bound for bound in load_bounds(pack) if bound.series}
    assert bounds
    for name, series in load_series(pack).items():
        if name in bounds:
            assert all(bounds[name].holds(v, series.unit) for v in series.values.values())
