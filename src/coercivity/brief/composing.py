"""Compose the page: eight sections in order, and the appendices their links need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coercivity.brief.content import Appendix, Line, Page
from coercivity.brief.references import References
from coercivity.brief.sections import (
    answer,
    disagreement,
    follows,
    in_force,
    known,
    method,
    moves,
    who_may_ship,
)
from coercivity.brief.wording import counted, day, exact

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.phrases import Phrases
    from coercivity.brief.provenance import Provenance

DISCLAIMER: Final = (
    "Indicative analysis, not legal advice. Ranges are what the drawn uncertainty allows, not a "
    "forecast."
)


def compose(evidence: Evidence, findings: Findings, phrases: Phrases, made_by: Provenance) -> Page:
    """Write the page of a brief.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        What the simulation says.
    phrases : Phrases
        Subject words.
    made_by : Provenance
        Versions, hashes, command.

    Returns
    -------
    Page
        Sections 1 to 8 and the appendices.
    """
    refs = References(evidence)
    sections = (
        answer.write(evidence, findings, refs, phrases),
        known.write(evidence, refs),
        in_force.write(evidence, findings, refs),
        who_may_ship.write(evidence, findings, refs),
        follows.write(evidence, findings, refs, phrases),
        moves.write(evidence, findings, refs, phrases),
        disagreement.write(evidence, findings, refs),
        method.write(evidence, findings, refs, made_by),
    )
    return Page(
        title=evidence.pack.title,
        question=str(evidence.pack.meta.get("question") or ""),
        subtitle=("Coercivity brief",),
        facts=_front(evidence, findings),
        sections=sections,
        appendices=_appendices(refs),
        disclaimer=DISCLAIMER,
    )


def _front(evidence: Evidence, findings: Findings) -> tuple[tuple[str, Line], ...]:
    read = counted(len(evidence.claims.documents), "document")
    if evidence.own_notes:
        read += ", restated notes of our own"
    span = f"{day(findings.start)} to {day(findings.end)}"
    return (
        ("As known on", (day(evidence.as_of),)),
        ("Read", (f"{read}; {counted(len(evidence.pack.sources), 'source')} behind the pack",)),
        ("Simulated", (f"{span}, day by day",)),
        (
            "Ensemble",
            (
                f"{counted(len(findings.ensemble.results), 'scenario')}, "
                f"{exact(findings.members)} paired members each",
            ),
        ),
    )


def _appendices(refs: References) -> tuple[Appendix, ...]:
    """Entries for everything referred to; sources last, because all others refer to them."""
    found = (
        (
            "quantities",
            "Quantities and their claims",
            "Every quantity the brief refers to, with all its claims: those that agree, those "
            "that conflict, and those that count something else.",
            refs.quantity_entries(),
        ),
        (
            "claims",
            "Claims",
            "Every statement the brief refers to, with the words marked in their context, or the "
            "restatement of the pack with its fact.",
            refs.claim_entries(),
        ),
        (
            "instruments",
            "Instruments",
            "Published acts referred to.",
            refs.instrument_entries(),
        ),
        ("documents", "Documents read", "What was read for this brief.", refs.document_entries()),
        (
            "sources",
            "Sources",
            "Who published what, with addresses. Copies of one story share a family and are one "
            "witness.",
            refs.source_entries(),
        ),
    )
    return tuple(Appendix(*entry) for entry in found if entry[3])
