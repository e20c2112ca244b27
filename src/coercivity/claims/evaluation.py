"""How good the reading is: extracted claims against labels.

The method is told in ``docs/explanation/evidence-evaluation.md``: what counts as right, what is
left out, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercivity.claims.checks import Finding, false_assertions, false_lifts
from coercivity.claims.gold import GoldDocument, GoldEntry, read_gold
from coercivity.claims.matching import (
    SLOTS,
    ClaimGroup,
    group_claims,
    score_slot,
    slots_of,
)
from coercivity.claims.model import Claim, ClaimSet, Verdict
from coercivity.claims.number_matching import match_numbers
from coercivity.claims.scores import Score, rounded
from coercivity.claims.speaker_matching import same_speaker
from coercivity.claims.vocabulary import Vocabulary, load_vocabulary
from coercivity.documents.model import Document, DocumentSet
from coercivity.errors import NotFoundError, Problem
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["Evaluation", "Score", "evaluate", "evaluate_claims", "gold_documents"]

_QUANTITY: Final = "QUANTITY"
_AT_LEAST: Final = 0.25
"""Least share of the labelled slots, the kind apart, that an aligned claim must have right."""


@dataclass
class Evaluation:
    """All figures of one run; see :meth:`to_json`."""

    slots: dict[str, dict[str, Score]] = field(default_factory=dict)
    strict: Score = field(default_factory=Score)
    numbers: Score = field(default_factory=Score)
    numbers_strict: Score = field(default_factory=Score)
    other: dict[str, Score] = field(default_factory=dict)
    assertions: list[Finding] = field(default_factory=list)
    lifts: list[Finding] = field(default_factory=list)
    flagged_lifts: list[Finding] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    n_documents: int = 0
    n_entries: int = 0
    n_unscored: int = 0

    def slot_score(self, *, quantities: bool = False) -> Score:
        """Return the score over all frames that tell an act; with quantities if wanted."""
        total = Score()
        for frame, rows in self.slots.items():
            if frame != _QUANTITY or quantities:
                for score in rows.values():
                    total.join(score)
        return total

    def frame_score(self, frame: str) -> Score:
        """Return the score over the slots of a frame."""
        total = Score()
        for score in self.slots.get(frame, {}).values():
            total.join(score)
        return total

    def to_json(self) -> dict[str, Any]:
        """Return one object; the keys are those of the command ``evaluate claims``."""
        total = self.slot_score()
        strict = Score()
        strict.join(total)
        strict.join(self.strict)
        numbers_strict = Score()
        numbers_strict.join(self.numbers)
        numbers_strict.join(self.numbers_strict)
        return {
            "slot_f1": rounded(total.f1),
            "number_f1": rounded(self.numbers.f1),
            "false_assertions": len(self.assertions),
            "false_lifts": len(self.lifts),
            "flagged_lifts": len(self.flagged_lifts),
            "false_assertion_items": _listed(self.assertions),
            "false_lift_items": _listed(self.lifts),
            "flagged_lift_items": _listed(self.flagged_lifts),
            "slots": total.to_json(),
            "slots_with_quantities": self.slot_score(quantities=True).to_json(),
            "strict": {"slots": strict.to_json(), "numbers": numbers_strict.to_json()},
            "numbers": self.numbers.to_json(),
            "per_slot": self._per_slot(),
            "per_frame": {
                frame: {
                    **self.frame_score(frame).to_json(),
                    "slots": {slot: rows[slot].to_json() for slot in SLOTS if slot in rows},
                }
                for frame, rows in sorted(self.slots.items())
            },
            **{name: score.to_json() for name, score in sorted(self.other.items())},
            "documents": self.n_documents,
            "entries": self.n_entries,
            "unscored_entries": self.n_unscored,
            "errors": self.errors,
        }

    def _per_slot(self) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for slot in SLOTS:
            total = Score()
            for frame, scores in self.slots.items():
                if frame != _QUANTITY:
                    total.join(scores.get(slot, Score()))
            rows[slot] = total.to_json()
        return rows


def _listed(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [finding.to_json() for finding in findings]


def evaluate_claims(
    gold: str | Path,
    pack: Pack,
    *,
    documents: str | Path | None = None,
    options: Options | None = None,
) -> Evaluation:
    """Read the documents that a gold file labels, and score what was extracted.

    Parameters
    ----------
    gold : str or Path
        See :mod:`coercivity.claims.gold`.
    pack : Pack
        Words to read with.
    documents : str or Path, optional
        Folder that each ``file`` is relative to; needed if a line names a file.
    options : Options, optional
        As for :func:`~coercivity.claims.extraction.extract`.

    Returns
    -------
    Evaluation

    Raises
    ------
    NotFoundError
        If the gold, the folder or a labelled file is not there.
    InputError
        If the gold is not valid, or a labelled file cannot be read.
    """
    from coercivity.claims.extraction import read_claims

    rows = read_gold(gold)
    docset = gold_documents(rows, documents)
    claims = read_claims(docset, load_vocabulary(pack), options=options)
    verdicts: Sequence[Verdict] = ()
    if any(row.verdicts for row in rows):
        from coercivity.claims.reconcile import reconcile

        verdicts = reconcile(claims)
    return evaluate(claims, rows, verdicts=verdicts)


def gold_documents(rows: Iterable[GoldDocument], folder: str | Path | None) -> DocumentSet:
    """Open the documents of gold, in order.

    Raises
    ------
    NotFoundError
        If a file or the folder is missing; every missing file is named.
    InputError
        If a file cannot be read.
    """
    from coercivity.documents import assign_families
    from coercivity.documents.readers import parse_document

    found: list[Document] = []
    missing: list[Problem] = []
    for row in rows:
        if row.text:
            head = f"date {row.published}\n" if row.published else ""
            found.append(parse_document((head + row.text).encode("utf-8"), name=row.name))
            continue
        path = Path(folder or ".") / row.file
        if folder is None or not path.is_file():
            missing.append(Problem(f"no file {row.file}", row.id, f"a file below {folder}"))
            continue
        found.append(parse_document(path.read_bytes(), name=row.name, path=str(path)))
    if missing:
        raise NotFoundError(
            f"{len(missing)} labelled document(s) are missing",
            expected="--documents: the folder that 'file' is relative to",
            problems=missing,
        )
    return DocumentSet(assign_families(found))


def evaluate(
    claimset: ClaimSet, rows: Sequence[GoldDocument], *, verdicts: Sequence[Verdict] = ()
) -> Evaluation:
    """Score claims against labels.

    Parameters
    ----------
    claimset : ClaimSet
        Claims of the labelled documents, whose names are those of `rows`.
    rows : sequence of GoldDocument
    verdicts : sequence of Verdict
        Needed only where labels hold verdicts.

    Returns
    -------
    Evaluation
    """
    if claimset.vocabulary is None:
        raise NotFoundError("the claims carry no vocabulary", expected="claims made by extract")
    found = Evaluation()
    documents = {document.name: document for document in claimset.documents}
    claims: dict[str, list[Claim]] = {document.id: [] for document in claimset.documents}
    for claim in claimset:
        claims[claim.document].append(claim)
    for row in rows:
        document = documents[row.name]
        _score_document(row, document, claims[document.id], claimset.vocabulary, found)
    _score_verdicts(rows, documents, claimset, verdicts, found)
    return found


def _score_document(
    row: GoldDocument,
    document: Document,
    claims: Sequence[Claim],
    vocabulary: Vocabulary,
    found: Evaluation,
) -> None:
    """Score one document."""
    groups = group_claims(claims, vocabulary)
    entries = [entry for entry in row.gold if entry.frames]
    found.n_documents += 1
    found.n_entries += len(entries)
    found.n_unscored += len(row.gold) - len(entries)
    aligned = _align(entries, groups, document, vocabulary)
    errors: list[dict[str, Any]] = []
    for entry, group in aligned:
        if group is None:
            errors.append(_missed(entry, found))
        else:
            errors.extend(_compared(entry, group, document, vocabulary, found))
    used = {id(group) for _, group in aligned if group is not None}
    listed = {frame for entry in entries for frame in entry.frames[:1]}
    for group in groups:
        if id(group) not in used and group.is_asserted and group.frame != _QUANTITY:
            errors.append(_spurious(group, listed, found))
    pairs = [(entry, group) for entry, group in aligned if group is not None]
    numbers = match_numbers(entries, claims)
    found.numbers.join(Score(*numbers.counts))
    found.numbers_strict.join(Score(0.0, 0.0, 0.0, float(len(numbers.unlisted))))
    found.other.setdefault("dates", Score()).join(Score(*numbers.dates))
    errors.extend(numbers.errors)
    found.assertions.extend(false_assertions(row, document, claims, pairs))
    lifts, flagged = false_lifts(row, claims, vocabulary)
    found.lifts.extend(lifts)
    found.flagged_lifts.extend(flagged)
    if errors:
        found.errors.append({"document": row.name, "id": row.id, "errors": errors})


def _align(
    entries: Sequence[GoldEntry],
    groups: Sequence[ClaimGroup],
    document: Document,
    vocabulary: Vocabulary,
) -> list[tuple[GoldEntry, ClaimGroup | None]]:
    """Give each label the claims that tell it, so that the sum of what is right is greatest.

    A label that marks a wrong grantor comments on an act that another label may state too: it does
    not compete for it.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    result: dict[int, ClaimGroup] = {}
    own = [i for i, entry in enumerate(entries) if entry.kind != "attribution_error"]
    for chosen in (own, *([i] for i in range(len(entries)) if i not in own)):
        gain = np.zeros((len(chosen), len(groups)))
        for line, position in enumerate(chosen):
            for column, group in enumerate(groups):
                gain[line, column] = _likeness(entries[position], group, document, vocabulary)
        for line, column in zip(*linear_sum_assignment(-gain), strict=True):
            if gain[line, column] > 0:
                result[chosen[line]] = groups[column]
    return [(entry, result.get(position)) for position, entry in enumerate(entries)]


def _likeness(
    entry: GoldEntry, group: ClaimGroup, document: Document, vocabulary: Vocabulary
) -> float:
    """How much of a label a group of claims has right; 0 if it cannot be meant."""
    if not entry.admits(group.frame, polarity=group.polarity):
        return 0.0
    rows = [score_slot(slot, entry, group, document, vocabulary) for slot in SLOTS[1:]]
    shares = [credit.found for credit in rows if credit is not None]
    share = sum(shares) / len(shares) if shares else 1.0
    if share < _AT_LEAST:
        return 0.0
    first = entry.frames.index(group.frame) == 0
    polar = entry.polarity == group.polarity if entry.polarity else group.polarity == "affirmed"
    numbers = match_numbers([entry], group.claims).counts[0]
    return share + 0.1 * numbers + 0.02 * first + 0.05 * polar + 0.001 * len(group.claims)


def _missed(entry: GoldEntry, found: Evaluation) -> dict[str, Any]:
    """Count every slot of a label that no claim tells."""
    scores = found.slots.setdefault(entry.frames[0], {})
    for slot in SLOTS:
        is_held = slot == "kind" or bool(getattr(entry, slot))
        if slot == "what" and entry.kind == "attribution_error":
            is_held = False
        if is_held:
            scores.setdefault(slot, Score()).add(0.0, 1.0, 0.0, 0.0)
    if entry.attribution:
        found.other.setdefault("speaker", Score()).add(0.0, 1.0, 0.0, 0.0)
    if entry.polarity:
        found.other.setdefault("polarity", Score()).add(0.0, 1.0, 0.0, 0.0)
    return {"error": "missed", "kind": entry.kind, "expected": _told(entry)}


def _told(entry: GoldEntry) -> dict[str, str]:
    return {slot: getattr(entry, slot) for slot in SLOTS if getattr(entry, slot)}


def _compared(
    entry: GoldEntry,
    group: ClaimGroup,
    document: Document,
    vocabulary: Vocabulary,
    found: Evaluation,
) -> Iterable[dict[str, Any]]:
    """Score the slots of a label that a claim tells."""
    scores = found.slots.setdefault(entry.frames[0], {})
    for slot in SLOTS:
        credit = score_slot(slot, entry, group, document, vocabulary)
        if credit is None:
            continue
        claimed = float(credit.is_claimed)
        scores.setdefault(slot, Score()).add(credit.found, 1.0, credit.right * claimed, claimed)
        if min(credit.found, credit.right) < 1.0:
            yield {
                "error": "wrong slot" if credit.is_claimed else "empty slot",
                "kind": entry.kind,
                "slot": slot,
                "expected": getattr(entry, slot),
                "found": _shown(slot, group),
                "found_share": round(credit.found, 3),
                "right_share": round(credit.right, 3),
                "claims": [claim.id for claim in group.claims],
            }
    if entry.attribution:
        speakers = [claim.speaker for claim in group.claims if claim.speaker is not None]
        hit = float(any(same_speaker(entry.attribution, s, vocabulary) for s in speakers))
        found.other.setdefault("speaker", Score()).add(hit, 1.0, hit, float(bool(speakers)))
    if entry.polarity:
        hit = float(entry.polarity == group.polarity)
        found.other.setdefault("polarity", Score()).add(hit, 1.0, hit, 1.0)


def _shown(slot: str, group: ClaimGroup) -> str:
    if slot == "when":
        values = [c.when.value for c in group.claims if c.when is not None]
    elif slot == "what":
        names = ("item", "instrument", "topic", "condition")
        values = [f"{row.name}={row.value}" for row in group.slots(*names)]
    else:
        values = [row.value for row in slots_of(group, slot)]
    return "; ".join(dict.fromkeys(values))


def _spurious(group: ClaimGroup, listed: set[str], found: Evaluation) -> dict[str, Any]:
    """Count an asserted act that no label knows, if the labels list acts of its frame here."""
    is_listed = group.frame in listed
    target = found.slots.setdefault(group.frame, {}) if is_listed else {}
    filled = {
        "kind": True,
        "who": bool(slots_of(group, "who")),
        "to_whom": bool(slots_of(group, "to_whom")),
        "what": bool(group.slots("item", "instrument", "topic", "condition")),
        "when": any(claim.when is not None for claim in group.claims),
    }
    for slot, is_filled in filled.items():
        if is_filled:
            score = target.setdefault(slot, Score()) if is_listed else found.strict
            score.add(0.0, 0.0, 0.0, 1.0)
    return {
        "error": "spurious" if is_listed else "not labelled",
        "kind": group.frame,
        "found": {slot: _shown(slot, group) for slot in SLOTS[1:] if _shown(slot, group)},
        "text": group.claims[0].text,
        "claims": [claim.id for claim in group.claims],
    }


def _score_verdicts(
    rows: Sequence[GoldDocument],
    documents: dict[str, Document],
    claimset: ClaimSet,
    verdicts: Sequence[Verdict],
    found: Evaluation,
) -> None:
    """Score verdicts between documents: the labelled relation must be among those given."""
    frames = {claim.id: (claim.document, claim.frame) for claim in claimset}
    for row in rows:
        for label in row.verdicts:
            if label.file not in documents:
                raise NotFoundError(
                    f"no document {label.file!r}", where=row.id, expected="a 'file' of the gold"
                )
            pair = {documents[row.name].id, documents[label.file].id}
            wanted = GoldEntry(kind=label.kind).frames if label.kind else ()
            given = {
                verdict.relation
                for verdict in verdicts
                if verdict.b
                and {frames[verdict.a][0], frames[verdict.b][0]} == pair
                and (not wanted or frames[verdict.a][1] in wanted)
            }
            hit = float(label.relation in given)
            claimed = float(bool(given))
            score = found.other.setdefault("verdicts", Score())
            score.add(hit, 1.0, hit / max(1, len(given)), claimed)
            if not hit:
                errors = [
                    {
                        "error": "wrong verdict" if given else "no verdict",
                        "kind": label.kind,
                        "expected": f"{label.relation} with {label.file}",
                        "found": "; ".join(sorted(given)),
                    }
                ]
                found.errors.append({"document": row.name, "id": row.id, "errors": errors})
