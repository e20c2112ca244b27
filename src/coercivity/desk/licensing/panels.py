"""Sections that other apps add to the page of a case, such as what a licence would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coercivity.desk.accounts.models import User
from coercivity.desk.licensing.models import Application

__all__ = ["Panel", "add_panel", "panels_of"]


@dataclass(frozen=True)
class Panel:
    """A section of the page.

    Parameters
    ----------
    template : str
        Included in the page; it gets ``panel`` and ``case``.
    values : mapping
        What it shows.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


_MAKERS: list[Callable[[Application, User], Panel | None]] = []


def add_panel(maker: Callable[[Application, User], Panel | None]) -> None:
    """Add a section; an app does so in ``ready`` of its configuration.

    Parameters
    ----------
    maker : callable
        Takes the case and who looks; None shows nothing.
    """
    if maker not in _MAKERS:
        _MAKERS.append(maker)


def panels_of(case: Application, user: User) -> list[Panel]:
    """Return the sections of a case for a person."""
    return [panel for maker in _MAKERS if (panel := maker(case, user)) is not None]
