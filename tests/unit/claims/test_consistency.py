"""Numbers that must add up are checked, reported, and left as they are."""

from __future__ import annotations

import calendar
from datetime import date

import pytest

from coercivity.claims.consistency import check_sums
from coercivity.claims.vocabulary import load_vocabulary
from support.made_claims import made_claim, made_document, made_period, made_set

HEAD = "date 2024-03-15\n\n"


@pytest.fixture(scope="module")
def words(pack):
    return load_vocabulary(pack)


def months(year, values, total, *, actor="IN", total_actor="IN", modifier=None):
    """Twelve months of one report and the year of another."""
    one, two = made_document(0), made_document(1)
    slots = {"item": "rare_earth_magnet", "measure": "import"}
    claims = []
    for month, value in values.items():
        last = calendar.monthrange(year, month)[1]
        when = made_period(one, date(year, month, 1), date(year, month, last), f"{year}-{month:02}")
        claims.append(
            made_claim(
                one, "QUANTITY", place=month * 10, low=value, when=when, actor=actor, **slots
            )
        )
    when = made_period(two, date(year, 1, 1), date(year, 12, 31), str(year))
    claims.append(made_claim(two, "QUANTITY", low=total, when=when, actor=total_actor, **slots))
    return claims, (one, two)


def test_months_must_sum_to_their_year(words):
    even = dict.fromkeys(range(1, 13), 45.0)
    claims, documents = months(2024, even, 540.0)
    (fits,) = check_sums(made_set(claims, documents, words))
    assert fits.is_consistent
    assert fits.rule == "periods of a longer one"
    assert len(fits.parts) == 12
    claims, documents = months(2024, even, 870.0)
    (off,) = check_sums(made_set(claims, documents, words))
    assert not off.is_consistent
    assert off.difference == pytest.approx(540.0 - 870.0)
    assert off.total == claims[-1].id


def test_a_missing_month_or_another_buyer_sums_to_nothing(words):
    eleven = dict.fromkeys(range(1, 12), 45.0)
    claims, documents = months(2024, eleven, 870.0)
    assert check_sums(made_set(claims, documents, words)) == ()
    claims, documents = months(2024, dict.fromkeys(range(1, 13), 45.0), 870.0, total_actor="JP")
    assert check_sums(made_set(claims, documents, words)) == ()


def test_a_part_cannot_exceed_its_whole(words):
    documents = made_document(0), made_document(1)
    slots = {"measure": "export", "actor": "CN"}
    claims = [
        made_claim(documents[0], "QUANTITY", low=900.0, item="rare_earth_magnet", **slots),
        made_claim(documents[1], "QUANTITY", low=1000.0, item="ndfeb_magnet_light", **slots),
    ]
    assert "rare_earth_magnet" in words.parents["ndfeb_magnet_light"]
    (check,) = check_sums(made_set(claims, documents, words))
    assert (check.rule, check.is_consistent) == ("part of a whole", False)
    assert check.parts == (claims[1].id,)
    smaller = [claims[0], made_claim(documents[1], "QUANTITY", low=800.0,
                                     item="ndfeb_magnet_light", **slots)]  # fmt: skip
    assert check_sums(made_set(smaller, documents, words)) == ()


SCHEME = (
    "The Rs 7,280 crore glass scheme comprises Rs 6,450 crore of incentives and Rs 750 crore of "
    "subsidy."
)


def test_parts_named_as_such(read):
    claims = read(HEAD + SCHEME)
    (check,) = check_sums(claims)
    assert not check.is_consistent
    assert check.rule == "parts named as such"
    assert check.difference == pytest.approx(-80e7)
    assert check.unit == "INR"
    assert claims.get(check.total).span.exact == "Rs 7,280 crore"
    assert [claims.get(name).span.exact for name in check.parts] == [
        "Rs 6,450 crore",
        "Rs 750 crore",
    ]
    assert "cannot both be right" in check.note


def test_nothing_is_ever_corrected(read):
    claims = read(HEAD + SCHEME)
    before = [claim.to_json() for claim in claims]
    check_sums(claims)
    assert [claim.to_json() for claim in claims] == before
    assert 7.28e10 in {float(v) for claim in claims for v in claim.values("value")}


def test_parts_in_one_report_and_the_total_in_another(read):
    claims = read(
        HEAD + "Chile approved a Rs 7,280 crore scheme for optical glass.",
        HEAD + "The optical glass scheme offers Rs 6,450 crore of incentives and Rs 750 crore of "
        "subsidy.",
    )
    checks = check_sums(claims)
    assert [(c.rule, c.is_consistent) for c in checks] == [("parts near a total", False)]


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ("Rs 6,450 crore of incentives and Rs 830 crore of subsidy", True),
        ("about Rs 6,450 crore of incentives and Rs 750 crore of subsidy", True),
        ("Rs 6,450 crore of incentives and Rs 1,750 crore of subsidy", False),
    ],
)
def test_rounding_and_hedges_are_allowed_for(read, parts, fits):
    claims = read(HEAD + f"The Rs 7,280 crore glass scheme comprises {parts}.")
    assert [check.is_consistent for check in check_sums(claims)] == [fits]


def test_included_parts_need_not_be_all_but_not_more(read):
    text = (
        "The Rs 7,280 crore glass scheme, which includes Rs {} crore of incentives and Rs 750 "
        "crore of subsidy, began."
    )
    assert [c.is_consistent for c in check_sums(read(HEAD + text.format("2,000")))] == [True]
    assert [c.is_consistent for c in check_sums(read(HEAD + text.format("7,100")))] == [False]


def test_what_is_asked_or_planned_is_not_added(words):
    claims, documents = months(2024, dict.fromkeys(range(1, 13), 45.0), 870.0)
    from dataclasses import replace

    asked = replace(claims[-1], polarity="questioned", kind="question")
    assert check_sums(made_set([*claims[:-1], asked], documents, words)) == ()


def test_unrelated_numbers_are_left_alone(read):
    claims = read(
        HEAD + "Chile imported 500 tonnes of optical glass and 40 tonnes of lenses in 2023. "
        "Norway exported 900 tonnes of optical glass in 2022."
    )
    assert check_sums(claims) == ()
