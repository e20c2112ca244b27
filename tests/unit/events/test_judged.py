"""Judgements act on the next run: on claims before they are compared, on pairs after."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from coercivity.claims import reconcile
from coercivity.claims.vocabulary import load_vocabulary
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.events import (
    append_judgement,
    effective_judgements,
    fold_claims,
    judge,
    judgements_file,
    policy_state,
    read_judgements,
    review_queue,
    undo_judgement,
    write_judgement,
)
from coercivity.events.grouping import judged_apart
from coercivity.events.table import merge_events

HEAD = "date 2024-03-15\n\n"
WHO = {"who": "ana", "when": "2024-03-16T10:00:00+00:00"}


@pytest.fixture
def rows(tmp_path):
    return tmp_path / "judgements.jsonl"


@pytest.fixture
def claims(read):
    return read(
        HEAD + "Norway has granted licences to three Chilean firms to import lenses.",
        HEAD + "Norway has granted licences to four Chilean firms to import lenses.",
        HEAD + "Some Chilean firms have received licences for lenses from Norway.",
    )


def grants(claims):
    return [claim for claim in claims if claim.frame == "LICENCE_GRANTED"]


def judged(claims, rows):
    return judge(claims, read_judgements(rows)[0])


def test_a_corrected_slot_is_compared_as_corrected(claims, rows):
    three, four, _ = grants(claims)
    assert "CONFLICT" in {v.relation for v in reconcile(claims)}
    write_judgement(rows, claims, "correct", claim=three.id, changes={"count": "4"}, **WHO)
    found = judged(claims, rows)
    assert found.n_applied == 1
    pair = next(v for v in found.verdicts if {v.a, v.b} == {three.id, four.id})
    assert pair.relation == "AGREE"
    assert "corrected by ana" in found.claims.get(three.id).rules


def test_undoing_brings_the_first_reading_back(claims, rows):
    three, *_ = grants(claims)
    write_judgement(rows, claims, "reject", claim=three.id, **WHO)
    assert three.id not in {claim.id for claim in judged(claims, rows).claims}
    undone = undo_judgement(rows, who="bo", when="2024-03-17")
    assert undone.who == "bo"
    after = judged(claims, rows)
    assert after.claims.claims == claims.claims
    assert after.verdicts == reconcile(claims)
    undo_judgement(rows, undone.id, **WHO)
    assert three.id not in {claim.id for claim in judged(claims, rows).claims}


def test_undo_takes_the_last_that_stands(rows):
    first = append_judgement(rows, "accept", claim="c1", **WHO)
    second = append_judgement(rows, "reject", claim="c2", **WHO)
    assert undo_judgement(rows, **WHO).undoes == second.id
    assert undo_judgement(rows, **WHO).undoes == first.id
    with pytest.raises(NotFoundError):
        undo_judgement(rows, **WHO)
    with pytest.raises(NotFoundError):
        undo_judgement(rows, first.id, **WHO)
    assert effective_judgements(read_judgements(rows)[0]) == ()


def test_rejecting_the_only_voice_changes_the_event(read, rows, lenses):
    claims = read(HEAD + "The Norwegian trade ministry lifted the controls on lenses.")
    (lifted,) = [claim for claim in claims if claim.frame == "LIFTED"]
    before = judged_state(claims, (), lenses)
    assert before.status == "lifted"
    write_judgement(rows, claims, "reject", claim=lifted.id, **WHO)
    assert judged_state(claims, read_judgements(rows)[0], lenses).status == "unknown"


def judged_state(claims, rows, pack):
    found = judge(claims, rows)
    events = fold_claims(found.claims, found.verdicts, pack, with_pack=False)
    return policy_state(events, pack, actor="NO", items=["lens"])


def test_different_events_stay_apart_also_over_a_third(claims, rows, lenses):
    three, four, some = grants(claims)
    assert len(events_of(judged_of(claims, ()), lenses)) == 1
    write_judgement(rows, claims, "different_event", claim=three.id, other=four.id, **WHO)
    found = judged(claims, rows)
    events = events_of(found, lenses)
    home = {name: event.id for event in events for name in event.claims}
    assert home[three.id] != home[four.id]
    assert some.id in home


def judged_of(claims, rows):
    return judge(claims, rows)


def events_of(found, pack):
    return fold_claims(found.claims, found.verdicts, pack, with_pack=False)


def test_an_event_of_the_pack_takes_in_one_of_two_judged_different(claims, rows, lenses):
    three, four, _ = grants(claims)
    write_judgement(rows, claims, "different_event", claim=three.id, other=four.id, **WHO)
    found = judged(claims, rows)
    read = events_of(found, lenses)
    empty = {"claims": (), "supports": (), "contradicts": (), "questions": ()}
    tabled = [replace(read[0], id="known", origin="pack", **empty)]

    def homes(apart):
        merged = merge_events(
            read,
            tabled,
            lenses,
            load_vocabulary(lenses),
            families={claim.id: claim.document for claim in claims.claims},
            sourced=(),
            apart=apart,
        )
        return {name: event.id for event in merged for name in event.claims}

    unaware, aware = homes(None), homes(judged_apart(found.verdicts))
    assert unaware[three.id] == unaware[four.id] == "known"
    assert {aware[three.id], aware[four.id]} != {"known"}
    assert "known" in {aware[three.id], aware[four.id]}


def test_same_event_joins_what_rules_keep_apart(read, rows, lenses):
    claims = read(
        HEAD + "Norway halted exports of lenses to Chile on January 5, 2024.",
        HEAD + "Norway halted exports of lenses to Chile on February 20, 2024.",
    )
    one, two = (c.id for c in claims if c.frame == "SUPPLY_HALTED")
    assert len(events_of(judged_of(claims, ()), lenses)) == 2
    write_judgement(rows, claims, "same_event", claim=one, other=two, **WHO)
    found = judged(claims, rows)
    assert len(events_of(found, lenses)) == 1
    assert "SINGLE_SOURCE" not in {v.relation for v in found.verdicts if v.a in (one, two)}


def test_nobody_can_make_a_licence_a_repeal(read, rows, lenses):
    claims = read(
        HEAD + "Norway announced export controls on lenses on January 10, 2024. "
        "The Norwegian trade ministry has granted licences to Chilean firms to import lenses.",
        HEAD + "The Norwegian trade ministry lifted the controls on lenses for Peru.",
    )
    licence = next(c for c in claims if c.frame == "LICENCE_GRANTED")
    lifted = next(c for c in claims if c.frame == "LIFTED")
    with pytest.raises(UsageError, match="cannot be one event"):
        write_judgement(rows, claims, "same_event", claim=licence.id, other=lifted.id, **WHO)
    assert not rows.exists()
    append_judgement(rows, "same_event", claim=licence.id, other=lifted.id, **WHO)
    found = judged(claims, rows)
    events = events_of(found, lenses)
    state = policy_state(events, lenses, actor="NO", items=["lens"], destination="CL")
    assert state.status == "in force"


@pytest.mark.parametrize(
    "changes",
    [
        {"frame": "GIFT"},
        {"polarity": "maybe"},
        {"modality": "soon"},
        {"when": "some day"},
    ],
)
def test_a_correction_to_nonsense_is_refused_and_not_written(claims, rows, changes):
    with pytest.raises(UsageError):
        write_judgement(rows, claims, "correct", claim=grants(claims)[0].id, changes=changes, **WHO)
    assert not rows.exists()


def test_a_row_edited_to_nonsense_is_named(claims, rows):
    row = append_judgement(
        rows, "correct", claim=grants(claims)[0].id, changes={"frame": "GIFT"}, **WHO
    )
    with pytest.raises(InputError, match=row.id):
        judged(claims, rows)


def test_unknown_claims_cannot_be_judged(claims, rows):
    with pytest.raises(NotFoundError):
        write_judgement(rows, claims, "accept", claim="no such claim", **WHO)
    assert not rows.exists()


def test_fields_can_be_corrected_too_one_after_the_other(claims, rows):
    three, *_ = grants(claims)
    for changes in (
        {"polarity": "questioned"},
        {"when": "2023"},
        {"when": "2024-02"},
        {"recipient": "PE"},
        {"place": "Lima"},
        {"count": ""},
    ):
        write_judgement(rows, claims, "correct", claim=three.id, changes=changes, **WHO)
    found = judged(claims, rows).claims.get(three.id)
    assert found.slot("count") is None
    assert (found.polarity, found.kind, found.is_asserted) == ("questioned", "question", False)
    assert found.when.latest.isoformat() == "2024-02-29"
    assert (found.slot("recipient").value, found.slot("recipient").kind) == ("PE", "country")
    assert found.slot("place").kind == "text"
    assert three.slot("count").value == "3"


def test_a_corrected_number_is_the_number_compared(read, rows):
    claims = read(
        HEAD + "Chile imported 540 tonnes of optical glass in 2023.",
        HEAD + "Chile imported 870 tonnes of optical glass in 2023.",
    )
    one, two = (c for c in claims if c.frame == "QUANTITY")
    assert [v.relation for v in reconcile(claims)] == ["CONFLICT"]
    write_judgement(rows, claims, "correct", claim=two.id, changes={"value": "540"}, **WHO)
    assert [v.relation for v in judged(claims, rows).verdicts] == ["AGREE"]
    with pytest.raises(UsageError):
        write_judgement(rows, claims, "correct", claim=one.id, changes={"value": "many"}, **WHO)


def test_judgements_outlive_the_ids_of_claims(claims, rows):
    three, *_ = grants(claims)
    write_judgement(rows, claims, "reject", claim=three.id, **WHO)
    renamed = replace(
        claims,
        claims=tuple(replace(c, id="new" + c.id) if c.id == three.id else c for c in claims.claims),
    )
    assert "new" + three.id not in {c.id for c in judged(renamed, rows).claims}


def test_judgements_on_what_is_gone_are_said(claims, read, rows):
    write_judgement(rows, claims, "reject", claim=grants(claims)[0].id, **WHO)
    found = judged(read(HEAD + "Norway said so."), rows)
    assert found.n_applied == 0
    assert any("not read here" in note for note in found.notes)


def test_queue_has_conflicts_first_and_what_was_judged_last(claims, rows):
    verdicts = reconcile(claims)
    queue = review_queue(claims, verdicts)
    assert queue[0].reason == "sources conflict"
    assert {item.claim.id for item in queue} == {c.id for c in claims if c.frame}
    write_judgement(rows, claims, "accept", claim=queue[0].claim.id, **WHO)
    left = review_queue(claims, verdicts, read_judgements(rows)[0])
    assert queue[0].claim.id not in {item.claim.id for item in left}
    every = review_queue(claims, verdicts, read_judgements(rows)[0], with_judged=True)
    assert every[0].judgement.action == "accept"


WRITER = textwrap.dedent(
    """
    import sys
    from coercivity.events import append_judgement
    for number in range(40):
        append_judgement(sys.argv[1], "accept", claim=f"{sys.argv[2]}-{number}", who=sys.argv[2],
                         when="2024-03-16", note="x" * 5000)
    """
)


def test_two_writers_at_once_lose_and_mix_nothing(rows):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(rows), name]) for name in ("ana", "bo")
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    read, problems = read_judgements(rows)
    assert problems == ()
    for name in ("ana", "bo"):
        assert [r.claim for r in read if r.who == name] == [f"{name}-{n}" for n in range(40)]


KILLED = textwrap.dedent(
    """
    import sys
    from coercivity.events import append_judgement
    number = 0
    while True:
        row = append_judgement(sys.argv[1], "accept", claim=f"c{number}", who="ana",
                               when="2024-03-16", note="x" * 2000)
        print(row.id, flush=True)
        number += 1
    """
)


def test_kill_nine_loses_nothing_acknowledged_and_frees_the_lock(rows):
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(rows)], stdout=subprocess.PIPE, text=True
    )
    told = [writer.stdout.readline().strip() for _ in range(5)]
    writer.kill()
    told += writer.stdout.read().split()
    writer.wait(timeout=60)
    whole, _ = read_judgements(rows)
    assert {row.id for row in whole} >= set(told)
    append_judgement(rows, "accept", claim="after", **WHO)
    assert read_judgements(rows)[0][-1].claim == "after"


def test_the_file_lies_hidden_in_the_folder(tmp_path):
    assert judgements_file(tmp_path) == tmp_path / ".judgements.jsonl"
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    assert judgements_file(tmp_path / "a.txt") == tmp_path / ".judgements.jsonl"


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        append_judgement(tmp_path / "none" / "rows.jsonl", "accept", claim="c", **WHO)
