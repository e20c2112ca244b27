"""Whatever bytes come: a document with exact offsets, or one of our errors; nothing else."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.claims.gazetteer import find_mentions
from coercivity.claims.selecting import prefilter_of
from coercivity.claims.vocabulary import load_vocabulary
from coercivity.documents import block_view, families, make_span
from coercivity.documents.families import join_families
from coercivity.documents.items import Item, items_of, read_item
from coercivity.documents.limits import Limits
from coercivity.documents.model import Block
from coercivity.documents.records import document_of_row, document_row
from coercivity.documents.segments import cut_blocks
from coercivity.documents.similar import signature
from coercivity.errors import CoercivityError, Problem
from support.archives import pdf_bytes, write_archive

PAGE = b"<html><body><p>Norway granted four licences on Monday, it said.</p></body></html>"
LIMITS = Limits(document_bytes=200_000, unpacked_bytes=400_000, unpacked_ratio=1, seconds=20)
PIECES = st.sampled_from(
    [
        *(
            b"<p>",
            b"</p>",
            b"<div>",
            b"</div>",
            b"<!--",
            b"-->",
            b"<![CDATA[",
            b"]]>",
            b"<a href='",
        ),
        *(b"&amp;", b"&#8217;", b"&#0;", b"&#x110000;", b"&", b"<script>", b"</script>", b"<svg>"),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\xe9", "é漢ש\u202e".encode(), b"\r\n", b"  "),
        *(b"<meta charset=utf-16>", b"<meta charset=hex>", b"<time datetime=2020-02-31 pubdate>"),
        *(b"date 2024-02-30\n", b"4 firms said so. ", b"<title>", b'{"text": "a"}', b"%PDF-1.4\n"),
    ]
)
BYTES = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join))


def read_or_refused(item, name):
    """Return the document, or None if it was refused by its name."""
    try:
        return read_item(item, limits=LIMITS)
    except CoercivityError as error:
        named = error.problems[0].where
    assert named.startswith(name)
    return None


def check(document):
    """Every block and every view slices the raw text."""
    reached = 0
    for block in document.blocks:
        assert reached <= block.start < block.end <= len(document.text)
        reached = block.end
        view = block_view(document, block)
        assert len(view.text) == len(view.starts) == len(view.ends)
        for start, end in zip(view.starts, view.ends, strict=True):
            assert block.start <= start < end <= block.end
        if view.text:
            span = view.span(document, 0, len(view.text))
            assert span == make_span(document, span.start, span.end)
    if document.published is not None and document.published.span is not None:
        span = document.published.span
        assert document.text[span.start : span.end] == span.exact


@settings(max_examples=150)
@given(
    data=BYTES, media=st.sampled_from(["text", "html", "json", "pdf"]), charset=st.text(max_size=9)
)
def test_any_bytes_are_read_or_refused(data, media, charset):
    item = Item(data, "a", media=media, charset=charset)
    document = read_or_refused(item, "a")
    if document is None:
        return
    check(document)
    assert document_of_row(document_row(document)) == document


@settings(max_examples=60)
@given(
    text=st.text(max_size=120),
    told=st.dictionaries(
        st.sampled_from(["url", "published", "publisher", "text"]),
        st.one_of(st.text(max_size=20), st.none(), st.integers(), st.just("2025-10-31")),
    ),
)
def test_any_line_is_read_or_refused(text, told):
    data = json.dumps({"text": text, **told}).encode()
    try:
        document = read_item(Item(data, "a#1", media="json"), limits=LIMITS)
    except CoercivityError:
        return
    check(document)
    assert document.text == {"text": text, **told}["text"]


def containers():
    pages = [{"url": f"https://a.example/{n}", "body": PAGE + b" " * n} for n in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        packed = write_archive(Path(folder) / "a.warc.gz", pages).read_bytes()
        plain = write_archive(Path(folder) / "a.warc", pages, packed=False).read_bytes()
    lines = b"".join(json.dumps({"text": f"Text {n}."}).encode() + b"\n" for n in range(5))
    return {
        "a.warc.gz": packed,
        "a.warc": plain,
        "a.jsonl": lines,
        "a.jsonl.gz": gzip.compress(lines),
        "a.pdf": pdf_bytes("One line of text.", "Another page."),
    }


WHOLE = containers()


@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(WHOLE)),
    places=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=4),
    kept=st.floats(0.05, 1),
)
def test_any_damage_to_a_container_is_told_or_harmless(name, places, kept):
    data = bytearray(WHOLE[name])
    for share, wrong in places:
        place = int(share * (len(data) - 1))
        data[place : place + len(wrong)] = wrong
    data = data[: max(1, int(kept * len(data)))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(bytes(data))
        for found in items_of(path, name, limits=LIMITS):
            if isinstance(found, Problem):
                assert found.where.startswith(name)
                continue
            document = read_or_refused(found, name)
            if document is not None:
                check(document)


@settings(max_examples=80)
@given(
    text=st.text(alphabet="ab. &;\n漢", min_size=1, max_size=200),
    longest=st.integers(3, 40),
    cut=st.integers(0, 200),
)
def test_cut_blocks_hold_the_same_text_in_order(text, longest, cut):
    middle = min(cut, len(text))
    parts = tuple((a, b) for a, b in ((0, middle), (middle, len(text))) if a < b)
    for block in (Block(0, len(text), "body"), Block(0, len(text), "body", parts)):
        pieces = cut_blocks(text, (block,), longest=longest)
        ranges = [part for p in pieces for part in (p.parts or ((p.start, p.end),))]
        assert "".join(text[a:b] for a, b in ranges) == text
        assert all(
            sum(b - a for a, b in piece.parts or ((piece.start, piece.end),)) <= longest
            for piece in pieces
        )


@pytest.fixture(scope="module")
def vocabulary(pack):
    return load_vocabulary(pack)


@settings(max_examples=80)
@given(data=st.data())
def test_prefilter_finds_whatever_the_reader_would(vocabulary, data):
    rows = [row for rows in vocabulary.gazetteer.phrases.values() for row in rows]
    _, written, _ = data.draw(st.sampled_from(rows))
    gap = data.draw(st.sampled_from([" ", "-", "\n  ", "\u00a0", " \u200b", "</b> <i>", "‑", "/"]))
    phrase = gap.join(written)
    if data.draw(st.booleans()):
        phrase = phrase.replace("a", "&#97;", 1)
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(phrase)))
        phrase = phrase[:place] + data.draw(st.sampled_from(["", "s", "\u00ad"])) + phrase[place:]
    page = f"<p>It said that export licences for {phrase} were refused.</p>".encode()
    document = read_item(Item(page, "a.html", media="html"))
    mentions = [
        mention
        for block in document.blocks
        for mention in find_mentions(block_view(document, block).text, vocabulary.gazetteer)
    ]
    if any(not all(entity.is_place for entity in mention.entities) for mention in mentions):
        assert prefilter_of(vocabulary).is_hit(page)


WORDS = [f"w{n}" for n in range(400)]


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_sketches_join_what_the_exact_comparison_joins(seed):
    rng = np.random.default_rng(seed)
    documents = []
    for number in range(25):
        words = rng.choice(WORDS, rng.integers(5, 150)).tolist()
        for copy in range(int(rng.choice([1, 1, 2, 3]))):
            kept = words[: max(5, int(len(words) * rng.uniform(0.4, 1)))] if copy else words
            changed = [w if rng.random() > 0.03 * copy else "x" for w in kept]
            text = " ".join(changed).encode() + b"."
            documents.append(read_item(Item(text, f"{number:03d}_{copy}.txt")))
    exact = families.assign_families(documents)
    many, families.MANY = families.MANY, 0
    try:
        sketched = families.assign_families(documents)
    finally:
        families.MANY = many
    differing = sum(a.family != b.family for a, b in zip(exact, sketched, strict=True))
    assert differing <= 1  # a copy just above the threshold may be missed


@given(
    sets=st.lists(
        st.frozensets(st.integers(0, 2**63), min_size=1, max_size=30), min_size=2, max_size=2
    )
)
def test_signatures_estimate_the_resemblance(sets):
    one, two = (np.array(sorted(found), dtype=np.uint64) for found in sets)
    both = np.union1d(one, two)
    assert (signature(both) == np.minimum(signature(one), signature(two))).all()


@given(
    bases=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12),
    pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=8),
)
def test_families_are_the_connected_parts(bases, pairs):
    pairs = [(a, b) for a, b in pairs if a < len(bases) and b < len(bases)]
    found = join_families(bases, pairs)
    assert set(found) <= set(bases)
    for a, b in pairs:
        assert found[a] == found[b]
    for a, one in enumerate(bases):
        for b, two in enumerate(bases):
            if one == two:
                assert found[a] == found[b]
    assert found == join_families(bases, pairs[::-1])
