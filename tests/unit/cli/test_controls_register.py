"""Compare, export, import, classify: the register on the command line; files of shipments."""

import csv

import pytest


def test_what_was_believed_on_one_day_about_another(call):
    words = ("controls", "diff", "2025-12-01", "2025-12-01", "--known-before", "2025-11-01")
    found = {row["measure"]: row for row in call(*words, "--json").json()}
    line = found["mofcom_62_2025_lines"]
    assert (line["before"]["phase"], line["after"]["phase"]) == ("in_force", "suspended")
    assert line["actions"] == ["suspend_62_2025"]
    assert "chemradar_2025_11" in line["sources"]
    assert found["mofcom_1_2026_military"]["before"] is None
    assert "mofcom_gac_18_2025_smco" not in found
    table = call(*words)
    assert "suspended (require_licence)" in table.out


def test_two_days_compared(call):
    found = call("controls", "diff", "2025-04-03", "2025-04-04", "--json").json()
    assert {row["measure"] for row in found} >= {"mofcom_gac_18_2025_smco", "mofcom_21_2025_list"}
    assert call("controls", "diff", "2025-04-04", "2025-04-04", "--json").json() == []


@pytest.mark.parametrize("ending", ["yaml", "parquet", "json"])
def test_a_register_goes_out_and_comes_back(call, tmp_path, ending):
    path = tmp_path / f"register.{ending}"
    assert call("controls", "export", "--out", str(path)).code == 0
    found = call("controls", "import", str(path), "--json").json()
    assert found["only_in_pack"] == found["only_in_file"] == found["different"] == []
    question = ("controls", "on", "2025-10-31", "-i", "smco_magnet", "--from", "CN", "--to", "IN")
    own = call(*question, "--json").json()
    assert call(*question, "--register", str(path), "--json").json() == own
    days = ("controls", "timeline", "--json")
    assert call(*days, "--register", str(path)).json() == call(*days).json()


def test_a_changed_register_is_told_apart_and_written_again(call, tmp_path):
    path, again = tmp_path / "register.yaml", tmp_path / "again.parquet"
    call("controls", "export", "--out", str(path))
    text = path.read_text("utf-8")
    assert text.count("start: 2025-11-08") > 1
    path.write_text(text.replace("start: 2025-11-08", "start: 2025-11-09", 1), "utf-8")
    found = call("controls", "import", str(path), "--out", str(again), "--json").json()
    assert len(found["different"]) == 1
    assert call("controls", "import", str(again), "--json").json() == found


def test_files_that_are_no_register(call, tmp_path):
    wrong = tmp_path / "r.txt"
    wrong.write_text("x", "utf-8")
    assert call("controls", "import", str(wrong)).code == 2
    assert call("controls", "import", str(tmp_path / "none.yaml")).code == 3
    for name, text in (("a.yaml", "a: [1"), ("b.yaml", "- 1"), ("c.json", "{}\n"), ("d.json", "x")):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        found = call("controls", "import", str(path))
        assert found.code == 3, found.err
        assert name in found.err
    parquet = tmp_path / "e.parquet"
    parquet.write_bytes(b"PAR1")
    assert call("controls", "import", str(parquet)).code == 3
    assert call("controls", "export", "--out", str(tmp_path / "no" / "r.yaml")).code == 3


def test_the_kinds_of_measures_elsewhere(call):
    rows = call("controls", "crosswalk", "--json").json()
    assert {row["scheme"] for row in rows} == {"MAST", "GTA", "OECD"}
    assert all(row["edition"] and row["source"] for row in rows)
    assert call("controls", "crosswalk").out.startswith("kind\tscheme")


def test_shipments_are_screened_and_bad_rows_make_the_exit_code(call, tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("item,to\nsmco_magnet,IN\nsmco_magnet,XX\n", "utf-8")
    words = ("controls", "screen", str(source), "--out", str(target))
    assert call(*words).code == 3
    assert not target.exists()
    given = ("--on", "2025-10-31", "--from", "CN")
    found = call(*words, *given)
    assert found.code == 3
    assert "in.csv:3" in found.err
    assert "LICENCE_REQUIRED\t1" in found.out
    with target.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == ["LICENCE_REQUIRED", ""]
    source.write_text("item,to\nsmco_magnet,IN\n", "utf-8")
    found = call(*words, *given, "--known-at", "2025-04-01", "--json")
    assert found.code == 0
    assert found.json()["outcomes"] == {"FREE": 1}
    assert call(*words, "--on", "31.10.2025", "--from", "CN").code == 2
