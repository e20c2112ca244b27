"""What happened: claims folded into events, policy state, and people's judgements."""

from coercivity.events.fold import fold_claims
from coercivity.events.judgements import (
    append_judgement,
    apply_judgements,
    effective_judgements,
    read_judgements,
)
from coercivity.events.model import ACTIONS, STATUSES, Judgement, PolicyEvent, PolicyState
from coercivity.events.state import policy_state
from coercivity.events.table import merge_events, pack_events

__all__ = [
    "ACTIONS",
    "STATUSES",
    "Judgement",
    "PolicyEvent",
    "PolicyState",
    "append_judgement",
    "apply_judgements",
    "effective_judgements",
    "fold_claims",
    "merge_events",
    "pack_events",
    "policy_state",
    "read_judgements",
]
