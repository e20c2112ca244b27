"""Rules that must never break, whatever outlets do to a text and in whatever order it is read.

Each rule has its own documents. They are perturbed as outlets perturb: boilerplate around and
between paragraphs, odd blanks, hard line wraps, other quotation marks, other order of documents.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.claims import extract, reconcile
from coercivity.claims.plugins import ProposedClaim, add_proposed
from coercivity.documents import DocumentSet, assign_families, read_folder
from coercivity.documents.readers import parse_document
from coercivity.events import fold_claims, policy_state

HEAD = "date 2025-10-31\n\n"
BOILERPLATE = (
    "FacebookTwitterYoutubeInstagram",
    "Add us as a Preferred Source",
    "Also read: five things to know",
    "Subscribe to our newsletter",
    "Share this",
    "File photo: a port",
    "Follow us on WhatsApp",
)
BLANKS = (" ", "  ", "\t", "\u00a0", "\u2009")
BREAKS = ("\n\n", "\r\n\r\n", "\n \n", "\n\n\n")
QUOTES = (("“", "”"), ('"', '"'), ("«", "»"))

CONTROL = (
    "China announced export controls on rare earth magnets on April 4, 2025.",
    "Beijing introduced export controls on rare earth magnets on April 4, 2025, with immediate "
    "effect.",
)
GRANT = (
    "China has granted licences to several Indian companies to import rare earth magnets, the "
    "external affairs ministry of India said on Thursday.",
    "Some Indian companies have received licences from China to import rare earth magnets, the "
    "Indian external affairs ministry said on Thursday.",
)
WRONG_GRANTOR = (
    "India has granted licences to several Indian companies to import rare earth magnets from "
    "China."
)
ASKED = (
    "When asked if four Indian companies had received licences for rare earth magnets, "
    "spokesperson Randhir Jaiswal replied, “I will come back to you.”"
)
NOT_LIFTED = (
    "A reporter asked whether China had lifted its export controls on rare earth magnets.",
    "China did not lift its export controls on rare earth magnets.",
    "China may lift its export controls on rare earth magnets.",
    "China plans to lift its export controls on rare earth magnets.",
    "China eased its export controls on rare earth magnets.",
    "The export controls on rare earth magnets have been lifted, officials say.",
    "China denied that it had lifted its export controls on rare earth magnets.",
    "It is unclear whether China has lifted its export controls on rare earth magnets.",
    "India asked China to lift its export controls on rare earth magnets.",
)
QUOTE = (
    "“Some Indian companies have received licences for importing rare earth magnets from China,”"
)
BRIEFING = (
    f"{QUOTE} external affairs ministry spokesperson Randhir Jaiswal said on Thursday.",
    f"At the weekly briefing, spokesperson Randhir Jaiswal said: {QUOTE}",
)


@st.composite
def perturbed(draw, *articles):
    """Return the articles as outlets might print them: a tuple of texts, in any order."""
    pages = [draw(page(tuple(article))) for article in articles]
    return tuple(draw(st.permutations(pages)))


@st.composite
def page(draw, sentences):
    opening, closing = draw(st.sampled_from(QUOTES))
    blank, gap = draw(st.sampled_from(BLANKS)), draw(st.sampled_from(BREAKS))
    width = draw(st.sampled_from((0, 0, 44, 72)))
    paragraphs = []
    for sentence in sentences:
        if draw(st.booleans()):
            paragraphs.append(draw(st.sampled_from(BOILERPLATE)))
        text = sentence.replace("“", opening).replace("”", closing)
        text = textwrap.fill(text, width) if width else text
        paragraphs.append(text.replace(" ", blank))
    paragraphs.extend(draw(st.lists(st.sampled_from(BOILERPLATE), max_size=2, unique=True)))
    return HEAD + gap.join(paragraphs) + draw(st.sampled_from(("", "\n", " \u00a0")))


def read(pack, texts):
    documents = [
        parse_document(text.encode("utf-8"), name=f"{number}.txt")
        for number, text in enumerate(texts)
    ]
    return extract(DocumentSet(assign_families(documents)), pack)


def events_of(pack, claims):
    return fold_claims(claims, reconcile(claims), pack, with_pack=False)


def state_of(pack, events):
    return policy_state(
        events, pack, actor="CN", items=["rare_earth_magnet"], destination="IN",
        on=date(2025, 12, 31),
    )  # fmt: skip


def told(claims, frame):
    return [claim for claim in claims if claim.frame == frame]


@settings(max_examples=20)
@given(texts=perturbed((CONTROL[0], GRANT[0]), (CONTROL[1], GRANT[1])))
def test_a_licence_is_not_a_repeal(pack, texts):
    claims = read(pack, texts)
    assert told(claims, "LICENCE_GRANTED")
    assert not told(claims, "LIFTED")
    state = state_of(pack, events_of(pack, claims))
    assert state.status == "in force"
    assert state.exceptions
    assert {row["grant_date"] for row in state.exceptions} == {"unknown"}


@settings(max_examples=20)
@given(texts=perturbed((GRANT[0],), (GRANT[1],)))
def test_the_day_of_a_statement_is_not_the_day_of_the_grant(pack, texts):
    claims = read(pack, texts)
    grants = told(claims, "LICENCE_GRANTED")
    assert len(grants) >= 2
    for claim in grants:
        assert claim.when is None
        assert claim.said_at is not None
        assert claim.said_at.earliest == date(2025, 10, 30)
    for event in events_of(pack, claims):
        if event.frame == "LICENCE_GRANTED":
            assert event.when is None
            assert event.slot("known_by") == "2025-10-30"


@settings(max_examples=20)
@given(texts=perturbed((GRANT[0], ASKED), (ASKED,)))
def test_what_is_only_asked_never_becomes_a_fact(pack, texts):
    claims = read(pack, texts)
    four = [claim for claim in claims if "4" in claim.values("count")]
    assert four
    assert not any(claim.is_asserted for claim in four)
    for event in events_of(pack, claims):
        if event.frame == "LICENCE_GRANTED":
            assert event.slot("count") in ("", "unknown")
            assert not set(event.supports) & {claim.id for claim in four}
    for verdict in reconcile(claims):
        if {verdict.a, verdict.b} & {claim.id for claim in four}:
            assert verdict.relation in ("RELATED", "COMPATIBLE", "SAME_UTTERANCE")


@settings(max_examples=20)
@given(texts=perturbed((GRANT[0],), (GRANT[1],), (WRONG_GRANTOR,)))
def test_another_grantor_is_a_conflict_on_the_actor(pack, texts):
    claims = read(pack, texts)
    wrong = {c.id for c in told(claims, "LICENCE_GRANTED") if c.values("actor") == ("IN",)}
    assert len(wrong) == 1
    conflicts = [
        verdict
        for verdict in reconcile(claims)
        if verdict.relation == "CONFLICT" and wrong & {verdict.a, verdict.b}
    ]
    assert conflicts
    for verdict in conflicts:
        (actor,) = [d for d in verdict.differences if d.slot == "actor"]
        assert actor.relation == "conflict"
    (event,) = [e for e in events_of(pack, claims) if e.frame == "LICENCE_GRANTED"]
    assert event.actor == "china_government"
    assert set(event.contradicts) == wrong
    assert "actor_conflict" in event.flags


@settings(max_examples=30)
@given(
    texts=st.lists(st.sampled_from(NOT_LIFTED), min_size=1, max_size=3, unique=True).flatmap(
        lambda chosen: perturbed((CONTROL[0], *chosen), (CONTROL[1],))
    )
)
def test_nothing_but_an_explicit_affirmed_act_of_a_named_authority_lifts(pack, texts):
    claims = read(pack, texts)
    state = state_of(pack, events_of(pack, claims))
    assert state.status == "in force", [
        (c.frame, c.polarity, c.modality, c.text) for c in told(claims, "LIFTED")
    ]


@settings(max_examples=10)
@given(
    texts=perturbed(
        (CONTROL[0],),
        ("The Chinese commerce ministry lifted its export controls on rare earth magnets on "
         "October 30, 2025.",),
    )
)  # fmt: skip
def test_an_explicit_affirmed_act_of_a_named_authority_does_lift(pack, texts):
    """So that the rule above does not hold merely because nothing is ever lifted."""
    assert state_of(pack, events_of(pack, read(pack, texts))).status == "lifted"


@settings(max_examples=20)
@given(texts=perturbed((BRIEFING[0],), (BRIEFING[1],)))
def test_two_outlets_at_one_briefing_report_one_utterance(pack, texts):
    claims = read(pack, texts)
    quotes = [c for c in told(claims, "LICENCE_GRANTED") if c.mode == "direct"]
    assert len(quotes) == 2
    (verdict,) = [v for v in reconcile(claims) if {v.a, v.b} == {c.id for c in quotes}]
    assert verdict.relation == "SAME_UTTERANCE"


@settings(max_examples=15)
@given(texts=perturbed((CONTROL[0], GRANT[0], ASKED), (CONTROL[1], WRONG_GRANTOR), (GRANT[1],)))
def test_order_of_documents_changes_no_verdict_and_no_event(pack, texts):
    def outcome(given):
        claims = read(pack, given)
        verdicts = sorted(
            (v.relation, v.rule.replace("first", "one").replace("second", "one"),
             frozenset((v.a, v.b)))
            for v in reconcile(claims)
        )  # fmt: skip
        events = {
            (e.frame, e.status, e.actor, e.independent_families, frozenset(e.claims))
            for e in events_of(pack, claims)
        }
        return [(r, rule, sorted(pair)) for r, rule, pair in verdicts], events

    assert len(set(texts)) == len(texts)
    one, two = outcome(texts), outcome(texts[::-1])
    assert sorted(one[0]) == sorted(two[0])
    assert one[1] == two[1]


@settings(max_examples=15)
@given(texts=perturbed((ASKED, *NOT_LIFTED[:2])), data=st.data())
def test_no_plug_in_turns_a_question_or_denial_into_a_fact(pack, texts, data):
    """A plug-in that states every stretch of the text as a lifting or a grant."""
    claims = read(pack, texts)
    text = claims.documents[0].text
    doubtful = [c for c in claims if c.frame in ("LIFTED", "LICENCE_GRANTED")]
    assert doubtful
    target = data.draw(st.sampled_from(doubtful))
    start = data.draw(st.integers(target.span.start, target.span.end - 1))
    end = data.draw(st.integers(start + 1, target.span.end))
    proposal = ProposedClaim(start, end, text[start:end], target.frame)
    found, (report,) = add_proposed(claims, {"bold": lambda document: [proposal]})
    assert report.n_accepted == 0
    assert found.claims == claims.claims


@settings(max_examples=30)
@given(data=st.data())
def test_a_proposal_counts_only_where_its_words_stand(pack, data):
    text = HEAD + GRANT[0] + "\n\n" + CONTROL[0]
    claims = read(pack, (text,))
    start = data.draw(st.integers(-5, len(text) + 5))
    end = data.draw(st.integers(-5, len(text) + 5))
    exact = data.draw(st.one_of(st.just(text[max(0, start) : max(0, end)]), st.text(max_size=9)))
    proposal = ProposedClaim(start, end, exact, "DEAL", polarity="questioned")
    found, (report,) = add_proposed(claims, {"any": lambda document: [proposal]})
    is_exact = 0 <= start < end <= len(text) and text[start:end] == exact
    assert report.n_accepted == is_exact
    assert len(found) == len(claims) + is_exact


@pytest.fixture(scope="module")
def seeds(shared):
    return read_folder(shared / "seeds")


SEEDS_LEFT = ("SAME_UTTERANCE", "DIVERGENT_QUOTE", "CONFLICT")


@settings(max_examples=6)
@given(
    tail=st.lists(st.sampled_from(BOILERPLATE), max_size=3, unique=True),
    turned=st.booleans(),
    quotes=st.sampled_from(QUOTES[:2]),
)
def test_the_seeds_keep_their_verdicts(seeds, pack, tail, turned, quotes):
    """Further boilerplate, straight or curly marks, and either order: the same verdicts."""
    plain = extract(seeds, pack)
    changed = []
    for document in seeds.documents:
        text = document.text.replace("“", quotes[0]).replace("”", quotes[1])
        data = (text + "".join(f"\n\n{line}" for line in tail)).encode("utf-8")
        changed.append(parse_document(data, name=document.name))
    order = changed[::-1] if turned else changed
    other = extract(replace(seeds, documents=assign_families(order)), pack)
    assert_same_seeds(pack, other, plain)


def seeds_outcome(claims):
    rows = []
    for verdict in reconcile(claims):
        if verdict.relation in SEEDS_LEFT:
            frames = [claims.get(name).frame or "" for name in (verdict.a, verdict.b)]
            rows.append((verdict.relation, *sorted(frames)))
    return sorted(rows)


def assert_same_seeds(pack, other, plain):
    """The verdicts that matter are those of the plain seeds, and nothing was lifted."""
    assert seeds_outcome(other) == seeds_outcome(plain)
    state = state_of(pack, fold_claims(other, reconcile(other), pack, with_pack=False))
    assert state.status == "in force"
    assert [row["count"] for row in state.exceptions] == ["unknown"]


LONG_LINE = 100
"""Code points from which a line of the seeds is a paragraph that an outlet may wrap."""


def laid_out(text, width, blank, gap):
    """The same words as another page shows them: wrapped lines, other blanks, wider gaps.

    Who wraps lines puts an empty one between paragraphs; else nothing tells where one ends.
    """
    lines = []
    for line in filter(str.strip, text.split("\n")):
        if len(line) >= LONG_LINE:
            if width:
                line = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            line = line.replace(" ", blank)
        lines.append(line)
    return gap.join(lines)


def assert_layout_changes_nothing(pack, seeds, width, blank, gap):
    changed = [
        parse_document(laid_out(d.text, width, blank, gap).encode("utf-8"), name=d.name)
        for d in seeds.documents
    ]
    other = extract(replace(seeds, documents=assign_families(changed)), pack)
    for claim in other:
        document = other.document_of(claim)
        assert document.text[claim.span.start : claim.span.end] == claim.span.exact
    assert_same_seeds(pack, other, extract(seeds, pack))


WIDTHS = (0, 44, 60, 72, 100)


@settings(max_examples=4)
@given(
    width=st.sampled_from(WIDTHS[2:4]),
    blank=st.sampled_from(BLANKS[:2]),
    gap=st.sampled_from(BREAKS),
)
def test_the_seeds_keep_their_verdicts_however_they_are_laid_out(seeds, pack, width, blank, gap):
    assert_layout_changes_nothing(pack, seeds, width, blank, gap)


@pytest.mark.slow
@settings(max_examples=60)
@given(width=st.sampled_from(WIDTHS), blank=st.sampled_from(BLANKS), gap=st.sampled_from(BREAKS))
def test_every_layout_of_the_seeds(seeds, pack, width, blank, gap):
    assert_layout_changes_nothing(pack, seeds, width, blank, gap)
