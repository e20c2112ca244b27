"""Figures of what the simulation says: output, stock, stops, licences, flows, scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coercivity.figures.figure import AMOUNT_LABELS, INK, Figure, draw, require_columns, wrap
from coercivity.figures.grammar import (
    Spec,
    category,
    day_strings,
    field,
    label_axis,
    layered,
    mark,
    records,
    row_height,
    time,
    time_axis,
)
from coercivity.figures.panels import PanelStyle, band_panels
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
_CHART_WIDTH = 228
_ROW = 46
_STOP_ROW = 52
_OPEN_DAYS = 21
_TIMES = ("before", "after")
_DOT: dict[str, Any] = {"filled": True, "size": 70, "color": INK["main"], "opacity": 1}
_ABOVE: dict[str, Any] = {"dy": -11, "fontSize": 12}
_HAIRLINE: dict[str, Any] = {"strokeDash": [2, 3], "color": INK["quiet"]}
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
    return draw("output-bands", chart, title=finding, alt=alt, table=table, sources=sources)


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
    return draw("days-of-cover", chart, title=finding, alt=alt, table=table, sources=sources)


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
    return draw("licence-remaining", chart, title=finding, alt=alt, table=table, sources=sources)


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
        Unit of the values in words, such as ``tonnes not made``.
    baseline : str
        Title of the scenario all others are compared with.
    title, sources
        As in :func:`output_bands`.

    Returns
    -------
    Figure
    """
    table = require_columns(table, ("scenario", "p05", "p50", "p95"), figure="scenarios")
    worst = table.iloc[int(table["p50"].abs().to_numpy().argmax())]
    finding = title or (
        f"{worst['scenario']} differs most from {baseline}: {number_text(worst['p50'])} {unit} "
        f"({range_text(worst['p05'], worst['p95'])})"
    )
    parts = [
        f"{row['scenario']}: {number_text(row['p50'])} ({range_text(row['p05'], row['p95'])})"
        for _, row in table.iterrows()
    ]
    text = (
        f"Difference from {baseline}, in {unit}; dot: median, bar: 5 % to 95 % of paired members. "
        + "; ".join(parts)
        + "."
    )
    chart = _comparison_chart(table, unit)
    return draw("scenarios", chart, title=finding, alt=text, table=table, sources=sources)


def _comparison_chart(table: pd.DataFrame, unit: str) -> Spec:
    """Spans and medians of differences, their amount above, and a line at nothing."""
    labels = [wrap(str(name), 22) for name in table["scenario"]]
    words = [number_text(value) for value in table["p50"]]
    data = records(table.assign(label=labels, words=words), "label", "words", *_BAND[1:])
    y = label_axis("label", labels)
    axis = {"title": unit, "tickCount": 4, "labelExpr": AMOUNT_LABELS}
    span = {"y": y, "x": field("p05", axis=axis), "x2": {"field": "p95"}}
    middle = {"y": y, "x": field("p50")}
    return layered(
        data,
        [
            mark("rule", {"x": field("zero")}, data=[{"zero": 0}], **_HAIRLINE),
            mark("rule", span, strokeWidth=5, color=INK["band"], strokeCap="round"),
            mark("point", middle, **_DOT),
            mark("text", {**middle, "text": field("words", "nominal")}, **_ABOVE),
        ],
        width=_CHART_WIDTH,
        height=row_height(labels, _ROW) * len(data),
    )


def line_down_dates(
    table: pd.DataFrame,
    *,
    title: str = "",
    sources: Sequence[str] = (),
    what: str = "a line stands still",
) -> Figure:
    """When lines stop: median day as a dot, 5 to 95 % as a bar, share of members that stop.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``place, p05, p50, p95`` (dates; missing where fewer members stop) and
        ``share_down`` (share of members in which the line stops at all).
    title, sources
        As in :func:`output_bands`.
    what : str
        What happens on the day, as a clause.

    Returns
    -------
    Figure
    """
    table = require_columns(table, ("place", "p05", "p50", "p95", "share_down"), figure="line-down")
    data = table.assign(**{name: day_strings(table[name]) for name in _BAND[1:]})
    first = data.sort_values(["share_down", "p50"], ascending=[False, True]).iloc[0]
    finding = title or (
        f"{first['place']} stops in {percent_text(first['share_down'])} of the members, in the "
        f"median on {day_text(first['p50'])}"
    )
    text = f"First day on which {what}. " + "; ".join(
        f"{row['place']}: stops in {percent_text(row['share_down'])} of members"
        + ("" if row["p50"] != row["p50"] else f", median {row['p50']}")
        for _, row in data.iterrows()
    )
    chart = _stop_chart(data, edge=_edge(table))
    return draw("line-down", chart, title=finding, alt=text + ".", table=table, sources=sources)


def _edge(table: pd.DataFrame) -> str:
    """Return the right edge of the chart of stops, some weeks after the last day told."""
    import pandas as pd

    days = pd.to_datetime(table[list(_BAND[1:])].stack())
    return str((days.max() + pd.Timedelta(days=_OPEN_DAYS)).strftime("%Y-%m-%d"))


def _stop_chart(data: pd.DataFrame, *, edge: str) -> Spec:
    """Spans of days; where fewer than 95 % of the members stop, dashed to the edge."""
    labels = [
        wrap(str(place), 22) + f"\nstops in {percent_text(share)}"
        for place, share in zip(data["place"], data["share_down"], strict=True)
    ]
    data = data.assign(
        label=labels,
        words=data["p50"],
        closed=data["p95"].notna(),
        to=data["p95"].fillna(edge).where(data["p05"].notna()),
    )
    y = label_axis("label", labels)
    span = {
        "y": y,
        "x": time("p05", axis=time_axis("first day without output", 4)),
        "x2": {"field": "to"},
        "strokeDash": category("closed", [True, False], [[1, 0], [5, 4]]),
    }
    middle = {"y": y, "x": time("p50")}
    return layered(
        records(data, "label", "words", "p05", "p50", "to", "closed"),
        [
            mark("rule", span, strokeWidth=5, color=INK["band"]),
            mark("point", middle, **_DOT),
            mark("text", {**middle, "text": field("words", "nominal")}, **_ABOVE),
        ],
        width=_CHART_WIDTH,
        height=row_height(labels, _STOP_ROW) * len(data),
    )


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
    table = require_columns(table, ("destination", "before", "after"), figure="flows")
    change = (table["after"] - table["before"]).where(table["before"] > 0)
    worst = table.iloc[int(change.abs().fillna(-1.0).to_numpy().argmax())]
    finding = title or (
        f"Largest change: {worst['destination']}, from {number_text(worst['before'])} to "
        f"{number_text(worst['after'])} {unit}"
    )
    parts = [
        f"{row['destination']} {number_text(row['before'])} to {number_text(row['after'])}"
        for _, row in table.iterrows()
    ]
    text = f"Supply by destination before and after, {unit}: {join_words(parts)}."
    chart = _flow_chart(table, unit)
    return draw("flows", chart, title=finding, alt=text, table=table, sources=sources)


def _flow_chart(table: pd.DataFrame, unit: str) -> Spec:
    """Two bars a destination, with their amount beside them."""
    labels = [wrap(str(name), 22) for name in table["destination"]]
    long = table.assign(label=labels).melt("label", list(_TIMES), "when", "value")
    words = [
        f"{when} {number_text(value)}"
        for when, value in zip(long["when"], long["value"], strict=True)
    ]
    # Room for the words beside the longest bar.
    reach = (float(long["value"].max()) or 1.0) * 1.55
    axis = {"title": unit, "tickCount": 4, "labelExpr": AMOUNT_LABELS}
    shared = {
        "y": label_axis("label", labels),
        "yOffset": field("when", "nominal", sort=list(_TIMES), scale={"paddingInner": 0.15}),
        "x": field("value", axis=axis, scale={"domain": [0, reach], "nice": True}),
    }
    fill = category("when", _TIMES, ["white", INK["band"]])
    text = field("words", "nominal")
    return layered(
        records(long.assign(words=words), "label", "when", "value", "words"),
        [
            mark("bar", {"fill": fill}, stroke=INK["main"], strokeWidth=1.5),
            mark("text", {"text": text}, align="left", dx=4, fontSize=11),
        ],
        shared=shared,
        width=_CHART_WIDTH,
        height=row_height(labels, _ROW) * len(table),
    )


def _row_at(table: pd.DataFrame, median: float) -> Any:
    """Return the first row with this median, or the first row where nothing is a number."""
    found = table[table["p50"] == median]
    return (found if len(found) else table).iloc[0]
