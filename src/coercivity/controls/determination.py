"""Determine one query: which measure decides, why, and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from coercivity.catalogue import places
from coercivity.catalogue.model import Item
from coercivity.controls.answer import Determination, Query
from coercivity.controls.model import CIVIL, LicenceCover, Outcome
from coercivity.controls.register import Register
from coercivity.controls.rulings import snapshot_of
from coercivity.controls.subject import Subject

__all__ = ["determine", "is_valid", "licence_covers"]


def determine(
    register: Register,
    query: Query,
    *,
    items: Mapping[str, Item] | None = None,
    general_licences: Iterable[LicenceCover] = (),
    licences: Iterable[LicenceCover] = (),
    licensees: str | None = None,
) -> Determination:
    """Determine what is required for a shipment, with the trace of every measure considered.

    Parameters
    ----------
    register : Register
        From :func:`~coercivity.controls.build_register`.
    query : Query
        The question.
    items : mapping of str to Item, optional
        Items by id; the register's if not given.
    general_licences : iterable of LicenceCover
        General licences that are said to exist; one that covers the shipment turns
        LICENCE_REQUIRED into GENERAL_LICENCE_AVAILABLE and nothing else.
    licences : iterable of LicenceCover
        Licences that are said to exist; those known by then are listed as exceptions.
    licensees : str, optional
        What is known of their number, for the exceptions.

    Returns
    -------
    Determination

    Raises
    ------
    NotFoundError
        If the item is unknown, or a country code is none.
    InputError
        If a share lies outside 0 to 1, or a moment has no time zone.
    """
    if items is not None:
        register = replace(register, items=items, scopes={}, _memo={})
    subject = register.lookup.subject(query)
    snapshot = snapshot_of(register, query.known_at)
    ruling = snapshot.ruling(subject, snapshot.spans(query.on))
    outcome = ruling.outcome
    exceptions: tuple[str, ...] = ()
    general, others = tuple(general_licences), tuple(licences)
    if general or others:
        covered = (licence_covers(x, subject, register, on=_plain_day(query.on)) for x in general)
        if outcome is Outcome.LICENCE_REQUIRED and any(covered):
            outcome = Outcome.GENERAL_LICENCE_AVAILABLE
        exceptions = _exceptions((*general, *others), subject, register, licensees)
    return Determination(
        query=subject.query,
        outcome=outcome,
        trace=ruling.trace,
        deciding=ruling.deciding,
        knowledge_ends=ruling.knowledge_ends,
        missing=ruling.missing,
        assumed=_assumed(snapshot.horizon, subject.query),
        exceptions=exceptions,
        free_if=ruling.free_if,
    )


def _assumed(horizon: date | None, query: Query) -> tuple[str, ...]:
    """Return what the query left open and was taken for granted."""
    assumed = []
    if query.end_user is None:
        assumed.append("no end user is named: one on no list is assumed")
    if query.end_use == CIVIL:
        assumed.append("a civil end use that no measure names is assumed")
    if query.hs_code:
        assumed.append(f"customs code {query.hs_code} is a reference only and decides nothing")
    if horizon is not None and _plain_day(query.on) > horizon:
        assumed.append(f"nothing recorded is later than {horizon}: no later change is assumed")
    return tuple(assumed)


def licence_covers(
    licence: LicenceCover, subject: Subject, register: Register, *, on: date | None
) -> bool:
    """Whether a licence is known and certainly covers the shipment.

    Parameters
    ----------
    licence : LicenceCover
    subject : Subject
    register : Register
        Its parties tell which holders are single importers.
    on : date or None
        Day on which it must be valid; None leaves its validity aside.
    """
    query = subject.query
    if query.known_at is not None and licence.granted_by > query.known_at:
        return False
    if on is not None and not is_valid(licence, on):
        return False
    holder = register.parties.get(licence.holder)
    importer = (
        holder is not None and holder.kind != "aggregate" and holder.country in subject.destinations
    )
    if (licence.is_tied or importer) and query.end_user != licence.holder:
        return False
    return _same_trade(licence, subject)


def is_valid(licence: LicenceCover, day: date) -> bool:
    """Whether a licence is valid on a day."""
    return licence.valid_from <= day and (licence.valid_to is None or day < licence.valid_to)


def _plain_day(on: date | datetime) -> date:
    return on.date() if isinstance(on, datetime) else on


def _same_trade(licence: LicenceCover, subject: Subject) -> bool:
    return (
        bool(subject.family.kinds & set(licence.items))
        and subject.origins <= set(places.expand(licence.origin))
        and (
            licence.destination == places.ANY
            or subject.destinations <= set(places.expand(licence.destination))
        )
    )


def _exceptions(
    licences: Iterable[LicenceCover],
    subject: Subject,
    register: Register,
    licensees: str | None,
) -> tuple[str, ...]:
    """Say which licences are known to exist; the control stays in force."""
    day = _plain_day(subject.query.on)
    known = {
        licence.id: licence
        for licence in licences
        if is_valid(licence, day)
        and (subject.query.known_at is None or licence.granted_by <= subject.query.known_at)
        and _same_trade(licence, subject)
    }
    groups: dict[tuple[str, str], list[LicenceCover]] = {}
    for key in sorted(known):
        licence = known[key]
        groups.setdefault((licence.destination, licence.kind), []).append(licence)
    return tuple(
        _exception(destination, kind, members, register, licensees)
        for (destination, kind), members in sorted(groups.items())
    )


def _exception(
    destination: str,
    kind: str,
    licences: Sequence[LicenceCover],
    register: Register,
    licensees: str | None,
) -> str:
    parties = register.parties
    names = [
        parties[licence.holder].name if licence.holder in parties else licence.holder
        for licence in licences
    ]
    disputed = any(licence.is_disputed for licence in licences)
    count = licensees or ("count unknown" if disputed else f"{len(licences)} reported")
    known_by = min(licence.granted_by for licence in licences)
    undated = all(licence.granted_on is None for licence in licences)
    return (
        f"{kind} licences: recipients in {places.country_name(destination)}, {count}, "
        f"known by {known_by}{', grant date unknown' if undated else ''}; "
        f"named: {', '.join(dict.fromkeys(names))}"
    )
