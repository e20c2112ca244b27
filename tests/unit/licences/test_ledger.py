"""The ledger: balance, references, dates, units, threads."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from datetime import date as D
from decimal import Decimal

import pytest

from coercivity.errors import InputError, InvariantError, NotFoundError
from coercivity.licences import (
    Balance,
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

pytest_plugins = ["support.ledger_stores"]

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
def ledger(store):
    opened = Ledger(store)
    opened.open(ACCOUNT)
    return opened


@pytest.fixture
def memory_ledger():
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
    ledger.post(*(entry("draw", "0.1", f"d{n}") for n in range(990)))
    for n in range(990, 1000):
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


@pytest.mark.parametrize("kind", ["draw", "release", "reverse", "adjust"])
def test_a_moment_without_a_zone_is_refused(ledger, kind):
    with pytest.raises(InputError, match="without a time zone"):
        ledger.post(entry(kind, 1, "d1", at=datetime(2025, 3, 1), refers_to="x"))


def test_an_account_that_ends_before_it_starts(ledger):
    with pytest.raises(InputError, match="before it starts"):
        ledger.open(replace(ACCOUNT, id="l2", valid_to=ACCOUNT.valid_from))


def test_moments_notes_and_references_come_back_as_they_were_given(ledger):
    moment = datetime(2025, 3, 1, 9, 30, 15, 250, tzinfo=timezone(timedelta(hours=8)))
    first = entry(
        "reserve", "12.345678901", "Zoll/漢字 '1';--", at=moment, note="späte %s ? Nachricht"
    )
    ledger.post(first)
    ledger.post(entry("draw", "0.000000001", "d1", refers_to=first.reference))
    assert ledger.entries("l1")[0] == first
    assert ledger.post(first) == (False,)
    assert ledger.balance("l1").reserved == Decimal("12.345678900")


def test_a_replay_within_one_batch_counts_once(ledger):
    once = entry("draw", 60, "d1")
    assert ledger.post(once, entry("reserve", 10, "r1"), once) == (True, True, False)
    with pytest.raises(ReferenceConflictError):
        ledger.post(entry("draw", 1, "d2"), entry("draw", 2, "d2"))
    assert ledger.remaining("l1") == 30


def test_a_replay_of_the_draw_that_emptied_the_licence(ledger):
    all_of_it = entry("draw", 100, "d1")
    assert ledger.post(all_of_it) == (True,)
    assert ledger.post(all_of_it) == (False,)
    with pytest.raises(ReferenceConflictError):
        ledger.post(replace(all_of_it, at=D(2030, 1, 1)))


def test_chains_of_reservation_draw_and_reversal(ledger):
    ledger.post(entry("reserve", 50, "r1"))
    ledger.post(entry("draw", 20, "d1", refers_to="r1"))
    ledger.post(entry("draw", 10, "d2", refers_to="r1"))
    ledger.post(entry("reverse", 5, "v1", refers_to="d1"))
    ledger.post(entry("adjust", 1, "a1", refers_to="r1"))
    with pytest.raises(OverdrawError, match="at most 20 kg"):
        ledger.post(entry("release", 21, "x1", refers_to="r1"))
    with pytest.raises(OverdrawError, match="at most 15 kg"):
        ledger.post(entry("reverse", 16, "v2", refers_to="d1"))
    ledger.post(
        entry("release", 20, "x1", refers_to="r1"), entry("reverse", 15, "v2", refers_to="d1")
    )
    assert ledger.audit("l1") == Balance(Decimal(101), Decimal(10), Decimal(0))


SUCCESSOR = replace(
    ACCOUNT, id="l2", authorised=Decimal(0), valid_from=D(2025, 4, 1), valid_to=D(2026, 1, 1)
)


def supersede(ledger, **given):
    values = {"reference": "s1", "at": D(2025, 4, 1), **given}
    return ledger.supersede("l1", values.pop("successor", SUCCESSOR), **values)


def test_supersession_carries_the_balance_once(ledger):
    ledger.post(entry("draw", 30, "d1"), entry("reserve", 20, "r1"))
    assert supersede(ledger) == 50
    assert supersede(ledger) == 50
    assert (ledger.remaining("l1"), ledger.remaining("l2")) == (0, 50)
    # Goods on their way when the licence was replaced still leave on the old one.
    ledger.post(entry("draw", 20, "d2", refers_to="r1"))
    ledger.post(entry("draw", 50, "d3", account="l2", at=D(2025, 12, 1)))
    assert ledger.audit("l1").drawn + ledger.audit("l2").drawn == 100
    with pytest.raises(OverdrawError, match="nothing is left to carry"):
        supersede(ledger, reference="s2")


def test_supersession_can_hold_back_for_late_messages(ledger):
    assert supersede(ledger, held_back=Decimal(10)) == 90
    late = entry("draw", 8, "d1", at=D(2025, 3, 31), note="message of 2025-04-20")
    ledger.post(late)
    assert (ledger.remaining("l1"), ledger.remaining("l2")) == (2, 90)
    assert supersede(ledger, reference="s2") == 2
    with pytest.raises(ReferenceConflictError):
        supersede(ledger, held_back=Decimal(9))
    with pytest.raises(OverdrawError):
        supersede(ledger, reference="s3", held_back=Decimal(-1))


def test_a_reversal_after_supersession_is_carried_by_an_act_of_its_own(ledger):
    ledger.post(entry("draw", 40, "d1"))
    supersede(ledger)
    ledger.post(entry("reverse", 5, "v1", refers_to="d1", at=D(2025, 5, 1)))
    assert supersede(ledger) == 60
    assert (ledger.remaining("l1"), ledger.remaining("l2")) == (5, 60)
    assert supersede(ledger, reference="s2", at=D(2025, 5, 2)) == 5
    assert (ledger.remaining("l1"), ledger.remaining("l2")) == (0, 65)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"unit": "t"}, "the unit of the successor"),
        ({"issuer": "other"}, "the issuer of the successor"),
        ({"id": "l1", "valid_from": D(2025, 1, 1)}, "cannot succeed itself"),
    ],
)
def test_successors_that_do_not_fit(ledger, given, message):
    with pytest.raises(InputError, match=message):
        supersede(ledger, successor=replace(SUCCESSOR, **given))
    assert ledger.remaining("l1") == 100
    with pytest.raises(NotFoundError):
        ledger.balance("l2")
    with pytest.raises(NotFoundError):
        ledger.supersede("l9", SUCCESSOR, reference="s1", at=DAY)


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
def test_eight_threads_draw_exactly_what_there_is(memory_ledger):
    done: list[int] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for n in range(60):
            try:
                memory_ledger.post(entry("draw", 1, f"{number}-{n}"))
                done.append(1)
            except OverdrawError:
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 100
    assert memory_ledger.remaining("l1") == 0
    assert memory_ledger.audit("l1").drawn == 100


@pytest.mark.usefixtures("slow_judge")
def test_eight_threads_with_one_message_draw_once(memory_ledger):
    added: list[bool] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        added.extend(memory_ledger.post(entry("draw", 60, "same")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [False] * 7 + [True]
    assert memory_ledger.remaining("l1") == 40
