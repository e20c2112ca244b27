"""Without a parser the reader says so and asserts no act."""

from __future__ import annotations

import pytest

from coercivity.claims import extraction, parsing, reconcile

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


def test_endless_paragraph_is_read_without_parser_and_said_so(read):
    claims = read(
        "date 2024-03-15\n\n" + "Chile imported 540 tonnes of optical glass in 2023, " * 1200
    )
    assert not claims.degraded
    assert any("too long" in note or "more than" in note for note in claims.notes)
    assert {claim.frame for claim in claims} == {"QUANTITY"}


def test_full_reading_is_not_degraded(read):
    assert not read(TEXT).degraded
