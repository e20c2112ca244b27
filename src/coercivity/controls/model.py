"""The nouns of the controls room: instruments, measures, actions, queries, determinations.

Nothing here knows a country, an item or a number of any subject: those come from a pack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from coercivity.timeline import PartialDate

__all__ = [
    "ANYTHING",
    "CIVIL",
    "MILITARY",
    "UNKNOWN",
    "UNNAMED",
    "ActionKind",
    "Effect",
    "EventFlag",
    "Instrument",
    "LicenceCover",
    "Measure",
    "MeasureAction",
    "MeasureType",
    "Outcome",
    "Phase",
]

ANYTHING: Final = "*"
"""In a scope list: every value is in scope."""

UNKNOWN: Final = "unknown"
"""In a query: this fact is not known, and nothing may be assumed about it."""

UNNAMED: Final = "unnamed"
"""In a measure's end users: the list has members that none of our sources names."""

CIVIL: Final = "civil"
"""In a scope list: every end use but the military one. In a query: a civil use no measure names."""

MILITARY: Final = "military"
"""The end use that :data:`CIVIL` excludes."""


class Outcome(StrEnum):
    """The seven answers of a determination."""

    FREE = "FREE"
    DECLARATION = "DECLARATION"
    LICENCE_REQUIRED = "LICENCE_REQUIRED"
    GENERAL_LICENCE_AVAILABLE = "GENERAL_LICENCE_AVAILABLE"
    PRESUMED_DENIED = "PRESUMED_DENIED"
    PROHIBITED = "PROHIBITED"
    UNKNOWN_REFER = "UNKNOWN_REFER"


class Effect(StrEnum):
    """What a measure in force does to a shipment in its scope, weakest last."""

    PROHIBIT = "prohibit"
    PRESUME_DENIAL = "presume_denial"
    REQUIRE_LICENCE = "require_licence"
    REQUIRE_DECLARATION = "require_declaration"
    EXEMPT = "exempt"
    NONE = "none"

    @property
    def rank(self) -> int:
        """Place in the order of precedence; a higher rank decides over a lower one."""
        return _RANK[self]

    @property
    def outcome(self) -> Outcome:
        """The answer if a measure of this effect decides."""
        return _OUTCOME[self]


_RANK: Final = {
    Effect.PROHIBIT: 5,
    Effect.PRESUME_DENIAL: 4,
    Effect.REQUIRE_LICENCE: 3,
    Effect.REQUIRE_DECLARATION: 2,
    Effect.EXEMPT: 1,
    Effect.NONE: 0,
}
_OUTCOME: Final = {
    Effect.PROHIBIT: Outcome.PROHIBITED,
    Effect.PRESUME_DENIAL: Outcome.PRESUMED_DENIED,
    Effect.REQUIRE_LICENCE: Outcome.LICENCE_REQUIRED,
    Effect.REQUIRE_DECLARATION: Outcome.DECLARATION,
    Effect.EXEMPT: Outcome.FREE,
    Effect.NONE: Outcome.FREE,
}


class MeasureType(StrEnum):
    """Kinds of measures in a register."""

    EXPORT_BAN = "export_ban"
    EXPORT_LICENCE = "export_licence"
    EXPORT_DECLARATION = "export_declaration"
    TECHNOLOGY_CONTROL = "technology_control"
    ENTITY_LISTING = "entity_listing"
    RE_EXPORT_CONTROL = "re_export_control"
    IMPORT_SCHEME = "import_scheme"
    TARIFF = "tariff"
    SUBSIDY = "subsidy"
    PROCEDURE = "procedure"


class ActionKind(StrEnum):
    """What an action does to a measure."""

    ENACT = "enact"
    AMEND = "amend"
    SUSPEND = "suspend"
    RESUME = "resume"
    RELAX = "relax"
    EXTEND = "extend"
    REPEAL = "repeal"


class Phase(StrEnum):
    """State of a measure on a day, as known on a day."""

    UNPUBLISHED = "unpublished"
    NOT_YET_EFFECTIVE = "not_yet_effective"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REPEALED = "repealed"


@dataclass(frozen=True)
class Measure:
    """One rule of an instrument: what it does, and to which shipments.

    Parameters
    ----------
    id : str
        Unique in the register.
    instrument : str
        Id of the instrument it stands in.
    article : str
        Article or clause; empty if the instrument is not divided.
    type : MeasureType
        Its kind.
    effect : Effect
        What it does, unless an action says otherwise.
    items, origins, destinations, end_uses, end_users : tuple of str
        Scope; an empty tuple or ``*`` is every value. Places are alpha-2 codes, groups expanded.
    not_destinations : tuple of str
        Destinations left out of the scope.
    contains_any : tuple of str
        In scope only if the goods contain one of these.
    de_minimis_share : float or None
        Lowest share of value of listed content that brings foreign-made goods into scope, 0 to 1.
    ownership_share : float or None
        Share held by listed parties from which a party counts as listed, 0 to 1.
    note : str
        Remarks.
    """

    id: str
    instrument: str
    article: str
    type: MeasureType
    effect: Effect
    items: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    not_destinations: tuple[str, ...] = ()
    end_uses: tuple[str, ...] = ()
    end_users: tuple[str, ...] = ()
    contains_any: tuple[str, ...] = ()
    de_minimis_share: float | None = None
    ownership_share: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Instrument:
    """A published act of an authority.

    Parameters
    ----------
    id, issuer, number, title : str
        Id, party id of the authority, number as published, what it is in our words.
    published_on : date
        Day of publication.
    zone : str
        IANA time zone of the issuer: its law governs at the date there.
    jurisdiction : str
        Alpha-2 code of the issuer's country; empty if not known.
    measures : tuple of Measure
        Its rules.
    url : str
        Address of the text.
    sources, facts : tuple of str
        Source ids and fact ids behind it.
    note : str
        Remarks.
    """

    id: str
    issuer: str
    number: str
    title: str
    published_on: date
    zone: str = "UTC"
    jurisdiction: str = ""
    measures: tuple[Measure, ...] = ()
    url: str = ""
    sources: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    note: str = ""

    @property
    def label(self) -> str:
        """Number if it has one, else title."""
        return self.number or self.title


@dataclass(frozen=True)
class MeasureAction:
    """A dated act upon one measure, or upon all measures of an instrument.

    Parameters
    ----------
    id : str
        Unique in the register.
    instrument : str
        The instrument that acts (it may act upon another one); empty for a hypothesis.
    target : str
        Id of a measure, of an instrument (all its measures), or, for ``extend``, of the action
        whose end is moved.
    kind : ActionKind
        What it does.
    start : date
        First day of effect.
    until : date or None
        First day no longer covered; None is open.
    announced_on : date
        Day of the announcement.
    recorded_on : date
        First day the public could know.
    destinations, items, end_users : tuple of str
        Part of the measure's scope it acts upon; empty is all of it.
    effect : Effect or None
        New effect, for ``relax`` and ``amend``.
    sources, facts : tuple of str
        Source ids and fact ids behind it.
    hypothetical : bool
        Whether it is a scenario's assumption, not something published.
    note : str
        Remarks.
    """

    id: str
    instrument: str
    target: str
    kind: ActionKind
    start: date
    until: date | None = None
    announced_on: date = date.min
    recorded_on: date = date.min
    destinations: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    end_users: tuple[str, ...] = ()
    effect: Effect | None = None
    sources: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    hypothetical: bool = False
    note: str = ""


@dataclass(frozen=True)
class EventFlag:
    """An event that touches controls: whether it changed the register, and why (not).

    Parameters
    ----------
    event : str
        Event id.
    folded : bool
        Whether the register's state depends on it.
    reason : str
        Why, in a sentence.
    measures : tuple of str
        Measures concerned.
    """

    event: str
    folded: bool
    reason: str
    measures: tuple[str, ...] = field(default=())


class LicenceCover(Protocol):
    """What a determination needs to know of a licence; :class:`AssertedLicence` has all of it."""

    @property
    def id(self) -> str:
        """Stable id."""

    @property
    def kind(self) -> str:
        """``individual``, ``general`` or ``registration``."""

    @property
    def items(self) -> tuple[str, ...]:
        """Item ids covered."""

    @property
    def origin(self) -> str:
        """Country of export."""

    @property
    def destination(self) -> str:
        """Country or group of destination."""

    @property
    def holder(self) -> str:
        """Party it is reported for; ``*`` is anybody."""

    @property
    def granted_by(self) -> date:
        """Day by which it is known to be granted."""

    @property
    def valid_from(self) -> date:
        """First day it is taken to be usable."""

    @property
    def valid_to(self) -> date | None:
        """First day it no longer is; None is open."""

    @property
    def granted_on(self) -> PartialDate | None:
        """Day of the grant, if anybody says."""

    @property
    def is_disputed(self) -> bool:
        """Whether sources differ on it, so that the number of licences is not known."""

    @property
    def is_tied(self) -> bool:
        """Whether it is usable by the holder's named customers or end users only."""
