"""``coercivity controls screen``: a file of shipments, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack, day_of
from coercivity.cli.showing import emit_json, emit_table, emit_text, warn, working

_BAD_ROWS = 3
"""Exit code if some rows were bad; that of bad input in general."""


def screen(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv",
            help="Shipments: columns item, origin, destination, on; if wanted end_use, end_user, "
            "known_at, contains, content_share, owned_by.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT.csv", help="Where the rows are written.")
    ],
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="Export date, if no column tells it.")
    ] = "",
    origin: Annotated[
        str, typer.Option("--from", help="Country of export, if no column tells it.")
    ] = "",
    destination: Annotated[
        str, typer.Option("--to", help="Country of destination, if no column tells it.")
    ] = "",
    known_at: Annotated[
        str,
        typer.Option(
            "--known-at",
            metavar="DATE",
            help="Count only what was published by this day, if no column tells it.",
        ),
    ] = "",
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Determine every row of a file and add outcome, instrument and reason. Not legal advice.

    A row that cannot be read gets no outcome and is reported with its line; the others go on, and
    the exit code is 3.
    """
    from coercivity.controls import build_register, screen_shipments

    days = {"on": on, "known_at": known_at}
    for name, text in days.items():
        if text:
            day_of(text, option=f"--{name.replace('_', '-')}")
    fixed = {**days, "origin": origin, "destination": destination}
    register = build_register(chosen_pack(pack))
    with working():
        found = screen_shipments(
            register, file, out, fixed={name: text for name, text in fixed.items() if text}
        )
    for problem in found.problems:
        warn(str(problem))
    if found.n_bad > len(found.problems):
        warn(f"{found.n_bad - len(found.problems)} further rows are bad; see the column problem")
    if as_json:
        emit_json(found.to_json())
    else:
        emit_table(
            ("outcome", "rows"), [*found.counts.items(), ("no outcome (bad row)", found.n_bad)]
        )
        emit_text(f"{found.n_rows} rows in {out}. Indicative analysis, not legal advice")
    if found.n_bad:
        raise typer.Exit(_BAD_ROWS)
