"""Time of a large ensemble: one scenario, gates, licences, pipeline and substitution on.

`seconds` is the wall time from drawing to the last simulated day, laying out networks included and
writing excluded (give --store to write too: `write_seconds`); importing and compiling come before.
The pack's network ends before a run of two years does; the run is extended explicitly: licences
without end stay, and what nobody knows about later controls is drawn as the scenario says.

Usage: python -m benchmarks.ensemble --pack P --members M --days D [--scenario S] [--chunk C]
       [--threads N] [--precision single|double] [--store] [--sweep] [--json] [--keep]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from benchmarks.record import finish
from coercivity.catalogue import open_pack
from coercivity.engine import Method
from coercivity.experiments.chunks import ChunkRunner
from coercivity.experiments.dealing import deal
from coercivity.experiments.streaming import draws_table, local_chunks
from coercivity.experiments.study import CHUNK, Study, make_study
from coercivity.options import Options
from coercivity.results.chunked import begin_store

N_WARM = 40


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", default="rare_earth_magnets")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--scenario", default="reported_licences")
    parser.add_argument("--chunk", type=int, default=CHUNK)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    parser.add_argument("--precision", default="single", choices=("single", "double"))
    parser.add_argument("--store", action="store_true", help="write a Zarr store, then delete it")
    parser.add_argument("--sweep", action="store_true", help="smaller sizes and horizons too")
    parser.add_argument("--json", action="store_true", help="one JSON object (always printed)")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results too")
    return parser.parse_args()


def study_of(pack: Any, arguments: argparse.Namespace, members: int, days: int) -> Study:
    """Describe a run; its end is `days` after the pack's start, whatever the pack says."""
    return make_study(
        pack,
        members=members,
        seed=arguments.seed,
        scenarios=[arguments.scenario],
        with_baseline=False,
        chunk=arguments.chunk,
        end=pack.meta["network_start"] + timedelta(days=days),
        method=Method(precision=arguments.precision),
    )


def run_once(pack: Any, study: Study, *, threads: int, store: bool) -> dict[str, Any]:
    """Run a study and say where the time went."""
    options = Options(threads=threads)
    began, worked = time.perf_counter(), time.process_time()
    runner = ChunkRunner(study, pack)
    design = deal(study, pack, runner.quantities)
    drawn = time.perf_counter()
    writing, made = 0.0, 0.0
    with ExitStack() as stack:
        target = None
        if store:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            target = stack.enter_context(
                begin_store(
                    folder,
                    identity=study.identity(),
                    members=study.members,
                    chunk=study.chunk,
                )
            )
        for part, results in local_chunks(runner, design, range(study.n_chunks), options=options):
            start = time.perf_counter()
            if target is not None:
                target.write(part.number, results, draws_table(design, part))
            made += float(results[study.scenarios[0]]["made"].sum())
            writing += time.perf_counter() - start
        ended = time.perf_counter()
    return {
        "members": study.members,
        "days": study.days,
        "seconds": round(ended - began - (writing if store else 0.0), 3),
        "cpu_seconds": round(time.process_time() - worked, 3),
        "draw_seconds": round(drawn - began, 3),
        "write_seconds": round(writing, 3) if store else None,
        "thread_seconds": {name: round(value, 3) for name, value in runner.seconds.items()},
        "checksum": made,
    }


def main() -> None:
    arguments = read_arguments()
    pack = open_pack(arguments.pack)
    threads = Options(threads=arguments.threads).n_threads
    run_once(pack, study_of(pack, arguments, N_WARM, 30), threads=threads, store=False)
    study = study_of(pack, arguments, arguments.members, arguments.days)
    found = run_once(pack, study, threads=threads, store=arguments.store)
    sweep = []
    if arguments.sweep:
        for members, days in (
            (arguments.members // 8, arguments.days),
            (arguments.members // 4, arguments.days),
            (arguments.members // 4, arguments.days // 2),
            (arguments.members // 4, arguments.days // 4),
        ):
            smaller = study_of(pack, arguments, members, days)
            sweep.append(run_once(pack, smaller, threads=threads, store=False))
    finish(
        "ensemble",
        {
            "pack": pack.name,
            "scenario": arguments.scenario,
            **found,
            "chunk": study.chunk,
            "precision": study.method.precision,
            "threads": threads,
            "end": study.end.isoformat(),
            "network_end": str(pack.meta.get("network_end")),
            "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 3),
            "cost_against_size": sweep,
        },
    )


if __name__ == "__main__":
    main()
