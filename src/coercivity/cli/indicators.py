"""``coercivity indicators``: concentration, import dependence and GeoPolRisk of countries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack
from coercivity.cli.showing import emit_json, emit_table, emit_text

if TYPE_CHECKING:
    import xarray as xr

    from coercivity.catalogue import Pack
    from coercivity.network.trade import TradeTables

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Static indicators of a country's supply, from tables of trade and production.",
)

Material = Annotated[
    str,
    typer.Option(
        "--material", "-m", help="Material of the pack's tables.", show_default="the first"
    ),
]
ProductionSource = Annotated[
    str,
    typer.Option(
        "--production",
        help="Source whose world production is used.",
        show_default="the material's own",
    ),
]
Year = Annotated[
    int, typer.Option("--year", "-y", help="Calendar year.", show_default="the last with trade")
]
_TABLE_COLUMNS = (
    "production_t",
    "imports_t",
    "exports_t",
    "price_usd_per_kg",
    "hhi_production",
    "hhi_imports",
    "import_share",
    "import_dependence",
    "import_risk",
    "geopolrisk",
    "characterisation_factor",
)


@app.command("show")
def show(
    country: Annotated[str, typer.Argument(help="ISO 3166 code of the country, or EU.")],
    year: Year = 0,
    material: Material = "",
    production: ProductionSource = "",
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Show every indicator of one country and year, with unit and sources."""
    opened, tables = _tables(pack, material)
    dataset = _computed(tables, [country], [year or tables.years[-1]], production)
    cell = dataset.isel(country=0, year=0)
    if as_json:
        emit_json({**_heading(dataset), **_cell(cell), "sources": _sources(opened, dataset)})
        return
    code, when = str(cell["country"].item()), int(cell["year"].item())
    emit_text(f"{dataset.attrs['title']}: {_country_name(code)}, {when}")
    emit_table(
        ("indicator", "value", "unit", "sources", "what"),
        [
            (
                name,
                _shown(values.item()),
                values.attrs["units"],
                ", ".join(values.attrs["sources"]),
                values.attrs["long_name"],
            )
            for name, values in cell.data_vars.items()
            if "units" in values.attrs
        ],
    )
    emit_text(f"production is {cell['production_status'].item()}")
    if cell["why_unknown"].item():
        emit_text(f"unknown because: {cell['why_unknown'].item()}")


@app.command("table")
def table(
    countries: Annotated[list[str], typer.Argument(help="ISO 3166 codes of the countries, or EU.")],
    start: Annotated[
        int, typer.Option("--from", help="First year.", show_default="the first with trade")
    ] = 0,
    end: Annotated[
        int, typer.Option("--to", help="Last year.", show_default="the last with trade")
    ] = 0,
    material: Material = "",
    production: ProductionSource = "",
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """List the indicators of countries year by year."""
    opened, tables = _tables(pack, material)
    first, last = start or tables.years[0], end or tables.years[-1]
    dataset = _computed(tables, countries, _span(first, last), production)
    cells = [
        dataset.sel(country=code, year=when)
        for code in dataset["country"].to_numpy()
        for when in dataset["year"].to_numpy()
    ]
    if as_json:
        rows = [_cell(cell) for cell in cells]
        emit_json({**_heading(dataset), "rows": rows, "sources": _sources(opened, dataset)})
        return
    emit_table(
        ("country", "year", *_TABLE_COLUMNS, "production_status"),
        [
            (
                cell["country"].item(),
                cell["year"].item(),
                *(_shown(cell[name].item()) for name in _TABLE_COLUMNS),
                cell["production_status"].item(),
            )
            for cell in cells
        ],
    )


@app.command("origins")
def origins(
    country: Annotated[str, typer.Argument(help="ISO 3166 code of the country, or EU.")],
    year: Year = 0,
    material: Material = "",
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Split a country's imports, and the risk in them, by origin."""
    from coercivity.network.country_risk import import_origins

    opened, tables = _tables(pack, material)
    when = year or tables.years[-1]
    frame = import_origins(tables, country, when)
    rows = [
        {"exporter": str(code), **{str(key): _plain(value) for key, value in row.items()}}
        for code, row in zip(frame.index, frame.to_dict("records"), strict=True)
    ]
    if as_json:
        roles = {role: tables.sources[role] for role in ("trade", "stability")}
        emit_json(
            {
                "material": tables.material,
                "country": country,
                "year": when,
                "units": {
                    "quantity_t": "t",
                    "value_kusd": "kUSD",
                    "share": "1",
                    "instability": "1",
                    "risk_share": "1",
                },
                "origins": rows,
                "sources": _described(opened, roles.values()),
            }
        )
        return
    emit_table(list(rows[0]), [[_shown(value) for value in row.values()] for row in rows])


def _tables(pack: str, material: str) -> tuple[Pack, TradeTables]:
    from coercivity.network.trade import read_trade_tables

    opened = chosen_pack(pack)
    return opened, read_trade_tables(opened, material)


def _computed(
    tables: TradeTables, countries: list[str], years: list[int], production: str
) -> xr.Dataset:
    from coercivity.network.country_risk import country_indicators

    return country_indicators(tables, countries, years=years, production_source=production)


def _span(first: int, last: int) -> list[int]:
    from coercivity.errors import UsageError

    if last < first:
        raise UsageError(
            f"--to {last} is before --from {first}", where="--to", expected="years in order"
        )
    return list(range(first, last + 1))


def _heading(dataset: xr.Dataset) -> dict[str, Any]:
    units = {name: v.attrs["units"] for name, v in dataset.data_vars.items() if "units" in v.attrs}
    return {**{str(key): value for key, value in dataset.attrs.items()}, "units": units}


def _cell(cell: xr.Dataset) -> dict[str, Any]:
    """One country and year as plain values; what is unknown is ``None``."""
    place = {"country": cell["country"].item(), "year": cell["year"].item()}
    return {**place, **{str(k): _plain(v.item()) for k, v in cell.data_vars.items()}}


def _sources(pack: Pack, dataset: xr.Dataset) -> dict[str, Any]:
    """Every source used, and which numbers rest on it."""
    used = {
        str(name): values.attrs["sources"]
        for name, values in dataset.data_vars.items()
        if "sources" in values.attrs
    }
    return {"by_indicator": used, **_described(pack, {s for part in used.values() for s in part})}


def _described(pack: Pack, ids: Iterable[str]) -> dict[str, Any]:
    found = [pack.source(name) for name in sorted(set(ids))]
    return {
        source.id: {"publisher": source.publisher, "url": source.url, "note": source.note}
        for source in found
    }


def _plain(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and plain != plain else plain


def _shown(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return "unknown"
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    return (
        f"{plain:.4f}"
        if isinstance(plain, float) and abs(plain) < 10
        else (f"{plain:,.1f}" if isinstance(plain, float) else str(plain))
    )


def _country_name(code: str) -> str:
    from coercivity.catalogue import places

    return places.country_name(code)
