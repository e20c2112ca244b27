"""``coercivity quantities``: values, and the claims behind each."""

from __future__ import annotations

from typing import Annotated

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack
from coercivity.cli.rows import plain_record
from coercivity.cli.showing import emit_json, emit_table, emit_text

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Quantities: best value, range, and who says so.",
)


@app.command("list")
def list_quantities(
    pack: PackName = "",
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Only those on which sources exclude each other.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the quantities of a pack with best value, range and number of families."""
    from dataclasses import asdict

    from coercivity.claims.quantities import load_quantities, summarise_all

    quantities = load_quantities(chosen_pack(pack))
    rows = [
        (quantities[name], summary)
        for name, summary in summarise_all(quantities).items()
        if summary.conflict or not conflicts
    ]
    if as_json:
        emit_json(
            [{"id": q.id, "title": q.title, "quality": q.quality, **asdict(s)} for q, s in rows]
        )
        return
    emit_table(
        ("id", "best", "low", "high", "unit", "quality", "families", "conflict", "title"),
        [
            (
                q.id,
                *(_short(value) for value in (s.best, s.low, s.high)),
                s.unit,
                q.quality,
                s.n_families,
                "conflict" if s.conflict else "",
                q.title,
            )
            for q, s in rows
        ],
    )


@app.command("show")
def show_quantity(
    quantity: Annotated[str, typer.Argument(help="Id of the quantity.")],
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Show one quantity: its range, its rule, and every claim behind it."""
    from dataclasses import asdict
    from difflib import get_close_matches

    from coercivity.claims.quantities import load_quantities, summarise
    from coercivity.errors import NotFoundError

    opened = chosen_pack(pack)
    quantities = load_quantities(opened)
    if quantity not in quantities:
        near = get_close_matches(quantity, quantities, n=5, cutoff=0.4)
        raise NotFoundError(
            f"no quantity is called {quantity!r}",
            where=f"pack {opened.name}",
            expected="one of " + ", ".join(near or sorted(quantities)[:8]),
            hint="coercivity quantities list",
        )
    found, summary = quantities[quantity], summarise(quantities[quantity], quantities)
    if as_json:
        emit_json(plain_record({**asdict(found), "summary": asdict(summary)}))
        return
    emit_text(f"{found.id}: {found.title}")
    emit_text(f"{found.scope}; {found.period}; {found.quality}, rule {found.rule}")
    low, high = _short(summary.low), _short(summary.high)
    emit_text(f"best {_short(summary.best)} {summary.unit}, range {low} to {high}; {summary.note}")
    if summary.conflict:
        emit_text("conflict: at least two independent families exclude each other")
    if found.why:
        emit_text(f"why: {found.why}")
    if found.formula:
        emit_text(f"formula: {found.formula}")
    emit_table(
        ("source", "grade", "family", "value", "unit", "hedge", "scope", "fact", "url"),
        [
            (
                claim.source,
                claim.grade,
                claim.family,
                _short(claim.value)
                if claim.value is not None
                else f"{_short(claim.low)} to {_short(claim.high)}",
                claim.unit,
                claim.hedge,
                claim.scope,
                claim.fact,
                opened.source(claim.source).url,
            )
            for claim in found.claims
        ],
    )


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
