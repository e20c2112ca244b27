"""Typed options that travel through the rooms; no global state."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Options", "Progress", "silent"]

Progress = Callable[[str, float], None]
"""Called with the name of a stage and the share of it that is done, 0 to 1."""


def silent(stage: str, share: float) -> None:
    """Report nothing; the default :data:`Progress`."""


@dataclass(frozen=True)
class Options:
    """How to run, as opposed to what to run.

    Parameters
    ----------
    progress : Progress
        Receives stage names and shares done.
    threads : int
        Worker threads of the simulation; 0 takes every core the process may use. The results do
        not depend on it.
    check_invariants : bool
        Check the engine's conservation laws every simulated day.
    """

    progress: Progress = silent
    threads: int = 0
    check_invariants: bool = False

    @property
    def n_threads(self) -> int:
        """Number of worker threads, with 0 resolved to the cores this process may use."""
        return self.threads if self.threads > 0 else len(os.sched_getaffinity(0))
