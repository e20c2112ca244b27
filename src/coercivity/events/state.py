"""What events say about a control: in force, suspended or lifted, and for whom excepted.

A cautious reading: only explicit acts, affirmed, undisputed and of a named authority change the
state. A licence is an exception; it never ends a control.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from coercivity.claims.compare import countries_of, items_related
from coercivity.claims.vocabulary import Vocabulary, load_vocabulary
from coercivity.events.model import PolicyEvent, PolicyState

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["policy_state"]

_STATED = frozenset({"asserted", "confirmed"})


def policy_state(
    events: Iterable[PolicyEvent],
    pack: Pack,
    *,
    actor: str,
    items: Sequence[str],
    destination: str = "",
    on: date | None = None,
) -> PolicyState:
    """Say what the events make of a country's control on some items.

    Parameters
    ----------
    events : iterable of PolicyEvent
    pack : Pack
        Tells which item includes which.
    actor : str
        Country whose control it is.
    items : sequence of str
        Item ids.
    destination : str
        Country code; empty for all.
    on : date, optional
        Only what had happened, or was known, by that day.

    Returns
    -------
    PolicyState
        ``in force`` if a control was announced, or a licence was granted, which takes a control
        for granted; ``unknown`` if neither is told.
    """
    vocabulary = load_vocabulary(pack)
    relevant = [
        event
        for event in sorted(events, key=lambda event: (_day(event) or date.max, event.id))
        if _concerns(event, actor, items, vocabulary) and _is_known(event, on)
    ]
    status, since, flags, used = "unknown", None, [], []
    exceptions: list[dict[str, str]] = []
    for event in relevant:
        if event.frame in ("CONTROL_ANNOUNCED", "TIGHTENED") and event.status in _STATED:
            if not _reaches(event, destination, vocabulary):
                continue
            status, since = "in force", since or _day(event)
            used.append(event.id)
        elif event.frame == "LICENCE_GRANTED" and event.status in _STATED:
            if _reaches(event, destination, vocabulary):
                exceptions.append(_exception(event))
                used.append(event.id)
        elif event.frame in ("SUSPENDED", "LIFTED"):
            reason = _why_not(event, destination, vocabulary)
            if reason:
                flags.append(f"{event.title}: state unchanged, {reason}")
            else:
                status = "suspended" if event.frame == "SUSPENDED" else "lifted"
                since = _day(event)
            used.append(event.id)
    if status == "unknown" and exceptions:
        status = "in force"
        flags.append("no announcement is told; a licence takes a control for granted")
    return PolicyState(
        actor, tuple(items), status, since, tuple(exceptions), tuple(flags), tuple(used)
    )


def _day(event: PolicyEvent) -> date | None:
    if event.when is not None:
        return event.when.latest
    known = event.slot("known_by")
    return date.fromisoformat(known) if known else None


def _is_known(event: PolicyEvent, on: date | None) -> bool:
    day = event.when.earliest if event.when is not None else _day(event)
    return on is None or day is None or day <= on


def _concerns(event: PolicyEvent, actor: str, items: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether an event is about this country's control on these items."""
    lands = countries_of((event.actor,), vocabulary)
    if lands and actor not in lands:
        return False
    if not event.items:
        return event.frame == "LICENCE_GRANTED"
    return items_related(event.items, items, vocabulary) != "conflict"


def _reaches(event: PolicyEvent, destination: str, vocabulary: Vocabulary) -> bool:
    """Whether an event holds for a destination: for all, if it names none."""
    lands = countries_of(event.counterparties, vocabulary)
    return not destination or not lands or destination in lands


def _why_not(event: PolicyEvent, destination: str, vocabulary: Vocabulary) -> str:
    """Every reason why an event cannot change the state, or an empty string."""
    reasons = []
    if event.status not in _STATED:
        reasons.append(f"it is {_mood(event)}")
    elif event.contradicts:
        reasons.append("sources contradict one another")
    if "no_named_authority" in event.flags:
        reasons.append("no authority is named")
    if not _reaches(event, destination, vocabulary):
        reasons.append("it is for another destination")
    elif not destination and countries_of(event.counterparties, vocabulary):
        reasons.append("it is for one destination only")
    return " and ".join(reasons)


def _mood(event: PolicyEvent) -> str:
    """Say in what mood an event is told that nobody states as a fact."""
    if event.status == "questioned" and not event.questions:
        moods = " or ".join(mood for mood in ("planned", "possible") if mood in event.flags)
        return f"only {moods}" if moods else event.status
    return event.status


def _exception(event: PolicyEvent) -> dict[str, str]:
    """Describe a licence as an exception: for whom, how many, known by when, granted when."""
    return {
        "event": event.id,
        "recipients": event.slot("recipients") or "; ".join(event.counterparties),
        "count": event.slot("count") or "unknown",
        "known_by": event.slot("known_by") or "unknown",
        "grant_date": event.when.text if event.when else "unknown",
    }
