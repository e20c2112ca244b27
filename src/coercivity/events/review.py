"""What a person should look at first, and one call that writes what they decide.

The terminal and the desk show the same queue and write through the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.claims.model import Claim, ClaimSet, Verdict
from coercivity.events.judged import check_judgement, place_of
from coercivity.events.judgements import append_judgement, effective_judgements
from coercivity.events.model import Judgement

__all__ = ["ReviewItem", "review_queue", "write_judgement"]

_ENDING = frozenset({"LIFTED", "SUSPENDED"})
_REASONS = (
    "sources conflict",
    "a control is said to end",
    "quoted in different words",
    "read with low confidence",
    "read by a plug-in",
    "nobody else says so",
    "other claims",
)


@dataclass(frozen=True)
class ReviewItem:
    """One claim to look at.

    Parameters
    ----------
    claim : Claim
    reason : str
        Why it comes where it comes in the queue.
    verdicts : tuple of Verdict
        How it stands to the claims of others.
    judgement : Judgement or None
        What was last decided about it, if anything stands.
    """

    claim: Claim
    reason: str
    verdicts: tuple[Verdict, ...]
    judgement: Judgement | None

    def to_json(self) -> dict[str, Any]:
        """Return the item as a plain mapping."""
        return {
            "claim": self.claim.to_json(),
            "reason": self.reason,
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "judgement": self.judgement.to_json() if self.judgement else None,
        }


def review_queue(
    claimset: ClaimSet,
    verdicts: Sequence[Verdict],
    judgements: Iterable[Judgement] = (),
    *,
    with_judged: bool = False,
) -> tuple[ReviewItem, ...]:
    """Return the claims to review: conflicts first, then what ends a control, then doubtful ones.

    Parameters
    ----------
    claimset : ClaimSet
        As extracted, so that rejected claims can be looked at again.
    verdicts : sequence of Verdict
    judgements : iterable of Judgement
        In order of writing.
    with_judged : bool
        Whether to list the claims that were judged already.

    Returns
    -------
    tuple of ReviewItem
        Claims that fit no frame are left out: there is nothing to decide about them.
    """
    standing = {row.claim: row for row in effective_judgements(judgements)}
    by_place = {row.place: row for row in standing.values() if row.place}
    touching: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        for claim_id in filter(None, (verdict.a, verdict.b)):
            touching.setdefault(claim_id, []).append(verdict)
    items = []
    for position, claim in enumerate(claimset.claims):
        row = standing.get(claim.id) or by_place.get(place_of(claim))
        if claim.frame is None or (row is not None and not with_judged):
            continue
        found = tuple(touching.get(claim.id, ()))
        rank = _rank(claim, found)
        items.append((rank, position, ReviewItem(claim, _REASONS[rank], found, row)))
    return tuple(item for _, _, item in sorted(items, key=lambda found: found[:2]))


def _rank(claim: Claim, verdicts: Sequence[Verdict]) -> int:
    relations = {verdict.relation for verdict in verdicts}
    checks = (
        "CONFLICT" in relations,
        claim.frame in _ENDING and claim.is_asserted,
        "DIVERGENT_QUOTE" in relations,
        claim.confidence == "low",
        any(rule.startswith("extractor ") for rule in claim.rules),
        "SINGLE_SOURCE" in relations,
    )
    return next((rank for rank, is_so in enumerate(checks) if is_so), len(checks))


def write_judgement(
    path: str | Path,
    claimset: ClaimSet,
    action: str,
    *,
    claim: str,
    other: str = "",
    changes: Mapping[str, str] | None = None,
    who: str,
    when: str,
    note: str = "",
) -> Judgement:
    """Check a judgement against the claims it is about, then add it to the file.

    Parameters
    ----------
    path : str or Path
        File of judgements.
    claimset : ClaimSet
        As extracted.
    action, claim, other, changes, who, when, note
        As for :func:`~coercivity.events.append_judgement`.

    Returns
    -------
    Judgement
        On the disk; it names the places of the claims, so that it outlives their ids.

    Raises
    ------
    NotFoundError
        If a claim is not in the set.
    UsageError
        If it cannot take effect, or says too little. Nothing is written then.
    """
    check_judgement(claimset, action, claim=claim, other=other, changes=changes)
    return append_judgement(
        path,
        action,
        claim=claim,
        other=other,
        changes=changes,
        who=who,
        when=when,
        note=note,
        place=place_of(claimset.get(claim)),
        other_place=place_of(claimset.get(other)) if other else "",
    )
