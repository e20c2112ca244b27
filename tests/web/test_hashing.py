"""Passwords cost more than OWASP asks for; they are hashed one at a time, without a connection."""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    PBKDF2PasswordHasher,
    get_hasher,
    identify_hasher,
    make_password,
)
from django.test import Client

from coercivity.desk import settings as production
from coercivity.desk.accounts import hashing
from coercivity.desk.accounts.hashing import InTurnArgon2Hasher, InTurnPBKDF2Hasher
from coercivity.desk.errors import TooManyAtOnceError, status_of

# OWASP's password storage cheat sheet: the least of Argon2id, and of PBKDF2 with SHA-256.
OWASP_KIB, OWASP_PASSES, OWASP_ROUNDS = 19 * 1024, 2, 600_000
OWASP_KIB_IN_ONE_PASS = 46 * 1024
HASHERS = [f"{hashing.__name__}.{kind}" for kind in ("InTurnArgon2Hasher", "InTurnPBKDF2Hasher")]
PHRASE = "a long enough phrase"


class Cheap(InTurnArgon2Hasher):
    """The same way at the least cost, for tests that hash often."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@pytest.fixture
def cheap(settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Cheap", HASHERS[1]]


def test_the_hashes_cost_at_least_what_owasp_asks_for() -> None:
    assert production.PASSWORD_HASHERS == HASHERS
    ours = InTurnArgon2Hasher().params()
    assert ours.type.name == "ID"
    assert ours.hash_len == Argon2PasswordHasher().params().hash_len == 32
    # Work is memory times passes; the least is asked for in either of two forms of equal worth.
    assert ours.memory_cost >= OWASP_KIB
    assert ours.time_cost >= OWASP_PASSES
    assert ours.memory_cost * ours.time_cost >= 2 * OWASP_KIB_IN_ONE_PASS
    assert InTurnPBKDF2Hasher.iterations == PBKDF2PasswordHasher.iterations >= OWASP_ROUNDS


def test_a_new_password_is_hashed_with_argon2(settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    encoded = make_password(PHRASE)
    assert encoded.startswith("argon2$argon2id$")
    assert isinstance(get_hasher(), InTurnArgon2Hasher)
    assert get_hasher().verify(PHRASE, encoded)
    assert not get_hasher().verify("another phrase", encoded)


def test_hashes_made_before_still_work() -> None:
    old = PBKDF2PasswordHasher().encode(PHRASE, "salt", 1000)
    assert InTurnPBKDF2Hasher().encode(PHRASE, "salt", 1000) == old
    assert InTurnPBKDF2Hasher().verify(PHRASE, old)
    assert not InTurnPBKDF2Hasher().verify("another phrase", old)


def test_an_old_hash_is_replaced_when_its_owner_signs_in(people, cheap) -> None:
    people.officer.password = PBKDF2PasswordHasher().encode(PHRASE, "saltsaltsalt", 1000)
    people.officer.save()
    for wrong_or_right, status, algorithm in (
        ("another phrase", 200, "pbkdf2_sha256"),
        (PHRASE, 302, "argon2"),
        (PHRASE, 302, "argon2"),
    ):
        body = {"username": "officer", "password": wrong_or_right}
        assert Client().post("/sign-in", body).status_code == status
        people.officer.refresh_from_db()
        assert identify_hasher(people.officer.password).algorithm == algorithm


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    people, settings, monkeypatch
) -> None:
    """The same number of hashes with the same parameters: time does not tell who has an account."""
    import argon2

    settings.PASSWORD_HASHERS = HASHERS
    people.officer.set_password(PHRASE)
    people.officer.save()
    done: Counter[tuple[int, int, int]] = Counter()
    hash_secret, verify_secret = argon2.low_level.hash_secret, argon2.low_level.verify_secret

    def hashed(*given: Any, **costs: Any) -> bytes:
        done[costs["time_cost"], costs["memory_cost"], costs["parallelism"]] += 1
        return hash_secret(*given, **costs)

    def verified(encoded: bytes, *given: Any) -> bool:
        found = argon2.extract_parameters(encoded.decode())
        done[found.time_cost, found.memory_cost, found.parallelism] += 1
        return verify_secret(encoded, *given)

    monkeypatch.setattr(argon2.low_level, "hash_secret", hashed)
    monkeypatch.setattr(argon2._password_hasher, "verify_secret", verified)
    works = []
    for name in ("officer", "nobody-of-that-name"):
        done.clear()
        body = {"username": name, "password": "another phrase"}
        assert Client().post("/sign-in", body).status_code == 200
        works.append(dict(done))
    params = InTurnArgon2Hasher().params()
    assert works[0] == works[1] == {(params.time_cost, params.memory_cost, params.parallelism): 1}


@pytest.mark.parametrize("act", ["encode", "verify"])
def test_one_at_a_time_and_nobody_waits_with_a_connection(monkeypatch, act: str) -> None:
    at_work, most, closed = [0], [0], []

    def slow(*_given: Any) -> str:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.02)
        at_work[0] -= 1
        return "done"

    fake = SimpleNamespace(in_atomic_block=False, close=lambda: closed.append(1))
    monkeypatch.setattr(Argon2PasswordHasher, act, slow)
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", slow)
    monkeypatch.setattr(hashing, "connection", fake)
    acts = [getattr(InTurnArgon2Hasher(), act), InTurnPBKDF2Hasher().encode] * 3
    threads = [threading.Thread(target=each, args=("word", "salt")) for each in acts]
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
    assert InTurnPBKDF2Hasher().encode("word", "salt", 1).startswith("pbkdf2_sha256$1$salt$")
    assert Cheap().verify("word", Cheap().encode("word", "saltsaltsalt"))


def test_who_waits_too_long_is_told_and_leaves_the_turn_to_others(monkeypatch) -> None:
    monkeypatch.setattr(hashing, "_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(
        hashing, "connection", SimpleNamespace(in_atomic_block=False, close=lambda: None)
    )
    encoded = Cheap().encode("word", "saltsaltsalt")
    with hashing._TURNS, pytest.raises(TooManyAtOnceError, match="too many") as caught:
        Cheap().verify("word", encoded)
    assert status_of(caught.value) == 503
    assert Cheap().verify("word", encoded)
