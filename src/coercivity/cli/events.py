"""``coercivity events``: what happened, when, and who says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack
from coercivity.cli.evidence import Judgements
from coercivity.cli.showing import emit_json, emit_table

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Events: claims about one act, folded together.",
)


@app.command("list")
def list_events(
    pack: PackName = "",
    documents: Annotated[
        Path | None, typer.Option("--documents", "-d", help="Fold the claims of this folder in.")
    ] = None,
    judgements: Judgements = None,
    frame: Annotated[
        str, typer.Option("--frame", help="Only events of this frame, such as LICENCE_GRANTED.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List events in order of date, with how many independent families report each."""
    from coercivity.errors import NotFoundError
    from coercivity.events import fold_claims, pack_events

    opened = chosen_pack(pack)
    if documents is None:
        events = pack_events(opened)
    else:
        from coercivity.cli.evidence import read_evidence

        read = read_evidence(documents, pack, judgements=judgements, option="--documents")
        judged = read.judged()
        events = fold_claims(judged.claims, judged.verdicts, opened)
        read.tell(*judged.notes)
    if frame:
        events = tuple(event for event in events if event.frame == frame.upper())
        if not events:
            raise NotFoundError(
                f"no event of frame {frame!r}", where="--frame", hint="leave --frame out to see all"
            )
    if as_json:
        emit_json([event.to_json() for event in events])
        return
    emit_table(
        ("when", "frame", "status", "families", "title"),
        [
            (
                event.when.text if event.when else "unknown",
                event.frame,
                event.status,
                event.independent_families,
                event.title,
            )
            for event in events
        ],
    )
