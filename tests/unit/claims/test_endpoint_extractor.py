"""The example plug-in against a server on this machine that answers well, badly, late or never."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from coercivity.claims.endpoint_extractor import LONGEST_PART, Endpoint, propose
from coercivity.claims.plugins import add_proposed
from coercivity.documents.readers import parse_document
from coercivity.errors import InputError, UsageError

HEAD = "date 2024-03-15\n\n"
TEXT = HEAD + "At the port of Oslo the green papers for optical lenses have reached Andes Optics."
GOOD = {
    "claims": [
        {
            "exact": "the green papers for optical lenses have reached Andes Optics",
            "frame": "LICENCE_GRANTED",
            "slots": [
                {"name": "recipient", "value": "andes_optics", "exact": "Andes Optics"},
                {"name": "item", "value": "lens", "exact": "optical lenses"},
            ],
        }
    ]
}


@dataclass
class Stub:
    """What the server answers next, and what it was asked."""

    url: str = ""
    status: int = 200
    content: object = None
    raw: bytes | None = None
    wait_s: float = 0.0
    drip: bool = False
    asked: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    location: str = ""

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = self.content if isinstance(self.content, str) else json.dumps(self.content)
        return json.dumps({"choices": [{"message": {"content": text}}]}).encode()


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers["Content-Length"])
            state.asked.append((self.path, json.loads(self.rfile.read(size))))
            state.headers.append(dict(self.headers))
            time.sleep(state.wait_s)
            body = state.body()
            try:
                self.send_response(state.status)
                if state.location:
                    self.send_header("Location", state.location)
                if not state.drip:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for start in range(0, len(body), 1 if state.drip else len(body) or 1):
                    self.wfile.write(body[start : start + (1 if state.drip else len(body))])
                    if state.drip:
                        self.wfile.flush()
                        time.sleep(0.05)
            except OSError:
                pass

        def do_GET(self):
            state.asked.append((self.path, None))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield state
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def endpoint(stub, **changes):
    return Endpoint(
        **({"url": stub.url, "model": "small", "key": "secret", "timeout_s": 5} | changes)
    )


def report_of(read, extractor):
    claims = read(TEXT)
    found, (report,) = add_proposed(claims, {"endpoint": extractor})
    return claims, found, report


def test_a_good_answer_becomes_claims_with_exact_spans(stub, read):
    stub.content = GOOD
    claims, found, report = report_of(read, endpoint(stub))
    assert (report.n_accepted, report.refused, report.failures) == (1, (), ())
    (new,) = [claim for claim in found if claim not in claims.claims]
    assert found.documents[0].text[new.span.start : new.span.end] == GOOD["claims"][0]["exact"]
    path, asked = stub.asked[0]
    assert path == "/v1/chat/completions"
    assert (asked["model"], asked["temperature"]) == ("small", 0)
    assert "Andes Optics" in asked["messages"][1]["content"]
    assert stub.headers[0]["Authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"exact": "the licences were granted", "frame": "LICENCE_GRANTED"}, "lies outside"),
        ({"exact": "green papers", "frame": "LICENCE_GRANTED", "start": 3, "end": 9}, "holds"),
        ({"exact": "green papers", "frame": "LICENCE_GRANTED", "start": 9, "end": 9**9}, "outside"),
        ({"exact": "green papers", "frame": "PRESENT"}, "not known"),
        ({"frame": "LICENCE_GRANTED"}, "lies outside"),
        (
            {
                "exact": "green papers",
                "frame": "LICENCE_GRANTED",
                "slots": [{"name": "actor", "value": "NO", "exact": "Oslo"}],
            },
            "slot actor",
        ),
    ],
)
def test_wrong_spans_and_words_are_refused_and_counted(stub, read, row, reason):
    stub.content = {"claims": [row, *GOOD["claims"]]}
    _, _, report = report_of(read, endpoint(stub))
    assert report.n_accepted == 1
    assert len(report.refused) == 1
    assert reason in report.refused[0].what


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"content": "no JSON at all"}, "not JSON"),
        ({"content": '{"claims": "many"}'}, "not a list of claims"),
        ({"content": "[]"}, "not a list of claims"),
        ({"content": '{"claims": [1]}'}, "not a list of claims"),
        ({"raw": b'{"choices": []}'}, "holds no message"),
        ({"raw": b"<html>"}, "not JSON"),
        ({"raw": b"\xff\xfe"}, "not UTF-8"),
        ({"raw": b"[" * 100_000}, "not JSON"),
        ({"status": 500, "raw": b"secret inside"}, "answered 500"),
        ({"status": 401}, "answered 401"),
        ({"status": 302, "location": "/elsewhere"}, "answered 302"),
    ],
)
def test_bad_answers_are_clear_failures_of_one_document(stub, read, answer, reason):
    for name, value in answer.items():
        setattr(stub, name, value)
    claims, found, report = report_of(read, endpoint(stub))
    assert found.claims == claims.claims
    (problem,) = report.failures
    assert reason in problem.what
    assert problem.where.startswith("0.txt")
    assert "secret" not in str(problem)
    assert [path for path, _ in stub.asked] == ["/v1/chat/completions"]


@pytest.mark.parametrize("kind", ["silent", "dripping"])
def test_a_slow_server_is_given_up(stub, read, kind):
    stub.content = GOOD
    if kind == "silent":
        stub.wait_s = 3
    else:
        stub.drip = True
    began = time.monotonic()
    _, _, report = report_of(read, endpoint(stub, timeout_s=0.3))
    assert time.monotonic() - began < 2.5
    assert "did not answer within 0.3 s" in report.failures[0].what


def test_a_server_that_is_not_there(read):
    _, _, report = report_of(read, Endpoint("http://127.0.0.1:9/v1", "small"))
    assert "cannot be reached" in report.failures[0].what


def test_an_endless_answer_is_cut(stub, read, monkeypatch):
    monkeypatch.setattr("coercivity.claims.endpoint_extractor.LARGEST_ANSWER", 1000)
    stub.raw = b" " * 5000
    _, _, report = report_of(read, endpoint(stub))
    assert "longer than 1000 bytes" in report.failures[0].what


def test_long_documents_are_sent_in_parts_that_lose_nothing(stub):
    stub.content = {"claims": [{"exact": "needle", "frame": "LIFTED"}]}
    text = "\n\n".join(["Some words of no account. " * 60] * 30 + ["A needle in it."])
    document = parse_document(text.encode(), name="long.txt")
    proposals = list(endpoint(stub)(document))
    parts = [body["messages"][1]["content"] for _, body in stub.asked]
    assert len(parts) > 2
    assert max(map(len, parts)) <= LONGEST_PART
    assert "".join("".join(parts).split()) == "".join(text.split())
    found = [p for p in proposals if p.start >= 0]
    assert [document.text[p.start : p.end] for p in found] == ["needle"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"COERCIVITY_ENDPOINT_URL": "http://127.0.0.1:1/v1"},
        {"COERCIVITY_ENDPOINT_URL": "file:///etc/passwd", "COERCIVITY_ENDPOINT_MODEL": "m"},
        {"COERCIVITY_ENDPOINT_URL": "http://me:pass@host/v1", "COERCIVITY_ENDPOINT_MODEL": "m"},
        {
            "COERCIVITY_ENDPOINT_URL": "http://h/v1",
            "COERCIVITY_ENDPOINT_MODEL": "m",
            "COERCIVITY_ENDPOINT_TIMEOUT": "soon",
        },
        {
            "COERCIVITY_ENDPOINT_URL": "http://h/v1",
            "COERCIVITY_ENDPOINT_MODEL": "m",
            "COERCIVITY_ENDPOINT_TIMEOUT": "0",
        },
    ],
)
def test_incomplete_settings_are_refused(environment):
    with pytest.raises(UsageError):
        Endpoint.from_environment(environment)


def test_settings_come_from_the_environment(stub, monkeypatch):
    stub.content = GOOD
    monkeypatch.setenv("COERCIVITY_ENDPOINT_URL", stub.url)
    monkeypatch.setenv("COERCIVITY_ENDPOINT_MODEL", "other")
    monkeypatch.setenv("COERCIVITY_ENDPOINT_KEY", "k")
    document = parse_document(TEXT.encode(), name="a.txt")
    assert len(list(propose(document))) == 1
    assert stub.asked[0][1]["model"] == "other"


def test_the_key_is_never_shown():
    made = Endpoint("http://h/v1", "m", key="secret")
    assert "secret" not in repr(made)
    document = parse_document(TEXT.encode(), name="a.txt")
    with pytest.raises(InputError) as caught:
        list(Endpoint("http://127.0.0.1:9/v1", "m", key="secret")(document))
    assert "secret" not in str(caught.value)
