"""Tables of organisations, people, tokens, stored files and the audit trail."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models

from coercivity.desk.accounts.roles import PERMISSIONS_OF, OrganisationKind, Permission, Role
from coercivity.desk.accounts.scope import NOBODY, Owned, Viewer

__all__ = ["ApiToken", "AuditEvent", "Organisation", "StoredFile", "User", "choices"]


def choices(kinds: type[Role] | type[OrganisationKind]) -> list[tuple[str, str]]:
    """Return the choices of a field for an enumeration, in plain words."""
    return [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in kinds]


class Organisation(models.Model):
    """A company, an authority, a customs service or a research group."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=choices(OrganisationKind))
    country = models.CharField(max_length=2)
    zone = models.CharField(max_length=40, default="UTC")
    party = models.CharField(
        max_length=80, blank=True, help_text="Id of the party it is in the packs, if any."
    )
    deadline_working_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Working days in which an authority means to decide."
    )
    serves = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        help_text="The authority whose licences a customs service draws on.",
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def party_id(self) -> str:
        """Id by which the library knows it."""
        return self.party or self.slug


class UserManager(BaseUserManager["User"]):
    """Finds people together with their organisation, which every request needs."""

    def get_queryset(self) -> models.QuerySet[User]:
        """Return people with their organisation."""
        return super().get_queryset().select_related("organisation")


class User(AbstractBaseUser):
    """A person, or a service account, of one organisation in one role."""

    username = models.CharField(
        max_length=60, unique=True, validators=[RegexValidator(r"^[\w.@+-]+$")]
    )
    full_name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="people")
    role = models.CharField(max_length=20, choices=choices(Role))
    team = models.CharField(max_length=60, blank=True, help_text="Team that gives advice.")
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "role"]

    class Meta:
        ordering = ("username",)

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything the person's role includes; nothing once the account is closed."""
        return PERMISSIONS_OF[Role(self.role)] if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the person's role includes a permission."""
        return permission in self.permissions


class ApiToken(Owned):
    """A token of a service account; only its digest is kept."""

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, viewer: Viewer) -> models.Q:
        """Show tokens to their owner alone."""
        return models.Q(user_id=viewer.pk)


class StoredFile(models.Model):
    """Bytes handed in, kept once; reached only through the row that names them."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class AuditEvent(Owned):
    """What somebody did, chained by digests per case; rows are added and never changed."""

    chain = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    event = models.CharField(max_length=60)
    details = models.JSONField(default=dict)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    authority = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("chain", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "number"], name="audit_chain_number")
        ]
        indexes: ClassVar = [
            models.Index(fields=["authority", "-at", "-id"], name="audit_authority_at"),
            models.Index(fields=["owner", "-at", "-id"], name="audit_owner_at"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}: {self.event}"

    @classmethod
    def seen_by(cls, viewer: Viewer) -> models.Q:
        """Let an authority see what concerns its cases, and everybody else their own."""
        if viewer.kind is OrganisationKind.AUTHORITY:
            return models.Q(authority_id=viewer.organisation_id)
        if viewer.kind is OrganisationKind.CUSTOMS:
            return NOBODY
        return models.Q(owner_id=viewer.organisation_id)
