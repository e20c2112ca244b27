"""``coercivity processing``: the wait in words, as JSON and as a picture."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from coercivity.cli.root import app

RUN = CliRunner()


def test_show_says_what_was_counted_and_what_follows() -> None:
    shown = RUN.invoke(app, ["processing", "show", "IN", "--draws", "500"])
    assert shown.exit_code == 0, shown.output
    assert "the law gives 45 working days" in shown.output
    assert "in_2025_10_30_four" in shown.output
    assert "EU" not in shown.output


def test_json_holds_every_number_with_its_range_and_is_repeatable() -> None:
    runs = [
        RUN.invoke(app, ["processing", "show", "EU", "IND", "--draws", "500", "--json"])
        for _ in range(2)
    ]
    assert runs[0].output == runs[1].output
    found = json.loads(runs[0].output)
    assert [row["country"] for row in found["applicants"]] == ["EU", "IN"]
    at_limit = next(r for r in found["applicants"][0]["after"] if r["working_days"] == 45)
    spread = at_limit["approved"]
    assert 0 < spread["low"] < spread["median"] < spread["high"] < 1
    assert all(row["source"] for row in found["applicants"][0]["readings"])


def test_figure_is_written_whole(tmp_path) -> None:
    path = tmp_path / "wait.svg"
    shown = RUN.invoke(app, ["processing", "show", "--draws", "200", "--figure", str(path)])
    assert shown.exit_code == 0, shown.output
    text = path.read_text("utf-8")
    assert "approved within 45 working days" in text
    assert "statutory 45" in text
    assert [p.name for p in tmp_path.iterdir()] == ["wait.svg"]


def test_a_country_without_counts_is_unknown() -> None:
    shown = RUN.invoke(app, ["processing", "show", "BR"])
    assert shown.exit_code != 0
    assert "no count of applications of BR" in str(shown.exception)
