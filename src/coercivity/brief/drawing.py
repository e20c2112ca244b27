"""Choose what is drawn, and hand it to the figures room."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from coercivity.brief.phrases import Phrases
from coercivity.brief.wording import settled, smallest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd

    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.figures import Figure

_MOST_PANELS: Final = 5
_MOST_LINES: Final = 8
_MOST_COVERS: Final = 4
_SHOWN_LOSS: Final = 0.01
_PHASES: Final = {"in_force": "in force", "suspended": "suspended", "unknown": "unknown"}


def draw_evidence(evidence: Evidence, *, start: date, end: date) -> dict[str, Figure]:
    """Draw what needs no simulation, so that it can be drawn before or beside one.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    start, end : datetime.date
        First and last day shown.

    Returns
    -------
    dict of str to Figure
        Pictures by id.
    """
    return {figure.id: figure for figure in _controls(evidence, start, end)}


def draw_figures(evidence: Evidence, findings: Findings, phrases: Phrases) -> Findings:
    """Draw what there is to draw and has not been drawn before the simulation.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        Tables of the simulation; pictures that it holds, such as those of
        :func:`draw_evidence`, are kept.
    phrases : Phrases
        What is counted.

    Returns
    -------
    Findings
        The same, with pictures by id.
    """
    known = dict(findings.figures)
    if "controls" not in known:
        known |= draw_evidence(evidence, start=findings.start, end=findings.end)
    drawn = {
        figure.id: figure
        for figure in (
            *_outputs(findings, phrases),
            *_stops(findings, phrases),
            *_cover(findings),
            *_scenarios(findings, phrases),
            *_flows(evidence, findings, phrases),
            *_sensitivity(findings),
            *_history(findings),
        )
    }
    return replace(findings, figures={**known, **drawn})


def _controls(evidence: Evidence, first: date, last: date) -> Iterator[Figure]:
    """Bars of the measures that decide, or may decide, what the pack asks."""
    import pandas as pd

    from coercivity.figures import controls_in_force

    wanted: dict[str, str] = {}
    for asked in evidence.determinations:
        for step in asked.found.trace:
            if step.matched is not False:
                article = f", {step.article}" if step.article else ""
                wanted.setdefault(step.measure, f"{step.number or step.title}{article}")
    rows = [
        row
        for measure, label in wanted.items()
        for row in _spans(evidence, first, last, measure, label)
    ]
    if rows:
        instruments = {evidence.register.measure(name).instrument: None for name in wanted}
        yield controls_in_force(
            pd.DataFrame(rows),
            start=first,
            end=last,
            as_of=evidence.as_of,
            sources=tuple(instruments),
        )


def _spans(
    evidence: Evidence, first: date, last: date, measure: str, label: str
) -> Iterator[dict[str, Any]]:
    """Stretches of one state of one measure, as known on the day of the brief."""
    register, known = evidence.register, evidence.as_of
    days = register.change_dates(first, last, known_at=known, measures=[measure])
    edges = [first, *days, last]
    open_row: dict[str, Any] | None = None
    for start, end in pairwise(edges):
        phase = register.standing(register.measure(measure), start, known_at=known).phase.value
        state = _PHASES.get(phase)
        if open_row is not None and state == open_row["state"]:
            open_row["end"] = end
            continue
        if open_row is not None:
            yield open_row
        open_row = None
        if state is not None:
            open_row = {"control": label, "state": state, "start": start, "end": end}
    if open_row is not None:
        yield open_row


def _reference_rows(findings: Findings, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(findings.against_baseline, name)
    if not len(frame):
        return frame
    return frame[frame["scenario_id"] == findings.reference]


def _outputs(findings: Findings, phrases: Phrases) -> Iterator[Figure]:
    """Output over time of the industries that lose most, with the hardest scenario beside."""
    from coercivity.figures import output_bands

    lost = findings.against_baseline.lost
    if not len(lost):
        return
    own = _reference_rows(findings, "lost").sort_values("share_p95", ascending=False)
    if phrases.is_summed:
        own = own[own["sector_id"] != phrases.total]
    chosen = list(own[own["share_p95"] > _SHOWN_LOSS]["sector"])[:_MOST_PANELS]
    if not chosen:
        chosen = list(own["sector"])[:1]
    worst = _hardest(findings)
    bands = findings.against_baseline.bands
    shown = bands[
        bands["sector"].isin(chosen) & bands["scenario_id"].isin([findings.reference, worst])
    ]
    order = {name: place for place, name in enumerate(chosen)}
    shown = shown.assign(
        _sector=shown["sector"].map(order), _own=shown["scenario_id"] != findings.reference
    ).sort_values(["_sector", "_own", "date"], kind="stable")
    columns = ["sector", "scenario", "date", "p05", "p50", "p95"]
    yield output_bands(shown[columns].reset_index(drop=True))


def _hardest(findings: Findings) -> str:
    lost = findings.against_baseline.lost
    totals = lost.groupby("scenario_id", sort=False)["share_p50"].last()
    totals = totals.drop(labels=[findings.reference], errors="ignore")
    return str(totals.idxmax()) if len(totals) else findings.reference


def _stops(findings: Findings, phrases: Phrases) -> Iterator[Figure]:
    from coercivity.figures import line_down_dates

    stops = _reference_rows(findings, "stops")
    if not len(stops):
        return
    hit = stops[(stops["share_down"] > 0) & stops["p05"].notna()]
    hit = hit.sort_values(["share_down", "place"], ascending=[False, True]).head(_MOST_LINES)
    if len(hit):
        columns = ["place", "p05", "p50", "p95", "share_down"]
        what = f"a {phrases.line} {phrases.stands_still}"
        yield line_down_dates(hit[columns].reset_index(drop=True), what=what)


def _cover(findings: Findings) -> Iterator[Figure]:
    """Days of cover where the median falls lowest."""
    from coercivity.experiments import cover_bands
    from coercivity.figures import days_of_cover

    frame = cover_bands(findings.ensemble, findings.reference)
    if not len(frame):
        return
    lowest = frame.groupby("place_id", sort=True)["p50"].min().sort_values(kind="stable")
    chosen = list(lowest.index[:_MOST_COVERS])
    order = {name: place for place, name in enumerate(chosen)}
    shown = frame[frame["place_id"].isin(chosen)]
    shown = shown.assign(_order=shown["place_id"].map(order))
    shown = shown.sort_values(["_order", "date"], kind="stable")
    columns = ["place", "scenario", "date", "p05", "p50", "p95"]
    yield days_of_cover(shown[columns].reset_index(drop=True))


def _scenarios(findings: Findings, phrases: Phrases) -> Iterator[Figure]:
    import pandas as pd

    from coercivity.figures import scenario_comparison

    lost = findings.against_reference.lost
    if not len(lost):
        return
    rows = []
    for scenario in findings.moves_from_reference:
        part = lost[lost["scenario_id"] == scenario]
        chosen = part[part["sector_id"] == phrases.total]
        row = chosen.iloc[0] if len(chosen) else part.iloc[-1]
        ends = (-float(row[name]) for name in ("p95", "p50", "p05"))
        low, middle, high = settled(*ends, least=smallest(str(row["unit"])))
        rows.append({"scenario": findings.title(scenario), "p05": low, "p50": middle, "p95": high})
    yield scenario_comparison(
        pd.DataFrame(rows),
        unit=f"{phrases.built} more",
        baseline=findings.title(findings.reference),
    )


def _flows(evidence: Evidence, findings: Findings, phrases: Phrases) -> Iterator[Figure]:
    """Supply by destination in the reference and in a move: who gains, who gives.

    The first of the moves named in the answer that moves anything after the day of the brief.
    """
    from coercivity.experiments import export_flows

    for move in phrases.moves:
        if move not in findings.ensemble.results:
            continue
        frame = export_flows(
            findings.ensemble, move, baseline=findings.reference, start=evidence.as_of
        )
        frame = frame[frame["destination"] != "All"] if len(frame) else frame
        if len(frame) and bool((frame["after"] != frame["before"]).any()):
            yield _flow_figure(frame, findings.title(move))
            return


def _flow_figure(frame: pd.DataFrame, move: str) -> Figure:
    from coercivity.figures import supply_flows

    frame = frame.sort_values(["before", "destination"], ascending=[False, True], kind="stable")
    frame = frame.head(_MOST_LINES).reset_index(drop=True)
    change = frame["after"] - frame["before"]
    most, least = frame.iloc[int(change.argmax())], frame.iloc[int(change.argmin())]
    title = f"Under “{move}” {most['destination']} gains most"
    if float(change.min()) < 0:
        title += f" and {least['destination']} gives most"
    columns = ["destination", "before", "after"]
    return supply_flows(
        frame[columns], unit=str(frame["unit"].iloc[0]), title=f"{title}, in the median"
    )


def _sensitivity(findings: Findings) -> Iterator[Figure]:
    from coercivity.figures import sensitivity_bars

    ranking = findings.ranking
    if ranking is not None and len(ranking.table):
        columns = ["title", "index", "low", "high", "kind", "values"]
        top = ranking.table.head(10)
        yield sensitivity_bars(
            top[columns].reset_index(drop=True),
            outcome=ranking.outcome,
            sources=tuple(str(name) for name in top["quantity"]),
        )


def _history(findings: Findings) -> Iterator[Figure]:
    from coercivity.figures import against_history

    found = findings.history
    if found is None:
        return
    free = found.table[~found.table["imposed"].astype(bool)]
    counts = free.groupby("series", sort=False)["date"].count()
    long = list(counts[counts >= 3].index)
    if not long:
        return
    columns = ["title", "unit", "date", "p05", "p50", "p95", "observed", "hit"]
    shown = free[free["series"].isin(long)]
    title = (
        f"{int(shown['hit'].sum())} of {len(shown)} observations of the longer series lie inside "
        "the simulated 5 to 95 % band"
    )
    yield against_history(shown[columns].reset_index(drop=True), title=title)
