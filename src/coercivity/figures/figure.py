"""What a figure is, and how a chart becomes an SVG text that is the same every time.

Charts are made for a width of about 400 units, so that letters stay readable on a telephone; on a
wider page the picture scales up.  Nothing in a chart is said by colour alone: lines differ by
dashes, bars by outline and by the words beside them, points by shape.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final

from coercivity.errors import InputError
from coercivity.figures.grammar import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AMOUNT_LABELS",
    "DASHES",
    "INK",
    "WIDTH",
    "Figure",
    "draw",
    "plain_axis",
    "require_columns",
    "wrap",
]

WIDTH = 400
"""Width of every picture, in units of its view box."""

INK = {
    "text": "#1a1a1a",
    "quiet": "#5a5a5a",
    "grid": "#dcdcdc",
    "main": "#0b4f8a",
    "band": "#9cc3e6",
    "second": "#a33b00",
    "second_band": "#f0c4a8",
    "third": "#3d3d3d",
}
"""Colours, chosen to differ in lightness as well as in hue."""

DASHES: tuple[list[int], ...] = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [1, 4])
"""Dash patterns in the order in which series are given."""

AMOUNT_LABELS = "abs(datum.value) < 1 ? format(datum.value, '~g') : format(datum.value, '~s')"
"""Axis labels for amounts: 0, 0.5, 20, 1.5k, 2M."""

_PADDING: Final = {"left": 4, "right": 14, "top": 6, "bottom": 6}

FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"


@dataclass(frozen=True)
class Figure:
    """A picture, what it shows, and the numbers behind it.

    Parameters
    ----------
    id : str
        Stable name; also the prefix of every id inside the picture.
    title : str
        The finding, as a sentence without full stop.
    svg : str
        A complete SVG element that scales to the width it is given.
    alt : str
        The content in words, for those who do not see the picture.
    table : pandas.DataFrame
        The numbers drawn, for printing beside the picture.
    sources : tuple of str
        Ids of claims, quantities or sources that the picture rests on.
    spec : dict
        Description of the chart in Vega-Lite, as any of its editors opens it.
    """

    id: str
    title: str
    svg: str
    alt: str
    table: pd.DataFrame
    sources: tuple[str, ...] = field(default=())
    spec: Spec = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        return f"<figure><figcaption>{escape(self.title)}</figcaption>{self.svg}</figure>"


def wrap(text: str, width: int = 26) -> str:
    """Break `text` into lines of at most `width` characters, joined by line feeds."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=True)) or text


def require_columns(table: pd.DataFrame, columns: Sequence[str], *, figure: str) -> pd.DataFrame:
    """Check that a table can be drawn and return it with rows numbered from 0.

    Raises
    ------
    InputError
        If the table is empty or lacks one of `columns`.
    """
    lacking = [name for name in columns if name not in table.columns]
    if lacking:
        raise InputError(
            f"the table lacks the columns {', '.join(lacking)}",
            where=f"figure {figure}",
            expected=", ".join(columns),
            hint="pass a table made by coercivity.results or coercivity.experiments",
        )
    if table.empty:
        raise InputError(
            "the table is empty",
            where=f"figure {figure}",
            expected="at least one row",
            hint="leave the figure out where there is nothing to show",
        )
    return table.reset_index(drop=True)


def plain_axis() -> dict[str, Any]:
    """Look shared by all charts: configuration of Vega-Lite."""
    return {
        "font": FONT,
        "background": "white",
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelColor": INK["text"],
            "titleColor": INK["text"],
            "gridColor": INK["grid"],
            "domainColor": INK["quiet"],
            "tickColor": INK["quiet"],
            # Every letter that is measured costs; labels are wrapped here and need no cutting.
            "labelLimit": 0,
        },
        "axisY": {"labelPadding": 6},
        "legend": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 0,
            "symbolStrokeWidth": 2,
            "orient": "bottom",
            "columns": 1,
            "title": None,
        },
        "title": {
            "fontSize": 13,
            "fontWeight": "bold",
            "anchor": "start",
            "color": INK["text"],
            "offset": 6,
        },
        "text": {"fontSize": 12, "color": INK["text"]},
    }


def draw(
    figure_id: str,
    chart: Spec,
    *,
    title: str,
    alt: str,
    table: pd.DataFrame,
    sources: Sequence[str] = (),
) -> Figure:
    """Turn a chart into a figure whose picture is a self-contained SVG element.

    Parameters
    ----------
    figure_id : str
        Name of the figure and prefix of every id in the picture, so that several pictures can
        share a page.
    chart : dict
        A specification of Vega-Lite, without the look shared by all charts.
    title, alt : str
        Put into the picture as its ``title`` and ``desc``.
    table : pandas.DataFrame
        The numbers drawn.
    sources : sequence of str
        Ids the picture rests on.

    Returns
    -------
    Figure
        Same chart, same text: generated names are renumbered and nothing depends on what was
        drawn before.
    """
    import vl_convert

    spec = {**chart, "padding": dict(_PADDING), "config": plain_axis()}
    raw = str(vl_convert.vegalite_to_svg(json.dumps(spec)))
    svg = _embed(raw, figure_id=figure_id, title=title, alt=alt)
    return Figure(figure_id, title, svg, alt, table, tuple(sources), spec)


def _embed(raw: str, *, figure_id: str, title: str, alt: str) -> str:
    """Make ids local and stable, drop fixed sizes, add title and description."""
    head, body = re.match(r"(<svg[^>]*>)(.*)\Z", raw, re.S).groups()  # type: ignore[union-attr]
    names: dict[str, str] = {}
    for name in re.findall(r'\bid="([^"]+)"', body):
        names.setdefault(name, f"{figure_id}-{len(names)}")
    for old, new in names.items():
        body = body.replace(f'id="{old}"', f'id="{new}"').replace(f"#{old})", f"#{new})")
        body = body.replace(f'href="#{old}"', f'href="#{new}"')
    view_box = re.search(r'viewBox="([^"]+)"', head)
    left, top, width, height = (view_box.group(1) if view_box else f"0 0 {WIDTH} {WIDTH}").split()
    # One width for all pictures gives one size of letters on the page.
    box = f"{left} {top} {max(float(width), WIDTH):g} {height}"
    body = body.replace(
        f'<rect width="{width}" height="{height}" fill="white"/>',
        '<rect width="100%" height="100%" fill="white"/>',
        1,
    )
    # Parts of the drawing carry Vega's own roles and labels, in words that name columns; the
    # description says the same better, so they are hidden from readers of the screen.
    body = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", body)
    if "xlink:" in body:
        body = body.replace("xlink:href=", "href=")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" class="figure" role="img" '
        f'aria-labelledby="{figure_id}-title {figure_id}-desc" '
        f'style="width:100%;height:auto;max-width:40rem">'
        f'<title id="{figure_id}-title">{escape(title)}</title>'
        f'<desc id="{figure_id}-desc">{escape(alt)}</desc>{body}'
    )
