"""Three-valued logic: true, false, not known (``None``) [Kleene1952]_."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Truth", "all_of", "any_of", "negate"]

Truth = bool | None
"""True, False, or None for not known."""


def all_of(values: Iterable[Truth]) -> Truth:
    """Return false if any value is false, else not known if any is, else true.

    Examples
    --------
    >>> all_of([True, None]), all_of([None, False]), all_of([])
    (None, False, True)
    """
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def any_of(values: Iterable[Truth]) -> Truth:
    """Return true if any value is true, else not known if any is, else false.

    Examples
    --------
    >>> any_of([False, None]), any_of([None, True]), any_of([])
    (None, True, False)
    """
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


def negate(value: Truth) -> Truth:
    """Return the opposite; what is not known stays so.

    Examples
    --------
    >>> negate(True), negate(None)
    (False, None)
    """
    return None if value is None else not value
