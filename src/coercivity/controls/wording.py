"""Sentences of a trace."""

from __future__ import annotations

from collections.abc import Sequence

from coercivity.controls.answer import ScopeTest
from coercivity.controls.fold import Standing
from coercivity.controls.logic import Truth
from coercivity.controls.model import Effect, Instrument, Measure, Phase

__all__ = ["EFFECT_WORDS", "free_conditions", "step_text"]

EFFECT_WORDS = {
    Effect.PROHIBIT: "prohibits",
    Effect.PRESUME_DENIAL: "presumes denial of",
    Effect.REQUIRE_LICENCE: "requires a licence for",
    Effect.REQUIRE_DECLARATION: "requires a declaration of",
    Effect.EXEMPT: "exempts",
    Effect.NONE: "notes",
}


def step_text(
    instrument: Instrument,
    measure: Measure,
    standing: Standing,
    *,
    scope: Truth,
    tests: Sequence[ScopeTest],
) -> str:
    """Return one sentence on what a measure had to say.

    Parameters
    ----------
    instrument, measure : Instrument, Measure
    standing : Standing
        State shown.
    scope : bool or None
        Whether the shipment is in scope.
    tests : sequence of ScopeTest
        Tests made.
    """
    name = f"{instrument.label}, {measure.article}" if measure.article else instrument.label
    if scope is False:
        failed = next(test for test in tests if test.value is False)
        return f"{name}: out of scope, {failed.reason}."
    state = _state_words(standing)
    if measure.effect is Effect.NONE:
        return f"{name}: {instrument.title}; {state}. It decides nothing by itself."
    effect = standing.possible[-1] if standing.phase is Phase.IN_FORCE else standing.effect
    text = f"{name} {EFFECT_WORDS[effect]} this: {state}."
    if scope is None:
        unsure = "; ".join(test.reason for test in tests if test.value is None)
        text += f" Whether it applies is not known: {unsure}."
    return text


def _state_words(standing: Standing) -> str:
    """Say in which state a measure is and since when."""
    dates = standing.dates
    since = dates.get("resumed") or dates.get("effective")
    until = dates.get("suspended_until")
    if standing.phase is Phase.IN_FORCE:
        changed = dates.get("changed")
        words = f"in force since {since}"
        return f"{words}, as changed on {changed}" if changed else words
    if standing.phase is Phase.NOT_YET_EFFECTIVE:
        return f"not yet effective before {dates.get('effective')}"
    if standing.phase is Phase.SUSPENDED:
        effective, start = dates.get("effective"), dates.get("suspended_from")
        words = f"suspended from {start}" + (f" to {until}" if until else "")
        before = effective is not None and start is not None and start <= effective
        return f"{words}, before it took effect on {effective}" if before else words
    if standing.phase is Phase.UNKNOWN:
        return f"unknown since {standing.knowledge_ends}, when its last known term ended"
    if standing.phase is Phase.EXPIRED:
        return f"expired on {dates.get('ends')}"
    if standing.phase is Phase.REPEALED:
        return f"repealed on {dates.get('repealed')}"
    return "not published"


def free_conditions(measure: Measure, instrument: Instrument) -> tuple[str, ...]:
    """Return what would take a shipment out of a measure's scope.

    Parameters
    ----------
    measure : Measure
    instrument : Instrument

    Returns
    -------
    tuple of str
        One condition per dimension that the facts of the shipment could change, then the acts
        that would end the measure.
    """
    label = instrument.label
    conditions = []
    if measure.contains_any:
        conditions.append(f"the goods contain none of {', '.join(measure.contains_any)}")
    if measure.end_uses:
        conditions.append(f"the end use is not {' or '.join(measure.end_uses)}")
    if measure.end_users:
        conditions.append("the end user is on no list and not owned by a listed party")
    if measure.de_minimis_share is not None:
        conditions.append(f"listed content stays below {measure.de_minimis_share:.4g} of the value")
    facts = tuple(f"{condition} ({label})" for condition in conditions)
    return (*facts, f"{label} is suspended, relaxed for the destination, or repealed")
