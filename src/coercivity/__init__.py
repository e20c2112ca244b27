"""Coercivity examines export controls: who may still buy, what stops being built, and when.

The verbs below are loaded on first use, so that ``import coercivity`` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_VERBS: dict[str, str] = {
    "available_packs": "coercivity.catalogue",
    "check_pack": "coercivity.catalogue",
    "open_pack": "coercivity.catalogue",
    "read_document": "coercivity.documents",
    "read_folder": "coercivity.documents",
    "extract": "coercivity.claims",
    "reconcile": "coercivity.claims",
    "load_quantities": "coercivity.claims.quantities",
    "draw": "coercivity.claims.distributions",
    "fold_claims": "coercivity.events",
    "build_register": "coercivity.controls",
    "determine": "coercivity.controls",
    "load_licences": "coercivity.licences",
    "build_network": "coercivity.network",
    "country_indicators": "coercivity.network",
    "simulate": "coercivity.engine",
    "simulate_ario": "coercivity.engine",
    "simulate_firms": "coercivity.engine",
    "systemic_risk": "coercivity.engine",
    "open_results": "coercivity.results",
    "load_scenarios": "coercivity.experiments",
    "run_ensemble": "coercivity.experiments",
    "compare": "coercivity.experiments",
    "make_brief": "coercivity.brief",
}

__all__ = ["__version__", *sorted(_VERBS)]

if TYPE_CHECKING:
    from coercivity.brief import make_brief as make_brief
    from coercivity.catalogue import available_packs as available_packs
    from coercivity.catalogue import check_pack as check_pack
    from coercivity.catalogue import open_pack as open_pack
    from coercivity.claims import extract as extract
    from coercivity.claims import reconcile as reconcile
    from coercivity.claims.distributions import draw as draw
    from coercivity.claims.quantities import load_quantities as load_quantities
    from coercivity.controls import build_register as build_register
    from coercivity.controls import determine as determine
    from coercivity.documents import read_document as read_document
    from coercivity.documents import read_folder as read_folder
    from coercivity.engine import simulate as simulate
    from coercivity.engine import simulate_ario as simulate_ario
    from coercivity.engine import simulate_firms as simulate_firms
    from coercivity.engine import systemic_risk as systemic_risk
    from coercivity.events import fold_claims as fold_claims
    from coercivity.experiments import compare as compare
    from coercivity.experiments import load_scenarios as load_scenarios
    from coercivity.experiments import run_ensemble as run_ensemble
    from coercivity.licences import load_licences as load_licences
    from coercivity.network import build_network as build_network
    from coercivity.network import country_indicators as country_indicators
    from coercivity.results import open_results as open_results


def __getattr__(name: str) -> Any:
    """Load a verb from its room on first use (PEP 562)."""
    room = _VERBS.get(name)
    if room is None:
        raise AttributeError(f"module 'coercivity' has no attribute {name!r}")
    value = getattr(importlib.import_module(room), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
