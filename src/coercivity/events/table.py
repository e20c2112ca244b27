"""Events of a pack, and how they join with those read from documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from coercivity.claims.blocking import WINDOW_DAYS
from coercivity.claims.compare import countries_of, items_related
from coercivity.claims.vocabulary import Vocabulary
from coercivity.events.model import PolicyEvent
from coercivity.timeline import PartialDate, parse_partial

if TYPE_CHECKING:
    from coercivity.catalogue import Pack, Record

__all__ = ["merge_events", "pack_claim_id", "pack_events"]

_CONTRADICTING = frozenset({"denied", "conflicting"})


def pack_claim_id(event_id: str, source: str, position: int) -> str:
    """Return the id of what a source says in the pack's table of events."""
    return f"{event_id}:{source}:{position}"


def pack_events(pack: Pack) -> tuple[PolicyEvent, ...]:
    """Return the events of ``events.yaml`` in order of id.

    Claims have ids ``event:source:position``. Witnesses of one wire family count once.
    """
    events = [_from_row(row, pack) for row in pack.table("events")]
    return tuple(sorted(events, key=lambda event: event.id))


def _from_row(row: Record, pack: Pack) -> PolicyEvent:
    groups: dict[str, list[str]] = {"supports": [], "contradicts": [], "questions": []}
    families: set[str] = set()
    ids, sources, published = [], [], []
    hedged = True
    for position, claim in enumerate(row["claims"]):
        name = pack_claim_id(row["id"], claim["source"], position)
        polarity = claim.get("polarity") or "affirmed"
        kind = (
            "contradicts"
            if polarity in _CONTRADICTING
            else "questions"
            if polarity == "questioned"
            else "supports"
        )
        ids.append(name)
        groups[kind].append(name)
        source = pack.sources[claim["source"]]
        sources.append(source.id)
        if kind == "supports":
            families.add(source.family)
            hedged = hedged and polarity == "hedged"
            if source.published is not None:
                published.append(source.published.latest)
    flags = [
        ("hedged", hedged and bool(groups["supports"])),
        ("disputed", bool(groups["contradicts"])),
    ]
    return PolicyEvent(
        id=row["id"],
        frame=row["frame"],
        title=row["title"],
        when=row.get("when"),
        actor=row.get("actor") or "",
        counterparties=tuple(row.get("counterparties") or ()),
        items=tuple(row.get("items") or ()),
        place=row.get("place") or "",
        claims=tuple(ids),
        supports=tuple(groups["supports"]),
        contradicts=tuple(groups["contradicts"]),
        questions=tuple(groups["questions"]),
        status=_status(groups, len(families)),
        independent_families=len(families),
        slots=(("known_by", min(published).isoformat()),) if published else (),
        flags=tuple(name for name, is_so in flags if is_so),
        origin="pack",
        sources=tuple(dict.fromkeys(sources)),
        note=row.get("note") or "",
    )


def _status(groups: Mapping[str, Sequence[str]], n_families: int) -> str:
    if groups["supports"]:
        return "confirmed" if n_families > 1 else "asserted"
    return "denied" if groups["contradicts"] else "questioned"


def merge_events(
    read: Iterable[PolicyEvent],
    tabled: Sequence[PolicyEvent],
    pack: Pack,
    vocabulary: Vocabulary,
    *,
    families: Mapping[str, str],
    sourced: Collection[str],
    apart: Mapping[str, Collection[str]] | None = None,
) -> tuple[PolicyEvent, ...]:
    """Join events of documents with those of the pack that are the same.

    Parameters
    ----------
    read, tabled : sequence of PolicyEvent
        From documents and from the pack.
    families : mapping of str to str
        Witness family of each claim read.
    sourced : collection of str
        Claims whose document's source is known.
    apart : mapping of str to collection of str, optional
        For a claim, the claims that a person judged to tell of another event: one event of the
        pack never takes in both.

    Returns
    -------
    tuple of PolicyEvent
        Sorted by id. A document without known source may be one of the pack's own witnesses:
        it never adds to their number, it can only make up a larger number by itself.
    """
    merged = {event.id: event for event in tabled}
    own: dict[str, PolicyEvent] = {}
    taken: dict[str, set[str]] = {event.id: set() for event in tabled}
    for event in sorted(read, key=lambda event: event.id):
        banned = {other for claim in event.claims for other in (apart or {}).get(claim, ())}
        free = [row for row in tabled if banned.isdisjoint(taken[row.id])]
        match = _match(event, free, vocabulary)
        if match is None:
            own[event.id] = event
        else:
            taken[match.id].update(event.claims)
            merged[match.id] = _joined(merged[match.id], event, pack, families, sourced)
    return tuple(event for _, event in sorted((merged | own).items()))


def _match(
    event: PolicyEvent, tabled: Sequence[PolicyEvent], vocabulary: Vocabulary
) -> PolicyEvent | None:
    """Find the pack's event that is the same, the nearest in time first."""
    fitting = [
        (gap, row.id, row)
        for row in tabled
        if (gap := _distance(event, row, vocabulary)) is not None
    ]
    return min(fitting, key=lambda found: found[:2])[2] if fitting else None


def _distance(event: PolicyEvent, row: PolicyEvent, vocabulary: Vocabulary) -> int | None:
    """Days between two events that may be the same, or ``None`` if they cannot be."""
    if event.frame != row.frame:
        return None
    if (
        event.items
        and row.items
        and items_related(event.items, row.items, vocabulary) == "conflict"
    ):
        return None
    if not _parties_fit(event, row, vocabulary):
        return None
    gap = _gap(event, row)
    return gap if gap is not None and gap <= WINDOW_DAYS else None


def _parties_fit(event: PolicyEvent, row: PolicyEvent, vocabulary: Vocabulary) -> bool:
    """Whether everybody the document's event names has a countryman in the pack's."""
    one = countries_of((event.actor, *event.counterparties), vocabulary)
    two = countries_of((row.actor, *row.counterparties), vocabulary)
    if not one:
        return False
    if event.frame == "LICENCE_GRANTED":
        others_one = countries_of(event.counterparties, vocabulary)
        others_two = countries_of(row.counterparties, vocabulary)
        return bool(others_one & others_two)
    firms_one = {
        v for v in (event.actor, *event.counterparties) if vocabulary.kinds.get(v) == "firm"
    }
    firms_two = {v for v in (row.actor, *row.counterparties) if vocabulary.kinds.get(v) == "firm"}
    if firms_one and firms_two and firms_one.isdisjoint(firms_two):
        return False
    return one <= two if event.frame in ("MEETING", "DEAL", "TALKS_RESUMED") else bool(one & two)


def _gap(event: PolicyEvent, row: PolicyEvent) -> int | None:
    """Days between what is known of the two dates."""
    one, two = event.when or _known(event), row.when or _known(row)
    if one is None or two is None:
        return None
    if one.may_equal(two):
        return 0
    return min(abs((one.earliest - two.latest).days), abs((two.earliest - one.latest).days))


def _known(event: PolicyEvent) -> PartialDate | None:
    text = event.slot("known_by")
    return parse_partial(text) if text else None


def _joined(
    row: PolicyEvent,
    event: PolicyEvent,
    pack: Pack,
    families: Mapping[str, str],
    sourced: Collection[str],
) -> PolicyEvent:
    """Return the pack's event with the claims of documents added."""
    in_pack = {pack.sources[name.split(":")[-2]].family for name in row.supports if ":" in name}
    read = {families[name] for name in (*row.supports, *event.supports) if name in families}
    known = {
        families[n] for n in (*row.supports, *event.supports) if n in families and n in sourced
    }
    n_families = max(len(in_pack | known), len(read))
    groups = {
        "supports": _plus(row.supports, event.supports),
        "contradicts": _plus(row.contradicts, event.contradicts),
        "questions": _plus(row.questions, event.questions),
    }
    slots = dict(event.slots) | dict(row.slots)
    known_by = [slot for slot in (row.slot("known_by"), event.slot("known_by")) if slot]
    if known_by:
        slots["known_by"] = min(known_by, key=date.fromisoformat)
    return replace(
        row,
        when=_narrower(row.when, event.when),
        place=row.place or event.place,
        claims=_plus(row.claims, event.claims),
        supports=groups["supports"],
        contradicts=groups["contradicts"],
        questions=groups["questions"],
        status=_status(groups, n_families),
        independent_families=n_families,
        slots=tuple(sorted(slots.items())),
        open_statements=_plus(row.open_statements, event.open_statements),
        flags=tuple(sorted(set(row.flags) | (set(event.flags) - {"planned", "possible"}))),
        origin="both",
        sources=_plus(row.sources, tuple(s for s in event.sources if s not in row.sources)),
    )


def _plus(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *two)))


def _narrower(one: PartialDate | None, two: PartialDate | None) -> PartialDate | None:
    """Return the more precise of two dates; the first if they exclude each other."""
    if one is None or two is None:
        return one or two
    return two if two.within(one) and not one.within(two) else one
