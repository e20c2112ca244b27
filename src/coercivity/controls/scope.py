"""Whether a shipment lies in the scope of a measure: seven tests, each true, false or not known."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Final, NamedTuple

from coercivity.catalogue import places
from coercivity.controls.answer import ScopeTest
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
from coercivity.controls.subject import Subject

__all__ = [
    "BASE_DIMENSIONS",
    "DIMENSIONS",
    "Dimension",
    "covers",
    "dimensions",
    "item_test",
    "scope_tests",
]


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
    for dimension in dimensions(measure):
        yield dimension.test(subject, measure, instrument)


def item_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
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


def _contents_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
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


def _destination_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
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


def _end_use_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
    use, scope = subject.query.end_use, measure.end_uses
    if use is None or use == UNKNOWN:
        fact = f"whether the end use is {' or '.join(scope)}"
        return ScopeTest("end_use", None, "the end use is not known", fact)
    inside = use in scope or (CIVIL in scope and use != MILITARY)
    return ScopeTest("end_use", inside, f"end use {use} is {'in' if inside else 'out of'} scope")


def _end_user_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
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


def _share_test(subject: Subject, measure: Measure, instrument: Instrument) -> ScopeTest:
    share, home = subject.query.origin_content_share, instrument.jurisdiction
    threshold = measure.de_minimis_share or 0.0
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


class Dimension(NamedTuple):
    """One test of a scope.

    Parameters
    ----------
    name : str
        As in :class:`~coercivity.controls.answer.ScopeTest`.
    applies : callable
        Whether a measure has such a test.
    test : callable
        The test.
    facts : callable
        The facts of a shipment it looks at: the same facts, the same result.
    """

    name: str
    applies: Callable[[Measure], bool]
    test: Callable[[Subject, Measure, Instrument], ScopeTest]
    facts: Callable[[Subject], Hashable]


def _always(measure: Measure) -> bool:
    return True


DIMENSIONS: Final = (
    Dimension("item", _always, item_test, lambda s: (s.query.item, s.query.contains)),
    Dimension(
        "contents",
        lambda measure: bool(measure.contains_any),
        _contents_test,
        lambda s: (s.query.item, s.query.contains),
    ),
    Dimension("origin", _always, _origin_test, lambda s: s.query.origin),
    Dimension(
        "destination",
        _always,
        _destination_test,
        lambda s: (s.query.origin, s.query.destination),
    ),
    Dimension(
        "end_use", lambda measure: bool(measure.end_uses), _end_use_test, lambda s: s.query.end_use
    ),
    Dimension(
        "end_user",
        lambda measure: bool(measure.end_users),
        _end_user_test,
        lambda s: (s.query.end_user, s.owners),
    ),
    Dimension(
        "content_share",
        lambda measure: measure.de_minimis_share is not None,
        _share_test,
        lambda s: (s.query.origin, s.query.origin_content_share),
    ),
)
"""The tests of a scope in the order in which they are made: cheap and telling ones first."""

BASE_DIMENSIONS: Final = frozenset({"item", "contents", "origin", "destination"})
"""Those that look at nothing but goods and lane."""


def dimensions(measure: Measure) -> tuple[Dimension, ...]:
    """Return the tests that a measure's scope has."""
    return tuple(dimension for dimension in DIMENSIONS if dimension.applies(measure))
