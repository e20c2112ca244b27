"""Run the command tree and turn every end of it into an exit code and a message."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from coercivity.cli.interrupting import Interrupts
from coercivity.cli.showing import settings, warn
from coercivity.errors import CoercivityError

OK: Final = 0
UNEXPECTED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

_OBJECTS_BETWEEN_SEARCHES: Final = 50_000


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the program's name; by default those of the process.

    Raises
    ------
    SystemExit
        Always: 0 ok, 1 unexpected, 2 usage, 3 input invalid, 4 nothing found,
        5 invariant broken, 130 interrupted.
    """
    # A command builds tables of long-lived objects and ends: looking through them for cycles at
    # the interpreter's usual rate takes 4 % of a brief.
    gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES)
    raise SystemExit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : list of str
        Words after the program's name.

    Returns
    -------
    int
        The exit code.
    """
    settings.as_json = "--json" in arguments
    interrupts = Interrupts()
    try:
        with interrupts.listened_for():
            outcome = _outcome(arguments)
    except KeyboardInterrupt:
        outcome = INTERRUPTED
    except Exception as error:
        outcome = INTERRUPTED if interrupts.heard else _foreign(error)
    if outcome == INTERRUPTED:
        warn("interrupted; nothing half-written was left behind", always=True)
        # The interpreter notes an interrupt that passed through code run from a string (the making
        # of a named tuple, say) and would end by the signal; the next such code makes it forget.
        eval("None")
    return outcome


def _outcome(arguments: list[str]) -> int:
    try:
        from coercivity.cli.root import app

        outcome = app(args=arguments, prog_name="coercivity", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else OK
    except BrokenPipeError:
        return _close_quietly()
    except SystemExit as leaving:
        # The option parser leaves with 1 when the reader of a pipe has gone.
        if isinstance(leaving.__context__, BrokenPipeError):
            return _close_quietly()
        raise


def _foreign(error: Exception) -> int:
    """Handle our own errors, what the option parser raises, and anything nobody foresaw."""
    if isinstance(error, CoercivityError):
        _report(_fields(error), str(error))
        return error.exit_code
    name = type(error).__name__
    if name == "Abort":
        return INTERRUPTED
    show = getattr(error, "format_message", None)
    if show is not None and hasattr(error, "exit_code"):
        return _usage(error, show())
    if isinstance(error, PermissionError) or (
        isinstance(error, OSError) and error.filename is not None
    ):
        _report(
            {"what": f"{error.strerror or error}", "where": str(error.filename or "")},
            f"{error.filename}: {error.strerror or error}. "
            "Next: check the path and that you may read or write there",
        )
        return 3
    if settings.debug:
        raise error
    _report(
        {"what": f"unexpected {name}: {error}", "hint": "run again with coercivity --debug …"},
        f"unexpected {name}: {error}. Next: run again with coercivity --debug … and report it",
    )
    return UNEXPECTED


def _usage(error: Exception, message: str) -> int:
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "coercivity"
    if not message:
        # The parser raises this when it has just printed the help of a bare command.
        typer_help = context.get_help() if context is not None else ""
        sys.stderr.write(f"{typer_help}\n")
        return USAGE
    _report(
        {"what": message, "where": path, "hint": f"{path} --help"},
        f"{path}: {message} Next: {path} --help",
    )
    return USAGE


def _fields(error: CoercivityError) -> dict[str, Any]:
    fields: dict[str, Any] = dict(error.problem.to_json())
    if error.problems != (error.problem,):
        fields["problems"] = [problem.to_json() for problem in error.problems]
    fields["exit_code"] = error.exit_code
    fields["type"] = type(error).__name__
    return fields


def _report(fields: dict[str, Any], message: str) -> None:
    if settings.as_json:
        sys.stderr.write(json.dumps({"error": fields}, ensure_ascii=False, indent=2) + "\n")
        return
    sys.stderr.write(f"error: {message}\n")


def _close_quietly() -> int:
    """Let the reader of a pipe stop reading: that is no error of ours."""
    with open(os.devnull, "w", encoding="utf-8") as sink:  # noqa: PTH123
        os.dup2(sink.fileno(), sys.stdout.fileno())
    return OK
