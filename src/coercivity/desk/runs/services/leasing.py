"""What workers do to jobs: take one, keep it, give it back, finish it.

A worker holds a job for as long as its lease runs, and renews the lease while it works. Whoever
does not renew loses the job to the next worker. Each taking has a number; a worker whose number is
not the job's any more can change nothing, so a worker that slept through its lease does no harm.
Every act is one conditional UPDATE, which both databases carry out for one worker only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from coercivity.desk.moment import now
from coercivity.desk.runs.models import Job, RunResult
from coercivity.desk.runs.services.asking import note
from coercivity.desk.runs.states import JobState
from coercivity.desk.services import service
from coercivity.errors import Problem

__all__ = [
    "LEASE",
    "MOST_ATTEMPTS",
    "Standing",
    "Taken",
    "fail",
    "finish",
    "give_back",
    "renew",
    "stop_cancelled",
    "take",
]

LEASE: Final = timedelta(seconds=30)
"""How long a worker is believed to live after its last sign of life."""

MOST_ATTEMPTS: Final = 3
"""Takings after which a job whose workers keep dying is given up."""

_LOOKED_AT: Final = 16


class Standing(StrEnum):
    """What a renewal says to the worker."""

    HELD = "held"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True)
class Taken:
    """A job in the hands of a worker.

    Parameters
    ----------
    pk : int
        Of the job.
    worker : str
        Who has it.
    attempt : int
        Number of this taking.
    kind, key : str
        Kind of the job, digest of its work.
    parameters : mapping
        Plain values.
    """

    pk: int
    worker: str
    attempt: int
    kind: str
    key: str
    parameters: Mapping[str, Any]


def _held(taken: Taken) -> QuerySet[Job]:
    """Rows that the worker may change: its job, while it holds it."""
    return Job.objects.filter(
        pk=taken.pk,
        state=JobState.RUNNING,
        lease_owner=taken.worker,
        attempts=taken.attempt,
    )


def take(worker: str, *, lease: timedelta = LEASE) -> Taken | None:
    """Take the job that waited longest; a running one whose lease has lapsed waits too.

    Parameters
    ----------
    worker : str
        Unique name of the worker.
    lease : timedelta
        How long it is held without a sign of life.

    Returns
    -------
    Taken or None
        None if nothing waits.
    """
    moment = now()
    # Looked for outside a transaction: on SQLite every one of these holds the write lock.
    if _unwanted(moment).exists():
        _settle(moment)
    waiting = Q(state=JobState.QUEUED, available_at__lte=moment)
    waiting |= Q(state=JobState.RUNNING, lease_until__lt=moment)
    # The same work in two jobs is done once; the second waits for the result.
    busy = Job.objects.filter(state=JobState.RUNNING, lease_until__gte=moment).values("key")
    rows = Job.objects.filter(waiting).exclude(key__in=busy).order_by("available_at", "id")
    for job in rows[:_LOOKED_AT]:
        changed = Job.objects.filter(waiting, pk=job.pk, attempts=job.attempts).update(
            state=JobState.RUNNING,
            lease_owner=worker,
            lease_until=moment + lease,
            heartbeat_at=moment,
            started_at=job.started_at or moment,
            attempts=F("attempts") + 1,
        )
        if changed:
            return Taken(job.pk, worker, job.attempts + 1, job.kind, job.key, job.parameters)
    return None


def _unwanted(moment: datetime) -> QuerySet[Job]:
    """Lapsed jobs that nobody should take: cancelled ones, and those that kill workers."""
    lapsed = Q(state=JobState.RUNNING, lease_until__lt=moment)
    return Job.objects.filter(lapsed).filter(
        Q(cancel_requested=True) | Q(attempts__gte=MOST_ATTEMPTS)
    )


@service
def _settle(moment: datetime) -> None:
    """Cancel or give up lapsed jobs that nobody should take."""
    for job in _unwanted(moment).select_for_update(of=("self",)).select_related("owner"):
        if job.cancel_requested:
            job.state, event = JobState.CANCELLED, "stopped"
        else:
            job.state, event = JobState.FAILED, "failed"
            job.problems = [
                Problem(
                    f"its worker stopped {job.attempts} times without a word",
                    expected="a worker that lives until the run is done",
                    hint="run it with fewer members, or give the worker more memory",
                ).to_json()
            ]
        job.finished_at = moment
        job.save(update_fields=["state", "problems", "finished_at"])
        note(job, event, None)


def renew(taken: Taken, *, stage: str, share: float, lease: timedelta = LEASE) -> Standing:
    """Give a sign of life and say how far the job is.

    Parameters
    ----------
    taken : Taken
    stage : str
        What is being done.
    share : float
        Part done, 0 to 1.
    lease : timedelta
        As in :func:`take`.

    Returns
    -------
    Standing
        Whether the worker may go on.
    """
    moment = now()
    changed = _held(taken).update(
        lease_until=moment + lease,
        heartbeat_at=moment,
        stage=stage[:80],
        share=min(max(share, 0.0), 1.0),
    )
    if not changed:
        return Standing.LOST
    is_cancelled = Job.objects.filter(pk=taken.pk, cancel_requested=True).exists()
    return Standing.CANCELLED if is_cancelled else Standing.HELD


@service
def finish(
    taken: Taken, content: Mapping[str, Any] | None, *, seconds: float, pack: str = ""
) -> bool:
    """Keep the result and mark the job as done.

    Parameters
    ----------
    taken : Taken
    content : mapping or None
        Result as plain values; None if it is kept already under the job's key.
    seconds : float, s
        Time it took.
    pack : str
        Name of the pack it rests on, if one.

    Returns
    -------
    bool
        False if the worker had lost the job; nothing is changed then, and the result is kept by
        whoever has it.
    """
    job = _held(taken).select_for_update(of=("self",)).select_related("owner").first()
    if job is None:
        return False
    if content is not None:
        RunResult.objects.get_or_create(
            key=taken.key,
            defaults={
                "kind": taken.kind,
                "pack": pack,
                "content": dict(content),
                "foremost": _foremost(content),
                "created_at": now(),
                "seconds": seconds,
            },
        )
    job.state, job.result_id = JobState.DONE, taken.key
    job.share, job.stage, job.finished_at = 1.0, "", now()
    job.save(update_fields=["state", "result", "share", "stage", "finished_at"])
    note(job, "finished", None, seconds=round(seconds, 1))
    return True


def _foremost(content: Mapping[str, Any]) -> list[str]:
    """Quantities that a run found to matter: those whose interval does not reach zero.

    With something held, the run says nothing of what matters without.
    """
    ranked = (content.get("tables") or {}).get("ranking") or {}
    if content.get("held") or not ranked:
        return []
    pairs = zip(ranked["quantity"], ranked["low"], strict=True)
    return [str(name) for name, low in pairs if low > 0.0]


@service
def fail(taken: Taken, problems: list[Problem]) -> bool:
    """Mark the job as failed, with what is wrong in plain words."""
    job = _held(taken).select_for_update(of=("self",)).select_related("owner").first()
    if job is None:
        return False
    job.state, job.finished_at = JobState.FAILED, now()
    job.problems = [problem.to_json() for problem in problems]
    job.save(update_fields=["state", "finished_at", "problems"])
    note(job, "failed", None, what=problems[0].what if problems else "")
    return True


@service
def stop_cancelled(taken: Taken) -> bool:
    """Mark a job as cancelled after its worker has stopped."""
    job = _held(taken).select_for_update(of=("self",)).select_related("owner").first()
    if job is None:
        return False
    job.state, job.finished_at = JobState.CANCELLED, now()
    job.save(update_fields=["state", "finished_at"])
    note(job, "stopped", None)
    return True


def give_back(taken: Taken, *, delay: timedelta = timedelta(0)) -> bool:
    """Put a job back into the queue; this taking does not count.

    Parameters
    ----------
    taken : Taken
    delay : timedelta
        How long nobody takes it again.
    """
    changed = _held(taken).update(
        state=JobState.QUEUED,
        available_at=now() + delay,
        lease_owner="",
        lease_until=None,
        attempts=F("attempts") - 1,
    )
    return bool(changed)
