"""Nouns of the catalogue: Source, Item, Party, Record, Pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from coercivity.errors import NotFoundError
from coercivity.timeline import PartialDate

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

__all__ = ["Item", "Pack", "Party", "Record", "Source"]


@dataclass(frozen=True)
class Source:
    """A witness: something published, by somebody, at some time.

    Parameters
    ----------
    grade : str
        ``official``, ``company``, ``wire``, ``press``, ``trade``, ``aggregator``, ``derived`` (our
        arithmetic) or ``own`` (our restatement).
    family : str
        Wire family: copies and mirrors of one story share it and are one witness.
    """

    id: str
    publisher: str
    url: str
    published: PartialDate | None
    grade: str
    family: str
    language: str = "en"
    country: str = ""
    note: str = ""


@dataclass(frozen=True)
class Item:
    """A good, technology or piece of equipment.

    Parameters
    ----------
    unit : str
        Unit its quantities are counted in.
    contains : tuple of str
        What decides whether a control applies, such as chemical symbols.
    contains_unknown : bool
        Whether `contains` may be incomplete, so that a technical test stays undecided.
    hs_codes, control_codes : tuple of str
        Customs codes are references; control codes are the legal keys.
    """

    id: str
    name: str
    unit: str
    kind: str
    sector: str = ""
    contains: tuple[str, ...] = ()
    contains_unknown: bool = False
    hs_codes: tuple[str, ...] = ()
    control_codes: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Party:
    """An authority, firm, person, association, or an aggregate of unnamed firms."""

    id: str
    name: str
    kind: str
    country: str = ""
    aliases: tuple[str, ...] = ()
    native_names: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    parent: str = ""
    ownership: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by, the usual one first."""
        return (self.name, *self.aliases, *self.native_names)


class Record(Mapping[str, Any]):
    """One typed row of a pack table, which knows the file and line it came from.

    Parameters
    ----------
    values : mapping
        Values by attribute, typed by the schema; lists are tuples, nested rows are records.
    where : str
        ``file:line``.
    """

    __slots__ = ("_values", "where")

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = MappingProxyType(dict(values))
        self.where = where

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Record({dict(self._values)!r}, where={self.where!r})"


@dataclass(frozen=True)
class Pack:
    """A subject: a folder of sourced tables, opened and checked.

    Parameters
    ----------
    root : Path
        Its folder.
    meta : Record
        ``pack.yaml``.
    tables : mapping of str to tuple of Record
        Rows by table.
    """

    name: str
    title: str
    root: Path
    meta: Record
    tables: Mapping[str, tuple[Record, ...]] = field(repr=False)

    def table(self, name: str) -> tuple[Record, ...]:
        """Return the rows of a table; empty if the pack has no such file.

        Raises
        ------
        NotFoundError
            If no table of that name is defined.
        """
        from coercivity.catalogue.schema import schema_names

        if name not in schema_names():
            raise NotFoundError(
                f"no table is called {name!r}", where=self.name, expected=" ".join(schema_names())
            )
        return self.tables.get(name, ())

    def frame(self, name: str) -> pd.DataFrame:
        """Return a table as a :class:`pandas.DataFrame`, one column per attribute."""
        import pandas as pd

        from coercivity.catalogue.schema import load_schema

        columns = [column.attribute for column in load_schema(name).columns]
        return pd.DataFrame([dict(row) for row in self.table(name)], columns=columns)

    def document_paths(self) -> tuple[Path, ...]:
        """Return the pack's own documents, sorted by name."""
        folder = self.root / "documents"
        return tuple(sorted(folder.glob("*.txt"))) if folder.is_dir() else ()

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""
        rows = (_tuned(row, family=row["family"] or row["id"]) for row in self.table("sources"))
        return {row["id"]: Source(**row) for row in rows}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Items by id."""
        return {row["id"]: Item(**_tuned(row, "facts")) for row in self.table("items")}

    @cached_property
    def parties(self) -> Mapping[str, Party]:
        """Parties by id."""
        return {row["id"]: Party(**_tuned(row, "facts")) for row in self.table("parties")}

    def item(self, item_id: str) -> Item:
        """Return an item.

        Raises
        ------
        NotFoundError
            If the pack has no such item; the message names the nearest ids.
        """
        return _found(self.items, item_id, "item", self.name)

    def party(self, party_id: str) -> Party:
        """Return a party, or raise :class:`NotFoundError` naming the nearest ids."""
        return _found(self.parties, party_id, "party", self.name)

    def source(self, source_id: str) -> Source:
        """Return a source, or raise :class:`NotFoundError` naming the nearest ids."""
        return _found(self.sources, source_id, "source", self.name)


def _tuned(row: Record, *dropped: str, **changed: Any) -> dict[str, Any]:
    """Values of a row for a dataclass: text columns that are blank become empty strings."""
    values = {key: value for key, value in row.items() if key not in dropped}
    values.update(changed)
    return {
        key: "" if value is None and key != "published" else value for key, value in values.items()
    }


def _found(table: Mapping[str, T], key: str, noun: str, pack: str) -> T:
    """Look up `key`; on failure name the nearest ids."""
    if key in table:
        return table[key]
    near = get_close_matches(key, table, n=5, cutoff=0.4)
    raise NotFoundError(
        f"no {noun} is called {key!r}",
        where=f"pack {pack}",
        expected="one of " + ", ".join(near or sorted(table)[:8]),
        hint=f"coercivity pack show {pack} lists every {noun}",
    )
