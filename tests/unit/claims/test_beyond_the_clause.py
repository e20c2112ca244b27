"""What an act says outside its own clause: who, when, and whether it is so at all."""

from __future__ import annotations

import pytest

from coercivity.claims.dates import tag_dates
from coercivity.claims.resolve import resolve

HEAD = "date 2024-03-15\n\n"  # a Friday


def framed(claims, frame):
    return [claim for claim in claims if claim.frame == frame]


def only(claims, frame):
    found = framed(claims, frame)
    assert len(found) == 1, [(c.frame, c.text) for c in claims]
    return found[0]


def test_unknown_firm_acts_by_its_name(read):
    claim = only(read(HEAD + "Fjord Industries halted production on Monday."), "PRODUCTION_STOPPED")
    assert claim.values("actor") == ("Fjord Industries",)
    assert claim.when.value == "2024-03-11"


def test_the_company_is_the_firm_spoken_of(read):
    text = "Andes Optics makes cameras. On Monday the company halted production."
    assert only(read(HEAD + text), "PRODUCTION_STOPPED").values("actor") == ("andes_optics",)


def test_a_firm_that_speaks_of_itself(read):
    text = "Kari Nordmann met nobody. Andes Optics said that it had halted production."
    assert only(read(HEAD + text), "PRODUCTION_STOPPED").values("actor") == ("andes_optics",)


def test_firms_do_not_meet_as_they(read):
    text = "Andes Optics expects no cut. They met in Oslo on Monday."
    assert not framed(read(HEAD + text), "MEETING")


def test_halt_is_dated_by_the_sentence_that_speaks_of_it_again(read):
    text = "Andes Optics has stopped production. The halt, which began on March 4, hurts."
    claim = only(read(HEAD + text), "PRODUCTION_STOPPED")
    assert claim.when.value == "2024-03-04"
    assert "told again" in claim.rules


def test_suspension_ends_where_a_later_sentence_says(read):
    text = (
        "The Norwegian trade ministry suspended Announcement No. 7 of 2023. "
        "The suspension runs until 31 May 2025."
    )
    assert only(read(HEAD + text), "SUSPENDED").values("until") == ("2025-05-31",)


def test_month_is_carried_to_the_next_maker(read):
    text = "Andes Optics raised its output in February. Fjord Industries cut its output."
    claims = read(HEAD + text)
    assert only(claims, "PRODUCTION_CUT").when.value == "2024-02"


def test_day_is_not_carried(read):
    text = "Andes Optics raised its output on March 4. Fjord Industries cut its output."
    assert only(read(HEAD + text), "PRODUCTION_CUT").when is None


def test_by_a_day_tells_when_it_was_so(read):
    text = "By the end of February, 30 applications from Chile had been approved."
    claim = framed(read(HEAD + text), "APPLICATION_STATUS")[0]
    assert claim.when.latest.isoformat() == "2024-02-29"
    assert claim.values("until") == ()


def test_base_of_a_fall_does_not_date_it(read):
    text = "Output of Andes Optics fell to 10 units from 20 units in February 2023."
    assert only(read(HEAD + text), "PRODUCTION_CUT").when is None


def test_importers_that_file_are_applicants_and_none_stands_for_applications(read):
    text = (
        "Chilean importers had submitted 52 applications to Norway. None had yet been approved "
        "by the Norwegian side."
    )
    filed, none = framed(read(HEAD + text), "APPLICATION_STATUS")
    assert "CL" in filed.values("applicant")
    assert "CL" not in filed.values("actor")
    assert none.polarity == "negated"


def test_turn_of_a_question_states_nothing(read):
    text = "Question: Norway has lifted its curbs on lenses. Is that right?\n\nAnswer: Wait."
    assert all(not claim.is_asserted for claim in framed(read(HEAD + text), "LIFTED"))


def test_as_somebody_said_names_the_speaker(read):
    text = "As Kari Nordmann said on Monday, Norway has granted licences to Chilean firms."
    claim = only(read(HEAD + text), "LICENCE_GRANTED")
    assert claim.speaker is not None
    assert claim.speaker.party == "kari_nordmann"


def test_name_of_a_minister_with_a_long_title(read):
    text = (
        "Minister of State for Heavy Industries Astrid Karin Solheim said that Norway had "
        "granted licences to Chilean firms."
    )
    speaker = only(read(HEAD + text), "LICENCE_GRANTED").speaker
    assert not speaker.name.startswith("of ")
    assert speaker.name.endswith("Solheim")


def test_request_for_something_else_is_no_application(read):
    text = "The Norwegian trade ministry rejected a request to suspend Announcement No. 7."
    claims = read(HEAD + text)
    assert not framed(claims, "LICENCE_REFUSED")
    assert not framed(claims, "APPLICATION_STATUS")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("in the year to March 2025", "2024-04-01", "2025-03-31"),
        ("in the 12 months ended December 2024", "2024-01-01", "2024-12-31"),
        ("for the year ended March 31, 2025", "2024-04-01", "2025-03-31"),
    ],
)
def test_year_that_ends_with_a_month(text, low, high):
    (expression,) = tag_dates(text)
    found = resolve(expression, None, None)
    assert (found.earliest.isoformat(), found.latest.isoformat()) == (low, high)


def test_second_half_is_a_time_and_no_amount(read):
    text = "Andes Optics will make up for it in the second half, from which 40 units are due."
    values = [c.values("value") for c in framed(read(HEAD + text), "QUANTITY")]
    assert ("50",) not in values
