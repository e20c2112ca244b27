"""Certificates and screening from the command line."""

from __future__ import annotations

import json

import pytest
import yaml

from coercivity.cli.running import run

CERTIFICATE = {
    "certificate": {
        "number": "EUC-7", "consignee": "Maker", "end_user": "Maker", "destination": "IN",
        "end_use": "ev", "goods": [{"item": "ndfeb_magnet_heavy", "quantity": 500, "unit": "kg"}],
        "undertakings": ["declared_use_only", "no_transfer", "no_mass_destruction_use"],
        "signatory": "A. Person", "office": "director", "signed_on": "2025-05-01",
        "endorsements": [{"by": "dgft", "on": "2025-05-10"},
                         {"by": "chinese_embassy_in", "on": "2025-05-20"}],
        "original": "yes",
    },
    "application": {"issuer": "mofcom", "destination": "IN", "submitted_on": "2025-06-01"},
}  # fmt: skip


@pytest.fixture
def certificate(tmp_path):
    def write(**changes):
        path = tmp_path / "certificate.yaml"
        inner = {**CERTIFICATE["certificate"], **changes}
        path.write_text(yaml.safe_dump({**CERTIFICATE, "certificate": inner}), "utf-8")
        return str(path)

    return write


def check(path, *options):
    return run(["licences", "certificate", "check", path, *options])


def test_a_good_certificate(certificate, capsys):
    assert check(certificate()) == 0
    assert "0 defects found" in capsys.readouterr().out
    assert check(certificate(), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["has_defects"], told["rules"]) == (False, "india_certificate_2025")


def test_a_bad_certificate(certificate, capsys):
    path = certificate(signatory="", endorsements=[])
    assert check(path) == 3
    out = capsys.readouterr().out
    assert "signatory_missing: certificate.yaml:" in out
    assert "3 defects found" in out
    assert check(path, "--json") == 3
    told = json.loads(capsys.readouterr().out)
    assert [row["code"] for row in told["defects"]] == [
        "signatory_missing", "endorsement_missing", "endorsement_missing",
    ]  # fmt: skip


@pytest.fixture
def denied(tmp_path):
    path = tmp_path / "denied.csv"
    path.write_text("id,name,aliases\nd1,Orient Magnet Industries,东方磁体有限公司\n", "utf-8")
    return str(path)


def test_screening_and_a_decision(denied, tmp_path, capsys):
    rows = str(tmp_path / "decisions.jsonl")
    asked = ["licences", "screen", "Orient Magnets", "--list", denied, "--list-date", "2025-10-01"]
    assert run(asked) == 0
    out = capsys.readouterr().out
    assert "Orient Magnet Industries" in out
    assert "magnets~magnet" in out
    assert "A person decides." in out
    assert run([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["candidates"][0]["party"] == "d1"
    assert told["list"]["stated_on"] == "2025-10-01"
    assert len(told["list"]["sha256"]) == 64
    assert told["decisions"] == {}
    deciding = ["licences", "decide", "Orient Magnets", "--list", denied, "--party", "d1",
                "--verdict", "no_match", "--by", "ann", "--reason", "another seat",
                "--decisions", rows]  # fmt: skip
    assert run(deciding) == 0
    assert "no_match: Orient Magnets and d1" in capsys.readouterr().out
    assert run([*asked, "--decisions", rows]) == 0
    assert "no_match by ann" in capsys.readouterr().out
    assert run([*asked, "--decisions", rows, "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)["decisions"]["d1"]
    assert (decision["reason"], decision["same_list"]) == ("another seat", True)


def test_a_native_name(denied, capsys):
    assert run(["licences", "screen", "东方磁体", "--list", denied, "--json"]) == 0
    best = json.loads(capsys.readouterr().out)["candidates"][0]
    assert best["explanation"]["alias"] == "东方磁体有限公司"
    assert best["score"] == 100.0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["screen", "x", "--list", "no.csv"], 4, "no file"),
        (["screen", "", "--list", "{denied}"], 3, "no name"),
        (["screen", "x", "--list", "{denied}", "--list-date", "soon"], 2, "not a date"),
        (["decide", "Orient Magnets", "--list", "{denied}", "--party", "d1", "--verdict", "maybe",
          "--by", "a", "--reason", "b", "--decisions", "{rows}"], 2, "no verdict"),
        (["decide", "Orient Magnets", "--list", "{denied}", "--party", "d9", "--verdict", "match",
          "--by", "a", "--reason", "b", "--decisions", "{rows}"], 3, "no candidate"),
        (["certificate", "check", "no.yaml"], 3, "missing"),
    ],
)  # fmt: skip
def test_bad_calls(denied, tmp_path, capsys, words, code, message):
    rows = tmp_path / "rows.jsonl"
    given = [word.format(denied=denied, rows=rows) for word in words]
    assert run(["licences", *given]) == code
    assert message in capsys.readouterr().err
    assert not rows.exists()
