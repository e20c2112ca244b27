"""32 writers on one ledger, some of them killed: nothing overdrawn, nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from coercivity.licences import EntryKind, Ledger
from coercivity.licences.book import left_of
from coercivity.licences.sql_open import open_store
from support import ledger_writers
from support.ledger_writers import accounts

pytest_plugins = ["support.ledger_stores"]


def check(url, answers):
    """Hold the ledger against what the writers were told."""
    store = open_store(url)
    ledger = Ledger(store)
    there = {}
    for account in accounts(8, 0):
        statement = store.statement(account.id)
        balance = ledger.audit(account.id)
        assert balance.remaining >= 0
        assert balance == store.balance(account.id)
        for entry in statement.entries:
            assert (account.issuer, entry.reference) not in there
            there[account.issuer, entry.reference] = entry
        rows = ((e.reference, e.kind, e.quantity, e.refers_to) for e in statement.entries)
        for left in left_of(rows):
            assert all(quantity >= 0 for quantity in left.values())
    issuer_of = {account.id: account.issuer for account in accounts(8, 0)}
    lost = []
    for line in answers:
        entry = there.get((issuer_of[line["account"]], line["reference"]))
        body = (line["kind"], Decimal(line["quantity"]), line["account"])
        if entry is None or (entry.kind.value, entry.quantity, entry.account) != body:
            lost.append(line)
    assert lost == []
    added = Counter(
        (issuer_of[line["account"]], line["reference"]) for line in answers if line["added"]
    )
    assert max(added.values()) == 1
    return ledger, there


def check_replay(ledger, there):
    """Everything once more: nothing is added."""
    before = [ledger.balance(account.id) for account in accounts(8, 0)]
    assert ledger.post(*there.values()) == (False,) * len(there)
    for entry in list(there.values())[:50]:
        assert ledger.post(entry) == (False,)
    assert [ledger.balance(account.id) for account in accounts(8, 0)] == before


def attempt(url, folder, *, seconds, kills, seed):
    open_store(url).open_all(accounts(8, 25))
    lines = ledger_writers.run(url, folder, writers=32, kills=kills, seconds=seconds, seed=seed)
    answers = [line for line in lines if "reference" in line]
    refusals = {line["refused"] for line in lines if "refused" in line}
    # The writers met at the end of what there is, and contradicted themselves.
    assert {"OverdrawError", "ReferenceConflictError"} <= refusals
    ledger, there = check(url, answers)
    check_replay(ledger, there)
    kinds = Counter(entry.kind for entry in there.values())
    assert set(kinds) == set(EntryKind), "a kind of entry was never accepted"
    in_doubt = len(there) - sum(1 for line in answers if line["added"])
    # A killed writer may have had one batch of two accepted without learning of it.
    assert 0 <= in_doubt <= 2 * kills
    assert any(not line["added"] for line in answers), "no message was sent twice"
    return there


def test_32_writers_with_kills(ledger_url, tmp_path):
    there = attempt(ledger_url, tmp_path, seconds=3.0, kills=12, seed=1)
    assert len(there) > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_32_writers_with_kills_for_long(ledger_url, tmp_path, seed):
    attempt(ledger_url, tmp_path, seconds=45.0, kills=60, seed=seed)
