from pathlib import Path

import pytest

from coercivity.catalogue import check_pack, load_schema, new_pack, open_pack, schema_names
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.units import parse_unit

SOURCES = "- {id: s1, publisher: P, grade: wire, family: w, published: 2025-10}\n"
ITEMS = """\
- {id: a, name: A, unit: t, kind: material}
- {id: b, name: B, unit: unit, kind: product}
"""
QUANTITY = """\
- id: q
  title: a quantity
  unit: t
  scope: all of it
  quality: observed
  rule: single
  claims:
    - {source: s1, value: 3, unit: t}
"""


@pytest.fixture
def folder(tmp_path):
    made = new_pack("tiny", tmp_path)
    (made / "sources.yaml").write_text(SOURCES)
    (made / "items.yaml").write_text(ITEMS)
    (made / "quantities.yaml").write_text(QUANTITY)
    return made


def problems_of(folder: Path) -> list[str]:
    return [str(problem) for problem in check_pack(folder)]


def test_template_passes_its_own_check(tmp_path):
    made = new_pack("fresh", tmp_path)
    assert check_pack(made) == []
    assert open_pack(made).name == "fresh"
    with pytest.raises(InputError, match="exists"):
        new_pack("fresh", tmp_path)
    with pytest.raises(UsageError, match="lower case"):
        new_pack("Not A Name", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["fresh"]


def test_rows_are_typed(folder):
    pack = open_pack(folder)
    assert pack.sources["s1"].family == "w"
    assert pack.sources["s1"].published.latest.day == 31
    claim = pack.table("quantities")[0]["claims"][0]
    assert (claim["value"], claim["hedge"], claim["scope"]) == (3.0, "none", "match")
    assert claim.where == "quantities.yaml:8"
    assert list(pack.frame("items")["id"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("quantities.yaml", "source: s1", "source: nobody", "quantities.yaml:8: source names"),
        ("quantities.yaml", "value: 3", "value: many", "is not a finite number"),
        ("quantities.yaml", "value: 3", "value: .nan", "is not a finite number"),
        ("quantities.yaml", "value: 3, unit: t", "value: 3, unit: unit", "unit convertible to t"),
        ("quantities.yaml", "unit: t\n  scope", "unit: stone\n  scope", "not a known unit"),
        ("quantities.yaml", "value: 3, ", "", "states no value"),
        ("quantities.yaml", "rule: single", "rule: guess", "'guess' is not allowed"),
        ("quantities.yaml", "rule: single", "rule: range", "needs low and high"),
        ("quantities.yaml", "quality: observed", "quality: assumed", "without a reason"),
        ("quantities.yaml", "  scope: all of it\n", "", "scope is missing"),
        ("quantities.yaml", "  title:", "  titel: x\n  title:", "has no attribute 'titel'"),
        ("quantities.yaml", "- id: q", "- id: q\n  id: r", "id is given twice"),
        ("sources.yaml", "2025-10", "2025-14", "is not a date"),
        ("sources.yaml", "publisher", "[", "not valid YAML"),
        ("items.yaml", "id: b", "id: a", "is used twice"),
    ],
)
def test_each_fault_is_reported_with_file_and_line(folder, file, old, new, message):
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = problems_of(folder)
    assert any(message in line for line in found), found
    assert all(f"{file}:" in line for line in found if message in line)


def test_csv_faults(folder):
    header = ",".join(c.attribute for c in load_schema("series").columns)
    (folder / "series.csv").write_text(
        f"{header}\nx,2025-01,5,t,reported,s1,,\ny,2025-01,5,t\nx,2025-02,5,unit,reported,s1,,\n"
    )
    assert any("series.csv:3: the row has 4 cells" in line for line in problems_of(folder))
    (folder / "series.csv").write_text(
        f"{header}\nx,2025-01,5,t,reported,s1,,\nx,2025-02,5,unit,reported,s1,,\n"
    )
    assert any("series x is in unit here" in line for line in problems_of(folder))


def test_wrong_encoding_names_the_byte(folder):
    (folder / "items.yaml").write_bytes(b"- {id: caf\xe9, name: A, unit: t, kind: material}\n")
    assert any("byte 10 is not UTF-8" in line for line in problems_of(folder))


def test_opening_a_faulty_pack_lists_every_problem(folder):
    (folder / "items.yaml").write_text("- {id: a, unit: t, kind: rock}\n- {id: b}\n")
    with pytest.raises(InputError) as caught:
        open_pack(folder)
    assert len(caught.value.problems) >= 4
    assert caught.value.exit_code == 3


def test_unknown_names_suggest_near_ones(folder):
    with pytest.raises(NotFoundError, match="rare_earth_magnets"):
        open_pack("no_such_pack")
    with pytest.raises(NotFoundError, match="no item is called"):
        open_pack(folder).item("c")


def test_schemas_are_complete():
    for name in schema_names():
        schema = load_schema(name)
        assert len({c.attribute for c in schema.columns}) == len(schema.columns)
        for column in schema.columns:
            assert column.status in {"required", "optional"}, (name, column)
            assert column.description, (name, column)
            assert not column.unit or parse_unit(column.unit)
