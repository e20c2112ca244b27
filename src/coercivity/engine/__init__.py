"""What follows, day by day: the simulation of a network under a schedule.

Everything here is loaded on first use, so that importing the room costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES: dict[str, str] = {
    "Caps": "schedule",
    "Credit": "schedule",
    "LicenceRoom": "schedule",
    "Method": "method",
    "Reason": "schedule",
    "Record": "record",
    "Schedule": "schedule",
    "Shocks": "schedule",
    "licence_room": "schedule",
    "open_schedule": "schedule",
    "simulate": "simulation",
    "simulate_all": "branching",
    "why": "explanation",
}

__all__ = [
    "Caps",
    "Credit",
    "LicenceRoom",
    "Method",
    "Reason",
    "Record",
    "Schedule",
    "Shocks",
    "licence_room",
    "open_schedule",
    "simulate",
    "simulate_all",
    "why",
]

if TYPE_CHECKING:
    from coercivity.engine.branching import simulate_all
    from coercivity.engine.explanation import why
    from coercivity.engine.method import Method
    from coercivity.engine.record import Record
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
