"""Draw the kept results of the benchmarks and write docs/explanation/benchmarks.md.

Usage: python tools/draw_benchmarks.py [--check]

With ``--check`` nothing is written; the exit code says whether the page and its pictures are those
of the results. Numbers come from benchmarks/results alone, none is typed here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from coercivity.figures.figure import INK, draw
from coercivity.figures.grammar import Spec, category, field, layered, mark, records

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
PICTURES = ROOT / "docs" / "images" / "benchmarks"

HEAD = """# Benchmarks

Each benchmark runs alone from a set-up checkout, prints one JSON object, and with `--keep` writes
it to `benchmarks/results/`; `make bench` runs them all. This page and its pictures are made from
those files by `tools/draw_benchmarks.py`. A ratio to a peer, or to the bandwidth floor, is of one
run; timings on shared machines scatter by a third, so compare ratios rather than seconds.
"""


def load() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def lines(rows: list[dict[str, Any]], x: str, y: str, series: str, *, titles: Any) -> Spec:
    """Lines with points over two logarithmic axes."""
    table = pd.DataFrame(rows)
    names = list(dict.fromkeys(table[series]))
    log = {"type": "log", "nice": False}
    axis = {"format": "~s", "tickCount": 4}
    shared = {
        "x": field(x, scale=log, axis={"title": titles[0], **axis}),
        "y": field(y, scale=log, axis={"title": titles[1], **axis}),
        "stroke": category(series, names, [INK["main"], INK["second"]], legend={"columns": 2}),
        "strokeDash": category(series, names, [[1, 0], [7, 3]], legend={"columns": 2}),
    }
    layers = [
        mark("line", {}, strokeWidth=2),
        mark("point", {}, filled=False, size=50, opacity=1),
    ]
    return layered(records(table, x, y, series), layers, shared=shared, width=320, height=180)


def firms_picture(found: dict[str, Any]) -> tuple[str, str] | None:
    runs = [*found.get("smaller", ()), found]
    if len(runs) < 2:
        return None
    rows = []
    for run in runs:
        floor = 1e3 * run["floor_seconds"] / run["days"]
        rows.append({"lanes": run["lanes"], "ms": run["ms_per_day"], "what": "a simulated day"})
        rows.append({"lanes": run["lanes"], "ms": floor, "what": "bandwidth floor"})
    chart = lines(rows, "lanes", "ms", "what", titles=("lanes", "milliseconds a day"))
    text = "; ".join(f"{r['lanes']:,} lanes, {r['what']}: {r['ms']:.3g} ms" for r in rows)
    title = "Time of a simulated day against size, beside the bandwidth floor"
    return title, draw("firms", chart, title=title, alt=text, table=pd.DataFrame(rows)).svg


def ensemble_picture(found: dict[str, Any]) -> tuple[str, str] | None:
    runs = [*found.get("cost_against_size", ()), found]
    if len(runs) < 2:
        return None
    rows = [
        {
            "member-days": run["members"] * run["days"],
            "seconds": run["seconds"],
            "what": f"{run['days']} days" if run["days"] == found["days"] else "shorter runs",
        }
        for run in runs
    ]
    rows.sort(key=lambda row: (row["what"], row["member-days"]))
    chart = lines(rows, "member-days", "seconds", "what", titles=("member-days", "seconds"))
    text = "; ".join(f"{r['member-days']:,} member-days: {r['seconds']:.3g} s" for r in rows)
    title = "Time of an ensemble against members times days"
    return title, draw("ensemble", chart, title=title, alt=text, table=pd.DataFrame(rows)).svg


PICTURED = {"firms": firms_picture, "ensemble": ensemble_picture}


def cells(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Flatten a result to names and words."""
    if isinstance(value, dict):
        return [
            cell
            for key, part in value.items()
            for cell in cells(part, f"{name}.{key}" if name else key)
        ]
    if isinstance(value, list):
        if any(isinstance(part, dict) for part in value):
            return [cell for at, part in enumerate(value) for cell in cells(part, f"{name}[{at}]")]
        return [(name, ", ".join(words(part) for part in value) or "none")]
    return [(name, words(value))]


def words(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def section(name: str, found: dict[str, Any]) -> tuple[str, dict[Path, str]]:
    machine = found["machine"]
    text = [
        f"\n## {name}\n",
        f"{found['measured_on']}; {machine['cores']} cores, {machine['cpu']}, "
        f"{machine['memory_gb']} GB, Python {machine['python']}.\n",
    ]
    pictures: dict[Path, str] = {}
    made = PICTURED[name](found) if name in PICTURED else None
    if made is not None:
        title, svg = made
        pictures[PICTURES / f"{name}.svg"] = svg + "\n"
        text.append(f"![{title}](../images/benchmarks/{name}.svg)\n")
    text += ["| figure | value |", "|---|---|"]
    body = {k: v for k, v in found.items() if k not in {"benchmark", "measured_on", "machine"}}
    text += [f"| `{key}` | {value} |" for key, value in cells(body)]
    return "\n".join(text) + "\n", pictures


def main() -> None:
    page, files = [HEAD], {}
    for name, found in load().items():
        text, pictures = section(name, found)
        page.append(text)
        files.update(pictures)
    files[PAGE] = "".join(page)
    stale = [p for p, text in files.items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not that of the results")
        sys.exit(1 if stale else 0)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(files[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
