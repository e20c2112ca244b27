"""Move a case along the library's transition table, with its history and its trace."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.convert import application_of, put_state
from coercivity.desk.licensing.models import Application, StateChange
from coercivity.desk.licensing.services.clock import days_used, is_still
from coercivity.desk.moment import now
from coercivity.errors import InputError, NotFoundError
from coercivity.licences import ApplicationState, advance
from coercivity.licences.states import TERMINAL
from coercivity.timeline import day_in_zone

__all__ = ["keep_apart", "locked_case", "move", "require", "today_at", "trace"]

_DECIDED = frozenset(
    {
        ApplicationState.APPROVED,
        ApplicationState.APPROVED_IN_PART,
        ApplicationState.REFUSED,
        ApplicationState.NO_LICENCE_REQUIRED,
    }
)


def require(actor: User, permission: Permission) -> None:
    """Refuse an act that the person's role does not include, whatever page it came from.

    Raises
    ------
    InputError
        If the role does not include it.
    """
    if not actor.may(permission):
        raise InputError(
            f"{actor} may not do this", where=actor.username, expected=f"the right to {permission}"
        )


def locked_case(case: Application, actor: User) -> Application:
    """Return a case afresh, so that nobody else can change it until the transaction ends.

    Raises
    ------
    NotFoundError
        If the person may not see it.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related(
        "owner", "authority", "decided_by"
    )
    found = visible(rows, actor).filter(pk=case.pk).first()
    if found is None:
        raise NotFoundError(f"no case is called {case.reference!r}")
    return found


def today_at(organisation: Organisation, at: datetime | None = None) -> date:
    """Return the calendar day of an organisation."""
    return day_in_zone(at or now(), organisation.zone)


def move(
    case: Application,
    event: str,
    *,
    actor: User,
    reason: str = "",
    at: datetime | None = None,
    **details: Any,
) -> None:
    """Bring a case to the state that an event leads to.

    Parameters
    ----------
    case : Application
        Locked by :func:`locked_case`; its own changed fields are saved too.
    event : str
        Of the library's table.
    actor : User
        Who acts.
    reason : str
        Why, for the history.
    at : datetime, optional
        When; now if not given.
    **details
        For the audit trail.

    Raises
    ------
    IllegalTransitionError
        If the table has no such transition, or its guard says no.
    """
    before = application_of(case)
    after = advance(before, event, actor=actor.username)
    at = at or now()
    day = today_at(case.authority, at)
    put_state(case, after)
    if after.state is ApplicationState.PENDING_COUNTERSIGN and event == "propose":
        case.decided_by = actor
    if event == "submit":
        case.submitted_on = day
    StateChange.objects.create(
        application=case,
        event=event,
        source=before.state.value,
        target=after.state.value,
        at=at,
        day=day,
        actor=actor,
        reason=reason,
    )
    if after.state in _DECIDED:
        case.decided_on, case.working_days = day, days_used(case.changes.all(), day)
    elif not is_still(after.state):
        case.decided_on = case.working_days = None
    case.save()
    if after.state in TERMINAL:
        case.decisions.filter(standing="proposed").update(standing="lapsed")
    trace(case, event, actor, at=at, state=after.state.value, reason=reason, **details)


def trace(
    case: Application, event: str, actor: User | None, *, at: datetime | None = None, **details: Any
) -> None:
    """Write an act upon a case into its audit trail."""
    shown = {key: value for key, value in details.items() if value not in ("", None)}
    record(
        case.chain,
        event.replace("_", " "),
        actor=actor,
        owner=case.owner,
        authority=case.authority,
        at=at,
        **shown,
    )


def keep_apart(actor: User, others: Iterable[User | None], *, deed: str) -> None:
    """Refuse an act of somebody who has already acted on the case in another part.

    Parameters
    ----------
    actor : User
        Who wants to act.
    others : iterable of User
        Who did the other part.
    deed : str
        What the other part was, such as ``advised on``.

    Raises
    ------
    InputError
        If the two are the same person.
    """
    if any(other is not None and other.pk == actor.pk for other in others):
        raise InputError(
            f"{actor} has {deed} this case",
            where=actor.username,
            expected="another person: adviser, decider and countersigner are three",
        )
