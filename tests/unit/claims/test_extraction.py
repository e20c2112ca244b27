"""Statements, frames and factuality, on a subject the code has never heard of."""

from __future__ import annotations

import pytest

HEAD = "date 2024-03-15\n\n"  # a Friday


def framed(claims, frame):
    return [claim for claim in claims if claim.frame == frame]


def one(claims, frame):
    found = framed(claims, frame)
    assert len(found) == 1, [(c.frame, c.text) for c in claims]
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        "The Norwegian trade ministry said on Thursday that Norway has granted licences to "
        "several Chilean companies to import optical lenses.",
        "Norway has granted licences to several Chilean companies to import optical lenses, the "
        "Norwegian trade ministry said on Thursday.",
        "The Norwegian trade ministry confirmed on Thursday that several Chilean companies have "
        "received licences from Norway to import optical lenses.",
        "The Norwegian trade ministry said on Thursday several Chilean companies had been given "
        "permission by Norway to import optical lenses.",
    ],
)
def test_licence_told_in_different_words(read, text):
    claim = one(read(HEAD + text), "LICENCE_GRANTED")
    assert claim.is_asserted
    assert "CL" in claim.values("recipient")
    assert claim.values("count") == ("unknown",)
    assert claim.values("item") == ("lens",)
    assert "NO" in claim.values("actor") + claim.values("origin")
    assert claim.speaker.party == "trade_no"
    assert claim.said_at.value == "2024-03-14"
    assert claim.when is None


@pytest.mark.parametrize(
    "text",
    [
        "A reporter asked whether four Chilean companies had been given licences by Norway.",
        "When asked if four Chilean companies had received licences from Norway, spokesperson "
        "Kari Nordmann said: “I will come back to you.”",
        "“Have four Chilean companies received licences from Norway?” he asked.",
        "Have four Chilean companies received licences from Norway?",
        "The ministry did not say whether four Chilean companies had received licences.",
        "It is unclear whether four Chilean companies received licences from Norway.",
        "Kari Nordmann declined to confirm that four Chilean companies had received licences.",
        "Nordmann would not say if Norway had granted licences to four Chilean companies.",
    ],
)
def test_question_never_becomes_a_fact(read, text):
    claims = read(HEAD + text)
    assert any("4" in c.values("count") for c in claims) or framed(claims, "QUANTITY")
    for claim in claims:
        if claim.frame in ("LICENCE_GRANTED", "QUANTITY"):
            assert claim.kind == "question"
            assert claim.polarity == "questioned"
            assert not claim.is_asserted


@pytest.mark.parametrize(
    "text",
    [
        "The ministry denied that Norway had granted licences to Chilean companies.",
        "Norway has not granted licences to Chilean companies.",
        "No Chilean company has received a licence from Norway.",
        "Norway has yet to grant licences to Chilean companies.",
        "Norway refused to grant licences to Chilean companies.",
    ],
)
def test_denial_and_negation_are_not_affirmed(read, text):
    claims = framed(read(HEAD + text), "LICENCE_GRANTED")
    assert claims
    for claim in claims:
        assert claim.polarity == "negated"


@pytest.mark.parametrize(
    "text",
    [
        "Norway will grant licences to Chilean companies.",
        "Norway may grant licences to Chilean companies.",
        "Norway plans to grant licences to Chilean companies.",
        "Norway would grant licences to Chilean companies if talks succeed.",
        "Chile has asked Norway to grant licences to Chilean companies.",
    ],
)
def test_plans_and_wishes_are_not_asserted(read, text):
    for claim in framed(read(HEAD + text), "LICENCE_GRANTED"):
        assert claim.modality != "actual"
        assert not claim.is_asserted


@pytest.mark.parametrize(
    ("text", "frame", "slots"),
    [
        ("Norway announced new restrictions on exports of optical glass.", "CONTROL_ANNOUNCED",
         {"actor": "NO", "item": "glass"}),
        ("Norway tightened its controls on lenses.", "TIGHTENED", {"actor": "NO", "item": "lens"}),
        ("The Norwegian trade ministry suspended the controls on lenses until May 1, 2024.",
         "SUSPENDED", {"actor": "trade_no", "until": "2024-05-01"}),
        ("Norway lifted its restrictions on lenses for Chile.", "LIFTED",
         {"actor": "NO", "destination": "CL"}),
        ("Norway rejected the licence application of Andes Optics.", "LICENCE_REFUSED",
         {"actor": "NO"}),
        ("Norway halted exports of lenses to Chile.", "SUPPLY_HALTED",
         {"actor": "NO", "destination": "CL", "item": "lens"}),
        ("Norway resumed shipments of lenses to Chile.", "SUPPLY_RESUMED",
         {"actor": "NO", "destination": "CL"}),
        ("About 30 applications from Chilean firms are still pending.", "APPLICATION_STATUS",
         {"applicant": "CL", "status": "pending"}),
        ("The lenses may not be resold to Peru.", "CONDITION", {"destination": "PE"}),
        ("Norway and Chile reached an agreement on lenses.", "DEAL", {"participant": "CL"}),
        ("The foreign ministers of Norway and Chile met in Bergen.", "MEETING",
         {"participant": "NO", "place": "Bergen"}),
        ("Chile raised the matter with Norway.", "MEETING", {"participant": "NO"}),
        ("Norway and Chile resumed their trade dialogue.", "TALKS_RESUMED", {"participant": "CL"}),
        ("Andes Optics cut its production of cameras.", "PRODUCTION_CUT",
         {"actor": "andes_optics", "item": "camera"}),
        ("Andes Optics has idled its plant for want of lenses.", "PRODUCTION_STOPPED",
         {"actor": "andes_optics", "item": "lens"}),
        ("Chile imported about 540 tonnes of optical glass in 2023.", "QUANTITY",
         {"value": "540", "unit": "t", "hedge": "about", "measure": "import", "item": "glass"}),
    ],
)  # fmt: skip
def test_all_sixteen_frames(read, text, frame, slots):
    claim = framed(read(HEAD + text), frame)[0]
    assert claim.is_asserted
    for name, value in slots.items():
        assert value in claim.values(name), [(s.name, s.value) for s in claim.slots]


def test_lifted_for_all_but_not_for_one(read):
    claims = read(
        HEAD + "Norway stopped supplies of lenses last year. Although it removed restrictions in "
        "January but did not do so for resuming exports to Chile."
    )
    affirmed, negated = framed(claims, "LIFTED")
    assert (affirmed.polarity, affirmed.values("destination")) == ("affirmed", ())
    assert (negated.polarity, negated.values("destination")) == ("negated", ("CL",))
    assert affirmed.values("actor") == negated.values("actor") == ("NO",)


def test_easing_is_not_lifting(read):
    assert not framed(read(HEAD + "Norway moved to relax limits on lenses."), "LIFTED")


def test_number_of_an_instrument_is_not_the_word_no(read):
    claim = framed(
        read(HEAD + "Announcement No. 61 of 2024 requires a licence for optical lenses."),
        "CONTROL_ANNOUNCED",
    )[0]
    assert claim.polarity == "affirmed"
    assert claim.values("instrument") == ("61/2024",)


def test_surname_and_pronoun_lead_back_to_the_titled_person(read):
    claims = read(
        HEAD + "Trade ministry spokeswoman Liv Dahl said that talks were under way. “We are "
        "studying the matter closely,” she said. Dahl added that nothing was decided yet."
    )
    names = [claim.speaker.name for claim in claims if claim.speaker]
    assert names == ["Liv Dahl"] * 3
    assert claims.claims[0].speaker.role == "Trade ministry spokeswoman"


def test_quotation_takes_the_place_of_saying_with_it(read):
    claims = read(
        HEAD + "Kari Nordmann replied, “Several firms have received licences,” during a briefing."
    )
    claim = one(claims, "LICENCE_GRANTED")
    assert claim.mode == "direct"
    assert claim.text.startswith("“Several")
    assert claim.text.endswith("during a briefing")


@pytest.mark.parametrize("marks", ["“”", '""', "«»"])
def test_quotation_marks_of_any_style(read, marks):
    text = f"Kari Nordmann said: {marks[0]}We have not looked at it yet.{marks[1]}"
    (claim,) = [c for c in read(HEAD + text) if c.mode == "direct"]
    assert claim.speaker.party == "kari_nordmann"
    assert claim.text[0] == marks[0]
    assert claim.text[-1] == marks[1]


def test_answer_after_a_question_is_open(read):
    claims = read(
        HEAD + "Asked if an agreement between Norway and Peru will help Chile, Kari Nordmann said: "
        "“I will come back to you on that.” “We have not looked at it yet,” she stated."
    )
    answers = [claim for claim in claims if claim.kind == "answer"]
    (deal,) = framed(claims, "DEAL")
    assert len(answers) == 2
    assert {claim.group for claim in answers} == {deal.group}
    assert not deal.is_asserted


def test_wrong_grantor_stays_as_reported(read):
    claim = framed(
        read(HEAD + "Chile has granted licences to Chilean firms to import lenses from Norway."),
        "LICENCE_GRANTED",
    )[0]
    assert claim.values("actor") == ("CL",)
    assert claim.values("origin") == ("NO",)


def test_claims_do_not_depend_on_other_documents(read):
    text = HEAD + "Norway halted exports of lenses to Chile."
    alone = {claim.id for claim in read(text)}
    beside = read(text, HEAD + "Chile raised the matter with Norway on Monday.")
    assert alone == {c.id for c in beside if c.document == beside.documents[0].id}


def test_html_claims_slice_the_raw_page(read):
    claims = read(
        "<html><body><p>Norway has <b>grant</b>ed licences to several&nbsp;Chilean firms.</p>"
        "</body>",
        suffix=".html",
    )
    claim = one(claims, "LICENCE_GRANTED")
    raw = claims.documents[0].text
    assert raw[claim.span.start : claim.span.end] == claim.span.exact
    assert "<b>grant</b>ed" in claim.span.exact
    assert claim.text == "Norway has granted licences to several Chilean firms"


def test_pack_notes_and_dev_reports_hold_the_rules(pack, shared):
    from coercivity.claims import extract
    from coercivity.documents import from_pack, read_folder

    for documents in (from_pack(pack), read_folder(shared / "documents-dev")):
        claims = extract(documents, pack)
        assert claims.claims
        for claim in claims:
            text = claims.document_of(claim).text
            assert text[claim.span.start : claim.span.end] == claim.span.exact
            if claim.mode == "question" or claim.kind == "question":
                assert claim.polarity == "questioned"
                assert not claim.is_asserted
