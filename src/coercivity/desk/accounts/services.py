"""Acts upon accounts: tokens and people."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import ApiToken, Organisation, User
from coercivity.desk.accounts.roles import ROLES_OF, OrganisationKind, Role
from coercivity.desk.services import service
from coercivity.errors import InputError, NotFoundError

__all__ = [
    "add_organisation",
    "add_person",
    "add_person_by_name",
    "issue_token",
    "revoke_token",
    "user_of_token",
]

TOKEN_DAYS: Final = 365
_PREFIX: Final = "desk_"


@service
def add_person(
    *,
    username: str,
    full_name: str,
    organisation: Organisation,
    role: Role,
    password: str | None = None,
    team: str = "",
) -> User:
    """Add a person or a service account.

    Parameters
    ----------
    username, full_name : str
        How they sign in, how they are shown.
    organisation : Organisation
        Where they belong.
    role : Role
        What they may do.
    password : str, optional
        Without one, nobody can sign in: the account works with tokens only.
    team : str
        Team that gives advice.

    Raises
    ------
    InputError
        If the role makes no sense in the organisation, or the name is taken.
    ValidationError
        If the password is weak.
    """
    if role not in ROLES_OF[OrganisationKind(organisation.kind)]:
        raise InputError(
            f"{organisation.kind} {organisation} has no {role.value}",
            where=username,
            expected="one of " + ", ".join(sorted(ROLES_OF[OrganisationKind(organisation.kind)])),
        )
    if User.objects.filter(username=username).exists():
        raise InputError("the name is taken", where=username, hint="choose another")
    user = User(
        username=username, full_name=full_name, organisation=organisation, role=role, team=team
    )
    if password is None:
        user.set_unusable_password()
    else:
        validate_password(password, user)
        user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    record(
        f"account/{username}",
        "person added",
        actor=None,
        owner=organisation,
        authority=organisation,
        role=role.value,
    )
    return user


@service
def add_person_by_name(
    *, username: str, full_name: str, organisation: str, role: str, password: str | None
) -> User:
    """Add a person, organisation and role given as words.

    Raises
    ------
    NotFoundError
        If there is no such organisation.
    InputError
        If there is no such role, the password is weak, or as in :func:`add_person`.
    """
    known = sorted(kind.value for kind in Role)
    if role not in known:
        raise InputError(f"no role is called {role!r}", expected="one of " + ", ".join(known))
    try:
        return add_person(
            username=username,
            full_name=full_name,
            organisation=_organisation(organisation),
            role=Role(role),
            password=password,
        )
    except ValidationError as error:
        raise InputError(" ".join(error.messages), where=username) from error


@service
def add_organisation(
    *, slug: str, name: str, kind: str, country: str, zone: str = "UTC", serves: str = ""
) -> Organisation:
    """Add an organisation.

    Raises
    ------
    InputError
        If a value is not possible.
    NotFoundError
        If the authority a customs service works for is not there.
    """
    organisation = Organisation(
        slug=slug,
        name=name,
        kind=kind,
        country=country,
        zone=zone,
        serves=_organisation(serves) if serves else None,
    )
    try:
        ZoneInfo(zone)
        organisation.full_clean()
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"no time zone is called {zone!r}", where=slug) from error
    except ValidationError as error:
        raise InputError(" ".join(error.messages), where=slug) from error
    organisation.save()
    return organisation


def _organisation(slug: str) -> Organisation:
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        slugs = Organisation.objects.values_list("slug", flat=True)[:12]
        raise NotFoundError(
            f"no organisation is called {slug!r}",
            expected="one of " + ", ".join(slugs) if slugs else "one added before",
            hint="coercivity desk add-organisation",
        )
    return found


@service
def issue_token(user: User, *, name: str, days: int = TOKEN_DAYS) -> str:
    """Make a token and return it; it is shown this once and only its digest is kept.

    Parameters
    ----------
    user : User
        Whose token it is; it may do what they may.
    name : str
        What it is for.
    days : int
        How long it works.
    """
    token = _PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    ApiToken.objects.create(
        user=user,
        name=name,
        digest=_digest(token),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _trace(user, "token issued", name)
    return token


@service
def revoke_token(token: ApiToken, *, actor: User) -> None:
    """Make a token stop working."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        _trace(actor, "token revoked", token.name)


def user_of_token(token: str) -> User | None:
    """Return whose token it is; None if it is unknown, expired or revoked."""
    if not token.startswith(_PREFIX):
        return None
    rows = ApiToken.objects.select_related("user__organisation")
    try:
        found = rows.get(digest=_digest(token), revoked_at=None, expires_at__gt=timezone.now())
    except ApiToken.DoesNotExist:
        return None
    return found.user if found.user.is_active else None


def _digest(token: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def _trace(user: User, event: str, name: str) -> None:
    organisation = user.organisation
    record(
        f"account/{user.username}",
        event,
        actor=user,
        owner=organisation,
        authority=organisation,
        token=name,
    )
