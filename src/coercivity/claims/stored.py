"""Claims of a store of documents: sharded, resumed where it was left, the same however it is cut.

The caller reads and writes the store; workers get bytes and return bytes. A document that kills its
worker or takes too long is named and left out; the others proceed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercivity.claims.parsing import NO_PARSER_NOTE, load_parser
from coercivity.claims.shards import Setup, problems_of
from coercivity.claims.stages import STAGES, Versions, versions
from coercivity.documents.families import join_families, similar_pairs
from coercivity.documents.limits import LIMITS, Limits
from coercivity.documents.records import document_of_row, sketches
from coercivity.documents.store import DocumentStore, parquet_bytes, write_whole
from coercivity.documents.workers import Broken, Task, run_tasks
from coercivity.errors import CoercivityError, Problem
from coercivity.options import Options

if TYPE_CHECKING:
    import pyarrow as pa

    from coercivity.claims.vocabulary import Vocabulary
    from coercivity.documents.model import Document

__all__ = ["StoreRun", "claim_pieces", "export_claims", "read_documents", "run_store"]

PIECE_DOCUMENTS: Final = 64
"""Documents of one piece of the last stage: what a kill can cost."""

PIECE_LENGTH: Final = 400_000
"""Code points from which a piece is closed."""


@dataclass(frozen=True)
class StoreRun:
    """What a run over a store did.

    Parameters
    ----------
    n_documents, n_hits : int
        Documents of the store, and those that passed the prefilter and could be read.
    n_claims : int
    n_done, n_kept : int
        Outputs made, and outputs that were there already.
    versions : Versions
    families : mapping of str to str
        Family of each document that was read.
    problems : tuple of Problem
        Documents that were refused or given up.
    notes : tuple of str
    """

    n_documents: int
    n_hits: int
    n_claims: int
    n_done: int
    n_kept: int
    versions: Versions
    families: dict[str, str] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def run_store(
    store: DocumentStore,
    vocabulary: Vocabulary,
    *,
    workers: int = 1,
    scheduler: str = "",
    limits: Limits = LIMITS,
    options: Options | None = None,
) -> StoreRun:
    """Run every stage that has not been run over a store.

    Parameters
    ----------
    store : DocumentStore
    vocabulary : Vocabulary
        Words of the pack.
    workers : int
        Processes on this machine.
    scheduler : str
        Address of a dask scheduler to use instead.
    limits : Limits, optional
    options : Options, optional
        Progress is reported under ``documents`` and ``claims``.

    Returns
    -------
    StoreRun
        The same whatever the workers, and whether it was interrupted before.

    Raises
    ------
    UsageError
        If another process writes to the store.
    """
    with store.writing():
        run = _Run(store, Setup(vocabulary, limits), workers, scheduler, options or Options())
        run.read()
        families = run.families()
        run.claims()
        return run.result(families)


class _Run:
    """One run; a class because counts and problems gather over the stages."""

    def __init__(
        self,
        store: DocumentStore,
        setup: Setup,
        workers: int,
        scheduler: str,
        options: Options,
    ) -> None:
        self.store, self.setup, self.options = store, setup, options
        self.workers, self.scheduler = workers, scheduler
        self.versions = versions(setup.vocabulary, setup.limits)
        self.n_done = self.n_kept = 0
        for name, told in STAGES.items():
            if name != "families":
                version = getattr(self.versions, name)
                store.describe(name, version, {"stage": name, "makes": told, "version": version})

    def read(self) -> None:
        """Find the documents that may speak of the subject, and read them."""
        parts = self.store.parts()
        todo = [key for key in parts if not self._has("read", key)]
        self.n_kept += len(parts) - len(todo)
        tasks = (Task(key, (self.store.part_bytes(key), ())) for key in todo)
        for number, (key, made) in enumerate(self._run("read_part", tasks, "read"), start=1):
            self.store.put("select", self.versions.select, key, made["select"])
            self.store.put("read", self.versions.read, key, made["read"])
            self.n_done += 1
            self.options.progress("documents", number / len(todo))

    def claims(self) -> None:
        """Draft the claims of the documents read, piece by piece."""
        todo, n_pieces = [], 0
        for key in self.store.parts():
            lengths = [len(text) for text in self._read_output(key)["text"].to_pylist()]
            for piece, (first, last) in enumerate(claim_pieces(lengths)):
                n_pieces += 1
                name = f"{key}.{piece:04d}"
                if not self._has("claims", name):
                    todo.append((name, key, first, last))
        self.n_kept += n_pieces - len(todo)
        for number, (name, made) in enumerate(
            self._run("claim_part", self._claim_tasks(todo), "claims"), start=1
        ):
            self.store.put("claims", self.versions.claims, name, made)
            self.n_done += 1
            self.options.progress("claims", number / len(todo))

    def _claim_tasks(self, todo: list[tuple[str, str, int, int]]) -> Iterator[Task]:
        key, table = "", None
        for name, part, first, last in todo:
            if part != key:
                key, table = part, self._read_output(part)
            assert table is not None
            yield Task(name, (parquet_bytes(table.slice(first, last - first)), ()))

    def families(self) -> dict[str, str]:
        """Join the documents read into families."""
        import pyarrow as pa

        outdated = self.store.outdated()
        version = _families_version(self.versions.read, self.store.parts(), outdated)
        if self.store.stage_path("families", version, "all").is_file():
            self.n_kept += 1
            kept = self.store.output("families", version, "all")
            return dict(zip(kept["id"].to_pylist(), kept["family"].to_pylist(), strict=True))
        ids, families = self._joined(outdated)
        columns = {"id": pa.array(ids, pa.string()), "family": pa.array(families, pa.string())}
        self.store.put("families", version, "all", parquet_bytes(pa.table(columns)))
        self.n_done += 1
        return dict(zip(ids, families, strict=True))

    def _joined(self, outdated: set[str]) -> tuple[list[str], list[str]]:
        """Ids of the documents read, by name, and their families."""
        import numpy as np

        rows: list[tuple[str, str, str]] = []
        shingles: list[Any] = []
        signatures: list[Any] = []
        for key in self.store.parts():
            table = _current(self._read_output(key), "id", outdated)
            told = (table[column].to_pylist() for column in ("name", "id", "family"))
            rows.extend(zip(*told, strict=True))
            found, signed = sketches(table)
            shingles.extend(found)
            signatures.append(signed)
        order = sorted(range(len(rows)), key=lambda place: rows[place])
        if not order:
            return [], []
        pairs = similar_pairs(
            [shingles[place] for place in order], np.concatenate(signatures)[order]
        )
        families = join_families([rows[place][2] for place in order], pairs)
        return [rows[place][1] for place in order], families

    def result(self, families: dict[str, str]) -> StoreRun:
        """Count what there is, and gather what was refused."""
        problems: list[Problem] = []
        outdated = self.store.outdated()
        n_documents = n_hits = n_claims = 0
        for key in self.store.parts():
            table = self._read_output(key)
            n_hits += _current(table, "id", outdated).num_rows
            problems.extend(problems_of(table))
            index = self.store.index(key, columns=["id", "is_copy"]).to_pydict()
            n_documents += sum(
                not is_copy and doc_id not in outdated
                for doc_id, is_copy in zip(index["id"], index["is_copy"], strict=True)
            )
        for table in _claim_tables(self.store, self.versions.claims):
            n_claims += _current(table, "document", outdated).num_rows
            problems.extend(problems_of(table))
        return StoreRun(
            n_documents=n_documents,
            n_hits=n_hits,
            n_claims=n_claims,
            n_done=self.n_done,
            n_kept=self.n_kept,
            versions=self.versions,
            families=families,
            problems=tuple(problems),
            notes=() if load_parser() is not None else (NO_PARSER_NOTE,),
        )

    def _has(self, stage: str, key: str) -> bool:
        return self.store.stage_path(stage, getattr(self.versions, stage), key).is_file()

    def _read_output(self, key: str) -> pa.Table:
        return self.store.output("read", self.versions.read, key)

    def _run(self, name: str, tasks: Iterator[Task], stage: str) -> Iterator[tuple[str, Any]]:
        """Run tasks; leave out the documents that break them, one by one."""
        function = f"coercivity.claims.shards:{name}"
        waiting: list[tuple[Task, Broken]] = []
        for task, made in self._tasks(function, tasks):
            if isinstance(made, Broken):
                waiting.append((task, made))
            else:
                yield task.key, made
        for task, broken in waiting:
            yield task.key, self._mended(function, task, broken, stage)

    def _mended(self, function: str, task: Task, broken: Broken, stage: str) -> Any:
        """Repeat a task document by document, without those that break it."""
        data, _ = task.payload
        left_out: dict[int, str] = {}
        while True:
            payload = (data, tuple(left_out.items()), True)
            [(_, made)] = list(self._tasks(function, iter([Task(task.key, payload)])))
            if not isinstance(made, Broken):
                return made
            if made.position < 0 or made.position in left_out:
                raise CoercivityError(
                    f"the stage {stage!r} cannot finish: {made.reason}",
                    where=task.key,
                    expected="workers that start, with enough memory",
                    hint="look at the messages above; what is done is kept",
                )
            left_out[made.position] = made.reason

    def _tasks(self, function: str, tasks: Iterator[Task]) -> Iterator[tuple[Task, Any]]:
        if self.scheduler:
            from coercivity.documents.cluster import cluster_tasks

            return cluster_tasks(function, self.setup, tasks, scheduler=self.scheduler)
        return run_tasks(
            function, self.setup, tasks, workers=self.workers, limits=self.setup.limits
        )


def claim_pieces(lengths: list[int]) -> list[tuple[int, int]]:
    """Cut the documents of a part into pieces.

    Parameters
    ----------
    lengths : list of int
        Code points of each document.

    Returns
    -------
    list of (int, int)
        First document, and the one after the last.
    """
    pieces: list[tuple[int, int]] = []
    first = total = 0
    for place, length in enumerate(lengths):
        if place > first and (place - first >= PIECE_DOCUMENTS or total + length > PIECE_LENGTH):
            pieces.append((first, place))
            first, total = place, 0
        total += length
    return [*pieces, (first, len(lengths))] if lengths else []


def read_documents(store: DocumentStore, run: StoreRun) -> Iterator[Document]:
    """Give the documents that were read, with their families, in the order of the store.

    Parameters
    ----------
    store : DocumentStore
    run : StoreRun
        As from :func:`run_store`.

    Yields
    ------
    Document
    """
    for key in store.parts():
        for row in store.output("read", run.versions.read, key).to_pylist():
            if row["id"] in run.families:
                yield replace(document_of_row(row), family=run.families[row["id"]])


def export_claims(
    store: DocumentStore, run: StoreRun, folder: Path, *, form: str = "jsonl"
) -> list[Path]:
    """Write the claims of a run, one file for each part of the store that has any.

    Parameters
    ----------
    store : DocumentStore
    run : StoreRun
    folder : Path
        Made if it is not there.
    form : str
        ``jsonl``: a claim a line, as from ``coercivity claims extract --json``; ``parquet``: the
        same as a column beside the columns that are searched most.

    Returns
    -------
    list of Path
        Each is there whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for key in store.parts():
        table = _exported(store, run, key)
        if table is None or not table.num_rows:
            continue
        path = folder / f"claims-{key}.{form}"
        if form == "parquet":
            write_whole(path, parquet_bytes(table))
        else:
            write_whole(path, "".join(f"{row}\n" for row in table["json"].to_pylist()).encode())
        written.append(path)
    return written


def _exported(store: DocumentStore, run: StoreRun, key: str) -> pa.Table | None:
    """Claims of a part's current documents, with their families."""
    import pyarrow as pa

    tables = list(_claim_tables(store, run.versions.claims, key))
    if not tables:
        return None
    table = pa.concat_tables(tables).replace_schema_metadata(None)
    families = [run.families.get(doc_id, "") for doc_id in table["document"].to_pylist()]
    told = [
        json.dumps(json.loads(row) | {"family": family}, ensure_ascii=False, separators=(",", ":"))
        for row, family in zip(table["json"].to_pylist(), families, strict=True)
    ]
    place = table.schema.get_field_index("json")
    table = table.set_column(place, "json", pa.array(told, pa.large_string()))
    table = table.append_column("family", pa.array(families, pa.string()))
    return table.filter(pa.array([bool(family) for family in families], pa.bool_()))


def _claim_tables(store: DocumentStore, version: str, key: str = "") -> Iterator[pa.Table]:
    """Give the outputs of the last stage, of one part or of all."""
    folder = store.stage_path("claims", version, "x").parent
    for path in sorted(folder.glob(f"{key}*.parquet")):
        yield store.output("claims", version, path.stem)


def _current(table: pa.Table, column: str, outdated: set[str]) -> pa.Table:
    """Leave out the rows of documents that have other bytes by now."""
    import pyarrow as pa

    if not outdated:
        return table
    kept = [doc_id not in outdated for doc_id in table[column].to_pylist()]
    return table.filter(pa.array(kept, pa.bool_()))


def _families_version(read: str, parts: tuple[str, ...], outdated: set[str]) -> str:
    import hashlib

    told = json.dumps([read, parts, sorted(outdated)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
