"""Write the tables of docs/explanation/indicators.md that compare with geopolrisk-py 2.0.1.

Usage: python tools/write_indicator_comparison.py [--check]

The peer's answers are stored under tests/reference/indicators with the script that made them.
Nothing is adjusted: each row changes one table or one convention and says what comes out.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd

from coercivity.catalogue import open_pack
from coercivity.network.country_risk import GeoPolRisk, country_indicators
from coercivity.network.trade import TradeTables, read_trade_tables

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "indicators.md"
PEER = ROOT / "tests" / "reference" / "indicators" / "geopolrisk_py_2_0_1.csv"
BEGIN, END = "<!-- begin: tools/write_indicator_comparison.py -->\n", "<!-- end -->"
PACK = "rare_earth_magnets"
COUNTRY, YEAR = "IN", 2023
TOLERANCE = 1e-9
COMPARED = ("geopolrisk", "characterisation_factor")


@dataclasses.dataclass(frozen=True)
class Step:
    """A way to compute: tables and method, with what was changed."""

    change: str
    tables: TradeTables
    method: GeoPolRisk


def tables() -> TradeTables:
    return read_trade_tables(open_pack(PACK))


def peer() -> pd.DataFrame:
    # Namibia's code is NA, which is no missing value here.
    return pd.read_csv(PEER, keep_default_na=False)


def steps(own: TradeTables) -> Iterator[Step]:
    """Our own way first, then the peer's conventions one after the other."""
    yield Step("our tables and conventions", own, GeoPolRisk())
    scores = own.stability[own.stability["country"] != "TW"]
    unscored = dataclasses.replace(own, stability=scores)
    yield Step("and Taiwan without a score, so 0.5", unscored, GeoPolRisk())
    yield Step(
        "and the value of flows without a weight in the price",
        unscored,
        GeoPolRisk(price_of_weighed=False),
    )
    like_peer = GeoPolRisk(price_of_weighed=False, internal_trade=True)
    yield Step("and trade inside the EU as imports without risk", unscored, like_peer)
    production = own.production.assign(quantity_t=own.production["quantity_t"].fillna(0.0))
    zeroed = dataclasses.replace(unscored, production=production)
    yield Step("and blank production as zero", zeroed, like_peer)


def matched(step: Step, theirs: pd.DataFrame) -> pd.DataFrame:
    """Put our numbers beside the peer's, one row a country and year."""
    years = sorted(theirs["year"].unique())
    ours = country_indicators(
        step.tables, sorted(theirs["country"].unique()), years=years, method=step.method
    )
    frame = ours.to_dataframe().reset_index()
    return theirs.merge(frame, on=["country", "year"], suffixes=("_peer", ""), how="left")


@lru_cache(maxsize=1)
def every_step() -> tuple[tuple[Step, pd.DataFrame], ...]:
    """Each step with our numbers beside the peer's, for all it answers."""
    theirs = peer()
    return tuple((step, matched(step, theirs)) for step in steps(tables()))


def counts(both: pd.DataFrame, name: str) -> tuple[int, int, int]:
    """Country-years that are equal, that differ, and that are unknown to us."""
    ours, theirs = both[name], both[f"{name}_peer"]
    equal = (ours - theirs).abs() <= TOLERANCE * theirs.abs()
    return int(equal.sum()), int((~equal & ours.notna()).sum()), int(ours.isna().sum())


def one_country(own: TradeTables, theirs: pd.DataFrame) -> Iterator[str]:
    row = theirs[(theirs["country"] == COUNTRY) & (theirs["year"] == YEAR)].iloc[0]
    yield "| tables | production [t] | HHI | import risk | score | price [USD/kg] | factor |"
    yield "|---|---|---|---|---|---|---|"
    yield (
        f"| geopolrisk-py 2.0.1, {YEAR} | | {row['hhi_production']:.4f} | "
        f"{row['import_risk']:.4f} | {row['geopolrisk']:.4f} | {row['price_usd_per_kg']:.4f} | "
        f"{row['characterisation_factor']:.4f} |"
    )
    trade, stability = own.sources["trade"], own.sources["stability"]
    for year, source in (
        (YEAR, "world_mining_data"),
        (YEAR, "usgs_mcs_2025"),
        (YEAR + 1, "world_mining_data"),
        (YEAR + 1, "usgs_mcs_2026"),
    ):
        yield country_row(own, year, source, f"`{source}`, `{trade}`, `{stability}`, {year}")


def country_row(own: TradeTables, year: int, source: str, title: str) -> str:
    dataset = country_indicators(own, [COUNTRY], years=[year], production_source=source)
    cell = {str(k): v.item() for k, v in dataset.isel(country=0, year=0).data_vars.items()}
    low, high, risk = (
        cell[name] for name in ("hhi_production_low", "hhi_production_high", "import_risk")
    )
    concentration, score, factor = (
        cell[name] for name in ("hhi_production", "geopolrisk", "characterisation_factor")
    )
    if pd.isna(concentration):
        per_score = cell["price_usd_per_kg"] / GeoPolRisk().copper_midpoint
        bounds = [f"{low * k:.4f} to {high * k:.4f}" for k in (1.0, risk, risk * per_score)]
    else:
        bounds = [f"{concentration:.4f}", f"{score:.4f}", f"{factor:.4f}"]
    return (
        f"| {title} | {cell['production_t']:,.0f} | {bounds[0]} | {risk:.4f} | {bounds[1]} | "
        f"{cell['price_usd_per_kg']:.4f} | {bounds[2]} |"
    )


def all_countries() -> Iterator[str]:
    yield "| computed with | score equal | differs | unknown | factor equal | differs | unknown |"
    yield "|---|---|---|---|---|---|---|"
    for step, both in every_step():
        numbers = [str(n) for name in COMPARED for n in counts(both, name)]
        yield f"| {step.change} | " + " | ".join(numbers) + " |"


def block() -> str:
    own, theirs = tables(), peer()
    span = f"{theirs['year'].min()} to {theirs['year'].max()}"
    lines = [
        f"Rare earths, India, {YEAR} and {YEAR + 1}:",
        "",
        *one_country(own, theirs),
        "",
        f"All {len(theirs):,} country-years for which geopolrisk-py 2.0.1 answers, {span}; each",
        "row adds one of its conventions to those above. Equal is to 1e-9, relative.",
        "",
        *all_countries(),
        "",
    ]
    return "\n".join(lines)


def page_with(text: str) -> str:
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE.name} has lost its marks for the tables")
    return f"{head}{BEGIN}{text}{END}{tail}"


def main() -> int:
    wanted = page_with(block())
    if "--check" in sys.argv:
        current = PAGE.read_text("utf-8") == wanted
        print("the comparison is current" if current else "the comparison is out of date")
        return 0 if current else 1
    PAGE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
