"""``coercivity controls``: what is in force, for what, from where, to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack, day_of, day_or_none, share_of
from coercivity.cli.register import (
    RegisterFile,
    chosen_register,
    crosswalk,
    diff,
    export,
    import_,
)
from coercivity.cli.screen import screen
from coercivity.cli.showing import emit_json, emit_table, emit_text

if TYPE_CHECKING:
    from coercivity.controls import Determination

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Controls in force on a date, as known on a date.",
)
app.command("screen")(screen)
app.command("diff")(diff)
app.command("export")(export)
app.command("import")(import_)
app.command("crosswalk")(crosswalk)
KnownAt = Annotated[
    str,
    typer.Option("--known-at", metavar="DATE", help="Count only what was published by this day."),
]


@app.command("on")
def controls_on(
    day: Annotated[str, typer.Argument(metavar="DATE", help="Export date, YYYY-MM-DD.")],
    item: Annotated[str, typer.Option("--item", "-i", help="Id of the item.")],
    origin: Annotated[str, typer.Option("--from", help="Country of export, ISO 3166.")],
    destination: Annotated[str, typer.Option("--to", help="Country of destination, ISO 3166.")],
    end_use: Annotated[
        str, typer.Option("--end-use", help="End use: civil, ev, drone, military, … or unknown.")
    ] = "civil",
    end_user: Annotated[
        str, typer.Option("--end-user", help="Party id or name of the end user, or unknown.")
    ] = "",
    known_at: KnownAt = "",
    contains: Annotated[
        list[str] | None,
        typer.Option("--contains", help="What the goods contain, such as Dy; may be repeated."),
    ] = None,
    content_share: Annotated[
        str,
        typer.Option(
            "--content-share",
            help="Share of value of listed content from the issuer's country: 0.001 or 0.1%.",
        ),
    ] = "",
    register: RegisterFile = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Determine whether goods may leave, with every measure considered. Not legal advice."""
    from coercivity.controls import Query, determine
    from coercivity.licences import load_licences

    on = day_of(day, option="DATE")
    known = day_or_none(known_at, option="--known-at")
    opened = chosen_pack(pack)
    opened.item(item)
    query = Query(
        item=item,
        origin=origin,
        destination=destination,
        on=on,
        end_use=None if end_use == "unknown" else end_use,
        end_user=end_user or None,
        known_at=known,
        contains=tuple(contains) if contains else None,
        origin_content_share=(
            share_of(content_share, option="--content-share") if content_share else None
        ),
    )
    found = determine(chosen_register(pack, register), query, licences=load_licences(opened))
    if as_json:
        emit_json(found.to_json())
        return
    _print(found)


def _print(found: Determination) -> None:
    emit_text(found.outcome.value)
    for label, lines in (
        ("exception", found.exceptions),
        ("not known", found.missing),
        ("assumed", found.assumed),
        ("free if", found.free_if),
    ):
        for line in lines:
            emit_text(f"{label}: {line}")
    if found.knowledge_ends:
        emit_text(f"knowledge ends: {found.knowledge_ends.isoformat()}")
    emit_text("")
    emit_table(
        ("", "instrument", "article", "why"),
        [
            (_mark(step.decides, step.matched), step.number or step.title, step.article, step.text)
            for step in found.trace
        ],
    )
    emit_text("Indicative analysis, not legal advice")


def _mark(decides: bool, matched: bool | None) -> str:
    if decides:
        return "decides"
    if matched is None:
        return "unknown"
    return "governs" if matched else "no match"


@app.command("timeline")
def timeline(
    known_at: KnownAt = "",
    instrument: Annotated[
        str, typer.Option("--instrument", help="Only acts by or upon this instrument.")
    ] = "",
    register_file: RegisterFile = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """List every dated act: enacted, suspended, relaxed, extended, repealed."""
    from coercivity.errors import NotFoundError

    register = chosen_register(pack, register_file)
    rows = register.timeline(day_or_none(known_at, option="--known-at"))
    if instrument:
        if instrument not in register.instruments:
            raise NotFoundError(
                f"no instrument is called {instrument!r}",
                where="--instrument",
                expected="one of " + ", ".join(register.instruments),
            )
        own = {measure.id for measure in register.instruments[instrument].measures}
        rows = tuple(
            row
            for row in rows
            if instrument in (row.action.instrument, row.action.target) or own & set(row.measures)
        )
    if as_json:
        emit_json(
            [
                {
                    "id": row.action.id,
                    "kind": row.action.kind.value,
                    "from": row.start.isoformat(),
                    "until": row.until.isoformat() if row.until else None,
                    "recorded_on": row.recorded_on.isoformat(),
                    "announced_on": row.action.announced_on.isoformat(),
                    "instrument": row.action.instrument,
                    "target": row.action.target,
                    "measures": list(row.measures),
                    "sources": list(row.action.sources),
                    "facts": list(row.action.facts),
                }
                for row in rows
            ]
        )
        return
    emit_table(
        ("from", "until", "known", "act", "by", "upon", "sources"),
        [
            (
                row.start.isoformat(),
                row.until.isoformat() if row.until else "open",
                row.recorded_on.isoformat(),
                row.action.kind.value,
                row.instrument.label if row.instrument else row.action.instrument,
                row.action.target,
                ", ".join(row.action.sources),
            )
            for row in rows
        ],
    )
