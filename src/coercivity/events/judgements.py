"""Judgements of people: rows that are only ever added.

A judgement never changes a claim; :mod:`coercivity.events.judged` applies it anew on every run. To
take one back, add another that undoes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from coercivity.claims.model import content_id
from coercivity.errors import InputError, NotFoundError, Problem, UsageError
from coercivity.events.model import ACTIONS, Judgement

__all__ = [
    "JUDGEMENTS_NAME",
    "append_judgement",
    "effective_judgements",
    "judgements_file",
    "read_judgements",
    "undo_judgement",
]

JUDGEMENTS_NAME = ".judgements.jsonl"
"""File of judgements in a folder of documents; hidden, so that it is never read as one."""

_PAIRED = frozenset({"same_event", "different_event"})


def judgements_file(folder: str | Path) -> Path:
    """Return where the judgements on a folder's documents are kept; it need not be there yet.

    Parameters
    ----------
    folder : str or Path
        A folder of documents, or a single document.
    """
    path = Path(folder)
    return (path.parent if path.is_file() else path) / JUDGEMENTS_NAME


def append_judgement(
    path: str | Path,
    action: str,
    *,
    claim: str,
    other: str = "",
    changes: Mapping[str, str] | None = None,
    who: str,
    when: str,
    note: str = "",
    undoes: str = "",
    place: str = "",
    other_place: str = "",
) -> Judgement:
    """Add one judgement to a file of them and make sure it is on the disk.

    Several processes may add at once: each waits for the other's row to be whole.

    Parameters
    ----------
    path : str or Path
        JSON lines; made if it is not there.
    action : str
        One of ``accept``, ``reject``, ``correct``, ``same_event``, ``different_event``.
    claim, other : str
        Claim ids; `other` for judgements on a pair.
    changes : mapping of str to str
        Slot and new value, for ``correct``.
    who, when : str
        Who decided, and the ISO time; both given by the caller.
    note : str
        Why.
    undoes : str
        Id of the judgement taken back.
    place, other_place : str
        Where the claims stand; see :class:`~coercivity.events.Judgement`.

    Returns
    -------
    Judgement

    Raises
    ------
    UsageError
        If the action is unknown, or needs a second claim or changes that are not given.
    InputError
        If the file cannot be written.
    """
    _check(action, claim, other, changes, who, when)
    rows = tuple(sorted((changes or {}).items()))
    identity = content_id("judgement", action, claim, other, rows, who, when, note, undoes)
    judgement = Judgement(
        identity, action, claim, other, rows, who, when, note, undoes, place, other_place
    )
    with _opened(Path(path)) as handle:
        _write(handle, judgement)
    return judgement


def undo_judgement(
    path: str | Path, judgement_id: str = "", *, who: str, when: str, note: str = ""
) -> Judgement:
    """Take a judgement back by adding a row; what it undoes can be read in the file for ever.

    Parameters
    ----------
    path : str or Path
        File of judgements.
    judgement_id : str
        Which; empty for the last one that stands. An undoing can be undone by its id.
    who, when, note : str
        As for :func:`append_judgement`.

    Returns
    -------
    Judgement
        The row added; its `undoes` names the one taken back.

    Raises
    ------
    NotFoundError
        If there is no such judgement, or none that stands.
    """
    target = Path(path)
    if not target.is_file():
        raise NotFoundError("no file of judgements", where=str(path))
    with _opened(target) as handle:
        handle.seek(0)
        rows, _ = _parsed(handle.read(), target.name)
        judged = _chosen(rows, judgement_id, str(path))
        identity = content_id("judgement", "undo", judged.id, who, when, note)
        row = Judgement(
            id=identity,
            action=judged.action,
            claim=judged.claim,
            other=judged.other,
            changes=judged.changes,
            who=who,
            when=when,
            note=note,
            undoes=judged.id,
        )
        _check(row.action, row.claim, row.other, dict(row.changes), who, when)
        _write(handle, row)
    return row


def _chosen(rows: tuple[Judgement, ...], judgement_id: str, where: str) -> Judgement:
    """Return the judgement to undo."""
    if not judgement_id:
        standing = [row for row in _standing(rows) if not row.undoes]
        if not standing:
            raise NotFoundError("no judgement stands that could be undone", where=where)
        return standing[-1]
    for row in _standing(rows):
        if row.id == judgement_id:
            return row
    raise NotFoundError(
        f"no judgement {judgement_id!r} stands",
        where=where,
        expected="the id of a row that is not undone",
        hint="coercivity claims review FOLDER --list",
    )


@contextmanager
def _opened(target: Path) -> Iterator[IO[bytes]]:
    """Open a file for adding, alone: other writers wait until it is closed."""
    try:
        handle = target.open("ab+")
    except OSError as error:
        raise InputError(
            f"the file of judgements cannot be written ({error.strerror})",
            where=str(target),
            expected="a file that may be added to",
            hint="name another one with --judgements FILE",
        ) from error
    with handle:
        _lock(handle)
        yield handle


def _lock(handle: IO[bytes]) -> None:
    """Wait for the file; the lock ends with the handle, also when the process is killed."""
    try:
        import fcntl
    except ImportError:
        # Without file locks rows are still written in one piece each.
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


def _write(handle: IO[bytes], judgement: Judgement) -> None:
    """Add one row and wait until it is on the disk."""
    line = json.dumps(judgement.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n"
    if handle.seek(0, os.SEEK_END) > 0:
        handle.seek(-1, os.SEEK_END)
        # A writer killed half-way leaves a torn line; it must not swallow this one.
        if handle.read(1) != b"\n":
            line = "\n" + line
    handle.write(line.encode("utf-8"))
    handle.flush()
    os.fsync(handle.fileno())


def _check(
    action: str,
    claim: str,
    other: str,
    changes: Mapping[str, str] | None,
    who: str,
    when: str,
) -> None:
    if action not in ACTIONS:
        raise UsageError(f"{action!r} is no judgement", expected=" ".join(ACTIONS))
    if not claim or not who or not when:
        raise UsageError("a judgement needs a claim, a person and a time")
    if action in _PAIRED and not other:
        raise UsageError(f"{action} is about two claims", expected="other=CLAIM")
    if other and other == claim:
        raise UsageError("a claim cannot be judged against itself", where=claim)
    if action == "correct" and not changes:
        raise UsageError("nothing to correct is given", expected="changes={slot: value}")


def read_judgements(path: str | Path) -> tuple[tuple[Judgement, ...], tuple[Problem, ...]]:
    """Read a file of judgements.

    Returns
    -------
    tuple of Judgement, tuple of Problem
        In order of writing. A line that was torn by a crash is a problem; the others count.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    target = Path(path)
    if not target.is_file():
        raise NotFoundError("no file of judgements", where=str(path))
    return _parsed(target.read_bytes(), target.name)


def _parsed(data: bytes, name: str) -> tuple[tuple[Judgement, ...], tuple[Problem, ...]]:
    rows: list[Judgement] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(
                Problem(
                    "the line is not a whole judgement",
                    f"{name}:{number}",
                    "one JSON object a line",
                    "judge again; nothing else is lost",
                )
            )
    return tuple(rows), tuple(problems)


def _row(fields: Mapping[str, Any]) -> Judgement:
    if fields["action"] not in ACTIONS:
        raise ValueError(fields["action"])
    return Judgement(
        id=str(fields["id"]),
        action=str(fields["action"]),
        claim=str(fields["claim"]),
        other=str(fields.get("other", "")),
        changes=tuple(sorted((str(k), str(v)) for k, v in fields.get("changes", {}).items())),
        who=str(fields.get("who", "")),
        when=str(fields.get("when", "")),
        note=str(fields.get("note", "")),
        undoes=str(fields.get("undoes", "")),
        place=str(fields.get("place", "")),
        other_place=str(fields.get("other_place", "")),
    )


def _standing(rows: Iterable[Judgement]) -> list[Judgement]:
    """Return the rows that no standing row undoes; an undoing that was undone does not count."""
    undone: set[str] = set()
    kept: list[Judgement] = []
    for row in reversed(list(rows)):
        if row.id in undone:
            continue
        if row.undoes:
            undone.add(row.undoes)
        kept.append(row)
    return kept[::-1]


def effective_judgements(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return the judgements that stand: none undone, the later one where two differ.

    Corrections of different slots of one claim stand side by side, in order of writing.
    """
    latest: dict[tuple[str, ...], Judgement] = {}
    for row in _standing(judgements):
        if row.undoes:
            continue
        topic = "pair" if row.action in _PAIRED else "claim"
        if row.action == "correct":
            topic = "slots " + " ".join(name for name, _ in row.changes)
        key = (topic, *sorted((row.claim, row.other)))
        latest.pop(key, None)
        latest[key] = row
    return tuple(latest.values())
