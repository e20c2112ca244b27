"""Section 2: what is known, who says so, who differs, and what nobody says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from coercivity.brief.content import (
    Block,
    Bullets,
    Callout,
    Column,
    Fold,
    Happening,
    Heading,
    Line,
    Para,
    Piece,
    QuotePair,
    QuotePairs,
    Section,
    Stance,
    Table,
    Timeline,
    Tone,
    Witness,
)
from coercivity.brief.names import item_name, party_name
from coercivity.brief.references import anchor
from coercivity.brief.wording import counted, listing, sentence_case, short_day, when

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence
    from coercivity.brief.references import References
    from coercivity.claims import Claim, Verdict
    from coercivity.events import PolicyEvent

#: What a full account of an act would tell, by frame: what is missing is said to be missing.
_ACCOUNT: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "LICENCE_GRANTED": (
        ("when", "when they were granted"),
        ("count", "how many"),
        ("quantity", "for what quantity"),
        ("until", "until when"),
    ),
    "SUSPENDED": (("when", "from when"), ("until", "until when")),
    "LIFTED": (("when", "from when"),),
    "SUPPLY_HALTED": (("when", "since when"),),
    "DEAL": (("when", "when"),),
    "APPLICATION_STATUS": (("count", "how many"),),
}
_TONES: Final[dict[str, Tone]] = {
    "confirmed": "neutral",
    "asserted": "unsure",
    "questioned": "unsure",
    "denied": "bad",
}
_SHOWN_RELATIONS: Final = ("DIVERGENT_QUOTE", "CONFLICT", "SAME_UTTERANCE", "REFINES", "AGREE")
_MOST_PAIRS: Final = 8
_QUOTE_MARKS: Final = " ,;“”\"‘’'"
_WORD = re.compile(r"\w+", re.UNICODE)


def write(evidence: Evidence, refs: References) -> Section:
    """Write the section.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    refs : References
        Collects what is referred to.

    Returns
    -------
    Section
        Timeline, quotes side by side, open statements, what was read.
    """
    near, far = _split(evidence)
    blocks: list[Block] = [Para(_overview(evidence), role="lead")]
    if near:
        blocks.append(Timeline(tuple(_happening(event, evidence, refs) for event in near)))
    if far:
        inner = Timeline(tuple(_happening(event, evidence, refs) for event in far))
        blocks.append(
            Fold(f"{counted(len(far), 'further event')} on other goods and countries", (inner,))
        )
    blocks += _quotes(evidence, refs)
    blocks += _open_statements(evidence, refs)
    if evidence.verdicts:
        blocks.append(_verdict_table(evidence, refs))
    notes = _reading_notes(evidence)
    if notes:
        blocks.append(
            Callout("note", "How the documents were read", tuple((note,) for note in notes))
        )
    return Section(2, "known", "What is known", tuple(blocks))


def _overview(evidence: Evidence) -> Line:
    disputed = sum(1 for event in evidence.events if event.contradicts)
    asked = sum(1 for event in evidence.events if event.status == "questioned")
    text = (
        f"{counted(len(evidence.events), 'event')} known by then, "
        f"{disputed} of them told differently by somebody"
    )
    if asked:
        text += f", {asked} known only from questions"
    read = counted(len(evidence.claims.documents), "document")
    if evidence.own_notes:
        read += " (notes of our own that restate what was published)"
    text += f"; {read} with {counted(len(evidence.claims), 'claim')}."
    return (text,)


def _reading_notes(evidence: Evidence) -> list[str]:
    notes = list(evidence.claims.notes)
    if evidence.left_out:
        notes.append(f"Left out, because published later: {listing(evidence.left_out)}.")
    notes += [f"Refused: {problem}" for problem in evidence.documents.problems]
    return notes


def _split(evidence: Evidence) -> tuple[list[PolicyEvent], list[PolicyEvent]]:
    """Split events into those of the pack's focus and the others."""
    focus = evidence.pack.meta.get("focus") or {}
    wanted = _descendants(evidence, str(focus.get("item") or ""))
    country = str(focus.get("country") or "")
    near: list[PolicyEvent] = []
    far: list[PolicyEvent] = []
    for event in evidence.events:
        parties = (event.actor, *event.counterparties)
        countries = {_country(evidence, party) for party in parties}
        is_near = event.origin != "pack" or country in countries or bool(wanted & set(event.items))
        (near if is_near else far).append(event)
    return near, far


def _descendants(evidence: Evidence, item: str) -> set[str]:
    found = {item} if item else set()
    while True:
        more = {key for key, row in evidence.pack.items.items() if set(row.parents) & found} - found
        if not more:
            return found
        found |= more


def _country(evidence: Evidence, party: str) -> str:
    found = evidence.pack.parties.get(party)
    return found.country if found else party


def _happening(event: PolicyEvent, evidence: Evidence, refs: References) -> Happening:
    known_by = event.slot("known_by")
    dated = when(event.when)
    if event.when is None and known_by:
        dated = f"by {short_day(date.fromisoformat(known_by))}"
    title: Line = (event.title,)
    return Happening(
        anchor=anchor("e", event.id),
        when=dated,
        datetime=event.when.earliest.isoformat() if event.when else "",
        title=title,
        status=_status(event),
        tone="unsure" if event.contradicts else _TONES[event.status],
        about=_about(event, evidence),
        witnesses=tuple(_witnesses(event, evidence, refs)),
        differs=tuple(_differs(event, refs)),
        silent=_silent(event),
    )


def _status(event: PolicyEvent) -> str:
    families = event.independent_families
    if event.status in ("confirmed", "asserted"):
        said = f"{event.status} by {counted(families, 'family', 'families')}"
    else:
        said = f"only {event.status}" if event.status == "questioned" else event.status
    return f"{said}, disputed" if event.contradicts else said


def _about(event: PolicyEvent, evidence: Evidence) -> Line:
    parts: list[str] = []
    if event.actor:
        parts.append(party_name(evidence.pack, event.actor))
    if event.counterparties:
        others = [party_name(evidence.pack, key) for key in event.counterparties]
        parts.append(f"with {listing(others[:6])}" if parts else listing(others[:6]))
    if event.items:
        names = [item_name(evidence.pack, key) for key in event.items[:5]]
        rest = len(event.items) - len(names)
        parts.append(", ".join(names) + (f" and {rest} more" if rest else ""))
    return (
        (
            "; ".join(sentence_case(part) for part in parts[:1])
            + "".join(f"; {part}" for part in parts[1:]),
        )
        if parts
        else ()
    )


def _witnesses(event: PolicyEvent, evidence: Evidence, refs: References) -> Iterable[Witness]:
    """Witnesses whose words were read; those of the pack's tables are named in one line."""
    read = {claim.id: claim for claim in evidence.claims}
    groups: tuple[tuple[Stance, tuple[str, ...]], ...] = (
        ("affirmed", event.supports),
        ("questioned", event.questions),
    )
    for stance, names in groups:
        tabled = [name for name in names if name not in read]
        for name in names:
            if name in read:
                claim = read[name]
                quoted = claim.mode in ("direct", "mixed")
                words = claim.text
                yield Witness(
                    stance=_stance(claim, stance),
                    source=(refs.claim(name),),
                    words=(f"“{_bare(words)}”" if quoted else words,),
                    quoted=quoted,
                )
        if tabled:
            links: list[str | Piece] = []
            heard: dict[str, int] = {}
            for name in tabled:
                link = refs.claim(name)
                heard[link.text] = heard.get(link.text, 0) + 1
                if heard[link.text] > 1:
                    link = refs.claim(name, f"[{heard[link.text]}]")
                    links += [" ", link]
                else:
                    links += [", ", link] if links else [link]
            yield Witness("affirmed" if stance == "affirmed" else "questioned", tuple(links), ())


def _bare(text: str) -> str:
    """Return words without the quotation marks and commas they were set in."""
    return text.strip(_QUOTE_MARKS)


def _stance(claim: Claim, group: Stance) -> Stance:
    return "hedged" if group == "affirmed" and claim.hedges else group


def _differs(event: PolicyEvent, refs: References) -> Iterable[Line]:
    for name in event.contradicts:
        words = refs.words(name)
        yield (refs.claim(name), f": {words}" if words else " gives another account")


def _silent(event: PolicyEvent) -> Line:
    missing = [
        words
        for slot, words in _ACCOUNT.get(event.frame, ())
        if not (event.when if slot == "when" else event.slot(slot))
    ]
    return (f"{listing(missing, last='or')}.",) if missing else ()


def _quotes(evidence: Evidence, refs: References) -> list[Block]:
    """Set the quotes of two witnesses side by side, the telling ones first."""
    order = {relation: place for place, relation in enumerate(_SHOWN_RELATIONS)}
    read = {claim.id: claim for claim in evidence.claims}
    pairs = sorted(
        (
            verdict
            for verdict in evidence.verdicts
            if verdict.b and verdict.relation in order and _is_telling(verdict, read)
        ),
        key=lambda verdict: order[verdict.relation],
    )
    if not pairs:
        return []
    shown = tuple(_pair(verdict, read, evidence, refs) for verdict in pairs[:_MOST_PAIRS])
    return [Heading("Quotes side by side", "quotes"), QuotePairs(shown)]


def _is_telling(verdict: Verdict, read: dict[str, Claim]) -> bool:
    quoted = {"direct", "mixed"}
    if verdict.relation in ("CONFLICT", "DIVERGENT_QUOTE"):
        return True
    return {read[verdict.a].mode, read[verdict.b].mode} <= quoted


def _pair(
    verdict: Verdict, read: dict[str, Claim], evidence: Evidence, refs: References
) -> QuotePair:
    one, other = read[verdict.a], read[verdict.b]
    left, right = _aligned(_bare(one.text), _bare(other.text))
    differences = "; ".join(
        f"{difference.slot}: {difference.a or 'nothing'} against {difference.b or 'nothing'}"
        for difference in verdict.differences
        if difference.relation == "conflict"
    )
    note = " ".join(part for part in (verdict.note, differences) if part)
    speaker = one.speaker or other.speaker
    about = speaker.name if speaker else (one.frame or "The same matter")
    tone: Tone = "bad" if verdict.relation == "CONFLICT" else "neutral"
    if verdict.relation == "DIVERGENT_QUOTE":
        tone = "unsure"
    return QuotePair(
        anchor=anchor("v", verdict.id),
        verdict=verdict.relation.replace("_", " ").lower(),
        tone=tone,
        about=about,
        left=(_cite(one, evidence, refs), left),
        right=(_cite(other, evidence, refs), right),
        note=(note,) if note else (),
    )


def _cite(claim: Claim, evidence: Evidence, refs: References) -> Line:
    document = evidence.claims.document_of(claim)
    dated = document.published
    stamp = when(dated.value) if dated and dated.basis != "cluster" else "undated"
    return (refs.claim(claim.id), f", {stamp}")


def _aligned(one: str, other: str) -> tuple[Line, Line]:
    """Mark what one text says and the other does not."""
    from difflib import SequenceMatcher

    cuts = [_WORD.findall(text.lower()) for text in (one, other)]
    spans = [[match.span() for match in _WORD.finditer(text)] for text in (one, other)]
    blocks = SequenceMatcher(None, cuts[0], cuts[1], autojunk=False).get_matching_blocks()
    common = [set(), set()]  # type: list[set[int]]
    for block in blocks:
        if block.size > 1:
            common[0].update(range(block.a, block.a + block.size))
            common[1].update(range(block.b, block.b + block.size))
    return (
        _marked(one, spans[0], common[0]),
        _marked(other, spans[1], common[1]),
    )


def _marked(text: str, spans: Sequence[tuple[int, int]], common: set[int]) -> Line:
    """Mark the runs of words that are common to both texts."""
    parts: list[str | Piece] = ["“"]
    position, place = 0, 0
    while place < len(spans):
        if place not in common:
            place += 1
            continue
        end = place
        while end + 1 in common and end + 1 < len(spans):
            end += 1
        start_at, end_at = spans[place][0], spans[end][1]
        parts += [text[position:start_at], Piece(text[start_at:end_at], style="mark")]
        position, place = end_at, end + 1
    return (*parts, text[position:], "”")


def _open_statements(evidence: Evidence, refs: References) -> list[Block]:
    names = dict.fromkeys(name for event in evidence.events for name in event.open_statements)
    read = {claim.id: claim for claim in evidence.claims}
    names.update(dict.fromkeys(claim.id for claim in evidence.claims if claim.kind == "answer"))
    lines: list[Line] = [
        (refs.claim(name), f": “{_bare(read[name].text)}”") for name in names if name in read
    ]
    if not lines:
        return []
    return [
        Heading("Open statements", "open"),
        Para(
            (
                "Asked, and answered without saying so or so. The brief answers by scenarios in "
                "section 6; what was said stays open:",
            )
        ),
        Bullets(tuple(lines)),
    ]


def _verdict_table(evidence: Evidence, refs: References) -> Block:
    """How often each verdict came up, and the pairs behind the rarer ones."""
    counts: dict[str, int] = {}
    for verdict in evidence.verdicts:
        counts[verdict.relation] = counts.get(verdict.relation, 0) + 1
    rows = tuple(
        ((relation.replace("_", " ").lower(),), (str(count),))
        for relation, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    table = Table(
        "Comparisons of claims by verdict",
        (Column("Verdict"), Column("Comparisons", numeric=True)),
        rows,
        note=("Decided by named rules over slots and polarity, never by similarity of wording.",),
    )
    return Fold(f"{counted(len(evidence.verdicts), 'comparison')} of claims", (table,))
