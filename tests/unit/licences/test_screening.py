"""Screening: names made comparable, lists as they come, candidates explained, decisions kept."""

from __future__ import annotations

import hashlib
import json
import random
import time
from datetime import UTC, datetime
from datetime import date as D

import pytest

from coercivity.errors import InputError, NotFoundError
from coercivity.licences.names import comparable, legal_forms
from coercivity.licences.screening import ScreeningIndex, ScreeningMethod, screen
from coercivity.licences.screening_decisions import (
    ScreeningVerdict,
    add_decision,
    decide,
    decisions_on,
    read_decisions,
)
from coercivity.licences.screening_list import (
    Alias,
    DeniedParty,
    DeniedPartyList,
    ListVersion,
    read_list,
)

SIMPLE = '''id,schema,name,aliases,birth_date,countries,sanctions,dataset
nk-1,Company,Orient Magnet Industries,"OMI;Дальний Магнит;东方磁体有限公司",,cn;hk,Entities,xx
nk-2,Person,"Petrov, Ivan","Іван Петров;""Ivan; the Elder""",1960,ru,,xx_list
nk-3,Company,Société d'Aimants S.A.,,,fr,,xx_list
nk-4,Company,Bharat Chumbak Private Limited,भारत चुंबक प्राइवेट लिमिटेड,,in,,xx_list
'''


def a_list(*names):
    parties = tuple(
        DeniedParty(f"p{n}", "Company", tuple(Alias(part, "name") for part in name.split("|")))
        for n, name in enumerate(names)
    )
    return DeniedPartyList(ListVersion("test.csv", "0" * 64), parties)


@pytest.fixture
def simple(tmp_path):
    path = tmp_path / "targets.simple.csv"
    path.write_text(SIMPLE, "utf-8")
    return path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME Magnets Co., Ltd.", "acme magnets"),
        ("Société Générale S.A.", "societe generale SA"),
        ("Ｆｕｌｌｗｉｄｔｈ Ltd", "Fullwidth"),
        ("Bharat Chumbak Pvt. Ltd.", "Bharat Chumbak Private Limited"),
        ("ООО «Магнит»", "Магнит"),
        ("东方磁体股份有限公司", "东方磁体"),
        ("株式会社東方磁石", "東方磁石"),
        ("Straße & Söhne GmbH", "STRASSE SOHNE"),
        ("J. P. O'Brien", "JP OBrien"),
        ("Łódź Magnesy Sp. z o.o.", "Lodz Magnesy"),
        ("भारत चुंबक लिमिटेड", "भारत चुंबक"),
    ],
)
def test_names_that_are_the_same(one, other):
    assert comparable(one).key == comparable(other).key


def test_what_is_not_folded_away():
    assert comparable("चुंबक").tokens == ("चुंबक",), "a vowel sign is no accent"
    assert comparable("Ltd").tokens == ("ltd",), "a name of nothing but a legal form is kept"
    assert comparable("???").tokens == ("???",)
    assert comparable("Acme Holdings Ltd").legal_form == "ltd"
    assert comparable("Company of Magnets").tokens == ("of", "magnets")
    assert ("co", "ltd") in legal_forms()


def test_the_simple_table(simple):
    denied = read_list(simple, stated_on=D(2025, 10, 1))
    assert denied.version == ListVersion(
        "targets.simple.csv", hashlib.sha256(SIMPLE.encode()).hexdigest(), D(2025, 10, 1)
    )
    first, second, *_ = denied.parties
    texts = [alias.text for alias in first.aliases]
    assert texts[1:] == ["OMI", "Дальний Магнит", "东方磁体有限公司"]
    assert (first.countries, first.where) == (("cn", "hk"), "targets.simple.csv:2")
    assert first.why == ("Entities", "xx")
    assert [alias.text for alias in second.aliases] == [
        "Petrov, Ivan", "Іван Петров", "Ivan; the Elder",
    ]  # fmt: skip


ENTITIES = [
    {"id": "a", "schema": "Company", "caption": "Orient Magnet", "datasets": ["xx"], "target": True,
     "properties": {"name": ["Orient Magnet", "东方磁体"], "alias": ["OMI"], "topics": ["sanction"],
                    "weakAlias": ["Magnet"], "country": ["cn"],
                    "sanctions": [{"id": "s", "schema": "Sanction", "properties": {}}]}},
    {"id": "b", "schema": "Address", "caption": "1 Road", "properties": {"full": ["1 Road"]}},
]  # fmt: skip


@pytest.mark.parametrize("form", ["lines", "array", "results"])
def test_follow_the_money(tmp_path, form):
    path = tmp_path / "entities.ftm.json"
    text = {
        "lines": "\n".join(json.dumps(entity) for entity in ENTITIES) + "\n",
        "array": json.dumps(ENTITIES),
        "results": json.dumps({"results": ENTITIES}),
    }[form]
    path.write_text(text, "utf-8")
    denied = read_list(path)
    [party] = denied.parties
    assert denied.n_nameless == 1
    assert party.aliases == (
        Alias("Orient Magnet", "name"), Alias("东方磁体", "name"), Alias("OMI", "alias"),
        Alias("Magnet", "weak alias"),
    )  # fmt: skip
    assert party.why == ("sanction", "xx")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.csv", "title\nx\n", "no column is called name"),
        ("l.csv", "name,id\nx,1\n,2\n", r"l.csv:3: the row has no name"),
        ("l.csv", "name,id\nx,1,9\n", r"l.csv:2: the row has too many"),
        ("l.csv", "name,id\nx\n", r"l.csv:2: the row has too many or too few"),
        ("l.csv", "name\n", "names nobody"),
        ("l.csv", 'name\n"x\n', "not valid CSV"),
        ("l.jsonl", '{"id": "a", "properties": {}}\nnonsense\n', r"l.jsonl:2: not valid JSON"),
        ("l.json", "[1]", "entry 1 is no object"),
        ("l.json", '[{"properties": {}}]', "not a FollowTheMoney entity"),
        ("l.json", "[]", "names nobody"),
        ("l.json", "3", "not a list of entities"),
    ],
)
def test_lists_that_cannot_be_read(tmp_path, name, text, message):
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        read_list(tmp_path / name)


def test_a_list_that_is_not_there_or_not_utf8(tmp_path):
    with pytest.raises(NotFoundError):
        read_list(tmp_path / "no.csv")
    (tmp_path / "l.csv").write_bytes(b"name\n\xff\n")
    with pytest.raises(InputError, match="byte 5 is not UTF-8"):
        read_list(tmp_path / "l.csv")


@pytest.mark.parametrize(
    ("asked", "party", "alias"),
    [
        ("Industries Orient Magnets Ltd", "nk-1", "Orient Magnet Industries"),
        ("东方磁体", "nk-1", "东方磁体有限公司"),
        ("东方磁体科技", "nk-1", "东方磁体有限公司"),
        ("Orient Magnets", "nk-1", "Orient Magnet Industries"),
        ("The Orient Magnet and Alloy Industry Group", "nk-1", "Orient Magnet Industries"),
        ("Ivan Petrov", "nk-2", "Petrov, Ivan"),
        ("Иван Петров", "nk-2", "Іван Петров"),
        ("SOCIETE D'AIMANTS", "nk-3", "Société d'Aimants S.A."),
        ("भारत चुम्बक", "nk-4", "भारत चुंबक प्राइवेट लिमिटेड"),
    ],
)
def test_candidates_and_the_alias_they_were_found_by(simple, asked, party, alias):
    found = screen(asked, read_list(simple)).candidates
    assert found[0].party.id == party
    assert found[0].alias.text == alias
    assert found[0].score >= 75


def test_the_score_is_explained(simple):
    found = screen("Orient Magnets Export", read_list(simple), method=ScreeningMethod(min_score=60))
    best = found.candidates[0]
    assert best.score == max(best.scores.values()) == best.scores[best.algorithm]
    pairs = [(match.asked, match.listed) for match in best.tokens]
    assert pairs == [("orient", "orient"), ("magnets", "magnet")]
    assert best.left_over == ("export",)
    told = found.to_json()
    assert told["decided"] is False
    assert told["candidates"][0]["explanation"]["alias_kind"] == "name"
    assert json.loads(json.dumps(told)) == told


def test_nobody_like_it_and_nothing_asked(simple):
    denied = read_list(simple)
    assert screen("Wholly Different Words", denied).candidates == ()
    with pytest.raises(InputError, match="no name"):
        screen("  ", denied)
    with pytest.raises(InputError, match="min_score"):
        ScreeningMethod(min_score=0)


def test_no_more_than_asked_for_and_the_rest_is_counted():
    denied = a_list(*(f"Orient Magnet {n}" for n in range(30)))
    found = screen("Orient Magnet", denied, method=ScreeningMethod(limit=5))
    assert (len(found.candidates), found.n_found) == (5, 30)


def test_one_candidate_per_party_by_its_best_alias():
    found = screen("Orient Magnet", a_list("Oriental Magnets|Orient Magnet|Orient")).candidates
    assert [(c.party.id, c.alias.text, c.score) for c in found] == [("p0", "Orient Magnet", 100.0)]


def when(hour=9):
    return datetime(2025, 11, 1, hour, tzinfo=UTC)


def test_decisions_are_rows(simple, tmp_path):
    denied, path = read_list(simple, stated_on=D(2025, 10, 1)), tmp_path / "decisions.jsonl"
    found = screen("Orient Magnets", denied)
    given = {"decided_by": "ann", "reason": "another seat"}
    first = decide(found, "nk-1", verdict=ScreeningVerdict.NO_MATCH, decided_at=when(), **given)
    second = decide(found, "nk-1", verdict=ScreeningVerdict.MATCH, decided_at=when(10), **given)
    assert read_decisions(path) == ()
    add_decision(path, first)
    add_decision(path, second)
    assert read_decisions(path) == (first, second)
    assert decisions_on(found, read_decisions(path)) == {"nk-1": (second, True)}
    # The list was changed: what was decided is shown, but has to be decided again.
    simple.write_text(SIMPLE + "nk-5,Company,Somebody Else,,,us,,xx\n", "utf-8")
    newer = screen("ORIENT magnets", read_list(simple))
    assert decisions_on(newer, read_decisions(path)) == {"nk-1": (second, False)}
    other = screen("Orient Magnet Industries of Elsewhere", denied)
    assert decisions_on(other, read_decisions(path)) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"party": "nk-9"}, "no candidate"),
        ({"decided_by": " "}, "a person and a reason"),
        ({"reason": ""}, "a person and a reason"),
        ({"decided_at": datetime(2025, 1, 1)}, "no time zone"),
    ],
)
def test_decisions_that_are_none(simple, given, message):
    found = screen("Orient Magnets", read_list(simple))
    values = {
        "party": "nk-1", "verdict": ScreeningVerdict.MATCH, "decided_by": "ann",
        "decided_at": when(), "reason": "same address", **given,
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        decide(found, values.pop("party"), **values)


def test_a_line_that_is_no_decision(tmp_path):
    path = tmp_path / "decisions.jsonl"
    path.write_text('{"name": "x"}\n', "utf-8")
    with pytest.raises(InputError, match=r"decisions.jsonl:1: the line is no decision"):
        read_decisions(path)


SYLLABLES = ("ma", "ko", "li", "zen", "tor", "shi", "gor", "pet", "al", "in", "dus", "tri", "xi")


def many_names(n_names, seed=1):
    rng = random.Random(seed)
    tails = ("trading", "international", "industries", "magnet", "technology")

    def word():
        return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))

    return [f"{word()} {word()} {rng.choice(tails)} Co., Ltd." for _ in range(n_names)]


def test_every_name_changed_a_little_is_found_among_many():
    names = many_names(5000)
    index, rng = ScreeningIndex(a_list(*names)), random.Random(2)
    for number in rng.sample(range(len(names)), 60):
        words = names[number].removesuffix(" Co., Ltd.").split()
        place = rng.randrange(len(words[0]))
        changed = words[0][:place] + "q" + words[0][place + 1 :]
        asked = " ".join([words[1], changed, words[2], "Private Limited"])
        found = index.screen(asked, method=ScreeningMethod(limit=50))
        assert f"p{number}" in [c.party.id for c in found.candidates], (asked, names[number])


def test_a_hundred_thousand_names_are_screened_quickly():
    """25 ms on an idle core (benchmarks.determination); the bound leaves room for a busy one."""
    names = many_names(100_000)
    index, best = ScreeningIndex(a_list(*names)), 9.0
    for asked in (names[77], "Shixin Dongbao Magnet Technology"):
        for _ in range(5):
            begin = time.process_time()
            index.screen(asked)
            best = min(best, time.process_time() - begin)
        assert best < 0.15
