"""Plain words for what is a code in the database and in the data a page gives to machines."""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "OUTCOMES",
    "chain_in_words",
    "details_in_words",
    "in_words",
    "outcome_words",
    "pairs_in_words",
]

OUTCOMES: Final = {
    "FREE": "Free",
    "DECLARATION": "Declaration required",
    "LICENCE_REQUIRED": "Licence required",
    "GENERAL_LICENCE_AVAILABLE": "General licence available",
    "PRESUMED_DENIED": "Refused in principle",
    "PROHIBITED": "Prohibited",
    "UNKNOWN_REFER": "Not settled: refer",
}
"""Short titles of the outcomes of a determination."""

_LONGEST_SYMBOL: Final = 3
"""Country codes and chemical symbols keep their capitals."""

_UNREAD: Final = re.compile(r"(?:[0-9a-f]{16,}|\{\}|None|)")
"""Digests and what says nothing; machines get them all the same."""


def in_words(value: object) -> str:
    """Return a state or another coded word as plain words, such as ``Licence granted``."""
    text = str(value).replace("_", " ")
    if text.isupper() and len(text) > _LONGEST_SYMBOL:
        text = text.lower()
    return text[:1].upper() + text[1:]


def outcome_words(outcome: object) -> str:
    """Return the title of an outcome of a determination."""
    return OUTCOMES.get(str(outcome), in_words(outcome))


def pairs_in_words(text: object) -> str:
    """Return ``key: value`` pairs that semicolons part, with coded words as plain words.

    Parameters
    ----------
    text : object
        Such as ``state: pending_decision; line: 1``.
    """
    pairs = (pair.partition(": ") for pair in str(text).split("; "))
    return "; ".join(
        f"{key.replace('_', ' ')}{colon}{_value_in_words(value)}" for key, colon, value in pairs
    )


def chain_in_words(chain: object) -> str:
    """Return the name of a chain of events, such as ``case/A0000012``, as ``Case A0000012``."""
    return in_words(str(chain).replace("/", " "))


def details_in_words(text: object) -> str:
    """Return the pairs of an audit event as people read them, without digests and empty values."""
    kept = []
    for pair in str(text).split("; "):
        _, colon, value = pair.partition(": ")
        if not (colon and _UNREAD.fullmatch(value)):
            kept.append(pair)
    return pairs_in_words("; ".join(kept))


def _value_in_words(value: str) -> str:
    """Codes are one word with lower-case letters only; sentences and references stay."""
    is_code = "_" in value and value.islower() and " " not in value
    return value.replace("_", " ") if is_code else value
