"""What several tables of licensing have alike."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.core.validators import MinValueValidator
from django.db import models

from coercivity.desk.accounts.roles import OrganisationKind
from coercivity.desk.accounts.scope import Viewer

__all__ = ["PLACES", "Posture", "exact_quantity", "of_case", "of_licence", "states"]

PLACES: Final = 6
"""Digits kept after the point: a gram of a tonne."""

# SQLite keeps a decimal column as a binary number beyond fifteen digits; these are all it keeps.
_DIGITS: Final = 15


class Posture(StrEnum):
    """Whose act a row is: our own, or one that a source tells of."""

    NATIVE = "native"
    ASSERTED = "asserted"


def exact_quantity(**options: Any) -> models.DecimalField[Any, Any]:
    """Return a field for a quantity above zero, exact on both databases."""
    return models.DecimalField(
        max_digits=_DIGITS,
        decimal_places=PLACES,
        validators=[MinValueValidator(Decimal(1).scaleb(-PLACES))],
        **options,
    )


def states(kinds: Any) -> list[tuple[str, str]]:
    """Return the choices of a field for an enumeration of the library."""
    return [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in kinds]


def of_case(viewer: Viewer, path: str = "") -> models.Q:
    """Return the filter for rows that hang on an application, `path` away.

    An authority sees a case from the day it was submitted; a draft is its applicant's own.
    """
    if viewer.kind is OrganisationKind.AUTHORITY:
        return models.Q(
            **{
                f"{path}authority_id": viewer.organisation_id,
                f"{path}submitted_on__isnull": False,
            }
        )
    if viewer.kind is OrganisationKind.COMPANY:
        return models.Q(**{f"{path}owner_id": viewer.organisation_id})
    return models.Q(pk__in=())


def of_licence(viewer: Viewer, path: str = "") -> models.Q:
    """Return the filter for rows that hang on a licence, `path` away."""
    authority = {
        OrganisationKind.AUTHORITY: viewer.organisation_id,
        OrganisationKind.CUSTOMS: viewer.serves_id,
    }.get(viewer.kind)
    if authority is not None:
        return models.Q(**{f"{path}authority_id": authority, f"{path}posture": Posture.NATIVE})
    if viewer.kind is OrganisationKind.COMPANY:
        return models.Q(**{f"{path}owner_id": viewer.organisation_id})
    return models.Q(pk__in=())
