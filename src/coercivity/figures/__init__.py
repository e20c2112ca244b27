"""Charts as static SVG, each with a finding as title, a description and its numbers.

The drawing library is loaded when the first picture is made, not on import.
"""

from __future__ import annotations

from coercivity.figures.evidence import against_history, sensitivity_bars
from coercivity.figures.figure import Figure
from coercivity.figures.outcomes import (
    days_of_cover,
    licence_remaining,
    line_down_dates,
    output_bands,
    scenario_comparison,
    supply_flows,
)
from coercivity.figures.policy import controls_in_force, event_timeline
from coercivity.figures.processing import waiting_times

__all__ = [
    "Figure",
    "against_history",
    "controls_in_force",
    "days_of_cover",
    "event_timeline",
    "licence_remaining",
    "line_down_dates",
    "output_bands",
    "scenario_comparison",
    "sensitivity_bars",
    "supply_flows",
    "waiting_times",
]
