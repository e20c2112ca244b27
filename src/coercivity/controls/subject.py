"""Look up what a query names: the item, the places, the end user and its owners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from coercivity.catalogue import places
from coercivity.catalogue.model import Item, Party
from coercivity.controls.answer import Query
from coercivity.controls.model import UNKNOWN
from coercivity.errors import InputError, NotFoundError

__all__ = ["Family", "Lookup", "Subject", "check_shares", "families"]


@dataclass(frozen=True)
class Family:
    """Where an item stands among the others.

    Parameters
    ----------
    kinds : frozenset of str
        Id of the item and of everything wider.
    narrower : frozenset of str
        Ids of the items of which it is a wider kind.
    siblings : frozenset of str
        Ids of the items that share a parent with it.
    """

    kinds: frozenset[str]
    narrower: frozenset[str] = frozenset()
    siblings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subject:
    """A query with item, places and end user looked up once.

    Parameters
    ----------
    query : Query
        With alpha-2 codes.
    item : Item
        The item.
    family : Family
        What the item is a kind of, and what is a kind of it.
    contents : tuple of str or None
        What the goods contain; None if not known for certain.
    destinations : frozenset of str
        Members of the destination: one country, or those of a group.
    origins : frozenset of str
        Members of the origin.
    party : Party or None
        The end user, if the pack has it.
    owners : tuple of (str, float) or None
        Owners of the end user, if known.
    """

    query: Query
    item: Item
    family: Family
    contents: tuple[str, ...] | None
    destinations: frozenset[str]
    origins: frozenset[str]
    party: Party | None
    owners: tuple[tuple[str, float], ...] | None


def families(items: Mapping[str, Item]) -> dict[str, Family]:
    """Return what each item is a kind of, from the items' parents."""
    kinds = {key: _kinds(key, items) for key in items}
    return {
        key: Family(
            kinds=kinds[key],
            narrower=frozenset(k for k in items if k != key and key in kinds[k]),
            siblings=frozenset(k for k in items if set(items[k].parents) & set(item.parents)),
        )
        for key, item in items.items()
    }


class Lookup:
    """Everything a query may name, laid out for many queries.

    Parameters
    ----------
    items, parties : mapping
        The pack's, by id.
    where : str
        Name of the pack, for messages.

    Attributes
    ----------
    rules : dict
        Measures laid out for questions about these items; registers made from one another share
        them.
    """

    def __init__(
        self, items: Mapping[str, Item], parties: Mapping[str, Party], where: str = ""
    ) -> None:
        self.items, self.parties, self.where = items, parties, where
        self.families = families(items)
        self.rules: dict[Any, Any] = {}
        self._places: dict[str, tuple[str, frozenset[str]]] = {}
        self._owners: dict[str, tuple[tuple[str, float], ...] | None] = {}
        self._named: dict[str, Party | None] = {}
        for party in parties.values():
            for name in {text.casefold() for text in party.names}:
                # A name that two parties go by names neither.
                self._named[name] = None if name in self._named else party

    def subject(self, query: Query) -> Subject:
        """Look up a query's item, places and end user.

        Parameters
        ----------
        query : Query

        Returns
        -------
        Subject

        Raises
        ------
        NotFoundError
            If the item is unknown (the nearest ids are named) or a code is no country.
        InputError
            If a share lies outside 0 to 1.
        """
        item = self.item(query.item)
        check_shares(query.origin_content_share, query.owned_by)
        origin, origins = self.place(query.origin)
        destination, destinations = self.place(query.destination)
        party = self.party(query.end_user)
        query = _settled(query, origin, destination, party)
        contents = query.contains
        if contents is None and not item.contains_unknown:
            contents = item.contains
        owners = query.owned_by
        if owners is None and party is not None:
            owners = self.owners(party)
        return Subject(
            query, item, self.families[item.id], contents, destinations, origins, party, owners
        )

    def item(self, item_id: str) -> Item:
        """Return an item, or raise :class:`NotFoundError` naming the nearest ids."""
        found = self.items.get(item_id)
        if found is None:
            near = get_close_matches(str(item_id), self.items, n=5, cutoff=0.4)
            raise NotFoundError(
                f"no item is called {item_id!r}",
                where=f"pack {self.where}" if self.where else "",
                expected="one of " + ", ".join(near or sorted(self.items)[:8]),
            )
        return found

    def place(self, code: str) -> tuple[str, frozenset[str]]:
        """Return the alpha-2 code of a country or group, and its members."""
        found = self._places.get(code)
        if found is None:
            alpha_2 = places.country(code)
            found = self._places[code] = (alpha_2, frozenset(places.expand(alpha_2)))
        return found

    def party(self, name: str | None) -> Party | None:
        """Return the party of an id or of an exact name, whatever its case."""
        if name is None or name == UNKNOWN:
            return None
        return self.parties.get(name) or self._named.get(name.casefold())

    def owners(self, party: Party) -> tuple[tuple[str, float], ...] | None:
        """Return the owners of a party and their shares; None if its row states none."""
        if party.id not in self._owners:
            self._owners[party.id] = party_owners(party)
        return self._owners[party.id]


def _settled(query: Query, origin: str, destination: str, party: Party | None) -> Query:
    """Return the query with plain codes and the id of the party."""
    changed: dict[str, Any] = {}
    if query.origin != origin:
        changed["origin"] = origin
    if query.destination != destination:
        changed["destination"] = destination
    if party is not None and query.end_user != party.id:
        changed["end_user"] = party.id
    return replace(query, **changed) if changed else query


def check_shares(
    content_share: float | None, owned_by: tuple[tuple[str, float], ...] | None
) -> None:
    """Check that shares are shares.

    Raises
    ------
    InputError
        If one lies outside 0 to 1.
    """
    if content_share is None and owned_by is None:
        return
    shares = [content_share, *(share for _, share in owned_by or ())]
    for share in shares:
        if share is not None and not 0 <= share <= 1:
            raise InputError(f"a share of {share} is no share", expected="a number from 0 to 1")


def _kinds(item_id: str, items: Mapping[str, Item]) -> frozenset[str]:
    """Id of the item and of everything wider; a loop of parents ends by itself."""
    found: set[str] = set()
    waiting = [item_id]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(items[key].parents if key in items else ())
    return frozenset(found)


def party_owners(party: Party) -> tuple[tuple[str, float], ...] | None:
    """Owners as the pack states them, ``owner share``; None if it states none."""
    if not party.ownership:
        return None
    owners = []
    for text in party.ownership:
        owner, _, share = text.replace(":", " ").strip().rpartition(" ")
        try:
            number = float(share.rstrip("%")) / (100 if share.endswith("%") else 1)
        except ValueError as error:
            raise InputError(
                f"ownership {text!r} names no share",
                where=f"party {party.id}",
                expected="owner id and share, such as 'some_firm 0.6'",
            ) from error
        owners.append((owner.strip(), number))
    return tuple(owners)
