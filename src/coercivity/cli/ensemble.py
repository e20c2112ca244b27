"""``coercivity ensemble``: large ensembles in chunks, here or on a cluster; Sobol indices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, Seed, Threads, chosen_pack, day_or_none
from coercivity.cli.rows import plain_record
from coercivity.cli.showing import emit_json, emit_table, emit_text, working

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Ensembles of any size: run in chunks, resume, on a cluster; Sobol indices.",
)

End = Annotated[
    str,
    typer.Option(
        "--end",
        metavar="DATE",
        help="Day after the last; a later day than the pack's extends the run.",
        show_default="the pack's network_end",
    ),
]
Precision = Annotated[
    str, typer.Option("--precision", help="Size of the numbers: double or single.")
]


@app.command("run")
def run_large(
    pack: Annotated[
        str, typer.Argument(help="Name or folder of a pack.", show_default="the first pack")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the store; made if missing.")
    ] = None,
    members: Annotated[int, typer.Option("--members", "-n", min=1, help="Members drawn.")] = 10000,
    chunk: Annotated[
        int, typer.Option("--chunk", min=1, help="Members per chunk; memory grows with it.")
    ] = 250,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", help="Id of a scenario; repeat for more; all if none."),
    ] = None,
    seed: Seed = 1,
    end: End = "",
    precision: Precision = "double",
    scheduler: Annotated[
        str,
        typer.Option("--scheduler", metavar="ADDRESS", help="Run on this dask scheduler."),
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a store that was begun.")
    ] = False,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Run scenarios over many members, chunk by chunk, into a Zarr store."""
    from coercivity.engine import Method
    from coercivity.errors import UsageError
    from coercivity.experiments.streaming import run_streamed

    if out is None:
        raise UsageError(
            "no place for the store", where="--out", expected="a folder, such as --out runs/large"
        )
    opened = chosen_pack(pack)
    with working(threads=threads) as options:
        done = run_streamed(
            opened,
            out,
            members=members,
            seed=seed,
            scenarios=scenario or None,
            chunk=chunk,
            end=day_or_none(end, option="--end"),
            method=Method(precision=precision),  # type: ignore[arg-type]
            resume=resume,
            scheduler=scheduler,
            options=options,
        )
    if as_json:
        emit_json(
            {
                "store": str(done.store),
                "scenarios": list(done.study.scenarios),
                "members": done.study.members,
                "days": done.study.days,
                "precision": done.study.method.precision,
                "chunks_before": done.chunks_before,
                "chunks_now": done.chunks_now,
                "seconds": round(done.seconds, 3),
                "parts": {name: round(value, 3) for name, value in done.parts.items()},
            }
        )
        return
    emit_text(str(done.store))


@app.command("sensitivity")
def sobol(
    quantity: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of drawn quantities; the five foremost if none."),
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="Id of the scenario.")] = "",
    sector: Annotated[
        str, typer.Option("--sector", help="Lost output of this sector; the pack's total if none.")
    ] = "",
    n: Annotated[
        int, typer.Option("--points", "-n", min=2, help="Points of the design, a power of two.")
    ] = 512,
    pack: PackName = "",
    seed: Seed = 1,
    end: End = "",
    precision: Precision = "double",
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Share out the variance of lost output: Sobol indices, 5 to 95 % intervals."""
    from coercivity.engine import Method
    from coercivity.errors import UsageError
    from coercivity.experiments.comparison import lost_output
    from coercivity.experiments.sobol import sobol_of

    if not scenario:
        raise UsageError(
            "no scenario", where="--scenario", expected="an id as in coercivity scenarios list"
        )
    opened = chosen_pack(pack)
    with working(threads=threads) as options:
        found = sobol_of(
            opened,
            scenario,
            lambda ensemble, name: lost_output(ensemble, name, sector=sector or None),
            quantities=quantity or None,
            n=n,
            seed=seed,
            end=day_or_none(end, option="--end"),
            method=Method(precision=precision),  # type: ignore[arg-type]
            options=options,
        )
    records = [plain_record(row) for row in found.table.to_dict("records")]
    if as_json:
        emit_json(
            {
                "scenario": found.scenario,
                "points": found.n,
                "runs": found.runs,
                "mean": found.mean,
                "variance": found.variance,
                "indices": records,
            }
        )
        return
    emit_table(
        ("quantity", "first", "5 %", "95 %", "total", "5 %", "95 %"),
        [
            (
                row["quantity"],
                *(
                    f"{row[name]:.3f}"
                    for name in (
                        "first", "first_low", "first_high", "total", "total_low", "total_high",
                    )
                ),
            )
            for row in records
        ],
    )  # fmt: skip
