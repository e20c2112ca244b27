"""Section 8: assumptions, method, provenance, and the table against what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercivity.brief.content import (
    Block,
    Bullets,
    Code,
    Column,
    Facts,
    Fold,
    Heading,
    Line,
    Para,
    Piece,
    Section,
    Table,
)
from coercivity.brief.sections.pictures import drawn
from coercivity.brief.wording import counted, exact, interval, number, percent, sentence_case

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.provenance import Provenance
    from coercivity.brief.references import References
    from coercivity.claims.quantities import PackQuantity, Summary

_METHOD: tuple[str, ...] = (
    "Documents are read by rules, offline; every claim keeps the characters it was read from. "
    "Copies of one wire story are one witness.",
    "Claims about acts are folded into events, events and instruments into a register with two "
    "times: when a measure holds, and when that could be known. A licence is an exception and "
    "never a repeal; the end of a suspension proves nothing.",
    "Quantities keep all their claims. A conflict is drawn, not averaged: a member of the "
    "ensemble believes one independent family, with votes by the grade of its best source.",
    "The network is simulated day by day: arrivals, demand, production limited by the scarcest "
    "essential input, rationing capped by gates and licensed room, departures, orders. What a "
    "closed lane cannot take is offered to the open ones.",
    "All scenarios share the same draws. Ranges are the 5th to 95th percentile of the members; "
    "they hold the uncertainty that is drawn, not that of the model itself.",
)
_OBSERVED = (
    "Bar: simulated 5 to 95 %; circle: observed inside it; cross: observed outside. Series of "
    "three and more observations; the rest stands in the table."
)


def write(evidence: Evidence, findings: Findings, refs: References, made_by: Provenance) -> Section:
    """Write the section.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        What the simulation says.
    refs : References
        Collects what is referred to.
    made_by : Provenance
        Versions, hashes, command.

    Returns
    -------
    Section
        History, assumptions, method, provenance.
    """
    blocks: list[Block] = [*_history(findings, refs), *_assumptions(evidence, findings, refs)]
    blocks += [
        Heading("Method", "how"),
        Bullets(tuple((sentence,) for sentence in _METHOD)),
        *_later(evidence, refs),
        Heading("Provenance", "provenance"),
        _facts(findings, made_by),
        Para(("The same brief, byte for byte, is made by:",)),
        Code(made_by.command),
        _documents(made_by),
    ]
    return Section(8, "method", "Assumptions, method, provenance", tuple(blocks))


def _history(findings: Findings, refs: References) -> list[Block]:
    found = findings.history
    if found is None or not len(found.table):
        return []
    title = findings.title(findings.ensemble.history or findings.reference)
    blocks: list[Block] = [
        Heading("Against what happened", "history"),
        Para(
            (
                f"The scenario “{title}” beside what was observed: {found.summary()}. Series that "
                "the scenario itself was given are marked and prove nothing. No parameter was "
                "fitted to the others, but the comparison is not blind: dates and quantities of "
                "the pack come from the same reports.",
            )
        ),
    ]
    blocks += drawn(findings, "history", refs, _OBSERVED)
    rows: list[tuple[Line, ...]] = []
    for row in found.table.to_dict("records"):
        verdict = "given" if row["imposed"] else "hit" if row["hit"] else "miss"
        if verdict == "miss":
            verdict += f", by {percent(float(row['relative_miss']))}"
        rows.append(
            (
                (str(row["title"]),),
                (str(row["period"]),),
                (f"{number(float(row['observed']), digits=5)} {row['unit']}",),
                (interval(float(row["p05"]), float(row["p95"]), digits=3),),
                (Piece(verdict, style="strong" if verdict.startswith("miss") else ""),),
                (refs.source(str(row["source"])), f", {row['status']}"),
            )
        )
    columns = (
        Column("Series"), Column("Period"), Column("Observed", numeric=True),
        Column("Simulated, 5–95 %", numeric=True), Column("Verdict"), Column("Source"),
    )  # fmt: skip
    table = Table("Simulated bands beside observed values", columns, tuple(rows))
    misses = sum(
        1 for row in found.table.to_dict("records") if not row["hit"] and not row["imposed"]
    )
    blocks.append(Fold(f"All {counted(len(rows), 'observation')}, {misses} missed", (table,)))
    if len(found.outside):
        blocks.append(
            Para(
                (f"{counted(len(found.outside), 'observation')} outside the simulated span.",),
                role="small",
            )
        )
    return blocks


def _assumptions(evidence: Evidence, findings: Findings, refs: References) -> list[Block]:
    used = set(findings.ensemble.draws)
    assumed = [
        (found, evidence.summaries[name])
        for name, found in evidence.quantities.items()
        if found.quality == "assumed" and name in used
    ]
    rows = tuple(_assumption(found, summary, refs) for found, summary in assumed)
    columns = (
        Column("Assumed"), Column("Range", numeric=True), Column("Unit"), Column("Why"),
    )  # fmt: skip
    table = Table("Every assumed number", columns, rows, stack=True)
    words = (
        f"{counted(len(rows), 'number')} no source gives: each is named, ranged wide, drawn, and "
        f"ranked in section 7. {counted(_observed(evidence, used), 'further number')} rest on "
        "claims or on arithmetic over them."
    )
    return [
        Heading("Assumptions", "assumptions"),
        Para((words,)),
        Fold(f"All {counted(len(rows), 'assumption')}", (table,)),
    ]


def _observed(evidence: Evidence, used: set[str]) -> int:
    return sum(
        1 for name, found in evidence.quantities.items()
        if found.quality != "assumed" and name in used
    )  # fmt: skip


def _assumption(found: PackQuantity, summary: Summary, refs: References) -> tuple[Line, ...]:
    if summary.low is None or summary.high is None:
        shown = f"rule {found.rule}"
    else:
        shown = interval(summary.low, summary.high, digits=3)
    return (
        (refs.quantity(found.id, sentence_case(found.title)),),
        (shown,),
        (summary.unit if summary.unit != "1" else "share",),
        (found.why,),
    )


def _later(evidence: Evidence, refs: References) -> list[Block]:
    """Own up to quantities that rest on claims published after the day of the brief."""
    late: dict[str, int] = {}
    for name, found in evidence.quantities.items():
        for claim in found.claims:
            source = evidence.pack.sources.get(claim.source)
            published = source.published if source else None
            if published is not None and published.earliest > evidence.as_of:
                late[name] = late.get(name, 0) + 1
    if not late:
        return []
    links: list[str | Piece] = []
    for name in sorted(late):
        links += [", ", refs.quantity(name)] if links else [refs.quantity(name)]
    return [
        Fold(
            f"{counted(len(late), 'quantity', 'quantities')} also rest on claims published after "
            f"{evidence.as_of.isoformat()}",
            (
                Para(
                    (
                        "The date of the brief limits documents, events, licences and the "
                        "register. Quantities use every claim of the pack, whenever published, "
                        "because they describe the world and not the knowledge of a day: ",
                        *links,
                        ".",
                    )
                ),
            ),
            on_paper=False,
        )
    ]


def _facts(findings: Findings, made_by: Provenance) -> Facts:
    versions = ", ".join(f"{name} {version}" for name, version in made_by.versions)
    network = findings.ensemble.network.summary()
    return Facts(
        (
            ("Pack", (f"{made_by.pack}, sha256 ", Piece(made_by.pack_sha256, style="code"))),
            (
                "Network",
                (
                    f"{exact(network['sites'])} sites, {exact(network['lanes'])} lanes, "
                    f"{exact(network['slots'])} inputs",
                ),
            ),
            (
                "Ensemble",
                (
                    f"{exact(made_by.members)} members, seed {made_by.seed}, ",
                    "the same in every scenario",
                ),
            ),
            ("Scenarios", (f"{len(findings.ensemble.results)}",)),
            ("Versions", (versions,)),
        )
    )


def _documents(made_by: Provenance) -> Fold:
    rows: tuple[tuple[Line, ...], ...] = tuple(
        ((name,), (Piece(digest, style="code"),)) for name, digest in made_by.documents
    )
    table = Table("Documents read", (Column("File"), Column("sha256")), rows, stack=True)
    return Fold(f"Hashes of the {counted(len(rows), 'document')} read", (table,))
