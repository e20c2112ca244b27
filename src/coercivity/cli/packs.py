"""``coercivity pack``: check, make, list and show packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli.choices import AsJson
from coercivity.cli.showing import emit_json, emit_table, emit_text, warn

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Subjects: folders of sourced tables."
)


@app.command("check")
def check(
    pack: Annotated[str, typer.Argument(help="Name of an embedded pack, or a folder.")],
    as_json: AsJson = False,
) -> int:
    """Print everything wrong with a pack, with file and line; exit 3 if anything is."""
    from coercivity.catalogue import check_pack
    from coercivity.errors import InputError

    problems = check_pack(pack)
    if as_json:
        emit_json({"pack": pack, "problems": [problem.to_json() for problem in problems]})
    elif problems:
        for problem in problems:
            emit_text(str(problem))
    if problems:
        noun = "problem" if len(problems) == 1 else "problems"
        warn(f"{pack}: {len(problems)} {noun}")
        return InputError.exit_code
    if not as_json:
        emit_text(f"{pack}: no problems")
    return 0


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits and underscores.")],
    directory: Annotated[
        Path, typer.Option("--directory", "-d", help="Folder in which the pack's folder is made.")
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Make the template of a pack and print where it is."""
    from coercivity.catalogue import new_pack

    made = new_pack(name, directory)
    if as_json:
        emit_json({"pack": name, "path": str(made)})
        return
    emit_text(str(made))
    warn(f"next: fill its tables, then coercivity pack check {made}")


@app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs that come with the product."""
    from coercivity.catalogue import available_packs, open_pack

    rows = [
        {"name": name, "title": pack.title, "path": str(pack.root)}
        for name in available_packs()
        for pack in (open_pack(name),)
    ]
    if as_json:
        emit_json(rows)
        return
    emit_table(("pack", "title"), [(row["name"], row["title"]) for row in rows])


@app.command("show")
def show(
    pack: Annotated[str, typer.Argument(help="Name of an embedded pack, or a folder.")],
    table: Annotated[
        str, typer.Option("--table", "-t", help="Print the rows of one table, such as items.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show what a pack holds: its tables and how many rows each has."""
    from coercivity.catalogue import load_schema, open_pack
    from coercivity.cli.rows import plain_record

    opened = open_pack(pack)
    if table:
        records = [plain_record(row) for row in opened.table(table)]
        if as_json:
            emit_json(records)
            return
        columns = [column.attribute for column in load_schema(table).columns]
        emit_table(columns, [[record.get(name, "") for name in columns] for record in records])
        return
    counts = {name: len(rows) for name, rows in sorted(opened.tables.items())}
    if as_json:
        about = plain_record(opened.meta)
        emit_json({**about, "path": str(opened.root), "tables": counts})
        return
    emit_table(("table", "rows"), list(counts.items()), title=opened.title)
