"""Decide a case: one person proposes, another countersigns, and neither has advised on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing.models import Appeal, Application, Decision, Licence
from coercivity.desk.licensing.services.issuing import issue
from coercivity.desk.licensing.services.moving import keep_apart, locked_case, move, require
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError, Problem
from coercivity.licences import ApplicationState, parse_condition

__all__ = ["allow_appeal", "appeal", "countersign", "dismiss_appeal", "let_stand", "propose",
           "send_back"]  # fmt: skip


def _case(case: Application, actor: User) -> Application:
    """Return the case locked, to somebody who decides and has not advised on it."""
    require(actor, Permission.DECIDE)
    case = locked_case(case, actor)
    advisers = [a.given_by for a in case.advice.select_related("given_by")]
    keep_apart(actor, advisers, deed="advised on")
    keep_apart(actor, [case.officer], deed="reviewed")
    return case


@service
def propose(
    case: Application,
    *,
    actor: User,
    outcome: str,
    grounds: str,
    granted: Sequence[Decimal] = (),
    conditions: Sequence[str] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Decision:
    """Propose a decision; it takes effect when another person countersigns it.

    Parameters
    ----------
    outcome : str
        ``approve``, ``approve_in_part`` or ``refuse``.
    granted : sequence of Decimal
        Quantity granted of each line, in the order of the lines and in their units.
    conditions : sequence of str
        In the library's notation, such as ``no_reexport_to:US``.
    valid_from, valid_to : date
        First day of validity, first day no longer valid.

    Raises
    ------
    InputError
        If the outcome does not fit the quantities, a condition cannot be read, or the person has
        had another part in the case.
    """
    case = _case(case, actor)
    if outcome not in {value for value, _ in Decision.OUTCOMES}:
        raise InputError(f"no outcome is called {outcome!r}", where="outcome")
    if outcome != "refuse":
        _check_grant(case, outcome, granted, valid_from, valid_to)
        for text in conditions:
            parse_condition(text, where="conditions")
    is_grant = outcome != "refuse"
    move(case, "propose", actor=actor, reason=outcome.replace("_", " "))
    return Decision.objects.create(
        application=case,
        outcome=outcome,
        grounds=grounds,
        granted=[f"{quantity:f}" for quantity in granted] if is_grant else [],
        conditions=list(conditions) if is_grant else [],
        valid_from=valid_from if is_grant else None,
        valid_to=valid_to if is_grant else None,
        proposed_by=actor,
        proposed_at=now(),
    )


def _check_grant(
    case: Application,
    outcome: str,
    granted: Sequence[Decimal],
    valid_from: date | None,
    valid_to: date | None,
) -> None:
    problems = []
    if valid_from is None or valid_to is None or valid_to <= valid_from:
        problems.append(Problem("the validity does not end after it begins", "valid_to"))
    asked = [line.quantity for line in case.lines.all()]
    if len(granted) != len(asked):
        problems.append(
            Problem("a quantity is missing", "granted", f"one for each of {len(asked)} lines")
        )
    elif any(not 0 <= given <= wanted for given, wanted in zip(granted, asked, strict=True)):
        problems.append(Problem("more is granted than was asked for", "granted"))
    elif not any(granted):
        problems.append(Problem("nothing is granted", "granted", hint="refuse instead"))
    elif outcome == "approve" and list(granted) != asked:
        problems.append(
            Problem("less is granted than was asked for", "granted", hint="approve in part")
        )
    elif outcome == "approve_in_part" and list(granted) == asked:
        problems.append(Problem("everything is granted", "granted", hint="approve in full"))
    if problems:
        raise InputError("the decision is not possible so", problems=problems)


def _proposed(case: Application) -> Decision:
    decision = case.decisions.filter(standing="proposed").last()
    if decision is None:
        raise InputError("no decision awaits a countersignature", where=case.reference)
    return decision


@service
def countersign(case: Application, *, actor: User, remark: str = "") -> Licence | None:
    """Confirm the decision that another person proposed; an approval issues the licence.

    Returns
    -------
    Licence or None
        The licence, if the decision grants one.

    Raises
    ------
    InputError
        If the person proposed it, or advised on the case.
    """
    case = _case(case, actor)
    decision = _proposed(case)
    move(case, decision.outcome, actor=actor, reason=remark)
    decision.standing, decision.remark = "confirmed", remark
    decision.countersigned_by, decision.countersigned_at = actor, now()
    decision.save()
    return None if decision.outcome == "refuse" else issue(case, decision, actor=actor)


@service
def send_back(case: Application, *, actor: User, remark: str) -> None:
    """Refuse the countersignature; the case is to be decided again."""
    case = _case(case, actor)
    decision = _proposed(case)
    keep_apart(actor, [decision.proposed_by], deed="decided on")
    move(case, "send_back", actor=actor, reason=remark)
    decision.standing, decision.remark = "sent_back", remark
    decision.countersigned_by, decision.countersigned_at = actor, now()
    decision.save()


@service
def appeal(case: Application, *, actor: User, grounds: str) -> Appeal:
    """Appeal against a refusal."""
    require(actor, Permission.APPLY)
    case = locked_case(case, actor)
    move(case, "appeal", actor=actor, reason=grounds)
    return Appeal.objects.create(application=case, grounds=grounds, filed_by=actor, filed_at=now())


def _hear(case: Application, actor: User, *, allowed: bool, reasons: str) -> None:
    """Close the open appeal, by somebody who had no part in the refusal."""
    require(actor, Permission.DECIDE)
    case = locked_case(case, actor)
    for decision in case.decisions.filter(standing="confirmed").select_related(
        "proposed_by", "countersigned_by"
    ):
        keep_apart(actor, [decision.proposed_by, decision.countersigned_by], deed="decided on")
    keep_apart(
        actor, [a.given_by for a in case.advice.select_related("given_by")], deed="advised on"
    )
    found = case.appeals.filter(allowed=None).last()
    if found is None:
        raise InputError("no appeal is open", where=case.reference)
    move(case, "allow_appeal" if allowed else "dismiss_appeal", actor=actor, reason=reasons)
    found.allowed, found.reasons = allowed, reasons
    found.heard_by, found.heard_at = actor, now()
    found.save()


@service
def allow_appeal(case: Application, *, actor: User, reason: str) -> None:
    """Allow an appeal: the case is reviewed again."""
    _hear(case, actor, allowed=True, reasons=reason)


@service
def dismiss_appeal(case: Application, *, actor: User, reason: str) -> None:
    """Dismiss an appeal: the refusal is final."""
    _hear(case, actor, allowed=False, reasons=reason)


@service
def let_stand(case: Application, *, actor: User, reason: str) -> None:
    """Make a refusal final against which nobody has appealed."""
    require(actor, Permission.DECIDE)
    case = locked_case(case, actor)
    if ApplicationState(case.state) is not ApplicationState.REFUSED:
        raise InputError("the case is not refused", where=case.reference)
    move(case, "let_stand", actor=actor, reason=reason)
