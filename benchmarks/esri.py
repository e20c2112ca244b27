"""Time of ESRI for every firm of a generated network, and its distance from the plain code.

Usage: python -m benchmarks.esri [--firms N] [--degree K] [--threads T] [--tolerance E]
       [--sample M] [--json] [--keep]

`seconds` is the whole network, laying out included and compiling excluded; `cpu_seconds` is the
processor time of all threads in it.  `max_abs_diff` is the largest difference of ESRI, its two
parts and the number of steps from the plain implementation over a sample of failures.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import numpy as np

from benchmarks.record import finish
from coercivity.engine.cascade import CascadeMethod, systemic_risk
from coercivity.engine.cascade_graph import build_firm_graph
from coercivity.engine.cascade_reference import run_plain_cascade
from coercivity.network.generate import FirmNetwork, generate_firms
from coercivity.options import Options

SEED = 1


def compare(network: FirmNetwork, found: Any, method: CascadeMethod, n: int) -> dict[str, float]:
    """Run `n` failures with the plain implementation, and time it."""
    rng = np.random.default_rng(SEED)
    firms = rng.choice(len(network.firms), min(n, len(network.firms)), replace=False)
    largest, seconds = 0.0, 0.0
    for firm in firms:
        psi = np.ones(len(network.firms))
        psi[firm] = 0.0
        start = time.process_time()
        plain = run_plain_cascade(
            network.firms, network.lanes, psi, essentiality=network.essentiality,
            tolerance=method.tolerance, max_steps=method.max_steps,
        )  # fmt: skip
        seconds += time.process_time() - start
        mine = found.isel(failure=int(firm))
        pairs = (
            (plain.esri, mine.esri), (plain.downstream, mine.esri_downstream),
            (plain.upstream, mine.esri_upstream), (plain.steps, mine.steps),
        )  # fmt: skip
        largest = max(largest, *(abs(float(left) - float(right)) for left, right in pairs))
    return {"max_abs_diff": largest, "plain_cpu_seconds_per_failure": seconds / firms.size}


def warm_up() -> None:
    """Compile, or load the compiled code."""
    small = generate_firms(50, 200, seed=SEED, n_sectors=5)
    graph = build_firm_graph(small.firms, small.lanes, essentiality=small.essentiality)
    systemic_risk(graph)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--firms", type=int, default=10_000)
    parser.add_argument("--degree", type=float, default=6.0, help="lanes per firm")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--tolerance", type=float, default=CascadeMethod().tolerance)
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/esri.json too")
    chosen = parser.parse_args()
    method, options = CascadeMethod(tolerance=chosen.tolerance), Options(threads=chosen.threads)
    network = generate_firms(chosen.firms, round(chosen.firms * chosen.degree), seed=SEED)
    warm_up()
    wall, cpu = time.perf_counter(), time.process_time()
    graph = build_firm_graph(network.firms, network.lanes, essentiality=network.essentiality)
    found = systemic_risk(graph, method=method, options=options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finish(
        "esri",
        {
            "firms": chosen.firms,
            "lanes": graph.n_lanes,
            "threads": options.n_threads,
            "tolerance": method.tolerance,
            "seconds": round(wall, 3),
            "cpu_seconds": round(cpu, 3),
            "cpu_ms_per_failure": round(1e3 * cpu / chosen.firms, 4),
            "mean_steps": round(float(found.steps.mean()), 2),
            "all_converged": bool(found.converged.all()),
            **compare(network, found, method, chosen.sample),
            "esri_max": float(found.esri.max()),
            "esri_median": float(found.esri.median()),
            "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 3),
        },
    )


if __name__ == "__main__":
    main()
