"""Passwords cost as much as Django asks, and are hashed one at a time, without a connection."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from coercivity.desk import settings as production
from coercivity.desk.accounts import hashing
from coercivity.desk.accounts.hashing import OneAtATimeHasher
from coercivity.desk.errors import TooManyAtOnceError, status_of

# OWASP's least number of rounds for PBKDF2 with SHA-256.
OWASP_ROUNDS = 600_000


def test_the_hash_is_djangos_own_at_its_full_cost() -> None:
    path = f"{hashing.__name__}.{OneAtATimeHasher.__name__}"
    assert [path] == production.PASSWORD_HASHERS
    assert OneAtATimeHasher.algorithm == "pbkdf2_sha256"
    assert OneAtATimeHasher.iterations == PBKDF2PasswordHasher.iterations >= OWASP_ROUNDS


def test_hashes_made_before_still_work() -> None:
    old = PBKDF2PasswordHasher().encode("a long enough phrase", "salt", 1000)
    assert OneAtATimeHasher().encode("a long enough phrase", "salt", 1000) == old
    assert OneAtATimeHasher().verify("a long enough phrase", old)
    assert not OneAtATimeHasher().verify("another phrase", old)


def test_one_at_a_time_and_nobody_waits_with_a_connection(monkeypatch) -> None:
    at_work, most, closed = [0], [0], []

    def slow(self, password: str, salt: str, iterations: int | None = None) -> str:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.02)
        at_work[0] -= 1
        return f"pbkdf2_sha256$1${salt}${password}"

    fake = SimpleNamespace(in_atomic_block=False, close=lambda: closed.append(1))
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", slow)
    monkeypatch.setattr(hashing, "connection", fake)
    threads = [
        threading.Thread(target=OneAtATimeHasher().encode, args=("word", "salt")) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert len(closed) == 6


def test_within_a_transaction_the_connection_is_kept(monkeypatch) -> None:
    def never() -> None:
        raise AssertionError("a transaction was cut")

    monkeypatch.setattr(hashing, "connection", SimpleNamespace(in_atomic_block=True, close=never))
    assert OneAtATimeHasher().encode("word", "salt", 1).startswith("pbkdf2_sha256$1$salt$")


def test_who_waits_too_long_is_told_and_leaves_the_turn_to_others(monkeypatch) -> None:
    monkeypatch.setattr(hashing, "_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(
        hashing, "connection", SimpleNamespace(in_atomic_block=False, close=lambda: None)
    )
    with hashing._TURNS, pytest.raises(TooManyAtOnceError, match="too many") as caught:
        OneAtATimeHasher().encode("word", "salt", 1)
    assert status_of(caught.value) == 503
    assert OneAtATimeHasher().encode("word", "salt", 1)
