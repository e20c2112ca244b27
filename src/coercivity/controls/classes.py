"""The measures of a snapshot as tables of truth over classes of values.

A measure asks goods, origin, destination, end use, end user and share of content each whether it
is in scope. So the values of each fall into few classes: two destinations that stand in the same
lists everywhere are one class, two shares on the same side of every threshold are one.

A truth is 0, 1 or 2 for false, not known and true, so that the least of several truths is their
conjunction. The columns of every table are the measures, then the acts upon part of a scope.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coercivity.catalogue import places
from coercivity.controls.answer import Query
from coercivity.controls.logic import Truth
from coercivity.controls.model import UNKNOWN, Outcome
from coercivity.controls.register import Register
from coercivity.controls.rulings import BY_RANK, Snapshot
from coercivity.controls.scope import covers, dimensions
from coercivity.controls.subject import Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OUTCOMES", "OUTCOME_CODE", "Axis", "Tables", "outcome_codes"]

OUTCOMES: Final = tuple(Outcome)
"""Outcome of each code."""

OUTCOME_CODE: Final = {outcome: code for code, outcome in enumerate(OUTCOMES)}
"""Code of each outcome."""

_STRANGER: Final = "\0"
"""Stands for every end user that is no party of the pack and on no list by this name."""

_LEVEL: Final[dict[Truth, int]] = {False: 0, None: 1, True: 2}
_PARTS: Final = ("destinations", "items", "end_users")


def outcome_codes() -> NDArray[np.int8]:
    """Return int8[floor, ceiling], the code of the outcome of each pair of ranks of effects."""
    table = np.full((len(BY_RANK), len(BY_RANK)), OUTCOME_CODE[Outcome.UNKNOWN_REFER], np.int8)
    for low, floor in enumerate(BY_RANK):
        for high, ceiling in enumerate(BY_RANK):
            if floor.outcome is ceiling.outcome:
                table[low, high] = OUTCOME_CODE[floor.outcome]
    return table


class Axis:
    """The values of one kind of fact, in classes that no measure can tell apart.

    Parameters
    ----------
    truths : callable
        Returns int8[column], the truths of a value.
    """

    def __init__(self, truths: Callable[[Any], NDArray[np.int8]]) -> None:
        self._truths = truths
        self._known: dict[Hashable, int] = {}
        self._classes: dict[bytes, int] = {}
        self._rows: list[NDArray[np.int8]] = []
        self._table: NDArray[np.int8] | None = None

    def class_of(self, value: Hashable) -> int:
        """Return the class of a value, counted from 0."""
        found = self._known.get(value)
        if found is None:
            row = self._truths(value)
            found = self._classes.setdefault(row.tobytes(), len(self._classes))
            if found == len(self._rows):
                self._rows.append(row)
                self._table = None
            self._known[value] = found
        return found

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def table(self) -> NDArray[np.int8]:
        """Truths of every class: int8[class, column]."""
        if self._table is None:
            self._table = np.stack(self._rows)
        return self._table


class Tables:
    """The measures of a snapshot, ready to decide classes of shipments.

    Parameters
    ----------
    register : Register
    snapshot : Snapshot
        Of the same register.
    """

    def __init__(self, register: Register, snapshot: Snapshot) -> None:
        self.snapshot, self._lookup = snapshot, register.lookup
        self.rules = snapshot.rules
        self._tests = tuple({d.name: d for d in dimensions(r.measure)} for r in self.rules)
        self.acts = tuple(
            (n, position)
            for n, rule in enumerate(self.rules)
            for position, is_whole in enumerate(rule.counts)
            if not is_whole
        )
        self._shares = [rule.measure.de_minimis_share for rule in self.rules]
        self.thresholds = tuple(sorted({s for s in self._shares if s is not None}))
        self._listed = frozenset(
            name
            for rule in self.rules
            for names in (rule.measure.end_users, *(a.end_users for a in rule.actions))
            for name in names
        )
        self.goods = Axis(self._goods)
        self.origin = Axis(self._origin)
        self.destination = Axis(self._destination)
        self.end_use = Axis(self._end_use)
        self.end_user = Axis(self._end_user)
        self.share = Axis(self._share)
        self.low, self.high = self._ranks()

    def user_of(self, name: str | None) -> str | None:
        """Return an end user's name, or one name for all that nobody has heard of."""
        if name is None or name == UNKNOWN or name in self._listed:
            return name
        party = self._lookup.party(name)
        return _STRANGER if party is None else party.id

    def _probe(self, **given: Any) -> Subject:
        """Return a shipment of which nothing is told but what is given."""
        asked: dict[str, Any] = {"origin": places.ANY, "destination": places.ANY, "on": date.min}
        asked = {"item": next(iter(self._lookup.items)), **asked, **given}
        return self._lookup.subject(Query(**asked))

    def _row(self, subject: Subject, *names: str, part: str = "") -> NDArray[np.int8]:
        """Return the truths of the tests `names` of a shipment, and of the acts' `part`."""
        row = []
        for rule, tests in zip(self.rules, self._tests, strict=True):
            made = (tests[name] for name in names if name in tests)
            values = (d.test(subject, rule.measure, rule.instrument).value for d in made)
            row.append(min((_LEVEL[value] for value in values), default=_LEVEL[True]))
        for number, position in self.acts:
            action = self.rules[number].actions[position]
            blank: dict[str, Any] = {name: () for name in _PARTS if name != part}
            row.append(_LEVEL[covers(subject, replace(action, **blank)).value])
        return np.array(row, np.int8)

    def _goods(self, value: Any) -> NDArray[np.int8]:
        item, contains = value
        return self._row(
            self._probe(item=item, contains=contains), "item", "contents", part="items"
        )

    def _origin(self, value: Any) -> NDArray[np.int8]:
        """Return the truths of an origin, then whether it is each issuer's own country."""
        truths = self._row(self._probe(origin=value), "origin")
        code, _ = self._lookup.place(value)
        home = np.zeros_like(truths)
        for number, rule in enumerate(self.rules):
            if self._shares[number] is not None and code == rule.instrument.jurisdiction:
                home[number] = _LEVEL[True]
        return np.concatenate([truths, home])

    def _destination(self, value: Any) -> NDArray[np.int8]:
        return self._row(self._probe(destination=value), "destination", part="destinations")

    def _end_use(self, value: Any) -> NDArray[np.int8]:
        return self._row(self._probe(end_use=value), "end_use")

    def _end_user(self, value: Any) -> NDArray[np.int8]:
        name, owners = value
        subject = self._probe(end_user=name, owned_by=owners)
        return self._row(subject, "end_user", part="end_users")

    def _share(self, step: Any) -> NDArray[np.int8]:
        """Return the truths of a share by how many thresholds it reaches; past all is a blank."""
        share = None if step > len(self.thresholds) else (-1.0, *self.thresholds)[step]
        subject = self._probe()
        query = replace(subject.query, origin_content_share=share)
        return self._row(replace(subject, query=query), "content_share")

    def _ranks(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the ranks of the weakest and the strongest effect: int8[span, measure] each.

        A span is one of the measure's own; rows past its last one are 0, and so are measures upon
        which acts hold for part of the scope.
        """
        n_spans = max((len(rule.cuts) + 1 for rule in self.rules), default=1)
        low = np.zeros((n_spans, len(self.rules)), np.int8)
        high = np.zeros_like(low)
        for number, rule in enumerate(self.rules):
            if all(rule.counts):
                for span in range(len(rule.cuts) + 1):
                    low[span, number], high[span, number] = self._bounds(number, rule.counts, span)
        return low, high

    def _bounds(self, number: int, counts: tuple[Truth, ...], span: int) -> tuple[int, int]:
        view = self.rules[number].holding(counts, span).views[True]
        return view.low, view.high

    def parted_ranks(
        self, number: int, acts: NDArray[np.int8], spans: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the ranks of a measure upon which acts hold for part of the scope.

        Parameters
        ----------
        number : int
            Position of the measure.
        acts : int8[key, act]
            Truths of the acts in :attr:`acts`.
        spans : int[key]
            Span of the measure's own.

        Returns
        -------
        int8[key], int8[key]
            Weakest and strongest.
        """
        rule = self.rules[number]
        mine = [place for place, (owner, _) in enumerate(self.acts) if owner == number]
        states = np.column_stack([acts[:, mine], spans])
        distinct, place = np.unique(states, axis=0, return_inverse=True)
        truths = {level: truth for truth, level in _LEVEL.items()}
        bounds = np.zeros((len(distinct), 2), np.int8)
        for row, state in enumerate(distinct):
            counts: list[Truth] = list(rule.counts)
            for position, level in zip(mine, state[:-1], strict=True):
                counts[self.acts[position][1]] = truths[int(level)]
            bounds[row] = self._bounds(number, tuple(counts), int(state[-1]))
        chosen = bounds[place.reshape(-1)]
        return chosen[:, 0], chosen[:, 1]

    def local_spans(self, zone: int) -> tuple[tuple[int, ...], NDArray[np.int64]]:
        """Return a zone's measures, and int64[span of the zone, measure] of their own spans."""
        name = self.snapshot.zones[zone]
        mine = tuple(n for n, r in enumerate(self.rules) if r.instrument.zone == name)
        days = (date.min, *self.snapshot.cuts[zone])
        spans = [[bisect_right(self.rules[n].cuts, day) for n in mine] for day in days]
        return mine, np.array(spans, np.int64)
