"""The reference page of frames, written from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from coercivity.claims.frame_rules import FrameRule, load_rules
from coercivity.claims.model import FRAMES
from coercivity.claims.needs import CONDITIONS

__all__ = ["FRAME_MEANINGS", "SLOT_MEANINGS", "frames_page"]

FRAME_MEANINGS: Final[dict[str, str]] = {
    "CONTROL_ANNOUNCED": "A control is announced, or begins to hold.",
    "TIGHTENED": "A control that is there becomes stricter or wider.",
    "SUSPENDED": "A control is put out of force for a time.",
    "LIFTED": "A control ends. Easing, relaxing and loosening are not lifting.",
    "LICENCE_GRANTED": "Somebody may ship or buy in spite of a control, which stays in force.",
    "LICENCE_REFUSED": "Somebody who applied may not.",
    "APPLICATION_STATUS": "Applications are filed, pending, endorsed, approved or rejected.",
    "CONDITION": "What a licence or its holder is bound to.",
    "SUPPLY_HALTED": "Goods stop crossing a border.",
    "SUPPLY_RESUMED": "Goods cross it again.",
    "DEAL": "Parties reach an agreement, or one promises another something about trade.",
    "MEETING": "Parties meet, speak, visit, or raise a matter with one another.",
    "TALKS_RESUMED": "A dialogue, link or exchange that had stopped goes on.",
    "PRODUCTION_CUT": "A maker makes less, or plans less.",
    "PRODUCTION_STOPPED": "A maker, plant or line stops.",
    "PRODUCTION_RAISED": "A maker makes more.",
    "PRODUCTION_RESUMED": "A maker, plant or line works again, or its goods leave again.",
    "QUANTITY": "How much of what, whose, when. Read from numbers, not from these rules.",
}
"""What each frame says."""

SLOT_MEANINGS: Final[dict[str, str]] = {
    "actor": "who acts: the grantor of a licence, who controls, who makes",
    "announced": "day a control was announced, suspended or lifted",
    "applicant": "who applied",
    "code": "control or customs codes named with a control",
    "condition": "what is forbidden or demanded, in words",
    "count": "how many recipients or applications; `unknown` where only *several* is said",
    "destination": "where goods go, or for whom an act holds",
    "effective": "day from which a control holds, is suspended or ends",
    "instrument": "number of the announcement acted on, with its year where it is told",
    "item": "goods, as ids of the pack",
    "legal_basis": "number of the announcement by which another one is suspended or lifted",
    "origin": "where goods come from",
    "participant": "who meets or agrees; no order",
    "place": "where a meeting was held, or on which occasion",
    "recipient": "who gets a licence, or is bound by a control or condition",
    "status": "pending, approved, rejected, endorsed or filed",
    "topic": "what was agreed, asked for or resumed, in words",
    "until": "last day of a suspension",
}
"""What each slot of an act holds."""

_COMMON: Final[dict[str, tuple[str, ...]]] = {
    "CONTROL": ("item", "instrument", "legal_basis", "code", "announced", "effective", "until"),
    "TIGHT": ("item", "instrument", "legal_basis", "code", "announced", "effective", "until"),
    "SUSP": ("item", "instrument", "legal_basis", "code", "announced", "effective", "until"),
    "LIFT": ("item", "instrument", "legal_basis", "code", "announced", "effective", "until"),
    "LICENCE_GRANTED": ("item", "count", "origin"),
    "LICENCE_REFUSED": ("item", "count"),
    "APPLICATION": ("item", "count", "status"),
    "CONDITION": ("item",),
    "SUPPLY": ("item",),
    "PRODUCTION": ("item",),
    "MEETING": ("place",),
    "DEAL": ("place",),
}
_TESTED: Final = (
    ("agent", "who acts"),
    ("patient", "what it is done to"),
    ("theme", "what it befalls"),
    ("agent_not", "who acts is not"),
    ("theme_not", "what it befalls is not"),
    ("word_class", "in the clause"),
    ("unit", "a number of"),
)


def frames_page() -> str:
    """Return the page ``docs/reference/frames.md``.

    Returns
    -------
    str
        Markdown: every frame with its meaning, slots and rules, every slot, every condition.
    """
    lines = ["# Frames", "", *_opening()]
    for frame in FRAMES:
        lines += ["", f"## {frame}", "", FRAME_MEANINGS[frame], ""]
        rules = [rule for rule in load_rules() if rule.frame == frame]
        if not rules:
            continue
        slots = sorted({slot for rule in rules for slot, _ in rule.slots} | _common(frame))
        lines += ["Slots: " + ", ".join(f"`{slot}`" for slot in slots) + ".", ""]
        lines += ["| rule | words | conditions |", "|---|---|---|"]
        lines += [f"| `{r.id}` | {_words(r)} | {'; '.join(_conditions(r)) or '–'} |" for r in rules]
    lines += ["", "## Slots", "", "| slot | holds |", "|---|---|"]
    lines += [f"| `{slot}` | {SLOT_MEANINGS[slot]} |" for slot in sorted(SLOT_MEANINGS)]
    lines += ["", "## Conditions", "", "Under `needs`, a rule asks the clause to:", ""]
    lines += ["| name | the clause must |", "|---|---|"]
    for name in sorted(CONDITIONS):
        first = (CONDITIONS[name].__doc__ or "").strip().splitlines()[0]
        lines.append(f"| `{name}` | {first[0].lower()}{first[1:].rstrip('.')} |")
    return "\n".join(lines) + "\n"


def _opening() -> tuple[str, ...]:
    return (
        "What a claim can be about, and which words tell it. The rules are in",
        "`claims/frames.yaml`; a pack adds its own under `frames` in `vocabulary.yaml`, and these",
        "are tried first. For each verb the first rule that fits wins. Words in capitals are",
        "frames, words in italics are classes of `claims/lexicon.yaml`.",
    )


def _common(frame: str) -> set[str]:
    """Slots that every rule of a frame may have."""
    return {slot for start, slots in _COMMON.items() if frame.startswith(start) for slot in slots}


def _words(rule: FrameRule) -> str:
    if rule.nouns:
        return "nouns: " + ", ".join(f"*{name}*" for name in sorted(rule.nouns))
    return ", ".join(sorted(rule.verbs))


def _conditions(rule: FrameRule) -> Iterator[str]:
    """Tell everything a rule asks for."""
    for name, phrase in _TESTED:
        classes = sorted(getattr(rule, name))
        if classes:
            yield f"{phrase} " + " or ".join(f"*{word}*" for word in classes)
    if rule.words:
        yield "one of the words " + ", ".join(f'"{word}"' for word in sorted(rule.words))
    yield from (f"`{need}`" for need in sorted(rule.needs))
    if rule.effective:
        yield "its date is when it takes effect"
    if rule.modality:
        yield f"not asserted: {rule.modality}"
