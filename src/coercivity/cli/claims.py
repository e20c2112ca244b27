"""``coercivity claims``: who says what, and how sayings compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack, existing_folder
from coercivity.cli.showing import emit_lines, emit_table, warn, working

if TYPE_CHECKING:
    from coercivity.claims import ClaimSet

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Claims: who says what, where in the text, how sure.",
)
Folder = Annotated[Path, typer.Argument(help="Folder of .txt and .html documents.")]


@app.command("extract")
def extract_claims(folder: Folder, pack: PackName = "", as_json: AsJson = False) -> int:
    """Print the claims of the documents in a folder; with --json one claim a line."""
    from coercivity.claims import claim_rows

    claims = _read(folder, pack)
    names = {document.id: document.name for document in claims.documents}
    if as_json:
        emit_lines(claim_rows(claims))
    else:
        emit_table(
            ("document", "span", "frame", "polarity", "speaker", "text"),
            [
                (
                    names[claim.document],
                    f"{claim.span.start}–{claim.span.end}",
                    claim.frame or claim.kind,
                    claim.polarity,
                    claim.speaker.name if claim.speaker else "(outlet)",
                    claim.text,
                )
                for claim in claims
            ],
        )
    return _tell_problems(claims)


@app.command("verdicts")
def show_verdicts(folder: Folder, pack: PackName = "", as_json: AsJson = False) -> int:
    """Compare the claims of the documents in a folder: agree, refine, conflict, diverge."""
    from coercivity.claims import reconcile

    claims = _read(folder, pack)
    verdicts = reconcile(claims)
    if as_json:
        emit_lines(verdict.to_json() for verdict in verdicts)
    else:
        emit_table(
            ("relation", "rule", "one", "other", "note"),
            [
                (
                    verdict.relation,
                    verdict.rule,
                    verdict.span_a.exact,
                    verdict.span_b.exact if verdict.span_b else "",
                    verdict.note,
                )
                for verdict in verdicts
            ],
        )
    return _tell_problems(claims)


def _read(folder: Path, pack: str) -> ClaimSet:
    from coercivity.claims import extract
    from coercivity.documents import read_folder

    opened = chosen_pack(pack)
    documents = read_folder(existing_folder(folder, option="FOLDER"))
    if not documents.documents:
        from coercivity.errors import InputError, NotFoundError

        if documents.problems:
            raise InputError(f"no document in {folder} could be read", problems=documents.problems)
        raise NotFoundError(
            f"no documents in {folder}", expected=".txt or .html files", hint="check the path"
        )
    with working() as options:
        return extract(documents, opened, options=options)


def _tell_problems(claims: ClaimSet) -> int:
    from coercivity.errors import InputError

    for note in claims.notes:
        warn(f"note: {note}")
    for problem in claims.problems:
        warn(f"refused: {problem}", always=True)
    return InputError.exit_code if claims.problems else 0
