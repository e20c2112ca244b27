"""Run the chunks of a study on the workers of a dask cluster; bit-equal to a run in one process.

The calling process deals the draws, hands out chunks and writes the store, so workers need neither
a shared disk nor the store. They need the same version of this package and, unless it is an
embedded one, the pack in the same place. Two chunks per worker thread are under way at a time, so
that memory does not grow with the number of members. A chunk whose worker dies is run again by
another one.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.experiments.chunks import run_part

if TYPE_CHECKING:
    import xarray as xr

    from coercivity.experiments.dealing import Design, Part
    from coercivity.experiments.study import Study

__all__ = ["cluster_chunks"]

PATIENCE: Final = 15.0
"""Seconds in which a scheduler has to answer, and after that one worker has to be there."""

AHEAD: Final = 2
"""Chunks under way per worker thread: one that runs and one that waits beside it."""


def cluster_chunks(
    study: Study, design: Design, todo: Sequence[int], *, scheduler: str
) -> Generator[tuple[Part, Mapping[str, xr.Dataset]], None, None]:
    """Run chunks on a cluster.

    Parameters
    ----------
    study : Study
    design : Design
    todo : sequence of int
        Numbers of the chunks.
    scheduler : str
        Address, such as ``tcp://10.0.0.1:8786``.

    Yields
    ------
    Part, mapping of str to xarray.Dataset
        As they are done, in any order.

    Raises
    ------
    UsageError
        If dask is not installed or the address is none.
    NotFoundError
        If no scheduler answers, or it has no worker.
    InputError
        If chunks kill their workers, the connection is lost, or a worker has another pack.
    """
    client_type, as_completed, failures = _dask()
    with _connected(client_type, scheduler) as client:
        n_threads = _worker_threads(client, scheduler)
        run, waiting = uuid.uuid4().hex[:8], iter(todo)
        parts: dict[str, Part] = {}

        def hand_out(number: int) -> Any:
            key = f"coercivity-chunk-{number}-{run}"
            parts[key] = design.part(number)
            return client.submit(run_part, study, parts[key], key=key, pure=False)

        first = [hand_out(number) for number in islice(waiting, AHEAD * n_threads)]
        under_way = as_completed(first, loop=client.loop)
        first.clear()
        try:
            for future in under_way:
                results = future.result()
                part = parts.pop(future.key)
                future.release()
                for number in islice(waiting, 1):
                    under_way.add(hand_out(number))
                yield part, results
                del results, future
        except failures as error:
            raise _lost(scheduler, error) from error


def _dask() -> tuple[Any, Any, tuple[type[BaseException], ...]]:
    """Return what is used of dask.distributed: client, iterator, errors of a lost cluster."""
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
    return Client, as_completed, (KilledWorker, FutureCancelledError, CommClosedError)


@contextmanager
def _connected(client_type: Any, scheduler: str) -> Iterator[Any]:
    try:
        client = client_type(scheduler, timeout=PATIENCE, set_as_default=False)
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
    try:
        yield client
    finally:
        client.close(timeout=PATIENCE)


def _worker_threads(client: Any, scheduler: str) -> int:
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


def _lost(scheduler: str, error: BaseException) -> InputError:
    return InputError(
        f"the cluster could not finish: {type(error).__name__}: {error}",
        where=scheduler,
        expected="workers with enough memory for a chunk, and a scheduler that stays",
        hint="look at the workers' logs; use smaller chunks; then repeat with --resume",
    )
