"""The stages from bytes to claims over a store, each with a version that says what it depends on.

A stage's output is kept for each part of the store under the stage's version. The version is a hash
of the stage's code, of the words and limits it uses, and of the version of the stage before it: if
any of them changes, the stage is run again, and only it and what follows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from coercivity.claims.parsing import load_parser, parser_version

if TYPE_CHECKING:
    from coercivity.claims.vocabulary import Vocabulary
    from coercivity.documents.limits import Limits

__all__ = ["STAGES", "Versions", "digest_of", "versions"]

STAGES: Final = {
    "select": "which documents may speak of the subject (byte prefilter)",
    "read": "text, blocks, date anchor and sketch of those documents",
    "families": "near-duplicates joined into families",
    "claims": "parse, dates, quantities, statements, frames and factuality of each document",
}
"""Stages whose outputs are kept, in order."""


@dataclass(frozen=True)
class Versions:
    """Version of each stage: sixteen hexadecimal digits.

    Parameters
    ----------
    select, read, claims : str
    """

    select: str
    read: str
    claims: str

    def to_json(self) -> dict[str, str]:
        """Return the versions as a plain mapping."""
        return {"select": self.select, "read": self.read, "claims": self.claims}


def versions(vocabulary: Vocabulary, limits: Limits) -> Versions:
    """Return the versions of the stages for the words and limits given.

    Parameters
    ----------
    vocabulary : Vocabulary
    limits : Limits
    """
    from coercivity.claims.selecting import prefilter_of

    phrases = prefilter_of(vocabulary).phrases
    bounds = [limits.document_bytes, limits.text_length, limits.pages]
    select = _digest(["select", _code("documents"), _plain(phrases), bounds])
    read = _digest(["read", select])
    words = digest_of(vocabulary)
    claims = _digest(["claims", read, _code("claims"), words, parser_version(load_parser())])
    return Versions(select, read, claims)


def digest_of(value: Any) -> str:
    """Return a hash of dataclasses, mappings and sets that is the same in every process."""
    return _digest(_plain(value))


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _code(room: str) -> str:
    """Hash of the code and the rules of a room."""
    found = hashlib.sha256()
    folder = resources.files("coercivity") / room
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".yaml", ".csv")):
            found.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return found.hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as lists and texts whose order does not depend on hashes."""
    if is_dataclass(value) and not isinstance(value, type):
        return [[field.name, _plain(getattr(value, field.name))] for field in fields(value)]
    if isinstance(value, Mapping):
        rows = [[_plain(key), _plain(entry)] for key, entry in value.items()]
        return sorted(rows, key=lambda row: json.dumps(row))
    if isinstance(value, set | frozenset):
        return sorted((_plain(entry) for entry in value), key=lambda entry: json.dumps(entry))
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
