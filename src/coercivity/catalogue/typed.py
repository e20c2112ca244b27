"""Turn raw rows into typed records by schema; collect every problem instead of the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coercivity.catalogue import places
from coercivity.catalogue.model import Record
from coercivity.catalogue.rows import RawRow
from coercivity.catalogue.schema import Column, Schema, load_schema
from coercivity.errors import CoercivityError, Problem
from coercivity.timeline import parse_day, parse_partial
from coercivity.units import parse_unit

__all__ = ["Reference", "Typing", "type_rows"]


@dataclass(frozen=True)
class Reference:
    """A cell that must name a row of another table."""

    table: str
    value: str
    attribute: str
    where: str


@dataclass
class Typing:
    """What a pass over a table found: records, problems, references still to be resolved."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)


def type_rows(rows: Sequence[RawRow], schema: Schema) -> Typing:
    """Type the rows of a table.

    Parameters
    ----------
    rows : sequence of RawRow
    schema : Schema

    Returns
    -------
    Typing
        Rows with problems are left out of ``records``.
    """
    typing = Typing()
    for row in rows:
        record = _type_row(row, schema, typing)
        if record is not None:
            typing.records.append(record)
    return typing


def _type_row(row: RawRow, schema: Schema, typing: Typing) -> Record | None:
    before = len(typing.problems)
    values: dict[str, Any] = {}
    for key in row.values:
        if schema.column(key) is None:
            typing.problems.append(
                Problem(
                    f"{schema.name} has no attribute {key!r}",
                    row.where,
                    "one of " + " ".join(c.attribute for c in schema.columns),
                )
            )
    for column in schema.columns:
        raw = row.values.get(column.attribute)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            raw = column.default or None
        if raw is None:
            if column.is_required:
                typing.problems.append(
                    Problem(f"{column.attribute} is missing", row.where, column.description)
                )
            values[column.attribute] = _blank(column)
            continue
        try:
            values[column.attribute] = _type_cell(raw, column.type, column, row.where, typing)
        except CoercivityError as error:
            problem = error.problems[0]
            typing.problems.append(
                Problem(
                    f"{column.attribute}: {problem.what}",
                    problem.where or row.where,
                    problem.expected or column.description,
                    problem.hint,
                )
            )
    return Record(values, row.where) if len(typing.problems) == before else None


def _blank(column: Column) -> Any:
    """Value of an absent cell: lists are empty, text is empty, the rest is None."""
    if column.type.startswith(("list[", "records:")):
        return ()
    return "" if column.type in {"string", "text", "url"} else None


def _type_cell(raw: Any, kind: str, column: Column, where: str, typing: Typing) -> Any:
    if kind.startswith("list["):
        parts = raw if isinstance(raw, list) else [p for p in str(raw).split(";") if p.strip()]
        return tuple(_type_cell(part, kind[5:-1], column, where, typing) for part in parts)
    if kind.startswith("records:"):
        return _nested(raw, load_schema(kind.split(":", 1)[1]), column, where, typing)
    if kind.startswith("record:"):
        return _single(raw, load_schema(kind.split(":", 1)[1]), column, typing)
    if kind in {"any", "mapping"}:
        return _plain(raw)
    if not isinstance(raw, str):
        raise CoercivityError("not a single value", expected=f"one {kind}")
    text = raw.strip()
    if kind.startswith("ref"):
        return _reference(text, kind, column, where, typing)
    if kind == "quantity":
        return _reference(text, "ref:quantities", column, where, typing)
    if kind.startswith("enum:"):
        allowed = kind[5:].split(",")
        if text not in allowed:
            raise CoercivityError(
                f"{text!r} is not allowed", expected="one of " + " ".join(allowed)
            )
        return text
    return _SCALARS[kind](text)


def _reference(text: str, kind: str, column: Column, where: str, typing: Typing) -> str:
    head, table = kind.split(":", 1)
    if not (head == "ref*" and text == "*"):
        typing.references.append(Reference(table, text, column.attribute, where))
    return text


def _nested(
    raw: Any, schema: Schema, column: Column, where: str, typing: Typing
) -> tuple[Record, ...]:
    parts = raw if isinstance(raw, list) else [raw]
    records = []
    for part in parts:
        if not isinstance(part, RawRow):
            raise CoercivityError(
                f"{column.attribute} must hold rows", expected=f"a list of {schema.name} rows"
            )
        record = _type_row(part, schema, typing)
        if record is not None:
            records.append(record)
    return tuple(records)


def _single(raw: Any, schema: Schema, column: Column, typing: Typing) -> Record | None:
    if not isinstance(raw, RawRow):
        raise CoercivityError(
            f"{column.attribute} must hold one row", expected=f"attributes of {schema.name}"
        )
    return _type_row(raw, schema, typing)


def _plain(raw: Any) -> Any:
    """Nested raw rows as plain mappings, lists as tuples."""
    if isinstance(raw, RawRow):
        return {key: _plain(value) for key, value in raw.values.items()}
    if isinstance(raw, list):
        return tuple(_plain(part) for part in raw)
    return raw


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CoercivityError(f"{text!r} is not a finite number", expected="digits, such as 0.5")
    return value


def _integer(text: str) -> int:
    value = _number(text)
    if value != int(value):
        raise CoercivityError(f"{text!r} is not a whole number", expected="digits, such as 12")
    return int(value)


def _boolean(text: str) -> bool:
    if text.lower() not in {"yes", "no", "true", "false"}:
        raise CoercivityError(f"{text!r} is not yes or no", expected="yes or no")
    return text.lower() in {"yes", "true"}


def _unit(text: str) -> str:
    parse_unit(text)
    return text


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise CoercivityError(f"{text!r} is not an address", expected="http:// or https://")
    return text


_SCALARS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "text": str,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": parse_day,
    "partial": parse_partial,
    "unit": _unit,
    "url": _url,
    "country": places.country,
}
