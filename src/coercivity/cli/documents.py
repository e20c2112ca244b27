"""``coercivity documents``: what was written, and stores of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack, existing_folder
from coercivity.cli.showing import emit_json, emit_lines, emit_table, warn, working

if TYPE_CHECKING:
    from coercivity.claims.stored import StoreRun
    from coercivity.documents.limits import Limits
    from coercivity.errors import Problem

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Documents: dates, publishers, copies of one story, and stores of very many.",
)
Store = Annotated[Path, typer.Argument(help="Folder of a store that `documents ingest` made.")]
MaxMib = Annotated[
    float,
    typer.Option("--max-mib", min=0.001, help="Largest document in MiB; larger ones are refused."),
]
MaxRatio = Annotated[
    int,
    typer.Option(
        "--max-ratio",
        min=1,
        help="Times its own size that a packed file may unpack to, beyond the first 256 MiB.",
    ),
]


@app.command("list")
def list_documents(
    folder: Annotated[Path, typer.Argument(help="Folder of documents, or a store of them.")],
    as_json: AsJson = False,
) -> int:
    """List the documents of a folder with the date each is read against; 3 if one is refused."""
    from coercivity.documents import read_folder
    from coercivity.errors import InputError

    if (folder / "store.json").is_file():
        return _list_store(folder, as_json)
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
    _tell(found.problems)
    return InputError.exit_code if found.problems else 0


def _list_store(folder: Path, as_json: bool) -> int:
    """List the index of a store; the documents are not read."""
    from coercivity.documents.store import DocumentStore

    rows = DocumentStore(folder).rows()
    if as_json:
        emit_lines(rows)
        return 0
    emit_table(
        ("id", "document", "kind", "bytes", "publisher", "copy"),
        (
            (
                row["id"][:12],
                row["name"],
                row["media"],
                row["size"],
                row["publisher"] or row["url"],
                "yes" if row["is_copy"] else "",
            )
            for row in rows
        ),
    )
    return 0


@app.command("ingest")
def ingest_documents(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files or folders: .txt .html .pdf .jsonl[.gz] .warc[.gz]."),
    ],
    store: Annotated[
        Path, typer.Option("--store", help="Folder of the store; made if it is not there.")
    ],
    max_mib: MaxMib = 32.0,
    max_ratio: MaxRatio = 100,
    as_json: AsJson = False,
) -> int:
    """Take documents into a store, each once; 3 if one is refused. Repeat it after an interrupt."""
    from coercivity.documents.store import DocumentStore
    from coercivity.errors import InputError

    limits = _limits(max_mib, max_ratio)
    into = DocumentStore(store, create=True)
    with into.writing():
        added = into.add(_items(paths, limits))
    counts = {"new": added.n_new, "copies": added.n_copies, "known": added.n_known}
    if as_json:
        emit_json({**counts, "problems": [problem.to_json() for problem in added.problems]})
    else:
        emit_table(("new", "copies", "known", "refused"), [(*counts.values(), len(added.problems))])
    _tell(added.problems)
    return InputError.exit_code if added.problems else 0


@app.command("show")
def show_document(
    store: Store,
    document: Annotated[str, typer.Argument(help="Id of a document, or its first letters.")],
    as_json: AsJson = False,
) -> int:
    """Show one document of a store: its text, or with --json what is known of it."""
    from coercivity.cli.showing import emit_text
    from coercivity.documents.items import read_item
    from coercivity.documents.store import DocumentStore

    found = read_item(DocumentStore(store).item(document))
    if as_json:
        emit_json({**found.to_json(), "text": found.text})
    else:
        emit_text(found.text)
    return 0


@app.command("read")
def read_store(
    store: Store,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes; the result does not depend on it.")
    ] = 1,
    scheduler: Annotated[
        str,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Run on the workers of a dask cluster instead, such as tcp://10.0.0.1:8786.",
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the claims; by default they stay in the store."),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="Form of the files in --out: jsonl or parquet.")
    ] = "jsonl",
    max_mib: MaxMib = 32.0,
    max_seconds: Annotated[
        float,
        typer.Option("--max-seconds", min=0.1, help="Longest time for one document."),
    ] = 60.0,
    max_memory: Annotated[
        float, typer.Option("--max-memory", min=0.25, help="Memory of one process in GiB.")
    ] = 4.0,
    pack: PackName = "",
    as_json: AsJson = False,
) -> int:
    """Read the claims of a store: only what is new or changed; 3 if a document is refused."""
    from coercivity.claims.stored import export_claims, run_store
    from coercivity.claims.vocabulary import load_vocabulary
    from coercivity.documents.store import DocumentStore
    from coercivity.errors import InputError, UsageError

    if form not in ("jsonl", "parquet"):
        raise UsageError(f"{form!r} is no form", where="--format", expected="jsonl or parquet")
    limits = replace(_limits(max_mib), seconds=max_seconds, worker_bytes=int(max_memory * 2**30))
    vocabulary = load_vocabulary(chosen_pack(pack))
    opened = DocumentStore(store)
    with working() as options:
        run = run_store(
            opened,
            vocabulary,
            workers=workers,
            scheduler=scheduler,
            limits=limits,
            options=options,
        )
        files = export_claims(opened, run, out, form=form) if out else []
    _show_run(run, files, as_json)
    return InputError.exit_code if run.problems else 0


def _show_run(run: StoreRun, files: list[Path], as_json: bool) -> None:
    counts: dict[str, Any] = {
        "documents": run.n_documents,
        "hits": run.n_hits,
        "claims": run.n_claims,
        "families": len(set(run.families.values())),
        "made": run.n_done,
        "kept": run.n_kept,
    }
    if as_json:
        told = {"versions": run.versions.to_json(), "files": [str(path) for path in files]}
        problems = [problem.to_json() for problem in run.problems]
        emit_json({**counts, **told, "problems": problems})
    else:
        emit_table(tuple(counts), [tuple(counts.values())])
    for note in run.notes:
        warn(f"note: {note}")
    _tell(run.problems)


def _limits(max_mib: float, max_ratio: int = 100) -> Limits:
    from coercivity.documents.limits import Limits

    return Limits(document_bytes=int(max_mib * 2**20), unpacked_ratio=max_ratio)


def _items(paths: list[Path], limits: Limits) -> Iterator[Any]:
    """Give the documents of files and folders one by one."""
    from coercivity.documents.items import items_of
    from coercivity.documents.readers import files_of

    for path in paths:
        for file, name in files_of(path):
            yield from items_of(file, name, limits=limits)


def _tell(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        warn(f"refused: {problem}", always=True)
