"""Who makes what from what: sites, inputs and lanes, and their compiled form.

Everything but the array bundle is loaded on first use, since the tables need pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from coercivity.network.compiled import CompiledNetwork

_HOMES: dict[str, str] = {
    "EdgeNetwork": "edges",
    "GeoPolRisk": "country_risk",
    "MrioTable": "mrio",
    "Network": "tables",
    "TradeTables": "trade",
    "build_network": "build",
    "build_tables": "build",
    "check_network": "checks",
    "compile_network": "compiling",
    "country_indicators": "country_risk",
    "generate_firms": "generate",
    "hhi": "indicators",
    "import_dependence": "indicators",
    "import_origins": "country_risk",
    "make_mrio": "mrio",
    "read_edges": "edges",
    "read_mrio": "mrio",
    "read_trade_tables": "trade",
    "supplier_shares": "indicators",
}

__all__ = ["CompiledNetwork", *_HOMES]

if TYPE_CHECKING:
    from coercivity.network.build import build_network as build_network
    from coercivity.network.build import build_tables as build_tables
    from coercivity.network.checks import check_network as check_network
    from coercivity.network.compiling import compile_network as compile_network
    from coercivity.network.country_risk import GeoPolRisk as GeoPolRisk
    from coercivity.network.country_risk import country_indicators as country_indicators
    from coercivity.network.country_risk import import_origins as import_origins
    from coercivity.network.edges import EdgeNetwork as EdgeNetwork
    from coercivity.network.edges import read_edges as read_edges
    from coercivity.network.generate import generate_firms as generate_firms
    from coercivity.network.indicators import hhi as hhi
    from coercivity.network.indicators import import_dependence as import_dependence
    from coercivity.network.indicators import supplier_shares as supplier_shares
    from coercivity.network.mrio import MrioTable as MrioTable
    from coercivity.network.mrio import make_mrio as make_mrio
    from coercivity.network.mrio import read_mrio as read_mrio
    from coercivity.network.tables import Network as Network
    from coercivity.network.trade import TradeTables as TradeTables
    from coercivity.network.trade import read_trade_tables as read_trade_tables


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
