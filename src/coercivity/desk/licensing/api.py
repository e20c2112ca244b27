"""The API of licensing: look a licence up, draw it down, read its ledger."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field, StringConstraints

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.api import token
from coercivity.desk.licensing.convert import conditions_of
from coercivity.desk.licensing.models import Licence
from coercivity.desk.licensing.services.draws import post_entry
from coercivity.desk.licensing.services.ledger import balances_of, entries_of
from coercivity.desk.licensing.services.reading import line_states, state_now
from coercivity.errors import NotFoundError
from coercivity.licences import EntryKind, describe

__all__ = ["router"]

router = Router(tags=["licences"])

# PostgreSQL keeps no text with a zero byte, and a reference is a line.
_Line = r"^[^\x00-\x1f\x7f]*$"
Reference = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_Line)]
ShortText = Annotated[str, StringConstraints(max_length=300, pattern=_Line)]


class LineOut(Schema):
    """A line of a licence; quantities in `unit`, null if what is authorised is not known."""

    number: int
    item: str
    unit: str
    authorised: Decimal | None
    drawn: Decimal | None
    reserved: Decimal | None
    remaining: Decimal | None


class LicenceOut(Schema):
    """A licence at the moment it was asked for."""

    reference: str
    state: str
    kind: str
    posture: str
    holder: str
    end_users: list[str]
    origin: str
    destination: str
    valid_from: date
    valid_to: date | None
    zone: str
    conditions: list[str]
    lines: list[LineOut]


class EntryIn(Schema):
    """An entry for the ledger; `reference` is the key under which a message counts once."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(1, ge=1, le=32767)
    kind: Literal["draw", "reserve", "release", "reverse"] = "draw"
    quantity: Annotated[Decimal, Field(gt=0, le=10**9, decimal_places=9)]
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=_Line)]
    reference: Reference
    at: datetime | date
    refers_to: ShortText = ""
    note: ShortText = ""
    end_use: ShortText | None = None
    end_user: ShortText | None = None


class EntryOut(Schema):
    """An entry as it is kept."""

    line: int
    kind: str
    quantity: Decimal
    unit: str
    reference: str
    at: str
    refers_to: str
    note: str


class PostedOut(Schema):
    """What came of an entry, and what is left of the line."""

    added: bool
    entry: EntryOut
    remaining: Decimal


class ProblemOut(Schema):
    """One thing that is wrong."""

    what: str
    where: str = ""
    expected: str = ""
    hint: str = ""


class RefusedOut(Schema):
    """Why nothing was done."""

    error: str
    problems: list[ProblemOut]


_REFUSALS: dict[int, Any] = {
    401: dict[str, Any],
    403: RefusedOut,
    404: RefusedOut,
    409: RefusedOut,
    422: dict[str, Any],
}


def _user(request: HttpRequest) -> User:
    return cast(User, request.auth)  # type: ignore[attr-defined]


def _licence(request: HttpRequest, reference: str) -> Licence:
    rows = Licence.objects.select_related("owner").prefetch_related("lines", "conditions")
    return _one(rows, request, reference)


def _one(rows: QuerySet[Licence], request: HttpRequest, reference: str) -> Licence:
    # A zero byte is in no reference, and PostgreSQL refuses to look for one.
    name = reference.replace("\x00", "")
    try:
        return visible(rows, _user(request)).get(reference=name)
    except Licence.DoesNotExist as error:
        raise NotFoundError(f"no licence is called {reference!r}") from error


@router.get(
    "/licences/{reference}",
    auth=token(Permission.SEE_LICENCES),
    response={200: LicenceOut, **_REFUSALS},
    summary="Look a licence up",
)
def licence(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Return a licence with its state, conditions and what is left of each line."""
    found = _licence(request, reference)
    balances = balances_of([found])
    return {
        "reference": found.reference,
        "state": state_now(found, balances).value,
        "kind": found.kind,
        "posture": found.posture,
        "holder": found.holder_name,
        "end_users": found.end_users,
        "origin": found.origin,
        "destination": found.destination,
        "valid_from": found.valid_from,
        "valid_to": found.valid_to,
        "zone": found.zone,
        "conditions": [describe(condition) for condition in conditions_of(found)],
        "lines": [line.to_json() for line in line_states(found, balances)],
    }


@router.get(
    "/licences/{reference}/entries",
    auth=token(Permission.SEE_LICENCES),
    response={200: list[EntryOut], **_REFUSALS},
    summary="Read the ledger of a licence",
)
def entries(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Return every entry, oldest first."""
    found = _licence(request, reference)
    return [_entry(number, entry) for number, entry in entries_of(found)]


@router.post(
    "/licences/{reference}/entries",
    auth=token(Permission.DRAW),
    response={200: PostedOut, 201: PostedOut, **_REFUSALS},
    summary="Draw a licence down",
)
def post(request: HttpRequest, reference: str, body: EntryIn) -> Status[Any]:
    """Add an entry: 201 if it is new, 200 if the same message came before, 409 if another did."""
    # Everything else of it is read in the transaction, with the licence locked.
    found = _one(Licence.objects.only("reference"), request, reference)
    posted = post_entry(
        found,
        actor=_user(request),
        line=body.line,
        kind=EntryKind(body.kind),
        quantity=body.quantity,
        unit=body.unit,
        reference=body.reference,
        at=_moment(body.at),
        refers_to=body.refers_to,
        note=body.note,
        end_use=body.end_use,
        end_user=body.end_user,
    )
    answer = {
        "added": posted.is_new,
        "entry": _entry(body.line, posted.entry),
        "remaining": posted.balance.remaining,
    }
    return Status(201 if posted.is_new else 200, answer)


def _moment(at: datetime | date) -> datetime | date:
    """Take a moment without a zone for one in UTC, which is how the desk writes its own."""
    if isinstance(at, datetime) and timezone.is_naive(at):
        return timezone.make_aware(at)
    return at


def _entry(number: int, entry: Any) -> dict[str, Any]:
    return {
        "line": number,
        "kind": entry.kind.value,
        "quantity": entry.quantity,
        "unit": entry.unit,
        "reference": entry.reference,
        "at": entry.at.isoformat(),
        "refers_to": entry.refers_to,
        "note": entry.note,
    }
