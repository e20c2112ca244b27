"""Machine description and the file a result is kept in."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def machine() -> dict[str, Any]:
    """Describe the machine as far as the numbers depend on it."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": model,
        "memory_gb": round(pages / 1e9, 1),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
    }


def stolen_seconds() -> float | None:
    """Seconds of all cores that the host gave to others since the start; None if not told."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    ticks = stat.read_text().split("\n", 1)[0].split()
    return int(ticks[8]) / os.sysconf("SC_CLK_TCK")


_BEGAN = (time.perf_counter(), stolen_seconds())


def stolen_share() -> float | None:
    """Share of the cores' time that the host took away since the benchmark began."""
    began, before = _BEGAN
    now = stolen_seconds()
    if before is None or now is None:
        return None
    return round((now - before) / ((time.perf_counter() - began) * (os.cpu_count() or 1)), 3)


def finish(name: str, result: dict[str, Any]) -> None:
    """Print the result as one JSON object; with ``--keep`` write it to results/NAME.json too."""
    kept = {
        "benchmark": name,
        "measured_on": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "stolen_share": stolen_share(),
        **result,
    }
    if "--keep" in sys.argv:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    print(json.dumps(kept))
