"""What the pages on licences show works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coercivity.cli.running import run

DOCS = Path(__file__).resolve().parents[2] / "docs"


def block(page, language):
    text = (DOCS / page).read_text("utf-8")
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL).group(1)


def test_the_ledger_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    example = compile(block("how-to/keep-a-ledger.md", "python"), "keep-a-ledger.md", "exec")
    for _ in range(2):
        exec(example, {})
    assert capsys.readouterr().out == "487.5\n487.5\n"
    assert (tmp_path / "ledger.db").exists()


def test_the_certificate_shown_has_no_defects(tmp_path, capsys):
    path = tmp_path / "certificate.yaml"
    path.write_text(block("explanation/licences.md", "yaml"), "utf-8")
    assert run(["licences", "certificate", "check", str(path)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", ["Orient Magnets", "东方磁体"])
def test_the_names_of_the_screening_guide_are_found(tmp_path, capsys, name):
    assert name in (DOCS / "how-to" / "screen-parties.md").read_text("utf-8")
    path = tmp_path / "targets.simple.csv"
    path.write_text("id,name,aliases\nNK-1,Orient Magnet Industries,东方磁体有限公司\n", "utf-8")
    assert run(["licences", "screen", name, "--list", str(path)]) == 0
    assert "NK-1" in capsys.readouterr().out
