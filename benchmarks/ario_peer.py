"""The regional model beside BoARIO 0.7.2: the same table, event and days, in one run.

Usage: python -m benchmarks.ario_peer --regions R --sectors S --steps N [--order-type alt]
       [--threads N] [--json] [--keep]

BoARIO runs in its own process and environment, which is made under build/peers when missing.
Prints the ratio of seconds per step and the largest relative difference of any series.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import finish

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from coercivity.engine.ario import simulate_ario  # noqa: E402
from coercivity.network.mrio import make_mrio  # noqa: E402
from coercivity.options import Options  # noqa: E402
from reference.boario import environment, ours, tables  # noqa: E402

SEED = 11
COVER_DAYS = 20
N_RUNS = 3
AT_LEAST_DAYS = 20
"""Days of our run, so that what happens once per run does not hide in a single day."""


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--regions", type=int, default=20)
    parser.add_argument("--sectors", type=int, default=40)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--order-type", choices=("alt", "noalt"), default="alt")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="the default")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results too")
    return parser.parse_args()


def events(table: tables.Table, steps: int) -> list[dict[str, Any]]:
    """A loss of capital that begins on the second day, where there is one."""
    if steps < 4:
        return []
    event = tables.events_of(table, "recovery", "linear")[0]
    return [{**event, "day": 1, "duration": max(1, steps // 3)}]


def time_ours(
    table: tables.Table, scenario: tables.Scenario, steps: int, threads: int
) -> tuple[float, dict[str, np.ndarray], Any]:
    """Return seconds per step (set-up apart, best of runs), the series and the table."""
    own = make_mrio(table.z, table.y, x=table.x, regions=table.regions, sectors=table.sectors)
    parameters = ours.parameters(scenario)
    options = Options(threads=threads)

    def once(days: int, with_events: bool) -> tuple[float, Any]:
        begin = time.perf_counter()
        results = simulate_ario(
            own,
            [ours.event(each) for each in scenario.events] if with_events else [],
            start=date(2025, 1, 1), days=days, parameters=parameters, options=options,
        )  # fmt: skip
        return time.perf_counter() - begin, results

    once(2, False)
    long = max(steps, AT_LEAST_DAYS)
    # Two lengths apart from the set-up: the difference is days alone.
    set_up = min(once(1, False)[0] for _ in range(N_RUNS))
    per_step = min((once(long, False)[0] - set_up) / (long - 1) for _ in range(N_RUNS))
    _, results = once(steps, True)
    found = {name: results[of].to_numpy() for name, of in ours.NAMES.items() if of in results.data}
    found["unmet"] = found["unmet"].reshape(steps, -1)
    return per_step, found, own


def main() -> None:
    arguments = read_arguments()
    table = tables.random_table(arguments.regions, arguments.sectors, seed=SEED)
    scenario = tables.Scenario(
        "benchmark", "random", arguments.order_type, events(table, arguments.steps),
        {"main_inv_dur": COVER_DAYS}, arguments.steps,
    )  # fmt: skip
    arrays = {
        "z": table.z, "y": table.y, "x": table.x,
        "regions": np.array(table.regions), "sectors": np.array(table.sectors),
    }  # fmt: skip
    settings = {
        "order_type": scenario.order_type, "events": scenario.events, "model": scenario.model,
        "days": scenario.days, "horizon": max(scenario.days + 2, 10),
    }  # fmt: skip
    environment.peer_python()
    theirs = environment.run_peer(arrays, settings, with_stocks=False)
    del arrays
    per_step, found, own = time_ours(table, scenario, arguments.steps, arguments.threads)
    peer_step = float(np.min(theirs["seconds"]))
    different = ours.differences(found, theirs, own)
    finish(
        f"ario_peer_{arguments.regions}x{arguments.sectors}",
        {
            "regions": arguments.regions,
            "sectors": arguments.sectors,
            "industries": own.n_industries,
            "steps": arguments.steps,
            "order_type": arguments.order_type,
            "ratio": round(peer_step / per_step, 1),
            "max_rel_diff": max(different.values()),
            "rel_diff": different,
            "peer_seconds_per_step": peer_step,
            "peer_median_seconds_per_step": float(np.median(theirs["seconds"])),
            "seconds_per_step": per_step,
            "table_gb_per_s": round(own.z.nbytes / per_step / 1e9, 2),
            "threads": Options(threads=arguments.threads).n_threads,
            "peer": "BoARIO 0.7.2",
        },
    )


if __name__ == "__main__":
    main()
