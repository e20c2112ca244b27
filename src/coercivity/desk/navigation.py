"""What the head of every page leads to, by role; apps add their entries in one place, here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission

__all__ = ["ENTRIES", "Entry", "entries_for", "in_templates"]


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation.

    Parameters
    ----------
    title : str
        Words of the link.
    name : str
        Name of the route; an entry whose route is not there is left out.
    permission : Permission
        Who sees it.
    text : str
        One sentence for the start page.
    """

    title: str
    name: str
    permission: Permission
    text: str


ENTRIES: Final = (
    Entry(
        "Applications", "licensing:queue", Permission.SEE_CASES, "Cases, where they stand and why."
    ),
    Entry(
        "Licences",
        "licensing:licences",
        Permission.SEE_LICENCES,
        "What is authorised, drawn, left, and until when.",
    ),
    Entry(
        "Evidence", "register:evidence", Permission.SEE_EVIDENCE, "Documents, claims and verdicts."
    ),
    Entry(
        "Controls",
        "register:controls",
        Permission.SEE_CONTROLS,
        "What a shipment needs on a day, and which measure decides.",
    ),
    Entry("Explorer", "explorer:explorer", Permission.SEE_RESULTS, "Scenarios and their results."),
    Entry("Runs", "runs:jobs", Permission.SEE_RESULTS, "What is simulated, how far it is."),
    Entry(
        "Exposure",
        "runs:exposure",
        Permission.SEE_EXPOSURE,
        "Your own stock, and the day a line goes down.",
    ),
    Entry(
        "Statistics",
        "licensing:statistics",
        Permission.SEE_STATISTICS,
        "Time to decision, outcomes, use of licences.",
    ),
    Entry("Audit", "accounts:audit", Permission.SEE_AUDIT, "Who did what, and when."),
)


def entries_for(user: User) -> list[tuple[Entry, str]]:
    """Return the entries a person may use, with their addresses."""
    found = []
    for entry in ENTRIES:
        if not user.may(entry.permission):
            continue
        try:
            found.append((entry, reverse(entry.name)))
        except NoReverseMatch:
            continue
    return found


def in_templates(request: HttpRequest) -> dict[str, Any]:
    """Give every template the navigation and the permissions of the person."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": [], "may": {}}
    may = {permission.value: user.may(permission) for permission in Permission}
    return {"navigation": entries_for(user), "may": may}
