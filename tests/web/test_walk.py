"""Every route declares whom it is for; nobody else gets in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from coercivity.desk.api import Token, api
from coercivity.desk.middleware import API_APP
from coercivity.desk.permissions import ANYBODY, declared

OPEN = {"health", "accounts:sign_in"}
SAMPLES = {"int": "1", "str": "A0000001", "slug": "x", "uuid": "0" * 32, "path": "x"}


def routes(
    resolver: URLResolver, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Walk the routes outside the API: name, a sample address, the route."""
    for entry in resolver.url_patterns:
        assert isinstance(entry.pattern, RoutePattern), entry
        address = prefix + entry.pattern._route
        if isinstance(entry, URLResolver):
            if entry.app_name != API_APP:
                inner = f"{entry.namespace}:" if entry.namespace else space
                yield from routes(entry, address, inner)
        else:
            for name, converter in entry.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower()
                kind = {"string": "str"}.get(kind, kind)
                for written in (f"<{kind}:{name}>", f"<{name}>"):
                    address = address.replace(written, SAMPLES[kind])
            yield f"{space}{entry.name}", f"/{address}", entry


ROUTES = list(routes(get_resolver()))


@pytest.mark.parametrize(("name", "address", "route"), ROUTES, ids=[r[0] for r in ROUTES])
def test_route_declares_whom_it_is_for(name: str, address: str, route: URLPattern) -> None:
    found = declared(route.callback)
    assert found, f"{name} declares no permission: use @page(...) or @needs(...)"
    assert (found == ANYBODY) == (name in OPEN)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address", "route"), ROUTES, ids=[r[0] for r in ROUTES])
def test_nobody_gets_in_without_signing_in(name: str, address: str, route: URLPattern) -> None:
    if name in OPEN:
        return
    client = Client(raise_request_exception=False)
    for method in ("get", "post"):
        answer = getattr(client, method)(address)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/sign-in")
        else:
            assert answer.status_code in (401, 405), (method, answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address", "route"), ROUTES, ids=[r[0] for r in ROUTES])
def test_roles_without_the_permission_are_refused(
    name: str, address: str, route: URLPattern, people, sign_in
) -> None:
    demanded = declared(route.callback)
    if demanded == ANYBODY:
        return
    for user in (people.holder, people.officer, people.decider, people.auditor, people.customs):
        if not any(user.may(permission) for permission in demanded):
            client = sign_in(user)
            assert client.get(address).status_code == 403
            assert client.post(address).status_code == 403


def test_every_operation_of_the_api_demands_a_token() -> None:
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                kinds = [type(found) for found in operation.auth_callbacks]
                assert kinds == [Token], f"{operation.methods} {prefix}{path}"


def test_a_view_that_declares_nothing_is_closed(rf, people) -> None:
    from coercivity.desk.middleware import DeclaredPermissionMiddleware

    request = rf.get("/")
    request.user, request.resolver_match = people.decider, None
    answer = DeclaredPermissionMiddleware(lambda r: None).process_view(
        request, lambda r: None, (), {}
    )
    assert answer.status_code == 403
