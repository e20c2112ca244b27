"""A second process reads the same as this one, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coercivity.catalogue import open_pack
from coercivity.claims import apart, claim_rows, extract, load_vocabulary
from coercivity.claims.apart import ApartReader
from coercivity.documents import DocumentSet, assign_families
from coercivity.documents.readers import parse_document
from coercivity.errors import InputError, Problem
from coercivity.options import Options

TWO = Options(threads=2)
TEXTS = (
    "date 2024-03-15\n\nNorway suspended the export of optical glass to Chile on 1 March 2024. "
    "Kari Nordmann said: “We have granted four licences.” The Norwegian trade ministry denied it.",
    "The Trade Ministry said on Friday that Andes Optics may buy 540 tonnes of optical glass.",
)


@pytest.fixture
def docset():
    documents = [
        parse_document(text.encode(), name=f"{place}.txt") for place, text in enumerate(TEXTS)
    ]
    refused = (Problem("it is empty", "2.txt"),)
    return replace(DocumentSet(assign_families(documents)), problems=refused)


@pytest.fixture
def cold(monkeypatch):
    """Make the reader believe that this process has loaded no parser."""
    monkeypatch.setattr(apart, "_must_load_parser", lambda: True)


def read_with(options, docset, pack):
    with ApartReader(options) as reader:
        reader.start(docset, pack)
        return reader.claims()


def n_open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def is_running(process) -> bool:
    return process.poll() is None


def test_both_processes_read_the_same(lenses, docset, cold):
    here = extract(docset, lenses)
    seen: list[tuple[str, float]] = []
    options = Options(threads=2, progress=lambda stage, share: seen.append((stage, share)))
    with ApartReader(options) as reader:
        process = reader._process
        assert reader.is_apart
        assert not reader.is_reading
        reader.start(docset, lenses)
        assert reader.is_reading
        there = reader.claims()
        assert not reader.is_reading
        assert not is_running(process)
    assert process.returncode == 0
    assert there == here
    assert repr(there) == repr(here)
    assert claim_rows(there) == claim_rows(here)
    assert there.problems == docset.problems
    assert there.vocabulary == load_vocabulary(lenses)
    assert len(there) > 0
    assert seen == [("claims", 0.0), ("claims", 1.0)]


def test_one_thread_means_one_process(lenses, docset, cold):
    with ApartReader(Options(threads=1)) as reader:
        assert not reader.is_apart
        reader.start(docset, lenses)
        assert not reader.is_reading
        assert reader.claims() == extract(docset, lenses)


def test_a_loaded_parser_is_used_where_it_is(lenses, docset):
    expected = extract(docset, lenses)
    with ApartReader(TWO) as reader:
        assert not reader.is_apart
        reader.start(docset, lenses)
        assert reader.claims() == expected


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.exit(3)",
        "import sys; sys.stdin.read(); print('half an answer'); sys.exit(1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_where_the_process_fails_the_documents_are_read_here(
    lenses, docset, cold, monkeypatch, program
):
    monkeypatch.setattr(apart, "_START", program)
    with pytest.warns(UserWarning, match="reading here"):
        found = read_with(TWO, docset, lenses)
    assert found == extract(docset, lenses)


def test_where_no_process_can_start_the_documents_are_read_here(lenses, docset, cold, monkeypatch):
    monkeypatch.setattr(apart.sys, "executable", str(Path("nowhere") / "python"))
    assert read_with(TWO, docset, lenses) == extract(docset, lenses)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_leaves_no_process(lenses, docset, cold, monkeypatch, error):
    monkeypatch.setattr(apart, "_START", "import time; time.sleep(600)")
    before = n_open_files()

    def interrupted():
        with ApartReader(TWO) as reader:
            running.append(reader._process)
            reader.start(docset, lenses)
            raise error

    running: list = []
    with pytest.raises(error):
        interrupted()
    assert running[0].returncode is not None
    assert n_open_files() == before


def test_a_reader_never_asked_leaves_no_process(cold, monkeypatch):
    monkeypatch.setattr(apart, "_START", "import time; time.sleep(600)")
    with ApartReader(TWO) as reader:
        process = reader._process
        assert is_running(process)
    assert process.returncode is not None


def test_a_process_whose_caller_has_gone_ends_by_itself():
    process = apart._started()
    process.stdin.close()
    assert process.stdout.read() == b""
    assert process.wait(60) == 0
    process.stdout.close()


def test_a_wrong_vocabulary_is_the_same_error(lenses, docset, cold, tmp_path):
    folder = tmp_path / "lenses"
    folder.mkdir()
    for name in ("pack.yaml", "sources.yaml", "items.yaml", "parties.yaml"):
        (folder / name).write_bytes((lenses.root / name).read_bytes())
    (folder / "vocabulary.yaml").write_text("items: {no_such_item: [thing]}\n")
    pack = open_pack(folder)
    with pytest.raises(InputError) as here:
        extract(docset, pack)
    with pytest.raises(InputError) as there:
        read_with(TWO, docset, pack)
    assert str(there.value) == str(here.value)
    assert there.value.exit_code == here.value.exit_code == 3


def test_claims_need_documents():
    with ApartReader(Options(threads=1)) as reader, pytest.raises(ValueError, match="before start"):
        reader.claims()
