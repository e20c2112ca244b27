"""Screen a file of shipments, of any length: an outcome, an instrument and a reason for each row.

The file is read and written in chunks of rows, so the memory used does not grow with it. A row
that cannot be read is reported with its line, gets no outcome, and the others go on.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from coercivity.controls.answer import Determination, Query
from coercivity.controls.batch import decide
from coercivity.controls.cells import read_cell
from coercivity.controls.classes import OUTCOMES
from coercivity.controls.columns import FIELDS, Coded, coded_values, listed_days
from coercivity.controls.determination import determine
from coercivity.controls.model import Outcome
from coercivity.controls.register import Register
from coercivity.controls.rules import keep
from coercivity.errors import InputError, Problem, UsageError

__all__ = ["ADDED", "ALIASES", "Screened", "screen_shipments"]

ADDED: Final = ("outcome", "instrument", "article", "knowledge_ends", "reason", "problem")
"""Columns added to each row."""

ALIASES: Final[Mapping[str, str]] = {
    "from": "origin",
    "to": "destination",
    "day": "on",
    "date": "on",
    "content_share": "origin_content_share",
}
"""Other names under which a column may stand in the file."""

_NEEDED: Final = ("item", "origin", "destination", "on")
_CHUNK_ROWS: Final = 20_000
_KEPT_PROBLEMS: Final = 100
_NOTHING: Final = "no measure on record governs it"


@dataclass(frozen=True)
class Screened:
    """What became of a file of shipments.

    Parameters
    ----------
    n_rows : int
        Rows read.
    n_bad : int
        Rows without an outcome.
    counts : mapping of str to int
        Rows by outcome.
    problems : tuple of Problem
        What is wrong with the first hundred bad rows.
    """

    n_rows: int
    n_bad: int
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and problems as plain values."""
        return {
            "rows": self.n_rows,
            "bad_rows": self.n_bad,
            "outcomes": dict(self.counts),
            "problems": [problem.to_json() for problem in self.problems],
        }


def screen_shipments(
    register: Register,
    source: Path,
    target: Path,
    *,
    fixed: Mapping[str, str] | None = None,
    chunk_rows: int = _CHUNK_ROWS,
    progress: Callable[[int], None] | None = None,
) -> Screened:
    """Determine every row of a CSV file and write it with what was found.

    Parameters
    ----------
    register : Register
    source : Path
        CSV in UTF-8 with a header. Columns ``item``, ``origin`` (or ``from``), ``destination``
        (``to``), ``on`` (``day``, ``date``), and if wanted ``end_use``, ``end_user``, ``known_at``,
        ``contains`` (``Nd;Dy``), ``content_share`` (``0.001`` or ``0.1%``), ``owned_by``
        (``some_firm 0.5; other 0.5``). Blank cells mean the defaults of :class:`Query`; the other
        columns are passed on.
    target : Path
        Written beside itself first and renamed when whole; the rows in order, with the columns
        :data:`ADDED`.
    fixed : mapping of str to str, optional
        Values of fields that the file has no column for.
    chunk_rows : int
        Rows held at once.
    progress : callable, optional
        Called with the number of rows done.

    Returns
    -------
    Screened

    Raises
    ------
    InputError
        If the file has no header, lacks a needed column or cannot be read at all.
    UsageError
        If the target is the source.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(
            f"{target} is the file that is read", where="--out", expected="another file"
        )
    try:
        reading = source.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise InputError(f"cannot read the file: {error.strerror}", where=str(source)) from error
    with reading:
        lines = _lines(csv.reader(reading), source.name)
        shape = _Shape.of(next(lines, None), source.name, fixed or {})
        with _beside(target) as writing:
            return _screen(register, lines, shape, csv.writer(writing), chunk_rows, progress)


def _screen(
    register: Register,
    lines: Iterator[_Line],
    shape: _Shape,
    writer: Any,
    chunk_rows: int,
    progress: Callable[[int], None] | None,
) -> Screened:
    writer.writerow([*shape.header, *ADDED])
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    n_rows = n_bad = 0
    while chunk := list(islice(lines, chunk_rows)):
        results = _chunk(register, chunk, shape)
        for line, result in zip(chunk, results, strict=True):
            if isinstance(result, Problem):
                n_bad += 1
                if len(problems) < _KEPT_PROBLEMS:
                    problems.append(result)
                added: tuple[str, ...] = ("", "", "", "", "", str(result))
            else:
                counts[result[0]] += 1
                added = (*result, "")
            writer.writerow([*shape.padded(line.cells), *added])
        n_rows += len(chunk)
        if progress is not None:
            progress(n_rows)
    return Screened(n_rows, n_bad, dict(sorted(counts.items())), tuple(problems))


@contextmanager
def _beside(target: Path) -> Iterator[IO[str]]:
    """Open a file beside the target, and rename it when it is whole."""
    folder = target.parent
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise InputError(
            f"cannot write there: {error.strerror}", where=str(folder), expected="a folder"
        ) from error
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            yield file
        # A temporary file is private; a result is readable like any other.
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Line:
    """A row of the file, the line it ends on, and why it could not be split into cells."""

    where: str
    cells: list[str]
    error: str = ""


def _lines(reader: Any, name: str) -> Iterator[_Line]:
    """Yield the rows of a file; one that cannot be split is an empty row with an error."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _Line(f"{name}:{reader.line_num}", [], str(error))
            continue
        if cells is None:
            return
        if cells:
            yield _Line(f"{name}:{reader.line_num}", cells)


@dataclass(frozen=True)
class _Shape:
    """Which cell holds which field."""

    header: list[str]
    places: Mapping[str, int]
    fixed: Mapping[str, str]

    @classmethod
    def of(cls, first: _Line | None, name: str, fixed: Mapping[str, str]) -> _Shape:
        if first is None or first.error:
            raise InputError("the file has no header", where=name, expected="names of columns")
        header = first.cells
        places: dict[str, int] = {}
        for place, title in enumerate(header):
            field = title.strip().lower()
            field = ALIASES.get(field, field)
            if field in FIELDS:
                if field in places:
                    raise InputError(f"two columns give {field!r}", where=f"{name}:1")
                places[field] = place
        missing = [field for field in _NEEDED if field not in places and field not in fixed]
        if missing:
            raise InputError(
                f"the file has no column {' and no column '.join(map(repr, missing))}",
                where=f"{name}:1",
                expected="columns item, origin, destination, on",
                hint="name the columns so, or give one value for all rows by an option",
            )
        clash = [title for title in header if title in ADDED]
        if clash:
            raise InputError(
                f"the file has a column {clash[0]!r} already", where=f"{name}:1", hint="rename it"
            )
        return cls(header, places, {k: v for k, v in fixed.items() if k not in places})

    def padded(self, cells: Sequence[str]) -> list[str]:
        """Return a row with as many cells as the header has; a bad row may have had others."""
        width = len(self.header)
        return [*cells[:width], *([""] * (width - len(cells)))]


def _chunk(
    register: Register, lines: Sequence[_Line], shape: _Shape
) -> list[tuple[str, ...] | Problem]:
    """Return what is added to each row, or what is wrong with it."""
    results: list[tuple[str, ...] | Problem] = []
    good: list[int] = []
    for place, line in enumerate(lines):
        problem = _shape_problem(line, shape)
        results.append(problem or ())
        if problem is None:
            good.append(place)
    columns: dict[str, Coded] = {}
    for field in (*shape.places, *shape.fixed):
        at = shape.places.get(field)
        cells = [lines[n].cells[at] for n in good] if at is not None else None
        column = coded_values(cells or [shape.fixed.get(field, "")] * len(good))
        columns[field] = column.translated(partial(read_cell, register, field))
    kept = np.ones(len(good), bool)
    for field, column in columns.items():
        wrong = np.array([isinstance(value, Problem) for value in column.values], bool)
        for row in np.flatnonzero(kept & wrong[column.codes]) if wrong.any() else ():
            problem = column.values[column.codes[row]]
            results[good[row]] = replace(
                problem, where=lines[good[row]].where, what=f"{field}: {problem.what}"
            )
            kept[row] = False
    rows = np.flatnonzero(kept)
    columns = {n: Coded(column.codes[rows], column.values).used() for n, column in columns.items()}
    for row, answer in zip(rows, _answers(register, columns), strict=True):
        results[good[row]] = answer
    return results


def _shape_problem(line: _Line, shape: _Shape) -> Problem | None:
    """Return what keeps a row from being read as cells, if anything does."""
    if line.error:
        return Problem(f"the row cannot be read: {line.error}", line.where)
    if len(line.cells) != len(shape.header):
        surplus = line.cells[len(shape.header) :]
        return Problem(
            f"the row has {len(line.cells)} cells" + (f", at last {surplus!r}" if surplus else ""),
            line.where,
            f"{len(shape.header)}, as in the header",
            "quote cells that hold commas",
        )
    if any(
        "\udc80" <= letter <= "\udcff"
        for cell in line.cells
        if not cell.isascii()
        for letter in cell
    ):
        return Problem("the row is not UTF-8", line.where, "UTF-8 text", "save the file as UTF-8")
    return None


def _answers(register: Register, columns: dict[str, Coded]) -> Iterator[tuple[str, ...]]:
    """Yield outcome, instrument, article, end of knowledge and reason of every row."""
    if not len(columns["on"].codes):
        return
    known: dict[str, Any] = {k: v for k, v in columns.items() if k != "hs_code"}
    known["on"] = listed_days(columns["on"])
    if "origin_content_share" in columns:
        shares = columns["origin_content_share"]
        numbers = [np.nan if value is None else value for value in shares.values]
        known["origin_content_share"] = np.array(numbers, np.float64)[shares.codes]
    decided = decide(register, known)
    unknown = OUTCOMES.index(Outcome.UNKNOWN_REFER)
    names = [name for name in columns if name != "hs_code"]
    said: dict[Any, tuple[str, ...]] = register.remembered(("said",), dict)
    mine: dict[Any, tuple[str, ...]] = {}
    states = zip(decided.known.tolist(), decided.keys.tolist(), decided.codes.tolist(), strict=True)
    for row, (known_from, key, code) in enumerate(states):
        place: Any = (known_from, key)
        if code == unknown:
            # Which facts are missing is told in the row's own words, such as the end user's name.
            place = (*place, *(int(columns[name].codes[row]) for name in names if name != "on"))
        answer = mine.get(place)
        if answer is None:
            given = {name: columns[name].values[columns[name].codes[row]] for name in names}
            asked = Query(**given)
            state: Any = decided.state(key, known_from)
            if code == unknown:
                state = (*state, replace(asked, on=date.min))
            answer = said.get(state)
            if answer is None:
                answer = keep(said, state, _said(determine(register, asked)))
            mine[place] = answer
        yield answer


def _said(found: Determination) -> tuple[str, ...]:
    """Return the answer as cells; a reason never quotes a row unless the answer is not known."""
    step = found.deciding
    ends = found.knowledge_ends.isoformat() if found.knowledge_ends else ""
    if found.outcome is Outcome.UNKNOWN_REFER and step is not None:
        reason = "not known: " + "; ".join(found.missing)
        return (found.outcome.value, step.number or step.title, step.article, ends, reason)
    if step is None:
        near = (s for s in found.trace if all(test.value for test in s.tests))
        idle = next(near, None)
        reason = _NOTHING if idle is None else f"{_NOTHING}; {idle.text}"
        return (found.outcome.value, "", "", ends, reason)
    certain = all(test.value for test in step.tests)
    reason = step.text if certain else _NOTHING
    name = step.number or step.title
    return (
        found.outcome.value,
        name if certain else "",
        step.article if certain else "",
        ends,
        reason,
    )
