"""What follows, day by day: the simulation of a network under a schedule.

Everything here is loaded on first use, so that importing the room costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES: dict[str, str] = {
    "Ario": "ario",
    "CapacityLoss": "ario",
    "CapitalLoss": "ario",
    "Caps": "schedule",
    "CascadeMethod": "cascade",
    "Credit": "schedule",
    "FirmLoss": "firms",
    "FirmMethod": "firms",
    "LicenceRoom": "schedule",
    "Method": "method",
    "Reason": "schedule",
    "Record": "record",
    "Recovery": "ario",
    "ScaleSchedule": "scale_schedule",
    "Schedule": "schedule",
    "ScopeGate": "scale_schedule",
    "Shocks": "schedule",
    "build_firm_graph": "cascade_graph",
    "licence_room": "schedule",
    "make_firm_network": "firms",
    "open_schedule": "schedule",
    "simulate": "simulation",
    "simulate_all": "branching",
    "simulate_ario": "ario",
    "simulate_firms": "firms",
    "simulate_scale": "scale",
    "systemic_risk": "cascade",
    "why": "explanation",
    "why_failure": "cascade_why",
}

__all__ = [
    "Ario",
    "CapacityLoss",
    "CapitalLoss",
    "Caps",
    "CascadeMethod",
    "Credit",
    "FirmLoss",
    "FirmMethod",
    "LicenceRoom",
    "Method",
    "Reason",
    "Record",
    "Recovery",
    "ScaleSchedule",
    "Schedule",
    "ScopeGate",
    "Shocks",
    "build_firm_graph",
    "licence_room",
    "make_firm_network",
    "open_schedule",
    "simulate",
    "simulate_all",
    "simulate_ario",
    "simulate_firms",
    "simulate_scale",
    "systemic_risk",
    "why",
    "why_failure",
]

if TYPE_CHECKING:
    from coercivity.engine.ario import Ario, CapacityLoss, CapitalLoss, Recovery, simulate_ario
    from coercivity.engine.branching import simulate_all
    from coercivity.engine.cascade import CascadeMethod, systemic_risk
    from coercivity.engine.cascade_graph import build_firm_graph
    from coercivity.engine.cascade_why import why_failure
    from coercivity.engine.explanation import why
    from coercivity.engine.firms import (
        FirmLoss,
        FirmMethod,
        make_firm_network,
        simulate_firms,
    )
    from coercivity.engine.method import Method
    from coercivity.engine.record import Record
    from coercivity.engine.scale import simulate_scale
    from coercivity.engine.scale_schedule import ScaleSchedule, ScopeGate
    from coercivity.engine.schedule import (
        Caps,
        Credit,
        LicenceRoom,
        Reason,
        Schedule,
        Shocks,
        licence_room,
        open_schedule,
    )
    from coercivity.engine.simulation import simulate


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
