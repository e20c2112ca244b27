"""Scope tests, precedence, unknowns, licences, trace, JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date as D
from datetime import datetime, timedelta, timezone

import pytest

from coercivity.controls import Query, determine
from coercivity.errors import InputError, NotFoundError

DAY = D(2025, 3, 1)


def ask(register, **given):
    asked = {"item": "widget_x", "origin": "CN", "destination": "JP", "on": DAY, **given}
    licences = {
        k: asked.pop(k) for k in ("licences", "general_licences", "licensees") if k in asked
    }
    return determine(register, Query(**asked), **licences)


@dataclass(frozen=True)
class Paper:
    """A licence, as far as a determination cares."""

    id: str = "l1"
    kind: str = "general"
    items: tuple = ("widget_x",)
    origin: str = "CN"
    destination: str = "JP"
    holder: str = "exporter"
    granted_by: D = D(2025, 2, 20)
    granted_on: object = None
    valid_from: D = D(2025, 2, 20)
    valid_to: D | None = D(2026, 2, 20)
    is_tied: bool = False
    is_disputed: bool = False


def test_item_place_and_time(made):
    register = made.register()
    assert ask(register).outcome == "LICENCE_REQUIRED"
    assert ask(register, item="widget_plain").outcome == "FREE"
    assert ask(register, origin="KR").outcome == "FREE"
    assert ask(register, on=D(2025, 1, 31)).outcome == "FREE"
    assert ask(register, destination="CN").outcome == "FREE"


def test_a_wider_item_is_undecided(made):
    found = ask(made.register(), item="widget")
    assert found.outcome == "UNKNOWN_REFER"
    assert found.missing == ("whether the goods are widget_x (1/2025)",)


def test_a_measure_on_the_wider_item_covers_the_narrower(made):
    register = made.register(measures=(made.measure(items=("widget",)),))
    assert ask(register, item="widget_plain").outcome == "LICENCE_REQUIRED"


def test_contents_decide_over_names(made):
    register = made.register(measures=(made.measure(contains_any=("X",)),))
    assert ask(register).outcome == "LICENCE_REQUIRED"
    assert ask(register, contains=("P",)).outcome == "FREE"
    assert ask(register, item="widget_plain").outcome == "FREE"
    assert ask(register, item="widget_plain", contains=("P", "X")).outcome == "LICENCE_REQUIRED"
    murky = made.register(measures=(made.measure(items=("murky",), contains_any=("X",)),))
    assert ask(murky, item="murky").missing == ("whether they contain X (1/2025)",)
    assert ask(murky, item="murky", contains=()).outcome == "FREE"


def test_destinations_left_out(made):
    register = made.register(measures=(made.measure(not_destinations=("JP", "EU")),))
    assert ask(register).outcome == "FREE"
    assert ask(register, destination="FR").outcome == "FREE"
    assert ask(register, destination="IN").outcome == "LICENCE_REQUIRED"
    partly = made.register(measures=(made.measure(not_destinations=("DE",)),))
    assert ask(partly, destination="EU").outcome == "UNKNOWN_REFER"
    assert ask(partly, destination="*").outcome == "UNKNOWN_REFER"


@pytest.mark.parametrize(
    ("scope", "use", "expected"),
    [
        (("military",), "civil", "FREE"),
        (("military",), "military", "LICENCE_REQUIRED"),
        (("military",), None, "UNKNOWN_REFER"),
        (("civil",), "toys", "LICENCE_REQUIRED"),
        (("civil",), "military", "FREE"),
        (("toys",), "civil", "FREE"),
        (("toys",), "toys", "LICENCE_REQUIRED"),
    ],
)
def test_end_use(made, scope, use, expected):
    register = made.register(measures=(made.measure(end_uses=scope),))
    assert ask(register, end_use=use).outcome == expected


@pytest.mark.parametrize(
    ("user", "owned_by", "expected"),
    [
        (None, None, "FREE"),
        ("unknown", None, "UNKNOWN_REFER"),
        ("listed", None, "PROHIBITED"),
        ("Listed Limited", None, "PROHIBITED"),
        ("LISTED LTD", None, "PROHIBITED"),
        ("daughter", None, "PROHIBITED"),
        ("clean", None, "FREE"),
        ("opaque", None, "UNKNOWN_REFER"),
        ("opaque", (("listed", 0.5),), "PROHIBITED"),
        ("opaque", (("listed", 0.49), ("else", 0.51)), "FREE"),
        ("Nobody Knows Inc", (("else", 1.0),), "UNKNOWN_REFER"),
    ],
)
def test_end_users_and_owners(made, user, owned_by, expected):
    listing = made.measure(
        effect="prohibit", type="entity_listing", end_users=("listed",), ownership_share=0.5
    )
    register = made.register(measures=(listing,))
    assert ask(register, end_user=user, owned_by=owned_by).outcome == expected


def test_a_list_with_members_nobody_names(made):
    listing = made.measure(effect="prohibit", end_users=("listed", "unnamed"))
    register = made.register(measures=(listing,))
    found = ask(register, end_user="clean")
    assert found.outcome == "UNKNOWN_REFER"
    assert "no source names" in found.missing[0]


@pytest.mark.parametrize(
    ("origin", "share", "expected"),
    [
        ("KR", 0.0009, "FREE"),
        ("KR", 0.001, "LICENCE_REQUIRED"),
        ("KR", None, "UNKNOWN_REFER"),
        ("CN", None, "FREE"),
        ("CN", 0.5, "FREE"),
    ],
)
def test_foreign_made_goods(made, origin, share, expected):
    rule = made.measure(type="re_export_control", origins=("*",), de_minimis_share=0.001)
    register = made.register(measures=(rule,))
    assert ask(register, origin=origin, origin_content_share=share).outcome == expected


EFFECTS = ("prohibit", "presume_denial", "require_licence", "require_declaration", "exempt")
ANSWERS = ("PROHIBITED", "PRESUMED_DENIED", "LICENCE_REQUIRED", "DECLARATION", "FREE")


@pytest.mark.parametrize("strong", range(5))
@pytest.mark.parametrize("weak", range(5))
def test_precedence(made, strong, weak):
    pair = sorted((strong, weak))
    measures = [made.measure(id=f"m{n}", effect=EFFECTS[e]) for n, e in enumerate((weak, strong))]
    found = ask(made.register(measures=tuple(measures)))
    assert found.outcome == ANSWERS[pair[0]]
    assert found.deciding.effect == EFFECTS[pair[0]]


def test_unknown_below_what_is_certain_does_not_matter(made):
    measures = (
        made.measure(effect="prohibit"),
        made.measure(id="m2", effect="require_licence", end_uses=("toys",)),
    )
    assert ask(made.register(measures=measures), end_use=None).outcome == "PROHIBITED"


def test_unknown_above_what_is_certain_does(made):
    measures = (
        made.measure(effect="require_licence"),
        made.measure(id="m2", effect="prohibit", end_uses=("toys",)),
    )
    found = ask(made.register(measures=measures), end_use=None)
    assert found.outcome == "UNKNOWN_REFER"
    assert found.deciding.measure == "m2"
    assert found.missing == ("whether the end use is toys (1/2025)",)


def test_tariffs_and_schemes_are_no_export_controls(made):
    tariff = made.measure(id="m2", type="tariff", effect="prohibit")
    register = made.register(measures=(made.measure(), tariff))
    found = ask(register)
    assert found.outcome == "LICENCE_REQUIRED"
    assert "m2" not in {step.measure for step in found.trace}


def test_the_issuers_zone_tells_the_day(made):
    register = made.register()
    west = timezone(timedelta(hours=-8))
    # Noon on 31 January in the west is the first of February at the issuer's.
    moment = datetime(2025, 1, 31, 12, tzinfo=west)
    assert ask(register, on=moment).outcome == "LICENCE_REQUIRED"
    assert ask(register, on=moment - timedelta(hours=6)).outcome == "FREE"
    with pytest.raises(InputError, match="without a time zone"):
        ask(register, on=datetime(2025, 1, 31, 12))


def test_general_licence(made):
    register = made.register()
    assert ask(register, general_licences=[Paper()]).outcome == "GENERAL_LICENCE_AVAILABLE"
    for paper in (
        Paper(destination="IN"),
        Paper(items=("widget_plain",)),
        Paper(valid_from=D(2025, 3, 2)),
        Paper(valid_to=DAY),
        Paper(is_tied=True),
        Paper(holder="listed"),
    ):
        assert ask(register, general_licences=[paper]).outcome == "LICENCE_REQUIRED", paper
    tied = Paper(holder="listed", is_tied=True)
    found = ask(register, general_licences=[tied], end_user="listed")
    assert found.outcome == "GENERAL_LICENCE_AVAILABLE"
    assert found.deciding.decides, "the control stays in force"
    unknown = ask(register, general_licences=[Paper()], known_at=D(2025, 2, 19))
    assert unknown.outcome == "LICENCE_REQUIRED"


def test_a_general_licence_lifts_no_ban(made):
    register = made.register(measures=(made.measure(effect="presume_denial"),))
    assert ask(register, general_licences=[Paper()]).outcome == "PRESUMED_DENIED"


def test_a_licence_is_an_exception_and_no_repeal(made):
    papers = [
        Paper(id="a", kind="individual", holder="listed", is_disputed=True),
        Paper(id="b", kind="individual", holder="clean", granted_by=D(2025, 2, 25)),
    ]
    found = ask(made.register(), licences=papers)
    assert found.outcome == "LICENCE_REQUIRED"
    assert found.exceptions == (
        "individual licences: recipients in Japan, count unknown, known by 2025-02-20, "
        "grant date unknown; named: Listed Ltd, Clean Co",
    )
    agreed = ask(made.register(), licences=papers[1:])
    assert ", 1 reported, " in agreed.exceptions[0]
    counted = ask(made.register(), licences=papers, licensees="between 2 and 4")
    assert "between 2 and 4" in counted.exceptions[0]
    assert ask(made.register(), licences=papers, known_at=D(2025, 2, 1)).exceptions == ()
    assert ask(made.register(), licences=papers, destination="IN").exceptions == ()


def test_the_trace_says_why_not(made):
    measures = (
        made.measure(),
        made.measure(id="m2", items=("widget_plain",)),
        made.measure(id="m3", destinations=("IN",)),
    )
    found = ask(made.register(measures=measures))
    first, *others = found.trace
    assert first.decides
    assert first.matched is True
    assert (first.number, first.article) == ("1/2025", "1")
    assert first.sources == ("s1", "s_enact")
    assert first.facts == ("F1",)
    assert first.dates["effective"] == D(2025, 2, 1)
    reasons = {step.measure: step.text for step in others}
    assert "Widgets with X is not listed" in reasons["m2"]
    assert "JP is out of scope" in reasons["m3"]


def test_json(made):
    found = ask(made.register(made.act("suspend", D(2025, 4, 1), D(2025, 6, 1))), on=D(2025, 7, 1))
    plain = json.loads(json.dumps(found.to_json()))
    assert plain["outcome"] == "UNKNOWN_REFER"
    assert plain["knowledge_ends"] == "2025-06-01"
    assert plain["deciding"] == plain["trace"][0]
    assert plain["notice"] == "Indicative analysis, not legal advice"
    assert plain["query"]["on"] == "2025-07-01"
    assert set(plain) >= {"missing", "exceptions", "assumed", "free_if"}


def test_free_if_names_facts_and_acts(made):
    register = made.register(measures=(made.measure(contains_any=("X",), end_uses=("civil",)),))
    text = " ".join(ask(register).free_if)
    assert "contain none of X" in text
    assert "the end use is not civil" in text
    assert "repealed" in text
    assert ask(register, item="widget_plain").free_if == ()


def test_unknown_item_and_country(made):
    with pytest.raises(NotFoundError, match="widget_x") as caught:
        ask(made.register(), item="widgit_x")
    assert caught.value.exit_code == 4
    with pytest.raises(NotFoundError, match="'ZZ' is not a country"):
        ask(made.register(), destination="ZZ")


@pytest.mark.parametrize("given", [{"origin_content_share": 1.1}, {"owned_by": (("a", -0.1),)}])
def test_impossible_shares(made, given):
    with pytest.raises(InputError, match="is no share"):
        ask(made.register(), **given)


def test_what_is_assumed_is_said(made):
    assumed = " ".join(ask(made.register(), on=D(2026, 1, 1)).assumed)
    assert "no end user is named" in assumed
    assert "civil end use" in assumed
    assert "nothing recorded is later than 2025-01-10" in assumed
    assert ask(made.register(), end_use="toys", end_user="clean", on=D(2025, 1, 5)).assumed == ()
