"""Pages of claims and verdicts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse

from coercivity.claims.model import Claim
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.register.convert import document_of, judgement_of, shown_claim
from coercivity.desk.register.highlights import Mark, Passage, passages
from coercivity.desk.register.models import ClaimRow, EventClaim, JudgementRow, VerdictRow
from coercivity.desk.register.views.lists import address_of, event_address, verdict_address
from coercivity.desk.wording import in_words
from coercivity.events import place_of

__all__ = ["claim", "claim_row", "history_of", "verdict"]


def claim_row(user: User, pk: int, claim: str) -> ClaimRow:
    """Return a claim that a person may see.

    Raises
    ------
    Http404
        If there is none, or it is somebody else's.
    """
    rows = ClaimRow.objects.select_related("document__within")
    return get_visible(rows, user, document_id=pk, claim=claim)


@page(Permission.SEE_EVIDENCE)
def claim(request: DeskRequest, pk: int, claim: str) -> Page:
    """Show a claim: who says what, how sure, where, what others say, what people judged."""
    row = claim_row(request.user, pk, claim)
    found = shown_claim(row)
    verdicts = _verdicts_of(row, request.user)
    events = visible(EventClaim, request.user).filter(claim=row).select_related("event")
    history = history_of(row, request.user)
    data = {
        "title": "Claim",
        "claim": found.to_json() | {"standing": row.standing},
        "document": {"id": row.document_id, "name": row.document.name},
        "verdicts": [told for told, _ in verdicts],
        "events": [
            {"event": e.event.event, "role": e.role, "title": e.event.title} for e in events
        ],
        "judgements": [step["row"].body | {"stands": step["stands"]} for step in history],
    }
    context = {
        "row": row,
        "found": found,
        "rows": _rows(found, row),
        "passages": _context(row),
        "verdicts": [shown for _, shown in verdicts],
        "events": [(link, event_address(link.event)) for link in events],
        "history": history,
        "acts": _acts(row) if not row.document.withdrawn_at else [],
        "section": "claims",
    }
    return Page("register/claim.html", data, context)


def _rows(found: Claim, row: ClaimRow) -> list[tuple[str, object]]:
    """Return what is told of a claim, in words."""
    speaker = found.speaker
    said = f"{speaker.name} ({speaker.role})" if speaker and speaker.role else ""
    official = "yes" if speaker and speaker.official else "no"
    return [
        ("Said by", said or (speaker.name if speaker else f"{row.document.witness} itself")),
        *([("Speaks officially", official), ("Found by", speaker.rule)] if speaker else []),
        ("How it is told", found.mode),
        ("What it is", found.kind),
        ("Polarity", found.polarity),
        ("Modality", found.modality),
        ("Says that something is so", found.is_asserted),
        ("Hedges", ", ".join(found.hedges) or "none"),
        ("Said at", found.said_at.value if found.said_at else None),
        ("Happened", found.when.value if found.when else None),
        ("Kind of act", in_words(found.frame) if found.frame else "Fits none"),
        ("Read with confidence", found.confidence),
        ("Rules", ", ".join(found.rules)),
        ("Witness family", row.document.family),
        ("Place", f"code points {found.span.start} to {found.span.end} of the raw text"),
    ]


def _context(row: ClaimRow) -> list[Passage]:
    """Return the blocks in which the claim stands, with its words marked."""
    document = document_of(row.document)
    blocks = [b for b in document.blocks if b.start < row.end and row.start < b.end]
    return passages(document, [Mark(1, row.start, row.end)], blocks)


def _verdicts_of(row: ClaimRow, user: User) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the verdicts that touch a claim: as data, and as the page shows them."""
    touching = visible(VerdictRow, user).filter(Q(a=row) | Q(b=row))
    found = []
    for verdict in touching.select_related("a__document", "b__document"):
        other = verdict.b if verdict.a_id == row.pk else verdict.a
        told = {
            "verdict": verdict.verdict,
            "relation": verdict.relation,
            "rule": verdict.rule,
            "other": other.claim if other else "",
            "note": verdict.note,
        }
        shown = {"row": verdict, "other": other, "address": verdict_address(verdict)}
        found.append((told, shown))
    return found


def history_of(row: ClaimRow, user: User) -> list[dict[str, Any]]:
    """Return every judgement about a claim, first first, and whether each stands.

    A judgement belongs to a claim by its id, or by the place of its words.
    """
    within = row.document.within
    rows = list(visible(JudgementRow, user).filter(within=within).order_by("id"))
    undone: set[str] = set()
    for step in reversed(rows):
        if step.row not in undone and step.undoes:
            undone.add(step.undoes)
    place = place_of(shown_claim(row))
    return [
        {"row": step, "judgement": judgement_of(step), "stands": step.row not in undone}
        for step in rows
        if row.claim in (step.claim, step.other)
        or place in (step.body["place"], step.body["other_place"])
    ]


def _acts(row: ClaimRow) -> list[tuple[str, str]]:
    """Return what a person may judge, with addresses."""
    acts = (
        ("accept", "Accept"),
        ("reject", "Reject"),
        ("correct", "Correct"),
        ("same", "Same event as …"),
        ("different", "Another event than …"),
    )
    return [
        (words, reverse(f"register:{name}", args=[row.document_id, row.claim]))
        for name, words in acts
    ]


@page(Permission.SEE_EVIDENCE)
def verdict(request: DeskRequest, within: int, verdict: str) -> Page:
    """Show a verdict: both claims with their words, slot by slot, and the rule that decided."""
    rows = VerdictRow.objects.select_related("a__document__within", "b__document__within")
    row = get_visible(rows, request.user, within_id=within, verdict=verdict)
    sides = [side for side in (row.a, row.b) if side is not None]
    data = {
        "title": f"Verdict: {row.relation.replace('_', ' ').lower()}",
        "verdict": row.verdict,
        "relation": row.relation,
        "rule": row.rule,
        "note": row.note,
        "differences": row.differences,
        "claims": [shown_claim(side).to_json() for side in sides],
    }
    context = {
        "row": row,
        "sides": [
            {"row": side, "address": address_of(side), "passages": _context(side)} for side in sides
        ],
        "section": "verdicts",
    }
    return Page("register/verdict.html", data, context)
