"""What if, and how sure: scenarios, paired ensembles, comparison, sensitivity, worth, history.

Everything is loaded on first use, so that importing the room costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES: dict[str, str] = {
    "Cap": "scenarios",
    "Comparison": "comparison",
    "Ensemble": "ensemble",
    "Grant": "scenarios",
    "HistoryCheck": "history",
    "Plan": "planning",
    "Ranking": "sensitivity",
    "Revocation": "scenarios",
    "Scenario": "scenarios",
    "Setting": "ensemble",
    "against_history": "history",
    "applicants": "worth",
    "compare": "comparison",
    "cover_bands": "tables",
    "export_flows": "tables",
    "find_scenario": "scenarios",
    "latin_hypercube": "designs",
    "licence_ledger": "tables",
    "load_scenarios": "scenarios",
    "lost_output": "comparison",
    "plan": "planning",
    "plan_scenario": "ensemble",
    "prepare": "ensemble",
    "rank_quantities": "sensitivity",
    "run_ensemble": "ensemble",
    "run_streamed": "streaming",
    "sobol_indices": "sobol",
    "sobol_of": "sobol",
    "worth_of_tonne": "worth",
}

__all__ = [
    "Cap",
    "Comparison",
    "Ensemble",
    "Grant",
    "HistoryCheck",
    "Plan",
    "Ranking",
    "Revocation",
    "Scenario",
    "Setting",
    "against_history",
    "applicants",
    "compare",
    "cover_bands",
    "export_flows",
    "find_scenario",
    "latin_hypercube",
    "licence_ledger",
    "load_scenarios",
    "lost_output",
    "plan",
    "plan_scenario",
    "prepare",
    "rank_quantities",
    "run_ensemble",
    "run_streamed",
    "sobol_indices",
    "sobol_of",
    "worth_of_tonne",
]

if TYPE_CHECKING:
    from coercivity.experiments.comparison import Comparison, compare, lost_output
    from coercivity.experiments.designs import latin_hypercube
    from coercivity.experiments.ensemble import (
        Ensemble,
        Setting,
        plan_scenario,
        prepare,
        run_ensemble,
    )
    from coercivity.experiments.history import HistoryCheck, against_history
    from coercivity.experiments.planning import Plan, plan
    from coercivity.experiments.scenarios import (
        Cap,
        Grant,
        Revocation,
        Scenario,
        find_scenario,
        load_scenarios,
    )
    from coercivity.experiments.sensitivity import Ranking, rank_quantities
    from coercivity.experiments.sobol import sobol_indices, sobol_of
    from coercivity.experiments.streaming import run_streamed
    from coercivity.experiments.tables import cover_bands, export_flows, licence_ledger
    from coercivity.experiments.worth import applicants, worth_of_tonne


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
