"""Which claims tell of one event: groups made from verdicts, never from likeness of wording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coercivity.claims.blocking import PEOPLE, is_same_event
from coercivity.claims.candidates import plan_pairs
from coercivity.claims.model import Claim, ClaimSet, Verdict
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = ["JUDGED_DIFFERENT", "JUDGED_SAME", "can_be_one_event", "group_claims", "judged_apart"]

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
    claimset : ClaimSet
    verdicts : sequence of Verdict
        Those between witness families. Claims of one document, or of copies of it, are joined by
        the same key of frame, parties, item and date.
    vocabulary : Vocabulary
        Countries of parties and wider items.

    Returns
    -------
    tuple of tuple of Claim
        In order of the first claim of each. Two claims judged to be of different events are in
        different groups, whatever else would join them.
    """
    claims = [claim for claim in claimset.claims if claim.frame and claim.frame != "QUANTITY"]
    position = {claim.id: index for index, claim in enumerate(claims)}
    documents = {document.id: document for document in claimset.documents}
    groups = _Groups(len(claims))
    known = [v for v in verdicts if v.a in position and v.b in position]
    for verdict in known:
        if verdict.rule == JUDGED_DIFFERENT:
            groups.keep_apart(position[verdict.a], position[verdict.b])
    # What people judged comes first: it must not be shut out by what a rule joined.
    for verdict in sorted(known, key=lambda verdict: verdict.rule != JUDGED_SAME):
        if _joins(verdict, claims, position):
            groups.join(position[verdict.a], position[verdict.b])
    plan = plan_pairs(claims, documents, vocabulary, within_families=True)
    for one, two in plan.pairs:
        if _repeats(claims[one], claims[two], documents, vocabulary):
            groups.join(one, two)
    return tuple(tuple(claims[index] for index in group) for group in groups.listed())


def judged_apart(verdicts: Iterable[Verdict]) -> dict[str, set[str]]:
    """Return, for each claim, the claims that a person judged to tell of another event.

    Parameters
    ----------
    verdicts : iterable of Verdict

    Returns
    -------
    dict of str to set of str
        Both ways round; claims without such a judgement are left out.
    """
    apart: dict[str, set[str]] = {}
    for verdict in verdicts:
        if verdict.rule == JUDGED_DIFFERENT:
            apart.setdefault(verdict.a, set()).add(verdict.b)
            apart.setdefault(verdict.b, set()).add(verdict.a)
    return apart


class _Groups:
    """Disjoint sets of positions, some of which must stay apart."""

    def __init__(self, n_members: int) -> None:
        self._parents = list(range(n_members))
        self._apart: dict[int, set[int]] = {}

    def keep_apart(self, one: int, two: int) -> None:
        """Never let two positions into one set; to be called before any are joined."""
        self._apart.setdefault(one, set()).add(two)
        self._apart.setdefault(two, set()).add(one)

    def join(self, one: int, two: int) -> None:
        """Join the sets of two positions, unless some of their members must stay apart."""
        first, second = sorted((self._root(one), self._root(two)))
        if first == second:
            return
        banned = {self._root(index) for index in self._apart.get(first, ())}
        if second in banned:
            return
        self._parents[second] = first
        if second in self._apart:
            self._apart.setdefault(first, set()).update(self._apart.pop(second))

    def listed(self) -> list[list[int]]:
        """Return the sets in order of their first position."""
        found: dict[int, list[int]] = {}
        for index in range(len(self._parents)):
            found.setdefault(self._root(index), []).append(index)
        return [found[root] for root in sorted(found)]

    def _root(self, index: int) -> int:
        while self._parents[index] != index:
            self._parents[index] = self._parents[self._parents[index]]
            index = self._parents[index]
        return index


def can_be_one_event(a: Claim, b: Claim) -> bool:
    """Whether two claims tell of acts of one kind, so that a person may join them.

    A licence never becomes part of a repeal: no judgement can make it one.
    """
    if a.frame is None or b.frame is None or "QUANTITY" in (a.frame, b.frame):
        return False
    return a.frame == b.frame or {a.frame, b.frame} <= PEOPLE


def _joins(verdict: Verdict, claims: Sequence[Claim], position: dict[str, int]) -> bool:
    """Whether a verdict says that two claims are about one act."""
    a, b = claims[position[verdict.a]], claims[position[verdict.b]]
    if verdict.rule == JUDGED_SAME:
        return can_be_one_event(a, b)
    if a.frame != b.frame or verdict.rule in _APART:
        return False
    return verdict.relation in _JOINING or verdict.rule == "asked_not_said"


def _repeats(a: Claim, b: Claim, documents: dict[str, Document], vocabulary: Vocabulary) -> bool:
    """Whether one witness tells the same act twice."""
    if a.frame != b.frame or not is_same_event(a, b, documents, vocabulary):
        return False
    if "questioned" in (a.polarity, b.polarity):
        return True
    if (a.modality == "actual") != (b.modality == "actual"):
        return False
    return a.polarity == b.polarity and a.values("destination") == b.values("destination")
