"""The command tree."""

from __future__ import annotations

from typing import Annotated

import typer

from coercivity import __version__
from coercivity.cli import (
    brief,
    claims,
    controls,
    desk,
    doctor,
    documents,
    ensemble,
    evaluate,
    events,
    indicators,
    licences,
    network,
    packs,
    processing,
    quantities,
    scenarios,
    why,
)

app = typer.Typer(
    name="coercivity",
    help=(
        "Who may still buy under export controls, how much, what stops being built and when, "
        "and what each move would change. Indicative analysis, not legal advice."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coercivity {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no warnings on standard error.")
    ] = False,
) -> None:
    """Take the options that hold for every command."""
    from coercivity.cli.showing import settings

    settings.debug = debug
    settings.quiet = quiet


brief.add_to(app)
why.add_to(app)
doctor.add_to(app)
app.add_typer(packs.app, name="pack")
app.add_typer(documents.app, name="documents")
app.add_typer(claims.app, name="claims")
app.add_typer(events.app, name="events")
app.add_typer(controls.app, name="controls")
app.add_typer(licences.app, name="licences")
app.add_typer(network.app, name="network")
app.add_typer(indicators.app, name="indicators")
app.add_typer(processing.app, name="processing")
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(ensemble.app, name="ensemble")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(quantities.app, name="quantities")
app.add_typer(desk.app, name="desk")
