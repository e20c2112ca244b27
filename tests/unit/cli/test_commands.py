"""Each noun answers, as a table for a pipe and as JSON."""

from __future__ import annotations

import pytest

from coercivity.cli.reference import commands
from coercivity.cli.rows import plain_value

ITEM = ("--item", "ndfeb_magnet_heavy", "--from", "CHN", "--to", "IND", "--end-use", "ev")


def test_controls_on_a_day_decide_and_show_their_trace(call):
    found = call("controls", "on", "2025-10-31", *ITEM, "--json").json()
    assert found["outcome"] == "LICENCE_REQUIRED"
    assert found["trace"][0]["decides"] is True
    assert found["trace"][0]["sources"]
    table = call("controls", "on", "2025-10-31", *ITEM)
    assert table.out.splitlines()[0] == "LICENCE_REQUIRED"
    assert "not legal advice" in table.out


def test_what_was_not_yet_published_does_not_count(call):
    before = call("controls", "on", "2025-10-31", *ITEM, "--known-at", "2025-04-01", "--json")
    assert before.json()["outcome"] == "FREE"


def test_beyond_the_end_of_knowledge_the_answer_is_unknown(call):
    found = call(
        "controls", "on", "2026-11-20", "--item", "holmium_erbium_group",
        "--from", "CN", "--to", "IN", "--json",
    ).json()  # fmt: skip
    assert found["outcome"] == "UNKNOWN_REFER"
    assert found["knowledge_ends"] == "2026-11-10"


@pytest.mark.parametrize(
    "words",
    [
        ("pack", "list"),
        ("pack", "show", "rare_earth_magnets"),
        ("pack", "show", "rare_earth_magnets", "--table", "sources"),
        ("events", "list"),
        ("events", "list", "--frame", "LICENCE_GRANTED"),
        ("controls", "timeline"),
        ("licences", "list"),
        ("licences", "show", "licence_de_diamond"),
        ("scenarios", "list"),
        ("quantities", "list", "--conflicts"),
        ("quantities", "show", "india_magnet_imports_total"),
        ("network", "show"),
        ("network", "show", "--table", "lanes"),
        ("doctor",),
    ],
)
def test_every_listing_has_a_table_and_json(call, words):
    table = call(*words)
    assert table.code == 0, table.err
    assert table.out.strip()
    assert call(*words, "--json").json()


def test_the_count_of_licensees_is_a_fact_about_our_knowledge(call):
    found = call("licences", "list", "--as-of", "2025-10-31", "--json").json()
    assert found["count"]["known"] is None
    assert found["count"]["text"] == "count of licensees unknown (sources: 3, 4, some)"
    assert all(row["granted_by"] <= "2025-10-31" for row in found["licences"])


def test_claims_are_one_a_line(call, tmp_path):
    (tmp_path / "note.txt").write_text(
        "date 2025-10-31\n\nThe ministry said on Thursday that China has granted licences to some "
        "Indian companies to import rare earth magnets.",
        encoding="utf-8",
    )
    said = call("claims", "extract", tmp_path, "--json")
    assert said.code == 0
    rows = said.lines()
    assert rows
    text = (tmp_path / "note.txt").read_text(encoding="utf-8")
    for row in rows:
        assert text[row["span"]["start"] : row["span"]["end"]] == row["span"]["exact"]


def test_the_network_of_the_pack_is_consistent(call):
    assert call("network", "check").code == 0


def test_every_command_has_words_for_itself_and_its_options():
    for path, command in commands():
        assert command.help, path
        for parameter in command.params:
            assert parameter.help, f"{path} {parameter.name}"


# These start something or write a file, and print nothing that a program would read.
WITHOUT_RESULT = ("coercivity desk ", "coercivity controls export")


def test_every_command_speaks_json():
    for path, command in commands():
        if path.startswith(WITHOUT_RESULT):
            continue
        names = {name for parameter in command.params for name in parameter.opts}
        assert "--json" in names, path


def test_plain_values_carry_no_types():
    assert plain_value({"a": (1, {2.5}), "b": None}) == {"a": [1, [2.5]], "b": None}
