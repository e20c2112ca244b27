"""One document read: statements, acts and numbers put together into drafts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from coercivity.claims.acts import Act, find_acts, remember
from coercivity.claims.afterwards import with_later_dates
from coercivity.claims.context import in_context
from coercivity.claims.dates import TimeExpression
from coercivity.claims.degraded import draft_without_parser
from coercivity.claims.derived import named_later
from coercivity.claims.doubts import doubting_noun, is_rebutted
from coercivity.claims.drafts import Draft
from coercivity.claims.model import Speaker, content_id
from coercivity.claims.quantity_claims import quantity_drafts
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler, Memory
from coercivity.claims.speakers import Speakers
from coercivity.claims.statements import Statement, find_statements
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["draft_claims", "hedges_in", "holding"]

_ANNOUNCING = frozenset({"announce", "declare", "decree"})
_HAS = frozenset({"has", "have", "had"})
_TAKING_EFFECT = frozenset({"CONTROL_ANNOUNCED", "TIGHTENED", "SUSPENDED", "LIFTED"})
_LASTING = frozenset({*_TAKING_EFFECT, "SUPPLY_HALTED", "CONDITION", "LICENCE_GRANTED"})
"""What may last until a day; of anything else, "by" a day tells when it was so."""
_NEARLY = frozenset({"almost", "nearly", "virtually", "practically"})
_MEASURED = frozenset({"PRODUCTION_CUT", "PRODUCTION_RAISED", "QUANTITY"})
"""What may come near to an amount; anything else that nearly happened did not."""
_THEMSELVES = frozenset({"it", "they"})
_LETTERS = re.compile(r"[a-z-]+")
_FROM_THEN = re.compile(
    r"\b(?:from|as of|as from|effective|with effect from|starting|beginning|starting from)"
    r"\s+(?:the\s+)?$",
    re.IGNORECASE,
)
# One body that was named before, or is known to the reader; "officials" and "a ministry" are not.
_THE_BODY = re.compile(r"the (?:ministry|government|cabinet|commission)", re.IGNORECASE)
_BY = re.compile(r"\bby\s+(?:the\s+)?\Z", re.IGNORECASE)
_NAMELY = re.compile(r",\s+(?:in|on|namely|that is)\s+", re.IGNORECASE)
_COMPARED = re.compile(
    r"\bfrom\s+[\d,.]+\s*%?\s*(?:[\w-]+\s+){0,2}?(?:in\s+)?$|\bthan\s+(?:in\s+)?$|\b(?:fewer|more|less|higher|lower)"
    r"\s+than\s+(?:in\s+)?$|\bcompared (?:with|to)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)

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
        remember(reading, memory, vocabulary)
        found.extend((reading, s) for s in find_statements(reading, vocabulary, known))
        acts[reading.position] = find_acts(reading, vocabulary, memory)
    for reading in parsed:
        around = tuple(s for r, s in found if r.position == reading.position)
        here = acts[reading.position]
        later = named_later(reading, here, lambda act: _is_told(act, around))  # noqa: B023
        kept = (act for act in here if not _is_doubly_denied(act, around))
        acts[reading.position] = (*kept, *later)
    acts = in_context(parsed, acts, vocabulary, memory)
    groups = _groups(found)
    for reading in parsed:
        statements = tuple(s for r, s in found if r.position == reading.position)
        named = {s: groups.get((reading.position, s.start, s.end), "") for s in statements}
        here = acts[reading.position]
        drafts.extend(_act_draft(act, reading, statements, named, vocabulary) for act in here)
        drafts.extend(_statement_drafts(reading, statements, named, here))
        drafts.extend(quantity_drafts(reading, statements, here, vocabulary, memory))
    return with_later_dates(drafts)


def _is_doubly_denied(act: Act, statements: tuple[Statement, ...]) -> bool:
    """Whether an act was derived by turning one round that is denied itself.

    Who denies "that it was cleared for A but not for B" does not say that it was cleared for B.
    """
    if not act.rule.endswith(("+but_not", "+do_not")):
        return False
    return any(statement.kind == "deny" for statement in holding(act.trigger[0], statements))


def _is_told(act: Act, statements: tuple[Statement, ...]) -> bool:
    """Whether an act is told as a fact: neither asked nor denied, and not only planned."""
    around = holding(act.trigger[0], statements)
    doubted = any(statement.kind in ("question", "deny") for statement in around)
    return not doubted and not act.is_negated and act.modality == "actual"


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
    trigger = _token_at(act.trigger[0], reading)
    rebutted = trigger is not None and is_rebutted(trigger, vocabulary.lexicon)
    denied = rebutted != any(s.kind == "deny" for s in around)
    negated = act.is_negated != denied
    start, end = _content(act, inner, reading)
    times = _times(act, inner, reading)
    slots = tuple(_of_speaker(act, inner, reading))
    slots = (*slots, *_announcer(act, inner, reading, vocabulary))
    hedges = (*hedges_in(reading, act, vocabulary), *_doubting_cue(inner, reading, vocabulary))
    hedges = () if rebutted else hedges
    unnamed = _is_unnamed_end(act, inner)
    if _is_announced(act, inner, reading, vocabulary):
        # What takes effect later has been announced: the frame is the announcement.
        act = replace(act, modality="actual")
        times = _as_announced(times, _said(inner, statements, reading) if inner else None)
    modality = "possible" if (hedges or unnamed) and act.modality == "actual" else act.modality
    presupposed = asked and act.rule.endswith(".noun")
    rules = (
        act.rule,
        *((inner.rule,) if inner else ()),
        *(("presupposed",) if presupposed else ()),
        *(("unnamed authority",) if unnamed else ()),
    )
    return Draft(
        reading=reading,
        start=start,
        end=end,
        frame=act.frame,
        mode=("question" if asked else inner.mode) if inner else "narration",
        kind="question" if asked else "denial" if denied else "fact",
        polarity="questioned" if asked else "negated" if negated else "affirmed",
        modality="hypothetical" if asked and modality == "actual" else modality,
        trigger=act.trigger,
        speaker=inner.speaker if inner else None,
        cue=inner.cue if inner else act.trigger,
        hedges=hedges,
        said=_said(inner, statements, reading) if inner else None,
        when=times.get("when"),
        until=times.get("until"),
        effective=times.get("effective"),
        slots=slots,
        numbers=reading.numbers_in(*act.clause),
        rules=rules,
        depth=len(around),
        group=named.get(inner, "") if inner else "",
    )


def _of_speaker(
    act: Act, inner: Statement | None, reading: Reading
) -> Iterator[tuple[str, Filler]]:
    """Let "it" and "they" in what a body says stand for that body: "A said that it had …"."""
    speaker = inner.speaker if inner is not None and inner.mode != "direct" else None
    is_body = speaker is not None and (speaker.role in ("", "body")) and bool(speaker.name)
    for name, filler in act.slots:
        word = reading.text[filler.start : filler.end].lower() if filler.rule == "pronoun" else ""
        if speaker is None or not is_body or word not in _THEMSELVES or speaker.span is None:
            yield name, filler
        elif speaker.rule in ("gazetteer", "name") and speaker.party != filler.value:
            kind = "party" if speaker.party else "text"
            yield name, replace(filler, value=speaker.party or speaker.name, kind=kind)
        else:
            yield name, filler


def _is_unnamed_end(act: Act, inner: Statement | None) -> bool:
    """Whether the end of a control rests on speakers nobody can name: "officials say"."""
    if act.frame not in ("SUSPENDED", "LIFTED") or inner is None or inner.speaker is None:
        return False
    if inner.speaker.span is not None and _THE_BODY.fullmatch(inner.speaker.span.exact):
        return False
    return (
        not inner.speaker.party
        and not inner.speaker.official
        and inner.speaker.rule
        in (
            "description",
            "unresolved pronoun",
        )
    )


def _is_announced(
    act: Act, inner: Statement | None, reading: Reading, vocabulary: Vocabulary
) -> bool:
    """Whether an authority announces a control that is yet to take effect."""
    if act.frame != "CONTROL_ANNOUNCED" or act.modality != "planned" or inner is None:
        return False
    if inner.cue is None or not _is_authority(inner.speaker, vocabulary):
        return False
    verb = _token_at(inner.cue[0], reading)
    return (
        verb is not None
        and verb.lemma_ in _ANNOUNCING
        and inner.kind == "say"
        and not any(c.dep_ in ("aux", "neg") and c.lower_ not in _HAS for c in verb.children)
    )


def _is_authority(speaker: Speaker | None, vocabulary: Vocabulary) -> bool:
    """Whether an official or an authority speaks, its country named or not."""
    if speaker is None:
        return False
    nouns = vocabulary.lexicon.lists["authority_nouns"]
    return speaker.official or not nouns.isdisjoint(speaker.name.lower().split())


def _as_announced(
    times: dict[str, TimeExpression], said: TimeExpression | None
) -> dict[str, TimeExpression]:
    """Date an announcement by the day it was made, and what it says by when it takes effect."""
    result = {name: date for name, date in times.items() if name != "when"}
    if "effective" not in result and "when" in times:
        result["effective"] = times["when"]
    if said is not None:
        result["when"] = said
    return result


def _announcer(
    act: Act, inner: Statement | None, reading: Reading, vocabulary: Vocabulary
) -> Iterator[tuple[str, Filler]]:
    """Who announces a control is who acts, where the clause itself names nobody."""
    acts_itself = act.frame in ("CONTROL_ANNOUNCED", "TIGHTENED", "SUSPENDED", "LIFTED")
    if not acts_itself or inner is None or inner.speaker is None or inner.cue is None:
        return
    if any(name == "actor" for name, _ in act.slots):
        return
    if not _is_authority(inner.speaker, vocabulary):
        return
    verb = _token_at(inner.cue[0], reading)
    speaker = inner.speaker
    value = speaker.party or speaker.country or speaker.name
    if verb is not None and verb.lemma_ in _ANNOUNCING and value:
        kind = "party" if speaker.party else "country" if speaker.country else "text"
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


def _times(act: Act, inner: Statement | None, reading: Reading) -> dict[str, TimeExpression]:
    """When the act happened, from when and until when it holds; never when it was said."""
    first, last = act.clause
    if inner is not None:
        first, last = max(first, inner.start), min(last, inner.end)
    dates = [d for d in reading.dates_in(first, last) if not _is_compared(d, reading)]
    found: dict[str, TimeExpression] = {}
    for date in _finest(dates, reading):
        by_then = act.frame not in _LASTING and _BY.search(
            reading.text[max(0, date.start - 12) : date.start]
        )
        if date.modifier == "until" and act.frame != "SUPPLY_HALTED" and not by_then:
            found.setdefault("until", date)
        elif _is_attached(date, act, reading):
            takes_effect = act.frame in _TAKING_EFFECT and (
                act.is_effective
                or _FROM_THEN.search(reading.text[max(0, date.start - 40) : date.start])
            )
            found.setdefault("effective" if takes_effect else "when", date)
    if "when" not in found and "effective" in found and not act.is_effective:
        found["when"] = found["effective"]
    return found


def _finest(dates: list[TimeExpression], reading: Reading) -> list[TimeExpression]:
    """Leave out what the next expression only says more exactly: "a year earlier, in May 2024"."""
    kept: list[TimeExpression] = []
    for date in dates:
        between = reading.text[kept[-1].end : date.start] if kept else ""
        if kept and _NAMELY.fullmatch(between) and date.part("y", "year") and not kept[-1].modifier:
            kept.pop()
        kept.append(date)
    return kept


def _is_compared(expression: TimeExpression, reading: Reading) -> bool:
    """Whether a date only says what is compared with: "up from 11 two weeks ago"."""
    return bool(_COMPARED.search(reading.text[max(0, expression.start - 40) : expression.start]))


def _is_attached(expression: TimeExpression, act: Act, reading: Reading) -> bool:
    """Whether a date depends on the act's own verb, or on the verb that governs its noun."""
    token = _token_at(expression.start, reading)
    trigger = _token_at(act.trigger[0], reading)
    if token is None or trigger is None:
        return False
    for ancestor in token.ancestors:
        if ancestor.i == trigger.i:
            return True
        if ancestor.pos_ in ("VERB", "AUX") and not _is_name(ancestor, reading):
            if _is_completed_by(trigger, ancestor):
                return True
            governs = any(a.i == ancestor.i for a in trigger.ancestors)
            return governs and (trigger.pos_ == "NOUN" or trigger.dep_ in ("xcomp", "ccomp"))
    return bool(token.i == trigger.i)


def _is_name(token: Any, reading: Reading) -> bool:
    """Whether the parser took a name for a verb."""
    return any(m.start <= token.idx < m.end and m.first("item") for m in reading.mentions)


def _is_completed_by(trigger: Any, verb: Any) -> bool:
    """Whether a verb only completes the trigger: "agreed to end"."""
    while verb.dep_ == "xcomp":
        verb = verb.head
        if verb.i == trigger.i:
            return True
    return False


def _token_at(position: int, reading: Reading) -> Any | None:
    tokens = reading.parse.tokens if reading.parse is not None else []
    place = bisect_right(tokens, position, key=lambda token: token.idx) - 1
    token = tokens[place] if place >= 0 else None
    return token if token and position < token.idx + max(1, len(token)) else None


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


def _doubting_cue(
    inner: Statement | None, reading: Reading, vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Verb of saying by which nobody vouches for what is said: "claimed", "believes"."""
    if inner is None or inner.cue is None:
        return ()
    verb = _token_at(inner.cue[0], reading)
    is_doubtful = verb is not None and vocabulary.lexicon.has("doubting_cues", verb.lemma_.lower())
    if is_doubtful:
        return (reading.text[slice(*inner.cue)].lower(),)
    words = inner.speaker.name.lower().split() if inner.speaker is not None else []
    return tuple(w for w in words if vocabulary.lexicon.has("weak_sources", w))


def hedges_in(reading: Reading, act: Act, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the words that weaken an act: in its clause, or at the verbs that lead to it.

    Notes
    -----
    An outlet that writes "reportedly" does not say that it is so, and neither does this.
    """
    first, last = act.clause
    trigger = verb = _token_at(act.trigger[0], reading)
    words = reading.text[first:last].lower()
    while (
        trigger is not None and trigger.dep_ in ("xcomp", "ccomp") and trigger.head.pos_ == "VERB"
    ):
        if trigger.head.i > trigger.i or any(c.dep_ == "mark" for c in trigger.children):
            break
        trigger = trigger.head
        words += " " + " ".join(c.lower_ for c in (*trigger.children, trigger) if c.i <= trigger.i)
    lists = vocabulary.lexicon.lists
    found = {doubting_noun(verb, vocabulary.lexicon)} - {""} if verb is not None else set()
    found |= lists["hedges"].intersection(_LETTERS.findall(words))
    if verb is not None and act.frame not in _MEASURED:
        found |= {c.lower_ for c in verb.children if c.dep_ == "advmod" and c.lower_ in _NEARLY}
        found |= {"all but"} if reading.text[: verb.idx].lower().endswith("all but ") else set()
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
