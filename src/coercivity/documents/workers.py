"""A pool of processes that survives its workers: what kills one is named, the rest proceeds.

Workers are fresh interpreters that import the package, not the caller's main module, so that a
script needs no guard and no lock is inherited. They say which document they work on; if one dies or
takes too long, the caller learns at which document, and a new one takes its place.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pickle
import queue
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

from coercivity.documents.limits import LIMITS, Limits

__all__ = ["Beat", "Broken", "Task", "resolved", "run_tasks", "serve"]

Beat = Callable[[int], None]
"""Called by a function in a worker with the number of the document it begins."""

START_SECONDS: Final = 120.0
"""Seconds that a worker has to start, to load what it needs, and to write its answer."""

RETIRE_SHARE: Final = 0.5
"""Share of its memory limit from which a worker is replaced after its task."""

_CODE: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from coercivity.documents.workers import serve; serve()"
)
_HEAD: Final = struct.Struct("<cQ")
_BEAT, _DONE, _FAILED, _TASK = b"b", b"d", b"f", b"t"


@dataclass(frozen=True)
class Task:
    """One call of the function.

    Parameters
    ----------
    key : str
        Unique; comes back with the result.
    payload : object
        Can be pickled.
    """

    key: str
    payload: Any


@dataclass(frozen=True)
class Broken:
    """A task that has no result.

    Parameters
    ----------
    position : int
        Document it was at; -1 if it had not begun one.
    reason : str
        What happened to the worker, or the error it raised.
    """

    position: int
    reason: str


def resolved(function: str) -> Callable[..., Any]:
    """Return the function that ``module:name`` names."""
    module, _, name = function.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def run_tasks(
    function: str,
    setup: Any,
    tasks: Iterable[Task],
    *,
    workers: int,
    limits: Limits = LIMITS,
) -> Iterator[tuple[Task, Any]]:
    """Run tasks in processes.

    Parameters
    ----------
    function : str
        ``module:name`` of a function of (setup, payload, beat).
    setup : object
        Given to every call; sent to a worker once.
    tasks : iterable of Task
        Taken as workers become free: at most two a worker are held in memory.
    workers : int
        Processes.
    limits : Limits, optional
        Memory of a worker, and seconds between two documents of a task.

    Yields
    ------
    Task, object
        In the order in which they are done; the object is a :class:`Broken` if there is no result.
    """
    given: queue.Queue[Task | None] = queue.Queue(maxsize=workers)
    done: queue.Queue[tuple[Task, Any] | BaseException | None] = queue.Queue(maxsize=workers)
    stop = threading.Event()
    start = pickle.dumps((function, setup, limits.worker_bytes))
    threads = [
        threading.Thread(target=_drive, args=(given, done, stop, start, limits), daemon=True)
        for _ in range(workers)
    ]
    feeder = threading.Thread(target=_feed, args=(tasks, given, done, stop, workers), daemon=True)
    for thread in (*threads, feeder):
        thread.start()
    try:
        n_running = workers
        while n_running:
            found = done.get()
            if found is None:
                n_running -= 1
            elif isinstance(found, BaseException):
                raise found
            else:
                yield found
    finally:
        stop.set()
        _emptied(given, done, threads)


def _emptied(given: Any, done: Any, threads: list[threading.Thread]) -> None:
    """Let every thread come to its end, whatever it waits for."""
    while any(thread.is_alive() for thread in threads):
        for waiting in (given, done):
            try:
                waiting.get_nowait()
            except queue.Empty:
                continue
        with contextlib.suppress(queue.Full):
            given.put_nowait(None)
        time.sleep(0.01)


def _feed(
    tasks: Iterable[Task], given: Any, done: Any, stop: threading.Event, workers: int
) -> None:
    try:
        for task in tasks:
            if stop.is_set():
                return
            _put(given, task, stop)
        for _ in range(workers):
            _put(given, None, stop)
    except BaseException as error:  # raised where the results are taken
        _put(done, error, stop)


def _put(waiting: Any, value: Any, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            waiting.put(value, timeout=0.2)
            return
        except queue.Full:
            continue


def _drive(given: Any, done: Any, stop: threading.Event, start: bytes, limits: Limits) -> None:
    """Feed one worker, and replace it when it is gone."""
    worker: _Worker | None = None
    try:
        while not stop.is_set():
            try:
                task = given.get(timeout=0.2)
            except queue.Empty:
                continue
            if task is None:
                break
            worker = worker if worker is not None else _Worker(start)
            result = worker.ask(task, limits.seconds, stop)
            if not worker.is_fit:
                worker.end()
                worker = None
            _put(done, (task, result), stop)
    except BaseException as error:  # raised where the results are taken
        _put(done, error, stop)
    finally:
        if worker is not None:
            worker.end()
        _put(done, None, stop)


class _Worker:
    """One process and the pipes to it."""

    def __init__(self, start: bytes) -> None:
        command = [sys.executable, "-c", _CODE, json.dumps(sys.path)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
            env=environment,
        )
        self.is_fit = True
        self._is_new = True
        self._position = -1
        self._send(_TASK, start)

    def ask(self, task: Task, seconds: float, stop: threading.Event) -> Any:
        """Return the result of a task, or how it broke."""
        self._position = -1
        if not self._send(_TASK, pickle.dumps(task.payload)):
            return self._broken("the worker is gone")
        while True:
            patience = START_SECONDS if self._position < 0 else seconds
            kind, body = self._receive(patience, stop)
            if kind == _BEAT:
                self._position = int.from_bytes(body, "little")
            elif kind == _DONE:
                self.is_fit, result = pickle.loads(body)
                return result
            elif kind == _FAILED:
                return Broken(self._position, pickle.loads(body))
            else:
                return self._broken(body.decode())

    def end(self) -> None:
        """End the process; nothing is left of it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def _broken(self, reason: str) -> Broken:
        self.is_fit = False
        return Broken(self._position, reason)

    def _send(self, kind: bytes, body: bytes) -> bool:
        assert self._process.stdin is not None
        try:
            _write(self._process.stdin, kind, body)
        except OSError:
            return False
        return True

    def _receive(self, seconds: float, stop: threading.Event) -> tuple[bytes, bytes]:
        """Return the next message; an empty kind if there is none, with the reason."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self._process.stdout], [], [], 0.2)
            if ready:
                break
            if stop.is_set():
                return b"", b"stopped"
            if time.monotonic() > deadline:
                return b"", f"no progress for {seconds:g} s".encode()
        message = _read(self._process.stdout)
        if message is None:
            code = self._process.wait()
            return b"", f"the worker ended with {code} (out of memory, or a crash)".encode()
        return message


def _write(stream: IO[bytes], kind: bytes, body: bytes) -> None:
    stream.write(_HEAD.pack(kind, len(body)))
    stream.write(body)
    stream.flush()


def _read(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return one message; None at the end."""
    head = _whole(stream, _HEAD.size)
    if head is None:
        return None
    kind, length = _HEAD.unpack(head)
    body = _whole(stream, length)
    return None if body is None else (kind, body)


def _whole(stream: IO[bytes], length: int) -> bytes | None:
    pieces: list[bytes] = []
    while length:
        # Unbuffered, so that select() tells the truth about what is left to read.
        piece = os.read(stream.fileno(), min(length, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def serve() -> None:
    """Work on tasks from standard input until it ends."""
    answer = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not run into the answers.
    os.dup2(2, 1)
    first = _read(sys.stdin.buffer)
    if first is None:
        return
    function, setup, memory = pickle.loads(first[1])
    _bound_memory(memory)
    call = resolved(function)

    def beat(position: int) -> None:
        _write(answer, _BEAT, max(0, position).to_bytes(8, "little"))

    while (message := _read(sys.stdin.buffer)) is not None:
        try:
            result = call(setup, pickle.loads(message[1]), beat)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            _write(answer, _FAILED, pickle.dumps(text[:500]))
            continue
        is_fit = _resident() < RETIRE_SHARE * memory
        _write(answer, _DONE, pickle.dumps((is_fit, result)))


def _bound_memory(n_bytes: int) -> None:
    """Let an allocation beyond the limit fail here, instead of the system ending any process."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _resident() -> int:
    """Memory of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
