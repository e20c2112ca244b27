"""The process that reads: started when it is first needed, ended when nothing comes any more.

Loading the parser takes seconds, reading an article a tenth of one. So the process is kept for a
while, and what it holds is given back when nobody adds documents.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from typing import Any, Final

from coercivity.desk.register.apart import FUNCTION
from coercivity.documents.limits import Limits
from coercivity.documents.workers import Broken, Task, run_tasks
from coercivity.errors import Problem

__all__ = ["LIMITS", "PATIENCE_SECONDS", "ask"]

IDLE_SECONDS: Final = 120.0
"""How long a process is kept that has nothing to read."""

PATIENCE_SECONDS: Final = 45.0
"""How long an answer is waited for: starting the process and reading one document."""

LIMITS: Final = Limits(seconds=30.0, worker_bytes=3 * 2**30)
"""What one document may cost the process that reads it."""


class _Reader:
    """One reading process and the documents that wait for it."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Task] = queue.Queue()
        self._promised: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self.is_open = True
        threading.Thread(target=self._run, name="evidence reader", daemon=True).start()

    def give(self, payload: dict[str, Any]) -> Future[Any] | None:
        """Hand a document over; None if the process is about to end."""
        with self._lock:
            if not self.is_open:
                return None
            key, promised = str(next(self._numbers)), Future[Any]()
            self._promised[key] = promised
            self._waiting.put(Task(key, payload))
            return promised

    def _run(self) -> None:
        try:
            for task, made in run_tasks(FUNCTION, None, self._given(), workers=1, limits=LIMITS):
                self._promised.pop(task.key).set_result(made)
        except BaseException as error:
            self._fail(error)
        finally:
            self.is_open = False
            self._fail(RuntimeError("the reading process ended"))

    def _given(self) -> Iterator[Task]:
        """Give documents as they come, until none comes for a while."""
        while True:
            try:
                yield self._waiting.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._waiting.empty():
                        self.is_open = False
                        return

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            promised, self._promised = self._promised, {}
        for left in promised.values():
            left.set_exception(error)


_lock = threading.Lock()
_reader: _Reader | None = None


def ask(payload: dict[str, Any], *, patience: float = PATIENCE_SECONDS) -> dict[str, Any] | None:
    """Read one document in the reading process.

    Parameters
    ----------
    payload : dict
        As for :func:`~coercivity.desk.register.apart.read_one`.
    patience : float
        Seconds to wait for the answer.

    Returns
    -------
    dict or None
        As from ``read_one``; None if there was no answer in time, so that the document is read
        later. A document that breaks the process is refused and says so.
    """
    promised = _handed_over(payload)
    try:
        made = promised.result(timeout=patience)
    except (TooLateError, RuntimeError, OSError):
        return None
    if isinstance(made, Broken):
        return {"problems": [_gave_up(payload["name"], made).to_json()]}
    found: dict[str, Any] = made
    return found


def _handed_over(payload: dict[str, Any]) -> Future[Any]:
    global _reader
    while True:
        with _lock:
            if _reader is None or not _reader.is_open:
                _reader = _Reader()
            reader = _reader
        promised = reader.give(payload)
        if promised is not None:
            return promised


def _gave_up(name: str, broken: Broken) -> Problem:
    return Problem(
        f"the reading was given up: {broken.reason}",
        name,
        "a document that can be read within the limits",
        "save its text as UTF-8 .txt, or split it",
    )
