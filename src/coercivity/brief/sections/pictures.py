"""A figure of the figures room as a block of a brief, with its table and its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coercivity.brief.content import Block, Column, Line, Picture, Piece, Table
from coercivity.brief.wording import number

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.brief.dossier import Findings
    from coercivity.brief.references import References
    from coercivity.figures import Figure

#: Longer tables are thinned: the brief is for reading, the netCDF file for reckoning.
_MOST_ROWS = 60


def drawn(findings: Findings, name: str, refs: References, caption: str = "") -> list[Block]:
    """Return a figure as a block, if there was anything to draw.

    Parameters
    ----------
    findings : Findings
        Pictures by id.
    name : str
        Id of the figure.
    refs : References
        Collects the quantities and sources it rests on.
    caption : str
        What the reader should know to read it.

    Returns
    -------
    list of Block
        The picture, or nothing.
    """
    figure = findings.figures.get(name)
    if figure is None:
        return []
    return [picture(figure, refs, (caption,) if caption else ())]


def picture(figure: Figure, refs: References, caption: Line = ()) -> Picture:
    """Turn a figure into a block.

    Parameters
    ----------
    figure : Figure
        The picture with its table.
    refs : References
        Collects the quantities and sources it rests on.
    caption : tuple of str or Piece
        What the reader should know to read it.

    Returns
    -------
    Picture
        With a caption that links to what the figure rests on.
    """
    links: list[str | Piece] = []
    for name in figure.sources:
        links += [", " if links else "", refs.anything(name)]
    words: list[str | Piece] = [*caption]
    if links:
        words += [" Rests on: " if words else "Rests on: ", *links, "."]
    return Picture(
        anchor=f"fig-{figure.id}",
        title=figure.title,
        svg=figure.svg,
        alt=figure.alt,
        caption=tuple(words),
        table=frame_table(figure.table, caption=figure.title),
    )


def frame_table(frame: pd.DataFrame, *, caption: str, most: int = _MOST_ROWS) -> Table:
    """Turn a data frame into a table of the brief.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data; column names become headings.
    caption : str
        Caption of the table.
    most : int
        Rows shown; longer tables keep evenly spaced rows and say so.

    Returns
    -------
    Table
        Numbers to three figures, dates as days.
    """
    step = max(1, -(-len(frame) // most))
    shown = frame.iloc[::step]
    numeric = [bool(frame[name].dtype.kind in "fiu") for name in frame.columns]
    columns = tuple(
        Column(_heading(str(name)), is_number)
        for name, is_number in zip(frame.columns, numeric, strict=True)
    )
    rows = tuple(
        tuple((_cell(value),) for value in row) for row in shown.itertuples(index=False, name=None)
    )
    note: Line = ()
    if step > 1:
        note = (f"Every {step}th of {len(frame)} rows; all of them are in the results file.",)
    return Table(caption, columns, rows, note=note)


def _heading(name: str) -> str:
    known = {"p05": "5 %", "p50": "median", "p95": "95 %"}
    return known.get(name, name.replace("_", " "))


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "date") and callable(value.date):
        return str(value.date().isoformat())
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, int | float) or hasattr(value, "dtype"):
        return number(float(value), digits=3)
    return str(value)
