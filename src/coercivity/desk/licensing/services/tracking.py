"""The importer's posture: licences that somebody else has granted, tracked as sources tell them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.licensing.models import (
    Licence,
    LicenceAssertion,
    LicenceCondition,
    LicenceLine,
    Posture,
)
from coercivity.desk.licensing.services.issuing import (
    locked_licence,
    note_change,
    open_accounts,
    trace_licence,
)
from coercivity.desk.licensing.services.moving import require
from coercivity.desk.moment import now
from coercivity.desk.services import service
from coercivity.errors import InputError
from coercivity.licences import AssertedLicence, LicenceKind, LicenceState, load_licences
from coercivity.units import compatible

__all__ = ["assert_of", "import_from_pack", "set_quantity", "set_told_state", "track"]


@service
def track(
    *,
    actor: User,
    pack: str,
    number: str,
    kind: LicenceKind,
    issuer: str,
    holder_name: str,
    item: str,
    unit: str,
    origin: str,
    destination: str,
    granted_by: date,
    valid_to: date | None,
    source: str,
    url: str,
    grade: str,
    quantity: Decimal | None = None,
) -> Licence:
    """Begin to track a licence that a source tells of.

    Parameters
    ----------
    granted_by : date
        Day by which it is known to exist; not the day of the grant.
    quantity : Decimal or None
        What it authorises, in `unit`; None if nobody says.
    source, url, grade : str
        Who says so, where, and how far they are trusted.

    Raises
    ------
    InputError
        If no source is named: what is tracked is what somebody says.
    """
    require(actor, Permission.TRACK)
    if not source.strip():
        raise InputError("no source is named", where="source", expected="who says so")
    usual = packs.opened(pack).item(item).unit
    if not compatible(unit, usual):
        raise InputError(f"{unit} does not measure this item", where="unit", expected=usual)
    licence = _begin(
        actor, pack, number or f"{issuer} {granted_by}", kind, issuer, holder_name, origin,
        destination, granted_by, granted_by, valid_to, "",
    )  # fmt: skip
    LicenceLine.objects.create(
        licence=licence,
        number=1,
        item=item,
        authorised=quantity,
        unit=unit,
        account=licence.reference,
    )
    if quantity is not None:
        open_accounts(licence)
    _say(licence, actor, source=source, url=url, says="lists", grade=grade)
    return licence


def _begin(
    actor: User,
    pack: str,
    number: str,
    kind: LicenceKind,
    issuer: str,
    holder_name: str,
    origin: str,
    destination: str,
    granted_by: date,
    valid_from: date,
    valid_to: date | None,
    note: str,
) -> Licence:
    own = actor.organisation
    reference = f"T{own.pk:04d}-{Licence.objects.filter(owner=own).count() + 1:05d}"
    licence = Licence.objects.create(
        reference=reference,
        number=number,
        posture=Posture.ASSERTED,
        pack=pack,
        kind=kind,
        owner=own,
        issuer=issuer,
        holder_name=holder_name,
        origin=origin,
        destination=destination,
        valid_from=valid_from,
        valid_to=valid_to,
        zone=own.zone,
        # A source that lists a licence says that it may be used; nothing more is known.
        state=LicenceState.ACTIVE,
        granted_by=granted_by,
        note=note,
    )
    note_change(licence, "tracked", "", actor, "")
    return licence


def _say(
    licence: Licence,
    actor: User,
    *,
    source: str,
    says: str,
    url: str = "",
    family: str = "",
    grade: str = "",
    note: str = "",
) -> None:
    LicenceAssertion.objects.create(
        licence=licence,
        source=source,
        url=url,
        says=says,
        family=family,
        grade=grade,
        note=note,
        recorded_by=actor,
        recorded_at=now(),
    )
    trace_licence(licence, "source recorded", actor, source=source, says=says)


def _tracked(licence: Licence, actor: User) -> Licence:
    require(actor, Permission.TRACK)
    licence = locked_licence(licence, actor)
    if licence.posture != Posture.ASSERTED:
        raise InputError("the licence is an authority's own act", where=licence.reference)
    return licence


@service
def assert_of(
    licence: Licence, *, actor: User, source: str, says: str, url: str, grade: str, note: str
) -> None:
    """Record what one more source says; those that disagree are all kept."""
    _say(
        _tracked(licence, actor),
        actor,
        source=source,
        says=says,
        url=url,
        grade=grade,
        note=note,
    )


@service
def set_told_state(licence: Licence, *, actor: User, state: LicenceState, reason: str) -> None:
    """Record the state that a source tells of; it is not our act, so no transition is checked."""
    licence = _tracked(licence, actor)
    source, licence.state = licence.state, state.value
    licence.save(update_fields=["state"])
    note_change(licence, "told of", source, actor, reason)


@service
def set_quantity(
    licence: Licence, *, actor: User, quantity: Decimal, source: str, url: str, grade: str
) -> None:
    """Record what a tracked licence authorises, once, with the source.

    Raises
    ------
    InputError
        If a quantity is recorded already: the ledger counts down from it.
    """
    licence = _tracked(licence, actor)
    line = licence.lines.get(number=1)
    if line.authorised is not None:
        raise InputError(
            "a quantity is recorded already",
            where=licence.reference,
            hint="track the licence anew if it was wrong",
        )
    line.authorised = quantity
    line.save(update_fields=["authorised"])
    open_accounts(licence)
    _say(licence, actor, source=source, url=url, says="states_quantity", grade=grade,
         note=f"{quantity:f} {line.unit}")  # fmt: skip


@service
def import_from_pack(*, actor: User, pack: str) -> int:
    """Track every licence that a pack's sources tell of and that is not tracked yet.

    Returns
    -------
    int
        Number of licences added.
    """
    require(actor, Permission.TRACK)
    opened = packs.opened(pack)
    own = Licence.objects.filter(owner=actor.organisation, posture=Posture.ASSERTED, pack=pack)
    known = set(own.values_list("number", flat=True))
    added = 0
    for told in load_licences(opened):
        if told.id not in known:
            _take_over(told, actor=actor, pack=pack)
            added += 1
    return added


def _take_over(told: AssertedLicence, *, actor: User, pack: str) -> None:
    opened = packs.opened(pack)
    holder = opened.parties.get(told.holder)
    licence = _begin(
        actor, pack, told.id, told.kind, told.issuer, holder.name if holder else told.holder,
        told.origin, told.destination, told.granted_by, told.valid_from, told.valid_to, told.note,
    )  # fmt: skip
    for number, item in enumerate(told.items, start=1):
        LicenceLine.objects.create(
            licence=licence,
            number=number,
            item=item,
            authorised=None,
            unit=opened.item(item).unit,
            account=f"{licence.reference}/{number}" if len(told.items) > 1 else licence.reference,
        )
    for condition in told.conditions:
        values = ",".join(condition.values)
        LicenceCondition.objects.create(
            licence=licence, text=f"{condition.kind}:{values}" if values else condition.kind
        )
    for claim in told.claims:
        source = opened.sources.get(claim.source)
        _say(
            licence,
            actor,
            source=claim.source,
            url=source.url if source else "",
            says=claim.says,
            family=claim.family,
            note=claim.note,
        )
