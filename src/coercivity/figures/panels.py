"""Small multiples of bands over time: the shape most outcomes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coercivity.figures.figure import AMOUNT_LABELS, DASHES, INK, wrap
from coercivity.figures.grammar import (
    Spec,
    category,
    day_strings,
    field,
    layered,
    mark,
    records,
    stacked,
    time,
    time_axis,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PANEL_WIDTH", "PanelStyle", "band_panels", "line_key"]

PANEL_WIDTH = 330
"""Width of the drawn part of a panel; the axis takes the rest."""

_LINES = (INK["main"], INK["second"], INK["third"])
_BANDS = (INK["band"], INK["second_band"], INK["grid"])


@dataclass(frozen=True)
class PanelStyle:
    """How panels are drawn.

    Parameters
    ----------
    y_title : str
        Axis title with its unit.
    percent : bool
        Values are shares, shown as percentages.
    reference : float or None
        Height of a dashed horizontal line.
    height : int
        Height of one panel, in units of the picture.
    thin_days : int
        Only every n-th day is drawn; the last one always is.
    """

    y_title: str = ""
    percent: bool = False
    reference: float | None = None
    height: int = 84
    thin_days: int = 7


def _thinned(table: pd.DataFrame, days: int) -> pd.DataFrame:
    import pandas as pd

    stamps = pd.to_datetime(table["date"])
    offset = (stamps - stamps.min()).dt.days
    return table[(offset % days == 0) | (stamps == stamps.max())]


def band_panels(table: pd.DataFrame, panel: str, series: str, *, style: PanelStyle) -> Spec:
    """Draw one panel per value of `panel`: median as line, 5 to 95 % as band.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `panel`, `series`, ``date, p05, p50, p95``.
    panel, series : str
        Columns that name the panel and the line; at most three lines.
    style : PanelStyle
        How panels are drawn.

    Returns
    -------
    dict
        A specification of Vega-Lite.
    """
    thinned = _thinned(table, style.thin_days)
    data = thinned.assign(date=day_strings(thinned["date"]))
    names = list(dict.fromkeys(data[series]))
    charts = [line_key(names)] if len(names) > 1 else []
    layers = _layers(series, names, style)
    for value, rows in data.groupby(panel, sort=False):
        charts.append(
            layered(
                records(rows, series, "date", "p05", "p50", "p95"),
                layers,
                title=wrap(str(value), 52),
                width=PANEL_WIDTH,
                height=style.height,
            )
        )
    return stacked(charts)


def line_key(names: list[str]) -> Spec:
    """Explain the dashes: one sample of each line with its name.

    Parameters
    ----------
    names : list of str
        Names of the lines, at most three.

    Returns
    -------
    dict
        A specification of Vega-Lite.
    """
    shown = [wrap(name, 48) for name in names]
    rows = [{"name": name, "x": 0.0, "x2": 0.13, "x3": 0.16} for name in shown]
    scale = {"domain": [0, 1]}
    sample = {
        "x": field("x", scale=scale, axis=None),
        "x2": {"field": "x2"},
        "stroke": category("name", shown, _LINES),
        "strokeDash": category("name", shown, DASHES),
    }
    words = {"x": field("x3", scale=scale, axis=None), "text": field("name", "nominal")}
    return layered(
        rows,
        [
            mark("rule", sample, strokeWidth=2),
            mark("text", words, align="left", lineBreak="\n"),
        ],
        shared={"y": field("name", "nominal", sort=shown, axis=None)},
        width=PANEL_WIDTH,
        height=18 * sum(name.count("\n") + 1 for name in shown),
    )


def _layers(series: str, names: list[str], style: PanelStyle) -> list[Spec]:
    """Band and median of one panel, and the line they are compared with."""
    labels = {"format": "%"} if style.percent else {"labelExpr": AMOUNT_LABELS}
    axis = {"title": style.y_title or None, "tickCount": 3, **labels}
    days = time("date", axis=time_axis())
    area = {
        "x": days,
        "y": field("p05", axis=axis, scale={"zero": True}),
        "y2": {"field": "p95"},
        "fill": category(series, names, _BANDS),
    }
    line = {
        "x": days,
        "y": field("p50", axis=axis),
        "stroke": category(series, names, _LINES),
        "strokeDash": category(series, names, DASHES),
    }
    layers = [mark("area", area, opacity=0.55), mark("line", line, strokeWidth=2)]
    if style.reference is not None:
        level = [{"y": style.reference}]
        layers.append(
            mark("rule", {"y": field("y")}, data=level, strokeDash=[2, 3], color=INK["quiet"])
        )
    return layers
