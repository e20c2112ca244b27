"""A brief as plain values, for JSON and for other programs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.making import Brief
    from coercivity.licences import AssertedLicence

_KEYS = (
    "answer", "events", "verdicts", "determinations", "licences", "outcomes", "sensitivity",
    "files",
)  # fmt: skip


def brief_json(brief: Brief) -> dict[str, Any]:
    """Return a brief as one mapping.

    Parameters
    ----------
    brief : Brief
        The brief.

    Returns
    -------
    dict
        Keys ``answer, events, verdicts, determinations, licences, outcomes, sensitivity, files``.
    """
    return {
        key: dict(value) if isinstance(value, Mapping) else [plain_value(row) for row in value]
        for key in _KEYS
        for value in (getattr(brief, key),)
    }


def brief_parts(evidence: Evidence, findings: Findings) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the parts of a brief that rest on evidence and results.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    findings : Findings
        What the simulation says.

    Returns
    -------
    dict of str to tuple of dict
        Events, verdicts, determinations, licences, outcomes and sensitivity.
    """
    lost = frame_rows(findings.against_baseline.lost)
    stops = frame_rows(findings.against_baseline.stops)
    ranking = findings.ranking
    return {
        "events": tuple(event.to_json() for event in evidence.events),
        "verdicts": tuple(verdict.to_json() for verdict in evidence.verdicts),
        "determinations": tuple(
            {"label": asked.label, **asked.found.to_json()} for asked in evidence.determinations
        ),
        "licences": (
            {"licensees": evidence.licensees.to_json()},
            *(_licence(row, evidence) for row in evidence.licences),
        ),
        "outcomes": (
            *({"kind": "lost_output", **row} for row in lost),
            *({"kind": "line_down", **row} for row in stops),
            *({"kind": "change", **row} for row in frame_rows(findings.against_reference.lost)),
        ),
        "sensitivity": tuple(frame_rows(ranking.table)) if ranking is not None else (),
    }


def _licence(licence: AssertedLicence, evidence: Evidence) -> dict[str, Any]:
    holder = evidence.pack.parties.get(licence.holder)
    row: dict[str, Any] = plain_value(asdict(licence))
    return {**row, "holder_name": holder.name if holder else licence.holder}


def frame_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain mappings.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any table.

    Returns
    -------
    list of dict
        Missing values are ``None``, dates ISO text.
    """
    return [
        {str(key): plain_value(value) for key, value in row.items()}
        for row in frame.to_dict("records")
    ]


def plain_value(value: Any) -> Any:
    """Return a value that JSON can carry.

    Parameters
    ----------
    value : object
        A scalar, date, list, mapping or frozen dataclass.

    Returns
    -------
    str, int, float, bool, list, dict or None
        What is not a finite number becomes ``None``.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(item) for item in value]
    if value != value:
        return None
    if hasattr(value, "date") and callable(value.date):
        return value.date().isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return plain_value(value.item())
    if hasattr(value, "earliest"):
        return value.text
    if is_dataclass(value) and not isinstance(value, type):
        return plain_value(asdict(value))
    return str(value)
