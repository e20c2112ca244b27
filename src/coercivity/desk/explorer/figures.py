"""The figures of a run: what each shows, drawn from the tables that the run left."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from coercivity.desk.runs.models import RunResult

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.figures import Figure

__all__ = ["FIGURES", "Subject", "drawn", "plain_svg", "rows_shown"]

_BANDS: Final = ("p05", "p50", "p95")
_MOST_LINES: Final = 3
_MOST_PANELS: Final = 5
_MOST_PLACES: Final = 10
_MOST_COVERS: Final = 4

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """One figure.

    Parameters
    ----------
    name, title : str
        Name in the address, words of the link.
    table : str
        Table of the result that it rests on.
    most : int
        Scenarios it can show at once.
    pick : callable
        Takes the table and the chosen scenarios; returns the rows drawn.
    draw : callable
        Takes these rows and the result; returns the figure.
    """

    name: str
    title: str
    table: str
    most: int
    pick: Callable[[pd.DataFrame, Sequence[str], Content], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Content], Figure]


def _of(table: pd.DataFrame, scenarios: Sequence[str]) -> pd.DataFrame:
    return table[table["scenario_id"].isin(list(scenarios))]


def _total(table: pd.DataFrame) -> str:
    """Sector of the last row: the pack's total, where it makes one."""
    return str(table["sector_id"].iloc[-1])


def _pick_lost(table: pd.DataFrame, scenarios: Sequence[str], _: Content) -> pd.DataFrame:
    rows = _of(table, scenarios)
    return rows[rows["sector_id"] == _total(table)] if len(rows) else rows


def _draw_lost(rows: pd.DataFrame, content: Content) -> Figure:
    from coercivity.brief.wording import plural
    from coercivity.figures import scenario_comparison

    unit = f"{plural(str(rows['unit'].iloc[0]))} not made: {rows['sector'].iloc[0]}"
    baseline = content["scenarios"][content["baseline"]]["title"]
    return scenario_comparison(rows[["scenario", *_BANDS]], unit=unit, baseline=baseline)


def _pick_output(table: pd.DataFrame, scenarios: Sequence[str], content: Content) -> pd.DataFrame:
    import pandas as pd

    rows = _of(table, scenarios)
    lost = _of(pd.DataFrame(content["tables"]["lost"]), scenarios)
    lost = lost[lost["sector_id"].isin(set(rows["sector_id"]))]
    worst = lost.groupby("sector_id")["share_p95"].max().sort_values(ascending=False)
    order = {name: rank for rank, name in enumerate(worst.index[:_MOST_PANELS])}
    kept = rows[rows["sector_id"].isin(order)]
    kept = kept.assign(_rank=kept["sector_id"].map(order))
    return kept.sort_values(["_rank"], kind="stable").drop(columns="_rank")


def _draw_output(rows: pd.DataFrame, _: Content) -> Figure:
    from coercivity.figures import output_bands

    return output_bands(rows[["sector", "scenario", "date", *_BANDS]])


def _pick_stops(table: pd.DataFrame, scenarios: Sequence[str], _: Content) -> pd.DataFrame:
    rows = _of(table, scenarios)
    rows = rows[(rows["share_down"] > 0) & rows["p05"].notna()]
    return rows.sort_values(["share_down", "place"], ascending=[False, True]).head(_MOST_PLACES)


def _draw_stops(rows: pd.DataFrame, _: Content) -> Figure:
    from coercivity.figures import line_down_dates

    return line_down_dates(_dated(rows[["place", *_BANDS, "share_down"]]))


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return rows.assign(**{name: pd.to_datetime(rows[name]) for name in _BANDS})


def _pick_cover(table: pd.DataFrame, scenarios: Sequence[str], _: Content) -> pd.DataFrame:
    rows = _of(table, scenarios)
    # The table has the places with the thinnest stocks first.
    places = list(dict.fromkeys(rows["place_id"]))[:_MOST_COVERS]
    return rows[rows["place_id"].isin(places)]


def _draw_cover(rows: pd.DataFrame, _: Content) -> Figure:
    from coercivity.figures import days_of_cover

    return days_of_cover(rows[["place", "scenario", "date", *_BANDS]])


def _pick_flows(table: pd.DataFrame, scenarios: Sequence[str], _: Content) -> pd.DataFrame:
    rows = _of(table, scenarios)
    rows = rows[rows["destination"] != "All"]
    return rows.sort_values(["before", "destination"], ascending=[False, True]).head(8)


def _draw_flows(rows: pd.DataFrame, _: Content) -> Figure:
    from coercivity.figures import supply_flows

    unit = str(rows["unit"].iloc[0])
    return supply_flows(rows[["destination", "before", "after"]], unit=unit)


def _pick_ranking(table: pd.DataFrame, _: Sequence[str], __: Content) -> pd.DataFrame:
    return table.head(10)


def _draw_ranking(rows: pd.DataFrame, _: Content) -> Figure:
    from coercivity.figures import sensitivity_bars

    return sensitivity_bars(
        rows[["title", "index", "low", "high", "kind", "values"]],
        outcome="lost output",
        sources=tuple(rows["quantity"]),
    )


FIGURES: Final[Mapping[str, Subject]] = {
    subject.name: subject
    for subject in (
        Subject("lost", "Scenarios compared", "lost", 20, _pick_lost, _draw_lost),
        Subject("output", "Output over time", "bands", _MOST_LINES, _pick_output, _draw_output),
        Subject("stops", "When lines stop", "stops", 1, _pick_stops, _draw_stops),
        Subject("cover", "Days of cover", "cover", 1, _pick_cover, _draw_cover),
        Subject("flows", "Who gets the exports", "flows", 1, _pick_flows, _draw_flows),
        Subject("ranking", "What matters most", "ranking", 20, _pick_ranking, _draw_ranking),
    )
}
"""Figures by name, in the order in which they are offered."""


def rows_shown(content: Content, name: str, scenarios: Sequence[str]) -> pd.DataFrame:
    """Return the rows that a figure draws; empty where there is nothing to show.

    Parameters
    ----------
    content : mapping
        Result of a run.
    name : str
        A key of :data:`FIGURES`.
    scenarios : sequence of str
        Ids.
    """
    import pandas as pd

    subject = FIGURES[name]
    table = pd.DataFrame(content["tables"][subject.table])
    if not len(table):
        return table
    return subject.pick(table, scenarios, content).reset_index(drop=True)


@lru_cache(maxsize=64)
def drawn(key: str, name: str, scenarios: tuple[str, ...]) -> Figure | None:
    """Return a figure of a run; None where there is nothing to show.

    Parameters
    ----------
    key : str
        Of the result, which never changes.
    name : str
        A key of :data:`FIGURES`.
    scenarios : tuple of str
        Ids.
    """
    content = RunResult.objects.get(pk=key).content
    rows = rows_shown(content, name, scenarios)
    return FIGURES[name].draw(rows, content) if len(rows) else None


def plain_svg(figure: Figure) -> str:
    """Return a figure as a file of its own: with a size, and without a style attribute.

    The content security policy of the desk refuses style attributes also in pictures.
    """
    box = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', figure.svg)
    size = f' width="{box.group(1)}" height="{box.group(2)}"' if box else ""
    head, rest = figure.svg.split(">", 1)
    head = re.sub(r' style="[^"]*"', "", head)
    return f"{head}{size}>{rest}"
