"""How a view declares what it demands; one that declares nothing is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from coercivity.desk.accounts.roles import Permission

__all__ = ["ANYBODY", "declared", "needs", "open_to_anybody"]

View = TypeVar("View", bound=Callable[..., Any])

ANYBODY: Final = "anybody"
"""What a view demands that works without signing in: sign-in itself, the health check."""

_MARK: Final = "desk_permission"


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Declare that a view demands any one of some permissions.

    Parameters
    ----------
    *permissions : Permission
        The person who asks must have at least one.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, frozenset(permissions))
        return view

    return mark


def open_to_anybody(view: View) -> View:
    """Declare that a view may be used without signing in."""
    setattr(view, _MARK, ANYBODY)
    return view


def declared(view: Callable[..., Any]) -> frozenset[Permission] | str | None:
    """Return what a view declared; None if nothing."""
    mark: frozenset[Permission] | str | None = getattr(view, _MARK, None)
    return mark
