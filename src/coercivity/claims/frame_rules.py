"""Frame rules: read from YAML, checked, and matched against predicates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from coercivity.claims.model import FRAMES
from coercivity.claims.roles import Filler
from coercivity.claims.vocabulary import LOADER
from coercivity.errors import InputError, Problem

__all__ = [
    "NEEDS",
    "Act",
    "FrameRule",
    "all_rules",
    "load_rules",
    "noun_rules",
    "read_rules",
    "rules_by_verb",
]

NEEDS = frozenset(
    {
        "party",
        "two_parties",
        "two_persons",
        "state_agent",
        "plural_agents",
        "recipient",
        "noun",
        "under",
        "item_subject",
        "forbidden",
        "obligatory",
        "permissive",
        "dated",
        "firm_actor",
        "firm_recipient",
        "licence_context",
        "plain_application",
        "content_clause",
        "request_content",
        "negated_or_ceased",
        "doing_production",
        "doing_supply",
    }
)
_LISTS = (
    "verbs",
    "nouns",
    "agent",
    "patient",
    "theme",
    "agent_not",
    "theme_not",
    "words",
    "word_class",
    "unit",
    "needs",
)
_KEYS = frozenset({"id", "frame", "slots", "keep_modality", "modality", "effective", *_LISTS})


@dataclass(frozen=True)
class FrameRule:
    """One way of telling an act; see ``frames.yaml`` for what the fields mean."""

    id: str
    frame: str
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    verbs: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    agent: frozenset[str] = frozenset()
    patient: frozenset[str] = frozenset()
    theme: frozenset[str] = frozenset()
    agent_not: frozenset[str] = frozenset()
    theme_not: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    word_class: frozenset[str] = frozenset()
    unit: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    keep_modality: bool = False
    modality: str = ""
    effective: bool = False
    said_so: re.Pattern[str] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Act:
    """A frame found at a verb or noun, in code points of the view."""

    rule: str
    frame: str
    trigger: tuple[int, int]
    clause: tuple[int, int]
    sentence: tuple[int, int]
    slots: tuple[tuple[str, Filler], ...]
    is_negated: bool
    modality: str
    is_effective: bool = False


@lru_cache(maxsize=1)
def load_rules() -> tuple[FrameRule, ...]:
    """Return the rules that ship with the package, in order: the first that fits a verb wins."""
    path = resources.files("coercivity") / "claims" / "frames.yaml"
    return read_rules(
        yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER), where="frames.yaml"
    )


@lru_cache(maxsize=16)
def all_rules(own: str = "") -> tuple[FrameRule, ...]:
    """Return a pack's own rules and those that ship with the package.

    Parameters
    ----------
    own : str
        ``frames`` of a :class:`~coercivity.claims.vocabulary.Vocabulary`.
    """
    return (*(read_rules(json.loads(own), where="vocabulary.yaml") if own else ()), *load_rules())


@lru_cache(maxsize=16)
def rules_by_verb(own: str = "") -> Mapping[str, tuple[FrameRule, ...]]:
    """Return the rules of each verb, in their order; see :func:`all_rules`."""
    verbs = sorted({verb for rule in all_rules(own) for verb in rule.verbs})
    return {verb: tuple(r for r in all_rules(own) if verb in r.verbs) for verb in verbs}


@lru_cache(maxsize=16)
def noun_rules(own: str = "") -> tuple[FrameRule, ...]:
    """Return the rules for acts that a noun tells; see :func:`all_rules`."""
    return tuple(rule for rule in all_rules(own) if rule.nouns)


def read_rules(rows: Any, *, where: str) -> tuple[FrameRule, ...]:
    """Make rules of parsed YAML.

    Raises
    ------
    InputError
        If a row has an unknown key, frame or condition, or neither verbs nor nouns.
    """
    problems: list[Problem] = []
    rules: list[FrameRule] = []
    for row in rows or []:
        name = str(row.get("id", "?"))
        problems.extend(_row_problems(row, f"{where}: {name}"))
        if not problems:
            rules.append(_rule(row))
    if problems:
        raise InputError("the frame rules are not valid", where=where, problems=problems)
    return tuple(rules)


def _row_problems(row: Mapping[str, Any], where: str) -> list[Problem]:
    checks = (
        (set(row) - _KEYS, "unknown key(s)", " ".join(sorted(_KEYS))),
        ({row.get("frame")} - set(FRAMES), "unknown frame", " ".join(FRAMES)),
        (set(row.get("needs", ())) - NEEDS, "unknown condition(s)", " ".join(sorted(NEEDS))),
    )
    problems = [
        Problem(f"{what} {sorted(map(str, found))}", where, expected)
        for found, what, expected in checks
        if found
    ]
    if not row.get("verbs") and not row.get("nouns"):
        problems.append(Problem("neither verbs nor nouns", where, "one of them"))
    return problems


def _rule(row: Mapping[str, Any]) -> FrameRule:
    lists = {key: frozenset(str(word) for word in row.get(key, ())) for key in _LISTS}
    slots = tuple(
        (str(slot), tuple(str(role) for role in roles))
        for slot, roles in (row.get("slots") or {}).items()
    )
    words = "|".join(re.escape(word) for word in sorted(lists["words"]))
    return FrameRule(
        said_so=re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None,
        id=str(row["id"]),
        frame=str(row["frame"]),
        slots=slots,
        keep_modality=bool(row.get("keep_modality", False)),
        modality=str(row.get("modality", "")),
        effective=bool(row.get("effective", False)),
        **lists,
    )
