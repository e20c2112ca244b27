"""The question and the answer: queries, scope tests, trace steps, determinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any, Final

from coercivity.controls.logic import Truth
from coercivity.controls.model import CIVIL, Effect, Outcome, Phase

__all__ = ["NOTICE", "Determination", "Query", "ScopeTest", "TraceStep"]

NOTICE: Final = "Indicative analysis, not legal advice"


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question: what does this shipment need on that day, as known on another day.

    Parameters
    ----------
    item : str
        Item id of the pack.
    origin, destination : str
        ISO 3166 alpha-2 or alpha-3 codes: where it leaves from, where it ends up.
    on : date or datetime
        Export date; an aware moment is turned into the issuer's calendar day.
    end_use : str or None
        End use; None is not known. The default is a civil use that no measure names.
    end_user : str or None
        Party id or name; None means that nobody is named and a party on no list is assumed;
        ``"unknown"`` assumes nothing.
    known_at : date or None
        Only what was recorded by this day counts; None counts everything.
    contains : tuple of str or None
        What the goods contain, complete; None takes the item's contents.
    origin_content_share : float or None
        Share of value of listed content made in the issuer's country, 0 to 1; None is not known.
    owned_by : tuple of (str, float) or None
        Owners of the end user and their shares, complete; None is not known.
    hs_code : str or None
        Customs code declared; shown in the trace, never used to clear anything.
    """

    item: str
    origin: str
    destination: str
    on: date | datetime
    end_use: str | None = CIVIL
    end_user: str | None = None
    known_at: date | None = None
    contains: tuple[str, ...] | None = None
    origin_content_share: float | None = None
    owned_by: tuple[tuple[str, float], ...] | None = None
    hs_code: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the question as plain values."""
        return {
            "item": self.item,
            "origin": self.origin,
            "destination": self.destination,
            "end_use": self.end_use,
            "end_user": self.end_user,
            "on": self.on.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "contains": list(self.contains) if self.contains is not None else None,
            "origin_content_share": self.origin_content_share,
            "owned_by": [list(pair) for pair in self.owned_by] if self.owned_by else self.owned_by,
            "hs_code": self.hs_code,
        }


@dataclass(frozen=True)
class ScopeTest:
    """One test of a query against a measure's scope.

    Parameters
    ----------
    name : str
        Which dimension: ``item``, ``contents``, ``origin``, ``destination``, ``end_use``,
        ``end_user``, ``content_share``.
    value : bool or None
        In scope, out of scope, or not known.
    reason : str
        Why, in a clause.
    missing : str
        The fact that would settle it, if the value is None.
    """

    name: str
    value: Truth
    reason: str
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the test as plain values."""
        return {
            "name": self.name,
            "value": self.value,
            "reason": self.reason,
            "missing": self.missing,
        }


@dataclass(frozen=True)
class TraceStep:
    """What one measure had to say to one query.

    Parameters
    ----------
    instrument, number, title : str
        The instrument: id, number, title.
    measure, article : str
        The measure: id, article.
    effect : Effect
        Its effect on that day in that scope.
    phase : Phase
        Its state on that day as known.
    matched : bool or None
        Whether it governs the shipment: its scope and its state together.
    decides : bool
        Whether it decides the answer.
    tests : tuple of ScopeTest
        Scope tests made, up to the first that failed.
    dates : mapping of str to date
        Dates used, by name: ``published``, ``effective``, ``suspended_from``, ``until``, …
    actions : tuple of str
        Ids of the actions used.
    sources, facts : tuple of str
        Source and fact ids of the instrument and of the actions used.
    wording : callable
        Returns the step in a sentence; asked when somebody reads :attr:`text`.
    knowledge_ends : date or None
        First day about which the sources are silent, if the phase is unknown.
    """

    instrument: str
    number: str
    title: str
    measure: str
    article: str
    effect: Effect
    phase: Phase
    matched: Truth
    decides: bool
    tests: tuple[ScopeTest, ...]
    dates: Mapping[str, date]
    actions: tuple[str, ...]
    sources: tuple[str, ...]
    facts: tuple[str, ...]
    wording: Callable[[], str] = field(repr=False, compare=False)
    knowledge_ends: date | None = None

    @cached_property
    def text(self) -> str:
        """The step in a sentence."""
        return self.wording()

    def __getstate__(self) -> dict[str, Any]:
        # A copy keeps the sentence, not what it is made of.
        return {**self.__dict__, "wording": partial(str, self.text)}

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain values."""
        return {
            "instrument": self.instrument,
            "number": self.number,
            "title": self.title,
            "measure": self.measure,
            "article": self.article,
            "effect": self.effect.value,
            "phase": self.phase.value,
            "matched": self.matched,
            "decides": self.decides,
            "tests": [test.to_json() for test in self.tests],
            "dates": {name: day.isoformat() for name, day in self.dates.items()},
            "actions": list(self.actions),
            "sources": list(self.sources),
            "facts": list(self.facts),
            "knowledge_ends": self.knowledge_ends.isoformat() if self.knowledge_ends else None,
            "text": self.text,
        }


@dataclass(frozen=True)
class Determination:
    """The answer to a query, with everything it rests on.

    Parameters
    ----------
    query : Query
        The question, places and item resolved.
    outcome : Outcome
        One of the seven.
    trace : tuple of TraceStep
        Every measure considered: the deciding one first, then those that govern, those that may,
        and those that do not.
    deciding : TraceStep or None
        The measure that decides; for UNKNOWN_REFER the strongest one that may govern.
    knowledge_ends : date or None
        Last horizon of what the sources tell about a measure that matters here.
    missing : tuple of str
        Facts without which the answer is not certain.
    assumed : tuple of str
        What the query left open and was taken for granted.
    exceptions : tuple of str
        Licences said to exist under the control, which itself stays in force.
    free_if : tuple of str
        What would have to be true for the answer to be FREE.
    """

    query: Query
    outcome: Outcome
    trace: tuple[TraceStep, ...]
    deciding: TraceStep | None
    knowledge_ends: date | None = None
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    free_if: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values, ready for JSON."""
        return {
            "outcome": self.outcome.value,
            "deciding": self.deciding.to_json() if self.deciding else None,
            "knowledge_ends": self.knowledge_ends.isoformat() if self.knowledge_ends else None,
            "missing": list(self.missing),
            "assumed": list(self.assumed),
            "exceptions": list(self.exceptions),
            "free_if": list(self.free_if),
            "trace": [step.to_json() for step in self.trace],
            "query": self.query.to_json(),
            "notice": NOTICE,
        }
