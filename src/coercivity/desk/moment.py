"""What time it is; a test or a demo may say so instead of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

__all__ = ["fixed", "now"]

_FIXED: ContextVar[datetime | None] = ContextVar("desk_moment", default=None)


def now() -> datetime:
    """Return the present moment, in UTC."""
    return _FIXED.get() or timezone.now()


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Let it be a given moment within a block.

    Parameters
    ----------
    at : datetime
        Aware.
    """
    token = _FIXED.set(at)
    try:
        yield
    finally:
        _FIXED.reset(token)
