"""Acts that a sentence tells by pointing at another: "but not for …", "their units do not", lists.

A question, a denial or a plan is never carried on as a fact: what is derived keeps the modality and
polarity of the act it points at, and names are added only to acts that are told as facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from coercivity.claims.frame_rules import Act
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler

__all__ = ["gapped_acts", "named_later", "not_for_others", "others_do_not", "under_control"]

_BUT_NOT = re.compile(r"\b(?:but|and|though) not (?:yet )?(?:for|to)\s+", re.IGNORECASE)
_DO_NOT = re.compile(
    r"[;,.]\s+(?:but\s+|while\s+)?(?P<who>[^;,.]{3,60}?)\s+(?:do|does|did|have|has) not\s*[.;]",
    re.IGNORECASE,
)
_THEIRS = re.compile(r"\b(?:their|its)\b", re.IGNORECASE)
_NAMES = re.compile(
    r"\b(?:names?|named|identif(?:y|ies|ied)|lists?|listed|adds?|added|among (?:them|those|the)|"
    r"includes?|included|mentions?|mentioned)\b",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?](?=\s|$)|\n")
_UP_OR_DOWN = re.compile(r"[\s,]*(?P<way>up|down)\b", re.IGNORECASE)
_MADE = {"production.more": "PRODUCTION_RAISED", "production.fewer": "PRODUCTION_CUT"}
NAMED_WITHIN = 700
"""Code points after a grant in which its recipients may be named."""


def not_for_others(act: Act, reading: Reading) -> Iterator[Act]:
    """Deny an act for somebody else: "for some countries but not for another"."""
    for match in _BUT_NOT.finditer(reading.text, act.trigger[1], act.sentence[1]):
        for mention in reading.mentions_in(match.end(), act.sentence[1]):
            place = mention.place() or mention.party()
            if place is None or mention.start > match.end() + 4:
                break
            kind = "country" if place.is_place else "party"
            filler = Filler(place.value, kind, mention.start, mention.end, "but not")
            yield _for(act, filler, match.start(), not act.is_negated, "but_not")
            break


def others_do_not(act: Act, reading: Reading) -> Iterator[Act]:
    """Deny an act for a subject whose verb is left out: "…; their units at home do not"."""
    stop = _STOP.search(reading.text, act.trigger[1])
    for match in _DO_NOT.finditer(
        reading.text, act.trigger[1], stop.end() if stop else len(reading.text)
    ):
        start, end = match.span("who")
        receivers = [f for name, f in act.slots if name == "recipient" and f.kind == "party"]
        inside = [m for m in reading.mentions_in(start, end) if m.party() or m.place()]
        fillers = [
            Filler(
                (m.party() or m.place()).value,  # type: ignore[union-attr]
                "party" if m.party() else "country",
                m.start,
                m.end,
                "subject",
            )
            for m in inside
        ]
        if _THEIRS.match(reading.text, start) and receivers:
            fillers = [
                replace(f, start=start, end=end, rule="pronoun") for f in receivers
            ] + fillers
        if fillers:
            first = _for(act, fillers[0], start, not act.is_negated, "do_not")
            slots = [*first.slots, *(("recipient", f) for f in fillers[1:])]
            yield replace(first, slots=tuple(slots), clause=(start, match.end() - 1))
        return


def _for(act: Act, filler: Filler, start: int, is_negated: bool, rule: str) -> Act:
    """Copy an act for another recipient."""
    kept = tuple(
        row for row in act.slots if row[0] not in ("recipient", "destination", "applicant", "count")
    )
    return replace(
        act,
        rule=f"{act.rule}+{rule}",
        trigger=(start, filler.end),
        clause=(start, max(filler.end, start)),
        slots=(*kept, ("recipient", filler)),
        is_negated=is_negated,
    )


def gapped_acts(act: Act, reading: Reading) -> Iterator[Act]:
    """Find further makers in a list without verb: "A built 10, up 6%, and B 20, down 5%"."""
    if act.rule not in _MADE:
        return
    for mention in reading.mentions_in(act.trigger[1], act.sentence[1]):
        firm = mention.first("firm")
        if firm is None:
            continue
        number = next(
            (n for n in reading.numbers if mention.end < n.start <= mention.end + 2), None
        )
        way = _UP_OR_DOWN.match(reading.text, number.end) if number is not None else None
        if number is None or way is None:
            continue
        rule = "production.more" if way["way"].lower() == "up" else "production.fewer"
        kept = tuple(row for row in act.slots if row[0] not in ("actor", "count", "item"))
        filler = Filler(firm.value, "party", mention.start, mention.end, "list")
        items = tuple(row for row in act.slots if row[0] == "item")
        yield replace(
            act,
            rule=f"{rule}+list",
            frame=_MADE[rule],
            trigger=(mention.start, mention.end),
            clause=(mention.start, number.end),
            slots=(*kept, *items, ("actor", filler)),
        )


def named_later(
    reading: Reading, acts: Sequence[Act], is_told: Callable[[Act], bool]
) -> Iterator[Act]:
    """Find sentences after a grant that only name who received it.

    Parameters
    ----------
    reading : Reading
    acts : sequence of Act
        Of the block, in order.
    is_told : callable
        Whether an act is told as a fact: neither asked nor denied nor planned.
    """
    grants = [act for act in acts if act.frame == "LICENCE_GRANTED" and is_told(act)]
    for sentence in reading.parse.sents if reading.parse is not None else ():
        start, end = sentence.start_char, sentence.end_char
        if any(act.sentence[0] < end and start < act.sentence[1] for act in acts):
            continue
        grant = next(
            (g for g in reversed(grants) if g.sentence[1] <= start < g.sentence[1] + NAMED_WITHIN),
            None,
        )
        cue = _NAMES.search(reading.text, start, end)
        if grant is None or cue is None:
            continue
        names = [
            Filler(firm.value, "party", m.start, m.end, "named later")
            for m in reading.mentions_in(start, end)
            if (firm := m.first("firm", "aggregate")) is not None
        ]
        if not names or any(
            f.kind == "party" and f.value == n.value for _, f in grant.slots for n in names
        ):
            continue
        kept = tuple(row for row in grant.slots if row[0] in ("actor", "item", "origin"))
        stop = end
        while stop > start and reading.text[stop - 1] in " .\n\t":
            stop -= 1
        yield replace(
            grant,
            rule="licence.named_later",
            trigger=cue.span(),
            clause=(start, stop),
            sentence=(start, end),
            slots=(
                *((name, replace(f, start=-1, end=-1, rule="carried")) for name, f in kept),
                *(("recipient", name) for name in names),
            ),
        )


_UNDER = re.compile(
    r"\b(?:places?|placed|puts?|brings?|brought|come|comes|came|is|are|fall|falls)\b"
    r"(?:[^.;]|\.(?=\w)){0,80}?"
    r"\bunder\s+(?:\w+\s+){0,2}(?:licensing|licence|license|control)s?\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\?|\b(?:not|no(?!s?\.?\s*\d)|never|if|whether|may|might|could|would|should|plans?|planned|consider\w*|deni\w+|"
    r"propos\w+|want\w*|threat\w+|remains?|still)\b",
    re.IGNORECASE,
)


def under_control(
    sentence: tuple[int, int], here: Sequence[Act], reading: Reading
) -> Iterator[Act]:
    """Find goods that a notice puts under licensing, in a sentence that the parser lost.

    Only plain sentences count: any word of doubt, denial or planning in it stops the rule.
    """
    start, end = sentence
    match = _UNDER.search(reading.text, start, end)
    if here or match is None or _DOUBT.search(reading.text, start, end):
        return
    items = [
        Filler(entity.value, "item", m.start, m.end, "sentence")
        for m in reading.mentions_in(start, match.end())
        if (entity := m.first("item")) is not None
    ]
    numbers = [
        Filler(f"{m['n']}/{m['y']}" if m["y"] else m["n"], "text", *m.span(), "number")
        for m in _NUMBER.finditer(reading.text, start, match.end())
    ]
    if not items or not numbers:
        return
    stop = end
    while stop > start and reading.text[stop - 1] in " .\n\t":
        stop -= 1
    yield Act(
        rule="control.under_text",
        frame="CONTROL_ANNOUNCED",
        trigger=match.span(),
        clause=(start, stop),
        sentence=sentence,
        slots=(*(("item", i) for i in items), *(("instrument", n) for n in numbers)),
        is_negated=False,
        modality="actual",
    )


_NUMBER = re.compile(r"\bNos?\.?\s?(?P<n>\d+)(?:\s+of\s+(?P<y>\d{4}))?", re.IGNORECASE)
