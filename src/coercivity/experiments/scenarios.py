"""Scenarios: dated, named sets of what is in force, who is licensed and what is assumed.

A scenario is data of a pack. Its hypothetical actions are laid over the pack's register for one
run and never enter it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from coercivity.controls.load import action_from
from coercivity.errors import InputError, NotFoundError, Problem

if TYPE_CHECKING:
    from coercivity.catalogue import Pack, Record
    from coercivity.controls.model import MeasureAction

__all__ = [
    "COUNTRY",
    "Cap",
    "Grant",
    "QueueRelief",
    "Revocation",
    "Scenario",
    "find_scenario",
    "load_scenarios",
]

COUNTRY: Final = "country:"
"""Prefix of a grant's holder that stands for every importer of a country or group."""

UNKNOWN_AS: Final = ("open", "closed", "licence", "drawn")


@dataclass(frozen=True)
class Grant:
    """A licence a scenario assumes, or one that was reported only as a share of a group.

    Parameters
    ----------
    id : str
        Unique in the scenario.
    holders : tuple of str
        Parties (as importer or exporter), or ``country:`` and a code.
    items : tuple of str
        Item ids.
    on : date
        First day of use.
    quantity : str
        Quantity id. A mass or count is what may depart in all; a share is a share of the baseline
        flow over the time it is valid; a rate is multiplied by that time.
    valid_to : date or None
        First day it can no longer be used; None is the end of the run.
    origin : str
        Country of export, or ``*``.
    note, where : str
        Remark; file and line.
    """

    id: str
    holders: tuple[str, ...]
    items: tuple[str, ...]
    on: date
    quantity: str
    valid_to: date | None = None
    origin: str = "*"
    note: str = ""
    where: str = ""


@dataclass(frozen=True)
class Revocation:
    """Licences that end before their time.

    Parameters
    ----------
    licences : tuple of str or None
        Ids of licences and grants; None is all of them.
    on : date
        First day they can no longer be used.
    note, where : str
        Remark; file and line.
    """

    licences: tuple[str, ...] | None
    on: date
    note: str = ""
    where: str = ""


@dataclass(frozen=True)
class Cap:
    """A total, taken from an observed series, that a group of lanes may not exceed.

    Parameters
    ----------
    id : str
        Unique in the scenario; the name of the cap group in results.
    origin : str
        Country of export; lanes that stay in it are outside.
    items : tuple of str
        Item ids.
    series : str
        Name of the observed series, by month.
    start, end : date or None
        Days on which it holds, half-open; None is unbounded.
    note, where : str
        Remark; file and line.
    """

    id: str
    origin: str
    items: tuple[str, ...]
    series: str
    start: date | None = None
    end: date | None = None
    note: str = ""
    where: str = ""


@dataclass(frozen=True)
class QueueRelief:
    """Relief for one destination's buyers, as far as it changes an authority's queue.

    Parameters
    ----------
    id, queue, destination : str
        Name, queue id, destination as in the queue's lines.
    on : date
        First day.
    leaves : float
        Share, 0 to 1, of their waiting and later applications no longer needed.
    takes : str or None
        Quantity id: decisions that handling them costs first.
    why, where : str
        Reason for the share; file and line.
    """

    id: str
    queue: str
    destination: str
    on: date
    leaves: float = 1.0
    takes: str | None = None
    why: str = ""
    where: str = ""


@dataclass(frozen=True)
class Scenario:
    """What the world is taken to be in one run.

    Parameters
    ----------
    id, title, sentence : str
        Name, words, and what happens with its dates.
    instruments : tuple of str or None
        Instruments in force; None is all of the register, an empty tuple none.
    licences : tuple of str or None
        Reported licences that count; None is all of them, an empty tuple none.
    actions : tuple of MeasureAction
        Hypothetical acts, marked as such.
    grants : tuple of Grant
        Licences assumed.
    revocations : tuple of Revocation
        Licences that end early.
    caps : tuple of Cap
        Totals taken from observed series.
    queue_changes : tuple of QueueRelief
        Reliefs that free or take places in an authority's queue.
    substitution : bool
        Whether buyers may qualify substitutes.
    unknown_as : str
        How an unknown determination is simulated: ``open``, ``closed``, ``licence`` or ``drawn``.
    unknown_open : str or None
        Quantity whose draw is 1 in members in which an unknown gate is open.
    note, where : str
        Remark; file and line.
    """

    id: str
    title: str
    sentence: str
    instruments: tuple[str, ...] | None = None
    licences: tuple[str, ...] | None = None
    actions: tuple[MeasureAction, ...] = ()
    grants: tuple[Grant, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    caps: tuple[Cap, ...] = ()
    queue_changes: tuple[QueueRelief, ...] = ()
    substitution: bool = True
    unknown_as: str = "drawn"
    unknown_open: str | None = None
    note: str = ""
    where: str = ""


def load_scenarios(pack: Pack) -> tuple[Scenario, ...]:
    """Return a pack's scenarios in the order of its file.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    tuple of Scenario

    Raises
    ------
    InputError
        If a scenario refers to something the pack does not have; every problem is listed with its
        file and line.
    """
    rows = {row["id"]: row for row in pack.table("scenarios")}
    problems = [problem for row in rows.values() for problem in _problems(row, rows, pack)]
    if problems:
        raise InputError(
            f"{len(problems)} problems in the scenarios of {pack.name}",
            hint=f"coercivity pack check {pack.name}",
            problems=problems,
        )
    own = {key: _scenario(row) for key, row in rows.items()}
    return tuple(_extended(own, rows, key) for key in rows)


def find_scenario(scenarios: tuple[Scenario, ...], scenario_id: str) -> Scenario:
    """Return a scenario by id.

    Raises
    ------
    NotFoundError
        If there is none; the message lists those there are.
    """
    for scenario in scenarios:
        if scenario.id == scenario_id:
            return scenario
    raise NotFoundError(
        f"no scenario is called {scenario_id!r}",
        where="scenarios.yaml",
        expected="one of " + ", ".join(s.id for s in scenarios),
        hint="coercivity scenario list",
    )


def _scenario(row: Record) -> Scenario:
    return Scenario(
        id=row["id"],
        title=row["title"],
        sentence=row["sentence"],
        instruments=_selection(row["instruments"], "all"),
        licences=_selection(row["licences"], "reported"),
        actions=tuple(action_from(part, hypothetical=True) for part in row["actions"] or ()),
        grants=tuple(_grant(part) for part in row["grants"] or ()),
        revocations=tuple(_revocation(part) for part in row["revocations"] or ()),
        caps=tuple(_cap(part) for part in row["caps"] or ()),
        queue_changes=tuple(_relief(part) for part in row["queue_changes"] or ()),
        substitution=row["substitution"] is not False,
        unknown_as=row["unknown_as"] or "drawn",
        unknown_open=row["unknown_open"] or None,
        note=row["note"] or "",
        where=row.where,
    )


def _selection(value: Any, everything: str) -> tuple[str, ...] | None:
    """Read ``all`` or ``reported`` as None, ``none`` as nothing, else a list of ids."""
    if value is None or value == everything:
        return None
    if value == "none":
        return ()
    return (str(value),) if isinstance(value, str) else tuple(str(part) for part in value)


def _grant(row: Record) -> Grant:
    return Grant(
        id=row["id"],
        holders=tuple(row["holders"]),
        items=tuple(row["items"]),
        on=row["on"],
        quantity=row["quantity"],
        valid_to=row["valid_to"],
        origin=row.get("origin") or "*",
        note=row["note"] or "",
        where=row.where,
    )


def _revocation(row: Record) -> Revocation:
    return Revocation(
        licences=_selection(row["licences"], "all"),
        on=row["on"],
        note=row["note"] or "",
        where=row.where,
    )


def _cap(row: Record) -> Cap:
    return Cap(
        id=row["id"],
        origin=row["origin"],
        items=tuple(row["items"]),
        series=row["series"],
        start=row["from"],
        end=row["to"],
        note=row["note"] or "",
        where=row.where,
    )


def _relief(row: Record) -> QueueRelief:
    if not 0.0 <= row["leaves"] <= 1.0:
        raise InputError(
            f"{row['id']}: leaves is {row['leaves']}", where=row.where, expected="a share of 0 to 1"
        )
    return QueueRelief(
        id=row["id"],
        queue=row["queue"],
        destination=row["destination"],
        on=row["on"],
        leaves=float(row["leaves"]),
        takes=row["takes"] or None,
        why=row["why"] or "",
        where=row.where,
    )


def _extended(own: Mapping[str, Scenario], rows: Mapping[str, Record], key: str) -> Scenario:
    """Put the parts of the scenarios it extends before its own."""
    chain = _chain(rows, key)
    parts = [own[name] for name in reversed(chain)]
    return replace(
        own[key],
        actions=tuple(a for part in parts for a in part.actions),
        grants=tuple(g for part in parts for g in part.grants),
        revocations=tuple(r for part in parts for r in part.revocations),
        caps=tuple(c for part in parts for c in part.caps),
        queue_changes=tuple(c for part in parts for c in part.queue_changes),
    )


def _chain(rows: Mapping[str, Record], key: str) -> list[str]:
    """Names from a scenario up to the first it rests on; stops at a loop."""
    chain: list[str] = []
    name = key
    while name and name in rows and name not in chain:
        chain.append(name)
        name = str(rows[name].get("extends") or "")
    return chain


def _problems(row: Record, rows: Mapping[str, Record], pack: Pack) -> list[Problem]:
    found = list(_reference_problems(row, rows, pack))
    for grant in row["grants"] or ():
        found.extend(_holder_problems(grant, pack))
        if grant["valid_to"] is not None and grant["valid_to"] <= grant["on"]:
            found.append(
                Problem(f"grant {grant['id']} ends before it begins", grant.where, "a later end")
            )
    series = {part["series"] for part in pack.table("series")}
    for cap in row["caps"] or ():
        if cap["series"] not in series:
            found.append(
                Problem(
                    f"cap {cap['id']} names series {cap['series']!r}, which is not there",
                    cap.where,
                    "one of " + (", ".join(sorted(series)) or "the series of series.csv"),
                )
            )
    if (row["unknown_as"] or "drawn") == "drawn" and not row["unknown_open"]:
        found.append(
            Problem(
                "unknown determinations are to be drawn but no probability is named",
                row.where,
                "unknown_open: a quantity of rule probability",
                "name one, or set unknown_as to open, closed or licence",
            )
        )
    return found


def _reference_problems(row: Record, rows: Mapping[str, Record], pack: Pack) -> list[Problem]:
    found = []
    base = row.get("extends")
    if base and base not in rows:
        found.append(Problem(f"it extends {base!r}, which is not there", row.where, "a scenario"))
    elif base and str(rows[_chain(rows, row["id"])[-1]].get("extends") or ""):
        found.append(Problem("it extends itself in the end", row.where, "no loop"))
    instruments = {part["id"] for part in pack.table("instruments")}
    licences = {part["id"] for part in pack.table("licences")}
    for column, known, everything in (
        ("instruments", instruments, "all"),
        ("licences", licences, "reported"),
    ):
        for name in _selection(row[column], everything) or ():
            if name not in known:
                found.append(
                    Problem(f"no {column[:-1]} is called {name!r}", row.where, f"an id of {column}")
                )
    return found


def _holder_problems(grant: Record, pack: Pack) -> list[Problem]:
    from coercivity.catalogue import places

    found = []
    for holder in grant["holders"]:
        if holder.startswith(COUNTRY):
            try:
                places.country(holder.removeprefix(COUNTRY))
            except NotFoundError as error:
                found.append(Problem(error.problem.what, grant.where, error.problem.expected))
        elif holder not in pack.parties:
            found.append(
                Problem(
                    f"holder {holder!r} is no party",
                    grant.where,
                    f"an id of parties.yaml, or {COUNTRY}CODE",
                )
            )
    return found
