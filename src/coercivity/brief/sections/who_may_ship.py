"""Section 4: who may ship: licences, conditions, what is left, who waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coercivity.brief.content import (
    Block,
    Bullets,
    Callout,
    Column,
    Heading,
    Line,
    Para,
    Piece,
    Section,
    Table,
)
from coercivity.brief.names import country_name, item_name, party_name
from coercivity.brief.references import anchor
from coercivity.brief.sections.pictures import drawn
from coercivity.brief.wording import counted, day, exact, interval, sentence_case, short_day

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.references import References
    from coercivity.licences import ApplicationCount, AssertedLicence, Condition

_SAYS = {
    "lists": "listed by",
    "omits": "left out by",
    "confirms_some": "some confirmed without names by",
    "denies": "denied by",
    "questions": "questioned by",
}


def write(evidence: Evidence, findings: Findings, refs: References) -> Section:
    """Write the section.

    Parameters
    ----------
    evidence : Evidence
        Licences and applications.
    findings : Findings
        What the simulation draws under them.
    refs : References
        Collects what is referred to.

    Returns
    -------
    Section
        The count nobody agrees on, the licences, conditions, room, applications.
    """
    blocks: list[Block] = [_count(evidence, refs)]
    if evidence.licences:
        blocks.append(_licence_table(evidence, refs))
        blocks += _conditions(evidence)
    else:
        blocks.append(Para(("No licence was reported by then.",)))
    blocks += _room(evidence, findings, refs)
    blocks += _applications(evidence, refs)
    return Section(4, "who-may-ship", "Who may ship", tuple(blocks))


def _count(evidence: Evidence, refs: References) -> Callout:
    found = evidence.licensees
    by_text: dict[str, list[str]] = {}
    for stated in found.stated:
        by_text.setdefault(stated.text, []).extend(stated.sources)
    lines: list[Line] = []
    for text, sources in by_text.items():
        lines.append((Piece(text, style="strong"), ": ", *refs.sources(sorted(set(sources)))))
    if found.known_by:
        lines.append((f"Known by {day(found.known_by)}; the dates of grant are not published.",))
    title = found.text[:1].upper() + found.text[1:]
    return Callout("unknown" if found.known is None else "note", title, tuple(lines))


def _licence_table(evidence: Evidence, refs: References) -> Table:
    rows = tuple(_licence_row(licence, evidence, refs) for licence in evidence.licences)
    columns = (
        Column("Holder"), Column("May ship"), Column("Known by"), Column("Runs out"),
        Column("Quantity"), Column("Who says so"),
    )  # fmt: skip
    return Table(
        f"Licences reported by {day(evidence.as_of)}",
        columns,
        rows,
        note=(
            "Records of what others say; a licence is an exception, the control stays in force.",
        ),
        anchor="licences",
        stack=True,
    )


def _licence_row(
    licence: AssertedLicence, evidence: Evidence, refs: References
) -> tuple[Line, ...]:
    items = ", ".join(item_name(evidence.pack, key) for key in licence.items)
    route = f"{items}, {country_name(licence.origin)} to {country_name(licence.destination)}"
    return (
        (f"{party_name(evidence.pack, licence.holder)} ({licence.kind.value})",),
        (route,),
        (short_day(licence.granted_by),),
        (short_day(licence.valid_to) if licence.valid_to else "not stated",),
        _quantity(licence, evidence, refs),
        _says(licence, refs),
    )


def _quantity(licence: AssertedLicence, evidence: Evidence, refs: References) -> Line:
    if not licence.quantity or licence.quantity not in evidence.summaries:
        return ("not published",)
    summary = evidence.summaries[licence.quantity]
    quality = evidence.quantities[licence.quantity].quality
    if summary.low is None or summary.high is None:
        return ("not published",)
    if summary.unit in ("1", "share"):
        text = interval(100 * summary.low, 100 * summary.high, unit="% of need")
    else:
        text = interval(summary.low, summary.high, unit=summary.unit)
    words = "not published; assumed " if quality == "assumed" else f"{quality} "
    parts: list[str | Piece] = [words, refs.quantity(licence.quantity, text)]
    if licence.exists and licence.exists in evidence.summaries:
        exists = evidence.summaries[licence.exists]
        if exists.low is not None and exists.high is not None:
            chance = interval(100 * exists.low, 100 * exists.high, unit="%")
            parts += ["; exists with ", refs.quantity(licence.exists, chance)]
    return tuple(parts)


def _says(licence: AssertedLicence, refs: References) -> Line:
    parts: list[str | Piece] = []
    for word, verb in _SAYS.items():
        families: dict[str, str] = {}
        for claim in licence.claims:
            if claim.says == word:
                families.setdefault(claim.family, claim.source)
        if not families:
            continue
        number_of = counted(len(families), "family", "families")
        parts += ["; " if parts else "", f"{verb} {number_of} ("]
        parts += [*refs.sources(sorted(families.values())), ")"]
    return tuple(parts)


def _conditions(evidence: Evidence) -> list[Block]:
    holders: dict[str, list[str]] = {}
    for licence in evidence.licences:
        for condition in licence.conditions:
            words = _condition_words(condition, licence, evidence)
            holders.setdefault(words, []).append(party_name(evidence.pack, licence.holder))
    if not holders:
        return []
    everybody = len(evidence.licences)
    lines: tuple[Line, ...] = tuple(
        (f"{sentence_case(words)} ", Piece(_for_whom(names, everybody), style="muted"))
        for words, names in holders.items()
    )
    return [Heading("Conditions reported", "conditions"), Bullets(lines)]


def _condition_words(condition: Condition, licence: AssertedLicence, evidence: Evidence) -> str:
    """Describe a condition with names for ids; the holder is called the holder."""
    from coercivity.licences import describe

    values = tuple(
        "the holder" if value == licence.holder else party_name(evidence.pack, value)
        for value in condition.values
    )
    return describe(replace(condition, values=values))


def _for_whom(names: list[str], everybody: int) -> str:
    if len(names) == everybody:
        return "(all of them)"
    return f"({counted(len(names), 'licence')})" if len(names) > 4 else f"({', '.join(names)})"


def _room(evidence: Evidence, findings: Findings, refs: References) -> list[Block]:
    frame = findings.tables.get("licences")
    blocks: list[Block] = []
    if frame is not None and len(frame):
        rows: list[tuple[Line, ...]] = []
        for row in frame.to_dict("records"):
            rows.append(
                (
                    (str(row["importer_name"]),),
                    (str(row["item_name"]),),
                    *(_band_cell(row, name) for name in ("granted", "drawn", "left", "lapsed")),
                )
            )
        unit = str(frame["unit"].iloc[0])
        columns = (
            Column("Importer"), Column("Goods"),
            Column(f"May ship, {unit}", numeric=True), Column(f"Shipped, {unit}", numeric=True),
            Column(f"Left, {unit}", numeric=True), Column(f"Lapsed, {unit}", numeric=True),
        )  # fmt: skip
        blocks += [
            Heading("What the licences let through", "room"),
            Para(
                (
                    f"Scenario “{findings.title(findings.reference)}”, to "
                    f"{day(findings.end)}: 5 to 95 % of {exact(findings.members)} members. "
                    f"{_STATED if evidence.publishes_quantities else _ASSUMED}",
                )
            ),
            Table("Licensed quantity, shipped and left", columns, tuple(rows)),
        ]
    return [*blocks, *drawn(findings, "licence-remaining", refs)]


def _band_cell(row: dict[Any, Any], name: str) -> Line:
    low, high = float(row[f"{name}_p05"]), float(row[f"{name}_p95"])
    if high == float("inf"):
        return ("no limit",)
    return (interval(low, high),)


def _applications(evidence: Evidence, refs: References) -> list[Block]:
    if not evidence.applications:
        return []
    order = sorted(
        evidence.applications, key=lambda row: (row.as_of.latest, row.country, row.id), reverse=True
    )
    rows = tuple(_application_row(count, refs) for count in order)
    columns = tuple(Column(name) for name in ("Applicants", "As of", "Says", "Source"))
    table = Table(
        "Applications as counted by one source on one day",
        columns,
        rows,
        note=(
            "Firms, requests, applications and certificates are different things and are never "
            "added up; what is not named was not stated.",
        ),
        anchor=anchor("t", "applications"),
        stack=True,
    )
    return [Heading("Applications waiting", "applications"), table]


_ASSUMED = "No source publishes a quantity, so these are drawn from assumptions."
_STATED = (
    "Quantities that sources state are drawn from what they state, conflicts kept; the others from "
    "assumptions."
)
_STAGES = ("applied", "endorsed", "approved", "pending", "rejected")


def _application_row(count: ApplicationCount, refs: References) -> tuple[Line, ...]:
    stated = [
        f"{exact(value)} {stage}"
        for stage in _STAGES
        for value in (getattr(count, stage),)
        if value is not None
    ]
    hedge = count.hedge if count.hedge not in ("", "none") else ""
    words = f"{count.measure}: " + (", ".join(stated) if stated else "no number")
    if hedge:
        words += f" ({hedge})"
    return (
        (country_name(count.country),),
        (Piece(count.as_of.text, style="nowrap"),),
        (words,),
        (refs.source(count.source), f". {count.note}" if count.note else ""),
    )
