"""Kinds of jobs: what decides their result, how they run, how their result is shown.

An app adds its kinds in ``ready`` of its configuration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.desk.accounts.roles import Permission
from coercivity.errors import NotFoundError
from coercivity.options import Options

__all__ = ["Kind", "Work", "add_kind", "canonical", "key_of", "kind_of", "kinds"]

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """Where and how a job runs.

    Parameters
    ----------
    folder : Path
        Its own folder, the same whenever the same work is tried again; what it left there before
        it was stopped is still there.
    options : Options
        Threads, and the progress function: it raises when the job must stop, so it is called
        every few seconds.
    """

    folder: Path
    options: Options


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    Parameters
    ----------
    name, title : str
        Name in the database; words.
    permission : Permission
        What starting one demands.
    identity : callable
        Takes the parameters; returns everything that decides the result, as plain values, such as
        the digest of a pack.
    run : callable
        Takes parameters and :class:`Work`; returns the result as plain values.
    template : str
        Fragment that shows a result; it gets ``job``, ``content`` and what `present` returns.
    present : callable, optional
        Takes the parameters and the result; returns what the template needs.
    """

    name: str
    title: str
    permission: Permission
    identity: Callable[[Values], Values]
    run: Callable[[Values, Work], dict[str, Any]]
    template: str
    present: Callable[[Values, Values], Values] = lambda _parameters, _content: {}


_KINDS: dict[str, Kind] = {}


def add_kind(kind: Kind) -> None:
    """Make a kind known to pages and workers."""
    _KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return a kind.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    """
    if name not in _KINDS:
        raise NotFoundError(
            f"no kind of job is called {name!r}", expected="one of " + ", ".join(sorted(_KINDS))
        )
    return _KINDS[name]


def kinds() -> list[tuple[str, str]]:
    """Return the kinds as choices: name and title."""
    return [(kind.name, kind.title) for kind in _KINDS.values()]


def canonical(values: Values) -> str:
    """Return plain values as the one JSON text that says them."""
    return json.dumps(
        dict(values), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def key_of(kind: Kind, parameters: Values) -> str:
    """Return the digest under which a result is kept: same work, same key.

    Parameters
    ----------
    kind : Kind
    parameters : mapping
        Plain values.
    """
    from coercivity import __version__

    body = {"coercivity": __version__, "kind": kind.name, "identity": kind.identity(parameters)}
    return hashlib.sha256(canonical(body).encode()).hexdigest()
