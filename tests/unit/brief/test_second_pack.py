"""The brief of the second pack: another subject, no word of the first, and what it must say."""

from __future__ import annotations

import re

import pytest

from coercivity.brief import make_brief
from coercivity.brief.content import plain
from coercivity.brief.phrases import read_phrases
from coercivity.catalogue import open_pack

WORDS_OF_THE_FIRST = r"\b(vehicles?|magnets?|built|buil[dt]s?|lines? stands?|e-car|scooter)\b"


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    out = tmp_path_factory.mktemp("briefs") / "second"
    return make_brief("fertiliser", members=24, seed=7, out=out)


def test_it_speaks_no_word_of_the_first_pack(second):
    text = re.sub(r"<style.*?</style>|<svg.*?</svg>|<[^>]+>", " ", second.html, flags=re.DOTALL)
    # Rare earths stand in what was said in New Delhi; magnets stand in an address and its title.
    text = re.sub(r"https?://\S+|[^.]*rare[ -]earth[^.]*\.", " ", text)
    found = {match.group(0) for match in re.finditer(WORDS_OF_THE_FIRST, text)}
    assert not found


def test_it_answers_in_five_sentences(second):
    first, who, follows, moves, _ = (row["sentence"] for row in second.answer)
    assert "exports of urea, to India, are prohibited" in first
    assert "ammonium sulphate, to India, are free" in first
    assert "urea import account" in who
    assert "the quantities that sources state let" in who
    assert "no source publishes" not in who
    assert "that would have been delivered to farmers in India without controls" in follows
    assert "tonnes" in follows
    assert "Relaxation extended to India" in moves


def test_words_of_the_pack_head_its_tables(second):
    text = second.html
    assert "Crop season" in text
    assert "Industry" not in re.sub(r"[Ii]ndustry[ -]", "", text)
    assert "Not delivered, 5–95 %" in text


def test_the_relaxation_can_only_help_its_country(second):
    frame = second.findings.against_reference.lost
    total = frame[frame["sector_id"] == "all_seasons"].set_index("scenario_id")
    assert total.loc["extended_to_india", "p95"] <= 1e-3
    assert total.loc["halt_throughout", "p05"] >= -1e-3
    assert total.loc["halt_throughout", "p95"] > total.loc["extended_to_india", "p95"]


def test_conflicts_between_sources_are_kept(second):
    told = {event.id: event for event in second.evidence.events}
    assert told["urea_relaxed_for_india"].contradicts
    assert told["wang_yi_assurance"].contradicts
    assert told["window_closes_2025"].contradicts
    summary = second.evidence.summaries["urea_quota_india"]
    assert summary.conflict
    assert summary.high > 5 * summary.low


def test_misses_are_shown_beside_hits(second):
    table = second.findings.history.table
    free = table[~table["imposed"].astype(bool)]
    assert 0 < free["hit"].sum() < len(free)
    assert set(table[table["imposed"].astype(bool)]["series"]) == {"india_kharif_urea_sales_t"}


def test_what_was_published_later_is_left_out(second):
    assert "16_kharif_figures.txt" in second.evidence.left_out
    ruling = {row.label: row.found.outcome.value for row in second.evidence.determinations}
    assert ruling["DAP, to India, after the half year that was expected"] == "UNKNOWN_REFER"
    assert ruling["Urea, to India, in the window"] == "GENERAL_LICENCE_AVAILABLE"


def test_the_page_shows_no_number_with_an_exponent(second):
    words = " ".join(plain(row["sentence"]) + plain(row["how_sure"]) for row in second.answer)
    assert not re.search(r"\de[+-]\d", words)


def test_phrases_fall_back_to_plain_words(tmp_path):
    pack = open_pack("rare_earth_magnets")
    found = read_phrases(pack)
    assert (found.done, found.line, found.lines) == ("built", "line", "lines")
    assert (found.total, found.is_summed) == ("vehicles", True)
