"""The store: each document once, whole files only, one writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coercivity.documents import store as store_module
from coercivity.documents.items import Item
from coercivity.documents.store import DocumentStore
from coercivity.errors import InputError, NotFoundError, Problem, UsageError


def made(number, name=None, path="/news"):
    return Item(f"Text {number} of the day.".encode(), name or f"{number}.txt", path=path)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(store_module, "PART_DOCUMENTS", 4)


def ids_of(store):
    return [row["id"] for row in store.rows() if not row["is_copy"]]


def test_documents_come_back_byte_for_byte(tmp_path, small_parts):
    store = DocumentStore(tmp_path / "s", create=True)
    items = [
        Item(bytes([n, 255, 0, 10]), f"{n}", media="pdf", url="u", charset="x") for n in range(9)
    ]
    assert store.add(items).n_new == 9
    assert len(store.parts()) == 3
    assert [item for key in store.parts() for item in store.items(key)] == items
    assert store.item(items[5].id[:20]) == items[5]


def test_known_documents_cost_nothing_and_copies_keep_their_names(tmp_path):
    store = DocumentStore(tmp_path / "s", create=True)
    store.add([made(1), made(2)])
    again = store.add([made(1), made(2), made(1, "copy.txt"), Problem("bad", "x")])
    assert (again.n_new, again.n_known, again.n_copies) == (0, 2, 1)
    assert again.problems == (Problem("bad", "x"),)
    assert len(ids_of(store)) == 2
    assert sum(len(store.items(key)) for key in store.parts()) == 2


def test_changed_file_replaces_its_old_bytes_and_back(tmp_path):
    store = DocumentStore(tmp_path / "s", create=True)
    old, new = made(1, "a.txt"), made(2, "a.txt")
    store.add([old])
    store.add([new])
    assert store.outdated() == {old.id}
    store.add([old])
    assert store.outdated() == {new.id}
    assert len(set(ids_of(store))) == 2


def test_missing_and_foreign_folders_are_refused(tmp_path):
    with pytest.raises(NotFoundError, match="ingest"):
        DocumentStore(tmp_path / "none")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").touch()
    with pytest.raises(InputError, match="not empty"):
        DocumentStore(tmp_path / "other", create=True)
    DocumentStore(tmp_path / "s", create=True)
    (tmp_path / "s" / "store.json").write_text('{"form": 99}')
    with pytest.raises(InputError, match="form 99"):
        DocumentStore(tmp_path / "s")


def test_unknown_and_ambiguous_ids(tmp_path):
    store = DocumentStore(tmp_path / "s", create=True)
    store.add([made(1), made(2)])
    with pytest.raises(NotFoundError):
        store.item("zz")
    with pytest.raises(UsageError, match="2 documents begin"):
        store.item("")


def test_damaged_part_is_named(tmp_path):
    store = DocumentStore(tmp_path / "s", create=True)
    store.add([made(1)])
    path = next((tmp_path / "s" / "parts").iterdir())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="damaged") as caught:
        store.items(store.parts()[0])
    assert path.name in str(caught.value)


def test_second_writer_is_refused(tmp_path):
    store = DocumentStore(tmp_path / "s", create=True)
    with store.writing(), pytest.raises(UsageError, match="another process"), store.writing():
        pass


def test_what_a_killed_writer_left_is_swept(tmp_path):
    store = DocumentStore(tmp_path / "s", create=True)
    store.add([made(1)])
    orphan = tmp_path / "s" / "parts" / "000002-dead.parquet"
    orphan.write_bytes(b"no index was written for it")
    half = tmp_path / "s" / "index" / ".000002-dead.parquet.1.partial"
    half.write_bytes(b"PAR1")
    with store.writing():
        assert not orphan.exists()
        assert not half.exists()
    assert len(store.parts()) == 1


WRITER = """
import sys
from pathlib import Path
from coercivity.documents import store as module
from coercivity.documents.items import Item
module.PART_DOCUMENTS = 5
store = module.DocumentStore(sys.argv[1], create=True)
with store.writing():
    store.add(Item(f"Text {n}".encode(), f"{n}.txt", path="/n") for n in range(400))
"""


def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path):
    folder = tmp_path / "s"
    command = [sys.executable, "-c", WRITER, str(folder)]
    for wanted in (1, 20, 45):
        process = subprocess.Popen(command)
        while process.poll() is None and len(list(folder.glob("index/[!.]*.parquet"))) < wanted:
            time.sleep(0.005)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, check=False).returncode == 0
    ids = ids_of(DocumentStore(folder))
    assert len(ids) == len(set(ids)) == 400
    parts = {path.stem for path in Path(folder, "parts").glob("*.parquet")}
    assert parts == set(DocumentStore(folder).parts())
