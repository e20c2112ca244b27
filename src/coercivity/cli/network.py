"""``coercivity network``: who makes what from what."""

from __future__ import annotations

from typing import Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, Seed, chosen_pack
from coercivity.cli.rows import cell, plain_record
from coercivity.cli.showing import emit_json, emit_table, emit_text, warn

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Sites, inputs and lanes of a pack."
)
_MEMBERS_CHECKED = 32


@app.command("show")
def show(
    pack: PackName = "",
    table: Annotated[
        str, typer.Option("--table", "-t", help="Print one table: sites, slots or lanes.")
    ] = "",
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Count sites, inputs and lanes, or print one of the tables."""
    from coercivity.claims.quantities import load_quantities
    from coercivity.cli.choices import drawn
    from coercivity.errors import UsageError
    from coercivity.network import build_network

    opened = chosen_pack(pack)
    draws = drawn(load_quantities(opened), members=_MEMBERS_CHECKED, seed=seed)
    network = build_network(opened, draws)
    if table:
        if table not in ("sites", "slots", "lanes"):
            raise UsageError(
                f"no table {table!r}", where="--table", expected="sites, slots or lanes"
            )
        frame = getattr(network, table)
        rows = [plain_record(row) for row in frame.to_dict("records")]
        if as_json:
            emit_json(rows)
        else:
            names = [str(name) for name in frame.columns]
            emit_table(names, [[cell(row[name]) for name in names] for row in rows])
        return
    summary = network.summary()
    if as_json:
        emit_json(summary)
        return
    emit_table(("part", "number"), [(key, value) for key, value in summary.items()])


@app.command("check")
def check(pack: PackName = "", seed: Seed = 1, as_json: AsJson = False) -> int:
    """Check that every site can be fed at baseline and that flows balance; exit 3 if not."""
    from coercivity.claims.quantities import load_quantities
    from coercivity.cli.choices import drawn
    from coercivity.errors import InputError
    from coercivity.network import build_tables, check_network

    opened = chosen_pack(pack)
    draws = drawn(load_quantities(opened), members=_MEMBERS_CHECKED, seed=seed)
    try:
        problems = check_network(build_tables(opened, draws))
    except InputError as error:
        problems = list(error.problems)
    if as_json:
        emit_json({"pack": opened.name, "problems": [problem.to_json() for problem in problems]})
    elif problems:
        for problem in problems:
            emit_text(str(problem))
    else:
        emit_text(f"{opened.name}: the network is consistent")
    if problems:
        warn(f"{opened.name}: {len(problems)} problems")
        return InputError.exit_code
    return 0
