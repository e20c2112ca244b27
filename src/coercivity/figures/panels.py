"""Small multiples of bands over time: the shape most outcomes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coercivity.figures.figure import AMOUNT_LABELS, DASHES, INK, wrap

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PANEL_WIDTH", "PanelStyle", "band_panels", "day_strings", "line_key", "time_axis"]

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
        Axis title with its unit, put above each panel once.
    percent : bool
        Values are shares, shown as percentages.
    reference : float or None
        Height of a dashed horizontal line, with `reference_label` beside it.
    reference_label : str
    height : int
        Height of one panel, in units of the picture.
    thin_days : int
        Only every n-th day is drawn; the last one always is.
    """

    y_title: str = ""
    percent: bool = False
    reference: float | None = None
    reference_label: str = ""
    height: int = 84
    thin_days: int = 7


def day_strings(days: pd.Series) -> pd.Series:
    """Return dates as ISO text, which Vega reads as midnight UTC wherever it runs."""
    import pandas as pd

    return pd.to_datetime(days).dt.strftime("%Y-%m-%d")


def time_axis(title: str | None = None, ticks: int = 6) -> Any:
    """Return a time axis in months, free of the time zone of the machine."""
    import altair as alt

    return alt.Axis(title=title, format="%b %y", tickCount=ticks, labelOverlap="greedy")


def _thinned(table: pd.DataFrame, days: int) -> pd.DataFrame:
    import pandas as pd

    stamps = pd.to_datetime(table["date"])
    offset = (stamps - stamps.min()).dt.days
    return table[(offset % days == 0) | (stamps == stamps.max())]


def band_panels(table: pd.DataFrame, panel: str, series: str, *, style: PanelStyle) -> Any:
    """Draw one panel per value of `panel`: median as line, 5 to 95 % as band.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `panel`, `series`, ``date, p05, p50, p95``.
    panel, series : str
        Columns that name the panel and the line; at most three lines.
    style : PanelStyle

    Returns
    -------
    altair chart
    """
    import altair as alt

    data = _thinned(table, style.thin_days).copy()
    data["date"] = day_strings(data["date"])
    names = list(dict.fromkeys(data[series]))
    charts = [line_key(names)] if len(names) > 1 else []
    for value in dict.fromkeys(data[panel]):
        rows = data[data[panel] == value]
        charts.append(
            alt.layer(*_layers(rows, series, names, style)).properties(
                title=wrap(str(value), 52).split("\n"), width=PANEL_WIDTH, height=style.height
            )
        )
    return alt.vconcat(*charts, spacing=12)


def line_key(names: list[str]) -> Any:
    """Explain the dashes: one sample of each line with its name."""
    import altair as alt
    import pandas as pd

    rows = pd.DataFrame(
        {"name": [wrap(name, 48) for name in names], "x": 0.0, "x2": 0.13, "x3": 0.16}
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=list(rows["name"]), axis=None),
    )
    scale = alt.Scale(domain=[0, 1])
    sample = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("x:Q", scale=scale, axis=None),
        x2="x2:Q",
        stroke=_by_name("name", list(rows["name"]), list(_LINES), alt.Stroke),
        strokeDash=_by_name("name", list(rows["name"]), list(DASHES), alt.StrokeDash),
    )
    words = base.mark_text(align="left", lineBreak="\n").encode(
        x=alt.X("x3:Q", scale=scale, axis=None), text="name:N"
    )
    lines = sum(name.count("\n") + 1 for name in rows["name"])
    return alt.layer(sample, words).properties(width=PANEL_WIDTH, height=18 * lines)


def _by_name(field: str, names: list[str], choices: list[Any], channel: Any) -> Any:
    import altair as alt

    return channel(
        f"{field}:N", scale=alt.Scale(domain=names, range=choices[: len(names)]), legend=None
    )


def _layers(rows: pd.DataFrame, series: str, names: list[str], style: PanelStyle) -> list[Any]:
    import altair as alt

    labels: dict[str, Any] = {"format": "%"} if style.percent else {"labelExpr": AMOUNT_LABELS}
    axis = alt.Axis(title=style.y_title or None, tickCount=3, **labels)
    base = alt.Chart(rows).encode(x=alt.X("date:T", scale=alt.Scale(type="utc"), axis=time_axis()))
    area = base.mark_area(opacity=0.55).encode(
        y=alt.Y("p05:Q", axis=axis, scale=alt.Scale(zero=True)),
        y2="p95:Q",
        fill=_by_name(series, names, list(_BANDS), alt.Fill),
    )
    line = base.mark_line(strokeWidth=2).encode(
        y=alt.Y("p50:Q", axis=axis),
        stroke=_by_name(series, names, list(_LINES), alt.Stroke),
        strokeDash=_by_name(series, names, list(DASHES), alt.StrokeDash),
    )
    layers: list[Any] = [area, line]
    if style.reference is not None:
        layers.append(_reference(rows, style))
    return layers


def _reference(rows: pd.DataFrame, style: PanelStyle) -> Any:
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame(
        {"y": [style.reference], "text": [style.reference_label], "date": [rows["date"].min()]}
    )
    rule = alt.Chart(frame).mark_rule(strokeDash=[2, 3], color=INK["quiet"]).encode(y="y:Q")
    if not style.reference_label:
        return rule
    label = (
        alt.Chart(frame)
        .mark_text(align="left", baseline="bottom", dx=2, dy=-2, fontSize=11, color=INK["quiet"])
        .encode(x=alt.X("date:T", scale=alt.Scale(type="utc")), y="y:Q", text="text:N")
    )
    return alt.layer(rule, label)
