"""Events that touch controls: few may change the register, the rest are flagged.

A control is marked suspended, lifted or announced only on an explicit frame, positive polarity and
the named authority whose instrument it is. A licence is never a repeal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from coercivity.catalogue.model import Party
from coercivity.controls.model import ActionKind, Effect, EventFlag, Instrument, MeasureAction
from coercivity.errors import CoercivityError
from coercivity.timeline import PartialDate, parse_partial

if TYPE_CHECKING:
    from coercivity.events.model import PolicyEvent

__all__ = ["FRAME_ACTIONS", "fold_events"]

FRAME_ACTIONS: Mapping[str, ActionKind] = {
    "CONTROL_ANNOUNCED": ActionKind.ENACT,
    "TIGHTENED": ActionKind.ENACT,
    "SUSPENDED": ActionKind.SUSPEND,
    "LIFTED": ActionKind.REPEAL,
}
"""Frames that may change a control, with what they do to it."""

_LICENCE_FRAMES = frozenset({"LICENCE_GRANTED", "LICENCE_REFUSED"})
_POSITIVE = frozenset({"asserted", "confirmed"})


def fold_events(
    events: Iterable[PolicyEvent],
    instruments: Mapping[str, Instrument],
    actions: Sequence[MeasureAction],
    parties: Mapping[str, Party],
) -> tuple[tuple[MeasureAction, ...], tuple[EventFlag, ...]]:
    """Return the actions that events justify, and a flag for every event that touches controls.

    Parameters
    ----------
    events : iterable of PolicyEvent
    instruments : mapping of str to Instrument
        Those of the pack.
    actions : sequence of MeasureAction
        Those of the pack; an event that only repeats one adds nothing.
    parties : mapping of str to Party

    Returns
    -------
    tuple of MeasureAction, tuple of EventFlag
        In the order of the events' ids.
    """
    found: list[MeasureAction] = []
    flags: list[EventFlag] = []
    for event in sorted(events, key=lambda event: event.id):
        if event.frame in _LICENCE_FRAMES:
            flags.append(_unchanged(event, "a licence is an exception, not a repeal"))
        elif event.frame in FRAME_ACTIONS:
            action, flag = _judge(event, instruments, actions, parties)
            flags.append(flag)
            if action is not None:
                found.append(action)
    return tuple(found), tuple(flags)


def _judge(
    event: PolicyEvent,
    instruments: Mapping[str, Instrument],
    actions: Sequence[MeasureAction],
    parties: Mapping[str, Party],
) -> tuple[MeasureAction | None, EventFlag]:
    """Decide on one event whose frame may change a control."""
    if event.status not in _POSITIVE:
        return None, _unchanged(event, f"it is {event.status}, not affirmed")
    if event.contradicts:
        return None, _unchanged(event, "sources contradict one another")
    actor = parties.get(event.actor)
    if actor is None or actor.kind != "authority" or "no_named_authority" in event.flags:
        return None, _unchanged(event, "no authority is named as the one who acts")
    instrument = named_instrument(event, instruments)
    if instrument is None:
        return None, _unchanged(event, "no instrument of the register is named")
    targets = tuple(measure.id for measure in instrument.measures)
    if not _speaks_for(actor, instrument, parties):
        reason = f"{actor.name} does not issue {instrument.label}"
        return None, _unchanged(event, reason, targets)
    effective = _effective(event)
    if event.when is None or effective is None:
        return None, _unchanged(event, "the day on which it takes effect is not given", targets)
    action = _action(event, instrument, effective, parties)
    if any(_repeats(action, other, set(targets)) for other in actions):
        return None, _unchanged(event, "the register has this act already", targets)
    return action, EventFlag(
        event.id,
        folded=True,
        reason=f"{actor.name} acts upon {instrument.label}",
        measures=targets,
    )


def named_instrument(
    event: PolicyEvent, instruments: Mapping[str, Instrument]
) -> Instrument | None:
    """Return the instrument an event names by id or number, if exactly one fits."""
    name = _slot(event, "instrument")
    if not name:
        return None
    if name in instruments:
        return instruments[name]
    wanted = name.casefold()
    fitting = [i for i in instruments.values() if i.number.casefold() == wanted]
    return fitting[0] if len(fitting) == 1 else None


def _effective(event: PolicyEvent) -> date | None:
    """Day of effect; an announcement dates the announcement, not the effect."""
    stated = _day(_slot(event, "effective"))
    if stated is None and FRAME_ACTIONS[event.frame] is not ActionKind.ENACT:
        stated = event.when
    return stated.earliest if stated is not None and stated.is_exact else None


def _slot(event: PolicyEvent, name: str) -> str:
    return dict(event.slots).get(name, "")


def _speaks_for(actor: Party, instrument: Instrument, parties: Mapping[str, Party]) -> bool:
    """Whether the actor is the issuer, or belongs to it."""
    seen: set[str] = set()
    party: Party | None = actor
    while party is not None and party.id not in seen:
        if party.id == instrument.issuer:
            return True
        seen.add(party.id)
        party = parties.get(party.parent)
    return False


def _action(
    event: PolicyEvent, instrument: Instrument, start: date, parties: Mapping[str, Party]
) -> MeasureAction:
    until, known_by = _day(_slot(event, "until")), _day(_slot(event, "known_by"))
    countries = {_country(name, parties) for name in event.counterparties} - {""}
    announced = event.when.latest if event.when else start
    kind, effect = FRAME_ACTIONS[event.frame], None
    if kind is ActionKind.REPEAL and (countries or until):
        # Lifted for some, or for a time: the control itself stands for everybody else and after.
        kind, effect = ActionKind.RELAX, Effect.EXEMPT
    return MeasureAction(
        id=f"event:{event.id}",
        instrument="",
        target=instrument.id,
        kind=kind,
        effect=effect,
        start=start,
        until=None if until is None else until.earliest,
        announced_on=announced,
        recorded_on=max(instrument.published_on, known_by.latest if known_by else announced),
        destinations=tuple(sorted(countries)),
        items=event.items if set(event.items) <= _scope(instrument) else (),
        sources=event.sources,
        note=event.title,
    )


def _scope(instrument: Instrument) -> set[str]:
    return {item for measure in instrument.measures for item in measure.items}


def _country(name: str, parties: Mapping[str, Party]) -> str:
    party = parties.get(name)
    return party.country if party else (name if len(name) == 2 else "")


def _day(text: str) -> PartialDate | None:
    try:
        return parse_partial(text) if text else None
    except CoercivityError:
        return None


def _repeats(action: MeasureAction, other: MeasureAction, measures: set[str]) -> bool:
    """Whether another action does the same to the same on the same day."""
    same_target = other.target == action.target or other.target in measures
    return same_target and other.kind is action.kind and other.start == action.start


def _unchanged(event: PolicyEvent, reason: str, measures: tuple[str, ...] = ()) -> EventFlag:
    text = f"{event.title}: state unchanged, {reason}"
    return EventFlag(event.id, folded=False, reason=text, measures=measures)
