"""Demo evidence: the subjects' own restated notes, read, with a few judgements on them."""

from __future__ import annotations

from typing import Any, Final

from coercivity.desk import packs
from coercivity.desk.demo import Demo
from coercivity.desk.register import reading_process
from coercivity.desk.register.models import ClaimRow, EvidenceDocument, EvidenceSet
from coercivity.desk.register.services.adding import add_from_pack
from coercivity.desk.register.services.judging import judge_claim, undo
from coercivity.desk.register.services.reading import read_waiting

__all__ = ["fill"]

_REVIEWERS: Final = ("officer", "trade-officer", "analyst")
"""One person of each organisation that gets the notes."""


class _Once:
    """Reads each note once, however many organisations have it."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], dict[str, Any] | None] = {}

    def __call__(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Return what was read before, or read it."""
        key = tuple(repr(value) for value in payload.values())
        if key not in self._made:
            self._made[key] = reading_process.ask(payload)
        return self._made[key]


def fill(demo: Demo) -> str:
    """Take the notes over, read them, and judge some claims; what is there stays as it is."""
    ask = _Once()
    for name in _REVIEWERS:
        actor = demo.person(name)
        for pack in packs.names():
            if add_from_pack(actor=actor, pack=pack):
                read_waiting(EvidenceSet.objects.get(owner=actor.organisation, pack=pack), ask=ask)
    _judge(demo)
    return (
        f"{EvidenceDocument.objects.count()} documents of {len(_REVIEWERS)} organisations, "
        f"{ClaimRow.objects.count()} claims"
    )


def _judge(demo: Demo) -> None:
    """Let the analyst begin the review: accept one, reject one, and think again about another."""
    actor = demo.person("analyst")
    claims = ClaimRow.objects.filter(document__within__owner=actor.organisation)
    if claims.exclude(standing="unjudged").exists():
        return
    queue = list(claims.exclude(review_order=None).order_by("document__within", "review_order"))
    by_frame = {row.frame: row for row in reversed(queue)}
    granted, meeting = by_frame.get("LICENCE_GRANTED"), by_frame.get("MEETING")
    if granted is not None:
        judge_claim(granted, actor=actor, action="accept", note="The briefing says so.")
    if meeting is not None:
        row = judge_claim(meeting, actor=actor, action="reject", note="Told in passing.")
        undo(row, actor=actor, note="It is told all the same.")
