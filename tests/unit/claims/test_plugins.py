"""Whatever a plug-in proposes, only exact spans and honest moods become claims."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from coercivity.claims import reconcile
from coercivity.claims.plugins import (
    GROUP,
    ProposedClaim,
    ProposedSlot,
    add_proposed,
    extractor_names,
    load_extractor,
)
from coercivity.errors import InputError, NotFoundError
from coercivity.events import fold_claims

HEAD = "date 2024-03-15\n\n"
WAREHOUSE = "At the port of Oslo the green papers for optical lenses have reached Andes Optics."


def at(text, words):
    """Start, end and words of a phrase."""
    start = text.index(words)
    return start, start + len(words), words


def grant(document, words=WAREHOUSE, **changes):
    text = document.text
    slots = (
        ProposedSlot("recipient", "andes_optics", *at(text, "Andes Optics")),
        ProposedSlot("item", "lens", *at(text, "optical lenses")),
        ProposedSlot("actor", "NO", *at(text, "Oslo")),
    )
    return replace(ProposedClaim(*at(text, words), "LICENCE_GRANTED", slots=slots), **changes)


def added(claims, extractor, name="own"):
    return add_proposed(claims, {name: extractor})


def test_exact_spans_are_taken_and_named(read):
    claims = read(HEAD + WAREHOUSE)
    found, (report,) = added(claims, lambda document: [grant(document)])
    assert (report.n_accepted, report.refused, report.failures) == (1, (), ())
    (new,) = [claim for claim in found if claim.rules == ("extractor own",)]
    assert found.documents[0].text[new.span.start : new.span.end] == new.span.exact == WAREHOUSE
    assert {(s.name, s.value, s.kind) for s in new.slots} == {
        ("actor", "NO", "country"),
        ("item", "lens", "item"),
        ("recipient", "andes_optics", "party"),
    }
    assert new.confidence == "medium"
    assert new.is_asserted
    assert str(report) in found.notes


def test_a_plug_in_adds_no_witness(read, lenses):
    text = HEAD + "Norway has granted licences for lenses to Andes Optics."
    claims = read(text)

    def again(document):
        whole = at(document.text, "Norway has granted licences for lenses to Andes Optics")
        slot = ProposedSlot("recipient", "andes_optics", *at(document.text, "Andes Optics"))
        yield ProposedClaim(*whole, "LICENCE_GRANTED", slots=(slot,))

    found, _ = added(claims, again)
    (event,) = [
        e for e in fold_claims(found, reconcile(found), lenses, with_pack=False) if e.supports
    ]
    assert (event.status, event.independent_families) == ("asserted", 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": 0}, "holds"),
        ({"end": 10_000}, "lies outside"),
        ({"start": -1, "end": -1}, "lies outside"),
        ({"exact": "other words"}, "holds"),
        ({"start": 1.5}, "whole code points"),
        ({"frame": "GIFT"}, "frame 'GIFT' is not known"),
        ({"frame": "QUANTITY"}, "numbers are not taken"),
        ({"polarity": "sure"}, "polarity"),
        ({"modality": "soon"}, "modality"),
        ({"hedges": ("allegedly",)}, "hedge"),
        ({"slots": (ProposedSlot("item", "lens", 0, 4, "lens"),)}, "slot item"),
        ({"slots": (ProposedSlot("", "lens", 0, 4, "date"),)}, "no name"),
        ({"slots": (ProposedSlot("item", "lens", 0, 4, "date"),)}, "do not name"),
        ({"speaker": ProposedSlot("speaker", "Ana", 0, 3, "Ana")}, "the speaker"),
        ({"when": ProposedSlot("when", "soon", 5, 15, "2024-03-15")}, "not a date"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(read, change, reason):
    claims = read(HEAD + WAREHOUSE)
    found, (report,) = added(claims, lambda document: [grant(document, **change), grant(document)])
    assert report.n_accepted == 1
    (problem,) = report.refused
    assert reason in problem.what
    assert problem.where == "0.txt, proposal 1 of own"
    assert len(found) == len(claims) + 1
    assert "1 refused" in str(report)


def test_an_invented_authority_is_refused(read):
    """A repeal needs a named authority; a plug-in cannot name one that the text does not."""
    text = HEAD + "Norway is said to have opened the gates for lenses."

    def opener(document):
        slot = ProposedSlot("actor", "trade_no", *at(document.text, "Norway"))
        yield ProposedClaim(*at(document.text, "opened the gates"), "LIFTED", slots=(slot,))

    _, (report,) = added(read(text), opener)
    assert report.n_accepted == 0
    assert "do not name 'trade_no'" in report.refused[0].what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Reporters asked whether Norway had granted licences for lenses to four Chilean firms.",
            "Norway had granted licences for lenses to four Chilean firms",
        ),
        (
            "Norway has not granted licences for lenses to Chilean firms.",
            "granted licences for lenses to Chilean firms",
        ),
        (
            "Norway plans to grant licences for lenses to Chilean firms.",
            "grant licences for lenses to Chilean firms",
        ),
        ("Have licences for lenses been granted to Chilean firms?", None),
    ],
)
def test_questions_denials_and_plans_never_become_facts(read, text, words):
    claims = read(HEAD + text)

    def bold(document):
        yield ProposedClaim(*at(document.text, words or text), "LICENCE_GRANTED")

    found, (report,) = added(claims, bold)
    assert report.n_accepted == 0, [c.text for c in found]
    assert len(report.refused) == 1


def test_a_question_may_be_proposed_as_one(read):
    text = "A reporter asked whether Norway had granted licences for lenses to four Chilean firms."

    def meek(document):
        yield ProposedClaim(*at(document.text, text), "LICENCE_GRANTED", polarity="questioned")

    found, (report,) = added(read(HEAD + text), meek)
    assert report.n_accepted == 1
    assert not any(c.is_asserted for c in found if c.frame == "LICENCE_GRANTED")


def test_a_failing_plug_in_costs_its_document_only(read):
    claims = read(HEAD + WAREHOUSE, HEAD + "Norway granted a licence. " + WAREHOUSE)

    def brittle(document):
        if document.name == "0.txt":
            raise RuntimeError("out of order")
        yield grant(document)

    found, (report,) = added(claims, brittle)
    assert report.n_accepted == 1
    assert [problem.where for problem in report.failures] == ["0.txt"]
    assert "out of order" in report.failures[0].what
    assert len(found) == len(claims) + 1


def test_not_a_proposal(read):
    _, (report,) = added(read(HEAD + WAREHOUSE), lambda document: ["LIFTED", None])
    assert [problem.what for problem in report.refused] == [
        "a str is no proposal",
        "a NoneType is no proposal",
    ]


def test_nothing_is_called_unasked(read):
    claims = read(HEAD + WAREHOUSE)
    assert not any(rule.startswith("extractor") for claim in claims for rule in claim.rules)
    assert add_proposed(claims, {}) == (claims, ())


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package that registers extractors, as an installer would leave it."""

    def install(rows, module="def run(document):\n    return []\nvalue = 3\n", package="plugin"):
        (tmp_path / f"{package}_code.py").write_text(module, encoding="utf-8")
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n", encoding="utf-8")
        lines = [f"[{GROUP}]", *rows]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    for name in [name for name in sys.modules if name.endswith("_code")]:
        del sys.modules[name]


def test_entry_points_are_found_by_name(installed):
    installed(["own = plugin_code:run"])
    assert "own" in extractor_names()
    assert load_extractor("own")(None) == []


def test_wrong_entry_points_say_what_is_wrong(installed):
    installed(["gone = no_such_module_code:run", "flat = plugin_code:value"])
    with pytest.raises(InputError, match="cannot be loaded"):
        load_extractor("gone")
    with pytest.raises(InputError, match="not callable"):
        load_extractor("flat")
    with pytest.raises(NotFoundError, match="no extractor 'none'"):
        load_extractor("none")


def test_two_packages_with_one_name(installed):
    installed(["own = plugin_code:run"])
    installed(["own = other_code:run"], package="other")
    with pytest.raises(InputError, match="two packages"):
        load_extractor("own")


def test_the_example_is_registered_by_the_project():
    import tomllib
    from importlib import import_module
    from pathlib import Path

    root = Path(__file__).parents[3]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    place = project["entry-points"][GROUP]["endpoint"]
    module, name = place.split(":")
    assert callable(getattr(import_module(module), name))
