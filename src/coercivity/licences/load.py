"""Read asserted licences and counts of applications from a pack's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from coercivity.catalogue.model import Source
from coercivity.errors import InputError
from coercivity.licences.asserted import ApplicationCount, AssertedLicence, LicenceClaim
from coercivity.licences.conditions import parse_condition
from coercivity.licences.model import Condition, LicenceKind

__all__ = ["PackLike", "load_application_counts", "load_licences"]

_COUNTS = ("applied", "endorsed", "approved", "pending", "rejected")


class PackLike(Protocol):
    """What this room needs of a :class:`~coercivity.catalogue.Pack`."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """Row of ``pack.yaml``."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""

    def table(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """Return the rows of a table."""


def load_licences(pack: PackLike) -> tuple[AssertedLicence, ...]:
    """Return the licences that sources say exist, sorted by id.

    Parameters
    ----------
    pack : Pack
        Its tables ``licences`` and ``sources`` are read.

    Raises
    ------
    InputError
        If a condition is not known, or a licence ends before it starts.
    """
    rows = sorted(pack.table("licences"), key=lambda row: str(row["id"]))
    return tuple(_licence(row, pack.sources) for row in rows)


def _licence(row: Mapping[str, Any], sources: Mapping[str, Source]) -> AssertedLicence:
    where = getattr(row, "where", "") or f"licence {row['id']}"
    valid_to = row.get("valid_to")
    if valid_to is not None and valid_to <= row["valid_from"]:
        raise InputError(
            f"the licence ends ({valid_to}) before it starts ({row['valid_from']})", where=where
        )
    return AssertedLicence(
        id=row["id"],
        reference=row.get("reference") or "",
        kind=LicenceKind(row["kind"]),
        issuer=row["issuer"],
        holder=row["holder"],
        exporters=tuple(row.get("exporters") or ()),
        items=tuple(row["items"]),
        origin=row["origin"],
        destination=row["destination"],
        granted_by=row["granted_by"],
        valid_from=row["valid_from"],
        valid_to=valid_to,
        granted_on=row.get("granted_on"),
        quantity=row.get("quantity") or None,
        exists=row.get("exists") or None,
        conditions=tuple(
            _condition(text, row["holder"], where) for text in row.get("conditions") or ()
        ),
        claims=tuple(
            LicenceClaim(
                source=claim["source"],
                says=claim["says"],
                family=family_of(claim["source"], sources),
                fact=claim.get("fact") or "",
                note=claim.get("note") or "",
            )
            for claim in row.get("claims") or ()
        ),
        note=row.get("note") or "",
    )


def _condition(text: str, holder: str, where: str) -> Condition:
    """Read a condition; a licence tied to an end user who is not named is tied to its holder."""
    condition = parse_condition(text, where=where)
    if condition.kind == "end_user_only" and not condition.values:
        return replace(condition, values=(holder,))
    return condition


def family_of(source: str, sources: Mapping[str, Source]) -> str:
    """Return the witness family of a source: copies of one story are one witness."""
    return (sources[source].family or source) if source in sources else source


def load_application_counts(pack: PackLike) -> tuple[ApplicationCount, ...]:
    """Return the counts of applications that sources report, by country and date.

    Parameters
    ----------
    pack : Pack
        Its tables ``applications`` and ``sources`` are read.

    Raises
    ------
    InputError
        If a count is negative.
    """
    counts = [_count(row, pack.sources) for row in pack.table("applications")]
    return tuple(sorted(counts, key=lambda c: (c.country, c.as_of.latest, c.id)))


def _count(row: Mapping[str, Any], sources: Mapping[str, Source]) -> ApplicationCount:
    numbers = {name: row.get(name) for name in _COUNTS}
    for name, number in numbers.items():
        if number is not None and number < 0:
            raise InputError(
                f"{name} is {number}",
                where=getattr(row, "where", "") or f"applications {row['id']}",
                expected="zero or more",
            )
    return ApplicationCount(
        id=row["id"],
        country=row["country"],
        as_of=row["as_of"],
        measure=row["measure"],
        source=row["source"],
        family=family_of(row["source"], sources),
        fact=row.get("fact") or "",
        hedge=row.get("hedge") or "",
        note=row.get("note") or "",
        **numbers,
    )
