"""The reference page of the command line, made from the command tree itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

EXIT_CODES: Final = (
    (0, "done"),
    (1, "something nobody foresaw; `--debug` shows the traceback"),
    (2, "the call is wrong: an option, an argument, the form of a date"),
    (3, "a document, a pack, a table or a number is not valid"),
    (4, "what was asked for is not there"),
    (5, "the model broke one of its own laws; do not use the result"),
    (130, "interrupted; nothing half-written is left"),
)


def command_reference() -> str:
    """Return the reference of every command and option as Markdown.

    Returns
    -------
    str
        One section per command, in the order of ``coercivity --help``.
    """
    lines = [
        "# Command line",
        "",
        "`coercivity NOUN VERB`. Data goes to standard output, progress and warnings to standard",
        "error. On a terminal tables are drawn, in a pipe they are tab-separated. With `--json` an",
        'error is JSON too: `{"error": {"what": …, "where": …, "expected": …, "hint": …}}`.',
        "",
        "| exit code | meaning |",
        "|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES),
        "",
        "Options before the command hold for every command:",
        "",
        *_options(_root()),
    ]
    for path, command in commands():
        lines += ["", f"## {path}", "", _first(command.help), ""]
        lines += ["```text", _usage(path, command), "```"]
        arguments = list(_arguments(command))
        if arguments:
            lines += ["", *arguments]
        options = list(_options(command))
        if options:
            lines += ["", *options]
    return "\n".join(lines) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Walk the command tree.

    Yields
    ------
    tuple of (str, command)
        The words that call a command, and the command.
    """
    yield from _walk("coercivity", _root())


def _root() -> Any:
    from typer.main import get_command

    from coercivity.cli.root import app

    return get_command(app)


def _walk(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        words = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from _walk(words, command)
        else:
            yield words, command


def _first(text: str | None) -> str:
    return " ".join((text or "").split("\f")[0].split())


def _usage(path: str, command: Any) -> str:
    words = [path]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = _argument_name(parameter)
            words.append(name if parameter.required else f"[{name}]")
    return " ".join([*words, "[OPTIONS]"])


def _argument_name(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name).strip("{}").upper()
    return f"{name}..." if parameter.nargs == -1 else name


def _arguments(command: Any) -> Iterator[str]:
    found = [p for p in command.params if p.param_type_name == "argument"]
    if found:
        yield "| argument | |"
        yield "|---|---|"
    for parameter in found:
        yield f"| `{_argument_name(parameter)}` | {parameter.help or ''} |"


def _options(command: Any) -> Iterator[str]:
    found = [p for p in command.params if p.param_type_name == "option"]
    if found:
        yield "| option | default | |"
        yield "|---|---|---|"
    for parameter in found:
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        yield f"| {names} | {_default(parameter)} | {parameter.help or ''} |"


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.is_flag or parameter.default in (None, "", ()):
        return ""
    if callable(parameter.default):
        return ""
    return f"`{parameter.default}`"
