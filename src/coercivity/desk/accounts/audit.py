"""The audit trail: one chain of digests per case, added to in the transaction of the act itself."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils import timezone

from coercivity.desk.accounts.models import AuditEvent
from coercivity.desk.moment import now
from coercivity.errors import InvariantError

if TYPE_CHECKING:
    from coercivity.desk.accounts.models import Organisation, User

__all__ = ["FIRST", "record", "verify"]

FIRST: Final = "0" * 64
"""What the first event of a chain follows."""


def record(
    chain: str,
    event: str,
    *,
    actor: User | None,
    owner: Organisation | None,
    authority: Organisation | None,
    at: datetime | None = None,
    **details: Any,
) -> AuditEvent:
    """Add an event to a chain.

    Parameters
    ----------
    chain : str
        The case, such as ``case/A0000012``.
    event : str
        What happened, in one word or two.
    actor : User or None
        Who did it; None is the desk itself.
    owner, authority : Organisation or None
        Who may see it.
    at : datetime, optional
        When; now if not given.
    **details
        Plain values; quantities as text.

    Raises
    ------
    InvariantError
        If no transaction is open: an act and its trace are written together or not at all.
    """
    if not connection.in_atomic_block:
        raise InvariantError("an audit event outside a transaction", where=chain)
    _lock(chain)
    so_far = AuditEvent.objects.filter(chain=chain).order_by("-number")
    last = so_far.only("number", "digest").first()
    row = AuditEvent(
        chain=chain,
        number=last.number + 1 if last else 1,
        at=at or now(),
        actor=actor,
        actor_name=str(actor) if actor else "the desk",
        event=event,
        details=json.loads(json.dumps(details, default=str)),
        owner=owner,
        authority=authority,
        previous=last.digest if last else FIRST,
    )
    row.digest = _digest(row)
    row.save(force_insert=True)
    return row


def verify(chain: str) -> int:
    """Work out every digest of a chain anew.

    Returns
    -------
    int
        Number of events.

    Raises
    ------
    InvariantError
        If an event was changed, removed or put in between.
    """
    previous, count = FIRST, 0
    for row in AuditEvent.objects.filter(chain=chain).order_by("number").iterator():
        count += 1
        if row.number != count or row.previous != previous or row.digest != _digest(row):
            raise InvariantError(
                "the audit trail has been tampered with",
                where=f"{chain}, event {row.number}",
                expected=f"event {count}, following {previous[:12]}",
            )
        previous = row.digest
    return count


def _digest(row: AuditEvent) -> str:
    body = [
        row.previous,
        row.chain,
        row.number,
        row.at.astimezone(timezone.get_default_timezone()).isoformat(),
        row.actor_id,
        row.actor_name,
        row.event,
        row.details,
        row.owner_id,
        row.authority_id,
    ]
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lock(chain: str) -> None:
    """Let nobody else add to the chain until the transaction ends; SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return
    key = int.from_bytes(hashlib.sha256(chain.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
