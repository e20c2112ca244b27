"""What is in force: instruments, measures, the bitemporal register, determinations."""

from coercivity.controls.answer import Determination, Query, ScopeTest, TraceStep
from coercivity.controls.determination import determine
from coercivity.controls.gates import GateTable, LaneKey, determine_many, gate_table
from coercivity.controls.load import action_from, load_actions, load_instruments
from coercivity.controls.model import (
    ActionKind,
    Effect,
    EventFlag,
    Instrument,
    LicenceCover,
    Measure,
    MeasureAction,
    MeasureType,
    Outcome,
    Phase,
)
from coercivity.controls.register import Register, build_register
from coercivity.controls.snapshots import Change, MeasureState, TimelineRow

__all__ = [
    "ActionKind",
    "Change",
    "Determination",
    "Effect",
    "EventFlag",
    "GateTable",
    "Instrument",
    "LaneKey",
    "LicenceCover",
    "Measure",
    "MeasureAction",
    "MeasureState",
    "MeasureType",
    "Outcome",
    "Phase",
    "Query",
    "Register",
    "ScopeTest",
    "TimelineRow",
    "TraceStep",
    "action_from",
    "build_register",
    "determine",
    "determine_many",
    "gate_table",
    "load_actions",
    "load_instruments",
]
