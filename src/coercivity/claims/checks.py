"""What must never be wrong: questions, denials and hedges told as facts, controls told as lifted.

Two kinds of evidence are used: the labels, where they say so, and the words right around a claim,
read without any of the code that made the claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from coercivity.claims.gold import GoldDocument, GoldEntry
from coercivity.claims.matching import ClaimGroup
from coercivity.claims.model import Claim
from coercivity.claims.numbers import number_value
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = ["EPISTEMIC", "Finding", "false_assertions", "false_lifts", "rests_on_authority"]

EPISTEMIC: Final = re.compile(
    r"\b(?:reportedly|allegedly|rumou?r\w*|could|might|may|expects?|believes?|claims?|unconfirmed|"
    r"said to|reported to)\b",
    re.IGNORECASE,
)
"""Hedges of a label that make a fact less than a fact; "about" and "nearly" only widen a number."""

_QUESTION_LABEL = re.compile(r"(?P<words>[^;,]*)\bquestion", re.IGNORECASE)
_SMALL_NUMBER = re.compile(
    r"\b(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.IGNORECASE,
)
_ASKED_BEFORE = re.compile(
    r"\b(?:ask(?:s|ed)?|wonder\w*|unclear|unknown|quer\w+|inquir\w+|enquir\w+|"
    r"(?:did|would|could|does) not (?:say|confirm|explain|disclose)|"
    r"declined to (?:say|confirm|comment))\b[^.!?“”\"]{0,60}\b(?:if|whether|about|on|how|when)\W*$",
    re.IGNORECASE,
)
_WHETHER = re.compile(r"^\W*(?:whether|if)\b", re.IGNORECASE)
_DENIED_BEFORE = re.compile(
    r"\b(?:den(?:y|ies|ied)|refut\w+|rebut\w+|dismiss\w+)\b[^.!?]{0,40}$", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?]")
_ENDING: Final = frozenset({"SUSPENDED", "LIFTED"})
CONTEXT: Final = 120
"""Code points before a claim that are looked at."""


@dataclass(frozen=True)
class Finding:
    """One thing that must not be.

    Parameters
    ----------
    document, claim : str
        Name of the document, id of the claim.
    why : str
        ``question``, ``denial``, ``hedge`` or ``lift``.
    basis : str
        ``label`` or ``words``.
    text : str
        Words of the claim.
    """

    document: str
    claim: str
    why: str
    basis: str
    text: str

    def to_json(self) -> dict[str, str]:
        """Return the fields as a plain mapping."""
        return {
            "document": self.document,
            "claim": self.claim,
            "why": self.why,
            "basis": self.basis,
            "text": self.text,
        }


def false_assertions(
    row: GoldDocument,
    document: Document,
    claims: Iterable[Claim],
    aligned: Iterable[tuple[GoldEntry, ClaimGroup]],
) -> tuple[Finding, ...]:
    """Find claims that state as a fact what the document asks, denies or only supposes.

    Parameters
    ----------
    row : GoldDocument
    document : Document
    claims : iterable of Claim
        Of the document.
    aligned : iterable of (GoldEntry, ClaimGroup)
        Labels with the claims they were aligned with.

    Returns
    -------
    tuple of Finding
        Each claim once.
    """
    claims = tuple(claims)
    rows: list[tuple[Claim, str, str]] = []
    for entry, group in aligned:
        rows.extend((c, why, "label") for c, why in _against_label(entry, group))
        asked = _asked_numbers(entry)
        rows.extend(
            (claim, "question", "label")
            for claim in claims
            if claim.is_asserted and asked & set(claim.values("count"))
        )
    for claim in claims:
        why = _against_words(claim, document)
        if why:
            rows.append((claim, why, "words"))
    found: dict[str, Finding] = {}
    for claim, why, basis in rows:
        found.setdefault(claim.id, Finding(row.name, claim.id, why, basis, claim.text))
    return tuple(found.values())


def _against_label(entry: GoldEntry, group: ClaimGroup) -> Iterator[tuple[Claim, str]]:
    """Claims asserted though the label says that they are asked, denied or supposed."""
    supposed = entry.asserted is False or bool(EPISTEMIC.search(entry.hedge))
    for claim in group.claims:
        if not claim.is_asserted:
            continue
        if entry.polarity == "questioned":
            yield claim, "question"
        elif entry.polarity == "negated" and claim.polarity == "affirmed":
            yield claim, "denial"
        elif supposed and not claim.hedges and (claim.speaker is None or entry.asserted is False):
            yield claim, "hedge"


def _asked_numbers(entry: GoldEntry) -> set[str]:
    """Return the counts that stand only in a question: "four only in the question"."""
    match = _QUESTION_LABEL.search(entry.hedge)
    words = _SMALL_NUMBER.findall(match["words"]) if match else []
    return {f"{number_value(word):g}" for word in words}


def _against_words(claim: Claim, document: Document) -> str:
    """Judge an asserted claim by the words before it, or return an empty string."""
    if not claim.is_asserted:
        return ""
    before = document.text[max(0, claim.span.start - CONTEXT) : claim.span.start]
    before = _ENDS.split(before)[-1]
    ending = _ENDS.search(document.text, claim.span.end)
    asks = ending is not None and ending.group() == "?" and claim.mode != "indirect"
    if asks or _ASKED_BEFORE.search(before) or _WHETHER.match(claim.span.exact):
        return "question"
    if claim.polarity == "affirmed" and claim.frame and _DENIED_BEFORE.search(before):
        return "denial"
    return ""


def rests_on_authority(claim: Claim, vocabulary: Vocabulary) -> bool:
    """Whether the end of a control rests on an authority that is named.

    Notes
    -----
    Named are: the authority that acts (not merely its country), the legal instrument by which it
    acts, or an official speaker of the country that acts. "Officials say" names nobody.
    """
    if claim.values("legal_basis"):
        return True
    actors = claim.values("actor")
    speaker = claim.speaker
    if speaker is not None:
        lands = {vocabulary.country_of(actor) for actor in actors}
        return speaker.official and bool(speaker.party) and speaker.country in lands
    return any(vocabulary.kinds.get(actor) == "authority" for actor in actors)


def false_lifts(
    row: GoldDocument, claims: Iterable[Claim], vocabulary: Vocabulary
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Find controls told as suspended or lifted that the label does not know.

    Returns
    -------
    tuple of Finding
        Asserted, affirmed, and resting on a named authority: these would change a control's state.
    tuple of Finding
        The rest: they change nothing, and are shown for a person to look at.
    """
    known = {frame for entry in row.gold for frame in entry.frames if entry.polarity != "negated"}
    wrong: list[Finding] = []
    flagged: list[Finding] = []
    for claim in claims:
        is_told = claim.frame in _ENDING and claim.is_asserted and claim.polarity == "affirmed"
        if not is_told or claim.frame in known:
            continue
        finding = Finding(row.name, claim.id, "lift", "label", claim.text)
        (wrong if rests_on_authority(claim, vocabulary) else flagged).append(finding)
    return tuple(wrong), tuple(flagged)
