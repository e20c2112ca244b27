"""Write a register to a file and read it back: YAML, Parquet, or JSON in the manner of FtM.

What is read equals what was written, act by act. The file holds instruments, measures, acts and
the flags of events; items and parties stay in the pack.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercivity.catalogue import Item, Party
from coercivity.controls.ftm import entities_of, rows_of_entities
from coercivity.controls.load import check_actions, record_order
from coercivity.controls.model import (
    ActionKind,
    Effect,
    EventFlag,
    Instrument,
    Measure,
    MeasureAction,
    MeasureType,
)
from coercivity.controls.register import Register
from coercivity.errors import InputError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "read_register", "register_of_rows", "rows_of_register", "write_register"]

Row = dict[str, Any]

_VERSION: Final = 1
_NOUNS: Final[Mapping[str, type[Any]]] = {
    "instrument": Instrument,
    "measure": Measure,
    "action": MeasureAction,
    "flag": EventFlag,
}
_ENUMS: Final[Mapping[str, Mapping[str, type[StrEnum]]]] = {
    "measure": {"type": MeasureType, "effect": Effect},
    "action": {"kind": ActionKind, "effect": Effect},
}
_DATES: Final = frozenset({"published_on", "start", "until", "announced_on", "recorded_on"})
_NUMBERS: Final = frozenset({"de_minimis_share", "ownership_share"})
_TRUTHS: Final = frozenset({"hypothetical", "folded"})
_LINE_ENDS: Final = "\r\n\x85\u2028\u2029\ufeff"
_LISTS: Final = frozenset(
    {
        *("sources", "facts", "items", "origins", "destinations", "not_destinations"),
        *("end_uses", "end_users", "contains_any", "measures"),
    }
)


def rows_of_register(register: Register) -> list[Row]:
    """Return a register as rows of plain values, the column ``record`` telling what each is.

    Parameters
    ----------
    register : Register

    Returns
    -------
    list of dict
        Instruments, each followed by its measures, then acts in order of record, then flags.
        Dates stay dates; tuples are lists.
    """
    rows: list[Row] = []
    for instrument in register.instruments.values():
        rows.append(_row("instrument", instrument, leave="measures"))
        rows.extend(_row("measure", measure) for measure in instrument.measures)
    rows.extend(_row("action", action) for action in register.actions)
    rows.extend(_row("flag", flag) for flag in register.flags)
    return rows


def _row(record: str, noun: Any, *, leave: str = "") -> Row:
    row: Row = {"record": record}
    for entry in fields(noun):
        if entry.name != leave:
            value = getattr(noun, entry.name)
            row[entry.name] = list(value) if isinstance(value, tuple) else value
            if isinstance(value, StrEnum):
                row[entry.name] = value.value
    return row


def register_of_rows(
    rows: list[Row],
    *,
    name: str = "",
    items: Mapping[str, Item] | None = None,
    parties: Mapping[str, Party] | None = None,
    where: str = "",
) -> Register:
    """Make a register of rows.

    Parameters
    ----------
    rows : list of dict
        From :func:`rows_of_register`.
    name : str
        Name of the register.
    items, parties : mapping, optional
        Those of the pack it is about.
    where : str
        The file, for messages.

    Returns
    -------
    Register

    Raises
    ------
    InputError
        If a row is no record, or an act acts on nothing; every problem with the acts is listed.
    """
    nouns: dict[str, list[Any]] = {record: [] for record in _NOUNS}
    for number, row in enumerate(rows, start=1):
        record = str(row.get("record"))
        if record not in _NOUNS:
            raise InputError(
                f"row {number} is a {record!r}", where=where, expected="one of " + ", ".join(_NOUNS)
            )
        nouns[record].append(_noun(record, row, f"{where} row {number}".strip()))
    measures: dict[str, list[Measure]] = {}
    for measure in nouns["measure"]:
        measures.setdefault(measure.instrument, []).append(measure)
    instruments = {
        row.id: Instrument(
            **{f.name: getattr(row, f.name) for f in fields(row) if f.name != "measures"},
            measures=tuple(measures.pop(row.id, ())),
        )
        for row in nouns["instrument"]
    }
    for orphan in measures:
        raise InputError(f"measures of {orphan!r}, which is not there", where=where)
    actions = tuple(nouns["action"])
    check_actions(instruments.values(), sorted(actions, key=record_order))
    return Register(
        instruments=instruments,
        actions=actions,
        items=items or {},
        parties=parties or {},
        name=name,
        flags=tuple(nouns["flag"]),
    )


def _noun(record: str, row: Row, where: str) -> Any:
    given: Row = {}
    for entry in fields(_NOUNS[record]):
        if record == "instrument" and entry.name == "measures":
            continue
        value = row.get(entry.name)
        try:
            given[entry.name] = _value(record, entry.name, value)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{entry.name}: {error}", where=where, expected="a register as it was exported"
            ) from error
    return _NOUNS[record](**given)


def _value(record: str, field: str, value: Any) -> Any:
    if field in _LISTS:
        return tuple(str(part) for part in value or ())
    if isinstance(value, list):
        value = value[0] if value else ""
    enum = _ENUMS.get(record, {}).get(field)
    if value is None:
        if field in {"until", *_NUMBERS} or (record, field) == ("action", "effect"):
            return None
        raise ValueError("it is missing")
    if enum is not None:
        return enum(value)
    if field in _DATES:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if field in _NUMBERS:
        return float(value)
    if field in _TRUTHS:
        return _truth(value)
    return str(value)


def _truth(value: Any) -> bool:
    truths = {True: True, False: False, "true": True, "false": False}
    if isinstance(value, bool | str) and value in truths:
        return truths[value]
    raise ValueError(f"{value!r} is neither true nor false")


def write_register(register: Register, path: Path) -> None:
    """Write a register; the ending of the name tells the form.

    Parameters
    ----------
    register : Register
    path : Path
        ``.yaml``, ``.parquet``, or ``.json`` (one entity per line, in the manner of
        FollowTheMoney). Written beside itself first, then renamed.

    Raises
    ------
    UsageError
        If the ending is none of these.
    InputError
        If it cannot be written there.
    """
    write, _ = _form(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise InputError(f"cannot write there: {error.strerror}", where=str(path.parent)) from error
    os.close(handle)
    beside = Path(name)
    try:
        write(rows_of_register(register), register.name, beside)
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_register(
    path: Path,
    *,
    items: Mapping[str, Item] | None = None,
    parties: Mapping[str, Party] | None = None,
) -> Register:
    """Read a register that :func:`write_register` wrote.

    Parameters
    ----------
    path : Path
    items, parties : mapping, optional
        Those of the pack it is about.

    Returns
    -------
    Register

    Raises
    ------
    UsageError
        If the ending of the name tells no form.
    InputError
        If the file is missing or not a register.
    """
    _, read = _form(path)
    if not path.is_file():
        raise InputError("there is no such file", where=str(path))
    rows, name = read(path)
    return register_of_rows(rows, name=name, items=items, parties=parties, where=path.name)


def _form(path: Path) -> tuple[Callable[[list[Row], str, Path], None], Callable[[Path], Any]]:
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"{path.name} does not tell the form of the file",
            expected="a name that ends in " + ", ".join(FORMATS),
        )
    return form


def _write_yaml(rows: list[Row], name: str, path: Path) -> None:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Quotes texts that hold a character which YAML takes for the end of a line."""

        def represent_text(self, text: str) -> yaml.ScalarNode:
            style = '"' if any(mark in text for mark in _LINE_ENDS) else None
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, Dumper.represent_text)
    whole = {"register": name, "version": _VERSION, "rows": rows}
    text = yaml.dump(whole, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100)
    # Byte by byte: a text file would turn some line ends into others.
    path.write_bytes(text.encode("utf-8"))


def _read_yaml(path: Path) -> tuple[list[Row], str]:
    import yaml

    try:
        whole = yaml.safe_load(path.read_bytes().decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not a YAML file: {error}", where=path.name) from error
    if not isinstance(whole, dict) or whole.get("version") != _VERSION or "rows" not in whole:
        raise InputError(
            "the file is no exported register", where=path.name, expected=f"version: {_VERSION}"
        )
    return list(whole["rows"]), str(whole.get("register") or "")


def _schema() -> pa.Schema:
    import pyarrow as pa

    columns: dict[str, pa.DataType] = {"record": pa.string()}
    for noun in _NOUNS.values():
        for entry in fields(noun):
            kind = pa.string()
            if entry.name in _LISTS:
                kind = pa.list_(pa.string())
            elif entry.name in _DATES:
                kind = pa.date32()
            elif entry.name in _NUMBERS:
                kind = pa.float64()
            elif entry.name in _TRUTHS:
                kind = pa.bool_()
            columns[entry.name] = kind
    return pa.schema(list(columns.items()))


def _write_parquet(rows: list[Row], name: str, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata = {"register": name, "version": str(_VERSION)}
    table = pa.Table.from_pylist(rows, schema=_schema().with_metadata(metadata))
    pq.write_table(table, path)


def _read_parquet(path: Path) -> tuple[list[Row], str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise InputError(f"not a Parquet file: {error}", where=path.name) from error
    metadata = table.schema.metadata or {}
    if metadata.get(b"version") != str(_VERSION).encode():
        raise InputError("the file is no exported register", where=path.name)
    return table.to_pylist(), metadata.get(b"register", b"").decode()


def _write_ftm(rows: list[Row], name: str, path: Path) -> None:
    lines = (json.dumps(entity, ensure_ascii=False) for entity in entities_of(rows, name))
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))


def _read_ftm(path: Path) -> tuple[list[Row], str]:
    entities = []
    # Only line feeds part the entities: a text may hold other characters that part lines.
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entities.append(json.loads(line))
        except ValueError as error:
            raise InputError(f"not JSON: {error}", where=f"{path.name}:{number}") from error
    return rows_of_entities(entities, path.name)


FORMATS: Final[
    Mapping[str, tuple[Callable[[list[Row], str, Path], None], Callable[[Path], Any]]]
] = {
    ".yaml": (_write_yaml, _read_yaml),
    ".parquet": (_write_parquet, _read_parquet),
    ".json": (_write_ftm, _read_ftm),
}
"""How to write and read each form, by the ending of the file's name."""
