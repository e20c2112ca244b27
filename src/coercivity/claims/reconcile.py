"""Verdicts: how claims of different witnesses stand to each other, and by which rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from coercivity.claims.blocking import WINDOW_DAYS, is_same_event, is_same_measure
from coercivity.claims.compare import compare_slots, shared_words
from coercivity.claims.model import Claim, ClaimSet, SlotDifference, Verdict, content_id
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document
from coercivity.errors import InputError

__all__ = ["CONTAINED", "reconcile"]

CONTAINED = 0.8
"""Share of the shorter quotation's words that must stand in the longer in one run."""

SHARED_TOPICS = 2
"""Countries and items two open answers must both speak of to be answers to one question."""

_CORE = frozenset(
    {"actor", "recipient", "item", "count", "when", "destination", "value", "participant"}
)
_QUIET_RULES = frozenset({"asked_not_said", "mood"})
_WORD = re.compile(r"\w+")


def reconcile(claimset: ClaimSet) -> tuple[Verdict, ...]:
    """Compare the claims of different witness families.

    Parameters
    ----------
    claimset : ClaimSet
        As made by :func:`coercivity.claims.extract`.

    Returns
    -------
    tuple of Verdict
        Sorted by the position of the first claim, then of the second. Claims of one family are
        not compared: copies are one witness.

    Raises
    ------
    InputError
        If the set does not carry the words it was read with.
    """
    if claimset.vocabulary is None:
        raise InputError(
            "the claims carry no vocabulary",
            expected="a claim set made by extract()",
            hint="extract the claims again",
        )
    documents = {document.id: document for document in claimset.documents}
    order = {claim.id: position for position, claim in enumerate(claimset.claims)}
    verdicts = []
    for a, b in combinations(claimset.claims, 2):
        if documents[a.document].family != documents[b.document].family:
            verdict = _pair(a, b, claimset, documents, claimset.vocabulary)
            if verdict is not None:
                verdicts.append(verdict)
    verdicts.extend(_single(claimset, verdicts))
    return tuple(
        sorted(verdicts, key=lambda v: (order[v.a], order.get(v.b, len(order)), v.relation, v.id))
    )


def _pair(
    a: Claim,
    b: Claim,
    claimset: ClaimSet,
    documents: dict[str, Document],
    vocabulary: Vocabulary,
) -> Verdict | None:
    """Verdict on two claims of different families, or ``None`` if they do not meet."""
    if a.frame is None and b.frame is None:
        return _open(a, b, claimset, documents)
    if a.frame == "QUANTITY" and b.frame == "QUANTITY":
        return _quantities(a, b, documents, vocabulary)
    if not is_same_event(a, b, documents, vocabulary):
        return None
    differences = compare_slots(a, b, vocabulary)
    if "questioned" in (a.polarity, b.polarity):
        return _asked(a, b, differences)
    if a.modality != "actual" or b.modality != "actual":
        if a.modality == b.modality:
            return _by_slots(a, b, differences)
        return _verdict(
            a, b, "RELATED", "mood", differences, "one of them is only planned or possible"
        )
    if _is_same_utterance(a, b):
        return _same_utterance(a, b, differences)
    if a.polarity != b.polarity:
        return _opposite(a, b, differences)
    if a.frame != b.frame:
        return _verdict(a, b, "COMPATIBLE", "same_parties_same_days", differences)
    return _by_slots(a, b, differences)


def _verdict(
    a: Claim,
    b: Claim,
    relation: str,
    rule: str,
    differences: tuple[SlotDifference, ...] = (),
    note: str = "",
) -> Verdict:
    return Verdict(
        id=content_id(a.id, b.id, relation, rule),
        a=a.id,
        b=b.id,
        relation=relation,
        rule=rule,
        span_a=a.span,
        span_b=b.span,
        differences=differences,
        note=note,
    )


def _asked(a: Claim, b: Claim, differences: tuple[SlotDifference, ...]) -> Verdict:
    """Judge a question: it asserts nothing, but what it takes for granted may fit."""
    presupposed = any("presupposed" in claim.rules for claim in (a, b))
    conflict = any(d.relation == "conflict" for d in differences)
    if presupposed and not conflict:
        note = "a question takes it for granted; nobody states it there"
        return _verdict(a, b, "COMPATIBLE", "presupposed_in_question", differences, note)
    return _verdict(
        a, b, "RELATED", "asked_not_said", differences, "it stands only inside a question"
    )


def _opposite(a: Claim, b: Claim, differences: tuple[SlotDifference, ...]) -> Verdict:
    """One affirms, one denies: a conflict, unless they speak of different destinations."""
    elsewhere = any(
        d.slot in ("destination", "recipient") and d.relation in ("conflict", "only_a", "only_b")
        for d in differences
    )
    if elsewhere:
        return _verdict(a, b, "COMPATIBLE", "other_destination", differences)
    return _verdict(a, b, "CONFLICT", "polarity", differences, "one says it happened, one that not")


def _by_slots(a: Claim, b: Claim, differences: tuple[SlotDifference, ...]) -> Verdict:
    """Decide from the slots alone."""
    conflicts = [d for d in differences if d.relation == "conflict" and d.slot in _CORE]
    if conflicts:
        names = ", ".join(d.slot for d in conflicts)
        note = "; ".join(f"{d.slot}: {d.a} against {d.b}" for d in conflicts)
        return _verdict(a, b, "CONFLICT", f"slot conflict: {names}", differences, note)
    every = {d.relation for d in differences}
    if every <= {"same"}:
        return _verdict(a, b, "AGREE", "all slots agree", differences)
    if every <= {"same", "narrower", "only_a"}:
        return _verdict(a, b, "REFINES", "first says more", differences, "the first says more")
    if every <= {"same", "broader", "only_b"}:
        return _verdict(a, b, "REFINES", "second says more", differences, "the second says more")
    note = "; ".join(
        f"{d.slot} from the {'first' if d.relation in ('narrower', 'only_a') else 'second'}"
        for d in differences
        if d.relation in ("narrower", "only_a", "broader", "only_b")
    )
    return _verdict(a, b, "COMPATIBLE", "slots complement each other", differences, note)


def _is_same_utterance(a: Claim, b: Claim) -> bool:
    """Whether two direct quotations give the same words of the same speaker."""
    if a.mode != "direct" or b.mode != "direct" or not _same_speaker(a, b):
        return False
    return _containment(a, b) >= CONTAINED


def _same_speaker(a: Claim, b: Claim) -> bool:
    if a.speaker is None or b.speaker is None:
        return False
    if a.speaker.party and b.speaker.party:
        return a.speaker.party == b.speaker.party
    return a.speaker.name == b.speaker.name


def _containment(a: Claim, b: Claim) -> float:
    """Longest common run of words over the length of the shorter text."""
    one, two = (_WORD.findall(claim.text.lower()) for claim in (a, b))
    shorter = min(len(one), len(two))
    if not shorter:
        return 0.0
    match = SequenceMatcher(None, one, two, autojunk=False).find_longest_match()
    return match.size / shorter


def _same_utterance(a: Claim, b: Claim, differences: tuple[SlotDifference, ...]) -> Verdict:
    longer = "first" if len(a.text) > len(b.text) else "second"
    other = "second" if longer == "first" else "first"
    note = f"one utterance reported twice; the {other} is shortened"
    return _verdict(a, b, "SAME_UTTERANCE", "same speaker, same words", differences, note)


def _open(a: Claim, b: Claim, claimset: ClaimSet, documents: dict[str, Document]) -> Verdict | None:
    """Verdict on two quotations that state no act: the same words, or different ones."""
    if a.mode != "direct" or b.mode != "direct" or not _same_speaker(a, b):
        return None
    if not {a.kind, b.kind} <= {"open", "answer"} or not _same_days(a, b, documents):
        return None
    if _containment(a, b) >= CONTAINED:
        return _same_utterance(a, b, ())
    topics_a, topics_b = _topics(a, claimset), _topics(b, claimset)
    if len(topics_a & topics_b) >= SHARED_TOPICS:
        note = "the same speaker on the same question, quoted in different words"
        return _verdict(a, b, "DIVERGENT_QUOTE", "same speaker and topic, other words", (), note)
    return None


def _topics(claim: Claim, claimset: ClaimSet) -> frozenset[str]:
    """Return what a statement, and the exchange it belongs to, speaks of."""
    found = set(claim.values("about"))
    if claim.group:
        for other in claimset.claims:
            if other.group == claim.group and other.document == claim.document:
                found.update(other.values("about"))
                found.update(other.values("participant"))
    return frozenset(found)


def _same_days(a: Claim, b: Claim, documents: dict[str, Document]) -> bool:
    anchors = [documents[claim.document].published for claim in (a, b)]
    if anchors[0] is None or anchors[1] is None:
        return True
    return abs((anchors[0].value.earliest - anchors[1].value.earliest).days) <= WINDOW_DAYS


def _quantities(
    a: Claim, b: Claim, documents: dict[str, Document], vocabulary: Vocabulary
) -> Verdict | None:
    """Verdict on two numbers: compared only where they measure the same."""
    relation = is_same_measure(a, b, documents, vocabulary)
    if not relation:
        return None
    differences = compare_slots(a, b, vocabulary)
    if "questioned" in (a.polarity, b.polarity):
        return _verdict(a, b, "RELATED", "asked_not_said", differences)
    if relation == "number":
        if shared_words(*(" ".join(c.values("of")) for c in (a, b))) and a.values(
            "measure"
        ) == b.values("measure"):
            return _verdict(a, b, "AGREE", "same number of the same", differences)
        note = "the same number of something else"
        return _verdict(a, b, "RELATED", "same number, other subject", differences, note)
    if relation == "scope":
        note = "one counts something wider"
        return _verdict(a, b, "RELATED", "other scope", differences, note)
    value = next((d for d in differences if d.slot == "value"), None)
    if value is not None and value.relation == "conflict":
        note = f"{value.a} against {value.b}"
        return _verdict(a, b, "CONFLICT", "slot conflict: value", differences, note)
    unsourced = a.speaker is None and b.speaker is None
    note = "neither says where the number comes from" if unsourced else ""
    return _verdict(a, b, "AGREE", "within hedge", differences, note)


def _single(claimset: ClaimSet, verdicts: list[Verdict]) -> Iterator[Verdict]:
    """Yield a verdict for every asserted claim that no other witness touches."""
    met = {
        claim_id
        for verdict in verdicts
        if verdict.rule not in _QUIET_RULES
        for claim_id in (verdict.a, verdict.b)
    }
    for claim in claimset.claims:
        if claim.frame is not None and claim.is_asserted and claim.id not in met:
            yield Verdict(
                id=content_id(claim.id, "", "SINGLE_SOURCE", "nobody else says so"),
                a=claim.id,
                b="",
                relation="SINGLE_SOURCE",
                rule="nobody else says so",
                span_a=claim.span,
                span_b=None,
            )
