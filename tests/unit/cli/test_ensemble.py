"""Large ensembles from the command line."""

from __future__ import annotations

import pytest

pytest.importorskip("zarr")

from coercivity.results.chunked import open_chunked
from support.small_pack import write_small_pack


@pytest.fixture(scope="module")
def lamps(tmp_path_factory):
    return str(write_small_pack(tmp_path_factory.mktemp("packs")))


def test_a_run_is_written_and_goes_on(call, lamps, tmp_path):
    store = str(tmp_path / "store")
    words = (
        "ensemble", "run", lamps, "--members", "20", "--chunk", "8", "--scenario", "closed",
        "--out", store, "--threads", "1",
    )  # fmt: skip
    found = call(*words, "--json").json()
    assert found["scenarios"] == ["free", "closed"]
    assert (found["chunks_before"], found["chunks_now"]) == (0, 3)
    assert found["precision"] == "double"
    assert open_chunked(store, "closed").n_members == 20
    again = call(*words)
    assert again.code == 2
    assert "--resume" in again.err
    resumed = call(*words, "--resume", "--json").json()
    assert (resumed["chunks_before"], resumed["chunks_now"]) == (3, 0)
    assert call(*words, "--resume").out.strip() == store
    other = call(*words, "--resume", "--seed", "2")
    assert other.code == 3
    assert "seed" in other.err


def test_what_is_missing_is_said(call, lamps, tmp_path):
    without = call("ensemble", "run", lamps)
    assert without.code == 2
    assert "--out" in without.err
    nowhere = call("ensemble", "run", lamps, "--out", str(tmp_path / "s"), "--scenario", "nowhere")
    assert nowhere.code == 4
    number = call(
        "ensemble", "run", lamps, "--out", str(tmp_path / "s"), "--precision", "half", "-n", "2"
    )
    assert number.code == 2
    assert "half" in number.err
    assert not (tmp_path / "s").exists()


def test_a_later_end_extends_the_run(call, lamps, tmp_path):
    found = call(
        "ensemble", "run", lamps, "--members", "4", "--scenario", "closed", "--end", "2025-06-01",
        "--precision", "single", "--out", str(tmp_path / "s"), "--json",
    ).json()  # fmt: skip
    assert found["days"] == 151
    assert found["precision"] == "single"


def test_sobol_indices_are_printed(call, lamps):
    words = ("ensemble", "sensitivity", "lamps_fi", "--pack", lamps, "--points", "16")
    found = call(*words, "--scenario", "closed", "--json").json()
    assert found["runs"] == 64
    assert {row["quantity"] for row in found["indices"]} == {"lamps_fi", "everything else"}
    table = call(*words, "--scenario", "closed")
    assert table.code == 0
    assert table.out.startswith("quantity\tfirst")
    assert call(*words).code == 2
