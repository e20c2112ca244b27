"""The guide to screening files names the columns that the program reads and adds."""

import re
from pathlib import Path

from coercivity.cli.running import run
from coercivity.controls.columns import FIELDS
from coercivity.controls.shipments import ADDED, ALIASES

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "how-to" / "screen-shipments.md").read_text("utf-8")


def first_cells(text, title):
    """Return the code words in the first cells of the table below a heading."""
    section = text.split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_the_columns_read():
    named = {ALIASES.get(name, name) for name in first_cells(GUIDE, "The file")}
    assert named == set(FIELDS)
    also = [line.split("|")[2] for line in GUIDE.splitlines() if line.startswith("| `")]
    words = {word for cell in also[: len(FIELDS)] for word in re.findall(r"`([^`]+)`", cell)}
    assert {*words, *first_cells(GUIDE, "The file")} >= set(ALIASES)


def test_the_columns_added():
    assert tuple(first_cells(GUIDE, "Run it")) == ADDED


def test_the_commands_shown_can_be_called(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("shipments.csv").write_text("item,from,to,on\nsmco_magnet,CN,IN,2025-10-31\n", "utf-8")
    explained = (DOCS / "explanation" / "controls.md").read_text("utf-8")
    shown = re.findall(r"^\$ coercivity (.+)$", GUIDE + explained, re.MULTILINE)
    assert len(shown) >= 4
    for line in shown:
        assert run(line.split()) == 0, (line, capsys.readouterr().err)
    assert "LICENCE_REQUIRED" in Path("screened.csv").read_text("utf-8")
