"""The cases written by experts on what is in force: read, spread out, checked.

A case is one of three:

* a question, ``query`` and ``outcome``, with what decides it and what is missing;
* a state, ``state`` (measure, day, known_at) and ``phase``, of a measure as a whole;
* a record, ``act`` (target, kind, by), with the dates that a source gives.

``each`` asks the same of several values: ``each: {item: [a, b], to: [US, JP]}`` is four questions.
Files of the first pack stand in ``cases/controls``, those of another in ``cases/controls/PACK`` or
``cases/controls_PACK``.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

import yaml

from coercivity.controls import Query, action_from, determine

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "controls"
FIRST_PACK = "rare_earth_magnets"

QUESTION = {"case", "query", "each", "outcome", "decides", "missing", "knowledge_ends"}
QUESTION |= {"assumed", "actions", "notes", "silent", "phases", "general_licence"}
STATE = {
    "case",
    "state",
    "each",
    "phase",
    "effect",
    "since",
    "knowledge_ends",
    "published",
    "scope",
}
RECORD = {"case", "act", "announced", "recorded", "from", "until", "published"}


@dataclass(frozen=True)
class Case:
    """One case, its pack, and a name that tells file and place."""

    name: str
    pack: str
    values: dict

    @property
    def is_hypothetical(self):
        return "actions" in self.values


@dataclass(frozen=True)
class Licence:
    """A general licence as a case states it."""

    id: str
    items: tuple
    origin: str
    destination: str
    granted_by: object
    valid_from: object
    valid_to: object = None
    kind: str = "general"
    holder: str = "*"
    granted_on: object = None
    is_disputed: bool = False
    is_tied: bool = False


def packs_with_cases():
    """Return the names of the packs that have cases."""
    beside = (path.name.removeprefix("controls_") for path in FOLDER.parent.glob("controls_*"))
    within = (path.name for path in FOLDER.iterdir() if path.is_dir())
    return (FIRST_PACK, *sorted({*beside, *within}))


def cases(pack=FIRST_PACK):
    """Return the cases of a pack, those with ``each`` spread out."""
    first = FOLDER if pack == FIRST_PACK else FOLDER / pack
    found = []
    for folder in (first, FOLDER.parent / f"controls_{pack}"):
        for path in sorted(folder.glob("*.yaml")):
            for number, values in enumerate(yaml.safe_load(path.read_text("utf-8"))):
                for part, spread in enumerate(_spread(values)):
                    name = f"{path.stem}:{number}.{part}:{values['case']}"
                    found.append(Case(name, pack, spread))
    return found


def _spread(values):
    each = values.get("each")
    if not each:
        return [values]
    kind = "query" if "query" in values else "state"
    rest = {key: value for key, value in values.items() if key != "each"}
    return [
        {**rest, kind: {**values[kind], **dict(zip(each, chosen, strict=True))}}
        for chosen in product(*each.values())
    ]


def query_of(given):
    """Return a case's question."""
    on = given["day"]
    return Query(
        item=given["item"],
        origin=given["from"],
        destination=given["to"],
        on=datetime.fromisoformat(on) if isinstance(on, str) else on,
        end_use=given.get("end_use", "civil"),
        end_user=given.get("end_user"),
        known_at=given.get("known_at"),
        contains=tuple(given["contains"]) if "contains" in given else None,
        origin_content_share=given.get("content_share"),
        owned_by=tuple(given["owned_by"].items()) if "owned_by" in given else None,
        hs_code=given.get("hs_code"),
    )


def check(case, register):
    """Check a case against a register; an AssertionError says what differs."""
    values = case.values
    if "act" in values:
        _check_record(values, register)
    elif "state" in values:
        _check_state(values, register)
    else:
        _check_question(values, register)


def _check_question(case, register):
    assert set(case) <= QUESTION, "a key that nothing checks"
    if "actions" in case:
        laid = [action_from(row, hypothetical=True) for row in case["actions"]]
        register = register.with_actions(laid)
    general = [
        Licence(**{**r, "items": tuple(r["items"])}) for r in case.get("general_licence", ())
    ]
    found = determine(register, query_of(case["query"]), general_licences=general)
    assert found.outcome == case["outcome"], [step.text for step in found.trace[:4]]
    if case["outcome"] == "FREE":
        assert found.deciding is None or found.deciding.effect == "exempt"
    else:
        assert found.deciding is found.trace[0]
        assert found.deciding.decides
        assert found.deciding.sources, "the deciding step cites no source"
        assert found.free_if, "nothing is said of what would make it free"
    _check_decides(case.get("decides", {}), found)
    for phrase in case.get("missing", ()):
        assert any(phrase in fact for fact in found.missing), found.missing
    for phrase in case.get("assumed", ()):
        assert any(phrase in fact for fact in found.assumed), found.assumed
    if "knowledge_ends" in case:
        assert found.knowledge_ends == case["knowledge_ends"]
    shown = {s.measure for s in found.trace if all(test.value for test in s.tests)}
    for measure in case.get("notes", ()):
        assert measure in shown, sorted(shown)
    for measure in case.get("silent", ()):
        assert measure not in shown, measure
    phases = {s.measure: s.phase.value for s in found.trace}
    for measure, phase in case.get("phases", {}).items():
        assert phases.get(measure) == phase


def _check_decides(wanted, found):
    step = found.deciding
    for key, value in wanted.items():
        if key == "source":
            assert value in step.sources
        elif key in {"published", "effective", "suspended_from", "suspended_until", "changed"}:
            assert step.dates.get(key) == value, step.dates
        else:
            assert getattr(step, key) == value, step


def _check_state(case, register):
    assert set(case) <= STATE, "a key that nothing checks"
    asked = case["state"]
    states = register.states(asked["day"], asked.get("known_at"))
    state = {state.measure.id: state for state in states}.get(asked["measure"])
    if case["phase"] == "unpublished":
        assert state is None
        return
    assert state is not None, "nothing is known of it"
    assert state.phase == case["phase"]
    for key in ("effect", "since", "knowledge_ends"):
        if key in case:
            assert getattr(state, key) == case[key]
    if "published" in case:
        assert state.instrument.published_on == case["published"]
    for key, value in case.get("scope", {}).items():
        assert sorted(getattr(state.measure, key)) == sorted(value)


def _check_record(case, register):
    assert set(case) <= RECORD, "a key that nothing checks"
    wanted = case["act"]
    rows = [
        row.action
        for row in register.timeline()
        if row.action.target == wanted["target"]
        and row.action.kind == wanted["kind"]
        and row.action.instrument == wanted.get("by", row.action.instrument)
        and row.action.start == case["from"]
    ]
    assert len(rows) == 1, [row.id for row in rows]
    (action,) = rows
    assert action.until == case.get("until")
    assert action.announced_on == case.get("announced", action.announced_on)
    assert action.recorded_on == case.get("recorded", action.announced_on)
    assert action.sources
    if "published" in case:
        assert register.instruments[action.instrument].published_on == case["published"]
