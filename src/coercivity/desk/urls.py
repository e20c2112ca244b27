"""Routes of the desk."""

from __future__ import annotations

from django.urls import include, path

from coercivity.desk import views
from coercivity.desk.api_routes import api
from coercivity.desk.pages import pages

urlpatterns = [
    path("", views.home, name="home"),
    path("home.json", views.home, {"as_form": "json"}, name="home.json"),
    path("health", views.health, name="health"),
    path("", include("coercivity.desk.accounts.urls")),
    path("", include("coercivity.desk.licensing.urls")),
    path("", include("coercivity.desk.register.urls")),
    path("", include("coercivity.desk.explorer.urls")),
    path("", include("coercivity.desk.runs.urls")),
    *pages("api", views.api_reference, name="api-reference"),
    path("api/", api.urls),
]

handler400 = "coercivity.desk.errors.bad_request"
handler403 = "coercivity.desk.errors.forbidden"
handler404 = "coercivity.desk.errors.not_found"
handler500 = "coercivity.desk.errors.server_error"
