"""What goes on beside the simulation neither stops nor changes it."""

from __future__ import annotations

import threading

import pytest

from coercivity.brief import simulating
from coercivity.options import Options


def test_the_renderer_starts_beside_the_block(monkeypatch):
    started, names = threading.Event(), []

    def start():
        names.append(threading.current_thread().name)
        started.set()

    monkeypatch.setattr(simulating, "_start_renderer", start)
    with simulating._ready_to_draw(Options(threads=2)) as watched:
        watched.progress("prepare", 0.0)
        assert not names
        watched.progress("simulate", 0.1)
        watched.progress("simulate", 0.2)
        assert started.wait(30)
    assert len(names) == 1
    assert names[0].startswith("ready-to-draw")


def test_one_thread_starts_nothing_beside(monkeypatch):
    monkeypatch.setattr(simulating, "_start_renderer", lambda: pytest.fail("it was started"))
    with simulating._ready_to_draw(Options(threads=1)) as watched:
        watched.progress("simulate", 0.1)


def test_a_renderer_that_does_not_start_is_no_error_yet(monkeypatch):
    def fail():
        raise ImportError("no renderer")

    monkeypatch.setattr(simulating, "_start_renderer", fail)
    with simulating._ready_to_draw(Options(threads=2)) as watched:
        watched.progress("simulate", 0.1)


def test_everything_used_later_can_be_imported():
    simulating._start_renderer()
    simulating.import_while(lambda: True)


def test_ground_carries_size_and_seed(small_brief):
    pack = small_brief.evidence.pack
    ground = simulating.lay_ground(
        pack, members=3, seed=11, quantities=small_brief.evidence.quantities
    )
    assert (ground.draws.members, ground.seed) == (3, 11)
