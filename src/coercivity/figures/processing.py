"""Figure of the wait for a decision, beside the time the law sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coercivity.figures.figure import INK, Figure, draw, require_columns, wrap
from coercivity.figures.grammar import Spec, field, layered, mark, records, stacked
from coercivity.figures.panels import PANEL_WIDTH
from coercivity.figures.wording import percent_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["waiting_times"]

_COLUMNS = ("panel", "working_days", "p05", "p50", "p95")


def waiting_times(
    table: pd.DataFrame,
    *,
    statutory: float,
    title: str = "",
    sources: Sequence[str] = (),
) -> Figure:
    """Share of applications approved so many working days after they were made.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``panel, working_days, p05, p50, p95``: applicants in words, working days since
        applying, and the share approved by then, 0 to 1. It must hold the statutory time.
    statutory : float
        Time the law sets for a decision, in working days.
    title : str
        Finding; by default what was approved in the statutory time.
    sources : sequence of str
        Ids the picture rests on.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If a column is missing or the table is empty.
    """
    table = require_columns(table, _COLUMNS, figure="waiting_times")
    at_limit = table[table["working_days"] == statutory]
    parts = [
        f"{row['panel']}: {percent_text(row['p50'])} approved within {statutory:g} working days "
        f"({percent_text(row['p05'])} to {percent_text(row['p95'])})"
        for _, row in at_limit.iterrows()
    ]
    finding = title or f"The law gives {statutory:g} working days; the counts say otherwise"
    text = "Share of applications approved by working days since applying. " + "; ".join(parts)
    chart = stacked(
        [_panel(str(name), rows, statutory) for name, rows in table.groupby("panel", sort=False)]
    )
    return draw("waiting_times", chart, title=finding, alt=text + ".", table=table, sources=sources)


def _panel(name: str, rows: pd.DataFrame, statutory: float) -> Spec:
    share = {"title": None, "format": "%", "tickCount": 4}
    band = {
        "y": field("p05", axis=share, scale={"domain": [0, 1]}),
        "y2": {"field": "p95"},
    }
    at_limit = [{"working_days": statutory, "top": 1.0, "words": f"statutory {statutory:g}"}]
    words = {"y": field("top"), "text": field("words", "nominal")}
    return layered(
        records(rows, "working_days", "p05", "p50", "p95"),
        [
            mark("area", band, color=INK["band"]),
            mark("line", {"y": field("p50")}, color=INK["main"]),
            mark("rule", {}, data=at_limit, color=INK["second"], strokeDash=[7, 3]),
            mark("text", words, data=at_limit, align="left", dx=5, dy=8, fontSize=11),
        ],
        shared={"x": field("working_days", axis={"title": "working days since applying"})},
        title=wrap(name, 52),
        width=PANEL_WIDTH,
        height=110,
    )
