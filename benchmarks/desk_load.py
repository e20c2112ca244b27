"""Many people at the desk at once: waiting times, and whether a draw is ever lost or one too many.

Usage: python -m benchmarks.desk_load [--users 50] [--minutes 5] [--think SECONDS] [--kill]
       [--json] [--keep]

Starts a desk on a PostgreSQL of its own with demo data. Nine of ten users read in the browser's way
(sign in, then queue, cases, licences, statistics), every tenth draws licences down through the API;
between two requests each thinks for an exponential time with the mean given. Readers come to the
office within the first 30 seconds, each at a moment of their own, and sign in first; their sign-ins
are requests like any other and count. One draw in twenty asks for more than any licence has and
must be refused; all others are small draws on licences that hold enough, and one message in four is
sent twice, which must not count twice.

``p95_ms`` is over all requests, from the first arrival on. ``errors`` counts answers of 500 and
above, requests refused to somebody entitled, draws accepted that must be refused, and requests
without an answer while nothing was killed. ``overdrawn`` counts ledger accounts whose entries
exceed what is authorised or do not add up to the totals kept, ``lost`` the draws that were
acknowledged and are not there. With ``--kill`` the worker, the server and PostgreSQL are each
killed and restarted once on the way. While server or PostgreSQL are down, and for five seconds
after they answer again, requests without an answer are ``interrupted`` and no errors; the death of
the worker excuses nothing.
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
ARRIVAL_SECONDS = 30.0
RECOVERY_SECONDS = 5.0
# Below the five seconds after which the server closes a quiet connection: a request sent at that
# very moment would be lost on the way, which proxies and browsers avoid in the same manner.
QUIET_SECONDS = 4.0
# The desk is asked in plain HTTP. A context for each of the clients would be made all the same, at
# a tenth of a second of the cores that the desk is measured on.
TLS = httpx.create_ssl_context()
QUANTITIES = ("0.001", "0.005", "0.02")
TOO_MUCH = "100000000"
# A licence is drawn on from here, in its unit, and left alone below there.
ENOUGH, FLOOR = 1.0, 0.5
TOKEN = """
import django; django.setup()
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.services import issue_token
from coercivity.desk.licensing.models import Licence
from coercivity.desk.licensing.services.ledger import balances_of
from coercivity.desk.licensing.services.reading import state_now
from coercivity.desk.accounts.scope import visible
user = User.objects.get(username="customs")
print(issue_token(user, name="load"))
rows = Licence.objects.select_related("owner").prefetch_related("lines", "conditions")
rows = list(visible(rows, user).filter(posture="native"))
balances = balances_of(rows)
for licence in rows:
    if state_now(licence, balances) == "active":
        for line in licence.lines.all():
            if line.account in balances and balances[line.account].remaining >= {enough}:
                print(licence.reference, line.number, line.unit, sep="\\t")
"""


@dataclass
class Log:
    """What the users saw; appended to from many threads."""

    waits: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    outage_until: float = 0.0
    end: float = 0.0
    name: str = field(default_factory=lambda: f"load-{time.time():.0f}")

    def is_outage(self) -> bool:
        return time.monotonic() < self.outage_until


def ask(log: Log, client: httpx.Client, kind: str, method: str, path: str, **more: Any) -> Any:
    """Make a request and note how long it took; None if there was no answer."""
    begin = time.perf_counter()
    was_outage = log.is_outage()
    try:
        answer = client.request(method, path, **more)
    except httpx.HTTPError as error:
        excused = was_outage or log.is_outage()
        (log.interrupted if excused else log.errors).append(f"{kind} {path}: {error!r}")
        return None
    log.waits.append((kind, time.perf_counter() - begin))
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        excused = was_outage or log.is_outage()
        (log.interrupted if excused else log.errors).append(f"{kind} {path}: {answer.status_code}")
        return None
    return answer


def client_of(desk_url: str, **headers: str) -> httpx.Client:
    """Return a client that keeps its connection, as a browser does."""
    limits = httpx.Limits(keepalive_expiry=QUIET_SECONDS)
    return httpx.Client(
        base_url=desk_url, timeout=TIMEOUT_SECONDS, limits=limits, headers=headers, verify=TLS
    )


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
    name = READERS[number % len(READERS)]
    starts = ["/"] if name == "holder" else ["/", "/", "/statistics"]
    with client_of(desk_url) as client:
        time.sleep(rng.uniform(0.0, ARRIVAL_SECONDS))
        is_in = False
        known = {"/applications": ["/applications"], "/licences": ["/licences"]}
        while time.monotonic() < log.end:
            if not is_in:
                is_in = sign_in(log, client, name)
            time.sleep(rng.expovariate(1.0 / think))
            if not is_in:
                continue
            root = rng.choice(["/applications", "/applications", "/licences"])
            path = rng.choice([rng.choice(starts), root, rng.choice(known[root])])
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
    """One customs gateway: small draws, some messages sent twice, some that ask for too much."""
    rng = random.Random(number)
    with client_of(desk_url, Authorization=f"Bearer {token}") as client:
        sent, usable = 0, list(lines)
        while time.monotonic() < log.end and usable:
            time.sleep(rng.expovariate(1.0 / think))
            chosen = rng.choice(usable)
            licence, line, unit = chosen
            is_too_much = rng.random() < 1 / 20
            body = {
                "line": int(line),
                "quantity": TOO_MUCH if is_too_much else rng.choice(QUANTITIES),
                "unit": unit,
                "reference": f"{log.name}-{number}-{sent}",
                "at": datetime.now(UTC).isoformat(),
            }
            sent += 1
            for _ in range(rng.choice([1, 1, 1, 2])):
                path = f"/api/licences/{licence}/entries"
                answer = ask(log, client, "draw", "POST", path, json=body)
                if answer is None:
                    continue
                note_draw(log, answer, str(body["reference"]), is_too_much=is_too_much)
                if float(answer.json().get("remaining", ENOUGH)) < FLOOR and chosen in usable:
                    usable.remove(chosen)


def note_draw(log: Log, answer: httpx.Response, reference: str, *, is_too_much: bool) -> None:
    """Note what came of a draw; what must be refused and what must not are told apart."""
    is_posted = answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}
    if is_posted:
        log.acknowledged.append(reference)
    elif answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and is_too_much:
        log.refused.append(reference)
    if is_posted == is_too_much:
        log.errors.append(f"draw {reference}: {answer.status_code} {answer.text[:200]}")


def disturb(log: Log, running: Desk, server: Any, seconds: float) -> None:
    """Kill the worker, the server and PostgreSQL, a quarter of the time apart."""
    for what in ("worker", "server", "postgres"):
        time.sleep(seconds / 4)
        if what == "worker":
            running.kill(what)
            running.start(what)
            continue
        log.outage_until = float("inf")
        if what == "postgres":
            restart(server)
        else:
            running.kill(what)
            running.start(what)
        running.wait()
        log.outage_until = time.monotonic() + RECOVERY_SECONDS


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
    seconds = chosen.minutes * 60
    token, *rows = asker.run("-c", TOKEN.format(enough=ENOUGH)).strip().split("\n")
    lines = [row.split("\t") for row in rows]
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
            "interrupted": len(log.interrupted),
            "draws_acknowledged": len(set(log.acknowledged)),
            "draws_refused": len(set(log.refused)),
            "overdrawn": overdrawn,
            "lost": lost,
        },
    )


if __name__ == "__main__":
    main()
