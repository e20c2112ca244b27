"""Text cannot become markup, and drawings cannot reach outside the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from coercivity.brief.content import (
    Column,
    Fold,
    Page,
    Para,
    Piece,
    Section,
    Sentence,
    Sentences,
    Table,
    plain,
)
from coercivity.brief.markup import drawing, line_html, render
from coercivity.errors import InvariantError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40px" height="20px">{}</svg>'


@given(st.text(), st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])))
def test_every_text_comes_out_as_text(one, other):
    shown = str(line_html((one, Piece(other, href="#q-x", title=other, style="strong"))))
    assert "<script" not in shown
    fragment = html.fragment_fromstring(f"<p>{shown}</p>")
    assert {element.tag for element in fragment.iter()} <= {"p", "a", "strong"}


def test_hostile_words_stay_words():
    page = Page(
        title="<script>alert(1)</script>",
        question='" onload="x',
        subtitle=("<b>",),
        facts=(("<i>", ("</dl>",)),),
        sections=(
            Section(
                1,
                "answer",
                "<h1>",
                (
                    Sentences((Sentence(("<b>one</b>",), ("&amp;",)),)),
                    Fold("<s>", (Para(("</details>",)),)),
                    Table("<t>", (Column("<c>"),), ((("<td>",),),)),
                ),
            ),
        ),
        disclaimer="</footer>",
    )
    tree = html.document_fromstring(render(page))
    assert not tree.xpath("//script|//b|//i|//s")
    assert tree.xpath("//h1")[0].text_content() == "<script>alert(1)</script>"


def test_ids_of_two_drawings_do_not_meet():
    svg = SVG.format('<g id="a"><path clip-path="url(#clip0)"/></g><use href="#a"/>')
    shown = str(drawing(svg, "fig-one", "words"))
    assert 'id="fig-one-a"' in shown
    assert "url(#fig-one-clip0)" in shown
    assert 'href="#fig-one-a"' in shown
    assert 'viewBox="0 0 40 20"' in shown
    assert 'aria-label="words"' in shown


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<image href="https://example.org/x.png"/>',
        '<a href="https://example.org"><text>x</text></a>',
    ],
)
def test_a_drawing_that_asks_for_more_is_refused(inside):
    with pytest.raises(InvariantError):
        drawing(SVG.format(inside), "fig", "words")


def test_a_drawing_that_is_none_is_refused():
    with pytest.raises(InvariantError, match="not well-formed"):
        drawing("<svg", "fig", "words")


def test_plain_text_of_a_line():
    assert plain(("a ", Piece("b", href="#x"), " c")) == "a b c"
    assert plain("as it is") == "as it is"
