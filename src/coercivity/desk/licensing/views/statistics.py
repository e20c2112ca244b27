"""The statistics page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count

from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import visible
from coercivity.desk.licensing.models import Licence
from coercivity.desk.licensing.services.statistics import figures
from coercivity.desk.licensing.views.licences import with_state_now
from coercivity.desk.pages import DeskRequest, Page, page
from coercivity.errors import InputError

__all__ = ["statistics"]


@page(Permission.SEE_STATISTICS)
def statistics(request: DeskRequest) -> Page:
    """Show how an authority works; ``?since=2025-01-01`` narrows it to newer cases."""
    since = _day(request.GET.get("since", ""))
    found = figures(request.user, since=since)
    rows = with_state_now(visible(Licence, request.user)).order_by()
    # The annotated column is not known to the type checker's picture of the table.
    counted: Any = rows
    licences = list(counted.values("now").annotate(count=Count("id")).order_by("-count"))
    data = {
        "title": "Statistics",
        "since": since,
        "states": found.states,
        "times": [list(pair) for pair in found.times],
        "outcomes": [list(pair) for pair in found.outcomes],
        "licences": licences,
    }
    return Page("licensing/statistics.html", data)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no date", where="since", expected="YYYY-MM-DD") from error
