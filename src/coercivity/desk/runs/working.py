"""A worker: takes jobs one after the other, until it is told to stop."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Final

from django.db import DatabaseError, OperationalError, connection

from coercivity.desk.runs.folders import held_folder
from coercivity.desk.runs.kinds import Work, kind_of
from coercivity.desk.runs.models import RunResult
from coercivity.desk.runs.pulse import Pulse, StoppedError, StopReason
from coercivity.desk.runs.services.leasing import (
    LEASE,
    Taken,
    fail,
    finish,
    give_back,
    stop_cancelled,
    take,
)
from coercivity.errors import CoercivityError, Problem
from coercivity.options import Options

__all__ = ["Worker", "worker_name"]

_LOG = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 1.0
_TRIES: Final = 30
_ELSEWHERE: Final = timedelta(seconds=5)
"""How long a job waits that another process is working on."""


def worker_name() -> str:
    """Return a name that no other worker has or had: machine, process, a random end."""
    return f"{socket.gethostname()[:60]}/{os.getpid()}/{secrets.token_hex(4)}"


@dataclass
class Worker:
    """Takes jobs and runs them.

    Parameters
    ----------
    name : str
        Unique.
    threads : int
        Threads of the simulation.
    lease : timedelta
        How long a job is held without a sign of life.
    """

    name: str = field(default_factory=worker_name)
    threads: int = 1
    lease: timedelta = LEASE
    _ending: threading.Event = field(default_factory=threading.Event, repr=False)
    _pulse: Pulse | None = field(default=None, repr=False)

    def end(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Stop soon: the job at hand goes back to the queue, and what it finished is kept."""
        self._ending.set()
        if self._pulse is not None:
            self._pulse.stop(StopReason.SHUTDOWN)

    def work(self, *, until_empty: bool = False) -> int:
        """Run jobs until told to stop.

        Parameters
        ----------
        until_empty : bool
            Stop as soon as nothing waits.

        Returns
        -------
        int
            Number of jobs run.
        """
        count, parent = 0, os.getppid()
        while not self._ending.is_set():
            if os.getppid() != parent:
                # Whoever started this worker is gone, and nobody would ever end it.
                break
            taken = self._take()
            if taken is not None:
                self.run(taken)
                count += 1
            elif until_empty:
                break
            else:
                self._ending.wait(_PAUSE_SECONDS)
        return count

    def listen_to_signals(self) -> None:
        """End in good order on SIGTERM and SIGINT."""
        signal.signal(signal.SIGTERM, self.end)
        signal.signal(signal.SIGINT, self.end)

    def _take(self) -> Taken | None:
        try:
            return take(self.name, lease=self.lease)
        except DatabaseError as error:
            _LOG.warning("the database does not answer: %s", error)
            connection.close()
            return None

    def run(self, taken: Taken) -> None:
        """Run one job to its end, whatever that is; nothing it does ends the worker."""
        pulse = self._pulse = Pulse(taken, lease=self.lease)
        if self._ending.is_set():
            pulse.stop(StopReason.SHUTDOWN)
        try:
            with pulse.beating(), held_folder(taken.key) as folder:
                if folder is None:
                    raise StoppedError(StopReason.BUSY)
                self._run_in(folder, taken, pulse)
        except StoppedError as stopped:
            _settle(taken, stopped.reason)
        except CoercivityError as error:
            fail(taken, list(error.problems))
        except DatabaseError as error:
            # The lease lapses and the job is taken again; finished chunks are kept.
            _LOG.warning("job %s: the database does not answer: %s", taken.pk, error)
            connection.close()
        except Exception as error:
            _LOG.exception("job %s failed", taken.pk)
            fail(taken, [_unexpected(error)])
        finally:
            self._pulse = None

    def _run_in(self, folder: Path, taken: Taken, pulse: Pulse) -> None:
        """Do the work, unless its result is there already, and keep what came out."""
        began, content = time.monotonic(), None
        if not RunResult.objects.filter(key=taken.key).exists():
            kind = kind_of(taken.kind)
            options = Options(progress=pulse.progress, threads=self.threads)
            content = kind.run(taken.parameters, Work(folder, options))
        seconds, pack = time.monotonic() - began, str(taken.parameters.get("pack") or "")
        for _ in range(_TRIES):
            try:
                finish(taken, content, seconds=seconds, pack=pack)
                return
            except OperationalError:
                # A restart of the database must not cost what took minutes to compute.
                connection.close()
                time.sleep(_PAUSE_SECONDS)
        finish(taken, content, seconds=seconds, pack=pack)


def _settle(taken: Taken, reason: StopReason) -> None:
    """Leave a job that was stopped where it belongs."""
    if reason is StopReason.CANCELLED:
        stop_cancelled(taken)
    elif reason is StopReason.SHUTDOWN:
        give_back(taken)
    elif reason is StopReason.BUSY:
        give_back(taken, delay=_ELSEWHERE)


def _unexpected(error: Exception) -> Problem:
    """Say in plain words that the fault is the program's; the log has the rest."""
    if isinstance(error, MemoryError):
        return Problem("the worker ran out of memory", hint="run it with fewer members")
    return Problem(
        f"the program failed ({type(error).__name__})",
        hint="tell whoever runs the desk; the log of the worker says more",
    )
