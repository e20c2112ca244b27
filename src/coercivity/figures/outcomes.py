"""Figures of what the simulation says: output, stock, stops, licences, flows, scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coercivity.figures.figure import AMOUNT_LABELS, INK, Figure, render, require_columns, wrap
from coercivity.figures.panels import PanelStyle, band_panels, day_strings, time_axis
from coercivity.figures.wording import (
    day_text,
    join_words,
    number_text,
    percent_text,
    range_text,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "days_of_cover",
    "licence_remaining",
    "line_down_dates",
    "output_bands",
    "scenario_comparison",
    "supply_flows",
]

_BAND = ("date", "p05", "p50", "p95")
_SPAN_NOTE = "Line: median of the members; band: 5 % to 95 %."


def output_bands(table: pd.DataFrame, *, title: str = "", sources: Sequence[str] = ()) -> Figure:
    """Output by sector as a share of the output without controls, one panel a sector.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``sector, scenario, date, p05, p50, p95``; values are shares (1 = as without
        controls); at most three scenarios.
    title : str
        Finding; by default the sector with the deepest median and its day.
    sources : sequence of str
        Ids the picture rests on.

    Returns
    -------
    Figure
    """
    table = require_columns(table, ("sector", "scenario", *_BAND), figure="output-bands")
    lowest = _row_at(table, table["p50"].min())
    finding = title or (
        f"{lowest['sector']} falls furthest: median {percent_text(lowest['p50'])} of normal "
        f"output on {day_text(lowest['date'])} ({lowest['scenario']})"
    )
    parts = [
        f"{sector}: lowest median {percent_text(rows['p50'].min())} on "
        f"{day_text(_row_at(rows, rows['p50'].min())['date'])}"
        for sector, rows in table.groupby("sector", sort=False)
    ]
    alt = f"Output by sector over time as a share of normal. {'; '.join(parts)}. {_SPAN_NOTE}"
    style = PanelStyle(percent=True, reference=1.0, height=78)
    chart = band_panels(table, "sector", "scenario", style=style)
    return _figure("output-bands", finding, alt, chart, table, sources)


def days_of_cover(table: pd.DataFrame, *, title: str = "", sources: Sequence[str] = ()) -> Figure:
    """Days that stocks last, one panel a place.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``place, scenario, date, p05, p50, p95``, in days.
    title, sources
        As in :func:`output_bands`.

    Returns
    -------
    Figure
    """
    table = require_columns(table, ("place", "scenario", *_BAND), figure="days-of-cover")
    thin = [
        f"{place}: median between {range_text(rows['p50'].min(), rows['p50'].max())} days"
        for place, rows in table.groupby("place", sort=False)
    ]
    lowest = _row_at(table, table["p50"].min())
    finding = title or (
        f"Stocks run lowest at {lowest['place']}: {number_text(lowest['p50'])} days of cover in "
        f"the median on {day_text(lowest['date'])}"
    )
    alt = f"Days of cover over time. {'; '.join(thin)}. {_SPAN_NOTE}"
    chart = band_panels(table, "place", "scenario", style=PanelStyle(y_title="days", height=78))
    return _figure("days-of-cover", finding, alt, chart, table, sources)


def licence_remaining(
    table: pd.DataFrame, *, title: str = "", sources: Sequence[str] = ()
) -> Figure:
    """Quantity left under each licence over time, one panel a licence.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``licence, scenario, date, p05, p50, p95, unit``.
    title, sources
        As in :func:`output_bands`.

    Returns
    -------
    Figure
    """
    table = require_columns(
        table, ("licence", "scenario", "unit", *_BAND), figure="licence-remaining"
    )
    last = table[table["date"] == table["date"].max()]
    parts = [
        f"{row['licence']}: {number_text(row['p50'])} {row['unit']} left in the median "
        f"({range_text(row['p05'], row['p95'])})"
        for _, row in last.iterrows()
    ]
    finding = title or (
        f"What the licences still allow on {day_text(table['date'].max())}: "
        f"{number_text(float(last['p50'].sum()))} {last['unit'].iloc[0]} in the median"
    )
    alt = f"Quantity left under each licence. {'; '.join(parts)}. {_SPAN_NOTE}"
    unit = str(table["unit"].iloc[0])
    chart = band_panels(table, "licence", "scenario", style=PanelStyle(y_title=unit, height=70))
    return _figure("licence-remaining", finding, alt, chart, table, sources)


def scenario_comparison(
    table: pd.DataFrame,
    *,
    unit: str,
    baseline: str,
    title: str = "",
    sources: Sequence[str] = (),
) -> Figure:
    """Difference of each scenario from the baseline: median as a dot, 5 to 95 % as a bar.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``scenario, p05, p50, p95``, in `unit`, one row per scenario.
    unit : str
        Unit of the values in words, such as ``vehicles not built``.
    baseline : str
        Title of the scenario all others are compared with.
    title, sources
        As in :func:`output_bands`.

    Returns
    -------
    Figure
    """
    import altair as alt

    table = require_columns(table, ("scenario", "p05", "p50", "p95"), figure="scenarios")
    data = table.copy()
    data["label"] = [wrap(str(name), 22) for name in data["scenario"]]
    data["words"] = [number_text(value) for value in data["p50"]]
    worst = data.iloc[int(data["p50"].abs().to_numpy().argmax())]
    finding = title or (
        f"{worst['scenario']} differs most from {baseline}: {number_text(worst['p50'])} {unit} "
        f"({range_text(worst['p05'], worst['p95'])})"
    )
    parts = [
        f"{row['scenario']}: {number_text(row['p50'])} ({range_text(row['p05'], row['p95'])})"
        for _, row in data.iterrows()
    ]
    base = alt.Chart(data).encode(y=_label_axis("label", list(data["label"])))
    span = base.mark_rule(strokeWidth=5, color=INK["band"], strokeCap="round").encode(
        x=alt.X("p05:Q", axis=alt.Axis(title=unit, tickCount=4, labelExpr=AMOUNT_LABELS)),
        x2="p95:Q",
    )
    dot = base.mark_point(filled=True, size=70, color=INK["main"], opacity=1).encode(x="p50:Q")
    words = base.mark_text(dy=-11, fontSize=12).encode(x="p50:Q", text="words:N")
    zero = (
        alt.Chart(data.head(1).assign(zero=0))
        .mark_rule(strokeDash=[2, 3], color=INK["quiet"])
        .encode(x="zero:Q")
    )
    chart = alt.layer(zero, span, dot, words).properties(width=228, height=46 * len(data))
    text = (
        f"Difference from {baseline}, in {unit}; dot: median, bar: 5 % to 95 % of paired members. "
        + "; ".join(parts)
        + "."
    )
    return _figure("scenarios", finding, text, chart, table, sources)


def line_down_dates(table: pd.DataFrame, *, title: str = "", sources: Sequence[str] = ()) -> Figure:
    """When lines stop: median day as a dot, 5 to 95 % as a bar, share of members that stop.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``place, p05, p50, p95`` (dates; missing where fewer members stop) and
        ``share_down`` (share of members in which the line stops at all).
    title, sources
        As in :func:`output_bands`.

    Returns
    -------
    Figure
    """
    import altair as alt
    import pandas as pd

    table = require_columns(table, ("place", "p05", "p50", "p95", "share_down"), figure="line-down")
    data = table.copy()
    for name in ("p05", "p50", "p95"):
        data[name] = day_strings(data[name])
    data["words"] = data["p50"]
    data["label"] = [
        wrap(str(place), 22) + f"\nstops in {percent_text(share)}"
        for place, share in zip(data["place"], data["share_down"], strict=True)
    ]
    first = data.sort_values(["share_down", "p50"], ascending=[False, True]).iloc[0]
    finding = title or (
        f"{first['place']} stops in {percent_text(first['share_down'])} of the members, in the "
        f"median on {day_text(first['p50'])}"
    )
    alt_text = "First day on which a line stands still. " + "; ".join(
        f"{row['place']}: stops in {percent_text(row['share_down'])} of members"
        + ("" if row["p50"] != row["p50"] else f", median {row['p50']}")
        for _, row in data.iterrows()
    )
    # Where fewer than 95 % of the members stop, the bar has no end: it is dashed to the edge.
    days = pd.to_datetime(table[["p05", "p50", "p95"]].stack())
    edge = (days.max() + pd.Timedelta(days=21)).strftime("%Y-%m-%d")
    data["closed"] = data["p95"].notna()
    data["to"] = data["p95"].fillna(edge).where(data["p05"].notna())
    scale = alt.Scale(type="utc")
    base = alt.Chart(data).encode(y=_label_axis("label", list(data["label"])))
    span = base.mark_rule(strokeWidth=5, color=INK["band"]).encode(
        x=alt.X("p05:T", scale=scale, axis=time_axis("first day without output", 4)),
        x2="to:T",
        strokeDash=alt.StrokeDash(
            "closed:N", scale=alt.Scale(domain=[True, False], range=[[1, 0], [5, 4]]), legend=None
        ),
    )
    dot = base.mark_point(filled=True, size=70, color=INK["main"], opacity=1).encode(
        x=alt.X("p50:T", scale=scale)
    )
    words = base.mark_text(dy=-11, fontSize=12).encode(
        x=alt.X("p50:T", scale=scale), text="words:N"
    )
    chart = alt.layer(span, dot, words).properties(width=228, height=52 * len(data))
    return _figure("line-down", finding, alt_text + ".", chart, table, sources)


def supply_flows(
    table: pd.DataFrame,
    *,
    unit: str,
    title: str = "",
    sources: Sequence[str] = (),
) -> Figure:
    """Supply by destination before and after: two bars a destination, outline and solid.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``destination, before, after``, in `unit`.
    unit : str
        Unit of both, such as ``t/month``.
    title, sources
        As in :func:`output_bands`.

    Returns
    -------
    Figure
    """
    import altair as alt

    table = require_columns(table, ("destination", "before", "after"), figure="flows")
    data = table.copy()
    change = (data["after"] - data["before"]).where(data["before"] > 0)
    data["label"] = [wrap(str(name), 22) for name in data["destination"]]
    worst = data.iloc[int(change.abs().fillna(-1.0).to_numpy().argmax())]
    finding = title or (
        f"Largest change: {worst['destination']}, from {number_text(worst['before'])} to "
        f"{number_text(worst['after'])} {unit}"
    )
    parts = [
        f"{row['destination']} {number_text(row['before'])} to {number_text(row['after'])}"
        for _, row in data.iterrows()
    ]
    long = data.melt(["destination", "label"], ["before", "after"], "when", "value")
    long["words"] = [
        f"{when} {number_text(value)}"
        for when, value in zip(long["when"], long["value"], strict=True)
    ]
    order = ["before", "after"]
    base = alt.Chart(long).encode(
        y=_label_axis("label", list(data["label"])),
        yOffset=alt.YOffset("when:N", sort=order, scale=alt.Scale(paddingInner=0.15)),
        x=alt.X("value:Q", axis=alt.Axis(title=unit, tickCount=4, labelExpr=AMOUNT_LABELS)),
    )
    bars = base.mark_bar(stroke=INK["main"], strokeWidth=1.5).encode(
        fill=alt.Fill(
            "when:N", scale=alt.Scale(domain=order, range=["white", INK["band"]]), legend=None
        )
    )
    words = base.mark_text(align="left", dx=4, fontSize=11).encode(text="words:N")
    reach = float(long["value"].max()) or 1.0
    words = words.encode(x=alt.X("value:Q", scale=alt.Scale(domain=[0, reach * 1.55])))
    chart = alt.layer(bars, words).properties(width=228, height=46 * len(data))
    text = f"Supply by destination before and after, {unit}: {join_words(parts)}."
    return _figure("flows", finding, text, chart, table, sources)


def _row_at(table: pd.DataFrame, median: float) -> Any:
    """Return the first row with this median, or the first row where nothing is a number."""
    found = table[table["p50"] == median]
    return (found if len(found) else table).iloc[0]


def _label_axis(name: str, order: list[str]) -> Any:
    """Category axis whose labels may have several lines, in the order of the table."""
    import altair as alt

    return alt.Y(
        f"{name}:N",
        sort=order,
        axis=alt.Axis(
            title=None,
            labelExpr="split(datum.label, '\\n')",
            labelLimit=1000,
            domain=False,
            ticks=False,
            grid=False,
        ),
    )


def _figure(
    figure_id: str, title: str, alt: str, chart: Any, table: pd.DataFrame, sources: Sequence[str]
) -> Figure:
    svg = render(chart, figure_id=figure_id, title=title, alt=alt)
    return Figure(figure_id, title, svg, alt, table, tuple(sources))
