"""Parties and items of events: country codes to the pack's own ids, items to the narrowest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coercivity.claims.vocabulary import Vocabulary

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["merged_items", "state_party"]


def state_party(value: str, pack: Pack) -> str:
    """Return the pack's party for a country's state; other values are returned unchanged."""
    if len(value) != 2 or not value.isupper():
        return value
    for party_id, party in sorted(pack.parties.items()):
        if party.kind == "authority" and not party.parent and party.country == value:
            return party_id
    return value


def merged_items(values: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the items without those that only name a narrower one more widely."""
    found = sorted(set(values))
    return tuple(
        item for item in found if not any(vocabulary.is_wider(item, other) for other in found)
    )
