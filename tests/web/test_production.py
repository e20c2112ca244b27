"""The commands of compose.yaml start a desk as for an office, without containers."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from browser.live_desk import environment

pytest_plugins = ["support.postgres"]
pytestmark = pytest.mark.postgresql

COMPOSE = Path(__file__).resolve().parents[2] / "compose.yaml"
HOST = "desk.example"
START_SECONDS = 120.0


def services() -> dict:
    return yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]


def settings(home: Path, url: str) -> dict[str, str]:
    """The environment of the file, with the values that it demands of whoever starts it."""
    given = dict(services()["desk"]["environment"])
    assert ":?" in given["SECRET_KEY"]
    assert ":?" in given["DATABASE_URL"]
    return {
        **environment(home),
        **given,
        "DESK_HOME": str(home),
        "DATABASE_URL": url,
        "SECRET_KEY": "only for this test " * 4,
        "DESK_HOSTS": HOST,
        "DESK_ORIGINS": f"https://{HOST}",
    }


def command(name: str, port: int) -> list[str]:
    """A command of the file, on a port of the test's own."""
    words = [str(word) for word in services()[name]["command"]]
    assert words[0].endswith("coercivity")
    words = [str(port) if word == "8000" else word for word in words[1:]]
    swapped = {"0.0.0.0": "127.0.0.1", "4": "2"}
    return [sys.executable, "-m", "coercivity", *(swapped.get(word, word) for word in words)]


def get(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST, **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer
    finally:
        connection.close()


def wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if get(port, "/health")[0] == 200:
                return
        except OSError:
            assert process.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.3)


def test_no_secret_is_in_the_file() -> None:
    text = COMPOSE.read_text("utf-8")
    for line in re.findall(r"^\s+(?:\w*PASSWORD|SECRET_KEY|DATABASE_URL): .*$", text, re.M):
        assert "${" in line, line


def test_server_and_worker_start_as_for_an_office(postgres_server, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with postgres_server.database() as url:
        env = settings(tmp_path, url)
        run = [sys.executable, "-m"]
        subprocess.run([*run, "coercivity", "desk", "migrate"], env=env, check=True)
        checked = [*run, "coercivity.desk", "check", "--deploy", "--fail-level", "WARNING"]
        subprocess.run(checked, env=env, check=True)
        server = subprocess.Popen(command("desk", port), env=env)
        worker = subprocess.Popen([*command("worker", port), "--count", "1"], env=env)
        try:
            wait(port, server)
            status, answer = get(port, "/sign-in")
            assert (status, answer.headers["Location"]) == (301, f"https://{HOST}/sign-in")
            status, answer = get(port, "/sign-in", **{"X-Forwarded-Proto": "https"})
            assert status == 200
            assert "Secure" in answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
            assert "'unsafe" not in answer.headers["Content-Security-Policy"]
            assert get(port, "/sign-in", Host="elsewhere.example")[0] == 400
            assert worker.poll() is None
        finally:
            for process in (server, worker):
                process.send_signal(signal.SIGTERM)
            for process in (server, worker):
                process.wait(30)
