"""Tables of jobs, of what came out of them, and of chains that firms hand in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.scope import Owned, Viewer
from coercivity.desk.runs.states import JobState

__all__ = ["ExposureSet", "Job", "RunResult"]


class RunResult(models.Model):
    """What came out of a run, under the digest of everything that decides it.

    Reached only through a job: whoever asks for the same work gets the same result.
    """

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=40)
    pack = models.CharField(max_length=60)
    content = models.JSONField()
    foremost = models.JSONField(
        default=list, help_text="Quantity ids by influence, if the run ranked them."
    )
    created_at = models.DateTimeField()
    seconds = models.FloatField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["pack", "-created_at"], name="run_result_of_pack"),
        ]

    def __str__(self) -> str:
        return self.key


class Job(Owned):
    """Work for a worker: what is to be done, who does it, how far it is."""

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    parameters = models.JSONField()
    subject = models.CharField(
        max_length=80, blank=True, help_text="What it was asked for, such as case/A0000012."
    )
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    available_at = models.DateTimeField(help_text="No worker takes it before.")
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value.capitalize()) for state in JobState],
        default=JobState.QUEUED,
    )
    stage = models.CharField(max_length=80, blank=True)
    share = models.FloatField(default=0.0, help_text="Part done, 0 to 1.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    result = models.ForeignKey(RunResult, models.PROTECT, null=True, related_name="jobs")

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in JobState]),
                name="job_state_of_the_table",
            ),
            models.CheckConstraint(
                condition=Q(share__gte=0.0) & Q(share__lte=1.0), name="job_share"
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING)
                | (Q(lease_until__isnull=False) & ~Q(lease_owner="")),
                name="job_running_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.DONE) | Q(result__isnull=False),
                name="job_done_has_result",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "available_at", "id"], name="job_queue"),
            models.Index(fields=["owner", "-id"], name="job_of_owner"),
            models.Index(fields=["owner", "subject", "-id"], name="job_of_subject"),
            models.Index(fields=["key", "state"], name="job_of_key"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Show a job to the organisation that asked for it, and to nobody else."""
        return Q(owner_id=viewer.organisation_id)

    @property
    def chain(self) -> str:
        """Name of its chain in the audit trail."""
        return f"run/{self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether something is still to happen."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    @property
    def percent(self) -> int:
        """Part done, in whole percent."""
        return int(100.0 * self.share)


class ExposureSet(Owned):
    """A firm's own stock, suppliers and bill of materials, checked when they were handed in."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    pack = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    end_use = models.CharField(max_length=60)
    counted_on = models.DateField()
    tables = models.JSONField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["owner", "-id"], name="exposure_of_owner")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, viewer: Viewer) -> Q:
        """Show it to the firm that handed it in, and to nobody else."""
        return Q(owner_id=viewer.organisation_id)
