"""``coercivity documents``: a store from files, and claims from a store."""

from __future__ import annotations

import json

import pytest

REPORTS = (
    "China granted licences for rare earth magnets to four firms in India, officials said.",
    "The Chinese commerce ministry said on Thursday that dysprosium exports were suspended.",
    "It rained on Monday, and the river rose.",
)


@pytest.fixture
def news(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "table.jsonl").write_text(
        "".join(json.dumps({"text": text, "published": "2025-10-31"}) + "\n" for text in REPORTS)
    )
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 no more")
    return folder


def test_from_files_to_claims_and_nothing_twice(call, news, tmp_path):
    store, out = tmp_path / "store", tmp_path / "claims"
    said = call("documents", "ingest", news, "--store", store, "--json")
    assert (said.code, said.json()["new"]) == (0, 4)
    said = call("documents", "read", store, "--out", out, "--json")
    assert said.code == 3  # the damaged PDF is found when it is read
    assert "bad.pdf: the PDF is damaged" in said.err
    told = said.json()
    assert (told["documents"], told["hits"], told["kept"]) == (4, 2, 0)
    rows = [json.loads(line) for path in out.iterdir() for line in path.open()]
    assert told["claims"] == len(rows) > 0
    assert {row["file"] for row in rows} == {"table.jsonl#1", "table.jsonl#2"}
    assert all(row["family"] for row in rows)
    again = call("documents", "read", store, "--json").json()
    assert (again["made"], again["claims"]) == (0, told["claims"])
    assert call("documents", "ingest", news, "--store", store, "--json").json()["known"] == 4


def test_store_is_listed_and_shown(call, news, tmp_path):
    store = tmp_path / "store"
    call("documents", "ingest", news / "table.jsonl", "--store", store)
    rows = call("documents", "list", store, "--json").lines()
    assert [row["name"] for row in rows] == [f"table.jsonl#{n}" for n in (1, 2, 3)]
    assert "table.jsonl#2" in call("documents", "list", store).out
    shown = call("documents", "show", store, rows[0]["id"][:16])
    assert shown.out == REPORTS[0] + "\n"
    told = call("documents", "show", store, rows[0]["id"], "--json").json()
    assert told["published"]["value"] == "2025-10-31"
    assert call("documents", "show", store, "zz").code == 4


def test_limits_of_ingest(call, news, tmp_path):
    (news / "long.txt").write_text("a" * 20_000)
    said = call("documents", "ingest", news, "--store", tmp_path / "s", "--max-mib", "0.01")
    assert said.code == 3
    assert "long.txt: more than 0.01 MiB" in said.err
    assert call("documents", "list", tmp_path / "s", "--json").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("read", "nowhere"), 4),
        (("ingest", "nowhere", "--store", "STORE"), 4),
        (("read", "STORE", "--format", "xml"), 2),
        (("read", "STORE", "--scheduler", "tcp://127.0.0.1:9"), 4),
    ],
)
def test_wrong_calls_are_refused(call, news, tmp_path, words, code, monkeypatch):
    from coercivity.documents import cluster

    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    store = tmp_path / "store"
    call("documents", "ingest", news, "--store", store)
    said = call("documents", *(store if word == "STORE" else word for word in words))
    assert said.code == code
    assert "Expected:" in said.err
