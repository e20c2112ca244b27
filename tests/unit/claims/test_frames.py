"""Frame rules: every frame in several wordings, official notices, and what must stay unsaid."""

from __future__ import annotations

import pytest

from coercivity.claims.frame_reference import FRAME_MEANINGS, SLOT_MEANINGS, frames_page
from coercivity.claims.frame_rules import NEEDS, load_rules, read_rules
from coercivity.claims.model import FRAMES
from coercivity.claims.needs import CONDITIONS
from coercivity.claims.vocabulary import load_vocabulary
from coercivity.errors import InputError

HEAD = "date 2024-03-15\n\n"  # a Friday
DESIGNED = set(FRAMES) - {"QUANTITY"}


def framed(claims, frame):
    return [claim for claim in claims if claim.frame == frame]


@pytest.mark.parametrize(
    ("frame", "text", "slots"),
    [
        (
            "CONTROL_ANNOUNCED",
            "Norway imposed export controls on optical glass on Monday.",
            {"actor": "NO", "item": "glass", "announced": "2024-03-11"},
        ),
        (
            "CONTROL_ANNOUNCED",
            "Article 2: From April 1, 2024, exports of optical glass require a permit.",
            {"item": "glass", "effective": "2024-04-01"},
        ),
        (
            "CONTROL_ANNOUNCED",
            "Announcement No. 8 of 2024 places optical glass (6A004.e) under licensing.",
            {"item": "glass", "instrument": "8/2024"},
        ),
        (
            "CONTROL_ANNOUNCED",
            "Cameras may not be exported to Chile without a licence from the Trade Ministry.",
            {"item": "camera", "destination": "CL"},
        ),
        (
            "TIGHTENED",
            "Norway widened its restrictions on lenses on Thursday.",
            {"actor": "NO", "item": "lens"},
        ),
        (
            "SUSPENDED",
            "The Norwegian trade ministry suspended Announcement No. 7 of 2023 until 31 May 2025.",
            {"actor": "trade_no", "instrument": "7/2023", "until": "2025-05-31"},
        ),
        (
            "SUSPENDED",
            "Norway has put its controls on lenses on hold until July 2024.",
            {"actor": "NO", "until": "2024-07-31"},
        ),
        (
            "LIFTED",
            "The Norwegian trade ministry repealed its ban on cameras for Chile.",
            {"actor": "trade_no", "item": "camera", "destination": "CL"},
        ),
        (
            "LICENCE_GRANTED",
            "Norway cleared shipments of lenses for three Chilean firms.",
            {"actor": "NO", "recipient": "CL", "count": "3", "item": "lens"},
        ),
        (
            "LICENCE_REFUSED",
            "Norway rejected a licence request by Andes Optics.",
            {"actor": "NO", "recipient": "andes_optics"},
        ),
        (
            "APPLICATION_STATUS",
            "Of 40 requests from Chilean firms, Norway has approved 12.",
            {"actor": "NO", "status": "approved"},
        ),
        (
            "CONDITION",
            "Buyers must certify that the lenses will not go into weapons.",
            {"item": "lens"},
        ),
        (
            "CONDITION",
            "Importers may not resell the lenses to third parties.",
            {"item": "lens"},
        ),
        (
            "SUPPLY_HALTED",
            "Norway has cut off deliveries of optical glass to Chile since 5 March.",
            {"actor": "NO", "item": "glass", "destination": "CL"},
        ),
        (
            "SUPPLY_RESUMED",
            "Norway has resumed exports of optical glass to Chile.",
            {"actor": "NO", "item": "glass", "destination": "CL"},
        ),
        (
            "DEAL",
            "Norway and Chile signed an agreement on lenses on March 12.",
            {"participant": "NO"},
        ),
        ("DEAL", "Norway promised on March 4 to speed up licences.", {"actor": "NO"}),
        (
            "MEETING",
            "Kari Nordmann held talks with Chile in Oslo on March 12.",
            {"participant": "kari_nordmann"},
        ),
        (
            "TALKS_RESUMED",
            "Norway and Chile have revived their trade dialogue.",
            {"participant": "CL"},
        ),
        (
            "PRODUCTION_CUT",
            "Andes Optics cut output of cameras in February for want of optical glass.",
            {"actor": "andes_optics", "item": "camera"},
        ),
        (
            "PRODUCTION_STOPPED",
            "Andes Optics idled its plant last week.",
            {"actor": "andes_optics"},
        ),
        (
            "PRODUCTION_RAISED",
            "Andes Optics stepped up production in February.",
            {"actor": "andes_optics"},
        ),
        (
            "PRODUCTION_RESUMED",
            "Andes Optics restarted its factory on March 11.",
            {"actor": "andes_optics"},
        ),
    ],
)
def test_frame_with_its_slots(read, frame, text, slots):
    found = framed(read(HEAD + text), frame)
    assert len(found) == 1, [(c.frame, c.text) for c in read(HEAD + text)]
    for name, value in slots.items():
        assert value in found[0].values(name), (name, found[0].to_json()["slots"])


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("LIFTED", "Norway eased its restrictions on lenses for Chile."),
        ("LIFTED", "Norway granted licences for lenses to three Chilean firms."),
        ("CONTROL_ANNOUNCED", "Norway is not known for its lenses."),
        ("MEETING", "Norway met demand for lenses."),
        ("PRODUCTION_CUT", "Norway cut its restrictions on lenses."),
    ],
)
def test_what_is_not_that_frame(read, frame, text):
    assert not framed(read(HEAD + text), frame)


@pytest.mark.parametrize(
    "text",
    [
        "Sources claim that Norway has lifted its ban on lenses.",
        "Norway reportedly lifted its ban on lenses.",
        "Officials say Norway has lifted its ban on lenses.",
        "Norway would lift its ban on lenses under the plan.",
        "There are rumours that Norway has lifted its ban on lenses.",
        "If Norway lifts its ban on lenses, prices will fall; shipments would resume.",
        "Kari Nordmann believes that Norway has lifted its ban on lenses.",
        "Has Norway lifted its ban on lenses?",
        "Norway denied that it had lifted its ban on lenses.",
    ],
)
def test_end_of_control_that_nobody_vouches_for_is_not_asserted(read, text):
    for claim in framed(read(HEAD + text), "LIFTED"):
        assert not (claim.is_asserted and claim.polarity == "affirmed"), claim.to_json()


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        (
            "Norway was clearing lenses for other countries but not for Chile.",
            {("affirmed", True), ("negated", True)},
        ),
        (
            "Norway denied that it had cleared lenses for Peru but not for Chile.",
            {("negated", True)},
        ),
    ],
)
def test_act_turned_round_for_somebody_else(read, text, sides):
    found = framed(read(HEAD + text), "LICENCE_GRANTED")
    assert {(c.polarity, c.is_asserted) for c in found} == sides
    if len(sides) == 2:
        denied = next(c for c in found if c.polarity == "negated")
        assert denied.values("recipient") == ("CL",)


@pytest.mark.parametrize(
    ("lead", "is_named"),
    [
        ("Three Chilean firms have received licences from Norway.", True),
        ("Asked if three Chilean firms had received licences, the ministry was silent.", False),
        ("Three Chilean firms might receive licences from Norway.", False),
        ("Norway has not granted licences to Chilean firms.", False),
    ],
)
def test_names_are_added_only_to_what_is_told_as_a_fact(read, lead, is_named):
    claims = read(f"{HEAD}{lead} Reports name Andes Optics.")
    named = [
        c
        for c in framed(claims, "LICENCE_GRANTED")
        if c.is_asserted and "andes_optics" in c.values("recipient")
    ]
    assert bool(named) == is_named


def test_roles_left_out_are_filled_from_the_document_and_marked(read):
    claims = read(
        f"{HEAD}Norway has granted licences for lenses to three Chilean firms. Some 30 "
        "applications remain."
    )
    status = framed(claims, "APPLICATION_STATUS")[0]
    assert status.values("actor") == ("NO",)
    assert status.values("applicant") == ("CL",)
    assert {s.rule for s in status.slots if s.name in ("actor", "applicant")} == {"context"}
    assert status.confidence != "high"


def test_two_controlling_countries_leave_the_role_open(read):
    claims = read(
        f"{HEAD}Norway has granted licences for lenses to Chilean firms. Sweden imposed controls "
        "on cameras. Some 30 applications remain."
    )
    assert not framed(claims, "APPLICATION_STATUS")[0].values("actor")


def test_date_of_effect_is_not_the_day_of_announcement(read):
    claims = read(
        f"{HEAD}Norway announced controls on optical glass on March 12. The controls take effect "
        "on April 2, 2024."
    )
    first, second = framed(claims, "CONTROL_ANNOUNCED")
    assert first.values("announced") == ("2024-03-12",)
    assert second.values("effective") == ("2024-04-02",)
    assert second.when is None


def test_date_of_comparison_is_not_the_date_of_the_act(read):
    claims = read(f"{HEAD}The paper counts 21 firms waiting, up from 11 two weeks ago.")
    assert all(c.when is None for c in framed(claims, "APPLICATION_STATUS"))


def test_item_codes_of_a_notice(read):
    claims = read(f"{HEAD}Norway imposed controls on optical glass (6A004.e) on March 12.")
    assert framed(claims, "CONTROL_ANNOUNCED")[0].values("code") == ("6A004.e",)


def test_speaker_keeps_what_follows_a_semicolon(read):
    claims = read(
        f"{HEAD}Andes Optics said on Thursday that its plant is back at work; shipments to Peru "
        "restarted on March 11."
    )
    behind = [c for c in claims if c.when is not None and c.when.value == "2024-03-11"]
    assert behind
    assert all(c.speaker is not None and c.speaker.party == "andes_optics" for c in behind)


def test_every_frame_of_the_plan_has_rules():
    assert {rule.frame for rule in load_rules()} == DESIGNED


def test_conditions_of_rules_are_those_that_are_known():
    assert set(CONDITIONS) == NEEDS


def test_bad_rule_is_refused_with_its_name():
    rows = [{"id": "x.y", "frame": "LIFTED", "verbs": ["lift"], "needs": ["magic"]}]
    with pytest.raises(InputError, match=r"x\.y"):
        read_rules(rows, where="vocabulary.yaml")


def test_a_pack_adds_rules_of_its_own(pack, read):
    from coercivity.claims import extract
    from coercivity.documents import assign_families
    from coercivity.documents.model import DocumentSet
    from coercivity.documents.readers import parse_document

    assert load_vocabulary(pack).frames
    text = "date 2025-10-20\n\nChina has halted inspections of urea shipments to India."
    document = parse_document(text.encode(), name="a.txt")
    claims = extract(DocumentSet(assign_families([document])), pack)
    halted = framed(claims, "SUPPLY_HALTED")
    assert [c.rules[0] for c in halted] == ["fertiliser.no_inspection"]
    assert not framed(read(text), "SUPPLY_HALTED")


def test_reference_page_tells_every_frame_rule_slot_and_condition():
    page = frames_page()
    assert set(FRAME_MEANINGS) == set(FRAMES)
    for rule in load_rules():
        assert f"| `{rule.id}` |" in page
        assert {slot for slot, _ in rule.slots} <= set(SLOT_MEANINGS)
    for name in (*FRAMES, *SLOT_MEANINGS, *CONDITIONS):
        assert name in page
