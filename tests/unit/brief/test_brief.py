"""What a brief says, and what it leaves behind."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from coercivity.brief import make_brief
from coercivity.catalogue import open_pack
from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.errors import InputError, NotFoundError, UsageError

from .conftest import MEMBERS

CHANGED = "india_magnet_imports_total"
KEYS = {
    "answer", "events", "verdicts", "determinations", "licences", "outcomes", "sensitivity",
    "files",
}  # fmt: skip


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_answer_has_five_sentences_each_with_how_sure(small_brief):
    assert len(small_brief.answer) == 5
    for row in small_brief.answer:
        assert row["sentence"].endswith(".")
        assert row["how_sure"].endswith(".")


def test_the_control_stays_in_force_and_licences_are_exceptions(small_brief):
    first = small_brief.answer[0]["sentence"]
    assert "need a licence" in first
    assert "stays in force" in first
    assert "count of licensees unknown (sources: 3, 4, some)" in first
    assert small_brief.determinations[0]["outcome"] == "LICENCE_REQUIRED"
    assert small_brief.determinations[0]["exceptions"]


def test_json_has_the_promised_keys_and_no_numbers_that_are_none(small_brief):
    values = small_brief.to_json()
    assert set(values) == KEYS
    json.dumps(values, allow_nan=False)
    scenarios = {row["scenario_id"] for row in values["outcomes"] if row["kind"] == "lost_output"}
    assert small_brief.findings.reference in scenarios


def test_files_are_what_the_brief_says(small_brief):
    files = small_brief.files
    assert Path(files["html"]).read_text(encoding="utf-8") == small_brief.html
    written = json.loads(Path(files["json"]).read_text(encoding="utf-8"))
    assert set(written) == KEYS
    assert written["answer"] == list(small_brief.answer)
    rows = Path(files["claims"]).read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["id"] for row in rows] == [c.id for c in small_brief.evidence.claims]
    assert set(files["results"]) == set(small_brief.findings.ensemble.results)
    for path in files["results"].values():
        assert Path(path).stat().st_size > 0


def test_the_same_question_twice_gives_the_same_bytes(small_brief, tmp_path):
    again = make_brief("rare_earth_magnets", members=MEMBERS, seed=7, out=tmp_path / "second")
    first = hashes(Path(small_brief.files["html"]).parent)
    assert hashes(Path(again.files["html"]).parent) == first


def test_other_files_in_the_folder_are_left_alone(small_brief, tmp_path, monkeypatch):
    from coercivity.brief import writing

    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    writing.write_files(
        out,
        html="<p>page</p>",
        evidence=small_brief.evidence,
        findings=small_brief.findings,
        answer=small_brief.answer,
        parts={},
    )
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (out / "brief.html").read_text(encoding="utf-8") == "<p>page</p>"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_failure_while_writing_leaves_nothing(small_brief, tmp_path, monkeypatch):
    from coercivity.brief import writing

    def fail(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device", "claims.jsonl")

    monkeypatch.setattr(writing, "_line", fail)
    with pytest.raises(OSError, match="No space"):
        writing.write_files(
            tmp_path / "out",
            html="",
            evidence=small_brief.evidence,
            findings=small_brief.findings,
            answer=(),
            parts={},
        )
    assert list(tmp_path.iterdir()) == []


def test_what_was_published_later_is_left_out(small_brief):
    evidence = small_brief.evidence
    assert evidence.left_out
    assert not {d.name for d in evidence.claims.documents} & set(evidence.left_out)
    for event in evidence.events:
        assert event.when is None or event.when.earliest <= evidence.as_of
    for licence in evidence.licences:
        assert licence.granted_by <= evidence.as_of


def test_nothing_on_the_page_tells_where_or_when_it_was_made(small_brief):
    assert str(Path.home()) not in small_brief.html
    assert str(Path(small_brief.files["html"]).parent) not in small_brief.html
    assert date.today().isoformat() not in small_brief.html or (
        date.today() <= small_brief.findings.end
    )


def test_a_day_outside_the_span_is_refused():
    with pytest.raises(InputError, match="before the network starts"):
        make_brief("rare_earth_magnets", as_of=date(2020, 1, 1), members=2)
    with pytest.raises(InputError, match="after the network ends"):
        make_brief("rare_earth_magnets", as_of=date(2031, 1, 1), members=2)


def test_what_is_in_force_can_be_drawn_before_the_simulation(small_brief):
    from dataclasses import replace

    from coercivity.brief.drawing import draw_evidence, draw_figures
    from coercivity.brief.phrases import read_phrases

    evidence, findings = small_brief.evidence, small_brief.findings
    early = draw_evidence(evidence, start=findings.start, end=findings.end)
    assert set(early) == {"controls"}
    assert early["controls"].svg == findings.figures["controls"].svg
    phrases = read_phrases(evidence.pack)
    late = draw_figures(evidence, replace(findings, figures=early), phrases)
    assert late.figures["controls"] is early["controls"]
    assert list(late.figures) == list(findings.figures)


def test_one_member_makes_no_range():
    with pytest.raises(UsageError, match="make no range"):
        make_brief("rare_earth_magnets", members=1)


def test_a_missing_folder_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match="no folder"):
        make_brief("rare_earth_magnets", documents=tmp_path / "nowhere", members=2)


def test_a_folder_of_unreadable_documents_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        make_brief("rare_earth_magnets", documents=tmp_path, members=2)
    assert "empty.txt" in str(caught.value)


def test_phrases_that_name_nothing_are_refused(pack, monkeypatch):
    from dataclasses import replace

    from coercivity.brief.phrases import read_phrases
    from coercivity.catalogue import Record

    broken = {**pack.meta, "phrases": {"reference": "no_such_scenario"}}
    with pytest.raises(InputError, match="no_such_scenario"):
        read_phrases(replace(pack, meta=Record(broken, "pack.yaml:1")))


def test_changing_one_document_changes_only_what_rests_on_it(small_brief, pack, tmp_path):
    folder = tmp_path / "documents"
    shutil.copytree(pack.root / "documents", folder)
    shutil.copy(pack.root / "documents.csv", folder / "documents.csv")
    changed = min(path for path in folder.glob("*.txt"))
    changed.write_text(
        changed.read_text(encoding="utf-8") + "\nThe office said nothing more.\n", encoding="utf-8"
    )
    other = make_brief(
        "rare_earth_magnets", documents=folder, members=MEMBERS, seed=7, out=tmp_path / "out"
    )

    def claims_but_of(brief, name):
        documents = {d.id: d.name for d in brief.evidence.claims.documents}
        return {c.id for c in brief.evidence.claims if documents[c.document] != name}

    kept = claims_but_of(small_brief, changed.name)
    assert kept == claims_but_of(other, changed.name)
    assert [row["outcome"] for row in other.determinations] == [
        row["outcome"] for row in small_brief.determinations
    ]
    for scenario, path in other.files["results"].items():
        first = small_brief.files["results"][scenario]
        assert Path(path).read_bytes() == Path(first).read_bytes()


def test_changing_one_claim_changes_only_the_quantities_made_of_it(pack, tmp_path):
    copy = tmp_path / "changed"
    shutil.copytree(pack.root, copy)
    path = copy / "quantities.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith(f"- id: {CHANGED}\n"))
    place = next(n for n in range(start, len(lines)) if re.search(r"\bvalue: \d+", lines[n]))
    stated = int(re.search(r"\bvalue: (\d+)", lines[place])[1])
    lines[place] = lines[place].replace(f"value: {stated}", f"value: {2 * stated}")
    path.write_text("".join(lines), encoding="utf-8")

    before, after = (load_quantities(found) for found in (pack, open_pack(copy)))
    draws = [draw(found, members=50, seed=3) for found in (before, after)]
    differs = {name for name in draws[0] if (draws[0][name] != draws[1][name]).any()}
    rests_on_it = {CHANGED}
    while True:
        more = {
            name
            for name, found in before.items()
            if rests_on_it & set(re.findall(r"[a-z_][a-z0-9_]*", found.formula))
        } - rests_on_it
        if not more:
            break
        rests_on_it |= more
    assert CHANGED in differs
    assert differs <= rests_on_it
