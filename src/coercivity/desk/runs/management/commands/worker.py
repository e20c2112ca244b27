"""``worker``: work on the jobs in the database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from coercivity.desk.runs.warming import warm_kernels
from coercivity.desk.runs.working import Worker

__all__ = ["Command"]

_ALIVE_SECONDS: Final = 10.0
"""A worker process that ends sooner was not well; the next one waits as long."""


_NICENESS: Final = 15
"""Whoever waits for a page comes before a run that takes minutes anyway."""


class Command(BaseCommand):
    """Work on the jobs in the database: simulations and imports."""

    help = "Work on the jobs in the database: simulations and imports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be chosen."""
        parser.add_argument("--count", type=int, default=0, help="Processes; 0 is one per core.")
        parser.add_argument("--threads", type=int, default=1, help="Threads of each process.")
        parser.add_argument("--once", action="store_true", help="Stop when nothing waits.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work, in this process or in several."""
        count = options["count"] or len(os.sched_getaffinity(0))
        if count == 1:
            worker = Worker(threads=max(options["threads"], 1))
            worker.listen_to_signals()
            _step_back()
            warm_kernels()
            worker.work(until_empty=options["once"])
            return
        _Crew(count, options["threads"], once=options["once"]).run()


def _step_back() -> None:
    """Leave the cores to the server as long as it wants them."""
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, _NICENESS))


class _Crew:
    """Worker processes, started anew when one ends before its time."""

    def __init__(self, count: int, threads: int, *, once: bool) -> None:
        self._command = [
            *(sys.executable, "-m", "coercivity.desk", "worker"),
            *("--count", "1", "--threads", str(threads)),
            *(["--once"] if once else []),
        ]
        self._once = once
        self._processes = [(self._start(), time.monotonic()) for _ in range(count)]
        self._is_ending = False

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command)

    def run(self) -> None:
        """Wait until told to end, or until nothing waits."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        while not self._is_ending and (not self._once or self._is_alive()):
            time.sleep(0.5)
            if not self._once:
                self._replace_dead()
        failed = [process.returncode for process, _ in self._processes if process.wait()]
        if failed and not self._is_ending:
            raise CommandError(f"{len(failed)} worker processes ended with an error")

    def _is_alive(self) -> bool:
        return any(process.poll() is None for process, _ in self._processes)

    def _replace_dead(self) -> None:
        for place, (process, started) in enumerate(self._processes):
            is_due = time.monotonic() - started > _ALIVE_SECONDS
            if process.poll() is not None and is_due and not self._is_ending:
                self._processes[place] = (self._start(), time.monotonic())

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self._is_ending = True
        for process, _ in self._processes:
            if process.poll() is None:
                process.terminate()
