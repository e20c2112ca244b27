"""What happened: claims folded into events, policy state, and people's judgements."""

from coercivity.events.fold import fold_claims
from coercivity.events.judged import (
    Judged,
    apply_judgements,
    check_judgement,
    judge,
    judge_claims,
    judge_verdicts,
    place_of,
)
from coercivity.events.judgements import (
    append_judgement,
    effective_judgements,
    judgements_file,
    read_judgements,
    undo_judgement,
)
from coercivity.events.model import ACTIONS, STATUSES, Judgement, PolicyEvent, PolicyState
from coercivity.events.review import ReviewItem, review_queue, write_judgement
from coercivity.events.state import policy_state
from coercivity.events.table import merge_events, pack_events

__all__ = [
    "ACTIONS",
    "STATUSES",
    "Judged",
    "Judgement",
    "PolicyEvent",
    "PolicyState",
    "ReviewItem",
    "append_judgement",
    "apply_judgements",
    "check_judgement",
    "effective_judgements",
    "fold_claims",
    "judge",
    "judge_claims",
    "judge_verdicts",
    "judgements_file",
    "merge_events",
    "pack_events",
    "place_of",
    "policy_state",
    "read_judgements",
    "review_queue",
    "undo_judgement",
    "write_judgement",
]
