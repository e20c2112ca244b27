"""Section 6: what each move changes, and the worth of one more licensed unit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from coercivity.brief.content import (
    Block,
    Bullets,
    Callout,
    Column,
    Fold,
    Heading,
    Line,
    Para,
    Piece,
    Section,
    Table,
)
from coercivity.brief.sections.pictures import drawn
from coercivity.brief.wording import counted, interval, listing, number, percent, plural, smallest

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.phrases import Phrases
    from coercivity.brief.references import References


#: A change of less than this share is not worth a column.
_FELT = 1e-4
_MOST_HOLDERS = 12
_PAIRED = "Dot: median of the paired differences; bar: 5 to 95 % of them."
_FLOWS = (
    "Medians of both runs from the date of the brief on. What a closed lane cannot take is offered "
    "to the open ones, so a relaxation for one destination moves supply for the others."
)


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
        Scenarios side by side, supply by destination, worth of one more licensed unit.
    """
    blocks: list[Block] = [
        Para(
            (
                "Each move is the scenario “",
                findings.title(findings.reference),
                "” with one thing changed. Members are paired: the same draws, another policy, so "
                "the differences are those of the policy alone. Moves are hypotheses and no part "
                "of the register.",
            )
        ),
        *drawn(findings, "scenarios", refs, _PAIRED),
    ]
    felt, unfelt = _sectors(findings)
    blocks.append(_change_table(findings, felt, phrases))
    if unfelt:
        blocks.append(Para((f"No move changes {listing(unfelt)}.",), role="small"))
    blocks += drawn(findings, "flows", refs, _FLOWS)
    blocks += _worth(findings, phrases)
    blocks.append(_sentences(findings))
    blocks += _assumed(findings)
    return Section(6, "moves", "What each move changes", tuple(blocks))


def _sectors(findings: Findings) -> tuple[list[str], list[str]]:
    """Split the sectors into those some move changes, the sum first, and the others."""
    frame = findings.against_reference.lost
    felt: list[str] = []
    unfelt: list[str] = []
    for sector, part in frame.groupby("sector", sort=False):
        ends = part[["share_p05", "share_p95"]].abs().to_numpy()
        (felt if float(ends.max()) > _FELT else unfelt).append(str(sector))
    total = str(frame["sector"].iloc[-1]) if len(frame) else ""
    return [total, *(name for name in felt if name != total)], [
        name for name in unfelt if name != total
    ]


def _gained(row: Mapping[Hashable, Any]) -> str:
    """Range of what is built in addition: what is lost with the other sign."""
    least = smallest(str(row["unit"]))
    return interval(-float(row["p95"]), -float(row["p05"]), least=least)


def _change_table(findings: Findings, sectors: list[str], phrases: Phrases) -> Table:
    """Additional output of every move by sector; losses turned into gains."""
    frame = findings.against_reference.lost
    rows: list[tuple[Line, ...]] = []
    for scenario in findings.moves_from_reference:
        part = {
            str(row["sector"]): row
            for row in frame[frame["scenario_id"] == scenario].to_dict("records")
        }
        total = part[sectors[0]]
        more, less = findings.better[(scenario, str(total["sector_id"]))]
        bands: list[Line] = [(_gained(part[name]),) for name in sectors]
        rows.append(
            ((findings.title(scenario),), bands[0], (percent(more),), (percent(less),), *bands[1:])
        )
    units = {str(row["sector"]): str(row["unit"]) for row in frame.to_dict("records")}
    heads = [
        Column(name if units[name] == units[sectors[0]] else f"{name}, {units[name]}", numeric=True)
        for name in sectors
    ]
    columns = (
        Column("Move"), heads[0], Column("More in", numeric=True), Column("Less in", numeric=True),
        *heads[1:],
    )  # fmt: skip
    what = plural(units[sectors[0]])
    return Table(
        f"Additional {what} against “{findings.title(findings.reference)}”, 5–95 %",
        columns,
        tuple(rows),
        note=(
            "More in, less in: share of paired members in which more, and in which less, is "
            f"{phrases.done} in all; in the rest it is equal.",
        ),
        anchor="changes",
    )


def _worth(findings: Findings, phrases: Phrases) -> list[Block]:
    frame = findings.worth
    if frame is None or not len(frame):
        return []
    first = str(frame["sector_id"].iloc[0])
    part = frame[frame["sector_id"] == first]
    unit = str(part["unit"].iloc[0])
    felt = part[(part["p95"] > 0) | (part["share_positive"] > 0)].head(_MOST_HOLDERS)
    rows: list[tuple[Line, ...]] = [
        (
            (f"{row['importer_name']}",),
            (str(row["item_name"]),),
            (number(float(row["p50"])),),
            (interval(float(row["p05"]), float(row["p95"])),),
            (percent(float(row["share_positive"])),),
        )
        for row in felt.to_dict("records")
    ]
    columns = (
        Column("Holder"), Column("Goods"),
        Column(f"{plural(unit)} per tonne, median", numeric=True),
        Column("5–95 %", numeric=True), Column("Worth anything in", numeric=True),
    )  # fmt: skip
    words: list[Block] = [
        Heading("The worth of one more licensed tonne, by holder", "worth"),
        Para((_worth_words(part, unit, phrases.done),)),
    ]
    if not rows:
        return words
    return [
        *words,
        Table(
            "Additional output for one more licensed tonne",
            columns,
            tuple(rows),
            note=(
                "Paired runs with and without the tonne. Nothing is gained where another input, "
                "or a licence that is not used up, binds: so for "
                f"{counted(len(part) - len(felt), 'other holder')}.",
            ),
        ),
    ]


def _worth_words(part: pd.DataFrame, unit: str, done: str) -> str:
    best = part.iloc[0]
    if float(best["p95"]) <= 0:
        return (
            f"For no holder does one more licensed tonne let more be {done}: the reported licences "
            "are not what binds, under the quantities assumed."
        )
    return (
        f"It is worth most to {best['importer_name']} ({best['item_name']}): "
        f"{interval(float(best['p05']), float(best['p95']))} {plural(unit)}, in the median "
        f"{number(float(best['p50']))}."
    )


def _sentences(findings: Findings) -> Fold:
    items: tuple[Line, ...] = tuple(
        (Piece(scenario.title, style="strong"), ": ", scenario.sentence)
        for scenario in findings.ensemble.scenarios
    )
    return Fold("What each scenario assumes, in a sentence with its dates", (Bullets(items),))


def _assumed(findings: Findings) -> list[Block]:
    lines: list[Line] = []
    by_text: dict[str, list[str]] = {}
    for scenario, sentences in findings.ensemble.assumptions().items():
        for sentence in sentences:
            by_text.setdefault(sentence, []).append(findings.title(scenario))
    everything = len(findings.ensemble.results)
    for sentence, titles in by_text.items():
        if len(titles) == everything:
            whom = "all scenarios"
        elif len(titles) > 3:
            whom = f"{len(titles)} scenarios"
        else:
            whom = ", ".join(titles)
        lines.append((sentence, " ", Piece(f"({whom})", style="muted")))
    if not lines:
        return []
    return [
        Fold(
            f"What the runs had to take for granted ({len(lines)})",
            (Callout("assumption", "Taken for granted by the plans", tuple(lines)),),
        )
    ]
