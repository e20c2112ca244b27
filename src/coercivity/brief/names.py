"""Names of things for readers: parties, places, items, scenarios, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from coercivity.brief.content import Tone

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

#: Outcome of a determination → words, tone and what they mean.
OUTCOMES: Final[Mapping[str, tuple[str, Tone, str]]] = {
    "FREE": ("Free", "good", "No measure in force that is known requires anything."),
    "DECLARATION": ("Declaration required", "unsure", "The exporter must declare the shipment."),
    "LICENCE_REQUIRED": (
        "Licence required",
        "bad",
        "The exporter must hold a licence for this shipment.",
    ),
    "GENERAL_LICENCE_AVAILABLE": (
        "General licence available",
        "unsure",
        "A licence is required; a general licence that may cover it is reported.",
    ),
    "PRESUMED_DENIED": (
        "Presumed denied",
        "bad",
        "A licence is required and applications are refused in principle.",
    ),
    "PROHIBITED": ("Prohibited", "bad", "No licence can be had."),
    "UNKNOWN_REFER": (
        "Unknown: refer",
        "unsure",
        "The sources do not settle it; ask the authority or a lawyer.",
    ),
}

#: Short clauses about exports for the answer's first sentence.
CLAUSES: Final[Mapping[str, str]] = {
    "FREE": "are free",
    "DECLARATION": "need a declaration",
    "LICENCE_REQUIRED": "need a licence",
    "GENERAL_LICENCE_AVAILABLE": "need a licence, and a general one is reported",
    "PRESUMED_DENIED": "need a licence that is refused in principle",
    "PROHIBITED": "are prohibited",
    "UNKNOWN_REFER": "are in an unknown legal state",
}


def party_name(pack: Pack, key: str) -> str:
    """Return the name of a party or country.

    Parameters
    ----------
    pack : Pack
        The subject.
    key : str
        Party id or country code.

    Returns
    -------
    str
        Its usual name; the key itself if nothing is known of it.
    """
    found = pack.parties.get(key)
    return found.name if found else country_name(key)


def country_name(code: str) -> str:
    """Return the usual name of a country.

    Parameters
    ----------
    code : str
        ISO 3166 alpha-2 code or a group such as ``EU``.

    Returns
    -------
    str
        The common name if there is one, else the formal one, else the code.
    """
    from coercivity.catalogue import places
    from coercivity.errors import NotFoundError

    if code == "*":
        return "any country"
    try:
        return places.country_name(code)
    except NotFoundError:
        return code


def item_name(pack: Pack, key: str) -> str:
    """Return the name of an item.

    Parameters
    ----------
    pack : Pack
        The subject.
    key : str
        Item id, or ``*``.

    Returns
    -------
    str
        Its name; the key itself if the pack does not know it.
    """
    if key == "*":
        return "every item"
    found = pack.items.get(key)
    return found.name if found else key
