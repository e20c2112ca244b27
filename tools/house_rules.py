"""Rules of the house that no linter knows: sizes, names of files, rooms, cost of import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "coercivity"
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 80
NAMELESS = {"utils", "helpers", "common", "misc"}
ROOMS = {
    "brief", "catalogue", "claims", "cli", "controls", "desk", "documents", "engine", "events",
    "experiments", "figures", "licences", "network", "packs", "results",
}  # fmt: skip
HEAVY = ("numba", "django", "spacy")
MAX_IMPORT_SECONDS = 0.3


def module_problems(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT)
    text = path.read_text("utf-8")
    n_lines = text.count("\n")
    # A migration is one list that Django writes; it is not read as a module.
    if n_lines > MAX_MODULE_LINES and path.parent.name != "migrations":
        yield f"{name}: {n_lines} lines (over {MAX_MODULE_LINES})"
    if path.stem in NAMELESS:
        yield f"{name}: a file without a subject"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines"
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield f"{name}:{number}: an open note; write a decision or do it"


def room_problems() -> Iterator[str]:
    for path in SOURCE.iterdir():
        if path.is_dir() and path.name not in ROOMS and path.name != "__pycache__":
            yield f"{path.relative_to(ROOT)}: not a room of the house"
    for path in (SOURCE / "packs").rglob("*.py"):
        yield f"{path.relative_to(ROOT)}: packs hold data only"


def import_problems() -> Iterator[str]:
    code = (
        "import sys, time; start = time.perf_counter(); import coercivity;"
        "print(time.perf_counter() - start, *[m for m in sys.modules])"
    )
    best = 9.0
    for _ in range(3):
        printed = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        ).stdout.split()
        best = min(best, float(printed[0]))
        loaded = set(printed[1:]) & set(HEAVY)
        if loaded:
            yield f"import coercivity loads {', '.join(sorted(loaded))}"
            return
        time.sleep(0.05)
    if best > MAX_IMPORT_SECONDS:
        yield f"import coercivity takes {best:.2f} s (over {MAX_IMPORT_SECONDS})"


def main() -> int:
    problems = list(room_problems())
    for path in sorted(SOURCE.rglob("*.py")):
        problems += module_problems(path)
    problems += import_problems()
    print("\n".join(problems) or "house rules hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
