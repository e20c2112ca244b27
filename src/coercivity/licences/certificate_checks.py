"""Every defect of an end-user certificate, before it is handed in.

Each check is a function of certificate, application and rules that yields defects; none stops at
the first, and none hides another. What cannot be checked is listed as well: silence is no pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from coercivity.controls.model import MILITARY
from coercivity.errors import CoercivityError, Problem
from coercivity.licences.conditions import MASS_DESTRUCTION, describe, parse_condition
from coercivity.licences.end_user_certificate import (
    CertificateRules,
    EndUserCertificate,
    Goods,
    ReadCertificate,
    Submission,
)
from coercivity.licences.names import comparable
from coercivity.units import convert, parse_unit

__all__ = ["CertificateCheck", "Defect", "check_certificate", "rules_for"]


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong.

    Parameters
    ----------
    code : str
        Stable word for programs, such as ``signatory_missing``.
    problem : Problem
        The same in words, with place and what is expected.
    """

    code: str
    problem: Problem

    def to_json(self) -> dict[str, str]:
        """Return the defect as plain values."""
        return {"code": self.code, **self.problem.to_json()}


@dataclass(frozen=True)
class CertificateCheck:
    """What a check came to.

    Parameters
    ----------
    defects : tuple of Defect
        All of them; a certificate without any may be handed in.
    not_checked : tuple of str
        What could not be checked, and why.
    rules : str
        Id of the rules used; empty if none are known.
    """

    defects: tuple[Defect, ...]
    not_checked: tuple[str, ...]
    rules: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the check as plain values."""
        return {
            "has_defects": bool(self.defects),
            "defects": [defect.to_json() for defect in self.defects],
            "not_checked": list(self.not_checked),
            "rules": self.rules,
        }


def rules_for(
    submission: Submission, certificate: EndUserCertificate, rules: Sequence[CertificateRules]
) -> CertificateRules | None:
    """Return the rules that hold for an application, the latest known on its day; None if none."""
    day = submission.submitted_on or certificate.signed_on
    destination = submission.destination or certificate.destination
    found = [
        rule
        for rule in rules
        if rule.destination == destination
        and rule.issuer == (submission.issuer or rule.issuer)
        and (rule.valid_from is None or day is None or rule.valid_from <= day)
    ]
    return max(found, key=lambda rule: rule.valid_from or date.min, default=None)


def check_certificate(
    read: ReadCertificate, rules: Sequence[CertificateRules] = ()
) -> CertificateCheck:
    """List every defect of a certificate.

    Parameters
    ----------
    read : ReadCertificate
        Certificate and application, from :func:`~.end_user_certificate.read_certificate`.
    rules : sequence of CertificateRules
        Of a pack; those for issuer and destination are used.

    Returns
    -------
    CertificateCheck
    """
    certificate, submission = read.certificate, read.submission
    chosen = rules_for(submission, certificate, rules)
    case = _Case(certificate, submission, chosen)
    defects = [Defect("unreadable", problem) for problem in read.problems]
    for check in _CHECKS:
        defects += check(case)
    return CertificateCheck(tuple(defects), tuple(_not_checked(case)), chosen.id if chosen else "")


@dataclass(frozen=True)
class _Case:
    certificate: EndUserCertificate
    submission: Submission
    rules: CertificateRules | None

    def defect(self, code: str, what: str, expected: str = "", *, where: str = "") -> Defect:
        return Defect(code, Problem(what, where or self.certificate.where, expected))


def _not_checked(case: _Case) -> Iterator[str]:
    if case.rules is None:
        yield (
            "endorsements, undertakings and form: no rules are known for this issuer and country"
        )
    elif case.rules.longest_days is None:
        yield "longest validity: not published"
    if not case.submission.where:
        yield "agreement with the application: none is given"
    elif case.submission.submitted_on is None:
        yield "validity on the day of submission: the day is not given"


_REQUIRED: Final = {
    "number": "the certificate's own number",
    "consignee": "who receives the goods",
    "end_user": "who uses the goods",
    "destination": "the country of the end user",
    "end_use": "what the goods are used for",
    "signatory": "the name of the person who signs for the end user",
    "office": "the office of the person who signs",
    "signed_on": "the day of the signature",
}


def _missing(case: _Case) -> Iterator[Defect]:
    for name, meaning in _REQUIRED.items():
        if not getattr(case.certificate, name):
            words = name.replace("_", " ")
            yield case.defect(f"{name}_missing", f"{words} is missing", meaning)
    if not case.certificate.goods:
        yield case.defect("goods_missing", "no goods are listed", "one line per item")


def _dates(case: _Case) -> Iterator[Defect]:
    """Signature, endorsements and submission follow one another; the validity has a length."""
    certificate = case.certificate
    steps = [("the signature", certificate.signed_on)]
    steps += [(f"the endorsement by {e.by}", e.on) for e in certificate.endorsements]
    steps.append(("the submission", case.submission.submitted_on))
    dated = [(name, day) for name, day in steps if day is not None]
    for (name, day), (later, later_day) in pairwise(dated):
        if later_day < day:
            yield case.defect(
                "date_order",
                f"{later} ({later_day}) comes before {name} ({day})",
                "signature, endorsements and submission in this order",
            )
    first, last = certificate.valid_from, certificate.valid_to
    if first and last and last <= first:
        yield case.defect("validity_empty", f"it ends ({last}) before it starts ({first})")


def _validity(case: _Case) -> Iterator[Defect]:
    certificate, day = case.certificate, case.submission.submitted_on
    first, last = certificate.valid_from or certificate.signed_on, certificate.valid_to
    if day and first and day < first:
        yield case.defect("not_yet_valid", f"it is valid from {first}", f"{day}, the submission")
    if day and last and day >= last:
        yield case.defect("expired", f"it is valid until before {last}", f"{day}, the submission")
    longest = case.rules.longest_days if case.rules else None
    if longest is None:
        return
    if last is None:
        yield case.defect("validity_open", "it has no end", f"at most {longest} days")
    elif first and (last - first).days > longest:
        yield case.defect(
            "validity_too_long", f"it is valid for {(last - first).days} days", f"at most {longest}"
        )


def _parties(case: _Case) -> Iterator[Defect]:
    certificate, submission = case.certificate, case.submission
    consignee, end_user = certificate.consignee, certificate.end_user
    is_other = consignee and end_user and not _same(consignee, end_user)
    if is_other and not certificate.consignee_statement:
        yield case.defect(
            "consignee_unexplained",
            f"the consignee {consignee!r} is another than the end user {end_user!r}",
            "a consignee_statement: what ties the two, and how the goods reach the end user",
        )
    for name in ("consignee", "end_user", "destination", "end_use"):
        mine, theirs = getattr(certificate, name), getattr(submission, name)
        if mine and theirs and not _same(mine, theirs):
            words = name.replace("_", " ")
            yield case.defect(
                f"{name}_differs", f"{words} is {mine!r}", f"{theirs!r}, as in the application"
            )


def _same(one: str, other: str) -> bool:
    return comparable(one).key == comparable(other).key


def _goods_form(case: _Case) -> Iterator[Defect]:
    """Each line has an item, a quantity above zero and a known unit; each item has one line."""
    seen: set[str] = set()
    for line in case.certificate.goods:
        if not line.item:
            yield case.defect("item_missing", "the line names no item", where=line.where)
        elif line.item in seen:
            yield case.defect(
                "item_twice", f"{line.item} has two lines", "one line per item", where=line.where
            )
        seen.add(line.item)
        if line.quantity is None or line.quantity <= 0:
            what = "is missing" if line.quantity is None else f"is {line.quantity}"
            yield case.defect(
                "quantity_not_positive", f"the quantity of {line.item or 'the line'} {what}",
                "a number above zero", where=line.where,
            )  # fmt: skip
        if not _is_unit(line.unit):
            yield case.defect(
                "unit_unknown", f"the unit of {line.item or 'the line'} is {line.unit!r}",
                "a unit such as kg or t", where=line.where,
            )  # fmt: skip


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except CoercivityError:
        return False
    return True


def _goods_agree(case: _Case) -> Iterator[Defect]:
    """Compare with what is applied for: the same items, the same quantities."""
    if not case.submission.goods:
        return
    certified = {line.item: line for line in case.certificate.goods if line.item}
    applied = {line.item: line for line in case.submission.goods if line.item}
    for item in applied:
        if item not in certified:
            yield case.defect(
                "item_not_certified", f"{item} is applied for and not certified", f"a line {item}"
            )
    for item, line in certified.items():
        if item not in applied:
            yield case.defect(
                "item_not_applied_for", f"{item} is certified and not applied for",
                "the items of the application", where=line.where,
            )  # fmt: skip
        else:
            yield from _quantities_agree(case, line, applied[item])


def _quantities_agree(case: _Case, certified: Goods, applied: Goods) -> Iterator[Defect]:
    if certified.quantity is None or applied.quantity is None:
        return
    if not _is_unit(certified.unit) or not _is_unit(applied.unit):
        return
    if parse_unit(certified.unit).dims != parse_unit(applied.unit).dims:
        yield case.defect(
            "unit_differs", f"{certified.item} is certified in {certified.unit}",
            f"{applied.unit}, as in the application, or what converts to it",
            where=certified.where,
        )  # fmt: skip
        return
    quantity: Decimal = convert(certified.quantity, certified.unit, applied.unit)
    if quantity != applied.quantity:
        yield case.defect(
            "quantity_differs",
            f"{certified.item}: {certified.quantity} {certified.unit} certified",
            f"{applied.quantity} {applied.unit}, as in the application", where=certified.where,
        )  # fmt: skip


def _undertakings(case: _Case) -> Iterator[Defect]:
    certificate, given = case.certificate, set[str]()
    for text in certificate.undertakings:
        try:
            given.add(parse_condition(text).kind)
        except CoercivityError as error:
            yield case.defect("undertaking_unknown", error.problem.what, error.problem.expected)
    given_texts = set(certificate.undertakings)
    for wanted in case.rules.undertakings if case.rules else ():
        # An undertaking that names something has to be given with just these names.
        is_given = wanted in given_texts if ":" in wanted else wanted in given
        if not is_given:
            yield case.defect(
                "undertaking_missing", f"the undertaking {wanted} is missing",
                describe(parse_condition(wanted)),
            )  # fmt: skip
    for kind, use in (("no_military_use", MILITARY), ("no_mass_destruction_use", MASS_DESTRUCTION)):
        if kind in given and certificate.end_use == use:
            yield case.defect(
                "undertaking_contradicted", f"the end use is {use}, which {kind} rules out"
            )


def _endorsements(case: _Case) -> Iterator[Defect]:
    """Every stamp of the chain, each once, in order and with its day."""
    stamps = case.certificate.endorsements
    for stamp in stamps:
        if not stamp.by:
            yield case.defect("endorser_missing", "an endorsement names nobody", where=stamp.where)
        if stamp.on is None:
            yield case.defect(
                "endorsement_undated", f"the endorsement by {stamp.by or 'nobody'} has no day",
                "the day of the stamp", where=stamp.where,
            )  # fmt: skip
    if case.rules is None:
        return
    chain, given = case.rules.endorsements, [stamp.by for stamp in stamps if stamp.by]
    for place, endorser in enumerate(chain):
        if endorser not in given:
            before = f", after {chain[place - 1]}" if place else ", first"
            yield case.defect(
                "endorsement_missing", f"the endorsement by {endorser} is missing",
                f"endorsed by {endorser}{before}",
            )  # fmt: skip
    for endorser in dict.fromkeys(given):
        if endorser not in chain:
            yield case.defect(
                "endorser_not_asked_for", f"{endorser} is not in the chain", " → ".join(chain)
            )
        if given.count(endorser) > 1:
            yield case.defect("endorsed_twice", f"{endorser} endorsed more than once", "once")
    known = [endorser for endorser in dict.fromkeys(given) if endorser in chain]
    if known != sorted(known, key=chain.index):
        yield case.defect(
            "endorsement_order", f"endorsed in the order {' → '.join(known)}", " → ".join(chain)
        )


def _original(case: _Case) -> Iterator[Defect]:
    if case.rules and case.rules.original and not case.certificate.original:
        said = "is not said to be" if case.certificate.original is None else "is not"
        yield case.defect("no_original", f"the paper {said} the original", "original: yes")


_CHECKS: Final = (
    _missing,
    _dates,
    _validity,
    _parties,
    _goods_form,
    _goods_agree,
    _undertakings,
    _endorsements,
    _original,
)
