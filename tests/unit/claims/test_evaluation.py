"""The scorer: what counts as right, what as wrong, and that nothing wrong goes unseen."""

from __future__ import annotations

import json

import pytest

from coercivity.claims.checks import rests_on_authority
from coercivity.claims.evaluation import evaluate_claims
from coercivity.claims.gold import GoldEntry, read_gold
from coercivity.claims.number_matching import unit_of_label
from coercivity.claims.scores import Score
from coercivity.errors import InputError, NotFoundError

GRANT = "Norway has granted licences for lenses to four Chilean firms."


@pytest.fixture
def score(tmp_path, lenses):
    """Score one text against labels with the small pack."""

    def scorer(text, *entries, published="2024-03-15", **more):
        row = {"id": "a", "text": text, "published": published, "gold": list(entries), **more}
        path = tmp_path / "gold.jsonl"
        path.write_text(json.dumps(row) + "\n", encoding="utf-8")
        return evaluate_claims(path, lenses).to_json()

    return scorer


def errors(result):
    return [row["error"] for document in result["errors"] for row in document["errors"]]


def test_all_right(score):
    result = score(
        GRANT,
        {
            "kind": "licence_grant",
            "who": "Norway",
            "to_whom": "Chile",
            "what": "lenses",
            "when": "2024-03-15",
            "numbers": {"companies": 4},
        },
    )
    assert result["slot_f1"] == 1.0
    assert result["number_f1"] == 1.0
    assert errors(result) == []


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("who", "Chile"),
        ("to_whom", "Norway"),
        ("what", "cameras"),
        ("when", "2023"),
    ],
)
def test_wrong_slot_costs_precision_and_recall(score, slot, value):
    label = {"kind": "licence_grant", "who": "Norway", "to_whom": "Chile", "what": "lenses"}
    result = score(GRANT, label | {slot: value})
    row = result["per_frame"]["LICENCE_GRANTED"]["slots"][slot]
    assert row["recall"] == 0.0
    assert result["slot_f1"] < 1.0
    assert [e for e in errors(result) if e in ("wrong slot", "empty slot")]


def test_missed_entry_costs_every_labelled_slot(score):
    result = score(GRANT, {"kind": "suspension", "who": "Norway", "what": "lenses"})
    assert result["per_frame"]["SUSPENDED"]["recall"] == 0.0
    assert result["per_frame"]["SUSPENDED"]["wanted"] == 3.0
    assert "missed" in errors(result)


def test_unlabelled_act_of_a_labelled_frame_is_spurious(score):
    text = f"{GRANT} Sweden granted licences for cameras to Peru on March 3, 2020."
    label = {"kind": "licence_grant", "who": "Norway", "to_whom": "Chile", "what": "lenses"}
    result = score(text, label)
    assert "spurious" in errors(result)
    assert result["per_slot"]["kind"]["precision"] == 0.5
    assert result["per_slot"]["kind"]["recall"] == 1.0


def test_unlabelled_act_of_another_frame_counts_only_in_the_strict_figure(score):
    text = f"{GRANT} Andes Optics idled its plant last week."
    label = {"kind": "licence_grant", "who": "Norway", "to_whom": "Chile", "what": "lenses"}
    result = score(text, label)
    assert result["slots"]["precision"] == 1.0
    assert result["strict"]["slots"]["precision"] < 1.0
    assert "not labelled" in errors(result)


def test_list_slot_earns_its_share(score):
    text = "Norway granted licences for lenses to Andes Optics."
    label = {"kind": "licence_grant", "who": "Norway", "to_whom": "Andes Optics; Kari Nordmann"}
    row = score(text, label)["per_frame"]["LICENCE_GRANTED"]["slots"]["to_whom"]
    assert (row["recall"], row["precision"]) == (0.5, 1.0)


def test_count_without_a_name_is_no_filler(score):
    label = {"kind": "licence_grant", "who": "Norway", "to_whom": "four firms"}
    assert "to_whom" not in score(GRANT, label)["per_frame"]["LICENCE_GRANTED"]["slots"]


def test_state_and_its_authority_are_one_actor(score):
    text = "Norway imposed controls on lenses."
    label = {"kind": "control_announce", "who": "Norwegian trade ministry", "what": "lenses"}
    assert score(text, label)["slot_f1"] == 1.0


def test_day_of_saying_serves_only_where_the_text_gives_no_day(score):
    said = f"The Norwegian trade ministry said on Thursday that {GRANT[0].lower()}{GRANT[1:]}"
    label = {"kind": "licence_grant", "who": "Norway", "when": "2024-03-14"}
    assert score(said, label)["per_slot"]["when"]["f1"] == 1.0
    own = "Norway granted licences for lenses to Chile on March 4."
    assert score(own, label)["per_slot"]["when"]["f1"] == 0.0


@pytest.mark.parametrize(
    ("wanted", "is_right"), [("2024-03", True), ("2024-03-04", True), ("2024-02", False)]
)
def test_dates_fit_by_their_precision(score, wanted, is_right):
    text = "Norway granted licences for lenses to Chile on March 4."
    label = {"kind": "licence_grant", "who": "Norway", "when": wanted}
    assert (score(text, label)["per_slot"]["when"]["f1"] == 1.0) == is_right


def test_year_does_not_stand_for_a_day(score):
    text = "Norway granted licences for lenses to Chile in 2023."
    label = {"kind": "licence_grant", "who": "Norway", "when": "2023-06-05"}
    assert score(text, label)["per_slot"]["when"]["f1"] == 0.0


@pytest.mark.parametrize(("polarity", "why"), [("questioned", "question"), ("negated", "denial")])
def test_fact_made_of_a_question_or_denial_is_found_by_the_label(score, polarity, why):
    result = score(GRANT, {"kind": "licence_grant", "who": "Norway", "polarity": polarity})
    assert result["false_assertions"] == 1
    assert result["false_assertion_items"][0]["why"] == why
    assert result["polarity"]["f1"] == 0.0


def test_fact_made_of_a_supposition_is_found_by_the_label(score):
    result = score(GRANT, {"kind": "licence_grant", "who": "Norway", "hedge": "reportedly"})
    assert [row["why"] for row in result["false_assertion_items"]] == ["hedge"]
    hedged = score(
        GRANT.replace("has granted", "has reportedly granted"),
        {"kind": "licence_grant", "who": "Norway", "hedge": "reportedly"},
    )
    assert hedged["false_assertions"] == 0


def test_count_that_stands_only_in_a_question_may_not_be_stated(score):
    label = {"kind": "licence_grant", "who": "Norway", "hedge": "four only in the question"}
    assert score(GRANT, label)["false_assertions"] == 1


def test_question_in_the_text_is_no_false_assertion(score):
    text = "Asked whether Norway had granted licences to four Chilean firms, she was silent."
    label = {"kind": "licence_grant", "who": "Norway", "polarity": "questioned"}
    result = score(text, label)
    assert result["false_assertions"] == 0
    assert result["polarity"]["f1"] == 1.0


def test_lift_without_label_is_wrong_if_it_rests_on_a_named_authority(score):
    text = "The Norwegian trade ministry lifted its ban on lenses."
    result = score(text, {"kind": "control_announce", "who": "Norway"})
    assert result["false_lifts"] == 1
    labelled = score(text, {"kind": "lift", "who": "Norway"})
    assert labelled["false_lifts"] == 0


def test_lift_that_names_no_authority_is_shown_but_changes_nothing(score):
    result = score("Norway lifted its ban on lenses.", {"kind": "licence_grant"})
    assert result["false_lifts"] == 0
    assert result["flagged_lifts"] == 1


def test_authority_of_a_lift(read):
    named = read("date 2024-03-15\n\nThe Norwegian trade ministry lifted its ban on lenses.")
    bare = read("date 2024-03-15\n\nNorway lifted its ban on lenses.")
    assert rests_on_authority(named.claims[0], named.vocabulary)
    assert not rests_on_authority(bare.claims[0], bare.vocabulary)


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ({"tonnes": 540}, 1.0),
        ({"tonnes": 541}, 1.0),
        ({"tonnes": 560}, 0.0),
        ({"change_pct": 540}, 0.0),
        ({"kt": 0.54}, 1.0),
    ],
)
def test_numbers_fit_within_rounding_and_unit(score, numbers, found):
    text = "Chile imported 540 tonnes of optical glass in 2023."
    result = score(text, {"kind": "trade_stat", "numbers": numbers})
    assert result["numbers"]["recall"] == found


@pytest.mark.parametrize(("change", "found"), [(-12, 1.0), (12, 0.0)])
def test_direction_of_a_change_is_judged(score, change, found):
    text = "Chile imported 540 tonnes of optical glass in 2023, down 12% from the year before."
    result = score(text, {"kind": "trade_stat", "numbers": {"change_pct": change}})
    assert result["numbers"]["recall"] == found


def test_misread_number_costs_precision_too(score):
    text = "Chile imported 540 tonnes of optical glass in 2023."
    result = score(text, {"kind": "trade_stat", "numbers": {"change_pct": 540}})
    assert result["numbers"]["precision"] == 0.0
    assert "wrong number" in errors(result)


@pytest.mark.parametrize(
    ("label", "units", "factor"),
    [
        ("china_pct", ("percent",), 1.0),
        ("rs_crore", ("INR",), 1e7),
        ("weeks_low", ("week",), 1.0),
        ("units", (), 1.0),
    ],
)
def test_unit_of_a_label(label, units, factor):
    assert unit_of_label(label) == (units, factor)


@pytest.mark.parametrize(("relation", "recall"), [("AGREE", 1.0), ("CONFLICT", 0.0)])
def test_verdicts_between_documents(tmp_path, lenses, relation, recall):
    label = {"file": "b.txt", "kind": "licence_grant", "relation": relation}
    other = "Four Chilean firms were granted licences for lenses by Norway."
    rows = [
        {"id": "a", "text": GRANT, "published": "2024-03-15", "gold": [], "verdicts": [label]},
        {"id": "b", "text": other, "published": "2024-03-15", "gold": []},
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = evaluate_claims(path, lenses).to_json()
    assert result["verdicts"]["recall"] == recall
    assert errors(result).count("wrong verdict") == 1 - recall


def test_kinds_without_frame_are_counted_but_not_scored(score):
    result = score(GRANT, {"kind": "tariff", "who": "US", "numbers": {"pct": 100}})
    assert (result["entries"], result["unscored_entries"]) == (0, 1)
    assert result["numbers"]["wanted"] == 0.0
    assert result["slot_f1"] is None


def test_wrong_grantor_is_scored_as_reported():
    entry = GoldEntry(kind="attribution_error", who="Chile", what="grantor stated as Chile")
    assert entry.frames == ("LICENCE_GRANTED",)
    assert GoldEntry(kind="attribution_error", what="wrong day of a visit").frames == ()


def test_score_of_nothing_is_nothing():
    assert Score().f1 is None
    assert Score(found=0.0, wanted=2.0).f1 == 0.0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "gold.jsonl:2"),
        ('{"file": "a.txt", "gold": [{"kind": "nonsense"}]}', "gold.0.kind"),
        ('{"file": "a.txt", "gold": [{"kind": "tariff", "when": "soon"}]}', "gold.0.when"),
        ('{"gold": []}', "either 'file' or 'text'"),
        ('{"text": "x", "gold": []}', "needs an 'id'"),
        ('{"file": "ok.txt", "gold": []}', "line 1 already"),
        ('{"file": "a.txt", "gold": [{"kind": "tariff", "polarity": "no"}]}', "gold.0.polarity"),
    ],
)
def test_bad_gold_is_refused_with_its_line(tmp_path, line, message):
    path = tmp_path / "gold.jsonl"
    path.write_text(f'{{"file": "ok.txt", "gold": []}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_gold(path)
    assert message in str(caught.value)
    assert "gold.jsonl:2" in str(caught.value)


def test_missing_gold_and_documents_are_named(tmp_path, lenses):
    with pytest.raises(NotFoundError, match=r"nothing\.jsonl"):
        read_gold(tmp_path / "nothing.jsonl")
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "g9", "file": "away.txt", "gold": []}\n', encoding="utf-8")
    with pytest.raises(NotFoundError, match=r"away\.txt"):
        evaluate_claims(path, lenses, documents=tmp_path)


def test_empty_and_badly_encoded_gold(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="no line"):
        read_gold(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_gold(path)


def test_command_prints_one_object(tmp_path):
    from typer.testing import CliRunner

    from coercivity.cli.root import app

    (tmp_path / "d").mkdir()
    text = "date 2025-10-30\nChina granted licences for rare earth magnets to three Indian firms."
    (tmp_path / "d" / "one.txt").write_text(text, encoding="utf-8")
    gold = tmp_path / "gold.jsonl"
    label = {"kind": "licence_grant", "who": "China", "to_whom": "India", "numbers": {"firms": 3}}
    gold.write_text(json.dumps({"id": "g", "file": "d/one.txt", "gold": [label]}) + "\n", "utf-8")
    args = ["evaluate", "claims", str(gold), "--documents", str(tmp_path)]
    result = CliRunner().invoke(app, [*args, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    wanted = {"slot_f1", "number_f1", "false_assertions", "false_lifts", "per_frame", "errors"}
    assert wanted <= set(found)
    assert (found["slot_f1"], found["number_f1"]) == (1.0, 1.0)
    table = CliRunner().invoke(app, args)
    assert "slot who\t1.000" in table.stdout
