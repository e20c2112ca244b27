"""Writers that work on one ledger at the same time, some of which are killed while they do.

Each writer is a process with a connection of its own. What it was told is written to a file before
it goes on, so that what was acknowledged is known even of a writer that was killed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from coercivity.errors import InputError
from coercivity.licences import EntryKind, Ledger, LedgerAccount, LedgerEntry
from coercivity.licences.sql_open import open_store

DAY = date(2025, 3, 1)
ISSUERS = ("gov", "other")
#: Messages that several writers send, as a customs service does that is not sure of the first.
SHARED = 40


def accounts(n_accounts: int, authorised: int) -> list[LedgerAccount]:
    return [
        LedgerAccount(f"l{n:02d}", ISSUERS[n % 2], "kg", Decimal(authorised), date(2025, 1, 1))
        for n in range(n_accounts)
    ]


def shared_message(number: int, names: list[str]) -> LedgerEntry:
    """Return the message of this number, the same whoever sends it."""
    quantity = Decimal(1 + number % 7) / 2
    name = names[number % len(names)]
    return LedgerEntry(name, EntryKind.DRAW, quantity, "kg", f"shared-{number}", DAY)


def ideas(number: int, names: list[str], seed: int) -> Iterator[list[LedgerEntry]]:
    """Yield what a writer tries: entries on its own and on others' references, most acceptable."""
    rng = random.Random(seed)
    sent: list[LedgerEntry] = []
    serial = 0
    while True:
        serial += 1
        kind = rng.choice(list(EntryKind))
        name, quantity = rng.choice(names), Decimal(rng.randint(1, 40)) / 10
        refers_to = ""
        wanted = EntryKind.DRAW if kind is EntryKind.REVERSE else EntryKind.RESERVE
        earlier = [entry for entry in sent if entry.kind is wanted]
        needs_one = kind in (EntryKind.REVERSE, EntryKind.RELEASE)
        if needs_one or (kind is EntryKind.DRAW and earlier and rng.random() < 0.5):
            if not earlier:
                continue
            chosen = rng.choice(earlier)
            name, refers_to = chosen.account, chosen.reference
        if kind is EntryKind.ADJUST and rng.random() < 0.5:
            quantity = -quantity
        entry = LedgerEntry(name, kind, quantity, "kg", f"{number}-{serial}", DAY, refers_to)
        roll = rng.random()
        if roll < 0.15:
            yield [shared_message(rng.randrange(SHARED), names)]
        elif roll < 0.25 and sent:
            yield [rng.choice(sent)]
        elif roll < 0.3 and sent:
            yield [replace(rng.choice(sent), quantity=Decimal(99))]
        elif roll < 0.45:
            other = replace(
                entry, account=rng.choice(names), kind=EntryKind.DRAW, refers_to="",
                reference=f"{number}-{serial}-b", quantity=Decimal("0.1"),
            )  # fmt: skip
            sent += [entry, other]
            yield [entry, other]
        else:
            sent.append(entry)
            yield [entry]


def work(number: int, url: str, names: list[str], seed: int, is_over: Any, log: Path) -> None:
    """Post until it is over; write down every answer."""
    told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        ledger = Ledger(open_store(url))
        for entries in ideas(number, names, seed):
            if is_over.value:
                break
            try:
                answer = ledger.post(*entries)
            except InputError as error:
                line = {"refused": type(error).__name__}
                os.write(told, json.dumps(line).encode() + b"\n")
                continue
            for entry, added in zip(entries, answer, strict=True):
                line = {"reference": entry.reference, "account": entry.account, "added": added,
                        "kind": entry.kind.value, "quantity": str(entry.quantity)}  # fmt: skip
                os.write(told, json.dumps(line).encode() + b"\n")
    except BaseException:
        os.write(told, json.dumps({"error": traceback.format_exc()}).encode() + b"\n")
        os._exit(1)
    os._exit(0)


def run(
    url: str, folder: Path, *, writers: int, kills: int, seconds: float, seed: int
) -> list[dict[str, object]]:
    """Let writers work, kill some of them and put others in their place; return the answers.

    A line has ``reference`` and what was ``added``, or the class of error it was ``refused`` with.

    Parameters
    ----------
    url : str
        Address of a ledger whose accounts are open.
    folder : Path
        For the files of the writers.
    writers, kills : int
        Writers at any one time, and how many of them are killed.
    seconds : float
        How long they work in all.
    seed : int
    """
    names = [account.id for account in accounts(8, 0)]
    context, rng = multiprocessing.get_context("fork"), random.Random(seed)
    # Without a lock, which a writer that is killed would take with it.
    is_over, begun = context.RawValue("b", 0), time.monotonic()

    def begin(number: int) -> multiprocessing.process.BaseProcess:
        given = (number, url, names, seed * 1000 + number, is_over, folder / f"{number}.jsonl")
        process = context.Process(target=work, args=given)
        process.start()
        return process

    running = [begin(number) for number in range(writers)]
    killed = []
    for number in range(writers, writers + kills):
        time.sleep(rng.uniform(0.5, 1.0) * seconds / max(kills, 1) / 2)
        victim = running.pop(rng.randrange(writers))
        victim.kill()
        killed.append(victim)
        running.append(begin(number))
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
    is_over.value = 1
    for process in running + killed:
        process.join()
    assert all(process.exitcode == 0 for process in running), errors(folder)
    assert all(process.exitcode == -signal.SIGKILL for process in killed)
    return [line for line in answers(folder) if "error" not in line]


def answers(folder: Path) -> list[dict[str, object]]:
    """Return what the writers wrote down; a line cut off by a kill was no answer yet."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                found.append(json.loads(line))
    return found


def errors(folder: Path) -> str:
    return "\n".join(str(line["error"]) for line in answers(folder) if "error" in line)
