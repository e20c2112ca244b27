"""Applications and what gathers around them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from coercivity.desk.accounts.models import Organisation, StoredFile, User
from coercivity.desk.accounts.scope import Owned, Viewer
from coercivity.desk.licensing.models.fields import Posture, exact_quantity, of_case, states
from coercivity.licences import ApplicationState, LicenceKind

__all__ = [
    "Advice",
    "Appeal",
    "Application",
    "ApplicationLine",
    "ApplicationParty",
    "Decision",
    "Document",
    "EndUserCertificateRow",
    "InformationRequest",
    "ScreeningDecision",
    "ScreeningList",
    "StateChange",
]

_STATES = [state.value for state in ApplicationState]


class Application(Owned):
    """A case: a company asks an authority for a licence, or tracks that somebody else has asked."""

    reference = models.CharField(max_length=20, unique=True)
    posture = models.CharField(max_length=10, choices=states(Posture), default=Posture.NATIVE)
    pack = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=states(LicenceKind))
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    origin = models.CharField(max_length=2, blank=True)
    destination = models.CharField(max_length=2, blank=True)
    end_use = models.CharField(max_length=60, blank=True)
    end_use_text = models.TextField(blank=True)
    state = models.CharField(
        max_length=24, choices=states(ApplicationState), default=ApplicationState.DRAFT
    )
    previous_state = models.CharField(max_length=24, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    officer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    submitted_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    working_days = models.PositiveIntegerField(
        null=True, help_text="Working days used, stopped time left out; set when decided."
    )
    linked_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="linked")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=_STATES), name="application_state_of_the_table"
            ),
            models.CheckConstraint(
                condition=Q(submitted_on__isnull=False)
                | Q(state__in=[ApplicationState.DRAFT, ApplicationState.DISCARDED]),
                name="application_submitted_has_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["authority", "-submitted_on", "-id"], name="application_queue_newest"
            ),
            models.Index(
                fields=["authority", "state", "-submitted_on", "-id"],
                name="application_queue_by_state",
            ),
            models.Index(
                fields=["authority", "owner", "-submitted_on", "-id"],
                name="application_queue_by_owner",
            ),
            models.Index(fields=["owner", "-id"], name="application_of_owner"),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Let the applicant and, once submitted, the authority see it."""
        return of_case(viewer)

    @property
    def chain(self) -> str:
        """Name of its chain in the audit trail."""
        return f"case/{self.reference}"


class OfCase(Owned):
    """A row that hangs on an application and is seen by whoever sees that."""

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Follow the application."""
        return of_case(viewer, "application__")


class ApplicationParty(OfCase):
    """Who takes part, in which role."""

    ROLES: ClassVar = [
        ("applicant", "Applicant"),
        ("consignee", "Consignee"),
        ("end_user", "End user"),
    ]

    application = models.ForeignKey(Application, models.PROTECT, related_name="parties")
    role = models.CharField(max_length=12, choices=ROLES)
    name = models.CharField(max_length=200)
    native_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    address = models.TextField(blank=True)
    party = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "role"], name="party_role_once")
        ]

    def __str__(self) -> str:
        return self.name


class ApplicationLine(OfCase):
    """What is asked for."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=80)
    quantity = exact_quantity()
    unit = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "number"], name="line_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.unit} of {self.item}"


class Document(OfCase):
    """A file handed in with a case; given back as a download, never shown."""

    KINDS: ClassVar = [
        ("end_user_certificate", "End-user certificate"),
        ("contract", "Contract"),
        ("specification", "Technical specification"),
        ("identity", "Proof of identity"),
        ("other", "Something else"),
    ]

    application = models.ForeignKey(Application, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=24, choices=KINDS)
    name = models.CharField(max_length=120)
    media = models.CharField(max_length=10)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class EndUserCertificateRow(OfCase):
    """The end-user certificate's fields as the library's validator names them."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="certificate")
    fields = models.JSONField(default=dict)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"end-user certificate of {self.application_id}"


class StateChange(OfCase):
    """One transition of a case; rows are only added."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="changes")
    event = models.CharField(max_length=40)
    source = models.CharField(max_length=24)
    target = models.CharField(max_length=24)
    at = models.DateTimeField()
    day = models.DateField(help_text="In the authority's time zone.")
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.source} {self.event} {self.target}"


class InformationRequest(OfCase):
    """A question to the applicant, which stops the clock."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="requests")
    question = models.TextField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.question


class Advice(OfCase):
    """What a team advises, once asked."""

    RECOMMENDATIONS: ClassVar = [
        ("approve", "Approve"),
        ("approve_with_conditions", "Approve with conditions"),
        ("refuse", "Refuse"),
        ("no_view", "No view"),
    ]

    application = models.ForeignKey(Application, models.PROTECT, related_name="advice")
    team = models.CharField(max_length=60)
    question = models.TextField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    recommendation = models.CharField(max_length=24, choices=RECOMMENDATIONS, blank=True)
    text = models.TextField(blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.team}: {self.recommendation or 'asked'}"

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Keep advice within the authority."""
        return of_case(viewer, "application__") & Q(application__authority=viewer.organisation_id)


class ScreeningList(Owned):
    """A list of denied parties that an authority brought; none is shipped."""

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    suffix = models.CharField(max_length=8, default=".csv", help_text="Form of the file.")
    n_names = models.PositiveIntegerField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("-added_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "name", "version"], name="screening_list_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Keep a list within the authority that brought it."""
        return Q(authority_id=viewer.organisation_id)


class ScreeningDecision(OfCase):
    """What a person decided of one candidate, or of there being none; rows are only added."""

    VERDICTS: ClassVar = [
        ("no_match", "Not the same party"),
        ("match", "The same party"),
        ("no_candidate", "No candidate found"),
    ]

    application = models.ForeignKey(Application, models.PROTECT, related_name="screenings")
    party = models.ForeignKey(ApplicationParty, models.PROTECT, related_name="+")
    screened_name = models.CharField(max_length=200)
    list = models.ForeignKey(ScreeningList, models.PROTECT, related_name="+")
    entry = models.CharField(max_length=120, blank=True, help_text="Id on the list.")
    candidate = models.CharField(max_length=200, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    explanation = models.TextField(blank=True)
    verdict = models.CharField(max_length=16, choices=VERDICTS)
    grounds = models.TextField()
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.screened_name}: {self.verdict}"

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Keep screening within the authority."""
        return of_case(viewer, "application__") & Q(application__authority=viewer.organisation_id)


class Decision(OfCase):
    """What one person proposed and another confirmed or sent back."""

    OUTCOMES: ClassVar = [
        ("approve", "Approve"),
        ("approve_in_part", "Approve in part"),
        ("refuse", "Refuse"),
    ]
    STANDINGS: ClassVar = [
        ("proposed", "Awaits a countersignature"),
        ("confirmed", "Countersigned"),
        ("sent_back", "Sent back"),
        ("lapsed", "Lapsed before it was countersigned"),
    ]

    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=OUTCOMES)
    grounds = models.TextField()
    granted = models.JSONField(default=list, help_text="Granted quantity of each line, as text.")
    conditions = models.JSONField(default=list, help_text="Conditions as the library writes them.")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    standing = models.CharField(max_length=10, choices=STANDINGS, default="proposed")
    countersigned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    countersigned_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(countersigned_by__isnull=True) | ~Q(countersigned_by=F("proposed_by")),
                name="decision_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="decision_validity_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}, {self.standing}"


class Appeal(OfCase):
    """An appeal against a refusal, and what came of it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="appeals")
    grounds = models.TextField()
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    allowed = models.BooleanField(null=True)
    reasons = models.TextField(blank=True)
    heard_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    heard_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"appeal of {self.filed_at:%Y-%m-%d}"
