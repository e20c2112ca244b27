"""Spans are exact and questions stay questions, whatever outlets do to a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.claims import extract
from coercivity.documents import DocumentSet, block_view, make_span
from coercivity.documents.readers import parse_document

SENTENCES = (
    "The commerce ministry of Norway said on Thursday that it had granted licences to several "
    "Chilean companies.",
    "When asked if four Chilean companies had received permission, spokesperson Kari Berg replied, "
    "“I will come back to you.”",
    "“We have not looked at it yet,” she said.",
    "Chile imported around 540 tonnes of magnets in 2023.",
    "A reporter asked whether the controls had been lifted.",
    "Norway did not lift its restrictions on magnets for Chile.",
    "It is unclear whether 30 applications were approved.",
)
BOILERPLATE = (
    "FacebookTwitterYoutubeInstagram",
    "Add us as a Preferred Source",
    "Also read: five things to know",
    "Subscribe to our newsletter",
    "Share this",
    "File photo: a port",
)
BLANKS = st.sampled_from([" ", "  ", "\t", "\u00a0", " \u200b", "\u2009"])
BREAKS = st.sampled_from(["\n\n", "\r\n\r\n", "\n \n", "\n\n\n"])
QUOTES = st.sampled_from([("“", "”"), ('"', '"'), ("«", "»")])


@st.composite
def pages(draw):
    """Sentences in any order, with boilerplate, odd blanks, line wraps and quotation marks."""
    order = draw(st.permutations(SENTENCES))
    opening, closing = draw(QUOTES)
    blank, gap = draw(BLANKS), draw(BREAKS)
    paragraphs = []
    for sentence in order:
        if draw(st.booleans()):
            paragraphs.append(draw(st.sampled_from(BOILERPLATE)))
        text = sentence.replace("“", opening).replace("”", closing)
        paragraphs.append(text.replace(" ", blank) if draw(st.booleans()) else text)
    head = draw(st.sampled_from(["", "date 2024-03-15\n\n", "\ufeff", "\t\t"]))
    return head + gap.join(paragraphs) + draw(st.sampled_from(["", "\n", " \u00a0"]))


def read(text, pack, name="a.txt"):
    document = parse_document(text.encode("utf-8"), name=name)
    return document, extract(DocumentSet((document,)), pack)


def all_spans(claim):
    yield claim.span
    yield from (s for s in (claim.cue, claim.speaker and claim.speaker.span) if s)
    yield from (slot.span for slot in claim.slots if slot.span)
    yield from (mention.span for mention in claim.quantities)
    yield from (time.span for time in (claim.said_at, claim.when) if time)


@settings(max_examples=40)
@given(text=pages())
def test_every_span_slices_the_raw_text(pack, text):
    document, claims = read(text, pack)
    assert document.text == text
    assert claims.claims
    for claim in claims:
        for span in all_spans(claim):
            assert document.text[span.start : span.end] == span.exact
            assert document.text[: span.start].endswith(span.prefix)
            assert document.text[span.end :].startswith(span.suffix)


@settings(max_examples=40)
@given(text=pages())
def test_question_content_is_never_asserted(pack, text):
    _, claims = read(text, pack)
    for claim in claims:
        if "4" in claim.values("count"):
            assert not claim.is_asserted
        if claim.frame == "LIFTED":
            assert not (claim.is_asserted and claim.polarity == "affirmed")
        if claim.frame == "APPLICATION_STATUS" or "30" in claim.values("value"):
            assert not claim.is_asserted


@settings(max_examples=25)
@given(text=pages())
def test_blanks_and_boilerplate_leave_the_claims_alone(pack, text):
    """The sentences alone and the page made of them tell the same."""
    plain = "\n\n".join(SENTENCES)
    wanted = {(c.frame, c.kind, c.polarity) for c in read(plain, pack)[1] if c.frame}
    found = {(c.frame, c.kind, c.polarity) for c in read(text, pack)[1] if c.frame}
    assert found == wanted


@settings(max_examples=60)
@given(
    text=st.text(min_size=1, max_size=400).filter(
        lambda t: t.strip(" \t\r\n\x0b\x0c") and "\0" not in t
    )
)
def test_any_text_is_read_with_exact_views(text):
    if not text.encode("utf-8", "ignore").strip():
        return
    document = parse_document(text.encode("utf-8", "ignore"), name="a.txt")
    for block in document.blocks:
        view = block_view(document, block)
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert list(view.starts) == sorted(view.starts)
        for position, character in enumerate(view.text):
            if character != " ":
                assert document.text[view.starts[position]] == character
        if view.text:
            span = view.span(document, 0, len(view.text))
            assert span == make_span(document, span.start, span.end)


MARKUP = (
    *("<p>", "</p>", "<b>", "</div>", "<div>", "&amp;", "&#8217;", "&nbsp;", "<br>", "text "),
    *("4 firms", "<!-- no -->", "<", ">", "&", "<script>x", "</script>", "“so”", "\n"),
)


@settings(max_examples=60)
@given(parts=st.lists(st.sampled_from(MARKUP), min_size=1, max_size=40))
def test_any_markup_is_read_or_refused_with_exact_views(parts):
    from coercivity.errors import InputError

    page = "<html><body>" + "".join(parts)
    try:
        document = parse_document(page.encode("utf-8"), name="a.html")
    except InputError:
        return
    assert document.text == page
    for block in document.blocks:
        view = block_view(document, block)
        for start, end in zip(view.starts, view.ends, strict=True):
            assert 0 <= start < end <= len(page)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_line_wraps_leave_the_claims_alone(pack, width):
    import textwrap

    plain = "\n\n".join(SENTENCES)
    wrapped = "\n\n".join(textwrap.fill(sentence, width) for sentence in SENTENCES)
    wanted = [(c.frame, c.kind, c.polarity, c.text) for c in read(plain, pack)[1]]
    found = [(c.frame, c.kind, c.polarity, c.text) for c in read(wrapped, pack)[1]]
    assert found == wanted
