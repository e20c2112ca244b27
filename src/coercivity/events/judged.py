"""Claims and verdicts as people judged them; the extracted ones are never changed.

Rejections and corrections come before the comparison, so that a corrected slot is compared as
corrected; judgements on pairs come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from coercivity.claims.model import (
    FRAMES,
    Claim,
    ClaimSet,
    QuantityMention,
    Slot,
    TimeRef,
    Verdict,
    content_id,
)
from coercivity.claims.reconcile import reconcile_with_notes
from coercivity.claims.vocabulary import Vocabulary
from coercivity.errors import CoercivityError, InputError, UsageError
from coercivity.events.grouping import JUDGED_DIFFERENT, JUDGED_SAME, can_be_one_event
from coercivity.events.judgements import effective_judgements
from coercivity.events.model import Judgement
from coercivity.timeline import parse_partial

__all__ = [
    "Judged",
    "apply_judgements",
    "check_judgement",
    "judge",
    "judge_claims",
    "judge_verdicts",
    "place_of",
]

POLARITIES = ("affirmed", "negated", "questioned")
MODALITIES = ("actual", "possible", "planned", "demanded", "hypothetical")


@dataclass(frozen=True)
class Judged:
    """What a run knows after people's judgements.

    Parameters
    ----------
    claims : ClaimSet
        Without the rejected ones, with the corrected ones.
    verdicts : tuple of Verdict
    n_applied : int
        Judgements that took effect.
    notes : tuple of str
        Judgements that met no claim, and comparisons left out.
    """

    claims: ClaimSet
    verdicts: tuple[Verdict, ...]
    n_applied: int
    notes: tuple[str, ...]


def judge(claimset: ClaimSet, judgements: Iterable[Judgement]) -> Judged:
    """Apply judgements to claims, compare what is left, and apply those on pairs.

    Parameters
    ----------
    claimset : ClaimSet
        As extracted.
    judgements : iterable of Judgement
        In order of writing; those undone have no effect.

    Returns
    -------
    Judged

    Raises
    ------
    InputError
        If a row corrects something to a value it cannot have.
    """
    rows, notes = _placed(effective_judgements(judgements), claimset)
    changed = _judged_claims(claimset, rows)
    verdicts, left_out = reconcile_with_notes(changed)
    judged = _judged_verdicts(changed, verdicts, rows)
    return Judged(changed, judged, len(rows), (*notes, *left_out))


def judge_claims(claimset: ClaimSet, judgements: Iterable[Judgement]) -> ClaimSet:
    """Return the claims without those rejected, and with those corrected or accepted.

    Raises
    ------
    InputError
        If a row corrects something to a value it cannot have.
    """
    rows, _ = _placed(effective_judgements(judgements), claimset)
    return _judged_claims(claimset, rows)


def judge_verdicts(
    claimset: ClaimSet, verdicts: Sequence[Verdict], judgements: Iterable[Judgement]
) -> tuple[Verdict, ...]:
    """Return verdicts with what people judged about pairs of claims in place of the rules'.

    Parameters
    ----------
    claimset : ClaimSet
        As judged: verdicts on claims that are not in it are left out.
    """
    rows, _ = _placed(effective_judgements(judgements), claimset)
    return _judged_verdicts(claimset, verdicts, rows)


def apply_judgements(
    claimset: ClaimSet, verdicts: Sequence[Verdict], judgements: Iterable[Judgement]
) -> tuple[ClaimSet, tuple[Verdict, ...]]:
    """Return claims and verdicts as people judged them; the given ones are not changed.

    The verdicts are those given, less what was rejected: a corrected slot is not compared anew.
    :func:`judge` does that too.

    Raises
    ------
    InputError
        If a row corrects something to a value it cannot have.
    """
    rows, _ = _placed(effective_judgements(judgements), claimset)
    changed = _judged_claims(claimset, rows)
    return changed, _judged_verdicts(changed, verdicts, rows)


def place_of(claim: Claim) -> str:
    """Return where a claim stands, for judgements to find it by after another reading."""
    return f"{claim.document}:{claim.span.start}-{claim.span.end}:{claim.frame or claim.kind}"


def _placed(
    rows: Iterable[Judgement], claimset: ClaimSet
) -> tuple[tuple[Judgement, ...], tuple[str, ...]]:
    """Name the claims judged by their present ids, and say which rows meet no claim."""
    known = {claim.id for claim in claimset.claims}
    places: dict[str, list[str]] = {}
    for claim in claimset.claims:
        places.setdefault(place_of(claim), []).append(claim.id)

    def find(claim_id: str, place: str) -> str:
        if claim_id in known or not claim_id:
            return claim_id
        found = places.get(place, [])
        return found[0] if len(found) == 1 else ""

    kept, lost = [], []
    for row in rows:
        one, two = find(row.claim, row.place), find(row.other, row.other_place)
        if one and bool(two) == bool(row.other):
            kept.append(replace(row, claim=one, other=two))
        else:
            lost.append(row)
    notes = tuple(
        f"the judgement {row.id} of {row.who} ({row.action}) is about a claim that is not read "
        "here: its document is gone or its words are read otherwise"
        for row in lost
    )
    return tuple(kept), notes


def _judged_claims(claimset: ClaimSet, rows: Iterable[Judgement]) -> ClaimSet:
    claims = {claim.id: claim for claim in claimset.claims}
    rejected: set[str] = set()
    for row in rows:
        if row.claim not in claims:
            continue
        if row.action == "reject":
            rejected.add(row.claim)
        elif row.action == "accept":
            claim = claims[row.claim]
            marks = (*claim.rules, f"accepted by {row.who}")
            claims[row.claim] = replace(claim, confidence="high", rules=marks)
        elif row.action == "correct":
            claims[row.claim] = _corrected(claims[row.claim], row, claimset.vocabulary)
    kept = tuple(claims[claim.id] for claim in claimset.claims if claim.id not in rejected)
    return replace(claimset, claims=kept)


def _corrected(claim: Claim, row: Judgement, vocabulary: Vocabulary | None) -> Claim:
    """Claim with what was corrected; the words it came from stay, the rule says who did it."""
    rule = f"corrected by {row.who}"
    for name, value in row.changes:
        try:
            claim = _changed(claim, name, value, rule, vocabulary)
        except CoercivityError as error:
            raise InputError(
                error.problem.what,
                where=f"judgement {row.id} of {row.who}",
                expected=error.problem.expected,
                hint=f"undo it: coercivity claims review FOLDER --undo-row {row.id}",
            ) from error
    return replace(claim, rules=(*claim.rules, rule))


def _changed(
    claim: Claim, name: str, value: str, rule: str, vocabulary: Vocabulary | None
) -> Claim:
    """Claim with one thing changed: a slot, or one of the few fields that are no slots."""
    if not name:
        raise UsageError("a correction names no slot", expected="slot=value")
    if name in _FIELDS:
        return _FIELDS[name](claim, value, rule)
    if name == "value" and claim.frame == "QUANTITY":
        claim = replace(claim, quantities=(_number(claim, value),))
    old = claim.slot(name)
    slots = [slot for slot in claim.slots if slot.name != name]
    if value:
        span = old.span if old else None
        slots.append(Slot(name, value, span, _kind(name, value, old, vocabulary), rule))
    ordered = sorted(slots, key=lambda s: (s.name, s.span.start if s.span else -1, s.value))
    return replace(claim, slots=tuple(ordered))


def _kind(name: str, value: str, old: Slot | None, vocabulary: Vocabulary | None) -> str:
    """Kind of a corrected value: what the pack knows it as, else what it was."""
    if len(value) == 2 and value.isupper() and value.isalpha():
        return "country"
    if vocabulary is not None and value in vocabulary.countries:
        return "party"
    if vocabulary is not None and value in vocabulary.units:
        return "item"
    if name in ("actor", "recipient", "destination", "origin", "participant", "item"):
        return "text"
    return old.kind if old else "text"


def _number(claim: Claim, value: str) -> QuantityMention:
    """Read a corrected number, or a range as ``low..high``, in the claim's own unit."""
    try:
        bounds = [float(part) for part in value.split("..")]
    except ValueError:
        bounds = []
    if len(bounds) not in (1, 2) or bounds[0] > bounds[-1]:
        raise UsageError(f"{value!r} is not a number", expected="a number, or low..high")
    unit = claim.slot("unit")
    old = claim.quantities[0] if claim.quantities else None
    mention = old or QuantityMention(claim.span, None, None, unit.value if unit else "1")
    return replace(mention, low=bounds[0], high=bounds[-1], hedge="")


def _with_frame(claim: Claim, value: str, rule: str) -> Claim:
    if value not in FRAMES:
        raise UsageError(f"{value!r} is no frame", expected=" ".join(FRAMES))
    return replace(claim, frame=value, kind="fact" if claim.kind == "open" else claim.kind)


def _with_polarity(claim: Claim, value: str, rule: str) -> Claim:
    """Change what is said to be so; a person may find that the reader took a fact for a question.

    Only a person can: the row names who and when, and the claim carries the rule.
    """
    if value not in POLARITIES:
        raise UsageError(f"{value!r} is no polarity", expected=" ".join(POLARITIES))
    kind = "question" if value == "questioned" else "fact"
    was_asked = claim.polarity == "questioned" and value != "questioned"
    modality = "actual" if was_asked and claim.modality == "hypothetical" else claim.modality
    return replace(claim, polarity=value, kind=kind, modality=modality)


def _with_modality(claim: Claim, value: str, rule: str) -> Claim:
    if value not in MODALITIES:
        raise UsageError(f"{value!r} is no modality", expected=" ".join(MODALITIES))
    return replace(claim, modality=value)


def _with_when(claim: Claim, value: str, rule: str) -> Claim:
    """Change when it happened; an empty value leaves it open."""
    return replace(claim, when=_time(claim, value, rule))


def _with_said(claim: Claim, value: str, rule: str) -> Claim:
    return replace(claim, said_at=_time(claim, value, rule))


def _time(claim: Claim, value: str, rule: str) -> TimeRef | None:
    if not value:
        return None
    try:
        found = parse_partial(value)
    except CoercivityError as error:
        raise UsageError(f"{value!r} is not a date", expected=error.problem.expected) from error
    span = claim.when.span if claim.when else claim.span
    return TimeRef(span, value, found.earliest, found.latest, found.precision, rule=rule)


_FIELDS: Mapping[str, Callable[[Claim, str, str], Claim]] = {
    "frame": _with_frame,
    "polarity": _with_polarity,
    "modality": _with_modality,
    "when": _with_when,
    "said_at": _with_said,
}


def check_judgement(
    claimset: ClaimSet,
    action: str,
    *,
    claim: str,
    other: str = "",
    changes: Mapping[str, str] | None = None,
) -> None:
    """Say before it is written whether a judgement can take effect.

    Raises
    ------
    NotFoundError
        If a claim is not in the set.
    UsageError
        If a value cannot be what it corrects, or two claims cannot be of one event.
    """
    judged = claimset.get(claim)
    for name, value in (changes or {}).items():
        _changed(judged, name, value, "", claimset.vocabulary)
    if other:
        second = claimset.get(other)
        if action == "same_event" and not can_be_one_event(judged, second):
            raise UsageError(
                f"{judged.frame or judged.kind} and {second.frame or second.kind} cannot be one "
                "event",
                where=f"{claim} {other}",
                expected="two claims of one frame, or a meeting and a deal",
                hint="correct the frame of one of them first, if it is wrong",
            )


def _judged_verdicts(
    claimset: ClaimSet, verdicts: Sequence[Verdict], rows: Iterable[Judgement]
) -> tuple[Verdict, ...]:
    claims = {claim.id: claim for claim in claimset.claims}
    pairs = {
        frozenset((row.claim, row.other)): row
        for row in rows
        if row.other and row.claim in claims and row.other in claims
    }
    kept = [
        verdict
        for verdict in verdicts
        if verdict.a in claims
        and (not verdict.b or verdict.b in claims)
        and frozenset((verdict.a, verdict.b)) not in pairs
    ]
    # Whoever a person joined with another claim is no longer the only one to say so.
    joined = {
        claim_id
        for row in pairs.values()
        if row.action == "same_event"
        for claim_id in (row.claim, row.other)
    }
    kept = [v for v in kept if v.relation != "SINGLE_SOURCE" or v.a not in joined]
    kept.extend(_by_person(claims[row.claim], claims[row.other], row) for row in pairs.values())
    return tuple(kept)


def _by_person(one: Claim, two: Claim, row: Judgement) -> Verdict:
    is_same = row.action == "same_event"
    relation, rule = ("COMPATIBLE", JUDGED_SAME) if is_same else ("RELATED", JUDGED_DIFFERENT)
    identity = content_id(one.id, two.id, relation, rule)
    note = f"judged by {row.who}"
    return Verdict(identity, one.id, two.id, relation, rule, one.span, two.span, (), note)
