"""Figures of what was decided: the timeline of events and the controls in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from coercivity.figures.figure import INK, Figure, draw, require_columns, wrap
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
from coercivity.figures.wording import day_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["controls_in_force", "event_timeline"]

_STATUS = ("confirmed", "asserted", "questioned", "denied")
_STATUS_SHAPES = ("circle", "circle", "triangle-up", "cross")
_STATUS_FILLS = (INK["main"], "white", "white", INK["second"])
_STATES = ("in force", "suspended", "unknown", "hypothetical")
_STATE_FILLS = (INK["main"], "white", "white", INK["second_band"])
_STATE_DASHES = ([1, 0], [6, 3], [1, 3], [9, 3, 2, 3])


def event_timeline(table: pd.DataFrame, *, title: str = "", sources: Sequence[str] = ()) -> Figure:
    """Events in order of date, one row each; shape and fill give their status.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``title, earliest, latest`` (dates, inclusive) and ``status`` (``confirmed``,
        ``asserted``, ``questioned`` or ``denied``).
    title : str
        Finding; by default the number of events and the span of their dates.
    sources : sequence of str
        Ids the picture rests on.

    Returns
    -------
    Figure
    """
    table = require_columns(table, ("title", "earliest", "latest", "status"), figure="timeline")
    data = table.sort_values(["earliest", "latest", "title"], kind="stable").copy()
    data["row"] = range(len(data))
    for name in ("earliest", "latest"):
        data[name] = day_strings(data[name])
    data["label"] = [
        wrap(f"{start} {text}", 38)
        for start, text in zip(data["earliest"], data["title"], strict=True)
    ]
    finding = title or (
        f"{len(data)} events between {data['earliest'].min()} and {data['latest'].max()}, "
        f"{int((data['status'] == 'denied').sum())} of them denied"
    )
    text = "Timeline. " + "; ".join(
        f"{row['earliest']}: {row['title']} ({row['status']})" for _, row in data.iterrows()
    )
    chart = _timeline_chart(data)
    return draw("timeline", chart, title=finding, alt=text + ".", table=table, sources=sources)


def _timeline_chart(data: pd.DataFrame) -> Spec:
    """Points by date, a line to the last day they may have; shape and fill by status."""
    lines = int(data["label"].str.count("\n").max()) + 1
    labels = [f"datum.value == {row} ? {text!r}" for row, text in enumerate(data["label"])]
    axis = {
        "title": None,
        "orient": "left",
        "ticks": False,
        "domain": False,
        "grid": True,
        "values": list(range(len(data))),
        "labelExpr": f"split({' : '.join(labels)} : '', '\\n')",
        "labelFontSize": 11,
    }
    reach = {"domain": [-0.6, len(data) - 0.4], "reverse": True, "nice": False, "zero": False}
    states = [name for name in _STATUS if (data["status"] == name).any()]
    chosen = [_STATUS.index(name) for name in states]
    legend = {"columns": 2}
    x = time("earliest", scale={"nice": True}, axis=time_axis(ticks=2))
    point = {
        "x": x,
        "shape": category("status", states, [_STATUS_SHAPES[i] for i in chosen], legend=legend),
        "fill": category("status", states, [_STATUS_FILLS[i] for i in chosen], legend=legend),
    }
    return layered(
        records(data, "row", "earliest", "latest", "status"),
        [
            mark("rule", {"x": x, "x2": {"field": "latest"}}, strokeWidth=2, color=INK["quiet"]),
            mark("point", point, size=70, strokeWidth=1.5, opacity=1, stroke=INK["main"]),
        ],
        shared={"y": field("row", axis=axis, scale=reach)},
        width=120,
        height=len(data) * max(22, 14 * lines + 4),
    )


def controls_in_force(
    table: pd.DataFrame,
    *,
    start: date,
    end: date,
    as_of: date | None = None,
    title: str = "",
    sources: Sequence[str] = (),
) -> Figure:
    """Bars of when each control is in force, suspended, or of unknown state.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``control, state, start, end``; state is ``in force``, ``suspended``, ``unknown``
        or ``hypothetical``; a missing start or end is open.
    start, end : date
        Span drawn; bars are cut to it.
    as_of : date, optional
        Date of knowledge, drawn as a dashed line.
    title, sources
        As in :func:`event_timeline`.

    Returns
    -------
    Figure
    """
    table = require_columns(table, ("control", "state", "start", "end"), figure="controls")
    data = _cut(table, start, end)
    data = require_columns(data, ("control", "state", "start", "end"), figure="controls")
    data["label"] = [wrap(str(name), 24) for name in data["control"]]
    day = as_of or start
    holds = data[(data["first"] <= day) & (data["last"] > day)]
    finding = title or (
        f"On {day_text(day)} {int((holds['state'] == 'in force').sum())} of "
        f"{data['control'].nunique()} controls are in force, "
        f"{int((holds['state'] == 'suspended').sum())} suspended and "
        f"{int((holds['state'] == 'unknown').sum())} of unknown state"
    )
    chart = _controls_chart(data, start, end, as_of=as_of)
    text = "Controls over time. " + "; ".join(
        f"{row['control']}: {row['state']} from {day_text(row['first'])} to {day_text(row['last'])}"
        for _, row in data.iterrows()
    )
    return draw("controls", chart, title=finding, alt=text + ".", table=table, sources=sources)


def _controls_chart(data: pd.DataFrame, start: date, end: date, *, as_of: date | None) -> Spec:
    """Bars by state, told apart by fill and by dash, and a rule on the date of knowledge."""
    labels = list(dict.fromkeys(data["label"]))
    scale = {"domain": [start.isoformat(), end.isoformat()]}
    states = [name for name in _STATES if (data["state"] == name).any()]
    chosen = [_STATES.index(name) for name in states]
    legend = {"columns": 2, "symbolType": "square", "symbolSize": 160}
    bar = {
        "y": label_axis("label", labels, size=11, gap=0.45),
        "x": time("start", scale=scale, axis=time_axis(ticks=4)),
        "x2": {"field": "end"},
        "fill": category("state", states, [_STATE_FILLS[i] for i in chosen], legend=legend),
        "strokeDash": category("state", states, [_STATE_DASHES[i] for i in chosen], legend=legend),
    }
    layers = [mark("bar", bar, strokeWidth=1.5, stroke=INK["text"])]
    if as_of is not None and start <= as_of < end:
        day = [{"day": as_of.isoformat(), "text": f"as of {as_of.isoformat()}"}]
        x = {"x": time("day", scale=scale)}
        text = {**x, "text": field("text", "nominal")}
        line = {"strokeDash": [4, 3], "color": INK["second"], "strokeWidth": 1.5}
        layers += [
            mark("rule", x, data=day, **line),
            mark("text", text, data=day, align="left", dx=3, y=-6, fontSize=11),
        ]
    return layered(
        records(data, "label", "state", "start", "end"),
        layers,
        width=220,
        height=row_height(labels, 44, size=11) * len(labels),
    )


def _cut(table: pd.DataFrame, start: date, end: date) -> pd.DataFrame:
    """Cut the bars to the span drawn; drop those outside."""
    import pandas as pd

    data = table.copy()
    first = [
        max(start, start if pd.isna(day) else pd.Timestamp(day).date()) for day in data["start"]
    ]
    last = [min(end, end if pd.isna(day) else pd.Timestamp(day).date()) for day in data["end"]]
    data["first"], data["last"] = first, last
    data = data[[a < b for a, b in zip(first, last, strict=True)]].copy()
    data["start"] = [day.isoformat() for day in data["first"]]
    data["end"] = [day.isoformat() for day in data["last"]]
    return data
