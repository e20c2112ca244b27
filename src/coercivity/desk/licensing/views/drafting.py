"""Pages on which an application is written: a task list, and one thing per page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible
from coercivity.desk.forms import DeskForm, bound, take_errors
from coercivity.desk.licensing import forms
from coercivity.desk.licensing.certificate import CertificateForm, fields_of, initial_of
from coercivity.desk.licensing.defects import TASKS, Defect, defects_of
from coercivity.desk.licensing.models import Application, ApplicationParty, Document
from coercivity.desk.licensing.services import drafting
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.errors import CoercivityError, NotFoundError
from coercivity.licences import LicenceKind

__all__ = [
    "certificate",
    "documents",
    "goods",
    "line",
    "new",
    "parties",
    "party",
    "remove_document",
    "remove_line",
    "submit",
    "tasks",
    "use",
]

Found = Page | HttpResponse


def _case(request: DeskRequest, reference: str) -> Application:
    rows = Application.objects.select_related("owner", "authority")
    return get_visible(rows, request.user, reference=reference)


def _to(name: str, *args: Any) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"licensing:{name}", args=args))


@page(Permission.APPLY, methods=("GET", "POST"))
def new(request: DeskRequest) -> Found:
    """Begin an application."""
    form = bound(forms.NewForm, request)
    if form.is_valid():
        said = form.cleaned_data
        case = drafting.start_application(
            actor=request.user,
            pack=said["pack"],
            kind=LicenceKind(said["kind"]),
            authority=said["authority"],
        )
        return _to("tasks", case.reference)
    context = {"submit": "Begin", "back": reverse("licensing:queue")}
    return form_page("desk/form.html", form, title="Apply for a licence", context=context)


@page(Permission.APPLY)
def tasks(request: DeskRequest, reference: str) -> Page:
    """Show what is done and what is left."""
    case = _case(request, reference)
    return _tasks(case, defects_of(case))


def _tasks(case: Application, found: list[Defect], *, shown: bool = False) -> Page:
    by_task: dict[str, list[Defect]] = {task: [] for task, _ in TASKS}
    for defect in found:
        by_task[defect.task].append(defect)
    rows = [
        {
            "task": task,
            "title": title,
            "address": reverse(f"licensing:{task}", args=[case.reference]),
            "is_done": not by_task[task],
            "defects": [defect.problem.what for defect in by_task[task]],
        }
        for task, title in TASKS
    ]
    data = {
        "title": f"Application {case.reference}",
        "reference": case.reference,
        "state": case.state,
        "tasks": rows,
        "is_complete": not found,
    }
    context = {"case": case, "show_defects": shown}
    return Page("licensing/tasks.html", data, context, status=422 if shown else 200)


@page(Permission.APPLY, methods=("GET", "POST"))
def submit(request: DeskRequest, reference: str) -> Found:
    """Hand the application in, or list every defect."""
    case = _case(request, reference)
    if request.method == "GET":
        return _to("tasks", reference)
    found = defects_of(case)
    if found:
        return _tasks(case, found, shown=True)
    drafting.submit(case, actor=request.user)
    messages.success(request, f"Application {reference} is handed in.")
    return _to("case", reference)


@page(Permission.APPLY)
def parties(request: DeskRequest, reference: str) -> Page:
    """List who takes part."""
    case = _case(request, reference)
    known = {found.role: found for found in case.parties.all()}
    rows = [
        {
            "role": role,
            "title": title,
            "name": known[role].name if role in known else "",
            "country": known[role].country if role in known else "",
            "address": reverse("licensing:party", args=[reference, role]),
        }
        for role, title in ApplicationParty.ROLES
    ]
    data = {"title": "Who takes part", "reference": reference, "parties": rows}
    return Page("licensing/parties.html", data)


@page(Permission.APPLY, methods=("GET", "POST"))
def party(request: DeskRequest, reference: str, role: str) -> Found:
    """Say who takes part in one role."""
    case = _case(request, reference)
    titles = dict(ApplicationParty.ROLES)
    if role not in titles:
        raise NotFoundError(f"no role is called {role!r}", expected=", ".join(titles))
    known = _initial(case.parties.filter(role=role))
    form = bound(forms.PartyForm, request, role=role, initial=known)
    back = reverse("licensing:parties", args=[reference])
    done = _run(form, lambda: drafting.set_party(
        case, actor=request.user, role=role, **form.cleaned_data), back)  # fmt: skip
    title = f"Who is the {titles[role].lower()}?"
    return done or form_page("desk/form.html", form, title=title, context={"back": back})


@page(Permission.APPLY)
def goods(request: DeskRequest, reference: str) -> Page:
    """List the lines."""
    case = _case(request, reference)
    rows = [
        {
            "number": found.number,
            "item": packs.item_name(case.pack, found.item),
            "quantity": found.quantity,
            "unit": found.unit,
        }
        for found in case.lines.all()
    ]
    return Page(
        "licensing/goods.html",
        {"title": "What is exported", "reference": reference, "lines": rows},
    )


@page(Permission.APPLY, methods=("GET", "POST"))
def line(request: DeskRequest, reference: str, number: int = 0) -> Found:
    """Add or change a line."""
    case = _case(request, reference)
    known = _initial(case.lines.filter(number=number))
    if number and not known:
        raise NotFoundError(f"{reference} has no line {number}")
    form = bound(forms.LineForm, request, pack=case.pack, initial=known)
    back = reverse("licensing:goods", args=[reference])
    done = _run(form, lambda: drafting.put_line(
        case, actor=request.user, number=number or None, **form.cleaned_data), back)  # fmt: skip
    title = f"Line {number}" if number else "Add a line"
    return done or form_page("desk/form.html", form, title=title, context={"back": back})


@page(Permission.APPLY, methods=("POST",))
def remove_line(request: DeskRequest, reference: str, number: int) -> Found:
    """Take a line out."""
    drafting.remove_line(_case(request, reference), actor=request.user, number=number)
    return _to("goods", reference)


@page(Permission.APPLY, methods=("GET", "POST"))
def use(request: DeskRequest, reference: str) -> Found:
    """Say where the goods go and what for."""
    case = _case(request, reference)
    initial = {
        "origin": case.origin,
        "destination": case.destination,
        "end_use": case.end_use,
        "text": case.end_use_text,
    }
    form = bound(forms.UseForm, request, pack=case.pack, initial=initial)
    back = reverse("licensing:tasks", args=[reference])
    done = _run(form, lambda: drafting.set_use(
        case, actor=request.user, **form.cleaned_data), back)  # fmt: skip
    title = "Where do the goods go, and what for?"
    return done or form_page("desk/form.html", form, title=title, context={"back": back})


@page(Permission.APPLY, methods=("GET", "POST"))
def certificate(request: DeskRequest, reference: str) -> Found:
    """Copy the fields of the end-user certificate."""
    case = _case(request, reference)
    form = bound(CertificateForm, request, pack=case.pack, initial=initial_of(case))
    back = reverse("licensing:tasks", args=[reference])
    done = _run(form, lambda: drafting.set_certificate(
        case, actor=request.user, fields=fields_of(form)), back)  # fmt: skip
    context = {
        "back": back,
        "text": "Copy what the certificate says, faults and all: it is checked as it is, and "
        "every defect is listed on the task list.",
    }
    return done or form_page("desk/form.html", form, title="End-user certificate", context=context)


@page(Permission.APPLY, methods=("GET", "POST"))
def documents(request: DeskRequest, reference: str) -> Found:
    """List the documents, and add one."""
    case = _case(request, reference)
    form = bound(forms.DocumentForm, request)
    back = reverse("licensing:tasks", args=[reference])
    done = _run(form, lambda: drafting.add_document(
        case, actor=request.user, **form.cleaned_data),
        reverse("licensing:documents", args=[reference]))  # fmt: skip
    if done:
        return done
    found = form_page(
        "licensing/documents.html",
        form,
        title="Documents",
        context={"back": back, "submit": "Add the document", "reference": reference},
    )
    rows = list(case.documents.all())
    data = {**found.data, "documents": [{"name": d.name, "kind": d.kind} for d in rows]}
    return Page(found.template, data, {**found.context, "documents": rows}, status=found.status)


@page(Permission.APPLY, methods=("POST",))
def remove_document(request: DeskRequest, reference: str, pk: int) -> Found:
    """Take a document out."""
    case = _case(request, reference)
    row = get_visible(Document, request.user, pk=pk, application=case)
    drafting.remove_document(case, actor=request.user, document=row)
    return _to("documents", reference)


def _initial(rows: Any) -> dict[str, Any]:
    """Return what a form begins with: the first row, or nothing."""
    return next(iter(rows.values()[:1]), {})


def _run(form: DeskForm, service: Any, address: str) -> HttpResponse | None:
    """Call a service with a checked form, and go on if it is content."""
    if not form.is_valid():
        return None
    try:
        service()
    except CoercivityError as error:
        take_errors(form, error)
        return None
    return HttpResponseRedirect(address)
