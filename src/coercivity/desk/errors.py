"""Pages for what went wrong, in plain words, as HTML or as JSON."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from coercivity.desk.permissions import open_to_anybody
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem, UsageError
from coercivity.licences import ReferenceConflictError
from coercivity.licences.sql import LedgerBusyError

__all__ = [
    "TooManyAtOnceError",
    "bad_request",
    "csrf_failure",
    "error_page",
    "forbidden",
    "not_found",
    "problem_page",
    "server_error",
    "status_of",
]


class TooManyAtOnceError(CoercivityError):
    """Others were there first, for too long; nothing was done."""


_STATUS: Final = (
    (TooManyAtOnceError, 503),
    (NotFoundError, 404),
    (UsageError, 400),
    (ReferenceConflictError, 409),
    (LedgerBusyError, 503),
    (InputError, 422),
)


def status_of(error: CoercivityError) -> int:
    """Return the status code of an error of the library."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def error_page(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    text: str = "",
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    """Return an error as HTML, or as JSON where data was asked for."""
    if request.path.endswith((".json", ".csv")):
        body = {"error": title, "text": text, "problems": [p.to_json() for p in problems]}
        return JsonResponse(body, status=status)
    context = {"title": title, "text": text, "problems": problems}
    return render(request, "desk/error.html", context, status=status)


def problem_page(request: HttpRequest, error: CoercivityError) -> HttpResponse:
    """Return an error of the library as a page."""
    status = status_of(error)
    title = "Page not found" if status == 404 else "This is not possible"
    return error_page(request, status=status, title=title, problems=error.problems)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the role does not include this."""
    return error_page(
        request,
        status=403,
        title="You may not do this",
        text="Your role does not include this page. Ask whoever administers your accounts.",
    )


@open_to_anybody
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is no such page, for this person."""
    return error_page(
        request,
        status=404,
        title="Page not found",
        text="There is no such page, or it belongs to another organisation.",
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request cannot be read."""
    return error_page(request, status=400, title="The request cannot be read")


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the fault is here."""
    return error_page(
        request,
        status=500,
        title="Something went wrong here",
        text="Nothing was saved. Try again; if it happens again, tell whoever runs the desk.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old or came from elsewhere."""
    return error_page(
        request,
        status=403,
        title="The form could not be accepted",
        text="It was opened too long ago, or cookies are switched off. Go back, reload the page "
        "and send it again.",
    )
