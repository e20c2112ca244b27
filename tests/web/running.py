"""What tests of runs share: the small pack in the desk, a job, workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from coercivity.desk.accounts.models import User
from coercivity.desk.runs.models import Job
from coercivity.desk.runs.services.asking import ask
from coercivity.desk.runs.simulating import SCENARIOS

HERE = Path(__file__).parent


def parameters(**changes: Any) -> dict[str, Any]:
    values = {"pack": "lamps", "scenarios": ["closed"], "members": 80, "seed": 3}
    return {**values, "held": {}, **changes}


def asked(user: User, **changes: Any) -> Job:
    return ask(actor=user, kind=SCENARIOS, title="Closed", parameters=parameters(**changes))


def until(test: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def start_worker(folder: Path, *, lease: float = 1.5, slow: float = 0.4) -> subprocess.Popen[str]:
    """Start a worker on the test's database."""
    from django.db import connections

    named = connections["default"].settings_dict
    url = f"sqlite:///{named['NAME']}"
    if connection.vendor == "postgresql":
        url = os.environ["DESK_TEST_DATABASE_URL"].rpartition("/")[0] + f"/{named['NAME']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "coercivity.desk.settings_for_checks",
        "DESK_TEST_DATABASE_URL": url,
        "DESK_HOME": str(settings.DESK_HOME),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, HERE / "worker_process.py", folder, str(lease), str(slow)],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


@contextmanager
def emptying_append_only_tables() -> Iterator[None]:
    """Let the clean-up after tests with real transactions empty tables that refuse it."""
    clean_up = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        with _without_triggers():
            clean_up(case)

    TransactionTestCase._fixture_teardown = teardown
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = clean_up


@contextmanager
def _without_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = origin")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)
