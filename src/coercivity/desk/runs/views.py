"""Pages of jobs: the list, one job with its progress, cancel, resume, what a licence changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.forms import bound, take_errors
from coercivity.desk.licensing.models import Application
from coercivity.desk.listing import Column, Facet, ListSpec, make_listing
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.desk.permissions import needs
from coercivity.desk.runs.forms import EffectForm
from coercivity.desk.runs.kinds import kind_of, kinds
from coercivity.desk.runs.licence_panel import (
    MEMBERS,
    can_be_simulated,
    parameters_of,
    subject_of,
    validity,
)
from coercivity.desk.runs.models import Job
from coercivity.desk.runs.services import asking
from coercivity.desk.runs.simulating import LICENCE_EFFECT, rows_of
from coercivity.desk.runs.states import JobState
from coercivity.errors import CoercivityError, InputError

__all__ = ["cancel", "job_page", "jobs", "licence_effect", "progress", "resume"]

_LOOK_SECONDS: Final = 0.5
_LONGEST_SECONDS: Final = 600.0
"""A stream ends after this; the browser then opens the next one."""


def _spec() -> ListSpec[Job]:
    return ListSpec(
        name="runs",
        caption="Runs",
        columns=[
            Column("id", "Run", lambda job: job.pk, lambda job: _address(job), numeric=True),
            Column("title", "What", lambda job: job.title),
            Column("kind", "Kind", lambda job: kind_of(job.kind).title),
            Column("state", "State", lambda job: job.get_state_display()),
            Column("percent", "Done, %", lambda job: job.percent, numeric=True),
            Column("created_at", "Asked for", lambda job: job.created_at),
            Column("created_by", "By", lambda job: str(job.created_by)),
        ],
        facets=[
            Facet("state", "State", "state", [(s.value, s.value.capitalize()) for s in JobState]),
            Facet("kind", "Kind", "kind", kinds()),
        ],
        search=("title__icontains",),
        orders={"new": ("Newest first", ("-id",)), "old": ("Oldest first", ("id",))},
        empty="Nobody in your organisation has asked for a run yet.",
    )


def _address(job: Job) -> str:
    return reverse("runs:job", args=[job.pk])


@page(Permission.SEE_RESULTS)
def jobs(request: DeskRequest) -> Page:
    """List the runs of one's organisation."""
    rows = visible(Job, request.user).select_related("created_by").defer("parameters")
    return Page("runs/jobs.html", {"title": "Runs"}, listing=make_listing(request, _spec(), rows))


@page(Permission.SEE_RESULTS)
def job_page(request: DeskRequest, pk: int) -> Page:
    """Show a run: how far it is, what came out, what went wrong."""
    rows = Job.objects.select_related("result", "created_by", "owner")
    job = get_visible(rows, request.user, pk=pk)
    content = job.result.content if job.result else None
    data = {"title": job.title, "run": job_data(job), "result": content}
    return Page("runs/job.html", data, _context(job, request.user))


def job_data(job: Job) -> dict[str, Any]:
    """Return a run as plain values, without its result."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "stage": job.stage,
        "percent": job.percent,
        "asked_for_at": job.created_at,
        "asked_for_by": str(job.created_by),
        "finished_at": job.finished_at,
        "key": job.key,
        "parameters": {k: v for k, v in job.parameters.items() if k != "tables"},
        "problems": job.problems,
    }


def _context(job: Job, user: User) -> dict[str, Any]:
    kind = kind_of(job.kind)
    context: dict[str, Any] = {
        "job": job,
        "kind": kind,
        "can_run": user.may(kind.permission),
        "can_cancel": job.is_live and not job.cancel_requested,
        "can_resume": job.state in (JobState.CANCELLED, JobState.FAILED),
        "behind": _subject_address(job),
    }
    if job.result is not None:
        content = job.result.content
        context |= {
            "content": content,
            "tables": {name: rows_of(table) for name, table in content["tables"].items()},
            **kind.present(job.parameters, content),
        }
    return context


def _subject_address(job: Job) -> str:
    """Address of what a job was asked for; empty if of nothing."""
    what, _, name = job.subject.partition("/")
    if what == "case":
        return reverse("licensing:case", args=[name])
    if what == "exposure":
        return reverse("runs:chain", args=[int(name)])
    return ""


def _act(request: DeskRequest, pk: int, *, act: Any, said: str) -> HttpResponse:
    job = get_visible(Job, request.user, pk=pk)
    if not request.user.may(kind_of(job.kind).permission):
        raise InputError("your role does not include this kind of run", where="role")
    act(job, actor=request.user)
    messages.success(request, said)
    return HttpResponseRedirect(_address(job))


@page(Permission.RUN, Permission.SEE_EXPOSURE, methods=("POST",))
def cancel(request: DeskRequest, pk: int) -> HttpResponse:
    """Cancel a run."""
    return _act(request, pk, act=asking.cancel, said="The run is cancelled.")


@page(Permission.RUN, Permission.SEE_EXPOSURE, methods=("POST",))
def resume(request: DeskRequest, pk: int) -> HttpResponse:
    """Let a run go on."""
    said = "The run is in the queue again; what it had finished is kept."
    return _act(request, pk, act=asking.resume, said=said)


@page(Permission.RUN, methods=("GET", "POST"))
def licence_effect(request: DeskRequest, reference: str) -> Page | HttpResponse:
    """Ask what the licence of a case would change."""
    case = get_visible(Application, request.user, reference=reference)
    if not can_be_simulated(case):
        raise InputError(
            "the case does not say enough to be simulated",
            where=case.reference,
            expected="goods, a country of origin and one of destination",
        )
    first, last = validity(case, request.user)
    initial = {"valid_from": first, "valid_to": last, "members": MEMBERS}
    form = bound(EffectForm, request, pack=case.pack, initial=initial)
    if form.is_valid():
        try:
            job = asking.ask(
                actor=request.user,
                kind=LICENCE_EFFECT,
                title=f"What the licence of case {case.reference} changes",
                parameters=parameters_of(case, **form.cleaned_data),
                subject=subject_of(case),
            )
        except CoercivityError as error:
            take_errors(form, error)
        else:
            return HttpResponseRedirect(_address(job))
    return form_page(
        "desk/form.html",
        form,
        title="What would this licence change?",
        context={
            "text": "The pack is simulated with and without the licence. The answer is model "
            "output with a range, not a fact; the decision is yours.",
            "back": reverse("licensing:case", args=[reference]),
            "submit": "Put it into the queue",
        },
    )


@needs(Permission.SEE_RESULTS)
async def progress(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Stream how far a run is, as server-sent events; the last one replaces the element."""
    # The middleware has looked the person up already.
    user = request.user
    assert isinstance(user, User)
    job = await sync_to_async(get_visible)(Job, user, pk=pk)
    response = StreamingHttpResponse(_events(job.pk), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store, private"
    # Proxies must not hold events back until there are enough of them.
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def _events(pk: int) -> AsyncIterator[str]:
    """Yield events: ``progress`` while it runs, then ``end`` with what to put in its place."""
    yield "retry: 2000\n\n"
    said, waited = "", 0.0
    while waited < _LONGEST_SECONDS:
        job = await sync_to_async(_look)(pk)
        if job is None or not job.is_live:
            yield _event("end", {"html": await sync_to_async(_ended)(pk)})
            return
        words = {"percent": job.percent, "stage": job.stage, "state": job.state}
        line = _event("progress", words)
        if line != said:
            yield line
        elif waited % 15.0 < _LOOK_SECONDS:
            yield ": still here\n\n"
        said, waited = line, waited + _LOOK_SECONDS
        await asyncio.sleep(_LOOK_SECONDS)


def _look(pk: int) -> Job | None:
    """Return a job as it stands, and hold no connection until the next look."""
    try:
        return Job.objects.filter(pk=pk).defer("parameters", "problems").first()
    finally:
        close_old_connections()


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _ended(pk: int) -> str:
    """Return the element as it stands when nothing more happens; it opens no stream."""
    job = Job.objects.get(pk=pk)
    return render_to_string("runs/ended.html", {"job": job, "address": _address(job)})
