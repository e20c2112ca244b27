"""How the desk answers: readable requests, one thread each, static files, the server's socket."""

from __future__ import annotations

import asyncio
import gc
import io
import socket
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.views import LoginView
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from coercivity.desk import packs, serving
from coercivity.desk.downloads import file_download
from coercivity.desk.environment import read_environment
from coercivity.errors import UsageError

STYLE = "/static/desk/desk.css"


@pytest.fixture
def application() -> Iterator[Any]:
    from coercivity.desk.asgi import application

    yield application
    gc.unfreeze()


def scope(path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("127.0.0.1", 4000),
        "server": ("127.0.0.1", 80),
    }


def ask(application: Any, path: str, *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
    """Return status and body of an answer of the ASGI application."""

    async def asked() -> tuple[int, bytes]:
        said = ApplicationCommunicator(application, scope(path, *headers))
        await said.send_input({"type": "http.request", "body": b"", "more_body": False})
        start, body, is_more = await said.receive_output(10), b"", True
        while is_more:
            part = await said.receive_output(10)
            body, is_more = body + part.get("body", b""), part.get("more_body", False)
        await said.wait(10)
        return start["status"], body

    return asyncio.run(asked())


@pytest.mark.parametrize(
    "path", ["/applications/A%00", "/applications/%00.json", "/a?q=%00", "/?%00"]
)
def test_a_zero_byte_in_the_address_is_refused(people, sign_in, path: str) -> None:
    for client in (Client(), sign_in(people.officer)):
        answer = client.get(path)
        assert answer.status_code == 400
        assert b"cannot be read" in answer.content


def test_a_zero_byte_in_the_api_and_in_a_cookie_is_refused(people) -> None:
    assert Client().get("/api/licences/L%00").status_code == 400
    # Quoted cookies may spell a byte out in octal, which is how a zero gets past the server.
    answer = Client().get("/", headers={"cookie": 'sessionid="\\000abcdefgh"'})
    assert answer.status_code == 400
    assert Client().get("/", headers={"cookie": "sessionid=abcdefgh"}).status_code == 302


def test_a_percent_sign_is_still_a_percent_sign(people, sign_in) -> None:
    assert sign_in(people.officer).get("/applications", {"q": "100%"}).status_code == 200
    assert sign_in(people.officer).get("/applications", {"q": "%0"}).status_code == 200


def test_static_files_come_in_one_piece() -> None:
    answer = Client().get(STYLE)
    assert answer.status_code == 200
    assert not answer.streaming
    assert answer["Content-Type"].startswith("text/css")
    assert len(answer.content) == int(answer["Content-Length"]) > 0
    again = Client().get(STYLE, headers={"if-modified-since": answer["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    part = Client().get(STYLE, headers={"range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, answer.content[:10])


def test_static_files_are_served_asynchronously_without_a_warning(application) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status, body = ask(application, STYLE)
    assert status == 200
    assert body == Client().get(STYLE).content


def test_a_large_file_comes_in_parts_without_a_warning(application, monkeypatch, tmp_path) -> None:
    path, opened, most = tmp_path / "results.nc", [], []
    content = bytes(range(256)) * (application.chunk_size * 5 // 2 // 256)
    path.write_bytes(content)

    class Watched(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            most.append(size)
            return super().read(size)

    def answer(_self: Any, _request: Any) -> HttpResponse:
        monkeypatch.setattr(Path, "open", lambda path, _mode: Watched(io.FileIO(path)))
        made = file_download(path, name="run.nc", media="application/x-netcdf")
        opened.append(made)
        monkeypatch.undo()
        return made

    monkeypatch.setattr(LoginView, "get", answer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ask(application, "/sign-in") == (200, content)
    assert opened[0].file_to_stream.closed
    assert set(most) == {application.chunk_size}
    assert opened[0].headers["Content-Length"] == str(len(content))
    assert opened[0].headers["Content-Disposition"] == 'attachment; filename="run.nc"'


def test_a_request_stays_in_one_thread(application, monkeypatch) -> None:
    seen: list[int] = []
    begin = SessionMiddleware.process_request

    def outer(self: Any, request: Any) -> None:
        seen.append(threading.get_ident())
        begin(self, request)

    def inner(_self: Any, _request: Any) -> HttpResponse:
        seen.append(threading.get_ident())
        return HttpResponse("here")

    monkeypatch.setattr(SessionMiddleware, "process_request", outer)
    monkeypatch.setattr(LoginView, "get", inner)
    assert ask(application, "/sign-in") == (200, b"here")
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert seen[0] != threading.get_ident()


def test_threads_take_one_request_after_the_other_and_never_two_at_once(
    application, monkeypatch
) -> None:
    seen: list[int] = []
    together = threading.Barrier(2, timeout=10)

    def here(_self: Any, _request: Any) -> HttpResponse:
        seen.append(threading.get_ident())
        return HttpResponse("here")

    def both(_self: Any, _request: Any) -> HttpResponse:
        seen.append(threading.get_ident())
        together.wait()
        return HttpResponse("here")

    async def two() -> None:
        asked = [ApplicationCommunicator(application, scope("/sign-in")) for _ in range(2)]
        for each in asked:
            await each.send_input({"type": "http.request", "body": b"", "more_body": False})
        for each in asked:
            assert (await each.receive_output(10))["status"] == 200
            await each.wait(10)

    monkeypatch.setattr(LoginView, "get", here)
    assert [ask(application, "/sign-in")[0] for _ in range(3)] == [200, 200, 200]
    assert len(set(seen)) == 1
    monkeypatch.setattr(LoginView, "get", both)
    asyncio.run(two())
    assert len(set(seen[3:])) == 2


def test_answers_leave_at_once_and_a_taken_port_is_told() -> None:
    with serving._listening("127.0.0.1", 0) as listening:
        listening.listen()
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        with pytest.raises(UsageError, match=f"port {port}"):
            serving._listening("127.0.0.1", port)


def test_a_broken_pack_does_not_keep_the_server_from_starting(monkeypatch, caplog) -> None:
    monkeypatch.setattr(packs, "names", lambda: ("no-such-pack",))
    try:
        serving.make_ready()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
    assert "no-such-pack" in caplog.text


def test_the_pool_is_as_large_as_the_environment_says() -> None:
    given = {"DESK_MODE": "debug", "SECRET_KEY": "x" * 60, "DESK_HOME": "/nowhere"}
    assert read_environment({**given, "DESK_CONNECTIONS": "9"}).connections == 9
    for wrong in ("1", "-3", "many"):
        with pytest.raises(UsageError, match="DESK_CONNECTIONS"):
            read_environment({**given, "DESK_CONNECTIONS": wrong})
    if connection.vendor == "postgresql":
        default = read_environment(given).connections
        assert connection.settings_dict["OPTIONS"]["pool"]["max_size"] == default
        assert connection.settings_dict["CONN_HEALTH_CHECKS"] is True
