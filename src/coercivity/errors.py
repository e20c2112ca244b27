"""Exceptions that say what is wrong, where, what was expected and what to do next.

Every error the product raises on purpose is a :class:`CoercivityError`. Its class carries the
exit code of the command line, so that scripts can tell bad input from a broken invariant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "CoercivityError",
    "InputError",
    "InvariantError",
    "NotFoundError",
    "Problem",
    "UsageError",
]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, with enough to repair it.

    Parameters
    ----------
    what : str
        The fact, without full stop.
    where : str
        ``file:line``, or the id of the row or object concerned.
    expected : str
        What would have been right.
    hint : str
        The next thing to do.
    """

    what: str
    where: str = ""
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}." if self.where else f"{self.what}."
        if self.expected:
            text += f" Expected: {self.expected}."
        if self.hint:
            text += f" Next: {self.hint}."
        return text

    def to_json(self) -> dict[str, str]:
        """Return the four fields as a plain mapping."""
        return {
            "what": self.what,
            "where": self.where,
            "expected": self.expected,
            "hint": self.hint,
        }


class CoercivityError(Exception):
    """Base of all deliberate errors; unexpected ones have exit code 1 too.

    Parameters
    ----------
    what : str
        Summary of the error.
    where, expected, hint : str
        As in :class:`Problem`.
    problems : iterable of Problem
        All problems found, when one pass over the input found several.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        expected: str = "",
        hint: str = "",
        problems: Iterable[Problem] = (),
    ) -> None:
        self.problem = Problem(what, where, expected, hint)
        self.problems: tuple[Problem, ...] = tuple(problems) or (self.problem,)
        super().__init__(what, where, expected, hint)

    def __str__(self) -> str:
        if self.problems == (self.problem,):
            return str(self.problem)
        lines = [str(self.problem), *(f"  {problem}" for problem in self.problems)]
        return "\n".join(lines)


class UsageError(CoercivityError):
    """The call itself is wrong: an option, a combination, a date form."""

    exit_code = 2


class InputError(CoercivityError):
    """A document, pack, table or number given to the product is not valid."""

    exit_code = 3


class NotFoundError(CoercivityError):
    """What was asked for does not exist: an item, a pack, a site, a document."""

    exit_code = 4


class InvariantError(CoercivityError):
    """The model broke one of its own laws; the result must not be used."""

    exit_code = 5
