"""Pages that belong to no app: the start page, the health check, the reference of the API."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from coercivity.desk.accounts.roles import Permission
from coercivity.desk.api_routes import api
from coercivity.desk.navigation import entries_for
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.desk.permissions import open_to_anybody

__all__ = ["api_reference", "health", "home"]


@page(Permission.OWN_ACCOUNT)
def home(request: DeskRequest) -> Page:
    """Show what a person may do."""
    found = entries_for(request.user)
    entries = [
        {"title": entry.title, "text": entry.text, "address": address} for entry, address in found
    ]
    return Page("desk/home.html", {"title": "Start", "entries": entries})


@open_to_anybody
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Say that the desk and its database answer; for whatever watches them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@page(Permission.OWN_ACCOUNT)
def api_reference(_request: DeskRequest) -> Page:
    """List the operations of the API; the full description is ``/api/openapi.json``."""
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": body.get("summary", ""),
            "description": body.get("description", ""),
        }
        for path, methods in api.get_openapi_schema().get("paths", {}).items()
        for method, body in methods.items()
    ]
    return Page("desk/api.html", {"title": "API", "operations": operations})
