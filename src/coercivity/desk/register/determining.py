"""Ask the register of controls, with or without what one's own documents tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from coercivity.catalogue import Pack
from coercivity.controls import (
    Determination,
    EventFlag,
    Query,
    Register,
    build_register,
    determine,
)
from coercivity.controls.model import UNKNOWN, LicenceCover
from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.register.convert import event_of
from coercivity.desk.register.models import EventRow, EvidenceSet

__all__ = ["Answer", "answer", "evidence_register", "query_of", "register_for", "source_of"]


@dataclass(frozen=True)
class Answer:
    """A determination and where what it rests on was published.

    Parameters
    ----------
    pack : str
        Subject.
    found : Determination
        From the library.
    sources : tuple of mapping
        Of the measures that govern or may govern, each once.
    flags : tuple of EventFlag
        What the register made of the events of one's own documents, if they were asked for.
    """

    pack: str
    found: Determination
    sources: tuple[Mapping[str, Any], ...]
    flags: tuple[EventFlag, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        flags = [{"event": f.event, "folded": f.folded, "reason": f.reason} for f in self.flags]
        told = {"pack": self.pack, "sources": list(self.sources), "evidence": flags}
        return {**self.found.to_json(), **told}


@lru_cache(maxsize=8)
def _licences(pack: str) -> tuple[LicenceCover, ...]:
    from coercivity.licences import load_licences

    return tuple(load_licences(packs.opened(pack)))


def query_of(said: Mapping[str, Any], item: str) -> Query:
    """Return the question that a form or a request of the API asks."""
    end_use = said["end_use"] or None
    share: Decimal | None = said.get("share")
    return Query(
        item=item,
        origin=said["origin"],
        destination=said["destination"],
        on=said["on"],
        end_use=None if end_use == UNKNOWN else (end_use or Query.end_use),
        end_user=said.get("end_user") or None,
        known_at=said.get("known_at"),
        contains=tuple(said.get("contains") or ()) or None,
        origin_content_share=None if share is None else float(share) / 100.0,
    )


def answer(user: User, pack: str, query: Query, *, with_evidence: bool = False) -> Answer:
    """Determine what a shipment needs.

    Parameters
    ----------
    user : User
        Whose documents count, if any.
    pack : str
        Subject.
    query : Query
    with_evidence : bool
        Whether events told by the documents of the person's organisation count too: few may change
        a control, and all that touch one are flagged.

    Returns
    -------
    Answer

    Raises
    ------
    NotFoundError
        If there is no such pack, item or country.
    InputError
        If a value is not possible.
    """
    opened = packs.opened(pack)
    opened.item(query.item)
    register = register_for(user, pack, with_evidence=with_evidence)
    found = determine(register, query, licences=_licences(pack))
    steps = [step for step in found.trace if step.matched is not False]
    ids = dict.fromkeys(source for step in steps for source in step.sources)
    sources = tuple(source_of(opened, key) for key in ids)
    return Answer(pack, found, sources, register.flags if with_evidence else ())


def register_for(user: User, pack: str, *, with_evidence: bool = False) -> Register:
    """Return a pack's register, perhaps with what the person's own documents tell."""
    packs.opened(pack)
    if with_evidence and user.may(Permission.SEE_EVIDENCE):
        own = visible(EvidenceSet, user).filter(pack=pack).first()
        if own is not None:
            return evidence_register(own)
    return packs.register_of(pack)


def evidence_register(within: EvidenceSet) -> Register:
    """Return the register of a pack with the events that a set of documents tells of."""
    return _evidence_register(within.pk, within.revision, within.settled_at, within.pack)


@lru_cache(maxsize=16)
def _evidence_register(
    pk: int, _revision: int, _settled_at: datetime | None, pack: str
) -> Register:
    # A revision settled at a moment never comes back, so what was built for it stays right.
    rows: Iterable[EventRow] = EventRow.objects.filter(within_id=pk).exclude(origin="pack")
    return build_register(packs.opened(pack), [event_of(row.body) for row in rows])


def source_of(pack: Pack, key: str) -> dict[str, Any]:
    """Return who published what a source's id stands for; its address only if it is one."""
    found = pack.sources.get(key)
    if found is None:
        return {"id": key, "publisher": key, "url": "", "published": "", "grade": ""}
    is_web = urlsplit(found.url).scheme in ("http", "https")
    return {
        "id": key,
        "publisher": found.publisher,
        "url": found.url if is_web else "",
        "published": found.published.text if found.published else "",
        "grade": found.grade,
    }
