"""State diagrams generated from the transition tables.

``python -m coercivity.licences.diagram docs/explanation/licences.md`` writes them into the page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from coercivity.licences.states import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    TERMINAL,
    Transition,
)

__all__ = ["filled", "mermaid", "transition_table"]

_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_TABLES = {"application": APPLICATION_TRANSITIONS, "licence": LICENCE_TRANSITIONS}


def mermaid(kind: str) -> str:
    """Return a table of transitions as a Mermaid state diagram.

    Parameters
    ----------
    kind : str
        ``application`` or ``licence``.

    Returns
    -------
    str
        Text of the diagram, without fence.

    Raises
    ------
    KeyError
        If the kind is another word.
    """
    rows = _TABLES[kind]
    lines = ["stateDiagram-v2", f"    [*] --> {rows[0].source.value}"]
    for source, target, label in _edges(rows):
        lines.append(f"    {source} --> {target}: {label}")
    reached = {row.target for row in rows}
    lines += [f"    {s.value} --> [*]" for s in type(rows[0].source) if s in TERMINAL & reached]
    return "\n".join(lines) + "\n"


def _edges(rows: Sequence[Transition]) -> list[tuple[str, str, str]]:
    """Return arrows; events between the same two states share one."""
    edges: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        # The state before a stop is one of many; a note state keeps the picture readable.
        target = row.target.value if row.target is not None else "state_before_stop"
        guard = f" [{row.guard.replace('_', ' ')}]" if row.guard else ""
        edges.setdefault((row.source.value, target), []).append(row.event.replace("_", " ") + guard)
    return [(source, target, " / ".join(events)) for (source, target), events in edges.items()]


def transition_table(kind: str) -> str:
    """Return a table of transitions as Markdown.

    Parameters
    ----------
    kind : str
        ``application`` or ``licence``.
    """
    lines = ["| from | event | to | needs |", "|---|---|---|---|"]
    for row in _TABLES[kind]:
        target = row.target.value if row.target is not None else "the state before the stop"
        cells = (row.source.value, row.event, target, row.guard.replace("_", " "))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def filled(page: str) -> str:
    """Return a Markdown page with its generated parts written anew.

    Parameters
    ----------
    page : str
        Text with ``<!-- generated: application -->`` and ``<!-- end -->`` round each part.
    """

    def part(match: re.Match[str]) -> str:
        opening, kind, end = match.groups()
        diagram = f"```mermaid\n{mermaid(kind)}```\n"
        return f"{opening}{diagram}\n{transition_table(kind)}{end}"

    return _PART.sub(part, page)


def main(path: Path) -> None:
    """Write the generated parts of a page."""
    beside = path.with_suffix(".new")
    beside.write_text(filled(path.read_text("utf-8")), "utf-8")
    beside.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
