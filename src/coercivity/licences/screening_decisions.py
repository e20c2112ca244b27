"""What persons decided of candidates: rows that are added and never changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from coercivity.errors import InputError
from coercivity.licences.names import comparable
from coercivity.licences.screening import Screening
from coercivity.licences.screening_list import ListVersion
from coercivity.timeline import parse_day

__all__ = [
    "ScreeningDecision",
    "ScreeningVerdict",
    "add_decision",
    "decide",
    "decisions_on",
    "read_decisions",
]


class ScreeningVerdict(StrEnum):
    """What a person may decide of a candidate."""

    MATCH = "match"
    NO_MATCH = "no_match"


@dataclass(frozen=True)
class ScreeningDecision:
    """One row.

    Parameters
    ----------
    name : str
        Name that was screened.
    party : str
        Id of the entry of the list.
    verdict : ScreeningVerdict
    decided_by : str
        Person.
    decided_at : datetime
        Aware moment.
    reason : str
        In words; never empty.
    list_version : ListVersion
        The list that was looked at.
    score : float
        Score of the candidate then, 0 to 100.
    alias : str
        Name of the entry that had matched.
    """

    name: str
    party: str
    verdict: ScreeningVerdict
    decided_by: str
    decided_at: datetime
    reason: str
    list_version: ListVersion
    score: float
    alias: str

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {
            "name": self.name,
            "party": self.party,
            "verdict": self.verdict.value,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat(),
            "reason": self.reason,
            "list": self.list_version.to_json(),
            "score": self.score,
            "alias": self.alias,
        }


def decide(
    screening: Screening,
    party: str,
    *,
    verdict: ScreeningVerdict,
    decided_by: str,
    decided_at: datetime,
    reason: str,
) -> ScreeningDecision:
    """Return the row of a decision on a candidate of a screening.

    Parameters
    ----------
    screening : Screening
    party : str
        Id of a candidate.
    verdict : ScreeningVerdict
    decided_by, reason : str
        Person, and grounds in words.
    decided_at : datetime
        Aware moment.

    Raises
    ------
    InputError
        If the party is no candidate, nobody decides, no reason is given or the moment has no zone.
    """
    found = next((c for c in screening.candidates if c.party.id == party), None)
    if found is None:
        shown = ", ".join(c.party.id for c in screening.candidates[:8]) or "nobody"
        raise InputError(
            f"{party!r} is no candidate for {screening.name!r}", expected=f"one of {shown}"
        )
    if not decided_by.strip() or not reason.strip():
        raise InputError("a decision needs a person and a reason", where=f"candidate {party}")
    if decided_at.tzinfo is None:
        raise InputError("the moment has no time zone", expected="an aware datetime")
    return ScreeningDecision(
        screening.name, party, verdict, decided_by.strip(), decided_at, reason.strip(),
        screening.list_version, found.score, found.alias.text,
    )  # fmt: skip


def add_decision(path: Path, decision: ScreeningDecision) -> None:
    """Add a row to a file of decisions, one JSON object a line, and flush it to the disk."""
    line = json.dumps(decision.to_json(), ensure_ascii=False) + "\n"
    # One write of whole bytes to a file opened for appending cannot tear another's row.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read_decisions(path: Path) -> tuple[ScreeningDecision, ...]:
    """Read the rows of a file of decisions; none if there is no file.

    Raises
    ------
    InputError
        If a line is no decision; file and line are named.
    """
    if not path.exists():
        return ()
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    return tuple(_row(line, f"{path.name}:{number}") for number, line in lines if line.strip())


def _row(line: str, where: str) -> ScreeningDecision:
    try:
        row = json.loads(line)
        given = row["list"]
        day = parse_day(given["stated_on"], where=where) if given["stated_on"] else None
        return ScreeningDecision(
            row["name"],
            row["party"],
            ScreeningVerdict(row["verdict"]),
            row["decided_by"],
            datetime.fromisoformat(row["decided_at"]),
            row["reason"],
            ListVersion(given["name"], given["sha256"], day),
            float(row["score"]),
            row["alias"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"the line is no decision: {error}", where=where, expected="a row as it was added"
        ) from error


def decisions_on(
    screening: Screening, rows: Iterable[ScreeningDecision]
) -> dict[str, tuple[ScreeningDecision, bool]]:
    """Return the last decision on each candidate, and whether it holds for this list.

    Parameters
    ----------
    screening : Screening
    rows : iterable of ScreeningDecision
        In the order in which they were added.

    Returns
    -------
    dict of str to (ScreeningDecision, bool)
        By id of the party. False: another version of the list was looked at, so that a person has
        to look again.
    """
    candidates = {candidate.party.id for candidate in screening.candidates}
    key = comparable(screening.name).key
    last = {
        row.party: row
        for row in rows
        if row.party in candidates and comparable(row.name).key == key
    }
    digest = screening.list_version.sha256
    return {party: (row, row.list_version.sha256 == digest) for party, row in last.items()}
