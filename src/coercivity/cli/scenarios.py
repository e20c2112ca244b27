"""``coercivity scenarios``: dated what-ifs over the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import AsJson, Members, PackName, Seed, Threads, chosen_pack
from coercivity.cli.rows import plain_record
from coercivity.cli.showing import emit_json, emit_table, emit_text, working

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Scenarios: list, run, compare in paired members.",
)


@app.command("list")
def list_scenarios(pack: PackName = "", as_json: AsJson = False) -> None:
    """List the scenarios of a pack with what each assumes."""
    from coercivity.experiments import load_scenarios

    found = load_scenarios(chosen_pack(pack))
    if as_json:
        emit_json([{"id": s.id, "title": s.title, "sentence": s.sentence} for s in found])
        return
    emit_table(("id", "title", "sentence"), [(s.id, s.title, s.sentence) for s in found])


@app.command("run")
def run_scenarios(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Ids of scenarios; all of the pack if none.")
    ] = None,
    pack: PackName = "",
    members: Members = 1000,
    seed: Seed = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for one netCDF file a scenario.")
    ] = None,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Run scenarios and print what each loses against the baseline; write results with --out."""
    from coercivity.experiments import compare, run_ensemble
    from coercivity.results import save_results

    opened = chosen_pack(pack)
    with working(threads=threads) as options:
        ensemble = run_ensemble(
            opened, members=members, seed=seed, scenarios=scenarios or None, options=options
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, results in ensemble.results.items():
            save_results(results, out / f"{name}.nc")
    others = [name for name in ensemble.results if name != ensemble.baseline]
    lost = compare(ensemble, others).lost if others else None
    _print_lost(lost, as_json=as_json, out=out)


@app.command("compare")
def compare_scenarios(
    first: Annotated[str, typer.Argument(help="Scenario compared with.")],
    second: Annotated[list[str], typer.Argument(help="Scenarios that are compared.")],
    pack: PackName = "",
    members: Members = 1000,
    seed: Seed = 1,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Print what scenarios lose against the first one, in paired members."""
    from coercivity.experiments import compare, run_ensemble

    opened = chosen_pack(pack)
    with working(threads=threads) as options:
        ensemble = run_ensemble(
            opened, members=members, seed=seed, scenarios=[first, *second], options=options
        )
    _print_lost(compare(ensemble, second, baseline=first).lost, as_json=as_json, out=None)


def _print_lost(lost: pd.DataFrame | None, *, as_json: bool, out: Path | None) -> None:
    records: list[dict[str, Any]] = (
        [] if lost is None else [plain_record(row) for row in lost.to_dict("records")]
    )
    if as_json:
        emit_json({"lost_output": records, "out": str(out) if out else None})
        return
    emit_table(
        ("scenario", "sector", "unit", "lost 5 %", "median", "95 %", "share lost, median"),
        [
            (
                row["scenario_id"],
                row["sector_id"],
                row["unit"],
                f"{row['p05']:.4g}",
                f"{row['p50']:.4g}",
                f"{row['p95']:.4g}",
                f"{row['share_p50']:.3f}",
            )
            for row in records
        ],
    )
    if out:
        emit_text(str(out))
