"""Laws of the ledger, under random entries and replays."""

from __future__ import annotations

from datetime import date as D
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.errors import InputError
from coercivity.licences import Balance, EntryKind, Ledger, LedgerAccount, LedgerEntry
from coercivity.licences.sql import SqlStore
from coercivity.licences.sql_open import connect_sqlite

ACCOUNTS = ("a", "b")
QUANTITIES = st.integers(1, 400).map(lambda n: Decimal(n) / 10)


@st.composite
def entries(draw):
    """Return an entry that may or may not be acceptable."""
    kind = draw(st.sampled_from(EntryKind))
    quantity = draw(QUANTITIES)
    if kind is EntryKind.ADJUST and draw(st.booleans()):
        quantity = -quantity
    refers = kind in (EntryKind.RELEASE, EntryKind.REVERSE) or draw(st.booleans())
    return LedgerEntry(
        account=draw(st.sampled_from(ACCOUNTS)),
        kind=kind,
        quantity=quantity,
        unit="kg",
        reference=f"r{draw(st.integers(0, 30))}",
        at=D(2025, 3, 1),
        refers_to=f"r{draw(st.integers(0, 30))}" if refers else "",
    )


def in_sqlite():
    store = SqlStore(connect_sqlite(":memory:"))
    store.create()
    return store


def opened(store=None):
    ledger = Ledger(store)
    for account in ACCOUNTS:
        ledger.open(LedgerAccount(account, "gov", "kg", Decimal(100), D(2025, 1, 1)))
    return ledger


def attempt(ledger, *posted):
    try:
        return ledger.post(*posted)
    except InputError:
        return None


@settings(max_examples=300)
@given(st.lists(entries(), max_size=60))
def test_entries_add_up_to_the_balance_and_it_is_never_negative(posted):
    ledger = opened()
    for entry in posted:
        attempt(ledger, entry)
        for account in ACCOUNTS:
            balance = ledger.audit(account)
            assert balance.remaining >= 0
            assert balance.drawn >= 0
            assert balance.reserved >= 0


@settings(max_examples=200)
@given(st.lists(entries(), max_size=40))
def test_a_second_delivery_of_everything_changes_nothing(posted):
    once = opened()
    accepted = [entry for entry in posted if attempt(once, entry) == (True,)]
    before = [once.balance(account) for account in ACCOUNTS]
    for entry in accepted:
        assert once.post(entry) == (False,)
    assert [once.balance(account) for account in ACCOUNTS] == before


@settings(max_examples=200)
@given(st.lists(entries(), max_size=20), st.lists(entries(), min_size=1, max_size=5))
def test_a_refused_batch_leaves_no_trace(posted, batch):
    ledger = opened()
    for entry in posted:
        attempt(ledger, entry)
    before = {a: (ledger.balance(a), ledger.entries(a)) for a in ACCOUNTS}
    if attempt(ledger, *batch) is None:
        assert {a: (ledger.balance(a), ledger.entries(a)) for a in ACCOUNTS} == before
    for account in ACCOUNTS:
        ledger.audit(account)


@settings(max_examples=100)
@given(st.lists(QUANTITIES, max_size=30))
def test_plain_draws_are_the_closed_form(quantities):
    ledger, drawn = opened(), Decimal(0)
    for n, quantity in enumerate(quantities):
        entry = LedgerEntry("a", EntryKind.DRAW, quantity, "kg", f"d{n}", D(2025, 3, 1))
        if attempt(ledger, entry):
            drawn += quantity
        else:
            assert drawn + quantity > 100
    assert ledger.balance("a") == Balance(Decimal(100), drawn)


def answer(ledger, posted):
    """Return what a ledger says to a batch: what was added, or the refusal in its own words."""
    try:
        return ledger.post(*posted)
    except InputError as error:
        return type(error), str(error)


@settings(max_examples=150)
@given(st.lists(st.lists(entries(), min_size=1, max_size=4), max_size=25))
def test_memory_and_database_say_the_same_to_everything(batches):
    memory, database = opened(), opened(in_sqlite())
    for batch in batches:
        assert answer(memory, batch) == answer(database, batch)
    for account in ACCOUNTS:
        assert memory.audit(account) == database.audit(account)
        assert memory.entries(account) == database.entries(account)


@settings(max_examples=100)
@given(st.lists(entries(), max_size=30), st.decimals(0, 20, places=1), st.integers(1, 4))
def test_supersession_conserves_whatever_happened_before(posted, held_back, n_times):
    ledger = opened()
    for entry in posted:
        attempt(ledger, entry)
    before = ledger.balance("a").remaining
    successor = LedgerAccount("new", "gov", "kg", Decimal(7), D(2025, 4, 1))
    for _ in range(n_times):
        try:
            ledger.supersede("a", successor, reference="s", at=D(2025, 4, 1), held_back=held_back)
        except InputError:
            assert held_back >= before
            return
    assert ledger.audit("a").remaining == held_back
    assert ledger.audit("new").remaining == 7 + before - held_back
