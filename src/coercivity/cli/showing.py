"""Put data on standard output, and progress and warnings on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console

    from coercivity.options import Options

#: A bar for less than this only flickers.
_PATIENCE_SECONDS: Final = 2.0


@dataclass
class Settings:
    """What the words before the command set for the whole run."""

    debug: bool = False
    quiet: bool = False
    as_json: bool = False


settings = Settings()


def emit_json(value: Any) -> None:
    """Write one JSON document to standard output.

    Parameters
    ----------
    value : mapping, sequence or scalar
        Anything made of plain values; dates become ISO text.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain, allow_nan=False)
    sys.stdout.write(text + "\n")


def emit_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line to standard output.

    Parameters
    ----------
    rows : iterable of mapping
        The objects.
    """
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, default=_plain, allow_nan=False)
        sys.stdout.write(text + "\n")


def _plain(value: Any) -> Any:
    if hasattr(value, "to_json"):
        return value.to_json()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Write a table: drawn for a terminal, tab-separated for a pipe.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : iterable of sequence
        Cells, in the order of the columns.
    title : str
        Shown above the table on a terminal only.
    """
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            cells = (" ".join(str(cell).split()) for cell in row)
            sys.stdout.write("\t".join(cells) + "\n")
        return
    from rich import box
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console().print(table, markup=False)


def emit_text(text: str) -> None:
    """Write lines of text to standard output.

    Parameters
    ----------
    text : str
        The text, without its last line feed.
    """
    sys.stdout.write(text + "\n")


def warn(message: str, *, always: bool = False) -> None:
    """Write a warning to standard error unless the run is quiet.

    Parameters
    ----------
    message : str
        One sentence.
    always : bool
        Write it in a quiet run too.
    """
    if always or not settings.quiet:
        sys.stderr.write(f"{message}\n")


def console() -> Console:
    """Return the console of standard output.

    Returns
    -------
    rich.console.Console
        Made at each call, so that a redirected output is honoured.
    """
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


@contextmanager
def working(*, threads: int = 0) -> Iterator[Options]:
    """Run a block with a progress bar, if it lasts and somebody watches.

    Parameters
    ----------
    threads : int
        Cores to use; 0 is all of them.

    Yields
    ------
    Options
        Options for the rooms, their progress wired to the bar.
    """
    from coercivity.options import Options

    if settings.quiet or not sys.stderr.isatty():
        yield Options(threads=threads)
        return
    bar = _Bar()
    try:
        yield Options(progress=bar, threads=threads)
    finally:
        bar.close()


class _Bar:
    """A progress bar that shows itself only once the work has lasted a while."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._began = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self._task = self._progress.add_task("", total=1.0)
        self._shown = False

    def __call__(self, stage: str, share: float) -> None:
        if not self._shown and time.monotonic() - self._began > _PATIENCE_SECONDS:
            self._progress.start()
            self._shown = True
        self._progress.update(self._task, description=stage, completed=share)

    def close(self) -> None:
        if self._shown:
            self._progress.stop()
