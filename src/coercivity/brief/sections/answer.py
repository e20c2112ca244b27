"""Section 1: the answer in five sentences, with ranges, and how sure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from coercivity.brief.content import Line, Piece, Section, Sentence, Sentences
from coercivity.brief.names import CLAUSES, party_name
from coercivity.brief.references import anchor
from coercivity.brief.wording import (
    counted,
    day,
    exact,
    interval,
    listing,
    number,
    percent,
    percent_interval,
    sentence_case,
    settled,
    smallest,
)

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.brief.dossier import Asked, Evidence, Findings
    from coercivity.brief.phrases import Phrases
    from coercivity.brief.references import References

_MOST_NAMES = 6
_MOST_SECTORS = 2
_QUANTITIES_ASSUMED = "Quantities are assumed, ranged wide."
_QUANTITIES_STATED = "Quantities are as reported where somebody states them, else assumed."
#: A loss of less than this share is not worth a clause.
_FELT = 0.005


def write(evidence: Evidence, findings: Findings, refs: References, phrases: Phrases) -> Section:
    """Write the section.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        What the simulation says.
    refs : References
        Collects what is referred to.
    phrases : Phrases
        Subject words.

    Returns
    -------
    Section
        Five numbered sentences.
    """
    sentences = (
        _in_force(evidence, refs, phrases),
        _who(evidence, findings, refs),
        _follows(findings, phrases),
        _moves(findings, phrases),
        _matters(evidence, findings, refs),
    )
    return Section(1, "answer", "Answer", (Sentences(sentences),))


def _in_force(evidence: Evidence, refs: References, phrases: Phrases) -> Sentence:
    if not evidence.determinations:
        return Sentence(("The pack asks for no determination.",), ("Nothing was determined.",))
    first = evidence.determinations[0]
    parts: list[str | Piece] = [f"On {day(evidence.as_of)}, "]
    parts += _clause(0, first, refs)
    other = _contrast(evidence.determinations)
    if other is not None:
        place, asked = other
        parts += ["; ", *_clause(place, asked, refs)]
    if evidence.licences and first.found.outcome.value != "FREE":
        parts += [
            "; licences granted are exceptions to a control that stays in force, ",
            Piece(_lower(evidence.licensees.text), href="#who-may-ship"),
        ]
    parts.append(".")
    return Sentence(tuple(parts), _in_force_sure(evidence, phrases))


def _clause(place: int, asked: Asked, refs: References) -> list[str | Piece]:
    found = asked.found
    words = CLAUSES[found.outcome.value]
    link = Piece(words, href=f"#{anchor('d', f'ruling-{place}')}", style="strong")
    label = asked.label
    subject = "exports of" if place == 0 else "those of"
    pause = ", " if "," in label else " "
    parts: list[str | Piece] = [f"{subject} {_lower_first(label)}{pause}", link]
    if found.deciding is not None and place == 0:
        parts += [" (", refs.instrument(found.deciding.instrument), ")"]
    return parts


def _lower_first(text: str) -> str:
    """Lower the first letter, unless the word has several capitals."""
    word = text.split(" ", 1)[0]
    return text if sum(letter.isupper() for letter in word) > 1 else text[:1].lower() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _contrast(asked: tuple[Asked, ...]) -> tuple[int, Asked] | None:
    """Return the first question of the same route and day with another outcome."""
    first = asked[0].found
    for place, other in enumerate(asked[1:], start=1):
        query = other.found.query
        same = (query.origin, query.destination, query.on) == (
            first.query.origin,
            first.query.destination,
            first.query.on,
        )
        if same and other.found.outcome != first.outcome:
            return place, other
    return None


def _in_force_sure(evidence: Evidence, phrases: Phrases) -> Line:
    asked = evidence.determinations
    unknown = sum(1 for row in asked if row.found.outcome.value == "UNKNOWN_REFER")
    sources = {name for row in asked[:1] for step in row.found.trace[:1] for name in step.sources}
    families = {
        evidence.pack.sources[name].family for name in sources if name in evidence.pack.sources
    }
    told = counted(len(families), "independent family", "independent families")
    text = f"{phrases.rules}, told by {told}"
    if unknown:
        text += f"; {unknown} of the {len(asked)} questions asked stay unknown"
    return (text + ". Indicative, not legal advice.",)


def _who(evidence: Evidence, findings: Findings, refs: References) -> Sentence:
    focus: Any = evidence.pack.meta.get("focus") or {}
    country = str(focus.get("country") or "")
    own = [row for row in evidence.licences if not country or row.destination == country]
    if not own:
        return Sentence(
            ("No licence for the country in focus was reported by then.",),
            ("Nothing reported is not nothing granted.",),
        )
    names = [party_name(evidence.pack, row.holder) for row in own]
    shown = names[:_MOST_NAMES]
    more = len(names) - len(shown)
    who = listing([*shown, f"{more} more"] if more else shown)
    disputed = sum(1 for row in own if any(c.says in ("omits", "denies") for c in row.claims))
    parts: list[str | Piece] = [
        "Licences are reported for ",
        Piece(who, href="#licences"),
    ]
    parts += _licensed_words(evidence, findings)
    waiting = _waiting(evidence)
    if waiting:
        parts += ["; ", *waiting]
    parts.append(".")
    families = {c.family for row in own for c in row.claims if c.says == "lists"}
    sure = (
        f"{counted(len(families), 'independent family', 'independent families')} name holders; "
        f"{disputed} of {counted(len(own), 'holder')} {'is' if disputed == 1 else 'are'} left out "
        "or denied by somebody. "
        f"{_QUANTITIES_STATED if evidence.publishes_quantities else _QUANTITIES_ASSUMED}"
    )
    return Sentence(tuple(parts), (sure,))


def _licensed_words(evidence: Evidence, findings: Findings) -> list[str | Piece]:
    stated = evidence.publishes_quantities
    frame = findings.tables.get("licences")
    if frame is None or not len(frame):
        return [] if stated else ["; no source publishes a quantity"]
    total = findings.tables["licensed_total"].iloc[0]
    shipped = interval(float(total["p05"]), float(total["p95"]), unit=str(total["unit"]))
    return [
        "; the quantities that sources state let "
        if stated
        else "; no source publishes a quantity, and those assumed let ",
        Piece(shipped, href="#room"),
        f" through by {day(findings.end)}",
    ]


def _waiting(evidence: Evidence) -> list[str | Piece]:
    focus: Any = evidence.pack.meta.get("focus") or {}
    counts = [
        row
        for row in evidence.applications
        if row.country == focus.get("country") and row.pending is not None
    ]
    if not counts:
        return []
    last = max(counts, key=lambda row: (row.as_of.latest, row.id))
    pending = last.pending or 0.0
    hedge = f"{last.hedge} " if last.hedge in ("about", "over", "under", "almost") else ""
    return [
        Piece(f"{hedge}{number(pending, digits=6)} {last.measure}", href="#applications"),
        " wait",
    ]


def _follows(findings: Findings, phrases: Phrases) -> Sentence:
    rows = _by_sector(findings.against_baseline.lost, findings.reference)
    single = {
        name: row for name, row in rows.items() if not (phrases.is_summed and name == phrases.total)
    }
    hit = sorted(
        (name for name, row in single.items() if float(row["share_p95"]) > _FELT),
        key=lambda name: -float(single[name]["share_p95"]),
    )
    names = hit[:_MOST_SECTORS]
    names += [name for name in phrases.sectors if name in single and name not in names][:1]
    clauses = [
        f"{percent_interval(1 - float(row['share_p95']), 1 - float(row['share_p05']))} of the "
        f"{_lower_first(str(row['sector']))}"
        for row in (single[name] for name in names)
    ]
    where = f" {phrases.place}" if phrases.place else ""
    text = (
        f"If what is reported holds, {listing(clauses)} that would have been {phrases.done}{where} "
        f"without controls between {day(findings.start)} and {day(findings.end)} are "
        f"{phrases.done}"
    )
    total = _total(rows, phrases)
    least = smallest(str(total["unit"]))
    low, high = settled(float(total["p05"]), float(total["p95"]), least=least)
    link = Piece(f"{interval(low, high)} {phrases.built}", href="#losses")
    tail = " in all are not." if low >= 0 else " fewer in all (a negative number is a gain)."
    return Sentence((f"{text}; ", link, tail), (_stop_words(findings, phrases),))


def _by_sector(frame: pd.DataFrame, scenario: str) -> dict[str, dict[Hashable, Any]]:
    """Return the rows of one scenario by sector."""
    part = frame[frame["scenario_id"] == scenario]
    return {str(row["sector_id"]): row for row in part.to_dict("records")}


def _total(rows: dict[str, dict[Hashable, Any]], phrases: Phrases) -> dict[Hashable, Any]:
    """Return the row of the sum over sectors, or the last one where nothing is summed."""
    return rows[phrases.total] if phrases.total in rows else list(rows.values())[-1]


def _stop_words(findings: Findings, phrases: Phrases) -> str:
    text = f"5 to 95 % of {exact(findings.members)} members"
    frame = findings.against_baseline.stops
    if not len(frame):
        return text + "."
    part = frame[frame["scenario_id"] == findings.reference]
    hit = part[part["share_down"] > 0]
    if not len(hit):
        return f"{text}; no {phrases.line} in focus {phrases.stands_still} in any of them."
    worst = hit.sort_values(["share_down", "place"], ascending=[False, True]).iloc[0]
    words = f"; the {phrases.line} that {phrases.stands_still} most often, {worst['place']}, does "
    words += "so in "
    words += percent(float(worst["share_down"]))
    if worst["p05"] == worst["p05"] and worst["p05"] is not None:
        words += f", from {day(worst['p05'])} on at the earliest (5 % of members)"
    return text + words + "."


def _moves(findings: Findings, phrases: Phrases) -> Sentence:
    frame = findings.against_reference.lost
    wanted = [name for name in phrases.moves if name in findings.moves_from_reference]
    if not wanted or not len(frame):
        return Sentence(("No move was compared.",), ("Nothing was simulated.",))
    clauses: list[str | Piece] = []
    sure: list[str] = []
    for name in wanted:
        row = _total(_by_sector(frame, name), phrases)
        title = f"“{findings.title(name)}”"
        clauses += [
            "; " if clauses else "",
            f"{title} ",
            *change(row, phrases.built, done=phrases.done),
        ]
        more, less = findings.better[(name, str(row["sector_id"]))]
        sure.append(f"{title}: more in {percent(more)} of paired members, less in {percent(less)}")
    return Sentence(
        (f"Against “{findings.title(findings.reference)}”, ", *clauses, "."),
        ("; ".join(sure) + ".",),
    )


def change(row: Mapping[Hashable, Any], built: str, *, done: str = "built") -> Line:
    """Say in a clause what a move changes.

    Parameters
    ----------
    row : mapping
        Keys ``p05, p95`` (what is lost by the move, in ``unit``) and ``unit``.
    built : str
        What is counted, in the plural.
    done : str
        Participle of what is done with it.

    Returns
    -------
    tuple of str or Piece
        Verb and range; a range of less than the smallest amount is said to be none.
    """
    low, high = settled(-float(row["p95"]), -float(row["p05"]), least=smallest(str(row["unit"])))
    if low == high == 0:
        return (Piece("changes nothing", href="#changes"),)
    before, after = f"changes what is {done} by ", ""
    if low >= 0:
        before, after = "lets ", f" more be {done}"
    elif high <= 0:
        before, low, high = "costs ", -high, -low
    return (before, Piece(f"{interval(low, high)} {built}", href="#changes"), after)


def _matters(evidence: Evidence, findings: Findings, refs: References) -> Sentence:
    ranking = findings.ranking
    if ranking is None:
        return Sentence(
            ("Which disagreement matters cannot be told from so few members.",),
            (" ".join(findings.notes) or "No ranking was made.",),
        )
    conflicts = ranking.conflicts()
    frame = conflicts if len(conflicts) else ranking.table
    first = frame.iloc[0]
    name = str(first["quantity"])
    values = str(first["values"])
    noun = "conflict over" if len(conflicts) else "uncertainty about"
    parts: list[str | Piece] = [
        f"The answer would narrow most if the {noun} ",
        refs.quantity(name, str(first["title"])),
        f" ({values})" if values else "",
        " were settled.",
    ]
    families = evidence.summaries[name].n_families if name in evidence.summaries else 0
    sure = (
        f"It explains {percent_interval(float(first['low']), float(first['high']))} of the "
        f"variance of {ranking.outcome}; "
        f"{counted(families, 'independent family', 'independent families')} disagree."
    )
    if len(conflicts):
        top = ranking.table.iloc[0]
        if str(top["quantity"]) != name:
            sure += (
                f" Of everything uncertain, {top['title']} ({top['kind']}) explains most: "
                f"{percent_interval(float(top['low']), float(top['high']))}."
            )
    return Sentence(tuple(parts), (sentence_case(sure),))
