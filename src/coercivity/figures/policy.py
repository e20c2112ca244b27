"""Figures of what was decided: the timeline of events and the controls in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from coercivity.figures.figure import INK, Figure, render, require_columns, wrap
from coercivity.figures.panels import day_strings, time_axis
from coercivity.figures.wording import day_text

if TYPE_CHECKING:
    import altair as alt
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
    import altair as alt

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
    lines = data["label"].str.count("\n").max() + 1
    labels = dict(zip(data["row"].astype(str), data["label"], strict=True))
    expression = " : ".join(f"datum.value == {row} ? {text!r}" for row, text in labels.items())
    axis = alt.Axis(
        title=None,
        orient="left",
        ticks=False,
        domain=False,
        grid=True,
        values=list(data["row"]),
        labelExpr=f"split({expression} : '', '\\n')",
        labelFontSize=11,
    )
    y = alt.Y(
        "row:Q",
        axis=axis,
        scale=alt.Scale(domain=[-0.6, len(data) - 0.4], reverse=True, nice=False, zero=False),
    )
    x = alt.X("earliest:T", scale=alt.Scale(type="utc", nice=True), axis=time_axis(ticks=2))
    base = alt.Chart(data).encode(y=y)
    span = base.mark_rule(strokeWidth=2, color=INK["quiet"]).encode(x=x, x2="latest:T")
    domain = [name for name in _STATUS if (data["status"] == name).any()]
    chosen = [_STATUS.index(name) for name in domain]
    legend = alt.Legend(columns=2)
    points = base.mark_point(size=70, strokeWidth=1.5, opacity=1, stroke=INK["main"]).encode(
        x=x,
        shape=alt.Shape(
            "status:N",
            legend=legend,
            scale=alt.Scale(domain=domain, range=[_STATUS_SHAPES[i] for i in chosen]),
        ),
        fill=alt.Fill(
            "status:N",
            legend=legend,
            scale=alt.Scale(domain=domain, range=[_STATUS_FILLS[i] for i in chosen]),
        ),
    )
    chart = alt.layer(span, points).properties(
        width=120, height=len(data) * max(22, 14 * int(lines) + 4)
    )
    text = "Timeline. " + "; ".join(
        f"{row['earliest']}: {row['title']} ({row['status']})" for _, row in data.iterrows()
    )
    svg = render(chart, figure_id="timeline", title=finding, alt=text + ".")
    return Figure("timeline", finding, svg, text + ".", table, tuple(sources))


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
    svg = render(chart, figure_id="controls", title=finding, alt=text + ".")
    return Figure("controls", finding, svg, text + ".", table, tuple(sources))


def _controls_chart(
    data: pd.DataFrame, start: date, end: date, *, as_of: date | None
) -> alt.LayerChart | alt.FacetChart:
    """Bars by state, told apart by fill and by dash, and a rule on the date of knowledge."""
    import altair as alt
    import pandas as pd

    order = list(dict.fromkeys(data["label"]))
    y = alt.Y(
        "label:N",
        sort=order,
        scale=alt.Scale(paddingInner=0.45),
        axis=alt.Axis(
            title=None,
            labelExpr="split(datum.label, '\\n')",
            domain=False,
            ticks=False,
            grid=False,
            labelFontSize=11,
        ),
    )
    scale = alt.Scale(type="utc", domain=[start.isoformat(), end.isoformat()])
    states = [name for name in _STATES if (data["state"] == name).any()]
    chosen = [_STATES.index(name) for name in states]
    legend = alt.Legend(columns=2, symbolType="square", symbolSize=160)
    bars = (
        alt.Chart(data.drop(columns=["first", "last"]))
        .mark_bar(strokeWidth=1.5, stroke=INK["text"])
        .encode(
            y=y,
            x=alt.X("start:T", scale=scale, axis=time_axis(ticks=4)),
            x2="end:T",
            fill=alt.Fill(
                "state:N",
                legend=legend,
                scale=alt.Scale(domain=states, range=[_STATE_FILLS[i] for i in chosen]),
            ),
            strokeDash=alt.StrokeDash(
                "state:N",
                legend=legend,
                scale=alt.Scale(domain=states, range=[_STATE_DASHES[i] for i in chosen]),
            ),
        )
    )
    layers = [bars]
    if as_of is not None and start <= as_of < end:
        mark = pd.DataFrame({"day": [as_of.isoformat()], "text": [f"as of {as_of.isoformat()}"]})
        rule = alt.Chart(mark).mark_rule(strokeDash=[4, 3], color=INK["second"], strokeWidth=1.5)
        words = alt.Chart(mark).mark_text(align="left", dx=3, y=-6, fontSize=11)
        layers += [
            rule.encode(x=alt.X("day:T", scale=scale)),
            words.encode(x=alt.X("day:T", scale=scale), text="text:N"),
        ]
    return alt.layer(*layers).properties(width=220, height=44 * len(order))


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
