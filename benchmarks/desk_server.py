"""A desk with demo data on a PostgreSQL of its own: started, killed and restarted by benchmarks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
PASSWORD = "benchmarks only, on this machine"
START_SECONDS = 60.0
SETTLED_SECONDS = 0.1


@dataclass
class Desk:
    """A running desk.

    Attributes
    ----------
    url : str
        Where it answers.
    environment : dict of str to str
        Of its processes.
    processes : dict of str to Popen
        ``server`` and ``worker``, each the head of a process group.
    """

    url: str
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *words: str) -> str:
        """Run Python with these arguments to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} failed: {done.stderr[-2000:]}")
        return done.stdout

    def start(self, name: str) -> None:
        """Start the server or the worker; a server is waited for."""
        port = self.url.rsplit(":", 1)[1]
        words = {
            "server": ["serve", "--workers", "2", "--port", port],
            "worker": ["worker", "--count", "1"],
        }[name]
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "coercivity", "desk", *words],
            cwd=ROOT, env=self.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if name == "server":
            self.wait()

    def wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                time.sleep(SETTLED_SECONDS)
        raise RuntimeError(f"the desk does not answer at {self.url}")

    def kill(self, name: str) -> None:
        """Kill with SIGKILL, with all children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url(server: Any, name: str) -> str:
    """Address of a database behind a socket, in the form that a URL parser takes."""
    return f"postgresql://{server.user}@{quote(str(server.folder), safe='')}/{name}"


@contextmanager
def postgres() -> Iterator[Any]:
    """Start a server on an empty cluster; stop it at the end."""
    import psycopg

    from support.postgres import start

    server = start()
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE desk")
        yield server
    finally:
        server.stop()


def restart(server: Any) -> None:
    """Stop PostgreSQL at once, as a crash would, and start it again on the same data."""
    import psycopg

    words = server.process.args
    identity = {}
    if os.geteuid() == 0:
        owner = (server.folder / "data").stat()
        identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait()
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(server.folder)}
    with (server.folder / "log").open("ab") as log:
        server.process = subprocess.Popen(
            words, cwd=server.folder, env=environment, stdout=log, stderr=log,
            start_new_session=True, **identity,
        )  # fmt: skip
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            psycopg.connect(server.url()).close()
            return
        except psycopg.OperationalError:
            time.sleep(SETTLED_SECONDS)
    raise RuntimeError("PostgreSQL did not come back")


@contextmanager
def desk(home: Path, address: str) -> Iterator[Desk]:
    """Make the tables and the demo data, and start the server and a worker."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DESK_MODE": "demo",
        "DESK_HOME": str(home),
        "DESK_DEMO_PASSWORD": PASSWORD,
        "DESK_HOSTS": "127.0.0.1",
    }
    made = Desk(f"http://127.0.0.1:{port}", environment)
    made.run("-m", "coercivity", "desk", "demo", "--no-serve", "--home", str(home))
    try:
        made.start("server")
        made.start("worker")
        yield made
    finally:
        for name in list(made.processes):
            made.kill(name)
