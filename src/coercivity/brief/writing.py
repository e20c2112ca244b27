"""Set the files of a brief in place: all of them, or none."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercivity.errors import InputError

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings

PAGE: Final = "brief.html"
CLAIMS: Final = "claims.jsonl"
VALUES: Final = "brief.json"
RESULTS: Final = "results"


def check_place(place: Path) -> None:
    """Check that a folder can be written before anything is computed.

    Parameters
    ----------
    place : Path
        The folder of the brief; it need not be there yet.

    Raises
    ------
    InputError
        If it is a file, or the folder above it may not be written.
    """
    if place.exists() and not place.is_dir():
        raise InputError(
            f"{place} is a file", where="out", expected="a folder", hint="choose another name"
        )
    above = place if place.exists() else place.parent
    while not above.exists() and above.parent != above:
        above = above.parent
    if not os.access(above, os.W_OK):
        raise InputError(
            f"nothing may be written in {above}",
            where="out",
            expected="a folder you may write",
            hint="choose another one with --out",
        )


def write_files(
    place: Path,
    *,
    html: str,
    evidence: Evidence,
    findings: Findings,
    answer: tuple[Mapping[str, str], ...],
    parts: Mapping[str, tuple[Mapping[str, Any], ...]],
) -> dict[str, Any]:
    """Write everything beside its place, then move it there.

    Parameters
    ----------
    place : Path
        Folder of the brief; made if it is not there, other files in it are left alone.
    html : str
        The page.
    evidence : Evidence
        Claims.
    findings : Findings
        Results by scenario.
    answer : tuple of mapping
        The five sentences.
    parts : mapping
        From :func:`coercivity.brief.plain.brief_parts`.

    Returns
    -------
    dict
        Paths by kind: ``html``, ``json``, ``claims`` and, by scenario, ``results``.
    """
    from coercivity.claims import claim_rows

    place.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        results = _write_results(staging / RESULTS, findings)
        names = {"html": PAGE, "json": VALUES, "claims": CLAIMS, "results": results}
        _write_text(
            staging / CLAIMS,
            "".join(_line(row) for row in claim_rows(evidence.claims)),
        )
        values = {"answer": list(answer), **parts, "files": names}
        _write_text(staging / VALUES, _document(values))
        _write_text(staging / PAGE, html)
        _move(staging, place)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return {
        "html": str(place / PAGE),
        "json": str(place / VALUES),
        "claims": str(place / CLAIMS),
        "results": {scenario: str(place / name) for scenario, name in results.items()},
    }


def _write_results(folder: Path, findings: Findings) -> dict[str, str]:
    """Write one netCDF file per scenario."""
    from coercivity.results import save_results

    folder.mkdir()
    names = {}
    for scenario, results in findings.ensemble.results.items():
        path = folder / f"{scenario}.nc"
        save_results(results, path)
        names[scenario] = f"{RESULTS}/{path.name}"
    return names


def _move(staging: Path, place: Path) -> None:
    """Move the files into place, the page last, so that a page never lacks its data."""
    place.mkdir(parents=True, exist_ok=True)
    files = sorted(
        (path for path in staging.rglob("*") if path.is_file()),
        key=lambda path: (path.name == PAGE, path.relative_to(staging).as_posix()),
    )
    for path in files:
        goal = place / path.relative_to(staging)
        goal.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, goal)  # noqa: PTH105


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"


def _document(value: Any) -> str:
    from coercivity.brief.plain import plain_value

    return json.dumps(plain_value(value), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
