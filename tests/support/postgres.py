"""An own PostgreSQL for the tests: started from the installed binaries, thrown away afterwards.

The server refuses to run as root, so that it is started as another user, in a temporary folder that
this user may reach; it listens on a socket in that folder only. ``fsync`` stays on, because what
the ledger promises is worth nothing without it.

A test module takes the fixtures with ``pytest_plugins = ["support.postgres"]``. Where PostgreSQL is
missing they fail under ``CI`` or ``COERCIVITY_REQUIRE_POSTGRES`` and skip elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

HINT = "apt-get install postgresql, or python3 tools/environment.py develop as root"
START_SECONDS = 30.0
STOP_SECONDS = 20.0
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "autovacuum": "on",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}


class PostgresMissingError(RuntimeError):
    """No server binaries, or no user that may run them."""


def binaries() -> Path:
    """Return the folder of the newest installed server binaries."""
    folders = [Path(path) for path in (shutil.which("postgres"), shutil.which("initdb")) if path]
    found = [path.resolve().parent for path in folders]
    if shutil.which("pg_config"):
        asked = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        found.append(Path(asked.stdout.strip()))
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissingError("the server binaries of PostgreSQL are not installed")


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def unprivileged() -> pwd.struct_passwd | None:
    """Return the user the server runs as; None if this process is not root anyway."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissingError("neither a user postgres nor a user nobody exists")


def _reachable() -> Path:
    """Return a folder for temporary files that every user may enter."""
    for folder in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        # The socket's path must stay below 108 bytes, and every folder above must be open.
        way = [folder, *folder.parents]
        if len(str(folder)) < 60 and all(path.stat().st_mode & 0o001 for path in way):
            return folder
    raise PostgresMissingError("no temporary folder that another user may enter")


@dataclass
class Server:
    """A running server.

    Parameters
    ----------
    folder : Path
        Its socket and its data.
    user : str
        Superuser of the database.
    process : subprocess.Popen
    """

    folder: Path
    user: str
    process: subprocess.Popen[bytes]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database, yield its address, drop it."""
        import psycopg

        name = f"test_{next(self.numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            try:
                yield self.url(name)
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def schema(self) -> str:
        """Make an empty schema, cheaper than a database, and return an address that uses it."""
        import psycopg

        name = f"test_{next(self.numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self.url()}&options=-csearch_path%3D{name}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(**settings: str) -> Server:
    """Start a server on a new, empty cluster.

    Parameters
    ----------
    **settings : str
        Added to ``SETTINGS``.
    """
    found, user = binaries(), unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="coercivity-pg-", dir=_reachable()))
    name = user.pw_name if user else pwd.getpwuid(os.geteuid()).pw_name
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    environment = {"PATH": f"{found}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    data = folder / "data"
    making = subprocess.run(
        [found / "initdb", "-D", data, "-U", name, "-A", "trust", "-E", "UTF8", "--no-sync"],
        cwd=folder, env=environment, capture_output=True, text=True, **identity,
    )  # fmt: skip
    if making.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise PostgresMissingError(f"initdb failed: {making.stderr.strip()[-500:]}")
    given = {**SETTINGS, **settings, "unix_socket_directories": str(folder)}
    options = [word for key, value in given.items() for word in ("-c", f"{key}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [found / "postgres", "-D", data, *options],
            cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
            preexec_fn=_stop_with_parent, **identity,
        )  # fmt: skip
    server = Server(folder, name, process)
    try:
        _wait(server)
    except BaseException:
        server.stop()
        raise
    return server


def _stop_with_parent() -> None:
    """Ask Linux to stop the server if the tests are killed before they can."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def _wait(server: Server) -> None:
    import psycopg

    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.url()).close()
            return
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > until:
                log = (server.folder / "log").read_text("utf-8", "replace")
                raise PostgresMissingError(f"no server: {error}; {log[-500:]}") from error
        time.sleep(0.05)


def is_required() -> bool:
    """Whether a missing server is a failure: in CI, or because somebody says so."""
    return any(os.environ.get(name) for name in ("CI", "COERCIVITY_REQUIRE_POSTGRES"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server for the whole session."""
    try:
        server = start()
    except (PostgresMissingError, ImportError) as error:
        if is_required():
            pytest.fail(f"{error}. Next: {HINT}")
        pytest.skip(f"{error}. Next: {HINT}")
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """Address of an empty schema of the test's own."""
    return postgres_server.schema()
