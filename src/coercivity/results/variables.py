"""The catalogue of result variables: name, dimensions, unit, description."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

__all__ = ["Variable", "load_variables"]


@dataclass(frozen=True)
class Variable:
    """One variable of the results.

    Parameters
    ----------
    name : str
    dims : tuple of str
    unit : str
        Unit, or what it is the unit of where it differs by row.
    description : str
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    description: str


@lru_cache(maxsize=1)
def load_variables() -> dict[str, Variable]:
    """Return every variable by name, in the order of ``variables.csv``."""
    path = resources.files("coercivity.results").joinpath("variables.csv")
    with path.open(encoding="utf-8") as handle:
        return {
            row["name"]: Variable(
                row["name"], tuple(row["dims"].split(",")), row["unit"], row["description"]
            )
            for row in csv.DictReader(handle)
        }
