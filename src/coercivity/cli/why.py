"""``coercivity why``: from a stopped line back to the measure that stopped it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, Seed, chosen_pack, day_of
from coercivity.cli.showing import emit_json, emit_text, working

if TYPE_CHECKING:
    from coercivity.catalogue import Pack


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree.

    Parameters
    ----------
    app : typer.Typer
        The tree.
    """
    app.command("why")(why)


def why(
    site: Annotated[str, typer.Argument(help="Id of a site; coercivity network show -t sites.")],
    day: Annotated[str, typer.Argument(metavar="DATE", help="Day, YYYY-MM-DD.")],
    scenario: Annotated[
        str, typer.Option("--scenario", "-s", help="Id of the scenario.", show_default="history")
    ] = "",
    member: Annotated[
        int | None,
        typer.Option("--member", min=0, help="Member; by default the one in the middle."),
    ] = None,
    pack: PackName = "",
    members: Annotated[int, typer.Option("--members", "-n", min=2, help="Members drawn.")] = 64,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Explain a site's output on a day: binding input, lanes, gate, licence or control."""
    from coercivity.errors import NotFoundError
    from coercivity.experiments import run_ensemble

    opened = chosen_pack(pack)
    when = day_of(day, option="DATE")
    _check_day(opened, when)
    sites = [str(row["id"]) for row in opened.table("sites")]
    if site not in sites:
        from difflib import get_close_matches

        near = get_close_matches(site, sites, n=5, cutoff=0.4)
        raise NotFoundError(
            f"no site is called {site!r}",
            where=f"pack {opened.name}",
            expected="one of " + ", ".join(near or sorted(sites)[:8]),
            hint="coercivity network show --table sites",
        )
    chosen = scenario or str(opened.meta.get("history_scenario") or "")
    with working() as options:
        ensemble = run_ensemble(
            opened, members=members, seed=seed, scenarios=[chosen], options=options
        )
        chain = ensemble[chosen].why(site, when, member=member)
    if as_json:
        emit_json(chain.to_json())
        return
    emit_text(str(chain))
    if chain.refs:
        emit_text("rests on: " + ", ".join(chain.refs))


def _check_day(pack: Pack, when: date) -> None:
    from coercivity.errors import InputError

    start, end = pack.meta.get("network_start"), pack.meta.get("network_end")
    early = start is not None and when < start
    if early or (end is not None and when > end):
        raise InputError(
            f"{when} is {'before the network starts' if early else 'after the network ends'}",
            where="DATE",
            expected=f"a day from {start} to {end}",
            hint="choose a day inside the simulated span",
        )
