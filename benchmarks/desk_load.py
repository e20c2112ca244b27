"""Many people at the desk at once: waiting times, and whether a draw is ever lost or one too many.

Usage: python -m benchmarks.desk_load [--users 50] [--minutes 5] [--think SECONDS] [--kill]
       [--json] [--keep]

Starts a desk on a PostgreSQL of its own with demo data. Nine of ten users read in the browser's way
(sign in, then queue, cases, licences, statistics), every tenth draws licences down through the API;
between two requests each thinks for an exponential time with the mean given. ``p95_ms`` is over all
requests, ``errors`` counts answers of 500 and above, requests refused to somebody entitled, and
requests without an answer while nothing was killed. ``overdrawn`` counts ledger accounts whose
entries exceed what is authorised or do not add up to the totals kept, ``lost`` the draws that were
acknowledged and are not there. With ``--kill`` the server, the worker and PostgreSQL are each
killed and restarted once on the way; requests without an answer meanwhile are ``interrupted``.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.desk_server import PASSWORD, Desk, database_url, desk, postgres, restart
from benchmarks.record import finish

READERS = ("officer", "adviser", "chemist", "decider", "countersigner", "auditor", "holder")
TIMEOUT_SECONDS = 30.0
OUTAGE_SECONDS = 20.0
TOKEN = """
import django; django.setup()
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.services import issue_token
from coercivity.desk.licensing.models import Licence
from coercivity.desk.accounts.scope import visible
user = User.objects.get(username="customs")
print(issue_token(user, name="load"))
rows = visible(Licence.objects.prefetch_related("lines"), user)
for licence in rows.filter(state="active", posture="native"):
    for line in licence.lines.all():
        if line.authorised is not None:
            print(licence.reference, line.number, line.unit, sep="\\t")
"""


@dataclass
class Log:
    """What the users saw; appended to from many threads."""

    waits: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    interrupted: int = 0
    refused: int = 0
    acknowledged: list[str] = field(default_factory=list)
    outage_until: float = 0.0
    end: float = 0.0

    def is_outage(self) -> bool:
        return time.monotonic() < self.outage_until


def ask(log: Log, client: httpx.Client, kind: str, method: str, path: str, **more: Any) -> Any:
    """Make a request and note how long it took; None if there was no answer."""
    begin = time.perf_counter()
    was_outage = log.is_outage()
    try:
        answer = client.request(method, path, **more)
    except httpx.HTTPError as error:
        if was_outage or log.is_outage():
            log.interrupted += 1
        else:
            log.errors.append(f"{kind} {path}: {type(error).__name__}")
        return None
    log.waits.append((kind, time.perf_counter() - begin))
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        if was_outage or log.is_outage():
            log.interrupted += 1
        else:
            log.errors.append(f"{kind} {path}: {answer.status_code}")
        return None
    return answer


def sign_in(log: Log, client: httpx.Client, name: str) -> bool:
    page = ask(log, client, "sign in", "GET", "/sign-in")
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text) if page else None
    if found is None:
        return False
    body = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": found.group(1)}
    answer = ask(log, client, "sign in", "POST", "/sign-in", data=body)
    if answer is None or answer.status_code != httpx.codes.FOUND:
        if answer is not None:
            log.errors.append(f"sign in of {name}: {answer.status_code}")
        return False
    return True


def read(log: Log, desk_url: str, number: int, think: float) -> None:
    """One reader: pages as somebody in the office would open them."""
    rng = random.Random(number)
    with httpx.Client(base_url=desk_url, timeout=TIMEOUT_SECONDS) as client:
        is_in = False
        known = {"/applications": ["/applications"], "/licences": ["/licences"]}
        while time.monotonic() < log.end:
            time.sleep(rng.expovariate(1.0 / think))
            if not is_in:
                is_in = sign_in(log, client, READERS[number % len(READERS)])
                continue
            root = rng.choice(["/applications", "/applications", "/licences"])
            path = rng.choice(["/", root, rng.choice(known[root])])
            answer = ask(log, client, "page", "GET", path)
            if answer is None:
                continue
            if answer.status_code != httpx.codes.OK:
                log.errors.append(f"page {path}: {answer.status_code}")
            links = re.findall(r'href="(/(?:applications|licences)/[^"/?#]+)"', answer.text)
            for link in links:
                kind = "/applications" if link.startswith("/applications") else "/licences"
                # Links to acts depend on the state; cases and licences are what has a number.
                if re.search(r"\d", link) and link not in known[kind]:
                    known[kind].append(link)


def draw(
    log: Log, desk_url: str, number: int, think: float, token: str, lines: list[list[str]]
) -> None:
    """One customs gateway: small draws, some messages sent twice."""
    rng = random.Random(number)
    head = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=desk_url, timeout=TIMEOUT_SECONDS, headers=head) as client:
        sent = 0
        while time.monotonic() < log.end:
            time.sleep(rng.expovariate(1.0 / think))
            licence, line, unit = rng.choice(lines)
            reference = f"load-{number}-{sent}"
            sent += 1
            body = {
                "line": int(line),
                "quantity": str(rng.choice(["0.001", "0.01", "0.5"])),
                "unit": unit,
                "reference": reference,
                "at": datetime.now(UTC).isoformat(),
            }
            for _ in range(rng.choice([1, 1, 1, 2])):
                answer = ask(
                    log, client, "draw", "POST", f"/api/licences/{licence}/entries", json=body
                )
                if answer is None:
                    continue
                if answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}:
                    log.acknowledged.append(reference)
                elif answer.status_code in {409, 422}:
                    log.refused += 1
                else:
                    log.errors.append(f"draw {licence}: {answer.status_code} {answer.text[:200]}")


def disturb(log: Log, running: Desk, server: Any, seconds: float) -> None:
    """Kill the worker, the server and PostgreSQL, a quarter of the time apart."""
    for what in ("worker", "server", "postgres"):
        time.sleep(seconds / 4)
        log.outage_until = time.monotonic() + OUTAGE_SECONDS
        if what == "postgres":
            restart(server)
        else:
            running.kill(what)
            running.start(what)


def audit(url: str, acknowledged: list[str]) -> tuple[int, int]:
    """Return accounts that are wrong, and acknowledged draws that are not there."""
    import psycopg

    from coercivity.licences.ledger import sum_entries
    from coercivity.licences.sql_open import open_store

    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute("SELECT id FROM ledger_account")]
        kept = {row[0] for row in connection.execute("SELECT reference FROM ledger_entry")}
    store = open_store(url)
    wrong = 0
    for name in names:
        total = sum_entries(store.account(name), store.entries(name))
        wrong += total != store.balance(name) or total.remaining < 0
    return wrong, len(set(acknowledged) - kept)


def load(running: Desk, server: Any, chosen: argparse.Namespace) -> Log:
    """Let the users work, and return what they saw."""
    environment = {**running.environment, "DJANGO_SETTINGS_MODULE": "coercivity.desk.settings"}
    asker = Desk(running.url, environment)
    token, *rows = asker.run("-c", TOKEN).strip().split("\n")
    lines = [row.split("\t") for row in rows]
    seconds = chosen.minutes * 60
    log = Log(end=time.monotonic() + seconds)
    threads = []
    for number in range(chosen.users):
        if number % 10 == 0:
            words: tuple[Any, ...] = (log, running.url, number, chosen.think, token, lines)
            threads.append(threading.Thread(target=draw, args=words))
        else:
            threads.append(
                threading.Thread(target=read, args=(log, running.url, number, chosen.think))
            )
    for thread in threads:
        thread.start()
    if chosen.kill:
        disturb(log, running, server, seconds)
    for thread in threads:
        thread.join()
    return log


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--think", type=float, default=2.0, help="mean seconds between requests")
    parser.add_argument("--kill", action="store_true", help="kill and restart on the way")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/desk_load.json too")
    chosen = parser.parse_args()
    with postgres() as server, tempfile.TemporaryDirectory() as home:
        with desk(Path(home), database_url(server, "desk")) as running:
            log = load(running, server, chosen)
        overdrawn, lost = audit(server.url("desk"), log.acknowledged)
    waits = np.array([wait for _, wait in log.waits]) * 1e3
    by_kind = {
        kind: round(float(np.quantile([1e3 * w for k, w in log.waits if k == kind], 0.95)), 1)
        for kind in sorted({kind for kind, _ in log.waits})
    }
    finish(
        "desk_load_killed" if chosen.kill else "desk_load",
        {
            "users": chosen.users,
            "minutes": chosen.minutes,
            "think_seconds": chosen.think,
            "killed": chosen.kill,
            "requests": len(waits),
            "requests_per_s": round(len(waits) / (60 * chosen.minutes), 2),
            "p50_ms": round(float(np.quantile(waits, 0.5)), 1),
            "p95_ms": round(float(np.quantile(waits, 0.95)), 1),
            "max_ms": round(float(waits.max()), 1),
            "p95_ms_by_kind": by_kind,
            "errors": len(log.errors),
            "first_errors": log.errors[:5],
            "interrupted": log.interrupted,
            "draws_acknowledged": len(set(log.acknowledged)),
            "draws_refused": log.refused,
            "overdrawn": overdrawn,
            "lost": lost,
        },
    )


if __name__ == "__main__":
    main()
