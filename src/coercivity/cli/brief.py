"""``coercivity brief``: the main job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import (
    AsJson,
    AsOf,
    Members,
    PackName,
    Seed,
    Threads,
    day_or_none,
    default_pack_name,
)
from coercivity.cli.showing import emit_json, emit_text, warn, working

if TYPE_CHECKING:
    from coercivity.brief import Brief


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree.

    Parameters
    ----------
    app : typer.Typer
        The tree.
    """
    app.command("brief")(brief)


def brief(
    pack: PackName = "",
    documents: Annotated[
        Path | None,
        typer.Option(
            "--documents",
            "-d",
            help="Folder of .txt and .html documents.",
            show_default="the pack's own notes",
        ),
    ] = None,
    as_of: AsOf = "",
    members: Members = 1000,
    seed: Seed = 1,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder the brief is written into.")
    ] = Path("brief"),
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Read, determine, simulate and write the brief; the path of its page is printed last."""
    from coercivity.brief import make_brief

    day = day_or_none(as_of, option="--as-of")
    with working(threads=threads) as options:
        made = make_brief(
            pack or default_pack_name(),
            documents=documents,
            as_of=day,
            members=members,
            seed=seed,
            out=out,
            options=options,
        )
    for problem in made.evidence.documents.problems:
        warn(f"refused: {problem}", always=True)
    for note in made.evidence.claims.notes:
        warn(f"note: {note}")
    if as_json:
        emit_json(made.to_json())
        return
    _screen(made)
    emit_text(str(made.files["html"]))


def _screen(made: Brief) -> None:
    """Show the answer on one screen."""
    from rich.padding import Padding
    from rich.text import Text

    from coercivity.brief.phrases import read_phrases
    from coercivity.cli.showing import console

    screen = console()
    screen.print(Text(made.page.title, style="bold"))
    for label, value in made.page.facts[:1]:
        screen.print(Text(f"{label} {_words(value)}", style="dim"))
    for place, row in enumerate(made.answer, start=1):
        text = Text(f"{place}  ", style="bold blue")
        text.append(row["sentence"], style="not bold default")
        screen.print()
        screen.print(text)
        screen.print(Padding(Text(row["how_sure"], style="dim"), (0, 0, 0, 3)))
    screen.print()
    for title, lines in (
        ("In force", _determinations(made)),
        (f"Not {read_phrases(made.evidence.pack).done}", _outcomes(made)),
        ("Conflicts that matter", _conflicts(made)),
        ("Files", _files(made)),
    ):
        if lines:
            screen.print(Text(title, style="bold"))
            for line in lines:
                screen.print(Padding(Text(line), (0, 0, 0, 3)))
    screen.print(Text("Indicative analysis, not legal advice.", style="dim"))


def _words(line: Any) -> str:
    from coercivity.brief.content import plain

    return plain(line)


def _determinations(made: Brief) -> list[str]:
    return [f"{row['outcome']}: {row['label']}" for row in made.determinations[:3]]


def _outcomes(made: Brief) -> list[str]:
    """Name the three industries of the reference scenario that lose the largest shares."""
    from coercivity.brief.phrases import read_phrases
    from coercivity.brief.wording import interval, percent_interval, plural

    phrases = read_phrases(made.evidence.pack)
    total = phrases.total if phrases.is_summed else ""
    rows: list[Mapping[str, Any]] = [
        row
        for row in made.outcomes
        if row["kind"] == "lost_output"
        and row["scenario_id"] == made.findings.reference
        and row["sector_id"] != total
    ]
    rows.sort(key=lambda row: (-float(row["share_p50"]), str(row["sector"])))
    return [
        f"{row['sector']}: {interval(row['p05'], row['p95'])} {plural(row['unit'])}, "
        f"{percent_interval(row['share_p05'], row['share_p95'])} of what is {phrases.done} "
        "without controls"
        for row in rows[:3]
    ]


def _conflicts(made: Brief) -> list[str]:
    from coercivity.brief.wording import percent

    rows = [row for row in made.sensitivity if "conflict" in str(row["kind"])]
    return [f"{percent(row['index'])} {row['title']}: {row['values']}" for row in rows[:3]]


def _files(made: Brief) -> list[str]:
    return [str(made.files[kind]) for kind in ("json", "claims") if kind in made.files] + (
        [str(Path(next(iter(made.files["results"].values()))).parent)]
        if made.files.get("results")
        else []
    )
