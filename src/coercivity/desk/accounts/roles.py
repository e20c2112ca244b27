"""Roles and what each may do: deny by default, one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

__all__ = ["PERMISSIONS_OF", "ROLES_OF", "OrganisationKind", "Permission", "Role"]


class OrganisationKind(StrEnum):
    """What an organisation is to the desk."""

    AUTHORITY = "authority"
    COMPANY = "company"
    CUSTOMS = "customs"
    RESEARCH = "research"


class Role(StrEnum):
    """What a person is within an organisation; one each."""

    HOLDER = "holder"
    OFFICER = "officer"
    DECIDER = "decider"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    CUSTOMS = "customs"


class Permission(StrEnum):
    """What a view may demand; a view without one is closed to everybody."""

    SEE_CASES = "see_cases"
    APPLY = "apply"
    REVIEW = "review"
    ADVISE = "advise"
    DECIDE = "decide"
    SEE_LICENCES = "see_licences"
    DRAW = "draw"
    TRACK = "track"
    MANAGE_LICENCES = "manage_licences"
    HOLD_LICENCES = "hold_licences"
    SEE_AUDIT = "see_audit"
    SEE_STATISTICS = "see_statistics"
    SEE_EVIDENCE = "see_evidence"
    REVIEW_EVIDENCE = "review_evidence"
    SEE_CONTROLS = "see_controls"
    SEE_RESULTS = "see_results"
    RUN = "run"
    SEE_EXPOSURE = "see_exposure"
    OWN_ACCOUNT = "own_account"


_P = Permission
_EVERYBODY: Final = frozenset({_P.OWN_ACCOUNT, _P.SEE_CONTROLS})
_READER: Final = _EVERYBODY | {_P.SEE_EVIDENCE, _P.SEE_RESULTS}

PERMISSIONS_OF: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.HOLDER: _READER
    | {
        _P.SEE_CASES,
        _P.APPLY,
        _P.SEE_LICENCES,
        _P.TRACK,
        _P.HOLD_LICENCES,
        _P.RUN,
        _P.SEE_EXPOSURE,
    },
    Role.OFFICER: _READER
    | {
        _P.SEE_CASES,
        _P.REVIEW,
        _P.ADVISE,
        _P.SEE_LICENCES,
        _P.DRAW,
        _P.SEE_STATISTICS,
        _P.REVIEW_EVIDENCE,
        _P.RUN,
    },
    Role.DECIDER: _READER
    | {
        _P.SEE_CASES,
        _P.ADVISE,
        _P.DECIDE,
        _P.SEE_LICENCES,
        _P.MANAGE_LICENCES,
        _P.SEE_STATISTICS,
        _P.RUN,
    },
    Role.AUDITOR: _READER | {_P.SEE_CASES, _P.SEE_LICENCES, _P.SEE_AUDIT, _P.SEE_STATISTICS},
    Role.ANALYST: _READER | {_P.REVIEW_EVIDENCE, _P.RUN, _P.SEE_EXPOSURE},
    Role.CUSTOMS: _EVERYBODY | {_P.SEE_LICENCES, _P.DRAW},
}
"""Everything a role may do; what is not here is refused."""

ROLES_OF: Final[Mapping[OrganisationKind, frozenset[Role]]] = {
    OrganisationKind.AUTHORITY: frozenset({Role.OFFICER, Role.DECIDER, Role.AUDITOR, Role.ANALYST}),
    OrganisationKind.COMPANY: frozenset({Role.HOLDER, Role.ANALYST}),
    OrganisationKind.CUSTOMS: frozenset({Role.CUSTOMS}),
    OrganisationKind.RESEARCH: frozenset({Role.ANALYST}),
}
"""Roles that make sense in each kind of organisation."""
