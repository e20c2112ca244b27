"""Gazetteer, vocabulary files, frame rules, export."""

from __future__ import annotations

import json

import pytest

from coercivity.claims import FRAMES, load_vocabulary, to_jsonl
from coercivity.claims.frame_rules import load_rules, read_rules
from coercivity.claims.gazetteer import Entity, build_gazetteer, find_mentions
from coercivity.claims.vocabulary import country_entities, load_lexicon
from coercivity.errors import InputError


def found(text, *names):
    gazetteer = build_gazetteer((name, Entity("item", name, "", name)) for name in names)
    return [(text[m.start : m.end], m.entities[0].value) for m in find_mentions(text, gazetteer)]


def test_longest_name_wins_and_hyphens_do_not_matter():
    text = "rare-earth magnets and rare earths"
    assert found(text, "rare earth", "rare earth magnet") == [
        ("rare-earth magnets", "rare earth magnet"),
        ("rare earths", "rare earth"),
    ]


def test_short_capitals_match_exactly():
    assert found("tell us what the US wants", "US") == [("US", "US")]
    assert found("the U.S. side", "US") == [("U.S.", "US")]


def test_proper_names_keep_their_case():
    assert found("turkey was served in Turkey", "Turkey") == [("Turkey", "Turkey")]


def test_every_country_has_one_code_and_codes_are_real():
    from coercivity.catalogue.places import country

    names = {}
    for name, entity in country_entities():
        assert country(entity.value) == entity.value
        assert names.setdefault((name, entity.kind), entity.value) == entity.value
    assert len({entity.value for _, entity in country_entities()}) > 190


@pytest.mark.parametrize(
    "text",
    ["items: {no_such_item: [x]}\n", "things: {}\n", "- a list\n", "loosely: {nothing: [lens]}\n"],
)
def test_invalid_vocabulary_is_refused(lenses, tmp_path, text):
    import shutil

    from coercivity.catalogue import open_pack

    folder = tmp_path / "lenses"
    shutil.copytree(lenses.root, folder)
    (folder / "vocabulary.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_vocabulary(open_pack(folder))
    assert "vocabulary.yaml" in str(caught.value)


def test_first_packs_vocabulary_is_valid(pack):
    vocabulary = load_vocabulary(pack)
    assert vocabulary.is_wider("rare_earth", "rare_earth_magnet")
    assert vocabulary.country_of("mofcom") == "CN"
    for base, heads in vocabulary.qualified.items():
        assert {base, *heads.values()} <= set(pack.items)


def test_rules_cover_every_frame_but_quantity():
    assert {rule.frame for rule in load_rules()} == set(FRAMES) - {"QUANTITY"}


def test_rules_use_only_known_classes():
    lexicon = load_lexicon()
    known = {name for names in lexicon.classes.values() for name in names} | {"item", "party"}
    for rule in load_rules():
        used = rule.agent | rule.patient | rule.theme | rule.agent_not | rule.theme_not
        assert used | rule.word_class | rule.nouns <= known, rule.id


def test_rule_ids_are_unique():
    names = [rule.id for rule in load_rules()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "row",
    [
        {"id": "a", "frame": "NO_SUCH", "verbs": ["x"]},
        {"id": "a", "frame": "DEAL"},
        {"id": "a", "frame": "DEAL", "verbs": ["x"], "colour": "red"},
        {"id": "a", "frame": "DEAL", "verbs": ["x"], "needs": ["luck"]},
    ],
)
def test_invalid_rule_is_refused_by_name(row):
    with pytest.raises(InputError) as caught:
        read_rules([row], where="rules.yaml")
    assert "rules.yaml: a" in str(caught.value)


def test_export_is_one_object_a_line_and_atomic(read, tmp_path):
    claims = read("date 2024-03-15\n\nNorway halted exports of lenses to Chile. It’s so.")
    path = to_jsonl(claims, tmp_path / "claims.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [claim.id for claim in claims]
    assert rows[0]["file"] == "0.txt"
    assert rows[0]["slots"]
    first = path.read_bytes()
    to_jsonl(claims, path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["claims.jsonl"]


def test_failed_export_leaves_the_old_file(tmp_path):
    path = tmp_path / "claims.jsonl"
    path.write_text("old\n", encoding="utf-8")

    class Broken:
        def to_json(self):
            raise RuntimeError("torn")

    with pytest.raises(RuntimeError):
        to_jsonl([Broken()], path)
    assert path.read_text(encoding="utf-8") == "old\n"
