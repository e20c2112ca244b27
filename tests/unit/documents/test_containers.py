"""PDF, web archives and tables: exact text, who says what about it, refusals one by one."""

from __future__ import annotations

import gzip
import json

import pytest

from coercivity.documents import make_span, read_folder
from coercivity.documents.items import Item, items_of, read_item
from coercivity.documents.limits import Limits
from coercivity.documents.readers import parse_document
from coercivity.errors import InputError, Problem, UsageError
from support.archives import pdf_bytes, write_archive

SENTENCE = "Norway granted licences to several companies on Monday, the ministry said."
PAGE = f"<html><head><title>News</title></head><body><p>{SENTENCE}</p></body></html>".encode()


def all_of(path, **limits):
    return list(items_of(path, path.name, limits=Limits(**limits)))


def test_pdf_pages_become_one_text_with_exact_spans():
    document = parse_document(pdf_bytes(SENTENCE, "Second page of it."), name="notice.pdf")
    assert document.markup == "text"
    start = document.text.index("Second")
    assert make_span(document, start, start + 6).exact == "Second"
    assert document.text.index(SENTENCE) < start


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\nnothing", b"", b"not a pdf at all", pdf_bytes("x" * 40)[:200]]
)
def test_damaged_pdf_is_refused(data):
    with pytest.raises(InputError) as caught:
        parse_document(data, name="bad.pdf")
    assert str(caught.value).startswith("bad.pdf: ")


def test_pdf_without_text_is_refused():
    with pytest.raises(InputError, match="shows no text"):
        parse_document(pdf_bytes(""), name="scan.pdf")


def test_pdf_of_too_many_pages_is_refused():
    data = pdf_bytes(*[SENTENCE] * 5)
    with pytest.raises(InputError, match="has 5 pages"):
        parse_document(data, name="long.pdf", limits=Limits(pages=4))


def test_missing_library_is_said(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UsageError, match="pypdf"):
        parse_document(pdf_bytes("x"), name="a.pdf")


def test_archive_gives_pages_with_address_and_crawl_date(tmp_path):
    path = write_archive(
        tmp_path / "crawl.warc.gz",
        [
            {"url": "https://www.news.example/a", "body": PAGE},
            {"url": "https://news.example/logo", "body": b"\x89PNG", "kind": "image/png"},
            {"url": "https://news.example/gone", "body": PAGE, "status": "404 Not Found"},
            {
                "url": "https://other.example/b",
                "body": gzip.compress(PAGE + b" "),
                "headers": [("Content-Encoding", "gzip")],
            },
        ],
    )
    first, second = (read_item(item) for item in all_of(path))
    assert first.text.encode() == PAGE
    assert second.text.encode() == PAGE + b" "
    assert first.source.publisher == "news.example"
    assert first.published.value.text == "2025-10-31"
    assert (first.published.basis, first.published.confidence) == ("crawl", "low")
    assert first.name == "crawl.warc.gz#1"


def test_plain_archive_with_chunked_body(tmp_path):
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
    record = {
        "url": "https://a.example/",
        "body": body,
        "headers": [("Transfer-Encoding", "chunked")],
    }
    path = write_archive(tmp_path / "a.warc", [record], packed=False)
    [item] = all_of(path)
    assert item.data == PAGE


def test_bad_record_does_not_stop_the_archive(tmp_path):
    path = write_archive(
        tmp_path / "a.warc.gz",
        [
            {"url": "https://a.example/1", "body": PAGE, "headers": [("Content-Encoding", "br")]},
            {"url": "https://a.example/2", "body": PAGE},
        ],
    )
    problem, item = all_of(path)
    assert isinstance(problem, Problem)
    assert problem.where == "a.warc.gz#1"
    assert "br" in problem.what
    assert item.data == PAGE


def test_cut_archive_keeps_what_stands_before(tmp_path):
    path = write_archive(
        tmp_path / "a.warc.gz",
        [{"url": f"https://a.example/{n}", "body": PAGE + b" " * n} for n in range(4)],
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 150])
    found = all_of(path)
    assert [item.data for item in found if isinstance(item, Item)][:2] == [PAGE, PAGE + b" "]
    assert isinstance(found[-1], Problem)


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_table_gives_one_document_a_line(tmp_path):
    row = {
        "text": SENTENCE,
        "url": "https://www.wire.example/2025/10/30/x",
        "published": "2025-10-31",
        "publisher": "A wire",
        "more": 3,
    }
    (tmp_path / "news.jsonl").write_bytes(lines(row, {"text": "Only a text stands here."}))
    one, two = read_folder(tmp_path).documents
    assert one.name == "news.jsonl#1"
    assert one.text == SENTENCE
    assert one.publisher == "A wire"
    assert one.published.value.text == "2025-10-30"  # the address dates it before the table does
    assert two.source is None
    assert two.published is None


def test_date_of_a_table_is_the_index_date():
    data = lines({"text": SENTENCE, "published": "2025-10-31T07:00:00Z"})
    document = read_item(Item(data, "a#1", media="json"))
    assert (document.published.value.text, document.published.basis) == ("2025-10-31", "index")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (b"{", "not JSON"),
        (b"[1]", "no text"),
        (b'{"text": 3}', "no text"),
        (b'{"text": " "}', "no text"),
        (b'{"text": "a", "url": 3}', "`url` is a int"),
        (b'{"text": "a", "published": "yesterday"}', "not a date"),
        (b'{"text": "a\\u0000b"}', "zero character"),
        (b'{"text": "a\\ud800b"}', "half a character"),
        (b'{"text": ' + b"[" * 100_000, "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
    ],
)
def test_bad_line_is_refused_and_the_rest_proceeds(tmp_path, row, words):
    (tmp_path / "news.jsonl").write_bytes(row + b"\n\n" + lines({"text": SENTENCE}))
    found = read_folder(tmp_path)
    assert [document.name for document in found.documents] == ["news.jsonl#3"]
    assert [problem.where for problem in found.problems] == ["news.jsonl#1"]
    assert words in found.problems[0].what


def test_packed_table(tmp_path):
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(gzip.compress(lines({"text": SENTENCE}, {"text": "Another one."})))
    assert len(all_of(path)) == 2
    path.write_bytes(path.read_bytes()[:-12])
    assert "damaged" in all_of(path)[-1].what


def test_one_table_can_be_read_by_name(tmp_path):
    (tmp_path / "news.jsonl").write_bytes(lines({"text": SENTENCE}))
    assert len(read_folder(tmp_path / "news.jsonl").documents) == 1
