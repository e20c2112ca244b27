"""Review from the command line: rows written, undone, and used on the next run."""

from __future__ import annotations

import io
import json
import sys

import pytest

GRANT = (
    "date 2025-11-03\n\n"
    "China has granted licences to {} Indian firms to import rare earth magnets.\n"
)
THREE, FOUR = GRANT.format("three"), GRANT.format("four")
BY = ("--by", "ana", "--at", "2025-11-04T10:00:00+00:00")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "three.txt").write_text(THREE, encoding="utf-8")
    (tmp_path / "four.txt").write_text(FOUR, encoding="utf-8")
    return tmp_path


@pytest.fixture
def queue(call, folder):
    rows = call("claims", "review", folder, "--json").lines()
    return {row["claim"]["text"].split(" to ")[1].split()[0]: row for row in rows}


def ids(queue):
    return [queue[name]["claim"]["id"] for name in ("three", "four")]


def relations(call, folder, *words):
    rows = call("claims", "verdicts", folder, "--json", *words).lines()
    return {row["relation"] for row in rows}


def test_the_queue_has_the_conflict(call, queue, folder):
    assert {row["reason"] for row in queue.values()} == {"sources conflict"}
    table = call("claims", "review", folder)
    assert table.out.splitlines()[0].split("\t")[:2] == ["claim", "reason"]


def test_a_correction_is_used_by_the_next_run_and_undone(call, queue, folder):
    three, _ = ids(queue)
    assert relations(call, folder) == {"CONFLICT"}
    said = call("claims", "review", folder, "--correct", three, "count=4", *BY)
    assert said.code == 0
    assert f"correct  {three}  count=4  by ana" in said.out
    assert relations(call, folder) == {"AGREE"}
    events = call("events", "list", "--documents", folder, "--json").json()
    (event,) = [e for e in events if three in e["claims"]]
    assert event["slots"]["count"] == "4"
    assert call("claims", "review", folder, "--undo", *BY).code == 0
    assert relations(call, folder) == {"CONFLICT"}
    rows = call("claims", "review", folder, "--list", "--json").lines()
    assert [bool(row["undoes"]) for row in rows] == [False, True]
    assert all((row["who"], row["when"]) == ("ana", BY[3]) for row in rows)


def test_reject_same_and_different(call, queue, folder):
    three, four = ids(queue)
    assert call("claims", "review", folder, "--different", three, four, *BY).code == 0
    rows = call("claims", "verdicts", folder, "--json").lines()
    assert [(row["relation"], row["note"]) for row in rows if row["b"]] == [
        ("RELATED", "judged by ana")
    ]
    assert call("claims", "review", folder, "--same", three, four, *BY).code == 0
    assert relations(call, folder) == {"COMPATIBLE"}
    row = call(
        "claims", "review", folder, "--reject", three, "--note", "typo", *BY, "--json"
    ).json()
    assert row["note"] == "typo"
    extracted = call("claims", "extract", folder, "--json").lines()
    assert three not in {r["id"] for r in extracted}
    assert call("claims", "review", folder, "--undo-row", row["id"], *BY).code == 0
    assert three in {r["id"] for r in call("claims", "extract", folder, "--json").lines()}


def test_another_file_of_judgements(call, queue, folder, tmp_path_factory):
    three, _ = ids(queue)
    other = tmp_path_factory.mktemp("elsewhere") / "mine.jsonl"
    call("claims", "review", folder, "--reject", three, "--judgements", other, *BY)
    assert other.is_file()
    assert relations(call, folder) == {"CONFLICT"}
    assert relations(call, folder, "--judgements", other) == {"SINGLE_SOURCE"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--accept", "{three}"), 2),
        (("--accept", "nobody", *BY), 4),
        (("--correct", "{three}", "count", *BY), 2),
        (("--correct", "{three}", "polarity=maybe", *BY), 2),
        (("--undo", *BY), 4),
        (("--accept", "{three}", "--by", "ana", "--at", "yesterday"), 2),
    ],
)
def test_what_cannot_be_judged_is_said_and_not_written(call, queue, folder, words, code):
    three, _ = ids(queue)
    said = call("claims", "review", folder, *(word.format(three=three) for word in words))
    assert said.code == code
    assert not (folder / ".judgements.jsonl").exists()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_asked_claim_by_claim(call, folder, monkeypatch):
    answers = ["bogus", "correct", "count=4", "undo", "accept", "quit"]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(answers) + "\n"))
    said = call("claims", "review", folder, *BY)
    assert said.code == 0, said.err
    assert "'bogus' is no answer" in said.out
    assert "sources conflict" in said.out
    lines = (folder / ".judgements.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["action"], bool(row["undoes"])) for row in rows] == [
        ("correct", False),
        ("correct", True),
        ("accept", False),
    ]


def test_a_torn_line_is_told_and_costs_nothing_else(call, queue, folder):
    three, _ = ids(queue)
    call("claims", "review", folder, "--reject", three, *BY)
    with (folder / ".judgements.jsonl").open("ab") as handle:
        handle.write(b'{"id": "half')
    said = call("claims", "extract", folder, "--json")
    assert said.code == 3
    assert ".judgements.jsonl:2" in said.err
    assert three not in {row["id"] for row in said.lines()}


@pytest.mark.parametrize("form", ["jsonl", "web-annotation", "ftm"])
def test_export_to_a_pipe_and_to_a_file(call, folder, tmp_path_factory, form):
    piped = call("claims", "export", folder, "--as", form)
    target = tmp_path_factory.mktemp("out") / "claims.jsonl"
    said = call("claims", "export", folder, "--as", form, "--out", target)
    assert said.out.strip() == str(target)
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert rows == piped.lines()
    assert call("claims", "export", folder, "--as", "xml").code == 2


def test_sums(call, tmp_path):
    (tmp_path / "a.txt").write_text(
        "date 2026-01-12\n\nThe Rs 7,280 crore magnet scheme comprises Rs 6,450 crore of "
        "incentives and Rs 750 crore of capital subsidy.\n",
        encoding="utf-8",
    )
    (check,) = call("claims", "sums", tmp_path, "--json").json()
    assert check["is_consistent"] is False
    assert check["difference"] == pytest.approx(-80e7)
    assert call("claims", "sums", tmp_path).out.splitlines()[1].startswith("no\tparts named")


def test_an_extractor_that_is_not_installed(call, folder):
    said = call("claims", "extract", folder, "--extractor", "nowhere")
    assert said.code == 4
    assert "no extractor 'nowhere'" in said.err


def test_the_brief_uses_the_judgements(folder, queue, call, pack):
    from datetime import date

    from coercivity.brief.gathering import gather
    from coercivity.options import Options

    three, _ = ids(queue)
    call("claims", "review", folder, "--reject", three, *BY)
    evidence = gather(pack, folder=folder, as_of=date(2025, 11, 30), options=Options(threads=1))
    assert three not in {claim.id for claim in evidence.claims}
    assert any("1 judgement(s)" in note for note in evidence.claims.notes)
