"""Time and memory of `coercivity brief`, run as its users run it: a fresh process, warm caches.

Python's byte code is compiled, as an installation leaves it, and PYTHONDONTWRITEBYTECODE is unset.

Usage: python -m benchmarks.brief [--json] [--keep]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from benchmarks.record import finish

ROOT = Path(__file__).resolve().parent.parent
N_RUNS = 2


def run_once(arguments: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak resident gigabytes of one process."""
    code = (
        "import resource, sys; from coercivity.cli import main\n"
        "try:\n    main()\n"
        "finally:\n"
        "    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN\n"
        "    print('PEAK', *(resource.getrusage(who).ru_maxrss for who in both), file=sys.stderr)\n"
    )
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    seconds = time.perf_counter() - start
    peak = next(line for line in done.stderr.splitlines() if line.startswith("PEAK"))
    # The process that reads the documents has gone before this one is largest; adding both peaks
    # is an upper bound.
    return seconds, sum(float(part) for part in peak.split()[1:]) * 1024 / 1e9


def compile_bytecode() -> None:
    """Compile the package: what was edited since it was installed is not compiled yet."""
    folder = Path(find_spec("coercivity").submodule_search_locations[0])
    compiling = [sys.executable, "-m", "compileall", "-qq", "-j", "0", str(folder)]
    subprocess.run(compiling, check=False, stdout=subprocess.DEVNULL)


def main() -> None:
    arguments = ["brief", "--as-of", "2025-10-31"]
    seeds = ROOT.parent / "shared" / "seeds"
    if seeds.is_dir():
        arguments += ["--documents", str(seeds)]
    compile_bytecode()
    with tempfile.TemporaryDirectory() as folder:
        arguments += ["--out", folder]
        first, _ = run_once(arguments)
        runs = [run_once(arguments) for _ in range(N_RUNS)]
    finish(
        "brief",
        {
            "documents": "two seed articles" if seeds.is_dir() else "the pack's own notes",
            "bytecode": "compiled",
            "first_seconds": round(first, 2),
            "seconds": round(min(seconds for seconds, _ in runs), 2),
            "all_seconds": [round(seconds, 2) for seconds, _ in runs],
            "peak_gb": round(max(peak for _, peak in runs), 3),
        },
    )


if __name__ == "__main__":
    main()
