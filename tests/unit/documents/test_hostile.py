"""Input made to hurt: bounded time and memory, one clear refusal each, the rest unharmed."""

from __future__ import annotations

import codecs
import gzip
import json
import time
import tracemalloc

import pytest

from coercivity.documents import block_view, read_folder
from coercivity.documents.items import items_of
from coercivity.documents.limits import Limits
from coercivity.documents.readers import parse_document
from coercivity.documents.segments import LONGEST_BLOCK
from coercivity.errors import InputError, Problem, UsageError
from support.archives import bomb_bytes, write_archive

SENTENCE = "Norway granted licences to several companies on Monday, the ministry said. "
N = 100_000


def parsed(text, name="a.html", **limits):
    return parse_document(text.encode("utf-8"), name=name, limits=Limits(**limits))


def test_huge_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "line.txt").open("wb") as file:
        file.truncate(50_000_000)
    (tmp_path / "good.txt").write_text(SENTENCE)
    tracemalloc.start()
    found = read_folder(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [document.name for document in found.documents] == ["good.txt"]
    assert "more than 32 MiB" in str(found.problems[0])
    assert "raise the limit" in str(found.problems[0])
    assert peak < 20_000_000


def test_fifty_megabytes_in_one_line_can_be_read_if_asked():
    text = SENTENCE * (50_000_000 // len(SENTENCE))
    limits = Limits(document_bytes=64 * 2**20, text_length=64 * 2**20)
    start = time.process_time()
    document = parse_document(text.encode(), name="line.txt", limits=limits)
    assert time.process_time() - start < 20
    assert max(block.end - block.start for block in document.blocks) <= LONGEST_BLOCK
    assert all(document.text[block.end - 1] in " .d" for block in document.blocks[:100])


def test_long_line_is_cut_at_sentences_without_loss():
    text = SENTENCE * 400
    document = parsed(text, "line.txt")
    assert len(document.blocks) > 1
    assert "".join(text[block.start : block.end] for block in document.blocks) == text.rstrip()
    for block in document.blocks:
        assert block_view(document, block).text.startswith("Norway granted")
        assert block_view(document, block).text.endswith("said.")
    assert {block.kind for block in document.blocks} == {"body"}


def test_long_paragraph_of_markup_is_cut_outside_references():
    document = parsed("<p>" + "a&amp;b" * 3000 + "</p>")
    views = [block_view(document, block).text for block in document.blocks]
    assert len(views) > 1
    assert "".join(views) == "a&b" * 3000


HOSTILE_PAGES = {
    "nested": "<div>" * N + SENTENCE + "</div>" * N,
    "nested with text": "<div>word " * 20_000 + "</div>" * 20_000,
    "closing what is not open": "".join(f"<b{i % 50}>" for i in range(N))
    + SENTENCE
    + "".join(f"</i{i % 50}>" for i in range(N)),
    "tags without end": SENTENCE + "<a " * N,
    "comments without end": SENTENCE + "<!-- >" * N,
    "marked sections": SENTENCE + "<![x " * N,
    "declarations": SENTENCE + "<!x" * N,
    "instructions": SENTENCE + "<?x" * N,
    "quotes": SENTENCE + "<a ='" * N,
    "attributes": "<p " + "a=b " * N + ">" + SENTENCE,
    "references": SENTENCE + "&" * N + "&#" * N + "&#x" * N,
    "scripts": SENTENCE + "<script></" * N,
    "dates": "<time datetime='2020-01-01' pubdate>x</time>" * 20_000 + SENTENCE,
}


@pytest.mark.parametrize("kind", HOSTILE_PAGES)
def test_hostile_page_is_read_in_bounded_time(kind):
    page = f"<html><body>{HOSTILE_PAGES[kind]}"
    start = time.process_time()
    document = parsed(page)
    assert time.process_time() - start < 12
    shown = " ".join(block_view(document, block).text for block in document.blocks)
    assert ("word" if kind == "nested with text" else SENTENCE.strip()) in shown


HOSTILE_TEXTS = {
    "short lines": "ab c\n" * 60_000,
    "same lines": (SENTENCE + "\n") * 8_000,
    "blanks": "a" + " " * 2_000_000 + "b",
    "line feeds": "a" + "\n" * 300_000 + "b",
    "captions": "(photo:" * N,
    "full stops": ". . " * N,
    "quotation marks": '."' * N,
    "no blanks": "a" * 2_000_000,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0639\u0631\u0628\u064a \u202e abc \u202c. "
    * 20_000,
    "mixed": "магнит 磁铁 चुंबक magnet \U0001f9f2 e\u0301. " * 20_000,
}


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_hostile_text_is_read_in_bounded_time(kind):
    text = HOSTILE_TEXTS[kind]
    start = time.process_time()
    document = parsed(text, "a.txt")
    assert time.process_time() - start < 8
    assert document.text == text


def test_page_that_takes_too_long_is_given_up():
    with pytest.raises(InputError, match="takes too long") as caught:
        parsed("<p>word" * 50_000, seconds=0.001)
    assert str(caught.value).startswith("a.html: ")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"abc\0def", "zero byte at offset 3"),
        (codecs.BOM_UTF16_BE + "abc".encode("utf-16-be"), "UTF-16"),
        (codecs.BOM_UTF32_LE + "abc".encode("utf-32-le"), "UTF-32"),
        (codecs.BOM_UTF8 + b"abc \xff", "0xff at offset 7"),
        (b"<html><meta charset=utf-8>\xe9</html>", "0xe9"),
        (b"<html><meta charset='utf-16'>\xe9</html>", "0xe9"),
        (b"<html><meta charset=base64>\xe9</html>", "0xe9"),
        (b"<html><meta charset=rot13>\xe9</html>", "0xe9"),
        (b"<html><meta charset=utf-7>\xe9</html>", "0xe9"),
        (b"<html><meta charset=undefined>\xe9</html>", "0xe9"),
        (b"<html><meta charset=idna>a..\xe9</html>", "0xe9"),
    ],
)
def test_fake_encodings_are_refused_with_the_byte(data, words):
    with pytest.raises(InputError) as caught:
        parse_document(data, name="a.html")
    assert words in str(caught.value)


def test_mark_of_utf8_beats_a_wrong_declaration():
    data = codecs.BOM_UTF8 + "<html><meta charset=latin-1><p>é stays é.</p>".encode()
    assert "é stays é" in parse_document(data, name="a.html").text


def test_zip_bomb_ends_and_the_other_files_are_read(tmp_path):
    (tmp_path / "bomb.warc.gz").write_bytes(bomb_bytes(40))
    page = f"<p>{SENTENCE}</p>".encode()
    write_archive(tmp_path / "good.warc.gz", [{"url": "https://a.example/", "body": page}])
    limits = Limits(unpacked_bytes=2**20, unpacked_ratio=20)
    tracemalloc.start()
    found = read_folder(tmp_path, limits=limits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [document.name for document in found.documents] == ["good.warc.gz#1"]
    assert {problem.where.split("#")[0] for problem in found.problems} == {"bomb.warc.gz"}
    assert peak < 60_000_000


def test_bomb_of_header_lines_ends(tmp_path):
    data = gzip.compress(b"WARC/1.0\r\n" + b"a: b\r\n" * 2_000_000)
    (tmp_path / "a.warc.gz").write_bytes(data)
    [problem] = items_of(tmp_path / "a.warc.gz", "a.warc.gz")
    assert "header is too long" in problem.what


@pytest.mark.parametrize("packing", ["gzip", ""])
def test_bomb_inside_a_record_is_refused_and_the_rest_read(tmp_path, packing):
    page = f"<p>{SENTENCE}</p>".encode()
    body = bomb_bytes(40) if packing else b"<p>" + b"a" * (40 * 2**20)
    headers = [("Content-Encoding", packing)] if packing else []
    path = write_archive(
        tmp_path / "a.warc.gz",
        [
            {"url": "https://a.example/1", "body": body, "headers": headers},
            {"url": "https://a.example/2", "body": page},
        ],
    )
    found = list(items_of(path, path.name, limits=Limits(document_bytes=2**20)))
    assert isinstance(found[0], Problem)
    assert "more than 1 MiB" in found[0].what
    assert found[1].data == page


def test_archive_that_unpacks_too_far_is_not_read_to_its_end(tmp_path):
    records = [{"url": f"https://a.example/{n}", "body": b"<p>" + b"a" * 2**20} for n in range(30)]
    path = write_archive(tmp_path / "a.warc.gz", records)
    limits = Limits(unpacked_bytes=8 * 2**20, unpacked_ratio=1)
    found = list(items_of(path, path.name, limits=limits))
    assert 5 <= len(found) - 1 <= 8
    assert "unpacks to more than 8 MiB" in found[-1].what


def test_packed_table_that_unpacks_too_far(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(bomb_bytes(60))
    limits = Limits(unpacked_bytes=2**20, unpacked_ratio=2, document_bytes=2**20)
    found = list(items_of(path, path.name, limits=limits))
    assert all(isinstance(one, Problem) for one in found)
    assert "unpacks to more" in found[-1].what


def test_line_that_is_too_long_is_one_problem(tmp_path):
    path = tmp_path / "a.jsonl"
    good = json.dumps({"text": SENTENCE}).encode()
    path.write_bytes(b'{"text": "' + b"a" * 3_000_000 + b'"}\n' + good + b"\n")
    problem, item = items_of(path, path.name, limits=Limits(document_bytes=2**20))
    assert problem.where == "a.jsonl#1"
    assert item.data == good


def test_limits_must_be_positive():
    with pytest.raises(UsageError, match="pages is 0"):
        Limits(pages=0)
