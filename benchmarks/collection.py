"""A made collection of news: mostly about nothing that matters, the same for the same seed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

ONE_IN = 200
"""One document of this many speaks of the subject."""

PER_FILE = 50_000
N_SENTENCES = 4_000
DAY_SECONDS = 86_400

SUBJECTS = ("The council", "A local club", "The museum", "Her neighbour", "The weather office")
VERBS = ("opened", "repaired", "painted", "visited", "praised", "measured", "closed", "described")
THINGS = ("the old bridge", "a garden", "two libraries", "the river bank", "a school", "the market")
TIMES = ("on Monday", "last week", "in spring", "after the storm", "at noon", "for three days")
TAILS = (
    "and hundreds of people came to see it",
    "while the choir sang in the square",
    "because the roof had leaked since winter",
    "as the mayor had promised a year before",
)
PARTIES = ("China", "The Chinese commerce ministry", "India", "Japan", "Beijing")
ACTS = (
    "{p} granted licences for rare earth magnets to {n} firms in India on {d} October.",
    "{p} said on Thursday that it had suspended its export controls on dysprosium and terbium.",
    "Imports of permanent magnets rose by {n} % to {m} tonnes in September, officials said.",
    "“We have not received any application for {n} tonnes,” the spokesperson said.",
    "Asked whether {p} would lift its curbs on neodymium, the minister said he would not comment.",
    "{p} announced new restrictions on the export of graphite, effective from {d} November.",
)


@lru_cache(maxsize=2)
def sentences(seed: int) -> tuple[str, ...]:
    """Sentences about nothing that matters."""
    rng = random.Random(f"sentences {seed}")
    parts = (SUBJECTS, VERBS, THINGS, TIMES, TAILS)
    return tuple(
        " ".join(rng.choice(part) for part in parts) + f", visitor {rng.randrange(10_000)} noted."
        for _ in range(N_SENTENCES)
    )


def miss_text(number: int, seed: int) -> str:
    """A document that does not speak of the subject."""
    rng = random.Random(number * 1_000_003 + seed)
    known = sentences(seed)
    paragraphs = [" ".join(known[rng.randrange(N_SENTENCES)] for _ in range(4)) for _ in range(3)]
    return f"Report {number}.\n\n" + "\n\n".join(paragraphs)


def article(number: int, seed: int = 1) -> str:
    """A document that speaks of the subject."""
    rng = random.Random(f"article {number} {seed}")
    told = [
        act.format(
            p=rng.choice(PARTIES),
            n=rng.randrange(2, 90),
            m=rng.randrange(100, 9_000),
            d=rng.randrange(1, 30),
        )
        for act in rng.sample(ACTS, 4)
    ]
    filler = sentences(seed)[rng.randrange(N_SENTENCES)]
    first = f"date 2025-10-{rng.randrange(1, 31):02d}\n\nStory {number} of the day. {told[0]}"
    return f"{first}\n\n{told[1]} {filler} {told[2]}\n\n{told[3]}"


def is_hit(number: int) -> bool:
    """Whether a document of the collection speaks of the subject."""
    return number % ONE_IN == 0


def write_collection(folder: Path, n_documents: int, seed: int) -> float:
    """Write the collection as tables; return its megabytes."""
    n_bytes = 0
    for start in range(0, n_documents, PER_FILE):
        with (folder / f"news-{start // PER_FILE:04d}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(start, min(start + PER_FILE, n_documents)):
                text = article(number, seed) if is_hit(number) else miss_text(number, seed)
                row = {"text": text, "url": f"https://news.example/{number}"}
                n_bytes += file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return n_bytes / 1e6


class Watched:
    """A command with the largest memory that it and its children held together."""

    def __init__(self, arguments: list[str]) -> None:
        code = "from coercivity.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.peak_mb = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while self.process.poll() is None:
            self.peak_mb = max(self.peak_mb, _resident(self.process.pid) / 1e6)
            time.sleep(0.1)

    def kill_when(self, is_time: Callable[[], bool]) -> bool:
        """Kill the command at a moment; False if it ended before."""
        while self.process.poll() is None:
            if is_time():
                self.process.send_signal(signal.SIGKILL)
                self.process.communicate()
                return True
            time.sleep(0.02)
        self.process.communicate()
        return False

    def finish(self) -> dict[str, Any]:
        """Wait for the end; return what it printed."""
        out, told = self.process.communicate(timeout=DAY_SECONDS)
        if self.process.returncode != 0:
            raise SystemExit(f"the command failed with {self.process.returncode}: {told[-2000:]}")
        printed: dict[str, Any] = json.loads(out)
        return printed


def _resident(pid: int) -> int:
    """Bytes that a process and its children hold."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        threads = Path(f"/proc/{pid}/task").iterdir()
        for thread in threads:
            children += (thread / "children").read_text().split()
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(c)) for c in set(children))


def measure_store(n_documents: int, *, workers: int, seed: int) -> dict[str, Any]:
    """Take in and read a collection, both killed half way and repeated; count what came out."""
    with tempfile.TemporaryDirectory() as base:
        tables, store, out = (Path(base) / name for name in ("tables", "store", "claims"))
        tables.mkdir()
        megabytes = write_collection(tables, n_documents, seed)
        ingest = ["documents", "ingest", str(tables), "--store", str(store), "--json"]
        read = ["documents", "read", str(store), "--workers", str(workers), "--json"]
        read += ["--out", str(out)]
        taken = _interrupted(ingest, lambda: _n_files(store / "index") >= 1 + n_documents // 10_000)
        done = _interrupted(read, lambda: _n_files(store / "stages") >= 3 + n_documents // 5_000)
        again = Watched(read).finish()
        counted = _counted(store, out, n_documents)
    return {
        "n_documents": n_documents,
        "megabytes": round(megabytes, 1),
        "workers": workers,
        "seed": seed,
        "ingest": taken,
        "read": done,
        "repeat_made": again["made"],
        **counted,
        "complete": counted["lost"] == counted["doubled"] == again["made"] == 0
        and counted["n_stored"] == n_documents,
    }


def _n_files(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*.parquet")) if folder.is_dir() else 0


def _interrupted(arguments: list[str], is_time: Callable[[], bool]) -> dict[str, Any]:
    """Run a command, kill it when it is time, run it again to its end."""
    start = time.perf_counter()
    first = Watched(arguments)
    killed = first.kill_when(is_time)
    second = Watched(arguments)
    told = second.finish()
    return {
        "killed": killed,
        "seconds": round(time.perf_counter() - start, 1),
        "peak_mb": round(max(first.peak_mb, second.peak_mb), 1),
        **{key: value for key, value in told.items() if isinstance(value, int)},
        "problems": len(told["problems"]),
    }


def _counted(store: Path, out: Path, n_documents: int) -> dict[str, Any]:
    """Compare what is in the store and in the claims with what was made."""
    from coercivity.documents.store import DocumentStore

    ids = Counter(row["id"] for row in DocumentStore(store).rows() if not row["is_copy"])
    wanted = {f"https://news.example/{n}" for n in range(n_documents) if is_hit(n)}
    hosts: Counter[str] = Counter()
    claims: Counter[str] = Counter()
    for path in sorted(out.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                claims[row["id"]] += 1
                hosts[row["file"]] += 1
    return {
        "n_stored": len(ids),
        "n_claims": len(claims),
        "n_with_claims": len(hosts),
        "lost": len(wanted) - len(hosts),
        "doubled": sum(n - 1 for n in (*ids.values(), *claims.values())),
    }
