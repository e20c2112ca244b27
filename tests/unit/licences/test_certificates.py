"""End-user certificates: every defect is listed, none hides another."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from coercivity.errors import InputError
from coercivity.licences.certificate_checks import check_certificate, rules_for
from coercivity.licences.conditions import CONDITION_KINDS
from coercivity.licences.end_user_certificate import (
    CertificateRules,
    load_certificate_rules,
    read_certificate,
)

GOOD = {
    "certificate": {
        "number": "EUC-7",
        "consignee": "Maker Private Limited",
        "end_user": "Maker Private Limited",
        "destination": "IN",
        "end_use": "ev",
        "goods": [{"item": "magnet", "quantity": "500", "unit": "kg"}],
        "undertakings": ["declared_use_only", "no_transfer", "no_mass_destruction_use"],
        "signatory": "A. Person",
        "office": "director",
        "signed_on": "2025-05-01",
        "valid_from": "2025-05-01",
        "valid_to": "2025-11-01",
        "endorsements": [
            {"by": "dgft", "on": "2025-05-10", "reference": "D1"},
            {"by": "chinese_embassy_in", "on": "2025-05-20", "reference": "E1"},
        ],
        "original": "yes",
    },
    "application": {
        "issuer": "mofcom",
        "consignee": "Maker Pvt. Ltd.",
        "end_user": "Maker Pvt Ltd",
        "destination": "IN",
        "end_use": "ev",
        "goods": [{"item": "magnet", "quantity": "0.5", "unit": "t"}],
        "submitted_on": "2025-06-01",
    },
}
RULES = CertificateRules(
    "rules", "mofcom", "IN", None, ("dgft", "chinese_embassy_in"),
    ("declared_use_only", "no_transfer", "no_mass_destruction_use"), True, longest_days=366,
)  # fmt: skip


def changed(changes):
    """Return the good file with some fields set, or taken out if the value is None."""
    made = copy.deepcopy(GOOD)
    for path, value in changes.items():
        *way, last = path.split(".")
        place = made
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        key = int(last) if last.isdigit() else last
        if value is None:
            del place[key]
        else:
            place[key] = value
    return made


def check(tmp_path, changes=(), rules=(RULES,)):
    path = tmp_path / "certificate.yaml"
    path.write_text(yaml.safe_dump(changed(dict(changes)), allow_unicode=True), "utf-8")
    return check_certificate(read_certificate(path), rules)


def codes(found):
    return [defect.code for defect in found.defects]


def test_a_certificate_without_defects(tmp_path):
    found = check(tmp_path)
    assert codes(found) == []
    assert (found.not_checked, found.rules) == ((), "rules")
    assert found.to_json() == {
        "has_defects": False, "defects": [], "not_checked": [], "rules": "rules",
    }  # fmt: skip


C, A = "certificate.", "application."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({C + "number": None}, ["number_missing"]),
        ({C + "consignee": None}, ["consignee_missing"]),
        ({C + "end_user": None}, ["end_user_missing"]),
        ({C + "end_use": None}, ["end_use_missing"]),
        ({C + "destination": None}, ["destination_missing"]),
        ({C + "signatory": None}, ["signatory_missing"]),
        ({C + "office": " "}, ["office_missing"]),
        ({C + "signed_on": None}, ["signed_on_missing"]),
        ({C + "goods": []}, ["goods_missing", "item_not_certified"]),
        ({C + "signed_on": "2025-05-11"}, ["date_order"]),
        ({C + "endorsements.1.on": "2025-05-09"}, ["date_order"]),
        ({A + "submitted_on": "2025-05-19"}, ["date_order"]),
        ({C + "valid_to": "2025-05-01"}, ["validity_empty", "expired"]),
        ({C + "valid_to": "2025-06-01"}, ["expired"]),
        ({C + "valid_from": "2025-06-02"}, ["not_yet_valid"]),
        ({C + "valid_to": None}, ["validity_open"]),
        ({C + "valid_to": "2026-05-03"}, ["validity_too_long"]),
        ({C + "consignee": "Trader"}, ["consignee_unexplained", "consignee_differs"]),
        (
            {C + "consignee": "Trader", A + "consignee": "Trader", C + "consignee_statement": "x"},
            [],
        ),
        ({C + "end_use": "wind"}, ["end_use_differs"]),
        ({C + "goods.0.quantity": "499.999"}, ["quantity_differs"]),
        ({C + "goods.0.quantity": "0"}, ["quantity_not_positive", "quantity_differs"]),
        ({C + "goods.0.quantity": None}, ["quantity_not_positive"]),
        ({C + "goods.0.quantity": "many"}, ["unreadable", "quantity_not_positive"]),
        ({C + "goods.0.unit": "unit"}, ["unit_differs"]),
        ({C + "goods.0.unit": "sacks"}, ["unit_unknown"]),
        ({C + "goods.0.item": "oxide"}, ["item_not_certified", "item_not_applied_for"]),
        ({C + "goods.0.item": None}, ["item_missing", "item_not_certified"]),
        ({C + "goods": GOOD["certificate"]["goods"] * 2}, ["item_twice"]),
        ({C + "undertakings.1": None}, ["undertaking_missing"]),
        ({C + "undertakings.1": "no_fun"}, ["undertaking_unknown", "undertaking_missing"]),
        (
            {C + "end_use": "mass_destruction", A + "end_use": "mass_destruction"},
            ["undertaking_contradicted"],
        ),
        ({C + "endorsements.0": None}, ["endorsement_missing"]),
        ({C + "endorsements": []}, ["endorsement_missing", "endorsement_missing"]),
        (
            {C + "endorsements": GOOD["certificate"]["endorsements"][::-1]},
            ["date_order", "endorsement_order"],
        ),
        ({C + "endorsements.0.on": None}, ["endorsement_undated"]),
        (
            {C + "endorsements.0.by": "siam"},
            ["endorsement_missing", "endorser_not_asked_for"],
        ),
        (
            {C + "endorsements.1.by": "dgft"},
            ["endorsement_missing", "endorsed_twice"],
        ),
        ({C + "original": "no"}, ["no_original"]),
        ({C + "original": None}, ["no_original"]),
        ({C + "original": "perhaps"}, ["unreadable", "no_original"]),
        ({C + "signed_on": "May"}, ["unreadable", "signed_on_missing"]),
        ({C + "stamp": "red"}, ["unreadable"]),
        ({C + "signatory": ["a", "b"]}, ["unreadable", "signatory_missing"]),
    ],
)  # fmt: skip
def test_each_defect_is_found_and_nothing_else(tmp_path, changes, expected):
    assert codes(check(tmp_path, changes)) == expected


def test_many_defects_at_once_each_with_its_place(tmp_path):
    found = check(
        tmp_path,
        {
            C + "number": None, C + "signatory": None, C + "original": "no",
            C + "signed_on": "soon", C + "endorsements.1.on": "2025-05-02",
            C + "goods.0.quantity": "1", C + "undertakings": [], C + "valid_to": "2025-05-20",
        },
    )  # fmt: skip
    assert codes(found) == [
        "unreadable", "number_missing", "signatory_missing", "signed_on_missing", "date_order",
        "expired", "quantity_differs", "undertaking_missing", "undertaking_missing",
        "undertaking_missing", "no_original",
    ]  # fmt: skip
    assert all(defect.problem.where.startswith("certificate.yaml:") for defect in found.defects)
    assert found.to_json()["defects"][0]["code"] == "unreadable"


def test_what_cannot_be_checked_is_said(tmp_path):
    found = check(tmp_path, {"application": None}, rules=())
    assert codes(found) == []
    assert [words.split(":")[0] for words in found.not_checked] == [
        "endorsements, undertakings and form", "agreement with the application",
    ]  # fmt: skip
    assert check(tmp_path, {A + "destination": "JP", C + "destination": "JP"}).rules == ""
    undated = check(tmp_path, {A + "submitted_on": None})
    assert undated.not_checked == ("validity on the day of submission: the day is not given",)


@pytest.mark.parametrize("text", ["", "[]", "certificate: 3", "- a: b\n- a: b\n", "other: {}\n"])
def test_files_without_a_certificate(tmp_path, text):
    path = tmp_path / "certificate.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError):
        read_certificate(path)


def test_the_first_pack_knows_the_chain_of_india(pack, tmp_path):
    [rule] = [rule for rule in load_certificate_rules(pack) if rule.destination == "IN"]
    assert rule.endorsements == ("dgft", "chinese_embassy_in")
    assert {text.partition(":")[0] for text in rule.undertakings} <= set(CONDITION_KINDS)
    assert rule.sources
    found = check(tmp_path, rules=[rule])
    assert codes(found) == []
    assert found.not_checked == ("longest validity: not published",)
    before = check(
        tmp_path,
        {
            A + "submitted_on": "2025-04-07", C + "endorsements": [], C + "original": "no",
            C + "signed_on": "2025-04-01", C + "valid_from": "2025-04-01",
        },
        rules=[rule],
    )  # fmt: skip
    assert (codes(before), before.rules) == ([], "")


def test_the_latest_rules_known_on_the_day_are_used(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(GOOD), "utf-8")
    read = read_certificate(path)
    from dataclasses import replace
    from datetime import date

    newer = replace(RULES, id="newer", valid_from=date(2025, 5, 30))
    later = replace(RULES, id="later", valid_from=date(2025, 6, 2))
    other = replace(RULES, id="other", issuer="somebody", valid_from=date(2025, 5, 31))
    chosen = rules_for(read.submission, read.certificate, [later, RULES, newer, other])
    assert chosen is newer


class Folder:
    parties = {"mofcom": 1}
    sources = {"s": 1}

    def __init__(self, root: Path):
        self.root = root


def test_rules_that_are_wrong_are_listed(tmp_path):
    assert load_certificate_rules(Folder(tmp_path)) == ()
    (tmp_path / "certificate_rules.yaml").write_text(
        "- {id: a, issuer: mofcom, destination: IN, endorsements: [nobody], sources: [t]}\n"
        "- {issuer: mofcom, destination: IN, valid_from: x, colour: red}\n",
        "utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_certificate_rules(Folder(tmp_path))
    text = str(caught.value)
    for words in ("'nobody'", "'t'", "id is missing", "valid_from", "'colour'", "yaml:2"):
        assert words in text
