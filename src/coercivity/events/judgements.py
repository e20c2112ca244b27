"""Judgements of people: rows that are only ever added, and what they do to claims.

A judgement never changes a claim; it is applied anew on every run. To take one back, add another
that undoes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coercivity.claims.model import Claim, ClaimSet, Slot, Verdict, content_id
from coercivity.errors import InputError, NotFoundError, Problem, UsageError
from coercivity.events.grouping import JUDGED_DIFFERENT, JUDGED_SAME
from coercivity.events.model import ACTIONS, Judgement

__all__ = ["append_judgement", "apply_judgements", "effective_judgements", "read_judgements"]

_PAIRED = frozenset({"same_event", "different_event"})


def append_judgement(
    path: str | Path,
    action: str,
    *,
    claim: str,
    other: str = "",
    changes: Mapping[str, str] | None = None,
    who: str,
    when: str,
    note: str = "",
    undoes: str = "",
) -> Judgement:
    """Add one judgement to a file of them and make sure it is on the disk.

    Parameters
    ----------
    path : str or Path
        JSON lines; made if it is not there.
    action : str
        One of ``accept``, ``reject``, ``correct``, ``same_event``, ``different_event``.
    claim, other : str
        Claim ids; `other` for judgements on a pair.
    changes : mapping of str to str
        Slot and new value, for ``correct``.
    who, when : str
        Who decided, and the ISO time; both given by the caller.
    undoes : str
        Id of the judgement taken back.

    Returns
    -------
    Judgement

    Raises
    ------
    UsageError
        If the action is unknown, or needs a second claim or changes that are not given.
    """
    _check(action, claim, other, changes, who, when)
    rows = tuple(sorted((changes or {}).items()))
    identity = content_id("judgement", action, claim, other, rows, who, when, note, undoes)
    judgement = Judgement(identity, action, claim, other, rows, who, when, note, undoes)
    line = json.dumps(judgement.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n"
    target = Path(path)
    with target.open("ab+") as handle:
        if handle.tell() > 0:
            handle.seek(-1, os.SEEK_END)
            # A writer killed half-way leaves a torn line; it must not swallow this one.
            if handle.read(1) != b"\n":
                line = "\n" + line
        handle.write(line.encode("utf-8"))
        handle.flush()
        os.fsync(handle.fileno())
    return judgement


def _check(
    action: str,
    claim: str,
    other: str,
    changes: Mapping[str, str] | None,
    who: str,
    when: str,
) -> None:
    if action not in ACTIONS:
        raise UsageError(f"{action!r} is no judgement", expected=" ".join(ACTIONS))
    if not claim or not who or not when:
        raise UsageError("a judgement needs a claim, a person and a time")
    if action in _PAIRED and not other:
        raise UsageError(f"{action} is about two claims", expected="other=CLAIM")
    if action == "correct" and not changes:
        raise UsageError("nothing to correct is given", expected="changes={slot: value}")


def read_judgements(path: str | Path) -> tuple[tuple[Judgement, ...], tuple[Problem, ...]]:
    """Read a file of judgements.

    Returns
    -------
    tuple of Judgement, tuple of Problem
        In order of writing. A line that was torn by a crash is a problem; the others count.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    target = Path(path)
    if not target.is_file():
        raise NotFoundError("no file of judgements", where=str(path))
    rows: list[Judgement] = []
    problems: list[Problem] = []
    for number, line in enumerate(target.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            problems.append(
                Problem(
                    "the line is not a whole judgement",
                    f"{target.name}:{number}",
                    "one JSON object a line",
                    "judge again; nothing else is lost",
                )
            )
    return tuple(rows), tuple(problems)


def _row(fields: Mapping[str, Any]) -> Judgement:
    if fields["action"] not in ACTIONS:
        raise ValueError(fields["action"])
    return Judgement(
        id=str(fields["id"]),
        action=str(fields["action"]),
        claim=str(fields["claim"]),
        other=str(fields.get("other", "")),
        changes=tuple(sorted((str(k), str(v)) for k, v in fields.get("changes", {}).items())),
        who=str(fields.get("who", "")),
        when=str(fields.get("when", "")),
        note=str(fields.get("note", "")),
        undoes=str(fields.get("undoes", "")),
    )


def effective_judgements(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return the judgements that stand: none undone, the later one where two differ."""
    rows = list(judgements)
    undone = {row.undoes for row in rows if row.undoes}
    latest: dict[tuple[str, ...], Judgement] = {}
    for row in rows:
        if row.id in undone or row.undoes:
            continue
        topic = "pair" if row.action in _PAIRED else "slots" if row.action == "correct" else "claim"
        key = (topic, *sorted((row.claim, row.other)))
        latest.pop(key, None)
        latest[key] = row
    return tuple(latest.values())


def apply_judgements(
    claimset: ClaimSet, verdicts: Sequence[Verdict], judgements: Iterable[Judgement]
) -> tuple[ClaimSet, tuple[Verdict, ...]]:
    """Return claims and verdicts as people judged them; the given ones are not changed.

    Raises
    ------
    InputError
        If a correction names a slot that claims do not have values for, namely an empty one.
    """
    claims = {claim.id: claim for claim in claimset.claims}
    rejected: set[str] = set()
    pairs: dict[frozenset[str], Judgement] = {}
    for row in effective_judgements(judgements):
        if row.claim not in claims:
            continue
        if row.action == "reject":
            rejected.add(row.claim)
        elif row.action == "accept":
            claim = claims[row.claim]
            claims[row.claim] = replace(
                claim, confidence="high", rules=(*claim.rules, f"accepted by {row.who}")
            )
        elif row.action == "correct":
            claims[row.claim] = _corrected(claims[row.claim], row)
        elif row.other in claims:
            pairs[frozenset((row.claim, row.other))] = row
    kept = tuple(claims[c.id] for c in claimset.claims if c.id not in rejected)
    changed = replace(claimset, claims=kept)
    return changed, _judged_verdicts(changed, verdicts, pairs, rejected)


def _corrected(claim: Claim, row: Judgement) -> Claim:
    """Claim with slots replaced; the words it came from stay, the rule says who corrected."""
    slots = list(claim.slots)
    for name, value in row.changes:
        if not name:
            raise InputError("a correction names no slot", where=row.id, expected="slot and value")
        old = next((slot for slot in slots if slot.name == name), None)
        slots = [slot for slot in slots if slot.name != name]
        if value:
            kind, span = (old.kind, old.span) if old else ("text", None)
            slots.append(Slot(name, value, span, kind, f"corrected by {row.who}"))
    ordered = sorted(slots, key=lambda s: (s.name, s.span.start if s.span else -1, s.value))
    return replace(claim, slots=tuple(ordered), rules=(*claim.rules, f"corrected by {row.who}"))


def _judged_verdicts(
    claimset: ClaimSet,
    verdicts: Sequence[Verdict],
    pairs: Mapping[frozenset[str], Judgement],
    rejected: set[str],
) -> tuple[Verdict, ...]:
    kept = [
        verdict
        for verdict in verdicts
        if verdict.a not in rejected
        and verdict.b not in rejected
        and frozenset((verdict.a, verdict.b)) not in pairs
    ]
    for row in pairs.values():
        if row.claim in rejected or row.other in rejected:
            continue
        same = row.action == "same_event"
        relation, rule = ("COMPATIBLE", JUDGED_SAME) if same else ("RELATED", JUDGED_DIFFERENT)
        one, two = claimset.get(row.claim), claimset.get(row.other)
        identity = content_id(one.id, two.id, relation, rule)
        note = f"judged by {row.who}"
        kept.append(Verdict(identity, one.id, two.id, relation, rule, one.span, two.span, (), note))
    return tuple(kept)
