"""``coercivity documents``: what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli.choices import AsJson, existing_folder
from coercivity.cli.showing import emit_json, emit_table, warn

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Documents: dates, publishers, copies of one story.",
)


@app.command("list")
def list_documents(
    folder: Annotated[Path, typer.Argument(help="Folder of .txt and .html documents.")],
    as_json: AsJson = False,
) -> int:
    """List the documents of a folder with the date each is read against; 3 if one is refused."""
    from coercivity.documents import read_folder
    from coercivity.errors import InputError

    found = read_folder(existing_folder(folder, option="FOLDER"))
    if as_json:
        emit_json(
            {
                "documents": [document.to_json() for document in found.documents],
                "problems": [problem.to_json() for problem in found.problems],
            }
        )
    else:
        emit_table(
            ("document", "publisher", "date", "basis", "family", "characters"),
            [
                (
                    document.name,
                    document.publisher,
                    document.published.value.text if document.published else "undated",
                    document.published.basis if document.published else "",
                    document.family,
                    len(document.text),
                )
                for document in found.documents
            ],
        )
    for problem in found.problems:
        warn(f"refused: {problem}", always=True)
    return InputError.exit_code if found.problems else 0
