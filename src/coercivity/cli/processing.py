"""``coercivity processing``: how long an application waits, from the counts sources report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import AsJson, PackName, Seed, chosen_pack
from coercivity.cli.showing import emit_json, emit_table, emit_text

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.experiments.queues import Queue
    from coercivity.licences.time_to_decision import DecisionTimes

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Waiting times of applications, estimated from reported counts.",
)

_STEP = 15
_LONGEST = 180


@app.callback()
def main() -> None:
    """Estimate waiting times of applications from reported counts."""


@app.command("show")
def show(
    countries: Annotated[
        list[str] | None,
        typer.Argument(help="Countries or groups of the applicants.", show_default="all counted"),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=10, help="Draws from the posterior.")] = 4000,
    seed: Seed = 1,
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Write the figure to this SVG file.")
    ] = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Show how many were decided and approved after so many working days, with the range."""
    opened = chosen_pack(pack)
    queue, statutory = _queue(opened)
    found = [_estimate(opened, queue, name, draws, seed) for name in _asked(opened, countries)]
    days = sorted({*range(_STEP, _LONGEST + 1, _STEP), round(statutory)})
    if figure is not None:
        _write_figure(found, statutory, figure)
    if as_json:
        rows = [times.to_json(days=days) for times in found]
        emit_json({"statutory_working_days": statutory, "applicants": rows})
        return
    emit_text(f"{queue.title}; the law gives {statutory:g} working days")
    for times in found:
        _show(times, round(statutory))


def _queue(pack: Pack) -> tuple[Queue, float]:
    from coercivity.claims.quantities import load_quantities, summarise
    from coercivity.errors import NotFoundError
    from coercivity.experiments.queues import load_queues

    queues = load_queues(pack)
    if not queues:
        raise NotFoundError(
            f"pack {pack.name} has no queue",
            where="queues.yaml",
            expected="a row that names the instrument and the statutory time",
        )
    queue = next(iter(queues.values()))
    summary: Any = summarise(load_quantities(pack)[queue.statutory])
    return queue, float(summary.best)


def _asked(pack: Pack, countries: list[str] | None) -> list[str]:
    from coercivity.catalogue import places

    if countries:
        return [places.country(name) for name in countries]
    counted = [row["country"] for row in pack.table("applications") if row["approved"] is not None]
    return list(dict.fromkeys(counted))


def _estimate(pack: Pack, queue: Queue, country: str, draws: int, seed: int) -> DecisionTimes:
    from coercivity.claims.quantities import GRADE_WEIGHTS
    from coercivity.licences import load_application_counts
    from coercivity.licences.time_to_decision import estimate_decision_times, usable_readings

    since = next(r for r in pack.table("instruments") if r["id"] == queue.instrument)[
        "published_on"
    ]
    weights = {key: GRADE_WEIGHTS[source.grade] for key, source in pack.sources.items()}
    readings = usable_readings(
        load_application_counts(pack), country=country, since=since, weights=weights
    )
    return estimate_decision_times(readings, country=country, since=since, draws=draws, seed=seed)


def _show(times: DecisionTimes, statutory: int) -> None:
    shown = times.to_json(days=[statutory, 2 * statutory, 4 * statutory])
    emit_text(f"\n{times.country}, applications since {times.since.isoformat()}:")
    emit_table(
        ("working days", "decided", "approved"),
        [
            (row["working_days"], _words(row["decided"]), _words(row["approved"]))
            for row in shown["after"]
        ],
    )
    emit_table(
        ("count", "as of", "of", "approved", "rejected", "measure", "source"),
        [
            (
                row["count"],
                row["as_of"],
                f"{row['total']:g}",
                f"{row['approved']:g}",
                "not said" if row["rejected"] is None else f"{row['rejected']:g}",
                row["measure"],
                row["source"],
            )
            for row in shown["readings"]
        ],
    )


def _words(spread: dict[str, float]) -> str:
    return f"{spread['median']:.0%} ({spread['low']:.0%} to {spread['high']:.0%})"


def _write_figure(found: list[DecisionTimes], statutory: float, path: Path) -> None:
    import numpy as np
    import pandas as pd

    from coercivity.catalogue import places
    from coercivity.figures import waiting_times

    days = sorted({*range(0, _LONGEST + 1, 5), statutory})
    rows = []
    for times in found:
        low, middle, high = np.quantile(times.approved(days), (0.05, 0.5, 0.95), axis=0)
        panel = f"Applicants of {places.country_name(times.country)}"
        for at, day in enumerate(days):
            rows.append((panel, float(day), low[at], middle[at], high[at]))
    table = pd.DataFrame(rows, columns=["panel", "working_days", "p05", "p50", "p95"])
    sources = sorted({r.count.source for times in found for r in times.readings})
    drawn = waiting_times(table, statutory=statutory, sources=sources)
    beside = path.with_name(path.name + ".part")
    beside.write_text(drawn.svg, encoding="utf-8")
    beside.replace(path)
