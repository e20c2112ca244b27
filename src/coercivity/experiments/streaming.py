"""Run ensembles of any size in chunks of members, each written to the disk when it is done.

Memory holds the chunks in flight, one per thread, whatever the number of members. A run that is
killed at any moment goes on where it was, and its store comes out the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from coercivity.experiments.chunks import ChunkRunner
from coercivity.experiments.dealing import Design, Part, deal
from coercivity.experiments.study import CHUNK, Study, make_study
from coercivity.options import Options
from coercivity.results.chunked import begin_store

if TYPE_CHECKING:
    import xarray as xr

    from coercivity.catalogue import Pack
    from coercivity.engine.method import Method
    from coercivity.results.chunked import ChunkedStore

__all__ = ["Streamed", "draws_table", "local_chunks", "run_streamed"]

Finished = Generator[tuple[Part, "Mapping[str, xr.Dataset]"], None, None]
"""Parts with their results, in any order."""


@dataclass(frozen=True)
class Streamed:
    """What a run in chunks did.

    Parameters
    ----------
    store : Path
        Folder; open it with :func:`coercivity.results.chunked.open_chunked`.
    study : Study
    chunks_before, chunks_now : int
        Chunks found finished, and chunks run now.
    seconds : float, s
        Wall time of this call.
    parts : mapping of str to float, s
        Time by what it was spent on: ``draw`` and ``write`` in this process; ``lay_out`` and
        ``simulate`` added up over threads (absent on a cluster).
    """

    store: Path
    study: Study
    chunks_before: int
    chunks_now: int
    seconds: float
    parts: Mapping[str, float]


def run_streamed(
    pack: Pack,
    out: str | Path,
    *,
    members: int,
    seed: int = 1,
    scenarios: Sequence[str] | None = None,
    chunk: int = CHUNK,
    end: date | None = None,
    known_at: date | None = None,
    method: Method | None = None,
    resume: bool = False,
    scheduler: str = "",
    held: Mapping[str, float] | None = None,
    options: Options | None = None,
) -> Streamed:
    """Run scenarios over many members and write them to a store.

    Parameters
    ----------
    pack : Pack
    out : str or Path
        Folder of the store.
    members, seed : int
        Size and seed of the ensemble.
    scenarios : sequence of str, optional
        Ids; by default all of the pack. The baseline is always among them.
    chunk : int
        Members per chunk.
    end, known_at : date, optional
        As in :func:`~coercivity.experiments.study.make_study`.
    method : Method, optional
        Parameters of the engine.
    resume : bool
        Go on with a store that was begun.
    scheduler : str
        Address of a dask scheduler; empty to run in this process.
    held : mapping of str to float, optional
        Quantities held at one value; see :mod:`coercivity.experiments.holding`.
    options : Options, optional
        Threads and progress; a progress function that raises ends the run, and finished chunks
        stay.

    Returns
    -------
    Streamed

    Raises
    ------
    UsageError
        If a number is out of range, a library of the extra ``scale`` is missing, or the store was
        begun and `resume` is not set.
    NotFoundError
        If a scenario is unknown, or no scheduler answers.
    InputError
        If the store belongs to another ensemble or cannot be written.
    """
    began, options = perf_counter(), options or Options()
    study = make_study(
        pack,
        members=members, seed=seed, scenarios=scenarios, chunk=chunk,
        end=end, known_at=known_at, method=method, held=held,
    )  # fmt: skip
    with begin_store(
        out, identity=study.identity(), members=members, chunk=study.chunk, resume=resume
    ) as store:
        before = store.finished()
        runner = ChunkRunner(study, pack)
        spent = _write_missing(store, runner, scheduler=scheduler, options=options)
        store.complete()
    return Streamed(
        store=Path(out),
        study=study,
        chunks_before=len(before),
        chunks_now=study.n_chunks - len(before),
        seconds=perf_counter() - began,
        parts=spent if scheduler else {**spent, **runner.seconds},
    )


def _write_missing(
    store: ChunkedStore, runner: ChunkRunner, *, scheduler: str, options: Options
) -> dict[str, float]:
    """Run and write the chunks that a store lacks; return seconds by what they were spent on."""
    before, n_chunks = store.finished(), store.n_chunks
    todo = [number for number in range(n_chunks) if number not in before]
    spent = {"draw": 0.0, "write": 0.0}
    if not todo:
        return spent
    options.progress("draw", 0.0)
    began = perf_counter()
    design = deal(runner.study, runner.pack, runner.quantities, folder=store.folder)
    spent["draw"] = perf_counter() - began
    # Closed here, and not where the collector of rubbish finds it, which may be one of its threads.
    with closing(_finished(runner, design, todo, scheduler=scheduler, options=options)) as parts:
        for done, (part, results) in enumerate(parts, start=1):
            began = perf_counter()
            store.write(part.number, results, draws_table(design, part))
            spent["write"] += perf_counter() - began
            options.progress("simulate", (len(before) + done) / n_chunks)
    return spent


def _finished(
    runner: ChunkRunner,
    design: Design,
    todo: Sequence[int],
    *,
    scheduler: str,
    options: Options,
) -> Finished:
    """Run parts here, or on a cluster."""
    if not scheduler:
        return local_chunks(runner, design, todo, options=options)
    from coercivity.experiments.distributed import cluster_chunks

    return cluster_chunks(runner.study, design, todo, scheduler=scheduler)


def local_chunks(
    runner: ChunkRunner, design: Design, todo: Sequence[int], *, options: Options
) -> Finished:
    """Run chunks in threads of this process.

    Whole chunks run side by side: laying out a network is Python, which other threads' kernels
    need not wait for.

    Parameters
    ----------
    runner : ChunkRunner
    design : Design
    todo : sequence of int
        Numbers of the chunks.
    options : Options
        Threads.

    Yields
    ------
    Part, mapping of str to xarray.Dataset
        As they are done.
    """
    side_by_side = max(1, min(options.n_threads, len(todo)))
    inner = Options(threads=max(1, options.n_threads // side_by_side))

    def work(number: int) -> tuple[Part, Mapping[str, xr.Dataset]]:
        part = design.part(number)
        return part, runner.run(part, options=inner)

    yield from in_window(work, todo, side_by_side)


def in_window(
    work: Callable[[int], tuple[Part, Mapping[str, xr.Dataset]]],
    todo: Sequence[int],
    side_by_side: int,
) -> Finished:
    """Apply `work` in threads, never holding more results than threads."""
    waiting = iter(todo)
    pool = ThreadPoolExecutor(max_workers=side_by_side)
    try:
        running: set[Future[tuple[Part, Mapping[str, xr.Dataset]]]] = {
            pool.submit(work, number) for number in islice(waiting, side_by_side)
        }
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                running |= {pool.submit(work, number) for number in islice(waiting, 1)}
                yield result
                del result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def draws_table(design: Design, part: Part) -> xr.Dataset:
    """Return the quantities of a part as the store keeps them: ``value[quantity, member]``."""
    import xarray as xr

    names = np.array(design.quantities, dtype=object)
    units = np.array([design.units[name] for name in design.quantities], dtype=object)
    varies = np.isin(design.quantities, design.inputs)
    values = np.stack([part.draws.values_by_id[name] for name in design.quantities])
    return xr.Dataset(
        {
            "value": (
                ("quantity", "member"),
                values,
                {"long_name": "Value of a quantity in a member", "units": "unit of the quantity"},
            )
        },
        coords={
            "quantity": ("quantity", names),
            "quantity_unit": ("quantity", units),
            "quantity_varies": ("quantity", varies.astype(np.int8)),
            "member": ("member", np.arange(values.shape[1], dtype=np.int32)),
        },
        attrs={"seed": design.study.seed, "members": str(design.study.members)},
    )
