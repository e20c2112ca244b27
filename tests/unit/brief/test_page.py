"""The page is one valid, accessible, self-contained document whose links all lead somewhere."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from lxml import html

TITLES = [
    "Answer",
    "What is known",
    "What is in force",
    "Who may ship",
    "What follows",
    "What each move changes",
    "Which disagreement matters",
    "Assumptions, method, provenance",
]


@pytest.fixture(scope="module")
def page(small_brief):
    return html.document_fromstring(small_brief.html)


def test_the_eight_sections_stand_in_order(page):
    shown = [
        " ".join(heading.text_content().split())
        for heading in page.xpath("//main/section[not(contains(@class,'appendix'))]/h2")
    ]
    assert shown == [f"{place} {title}" for place, title in enumerate(TITLES, start=1)]


def test_nothing_is_asked_of_anybody_else(page, small_brief):
    assert not page.xpath("//script|//link|//iframe|//img|//object|//embed|//form")
    assert not page.xpath("//@src")
    assert "@import" not in small_brief.html
    assert not re.search(r"url\((?!#)", small_brief.html)
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            if name.rpartition("}")[2] == "href" and element.tag != "a":
                assert value.startswith("#"), (element.tag, value)


def test_every_link_inside_the_page_leads_to_one_place(page):
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids)), [name for name in ids if ids.count(name) > 1][:5]
    targets = {href[1:] for href in page.xpath("//a/@href") if href.startswith("#")}
    assert targets <= set(ids), sorted(targets - set(ids))[:10]


def test_links_out_of_the_page_are_sources(page):
    outside = [href for href in page.xpath("//a/@href") if not href.startswith("#")]
    assert outside
    assert all(href.startswith(("http://", "https://")) for href in outside)


def test_headings_descend_one_step_at_a_time(page):
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    for before, after in pairwise(levels):
        assert after <= before + 1


def test_landmarks_language_and_skip_link(page):
    assert page.get("lang") == "en"
    assert len(page.xpath("//main")) == 1
    for landmark in ("//header", "//footer", "//nav[@aria-label]"):
        assert page.xpath(landmark)
    skip = page.xpath("//body/a[1]")[0]
    assert page.xpath(f"//*[@id='{skip.get('href')[1:]}']")


def test_every_figure_has_words_a_caption_and_its_numbers(page):
    figures = page.xpath("//figure")
    assert len(figures) >= 4
    for figure in figures:
        svg = figure.xpath(".//*[local-name()='svg']")
        assert len(svg) == 1
        assert len(svg[0].get("aria-label", "")) > 40
        assert svg[0].get("role") == "img"
        assert figure.xpath(".//figcaption")
        assert figure.xpath(".//details//table//td")


def test_every_table_has_a_caption_and_headings(page):
    for table in page.xpath("//table"):
        assert table.xpath("./caption")[0].text_content().strip()
        heads = len(table.xpath("./thead/tr/th[@scope='col']"))
        for row in table.xpath("./tbody/tr"):
            assert len(row) == heads
            assert row[0].get("scope") == "row"


def test_tables_scroll_in_their_own_frame(page):
    for table in page.xpath("//table"):
        assert "table-frame" in table.getparent().get("class")


def test_the_page_says_what_it_is_not(page):
    text = page.text_content()
    assert "Indicative analysis, not legal advice" in text
    assert not page.xpath("//time[@datetime and string-length(@datetime) > 10]")


def test_numbers_of_the_answer_link_to_what_they_rest_on(page):
    items = page.xpath("//ol[@class='sentences']/li")
    assert len(items) == 5
    for item in items[:4]:
        assert item.xpath(".//a[starts-with(@href,'#')]")
        assert "How sure" in item.text_content()


def test_quantities_list_every_claim_with_its_source(page, small_brief):
    quantities = small_brief.evidence.quantities
    entries = page.xpath("//section[@id='quantities']//article")
    assert len(entries) > 30
    for entry in entries:
        found = quantities[entry.get("id").removeprefix("q-")]
        rows = entry.xpath(".//tbody/tr")
        assert len(rows) == len(found.claims)
        for row in rows:
            assert row.xpath(".//a[starts-with(@href,'#s-')]")


def test_claims_of_documents_show_their_exact_words(page, small_brief):
    read = {claim.id: claim for claim in small_brief.evidence.claims}
    shown = 0
    for entry in page.xpath("//section[@id='claims']//article"):
        claim = read.get(entry.get("id").removeprefix("c-"))
        if claim is None:
            continue
        shown += 1
        words = " ".join(entry.xpath(".//mark")[0].text_content().split())
        assert words == " ".join(claim.span.exact.split())
    assert shown > 5


def test_each_assumption_in_use_is_listed(page, small_brief):
    used = set(small_brief.findings.ensemble.draws)
    assumed = {
        name
        for name, found in small_brief.evidence.quantities.items()
        if found.quality == "assumed" and name in used
    }
    linked = {
        href.removeprefix("#q-")
        for href in page.xpath("//section[@id='method']//a/@href")
        if href.startswith("#q-")
    }
    assert assumed <= linked
