"""Deny by default, and errors of the library as pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import StaticFile  # type: ignore[import-untyped]

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.errors import error_page, forbidden, problem_page
from coercivity.desk.permissions import ANYBODY, declared
from coercivity.errors import CoercivityError

__all__ = [
    "API_APP",
    "DeclaredPermissionMiddleware",
    "ErrorPageMiddleware",
    "ReadableRequestMiddleware",
    "StaticFilesMiddleware",
]

Next = Callable[[HttpRequest], HttpResponse]

API_APP: Final = "ninja"
"""Views of the API carry their own authentication, checked by the same walk of the routes."""


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Answer with a static file in one piece.

    The files are small, and a server that works asynchronously reads a file handed over in parts
    to its end first anyway, with a warning at each.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Return the file, or that the browser's copy is still good."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        answer = HttpResponse(content, status=int(found.status))
        del answer.headers["Content-Type"]
        for name, value in found.headers:
            answer.headers[name] = value
        return answer


class ReadableRequestMiddleware:
    """Refuse a request whose address, query or cookies hold a zero byte.

    No name of anything has one, and PostgreSQL fails when it is asked to look for one. Forms and
    the API check what they are sent themselves.

    Parameters
    ----------
    get_response : callable
        The rest of the chain.
    """

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on.

        Raises
        ------
        BadRequest
            If it holds a zero byte; answered with 400.
        """
        query = request.META.get("QUERY_STRING", "")
        said = (request.path, query, *request.COOKIES.values())
        if "%00" in query or any("\x00" in text for text in said):
            raise BadRequest("a zero byte")
        return self._next(request)


class DeclaredPermissionMiddleware:
    """Let nobody into a view that did not declare whom it is for.

    Parameters
    ----------
    get_response : callable
        The rest of the chain.
    """

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        response = self._next(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            # Nothing that needs a sign-in may be kept by a cache or shown after signing out.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Refuse the request before the view sees it, unless the view says otherwise."""
        match = request.resolver_match
        if match is not None and API_APP in match.app_names:
            return None
        demanded = declared(view)
        if demanded == ANYBODY:
            return None
        if not isinstance(request.user, User):
            return _sign_in(request)
        if demanded is None or not _has_one(request.user, demanded):
            return forbidden(request)
        return None


def _has_one(user: User, demanded: frozenset[Permission] | str) -> bool:
    return any(user.may(Permission(permission)) for permission in demanded)


def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.path.endswith((".json", ".csv")):
        return error_page(request, status=401, title="Sign in first")
    back = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(f"{reverse('accounts:sign_in')}?{back}".rstrip("?"))


class ErrorPageMiddleware:
    """Show what the library refuses as a page that says what, where, and what to do next.

    Parameters
    ----------
    get_response : callable
        The rest of the chain.
    """

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer deliberate errors; leave the others to Django."""
        return problem_page(request, error) if isinstance(error, CoercivityError) else None
