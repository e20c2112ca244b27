"""Password hashing that leaves the desk answering while many people sign in at once."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Final

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from coercivity.desk.errors import TooManyAtOnceError

__all__ = ["OneAtATimeHasher"]

_WAIT_SECONDS: Final = 20.0
_TURNS: Final = BoundedSemaphore(1)


class OneAtATimeHasher(PBKDF2PasswordHasher):
    """Django's hash, worked out for one person at a time in each process.

    A hash takes half a second of a core, on purpose. When an office signs in at nine, all of them
    at once would leave no core for anybody's page, and none of them would be in any sooner.

    Whoever waits holds no connection to the database meanwhile: the pool has only a few.
    """

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Return the hash of a password.

        Raises
        ------
        TooManyAtOnceError
            If it was nobody's turn for too long.
        """
        if not connection.in_atomic_block:
            connection.close()
        if not _TURNS.acquire(timeout=_WAIT_SECONDS):
            raise TooManyAtOnceError(
                "too many people sign in at this moment", hint="wait a minute and try again"
            )
        try:
            return super().encode(password, salt, iterations)
        finally:
            _TURNS.release()
