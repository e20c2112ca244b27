"""The ledger: balance, references, dates, units, threads."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from datetime import date as D
from decimal import Decimal

import pytest

from coercivity.errors import InputError, InvariantError, NotFoundError
from coercivity.licences import (
    EntryKind,
    Ledger,
    LedgerAccount,
    LedgerEntry,
    Licence,
    LicenceKind,
    LicenceLine,
    MemoryStore,
    OverdrawError,
    ReferenceConflictError,
    accounts_of,
    memory,
)
from coercivity.licences.ledger import judge

ACCOUNT = LedgerAccount(
    "l1", "gov", "kg", Decimal(100), D(2025, 1, 1), D(2025, 7, 1), "Asia/Shanghai"
)
DAY = D(2025, 3, 1)


def entry(kind, quantity, reference, **given):
    values = {
        "account": "l1",
        "kind": EntryKind(kind),
        "quantity": Decimal(quantity),
        "unit": "kg",
        "reference": reference,
        "at": DAY,
        **given,
    }
    return LedgerEntry(**values)


@pytest.fixture
def ledger():
    opened = Ledger()
    opened.open(ACCOUNT)
    return opened


def test_draws_reservations_and_what_is_left(ledger):
    ledger.post(entry("draw", 30, "d1"), entry("reserve", 50, "r1"))
    assert ledger.remaining("l1") == 20
    ledger.post(entry("draw", 40, "d2", refers_to="r1"))
    assert ledger.remaining("l1") == 20
    ledger.post(entry("release", 10, "x1", refers_to="r1"))
    assert ledger.remaining("l1") == 30
    balance = ledger.audit("l1")
    assert (balance.drawn, balance.reserved) == (70, 0)


def test_never_below_zero(ledger):
    ledger.post(entry("draw", 60, "d1"))
    for kind in ("draw", "reserve"):
        with pytest.raises(OverdrawError, match="at most 40 kg"):
            ledger.post(entry(kind, 41, f"{kind}2"))
    ledger.post(entry("draw", 40, "d3"))
    assert ledger.remaining("l1") == 0


def test_exact_to_the_last_gram(ledger):
    for n in range(1000):
        ledger.post(entry("draw", "0.1", f"d{n}"))
    assert ledger.remaining("l1") == 0
    with pytest.raises(OverdrawError):
        ledger.post(entry("draw", "0.0000001", "last"))


def test_reversal_gives_back_what_was_drawn_and_no_more(ledger):
    ledger.post(entry("draw", 100, "d1"))
    ledger.post(entry("reverse", 30, "v1", refers_to="d1"))
    assert ledger.remaining("l1") == 30
    with pytest.raises(OverdrawError, match="at most 70 kg"):
        ledger.post(entry("reverse", 71, "v2", refers_to="d1"))
    with pytest.raises(InputError, match="no draw has the reference 'd9'"):
        ledger.post(entry("reverse", 1, "v3", refers_to="d9"))
    with pytest.raises(InputError, match="no open reservation"):
        ledger.post(entry("release", 1, "x1", refers_to="d1"))


def test_a_reservation_cannot_be_used_beyond_itself(ledger):
    ledger.post(entry("reserve", 10, "r1"))
    with pytest.raises(OverdrawError, match="exceeds the open reservation"):
        ledger.post(entry("draw", 11, "d1", refers_to="r1"))
    with pytest.raises(OverdrawError):
        ledger.post(entry("release", 11, "x1", refers_to="r1"))


def test_adjustment_up_and_down(ledger):
    ledger.post(entry("adjust", 20, "a1"), entry("draw", 110, "d1"))
    with pytest.raises(OverdrawError):
        ledger.post(entry("adjust", -11, "a2"))
    ledger.post(entry("adjust", -10, "a3"))
    assert ledger.remaining("l1") == 0


def test_a_replay_changes_nothing(ledger):
    first = entry("draw", 60, "d1")
    assert ledger.post(first) == (True,)
    assert ledger.post(replace(first)) == (False,)
    assert ledger.remaining("l1") == 40
    assert len(ledger.entries("l1")) == 1


@pytest.mark.parametrize(
    "other",
    [{"quantity": Decimal(61)}, {"at": D(2025, 3, 2)}, {"kind": EntryKind.RESERVE}],
)
def test_the_same_reference_with_another_body_is_a_conflict(ledger, other):
    first = entry("draw", 60, "d1")
    ledger.post(first)
    with pytest.raises(ReferenceConflictError, match="used before") as caught:
        ledger.post(replace(first, **other))
    assert caught.value.exit_code == 3
    assert ledger.remaining("l1") == 40


def test_references_are_unique_per_issuer(ledger):
    ledger.open(replace(ACCOUNT, id="l2"))
    ledger.open(replace(ACCOUNT, id="l3", issuer="other"))
    ledger.post(entry("draw", 1, "d1"))
    with pytest.raises(ReferenceConflictError):
        ledger.post(entry("draw", 1, "d1", account="l2"))
    assert ledger.post(entry("draw", 1, "d1", account="l3")) == (True,)


def test_all_or_none(ledger):
    ledger.open(replace(ACCOUNT, id="l2", authorised=Decimal(5)))
    ledger.post(entry("reserve", 50, "r1"))
    before = ledger.balance("l1")
    with pytest.raises(OverdrawError):
        ledger.post(
            entry("draw", 30, "d1", refers_to="r1"),
            entry("adjust", 7, "a1"),
            entry("draw", 6, "d2", account="l2"),
        )
    assert ledger.balance("l1") == before
    assert len(ledger.entries("l1")) == 1
    # The references are free again, and the reservation is whole.
    ledger.post(entry("draw", 50, "d1", refers_to="r1"))
    assert ledger.audit("l1").drawn == 50


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"quantity": Decimal(0)}, "not above zero"),
        ({"quantity": Decimal(-1)}, "not above zero"),
        ({"quantity": Decimal("NaN")}, "no exact number"),
        ({"quantity": Decimal("Infinity")}, "no exact number"),
        ({"quantity": 1.5}, "no exact number"),
        ({"unit": "t"}, "the unit is 't'"),
        ({"reference": ""}, "no external reference"),
        ({"at": D(2024, 12, 31)}, "outside the validity"),
        ({"at": D(2025, 7, 1)}, "outside the validity"),
    ],
)
def test_bad_entries(ledger, given, message):
    with pytest.raises(InputError, match=message):
        ledger.post(replace(entry("draw", 1, "d1"), **given))
    assert ledger.entries("l1") == ()


def test_the_issuers_zone_tells_the_last_day(ledger):
    last = datetime(2025, 6, 30, 15, 59, tzinfo=UTC)
    over = datetime(2025, 6, 30, 16, 0, tzinfo=UTC)
    ledger.post(entry("draw", 1, "d1", at=last))
    with pytest.raises(InputError, match="2025-07-01 lies outside"):
        ledger.post(entry("draw", 1, "d2", at=over))
    with pytest.raises(InputError, match="without a time zone"):
        ledger.post(entry("draw", 1, "d3", at=datetime(2025, 6, 30)))


def test_a_late_message_about_goods_that_left_in_time_counts(ledger):
    ledger.post(entry("draw", 1, "d1", at=D(2025, 6, 30), note="message of 2025-09-01"))
    ledger.post(entry("reverse", 1, "v1", refers_to="d1", at=D(2025, 9, 1)))
    assert ledger.remaining("l1") == 100


def test_accounts(ledger):
    ledger.open(ACCOUNT)
    with pytest.raises(InputError, match="another account"):
        ledger.open(replace(ACCOUNT, authorised=Decimal(1)))
    with pytest.raises(NotFoundError, match="'l9'"):
        ledger.post(entry("draw", 1, "d1", account="l9"))
    for quantity in (Decimal(-1), 1.0, Decimal("NaN")):
        with pytest.raises(InputError, match="is not possible"):
            ledger.open(replace(ACCOUNT, id="l4", authorised=quantity))


def test_accounts_of_a_licence():
    lines = (
        LicenceLine("magnet", Decimal(100), "kg", Decimal("0.05")),
        LicenceLine("oxide", Decimal(2), "t"),
    )
    licence = Licence(
        "l1", "R1", LicenceKind.INDIVIDUAL, "gov", "ex", ("u",), "CN", "IN", lines, D(2025, 1, 1)
    )
    first, second = accounts_of(licence)
    assert (first.id, first.authorised, first.unit) == ("l1/1", Decimal("105.00"), "kg")
    assert (second.id, second.authorised) == ("l1/2", Decimal(2))
    assert accounts_of(replace(licence, lines=lines[:1]))[0].id == "l1"


def test_audit_finds_a_total_that_was_tampered_with():
    store = MemoryStore()
    ledger = Ledger(store)
    ledger.open(ACCOUNT)
    ledger.post(entry("draw", 10, "d1"))
    store._books["l1"].drawn -= 1
    with pytest.raises(InvariantError, match="adds up to"):
        ledger.audit("l1")


@pytest.fixture
def slow_judge(monkeypatch):
    """Leave time between judging and adding, so that a store without a lock is found out."""

    def judge_slowly(*given):
        delta = judge(*given)
        time.sleep(0.0002)
        return delta

    monkeypatch.setattr(memory, "judge", judge_slowly)


@pytest.mark.usefixtures("slow_judge")
def test_eight_threads_draw_exactly_what_there_is(ledger):
    done: list[int] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for n in range(60):
            try:
                ledger.post(entry("draw", 1, f"{number}-{n}"))
                done.append(1)
            except OverdrawError:
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 100
    assert ledger.remaining("l1") == 0
    assert ledger.audit("l1").drawn == 100


@pytest.mark.usefixtures("slow_judge")
def test_eight_threads_with_one_message_draw_once(ledger):
    added: list[bool] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        added.extend(ledger.post(entry("draw", 60, "same")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [False] * 7 + [True]
    assert ledger.remaining("l1") == 40
