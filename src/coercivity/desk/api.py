"""The API: OpenAPI, tokens, the same permissions and services as the pages.

Each app adds a router (``api.add_router``) here; each operation says what it demands with
``auth=token(Permission.X)``.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import HttpBearer

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.services import user_of_token
from coercivity.desk.errors import status_of
from coercivity.errors import CoercivityError

__all__ = ["ApiRequest", "Token", "api", "token"]


class ApiRequest(HttpRequest):
    """A request whose token was accepted; ``auth`` is whose it is."""

    auth: User


class Token(HttpBearer):
    """``Authorization: Bearer desk_…``, of somebody who has a permission.

    Parameters
    ----------
    permission : Permission
        What the operation demands.
    """

    def __init__(self, permission: Permission) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Return whose token it is; None is answered with 401."""
        user = user_of_token(token)
        if user is None:
            return None
        if not user.may(self.permission):
            raise Forbidden
        return user


class Forbidden(Exception):  # noqa: N818 - an answer, not a failure
    """The token is known, but its role does not include the operation."""


def token(permission: Permission) -> Token:
    """Return the authentication of an operation that demands a permission."""
    return Token(permission)


api = NinjaAPI(
    title="Coercivity desk",
    version="1",
    description="Licence look-up, draw-downs, determinations and runs. Tokens go into the header "
    "`Authorization: Bearer`. Quantities are decimal numbers written as text.",
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(CoercivityError)
def _refused(request: HttpRequest, error: CoercivityError | type[CoercivityError]) -> HttpResponse:
    assert isinstance(error, CoercivityError)
    body: dict[str, Any] = {
        "error": type(error).__name__,
        "problems": [problem.to_json() for problem in error.problems],
    }
    return api.create_response(request, body, status=status_of(error))


@api.exception_handler(Forbidden)
def _forbidden(request: HttpRequest, _error: Forbidden | type[Forbidden]) -> HttpResponse:
    body = {"error": "Forbidden", "problems": [{"what": "the token's role does not include this"}]}
    return api.create_response(request, body, status=403)
