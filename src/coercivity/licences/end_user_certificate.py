"""End-user certificates as structured data, and what the issuer's rules ask of them.

A certificate is read leniently: what is wrong with one field never hides what is wrong with
another. :mod:`coercivity.licences.certificate_checks` lists every defect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, Protocol

from coercivity.catalogue.rows import RawRow, read_rows
from coercivity.errors import CoercivityError, InputError, Problem
from coercivity.timeline import parse_day

__all__ = [
    "CertificateRules",
    "EndUserCertificate",
    "Endorsement",
    "Goods",
    "ReadCertificate",
    "Submission",
    "load_certificate_rules",
    "read_certificate",
]

_RULES_FILE: Final = "certificate_rules.yaml"


@dataclass(frozen=True)
class Goods:
    """One line of goods, of a certificate or of an application; None is missing or unreadable."""

    item: str
    quantity: Decimal | None
    unit: str
    where: str = ""


@dataclass(frozen=True)
class Endorsement:
    """A stamp: by whom, on which day, under which number."""

    by: str
    on: date | None
    reference: str = ""
    where: str = ""


@dataclass(frozen=True)
class EndUserCertificate:
    """What a certificate says; empty or None is missing or unreadable.

    Parameters
    ----------
    number : str
        The certificate's own number.
    consignee, end_user : str
        Party ids or names; who receives and who uses.
    destination : str
        Country of the end user, alpha-2.
    end_use : str
        Declared end use.
    goods : tuple of Goods
    undertakings : tuple of str
        As conditions are written, such as ``no_transfer`` or ``no_reexport_to:US``.
    signatory, office : str
        Who signs for the end user, and in which office.
    signed_on, valid_from, valid_to : date or None
        Day of the signature; first day of validity and first day no longer valid.
    endorsements : tuple of Endorsement
        In the order in which they were given.
    consignee_statement : str
        Why the consignee is another than the end user.
    original : bool or None
        Whether the paper itself is handed in, not a copy.
    where : str
        File and line.
    """

    number: str = ""
    consignee: str = ""
    end_user: str = ""
    destination: str = ""
    end_use: str = ""
    goods: tuple[Goods, ...] = ()
    undertakings: tuple[str, ...] = ()
    signatory: str = ""
    office: str = ""
    signed_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    endorsements: tuple[Endorsement, ...] = ()
    consignee_statement: str = ""
    original: bool | None = None
    where: str = ""


@dataclass(frozen=True)
class Submission:
    """The application that the certificate goes with."""

    issuer: str = ""
    consignee: str = ""
    end_user: str = ""
    destination: str = ""
    end_use: str = ""
    goods: tuple[Goods, ...] = ()
    submitted_on: date | None = None
    where: str = ""


@dataclass(frozen=True)
class CertificateRules:
    """What an issuer asks of certificates of one country; data of a pack.

    Parameters
    ----------
    id : str
    issuer : str
        Party id of the authority that licenses.
    destination : str
        Alpha-2 code.
    valid_from : date or None
        Day from which this is known to be asked.
    endorsements : tuple of str
        Party ids, in the order in which they endorse.
    undertakings : tuple of str
        Kinds of conditions, with values where the issuer asks for some.
    original : bool
        Whether the paper itself has to be handed in.
    longest_days : int or None
        Longest validity in days; None is not published.
    sources, facts : tuple of str
    note : str
    """

    id: str
    issuer: str
    destination: str
    valid_from: date | None
    endorsements: tuple[str, ...]
    undertakings: tuple[str, ...]
    original: bool
    longest_days: int | None = None
    sources: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ReadCertificate:
    """A file as far as it could be read, and what could not."""

    certificate: EndUserCertificate
    submission: Submission
    problems: tuple[Problem, ...]


class PackFolder(Protocol):
    """What is needed of a pack."""

    @property
    def root(self) -> Path:
        """Its folder."""

    @property
    def sources(self) -> Mapping[str, Any]:
        """Sources by id."""

    @property
    def parties(self) -> Mapping[str, Any]:
        """Parties by id."""


@dataclass
class _Reader:
    """Takes fields out of raw rows and collects what is wrong instead of stopping."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, what: str, where: str, expected: str) -> None:
        self.problems.append(Problem(what, where, expected))

    def only(self, row: RawRow, known: Sequence[str]) -> None:
        for name in row.values:
            if name not in known:
                self.wrong(f"there is no field {name!r}", row.where, "one of " + ", ".join(known))

    def text(self, row: RawRow, name: str) -> str:
        value = row.values.get(name)
        if isinstance(value, str) or value is None:
            return (value or "").strip()
        self.wrong(f"{name} is no text", row.where, "one value")
        return ""

    def texts(self, row: RawRow, name: str) -> tuple[str, ...]:
        value = row.values.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        if all(isinstance(item, str) for item in values):
            return tuple(item.strip() for item in values if item.strip())
        self.wrong(f"{name} is no list of texts", row.where, "a list of words")
        return ()

    def day(self, row: RawRow, name: str) -> date | None:
        text = self.text(row, name)
        if not text:
            return None
        try:
            return parse_day(text)
        except CoercivityError as error:
            self.wrong(f"{name}: {error.problem.what}", row.where, error.problem.expected)
            return None

    def number(self, row: RawRow, name: str) -> Decimal | None:
        text = self.text(row, name)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_finite():
            return value
        self.wrong(f"{name}: {text!r} is no number", row.where, "an exact decimal number")
        return None

    def flag(self, row: RawRow, name: str) -> bool | None:
        text = self.text(row, name).lower()
        if text in ("", "yes", "true", "no", "false"):
            return text in ("yes", "true") if text else None
        self.wrong(f"{name} is {text!r}", row.where, "yes or no")
        return None

    def rows(self, row: RawRow, name: str) -> list[RawRow]:
        value = row.values.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        found = [item for item in values if isinstance(item, RawRow)]
        if len(found) != len(values):
            self.wrong(f"{name} holds something else than rows", row.where, "a list of mappings")
        return found

    def goods(self, row: RawRow) -> tuple[Goods, ...]:
        lines = []
        for line in self.rows(row, "goods"):
            self.only(line, ("item", "quantity", "unit"))
            quantity = self.number(line, "quantity")
            unit = self.text(line, "unit")
            lines.append(Goods(self.text(line, "item"), quantity, unit, line.where))
        return tuple(lines)

    def endorsements(self, row: RawRow) -> tuple[Endorsement, ...]:
        stamps = []
        for line in self.rows(row, "endorsements"):
            self.only(line, ("by", "on", "reference"))
            stamps.append(
                Endorsement(
                    self.text(line, "by"),
                    self.day(line, "on"),
                    self.text(line, "reference"),
                    line.where,
                )
            )
        return tuple(stamps)


def read_certificate(path: Path) -> ReadCertificate:
    """Read a certificate, and the application it goes with, from YAML.

    Parameters
    ----------
    path : Path
        One mapping with ``certificate`` and ``application``.

    Returns
    -------
    ReadCertificate
        Fields that cannot be read are missing, and named among the problems.

    Raises
    ------
    InputError
        If it is no YAML, or holds no certificate.
    """
    rows = read_rows(path)
    whole = rows[0] if len(rows) == 1 else None
    inner = whole.values.get("certificate") if whole else None
    if whole is None or not isinstance(inner, RawRow):
        raise InputError(
            "the file holds no certificate", where=path.name, expected="certificate: and its fields"
        )
    reader = _Reader()
    reader.only(whole, ("certificate", "application"))
    application = whole.values.get("application")
    submission = Submission()
    if isinstance(application, RawRow):
        submission = _submission(reader, application)
    elif application is not None:
        reader.wrong("application holds no fields", whole.where, "application: and its fields")
    return ReadCertificate(_certificate(reader, inner), submission, tuple(reader.problems))


def _certificate(reader: _Reader, row: RawRow) -> EndUserCertificate:
    names = [name for name in EndUserCertificate.__dataclass_fields__ if name != "where"]
    reader.only(row, names)
    return EndUserCertificate(
        number=reader.text(row, "number"),
        consignee=reader.text(row, "consignee"),
        end_user=reader.text(row, "end_user"),
        destination=reader.text(row, "destination"),
        end_use=reader.text(row, "end_use"),
        goods=reader.goods(row),
        undertakings=reader.texts(row, "undertakings"),
        signatory=reader.text(row, "signatory"),
        office=reader.text(row, "office"),
        signed_on=reader.day(row, "signed_on"),
        valid_from=reader.day(row, "valid_from"),
        valid_to=reader.day(row, "valid_to"),
        endorsements=reader.endorsements(row),
        consignee_statement=reader.text(row, "consignee_statement"),
        original=reader.flag(row, "original"),
        where=row.where,
    )


def _submission(reader: _Reader, row: RawRow) -> Submission:
    names = [name for name in Submission.__dataclass_fields__ if name != "where"]
    reader.only(row, names)
    return Submission(
        issuer=reader.text(row, "issuer"),
        consignee=reader.text(row, "consignee"),
        end_user=reader.text(row, "end_user"),
        destination=reader.text(row, "destination"),
        end_use=reader.text(row, "end_use"),
        goods=reader.goods(row),
        submitted_on=reader.day(row, "submitted_on"),
        where=row.where,
    )


def load_certificate_rules(pack: PackFolder) -> tuple[CertificateRules, ...]:
    """Return the rules for certificates that a pack holds; none if it has no such file.

    Raises
    ------
    InputError
        If a row is wrong or names a source or an endorser that the pack does not know; every
        problem is listed with file and line.
    """
    path = pack.root / _RULES_FILE
    if not path.exists():
        return ()
    reader = _Reader()
    rules = tuple(_rule(reader, row, pack) for row in read_rows(path))
    if reader.problems:
        raise InputError(
            f"{_RULES_FILE} has {len(reader.problems)} problems",
            where=str(pack.root),
            problems=reader.problems,
        )
    return rules


def _rule(reader: _Reader, row: RawRow, pack: PackFolder) -> CertificateRules:
    names = list(CertificateRules.__dataclass_fields__)
    reader.only(row, names)
    for name in ("id", "issuer", "destination"):
        if not reader.text(row, name):
            reader.wrong(f"{name} is missing", row.where, "a value")
    longest = reader.number(row, "longest_days")
    rules = CertificateRules(
        id=reader.text(row, "id"),
        issuer=reader.text(row, "issuer"),
        destination=reader.text(row, "destination"),
        valid_from=reader.day(row, "valid_from"),
        endorsements=reader.texts(row, "endorsements"),
        undertakings=reader.texts(row, "undertakings"),
        original=bool(reader.flag(row, "original")),
        longest_days=None if longest is None else int(longest),
        sources=reader.texts(row, "sources"),
        facts=reader.texts(row, "facts"),
        note=reader.text(row, "note"),
    )
    for party in (rules.issuer, *rules.endorsements):
        if party and party not in pack.parties:
            reader.wrong(f"no party is called {party!r}", row.where, "an id of parties.yaml")
    for source in rules.sources or ("",):
        if source not in pack.sources:
            reader.wrong(f"no source is called {source!r}", row.where, "an id of sources.yaml")
    return rules
