"""A desk that runs beside the tests: its own processes, database, folder and demo data."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browser.small_demo import SESSIONS

TESTS = Path(__file__).resolve().parent.parent
PASSWORD = "only for a throwaway desk"
START_SECONDS = 120.0
STOP_SECONDS = 20.0
# What another test module, or the person who runs the tests, may have set for a desk of its own.
_OWN = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY")


@dataclass
class LiveDesk:
    """A running desk.

    Parameters
    ----------
    address : str
        Such as ``http://127.0.0.1:40001``.
    home : Path
        Its folder; ``server.log`` is there.
    environment : dict
        Of its processes.
    states : dict
        What a browser needs to be somebody: cookies by username.
    """

    address: str
    home: Path
    environment: dict[str, str]
    states: dict[str, Any] = field(default_factory=dict)

    def run(self, *command: str) -> str:
        """Run a Python command in the environment of the desk."""
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Let one worker work on the jobs."""
        with _process(self, "worker", "-m", "coercivity.desk", "worker", "--count", "1"):
            yield


def environment(home: Path, database_url: str = "") -> dict[str, str]:
    """Return the environment of a desk in a folder, on SQLite unless a database is given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _OWN and not name.startswith("DESK_")
    }
    given = {"DATABASE_URL": database_url} if database_url else {}
    return {
        **kept,
        **given,
        "DJANGO_SETTINGS_MODULE": "coercivity.desk.settings",
        "DESK_MODE": "demo",
        "DESK_HOME": str(home),
        "DESK_DEMO_PASSWORD": PASSWORD,
        "PYTHONPATH": str(TESTS),
    }


def fill(home: Path, database_url: str = "", *demo: str) -> None:
    """Make the tables, the demo data and everybody's session for a desk in a folder."""
    LiveDesk("", home, environment(home, database_url)).run("-m", "browser.small_demo", *demo)


@contextmanager
def serve(home: Path, database_url: str = "") -> Iterator[LiveDesk]:
    """Serve a desk that was filled, until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        given = environment(home, database_url)
        desk = LiveDesk(f"http://127.0.0.1:{port}", home, given, _states(home))
        options = ("--fd", str(listening.fileno()), "--lifespan", "off", "--log-level", "warning")
        command = ("-m", "uvicorn", "--factory", "browser.clock_app:make", *options)
        with _process(desk, "server", *command, fds=(listening.fileno(),)) as process:
            _wait(desk, process)
            yield desk


def _states(home: Path) -> dict[str, Any]:
    """Return what Playwright calls the state of a browser, by username: the session's cookie."""
    keys = json.loads((home / SESSIONS).read_text("utf-8"))
    place = {"domain": "127.0.0.1", "path": "/", "expires": -1}
    way = {"httpOnly": True, "secure": False, "sameSite": "Lax"}
    return {
        username: {"cookies": [{"name": "sessionid", "value": key, **place, **way}], "origins": []}
        for username, key in keys.items()
    }


@contextmanager
def _process(
    desk: LiveDesk, name: str, *command: str, fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    # Imported here: pytest rewrites the module when a test module names it as its plugin.
    from support.postgres import _stop_with_parent

    with (desk.home / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=desk.environment, stdout=log, stderr=log, pass_fds=fds,
            start_new_session=True, preexec_fn=_stop_with_parent,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(desk: LiveDesk, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{desk.address}/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > until:
                log = (desk.home / "server.log").read_text("utf-8", "replace")
                raise AssertionError(f"no desk: {error}; {log[-2000:]}") from error
        time.sleep(0.2)


def routes(desk: LiveDesk) -> list[dict[str, Any]]:
    """Return every page: name, address with its parameters, who may see it."""
    return json.loads(desk.run("-m", "browser.list_routes"))
