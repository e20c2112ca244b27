"""Without a parser the reader says so and asserts no act."""

from __future__ import annotations

import pytest

from coercivity.claims import extraction, parsing, reading, reconcile

TEXT = (
    "date 2024-03-15\n\nChile imported about 540 tonnes of optical glass in 2023. Kari Nordmann "
    "said: “We have not looked at it yet.” A reporter asked whether 30 firms had licences."
)


@pytest.fixture
def no_parser(monkeypatch):
    monkeypatch.setattr(extraction, "load_parser", lambda: None)


def test_degraded_reading(read, no_parser):
    claims = read(TEXT)
    assert claims.degraded
    assert claims.notes[0] == parsing.NO_PARSER_NOTE
    assert {claim.frame for claim in claims} == {None, "QUANTITY"}
    (quote,) = [claim for claim in claims if claim.frame is None]
    assert quote.speaker.party == "kari_nordmann"
    assert quote.kind == "open"
    amounts = {claim.slot("value").value: claim for claim in claims if claim.frame}
    assert amounts["540"].is_asserted
    assert amounts["540"].values("item") == ("glass",)
    assert not amounts["30"].is_asserted
    assert amounts["30"].polarity == "questioned"
    reconcile(claims)


def test_missing_packages_are_no_error(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(parsing.importlib, "import_module", missing)
    parsing.load_parser.cache_clear()
    try:
        assert parsing.load_parser() is None
    finally:
        parsing.load_parser.cache_clear()


SENTENCE = "Chile imported 540 tonnes of optical glass in 2023, "


def test_endless_paragraph_is_cut_and_read_whole(read):
    """Documents cut a paragraph without end into pieces that the parser takes."""
    claims = read("date 2024-03-15\n\n" + SENTENCE * 300)
    assert not claims.degraded
    assert not [note for note in claims.notes if "code points" in note]
    assert {claim.frame for claim in claims} == {"QUANTITY"}
    assert sum(claim.values("value") == ("540",) for claim in claims) == 300


def test_paragraph_too_long_to_parse_is_read_without_parser_and_said_so(read, monkeypatch):
    monkeypatch.setattr(parsing, "LONGEST", 1_000)
    claims = read("date 2024-03-15\n\n" + SENTENCE * 40)
    assert not claims.degraded
    assert any("1 paragraph(s) of more than" in note for note in claims.notes)
    assert {claim.frame for claim in claims} == {"QUANTITY"}


def test_document_too_long_to_read_says_so(read, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_DOCUMENT", 5_000)
    claims = read("date 2024-03-15\n\n" + SENTENCE * 300)
    assert any("were not read" in note for note in claims.notes)
    assert 0 < len(claims) < 300


def test_full_reading_is_not_degraded(read):
    assert not read(TEXT).degraded
