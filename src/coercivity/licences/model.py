"""Native licences: cases, licences and ledgers that are our own acts.

Quantities are :class:`decimal.Decimal`. Licences that somebody else is said to hold are in
:mod:`coercivity.licences.asserted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

__all__ = [
    "Application",
    "ApplicationLine",
    "ApplicationState",
    "Balance",
    "Condition",
    "EntryKind",
    "LedgerAccount",
    "LedgerEntry",
    "Licence",
    "LicenceKind",
    "LicenceLine",
    "LicenceState",
    "Shipment",
]


class LicenceKind(StrEnum):
    """Kinds of licences."""

    INDIVIDUAL = "individual"
    GENERAL = "general"
    REGISTRATION = "registration"


class ApplicationState(StrEnum):
    """States of an application; which follow which is in :mod:`coercivity.licences.states`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    IN_REVIEW = "in_review"
    AWAITING_INFO = "awaiting_info"
    CONSULTING = "consulting"
    PENDING_DECISION = "pending_decision"
    PENDING_COUNTERSIGN = "pending_countersign"
    UNDER_APPEAL = "under_appeal"
    STOPPED = "stopped"
    REFUSED = "refused"
    APPROVED = "approved"
    APPROVED_IN_PART = "approved_in_part"
    REFUSED_FINAL = "refused_final"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    CLOSED_NO_RESPONSE = "closed_no_response"
    SUPERSEDED = "superseded"
    NO_LICENCE_REQUIRED = "no_licence_required"


class LicenceState(StrEnum):
    """States of a licence; ``exhausted`` and ``expired`` are derived, never set by hand."""

    ISSUED = "issued"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class EntryKind(StrEnum):
    """Kinds of ledger entries."""

    RESERVE = "reserve"
    DRAW = "draw"
    RELEASE = "release"
    REVERSE = "reverse"
    ADJUST = "adjust"


@dataclass(frozen=True)
class ApplicationLine:
    """One line of an application.

    Parameters
    ----------
    item : str
        Item id.
    quantity : Decimal
        Quantity applied for, in `unit`.
    unit : str
        Unit symbol.
    value : Decimal or None
        Value in `currency`, if stated.
    currency : str
        Unit symbol of the value.
    """

    item: str
    quantity: Decimal
    unit: str
    value: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Application:
    """A case: somebody asks an authority for a licence.

    Parameters
    ----------
    id : str
        Case id.
    kind : LicenceKind
        Kind asked for.
    issuer : str
        Party id of the authority.
    applicant, consignee, end_user : str
        Party ids; the exporter applies, the importer supplies the certificate.
    origin, destination : str
        Alpha-2 codes.
    end_use : str
        Declared end use.
    lines : tuple of ApplicationLine
        What is asked for.
    documents : tuple of str
        Ids of the documents handed in, the end-user certificate among them.
    state : ApplicationState
        Where the case stands.
    previous : ApplicationState or None
        State to go back to when a stop is lifted.
    decided_by : str
        Person who took the decision that awaits a countersignature.
    """

    id: str
    kind: LicenceKind
    issuer: str
    applicant: str
    consignee: str
    end_user: str
    origin: str
    destination: str
    end_use: str
    lines: tuple[ApplicationLine, ...]
    documents: tuple[str, ...] = ()
    state: ApplicationState = ApplicationState.DRAFT
    previous: ApplicationState | None = None
    decided_by: str = ""


@dataclass(frozen=True)
class LicenceLine:
    """One line of a native licence.

    Parameters
    ----------
    item : str
        Item id.
    authorised : Decimal
        Authorised quantity, in `unit`.
    unit : str
        Unit symbol.
    tolerance : Decimal
        Share by which the authorised quantity may be exceeded, 0 to 1.
    """

    item: str
    authorised: Decimal
    unit: str
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True)
class Condition:
    """A condition of a licence as data.

    Parameters
    ----------
    kind : str
        One of :data:`coercivity.licences.conditions.CONDITION_KINDS`.
    values : tuple of str
        Countries, parties, sites or items, as the kind needs.
    limit : Decimal or None
        A quantity, for ``max_single_shipment``.
    unit : str
        Unit of the limit.
    by : date or None
        A date, for ``report_by``.
    """

    kind: str
    values: tuple[str, ...] = ()
    limit: Decimal | None = None
    unit: str = ""
    by: date | None = None


@dataclass(frozen=True)
class Shipment:
    """What a condition is checked against; None is not known.

    Parameters
    ----------
    item : str
        Item id.
    quantity : Decimal
        Quantity, in `unit`.
    unit : str
        Unit symbol.
    end_use : str or None
        Use it is put to.
    consignee, end_user, site : str or None
        Party ids and site id.
    onward_to : tuple of str or None
        Countries it, or what is made of it, goes on to; an empty tuple is nowhere.
    transferred_to : str or None
        Party it is passed on to; an empty string is nobody.
    reported_on : date or None
        Day its use was reported to the authority.
    """

    item: str
    quantity: Decimal
    unit: str
    end_use: str | None = None
    consignee: str | None = None
    end_user: str | None = None
    site: str | None = None
    onward_to: tuple[str, ...] | None = None
    transferred_to: str | None = None
    reported_on: date | None = None


@dataclass(frozen=True)
class Licence:
    """A native licence.

    Parameters
    ----------
    id, reference : str
        Id, and the number printed on it.
    kind : LicenceKind
        Its kind.
    issuer : str
        Party id of the authority.
    holder : str
        Party id of who may export.
    end_users : tuple of str
        Party ids; one for an individual licence.
    origin, destination : str
        Alpha-2 codes.
    lines : tuple of LicenceLine
        What it authorises.
    valid_from : date
        First day of validity in the issuer's zone.
    valid_to : date or None
        First day no longer valid; None is open.
    zone : str
        The issuer's IANA time zone.
    conditions : tuple of Condition
        Its conditions.
    state : LicenceState
        State set by acts; derived states come from :func:`~coercivity.licences.states.current`.
    """

    id: str
    reference: str
    kind: LicenceKind
    issuer: str
    holder: str
    end_users: tuple[str, ...]
    origin: str
    destination: str
    lines: tuple[LicenceLine, ...]
    valid_from: date
    valid_to: date | None = None
    zone: str = "UTC"
    conditions: tuple[Condition, ...] = ()
    state: LicenceState = LicenceState.ISSUED


@dataclass(frozen=True)
class LedgerAccount:
    """A licence line as the ledger sees it.

    Parameters
    ----------
    id : str
        Account id: licence id, and line if it has several.
    issuer : str
        Party id of the authority; external references are unique within it.
    unit : str
        Unit symbol every entry must have.
    authorised : Decimal
        Authorised quantity including tolerance, in `unit`.
    valid_from : date
        First day goods may leave, in the issuer's zone.
    valid_to : date or None
        First day they no longer may.
    zone : str
        The issuer's IANA time zone.
    """

    id: str
    issuer: str
    unit: str
    authorised: Decimal
    valid_from: date
    valid_to: date | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class LedgerEntry:
    """One row of a ledger; rows are added and never changed.

    Parameters
    ----------
    account : str
        Account id.
    kind : EntryKind
        What it does.
    quantity : Decimal
        Quantity in `unit`; positive, but an adjustment may be negative.
    unit : str
        Unit symbol.
    reference : str
        External reference, unique per issuer.
    at : date or datetime
        When the goods left, or the act took effect; an aware moment becomes the issuer's day.
    refers_to : str
        Reference of the reservation drawn on or released, or of the draw reversed.
    note : str
        Remarks.
    """

    account: str
    kind: EntryKind
    quantity: Decimal
    unit: str
    reference: str
    at: date | datetime
    refers_to: str = ""
    note: str = ""


@dataclass(frozen=True)
class Balance:
    """Totals of an account, in its unit.

    Parameters
    ----------
    authorised : Decimal
        Authorised quantity, adjustments included.
    drawn : Decimal
        Drawn, reversals taken off.
    reserved : Decimal
        Open reservations.
    """

    authorised: Decimal
    drawn: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)

    @property
    def remaining(self) -> Decimal:
        """Quantity that may still be drawn or reserved; never negative."""
        return self.authorised - self.drawn - self.reserved
