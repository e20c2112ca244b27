"""What an act leaves out because the document says it elsewhere: who decides, who applies, what.

A slot is filled only where the whole document leaves one answer: one country that controls, one
whose firms apply, one kind of item. The rule ``context`` marks it, and such a claim is never of
high confidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from coercivity.claims.clauses import noun_range
from coercivity.claims.frame_rules import Act
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler, Memory
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["in_context"]

_LICENSING = frozenset({"LICENCE_GRANTED", "LICENCE_REFUSED", "APPLICATION_STATUS", "CONDITION"})
_CONTROLS = frozenset({"CONTROL_ANNOUNCED", "TIGHTENED"})
"""Controls whose author may be left out. Who ends one must be told: that changes its state."""

_CONTROLLING = _LICENSING | {
    "CONTROL_ANNOUNCED",
    "TIGHTENED",
    "SUSPENDED",
    "LIFTED",
    "SUPPLY_HALTED",
    "SUPPLY_RESUMED",
    "DEAL",
}
_PRODUCING = frozenset(
    {"PRODUCTION_CUT", "PRODUCTION_STOPPED", "PRODUCTION_RAISED", "PRODUCTION_RESUMED"}
)
_MOVING = {"SUPPLY_RESUMED": "PRODUCTION_RESUMED", "SUPPLY_HALTED": "PRODUCTION_STOPPED"}
_FIRMS = ("firm", "application")
_BOTH = re.compile(
    r"\b(?:the two|both)\b(?:\s+(?:sides|countries|nations|leaders|governments))?", re.IGNORECASE
)
_RECEIVES = {"APPLICATION_STATUS": "applicant", "CONDITION": "recipient"}


def in_context(
    readings: Sequence[Reading],
    acts: dict[int, tuple[Act, ...]],
    vocabulary: Vocabulary,
    memory: Memory,
) -> dict[int, tuple[Act, ...]]:
    """Fill what acts leave out.

    Parameters
    ----------
    readings : sequence of Reading
        Parsed blocks of one document.
    acts : dict of int to tuple of Act
        By position of the block.
    vocabulary : Vocabulary
    memory : Memory
        Subjects and items of the document.

    Returns
    -------
    dict of int to tuple of Act
        The same acts in the same order.
    """
    every = [act for rows in acts.values() for act in rows]
    controller = _controller(every, readings, vocabulary)
    receivers = _lands(every, ("recipient", "applicant"), vocabulary) - {controller}
    if not receivers and any(act.frame in _RECEIVES for act in every):
        receivers = _firms_from(readings, vocabulary) - {controller}
    applicants = _only(receivers)
    item = _one_item(readings, vocabulary)
    filled: dict[int, tuple[Act, ...]] = {}
    for reading in readings:
        rows: list[Act] = []
        for act in acts.get(reading.position, ()):
            act = _of_the_maker(act, rows)
            slots = list(act.slots)
            slots.extend(_two_sides(act, rows, reading))
            slots.extend(_missing(act, controller, applicants, item))
            slots.extend(_maker(act, reading, memory))
            rows.append(replace(act, slots=tuple(slots)) if len(slots) > len(act.slots) else act)
        filled[reading.position] = tuple(rows)
    return filled


def _controller(acts: Sequence[Act], readings: Sequence[Reading], vocabulary: Vocabulary) -> str:
    """Country that decides: the only one that acts, else the pack's licensing country if named.

    Where several countries act, or none does, a text on the pack's goods that names the country
    whose authority licenses them leaves out the one actor its readers know.
    """
    own = _only(_lands(acts, ("actor",), vocabulary))
    licensing = _only(set(vocabulary.licensing))
    if own or not licensing:
        return own
    is_named = any(
        entity.country == licensing
        for reading in readings
        for mention in reading.mentions
        for entity in mention.entities
    )
    return licensing if is_named else ""


def _firms_from(readings: Sequence[Reading], vocabulary: Vocabulary) -> set[str]:
    """Countries of firms that are only described: "European firms", "Indian applications"."""
    found: set[str] = set()
    for reading in readings:
        for token in reading.parse or ():
            if token.pos_ != "NOUN" or not vocabulary.lexicon.is_class(
                token.lemma_.lower(), _FIRMS
            ):
                continue
            start, _ = noun_range(token)
            for mention in reading.mentions_in(start, token.idx):
                place = mention.place()
                if place is not None:
                    found.add(place.value)
    return found


def _of_the_maker(act: Act, before: Sequence[Act]) -> Act:
    """Read goods that move again as a maker's own, where its own were spoken of just before."""
    if act.frame not in _MOVING or any(name == "actor" for name, _ in act.slots) or not before:
        return act
    last = before[-1]
    if last.frame not in _PRODUCING or last.is_negated:
        return act
    makers = tuple((name, f) for name, f in last.slots if name == "actor")
    carried = tuple((name, Filler(f.value, f.kind, -1, -1, "context")) for name, f in makers)
    kept = tuple(row for row in act.slots if row[0] != "destination")
    return replace(act, frame=_MOVING[act.frame], slots=(*kept, *carried)) if carried else act


def _two_sides(act: Act, before: Sequence[Act], reading: Reading) -> Iterable[tuple[str, Filler]]:
    """Who "the two" are: those of the meeting told just before."""
    if act.frame != "DEAL" or any(name == "participant" for name, _ in act.slots):
        return
    if not _BOTH.search(reading.text, *act.clause):
        return
    meeting = next((one for one in reversed(before) if one.frame == "MEETING"), None)
    for name, filler in meeting.slots if meeting is not None else ():
        if name == "participant":
            yield name, Filler(filler.value, filler.kind, -1, -1, "context")


def _lands(acts: Iterable[Act], names: tuple[str, ...], vocabulary: Vocabulary) -> set[str]:
    """Countries that stand in these slots of acts about licences and controls."""
    return {
        vocabulary.country_of(filler.value)
        for act in acts
        if act.frame in _CONTROLLING
        for name, filler in act.slots
        if name in names and filler.kind in ("country", "party")
        if "actor" not in names or vocabulary.kinds.get(filler.value, "authority") == "authority"
    } - {""}


def _only(values: set[str]) -> str:
    """Return the one value, or an empty string if there are none or several."""
    return next(iter(values)) if len(values) == 1 else ""


def _one_item(readings: Sequence[Reading], vocabulary: Vocabulary) -> str:
    """Return the item a document speaks of, if all its items belong together."""
    named = [
        entity.value
        for reading in readings
        for mention in reading.mentions
        for entity in mention.entities
        if entity.kind == "item"
    ]
    counts = Counter(named)
    tops = {vocabulary.widest(value) for value in counts}
    return counts.most_common(1)[0][0] if len(tops) == 1 else ""


def _missing(act: Act, controller: str, applicants: str, item: str) -> Iterable[tuple[str, Filler]]:
    """Who decides, who applies and about what, where an act does not say."""
    held = {name for name, filler in act.slots if filler.kind in ("country", "party", "item")}
    own = {filler.value for name, filler in act.slots if name in ("applicant", "destination")}
    decides = act.frame in _LICENSING or act.frame in _CONTROLS or act.frame in _MOVING
    if decides and controller and "actor" not in held and controller not in own:
        yield "actor", Filler(controller, "country", -1, -1, "context")
    receiver = _RECEIVES.get(act.frame)
    if receiver and applicants and receiver not in held:
        yield receiver, Filler(applicants, "country", -1, -1, "context")
    wants_item = act.frame in _LICENSING or act.frame in ("SUPPLY_HALTED", "SUPPLY_RESUMED")
    if wants_item and item and "item" not in held:
        yield "item", Filler(item, "item", -1, -1, "context")


def _maker(act: Act, reading: Reading, memory: Memory) -> Iterable[tuple[str, Filler]]:
    """Firm whose production it is: the firm that was the subject last."""
    if act.frame not in _PRODUCING or any(name == "actor" for name, _ in act.slots):
        return
    if act.rule == "production.stoppages_counted":
        return
    entity = memory.last_firm(reading.position, act.trigger[0])
    if entity is not None:
        kind = "party" if entity.kind == "firm" else "text"
        yield "actor", Filler(entity.value, kind, -1, -1, "context")
