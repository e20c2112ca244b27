"""Pages of the explorer: choose, run, look at what came out."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible
from coercivity.desk.downloads import file_download
from coercivity.desk.explorer.choices import Choice, Slider, dials_of, read_choice, sliders_of
from coercivity.desk.explorer.figures import FIGURES, Subject, drawn, plain_svg, rows_shown
from coercivity.desk.listing import Column, Listing, csv_response
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.runs.folders import work_folder
from coercivity.desk.runs.forms import MEMBERS, scenario_choices
from coercivity.desk.runs.models import Job
from coercivity.desk.runs.services.asking import ask, same_work
from coercivity.desk.runs.simulating import SCENARIOS, results_file, rows_of
from coercivity.errors import CoercivityError, Problem

__all__ = ["data_file", "explorer", "netcdf_file", "picture", "result", "start", "table_file"]

VIEWS: Final = (
    ("chart", "Chart"),
    ("table", "Table"),
    ("sources", "Sources"),
    ("download", "Download"),
)


@page(Permission.SEE_RESULTS)
def explorer(request: DeskRequest) -> Page:
    """Choose scenarios, hold quantities; the address is the choice."""
    problems: tuple[Problem, ...] = ()
    try:
        choice = read_choice(request.GET)
    except CoercivityError as error:
        problems = error.problems
        choice = _without_errors(request.GET)
    sliders, is_ranked = sliders_of(choice)
    before = None if problems else same_work(request.user, SCENARIOS, choice.parameters())
    data = {
        "title": "Explorer",
        "choice": choice.parameters(),
        "problems": [problem.to_json() for problem in problems],
        "scenarios": _scenarios(choice),
        "sliders": [slider.to_json() for slider in sliders],
        "sliders_ranked_by_a_run": is_ranked,
        "run": before.pk if before else None,
    }
    return Page("explorer/explorer.html", data, _context(choice, sliders, before, problems))


def _without_errors(query: QueryDict) -> Choice:
    """Return the defaults of the pack, if at least that is known."""
    kept = QueryDict(mutable=True)
    pack = query.get("pack")
    if pack in packs.names():
        kept["pack"] = str(pack)
    return read_choice(kept)


def _scenarios(choice: Choice) -> list[dict[str, Any]]:
    from coercivity.experiments.scenarios import load_scenarios

    return [
        {"id": s.id, "title": s.title, "sentence": s.sentence, "chosen": s.id in choice.scenarios}
        for s in load_scenarios(packs.opened(choice.pack))
    ]


def _context(
    choice: Choice, sliders: list[Slider], before: Job | None, problems: tuple[Problem, ...]
) -> dict[str, Any]:
    shown = {slider.dial.id for slider in sliders}
    rest = [dial for dial in dials_of(choice.pack).values() if dial.id not in shown]
    return {
        "packs": packs.titles(),
        "chosen": choice,
        "sizes": MEMBERS,
        "slider_rows": sliders,
        "others": sorted(rest, key=lambda dial: dial.title),
        "pairs": choice.pairs(),
        "before": before,
        "wrong": problems,
        "summary": _summary(choice),
    }


def _summary(choice: Choice) -> list[tuple[str, str]]:
    titles = dict(scenario_choices(choice.pack))
    offered = dials_of(choice.pack)
    held = [f"{offered[k].title}: {v:g} {offered[k].unit}" for k, v in choice.held.items()]
    return [
        ("Pack", packs.opened(choice.pack).title),
        ("Scenarios", ", ".join(titles[name] for name in choice.scenarios)),
        ("Members, seed", f"{choice.members}, {choice.seed}"),
        ("Held", "; ".join(held) or "nothing: every quantity keeps the range of its sources"),
    ]


@page(Permission.RUN, methods=("POST",))
def start(request: DeskRequest) -> HttpResponse:
    """Put a choice into the queue, or lead to the run that has done it."""
    choice = read_choice(request.POST)
    parameters = choice.parameters()
    job = same_work(request.user, SCENARIOS, parameters)
    if job is None:
        job = ask(actor=request.user, kind=SCENARIOS, title=choice.title(), parameters=parameters)
    return HttpResponseRedirect(reverse("runs:job", args=[job.pk]))


def _done(request: DeskRequest, pk: int) -> Job:
    """Return a finished run of scenarios that the person may see."""
    rows = Job.objects.select_related("result").filter(kind=SCENARIOS, result__isnull=False)
    return get_visible(rows, request.user, pk=pk)


def _chosen(job: Job, query: QueryDict, subject: Subject) -> tuple[str, ...]:
    """Scenarios that a figure shows: as asked for, else the first ones."""
    content = _content(job)
    known = [name for name in content["scenarios"] if name != content["baseline"]]
    wanted = [name for name in known if name in query.getlist("scenario")]
    if not wanted:
        first = [content["reference"]] if subject.most == 1 else known
        wanted = [name for name in first if name in known] or list(content["scenarios"])[:1]
    return tuple(wanted[: subject.most])


def _content(job: Job) -> dict[str, Any]:
    assert job.result is not None
    content: dict[str, Any] = job.result.content
    return content


def _subject(name: str) -> Subject:
    if name not in FIGURES:
        raise Http404
    return FIGURES[name]


@page(Permission.SEE_RESULTS)
def result(request: DeskRequest, pk: int) -> Page:
    """Show one figure of a run, as chart, table, sources or files."""
    job = _done(request, pk)
    content = _content(job)
    subject = _subject(request.GET.get("figure") or "lost")
    shown = request.GET.get("view") or "chart"
    if shown not in dict(VIEWS):
        raise Http404
    scenarios = _chosen(job, request.GET, subject)
    rows = rows_shown(content, subject.name, scenarios)
    data = {
        "title": subject.title,
        "run": job.pk,
        "figure": subject.name,
        "scenarios": list(scenarios),
        "rows": _plain(rows),
    }
    return Page("explorer/result.html", data, _result_context(job, subject, shown, scenarios, rows))


def _plain(rows: Any) -> list[dict[str, Any]]:
    from coercivity.experiments.outcomes import plain_columns

    return rows_of(plain_columns(rows)) if len(rows) else []


def _result_context(
    job: Job, subject: Subject, shown: str, scenarios: tuple[str, ...], rows: Any
) -> dict[str, Any]:
    content = _content(job)
    query = QueryDict(mutable=True)
    query.setlist("scenario", list(scenarios))
    figure = drawn(job.key, subject.name, scenarios) if shown == "chart" else None
    choices = [
        (name, row["title"], name in scenarios)
        for name, row in content["scenarios"].items()
        if name != content["baseline"]
    ]
    return {
        "job": job,
        "content": content,
        "subject": subject,
        "shown": shown,
        "subjects": [(s.name, s.title) for s in FIGURES.values() if content["tables"][s.table]],
        "views": VIEWS,
        "query": query.urlencode(),
        "choices": choices,
        "figure": figure,
        "columns": [str(name) for name in rows.columns] if len(rows) else [],
        "quantities": _quantities(content) if shown == "sources" else [],
        "sources": _sources(content) if shown == "sources" else [],
        "has_files": results_file(work_folder(job.key), content["baseline"]).is_file(),
    }


def _quantities(content: dict[str, Any]) -> list[Any]:
    """Quantities that the run read, with their ranges and sources."""
    offered = dials_of(content["pack"])
    return [offered[name] for name in content["used"] if name in offered]


def _sources(content: dict[str, Any]) -> list[Any]:
    """Publications behind these quantities."""
    known = packs.opened(content["pack"]).sources
    named = {source for dial in _quantities(content) for source in dial.sources}
    return [known[name] for name in sorted(named) if name in known]


@page(Permission.SEE_RESULTS)
def picture(request: DeskRequest, pk: int, figure: str) -> HttpResponse:
    """Give a figure as an SVG file."""
    job, subject = _done(request, pk), _subject(figure)
    found = drawn(job.key, subject.name, _chosen(job, request.GET, subject))
    if found is None:
        raise Http404
    return HttpResponse(plain_svg(found), content_type="image/svg+xml; charset=utf-8")


@page(Permission.SEE_RESULTS)
def table_file(request: DeskRequest, pk: int, figure: str) -> HttpResponse:
    """Give the numbers behind a figure as CSV."""
    job, subject = _done(request, pk), _subject(figure)
    rows = _plain(rows_shown(_content(job), figure, _chosen(job, request.GET, subject)))
    names = list(rows[0]) if rows else []
    columns: list[Column[dict[str, Any]]] = [
        Column(name, name, lambda row, name=name: row[name])  # type: ignore[misc]
        for name in names
    ]
    return csv_response(
        Listing(columns, rows, rows, len(rows), 1, 1, request.GET, name=f"run-{pk}-{figure}")
    )


@page(Permission.SEE_RESULTS)
def data_file(request: DeskRequest, pk: int) -> HttpResponse:
    """Give everything that a run left, as JSON."""
    job = _done(request, pk)
    body = {"key": job.key, "parameters": job.parameters, "result": _content(job)}
    response = JsonResponse(body)
    response.headers["Content-Disposition"] = f'attachment; filename="run-{pk}.json"'
    return response


@page(Permission.SEE_RESULTS)
def netcdf_file(request: DeskRequest, pk: int, scenario: str) -> HttpResponseBase:
    """Give the results of one scenario as netCDF, if this machine has the file."""
    job = _done(request, pk)
    path = results_file(work_folder(job.key), scenario)
    if scenario not in _content(job)["scenarios"] or not path.is_file():
        raise Http404
    return file_download(path, name=f"run-{pk}-{scenario}.nc", media="application/x-netcdf")
