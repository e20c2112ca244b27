"""Read instruments and actions from a pack's tables, and check what the schemas cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from coercivity.catalogue import places
from coercivity.catalogue.model import Item, Party
from coercivity.controls.model import (
    ANYTHING,
    ActionKind,
    Effect,
    Instrument,
    Measure,
    MeasureAction,
    MeasureType,
)
from coercivity.errors import InputError, Problem

__all__ = ["PackLike", "action_from", "check_actions", "load_actions", "load_instruments"]


class PackLike(Protocol):
    """What this room needs of a :class:`~coercivity.catalogue.Pack`."""

    @property
    def name(self) -> str:
        """Name of the pack."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """Row of ``pack.yaml``."""

    @property
    def items(self) -> Mapping[str, Item]:
        """Items by id."""

    @property
    def parties(self) -> Mapping[str, Party]:
        """Parties by id."""

    def table(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """Return the rows of a table."""


def load_instruments(pack: PackLike) -> tuple[Instrument, ...]:
    """Return the pack's instruments with their measures, sorted by id.

    Parameters
    ----------
    pack : Pack
        Its tables ``instruments`` and ``parties`` are read.

    Returns
    -------
    tuple of Instrument
        Groups of countries expanded to their members.
    """
    default_zone = str(pack.meta.get("zone") or "UTC")
    rows = sorted(pack.table("instruments"), key=lambda row: str(row["id"]))
    return tuple(_instrument(row, pack.parties, default_zone) for row in rows)


def _instrument(
    row: Mapping[str, Any], parties: Mapping[str, Party], default_zone: str
) -> Instrument:
    issuer = parties.get(row["issuer"])
    return Instrument(
        id=row["id"],
        issuer=row["issuer"],
        number=row.get("number") or "",
        title=row["title"],
        published_on=row["published_on"],
        zone=row.get("zone") or default_zone,
        jurisdiction=issuer.country if issuer else "",
        measures=tuple(_measure(part, row["id"]) for part in row.get("measures") or ()),
        url=row.get("url") or "",
        sources=tuple(row.get("sources") or ()),
        facts=tuple(row.get("facts") or ()),
        note=row.get("note") or "",
    )


def _measure(row: Mapping[str, Any], instrument: str) -> Measure:
    return Measure(
        id=row["id"],
        instrument=instrument,
        article=row.get("article") or "",
        type=MeasureType(row["type"]),
        effect=Effect(row["effect"]),
        items=_open(row.get("items")),
        origins=_countries(row.get("origins")),
        destinations=_countries(row.get("destinations")),
        not_destinations=_countries(row.get("not_destinations")),
        end_uses=_open(row.get("end_uses")),
        end_users=_open(row.get("end_users")),
        contains_any=_open(row.get("contains_any")),
        de_minimis_share=row.get("de_minimis_share"),
        ownership_share=row.get("ownership_share"),
        note=row.get("note") or "",
    )


def _open(values: Iterable[str] | None) -> tuple[str, ...]:
    """Return the values of a scope; one that holds everything is empty."""
    scope = tuple(values or ())
    return () if ANYTHING in scope else scope


def _countries(values: Iterable[str] | None) -> tuple[str, ...]:
    members = {code for part in _open(values) for code in places.expand(part)}
    return tuple(sorted(members))


def load_actions(pack: PackLike) -> tuple[MeasureAction, ...]:
    """Return the pack's actions in the order in which the public could know them.

    Raises
    ------
    InputError
        If a row cannot be an action; every problem is listed.
    """
    rows = pack.table("actions")
    return tuple(sorted((action_from(row) for row in rows), key=record_order))


def record_order(action: MeasureAction) -> tuple[Any, ...]:
    """Order in which actions are folded: as recorded, then as they take effect."""
    return (action.recorded_on, action.hypothetical, action.start, action.id)


def action_from(row: Mapping[str, Any], *, hypothetical: bool = False) -> MeasureAction:
    """Make an action of a row of ``actions`` or of a scenario's ``actions``.

    Parameters
    ----------
    row : mapping
        Columns of the table; a scenario's row needs no dates of announcement or record.
    hypothetical : bool
        Whether it is a scenario's assumption: it counts as known on every day.

    Returns
    -------
    MeasureAction
    """
    announced = row.get("announced_on") or row["from"]
    effect = row.get("effect")
    return MeasureAction(
        id=row["id"],
        instrument=row.get("instrument") or "",
        target=row["target"],
        kind=ActionKind(row["kind"]),
        start=row["from"],
        until=row.get("until"),
        announced_on=announced,
        recorded_on=row.get("recorded_on") or announced,
        destinations=_countries(row.get("destinations")),
        items=_open(row.get("items")),
        end_users=_open(row.get("end_users")),
        effect=Effect(effect) if effect else None,
        sources=tuple(row.get("sources") or ()),
        facts=tuple(row.get("facts") or ()),
        hypothetical=hypothetical,
        note=row.get("note") or "",
    )


def check_actions(instruments: Iterable[Instrument], actions: Iterable[MeasureAction]) -> None:
    """Check that every action acts on something and says enough.

    Parameters
    ----------
    instruments : iterable of Instrument
    actions : iterable of MeasureAction
        In order of record.

    Raises
    ------
    InputError
        Listing every action that does not.
    """
    by_id = {instrument.id: instrument for instrument in instruments}
    targets = set(by_id) | {m.id for i in by_id.values() for m in i.measures}
    problems: list[Problem] = []
    seen: dict[str, MeasureAction] = {}
    for action in actions:
        problems.extend(_action_problems(action, by_id, targets, seen))
        seen[action.id] = action
    problems.extend(_never_enacted(by_id, seen.values()))
    if problems:
        raise InputError(
            f"the register has {len(problems)} wrong actions",
            hint="coercivity pack check PACK",
            problems=problems,
        )


def _never_enacted(
    instruments: Mapping[str, Instrument], actions: Iterable[MeasureAction]
) -> list[Problem]:
    """Problems for measures that have an effect but never take effect."""
    enacted = {action.target for action in actions if action.kind is ActionKind.ENACT}
    return [
        Problem("the measure is never enacted", f"measure {m.id}", "an action of kind enact")
        for instrument in instruments.values()
        for m in instrument.measures
        if m.effect is not Effect.NONE and not enacted & {m.id, instrument.id}
    ]


def _action_problems(
    action: MeasureAction,
    instruments: Mapping[str, Instrument],
    targets: set[str],
    earlier: Mapping[str, MeasureAction],
) -> list[Problem]:
    where = f"action {action.id}"
    found = []
    if action.id in earlier:
        found.append(Problem("the id is used twice", where, "a new id"))
    if action.target not in targets and action.target not in earlier:
        found.append(
            Problem(
                f"target {action.target!r} is no measure, instrument or earlier action",
                where,
                "an id of instruments.yaml",
            )
        )
    if action.instrument and action.instrument not in instruments:
        found.append(Problem(f"no instrument is called {action.instrument!r}", where))
    if action.until is not None and action.until <= action.start:
        found.append(Problem(f"it ends ({action.until}) before it starts ({action.start})", where))
    if action.kind is ActionKind.RELAX and action.effect is None:
        found.append(Problem("a relaxation names no new effect", where, "effect: exempt, say"))
    if action.kind is ActionKind.EXTEND and extended_by(action, earlier.values()) is None:
        found.append(
            Problem("nothing with an end date is there to extend", where, "an earlier bounded act")
        )
    return found


def extended_by(action: MeasureAction, earlier: Iterable[MeasureAction]) -> MeasureAction | None:
    """Return the action whose end an ``extend`` moves: the last bounded one on the same target."""
    candidates = [
        other
        for other in earlier
        if other.until is not None
        and (other.target == action.target or other.id == action.target)
        and other.kind is not ActionKind.REPEAL
    ]
    return max(candidates, key=record_order, default=None)
