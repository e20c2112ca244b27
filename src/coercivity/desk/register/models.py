"""Tables of evidence: documents, what was read in them, what people judged about that.

Documents and judgements are the substance. Claims, verdicts and events are what the library makes
of them; they are written anew whenever a document or a judgement is added.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from django.db import models

from coercivity.claims.model import FRAMES, RELATIONS
from coercivity.desk.accounts.models import Organisation, StoredFile, User
from coercivity.desk.accounts.scope import Owned, Viewer
from coercivity.events.model import ACTIONS, STATUSES

__all__ = [
    "ClaimRole",
    "ClaimRow",
    "DocumentState",
    "EventClaim",
    "EventRow",
    "EvidenceDocument",
    "EvidenceSet",
    "JudgementRow",
    "Origin",
    "Standing",
    "VerdictRow",
]


class DocumentState(StrEnum):
    """Where the reading of a document stands."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"


class Origin(StrEnum):
    """How a document came in."""

    UPLOAD = "upload"
    FOLDER = "folder"
    PACK = "pack"


class Standing(StrEnum):
    """What people made of a claim."""

    UNJUDGED = "unjudged"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class ClaimRole(StrEnum):
    """What a claim does to an event."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    QUESTIONS = "questions"
    OPEN = "open"
    FORETELLS = "foretells"


def _of(kinds: Any) -> list[tuple[str, str]]:
    """Return the choices of a field for an enumeration or a tuple of words."""
    values = [getattr(kind, "value", kind) for kind in kinds]
    return [(value, value.replace("_", " ").capitalize()) for value in values]


class _Evidence(Owned):
    """Rows that belong to the organisation whose evidence they are, `path` away."""

    path: ClassVar[str] = ""

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, viewer: Viewer) -> models.Q:
        """Show an organisation its own evidence."""
        return models.Q(**{f"{cls.path}owner_id": viewer.organisation_id})


class EvidenceSet(_Evidence):
    """The documents of one organisation on one subject; they are compared with one another."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    pack = models.CharField(max_length=60)
    revision = models.PositiveIntegerField(
        default=0, help_text="Grows whenever what was read or judged changes."
    )
    notes = models.JSONField(default=list)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pack",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "pack"], name="evidence_owner_pack")
        ]

    def __str__(self) -> str:
        return f"{self.owner_id}/{self.pack}"


class EvidenceDocument(_Evidence):
    """One document as it came in, and its text once it was read."""

    path = "within__"

    within = models.ForeignKey(EvidenceSet, models.PROTECT, related_name="documents")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    media = models.CharField(max_length=8)
    origin = models.CharField(max_length=10, choices=_of(Origin))
    source = models.CharField(max_length=120, blank=True, help_text="Id in the pack, if any.")
    publisher = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    told = models.CharField(max_length=10, blank=True, help_text="Date that a person gave.")
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=10, choices=_of(DocumentState), default=DocumentState.WAITING
    )
    problems = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    text = models.TextField(blank=True)
    structure = models.JSONField(default=dict, help_text="Markup, blocks, own date, source.")
    borrowed = models.JSONField(null=True, help_text="Date lent by another document.")
    published = models.CharField(max_length=60, blank=True)
    published_from = models.DateField(null=True)
    basis = models.CharField(max_length=12, blank=True)
    family = models.CharField(max_length=200, blank=True)
    n_claims = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-added_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["within", "file"], name="evidence_document_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["within", "-added_at", "-id"], name="evidence_document_added"),
            models.Index(fields=["within", "-published_from"], name="evidence_document_dated"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def witness(self) -> str:
        """Name to show: the publisher if known, else the file's."""
        return self.publisher or self.name


class ClaimRow(_Evidence):
    """One claim: as read, and as people judged it."""

    path = "document__within__"

    document = models.ForeignKey(EvidenceDocument, models.PROTECT, related_name="claims")
    claim = models.CharField(max_length=16)
    position = models.PositiveIntegerField()
    reading = models.JSONField(help_text="As read; never changed by a judgement.")
    judged = models.JSONField(null=True, help_text="As judged, where that differs.")
    standing = models.CharField(
        max_length=10, choices=_of(Standing), default=Standing.UNJUDGED, db_index=True
    )
    review_order = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    frame = models.CharField(max_length=24, choices=_of(FRAMES), blank=True)
    kind = models.CharField(max_length=12)
    mode = models.CharField(max_length=12)
    polarity = models.CharField(max_length=12)
    modality = models.CharField(max_length=14)
    confidence = models.CharField(max_length=8)
    is_asserted = models.BooleanField()
    speaker = models.TextField(blank=True)
    text = models.TextField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ("document", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "claim"], name="claim_once_a_document")
        ]

    def __str__(self) -> str:
        return self.claim


class VerdictRow(_Evidence):
    """How two claims stand to each other."""

    path = "within__"

    within = models.ForeignKey(EvidenceSet, models.PROTECT, related_name="verdicts")
    verdict = models.CharField(max_length=16)
    relation = models.CharField(max_length=20, choices=_of(RELATIONS))
    rule = models.CharField(max_length=120)
    a = models.ForeignKey(ClaimRow, models.PROTECT, related_name="+")
    b = models.ForeignKey(ClaimRow, models.PROTECT, null=True, related_name="+")
    differences = models.JSONField(default=list)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("within", "id")
        indexes: ClassVar = [models.Index(fields=["within", "relation"], name="verdict_relation")]

    def __str__(self) -> str:
        return f"{self.relation} {self.verdict}"


class EventRow(_Evidence):
    """What is told to have happened, by documents, by the pack's own table, or by both."""

    path = "within__"

    within = models.ForeignKey(EvidenceSet, models.PROTECT, related_name="events")
    event = models.CharField(max_length=120)
    frame = models.CharField(max_length=24)
    title = models.TextField()
    when = models.CharField(max_length=60, blank=True)
    day = models.DateField(
        null=True, help_text="First day on which it may have happened, or by which it was known."
    )
    status = models.CharField(max_length=12, choices=_of(STATUSES))
    origin = models.CharField(max_length=12)
    n_families = models.PositiveIntegerField()
    body = models.JSONField(help_text="The event as the library tells it.")

    class Meta:
        ordering = ("day", "event")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["within", "event"], name="event_once")
        ]
        indexes: ClassVar = [models.Index(fields=["within", "day"], name="event_day")]

    def __str__(self) -> str:
        return self.title


class EventClaim(_Evidence):
    """A claim that was folded into an event."""

    path = "event__within__"

    event = models.ForeignKey(EventRow, models.PROTECT, related_name="links")
    claim = models.ForeignKey(ClaimRow, models.PROTECT, related_name="events")
    role = models.CharField(max_length=12, choices=_of(ClaimRole))

    def __str__(self) -> str:
        return f"{self.claim_id} {self.role} {self.event_id}"


class JudgementRow(_Evidence):
    """One judgement of a person, as the library writes it; added, never changed."""

    path = "within__"

    within = models.ForeignKey(EvidenceSet, models.PROTECT, related_name="judgements")
    row = models.CharField(max_length=16)
    action = models.CharField(max_length=16, choices=_of(ACTIONS))
    claim = models.CharField(max_length=16)
    other = models.CharField(max_length=16, blank=True)
    undoes = models.CharField(max_length=16, blank=True)
    body = models.JSONField(help_text="The row as in a file of judgements.")
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("within", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["within", "row"], name="judgement_once")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.claim}"
