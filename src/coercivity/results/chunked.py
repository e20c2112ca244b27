"""Results of a large ensemble as a chunked Zarr store, written chunk by chunk of members.

A store is a folder: one Zarr group per scenario with the variables of ``variables.csv``, and one
group ``draws`` with the value of every quantity in every member. Its version is Zarr 2, which
every implementation reads. A chunk of members is one file per variable and is *finished* once a
mark is in the folder ``finished``; marks are written beside and renamed, after everything else of
the chunk. So a store is whole up to its marks, whenever the writing process was killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, InvariantError, NotFoundError, UsageError
from coercivity.results.model import Results

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DRAWS", "ChunkedStore", "begin_store", "identity_digest", "open_chunked"]

FORMAT: Final = 1
"""Changes with the layout, and with any change of the engine that changes a bit of a result."""

DRAWS: Final = "draws"
"""Group of the drawn quantities."""

_MANIFEST: Final = "ensemble.json"
_FINISHED: Final = "finished"
_LOCK: Final = "lock"
_PARTIAL: Final = ".partial"


def identity_digest(identity: Mapping[str, Any]) -> str:
    """Return the SHA-256, hexadecimal, of what decides the numbers of a store."""
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(eq=False)
class ChunkedStore:
    """A store that is being written.

    Parameters
    ----------
    folder : Path
    identity : mapping
        What decides the numbers, as plain JSON values.
    members, chunk : int
        Members of the ensemble, and members per chunk.
    """

    folder: Path
    identity: Mapping[str, Any]
    members: int
    chunk: int
    _arrays: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _labels: dict[str, dict[str, NDArray[Any]]] = field(default_factory=dict, repr=False)

    @property
    def n_chunks(self) -> int:
        """Number of chunks of the whole ensemble."""
        return -(-self.members // self.chunk)

    def span(self, number: int) -> slice:
        """Return the members of a chunk."""
        first = number * self.chunk
        return slice(first, min(first + self.chunk, self.members))

    def finished(self) -> frozenset[int]:
        """Return the numbers of the chunks that are whole."""
        marks = (self.folder / _FINISHED).glob("[0-9]*.json")
        return frozenset(int(mark.stem) for mark in marks)

    def write(self, number: int, parts: Mapping[str, xr.Dataset], draws: xr.Dataset) -> None:
        """Write a chunk of members and mark it as finished.

        Parameters
        ----------
        number : int
            Which chunk.
        parts : mapping of str to xarray.Dataset
            Results of its members, by scenario.
        draws : xarray.Dataset
            ``draws[quantity, member]`` of the same members.

        Raises
        ------
        InputError
            If the disk is full or the folder cannot be written; what is marked stays.
        InvariantError
            If rows differ from those of the chunks before.
        """
        try:
            for name, data in {**parts, DRAWS: draws}.items():
                if name not in self._arrays:
                    self._open_group(name, data)
                self._write_group(name, data, self.span(number))
            mark = self.folder / _FINISHED / f"{number:08d}.json"
            span = self.span(number)
            _write_text(mark, json.dumps({"members": [span.start, span.stop]}) + "\n")
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def complete(self) -> None:
        """Finish a store whose chunks are all marked: one file of metadata for fast opening.

        Raises
        ------
        UsageError
            If chunks are missing.
        InputError
            If it cannot be written.
        """
        import zarr

        missing = self.n_chunks - len(self.finished())
        if missing:
            raise UsageError(f"{missing} chunks are not written yet", where=str(self.folder))
        try:
            for name in sorted(path.parent.name for path in self.folder.glob("*/.zgroup")):
                zarr.consolidate_metadata(self.folder / name, zarr_format=2)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _open_group(self, name: str, data: xr.Dataset) -> None:
        """Open the arrays of a group, or lay them out if no chunk is finished."""
        import zarr

        where = self.folder / name
        group: Any
        if self.finished():
            group = zarr.open_group(where, mode="r+", zarr_format=2)
        else:
            group = zarr.open_group(where, mode="w", zarr_format=2)
            self._lay_out(group, data)
        self._arrays[name] = {str(key): group[str(key)] for key in data.data_vars}
        self._labels[name] = {
            str(key): np.asarray(group[str(key)][...])
            for key in data.coords
            if key != "member" and data[key].dtype == object
        }

    def _lay_out(self, group: Any, data: xr.Dataset) -> None:
        """Make the arrays of a group at their full size, and write what all members share."""
        for key, variable in data.variables.items():
            by_member = "member" in variable.dims
            values, extra = _plain(variable.to_numpy())
            shape = tuple(
                self.members if dim == "member" else size
                for dim, size in zip(variable.dims, variable.shape, strict=True)
            )
            chunks = tuple(
                max(1, min(self.chunk, self.members) if dim == "member" else size)
                for dim, size in zip(variable.dims, variable.shape, strict=True)
            )
            dims = [str(dim) for dim in variable.dims]
            array = group.create_array(
                str(key),
                shape=shape,
                chunks=chunks,
                dtype=values.dtype,
                fill_value=None,
                attributes={"_ARRAY_DIMENSIONS": dims, **_json_attrs(variable.attrs), **extra},
            )
            if key == "member":
                array[...] = np.arange(self.members, dtype=values.dtype)
            elif not by_member and values.size:
                array[...] = values
        members = {"members": str(self.members)} if "members" in data.attrs else {}
        group.attrs.update({**_json_attrs(data.attrs), **members})

    def _write_group(self, name: str, data: xr.Dataset, span: slice) -> None:
        for key, labels in self._labels[name].items():
            if not np.array_equal(labels, data[key].to_numpy()):
                raise InvariantError(
                    f"{key} of members {span.start} to {span.stop} differs from other chunks",
                    where=name,
                    expected="the same rows in every chunk",
                    hint="use larger chunks, so that every chunk has a member that uses each row",
                )
        for key, array in self._arrays[name].items():
            values = data[key].to_numpy()
            if values.size:
                array[..., span] = values


@contextmanager
def begin_store(
    folder: str | Path,
    *,
    identity: Mapping[str, Any],
    members: int,
    chunk: int,
    resume: bool = False,
) -> Iterator[ChunkedStore]:
    """Open a store for writing: begin it, or go on with it.

    Parameters
    ----------
    folder : str or Path
        Made if it is missing.
    identity : mapping
        What decides the numbers, as plain JSON values.
    members, chunk : int
        Members of the ensemble, and members per chunk.
    resume : bool
        Go on if a store of this identity is there.

    Yields
    ------
    ChunkedStore

    Raises
    ------
    UsageError
        If zarr is not installed, or a run was begun there and `resume` is not set.
    InputError
        If the folder belongs to another ensemble, holds other files, is being written by another
        process, or cannot be written.
    """
    _require_zarr()
    target = Path(folder)
    wanted = {
        "format": FORMAT,
        "members": members,
        "chunk": chunk,
        **json.loads(json.dumps(dict(identity))),
    }
    with ExitStack() as held:
        try:
            held.enter_context(_locked(target))
            _claim(target, wanted, resume=resume)
            for left in [*target.rglob(f"*{_PARTIAL}"), *target.rglob("*.part")]:
                left.unlink(missing_ok=True)
            store = ChunkedStore(target, wanted, members, chunk)
            _discard_unfinished(store)
        except OSError as error:
            raise _unwritable(target, error) from error
        yield store


def _claim(folder: Path, wanted: Mapping[str, Any], *, resume: bool) -> None:
    """Write the manifest of a new store, or compare that of an old one."""
    manifest = folder / _MANIFEST
    if manifest.exists():
        _compare(manifest, wanted)
        if not resume:
            raise UsageError(
                "this ensemble was begun here before",
                where=str(folder),
                expected="a new folder, or leave to go on",
                hint="repeat the command with --resume, or delete the folder",
            )
        return
    if any(entry.name != _LOCK for entry in folder.iterdir()):
        raise InputError(
            "the folder holds other files",
            where=str(folder),
            expected="an empty folder or a store of this ensemble",
            hint="name another folder",
        )
    (folder / _FINISHED).mkdir()
    content = {"identity": dict(wanted), "sha256": identity_digest(wanted)}
    _write_text(folder / ".zgroup", '{"zarr_format": 2}\n')
    _write_text(folder / ".zattrs", json.dumps(content, indent=2) + "\n")
    _write_text(manifest, json.dumps(content, indent=2) + "\n")


def _discard_unfinished(store: ChunkedStore) -> None:
    """Remove groups that no finished chunk vouches for: their layout may be incomplete."""
    (store.folder / _FINISHED).mkdir(exist_ok=True)
    if not store.finished():
        for group in store.folder.glob("*/"):
            if group.name != _FINISHED:
                shutil.rmtree(group)


def _compare(manifest: Path, wanted: Mapping[str, Any]) -> None:
    """Refuse a store of another ensemble, and say what differs."""
    try:
        found = json.loads(manifest.read_text("utf-8"))["identity"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "the manifest of the store is not readable",
            where=str(manifest),
            expected="the file as it was written",
            hint="delete the folder and run again",
        ) from error
    other = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
    if other:
        shown = "; ".join(f"{k} {_short(found.get(k))}, not {_short(wanted.get(k))}" for k in other)
        raise InputError(
            f"the store belongs to another ensemble: {shown}",
            where=str(manifest.parent),
            expected="the same pack, members, seed, chunk, scenarios, span and method",
            hint="repeat the call with which it was begun, or name another folder",
        )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing; the lock goes with the process, even a killed one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                "another process is writing this store",
                where=str(folder),
                expected="one writer at a time",
                hint="wait for it, or end it",
            ) from error
        yield


def open_chunked(folder: str | Path, scenario: str) -> Results:
    """Open the results of a scenario; values are read from the disk when they are used.

    Parameters
    ----------
    folder : str or Path
        A store, complete or not: members that are not written yet hold what the array was made
        with, so look at ``results.attrs["finished_members"]``.
    scenario : str
        Scenario id, or ``draws``.

    Returns
    -------
    Results

    Raises
    ------
    NotFoundError
        If there is no store, or no such scenario in it.
    UsageError
        If zarr is not installed.
    """
    _require_zarr()
    import xarray as xr

    target = Path(folder)
    if not (target / _MANIFEST).is_file():
        raise NotFoundError(
            "no ensemble here", where=str(target), expected="a folder of coercivity ensemble run"
        )
    names = sorted(path.parent.name for path in target.glob("*/.zgroup"))
    if scenario not in names:
        raise NotFoundError(
            f"no group {scenario!r} in the store",
            where=str(target),
            expected="one of " + ", ".join(names),
        )
    consolidated = (target / scenario / ".zmetadata").is_file()
    data = xr.open_zarr(target / scenario, consolidated=consolidated, chunks=None, zarr_format=2)
    marks = sorted((target / _FINISHED).glob("[0-9]*.json"))
    spans = [json.loads(mark.read_text("utf-8"))["members"] for mark in marks]
    written = sum(stop - start for start, stop in spans)
    return Results(data.assign_attrs(finished_members=written))


def _plain(values: NDArray[Any]) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return values as Zarr holds them, with the attributes that say how to read them."""
    if values.dtype == object:
        width = max((len(str(value)) for value in values.ravel()), default=0)
        return values.astype(f"<U{max(width, 1)}"), {}
    if np.issubdtype(values.dtype, np.datetime64):
        days = values.astype("datetime64[D]").astype(np.int32)
        return days, {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian"}
    return values, {}


def _json_attrs(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(key): value.item() if isinstance(value, np.generic) else value
        for key, value in attrs.items()
    }


def _write_text(path: Path, text: str) -> None:
    """Write a small file beside its place and move it there."""
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _require_zarr() -> None:
    try:
        import zarr  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "zarr is not installed",
            where="ensemble store",
            expected="the extra `scale`",
            hint="pip install 'coercivity[scale]'",
        ) from error


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"the store cannot be written: {error.strerror or error}",
        where=str(folder),
        expected="a folder with space that this user may write to",
        hint="make room, then repeat the command with --resume: finished chunks are kept",
    )
