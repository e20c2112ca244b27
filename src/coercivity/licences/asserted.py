"""Asserted licences: what sources say of licences that others hold, and of applications.

Their quantities are distributions drawn elsewhere, named here by quantity id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from coercivity.licences.model import Condition, LicenceKind
from coercivity.timeline import PartialDate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "ApplicationCount",
    "AssertedLicence",
    "CountSummary",
    "LicenceClaim",
    "LicenceGroup",
    "StatedCount",
]


@dataclass(frozen=True)
class LicenceClaim:
    """What one source says about one licence.

    Parameters
    ----------
    source : str
        Source id.
    says : str
        ``lists``, ``omits``, ``confirms_some``, ``denies`` or ``questions``.
    family : str
        Witness family of the source.
    fact, note : str
        Fact id, remarks.
    """

    source: str
    says: str
    family: str
    fact: str = ""
    note: str = ""


@dataclass(frozen=True)
class AssertedLicence:
    """A licence that somebody says exists.

    Parameters
    ----------
    id, reference : str
        Id, and number if published.
    kind : LicenceKind
        Its kind.
    issuer, holder : str
        Party ids.
    exporters : tuple of str
        Party ids of the exporters covered; empty is any.
    items : tuple of str
        Item ids.
    origin, destination : str
        Alpha-2 codes or a group.
    granted_by : date
        Day by which it is known to be granted; not the day of the grant.
    granted_on : PartialDate or None
        Day of the grant, if anybody says.
    valid_from : date
        First day it is taken to be usable.
    valid_to : date or None
        First day it no longer is.
    quantity : str or None
        Quantity id of what it authorises; None if not published and not assumed.
    exists : str or None
        Quantity id of the probability that it exists; None is certain.
    conditions : tuple of Condition
        Conditions reported.
    claims : tuple of LicenceClaim
        Who says so.
    note : str
        Remarks.
    """

    id: str
    reference: str
    kind: LicenceKind
    issuer: str
    holder: str
    exporters: tuple[str, ...]
    items: tuple[str, ...]
    origin: str
    destination: str
    granted_by: date
    valid_from: date
    valid_to: date | None = None
    granted_on: PartialDate | None = None
    quantity: str | None = None
    exists: str | None = None
    conditions: tuple[Condition, ...] = ()
    claims: tuple[LicenceClaim, ...] = ()
    note: str = ""

    @property
    def is_tied(self) -> bool:
        """Whether it is usable by the holder's named customers or end users only."""
        return any(condition.kind == "end_user_only" for condition in self.conditions)

    @property
    def is_disputed(self) -> bool:
        """Whether a source omits, denies or questions it, or confirms licences without a number."""
        return any(claim.says != "lists" for claim in self.claims)


@dataclass(frozen=True)
class ApplicationCount:
    """Counts of applications as one source reports them for one day; None is not stated.

    Parameters
    ----------
    id, country : str
        Row id, alpha-2 code or group of the applicants.
    as_of : PartialDate
        Date of the count.
    measure : str
        What is counted: ``firms``, ``requests``, ``applications`` or ``certificates``.
    applied, endorsed, approved, pending, rejected : float or None
        The counts, in units of `measure`.
    source, family, fact, hedge, note : str
        Source id, its witness family, fact id, hedge word, remarks.
    """

    id: str
    country: str
    as_of: PartialDate
    measure: str
    applied: float | None = None
    endorsed: float | None = None
    approved: float | None = None
    pending: float | None = None
    rejected: float | None = None
    source: str = ""
    family: str = ""
    fact: str = ""
    hedge: str = ""
    note: str = ""


@dataclass(frozen=True)
class StatedCount:
    """A count one witness family states.

    Parameters
    ----------
    text : str
        ``"4"``, or a word such as ``"some"``.
    value : int or None
        The number; None for a word.
    family : str
        Witness family.
    sources : tuple of str
        Source ids of the family that state it.
    """

    text: str
    value: int | None
    family: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class CountSummary:
    """How many licensees the sources say there are.

    Parameters
    ----------
    known : int or None
        The count, if every witness that gives a number gives the same and none is vaguer.
    stated : tuple of StatedCount
        What each witness family states.
    text : str
        One clause, such as ``count of licensees unknown (sources: 3, 4, some)``.
    known_by : date or None
        Day by which the licences counted are known to exist.
    """

    known: int | None
    stated: tuple[StatedCount, ...]
    text: str
    known_by: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "known": self.known,
            "text": self.text,
            "known_by": self.known_by.isoformat() if self.known_by else None,
            "stated": [
                {"text": s.text, "family": s.family, "sources": list(s.sources)}
                for s in self.stated
            ],
        }


@dataclass(frozen=True)
class LicenceGroup:
    """Room for departures that the engine draws down.

    Parameters
    ----------
    id, holder : str
        Licence id, party id of the holder.
    exporters : tuple of str
        Party ids of the exporters covered; empty is any.
    items : tuple of str
        Item ids.
    origin, destination : str
        Alpha-2 codes or a group.
    from_day, until_day : int
        Days from the start of the simulation, half-open.
    quantity : float64[member]
        Authorised quantity, in `unit`; 0 in members in which the licence does not exist; infinite
        if the licence sets no quantity.
    unit : str
        Unit symbol of the quantity.
    """

    id: str
    holder: str
    exporters: tuple[str, ...]
    items: tuple[str, ...]
    origin: str
    destination: str
    from_day: int
    until_day: int
    quantity: NDArray[np.float64] = field(compare=False)
    unit: str = ""
