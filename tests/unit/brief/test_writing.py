"""Files of a brief that are written while other work goes on."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from coercivity.brief import writing
from coercivity.brief.writing import Staging
from coercivity.errors import InputError, UsageError
from coercivity.results import make_results, open_results, save_results

REST = {"html": "<p>page</p>", "evidence": SimpleNamespace(claims=()), "answer": (), "parts": {}}


@pytest.fixture
def results():
    def run(made):
        return make_results(
            {
                "made": np.full((2, 3), made),
                "line_down_day": np.full((2, 3), -1, np.int32),
            },
            coords={
                "site": ("site", np.array(["mill", "mine"], object)),
                "day": ("day", np.array(["2025-01-01"], "datetime64[ns]")),
            },
            attrs={"start": "2025-01-01", "days": 7},
        )

    return {"free": run(1.5), "closed": run(0.25)}


def test_nothing_is_in_place_before_the_end_and_all_of_it_after(results, tmp_path):
    place = tmp_path / "new" / "out"
    with Staging(place) as staging:
        staging.begin(results)
        assert not place.exists()
        files = staging.finish(**REST)
    assert sorted(path.name for path in place.rglob("*") if path.is_file()) == [
        *("brief.html", "brief.json", "claims.jsonl", "closed.nc", "free.nc"),
    ]
    assert [path.name for path in place.parent.iterdir()] == ["out"]
    assert list(files["results"]) == ["free", "closed"]
    for name, path in files["results"].items():
        alone = save_results(results[name], tmp_path / "alone.nc")
        assert Path(path).read_bytes() == alone.read_bytes()
        made = open_results(path)["made"].to_numpy()
        np.testing.assert_array_equal(made, results[name]["made"].to_numpy())


def test_results_are_written_while_the_caller_works(results, tmp_path, monkeypatch):
    free = threading.Event()

    def wait(found, path):
        assert free.wait(timeout=10.0)
        assert threading.current_thread() is not threading.main_thread()
        return save_results(found, path)

    monkeypatch.setattr("coercivity.results.save_results", wait)
    with Staging(tmp_path / "out") as staging:
        staging.begin(results)
        free.set()
        staging.finish(**REST)
    assert (tmp_path / "out" / "results" / "free.nc").stat().st_size > 0


def test_an_error_of_the_thread_reaches_the_caller_and_nothing_is_left(
    results, tmp_path, monkeypatch
):
    def fail(found, path):
        raise InputError("the results cannot be written: No space left on device")

    monkeypatch.setattr("coercivity.results.save_results", fail)
    with Staging(tmp_path / "out") as staging:
        staging.begin(results)
        with pytest.raises(InputError, match="No space left"):
            staging.finish(**REST)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_caller_ends_the_thread(results, tmp_path, monkeypatch):
    started, free, written = threading.Event(), threading.Event(), []

    def slow(found, path):
        started.set()
        assert free.wait(timeout=10.0)
        written.append(path.name)

    def give_up(staging):
        staging.begin(results)
        assert started.wait(timeout=10.0)
        threading.Timer(0.05, free.set).start()
        raise KeyboardInterrupt

    monkeypatch.setattr("coercivity.results.save_results", slow)
    with pytest.raises(KeyboardInterrupt), Staging(tmp_path / "out") as staging:
        give_up(staging)
    assert written == ["free.nc"]
    assert list(tmp_path.iterdir()) == []


def test_a_staging_that_was_never_begun_makes_nothing(tmp_path):
    with Staging(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_results_are_begun_once_and_before_the_end(results, tmp_path):
    with Staging(tmp_path / "out") as staging:
        with pytest.raises(UsageError, match="no results are being written"):
            staging.finish(**REST)
        staging.begin(results)
        with pytest.raises(UsageError, match="written once"):
            staging.begin(results)


def test_written_together_they_are_the_same_bytes(results, tmp_path):
    findings = SimpleNamespace(ensemble=SimpleNamespace(results=results))
    for name in ("first", "second"):
        writing.write_files(tmp_path / name, findings=findings, **REST)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("first", "second")
    )
    assert first == second
    assert len(first) == 5
