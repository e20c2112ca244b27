"""Which claims tell of one event: groups made from verdicts, never from likeness of wording."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from coercivity.claims.blocking import is_same_event
from coercivity.claims.model import Claim, ClaimSet, Verdict
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = ["JUDGED_DIFFERENT", "JUDGED_SAME", "group_claims"]

JUDGED_SAME = "judged the same event"
JUDGED_DIFFERENT = "judged different events"

_JOINING = frozenset({"AGREE", "REFINES", "COMPATIBLE", "CONFLICT", "SAME_UTTERANCE"})
_APART = frozenset({"other_destination", "same_parties_same_days", "mood"})


def group_claims(
    claimset: ClaimSet, verdicts: Sequence[Verdict], vocabulary: Vocabulary
) -> tuple[tuple[Claim, ...], ...]:
    """Group the claims that tell of an act; each claim is in exactly one group.

    Parameters
    ----------
    verdicts : sequence of Verdict
        Those between witness families. Claims of one document, or of copies of it, are joined by
        the same key of frame, parties, item and date.
    """
    claims = [claim for claim in claimset.claims if claim.frame and claim.frame != "QUANTITY"]
    position = {claim.id: index for index, claim in enumerate(claims)}
    documents = {document.id: document for document in claimset.documents}
    apart = {frozenset((v.a, v.b)) for v in verdicts if v.rule == JUDGED_DIFFERENT}
    parents = list(range(len(claims)))
    for verdict in verdicts:
        pair = frozenset((verdict.a, verdict.b))
        both_known = verdict.a in position and verdict.b in position
        if both_known and pair not in apart and _joins(verdict, claims, position):
            _join(parents, position[verdict.a], position[verdict.b])
    for one, two in combinations(range(len(claims)), 2):
        a, b = claims[one], claims[two]
        allowed = frozenset((a.id, b.id)) not in apart
        if allowed and _one_family(a, b, documents) and _repeats(a, b, documents, vocabulary):
            _join(parents, one, two)
    groups: dict[int, list[Claim]] = {}
    for index, claim in enumerate(claims):
        groups.setdefault(_root(parents, index), []).append(claim)
    return tuple(tuple(group) for _, group in sorted(groups.items()))


def _joins(verdict: Verdict, claims: Sequence[Claim], position: dict[str, int]) -> bool:
    """Whether a verdict says that two claims are about one act."""
    if verdict.rule == JUDGED_SAME:
        return True
    a, b = claims[position[verdict.a]], claims[position[verdict.b]]
    if a.frame != b.frame or verdict.rule in _APART:
        return False
    return verdict.relation in _JOINING or verdict.rule == "asked_not_said"


def _one_family(a: Claim, b: Claim, documents: dict[str, Document]) -> bool:
    return documents[a.document].family == documents[b.document].family


def _repeats(a: Claim, b: Claim, documents: dict[str, Document], vocabulary: Vocabulary) -> bool:
    """Whether one witness tells the same act twice."""
    if a.frame != b.frame or not is_same_event(a, b, documents, vocabulary):
        return False
    if "questioned" in (a.polarity, b.polarity):
        return True
    if (a.modality == "actual") != (b.modality == "actual"):
        return False
    return a.polarity == b.polarity and a.values("destination") == b.values("destination")


def _join(parents: list[int], one: int, two: int) -> None:
    first, second = sorted((_root(parents, one), _root(parents, two)))
    parents[second] = first


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        index = parents[index]
    return index
