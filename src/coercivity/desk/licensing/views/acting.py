"""Acts upon cases and licences: one table of them makes the routes, the forms and the buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, reverse

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.licensing.forms import EmptyForm
from coercivity.desk.licensing.models import Application, Licence
from coercivity.desk.navigation import address
from coercivity.desk.pages import DeskRequest, Page, form_page, page, pages
from coercivity.errors import CoercivityError

__all__ = ["Act", "act_routes", "button"]

Subject = TypeVar("Subject", Application, Licence)


@dataclass(frozen=True)
class Act(Generic[Subject]):
    """One act.

    Parameters
    ----------
    slug : str
        Last part of its address.
    words : str
        What the button says.
    title : str
        Heading of its page.
    permission : Permission
        Who may do it.
    run : callable
        Calls the service with the subject, the person and the checked form.
    done : str
        What is said when it is done.
    form : type of DeskForm
        What is asked.
    options : callable
        Makes the form's further arguments of the subject.
    event : str
        Event of the library's table that the act brings about; empty if it changes no state.
    text : str
        A sentence above the form.
    is_grave : bool
        Whether it cannot be undone.
    """

    slug: str
    words: str
    title: str
    permission: Permission
    run: Callable[[Subject, User, DeskForm], object]
    done: str
    form: type[DeskForm] = EmptyForm
    options: Callable[[Subject], dict[str, Any]] = field(default=lambda subject: {})
    event: str = ""
    text: str = ""
    is_grave: bool = False


def act_routes(
    kind: type[Subject], acts: tuple[Act[Subject], ...], *, root: str, home: str
) -> list[URLPattern]:
    """Return the routes of acts, named after their slugs.

    Parameters
    ----------
    kind : type
        Application or Licence.
    acts : tuple of Act
        The table.
    root : str
        First part of the addresses, such as ``applications``.
    home : str
        Name of the page of the subject, to which one returns.
    """
    return [
        route
        for act in acts
        for route in pages(
            f"{root}/<str:reference>/{act.slug}",
            _view(kind, act, home),
            name=f"{root}-{act.slug}",
        )
    ]


def _view(kind: type[Subject], act: Act[Subject], home: str) -> Callable[..., HttpResponseBase]:
    def view(request: DeskRequest, reference: str) -> Page | HttpResponse:
        subject = get_visible(kind, request.user, reference=reference)
        form = bound(act.form, request, **act.options(subject))
        back = reverse(home, args=[reference])
        if form.is_valid():
            try:
                act.run(subject, request.user, form)
            except CoercivityError as error:
                take_errors(form, error)
            else:
                messages.success(request, act.done)
                return HttpResponseRedirect(back)
        context = {
            "submit": act.words,
            "back": back,
            "text": act.text,
            "is_grave": act.is_grave,
        }
        return form_page("desk/form.html", form, title=f"{act.title} {reference}", context=context)

    view.__doc__ = f"{act.title}."
    made: Callable[..., HttpResponseBase] = page(act.permission, methods=("GET", "POST"))(view)
    return made


def button(act: Act[Any], reference: str, *, root: str) -> dict[str, Any]:
    """Return what a template needs to lead to an act."""
    return {
        "words": act.words,
        "address": address(f"licensing:{root}-{act.slug}", reference),
        "is_grave": act.is_grave,
    }
