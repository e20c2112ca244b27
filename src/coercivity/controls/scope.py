"""Whether a query lies in the scope of a measure: seven tests, each true, false or not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from coercivity.catalogue import places
from coercivity.catalogue.model import Item, Party
from coercivity.controls.answer import Query, ScopeTest
from coercivity.controls.logic import Truth, any_of
from coercivity.controls.model import (
    CIVIL,
    MILITARY,
    UNKNOWN,
    UNNAMED,
    Instrument,
    Measure,
    MeasureAction,
    MeasureType,
)
from coercivity.errors import InputError, NotFoundError

__all__ = ["Family", "Subject", "covers", "families", "item_test", "resolve", "scope_tests"]


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


def resolve(
    query: Query,
    items: Mapping[str, Item],
    *,
    parties: Mapping[str, Party],
    related: Mapping[str, Family],
    where: str = "",
) -> Subject:
    """Look up a query's item, places and end user.

    Parameters
    ----------
    query : Query
    items, parties : mapping
        The pack's, by id.
    related : mapping of str to Family
        From :func:`families`.
    where : str
        Name of the pack, for messages.

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
    item = _item(query.item, items, where)
    _check_shares(query)
    origin, destination = places.country(query.origin), places.country(query.destination)
    party = _party(query.end_user, parties)
    resolved = replace(
        query,
        origin=origin,
        destination=destination,
        end_user=party.id if party else query.end_user,
    )
    return Subject(
        query=resolved,
        item=item,
        family=related[item.id],
        contents=query.contains
        if query.contains is not None
        else (None if item.contains_unknown else item.contains),
        destinations=frozenset(places.expand(destination)),
        origins=frozenset(places.expand(origin)),
        party=party,
        owners=query.owned_by if query.owned_by is not None else _owners(party),
    )


def _item(item_id: str, items: Mapping[str, Item], where: str) -> Item:
    if item_id in items:
        return items[item_id]
    near = get_close_matches(item_id, items, n=5, cutoff=0.4)
    raise NotFoundError(
        f"no item is called {item_id!r}",
        where=f"pack {where}" if where else "",
        expected="one of " + ", ".join(near or sorted(items)[:8]),
    )


def _check_shares(query: Query) -> None:
    shares = [query.origin_content_share, *(share for _, share in query.owned_by or ())]
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


def _party(name: str | None, parties: Mapping[str, Party]) -> Party | None:
    """Return the party of an id or of an exact name, whatever its case."""
    if name is None or name == UNKNOWN:
        return None
    if name in parties:
        return parties[name]
    wanted = name.casefold()
    fitting = [p for p in parties.values() if wanted in {n.casefold() for n in p.names}]
    return fitting[0] if len(fitting) == 1 else None


def _owners(party: Party | None) -> tuple[tuple[str, float], ...] | None:
    """Owners as the pack states them, ``owner share``; None if it states none."""
    if party is None or not party.ownership:
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


def scope_tests(subject: Subject, measure: Measure, instrument: Instrument) -> Iterator[ScopeTest]:
    """Yield the tests of a query against a measure; the caller may stop at the first that fails.

    Parameters
    ----------
    subject : Subject
    measure : Measure
    instrument : Instrument
        Where the measure stands; its jurisdiction tells foreign-made goods.

    Yields
    ------
    ScopeTest
        Cheap and telling ones first.
    """
    yield item_test(subject, measure)
    if measure.contains_any:
        yield _contents_test(subject, measure)
    yield _origin_test(subject, measure, instrument)
    yield _destination_test(subject, measure)
    if measure.end_uses:
        yield _end_use_test(subject, measure)
    if measure.end_users:
        yield _end_user_test(subject, measure)
    if measure.de_minimis_share is not None:
        yield _share_test(subject, measure.de_minimis_share, instrument)


def item_test(subject: Subject, measure: Measure) -> ScopeTest:
    """Test whether the goods are of a kind that a measure lists."""
    if not measure.items:
        return ScopeTest("item", True, "every item is in scope")
    wanted = set(measure.items)
    item = subject.item
    if subject.family.kinds & wanted:
        return ScopeTest("item", True, f"{item.name} is listed")
    stated = subject.query.contains is not None
    if measure.contains_any and stated and subject.family.siblings & wanted:
        # The stated contents decide, not under which of two sibling names the goods were filed.
        return ScopeTest("item", True, f"{item.name} is of a listed family; its contents decide")
    if subject.family.narrower & wanted:
        kinds = ", ".join(sorted(subject.family.narrower & wanted))
        return ScopeTest(
            "item", None, f"only some of {item.name} is listed", f"whether the goods are {kinds}"
        )
    return ScopeTest("item", False, f"{item.name} is not listed")


def _contents_test(subject: Subject, measure: Measure) -> ScopeTest:
    named = " or ".join(measure.contains_any)
    if subject.contents is None:
        return ScopeTest(
            "contents", None, "what the goods contain is not known", f"whether they contain {named}"
        )
    found = [part for part in subject.contents if part in measure.contains_any]
    if found:
        return ScopeTest("contents", True, f"the goods contain {', '.join(found)}")
    return ScopeTest("contents", False, f"the goods contain no {named}")


def _place(places_of: frozenset[str], scope: tuple[str, ...]) -> Truth:
    """Whether a country, or every member of a group, lies in a scope; None if only some do."""
    if not scope:
        return True
    inside = places_of & set(scope)
    return True if inside == places_of else (None if inside else False)


def _origin_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
    origin = subject.query.origin
    if measure.type is MeasureType.RE_EXPORT_CONTROL and origin == instrument.jurisdiction:
        return ScopeTest("origin", False, f"it governs goods that leave from outside {origin}")
    if origin == places.ANY:
        value: Truth = None if measure.origins else True
    else:
        value = _place(subject.origins, measure.origins)
    if value is None:
        return ScopeTest(
            "origin", None, f"only part of {origin} is in scope", "the country of origin"
        )
    return ScopeTest("origin", value, f"{origin} is {'in' if value else 'out of'} scope")


def _destination_test(subject: Subject, measure: Measure) -> ScopeTest:
    query = subject.query
    if query.origin == query.destination != places.ANY and len(subject.destinations) == 1:
        return ScopeTest("destination", False, f"the goods do not leave {query.origin}")
    if query.destination == places.ANY:
        value: Truth = None if measure.destinations or measure.not_destinations else True
    else:
        value = _place(subject.destinations, measure.destinations)
        excluded = _place(subject.destinations, measure.not_destinations)
        if measure.not_destinations and excluded is not False and value is not False:
            value = False if excluded else None
    if value is None:
        return ScopeTest(
            "destination",
            None,
            f"only part of {query.destination} is in scope",
            "the country of destination",
        )
    return ScopeTest(
        "destination", value, f"{query.destination} is {'in' if value else 'out of'} scope"
    )


def _end_use_test(subject: Subject, measure: Measure) -> ScopeTest:
    use, scope = subject.query.end_use, measure.end_uses
    if use is None or use == UNKNOWN:
        fact = f"whether the end use is {' or '.join(scope)}"
        return ScopeTest("end_use", None, "the end use is not known", fact)
    inside = use in scope or (CIVIL in scope and use != MILITARY)
    return ScopeTest("end_use", inside, f"end use {use} is {'in' if inside else 'out of'} scope")


def _end_user_test(subject: Subject, measure: Measure) -> ScopeTest:
    name = subject.query.end_user
    if name is None:
        return ScopeTest("end_user", False, "no end user is named; one on no list is assumed")
    if name == UNKNOWN:
        return ScopeTest(
            "end_user", None, "the end user is not known", "whether the end user is listed"
        )
    if name in measure.end_users:
        return ScopeTest("end_user", True, f"{name} is listed")
    return _unlisted_test(name, subject, measure)


def _unlisted_test(name: str, subject: Subject, measure: Measure) -> ScopeTest:
    """Test a named end user that is not itself among the listed ones that are named."""
    doubts: list[str] = []
    if subject.party is None:
        doubts.append(f"whether {name} is one of the listed parties under another name")
    if UNNAMED in measure.end_users:
        doubts.append(f"whether {name} is among the listed parties that no source names")
    owned = _owned_test(name, subject, measure)
    if owned is not None and owned.value is True:
        return owned
    if owned is not None and owned.value is None:
        doubts.append(owned.missing)
    if doubts:
        return ScopeTest("end_user", None, f"{name} may be listed", "; ".join(doubts))
    return ScopeTest("end_user", False, f"{name} is not listed")


def _owned_test(name: str, subject: Subject, measure: Measure) -> ScopeTest | None:
    """Test the ownership rule; None if the measure has none."""
    threshold = measure.ownership_share
    if threshold is None:
        return None
    if subject.owners is None:
        fact = f"whether listed parties hold {threshold:.0%} or more of {name}"
        return ScopeTest("end_user", None, f"the owners of {name} are not known", fact)
    held = sum(share for owner, share in subject.owners if owner in measure.end_users)
    if held >= threshold:
        return ScopeTest("end_user", True, f"listed parties hold {held:.0%} of {name}")
    if UNNAMED in measure.end_users and sum(share for _, share in subject.owners) >= threshold:
        fact = f"whether an owner of {name} is among the listed parties that no source names"
        return ScopeTest("end_user", None, f"the owners of {name} may be listed", fact)
    return ScopeTest("end_user", False, f"listed parties hold {held:.0%} of {name}")


def _share_test(subject: Subject, threshold: float, instrument: Instrument) -> ScopeTest:
    share, home = subject.query.origin_content_share, instrument.jurisdiction
    if subject.query.origin == home:
        return ScopeTest("content_share", True, f"the goods are made in {home}")
    if share is None:
        return ScopeTest(
            "content_share",
            None,
            "the share of listed content is not known",
            f"whether listed content of origin {home or 'of the issuer'} makes up "
            f"{threshold:.4g} or more of the value",
        )
    inside = share >= threshold
    words = "reaches" if inside else "stays below"
    return ScopeTest("content_share", inside, f"a share of {share:.4g} {words} {threshold:.4g}")


def covers(subject: Subject, action: MeasureAction) -> ScopeTest:
    """Test whether an action's sub-scope covers a query.

    Parameters
    ----------
    subject : Subject
    action : MeasureAction

    Returns
    -------
    ScopeTest
        True for an action upon the whole measure.
    """
    parts: list[tuple[Truth, str]] = []
    if action.destinations:
        if subject.query.destination == places.ANY:
            value: Truth = None
        else:
            value = _place(subject.destinations, action.destinations)
        parts.append((value, "the country of destination"))
    if action.items:
        wanted, family = set(action.items), subject.family
        value = True if family.kinds & wanted else (None if family.narrower & wanted else False)
        parts.append((value, f"whether the goods are {', '.join(action.items)}"))
    if action.end_users:
        parts.append(_acted_user(subject, action))
    if any(value is False for value, _ in parts):
        return ScopeTest("action", False, f"{action.id} is about something else")
    undecided = [fact for value, fact in parts if value is None]
    if undecided:
        return ScopeTest("action", None, f"{action.id} may cover it", "; ".join(undecided))
    return ScopeTest("action", True, f"{action.id} covers it")


def _acted_user(subject: Subject, action: MeasureAction) -> tuple[Truth, str]:
    name = subject.query.end_user
    fact = f"whether the end user is {' or '.join(action.end_users)}"
    if name is None:
        return False, fact
    if name == UNKNOWN:
        return None, fact
    named = name in action.end_users
    unsure = UNNAMED in action.end_users or subject.party is None
    return any_of([named, None if unsure else False]), fact
