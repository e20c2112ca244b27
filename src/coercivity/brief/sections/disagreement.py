"""Section 7: which disagreement matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercivity.brief.content import Block, Column, Line, Para, Piece, Section, Table
from coercivity.brief.sections.pictures import drawn
from coercivity.brief.wording import percent, percent_interval, sentence_case

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.references import References
    from coercivity.experiments import Ranking

_TITLE = "Which disagreement matters"
_BARS = (
    "Bar: first-order share of the variance; line: its 5 to 95 % interval. Solid bars are "
    "conflicts between sources."
)
_MOST_ROWS = 20
#: Unexplained shares below this are within the error of the estimate.
_WORTH_TELLING = 0.1


def write(evidence: Evidence, findings: Findings, refs: References) -> Section:
    """Write the section.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        What the simulation says.
    refs : References
        Collects what is referred to.

    Returns
    -------
    Section
        Ranking of the quantities, each linked to the claims in conflict.
    """
    ranking = findings.ranking
    if ranking is None:
        reason = " ".join(findings.notes) or "The ensemble is too small for a ranking."
        return Section(7, "disagreement", _TITLE, (Para((f"No ranking. {reason}",)),))
    blocks: list[Block] = [
        Para(_lead(ranking, refs), role="lead"),
        *drawn(findings, "sensitivity", refs, _BARS),
        _table(ranking, refs),
    ]
    if ranking.note:
        blocks.append(Para((ranking.note,), role="small"))
    return Section(7, "disagreement", _TITLE, tuple(blocks))


def _lead(ranking: Ranking, refs: References) -> Line:
    conflicts = ranking.conflicts()
    parts: list[str | Piece] = []
    if len(conflicts):
        first = conflicts.iloc[0]
        parts += [
            "Of the conflicts between sources, settling ",
            refs.quantity(str(first["quantity"]), str(first["title"])),
            " would narrow the answer most: it explains ",
            percent_interval(float(first["low"]), float(first["high"])),
            f" of the variance of {ranking.outcome}. ",
        ]
    top = ranking.table.iloc[0]
    if not len(conflicts) or top["quantity"] != conflicts.iloc[0]["quantity"]:
        parts += [
            "Of everything uncertain, ",
            refs.quantity(str(top["quantity"]), str(top["title"])),
            f" ({top['kind']}) matters most, with ",
            percent_interval(float(top["low"]), float(top["high"])),
            ". ",
        ]
    if ranking.unexplained > _WORTH_TELLING:
        parts.append(
            f"No quantity explains {percent(ranking.unexplained)} on its own: several act together."
        )
    return tuple(parts)


def _table(ranking: Ranking, refs: References) -> Table:
    rows: list[tuple[Line, ...]] = []
    for row in ranking.table.head(_MOST_ROWS).to_dict("records"):
        rows.append(
            (
                (refs.quantity(str(row["quantity"]), sentence_case(str(row["title"]))),),
                (str(row["kind"]),),
                (str(row["values"]),),
                (percent(float(row["index"])),),
                (percent_interval(float(row["low"]), float(row["high"])),),
            )
        )
    columns = (
        Column("Quantity"), Column("Kind"), Column("What sources say"),
        Column("Share of variance", numeric=True), Column("5–95 %", numeric=True),
    )  # fmt: skip
    return Table(
        f"Share of the variance of {ranking.outcome}",
        columns,
        tuple(rows),
        note=(
            "First-order indices from the runs already made; an index near zero means that the "
            "quantity does not act on its own.",
        ),
        anchor="ranking",
        stack=True,
    )
