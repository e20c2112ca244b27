"""The page of an event: who supports it, who contradicts it, who only asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from coercivity.catalogue import Pack
from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.register.convert import event_of
from coercivity.desk.register.determining import evidence_register, source_of
from coercivity.desk.register.models import ClaimRole, EventRow
from coercivity.desk.register.views.lists import EVENT_ORIGINS, address_of
from coercivity.desk.wording import in_words
from coercivity.events import PolicyEvent
from coercivity.events.table import pack_claim_id

__all__ = ["event"]

_ROLES = {
    ClaimRole.SUPPORTS: "States it",
    ClaimRole.CONTRADICTS: "Contradicts it",
    ClaimRole.QUESTIONS: "Only asks",
    ClaimRole.OPEN: "Answers without saying",
    ClaimRole.FORETELLS: "Tells of it as planned or possible",
}


@page(Permission.SEE_EVIDENCE)
def event(request: DeskRequest, within: int, event: str) -> Page:
    """Show an event with every claim about it, and what the register made of it."""
    rows = EventRow.objects.select_related("within")
    row = get_visible(rows, request.user, within_id=within, event=event)
    found = event_of(row.body)
    links = row.links.select_related("claim__document").order_by("claim__document", "claim")
    said = [
        {
            "role": words,
            "links": [(link.claim, address_of(link.claim)) for link in links if link.role == role],
            "told": _of_pack(found, role, row.within.pack),
        }
        for role, words in _ROLES.items()
    ]
    flags = [f for f in evidence_register(row.within).flags if f.event == found.id]
    data = {
        "title": found.title,
        "event": found.to_json(),
        "register": [{"folded": f.folded, "reason": f.reason} for f in flags],
    }
    context = {
        "row": row,
        "rows": _rows(found, row, packs.opened(row.within.pack)),
        "said": [group for group in said if group["links"] or group["told"]],
        "flags": flags,
        "question": _question(found, row),
        "section": "events",
    }
    return Page("register/event.html", data, context)


def _rows(found: PolicyEvent, row: EventRow, pack: Pack) -> list[tuple[str, object]]:
    def named(party: str) -> str:
        known = pack.parties.get(party)
        return known.name if known else party

    items = [pack.items[key].name if key in pack.items else key for key in found.items]
    slots = [(name.replace("_", " ").capitalize(), value) for name, value in found.slots]
    return [
        ("When", found.when.text if found.when else None),
        ("Kind of act", in_words(found.frame)),
        ("Status", in_words(found.status)),
        ("Independent witnesses", found.independent_families),
        ("Who acted", named(found.actor)),
        ("Towards whom", ", ".join(named(party) for party in found.counterparties)),
        ("Items", ", ".join(items)),
        ("Place", found.place),
        *slots,
        ("To be said with it", ", ".join(flag.replace("_", " ") for flag in found.flags)),
        ("Told by", EVENT_ORIGINS.get(row.origin, found.origin)),
    ]


def _of_pack(found: PolicyEvent, role: ClaimRole, name: str) -> list[dict[str, Any]]:
    """Return what the sources of the subject's own table say, in one role."""
    ids = set(getattr(found, role.value, ())) if role != ClaimRole.FORETELLS else set()
    pack = packs.opened(name)
    rows = [row for row in pack.table("events") if row["id"] == found.id]
    return [
        {"source": source_of(pack, told["source"]), "says": told.get("says") or ""}
        for row in rows
        for position, told in enumerate(row["claims"])
        if pack_claim_id(row["id"], told["source"], position) in ids
    ]


def _question(found: PolicyEvent, row: EventRow) -> str:
    """Return the address of the determination that an event makes one ask for; or nothing."""
    pack = packs.opened(row.within.pack)
    lands = [_land(pack, party) for party in (found.actor, *found.counterparties)]
    day = found.when.latest if found.when else row.day
    items = [item for item in found.items if item in pack.items]
    if len(lands) < 2 or not lands[0] or not lands[1] or day is None or not items:
        return ""
    asked = {
        "item": f"{row.within.pack}:{items[0]}",
        "origin": lands[0],
        "destination": lands[1],
        "on": day.isoformat(),
        "evidence": "on",
    }
    return f"{reverse('register:controls')}?{urlencode(asked)}"


def _land(pack: Pack, party: str) -> str:
    known = pack.parties.get(party)
    return known.country if known else (party if len(party) == 2 else "")
