"""What the head of every page leads to, by role; apps add their entries in one place, here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse

from coercivity.desk.accounts.models import User
from coercivity.desk.accounts.roles import Permission

__all__ = ["ENTRIES", "Entry", "address", "entries_for", "in_templates"]


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
    return list(_navigation(user.permissions, get_script_prefix()))


@lru_cache(maxsize=64)
def _navigation(allowed: frozenset[Permission], _prefix: str) -> tuple[tuple[Entry, str], ...]:
    """Return the entries that some permissions allow; the routes stay as they are.

    Parameters
    ----------
    allowed : frozenset of Permission
        Of one role.
    _prefix : str
        Under which the desk is served; addresses begin with it.
    """
    found = []
    for entry in ENTRIES:
        if entry.permission not in allowed:
            continue
        try:
            found.append((entry, reverse(entry.name)))
        except NoReverseMatch:
            continue
    return tuple(found)


def address(name: str, *words: object) -> str:
    """Return the address of a route, such as that of a case by its reference.

    A list has one in each row, and Django works each out anew.

    Parameters
    ----------
    name : str
        Name of the route.
    *words : object
        What stands in it.
    """
    return _address(name, words, get_script_prefix())


@lru_cache(maxsize=4096)
def _address(name: str, words: tuple[object, ...], _prefix: str) -> str:
    return reverse(name, args=words)


def in_templates(request: HttpRequest) -> dict[str, Any]:
    """Give every template the navigation and the permissions of the person."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": [], "may": {}}
    allowed = user.permissions
    may = {permission.value: permission in allowed for permission in Permission}
    return {"navigation": entries_for(user), "may": may}
