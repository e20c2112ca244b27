"""Figures of how far to trust the answer: sensitivity and the record of what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
    stacked,
    time,
    time_axis,
)
from coercivity.figures.panels import PANEL_WIDTH
from coercivity.figures.wording import number_text, percent_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["against_history", "sensitivity_bars"]

_KINDS = ("conflict between sources", "assumption", "other uncertainty")
_SEEN = ("observed, inside the bar", "observed, outside")
_KIND_FILLS = (INK["main"], "white", INK["grid"])


def sensitivity_bars(
    table: pd.DataFrame,
    *,
    outcome: str,
    title: str = "",
    top: int = 10,
    sources: Sequence[str] = (),
) -> Figure:
    """Share of the outcome's variance by quantity, each bar with the values in conflict.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``title, index, low, high, kind, values``: first-order index with its interval,
        the kind of the quantity (``conflict between sources``, ``assumption`` or ``other
        uncertainty``) and the values that sources give, in words; best first.
    outcome : str
        What the shares are of, in words.
    title : str
        Finding; by default the first conflict in the ranking, if its share is not within the
        error of nothing.
    top : int
        Number of bars.
    sources : sequence of str
        Ids the picture rests on.

    Returns
    -------
    Figure
    """
    table = require_columns(
        table, ("title", "index", "low", "high", "kind", "values"), figure="sensitivity"
    )
    data = table.head(top).copy()
    data["label"] = [
        wrap(f"{str(name)[:1].upper()}{str(name)[1:]}", 27)
        + ("\n" + wrap(str(values), 27) if values else "")
        for name, values in zip(data["title"], data["values"], strict=True)
    ]
    data["words"] = [percent_text(value) for value in data["index"]]
    finding = title or _sensitivity_finding(table, outcome)
    chart = _sensitivity_chart(data)
    text = f"Share of the variance of {outcome} by quantity. " + "; ".join(
        f"{row['title']}: {row['words']} ({percent_text(row['low'])} to "
        f"{percent_text(row['high'])}), {row['kind']}"
        + (f", values {row['values']}" if row["values"] else "")
        for _, row in data.iterrows()
    )
    shown = data.drop(columns=["label", "words"])
    return draw("sensitivity", chart, title=finding, alt=text + ".", table=shown, sources=sources)


def _sensitivity_chart(data: pd.DataFrame) -> Spec:
    """Bars with their intervals, the share in words above each."""
    lines = int(data["label"].str.count("\n").max()) + 1
    kinds = [kind for kind in _KINDS if (data["kind"] == kind).any()]
    fills = [_KIND_FILLS[_KINDS.index(kind)] for kind in kinds]
    legend = {"symbolType": "square", "symbolSize": 160}
    bar = {
        "x": field("index", axis={"title": "share of variance", "format": "%", "tickCount": 4}),
        "fill": category("kind", kinds, fills, legend=legend),
    }
    span = {"x": field("low"), "x2": {"field": "high"}}
    words = {"x": {"datum": 0}, "text": field("words", "nominal")}
    return layered(
        records(data, "label", "index", "low", "high", "kind", "words"),
        [
            mark("bar", bar, stroke=INK["main"], strokeWidth=1.5, height=14),
            mark("rule", span, color=INK["second"], strokeWidth=2),
            mark("text", words, align="left", dx=5, dy=-13, fontSize=11),
        ],
        shared={"y": label_axis("label", list(data["label"]), size=11, gap=0.5)},
        width=190,
        height=len(data) * max(36, 14 * lines + 8),
    )


def _sensitivity_finding(table: pd.DataFrame, outcome: str) -> str:
    """Name the conflict that explains most, unless its share may as well be nothing."""
    top, conflicts = table.iloc[0], table[table["kind"] == _KINDS[0]]
    if len(conflicts) and float(conflicts.iloc[0]["low"]) > 0.0:
        first = conflicts.iloc[0]
        return (
            f"Settling the conflict over {first['title']} would narrow {outcome} by about "
            f"{percent_text(first['index'])} of its variance"
        )
    return (
        f"No disagreement between sources clearly matters to {outcome}; {top['title']} explains "
        f"most, {percent_text(top['index'])} of its variance"
    )


def against_history(table: pd.DataFrame, *, title: str = "", sources: Sequence[str] = ()) -> Figure:
    """Draw simulated bands beside what was observed, one panel a series; misses are marked.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``title, unit, date, p05, p50, p95, observed, hit`` (hit is a boolean).
    title : str
        Finding; by default how many observations lie in the band.
    sources : sequence of str
        Ids the picture rests on.

    Returns
    -------
    Figure
    """
    table = require_columns(
        table, ("title", "unit", "date", "p05", "p50", "p95", "observed", "hit"), figure="history"
    )
    data = table.copy()
    data["panel"] = [f"{a}, {b}" for a, b in zip(data["title"], data["unit"], strict=True)]
    inside, total = int(data["hit"].sum()), len(data)
    finding = title or f"{inside} of {total} observations lie inside the simulated 5 to 95 % band"
    parts = [
        f"{panel}: {int(rows['hit'].sum())} of {len(rows)} inside; "
        + ", ".join(
            f"{str(row['date'])[:10]} observed {number_text(row['observed'])}, simulated "
            f"{number_text(row['p05'])} to {number_text(row['p95'])}"
            for _, row in rows.iterrows()
        )
        for panel, rows in data.groupby("panel", sort=False)
    ]
    chart = _panels(data)
    text = f"Simulation beside observation. {'. '.join(parts)}."
    return draw("history", chart, title=finding, alt=text, table=table, sources=sources)


def _panels(data: pd.DataFrame) -> Spec:
    """Panels of simulated spans with observed values: dots inside the span, crosses outside."""
    seen = data.assign(date=day_strings(data["date"]))
    seen["seen as"] = [_SEEN[0] if hit else _SEEN[1] for hit in data["hit"]]
    days = time("date", scale={"domain": _padded(seen["date"])}, axis=time_axis())
    amounts = {"title": None, "tickCount": 3, "labelExpr": AMOUNT_LABELS}
    span = {"y": field("p05", axis=amounts, scale={"zero": True}), "y2": {"field": "p95"}}
    shapes = category("seen as", _SEEN, ["circle", "cross"], legend={"columns": 2})
    layers = [
        mark("rule", span, strokeWidth=9, color=INK["band"]),
        mark(
            "tick",
            {"y": field("p50")},
            thickness=2,
            size=13,
            color=INK["main"],
            orient="horizontal",
        ),
        mark(
            "point",
            {"y": field("observed"), "shape": shapes},
            size=60,
            strokeWidth=2,
            opacity=1,
            filled=False,
            stroke=INK["text"],
        ),
    ]
    return stacked(
        [
            layered(
                records(rows, "date", "p05", "p50", "p95", "observed", "seen as"),
                layers,
                shared={"x": days},
                title=wrap(str(panel), 52),
                width=PANEL_WIDTH,
                height=100,
            )
            for panel, rows in seen.groupby("panel", sort=False)
        ]
    )


def _padded(days: pd.Series) -> list[str]:
    """Domain of the time axis, a fortnight wider than the data on both sides."""
    import pandas as pd

    stamps = pd.to_datetime(days)
    margin = pd.Timedelta(days=14)
    return list(day_strings(pd.Series([stamps.min() - margin, stamps.max() + margin])))
