"""Open a pack: find its folder, read its tables, type them, resolve references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from coercivity.catalogue.model import Pack, Record
from coercivity.catalogue.rows import read_rows
from coercivity.catalogue.schema import TABLE_FILES, load_schema
from coercivity.catalogue.typed import Reference, type_rows
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem

__all__ = ["available_packs", "find_pack", "open_pack", "read_pack"]


def packs_folder() -> Path:
    """Return the folder of the packs that ship with the product."""
    return Path(str(resources.files("coercivity"))) / "packs"


def available_packs() -> tuple[str, ...]:
    """Return the names of the packs that ship with the product, sorted."""
    return tuple(sorted(path.parent.name for path in packs_folder().glob("*/pack.yaml")))


def find_pack(name_or_path: str | Path) -> Path:
    """Return the folder of a pack given its name or its path.

    Raises
    ------
    NotFoundError
        If neither names a folder with a ``pack.yaml``.
    """
    given = Path(name_or_path)
    embedded = packs_folder() / str(name_or_path)
    for folder in (given, embedded):
        if (folder / "pack.yaml").is_file():
            return folder
    raise NotFoundError(
        f"no pack is called {str(name_or_path)!r}",
        expected="one of " + " ".join(available_packs()) + ", or a folder that holds pack.yaml",
        hint="coercivity pack new NAME makes a template",
    )


def open_pack(name_or_path: str | Path) -> Pack:
    """Open a pack and check its tables against their schemas.

    Parameters
    ----------
    name_or_path : str or Path
        Name of an embedded pack, or a folder.

    Returns
    -------
    Pack

    Raises
    ------
    NotFoundError
        If there is no such pack.
    InputError
        If a row is wrong; every problem is listed with file and line.
    """
    reading = read_pack(find_pack(name_or_path))
    if reading.problems or reading.pack is None:
        raise InputError(
            f"pack {Path(name_or_path).name} has {len(reading.problems)} problems",
            hint=f"coercivity pack check {name_or_path}",
            problems=reading.problems,
        )
    return reading.pack


@dataclass(frozen=True)
class PackReading:
    """A pack as far as it could be read, with everything that is wrong in its rows."""

    pack: Pack | None
    problems: tuple[Problem, ...]


def read_pack(folder: Path) -> PackReading:
    """Read every table of a pack folder, collecting problems instead of raising."""
    problems: list[Problem] = []
    references: list[Reference] = []
    tables: dict[str, tuple[Record, ...]] = {}
    for table, file_name in {"pack": "pack.yaml", **TABLE_FILES}.items():
        path = folder / file_name
        if not path.exists() and table not in {"pack", "sources"}:
            continue
        try:
            typing = type_rows(read_rows(path), load_schema(table))
        except CoercivityError as error:
            problems.extend(error.problems)
            continue
        tables[table] = tuple(typing.records)
        problems.extend(typing.problems)
        references.extend(typing.references)
    problems.extend(_duplicates(tables))
    problems.extend(_dangling(tables, references))
    if not tables.get("pack"):
        return PackReading(None, tuple(problems))
    meta = tables.pop("pack")[0]
    pack = Pack(meta["name"], meta["title"], folder, meta, tables)
    return PackReading(pack, tuple(problems))


def _duplicates(tables: Mapping[str, tuple[Record, ...]]) -> list[Problem]:
    """Problems for ids used twice in one table."""
    problems = []
    for table, rows in tables.items():
        seen: dict[str, str] = {}
        for row in rows:
            key = row.get("id")
            if key is None:
                continue
            if key in seen:
                problems.append(
                    Problem(f"id {key!r} of {table} is used twice", row.where, f"see {seen[key]}")
                )
            seen.setdefault(key, row.where)
    return problems


def _dangling(
    tables: Mapping[str, tuple[Record, ...]], references: list[Reference]
) -> list[Problem]:
    """Problems for references to rows that do not exist."""
    ids = {table: {row.get("id") for row in rows} for table, rows in tables.items()}
    return [
        Problem(
            f"{ref.attribute} names {ref.value!r}, which is not in {ref.table}",
            ref.where,
            f"an id of {TABLE_FILES[ref.table]}",
            f"add it to {TABLE_FILES[ref.table]} or correct the name",
        )
        for ref in references
        if ref.value not in ids.get(ref.table, set())
    ]
