"""Password hashing that leaves the desk answering while many people sign in at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.db import connection

from coercivity.desk.errors import TooManyAtOnceError

__all__ = ["InTurnArgon2Hasher", "InTurnPBKDF2Hasher"]

_WAIT_SECONDS: Final = 20.0
_TURNS: Final = BoundedSemaphore(1)


@contextmanager
def _turn() -> Iterator[None]:
    """Work a hash out for one person at a time in each process.

    A hash takes a good part of a second of a core and, for Argon2, much memory, on purpose. When
    an office signs in at nine, all of them at once would leave nothing for anybody's page, and
    none of them would be in any sooner.

    Whoever waits holds no connection to the database meanwhile: the pool has only a few.
    """
    if not connection.in_atomic_block:
        connection.close()
    if not _TURNS.acquire(timeout=_WAIT_SECONDS):
        raise TooManyAtOnceError(
            "too many people sign in at this moment", hint="wait a minute and try again"
        )
    try:
        yield
    finally:
        _TURNS.release()


class InTurnArgon2Hasher(Argon2PasswordHasher):
    """Argon2id, for one person at a time in each process.

    Its memory makes guessing on graphics cards expensive, which rounds alone do not. The memory is
    the largest that OWASP's password storage cheat sheet names for Argon2id (46 MiB, one pass, one
    lane, as good as 19 MiB and two passes), at twice the passes. Django's own setting has eight
    lanes: one sign-in would take every core of a small machine at once.
    """

    time_cost = 2
    memory_cost = 46 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password.

        Raises
        ------
        TooManyAtOnceError
            If it was nobody's turn for too long.
        """
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a password has a hash.

        Raises
        ------
        TooManyAtOnceError
            If it was nobody's turn for too long.
        """
        # Unlike the other, this one does not encode again to compare.
        with _turn():
            return super().verify(password, encoded)


class InTurnPBKDF2Hasher(PBKDF2PasswordHasher):
    """Reads the hashes made before Argon2; Django replaces each when its owner signs in."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Return the hash of a password; comparing with one goes through here too.

        Raises
        ------
        TooManyAtOnceError
            If it was nobody's turn for too long.
        """
        with _turn():
            return super().encode(password, salt, iterations)
