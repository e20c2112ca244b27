"""The sign of life of a running job: renews its lease, says how far it is, hears that it must stop.

A thread of its own writes to the database, at most twice a second; the thread that computes only
leaves its progress here and is told to stop by an exception.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.db import DatabaseError, connection

from coercivity.desk.runs.services.leasing import LEASE, Standing, Taken, renew

__all__ = ["BEAT_SECONDS", "Pulse", "StopReason", "StoppedError"]

BEAT_SECONDS: Final = 0.5
"""Shortest time between two writes."""

_LOG = logging.getLogger(__name__)


class StopReason(StrEnum):
    """Why a job must stop before it is done."""

    CANCELLED = "cancelled"
    LOST = "lost"
    SHUTDOWN = "shutdown"
    BUSY = "busy"


class StoppedError(Exception):
    """Raised in the computing thread when the job must stop.

    Parameters
    ----------
    reason : StopReason
        Why.
    """

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Pulse:
    """Keeps one job alive while it runs.

    Parameters
    ----------
    taken : Taken
        The job.
    lease : timedelta
        How long a sign of life holds.
    """

    def __init__(self, taken: Taken, *, lease: timedelta = LEASE) -> None:
        self._taken = taken
        self._lease = lease
        self._said = ("", 0.0)
        self._written = ("", 0.0)
        self._at = time.monotonic()
        self._reason: StopReason | None = None
        self._end = threading.Event()

    def progress(self, stage: str, share: float) -> None:
        """Remember how far the job is; never writes itself.

        Raises
        ------
        StoppedError
            If the job must stop.
        """
        if self._reason is not None:
            raise StoppedError(self._reason)
        self._said = (stage, share)

    def stop(self, reason: StopReason) -> None:
        """Let the job stop at its next word of progress."""
        self._reason = self._reason or reason

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Renew the lease in a thread while a block runs."""
        thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _run(self) -> None:
        try:
            while not self._end.wait(BEAT_SECONDS):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        """Write if there is something new to say, and once a second in any case.

        Once a second also a cancellation is heard of, however long a step of the job takes.

        A database that does not answer is no reason to stop: what is computed is kept, and if the
        lease lapses meanwhile the job is lost, which the next answer says.
        """
        said = self._said
        if said == self._written and time.monotonic() - self._at < 2.0 * BEAT_SECONDS:
            return
        try:
            standing = renew(self._taken, stage=said[0], share=said[1], lease=self._lease)
        except DatabaseError:
            _LOG.warning("job %s: the database does not answer", self._taken.pk)
            connection.close()
            return
        self._written, self._at = said, time.monotonic()
        if standing is Standing.CANCELLED:
            self.stop(StopReason.CANCELLED)
        elif standing is Standing.LOST:
            self.stop(StopReason.LOST)
