"""What people do to jobs: ask for one, cancel it, let it go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.roles import OrganisationKind
from coercivity.desk.accounts.scope import visible
from coercivity.desk.moment import now
from coercivity.desk.runs.kinds import canonical, key_of, kind_of
from coercivity.desk.runs.models import Job, RunResult
from coercivity.desk.runs.states import LIVE, JobState, require_move
from coercivity.desk.services import service
from coercivity.errors import UsageError

__all__ = ["ask", "cancel", "note", "resume", "same_work"]


def note(job: Job, event: str, actor: User | None, **details: Any) -> None:
    """Write what happened to a job to the audit trail; a transaction is open."""
    owner = job.owner
    authority: Organisation | None = None
    if OrganisationKind(owner.kind) is OrganisationKind.AUTHORITY:
        authority = owner
    record(
        job.chain, event, actor=actor, owner=owner, authority=authority, kind=job.kind, **details
    )


def same_work(user: User, kind: str, parameters: Mapping[str, Any]) -> Job | None:
    """Return the newest job of the same organisation that does the same work, or did it."""
    rows = visible(Job, user).filter(key=key_of(kind_of(kind), parameters))
    return rows.filter(state__in=[*LIVE, JobState.DONE]).order_by("-id").first()


@service
def ask(
    *,
    actor: User,
    kind: str,
    title: str,
    parameters: Mapping[str, Any],
    subject: str = "",
) -> Job:
    """Put a job into the queue; work that was done before is done at once.

    Parameters
    ----------
    actor : User
        Who asks; the job belongs to their organisation.
    kind : str
        Name of a kind.
    title : str
        Words for people.
    parameters : mapping
        Plain values, checked by whoever asks.
    subject : str
        What it is asked for, such as ``case/A0000012``.

    Returns
    -------
    Job
        Queued, or done.

    Raises
    ------
    NotFoundError
        If there is no such kind, or its pack is gone.
    """
    found = kind_of(kind)
    plain = json.loads(canonical(parameters))
    key = key_of(found, plain)
    result = RunResult.objects.filter(key=key).first()
    moment = now()
    job = Job.objects.create(
        kind=kind,
        title=title[:200],
        key=key,
        parameters=plain,
        subject=subject,
        owner=actor.organisation,
        created_by=actor,
        created_at=moment,
        available_at=moment,
        state=JobState.DONE if result else JobState.QUEUED,
        result=result,
        share=1.0 if result else 0.0,
        stage="the same run was made before" if result else "",
        finished_at=moment if result else None,
    )
    note(job, "asked for", actor, key=key)
    return job


def _locked(job: Job) -> Job:
    return Job.objects.select_for_update(of=("self",)).select_related("owner").get(pk=job.pk)


@service
def cancel(job: Job, *, actor: User) -> Job:
    """Cancel a job: at once if it waits, else as soon as its worker sees it.

    Raises
    ------
    UsageError
        If it is finished or cancelled already.
    """
    found = _locked(job)
    require_move(found.state, JobState.CANCELLED)
    if found.state == JobState.QUEUED:
        found.state, found.finished_at = JobState.CANCELLED, now()
    else:
        found.cancel_requested = True
    found.save(update_fields=["state", "finished_at", "cancel_requested"])
    note(found, "cancelled", actor)
    return found


@service
def resume(job: Job, *, actor: User) -> Job:
    """Let a cancelled or failed job go on; what it had finished is not done again.

    Raises
    ------
    UsageError
        If it is neither.
    """
    found = _locked(job)
    if found.state == JobState.RUNNING:
        raise UsageError("the run is running", where="state", expected="one that has stopped")
    require_move(found.state, JobState.QUEUED)
    found.state, found.available_at = JobState.QUEUED, now()
    found.cancel_requested, found.attempts, found.problems = False, 0, []
    found.finished_at, found.stage = None, ""
    found.lease_owner, found.lease_until = "", None
    found.save()
    note(found, "resumed", actor)
    return found
