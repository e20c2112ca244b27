"""The command line: ``coercivity NOUN VERB``, one module a noun.

Data goes to standard output, progress and warnings to standard error. Rooms are
imported inside the commands, so that ``--help`` answers at once, and the command tree
inside :func:`main`, so that an interrupt during start-up ends as it should.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coercivity.cli.running import main

if TYPE_CHECKING:
    from coercivity.cli.root import app as app

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    """Load the command tree when it is asked for (PEP 562)."""
    if name == "app":
        from coercivity.cli.root import app

        return app
    raise AttributeError(f"module 'coercivity.cli' has no attribute {name!r}")
