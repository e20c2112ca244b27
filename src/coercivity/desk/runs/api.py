"""The API of runs: ask for scenarios, see how far they are, get what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

from django.http import HttpRequest, QueryDict
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field, StringConstraints

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.api import token
from coercivity.desk.explorer.choices import read_choice
from coercivity.desk.runs.models import Job
from coercivity.desk.runs.services.asking import ask, same_work
from coercivity.desk.runs.services.asking import cancel as cancel_job
from coercivity.desk.runs.simulating import SCENARIOS
from coercivity.errors import NotFoundError

__all__ = ["router"]

router = Router(tags=["runs"])

_MOST_LISTED = 100
_Name = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


class RunIn(Schema):
    """Scenarios to be run; `held` gives quantities one value, in their own unit."""

    model_config = ConfigDict(extra="forbid")

    pack: _Name
    scenarios: Annotated[list[_Name], Field(min_length=1, max_length=40)]
    members: int = 64
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    held: Annotated[dict[_Name, float], Field(max_length=40)] = Field(default_factory=dict)


class RunOut(Schema):
    """A run as it stands."""

    id: int
    kind: str
    title: str
    state: str
    stage: str
    percent: int
    created_at: datetime
    finished_at: datetime | None
    problems: list[dict[str, str]]


_REFUSALS: dict[int, Any] = {
    400: dict[str, Any],
    401: dict[str, Any],
    403: dict[str, Any],
    404: dict[str, Any],
    422: dict[str, Any],
}


def _user(request: HttpRequest) -> User:
    return cast(User, request.auth)  # type: ignore[attr-defined]


def _job(request: HttpRequest, number: int) -> Job:
    rows = visible(Job, _user(request)).select_related("result")
    # Numbers beyond the column's are nobody's.
    found = rows.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise NotFoundError(f"there is no run {number}")
    return found


@router.get(
    "/runs",
    auth=token(Permission.SEE_RESULTS),
    response={200: list[RunOut], **_REFUSALS},
    summary="List runs",
)
def runs(request: HttpRequest) -> list[Job]:
    """Return the newest runs of one's organisation."""
    return list(visible(Job, _user(request)).defer("parameters")[:_MOST_LISTED])


@router.post(
    "/runs",
    auth=token(Permission.RUN),
    response={200: RunOut, 201: RunOut, **_REFUSALS},
    summary="Ask for a run of scenarios",
)
def start(request: HttpRequest, body: RunIn) -> Status[Any]:
    """Put a run into the queue: 201 if it is new, 200 if the same was asked for before."""
    choice = read_choice(_query(body))
    user, parameters = _user(request), choice.parameters()
    before = same_work(user, SCENARIOS, parameters)
    if before is not None:
        return Status(200, before)
    job = ask(actor=user, kind=SCENARIOS, title=choice.title(), parameters=parameters)
    return Status(201, job)


def _query(body: RunIn) -> QueryDict:
    """Return what is asked for as the explorer's address says it, to be checked in one place."""
    query = QueryDict(mutable=True)
    query["pack"], query["members"], query["seed"] = body.pack, str(body.members), str(body.seed)
    query.setlist("scenario", list(body.scenarios))
    query.setlist("hold", list(body.held))
    for name, value in body.held.items():
        query[f"at.{name}"] = repr(value)
    return query


@router.get(
    "/runs/{number}",
    auth=token(Permission.SEE_RESULTS),
    response={200: RunOut, **_REFUSALS},
    summary="See how far a run is",
)
def run(request: HttpRequest, number: int) -> Job:
    """Return a run as it stands."""
    return _job(request, number)


@router.get(
    "/runs/{number}/result",
    auth=token(Permission.SEE_RESULTS),
    response={200: dict[str, Any], **_REFUSALS},
    summary="Get what came out of a run",
)
def result(request: HttpRequest, number: int) -> dict[str, Any]:
    """Return the tables of a finished run; 404 until it is done."""
    job = _job(request, number)
    if job.result is None:
        raise NotFoundError(f"run {number} is {job.state} and has no result")
    content: dict[str, Any] = job.result.content
    return content


@router.post(
    "/runs/{number}/cancel",
    auth=token(Permission.RUN),
    response={200: RunOut, **_REFUSALS},
    summary="Cancel a run",
)
def cancel(request: HttpRequest, number: int) -> Job:
    """Cancel a run that is not finished."""
    return cancel_job(_job(request, number), actor=_user(request))
