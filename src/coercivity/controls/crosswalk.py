"""Our kinds of measures beside those of three published classifications.

The rows stand in ``crosswalk.csv`` with the edition and a source each. A code that was not
confirmed is blank and the note says so; a kind without a counterpart has none.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from coercivity.controls.model import MeasureType

__all__ = ["SCHEMES", "Counterpart", "counterparts", "crosswalk"]

SCHEMES = ("MAST", "GTA", "OECD")
"""International classification of non-tariff measures, Global Trade Alert, OECD inventory."""


@dataclass(frozen=True)
class Counterpart:
    """What a kind of measure is called elsewhere.

    Parameters
    ----------
    measure_type : MeasureType
        Our kind.
    scheme, edition : str
        One of :data:`SCHEMES`, and the edition the code was read in.
    code, label : str
        As there; blank if not confirmed.
    source : str
        Address of the classification.
    note : str
        How far it fits and how it was confirmed.
    """

    measure_type: MeasureType
    scheme: str
    edition: str
    code: str
    label: str
    source: str
    note: str

    def to_json(self) -> dict[str, str]:
        """Return the row as plain values."""
        return {
            "measure_type": self.measure_type.value,
            "scheme": self.scheme,
            "edition": self.edition,
            "code": self.code,
            "label": self.label,
            "source": self.source,
            "note": self.note,
        }


@lru_cache(maxsize=1)
def crosswalk() -> tuple[Counterpart, ...]:
    """Return all counterparts, by scheme, then by kind."""
    text = (resources.files("coercivity.controls") / "crosswalk.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Counterpart(
            MeasureType(row["measure_type"]),
            *(row[name] for name in ("scheme", "edition", "code", "label", "source", "note")),
        )
        for row in rows
    )


def counterparts(measure_type: MeasureType) -> tuple[Counterpart, ...]:
    """Return the counterparts of one kind of measure.

    Parameters
    ----------
    measure_type : MeasureType

    Returns
    -------
    tuple of Counterpart
        One per scheme.

    Examples
    --------
    >>> [row.code for row in counterparts(MeasureType.EXPORT_BAN)]
    ['P31', '19', '']
    """
    return tuple(row for row in crosswalk() if row.measure_type is measure_type)
