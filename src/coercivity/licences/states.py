"""Which state follows which: one table for applications, one for licences, nothing outside them.

The library, the desk, the diagrams of the documentation and the property tests all read these two
tables. States that a licence reaches by itself (exhausted, expired, active again) are derived from
its ledger and from the date; nobody sets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeVar

from coercivity.errors import InputError
from coercivity.licences.model import Application, ApplicationState, Balance, Licence, LicenceState
from coercivity.timeline import day_in_zone

__all__ = [
    "APPLICATION_TRANSITIONS",
    "CLOCK_STOPPED",
    "GUARDS",
    "LICENCE_TRANSITIONS",
    "TERMINAL",
    "Act",
    "IllegalTransitionError",
    "Transition",
    "advance",
    "allowed",
    "change",
    "current",
    "transition",
]

State = TypeVar("State", ApplicationState, LicenceState)


class IllegalTransitionError(InputError):
    """The event is not possible in this state, or its guard says no."""


@dataclass(frozen=True)
class Act:
    """What a guard may need to know of an event.

    Parameters
    ----------
    actor : str
        Person who acts now.
    decided_by : str
        Person who took the decision that awaits a countersignature.
    n_entries : int
        Ledger entries of the licence.
    derived : bool
        Whether the event follows from ledger or date and nobody acts.
    previous : ApplicationState or None
        State before the case was stopped.
    """

    actor: str = ""
    decided_by: str = ""
    n_entries: int = 0
    derived: bool = False
    previous: ApplicationState | None = None


@dataclass(frozen=True)
class Transition:
    """One row of a table.

    Parameters
    ----------
    source : ApplicationState or LicenceState
        State before.
    event : str
        What happens.
    target : ApplicationState, LicenceState or None
        State after; None is the state before the stop.
    guard : str
        Name in :data:`GUARDS`; empty if there is none.
    """

    source: ApplicationState | LicenceState
    event: str
    target: ApplicationState | LicenceState | None
    guard: str = ""


GUARDS: Final[Mapping[str, tuple[Callable[[Act], bool], str]]] = {
    "another_person": (
        lambda act: bool(act.actor and act.decided_by) and act.actor != act.decided_by,
        "somebody other than the person who decided",
    ),
    "named_person": (lambda act: bool(act.actor), "the name of the person who decides"),
    "no_ledger_entry": (lambda act: act.n_entries == 0, "a licence without ledger entries"),
    "derived": (lambda act: act.derived, "ledger or date to bring it about, nobody's act"),
    "state_before_stop": (lambda act: act.previous is not None, "the state before the stop"),
}
"""Conditions of transitions: the test, and what it needs."""

_A = ApplicationState
_L = LicenceState


def _rows(
    event: str,
    sources: Iterable[ApplicationState | LicenceState],
    target: ApplicationState | LicenceState | None,
    guard: str = "",
) -> list[Transition]:
    return [Transition(source, event, target, guard) for source in sources]


_BEFORE_DECISION = (
    _A.SUBMITTED,
    _A.IN_REVIEW,
    _A.AWAITING_INFO,
    _A.CONSULTING,
    _A.PENDING_DECISION,
    _A.PENDING_COUNTERSIGN,
)
_OPEN = (*_BEFORE_DECISION, _A.RETURNED, _A.UNDER_APPEAL)

APPLICATION_TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(_A.DRAFT, "submit", _A.SUBMITTED),
    Transition(_A.DRAFT, "discard", _A.DISCARDED),
    Transition(_A.SUBMITTED, "return", _A.RETURNED),
    Transition(_A.RETURNED, "resubmit", _A.SUBMITTED),
    Transition(_A.SUBMITTED, "start_review", _A.IN_REVIEW),
    Transition(_A.IN_REVIEW, "ask_for_information", _A.AWAITING_INFO),
    Transition(_A.AWAITING_INFO, "receive_information", _A.IN_REVIEW),
    Transition(_A.IN_REVIEW, "consult", _A.CONSULTING),
    Transition(_A.CONSULTING, "receive_advice", _A.IN_REVIEW),
    Transition(_A.IN_REVIEW, "conclude_review", _A.PENDING_DECISION),
    Transition(_A.PENDING_DECISION, "propose", _A.PENDING_COUNTERSIGN, "named_person"),
    Transition(_A.PENDING_COUNTERSIGN, "send_back", _A.PENDING_DECISION),
    Transition(_A.PENDING_DECISION, "approve", _A.APPROVED),
    Transition(_A.PENDING_DECISION, "approve_in_part", _A.APPROVED_IN_PART),
    Transition(_A.PENDING_DECISION, "refuse", _A.REFUSED),
    Transition(_A.PENDING_COUNTERSIGN, "approve", _A.APPROVED, "another_person"),
    Transition(_A.PENDING_COUNTERSIGN, "approve_in_part", _A.APPROVED_IN_PART, "another_person"),
    Transition(_A.PENDING_COUNTERSIGN, "refuse", _A.REFUSED, "another_person"),
    Transition(_A.REFUSED, "appeal", _A.UNDER_APPEAL),
    Transition(_A.REFUSED, "let_stand", _A.REFUSED_FINAL),
    Transition(_A.UNDER_APPEAL, "allow_appeal", _A.IN_REVIEW),
    Transition(_A.UNDER_APPEAL, "dismiss_appeal", _A.REFUSED_FINAL),
    *_rows("close_without_response", (_A.AWAITING_INFO, _A.RETURNED), _A.CLOSED_NO_RESPONSE),
    *_rows("find_no_licence_required", _BEFORE_DECISION, _A.NO_LICENCE_REQUIRED),
    *_rows("supersede", (*_BEFORE_DECISION, _A.RETURNED), _A.SUPERSEDED),
    *_rows("withdraw", (*_OPEN, _A.STOPPED), _A.WITHDRAWN),
    *_rows("stop", _OPEN, _A.STOPPED),
    Transition(_A.STOPPED, "lift_stop", None, "state_before_stop"),
)
"""Every transition of an application."""

_LIVE = (_L.ISSUED, _L.ACTIVE, _L.SUSPENDED, _L.EXHAUSTED)

LICENCE_TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(_L.ISSUED, "activate", _L.ACTIVE),
    *_rows("suspend", (_L.ISSUED, _L.ACTIVE, _L.EXHAUSTED), _L.SUSPENDED),
    Transition(_L.SUSPENDED, "reinstate", _L.ACTIVE),
    Transition(_L.ACTIVE, "exhaust", _L.EXHAUSTED, "derived"),
    Transition(_L.EXHAUSTED, "replenish", _L.ACTIVE, "derived"),
    *_rows("expire", _LIVE, _L.EXPIRED, "derived"),
    *_rows("revoke", _LIVE, _L.REVOKED),
    *_rows("surrender", _LIVE, _L.SURRENDERED),
    *_rows("supersede", _LIVE, _L.SUPERSEDED),
    *_rows("cancel", (_L.ISSUED, _L.ACTIVE, _L.SUSPENDED), _L.CANCELLED, "no_ledger_entry"),
)
"""Every transition of a licence."""

_ALL: Final = (*APPLICATION_TRANSITIONS, *LICENCE_TRANSITIONS)
_BY_KEY: Final = {(row.source, row.event): row for row in _ALL}

TERMINAL: Final[frozenset[ApplicationState | LicenceState]] = frozenset(
    {*ApplicationState, *LicenceState} - {row.source for row in _ALL}
)
"""States without a way out; reopening is a new, linked case."""

CLOCK_STOPPED: Final = frozenset({_A.DRAFT, _A.RETURNED, _A.AWAITING_INFO, _A.STOPPED}) | frozenset(
    state for state in ApplicationState if state in TERMINAL
)
"""States in which the authority's time does not run."""


def allowed(state: ApplicationState | LicenceState) -> tuple[str, ...]:
    """Return the events that are possible from a state, in the order of the table."""
    return tuple(row.event for row in _ALL if row.source is state)


def transition(state: State, event: str, *, act: Act | None = None) -> State:
    """Return the state that follows.

    Parameters
    ----------
    state : ApplicationState or LicenceState
        State before.
    event : str
        What happens.
    act : Act, optional
        What the guard of this transition needs to know.

    Returns
    -------
    ApplicationState or LicenceState
        State after, of the same kind.

    Raises
    ------
    IllegalTransitionError
        If the table has no such row, or its guard says no; the message says what is allowed.
    """
    row = _BY_KEY.get((state, event))
    events = ", ".join(allowed(state))
    if row is None:
        raise IllegalTransitionError(
            f"{event!r} is not possible from {state.value!r}",
            expected=f"one of {events}" if events else "nothing: the state is final",
            hint="" if events else "open a new case and link it to this one",
        )
    context = act or Act()
    if row.guard:
        holds, needs = GUARDS[row.guard]
        if not holds(context):
            raise IllegalTransitionError(
                f"{event!r} from {state.value!r} is not possible so",
                expected=needs,
                hint=f"bring that, or choose among {events}",
            )
    target = context.previous if row.target is None else row.target
    assert isinstance(target, type(state))
    return target


def advance(application: Application, event: str, *, actor: str = "") -> Application:
    """Return an application after an event.

    Parameters
    ----------
    application : Application
    event : str
        An event of :data:`APPLICATION_TRANSITIONS`.
    actor : str
        Person who acts.

    Returns
    -------
    Application
        A new one: the state, the state to go back to and the person who decided are set.

    Raises
    ------
    IllegalTransitionError
        As in :func:`transition`.
    """
    act = Act(actor=actor, decided_by=application.decided_by, previous=application.previous)
    state = transition(application.state, event, act=act)
    stopping, proposing = state is _A.STOPPED, state is _A.PENDING_COUNTERSIGN
    lifted = application.state is _A.STOPPED
    return replace(
        application,
        state=state,
        previous=application.state if stopping else None,
        decided_by=(actor or application.decided_by)
        if proposing and not lifted
        else _decider(application, state),
    )


def _decider(application: Application, state: ApplicationState) -> str:
    """Keep who decided while a countersignature is awaited, stopped or not."""
    kept = state in (_A.STOPPED, _A.PENDING_COUNTERSIGN)
    return application.decided_by if kept else ""


def change(licence: Licence, event: str, *, n_entries: int = 0) -> Licence:
    """Return a licence after an act upon it.

    Parameters
    ----------
    licence : Licence
    event : str
        An event of :data:`LICENCE_TRANSITIONS` that is not derived.
    n_entries : int
        Ledger entries it has.

    Raises
    ------
    IllegalTransitionError
        As in :func:`transition`.
    """
    return replace(licence, state=transition(licence.state, event, act=Act(n_entries=n_entries)))


def current(licence: Licence, *, at: date | datetime, balances: Iterable[Balance]) -> LicenceState:
    """Return the state of a licence at a moment, derived states included.

    Parameters
    ----------
    licence : Licence
        With the state set by acts.
    at : date or datetime
        Day in the issuer's zone, or an aware moment.
    balances : iterable of Balance
        One per line of the licence.

    Returns
    -------
    LicenceState
        ``expired`` from the first day no longer valid; ``exhausted`` while every line is drawn in
        full, and active again if a reversal gives something back.
    """
    state = licence.state
    if state in TERMINAL:
        return state
    day = day_in_zone(at, licence.zone) if isinstance(at, datetime) else at
    derived = Act(derived=True)
    if licence.valid_to is not None and day >= licence.valid_to:
        return transition(state, "expire", act=derived)
    lines = list(balances)
    is_drawn = bool(lines) and all(b.authorised - b.drawn == Decimal(0) for b in lines)
    if state is _L.ACTIVE and is_drawn:
        return transition(state, "exhaust", act=derived)
    if state is _L.EXHAUSTED and not is_drawn:
        return transition(state, "replenish", act=derived)
    return state
