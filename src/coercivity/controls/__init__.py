"""What is in force: instruments, measures, the bitemporal register, determinations."""

from coercivity.controls.answer import Determination, Query, ScopeTest, TraceStep
from coercivity.controls.batch import determine_codes, determine_many
from coercivity.controls.crosswalk import Counterpart, counterparts, crosswalk
from coercivity.controls.determination import determine
from coercivity.controls.gates import GateTable, LaneKey, gate_table
from coercivity.controls.interchange import read_register, write_register
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
from coercivity.controls.shipments import Screened, screen_shipments
from coercivity.controls.snapshots import Change, MeasureState, TimelineRow

__all__ = [
    "ActionKind",
    "Change",
    "Counterpart",
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
    "Screened",
    "TimelineRow",
    "TraceStep",
    "action_from",
    "build_register",
    "counterparts",
    "crosswalk",
    "determine",
    "determine_codes",
    "determine_many",
    "gate_table",
    "load_actions",
    "load_instruments",
    "read_register",
    "screen_shipments",
    "write_register",
]
