"""The state of one measure on a day: the fold of the actions known by another day.

An action whose sub-scope may or may not cover the shipment makes two states possible, so the fold
carries every possible state along. A suspension or a relaxation whose end date has passed leaves
the measure unknown: silence of the sources is neither revival nor extension.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from coercivity.controls.load import extended_by
from coercivity.controls.logic import Truth
from coercivity.controls.model import ActionKind, Effect, Measure, MeasureAction, Phase

__all__ = ["Standing", "fold", "is_partial", "resolve_extensions"]

_NO_DATES: Mapping[str, date] = MappingProxyType({})
_ALIVE = (Phase.IN_FORCE, Phase.SUSPENDED, Phase.UNKNOWN, Phase.NOT_YET_EFFECTIVE)


@dataclass(frozen=True)
class Standing:
    """One possible state of a measure.

    Parameters
    ----------
    phase : Phase
        State.
    effect : Effect
        Effect it has while in force.
    possible : tuple of Effect
        Effects it may have now; more than one if the phase is unknown.
    dates : mapping of str to date
        Dates used.
    actions : tuple of MeasureAction
        Actions that made the state.
    knowledge_ends : date or None
        Day from which the sources are silent: past if the phase is unknown, else to come.
    """

    phase: Phase
    effect: Effect
    possible: tuple[Effect, ...] = (Effect.NONE,)
    dates: Mapping[str, date] = field(default_factory=lambda: _NO_DATES)
    actions: tuple[MeasureAction, ...] = ()
    knowledge_ends: date | None = None

    def sources_with(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Return `sources` and those of the actions, each once."""
        return tuple(dict.fromkeys([*sources, *(s for a in self.actions for s in a.sources)]))

    def facts_with(self, facts: Sequence[str]) -> tuple[str, ...]:
        """Return `facts` and those of the actions, each once."""
        return tuple(dict.fromkeys([*facts, *(f for a in self.actions for f in a.facts)]))


def resolve_extensions(actions: Sequence[MeasureAction]) -> tuple[MeasureAction, ...]:
    """Turn each ``extend`` into a further act of the kind it prolongs.

    Parameters
    ----------
    actions : sequence of MeasureAction
        Actions on one measure in order of record.

    Returns
    -------
    tuple of MeasureAction
        The same number of actions without ``extend``.
    """
    resolved: list[MeasureAction] = []
    for action in actions:
        if action.kind is ActionKind.EXTEND:
            prolonged = extended_by(action, resolved)
            if prolonged is None:
                continue
            action = replace(action, kind=prolonged.kind, effect=prolonged.effect)
        resolved.append(action)
    return tuple(resolved)


def is_partial(action: MeasureAction, measure: Measure) -> bool:
    """Whether an action covers less than the scope of the measure."""
    return any(
        part and not (whole and set(whole) <= set(part))
        for part, whole in (
            (action.destinations, measure.destinations),
            (action.items, measure.items),
            (action.end_users, measure.end_users),
        )
    )


def fold(
    effect: Effect, actions: Sequence[tuple[MeasureAction, Truth]], day: date
) -> tuple[Standing, ...]:
    """Return every state a measure may be in on a day.

    Parameters
    ----------
    effect : Effect
        The measure's own effect.
    actions : sequence of (MeasureAction, bool or None)
        Known actions in order of record, extensions resolved, each with whether its sub-scope
        covers the shipment. Those that do not are skipped.
    day : date
        Day in the issuer's zone.

    Returns
    -------
    tuple of Standing
        One, unless a sub-scope is undecided.
    """
    standings = [Standing(Phase.UNPUBLISHED, effect)]
    for action, covers in actions:
        if covers is False:
            continue
        after = [_apply(standing, action, day) for standing in standings]
        standings = after if covers else _distinct([*standings, *after])
    return tuple(standings)


def _distinct(standings: Sequence[Standing]) -> list[Standing]:
    """Keep one standing per phase and set of effects, so that branches do not multiply."""
    kept: dict[tuple[Phase, Effect, tuple[Effect, ...]], Standing] = {}
    for standing in standings:
        kept.setdefault((standing.phase, standing.effect, standing.possible), standing)
    return list(kept.values())


def _apply(state: Standing, action: MeasureAction, day: date) -> Standing:
    """Return the state after one action that covers the shipment."""
    return _STEPS[action.kind](state, action, day)


def _noted(state: Standing, action: MeasureAction, **dates: date | None) -> Standing:
    """Add an action and the dates it brings."""
    given = {name: day for name, day in dates.items() if day is not None}
    return replace(
        state,
        actions=(*state.actions, action),
        dates=MappingProxyType({**state.dates, **given}),
    )


def _enact(state: Standing, action: MeasureAction, day: date) -> Standing:
    effect = action.effect or state.effect
    if day < action.start:
        if state.phase is not Phase.UNPUBLISHED:
            return state
        pending = replace(state, phase=Phase.NOT_YET_EFFECTIVE, effect=effect)
        return _noted(pending, action, effective=action.start)
    noted = _noted(state, action, effective=action.start, ends=action.until)
    if action.until is not None and day >= action.until:
        return replace(noted, phase=Phase.EXPIRED, possible=(Effect.NONE,), knowledge_ends=None)
    return replace(
        noted, phase=Phase.IN_FORCE, effect=effect, possible=(effect,), knowledge_ends=None
    )


def _suspend(state: Standing, action: MeasureAction, day: date) -> Standing:
    if day < action.start or state.phase not in _ALIVE:
        return state
    noted = _noted(state, action, suspended_from=action.start, suspended_until=action.until)
    if action.until is None or day < action.until:
        return replace(
            noted,
            phase=Phase.SUSPENDED,
            possible=(Effect.NONE,),
            knowledge_ends=action.until,
        )
    if state.phase is Phase.NOT_YET_EFFECTIVE:
        return noted
    # Neither revival nor extension follows from the end of a suspension.
    return replace(
        noted,
        phase=Phase.UNKNOWN,
        possible=_possible(Effect.NONE, state.effect),
        knowledge_ends=action.until,
    )


def _resume(state: Standing, action: MeasureAction, day: date) -> Standing:
    if day < action.start or state.phase not in (Phase.SUSPENDED, Phase.UNKNOWN):
        return state
    noted = _noted(state, action, resumed=action.start, ends=action.until)
    if action.until is not None and day >= action.until:
        return replace(
            noted,
            phase=Phase.UNKNOWN,
            possible=_possible(Effect.NONE, state.effect),
            knowledge_ends=action.until,
        )
    if "effective" in state.dates and day < state.dates["effective"]:
        return replace(noted, phase=Phase.NOT_YET_EFFECTIVE, possible=(Effect.NONE,))
    return replace(
        noted, phase=Phase.IN_FORCE, possible=(state.effect,), knowledge_ends=action.until
    )


def _change(state: Standing, action: MeasureAction, day: date) -> Standing:
    """Relax or amend: another effect, for a time or for good."""
    if action.effect is None or day < action.start or state.phase not in _ALIVE:
        return state
    noted = _noted(state, action, changed=action.start, changed_until=action.until)
    over = action.until is not None and day >= action.until
    if state.phase in (Phase.SUSPENDED, Phase.NOT_YET_EFFECTIVE):
        return noted if over else replace(noted, effect=action.effect)
    if over:
        # The old effect may be back, or the new one may have been kept on.
        return replace(
            noted,
            phase=Phase.UNKNOWN,
            possible=_possible(*state.possible, action.effect),
            knowledge_ends=action.until,
        )
    possible = tuple(e if e is Effect.NONE else action.effect for e in state.possible)
    if state.phase is Phase.IN_FORCE:
        possible = (action.effect,)
    return replace(
        noted,
        effect=action.effect,
        possible=_possible(*possible),
        knowledge_ends=action.until or state.knowledge_ends,
    )


def _repeal(state: Standing, action: MeasureAction, day: date) -> Standing:
    if day < action.start or state.phase is Phase.UNPUBLISHED:
        return state
    noted = _noted(state, action, repealed=action.start)
    return replace(noted, phase=Phase.REPEALED, possible=(Effect.NONE,), knowledge_ends=None)


def _unchanged(state: Standing, action: MeasureAction, day: date) -> Standing:
    """Leave the state: an extension has been resolved into the act it prolongs."""
    return state


def _possible(*effects: Effect) -> tuple[Effect, ...]:
    return tuple(sorted(set(effects), key=lambda effect: effect.rank))


_STEPS: Final[Mapping[ActionKind, Callable[[Standing, MeasureAction, date], Standing]]] = {
    ActionKind.ENACT: _enact,
    ActionKind.SUSPEND: _suspend,
    ActionKind.RESUME: _resume,
    ActionKind.RELAX: _change,
    ActionKind.AMEND: _change,
    ActionKind.REPEAL: _repeal,
    ActionKind.EXTEND: _unchanged,
}
