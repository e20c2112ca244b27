"""The acts upon a licence, as forms."""

from __future__ import annotations

from typing import Any, Final

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing import forms
from coercivity.desk.licensing.models import Licence, Posture
from coercivity.desk.licensing.services import issuing
from coercivity.desk.licensing.services.draws import post_entry
from coercivity.desk.licensing.views.acting import Act
from coercivity.licences import EntryKind, LicenceState, allowed

__all__ = ["LICENCE_ACTS", "acts_open_to", "record_entry"]

_P = Permission
_AMEND: Final = "amend"
_DRAW: Final = "draw"


def _reason(service: Any) -> Any:
    """Return an act that takes nothing but a reason."""
    return lambda licence, user, form: service(
        licence, actor=user, reason=form.cleaned_data["reason"]
    )


def record_entry(licence: Licence, user: User, form: Any) -> object:
    """Add the ledger entry that a :class:`~coercivity.desk.licensing.forms.DrawForm` asks for."""
    said = form.cleaned_data
    row = licence.lines.get(number=said["line"])
    return post_entry(
        licence,
        actor=user,
        line=said["line"],
        kind=EntryKind(said["kind"]),
        quantity=said["quantity"],
        unit=row.unit,
        reference=said["reference"],
        at=said["at"],
        refers_to=said["refers_to"],
        note=said["note"],
    )


LICENCE_ACTS: Final[tuple[Act[Licence], ...]] = (
    Act(
        "draw",
        "Record a draw-down",
        "Record a draw-down of",
        _P.DRAW,
        record_entry,
        "The entry is in the ledger.",
        forms.DrawForm,
        lambda licence: {"licence": licence},
        event=_DRAW,
    ),
    Act(
        "suspend",
        "Suspend",
        "Suspend licence",
        _P.MANAGE_LICENCES,
        _reason(issuing.suspend),
        "The licence is suspended: nothing more may leave under it.",
        forms.ReasonForm,
        event="suspend",
        is_grave=True,
    ),
    Act(
        "reinstate",
        "Reinstate",
        "Reinstate licence",
        _P.MANAGE_LICENCES,
        _reason(issuing.reinstate),
        "The licence may be used again.",
        forms.ReasonForm,
        event="reinstate",
    ),
    Act(
        "amend-quantity",
        "Amend a quantity",
        "Amend a quantity of",
        _P.MANAGE_LICENCES,
        lambda licence, user, form: issuing.adjust(licence, actor=user, **form.cleaned_data),
        "The quantity is amended.",
        forms.QuantityForm,
        lambda licence: {"licence": licence},
        event=_AMEND,
    ),
    Act(
        "amend-conditions",
        "Add a condition",
        "Add a condition to",
        _P.MANAGE_LICENCES,
        lambda licence, user, form: issuing.add_condition(licence, actor=user, **form.values()),  # type: ignore[attr-defined]
        "The condition is added.",
        forms.ConditionForm,
        lambda licence: {"pack": licence.pack},
        event=_AMEND,
    ),
    Act(
        "renew",
        "Supersede with another validity",
        "Supersede licence",
        _P.MANAGE_LICENCES,
        lambda licence, user, form: issuing.renew(licence, actor=user, **form.cleaned_data),
        "A new licence takes its place and what was left.",
        forms.RenewForm,
        event="supersede",
    ),
    Act(
        "revoke",
        "Revoke",
        "Revoke licence",
        _P.MANAGE_LICENCES,
        _reason(issuing.revoke),
        "The licence is revoked.",
        forms.ReasonForm,
        event="revoke",
        is_grave=True,
    ),
    Act(
        "cancel",
        "Cancel as a mistake",
        "Cancel licence",
        _P.MANAGE_LICENCES,
        _reason(issuing.cancel),
        "The licence is cancelled.",
        forms.ReasonForm,
        event="cancel",
        is_grave=True,
    ),
    Act(
        "surrender",
        "Give the licence back",
        "Give back licence",
        _P.HOLD_LICENCES,
        _reason(issuing.surrender),
        "The licence is given back.",
        forms.ReasonForm,
        event="surrender",
        is_grave=True,
    ),
)
"""Every act upon a licence of our own."""


def acts_open_to(licence: Licence, state: LicenceState, user: User) -> list[Act[Licence]]:
    """Return the acts that the table allows now and the person's role includes."""
    if licence.posture != Posture.NATIVE:
        return []
    events = set(allowed(state))
    if events:
        events |= {_AMEND, _DRAW}
    elif state is LicenceState.EXPIRED:
        # Goods that left in time may be reported late.
        events.add(_DRAW)
    return [act for act in LICENCE_ACTS if act.event in events and user.may(act.permission)]
