"""What the register says of a day: states of measures, changes, dated acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from coercivity.controls.model import Effect, Instrument, Measure, MeasureAction, Phase

__all__ = ["STATE_COLUMNS", "Change", "MeasureState", "TimelineRow", "differs", "state_row"]

STATE_COLUMNS = (
    *("instrument", "number", "issuer", "measure", "article", "type", "effect", "phase"),
    *("since", "knowledge_ends", "items", "origins", "destinations", "end_uses", "parts"),
)
"""Columns of a table of states."""


@dataclass(frozen=True)
class MeasureState:
    """State of a measure as a whole; parts of its scope may stand otherwise.

    Parameters
    ----------
    instrument : Instrument
        Where it stands.
    measure : Measure
        The measure.
    phase : Phase
        State of the whole.
    effect : Effect
        Effect while in force.
    since : date or None
        First day of effect.
    knowledge_ends : date or None
        Day from which the sources are silent.
    parts : tuple of str
        Ids of known actions that change the state for part of its scope on that day.
    actions : tuple of str
        Ids of the actions that made the state.
    sources : tuple of str
        Sources of the instrument and of these actions.
    """

    instrument: Instrument
    measure: Measure
    phase: Phase
    effect: Effect
    since: date | None
    knowledge_ends: date | None
    parts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A measure whose state differs between two points of the two times.

    Parameters
    ----------
    before, after : MeasureState or None
        None if nothing of the measure was known.
    """

    before: MeasureState | None
    after: MeasureState | None

    @property
    def measure(self) -> str:
        """Id of the measure."""
        state = self.after or self.before
        return state.measure.id if state else ""

    @property
    def actions(self) -> tuple[str, ...]:
        """Ids of the actions that count on one side only."""
        first = (*self.before.actions, *self.before.parts) if self.before else ()
        second = (*self.after.actions, *self.after.parts) if self.after else ()
        return tuple(key for key in (*first, *second) if (key in first) != (key in second))

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of both states, each once."""
        sides = (side.sources for side in (self.before, self.after) if side is not None)
        return tuple(dict.fromkeys(source for side in sides for source in side))


@dataclass(frozen=True)
class TimelineRow:
    """One dated act: when it was recorded, when it takes effect and until when."""

    recorded_on: date
    start: date
    until: date | None
    action: MeasureAction
    instrument: Instrument | None
    measures: tuple[str, ...]


def differs(change: Change) -> bool:
    """Whether the two states are not the same."""
    before, after = change.before, change.after
    if before is None or after is None:
        return before is not after
    return (before.phase, before.effect, before.parts, before.knowledge_ends) != (
        after.phase,
        after.effect,
        after.parts,
        after.knowledge_ends,
    )


def state_row(state: MeasureState) -> dict[str, Any]:
    """Return a state as a row of the columns :data:`STATE_COLUMNS`."""
    measure, instrument = state.measure, state.instrument
    return {
        "instrument": instrument.id,
        "number": instrument.number,
        "issuer": instrument.issuer,
        "measure": measure.id,
        "article": measure.article,
        "type": measure.type.value,
        "effect": state.effect.value,
        "phase": state.phase.value,
        "since": state.since,
        "knowledge_ends": state.knowledge_ends,
        "items": " ".join(measure.items) or "*",
        "origins": " ".join(measure.origins) or "*",
        "destinations": " ".join(measure.destinations) or "*",
        "end_uses": " ".join(measure.end_uses) or "*",
        "parts": " ".join(state.parts),
    }
