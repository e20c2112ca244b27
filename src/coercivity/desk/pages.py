"""Pages: one view answers as HTML and as JSON, and a list as CSV too; the address is the state."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, ParamSpec

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.forms import DeskForm, form_data
from coercivity.desk.listing import Listing, csv_response
from coercivity.desk.permissions import needs

__all__ = ["DeskRequest", "Page", "form_page", "page", "pages"]

P = ParamSpec("P")
_FORMS: Final = ("html", "json", "csv")


class DeskRequest(HttpRequest):
    """A request of somebody who has signed in; the middleware has seen to that."""

    user: User


class DeskEncoder(DjangoJSONEncoder):
    """Writes Decimals and dates as text, and objects that know how as what they say."""

    def default(self, o: Any) -> Any:
        """Return a plain value for an object."""
        if hasattr(o, "to_json"):
            return o.to_json()
        return super().default(o)


@dataclass(frozen=True)
class Page:
    """What a view found, in every form it can be shown in.

    Parameters
    ----------
    template : str
        Template of the HTML form; it gets `context`, and `listing` if there is one.
    data : mapping
        The JSON form, of plain values.
    context : mapping
        What only the template needs.
    listing : Listing, optional
        The rows of a list: paged in HTML and JSON, whole in CSV.
    status : int
        HTTP status.
    """

    template: str
    data: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)
    listing: Listing[Any] | None = None
    status: int = 200


Found = Page | HttpResponseBase
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(
    *permissions: Permission, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[Concatenate[DeskRequest, P], Found]], View[P]]:
    """Turn a function that returns a :class:`Page` into a view.

    Parameters
    ----------
    *permissions : Permission
        Any one of them lets a person in.
    methods : tuple of str
        HTTP methods answered; HEAD goes with GET.
    """

    def decorate(function: Callable[Concatenate[DeskRequest, P], Found]) -> View[P]:
        @functools.wraps(function)
        def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            form = str(kwargs.pop("as_form", "html"))
            found = function(request, *args, **kwargs)  # type: ignore[arg-type]
            return found if isinstance(found, HttpResponseBase) else _show(request, found, form)

        allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
        return needs(*permissions)(require_http_methods(allowed)(view))  # type: ignore[return-value]

    return decorate


def pages(
    route: str, view: Callable[..., Any], *, name: str, csv: bool = False
) -> list[URLPattern]:
    """Return the routes of a page and of its twins, named ``name``, ``name.json``, ``name.csv``.

    Parameters
    ----------
    route : str
        Without a slash at the end, such as ``applications/<str:reference>``.
    view : callable
        Made by :func:`page`.
    name : str
        Name for ``{% url %}``.
    csv : bool
        Whether it is a list.
    """
    forms = _FORMS if csv else _FORMS[:2]
    twins = [
        path(f"{route}.{form}", view, {"as_form": form}, name=f"{name}.{form}")
        for form in forms[1:]
    ]
    # Twins first: a text parameter would swallow the dot otherwise.
    return [*twins, path(route, view, name=name)]


def form_page(
    template: str,
    form: DeskForm,
    *,
    title: str,
    context: Mapping[str, Any] | None = None,
) -> Page:
    """Return the page of a form: one thing asked, errors listed and linked to their fields.

    Parameters
    ----------
    template : str
        ``desk/form.html`` or one that extends it.
    form : DeskForm
        Bound and checked if it was sent.
    title : str
        The heading, which asks the question.
    context : mapping, optional
        ``submit`` (words of the button), ``back`` (address) and what the template needs.
    """
    return Page(
        template,
        data={"title": title, **form_data(form)},
        context={"title": title, "form": form, **(context or {})},
        status=422 if form.is_bound and form.errors else 200,
    )


def _show(request: HttpRequest, found: Page, form: str) -> HttpResponse:
    if form == "csv" and found.listing is not None:
        return csv_response(found.listing)
    if form == "json":
        data = dict(found.data)
        if found.listing is not None:
            data.update(found.listing.to_json())
        return JsonResponse(data, encoder=DeskEncoder, status=found.status)
    context = {**found.data, **found.context, "listing": found.listing}
    context["twins"] = _twins(request, is_list=found.listing is not None)
    return render(request, found.template, context, status=found.status)


def _twins(request: HttpRequest, *, is_list: bool) -> list[tuple[str, str]]:
    """Addresses of the same page as data, with the same query."""
    match = request.resolver_match
    if match is None or request.method != "GET" or not match.view_name:
        return []
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    forms = _FORMS[1:] if is_list else _FORMS[1:2]
    base = request.path if request.path != "/" else "/home"
    return [(form.upper(), f"{base}.{form}{query}") for form in forms]
