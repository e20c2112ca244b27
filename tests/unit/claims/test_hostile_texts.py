"""Input made to hurt, read to its claims: bounded time and memory, and the rest comes out right."""

from __future__ import annotations

import resource
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.claims import load_vocabulary
from coercivity.claims.parsing import load_parser
from coercivity.claims.shards import Setup, claim_part, claims_of, problems_of, read_part
from coercivity.documents.items import Item, read_item
from coercivity.documents.limits import Limits
from coercivity.documents.store import DocumentStore, table_of_bytes
from support.archives import bomb_bytes

FACT = "Norway suspended the export of optical glass to Chile on 1 March 2024."
N = 10_000

HOSTILE = {
    "one line": f"{FACT} " * 300,
    "no blanks": f"{FACT}\n\n" + "opticalglass" * 4_000,
    "numbers": f"{FACT}\n\n" + "1,000 tonnes of optical glass 5 % " * 1_200,
    "quotation marks": f"{FACT}\n\n" + "“optical glass ‘" * 2_500,
    "brackets": f"{FACT}\n\n" + "(optical glass [" * 2_500,
    "dates": f"{FACT}\n\n" + "on 1 March 2024 to May 2024 " * 1_200,
    "verbs": f"{FACT}\n\n" + "said that it said that " * 1_500,
    "commas": f"{FACT}\n\n" + "Norway, Chile and " * 2_000,
    "right to left": f"{FACT}\n\n" + "שלום عربي \u202e optical glass \u202c. " * 1_000,
    "mixed": f"{FACT}\n\n" + "магнит 磁铁 चुंबक optical glass \U0001f9f2 e\u0301. " * 1_000,
    "marks of order": f"{FACT}\n\n" + "\u202a\u202b\u202d\u2066\u2069" * N,
    "combining marks": f"{FACT}\n\ne" + "\u0301" * N,
    "deep markup": "<html><body>" + "<div>" * N + f"<p>{FACT}</p>" + "</div>" * N,
}


@pytest.fixture(scope="module")
def vocabulary(lenses):
    if load_parser() is None:
        pytest.skip("no parser is installed: no act is read")
    return load_vocabulary(lenses)


def facts(claims):
    return [c for c in claims if c.frame == "SUPPLY_HALTED" and c.is_asserted and c.values("actor")]


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_read_to_its_claims_in_bounded_time_and_memory(vocabulary, kind):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    document = read_item(Item(HOSTILE[kind].encode(), "a.txt"))
    [(_, claims)] = claims_of([document], vocabulary)
    assert time.process_time() - start < 25
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000  # KiB
    found = facts(claims)
    assert found
    assert all(document.text[c.span.start : c.span.end] == c.span.exact for c in claims)


def test_hostile_files_are_named_one_by_one_and_the_rest_is_read(tmp_path, vocabulary):
    from coercivity.documents.items import items_of

    limits = Limits(unpacked_bytes=2**20, unpacked_ratio=20, document_bytes=2**20)
    files = {
        "bomb.warc.gz": bomb_bytes(20),
        "good.txt": FACT.encode(),
        "line.txt": (FACT * 20_000).encode(),
        "null.txt": FACT.encode() + b"\0",
        "wide.txt": FACT.encode("utf-16"),
        "latin.txt": f"{FACT} \xe9".encode("latin-1"),
        "false.html": f"<meta charset=utf-16><p>{FACT} \xe9</p>".encode("latin-1"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    store = DocumentStore(tmp_path / "store", create=True)
    added = store.add(
        one for name in files for one in items_of(tmp_path / name, name, limits=limits)
    )
    setup = Setup(vocabulary, limits)
    [part] = store.parts()
    read = table_of_bytes(read_part(setup, (store.part_bytes(part), ()), lambda _: None)["read"])
    named = {problem.where.split("#")[0] for problem in (*added.problems, *problems_of(read))}
    assert {"bomb.warc.gz", "line.txt", "null.txt", "latin.txt", "false.html"} <= named
    assert "good.txt" not in named
    assert read.column("name").to_pylist() == ["good.txt"]
    from coercivity.documents.store import parquet_bytes

    made = table_of_bytes(claim_part(setup, (parquet_bytes(read), ()), lambda _: None))
    assert "SUPPLY_HALTED" in made.column("frame").to_pylist()


PIECES = st.sampled_from(
    [
        *("Norway", "Chile ", "optical glass", " suspended ", "said ", " not ", "licences", "it "),
        *("“", "”", '"', "‘", "’s", "(", ")", ". ", "; ", ", ", "? ", "\n\n", "\n", "  ", "\t"),
        *("שלום", "عربي", "\u202e", "\u202c", "\u2066", "磁铁", "магнит", "\U0001f9f2", "e\u0301"),
        *("1,000 ", "5 % ", "tonnes ", "on 1 March 2024 ", "Thursday ", "four ", "No. 5 of 2024 "),
        *(
            "\u200b",
            "\u00ad",
            "\u00a0",
            "\ufffd",
            "\U000e0041",
            "according to ",
            "if ",
            "re-export",
        ),
    ]
)


@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(st.lists(PIECES, max_size=60).map("".join), min_size=1, max_size=3))
def test_any_text_is_read_and_every_claim_slices_it_whatever_is_read_beside_it(vocabulary, pieces):
    documents = [
        read_item(Item(f"{FACT}\n\n{piece}".encode(), f"{number}.txt"))
        for number, piece in enumerate(pieces)
    ]
    together = list(claims_of(documents, vocabulary))
    assert [document for document, _ in together] == documents
    for document, claims in together:
        assert all(document.text[c.span.start : c.span.end] == c.span.exact for c in claims)
        assert [(document, claims)] == list(claims_of([document], vocabulary))
