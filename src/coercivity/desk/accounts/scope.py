"""Who sees which rows: every page reads through :func:`visible`, which filters by organisation.

A table that belongs to somebody derives from :class:`Owned` and says in ``seen_by`` which rows a
viewer sees. A table that does not cannot be read through here at all, so forgetting is an error
and not a leak. A row of somebody else is answered with 404: that it exists is not told either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import models
from django.http import Http404

from coercivity.desk.accounts.roles import OrganisationKind

if TYPE_CHECKING:
    from coercivity.desk.accounts.models import User

__all__ = ["NOBODY", "Owned", "Viewer", "get_visible", "viewer_of", "visible"]

NOBODY: Final = models.Q(pk__in=())
"""A filter that no row passes."""


@dataclass(frozen=True)
class Viewer:
    """What a table needs to know of who looks.

    Parameters
    ----------
    pk : int
        Primary key of the person.
    organisation_id : int
        Their organisation.
    kind : OrganisationKind
        What that is.
    serves_id : int or None
        The authority a customs service works for.
    """

    pk: int
    organisation_id: int
    kind: OrganisationKind
    serves_id: int | None


class Owned(models.Model):
    """A table whose rows belong to somebody."""

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, viewer: Viewer) -> models.Q:
        """Return the filter of the rows that a viewer sees; nobody sees any unless it is said."""
        return NOBODY


Row = TypeVar("Row", bound=Owned)


def viewer_of(user: User) -> Viewer:
    """Return a person as a viewer."""
    organisation = user.organisation
    return Viewer(
        user.pk, organisation.pk, OrganisationKind(organisation.kind), organisation.serves_id
    )


def visible(rows: type[Row] | models.QuerySet[Row], user: User) -> models.QuerySet[Row]:
    """Return the rows that a person may see: the only way from a request to a table.

    Parameters
    ----------
    rows : model class or queryset
        Of an :class:`Owned` table.
    user : User
        Who looks.

    Returns
    -------
    QuerySet
        Filtered by organisation.
    """
    queryset = rows if isinstance(rows, models.QuerySet) else rows._default_manager.all()
    return queryset.filter(queryset.model.seen_by(viewer_of(user)))


def get_visible(rows: type[Row] | models.QuerySet[Row], user: User, **lookup: Any) -> Row:
    """Return the one row, named by a key, that a person may see.

    Raises
    ------
    Http404
        If there is none, or it is somebody else's; the two cannot be told apart.
    """
    queryset = visible(rows, user)
    try:
        return queryset.get(**lookup)
    except queryset.model.DoesNotExist as error:
        raise Http404 from error
