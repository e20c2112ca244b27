"""Set the files of a brief in place: all of them, or none.

Files are first written into a hidden folder beside the place and moved when they are complete. The
results, by far the largest part, can be written there while figures are still drawn.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from coercivity.errors import InputError, UsageError

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.claims import ClaimSet
    from coercivity.results import Results

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
    with Staging(place) as staging:
        staging.begin(findings.ensemble.results)
        return staging.finish(html=html, evidence=evidence, answer=answer, parts=parts)


class Staging:
    """A hidden folder that fills while other work goes on, and is moved into place when complete.

    Use it as a context manager: however the block is left, no thread goes on and no hidden folder
    stays.

    Parameters
    ----------
    place : Path
        Folder of the brief; made by :meth:`finish` if it is not there.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._folder: Path | None = None
        self._results: dict[str, str] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write-results")
        self._writing: Future[None] | None = None
        self._given_up = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop writing after the file at hand, and remove the hidden folder."""
        self._given_up.set()
        self._pool.shutdown(wait=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def begin(self, results: Mapping[str, Results]) -> None:
        """Start to write one netCDF file per scenario, in a thread.

        The arrays must not be changed until :meth:`finish` has returned.

        Parameters
        ----------
        results : mapping of str to Results
            By scenario id.

        Raises
        ------
        UsageError
            If it was called before.
        """
        if self._folder is not None:
            raise UsageError("the results of a brief are written once", where="begin")
        self._place.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(
            tempfile.mkdtemp(prefix=f".{self._place.name}-", dir=self._place.parent)
        )
        (self._folder / RESULTS).mkdir()
        self._results = {name: f"{RESULTS}/{name}.nc" for name in results}
        self._writing = self._pool.submit(self._write_results, self._folder, dict(results))

    def _write_results(self, folder: Path, results: Mapping[str, Results]) -> None:
        from coercivity.results import save_results

        for name, found in results.items():
            if self._given_up.is_set():
                return
            save_results(found, folder / self._results[name])

    def finish(
        self,
        *,
        html: str,
        evidence: Evidence,
        answer: tuple[Mapping[str, str], ...],
        parts: Mapping[str, tuple[Mapping[str, Any], ...]],
    ) -> dict[str, Any]:
        """Write the rest, wait for the results, and move everything into place.

        Parameters
        ----------
        html, evidence, answer, parts
            As in :func:`write_files`.

        Returns
        -------
        dict
            As :func:`write_files`.

        Raises
        ------
        InputError
            If the results could not be written; nothing is moved then.
        UsageError
            If :meth:`begin` was not called.
        """
        if self._folder is None or self._writing is None:
            raise UsageError(
                "no results are being written", where="finish", expected="begin to be called first"
            )
        _write_texts(self._folder, self._results, html, evidence.claims, answer, parts)
        self._writing.result()
        _move(self._folder, self._place)
        return {
            "html": str(self._place / PAGE),
            "json": str(self._place / VALUES),
            "claims": str(self._place / CLAIMS),
            "results": {name: str(self._place / path) for name, path in self._results.items()},
        }


def _write_texts(
    folder: Path,
    results: Mapping[str, str],
    html: str,
    claims: ClaimSet,
    answer: tuple[Mapping[str, str], ...],
    parts: Mapping[str, tuple[Mapping[str, Any], ...]],
) -> None:
    """Write the page, the values and the claims."""
    from coercivity.claims import claim_rows

    names = {"html": PAGE, "json": VALUES, "claims": CLAIMS, "results": dict(results)}
    _write_text(folder / CLAIMS, "".join(_line(row) for row in claim_rows(claims)))
    _write_text(folder / VALUES, _document({"answer": list(answer), **parts, "files": names}))
    _write_text(folder / PAGE, html)


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
