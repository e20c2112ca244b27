"""A register as entities in the manner of FollowTheMoney.

An instrument is a ``Document``, a measure a ``Sanction``, an act an ``Event``, as far as these have
properties for what is known; property values are lists of text, as there. What FollowTheMoney has
no property for goes under our own names, which a strict reader of that model drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from coercivity.errors import InputError

__all__ = ["entities_of", "rows_of_entities"]

_SCHEMA: Final = {
    "instrument": "Document",
    "measure": "Sanction",
    "action": "Event",
    "flag": "Note",
}
_RECORD: Final = "coercivityRecord"
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "instrument": {
        "title": "title",
        "published_on": "date",
        "issuer": "author",
        "url": "sourceUrl",
        "jurisdiction": "country",
    },
    "measure": {"instrument": "program", "note": "summary", "end_users": "entity"},
    "action": {
        "start": "startDate",
        "until": "endDate",
        "announced_on": "date",
        "recorded_on": "modifiedAt",
        "kind": "name",
        "note": "summary",
        "instrument": "proof",
        "target": "recordId",
    },
    "flag": {"reason": "description"},
}
_KEYS: Final = {"instrument": "id", "measure": "id", "action": "id", "flag": "event"}


def entities_of(rows: Iterable[Mapping[str, Any]], dataset: str) -> list[dict[str, Any]]:
    """Return rows as entities.

    Parameters
    ----------
    rows : iterable of mapping
        From :func:`~coercivity.controls.interchange.rows_of_register`.
    dataset : str
        Name of the register.

    Returns
    -------
    list of dict
        ``id``, ``schema``, ``datasets`` and ``properties``, all values lists of text.
    """
    return [_entity(row, dataset) for row in rows]


def _entity(row: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    record = row["record"]
    names = _NAMES[record]
    properties: dict[str, list[str]] = {_RECORD: [record]}
    for field, value in row.items():
        if field in {"record", _KEYS[record]} or value is None:
            continue
        properties[names.get(field, field)] = _texts(value)
    return {
        "id": row[_KEYS[record]],
        "schema": _SCHEMA[record],
        "datasets": [dataset],
        "properties": properties,
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(part) for part in value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, float):
        return [repr(value)]
    return [value.isoformat() if isinstance(value, date) else str(value)]


def rows_of_entities(
    entities: Iterable[Mapping[str, Any]], where: str
) -> tuple[list[dict[str, Any]], str]:
    """Return the rows that entities were made of, and the name of the register.

    Parameters
    ----------
    entities : iterable of mapping
        From :func:`entities_of`; entities without our mark are left out.
    where : str
        The file, for messages.

    Returns
    -------
    list of dict, str
        Every value a list of text.

    Raises
    ------
    InputError
        If an entity has no id or properties, or none carries our mark.
    """
    rows: list[dict[str, Any]] = []
    dataset = ""
    for number, entity in enumerate(entities, start=1):
        try:
            properties = dict(entity["properties"])
            record = properties.pop(_RECORD, [""])[0]
            if record not in _SCHEMA:
                continue
            dataset = (entity.get("datasets") or [""])[0]
            rows.append(_row(record, str(entity["id"]), properties))
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise InputError(
                "not an entity of an exported register",
                where=f"{where}:{number}",
                expected="id, schema, properties",
            ) from error
    if not rows:
        raise InputError("the file holds no entity of an exported register", where=where)
    return rows, dataset


def _row(record: str, key: str, properties: Mapping[str, list[str]]) -> dict[str, Any]:
    fields = {name: field for field, name in _NAMES[record].items()}
    row: dict[str, Any] = {"record": record, _KEYS[record]: key}
    for name, values in properties.items():
        row[fields.get(name, name)] = values
    return row
