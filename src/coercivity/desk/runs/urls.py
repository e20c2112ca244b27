"""Routes of the app."""

from __future__ import annotations

from django.urls import path

from coercivity.desk.pages import pages
from coercivity.desk.runs import exposure_views, views

app_name = "runs"

urlpatterns = [
    *pages("runs", views.jobs, name="jobs", csv=True),
    *pages("runs/licence-effect/<str:reference>", views.licence_effect, name="licence_effect"),
    *pages("runs/<int:pk>", views.job_page, name="job"),
    path("runs/<int:pk>/progress", views.progress, name="progress"),
    path("runs/<int:pk>/cancel", views.cancel, name="cancel"),
    path("runs/<int:pk>/resume", views.resume, name="resume"),
    *pages("exposure", exposure_views.exposure, name="exposure", csv=True),
    *pages("exposure/new", exposure_views.begin, name="begin"),
    *pages("exposure/new/<slug:pack>", exposure_views.hand_in, name="hand_in"),
    path(
        "exposure/new/<slug:pack>/<slug:table>.csv",
        exposure_views.template_file,
        name="template",
    ),
    *pages("exposure/<int:pk>", exposure_views.chain_page, name="chain"),
    *pages("exposure/<int:pk>/compute", exposure_views.compute, name="compute"),
]
