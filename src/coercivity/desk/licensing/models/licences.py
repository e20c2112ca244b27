"""Licences and their ledger, which is the library's own pair of tables."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.scope import Owned, Viewer
from coercivity.desk.licensing.models.cases import Application
from coercivity.desk.licensing.models.fields import Posture, exact_quantity, of_licence, states
from coercivity.licences import LicenceKind, LicenceState

__all__ = [
    "LedgerAccountRow",
    "LedgerEntryRow",
    "Licence",
    "LicenceAssertion",
    "LicenceChange",
    "LicenceCondition",
    "LicenceLine",
]


class Licence(Owned):
    """A licence: our own act, or one that sources tell of and a company tracks."""

    reference = models.CharField(max_length=60, unique=True)
    number = models.CharField(max_length=60, blank=True, help_text="As printed, if it differs.")
    posture = models.CharField(max_length=10, choices=states(Posture), default=Posture.NATIVE)
    pack = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=states(LicenceKind))
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    authority = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    issuer = models.CharField(max_length=80, help_text="Party id of the authority.")
    holder_name = models.CharField(max_length=200)
    end_users = models.JSONField(default=list)
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, related_name="licence"
    )
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    origin = models.CharField(max_length=20)
    destination = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="First day no longer valid.")
    zone = models.CharField(max_length=40)
    state = models.CharField(
        max_length=12, choices=states(LicenceState), default=LicenceState.ISSUED
    )
    issued_at = models.DateTimeField(null=True)
    granted_by = models.DateField(
        null=True, help_text="Day by which a licence told of is known to exist."
    )
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in LicenceState]),
                name="licence_state_of_the_table",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="licence_validity_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(posture=Posture.NATIVE) | Q(authority__isnull=False),
                name="licence_of_our_own_has_authority",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["authority", "-id"], name="licence_of_authority"),
            models.Index(fields=["authority", "state", "valid_to"], name="licence_by_state"),
            models.Index(fields=["owner", "-id"], name="licence_of_owner"),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Let holder, issuing authority and its customs service see it."""
        return of_licence(viewer)

    @property
    def chain(self) -> str:
        """Name of its chain in the audit trail."""
        return f"licence/{self.reference}"

    @property
    def ledger_issuer(self) -> str:
        """Within what references are unique; what a company tracks never meets the real ledger."""
        is_own_act = self.posture == Posture.NATIVE
        return self.issuer if is_own_act else f"{self.owner.slug}/{self.issuer}"


class OfLicence(Owned):
    """A row that hangs on a licence and is seen by whoever sees that."""

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Follow the licence."""
        return of_licence(viewer, "licence__")


class LicenceLine(OfLicence):
    """What a licence authorises, with the ledger account that counts it down."""

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=80)
    authorised = exact_quantity(null=True)
    unit = models.CharField(max_length=20)
    tolerance = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    account = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["licence", "number"], name="licence_line_number_once"),
            models.CheckConstraint(
                condition=Q(authorised__isnull=True) | Q(authorised__gte=0),
                name="licence_line_authorised",
            ),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0) & Q(tolerance__lte=1), name="licence_line_tolerance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authorised} {self.unit} of {self.item}"


class LicenceCondition(OfLicence):
    """A condition, in the library's notation."""

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="conditions")
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text


class LicenceChange(OfLicence):
    """One act upon a licence; rows are only added."""

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="changes")
    event = models.CharField(max_length=40)
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.event}: {self.target}"


class LicenceAssertion(OfLicence):
    """What one source says of a licence that a company tracks."""

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="assertions")
    source = models.CharField(max_length=120)
    url = models.URLField(max_length=500, blank=True)
    says = models.CharField(max_length=20)
    family = models.CharField(max_length=120, blank=True)
    grade = models.CharField(
        max_length=2,
        blank=True,
        help_text="How far the source is trusted, A (fully) to F (cannot be judged).",
    )
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.source} {self.says}"


class LedgerAccountRow(models.Model):
    """The library's table of accounts, to join and to filter by; only its store writes to it.

    Quantities are those of the table: steps of 10^-9 units on SQLite. They are compared with each
    other here and never shown.
    """

    id = models.TextField(primary_key=True)
    issuer = models.TextField()
    authorised = models.BigIntegerField()
    drawn = models.BigIntegerField()
    reserved = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_account"

    def __str__(self) -> str:
        return self.id


class LedgerEntryRow(models.Model):
    """The library's table of entries, to count and to date; only its store writes to it."""

    number = models.BigIntegerField(primary_key=True)
    account = models.TextField()
    issuer = models.TextField()
    reference = models.TextField()
    kind = models.TextField()
    at = models.TextField()

    class Meta:
        managed = False
        db_table = "ledger_entry"

    def __str__(self) -> str:
        return self.reference
