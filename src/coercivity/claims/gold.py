"""Gold: what a person says that documents state, read from JSON lines and checked.

One line is one document:

.. code-block:: json

    {"id": "g1", "file": "folder/report.txt", "gold": [{"kind": "licence_grant", "who": "China"}]}

``file`` is relative to the folder of documents; ``text`` (with ``published``, if there is a day)
gives the document itself instead. Other keys of a line are kept out of the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from coercivity.claims.model import FRAMES, RELATIONS
from coercivity.errors import InputError, NotFoundError, Problem
from coercivity.timeline import PartialDate, parse_partial

__all__ = [
    "FRAMES_OF_KIND",
    "UNSCORED_KINDS",
    "GoldDocument",
    "GoldEntry",
    "GoldVerdict",
    "read_gold",
]

FRAMES_OF_KIND: Final[dict[str, tuple[str, ...]]] = {
    "licence_grant": ("LICENCE_GRANTED",),
    "licence_refusal": ("LICENCE_REFUSED",),
    "attribution_error": ("LICENCE_GRANTED",),
    "application_status": ("APPLICATION_STATUS", "LICENCE_REFUSED", "LICENCE_GRANTED"),
    "condition": ("CONDITION",),
    "control_announce": ("CONTROL_ANNOUNCED", "TIGHTENED"),
    "suspension": ("SUSPENDED",),
    "lift": ("LIFTED",),
    "shipment_hold": ("SUPPLY_HALTED",),
    "shipment_resume": ("SUPPLY_RESUMED",),
    "production_cut": ("PRODUCTION_CUT",),
    "production_stop": ("PRODUCTION_STOPPED",),
    "production_up": ("PRODUCTION_RAISED",),
    "production_resume": ("PRODUCTION_RESUMED",),
    "diplomatic": ("MEETING", "DEAL", "TALKS_RESUMED"),
    "trade_stat": ("QUANTITY",),
    "market_share": ("QUANTITY",),
    "stock_cover": ("QUANTITY",),
    "price": ("QUANTITY",),
}
"""Frames that may tell a kind of gold. A refusal, and a grant that is denied, tell the state of
applications too; a grant that is affirmed does not (see :mod:`coercivity.claims.evaluation`). Names
of frames are kinds as well."""

UNSCORED_KINDS: Final = frozenset(
    {
        "scheme",
        "procedure",
        "policy_statement",
        "substitution",
        "tariff",
        "technical",
        "control_status",
    }
)
"""Kinds without a frame: not scored. The state of a control is the register's, not a claim's."""


class GoldEntry(BaseModel):
    """One thing a document states.

    Parameters
    ----------
    kind : str
        One of :data:`FRAMES_OF_KIND`, of :data:`UNSCORED_KINDS`, or the name of a frame.
    who, to_whom, what : str
        In free words; several fillers are joined by ``;``. Empty: not labelled, not scored.
    when : str
        A date of any precision, or two of them joined by ``to``.
    numbers : dict of str to float or str
        By label; dates among them are date values. Lists give several values of one label.
    attribution : str
        Who is made to say it.
    hedge : str
        Words that weaken it.
    polarity : str
        ``affirmed``, ``negated`` or ``questioned``; empty: not labelled.
    asserted : bool or None
        Whether the text says that it is so; ``None``: not labelled.
    said : str
        Day it was said.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: str
    who: str = ""
    to_whom: str = ""
    what: str = ""
    when: str = ""
    where: str = ""
    numbers: dict[str, Any] = Field(default_factory=dict)
    attribution: str = ""
    hedge: str = ""
    polarity: str = ""
    asserted: bool | None = None
    said: str = ""

    @field_validator("kind")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FRAMES_OF_KIND and value not in UNSCORED_KINDS and value not in FRAMES:
            known = " ".join([*FRAMES_OF_KIND, *sorted(UNSCORED_KINDS)])
            raise ValueError(f"{value!r} is not a kind; known: {known}, or a frame")
        return value

    @field_validator("polarity")
    @classmethod
    def _polar(cls, value: str) -> str:
        if value not in ("", "affirmed", "negated", "questioned"):
            raise ValueError(f"{value!r} is not affirmed, negated or questioned")
        return value

    @field_validator("when", "said")
    @classmethod
    def _dated(cls, value: str) -> str:
        if value:
            try:
                _interval(value)
            except InputError as error:
                raise ValueError(str(error.problem.what)) from None
        return value

    @property
    def frames(self) -> tuple[str, ...]:
        """Frames that may tell it; empty if it needs none and is not scored."""
        if self.kind == "attribution_error" and "grantor" not in self.what:
            return ()
        if self.kind in FRAMES:
            return (self.kind,)
        return FRAMES_OF_KIND.get(self.kind, ())

    def admits(self, frame: str | None, *, polarity: str) -> bool:
        """Whether a claim of this frame and polarity may tell it."""
        if frame is None or frame not in self.frames:
            return False
        if self.kind == "application_status" and frame == "LICENCE_GRANTED":
            return polarity == "negated"
        return True

    def date(self) -> PartialDate | None:
        """Return when it happened."""
        return _interval(self.when) if self.when else None

    def fillers(self, slot: str) -> tuple[str, ...]:
        """Return the fillers of ``who``, ``to_whom`` or ``what``."""
        words: str = getattr(self, slot)
        return tuple(part.strip() for part in words.split(";") if part.strip())


class GoldVerdict(BaseModel):
    """How a document stands to another one on a kind of act."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str
    relation: str
    kind: str = ""

    @field_validator("relation")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in RELATIONS:
            raise ValueError(f"{value!r} is not one of {' '.join(RELATIONS)}")
        return value


class GoldDocument(BaseModel):
    """One line: a document, what it states, and how it stands to others."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = ""
    file: str = ""
    text: str = ""
    published: str = ""
    gold: tuple[GoldEntry, ...] = ()
    verdicts: tuple[GoldVerdict, ...] = ()

    @model_validator(mode="after")
    def _has_text(self) -> GoldDocument:
        if bool(self.file) == bool(self.text):
            raise ValueError("a line needs either 'file' or 'text'")
        if self.text and not self.id:
            raise ValueError("a line with 'text' needs an 'id'")
        return self

    @property
    def name(self) -> str:
        """Name of the document: its file, or one made of the id."""
        return self.file or f"{self.id}.txt"


def read_gold(path: str | Path) -> tuple[GoldDocument, ...]:
    """Read gold.

    Parameters
    ----------
    path : str or Path
        UTF-8 JSON lines; empty lines are left out.

    Returns
    -------
    tuple of GoldDocument
        In order of the lines.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If a line is no JSON object of the form above; every bad line is named.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFoundError(
            f"no file {file.name}", where=str(path), expected="gold as JSON lines, one a document"
        )
    problems: list[Problem] = []
    rows: list[GoldDocument] = []
    names: dict[str, int] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 at byte {error.start}", where=file.name, expected="JSON lines in UTF-8"
        ) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{file.name}:{number}"
        try:
            row = GoldDocument.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            problems.append(Problem(f"no JSON: {error.msg}, column {error.colno}", where))
        except ValidationError as error:
            problems.extend(_problems(error, where))
        else:
            first = names.setdefault(row.name, number)
            if first != number:
                problems.append(Problem(f"{row.name} stands in line {first} already", where))
            rows.append(row)
    if not rows and not problems:
        problems.append(Problem("no line", file.name, "at least one document"))
    if problems:
        raise InputError(
            "the gold is not valid",
            where=file.name,
            expected="one JSON object a line with 'file' (or 'text') and 'gold'",
            problems=problems,
        )
    return tuple(rows)


def _problems(error: ValidationError, where: str) -> Iterator[Problem]:
    for row in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in row["loc"])
        yield Problem(row["msg"].removeprefix("Value error, "), f"{where}: {place}".rstrip(": "))


def _interval(text: str) -> PartialDate:
    """Read ``A``, ``A to B`` or ``A..B``."""
    return parse_partial("..".join(part.strip() for part in text.split(" to ", 1)))
