"""The officers' queue with very many applications: time and queries of a page.

Usage: python -m benchmarks.desk_queue [--applications 100000] [--repeat 20] [--json] [--keep]

Fills a desk on a PostgreSQL of its own with copies of the demo's applications and opens the queue
as an officer does: first page, facets, another order, a page far back, a search. ``p95_ms`` is over
all of them, ``queries`` the most that one page took.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.desk_server import PASSWORD, database_url, postgres
from benchmarks.record import finish

BATCH = 2000


def fill(wanted: int) -> None:
    """Copy the demo's submitted applications with their lines and changes, in all their states."""
    from datetime import timedelta

    from coercivity.desk.licensing.models import Application, ApplicationLine, StateChange

    rows = list(
        Application.objects.filter(submitted_on__isnull=False)
        .prefetch_related("lines", "changes")
        .order_by("id")
    )
    made = Application.objects.count()
    number = 0
    while made < wanted:
        batch, models = [], []
        for _ in range(min(BATCH, wanted - made)):
            model = rows[number % len(rows)]
            copy = _copy(model, reference=f"LOAD-{number:07d}")
            copy.submitted_on += timedelta(minutes=number % 500_000)
            batch.append(copy)
            models.append(model)
            number += 1
        Application.objects.bulk_create(batch)
        pairs = list(zip(batch, models, strict=True))
        for kind, name in ((ApplicationLine, "lines"), (StateChange, "changes")):
            kind.objects.bulk_create(
                _copy(part, application_id=copy.id)
                for copy, model in pairs
                for part in getattr(model, name).all()
            )
        made += len(batch)


def _copy(row: Any, **changed: Any) -> Any:
    fields = [f for f in row._meta.concrete_fields if not f.primary_key]
    return type(row)(**{f.attname: getattr(row, f.attname) for f in fields} | changed)


def addresses(pages: int) -> list[str]:
    """Addresses of the queue that an officer opens: facets, orders, searches, a page far back."""
    return [
        "/applications",
        "/applications.json",
        "/applications?order=oldest",
        "/applications?state=in_review",
        "/applications?state=in_review&state=consulting&order=oldest",
        "/applications?state=approved&kind=individual",
        "/applications?q=LOAD-0000042",
        "/applications?q=magnets",
        "/applications?page=2",
        f"/applications?page={pages}",
    ]


def measure(client: Any, paths: list[str], repeat: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    waits: dict[str, list[float]] = {}
    queries: dict[str, int] = {}
    for path in paths:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        queries[path] = len(captured)
        for _ in range(repeat):
            begin = time.perf_counter()
            client.get(path)
            waits.setdefault(path, []).append(1e3 * (time.perf_counter() - begin))
    every = [wait for path in paths for wait in waits[path]]
    slowest = max(paths, key=lambda path: float(np.median(waits[path])))
    return {
        "pages": len(paths),
        "p50_ms": round(float(np.quantile(every, 0.5)), 1),
        "p95_ms": round(float(np.quantile(every, 0.95)), 1),
        "queries": max(queries.values()),
        "slowest": slowest,
        "slowest_ms": round(float(np.median(waits[slowest])), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applications", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/desk_queue.json too")
    chosen = parser.parse_args()
    with postgres() as server, tempfile.TemporaryDirectory() as home:
        os.environ.update(
            DATABASE_URL=database_url(server, "desk"), DESK_MODE="demo", DESK_HOME=home,
            DESK_DEMO_PASSWORD=PASSWORD, DESK_HOSTS="testserver",
            DJANGO_SETTINGS_MODULE="coercivity.desk.settings",
        )  # fmt: skip
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client

        from coercivity.desk.accounts.models import User

        call_command("migrate", verbosity=0, interactive=False)
        with Path(os.devnull).open("w") as nowhere:
            call_command("demo_data", stdout=nowhere)
        begin = time.perf_counter()
        fill(chosen.applications)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        filling = time.perf_counter() - begin
        client = Client()
        client.force_login(
            User.objects.get(username="officer"),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        found = measure(client, addresses(chosen.applications // 100), chosen.repeat)
        connection.close()
    finish(
        "desk_queue",
        {
            "applications": chosen.applications,
            "database": "PostgreSQL",
            "fill_seconds": round(filling, 1),
            **found,
        },
    )


if __name__ == "__main__":
    main()
