"""Routes of licensing."""

from __future__ import annotations

from django.urls import path

from coercivity.desk.licensing.models import Application, Licence
from coercivity.desk.licensing.views import (
    case,
    drafting,
    licences,
    measures,
    queue,
    screening,
    statistics,
    tracking,
)
from coercivity.desk.licensing.views.acting import act_routes
from coercivity.desk.licensing.views.case_acts import CASE_ACTS
from coercivity.desk.licensing.views.licence_acts import LICENCE_ACTS
from coercivity.desk.pages import pages

app_name = "licensing"

_CASE = "applications/<str:reference>"

urlpatterns = [
    *pages("applications", queue.queue, name="queue", csv=True),
    *pages("applications/new", drafting.new, name="new"),
    *pages(f"{_CASE}/tasks", drafting.tasks, name="tasks"),
    *pages(f"{_CASE}/submit", drafting.submit, name="submit"),
    *pages(f"{_CASE}/parties", drafting.parties, name="parties"),
    *pages(f"{_CASE}/parties/<str:role>", drafting.party, name="party"),
    *pages(f"{_CASE}/goods", drafting.goods, name="goods"),
    *pages(f"{_CASE}/goods/add", drafting.line, name="add_line"),
    *pages(f"{_CASE}/goods/<int:number>", drafting.line, name="line"),
    path(f"{_CASE}/goods/<int:number>/remove", drafting.remove_line, name="remove_line"),
    *pages(f"{_CASE}/use", drafting.use, name="use"),
    *pages(f"{_CASE}/certificate", drafting.certificate, name="certificate"),
    *pages(f"{_CASE}/documents", drafting.documents, name="documents"),
    path(f"{_CASE}/documents/<int:pk>/remove", drafting.remove_document, name="remove_document"),
    *act_routes(Application, CASE_ACTS, root="applications", home="licensing:case"),
    *pages(f"{_CASE}/screening", screening.candidates, name="screening"),
    *pages(f"{_CASE}/screening/<int:party>/<int:listed>", screening.verdict, name="verdict"),
    *pages(_CASE, case.case_page, name="case"),
    path("documents/<int:pk>/file", case.document, name="document"),
    *pages("questions/<int:pk>", case.answer, name="answer"),
    *pages("advice/<int:pk>", case.advise, name="advise"),
    *pages("screening-lists", screening.lists, name="screening_lists"),
    *pages("screening-lists/add", screening.add_list, name="add_screening_list"),
    *pages("licences", licences.licences, name="licences", csv=True),
    *pages("licences/track", tracking.track, name="track"),
    *pages("licences/take-over", tracking.import_tracked, name="import_tracked"),
    *pages("licences/measure", measures.measure, name="measure"),
    *act_routes(Licence, LICENCE_ACTS, root="licences", home="licensing:licence"),
    *act_routes(Licence, tracking.TRACKED_ACTS, root="tracked", home="licensing:licence"),
    *pages("licences/<str:reference>/ledger", licences.entries, name="entries", csv=True),
    path("licences/<str:reference>/licence.pdf", licences.paper, name="paper"),
    *pages("licences/<str:reference>", licences.licence_page, name="licence"),
    *pages("statistics", statistics.statistics, name="statistics"),
]
