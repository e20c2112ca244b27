"""Table schemas, kept as CSV files beside this module.

A schema has one row per attribute: ``attribute, type, unit, default, description, status``. Types
are ``string text integer number boolean date partial unit url country quantity mapping any``,
``enum:a,b``, ``ref:table``, ``ref*:table`` (``*`` allowed), ``list[type]``, ``record:schema`` and
``records:schema``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from coercivity.errors import NotFoundError

__all__ = ["TABLE_FILES", "Column", "Schema", "load_schema", "schema_names"]

TABLE_FILES: Mapping[str, str] = {
    "sources": "sources.yaml",
    "items": "items.yaml",
    "parties": "parties.yaml",
    "instruments": "instruments.yaml",
    "actions": "actions.yaml",
    "events": "events.yaml",
    "licences": "licences.yaml",
    "applications": "applications.yaml",
    "quantities": "quantities.yaml",
    "queues": "queues.yaml",
    "scenarios": "scenarios.yaml",
    "series": "series.csv",
    "documents": "documents.csv",
    "sites": "sites.csv",
    "recipes": "recipes.csv",
    "sourcing": "sourcing.csv",
    "history": "history.csv",
    "seasons": "seasons.csv",
}
"""Tables of a pack and the files that hold them; every file but ``sources.yaml`` may be absent."""


@dataclass(frozen=True)
class Column:
    """One attribute of a table."""

    attribute: str
    type: str
    unit: str
    default: str
    description: str
    status: str

    @property
    def is_required(self) -> bool:
        """Whether a row without it is an error."""
        return self.status == "required"


@dataclass(frozen=True)
class Schema:
    """Attributes of a table, in order."""

    name: str
    columns: tuple[Column, ...]

    def column(self, attribute: str) -> Column | None:
        """Return a column, or ``None`` if the table has no such attribute."""
        return next((c for c in self.columns if c.attribute == attribute), None)


@lru_cache(maxsize=1)
def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas, sorted."""
    folder = resources.files("coercivity.catalogue") / "schemas"
    return tuple(sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".csv")))


@lru_cache(maxsize=64)
def load_schema(name: str) -> Schema:
    """Read a schema.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    """
    if name not in schema_names():
        raise NotFoundError(
            f"no schema is called {name!r}", expected="one of " + " ".join(schema_names())
        )
    text = (resources.files("coercivity.catalogue") / "schemas" / f"{name}.csv").read_text("utf-8")
    return Schema(name, tuple(Column(**row) for row in csv.DictReader(text.splitlines())))
