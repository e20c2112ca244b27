"""Verdicts: how claims of different witnesses stand to each other, and by which rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from coercivity.claims.blocking import (
    MEASURED,
    STATE_ACTS,
    WINDOW_DAYS,
    is_same_event,
    is_same_measure,
)
from coercivity.claims.candidates import plan_pairs
from coercivity.claims.compare import (
    DATE_SLOTS,
    compare_slots,
    countries_of,
    period_of,
    shared_words,
)
from coercivity.claims.keys import words_of
from coercivity.claims.model import Claim, ClaimSet, SlotDifference, Verdict, content_id
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document
from coercivity.errors import InputError

__all__ = ["CONTAINED", "Topics", "reconcile", "reconcile_with_notes"]

CONTAINED = 0.8
"""Share of the shorter quotation's words that must stand in the longer in one run."""

LEAST_QUOTED = 5
"""Words from which a quotation alone shows that two reports give one utterance."""

SHARED_TOPICS = 2
"""Countries and items two open answers must both speak of to be answers to one question."""

_CORE = frozenset(
    {"actor", "recipient", "item", "count", "when", "destination", "value", "participant", "place"}
    | {"effective", "until"}
)
_QUIET_RULES = frozenset({"asked_not_said", "mood"})


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
        not compared: copies are one witness. The work grows with the number of claims, not with
        its square: see :mod:`coercivity.claims.candidates`.

    Raises
    ------
    InputError
        If the set does not carry the words it was read with.
    """
    return reconcile_with_notes(claimset)[0]


def reconcile_with_notes(claimset: ClaimSet) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
    """Compare claims as :func:`reconcile` does, and say what was left out.

    Returns
    -------
    tuple of Verdict, tuple of str
        The verdicts, and one sentence if so many different readings share one key that not each
        could be compared with each.

    Raises
    ------
    InputError
        As :func:`reconcile`.
    """
    if claimset.vocabulary is None:
        raise InputError(
            "the claims carry no vocabulary",
            expected="a claim set made by extract()",
            hint="extract the claims again",
        )
    documents = {document.id: document for document in claimset.documents}
    order = {claim.id: position for position, claim in enumerate(claimset.claims)}
    topics = Topics(claimset)
    plan = plan_pairs(claimset.claims, documents, claimset.vocabulary, topics=topics.key)
    verdicts = []
    for one, two in plan.pairs:
        verdict = _pair(
            claimset.claims[one], claimset.claims[two], topics, documents, claimset.vocabulary
        )
        if verdict is not None:
            verdicts.append(verdict)
    verdicts.extend(_single(claimset, verdicts, plan.classes))
    verdicts.sort(key=lambda v: (order[v.a], order.get(v.b, len(order)), v.relation, v.id))
    return tuple(verdicts), (plan.note,) if plan.note else ()


class Topics:
    """What statements without act speak of, found once for a set of claims.

    Parameters
    ----------
    claimset : ClaimSet
    """

    def __init__(self, claimset: ClaimSet) -> None:
        self._of_group: dict[tuple[str, str], set[str]] = {}
        self._asked: dict[tuple[str, str], set[str]] = {}
        for claim in claimset.claims:
            if claim.group:
                found = self._of_group.setdefault((claim.document, claim.group), set())
                found.update(claim.values("about"), claim.values("participant"))
                if claim.kind == "question":
                    words = self._asked.setdefault((claim.document, claim.group), set())
                    words.update(claim.values("about"), shared_words(claim.text, claim.text))

    def of(self, claim: Claim) -> frozenset[str]:
        """Return what a statement, and the exchange it belongs to, speaks of."""
        if claim.frame is not None:
            return frozenset()
        of_group = self._of_group.get((claim.document, claim.group), ()) if claim.group else ()
        return frozenset((*claim.values("about"), *of_group))

    def key(self, claim: Claim) -> frozenset[str]:
        """Return everything of this that a comparison looks at."""
        asked = self.asked(claim) if claim.frame is None else ()
        return self.of(claim) | {f"asked {word}" for word in asked}

    def asked(self, claim: Claim) -> frozenset[str]:
        """Return names and longer words of the question that a statement answers."""
        return frozenset(self._asked.get((claim.document, claim.group), ()))


def _pair(
    a: Claim,
    b: Claim,
    topics: Topics,
    documents: Mapping[str, Document],
    vocabulary: Vocabulary,
) -> Verdict | None:
    """Verdict on two claims of different families, or ``None`` if they do not meet."""
    if a.frame is None and b.frame is None:
        return _open(a, b, topics, documents)
    if a.frame == "QUANTITY" and b.frame == "QUANTITY":
        return _quantities(a, b, documents, vocabulary)
    if not is_same_event(a, b, documents, vocabulary):
        return _one_quotation(a, b, documents, vocabulary)
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
        return _opposite(a, b, differences, vocabulary)
    if a.frame != b.frame:
        return _verdict(a, b, "COMPATIBLE", "same_parties_same_days", differences)
    if a.frame in STATE_ACTS and _is_other_control(differences):
        note = "each names another control, and the days differ"
        return _verdict(a, b, "RELATED", "other control", differences, note)
    if a.frame == "APPLICATION_STATUS" and not _is_same_tally(a, b, documents, vocabulary):
        counts = any(d.slot == "count" and d.relation == "conflict" for d in differences)
        note = "not both say whose applications, or they count on different days"
        if counts:
            return _verdict(a, b, "RELATED", "other tally", differences, note)
    return _by_slots(a, b, differences)


def _one_quotation(
    a: Claim, b: Claim, documents: Mapping[str, Document], vocabulary: Vocabulary
) -> Verdict | None:
    """Verdict on two quotations of one act that share its words but no party: "we have cut …"."""
    shorter = min(len(words_of(a.text)), len(words_of(b.text)))
    if a.frame != b.frame or shorter < LEAST_QUOTED or not _same_days(a, b, documents):
        return None
    if not _is_same_utterance(a, b):
        return None
    differences = compare_slots(a, b, vocabulary)
    if any(d.relation == "conflict" for d in differences):
        return None
    return _same_utterance(a, b, differences)


def _is_other_control(differences: tuple[SlotDifference, ...]) -> bool:
    """Whether each side names a control in its own way, and the days exclude one another."""
    named = {d.relation for d in differences if d.slot in ("item", "instrument")}
    apart = any(d.relation == "conflict" for d in differences if d.slot in DATE_SLOTS)
    return apart and {"only_a", "only_b"} <= named and len(named) == len({"only_a", "only_b"})


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


def _opposite(
    a: Claim, b: Claim, differences: tuple[SlotDifference, ...], vocabulary: Vocabulary
) -> Verdict:
    """One affirms, one denies: a conflict, unless they speak of different destinations."""
    elsewhere = any(
        d.slot in ("destination", "recipient") and d.relation in ("conflict", "only_a", "only_b")
        for d in differences
    )
    # Somebody abroad may have what nobody here has: only one side says whose firms are meant.
    lands = [bool(countries_of(claim.values("recipient"), vocabulary)) for claim in (a, b)]
    if elsewhere or lands[0] != lands[1]:
        return _verdict(a, b, "COMPATIBLE", "other_destination", differences)
    return _verdict(a, b, "CONFLICT", "polarity", differences, "one says it happened, one that not")


def _is_same_tally(
    a: Claim, b: Claim, documents: Mapping[str, Document], vocabulary: Vocabulary
) -> bool:
    """Whether two numbers of applications count the same applicants on the same day."""
    one, two = (countries_of(claim.values("applicant"), vocabulary) for claim in (a, b))
    if not one or not two or one.isdisjoint(two):
        return False
    units = [_unit_of_count(claim) for claim in (a, b)]
    if all(units) and units[0] != units[1]:
        return False
    periods = [period_of(claim, documents[claim.document]) for claim in (a, b)]
    return periods[0] is None or periods[1] is None or periods[0].gap(periods[1]) == 0


def _unit_of_count(claim: Claim) -> str:
    """Return what is counted: firms, applications, certificates; empty if nothing says it."""
    slot = claim.slot("count")
    if slot is None or slot.span is None:
        return ""
    inside = (m for m in claim.quantities if m.span.start == slot.span.start)
    return next((mention.unit for mention in inside), "")


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
    one, two = words_of(a.text), words_of(b.text)
    shorter = min(len(one), len(two))
    # No run is longer than the words in common, which are counted much faster than runs.
    if not shorter or (Counter(one) & Counter(two)).total() < CONTAINED * shorter:
        return 0.0
    match = SequenceMatcher(None, one, two, autojunk=False).find_longest_match()
    return match.size / shorter


def _same_utterance(a: Claim, b: Claim, differences: tuple[SlotDifference, ...]) -> Verdict:
    longer = "first" if len(a.text) > len(b.text) else "second"
    other = "second" if longer == "first" else "first"
    note = f"one utterance reported twice; the {other} is shortened"
    return _verdict(a, b, "SAME_UTTERANCE", "same speaker, same words", differences, note)


def _open(a: Claim, b: Claim, topics: Topics, documents: Mapping[str, Document]) -> Verdict | None:
    """Verdict on two quotations that state no act: the same words, or different ones."""
    if a.mode != "direct" or b.mode != "direct" or not _same_speaker(a, b):
        return None
    if not {a.kind, b.kind} <= {"open", "answer"} or not _same_days(a, b, documents):
        return None
    if _containment(a, b) >= CONTAINED:
        return _same_utterance(a, b, ())
    asked = (topics.asked(a), topics.asked(b))
    one_question = bool(asked[0]) and asked[0] == asked[1]
    if one_question or len(topics.of(a) & topics.of(b)) >= SHARED_TOPICS:
        note = "the same speaker on the same question, quoted in different words"
        return _verdict(a, b, "DIVERGENT_QUOTE", "same speaker and topic, other words", (), note)
    return None


def _same_days(a: Claim, b: Claim, documents: Mapping[str, Document]) -> bool:
    anchors = [documents[claim.document].published for claim in (a, b)]
    if anchors[0] is None or anchors[1] is None:
        return True
    return abs((anchors[0].value.earliest - anchors[1].value.earliest).days) <= WINDOW_DAYS


def _quantities(
    a: Claim, b: Claim, documents: Mapping[str, Document], vocabulary: Vocabulary
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
        note = _scope_note(differences)
        return _verdict(a, b, "RELATED", "other scope", differences, note)
    value = next((d for d in differences if d.slot == "value"), None)
    if value is not None and value.relation == "conflict" and relation == "name":
        note = "the same item under another name, which may count more or less"
        return _verdict(a, b, "RELATED", "other scope by name", differences, note)
    if value is not None and value.relation == "conflict":
        note = f"{value.a} against {value.b}"
        return _verdict(a, b, "CONFLICT", "slot conflict: value", differences, note)
    unsourced = a.speaker is None and b.speaker is None
    note = "neither says where the number comes from" if unsourced else ""
    return _verdict(a, b, "AGREE", "within hedge", differences, note)


def _scope_note(differences: tuple[SlotDifference, ...]) -> str:
    """Say in which slots two numbers differ in scope."""
    apart = [
        f"{d.slot}: {d.a or 'not named'} against {d.b or 'not named'}"
        for d in differences
        if d.relation != "same" and (d.slot == "item" or d.slot not in MEASURED)
    ]
    return "they count different things, " + "; ".join(apart)


def _single(
    claimset: ClaimSet, verdicts: list[Verdict], classes: tuple[int, ...]
) -> Iterator[Verdict]:
    """Yield a verdict for every asserted claim that no other witness touches.

    Where another witness touches a claim, it touches all that read the same.
    """
    number = {claim.id: classes[position] for position, claim in enumerate(claimset.claims)}
    met = {
        number[claim_id]
        for verdict in verdicts
        if verdict.rule not in _QUIET_RULES
        for claim_id in (verdict.a, verdict.b)
    }
    for claim in claimset.claims:
        if claim.frame is not None and claim.is_asserted and number[claim.id] not in met:
            yield Verdict(
                id=content_id(claim.id, "", "SINGLE_SOURCE", "nobody else says so"),
                a=claim.id,
                b="",
                relation="SINGLE_SOURCE",
                rule="nobody else says so",
                span_a=claim.span,
                span_b=None,
            )
