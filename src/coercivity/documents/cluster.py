"""The tasks of :mod:`coercivity.documents.workers` on the workers of a dask cluster.

The calling process reads and writes the store, so workers need no shared disk. They need the same
version of this package. Two tasks per worker thread are under way at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from coercivity.documents.workers import Broken, Task, resolved
from coercivity.errors import InputError, NotFoundError, UsageError

__all__ = ["cluster_tasks"]

PATIENCE: Final = 15.0
"""Seconds in which a scheduler has to answer, and after that one worker has to be there."""

AHEAD: Final = 2
"""Tasks under way per worker thread: one that runs and one that waits beside it."""


def cluster_tasks(
    function: str, setup: Any, tasks: Iterable[Task], *, scheduler: str
) -> Iterator[tuple[Task, Any]]:
    """Run tasks on a cluster; see :func:`~coercivity.documents.workers.run_tasks`.

    Parameters
    ----------
    function, setup, tasks
        As for processes.
    scheduler : str
        Address, such as ``tcp://10.0.0.1:8786``.

    Yields
    ------
    Task, object
        In the order in which they are done; :class:`~coercivity.documents.workers.Broken` where a
        task raised or killed its workers.

    Raises
    ------
    UsageError
        If dask is not installed or the address is none.
    NotFoundError
        If no scheduler answers, or it has no worker.
    InputError
        If the connection is lost.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
    except ImportError as error:
        raise UsageError(
            "dask.distributed is not installed",
            where="--scheduler",
            expected="the extra `scale`",
            hint="pip install 'coercivity[scale]', or run without --scheduler",
        ) from error
    client = _connected(Client, scheduler)
    waiting, run = iter(tasks), uuid.uuid4().hex[:8]
    try:
        shared = client.scatter(setup, broadcast=True, hash=False)
        under_way: dict[str, Task] = {}

        def hand_out(task: Task) -> Any:
            key = f"coercivity-documents-{task.key}-{run}"
            under_way[key] = task
            return client.submit(_call, function, shared, task.payload, key=key, pure=False)

        first = [hand_out(task) for task in islice(waiting, AHEAD * _n_threads(client, scheduler))]
        futures: Any = as_completed(first, loop=client.loop)  # type: ignore[no-untyped-call]
        first.clear()
        for future in futures:
            task = under_way.pop(future.key)
            try:
                result = future.result()
            except KilledWorker as error:
                result = Broken(-1, f"its workers were killed: {error}")
            future.release()
            for following in islice(waiting, 1):
                futures.add(hand_out(following))
            yield task, result
            del result, future
    except (FutureCancelledError, CommClosedError) as error:
        raise InputError(
            f"the connection to the cluster is lost: {type(error).__name__}: {error}",
            where=scheduler,
            expected="a scheduler that stays",
            hint="look at its log, then repeat the command: what is done is kept",
        ) from error
    finally:
        client.close(timeout=PATIENCE)


def _call(function: str, setup: Any, payload: Any) -> Any:
    """Run one task in a worker of the cluster."""
    position = -1

    def beat(place: int) -> None:
        nonlocal position
        position = place

    try:
        return resolved(function)(setup, payload, beat)
    except Exception as error:
        return Broken(position, f"{type(error).__name__}: {error}"[:500])


def _connected(client_type: Any, scheduler: str) -> Any:
    try:
        return client_type(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise NotFoundError(
            "no scheduler answers",
            where=scheduler,
            expected="the address that `dask scheduler` printed, such as tcp://host:8786",
            hint="start it, or open its port to this machine; or run without --scheduler",
        ) from error
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{scheduler!r} is no address of a scheduler",
            where="--scheduler",
            expected="such as tcp://host:8786",
        ) from error


def _n_threads(client: Any, scheduler: str) -> int:
    """Return the number of threads over all workers, once there is one."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise NotFoundError(
            "the scheduler has no worker",
            where=scheduler,
            expected="at least one worker",
            hint=f"on each machine: dask worker {scheduler}",
        ) from error
    counts: dict[str, int] = client.nthreads()
    return max(1, sum(counts.values()))
