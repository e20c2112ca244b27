"""Claims of a store: those of the folder, whatever the workers, and only what changed is redone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from coercivity.claims import claim_rows, extract, load_vocabulary, stored
from coercivity.claims.selecting import prefilter_of
from coercivity.claims.shards import Setup, claim_part, problems_of, read_part
from coercivity.claims.stages import versions
from coercivity.claims.stored import claim_pieces, export_claims, read_documents, run_store
from coercivity.documents import read_folder
from coercivity.documents.items import items_of
from coercivity.documents.limits import LIMITS, Limits
from coercivity.documents.store import DocumentStore, table_of_bytes
from coercivity.documents.workers import Broken

TEXTS = {
    "a.txt": "date 2024-03-15\n\nNorway suspended the export of optical glass to Chile on 1 March "
    "2024. Kari Nordmann said: “We have granted four licences for optical glass.”",
    "b.txt": "date 2024-03-16\n\nThe Trade Ministry said on Friday that Andes Optics may buy 540 "
    "tonnes of optical glass.",
    "c.txt": "date 2024-03-17\n\nThe Trade Ministry said on Friday that Andes Optics may buy 540 "
    "tonnes of optical glass. It was told in the capital.",
    "d.html": "<html><body><p>Chile imported 30 tonnes of <b>optical</b> glass.</p></body></html>",
    "weather.txt": "It rained on Monday, and the river rose by two metres.",
    "bad.txt": "optical glass \0",
}


@pytest.fixture(scope="module")
def vocabulary(lenses):
    return load_vocabulary(lenses)


@pytest.fixture
def folder(tmp_path):
    base = tmp_path / "news"
    base.mkdir()
    for name, text in TEXTS.items():
        (base / name).write_text(text, encoding="utf-8")
    return base


def stocked(folder, root):
    store = DocumentStore(root, create=True)
    store.add(x for path in sorted(folder.iterdir()) for x in items_of(path, path.name))
    return store


@pytest.fixture
def here(monkeypatch):
    """Run tasks in this process; count them, and break those that a test names."""
    import importlib

    seen, broken = [], {}

    def tasks(function, setup, given, **_):
        module, _, name = function.partition(":")
        call = getattr(importlib.import_module(module), name)
        for task in given:
            seen.append((name, task.key))
            places = broken.get(name, ())
            left_out = {place for place, _ in task.payload[1]}
            bad = next((place for place in places if place not in left_out), None)
            if bad is not None:
                yield task, Broken(bad, "the worker ended with -9")
            else:
                yield task, call(setup, task.payload, lambda place: None)

    monkeypatch.setattr(stored, "run_tasks", tasks)
    return seen, broken


def lines_of(folder):
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.open()]


def test_claims_are_those_of_the_folder(folder, tmp_path, vocabulary, lenses, here):
    store = stocked(folder, tmp_path / "s")
    run = run_store(store, vocabulary)
    assert (run.n_documents, run.n_hits) == (6, 4)
    assert [problem.where for problem in run.problems] == ["bad.txt"]
    export_claims(store, run, tmp_path / "out")
    whole = extract(read_folder(folder), lenses)
    # The page has no date: read with the others it borrows one, in a store it does not.
    dated = [row for row in claim_rows(whole) if row["file"] not in ("d.html", "weather.txt")]
    assert dated
    found = lines_of(tmp_path / "out")
    assert [row for row in found if row["file"] != "d.html"] == dated
    kept = {document.id: document for document in read_documents(store, run)}
    for document in read_folder(folder).documents:
        if document.name != "weather.txt":
            again = kept[document.id]
            assert replace(again, path=document.path, published=None) == replace(
                document, published=None
            )


def test_copies_are_one_family(folder, tmp_path, vocabulary, here):
    store = stocked(folder, tmp_path / "s")
    run = run_store(store, vocabulary)
    names = {document.id: document.name for document in read_documents(store, run)}
    families = {names[doc_id]: family for doc_id, family in run.families.items()}
    assert families["b.txt"] == families["c.txt"] != families["a.txt"]


def test_nothing_is_done_twice_and_only_what_changed_is_redone(folder, tmp_path, vocabulary, here):
    seen, _ = here
    store = stocked(folder, tmp_path / "s")
    first = run_store(store, vocabulary)
    assert len(seen) == 2
    assert run_store(store, vocabulary).n_done == 0
    assert len(seen) == 2
    (folder / "a.txt").write_text("date 2024-03-15\n\nNorway lifted its curbs on optical glass.")
    stocked(folder, tmp_path / "s")
    again = run_store(store, vocabulary)
    assert len(seen) == 4
    assert {key.split("-")[0] for _, key in seen[2:]} == {"000002"}
    assert again.n_documents == first.n_documents
    export_claims(store, again, tmp_path / "out")
    told = [row for row in lines_of(tmp_path / "out") if row["file"] == "a.txt"]
    assert {row["frame"] for row in told} == {"LIFTED"}


def test_other_words_or_limits_are_another_version(vocabulary):
    base = versions(vocabulary, LIMITS)
    assert versions(vocabulary, Limits(seconds=3)) == base
    assert versions(vocabulary, Limits(pages=3)).select != base.select
    other = replace(vocabulary, units={**vocabulary.units, "glass": "kg"})
    assert versions(other, LIMITS).read == base.read
    assert versions(other, LIMITS).claims != base.claims


def test_versions_do_not_depend_on_the_order_of_hashes(lenses, vocabulary):
    import os
    import subprocess
    import sys

    code = (
        "import sys\nfrom coercivity.catalogue import open_pack\n"
        "from coercivity.claims.stages import digest_of\n"
        "from coercivity.claims.vocabulary import load_vocabulary\n"
        "print(digest_of(load_vocabulary(open_pack(sys.argv[1]))))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(lenses.root)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize("stage", ["read_part", "claim_part"])
def test_document_that_kills_its_worker_is_left_out_and_named(
    stage, folder, tmp_path, vocabulary, here
):
    _, broken = here
    broken[stage] = (1,)
    store = stocked(folder, tmp_path / "s")
    run = run_store(store, vocabulary)
    given_up = [problem for problem in run.problems if "given up" in problem.what]
    assert len(given_up) == 1
    assert "ended with -9" in given_up[0].what
    export_claims(store, run, tmp_path / "out")
    files = {row["file"] for row in lines_of(tmp_path / "out")}
    assert given_up[0].where not in files
    assert len(files) >= 2


def test_pieces_hold_every_document_once():
    assert claim_pieces([]) == []
    for lengths in ([1] * 200, [10**6] * 3, [5, 399_999, 1, 1]):
        pieces = claim_pieces(lengths)
        assert [n for first, last in pieces for n in range(first, last)] == list(
            range(len(lengths))
        )
        assert all(last > first for first, last in pieces)


def test_processes_give_what_one_gives(folder, tmp_path, vocabulary, here, monkeypatch):
    one = stocked(folder, tmp_path / "one")
    export_claims(one, run_store(one, vocabulary), tmp_path / "out1")
    monkeypatch.undo()
    two = stocked(folder, tmp_path / "two")
    export_claims(two, run_store(two, vocabulary, workers=2), tmp_path / "out2", form="jsonl")
    assert lines_of(tmp_path / "out1") == lines_of(tmp_path / "out2")


def test_cluster_gives_what_one_gives(folder, tmp_path, vocabulary, here, monkeypatch):
    from distributed import LocalCluster

    one = stocked(folder, tmp_path / "one")
    export_claims(one, run_store(one, vocabulary), tmp_path / "out1")
    monkeypatch.undo()
    two = stocked(folder, tmp_path / "two")
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        run = run_store(two, vocabulary, scheduler=cluster.scheduler_address)
    export_claims(two, run, tmp_path / "out2")
    assert lines_of(tmp_path / "out1") == lines_of(tmp_path / "out2")


def test_parquet_holds_the_same_claims(folder, tmp_path, vocabulary, here):
    import pyarrow.parquet as pq

    store = stocked(folder, tmp_path / "s")
    run = run_store(store, vocabulary)
    [path] = export_claims(store, run, tmp_path / "out", form="parquet")
    export_claims(store, run, tmp_path / "lines")
    table = pq.read_table(path)
    assert [json.loads(row) for row in table["json"].to_pylist()] == lines_of(tmp_path / "lines")
    assert table.num_rows == run.n_claims


def test_worker_functions_tell_where_they_are(folder, tmp_path, vocabulary):
    store = stocked(folder, tmp_path / "s")
    setup, places = Setup(vocabulary, LIMITS), []
    made = read_part(setup, (store.part_bytes(store.parts()[0]), ()), places.append)
    assert places == sorted(places)
    assert len(problems_of(table_of_bytes(made["read"]))) == 1
    places.clear()
    claim_part(setup, (made["read"], (), True), places.append)
    assert set(places) == {0, 1, 2, 3}


def test_prefilter_knows_the_pack(vocabulary):
    prefilter = prefilter_of(vocabulary)
    for text, wanted in (
        ("Optical-glasses rose", True),
        ("the Norwegian trade ministry met", True),
        ("Andes Optics hired two people", False),
        ("Andes Optics applied for licences", True),
        ("Norway and Chile played football", False),
        ("glass of water, optical illusion", False),
    ):
        assert prefilter.is_hit(text.encode()) is wanted, text
