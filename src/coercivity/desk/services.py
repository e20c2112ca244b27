"""What a service is: one act, one transaction."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import transaction

__all__ = ["service"]

P = ParamSpec("P")
T = TypeVar("T")


def service(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function in one transaction: all of it happens, or nothing.

    A service takes the person who acts as ``actor``, calls the library for every rule, raises
    :class:`coercivity.errors.CoercivityError` when the act is not possible, and writes to the
    audit trail. Views call services and do nothing else to the database.
    """

    @functools.wraps(function)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic():
            return function(*args, **kwargs)

    return in_transaction
