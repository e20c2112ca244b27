"""States of a job, and what may follow what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from coercivity.errors import UsageError

__all__ = ["LIVE", "MOVES", "JobState", "require_move"]


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = JobState

MOVES: Final[Mapping[JobState, frozenset[JobState]]] = {
    _S.QUEUED: frozenset({_S.RUNNING, _S.CANCELLED, _S.DONE}),
    # Back to the queue when its worker stops, or gives it up because another has the same work.
    _S.RUNNING: frozenset({_S.DONE, _S.FAILED, _S.CANCELLED, _S.QUEUED}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset({_S.QUEUED}),
    _S.CANCELLED: frozenset({_S.QUEUED}),
}
"""Every move; a running job taken over by another worker stays running."""

LIVE: Final = frozenset({_S.QUEUED, _S.RUNNING})
"""States in which something is still to happen."""


def require_move(source: str, target: JobState) -> None:
    """Refuse a move that is not in the table.

    Raises
    ------
    UsageError
        If the job stands where it cannot go there.
    """
    if target not in MOVES[JobState(source)]:
        raise UsageError(
            f"the run is {source} and cannot become {target.value}",
            where="state",
            expected=" or ".join(sorted(MOVES[JobState(source)])) or "nothing: it is finished",
        )
