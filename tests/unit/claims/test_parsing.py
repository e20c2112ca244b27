"""The parse is spaCy's own, token by token, whatever is parsed beside it."""

from __future__ import annotations

import copy

import pytest

from coercivity.claims import forms, parsing
from coercivity.claims.forms import TokenForms
from coercivity.claims.parsing import load_parser, parse_texts, parser_version

TEXTS = (
    "Norway's trade ministry said on Thursday it hadn't granted 4,500 licences, but others had.",
    "There's nothing I'm gonna do; let's go. Y'all ain't got ta come on, c'mon! He gets it.",
    "Asked whether two of the companies – Andes Optics and Lys AS – would buy 3 % more, she said: "
    "“We are examining it. I will come back to you.”",
    "\n \n A\tb   c",
    "There is one. There are others who had been told that the curbs were lifted.",
    "Which of them it was that did so, nobody knows; something's up, and that is that.",
    "магнит 磁铁 \U0001f9f2 e\u0301 ?!",
    "a",
    "",
)
PLAIN = (
    *("text", "idx", "i", "lemma_", "lower_", "pos_", "tag_", "dep_", "is_punct", "is_space"),
    *("whitespace_", "is_title", "like_num", "ent_type_", "is_sent_start"),
)
LINKED = ("children", "subtree", "ancestors", "conjuncts", "lefts", "rights")


def facts(token):
    return (
        *(getattr(token, name) for name in PLAIN),
        *([other.i for other in getattr(token, name)] for name in LINKED),
        (token.head.i, token.left_edge.i, token.right_edge.i, token.sent.start, len(token)),
        str(token.morph),
    )


@pytest.fixture(scope="module")
def parser():
    found = load_parser()
    if found is None:
        pytest.skip("no parser is installed: its parses are not compared")
    return found


@pytest.fixture(scope="module")
def parses(parser):
    given = [text for text in TEXTS if text]
    return list(zip(parser.pipe(given), parse_texts(parser, given), strict=True))


def test_every_attribute_is_that_of_spacy(parses):
    for theirs, ours in parses:
        assert len(theirs) == len(ours)
        assert [facts(token) for token in ours] == [facts(token) for token in theirs]
        assert [(s.start, s.end, s.start_char, s.end_char, s.text) for s in ours.sents] == [
            (s.start, s.end, s.start_char, s.end_char, s.text) for s in theirs.sents
        ]


def test_spans_and_neighbours_are_those_of_spacy(parses):
    theirs, ours = parses[0]
    assert ours[2:5].text == theirs[2:5].text
    assert ours[-1].i == theirs[-1].i
    assert [t.i for t in ours[2:6][1:3]] == [t.i for t in theirs[2:6][1:3]]
    assert ours[0].nbor().text == theirs[0].nbor().text
    assert ours[2:5].root.i == theirs[2:5].root.i
    here = theirs[3].idx + 1
    mine = ours.char_span(here, here + 1, alignment_mode="expand")
    assert [t.i for t in mine] == [3]
    assert ours.char_span(here, here + 1) is None
    assert ours[0].head.is_ancestor(ours[0]) == theirs[0].head.is_ancestor(theirs[0])
    with pytest.raises(IndexError):
        ours[0].nbor(-1)
    with pytest.raises(AttributeError):
        _ = ours[0].no_such_attribute
    assert copy.copy(ours[0]).text == ours[0].text


def test_parse_does_not_depend_on_what_is_parsed_beside_it(parser, monkeypatch):
    given = [text for text in TEXTS if text] * 3
    alone = [[facts(token) for token in parse_texts(parser, [text])[0]] for text in given]
    for length in (1, 150, 10**6):
        monkeypatch.setattr(parsing, "BATCH_LENGTH", length)
        together = parse_texts(parser, given)
        assert [[facts(token) for token in tree] for tree in together] == alone


def tagged(parser, text):
    doc = parser(text, disable=forms.LATE)
    keys = doc.to_array(["ORTH", "TAG", "DEP"]).astype("int64").tolist()
    return doc, [tuple(key) for key in keys]


def test_forms_are_those_of_the_pipeline_also_when_they_are_forgotten(parser, monkeypatch):
    for largest in (50_000, 3):
        monkeypatch.setattr(forms, "LARGEST", largest)
        table = TokenForms(parser)
        assert table.is_exact
        for text in (text for text in TEXTS * 2 if text):
            wanted = [
                {name: getattr(token, name) for name in forms.FIELDS} for token in parser(text)
            ]
            assert table.of(*tagged(parser, text)) == wanted


class Step:
    """A step of a pipeline that only counts the texts it is given."""

    called = 0

    def __call__(self, doc):
        self.called += 1


class Ruler(Step):
    patterns = ({"patterns": [[{"TAG": "NN", "OP": "+"}]], "attrs": {}, "index": 0},)


class Lemmatizer(Step):
    mode = "trained"


@pytest.mark.parametrize(
    ("name", "step"), [("attribute_ruler", Ruler()), ("lemmatizer", Lemmatizer())]
)
def test_step_that_no_table_can_stand_in_for_is_run_itself(parser, name, step):
    class Pipeline:
        vocab = parser.vocab
        pipe_names = (name,)

        def get_pipe(self, _):
            return step

    table = TokenForms(Pipeline())
    assert not table.is_exact
    doc, keys = tagged(parser, "one text")
    for _ in range(2):
        assert [form["text"] for form in table.of(doc, keys)] == ["one", "text"]
    assert step.called == 2


def test_version_names_model_and_library(parser):
    assert "core_web_sm" in parser_version(parser)
    assert "3.8" in parser_version(parser)
    assert parser_version(None) == "none"
