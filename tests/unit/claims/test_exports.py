"""Exports hold to the published structures: Web Annotation, PROV-O terms, FollowTheMoney."""

from __future__ import annotations

import json

import jsonschema
import pytest

from coercivity.claims.annotations import annotation_page
from coercivity.claims.export import FORMS, export_claims, exported_rows
from coercivity.errors import UsageError

HEAD = "date 2024-03-15\n\n"
TEXT = (
    HEAD + "Kari Nordmann said on Thursday: “Norway has granted licences to three Chilean firms.” "
    "A reporter asked whether Oslo had lifted the controls on lenses. Andes Optics cut its output."
)

# What the Web Annotation Data Model says MUST hold: sections 3.1, 3.2.2, 4.1 and 4.2.
SELECTOR = {
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "type": {"const": "TextPositionSelector"},
                "start": {"type": "integer", "minimum": 0},
                "end": {"type": "integer", "minimum": 1},
            },
            "required": ["type", "start", "end"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "TextQuoteSelector"},
                "exact": {"type": "string", "minLength": 1},
                "prefix": {"type": "string"},
                "suffix": {"type": "string"},
            },
            "required": ["type", "exact"],
            "additionalProperties": False,
        },
    ]
}
IRI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:[^\s]+$"}
ANNOTATION = {
    "type": "object",
    "properties": {
        "@context": {
            "anyOf": [
                {"const": "http://www.w3.org/ns/anno.jsonld"},
                {"type": "array", "contains": {"const": "http://www.w3.org/ns/anno.jsonld"}},
            ]
        },
        "id": IRI,
        "type": {"const": "Annotation"},
        "motivation": {
            "enum": [
                "assessing",
                "bookmarking",
                "classifying",
                "commenting",
                "describing",
                "editing",
                "highlighting",
                "identifying",
                "linking",
                "moderating",
                "questioning",
                "replying",
                "tagging",
            ]
        },
        "body": {
            "type": "array",
            "items": {
                "anyOf": [
                    {
                        "properties": {
                            "type": {"const": "TextualBody"},
                            "value": {"type": "string"},
                            "purpose": {"type": "string"},
                        },
                        "required": ["type", "value"],
                    },
                    {"properties": {"id": IRI}, "required": ["id", "type"]},
                ]
            },
        },
        "target": {
            "type": "object",
            "properties": {
                "type": {"const": "SpecificResource"},
                "source": IRI,
                "selector": {"type": "array", "items": SELECTOR, "minItems": 2},
            },
            "required": ["source", "selector"],
        },
    },
    "required": ["@context", "id", "type", "target"],
}

# Properties of the FollowTheMoney schemata used, with those they inherit; required ones apart.
THING = {
    "name", "summary", "description", "country", "alias", "previousName", "weakAlias", "sourceUrl",
    "publisher", "publisherUrl", "alephUrl", "wikipediaUrl", "wikidataId", "keywords", "topics",
    "address", "addressEntity", "program", "programId", "notes", "proof", "indexText", "createdAt",
    "modifiedAt", "retrievedAt",
}  # fmt: skip
ANALYZABLE = {
    "detectedLanguage", "detectedCountry", "namesMentioned", "peopleMentioned",
    "companiesMentioned", "ibanMentioned", "ipMentioned", "locationMentioned", "phoneMentioned",
    "emailMentioned",
}  # fmt: skip
DOCUMENT = THING | ANALYZABLE | {
    "contentHash", "title", "author", "generator", "crawler", "fileSize", "fileName", "extension",
    "encoding", "messageId", "mimeType", "language", "date", "authoredAt", "publishedAt", "parent",
    "ancestors", "processingStatus", "processingError",
}  # fmt: skip
LEGAL = THING | {"email", "phone", "website", "legalForm", "jurisdiction", "mainCountry", "parent"}
FTM = {
    "Article": DOCUMENT,
    "Note": THING | ANALYZABLE | {"entity"},
    "Person": LEGAL,
    "Company": LEGAL,
    "PublicBody": LEGAL,
    "Organization": LEGAL,
    "LegalEntity": LEGAL,
}
RANGES = {"proof": {"Article"}, "entity": {"Person", "Company", "PublicBody", "Organization",
                                           "LegalEntity"}}  # fmt: skip


@pytest.fixture
def claims(read):
    return read(TEXT)


def test_every_annotation_holds_to_the_model(claims):
    rows = list(exported_rows(claims, "web-annotation"))
    assert len(rows) == len(claims)
    for row in rows:
        jsonschema.validate(row, ANNOTATION)
    page = annotation_page(claims)
    assert page["type"] == "AnnotationPage"
    assert len(page["items"]) == len(claims)
    assert all("@context" not in item for item in page["items"])


def targets(value):
    """Every target anywhere inside an annotation."""
    if isinstance(value, dict):
        if "selector" in value:
            yield value
        for inner in value.values():
            yield from targets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from targets(inner)


def test_both_selectors_find_the_same_words_in_code_points(read):
    claims = read("date 2024-03-15 😀\n\n" + TEXT)
    text = claims.documents[0].text
    found = [t for row in exported_rows(claims, "web-annotation") for t in targets(row)]
    assert len(found) > len(claims)
    for target in found:
        position, quote = target["selector"]
        assert text[position["start"] : position["end"]] == quote["exact"]
        around = quote.get("prefix", "") + quote["exact"] + quote.get("suffix", "")
        assert around in text


def test_annotation_says_what_it_was_derived_from_and_by_which_rules(claims):
    rows = {row["id"]: row for row in exported_rows(claims, "web-annotation")}
    for claim in claims:
        row = rows[f"urn:coercivity:claim:{claim.id}"]
        assert row["prov:wasDerivedFrom"]["id"].endswith(claim.document)
        assert row["prov:wasGeneratedBy"]["coercivity:rules"] == list(claim.rules)
        body = row["body"][-1]
        assert body["coercivity:asserted"] is claim.is_asserted
        assert body["type"] == "schema:Claim"


def test_a_question_is_exported_as_a_question(claims):
    asked = [c for c in claims if c.polarity == "questioned" and c.frame == "LIFTED"]
    assert asked
    notes = {row["id"]: row for row in exported_rows(claims, "ftm")}
    for claim in asked:
        note = notes[f"coercivity-claim-{claim.id}"]["properties"]
        assert "questioned" in note["keywords"]
        assert "questioned" in note["name"][0]


def test_every_entity_holds_to_follow_the_money(claims):
    rows = list(exported_rows(claims, "ftm"))
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows)
    for row in rows:
        assert set(row) == {"id", "schema", "properties"}
        assert set(row["properties"]) <= FTM[row["schema"]], row
        assert row["properties"]["name"], "a Thing needs a name"
        for name, values in row["properties"].items():
            assert values
            assert all(isinstance(value, str) and value for value in values)
            if name in RANGES:
                assert {by_id[value]["schema"] for value in values} <= RANGES[name]
        for land in row["properties"].get("country", ()):
            assert land == land.lower()
            assert len(land) == 2
    assert {row["schema"] for row in rows} >= {"Article", "Note", "Person"}
    assert sum(row["schema"] == "Note" for row in rows) == len(claims)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_appears_whole_or_not_at_all(claims, tmp_path, form, monkeypatch):
    target = export_claims(claims, tmp_path / "claims.jsonl", form=form)
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert rows == json.loads(json.dumps(list(exported_rows(claims, form))))
    before = target.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        export_claims(claims, target, form=form)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["claims.jsonl"]


def test_unknown_form(claims, tmp_path):
    with pytest.raises(UsageError):
        export_claims(claims, tmp_path / "x", form="xml")
    assert not list(tmp_path.iterdir())
