"""What is told, what is doubted, what is called untrue; who is made to say it."""

from __future__ import annotations

import pytest

from coercivity.claims.extraction import extract
from coercivity.documents import DocumentSet
from coercivity.documents.readers import parse_document
from support.labelled_evidence import read_texts

HEAD = "date 2024-03-15\n\n"


def only(read, text, frame):
    (claim,) = [claim for claim in read(HEAD + text) if claim.frame == frame]
    return claim


@pytest.mark.parametrize(
    "text",
    [
        "Neither Chile nor Peru was granted a licence for lenses.",
        "There is no truth in the claim that Norway granted licences for lenses to Chile.",
        "The report that Norway granted licences for lenses to Chile is false.",
        "The claim that Norway granted licences for lenses to Chile was rejected on Friday.",
    ],
)
def test_what_is_called_untrue_is_denied(read, text):
    claim = only(read, text, "LICENCE_GRANTED")
    assert claim.polarity == "negated"


@pytest.mark.parametrize(
    "text",
    [
        "The report that Norway granted licences for lenses to Chile was retracted.",
        "There is no confirmation that Norway granted licences for lenses to Chile.",
        "Traders repeated the claim that Norway granted licences for lenses to Chile.",
    ],
)
def test_what_only_a_report_says_is_no_fact(read, text):
    claim = only(read, text, "LICENCE_GRANTED")
    assert not claim.is_asserted
    assert claim.hedges


def test_who_wants_to_know_asks(read):
    text = "A reporter wanted to know if four firms had obtained permits for lenses from Norway."
    assert only(read, text, "LICENCE_GRANTED").polarity == "questioned"


def test_an_announcement_of_what_takes_effect_later_is_made(read):
    text = (
        "The Norwegian trade ministry announced on March 11 that lenses will need a licence from "
        "June 1."
    )
    claim = only(read, text, "CONTROL_ANNOUNCED")
    assert claim.is_asserted
    assert claim.when.value == "2024-03-11"
    assert claim.values("effective") == ("2024-06-01",)
    planned = only(read, "Lenses will need a licence from June 1.", "CONTROL_ANNOUNCED")
    assert planned.modality == "planned"


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("Norway stopped shipping lenses to Chile.", "SUPPLY_HALTED"),
        ("Andes Optics stopped assembling cameras on March 4.", "PRODUCTION_STOPPED"),
        ("Andes Optics resumed assembling cameras on March 4.", "PRODUCTION_RESUMED"),
        ("Norway resumed exporting lenses to Chile.", "SUPPLY_RESUMED"),
    ],
)
def test_what_is_done_no_longer_or_again(read, text, frame):
    assert only(read, text, frame).is_asserted


def test_one_word_for_sending_on(read):
    claim = only(read, "The lenses must not be re-exported to Peru.", "CONDITION")
    assert claim.values("destination") == ("PE",)
    assert "re-exported" in claim.span.exact


def test_quotation_inside_a_clause_keeps_its_frame(read):
    text = "Kari Nordmann stressed that Norway “has lifted the ban on lenses” and would watch it."
    claim = only(read, text, "LIFTED")
    assert claim.mode == "mixed"
    assert claim.speaker.party == "kari_nordmann"
    assert claim.values("actor") == ("NO",)


def test_clause_behind_a_phrase_is_what_was_told(read):
    text = "Andes Optics told its clients in a letter that it had halted production of cameras."
    claim = only(read, text, "PRODUCTION_STOPPED")
    assert claim.speaker.party == "andes_optics"


@pytest.mark.parametrize("title", ["The head of the chamber", "The chief executive of Glassworks"])
def test_name_beside_a_title_is_preferred(read, title):
    claims = read(HEAD + f"{title}, Ingrid Solberg, said that nine plants have closed.")
    (speaker,) = {claim.speaker.name for claim in claims if claim.speaker}
    assert speaker == "Ingrid Solberg"


def test_finer_date_is_the_one_that_counts(read):
    text = "A year earlier, in May 2023, Norway had stopped shipments of lenses."
    assert only(read, text, "SUPPLY_HALTED").when.value == "2023-05"


def test_implausible_numbers_are_flagged_wherever_claims_are_read(pack):
    text = "China exported 6,000 million tonnes of rare-earth magnets in December 2025."
    document = parse_document(f"date 2026-01-20\n\n{text}".encode(), name="a.txt")
    (claim,) = [c for c in extract(DocumentSet((document,)), pack) if c.frame == "QUANTITY"]
    assert "number.implausible" in claim.rules
    assert claim.confidence == "low"


def test_number_in_words_with_thousands_and_hundreds():
    from coercivity.claims.numbers import tag_numbers
    from coercivity.claims.vocabulary import load_lexicon

    for words, value, unit in (
        ("five thousand nine hundred and fifty-two tonnes", 5952, "t"),
        ("seven thousand two hundred and eighty crore rupees", 7.28e10, "INR"),
        ("two thousand five hundred tonnes", 2500, "t"),
        ("two hundred and six tonnes", 206, "t"),
    ):
        (number,) = tag_numbers(f"It took {words}.", dates=(), lexicon=load_lexicon())
        assert (number.low, number.unit) == (value, unit)


@pytest.mark.parametrize(
    ("one", "two", "relation"),
    [
        ("Oslo", "Lima", "COMPATIBLE"),  # capitals: names of countries in reports
        ("Bergen", "Tromso", "CONFLICT"),
        ("Bergen", "the Grieg Hall", "COMPATIBLE"),
    ],
)
def test_two_towns_exclude_one_another(read, one, two, relation):
    from dataclasses import replace

    from coercivity.claims import reconcile

    text = "Norway and Chile signed a deal on lenses in {} on March 11."
    documents = tuple(
        replace(
            parse_document((HEAD + text.format(town)).encode(), name=f"{town}.txt"), family=town
        )
        for town in (one, two)
    )
    claims = read(HEAD + "Nothing.")
    from coercivity.claims.extraction import read_claims

    found = reconcile(read_claims(DocumentSet(documents), claims.vocabulary))
    relations = {v.relation for v in found if v.b}
    assert relation in relations or (relation == "COMPATIBLE" and "CONFLICT" not in relations)


NO_FACTS = (
    "The reports that China lifted its curbs on gallium are wrong.",
    "Beijing called the report that it had suspended Announcement No. 61 fake.",
    "China has not so far approved any licence for Indian firms.",
    "Hardly any Indian firm has received a licence from China.",
    "China is said to have lifted the ban on gallium.",
    "It is not true that China has lifted its curbs on rare earth magnets.",
    "China would lift the curbs if India agreed.",
    "Nobody in Delhi knows whether China has lifted the curbs on magnets.",
    "India hopes China will grant licences for magnets.",
    "China was asked by India to grant licences to its firms.",
    "Far from lifting the curbs on magnets, China tightened them.",
    "China stopped short of lifting its curbs on rare earth magnets.",
    "China failed to grant licences to Indian companies.",
    "The ministry dismissed as rumours reports that China had lifted the curbs on magnets.",
    "Few believe that China has granted licences to Indian companies.",
    "Until China grants licences to Indian companies, the plants stand still.",
    "Before China lifts its curbs on magnets, nothing will change.",
    "Only when China lifts its curbs on magnets will prices fall.",
    "Rumour has it that China lifted its curbs on magnets.",
    "Denying that China had granted licences to Indian firms, the embassy spoke of fake news.",
    "China could have lifted its curbs on magnets but did not.",
    "Had China lifted its curbs on magnets, prices would have fallen.",
    "Were China to suspend Announcement No. 61, prices would fall.",
    "Unless China grants licences to Indian companies, output will fall.",
    "China has yet to approve applications of Indian firms.",
    "India expects that China grants licences to its firms.",
    "Suppose China lifts its curbs on magnets.",
    "Reports of China lifting its curbs on magnets are premature.",
)


@pytest.mark.parametrize("text", NO_FACTS)
def test_no_turn_of_phrase_makes_a_fact(pack, text):
    """Denied, doubted, hoped for, feared or only to come: none of it is told as so."""
    told = [
        claim
        for claim in read_texts(pack, "2025-11-01", text)
        if claim.frame in ("LIFTED", "SUSPENDED", "LICENCE_GRANTED")
        and claim.is_asserted
        and claim.polarity == "affirmed"
    ]
    assert not told, [(claim.rules, claim.text) for claim in told]


@pytest.mark.parametrize(
    "text",
    [
        "When China lifted its curbs on magnets, prices fell.",
        "Before China lifted its curbs on magnets, plants stood still.",
        "It is true that China has lifted its curbs on magnets.",
        "Once China had lifted its curbs on magnets, prices fell.",
    ],
)
def test_what_did_happen_is_still_told(pack, text):
    claims = read_texts(pack, "2025-11-01", text)
    assert [c for c in claims if c.frame == "LIFTED" and c.is_asserted]
