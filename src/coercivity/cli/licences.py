"""``coercivity licences``: who is said to hold one; certificates and parties of an application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from coercivity.cli.choices import AsJson, AsOf, PackName, chosen_pack, day_of, day_or_none
from coercivity.cli.rows import plain_record
from coercivity.cli.showing import emit_json, emit_table, emit_text

if TYPE_CHECKING:
    from coercivity.licences import AssertedLicence
    from coercivity.licences.screening import Screening

_HAS_DEFECTS: Final = 3

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Licences reported, and the count nobody agrees on; certificates and parties checked.",
)
certificate = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="End-user certificates, before submission."
)
app.add_typer(certificate, name="certificate")

ListFile = Annotated[
    Path,
    typer.Option(
        "--list",
        metavar="FILE",
        help="List of denied parties: CSV, or FollowTheMoney JSON or JSON lines. None is shipped.",
    ),
]
ListDate = Annotated[
    str, typer.Option("--list-date", metavar="DATE", help="Date its publisher states for the list.")
]
MinScore = Annotated[
    float, typer.Option("--min-score", min=1, max=100, help="Least score of a candidate, to 100.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Most candidates shown.")]
Decisions = Annotated[
    Path,
    typer.Option("--decisions", metavar="FILE", help="File of decisions, one JSON row a line."),
]


@app.command("list")
def list_licences(pack: PackName = "", as_of: AsOf = "", as_json: AsJson = False) -> None:
    """List the licences reported, and how many licensees the sources say there are."""
    from coercivity.licences import count_of_licensees, load_licences

    opened = chosen_pack(pack)
    known = day_of(as_of, option="--as-of") if as_of else None
    licences = [
        licence for licence in load_licences(opened) if known is None or licence.granted_by <= known
    ]
    count = count_of_licensees(opened)
    if as_json:
        emit_json({"licences": [_fields(row) for row in licences], "count": count.to_json()})
        return
    emit_table(
        ("id", "holder", "from", "to", "items", "known by", "valid to", "quantity", "sources"),
        [
            (
                row.id,
                _party(opened, row.holder),
                row.origin,
                row.destination,
                ", ".join(row.items),
                row.granted_by.isoformat(),
                row.valid_to.isoformat() if row.valid_to else "not stated",
                row.quantity or "not published",
                len({claim.family for claim in row.claims if claim.says == "lists"}),
            )
            for row in licences
        ],
    )
    emit_text(count.text)


@app.command("show")
def show_licence(
    licence: Annotated[str, typer.Argument(help="Id of the licence.")],
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Show one licence with its conditions and what each source says of it."""
    from coercivity.errors import NotFoundError
    from coercivity.licences import load_licences

    opened = chosen_pack(pack)
    found = {row.id: row for row in load_licences(opened)}
    if licence not in found:
        raise NotFoundError(
            f"no licence is called {licence!r}",
            where=f"pack {opened.name}",
            expected="one of " + ", ".join(sorted(found)[:12]),
            hint="coercivity licences list",
        )
    row = found[licence]
    if as_json:
        emit_json(_fields(row))
        return
    emit_text(f"{row.id}: {_party(opened, row.holder)}, {row.origin} to {row.destination}")
    granted = row.granted_on.text if row.granted_on else "date of grant not published"
    emit_text(f"{row.kind.value}; {granted}; known by {row.granted_by.isoformat()}")
    until = row.valid_to.isoformat() if row.valid_to else "not stated"
    emit_text(f"usable from {row.valid_from.isoformat()} until {until}")
    emit_text(f"items: {', '.join(row.items)}")
    emit_text(f"quantity: {row.quantity or 'not published'}")
    for condition in row.conditions:
        emit_text(f"condition: {condition.kind} {', '.join(condition.values)}".rstrip())
    emit_table(
        ("source", "says", "family", "fact", "url"),
        [
            (claim.source, claim.says, claim.family, claim.fact, opened.source(claim.source).url)
            for claim in row.claims
        ],
    )


def _party(pack: Any, party: str) -> str:
    found = pack.parties.get(party)
    return found.name if found else party


def _fields(licence: AssertedLicence) -> dict[str, Any]:
    from dataclasses import asdict

    return plain_record(asdict(licence))


@certificate.command("check")
def check_certificate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML with certificate and application.")
    ],
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """List every defect of an end-user certificate; exit code 3 if there is one."""
    from coercivity.licences.certificate_checks import check_certificate as check
    from coercivity.licences.end_user_certificate import load_certificate_rules, read_certificate

    rules = load_certificate_rules(chosen_pack(pack))
    found = check(read_certificate(file), rules)
    if as_json:
        emit_json({"file": str(file), **found.to_json()})
    else:
        for defect in found.defects:
            emit_text(f"{defect.code}: {defect.problem}")
        for words in found.not_checked:
            emit_text(f"not checked: {words}")
        n_defects = len(found.defects)
        emit_text(f"{n_defects} defect{'' if n_defects == 1 else 's'} found")
    if found.defects:
        raise typer.Exit(_HAS_DEFECTS)


@app.command("screen")
def screen_name(
    name: Annotated[str, typer.Argument(help="Name of the party, in any script.")],
    list_file: ListFile,
    list_date: ListDate = "",
    min_score: MinScore = 75.0,
    limit: Limit = 20,
    decisions: Decisions = Path(),
    as_json: AsJson = False,
) -> None:
    """List candidates for a name on a list of denied parties; nothing is decided."""
    from coercivity.licences.screening_decisions import decisions_on, read_decisions

    found = _screened(name, list_file, list_date, min_score, limit)
    rows = read_decisions(decisions) if decisions != Path() else ()
    decided = decisions_on(found, rows)
    if as_json:
        shown = {
            party: {**row.to_json(), "same_list": is_same}
            for party, (row, is_same) in decided.items()
        }
        emit_json({**found.to_json(), "decisions": shown})
        return
    emit_table(
        ("score", "party", "alias", "kind of name", "algorithm", "matched", "left over", "decided"),
        [
            (
                f"{c.score:.1f}",
                c.party.id,
                c.alias.text,
                c.alias.kind,
                c.algorithm,
                ", ".join(f"{t.asked}~{t.listed} {t.score:.0f}" for t in c.tokens),
                ", ".join(c.left_over),
                _decided(*decided[c.party.id]) if c.party.id in decided else "",
            )
            for c in found.candidates
        ],
    )
    version = found.list_version
    stated = version.stated_on.isoformat() if version.stated_on else "not stated"
    emit_text(
        f"{len(found.candidates)} of {found.n_found} candidates among {found.n_names} names; list "
        f"{version.name}, sha256 {version.sha256}, date {stated}. A person decides."
    )


@app.command("decide")
def decide_candidate(
    name: Annotated[str, typer.Argument(help="Name of the party, as it was screened.")],
    list_file: ListFile,
    party: Annotated[str, typer.Option("--party", help="Id of the candidate.")],
    verdict: Annotated[str, typer.Option("--verdict", help="match or no_match.")],
    person: Annotated[str, typer.Option("--by", help="Person who decides.")],
    reason: Annotated[str, typer.Option("--reason", help="Grounds, in words.")],
    decisions: Decisions,
    list_date: ListDate = "",
    min_score: MinScore = 75.0,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Add a person's decision on a candidate to a file of decisions; rows are never changed."""
    from datetime import UTC, datetime

    from coercivity.errors import UsageError
    from coercivity.licences.screening_decisions import ScreeningVerdict, add_decision, decide

    if verdict not in [known.value for known in ScreeningVerdict]:
        raise UsageError(
            f"{verdict!r} is no verdict", where="--verdict", expected="match, no_match"
        )
    row = decide(
        _screened(name, list_file, list_date, min_score, limit),
        party,
        verdict=ScreeningVerdict(verdict),
        decided_by=person,
        decided_at=datetime.now(UTC),
        reason=reason,
    )
    add_decision(decisions, row)
    if as_json:
        emit_json(row.to_json())
        return
    emit_text(f"{row.verdict.value}: {row.name} and {row.party} ({row.alias}), by {row.decided_by}")


def _screened(name: str, path: Path, list_date: str, min_score: float, limit: int) -> Screening:
    from coercivity.licences.screening import ScreeningMethod, screen
    from coercivity.licences.screening_list import read_list

    denied = read_list(path, stated_on=day_or_none(list_date, option="--list-date"))
    return screen(name, denied, method=ScreeningMethod(min_score=min_score, limit=limit))


def _decided(row: Any, is_same_list: bool) -> str:
    said = f"{row.verdict.value} by {row.decided_by} on {row.decided_at.date()}"
    return said if is_same_list else f"{said}, on another version: decide again"
