"""One document read: statements, acts and numbers put together into drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coercivity.claims.acts import Act, find_acts, remember
from coercivity.claims.dates import TimeExpression
from coercivity.claims.degraded import draft_without_parser
from coercivity.claims.drafts import Draft
from coercivity.claims.model import content_id
from coercivity.claims.quantity_claims import quantity_drafts
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler, Memory
from coercivity.claims.speakers import Speakers
from coercivity.claims.statements import Statement, find_statements
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["draft_claims", "hedges_in", "holding"]

ANSWER_GAP = 140
"""Raw code points between a question and its answer, or between two parts of an answer."""


def draft_claims(readings: tuple[Reading, ...], vocabulary: Vocabulary) -> list[Draft]:
    """Draft every claim of one document from its parsed blocks."""
    known, memory = Speakers(), Memory()
    drafts: list[Draft] = []
    found: list[tuple[Reading, Statement]] = []
    acts: dict[int, tuple[Act, ...]] = {}
    parsed = tuple(reading for reading in readings if reading.parse is not None)
    unparsed = tuple(reading for reading in readings if reading.parse is None)
    drafts.extend(draft_without_parser(unparsed))
    for reading in parsed:
        remember(reading, memory)
        found.extend((reading, s) for s in find_statements(reading, vocabulary, known))
        acts[reading.position] = find_acts(reading, vocabulary, memory)
    groups = _groups(found)
    for reading in parsed:
        statements = tuple(s for r, s in found if r.position == reading.position)
        named = {s: groups.get((reading.position, s.start, s.end), "") for s in statements}
        here = acts[reading.position]
        drafts.extend(_act_draft(act, reading, statements, named, vocabulary) for act in here)
        drafts.extend(_statement_drafts(reading, statements, named, here))
        drafts.extend(quantity_drafts(reading, statements, here, vocabulary, memory))
    return drafts


def _groups(found: list[tuple[Reading, Statement]]) -> dict[tuple[int, int, int], str]:
    """Give a question and the answers that follow it one name.

    An exchange goes on while the next statement follows closely and has the same speaker.
    """
    groups: dict[tuple[int, int, int], str] = {}
    group, speaker, reached = "", "", -ANSWER_GAP
    for reading, statement in found:
        span = reading.span(statement.start, statement.end)
        key = (reading.position, statement.start, statement.end)
        name = statement.speaker.name if statement.speaker else ""
        if statement.kind == "question" and statement.mode == "question" and not name:
            group, speaker = content_id(span.doc, "exchange", span.start), ""
        elif group and span.start - reached <= ANSWER_GAP and name and speaker in ("", name):
            speaker = name
        else:
            group = ""
        reached = max(reached, span.end) if group else span.end
        if group:
            groups[key] = group
    return groups


def holding(position: int, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Return the statements around a position, the outermost first."""
    return tuple(
        sorted(
            (s for s in statements if s.contains(position)),
            key=lambda statement: statement.start - statement.end,
        )
    )


def _act_draft(
    act: Act,
    reading: Reading,
    statements: tuple[Statement, ...],
    named: dict[Statement, str],
    vocabulary: Vocabulary,
) -> Draft:
    """Claim of an act, attributed to whoever states it."""
    around = holding(act.trigger[0], statements)
    inner = around[-1] if around else None
    asked = any(s.kind == "question" for s in around)
    denied = bool(around) and any(s.kind == "deny" for s in around)
    negated = act.is_negated != denied
    start, end = _content(act, inner, reading)
    when, until = _times(act, inner, reading)
    slots = (*act.slots, *_announcer(act, inner, reading))
    presupposed = asked and act.rule.endswith(".noun")
    rules = (
        act.rule,
        *((inner.rule,) if inner else ()),
        *(("presupposed",) if presupposed else ()),
    )
    return Draft(
        reading=reading,
        start=start,
        end=end,
        frame=act.frame,
        mode=("question" if asked else inner.mode) if inner else "narration",
        kind="question" if asked else "denial" if denied else "fact",
        polarity="questioned" if asked else "negated" if negated else "affirmed",
        modality="hypothetical" if asked and act.modality == "actual" else act.modality,
        trigger=act.trigger,
        speaker=inner.speaker if inner else None,
        cue=inner.cue if inner else act.trigger,
        hedges=hedges_in(reading, act.clause, act.sentence, vocabulary),
        said=_said(inner, statements, reading) if inner else None,
        when=when,
        until=until,
        slots=slots,
        numbers=reading.numbers_in(*act.clause),
        rules=rules,
        depth=len(around),
        group=named.get(inner, "") if inner else "",
    )


def _announcer(act: Act, inner: Statement | None, reading: Reading) -> Iterator[tuple[str, Filler]]:
    """Who announces a control is who acts, where the clause itself names nobody."""
    acts_itself = act.frame in ("CONTROL_ANNOUNCED", "TIGHTENED", "SUSPENDED", "LIFTED")
    if not acts_itself or inner is None or inner.speaker is None or inner.cue is None:
        return
    if any(name == "actor" for name, _ in act.slots) or not inner.speaker.official:
        return
    verb = _token_at(inner.cue[0], reading)
    value = inner.speaker.party or inner.speaker.country
    if verb is not None and verb.lemma_ in ("announce", "declare", "decree") and value:
        kind = "party" if inner.speaker.party else "country"
        yield "actor", Filler(value, kind, *inner.cue, "announcer")


def _content(act: Act, inner: Statement | None, reading: Reading) -> tuple[int, int]:
    """Range that states the act: the statement, its sentence inside it, or the clause."""
    if inner is None:
        return act.clause
    first, last = act.sentence
    start, end = max(inner.start, first), min(inner.end, last)
    text = reading.text
    while end > start and text[end - 1] == " ":
        end -= 1
    n_sentences = len(re.findall(r"[.!?][”\"’]?\s+[A-Z“]", text[inner.start : inner.end]))
    if n_sentences == 0 or start >= end:
        return inner.start, inner.end
    return start, end


def _times(
    act: Act, inner: Statement | None, reading: Reading
) -> tuple[TimeExpression | None, TimeExpression | None]:
    """When the act happened, and until when it holds; never when it was said."""
    first, last = act.clause
    if inner is not None:
        first, last = max(first, inner.start), min(last, inner.end)
    dates = reading.dates_in(first, last)
    until = next((d for d in dates if d.modifier == "until"), None)
    others = [d for d in dates if d.modifier != "until" or act.frame == "SUPPLY_HALTED"]
    attached = [d for d in others if _is_attached(d, act, reading)]
    return (attached[0] if attached else None), until


def _is_attached(expression: TimeExpression, act: Act, reading: Reading) -> bool:
    """Whether a date depends on the act's own verb, or on the verb that governs its noun."""
    token = _token_at(expression.start, reading)
    trigger = _token_at(act.trigger[0], reading)
    if token is None or trigger is None:
        return False
    for ancestor in token.ancestors:
        if ancestor.i == trigger.i:
            return True
        if ancestor.pos_ in ("VERB", "AUX"):
            if _is_completed_by(trigger, ancestor):
                return True
            governs = any(a.i == ancestor.i for a in trigger.ancestors)
            return governs and (trigger.pos_ == "NOUN" or trigger.dep_ in ("xcomp", "ccomp"))
    return bool(token.i == trigger.i)


def _is_completed_by(trigger: Any, verb: Any) -> bool:
    """Whether a verb only completes the trigger: "agreed to end"."""
    while verb.dep_ == "xcomp":
        verb = verb.head
        if verb.i == trigger.i:
            return True
    return False


def _token_at(position: int, reading: Reading) -> Any | None:
    for token in reading.parse if reading.parse is not None else ():
        if token.idx <= position < token.idx + max(1, len(token)):
            return token
    return None


def _said(
    statement: Statement, statements: tuple[Statement, ...], reading: Reading
) -> TimeExpression | None:
    """When a statement was made: a date of its sentence that stands outside every content."""
    if statement.cue is None:
        return None
    first, last = statement.frame_range
    outside = [
        date
        for date in reading.dates_in(first, last)
        if not any(s.contains(date.start) for s in statements)
    ]
    if not outside:
        return None
    return min(outside, key=lambda date: (abs(date.start - statement.cue[0]), date.start))  # type: ignore[index]


def hedges_in(
    reading: Reading,
    clause: tuple[int, int],
    sentence: tuple[int, int],
    vocabulary: Vocabulary,
) -> tuple[str, ...]:
    """Return the words that weaken a clause."""
    words = reading.text[slice(*clause)].lower()
    lists = vocabulary.lexicon.lists
    found = {word for word in lists["hedges"] if re.search(rf"\b{re.escape(word)}\b", words)}
    found |= {phrase for phrase in lists["hedge_phrases"] if phrase in words}
    return tuple(sorted(found))


def _statement_drafts(
    reading: Reading,
    statements: tuple[Statement, ...],
    named: dict[Statement, str],
    acts: tuple[Act, ...],
) -> Iterator[Draft]:
    """Statements that tell no act of their own: open statements, answers, bare questions."""
    for statement in statements:
        inside = [act for act in acts if statement.contains(act.trigger[0])]
        if inside and not _has_further_sentences(statement, inside, reading):
            continue
        group = named[statement]
        asks = statement.kind == "question"
        kind = "question" if asks else "denial" if statement.kind == "deny" else "open"
        if kind == "open" and group:
            kind = "answer"
        yield Draft(
            reading=reading,
            start=statement.start,
            end=statement.end,
            frame=None,
            mode=statement.mode,
            kind=kind,
            polarity="questioned" if asks else "negated" if kind == "denial" else "affirmed",
            modality="actual",
            trigger=(statement.start, statement.start),
            speaker=statement.speaker,
            cue=statement.cue,
            said=_said(statement, statements, reading),
            slots=tuple(_topics(reading, statement)),
            numbers=reading.numbers_in(statement.start, statement.end),
            rules=(statement.rule,),
            depth=len(holding(statement.start, statements)),
            group=group,
        )


def _has_further_sentences(statement: Statement, acts: list[Act], reading: Reading) -> bool:
    """Whether a quotation holds whole sentences that tell no act."""
    if statement.mode != "direct" or reading.parse is None:
        return all(act.frame in ("MEETING", "DEAL") for act in acts) and statement.mode == "direct"
    inside = [
        s
        for s in reading.parse.sents
        if s.start_char < statement.end - 1 and statement.start + 1 < s.end_char
    ]
    bare = [s for s in inside if not any(s.start_char <= a.trigger[0] < s.end_char for a in acts)]
    only_nominal = all(act.frame in ("MEETING", "DEAL") for act in acts)
    return bool(bare) or only_nominal


def _topics(reading: Reading, statement: Statement) -> Iterator[tuple[str, Any]]:
    """Countries and items that a statement without act speaks of."""
    for mention in reading.mentions_in(statement.start, statement.end):
        place, item = mention.place(), mention.first("item")
        if place is not None:
            yield "about", Filler(place.value, "country", mention.start, mention.end, "name")
        elif item is not None:
            yield "about", Filler(item.value, "item", mention.start, mention.end, "name")
