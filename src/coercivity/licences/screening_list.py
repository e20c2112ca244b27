"""Read a list of denied parties that the user brings; none is shipped.

Forms: CSV with a column ``name`` (that of OpenSanctions' simple table among them), and
FollowTheMoney entities as JSON or as JSON lines (nested ones among them).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from coercivity.errors import InputError, NotFoundError

__all__ = ["Alias", "DeniedParty", "DeniedPartyList", "ListVersion", "read_list"]

# Columns of a CSV file that hold names, and what kind of name each holds.
_CSV_NAMES: Final = {
    "name": "name",
    "aliases": "alias",
    "alias": "alias",
    "native_names": "native name",
    "native_name": "native name",
    "weak_aliases": "weak alias",
}
# Properties of a FollowTheMoney entity, likewise.
_ENTITY_NAMES: Final = {
    "name": "name",
    "alias": "alias",
    "previousName": "previous name",
    "abbreviation": "abbreviation",
    "weakAlias": "weak alias",
}
_CSV_WHY: Final = ("sanctions", "program_ids", "program", "dataset", "reason", "list")
_CSV_COUNTRIES: Final = ("countries", "country")


@dataclass(frozen=True)
class ListVersion:
    """Which list it was, to the byte.

    Parameters
    ----------
    name : str
        Name of the file.
    sha256 : str
        Digest of its bytes, hexadecimal.
    stated_on : date or None
        Date that the user states for it; None if not stated.
    """

    name: str
    sha256: str
    stated_on: date | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the version as plain values."""
        day = self.stated_on.isoformat() if self.stated_on else None
        return {"name": self.name, "sha256": self.sha256, "stated_on": day}


@dataclass(frozen=True)
class Alias:
    """One name of a party, and what kind of name the list says it is."""

    text: str
    kind: str


@dataclass(frozen=True)
class DeniedParty:
    """An entry of a list.

    Parameters
    ----------
    id : str
        The list's id; the line if it has none.
    schema : str
        Company, Person, Vessel and so on, if the list says so.
    aliases : tuple of Alias
        Its names, the main one first.
    countries : tuple of str
        As the list writes them.
    why : tuple of str
        Programmes, topics or data sets.
    where : str
        File and line.
    """

    id: str
    schema: str
    aliases: tuple[Alias, ...]
    countries: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class DeniedPartyList:
    """A list as it was read.

    Parameters
    ----------
    version : ListVersion
    parties : tuple of DeniedParty
    n_nameless : int
        Entities without a name, such as addresses and sanctions, which cannot be screened for.
    """

    version: ListVersion
    parties: tuple[DeniedParty, ...]
    n_nameless: int = 0


def read_list(path: Path, *, stated_on: date | None = None) -> DeniedPartyList:
    """Read a list of denied parties.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.json``, ``.jsonl`` or ``.ndjson``.
    stated_on : date, optional
        Date of the list, as its publisher states it.

    Returns
    -------
    DeniedPartyList

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If a line cannot be read, or nobody is on the list; file and line are named.
    """
    if not path.is_file():
        raise NotFoundError(f"no file at {path}", expected="a list of denied parties")
    data = path.read_bytes()
    version = ListVersion(path.name, hashlib.sha256(data).hexdigest(), stated_on)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8", where=path.name, expected="UTF-8 text"
        ) from error
    reader = _csv_parties if path.suffix.lower() == ".csv" else _entities
    found = list(reader(text, path.name))
    named = tuple(party for party in found if party.aliases)
    if not named:
        raise InputError(
            "the list names nobody",
            where=path.name,
            expected="rows with a name; an empty list would clear everybody",
        )
    return DeniedPartyList(version, named, len(found) - len(named))


def _csv_parties(text: str, name: str) -> Iterator[DeniedParty]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    columns = [column.strip().lower() for column in reader.fieldnames or ()]
    if "name" not in columns:
        raise InputError(
            "no column is called name",
            where=f"{name}:1",
            expected="a header with name, and perhaps id, aliases, native_names, countries",
        )
    reader.fieldnames = columns
    try:
        for row in reader:
            where = f"{name}:{reader.line_num}"
            if None in row or None in row.values():
                raise InputError(
                    "the row has too many or too few cells",
                    where=where,
                    expected=f"{len(columns)} cells, as in the header",
                )
            if any(cell.strip() for cell in row.values()):
                yield _csv_party(row, where)
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", where=f"{name}:{reader.line_num}") from error


def _csv_party(row: Mapping[str, str], where: str) -> DeniedParty:
    if not row["name"].strip():
        raise InputError("the row has no name", where=where, expected="a name in every row")
    names = [
        Alias(part, kind)
        for column, kind in _CSV_NAMES.items()
        # The main name is one name, whatever signs are in it.
        for part in ([row["name"].strip()] if column == "name" else _parts(row.get(column, "")))
    ]
    return DeniedParty(
        id=row.get("id", "").strip() or where,
        schema=(row.get("schema") or row.get("type") or "").strip(),
        aliases=_once(names),
        countries=tuple(part for column in _CSV_COUNTRIES for part in _parts(row.get(column, ""))),
        why=tuple(part for column in _CSV_WHY for part in _parts(row.get(column, ""))),
        where=where,
    )


def _parts(cell: str) -> list[str]:
    """Return the values of a cell: joined by semicolons, those that hold one in quotes."""
    rows = csv.reader([cell.replace("\n", " ")], delimiter=";", skipinitialspace=True)
    return [part.strip() for row in rows for part in row if part.strip()]


def _once(names: list[Alias]) -> tuple[Alias, ...]:
    return tuple({alias.text: alias for alias in reversed(names)}.values())[::-1]


def _entities(text: str, name: str) -> Iterator[DeniedParty]:
    for entity, where in _json_objects(text, name):
        properties = entity.get("properties", {})
        if not isinstance(properties, dict) or not isinstance(entity.get("id"), str):
            raise InputError(
                "not a FollowTheMoney entity", where=where, expected="an object with id, properties"
            )
        names = [
            Alias(value.strip(), kind)
            for key, kind in _ENTITY_NAMES.items()
            for value in _texts(properties.get(key))
        ]
        if names and isinstance(entity.get("caption"), str) and entity["caption"].strip():
            names.insert(0, Alias(entity["caption"].strip(), "name"))
        yield DeniedParty(
            id=entity["id"],
            schema=str(entity.get("schema", "")),
            aliases=_once(names),
            countries=tuple(_texts(properties.get("country"))),
            why=(*_texts(properties.get("topics")), *_texts(entity.get("datasets"))),
            where=where,
        )


def _texts(value: Any) -> list[str]:
    """Return the texts among the values of a property; nested entities are no names."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str) and item.strip()]


def _json_objects(text: str, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Return the objects of a JSON array, of ``results`` or ``entities``, or of JSON lines."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _object(line, f"{name}:{number}"), f"{name}:{number}"
        return
    if isinstance(whole, dict):
        whole = whole.get("results", whole.get("entities", [whole]))
    if not isinstance(whole, list):
        raise InputError("not a list of entities", where=name, expected="a JSON array, or lines")
    for number, item in enumerate(whole, start=1):
        if not isinstance(item, dict):
            raise InputError(f"entry {number} is no object", where=name, expected="an entity")
        yield item, f"{name}, entry {number}"


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error.msg}", where=where) from error
    if not isinstance(found, dict):
        raise InputError("the line is no object", where=where, expected="one entity a line")
    return found
