"""Dates that stand in another sentence than the act: carried on, or told of it afterwards.

"Bajaj made 10,824 in July. TVS raised its output" gives the second act the month of the first, and
"the halt, which began on 26 May" dates the halt told before. Only acts without a date of their own
are looked at, and only dates of the same block serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from coercivity.claims.dates import TimeExpression
from coercivity.claims.drafts import Draft
from coercivity.claims.reading import Reading

__all__ = ["with_later_dates"]

REACH: Final = 400
"""Code points over which a month is carried on, and in which an act is spoken of again."""

_MONTHLY = frozenset({"month", "month_year", "relative_year_month", "month_relative_year"})
_MADE = frozenset({"PRODUCTION_CUT", "PRODUCTION_RAISED"})
_HEADING = re.compile(r"\s*:")
LONGEST_HEADING: Final = 60
"""Code points at the start of a block in which a date before a colon heads what follows."""

_NOUNS: Final = {
    "PRODUCTION_STOPPED": r"halts?|stoppages?|shutdowns?|closures?|suspension|pause|stop",
    "PRODUCTION_CUT": r"cuts?|reduction|curtailment",
    "SUPPLY_HALTED": r"halt|ban|stop|suspension|freeze|embargo|closure|stoppage",
    "SUPPLY_RESUMED": r"resumption|restart",
    "LICENCE_GRANTED": r"approvals?|licen[cs]es?|permits?|clearances?|authori[sz]ations?",
    "LICENCE_REFUSED": r"refusals?|rejections?|denials?",
    "SUSPENDED": r"suspension|pause|freeze|reprieve|standstill",
    "LIFTED": r"lifting|removal|repeal",
    "CONTROL_ANNOUNCED": r"ban|controls?|curbs?|restrictions?|rules?|measures?|requirement",
    "DEAL": r"deal|agreement|accord|pact|truce",
    "MEETING": r"meeting|talks|summit|visit",
}
_HAPPENED: Final = (
    r"(?:beg[au]n|started|came|took\seffect|came\sinto\sforce|entered\sinto\sforce|dates?\sfrom|"
    r"(?:was|were|has\sbeen|have\sbeen|had\sbeen)\s(?:\w+ly\s)?(?:announced|issued|granted|given|made|"
    r"published|imposed|signed|reached|held|received|decided)|took\splace|arrived|"
    r"runs?|lasts?|holds?|applies|is\sin\sforce|remains?\sin\sforce|is\svalid|are\svalid)"
)
_AGAIN: Final = {
    frame: re.compile(
        rf"(?:^|[.!?]\s+|;\s+)(?:The|This|That|These|Both)\s(?:[\w-]+\s){{0,2}}?(?:{nouns})\b"
        rf"(?:,?\s(?:which|that))?\s{_HAPPENED}\b(?P<rest>[^.;!?]{{0,80}})",
        re.IGNORECASE,
    )
    for frame, nouns in _NOUNS.items()
}
_LASTING = frozenset({"SUSPENDED", "SUPPLY_HALTED", "CONTROL_ANNOUNCED"})


def with_later_dates(drafts: Sequence[Draft]) -> list[Draft]:
    """Give acts without a date the one that another sentence gives them.

    Parameters
    ----------
    drafts : sequence of Draft
        Of one document, block after block.

    Returns
    -------
    list of Draft
        The same drafts in the same order.
    """
    found: list[Draft] = []
    for draft in drafts:
        is_told = draft.frame is not None and draft.polarity == "affirmed"
        if is_told and draft.modality == "actual" and draft.frame != "QUANTITY":
            draft = _carried(_told_again(draft, drafts), found)
        found.append(draft)
    return found


def _told_again(draft: Draft, drafts: Iterable[Draft]) -> Draft:
    """Date an act by a later sentence that speaks of it as known."""
    pattern = _AGAIN.get(draft.frame or "")
    lacks_end = draft.frame in _LASTING and draft.until is None
    if pattern is None or not (draft.when is None or lacks_end) or not draft.reading.dates:
        return draft
    text, first = draft.reading.text, draft.trigger[1]
    match = pattern.search(text, first, first + REACH)
    if match is None or _is_told_there(draft, drafts, match.start()):
        return draft
    dates = draft.reading.dates_in(*match.span("rest"))
    until = next((d for d in dates if d.modifier == "until"), None)
    when = next((d for d in dates if d.modifier != "until"), None)
    changes: dict[str, TimeExpression] = {}
    if when is not None and draft.when is None:
        changes["when"] = when
    if until is not None and lacks_end:
        changes["until"] = until
    if not changes:
        return draft
    return replace(draft, rules=(*draft.rules, "told again"), **changes)  # type: ignore[arg-type]


def _is_told_there(draft: Draft, drafts: Iterable[Draft], start: int) -> bool:
    """Whether another act of the frame stands between, which the later sentence may mean."""
    return any(
        other.reading is draft.reading
        and other.frame == draft.frame
        and draft.trigger[1] < other.trigger[0] < start
        for other in drafts
    )


def _carried(draft: Draft, before: Sequence[Draft]) -> Draft:
    """Let the month of the production told before hold for the next maker."""
    if draft.when is not None or draft.frame not in _MADE:
        return draft
    date = _heading(draft.reading) or _month_before(draft, before)
    if date is None:
        return draft
    return replace(draft, when=date, rules=(*draft.rules, "period carried"))


def _heading(reading: Reading) -> TimeExpression | None:
    """Return a month that heads the block: "July 2025: …"."""
    for date in reading.dates[:1]:
        is_head = date.end <= LONGEST_HEADING and _HEADING.match(reading.text, date.end)
        if is_head and date.rule in _MONTHLY:
            return date
    return None


def _month_before(draft: Draft, before: Sequence[Draft]) -> TimeExpression | None:
    for other in reversed(before):
        if other.reading is not draft.reading or draft.trigger[0] - other.trigger[0] > REACH:
            return None
        if other.frame in _MADE and other.when is not None:
            is_month = other.when.rule in _MONTHLY and not other.when.modifier
            return other.when if is_month and other.modality == "actual" else None
    return None
