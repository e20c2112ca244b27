"""``coercivity licences``: who is said to hold one, for what, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import AsJson, AsOf, PackName, chosen_pack, day_of
from coercivity.cli.rows import plain_record
from coercivity.cli.showing import emit_json, emit_table, emit_text

if TYPE_CHECKING:
    from coercivity.licences import AssertedLicence

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Licences reported, and the count nobody agrees on.",
)


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
