"""Ensembles in chunks: the same members, whole after a kill, refused where they do not belong."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
import weakref
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zarr")

from coercivity.catalogue import open_pack
from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.engine import Method
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.experiments import dealing, run_ensemble
from coercivity.experiments.chunks import ChunkRunner, open_runner
from coercivity.experiments.dealing import deal
from coercivity.experiments.streaming import run_streamed
from coercivity.experiments.study import make_study
from coercivity.options import Options
from coercivity.results import chunked
from coercivity.results.chunked import begin_store, open_chunked
from support.small_pack import write_small_pack
from support.stores import assert_same

MEMBERS, CHUNK, SEED = 70, 16, 3


@pytest.fixture(scope="module")
def stored(small, tmp_path_factory):
    """A store that nothing interrupted."""
    folder = tmp_path_factory.mktemp("stores") / "whole"
    run_streamed(small, folder, members=MEMBERS, seed=SEED, chunk=CHUNK)
    return folder


def test_chunks_hold_the_members_of_the_whole_ensemble(small, stored):
    whole = run_ensemble(small, members=MEMBERS, seed=SEED)
    for name, results in whole.results.items():
        kept = open_chunked(stored, name)
        for variable in results.data.variables:
            one, two = results.data[variable].to_numpy(), kept.data[variable].to_numpy()
            assert np.array_equal(one, two, equal_nan=one.dtype.kind == "f"), (name, variable)
        attrs = {key: value for key, value in kept.attrs.items() if key != "finished_members"}
        assert attrs == dict(results.attrs)
        assert kept.attrs["finished_members"] == MEMBERS
    draws = open_chunked(stored, "draws").data["value"]
    for name in whole.draws:
        assert np.array_equal(draws.sel(quantity=name).to_numpy(), whole.draws[name])


def test_a_design_is_the_draw_of_all_members(small, monkeypatch, tmp_path):
    study = make_study(small, members=MEMBERS, seed=SEED, chunk=CHUNK)
    quantities = load_quantities(small)
    whole = draw(quantities, members=MEMBERS, seed=SEED)
    in_memory = deal(study, small, quantities)
    monkeypatch.setattr(dealing, "LARGEST_IN_MEMORY", 0)
    in_a_file = deal(study, small, quantities, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert isinstance(in_a_file.values, np.memmap)
    assert in_memory.inputs == in_a_file.inputs == whole.inputs
    for design in (in_memory, in_a_file):
        for number in range(study.n_chunks):
            part = design.part(number).draws
            for name in whole:
                assert np.array_equal(part[name], whole[name][study.span(number)])


def test_random_splits_are_those_of_the_whole_design(pack):
    from coercivity.network import build_network

    study = make_study(pack, members=12, seed=5, chunk=5, scenarios=["reported_licences"])
    runner = ChunkRunner(study, pack)
    design = deal(study, pack, runner.quantities)
    whole = build_network(pack, draw(runner.quantities, members=12, seed=5))
    for number in range(study.n_chunks):
        part = design.part(number)
        network = build_network(pack, part.draws)
        span = study.span(number)
        assert np.array_equal(network.weight, whole.weight[:, span])
        assert np.array_equal(network.flow0, whole.flow0[:, span])


def test_threads_and_the_order_of_chunks_change_nothing(small, stored, tmp_path):
    run_streamed(
        small, tmp_path / "one", members=MEMBERS, seed=SEED, chunk=CHUNK,
        options=Options(threads=1),
    )  # fmt: skip
    assert_same(stored, tmp_path / "one")


class Killed(BaseException):
    """Stands for the end of a process in this one."""


def test_an_interrupted_run_goes_on_where_it_was(small, stored, tmp_path):
    seen = []

    def stop(stage: str, share: float) -> None:
        seen.append((stage, share))
        if stage == "simulate" and share > 0.3:
            raise Killed

    with pytest.raises(Killed):
        run_streamed(
            small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK,
            options=Options(progress=stop, threads=1),
        )  # fmt: skip
    assert seen[-1][1] == pytest.approx(0.4)
    partial = open_chunked(tmp_path / "s", "free")
    assert partial.attrs["finished_members"] == 2 * CHUNK
    again = run_streamed(
        small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True
    )
    assert (again.chunks_before, again.chunks_now) == (2, 3)
    assert_same(stored, tmp_path / "s")
    idle = run_streamed(small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True)
    assert idle.chunks_now == 0
    assert_same(stored, tmp_path / "s")


def test_a_killed_process_leaves_a_store_that_resumes_to_the_same_bits(small, stored, tmp_path):
    script = (
        "import sys; from coercivity.catalogue import open_pack;"
        "from coercivity.experiments.streaming import run_streamed;"
        "from coercivity.options import Options;"
        f"run_streamed(open_pack(sys.argv[1]), sys.argv[2], members={MEMBERS}, seed={SEED},"
        f" chunk={CHUNK}, resume=True, options=Options(threads=1,"
        " progress=lambda stage, share: print(stage, share, flush=True)))"
    )
    folder, chance = tmp_path / "killed", random.Random(7)
    outcomes = []
    for _ in range(4):
        running = subprocess.Popen(
            [sys.executable, "-c", script, str(small.root), str(folder)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert running.stdout is not None
        # From the first sign of work on, at any moment: drawing, laying out, writing, marking.
        running.stdout.readline()
        time.sleep(chance.uniform(0.0, 1.5))
        running.send_signal(signal.SIGKILL)
        running.stdout.close()
        outcomes.append(running.wait())
    assert -signal.SIGKILL in outcomes
    run_streamed(small, folder, members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True)
    assert_same(stored, folder)
    assert not list(folder.rglob("*.partial"))
    assert not list(folder.rglob("*.part"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 4}, "seed"),
        ({"members": 71}, "members"),
        ({"chunk": 8}, "chunk"),
        ({"scenarios": ["closed"]}, "scenarios"),
        ({"method": Method(rounds=3)}, "method"),
        ({"end": date(2025, 4, 1)}, "days"),
        ({"known_at": date(2025, 1, 1)}, "known_at"),
    ],
)
def test_a_store_of_another_ensemble_is_refused(small, stored, change, named):
    call = {"members": MEMBERS, "seed": SEED, "chunk": CHUNK, **change}
    with pytest.raises(InputError, match=f"belongs to another ensemble: .*{named}"):
        run_streamed(small, stored, resume=True, **call)


def test_a_store_of_another_pack_is_refused(stored, tmp_path):
    other = write_small_pack(tmp_path)
    with (other / "quantities.yaml").open("a") as file:
        file.write("# another byte\n")
    with pytest.raises(InputError, match="pack_sha256"):
        run_streamed(open_pack(other), stored, members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True)


def test_a_worker_with_another_pack_is_refused(small):
    study = replace(make_study(small, members=4), pack_sha256="0")
    with pytest.raises(InputError, match="pack on this machine differs"):
        open_runner(study)


def test_what_was_begun_is_not_gone_on_with_unasked(small, stored):
    with pytest.raises(UsageError, match="--resume"):
        run_streamed(small, stored, members=MEMBERS, seed=SEED, chunk=CHUNK)


def test_a_folder_with_other_files_is_left_alone(small, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="holds other files"):
        run_streamed(small, tmp_path, members=4)
    assert [path.name for path in tmp_path.iterdir() if path.name != "lock"] == ["thesis.tex"]


def test_two_writers_are_one_too_many(small, tmp_path):
    call = {"identity": {}, "members": 4, "chunk": 2}
    with (
        begin_store(tmp_path, **call),
        pytest.raises(InputError, match="another process"),
        begin_store(tmp_path, resume=True, **call),
    ):
        pass


@pytest.mark.parametrize("writes", [0, 5, 60, 400])
def test_a_full_disk_is_said_and_leaves_a_store_that_resumes(
    small, stored, tmp_path, monkeypatch, writes
):
    import zarr.storage._local as local

    real, left = local._put, [writes]

    def put(path, value, exclusive=False):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, value, exclusive)

    monkeypatch.setattr(local, "_put", put)
    with pytest.raises(InputError, match=r"No space left on device.*--resume"):
        run_streamed(small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK)
    monkeypatch.undo()
    run_streamed(small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True)
    assert_same(stored, tmp_path / "s")


def test_a_full_disk_while_marking_leaves_the_chunk_unfinished(
    small, stored, tmp_path, monkeypatch
):
    real = chunked._write_text

    def refuse(path: Path, text: str) -> None:
        if path.parent.name == "finished" and path.stem.endswith("2"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path, text)

    monkeypatch.setattr(chunked, "_write_text", refuse)
    with pytest.raises(InputError, match="No space left"):
        run_streamed(
            small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK,
            options=Options(threads=1),
        )  # fmt: skip
    monkeypatch.undo()
    done = run_streamed(small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True)
    assert done.chunks_before == 2
    assert_same(stored, tmp_path / "s")


def test_no_space_for_the_design_is_said(small, monkeypatch, tmp_path):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(dealing, "LARGEST_IN_MEMORY", 0)
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(InputError, match="no space for the draws"):
        run_streamed(small, tmp_path / "s", members=4)


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_results_are_held_than_threads_and_one(small, tmp_path, monkeypatch, threads):
    real_run, real_write = ChunkRunner.run, chunked.ChunkedStore.write
    made: list[weakref.ref] = []
    most = []

    def run(self, part, *, options=None):
        results = real_run(self, part, options=options)
        made.append(weakref.ref(results["licensed"]))
        return results

    def write(self, *arguments):
        most.append(sum(each() is not None for each in made))
        real_write(self, *arguments)

    monkeypatch.setattr(ChunkRunner, "run", run)
    monkeypatch.setattr(chunked.ChunkedStore, "write", write)
    run_streamed(
        small, tmp_path / "s", members=120, chunk=8, scenarios=["licensed"],
        options=Options(threads=threads),
    )  # fmt: skip
    assert len(most) == 15
    # One is written while each thread has one done at most.
    assert max(most) <= 2 * threads + 1


def test_bad_numbers_and_names_are_refused_before_anything_is_written(small, tmp_path):
    for call, error in [
        ({"members": 0}, UsageError),
        ({"members": 4, "chunk": 0}, UsageError),
        ({"members": 4, "seed": -1}, UsageError),
        ({"members": 4, "end": date(2020, 1, 1)}, UsageError),
        ({"members": 4, "scenarios": ["nowhere"]}, NotFoundError),
    ]:
        with pytest.raises(error):
            run_streamed(small, tmp_path / "s", **call)
    assert not (tmp_path / "s").exists()
    with pytest.raises(NotFoundError, match="no ensemble here"):
        open_chunked(tmp_path / "s", "free")


def test_the_store_says_which_scenarios_it_has(stored):
    with pytest.raises(NotFoundError, match="closed"):
        open_chunked(stored, "nowhere")
    manifest = json.loads((stored / "ensemble.json").read_text("utf-8"))
    assert json.loads((stored / ".zattrs").read_text("utf-8")) == manifest
    assert manifest["sha256"] == chunked.identity_digest(manifest["identity"])


def test_any_zarr_reader_finds_labels_and_units(stored):
    import xarray as xr

    data = xr.open_zarr(stored / "closed", chunks=None)
    assert data["made"].attrs["units"]
    assert data["day"].dtype == np.dtype("datetime64[ns]") or "datetime64" in str(data["day"].dtype)
    assert set(data["site_unit"].to_numpy().tolist())


def test_without_zarr_the_extra_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(UsageError, match=r"coercivity\[scale\]"):
        run_streamed(small, tmp_path / "s", members=4)
