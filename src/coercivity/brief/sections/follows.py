"""Section 5: what follows: output, stock, stops, what is not built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercivity.brief.content import Block, Column, Heading, Line, Para, Piece, Section, Table
from coercivity.brief.sections.pictures import drawn
from coercivity.brief.wording import (
    counted,
    day,
    exact,
    interval,
    percent,
    percent_interval,
    plural,
    sentence_case,
    short_day,
    smallest,
)

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.phrases import Phrases
    from coercivity.brief.references import References


_BANDS = (
    "Output as a share of that without controls, same member on the same days. Line: median, "
    "band: 5 to 95 % of the members."
)
_STOPS = (
    "Dot: the day by which half of all members have seen the {line} {stand_still}; bar: from 5 to "
    "95 % of them. It ends early where fewer do."
)
_COVER = (
    "Days of normal output that the scarcest essential input still allows. Line: median; band: 5 "
    "to 95 % of the members."
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
        Bands of output by industry, table of losses, cover, line-down dates.
    """
    scenario = findings.ensemble.plans[findings.reference].scenario
    blocks: list[Block] = [
        Para(
            (
                "Scenario ",
                Piece(f"“{scenario.title}”", href="#moves"),
                f": {scenario.sentence} Everything is compared with “",
                findings.title(findings.ensemble.baseline),
                f"”, member by member: {exact(findings.members)} members, "
                f"{day(findings.start)} to {day(findings.end)}.",
            )
        ),
        losses(findings, phrases),
    ]
    blocks += drawn(findings, "output-bands", refs, _BANDS)
    caption = _STOPS.format(line=phrases.line, stand_still=phrases.stand_still)
    stops = [*drawn(findings, "line-down", refs, caption), *_stops(findings, phrases)]
    if stops:
        blocks += [Heading(f"When {phrases.lines} stop", "stops"), *stops]
    cover = drawn(findings, "days-of-cover", refs, _COVER)
    if cover:
        blocks += [Heading("How long stocks last", "cover"), *cover]
    return Section(5, "follows", "What follows", tuple(blocks))


def losses(findings: Findings, phrases: Phrases) -> Table:
    """Return the table of what is made and not made, by sector.

    Parameters
    ----------
    findings : Findings
        What the simulation says.
    phrases : Phrases
        Subject words.

    Returns
    -------
    Table
        One row a sector, of the reference scenario.
    """
    frame = findings.against_baseline.lost
    rows: list[tuple[Line, ...]] = []
    for row in frame[frame["scenario_id"] == findings.reference].to_dict("records"):
        rows.append(
            (
                (str(row["sector"]),),
                (percent_interval(1 - float(row["share_p95"]), 1 - float(row["share_p05"])),),
                (percent(1 - float(row["share_p50"])),),
                (interval(float(row["p05"]), float(row["p95"]), least=smallest(str(row["unit"]))),),
                (plural(str(row["unit"])),),
            )
        )
    done = sentence_case(phrases.done)
    columns = (
        Column(phrases.industry), Column(f"{done}, 5–95 %", numeric=True),
        Column(f"{done}, median", numeric=True),
        Column(f"Not {phrases.done}, 5–95 %", numeric=True), Column("Unit"),
    )  # fmt: skip
    return Table(
        f"Output as a share of what would have been {phrases.done} without controls",
        columns,
        tuple(rows),
        note=(
            f"{day(findings.start)} to {day(findings.end)}; a negative number not {phrases.done} "
            "is a gain.",
        ),
        anchor="losses",
    )


def _stops(findings: Findings, phrases: Phrases) -> list[Block]:
    frame = findings.against_baseline.stops
    if not len(frame):
        return []
    frame = frame[frame["scenario_id"] == findings.reference]
    never = int((frame["share_down"] <= 0).sum())
    frame = frame[frame["share_down"] > 0].sort_values(
        ["share_down", "place"], ascending=[False, True], kind="stable"
    )
    rows: list[tuple[Line, ...]] = []
    for row in frame.to_dict("records"):
        share = float(row["share_down"])
        days = tuple(
            "not reached" if row[name] != row[name] or row[name] is None else short_day(row[name])
            for name in ("p05", "p50", "p95")
        )
        rows.append(
            ((sentence_case(str(row["place"])),), (percent(share),), *((text,) for text in days))
        )
    if not rows:
        return []
    columns = (
        Column(sentence_case(phrases.line)), Column("Stops in", numeric=True), Column("5 % by"),
        Column("Half by"), Column("95 % by"),
    )  # fmt: skip
    further = counted(
        never,
        f"further {phrases.line} {phrases.stands_still}",
        f"further {phrases.lines} {phrases.stand_still}",
    )
    note = (
        f"Share of members in which the {phrases.line} stops at all, and the day by which 5, 50 "
        f"and 95 % of all members have seen it stop. {further} in none."
    )
    title = f"First day on which a {phrases.line} {phrases.stands_still}"
    return [Table(title, columns, tuple(rows), note=(note,))]
