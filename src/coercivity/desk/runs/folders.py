"""Where jobs leave files: one folder for each piece of work, held by one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

__all__ = ["held_folder", "work_folder"]


def work_folder(key: str) -> Path:
    """Return the folder of a piece of work; it may not be there.

    Parameters
    ----------
    key : str
        Digest of the work.
    """
    return Path(settings.DESK_HOME) / "runs" / key[:2] / key


@contextmanager
def held_folder(key: str) -> Iterator[Path | None]:
    """Make the folder of a piece of work and keep other processes of this machine out of it.

    Parameters
    ----------
    key : str
        Digest of the work.

    Yields
    ------
    Path or None
        None if another process has it; the hold goes with the process, even a killed one.
    """
    folder = work_folder(key)
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield folder
