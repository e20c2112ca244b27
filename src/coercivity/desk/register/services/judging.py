"""Keep what people judge; the library checks it, writes the row, and applies it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from coercivity.desk.accounts.models import User
from coercivity.desk.moment import now
from coercivity.desk.register.convert import judgement_line
from coercivity.desk.register.models import ClaimRow, EvidenceSet, JudgementRow
from coercivity.desk.register.services.sets import locked_set, require, trace
from coercivity.desk.register.services.settling import reading_of, settle
from coercivity.desk.services import service
from coercivity.errors import InputError
from coercivity.events import undo_judgement, write_judgement
from coercivity.events.model import Judgement

__all__ = ["judge_claim", "lines_of", "undo"]


@service
def judge_claim(
    claim: ClaimRow,
    *,
    actor: User,
    action: str,
    other: str = "",
    changes: Mapping[str, str] | None = None,
    note: str = "",
) -> JudgementRow:
    """Accept, reject or correct a claim, or say whether two tell of one event.

    Parameters
    ----------
    claim : ClaimRow
    actor : User
    action : str
        One of :data:`coercivity.events.ACTIONS`.
    other : str
        Id of the second claim, for a judgement on a pair.
    changes : mapping of str to str
        What to correct, and the new value; an empty one empties a slot.
    note : str
        Why.

    Returns
    -------
    JudgementRow
        Taken into account at once, and by every later reading.

    Raises
    ------
    NotFoundError
        If a claim is in no document that counts.
    UsageError
        If it cannot take effect.
    """
    require(actor)
    within = locked_set(claim.document.within)
    at = now()
    claimset = reading_of(within).claimset
    with tempfile.TemporaryDirectory() as folder:
        made = write_judgement(
            Path(folder) / "judgements",
            claimset,
            action,
            claim=claim.claim,
            other=other,
            changes=changes,
            who=actor.username,
            when=at.isoformat(),
            note=note,
        )
    return _kept(within, made, actor, at)


@service
def undo(judgement: JudgementRow, *, actor: User, note: str = "") -> JudgementRow:
    """Take a judgement back by a row that says so; an undoing can be undone in turn.

    Raises
    ------
    NotFoundError
        If it does not stand any more.
    """
    require(actor)
    within = locked_set(judgement.within)
    at = now()
    with tempfile.TemporaryDirectory() as folder:
        # The library keeps judgements in a file; it decides on the same rows here.
        file = Path(folder) / "judgements"
        file.write_text(lines_of(within), "utf-8")
        made = undo_judgement(
            file, judgement.row, who=actor.username, when=at.isoformat(), note=note
        )
    return _kept(within, made, actor, at)


def lines_of(within: EvidenceSet) -> str:
    """Return the judgements of a set as a file of them, one a line, in order of writing."""
    return "".join(f"{judgement_line(row)}\n" for row in within.judgements.order_by("id"))


def _kept(within: EvidenceSet, made: Judgement, actor: User, at: datetime) -> JudgementRow:
    """Write a judgement, and let it take effect.

    Raises
    ------
    InputError
        If the very same row is there: somebody sent a form twice.
    """
    if within.judgements.filter(row=made.id).exists():
        raise InputError("this judgement is kept already", where=made.claim)
    row = JudgementRow.objects.create(
        within=within,
        row=made.id,
        action=made.action,
        claim=made.claim,
        other=made.other,
        undoes=made.undoes,
        body=made.to_json(),
        actor=actor,
        at=at,
    )
    settle(within)
    told = {"undoes": made.undoes} if made.undoes else {"changes": dict(made.changes)}
    trace(
        within, "judgement undone" if made.undoes else "claim judged", actor,
        action=made.action, claim=made.claim, other=made.other, judgement=made.id, **told,
    )  # fmt: skip
    return row
