"""What the register of controls says of the goods of a case; shown, and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coercivity.controls import Determination, Query, determine
from coercivity.desk import packs
from coercivity.desk.licensing.models import Application
from coercivity.errors import CoercivityError

__all__ = ["LineDetermination", "determinations_of"]


@dataclass(frozen=True)
class LineDetermination:
    """The determination of one line, or why there is none.

    Parameters
    ----------
    number : int
        Line.
    item : str
        Words of the item.
    answer : Determination or None
        None if the line could not be looked up.
    problem : str
        Why not.
    """

    number: int
    item: str
    answer: Determination | None
    problem: str = ""


def determinations_of(case: Application, on: date) -> list[LineDetermination]:
    """Return what each line of a case needs on a day."""
    if not case.origin or not case.destination:
        return []
    return [_one(case, line.number, line.item, on) for line in case.lines.all()]


def _one(case: Application, number: int, item: str, on: date) -> LineDetermination:
    words = packs.item_name(case.pack, item)
    end_user = next((p.party for p in case.parties.all() if p.role == "end_user"), "")
    query = Query(
        item=item,
        origin=case.origin,
        destination=case.destination,
        on=on,
        end_use=case.end_use or None,
        end_user=end_user or None,
    )
    try:
        return LineDetermination(number, words, determine(packs.register_of(case.pack), query))
    except CoercivityError as error:
        return LineDetermination(number, words, None, str(error))
