"""Raw rows of YAML and CSV files, each with its line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from coercivity.errors import InputError

__all__ = ["RawRow", "read_rows", "read_text"]


_NULL = "tag:yaml.org,2002:null"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads text and tells nothing apart but null, which is all that is asked of a tag here."""

    yaml_implicit_resolvers = {
        first: [row for row in resolvers if row[0] == _NULL]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class RawRow:
    """Untyped values by attribute, with the file and line of the row."""

    values: Mapping[str, Any]
    where: str


def read_text(path: Path) -> str:
    """Read UTF-8 text.

    Raises
    ------
    InputError
        If the file is missing or is not UTF-8; the byte is named.
    """
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is missing", where=str(path.parent)) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8",
            where=path.name,
            expected="UTF-8 text",
            hint="save the file as UTF-8",
        ) from error


def read_rows(path: Path) -> list[RawRow]:
    """Read a table file: a YAML list of mappings, one YAML mapping, or CSV with a header.

    Raises
    ------
    InputError
        If the file cannot be parsed; file and line are named.
    """
    text = read_text(path)
    return _csv_rows(path, text) if path.suffix == ".csv" else _yaml_rows(path, text)


def _csv_rows(path: Path, text: str) -> list[RawRow]:
    reader = csv.reader(text.splitlines(keepends=True))
    header = next(reader, None)
    if header is None:
        raise InputError("the file is empty", where=path.name, expected="a header line")
    rows = []
    for cells in reader:
        where = f"{path.name}:{reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise InputError(
                f"the row has {len(cells)} cells",
                where=where,
                expected=f"{len(header)} cells, as in the header",
                hint="quote cells that hold commas",
            )
        rows.append(RawRow(dict(zip(header, cells, strict=True)), where))
    return rows


def _yaml_rows(path: Path, text: str) -> list[RawRow]:
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"not valid YAML: {error.problem}", where=f"{path.name}:{line}") from error
    if node is None:
        return []
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    rows = []
    for child in nodes:
        where = f"{path.name}:{child.start_mark.line + 1}"
        if not isinstance(child, yaml.MappingNode):
            raise InputError("not a mapping", where=where, expected="attribute: value lines")
        rows.append(RawRow(_mapping(path, child), where))
    return rows


def _mapping(path: Path, node: yaml.MappingNode) -> dict[str, Any]:
    """Plain values of a mapping node; nested mappings in lists become raw rows."""
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in values:
            raise InputError(
                f"{key} is given twice", where=f"{path.name}:{key_node.start_mark.line + 1}"
            )
        values[key] = _value(path, value_node)
    return values


def _value(path: Path, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, child) for child in node.value]
    if isinstance(node, yaml.MappingNode):
        return RawRow(_mapping(path, node), f"{path.name}:{node.start_mark.line + 1}")
    # Scalars stay text: the schema, not YAML's guessing, decides what 2025-10 or no means.
    return None if node.tag == _NULL else str(node.value)
