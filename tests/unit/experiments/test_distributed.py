"""The same chunks on a cluster: equal bits, lost workers survived, clear refusals."""

from __future__ import annotations

import os
import signal
import sys

import pytest

pytest.importorskip("zarr")
pytest.importorskip("distributed")

from coercivity.errors import NotFoundError, UsageError
from coercivity.experiments import distributed as ours
from coercivity.experiments.streaming import run_streamed
from coercivity.options import Options
from support.stores import assert_same

MEMBERS, CHUNK, SEED = 48, 8, 3


@pytest.fixture(scope="module")
def stored(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "local"
    run_streamed(small, folder, members=MEMBERS, seed=SEED, chunk=CHUNK)
    return folder


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as started:
        yield started


def test_a_cluster_gives_the_bits_of_this_process(small, stored, cluster, tmp_path):
    done = run_streamed(
        small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK,
        scheduler=cluster.scheduler_address,
    )  # fmt: skip
    assert done.chunks_now == MEMBERS // CHUNK
    assert_same(stored, tmp_path / "s")


def test_a_killed_worker_costs_only_time(small, stored, cluster, tmp_path):
    killed = []

    def kill_one(stage: str, share: float) -> None:
        if stage == "simulate" and not killed:
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    done = run_streamed(
        small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK,
        scheduler=cluster.scheduler_address, options=Options(progress=kill_one),
    )  # fmt: skip
    assert len(killed) == 1
    assert done.chunks_now == MEMBERS // CHUNK
    assert_same(stored, tmp_path / "s")


def test_a_run_begun_on_a_cluster_goes_on_here(small, stored, cluster, tmp_path):
    class Stop(BaseException):
        pass

    def stop(stage: str, share: float) -> None:
        if share > 0.3:
            raise Stop

    with pytest.raises(Stop):
        run_streamed(
            small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK,
            scheduler=cluster.scheduler_address, options=Options(progress=stop),
        )  # fmt: skip
    done = run_streamed(small, tmp_path / "s", members=MEMBERS, seed=SEED, chunk=CHUNK, resume=True)
    assert 0 < done.chunks_before < MEMBERS // CHUNK
    assert_same(stored, tmp_path / "s")


def test_no_scheduler_is_said(small, tmp_path, monkeypatch):
    monkeypatch.setattr(ours, "PATIENCE", 1.0)
    with pytest.raises(NotFoundError, match="no scheduler answers"):
        run_streamed(small, tmp_path / "s", members=4, scheduler="tcp://127.0.0.1:9")


def test_an_address_that_is_none_is_said(small, tmp_path):
    with pytest.raises(UsageError, match="no address"):
        run_streamed(small, tmp_path / "s", members=4, scheduler="nonsense://x")


def test_a_scheduler_without_workers_is_said(small, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(ours, "PATIENCE", 2.0)
    with (
        LocalCluster(n_workers=0, dashboard_address=None) as empty,
        pytest.raises(NotFoundError, match="no worker"),
    ):
        run_streamed(small, tmp_path / "s", members=4, scheduler=empty.scheduler_address)


def test_without_dask_the_extra_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"coercivity\[scale\]"):
        run_streamed(small, tmp_path / "s", members=4, scheduler="tcp://127.0.0.1:9")
