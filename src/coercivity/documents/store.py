"""A store of documents by content: bytes in immutable parts, an index, and what each stage made.

.. code-block:: text

    STORE/store.json                       form of the store
    STORE/parts/000001-….parquet           bytes of documents, each once, with what names them
    STORE/index/000001-….parquet           the same without bytes; its presence commits the part
    STORE/stages/STAGE/VERSION/….parquet   what a stage of that version made of one part

Every file is written beside its place and renamed, and never changed afterwards: a process killed
at any moment leaves whole files only. One process at a time writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercivity.documents.items import Item
from coercivity.errors import InputError, NotFoundError, Problem, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Added", "DocumentStore"]

FORM: Final = 1
"""Form of the store; another one is refused."""

PART_DOCUMENTS: Final = 4_096
"""Documents of one part, at most."""

PART_BYTES: Final = 16 * 2**20
"""Bytes of documents from which a part is closed."""

TOLD: Final = ("name", "path", "media", "url", "publisher", "published", "crawled", "charset")
"""Fields of an item that are kept beside its bytes."""


@dataclass(frozen=True)
class Added:
    """What became of the items given to a store.

    Parameters
    ----------
    n_new : int
        Documents that were not there.
    n_copies : int
        Further names of bytes that were there.
    n_known : int
        Documents that were there under the same name.
    problems : tuple of Problem
        Items that could not be read from their files.
    """

    n_new: int = 0
    n_copies: int = 0
    n_known: int = 0
    problems: tuple[Problem, ...] = ()


class DocumentStore:
    """A store of documents.

    Parameters
    ----------
    root : str or Path
        Its folder.
    create : bool
        Make it if it is not there.

    Raises
    ------
    NotFoundError
        If there is none.
    InputError
        If the folder is something else, or of another form.
    """

    def __init__(self, root: str | Path, *, create: bool = False) -> None:
        self.root = Path(root)
        mark = self.root / "store.json"
        if not mark.is_file():
            if not create:
                raise NotFoundError(
                    "no store of documents",
                    where=str(root),
                    expected="a folder that `coercivity documents ingest` made",
                    hint="coercivity documents ingest PATH --store " + str(root),
                )
            if self.root.is_dir() and any(self.root.iterdir()):
                raise InputError(
                    "the folder is not empty and no store",
                    where=str(root),
                    expected="a new folder or a store",
                )
            for name in ("parts", "index", "stages"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
            write_whole(mark, json.dumps({"form": FORM}).encode())
        self._check_form(mark)

    def _check_form(self, mark: Path) -> None:
        try:
            form = json.loads(mark.read_text("utf-8"))["form"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("store.json is damaged", where=str(mark)) from error
        if form != FORM:
            raise InputError(
                f"the store has form {form}",
                where=str(mark),
                expected=f"form {FORM}",
                hint="make a new store from the documents",
            )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only process that writes, and remove what a killed one left.

        Raises
        ------
        UsageError
            If another process writes.
        """
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UsageError(
                    "another process writes to the store",
                    where=str(self.root),
                    expected="one writer at a time",
                    hint="wait for it, or end it",
                ) from error
            self._sweep()
            yield

    def _sweep(self) -> None:
        for left in self.root.rglob(".*.partial"):
            left.unlink(missing_ok=True)
        committed = set(self.parts())
        for part in (self.root / "parts").glob("*.parquet"):
            if part.stem not in committed:
                part.unlink()

    def parts(self) -> tuple[str, ...]:
        """Return the keys of the parts, in the order in which they came."""
        return tuple(sorted(path.stem for path in (self.root / "index").glob("*.parquet")))

    def add(self, items: Iterable[Item | Problem]) -> Added:
        """Take documents in; those that are there already cost no space.

        Parameters
        ----------
        items : iterable of Item or Problem
            As from :func:`~coercivity.documents.items.items_of`.

        Returns
        -------
        Added
            Counts and problems.

        Notes
        -----
        Killed and repeated, it takes in what is missing: a part counts once its index is there.
        """
        known, names = self._known()
        added, problems = Added(), []
        waiting: list[tuple[Item, bool]] = []
        size = 0
        for item in items:
            if isinstance(item, Problem):
                problems.append(item)
                continue
            key, named = bytes.fromhex(item.id), _name_hash(item.name, item.path)
            if names.get(named) == key:
                added = replace(added, n_known=added.n_known + 1)
                continue
            is_copy = key in known
            waiting.append((item, is_copy))
            known.add(key)
            names[named] = key
            added = replace(
                added, n_new=added.n_new + (not is_copy), n_copies=added.n_copies + is_copy
            )
            size += 0 if is_copy else len(item.data)
            if len(waiting) >= PART_DOCUMENTS or size >= PART_BYTES:
                self._commit(waiting)
                waiting, size = [], 0
        if waiting:
            self._commit(waiting)
        return replace(added, problems=tuple(problems))

    def _known(self) -> tuple[set[bytes], dict[bytes, bytes]]:
        """Ids of all documents, and the newest id of each name."""
        known: set[bytes] = set()
        names: dict[bytes, bytes] = {}
        for key in self.parts():
            table = self.index(key, columns=["id", "name", "path"])
            for doc_id, name, path in zip(*(c.to_pylist() for c in table.columns), strict=True):
                number = bytes.fromhex(doc_id)
                known.add(number)
                names[_name_hash(name, path)] = number
        return known, names

    def _commit(self, waiting: Sequence[tuple[Item, bool]]) -> None:
        """Write one part: its bytes, then its index."""
        import pyarrow as pa

        digest = hashlib.sha256("".join(item.id for item, _ in waiting).encode()).hexdigest()
        parts = self.parts()
        number = int(parts[-1].split("-")[0]) + 1 if parts else 1
        key = f"{number:06d}-{digest[:16]}"
        told = {"id": [item.id for item, _ in waiting]}
        told |= {field: [getattr(item, field) for item, _ in waiting] for field in TOLD}
        table = pa.table(told)
        is_copy = pa.array([copy for _, copy in waiting])
        size = pa.array([len(item.data) for item, _ in waiting], type=pa.int64())
        data = pa.array([b"" if copy else item.data for item, copy in waiting], pa.large_binary())
        whole = table.append_column("is_copy", is_copy).append_column("data", data)
        write_whole(self._path("parts", key), parquet_bytes(whole))
        index = table.append_column("is_copy", is_copy).append_column("size", size)
        write_whole(self._path("index", key), parquet_bytes(index))

    def _path(self, kind: str, key: str) -> Path:
        return self.root / kind / f"{key}.parquet"

    def index(self, key: str, *, columns: list[str] | None = None) -> pa.Table:
        """Return the index of a part.

        Raises
        ------
        NotFoundError
            If there is no such part.
        InputError
            If its file is damaged.
        """
        return _read_parquet(self._path("index", key), columns)

    def part_bytes(self, key: str) -> bytes:
        """Return a part's file, as a task takes it."""
        return self._path("parts", key).read_bytes()

    def items(self, key: str) -> list[Item]:
        """Return the documents of a part, without further names of bytes kept elsewhere."""
        return items_of_table(_read_parquet(self._path("parts", key), None))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give the index row by row: an item's fields, ``id``, ``size``, ``is_copy``, ``part``."""
        for key in self.parts():
            for row in self.index(key).to_pylist():
                yield {**row, "part": key}

    def item(self, doc_id: str) -> Item:
        """Return a document's bytes by its id, or by the beginning of it.

        Raises
        ------
        NotFoundError
            If there is none.
        UsageError
            If several begin so.
        """
        import pyarrow.compute as pc

        found: dict[str, str] = {}
        for key in self.parts():
            table = self.index(key, columns=["id", "is_copy"])
            fits = pc.and_(pc.starts_with(table["id"], doc_id), pc.invert(table["is_copy"]))
            found |= dict.fromkeys(table.filter(fits)["id"].to_pylist(), key)
        if not found:
            raise NotFoundError(
                f"no document {doc_id!r}", where=str(self.root), expected="an id of the store"
            )
        if len(found) > 1:
            raise UsageError(
                f"{len(found)} documents begin with {doc_id!r}", expected="more of the id"
            )
        full, key = next(iter(found.items()))
        return next(item for item in self.items(key) if item.id == full)

    def outdated(self) -> set[str]:
        """Return the ids of documents whose every name has other bytes by now."""
        known, names = self._known()
        return {number.hex() for number in known - set(names.values())}

    def stage_path(self, stage: str, version: str, key: str) -> Path:
        """Return where the output of a stage for one part or piece lies, or will lie."""
        return self.root / "stages" / stage / version / f"{key}.parquet"

    def put(self, stage: str, version: str, key: str, data: bytes) -> None:
        """Keep what a stage made, whole or not at all."""
        path = self.stage_path(stage, version, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)

    def describe(self, stage: str, version: str, told: Mapping[str, str]) -> None:
        """Keep what a version of a stage stands for, beside its outputs."""
        path = self.root / "stages" / stage / version / "stage.json"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(dict(told), indent=2, sort_keys=True).encode() + b"\n")

    def output(self, stage: str, version: str, key: str) -> pa.Table:
        """Return what a stage made of a part.

        Raises
        ------
        NotFoundError
            If it has not been there.
        InputError
            If the file is damaged.
        """
        return _read_parquet(self.stage_path(stage, version, key), None)


def items_of_table(table: pa.Table) -> list[Item]:
    """Return the items of a part's table, copies left out."""
    return [
        Item(data=row["data"], **{field: row[field] for field in TOLD})
        for row in table.to_pylist()
        if not row["is_copy"]
    ]


def _name_hash(name: str, path: str) -> bytes:
    told = f"{name}\0{path}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(told, digest_size=16).digest()


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def table_of_bytes(data: bytes) -> pa.Table:
    """Return the table in the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(data), use_threads=False)


def _read_parquet(path: Path, columns: list[str] | None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read(columns=columns, use_threads=False)
    except FileNotFoundError as error:
        raise NotFoundError(
            "no such file in the store", where=str(path), hint="repeat the command that makes it"
        ) from error
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            f"the file is damaged: {str(error)[:120]}",
            where=str(path),
            expected="a whole Parquet file",
            hint="remove it and repeat the command that made it",
        ) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, and stays."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
