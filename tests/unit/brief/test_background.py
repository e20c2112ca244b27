"""Work beside the answer: what waits, what goes first, what is imported meanwhile."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from coercivity.brief import simulating
from coercivity.brief.background import give_way


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells threads apart")
def test_a_thread_gives_way_with_those_that_it_starts_and_no_other():
    before = _niceness()

    def inner() -> tuple[int, int]:
        with ThreadPoolExecutor(1) as pool:
            return _niceness(), pool.submit(_niceness).result()

    with ThreadPoolExecutor(1, initializer=give_way) as pool:
        own, started = pool.submit(inner).result()
    assert own == started
    assert own > before or own == 19
    assert _niceness() == before


def test_modules_are_imported_as_long_as_there_is_nothing_else_to_do(monkeypatch):
    imported = []
    monkeypatch.setattr(simulating, "_USED_LATER", ("json", "no_such_package_at_all", "csv", "re"))
    monkeypatch.setattr(simulating.importlib, "import_module", imported.append)
    monkeypatch.setattr(simulating, "_start_renderer", lambda: imported.append("renderer"))
    answers = iter([True, True, True, True, False])
    simulating.import_while(lambda: next(answers))
    assert imported == ["renderer", "json", "csv"]


def test_a_renderer_that_does_not_start_is_left_to_whoever_draws(monkeypatch):
    def fail():
        raise ImportError("no renderer")

    monkeypatch.setattr(simulating, "_USED_LATER", ())
    monkeypatch.setattr(simulating, "_start_renderer", fail)
    simulating.import_while(lambda: True)
