"""Which paragraphs are the article, and which the page around it."""

from __future__ import annotations

import pytest

from coercivity.documents import block_view
from coercivity.documents.plain import classify, split_paragraphs
from coercivity.documents.readers import parse_document

LEAD = "The trade ministry said on Monday that it had granted licences to several companies."
BODY = LEAD[:-1] + ", after talks that lasted for most of the winter."


def kinds(*paragraphs):
    return classify(list(paragraphs))


@pytest.mark.parametrize(
    ("paragraph", "kind"),
    [
        ("FacebookTwitterYoutubeInstagram", "navigation"),
        ("Add The Daily as a Preferred Source", "navigation"),
        ("date 2024-03-01", "navigation"),
        ("Updated : Mar 1, 2024, 07:52 PM IST", "navigation"),
        ("Latest News", "navigation"),
        ("Also read: Five things to know", "navigation"),
        ("File photo: a port in the north", "caption"),
        ("(Image credit: an agency)", "caption"),
        ("Ministry grants licences to several firms", "title"),
        ("He agreed.", "body"),
        (BODY, "body"),
    ],
)
def test_kind_of_a_paragraph_beside_a_body(paragraph, kind):
    assert kinds(paragraph, "Something else happened in the same week as well.")[0] == kind


def test_paragraph_repeated_at_length_below_is_a_teaser():
    assert kinds(LEAD, "Menu", BODY) == ["teaser", "navigation", "body"]


def test_copy_of_a_paragraph_above_is_a_teaser():
    assert kinds(BODY, BODY) == ["body", "teaser"]


def test_text_of_titles_only_is_read_as_body():
    assert kinds("Ministry grants licences to several firms") == ["body"]


def test_hard_wrapped_lines_are_one_paragraph():
    text = (
        "The trade ministry said on Monday that it\n"
        "had granted licences to several companies\n"
        "after talks that lasted most of the year.\n\n"
        "Nothing else was said.\n"
    )
    assert [text[a:b].count("\n") for a, b in split_paragraphs(text)] == [2, 0]


def test_lines_of_different_length_are_paragraphs():
    text = f"A short headline of some words\n{BODY}\nShare this\n"
    assert len(split_paragraphs(text)) == 3


def test_html_blocks_slice_the_raw_text():
    page = (
        '<!doctype html><html><head><meta property="article:published_time" '
        'content="2024-03-01T10:00"><title>A &amp; B</title><script>var x="<p>no</p>";</script>'
        "</head><body><nav><a href=1>Home</a></nav><div><p>Norway &amp; Chile said on "
        "<b>Mon</b>day that 40&nbsp;firms&#8217; licences were granted.</p><p><a href=x>Read this "
        "other story about things here now.</a></p></div><figcaption>A port.</figcaption></body>"
    )
    document = parse_document(page.encode(), name="a.html")
    assert document.published.value.text == "2024-03-01"
    assert [b.kind for b in document.blocks] == [
        "title", "navigation", "body", "navigation", "caption",
    ]  # fmt: skip
    body = document.blocks[2]
    view = block_view(document, body)
    assert view.text == "Norway & Chile said on Monday that 40 firms’ licences were granted."
    start = view.text.index("Monday")
    raw = document.text[slice(*view.raw_range(start, start + 6))]
    assert raw == "Mon</b>day"
    ampersand = view.text.index("&")
    assert document.text[slice(*view.raw_range(ampersand, ampersand + 1))] == "&amp;"


def test_deep_markup_is_read():
    page = "<html>" + "<div>" * 5000 + f"<p>{BODY}</p>" + "</div>" * 5000
    document = parse_document(page.encode(), name="deep.html")
    assert block_view(document, document.blocks[0]).text == BODY


def test_view_collapses_blanks_and_keeps_offsets():
    document = parse_document("  Norway \t said\u00a0 so.\n".encode(), name="a.txt")
    view = block_view(document, document.blocks[0])
    assert view.text == "Norway said so."
    for position, character in enumerate(view.text):
        if character != " ":
            assert document.text[view.starts[position]] == character
