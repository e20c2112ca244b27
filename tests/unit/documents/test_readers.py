"""Reading files: exact text, dates, refusals one by one."""

from __future__ import annotations

import pytest

from coercivity.documents import from_pack, make_span, read_document, read_folder
from coercivity.documents.readers import parse_document
from coercivity.errors import InputError, NotFoundError

SENTENCE = "Norway granted licences to several companies on Monday, the ministry said."


def test_text_is_the_decoded_file_unchanged(tmp_path):
    raw = "\t  date 2024-03-01\r\n\r\n" + SENTENCE + "\u00a0\r\n"
    (tmp_path / "a.txt").write_bytes(raw.encode("utf-8"))
    document = read_document(tmp_path / "a.txt")
    assert document.text == raw
    assert document.published.value.text == "2024-03-01"
    assert document.published.basis == "document"
    span = document.published.span
    assert document.text[span.start : span.end] == span.exact == "2024-03-01"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Updated : Oct 31, 2025, 07:52 PM IST", "2025-10-31"),
        ("Published on 3 March 2024", "2024-03-03"),
        ("Last updated: 2024-05-06", "2024-05-06"),
    ],
)
def test_publication_line_dates_the_document(line, value):
    document = parse_document(f"{line}\n\n{SENTENCE}\n".encode(), name="a.txt")
    assert document.published.value.text == value


def test_undated_document_has_no_anchor():
    assert parse_document(SENTENCE.encode(), name="a.txt").published is None


def test_impossible_date_does_not_date():
    document = parse_document(b"date 2024-02-31\n\n" + SENTENCE.encode(), name="a.txt")
    assert document.published is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["the file is empty"]),
        (b" \n\t\n", ["the file is empty"]),
        (b"\x89PNG\x00\x00\x00", ["binary", "offset 4"]),
        ("préfecture".encode("latin-1"), ["0xe9", "offset 2", "UTF-8"]),
        (SENTENCE.encode("utf-16"), ["UTF-16"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_reason(data, words):
    with pytest.raises(InputError) as caught:
        parse_document(data, name="bad.txt")
    message = str(caught.value)
    assert message.startswith("bad.txt: ")
    assert "Expected:" in message
    assert "Next:" in message
    for word in words:
        assert word in message
    assert caught.value.exit_code == 3


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    (tmp_path / "good.txt").write_text(SENTENCE, encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "blob.bin").write_bytes(b"\0\1")
    found = read_folder(tmp_path)
    assert [document.name for document in found.documents] == ["good.txt"]
    assert sorted(problem.where for problem in found.problems) == ["blob.bin", "empty.txt"]
    with pytest.raises(InputError):
        found.raise_problems()


def test_folder_without_anything_readable(tmp_path):
    with pytest.raises(NotFoundError):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(NotFoundError):
        read_folder(tmp_path)
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        read_folder(tmp_path)
    assert "empty.txt" in str(caught.value)


def test_identical_files_are_one_document_that_names_its_copies(tmp_path):
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(SENTENCE, encoding="utf-8")
    found = read_folder(tmp_path)
    assert len(found.documents) == 1
    assert found.documents[0].name == "a.txt"
    assert found.documents[0].copies == ("b.txt",)


def test_span_outside_the_text_is_an_error():
    document = parse_document(SENTENCE.encode(), name="a.txt")
    for start, end in ((-1, 3), (5, 5), (0, len(SENTENCE) + 1)):
        with pytest.raises(InputError):
            make_span(document, start, end)


def test_pack_documents_carry_their_sources(pack):
    found = from_pack(pack)
    assert found.documents
    assert not found.problems
    assert all(document.source is not None for document in found.documents)
    assert all(document.family == document.source.family for document in found.documents)
