"""Time and memory of `coercivity brief`, run as its users run it: a fresh process, warm caches.

Usage: python -m benchmarks.brief [--json] [--keep]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import finish

ROOT = Path(__file__).resolve().parent.parent
N_RUNS = 2


def run_once(arguments: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak resident gigabytes of one process."""
    code = (
        "import resource, sys; from coercivity.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    print('PEAK', peak, file=sys.stderr)\n"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    peak = next(line for line in done.stderr.splitlines() if line.startswith("PEAK"))
    return seconds, float(peak.split()[1]) * 1024 / 1e9


def main() -> None:
    arguments = ["brief", "--as-of", "2025-10-31"]
    seeds = ROOT.parent / "shared" / "seeds"
    if seeds.is_dir():
        arguments += ["--documents", str(seeds)]
    with tempfile.TemporaryDirectory() as folder:
        arguments += ["--out", folder]
        first, _ = run_once(arguments)
        runs = [run_once(arguments) for _ in range(N_RUNS)]
    finish(
        "brief",
        {
            "documents": "two seed articles" if seeds.is_dir() else "the pack's own notes",
            "first_seconds": round(first, 2),
            "seconds": round(min(seconds for seconds, _ in runs), 2),
            "all_seconds": [round(seconds, 2) for seconds, _ in runs],
            "peak_gb": round(max(peak for _, peak in runs), 3),
        },
    )


if __name__ == "__main__":
    main()
