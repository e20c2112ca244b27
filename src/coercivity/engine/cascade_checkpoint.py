"""Finished blocks of failures, kept so that an interrupted run can go on."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError

__all__ = ["Checkpoint", "open_checkpoint"]

Float = NDArray[np.float64]

FORMAT: Final = 1
"""Changes with the files, and with any change of the kernel that changes a bit of a result."""

_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a manifest and one file per finished block.

    Files are written beside, flushed to the disk and then renamed, so that a file with its final
    name is whole, whenever the process was killed.
    """

    folder: Path

    def file(self, chunk: slice) -> Path:
        """Return the file of a block."""
        return self.folder / f"failures_{chunk.start:08d}.npy"

    def save(self, chunk: slice, results: Float) -> None:
        """Keep the columns `chunk` of the results.

        Raises
        ------
        InputError
            If the file cannot be written, as on a full disk.
        """
        path = self.file(chunk)
        beside = path.with_suffix(".part")
        try:
            with beside.open("wb") as file:
                np.save(file, np.ascontiguousarray(results[:, chunk]), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            _drop(beside)
            raise _unwritable(path, error) from error

    def restore(self, chunk: slice, results: Float) -> bool:
        """Read the columns `chunk` if they are kept; return whether they are.

        Raises
        ------
        InputError
            If the file is there but does not hold that block.
        """
        path = self.file(chunk)
        if not path.exists():
            return False
        wanted = results[:, chunk]
        try:
            found = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(path, str(error)) from error
        if found.dtype != np.float64 or found.shape != wanted.shape or np.isnan(found).any():
            raise _damaged(path, f"{found.dtype} of shape {found.shape}")
        wanted[...] = found
        return True


def open_checkpoint(folder: Path, identity: dict[str, Any]) -> Checkpoint:
    """Open a folder, or begin one, for results of this identity.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    identity : dict
        What decides the results; plain JSON values.

    Raises
    ------
    InputError
        If the folder belongs to other results, holds other files, or cannot be written.
    """
    wanted = {"format": FORMAT, **identity}
    path = folder / _MANIFEST
    if path.exists():
        _compare(path, wanted)
        return Checkpoint(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(entry.suffix != ".part" for entry in folder.iterdir()):
            raise InputError(
                "the folder holds other files",
                where=str(folder),
                expected="an empty folder or a checkpoint",
                hint="name another folder",
            )
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(wanted, indent=2, sort_keys=True) + "\n", "utf-8")
        beside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    return Checkpoint(folder)


def _compare(path: Path, wanted: dict[str, Any]) -> None:
    """Refuse a checkpoint of something else, and say what differs."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    names = sorted({*wanted, *found}) if isinstance(found, dict) else ["everything"]
    other = [n for n in names if not isinstance(found, dict) or found.get(n) != wanted.get(n)]
    if other:
        raise InputError(
            f"the checkpoint belongs to another run: {', '.join(other)} differ",
            where=str(path),
            expected="the network, failures and method with which it was begun",
            hint="repeat that call, or name another folder",
        )


def _damaged(path: Path, what: str) -> InputError:
    return InputError(
        f"not a block of this checkpoint ({what})",
        where=str(path),
        expected="a file as it was written",
        hint="delete this file; its failures will be run again",
    )


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot be written ({error.strerror or error})",
        where=str(path),
        expected="a folder with room and permission to write",
        hint="make room or name another folder, then repeat the call: finished blocks are kept",
    )


def _drop(path: Path) -> None:
    """Remove a file that is not whole, as far as possible."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
