"""Routes of the app."""

from __future__ import annotations

from django.urls import path

from coercivity.desk.explorer import views
from coercivity.desk.pages import pages

app_name = "explorer"

_RESULT = "explorer/results/<int:pk>"

urlpatterns = [
    *pages("explorer", views.explorer, name="explorer"),
    path("explorer/start", views.start, name="start"),
    *pages(_RESULT, views.result, name="result"),
    path(f"{_RESULT}/<slug:figure>.svg", views.picture, name="picture"),
    path(f"{_RESULT}/<slug:figure>.csv", views.table_file, name="table"),
    path(f"{_RESULT}/everything.json", views.data_file, name="data"),
    path(f"{_RESULT}/<slug:scenario>.nc", views.netcdf_file, name="netcdf"),
]
