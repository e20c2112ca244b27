"""Bring lists of denied parties, and keep people's verdicts on candidates."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Final

from django.core.files.uploadedfile import UploadedFile

from coercivity.desk import uploads
from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import StoredFile, User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing.models import (
    Application,
    ApplicationParty,
    ScreeningDecision,
    ScreeningList,
)
from coercivity.desk.licensing.services.moving import locked_case, require, trace
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError
from coercivity.licences.screening import Candidate, ScreeningIndex
from coercivity.licences.screening_list import DeniedPartyList, read_list

__all__ = ["add_list", "candidates_for", "decide", "explained"]

SUFFIXES: Final = (".csv", ".json", ".jsonl", ".ndjson")


@service
def add_list(*, actor: User, name: str, version: str, upload: UploadedFile[bytes]) -> ScreeningList:
    """Bring a list in a version; the version is what verdicts refer to.

    Raises
    ------
    InputError
        If it cannot be read, or the version is there already.
    """
    require(actor, Permission.REVIEW)
    suffix = PurePath(upload.name or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError("the form is not known", where="upload", expected=" ".join(SUFFIXES))
    received = uploads.receive(upload, kinds=("text",), where="upload")
    denied = _parsed(received.content, suffix)
    own = actor.organisation
    if ScreeningList.objects.filter(authority=own, name=name, version=version).exists():
        raise InputError("this version is there already", where="version")
    row = ScreeningList.objects.create(
        authority=own,
        name=name,
        version=version,
        file=uploads.store(received),
        suffix=suffix,
        n_names=sum(len(party.aliases) for party in denied.parties),
        added_by=actor,
        added_at=now(),
    )
    record(
        f"screening/{own.slug}", "list added", actor=actor, owner=own, authority=own,
        name=name, version=version, names=row.n_names,
    )  # fmt: skip
    return row


def _parsed(content: bytes, suffix: str) -> DeniedPartyList:
    """Read a list with the library, which reads files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{suffix}"
        path.write_bytes(content)
        return read_list(path)


@lru_cache(maxsize=8)
def _index(sha256: str, suffix: str) -> ScreeningIndex:
    """Return a list made ready; what a digest stands for never changes, so it is read once."""
    return ScreeningIndex(_parsed(bytes(StoredFile.objects.get(pk=sha256).content), suffix))


def candidates_for(party: ApplicationParty, row: ScreeningList) -> list[Candidate]:
    """Return the candidates a list gives for a party, by its name and its native name."""
    index = _index(row.file_id, row.suffix)
    found: list[Candidate] = []
    for name in (party.name, party.native_name):
        if name.strip():
            found += index.screen(name).candidates
    best = {c.party.id: c for c in sorted(found, key=lambda c: c.score)}
    return sorted(best.values(), key=lambda c: (-c.score, c.party.id))


def explained(found: Candidate) -> str:
    """Say what a candidate's score comes from."""
    words = ", ".join(f"{t.asked} like {t.listed}" for t in found.tokens) or "no whole word"
    left = f"; not matched: {', '.join(found.left_over)}" if found.left_over else ""
    why = f"; listed for {', '.join(found.party.why)}" if found.party.why else ""
    method = found.algorithm.replace("_", " ")
    return f"{found.alias.kind} of entry {found.party.id}, {method}: {words}{left}{why}"


@service
def decide(
    case: Application,
    *,
    actor: User,
    party: ApplicationParty,
    row: ScreeningList,
    entry: str,
    verdict: str,
    grounds: str,
) -> ScreeningDecision:
    """Keep a person's verdict on a candidate, or that there was none.

    Parameters
    ----------
    entry : str
        Id of the candidate on the list; empty if the list gives none.

    Raises
    ------
    InputError
        If the list gives no such candidate, or gives one where none is said to be.
    """
    require(actor, Permission.REVIEW)
    case = locked_case(case, actor)
    known = {found.party.id: found for found in candidates_for(party, row)}
    if (entry and entry not in known) or (not entry and known):
        raise InputError(
            "the list says otherwise",
            where=f"{row}",
            expected="one of " + ", ".join(known) if known else "no candidate",
        )
    found = known.get(entry)
    made = ScreeningDecision.objects.create(
        application=case,
        party=party,
        screened_name=party.name,
        list=row,
        entry=entry,
        candidate=found.alias.text[:200] if found else "",
        score=Decimal(str(found.score)) if found else None,
        explanation=explained(found) if found else "",
        verdict=verdict if found else "no_candidate",
        grounds=grounds,
        decided_by=actor,
        decided_at=now(),
    )
    trace(case, "screened", actor, party=party.name, list=str(row), verdict=made.verdict)
    return made
