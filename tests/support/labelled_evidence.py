"""How the labelled statements and pairs of ``tests/cases/evidence`` are read and scored.

A statement's *reading* is how its frame stands among the claims of its text. Slots are right if a
claim of that frame names the same party, item, number or date, or if half of the label's words
stand in what was extracted. A pair's verdict is the one between the two outlets' claims of the
frame (or quantity, or open statement) that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from coercivity.claims import extract, reconcile
from coercivity.claims.matching import names_in, stems
from coercivity.claims.model import Claim, ClaimSet, Verdict
from coercivity.documents import DocumentSet
from coercivity.documents.readers import parse_document
from coercivity.timeline import parse_partial
from coercivity.units import compatible, convert

CASES = Path(__file__).parents[1] / "cases" / "evidence"
ENDINGS = ("SUSPENDED", "LIFTED")
SLOTS = ("who", "to_whom", "what", "when", "until", "said", "value", "hedge")
_ACTORS = ("actor", "participant", "applicant", "from")
_RECEIVERS = ("recipient", "applicant", "destination", "count")
_THINGS = ("item", "instrument", "topic", "condition")


@dataclass(frozen=True)
class Outcome:
    """What was read of one statement: the reading, and each labelled slot right or wrong."""

    row: dict[str, Any]
    reading: str
    slots: dict[str, bool]
    claims: ClaimSet


def cases(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of cases."""
    return list(yaml.safe_load((CASES / name).read_text(encoding="utf-8")))


def read_texts(pack: Any, published: object, *texts: str) -> ClaimSet:
    """Read texts, each by its own outlet, all published on one day."""
    documents = tuple(
        replace(
            parse_document(f"date {published}\n\n{text}".encode(), name=f"{position}.txt"),
            family=f"outlet {position}",
        )
        for position, text in enumerate(texts)
    )
    return extract(DocumentSet(documents), pack)


def tells(claim: Claim, frame: str | None) -> bool:
    """Whether a claim is of a frame, or of the state of applications that says the same.

    "The application was approved" is filed as the state of an application, so that applications
    and licences are not counted as one; it says that a licence was granted all the same.
    """
    if claim.frame == frame:
        return True
    status = {"LICENCE_GRANTED": "approved", "LICENCE_REFUSED": "rejected"}.get(frame or "", "")
    return claim.frame == "APPLICATION_STATUS" and claim.values("status") == (status,)


def reading_of(claims: list[Claim]) -> str:
    """Tell how claims of one frame stand: the strongest reading among them."""
    if any(claim.is_asserted and claim.polarity == "affirmed" for claim in claims):
        return "asserted"
    if any(claim.is_asserted for claim in claims):
        return "denied"
    if any(claim.polarity == "questioned" for claim in claims):
        return "question"
    if any(claim.modality == "planned" for claim in claims):
        return "planned"
    return "hedged" if claims else "absent"


def is_read(reading: str, label: str) -> bool:
    """Whether a reading is the labelled one; an expectation may be told as a plan."""
    return reading == label or (label == "hedged" and reading == "planned")


def score_statement(row: dict[str, Any], pack: Any) -> Outcome:
    """Read one labelled statement and hold it against its label."""
    claims = read_texts(pack, row["published"], row["text"])
    frame = row.get("frame", "QUANTITY")
    told = [claim for claim in claims if tells(claim, frame)]
    if frame == "QUANTITY":
        told = [claim for claim in told if _same_value(row, claim)] or told
    slots = {
        slot: any(_is_right(slot, row, claim, claims) for claim in told)
        for slot in SLOTS
        if slot in row or (slot == "value" and "low" in row)
    }
    return Outcome(row, reading_of(told), slots, claims)


def wrong_endings(outcome: Outcome) -> list[Claim]:
    """Return the claims that wrongly say that a control is suspended or lifted."""
    row = outcome.row
    is_labelled = row.get("frame") in ENDINGS and row.get("reading") == "asserted"
    return [
        claim
        for claim in outcome.claims
        if claim.frame in ENDINGS
        and claim.is_asserted
        and claim.polarity == "affirmed"
        and not (is_labelled and claim.frame == row["frame"])
    ]


def _is_right(slot: str, row: dict[str, Any], claim: Claim, claims: ClaimSet) -> bool:
    if slot == "who":
        return _names(row["who"], _ACTORS, claim, claims)
    if slot == "to_whom":
        return _names(row["to_whom"], _RECEIVERS, claim, claims)
    if slot == "what":
        return _names(row["what"], _THINGS, claim, claims)
    if slot == "value":
        return _same_value(row, claim)
    if slot == "hedge":
        return row["hedge"] in {mention.hedge for mention in claim.quantities}
    time = claim.said_at if slot == "said" else claim.when
    values = list(claim.values(slot)) if slot not in ("when", "said") else []
    if time is not None and slot in ("when", "said"):
        values.append(time.value)
        values.append(f"{time.earliest}..{time.latest}")
    if slot == "when":
        values.extend((*claim.values("announced"), *claim.values("effective")))
    return any(_same_date(str(row[slot]), value) for value in values)


def _same_date(label: str, value: str) -> bool:
    first, _, last = label.partition("..")
    wanted = (parse_partial(first).earliest, parse_partial(last or first).latest)
    first, _, last = value.partition("..")
    if "None" in value or not first[:1].isdigit():
        return False
    found = (parse_partial(first).earliest, parse_partial(last or first).latest)
    return wanted == found


def _names(label: str, names: tuple[str, ...], claim: Claim, claims: ClaimSet) -> bool:
    """Whether slots of these names hold the party, country, item or words of a label."""
    vocabulary = claims.vocabulary
    assert vocabulary is not None
    slots = [slot for slot in claim.slots if slot.name in names]
    wanted = names_in(label, vocabulary)
    if wanted:
        lands = {vocabulary.country_of(name) for name in wanted}
        values = {slot.value for slot in slots}
        return bool(wanted & values or lands & {vocabulary.country_of(v) for v in values})
    words = stems(label)
    text = " ".join(f"{slot.value} {slot.span.exact if slot.span else ''}" for slot in slots)
    return bool(slots) and 2 * len(words & stems(text)) >= len(words)


def _same_value(row: dict[str, Any], claim: Claim) -> bool:
    """Whether a claim has the labelled number, in the labelled unit."""
    if "unit" not in row:
        return False
    low = float(row.get("low", row.get("value")))
    high = float(row.get("high", row.get("value")))
    for mention in claim.quantities:
        if mention.low is None or mention.high is None:
            continue
        ends = (mention.low, mention.high)
        if mention.unit != row["unit"]:
            if not compatible(mention.unit, row["unit"]):
                continue
            ends = tuple(convert(end, mention.unit, row["unit"]) for end in ends)
        if all(abs(a - b) <= 1e-9 * abs(b) for a, b in zip(ends, (low, high), strict=True)):
            return True
    return False


# --- pairs ----------------------------------------------------------------------------------------


def verdicts_of(row: dict[str, Any], pack: Any) -> tuple[list[Verdict], ClaimSet]:
    """Return the verdicts between two outlets' claims that a pair is about."""
    claims = read_texts(pack, row["published"], row["a"], row["b"])
    about = None if row["about"] == "STATEMENT" else row["about"]
    first, second = (document.id for document in claims.documents)
    found = []
    for verdict in reconcile(claims):
        one = claims.get(verdict.a)
        two = claims.get(verdict.b) if verdict.b else None
        if two is None:
            if tells(one, about) and one.document == first:
                found.append(verdict)
        elif (tells(one, about) or tells(two, about)) and {one.document, two.document} == {
            first,
            second,
        }:
            found.append(verdict)
    return found, claims


def is_right_verdict(row: dict[str, Any], found: list[Verdict]) -> bool:
    """Whether the labelled verdict was given, and no conflict beside another label.

    Notes
    -----
    Two claims that touch in nothing are each a single source; where a label says that they are
    related and nothing compares them, that is a miss.
    """
    relations = {verdict.relation for verdict in found}
    if row["verdict"] == "SINGLE_SOURCE":
        return relations <= {"SINGLE_SOURCE"} and bool(relations)
    if row["verdict"] != "CONFLICT" and "CONFLICT" in relations:
        return False
    return row["verdict"] in relations


def differs_right(row: dict[str, Any], found: list[Verdict]) -> bool:
    """Whether the labelled slot is among those in which the two differ."""
    slots = {
        d.slot
        for verdict in found
        if verdict.relation == row["verdict"]
        for d in verdict.differences
        if d.relation != "same"
    }
    rules = " ".join(v.rule for v in found if v.relation == row["verdict"])
    aliases = {
        "grantor": ("actor",), "what": ("item", "measure", "level", "of", "unit", "scope"),
        "where": ("place",), "who": ("participant", "actor"), "value": ("value", "count"),
        "recipient": ("recipient", "applicant"),
    }  # fmt: skip
    wanted = aliases.get(row["differs"], (row["differs"],))
    named = {
        "polarity": "polarity", "mode": "asked", "modality": "mood",
        "what": "scope tally measure same number",
    }  # fmt: skip
    words = named.get(row["differs"], "").split()
    return bool(slots & set(wanted)) or any(word in rules for word in words)
