"""Section 3: what is in force, and what is not known to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercivity.brief.content import (
    Block,
    Callout,
    Column,
    Fold,
    Line,
    Para,
    Piece,
    Ruling,
    Section,
    Table,
)
from coercivity.brief.names import OUTCOMES, country_name, item_name
from coercivity.brief.references import anchor
from coercivity.brief.sections.pictures import drawn
from coercivity.brief.wording import counted, day, listing, short_day

if TYPE_CHECKING:
    from coercivity.brief.dossier import Asked, Evidence, Findings
    from coercivity.brief.references import References
    from coercivity.controls import TraceStep

_MOST_ITEMS = 4
#: Words for the state of a measure.
_PHASES = {
    "unpublished": "not published",
    "not_yet_effective": "not yet in effect",
    "in_force": "in force",
    "suspended": "suspended",
    "unknown": "unknown",
    "expired": "expired",
    "repealed": "repealed",
}


def write(evidence: Evidence, findings: Findings, refs: References) -> Section:
    """Write the section.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        Pictures.
    refs : References
        Collects what is referred to.

    Returns
    -------
    Section
        One ruling per question of the pack, the first one in full.
    """
    blocks: list[Block] = []
    rulings = [
        _ruling(place, asked, evidence, refs) for place, asked in enumerate(evidence.determinations)
    ]
    blocks += rulings[:1]
    blocks += _unknowns(evidence)
    if len(rulings) > 1:
        blocks.append(_overview(evidence))
        blocks.append(
            Fold(
                f"The other {counted(len(rulings) - 1, 'determination')} in full",
                tuple(rulings[1:]),
            )
        )
    caption = f"As known on {day(evidence.as_of)}; acts published later are left out."
    blocks += drawn(findings, "controls", refs, caption)
    blocks.append(_state_table(evidence, refs))
    return Section(3, "in-force", "What is in force", tuple(blocks))


def _question(asked: Asked, evidence: Evidence) -> str:
    query = asked.found.query
    label = asked.label or (
        f"{item_name(evidence.pack, query.item)}, to {country_name(query.destination)}"
    )
    return (
        f"{label}, from {country_name(query.origin)}, on {day(query.on)}, as known on "
        f"{day(evidence.as_of)}"
    )


def _ruling(place: int, asked: Asked, evidence: Evidence, refs: References) -> Ruling:
    found = asked.found
    title, tone, meaning = OUTCOMES[found.outcome.value]
    sentences = [meaning]
    if found.exceptions:
        sentences.append("Exceptions reported: " + "; ".join(found.exceptions) + ".")
    if found.missing:
        sentences.append("Not known: " + "; ".join(found.missing) + ".")
    note: list[str] = []
    if found.knowledge_ends:
        note.append(f"Knowledge ends on {day(found.knowledge_ends)}.")
    if found.assumed:
        note.append("Taken for granted: " + "; ".join(found.assumed) + ".")
    note.append("Indicative analysis, not legal advice.")
    return Ruling(
        anchor=anchor("d", f"ruling-{place}"),
        question=(_question(asked, evidence),),
        outcome=title,
        tone=tone,
        meaning=(" ".join(sentences),),
        trace=tuple(_step(step, refs) for step in found.trace),
        note=(" ".join(note),),
    )


def _step(step: TraceStep, refs: References) -> tuple[str, Line]:
    label = "decides" if step.decides else _MATCH[step.matched]
    shown: list[str | Piece] = [refs.instrument(step.instrument), ": "]
    shown.append(step.text.removeprefix(f"{step.number}, ").removeprefix(f"{step.number}: "))
    if step.sources:
        shown += [" (", *refs.sources(step.sources), ")"]
    return label, tuple(shown)


_MATCH = {True: "governs", False: "no match", None: "unknown"}


def _unknowns(evidence: Evidence) -> list[Block]:
    lines: list[Line] = []
    ends = sorted(
        {
            asked.found.knowledge_ends
            for asked in evidence.determinations
            if asked.found.knowledge_ends is not None
        }
    )
    for end in ends:
        about = [a.label for a in evidence.determinations if a.found.knowledge_ends == end]
        lines.append(
            (
                f"What holds from {day(end)} on for {listing(dict.fromkeys(about))}: "
                "a suspension ends then, and no source tells what followed. Its end is proof "
                "neither of revival nor of extension.",
            )
        )
    for flag in evidence.register.flags:
        if not flag.folded:
            lines.append((flag.reason,))
    horizon = evidence.register.horizon(evidence.as_of)
    if horizon:
        lines.append((f"The newest act on record by then is of {day(horizon)}.",))
    if not lines:
        return []
    return [Callout("unknown", "What is not known", tuple(lines))]


def _overview(evidence: Evidence) -> Table:
    rows: list[tuple[Line, ...]] = []
    for place, asked in enumerate(evidence.determinations):
        found = asked.found
        title = OUTCOMES[found.outcome.value][0]
        deciding = found.deciding
        rows.append(
            (
                (asked.label or item_name(evidence.pack, found.query.item),),
                (Piece(short_day(found.query.on), style="nowrap"),),
                (Piece(title, href=f"#{anchor('d', f'ruling-{place}')}"),),
                (deciding.number or deciding.title if deciding else "no measure matches",),
            )
        )
    columns = tuple(Column(name) for name in ("Goods", "On", "Outcome", "Decided by"))
    return Table("Determinations", columns, tuple(rows), stack=True)


def _state_table(evidence: Evidence, refs: References) -> Block:
    rows: list[tuple[Line, ...]] = []
    for state in evidence.register.states(evidence.as_of, evidence.as_of):
        measure = state.measure
        names = [item_name(evidence.pack, key) for key in measure.items]
        items = ", ".join(names[:_MOST_ITEMS]) or "every item"
        if len(names) > _MOST_ITEMS:
            items += f" and {len(names) - _MOST_ITEMS} more"
        phase = _PHASES[state.phase.value]
        if state.since:
            phase += f" since {short_day(state.since)}"
        if state.parts:
            phase += "; part of the scope stands otherwise"
        rows.append(
            (
                (
                    refs.instrument(measure.instrument),
                    f", {measure.article}" if measure.article else "",
                ),
                (items,),
                (state.effect.value.replace("_", " "),),
                (phase,),
            )
        )
    if not rows:
        return Para(("No measure was published by then.",))
    columns = tuple(Column(name) for name in ("Measure", "Items", "Effect", "State"))
    table = Table(
        f"Every measure published by {day(evidence.as_of)}", columns, tuple(rows), stack=True
    )
    return Fold(f"State of all {counted(len(rows), 'measure')} on {day(evidence.as_of)}", (table,))
