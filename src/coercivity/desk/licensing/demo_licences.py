"""Demo licences drawn down, suspended, revoked, given back, renewed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from coercivity.desk.demo import Demo
from coercivity.desk.licensing.models import Licence
from coercivity.desk.licensing.services import issuing
from coercivity.desk.licensing.services.draws import post_entry
from coercivity.desk.licensing.services.ledger import ledger
from coercivity.desk.moment import fixed
from coercivity.licences import EntryKind

__all__ = ["renew", "use"]

# Every so many licences, something other than drawing happens.
_EMPTIED, _SUSPENDED, _REVOKED, _SURRENDERED, _CANCELLED, _CYCLE = 2, 5, 7, 9, 11, 13


def use(demo: Demo, number: int, licence: Licence) -> None:
    """Draw a licence down, and end or suspend some.

    Parameters
    ----------
    demo : Demo
        Shared.
    number : int
        Of the licence, which decides what happens to it.
    licence : Licence
        Active.
    """
    turn = number % _CYCLE
    decider, holder = demo.person("decider"), demo.person("holder")
    if turn == _CANCELLED:
        issuing.cancel(licence, actor=decider, reason="Issued twice by mistake.")
        return
    _draw(demo, licence, empty=turn == _EMPTIED)
    if turn == _SUSPENDED:
        issuing.suspend(licence, actor=decider, reason="A new measure was announced.")
    elif turn == _REVOKED:
        issuing.revoke(licence, actor=decider, reason="The goods went elsewhere.")
    elif turn == _SURRENDERED and licence.owner_id == holder.organisation_id:
        issuing.surrender(licence, actor=holder, reason="No longer needed.")


def _draw(demo: Demo, licence: Licence, *, empty: bool) -> None:
    """Add a few draws between issue and today, a planned shipment, and perhaps the rest."""
    customs, line = demo.person("customs"), licence.lines.get()
    last = min(demo.now.date() - timedelta(days=1), (licence.valid_to or demo.now.date()))
    span = max((last - licence.valid_from).days, 1)
    for number in range(demo.rng.randint(1, 4)):
        left = ledger().remaining(line.account)
        share = Decimal(demo.rng.randint(5, 30)) / 100
        day = licence.valid_from + timedelta(days=int(span * (number + 1) / 6))
        quantity = (left * share).quantize(Decimal("0.001"))
        is_last = empty and number == 0
        post_entry(
            licence,
            actor=customs,
            line=1,
            kind=EntryKind.DRAW,
            quantity=left if is_last else quantity,
            unit=line.unit,
            reference=f"{licence.reference}-DEC-{number + 1}",
            at=day,
        )
        if is_last:
            return


def renew(demo: Demo, licence: Licence) -> None:
    """Supersede a licence by one that runs longer."""
    assert licence.valid_to is not None
    with fixed(demo.now - timedelta(days=1)):
        issuing.renew(
            licence,
            actor=demo.person("decider"),
            valid_from=demo.now.date() - timedelta(days=1),
            valid_to=licence.valid_to + timedelta(days=90),
            reason="The supplier delivers late.",
        )
