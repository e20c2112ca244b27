"""The commands of the guides on large ensembles run, with fewer members."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("zarr")

from coercivity.cli.running import run
from coercivity.results.chunked import open_chunked

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "how-to"
SMALLER = {"--members": "6", "--points": "4"}


def commands(guide: str) -> list[list[str]]:
    text = (GUIDES / guide).read_text("utf-8")
    return [shlex.split(line)[1:] for line in re.findall(r"^coercivity .*$", text, re.M)]


def smaller(words: list[str], store: Path) -> list[str]:
    made = [str(store) if word == "runs/large" else word for word in words]
    for option, value in SMALLER.items():
        if option in made:
            made[made.index(option) + 1] = value
    return made


def test_a_run_and_its_resumption(tmp_path, capsys):
    found = [words for words in commands("large-ensembles.md") if words[:2] == ["ensemble", "run"]]
    assert [("--resume" in words) for words in found] == [False, True]
    for words in found:
        assert run(smaller(words, tmp_path / "store")) == 0, capsys.readouterr().err
    results = open_chunked(tmp_path / "store", "reported_licences")
    assert results.n_members == 6
    assert "bajaj_e2w" in results.data["site"].to_numpy()


def test_named_quantities_are_shared_out(capsys):
    found = [words for words in commands("large-ensembles.md") if words[1] == "sensitivity"]
    named = next(words for words in found if not words[2].startswith("--"))
    assert run(smaller(named, Path())) == 0, capsys.readouterr().err


def test_the_cluster_guide_runs_what_a_cluster_runs():
    [words] = [words for words in commands("run-on-a-cluster.md") if words[0] == "ensemble"]
    assert words[words.index("--scheduler") + 1].startswith("tcp://")
