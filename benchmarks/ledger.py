"""Draws per second from the ledger in PostgreSQL (fsync on) and in SQLite, by many writers at once.

Usage: python -m benchmarks.ledger [--writers W] [--seconds S] [--repeat R] [--licences N]
       [--json] [--keep]

``spread_tps`` draws from a licence chosen at random out of N, ``hot_tps`` always from the same one;
each writer is a process with a connection of its own, and each draw a transaction of its own. The
fastest of R rounds counts, because others may use the machine. A third, scarce licence holds less
than is asked for, so that draws are refused. ``overdrawn`` counts accounts whose entries exceed
what is authorised or do not add up to the totals kept, ``lost`` the draws that were acknowledged
and are not there, in all rounds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.record import finish
from coercivity.licences import EntryKind, Ledger, LedgerAccount, LedgerEntry, OverdrawError
from coercivity.licences.ledger import sum_entries
from coercivity.licences.sql_open import open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
DAY = date(2025, 3, 1)
ISSUER = "authority"
ENOUGH = Decimal(1_000_000)


def account(name: str, authorised: Decimal) -> LedgerAccount:
    return LedgerAccount(name, ISSUER, "kg", authorised, date(2025, 1, 1))


def draw_until(
    prefix: str, url: str, names: list[str], ready: Any, until: Any, results: Any
) -> None:
    """Draw as fast as it goes; tell what was acknowledged, what refused, and how long it took."""
    ledger, rng = Ledger(open_store(url)), random.Random(prefix)
    acknowledged: list[str] = []
    waits: list[float] = []
    refused = 0
    ready.wait()
    end, cpu = until.value, time.process_time()
    while (begin := time.perf_counter()) < end:
        reference = f"{prefix}-{len(acknowledged) + refused}"
        entry = LedgerEntry(rng.choice(names), EntryKind.DRAW, Decimal("0.5"), "kg", reference, DAY)
        try:
            ledger.post(entry)
            acknowledged.append(reference)
        except OverdrawError:
            refused += 1
        waits.append(time.perf_counter() - begin)
    results.put((acknowledged, refused, waits, time.process_time() - cpu))


def one_round(url: str, names: list[str], writers: int, seconds: float, number: int) -> list[Any]:
    """Let the writers draw for some seconds; return what each of them told."""
    context = multiprocessing.get_context("fork")
    until, results = context.Value("d", 0.0), context.Queue()

    def set_end() -> None:
        until.value = time.perf_counter() + seconds

    ready = context.Barrier(writers, action=set_end)
    started = [
        context.Process(
            target=draw_until, args=(f"{number}-{n}", url, names, ready, until, results)
        )
        for n in range(writers)
    ]
    for process in started:
        process.start()
    told = [results.get() for _ in started]
    for process in started:
        process.join()
    return told


def measure(
    url: str,
    names: list[str],
    chosen: argparse.Namespace,
    *,
    authorised: Decimal = ENOUGH,
) -> dict[str, Any]:
    """Run some rounds and check the ledger afterwards; the fastest round counts."""
    store = open_store(url)
    store.open_all([account(name, authorised) for name in names])
    acknowledged: set[str] = set()
    rows = []
    for number in range(chosen.repeat):
        told = one_round(url, names, chosen.writers, chosen.seconds, number)
        drawn = {reference for references, *_ in told for reference in references}
        waits = sorted(wait for _, _, some, _ in told for wait in some)
        acknowledged |= drawn
        rows.append(
            {
                "tps": round(len(drawn) / chosen.seconds, 1),
                "refused": sum(refused for _, refused, *_ in told),
                "p50_ms": round(1e3 * waits[len(waits) // 2], 2),
                "p99_ms": round(1e3 * waits[int(len(waits) * 0.99)], 2),
                "client_cpu_ms": round(1e3 * sum(cpu for *_, cpu in told) / len(waits), 3),
            }
        )
    overdrawn, found = check(store, names)
    best = max(rows, key=lambda row: row["tps"])
    return {
        **best,
        "all_tps": [row["tps"] for row in rows],
        "overdrawn": overdrawn,
        "lost": len(acknowledged - found),
        "not_acknowledged": len(found - acknowledged),
    }


def check(store: Any, names: list[str]) -> tuple[int, set[str]]:
    """Return the number of accounts that do not add up, and every reference that is there."""
    overdrawn, found = 0, set()
    for name in names:
        statement = store.statement(name)
        found |= {entry.reference for entry in statement.entries}
        summed = sum_entries(statement.account, statement.entries)
        overdrawn += summed.remaining < 0 or summed != statement.balance
    return overdrawn, found


def rounds(url: Callable[[str], str], chosen: argparse.Namespace) -> dict[str, dict[str, Any]]:
    spread = [f"l{n:05d}" for n in range(chosen.licences)]
    return {
        "spread": measure(url("spread"), spread, chosen),
        "hot": measure(url("hot"), ["hot"], chosen),
        # Little is authorised here, so that the writers fight for the last of it.
        "scarce": measure(url("scarce"), ["scarce"], chosen, authorised=Decimal(50)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=4.0, help="of a round")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the fastest counts")
    parser.add_argument("--licences", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/ledger.json too")
    chosen = parser.parse_args()
    from support.postgres import start

    server = start()
    try:
        import psycopg

        with psycopg.connect(server.url(), autocommit=True) as connection:
            for name in ("spread", "hot", "scarce"):
                connection.execute(f"CREATE DATABASE {name}")
            version = connection.info.parameter_status("server_version")
            fsync = connection.execute("SHOW fsync").fetchone()
        postgresql = rounds(server.url, chosen)
    finally:
        server.stop()
    with tempfile.TemporaryDirectory() as folder:
        sqlite = rounds(lambda name: f"{folder}/{name}.db", chosen)
    both = [*postgresql.values(), *sqlite.values()]
    finish(
        "ledger",
        {
            "writers": chosen.writers,
            "licences": chosen.licences,
            "seconds": chosen.seconds,
            "rounds": chosen.repeat,
            "postgresql_version": version,
            "fsync": fsync[0] if fsync else "",
            "spread_tps": postgresql["spread"]["tps"],
            "hot_tps": postgresql["hot"]["tps"],
            "sqlite_spread_tps": sqlite["spread"]["tps"],
            "sqlite_hot_tps": sqlite["hot"]["tps"],
            "overdrawn": sum(row["overdrawn"] for row in both),
            "lost": sum(row["lost"] for row in both),
            "postgresql": postgresql,
            "sqlite": sqlite,
        },
    )


if __name__ == "__main__":
    main()
