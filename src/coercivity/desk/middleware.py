"""Deny by default, and errors of the library as pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.errors import error_page, forbidden, problem_page
from coercivity.desk.permissions import ANYBODY, declared
from coercivity.errors import CoercivityError

__all__ = ["API_APP", "DeclaredPermissionMiddleware", "ErrorPageMiddleware"]

Next = Callable[[HttpRequest], HttpResponse]

API_APP: Final = "ninja"
"""Views of the API carry their own authentication, checked by the same walk of the routes."""


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
