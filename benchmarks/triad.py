"""Memory bandwidth of this machine: the STREAM triad, a = b + s·c, on two threads.

Usage: python -m benchmarks.triad [--threads N] [--megabytes M] [--json] [--keep]

Counts 24 bytes per row in double precision, as STREAM does; a write-allocate is not counted.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit

from benchmarks.record import finish

REPEATS = 8


@njit(nogil=True, error_model="numpy")
def triad(a: Any, b: Any, c: Any, factor: float) -> None:
    for i in range(a.size):
        a[i] = b[i] + factor * c[i]


def measure(threads: int, megabytes: int) -> float:
    """Return the best of several runs, GB/s; each of three arrays has `megabytes`."""
    n = megabytes * 1_000_000 // 8
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    cuts = np.linspace(0, n, threads + 1).astype(int)
    pieces = [slice(first, end) for first, end in pairwise(cuts)]
    triad(a[:8], b[:8], c[:8], 3.0)
    best = np.inf
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(REPEATS):
            start = time.perf_counter()
            jobs = [pool.submit(triad, a[p], b[p], c[p], 3.0) for p in pieces]
            for job in jobs:
                job.result()
            best = min(best, time.perf_counter() - start)
    return 24e-9 * n / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--megabytes", type=int, default=400, help="of each of three arrays")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/triad.json too")
    chosen = parser.parse_args()
    gb_per_s = measure(chosen.threads, chosen.megabytes)
    finish(
        "triad",
        {
            "threads": chosen.threads,
            "megabytes_per_array": chosen.megabytes,
            "gb_per_s": round(gb_per_s, 2),
        },
    )


if __name__ == "__main__":
    main()
