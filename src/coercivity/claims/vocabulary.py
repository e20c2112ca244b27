"""Words: the general lexicon, the countries, and what a pack adds of its own.

General words (verbs of saying, hedges, classes such as *licence* or *supply*) ship with the
package; names of items and parties come from the pack's tables; phrases that only a subject needs
come from the pack's ``vocabulary.yaml``:

.. code-block:: yaml

    items:            # further phrases for item ids
      some_item: [a phrase, another]
    parties:          # further names for party ids
      some_party: [A Name]
    classes:          # further words for a class of the lexicon
      application: [dossier]
    loosely:          # a wide item named where a narrower one is meant
      wide_item: [narrow_item]
    qualified:        # an item named by a head noun together with another item
      base_item: {technology: other_item}
    events:           # proper names of meetings and other occasions
      - Some Summit
    frames:           # further rules, tried before those of frames.yaml; the same form
      - {id: subject.rule, frame: SUPPLY_HALTED, verbs: [withhold], theme: [dossier]}
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from coercivity.claims.gazetteer import Entity, Gazetteer, build_gazetteer
from coercivity.errors import InputError, Problem

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.plausibility import Bound

__all__ = ["Lexicon", "Vocabulary", "load_lexicon", "load_vocabulary"]

FILE_NAME = "vocabulary.yaml"
LICENSING_ROLE = "licensing_authority"
OBSERVING_ROLE = "analyst"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C where PyYAML has it: the same values, ten times as fast."""
_DESCRIBED = frozenset({"aggregate", "firm"})
_SECTIONS = frozenset({"items", "parties", "classes", "loosely", "qualified", "events", "frames"})


@dataclass(frozen=True)
class Lexicon:
    """General words by what they do; see ``lexicon.yaml``.

    Parameters
    ----------
    lists : mapping of str to frozenset of str
        Word lists by name.
    cues : mapping of str to str
        Kind of each verb of saying.
    classes : mapping of str to frozenset of str
        Classes of each noun.
    measures, count_units : mapping of str to str
        Measure, and unit, that a word stands for.
    """

    lists: Mapping[str, frozenset[str]]
    cues: Mapping[str, str]
    classes: Mapping[str, frozenset[str]]
    measures: Mapping[str, str]
    count_units: Mapping[str, str]

    def has(self, name: str, word: str) -> bool:
        """Whether `word` stands in the list `name`."""
        return word in self.lists[name]

    def is_class(self, word: str, wanted: Iterable[str]) -> bool:
        """Whether a lemma belongs to one of the classes."""
        return not self.classes.get(word, frozenset()).isdisjoint(wanted)


@dataclass(frozen=True)
class Vocabulary:
    """All words needed to read documents for one pack.

    Parameters
    ----------
    lexicon : Lexicon
        With the pack's additions.
    gazetteer : Gazetteer
        Names of items, parties, countries and occasions.
    parents : mapping of str to tuple of str
        Wider items of each item, all levels.
    loosely : mapping of str to frozenset of str
        Items a wide name may stand for.
    qualified : mapping of str to mapping
        By item: head nouns that together with it name another item.
    units : mapping of str to str
        Unit of each item.
    countries, kinds : mapping of str to str
        Country and kind of each party.
    frames : str
        The pack's own frame rules as JSON; empty if it has none.
    bounds : tuple of Bound
        What the pack says a number can be at all; see :mod:`coercivity.claims.plausibility`.
    licensing : frozenset of str
        Countries of the pack's licensing authorities: who decides where a text does not say it.
    observers : frozenset of str
        Firms that only report on others (the pack's role ``analyst``): "the company" is none of
        them.
    """

    lexicon: Lexicon
    gazetteer: Gazetteer
    parents: Mapping[str, tuple[str, ...]]
    loosely: Mapping[str, frozenset[str]]
    qualified: Mapping[str, Mapping[str, str]]
    units: Mapping[str, str]
    countries: Mapping[str, str]
    kinds: Mapping[str, str]
    frames: str = ""
    bounds: tuple[Bound, ...] = ()
    licensing: frozenset[str] = frozenset()
    observers: frozenset[str] = frozenset()

    def country_of(self, value: str) -> str:
        """Return the country of a party id or country code, or an empty string."""
        if value in self.countries:
            return self.countries[value]
        return value if len(value) == 2 and value.isupper() else ""

    def names_of(self, country: str) -> tuple[str, ...]:
        """Return the names and adjectives of a country, as far as they are known."""
        return tuple(name for name, entity in country_entities() if entity.value == country)

    def widest(self, item: str) -> str:
        """Return the widest item that an item belongs to or is loosely named by."""
        top = (item, *self.parents.get(item, ()))[-1]
        return next((wide for wide in sorted(self.loosely) if top in self.loosely[wide]), top)

    def is_wider(self, wide: str, narrow: str) -> bool:
        """Whether item `wide` includes item `narrow`, or loosely names it."""
        return wide in self.parents.get(narrow, ()) or narrow in self.loosely.get(wide, ())


def _read(name: str) -> str:
    return (resources.files("coercivity") / "claims" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _raw_lexicon() -> Any:
    return yaml.load(_read("lexicon.yaml"), Loader=LOADER)


def load_lexicon(extra: Mapping[str, Sequence[str]] | None = None) -> Lexicon:
    """Return the general lexicon, with further words for its classes."""
    raw = _raw_lexicon()
    classes: dict[str, set[str]] = {}
    for group in (raw["classes"], extra or {}):
        for name, words in group.items():
            for word in words:
                classes.setdefault(str(word).lower(), set()).add(str(name))
    lists = {
        key: frozenset(str(word) for word in value)
        for key, value in raw.items()
        if isinstance(value, list)
    }
    return Lexicon(
        lists=lists,
        cues={str(verb): kind for kind, verbs in raw["cues"].items() for verb in verbs},
        classes={word: frozenset(names) for word, names in classes.items()},
        measures=_inverted(raw["measures"]),
        count_units=_inverted(raw["count_units"]),
    )


def _inverted(groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {str(word): str(name) for name, words in groups.items() for word in words}


@lru_cache(maxsize=1)
def country_entities() -> tuple[tuple[str, Entity], ...]:
    """Return every country's names, adjectives and capitals with what they stand for."""
    rows = csv.DictReader(io.StringIO(_read("places.csv")))
    entities: list[tuple[str, Entity]] = []
    for row in rows:
        code, usual = row["code"], row["names"].split("|")[0]
        for column, kind in (
            ("names", "country"),
            ("adjectives", "adjective"),
            ("capitals", "capital"),
        ):
            entities.extend(
                (name, Entity(kind, code, code, usual)) for name in row[column].split("|") if name
            )
    return tuple(entities)


def load_vocabulary(pack: Pack) -> Vocabulary:
    """Collect the words of a pack.

    Raises
    ------
    InputError
        If ``vocabulary.yaml`` has unknown sections, or names items or parties the pack lacks, or
        ``plausible.yaml`` is not valid.
    """
    from coercivity.claims.plausibility import load_bounds

    extra = _read_extra(pack)
    lexicon = load_lexicon(extra["classes"])
    entries = [*country_entities(), *_item_names(pack, extra), *_party_names(pack, extra)]
    entries.extend((name, Entity("occasion", name, "", name)) for name in extra["events"])
    return Vocabulary(
        lexicon=lexicon,
        gazetteer=build_gazetteer(entries),
        parents={item_id: _ancestors(pack, item_id) for item_id in sorted(pack.items)},
        loosely={wide: frozenset(narrow) for wide, narrow in extra["loosely"].items()},
        qualified=extra["qualified"],
        units={item_id: item.unit for item_id, item in pack.items.items()},
        countries={party_id: party.country for party_id, party in pack.parties.items()},
        kinds={party_id: party.kind for party_id, party in pack.parties.items()},
        frames=_own_rules(extra["frames"]),
        bounds=load_bounds(pack),
        licensing=frozenset(
            party.country
            for party in pack.parties.values()
            if LICENSING_ROLE in party.roles and party.country
        ),
        observers=frozenset(
            party_id for party_id, party in pack.parties.items() if OBSERVING_ROLE in party.roles
        ),
    )


def _own_rules(rows: Sequence[Mapping[str, Any]]) -> str:
    """Check a pack's own frame rules and return them as text, so that they can be cached by it."""
    if not rows:
        return ""
    from coercivity.claims.frame_rules import read_rules

    read_rules(rows, where=FILE_NAME)
    return json.dumps(rows, sort_keys=True)


def _read_extra(pack: Pack) -> dict[str, Any]:
    """Read and check ``vocabulary.yaml``; every section is there afterwards."""
    path = pack.root / FILE_NAME
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) if path.is_file() else {}
    raw = raw or {}
    problems = []
    if not isinstance(raw, dict) or set(raw) - _SECTIONS:
        found = sorted(set(raw) - _SECTIONS) if isinstance(raw, dict) else [type(raw).__name__]
        problems.append(
            Problem(f"unknown section(s) {found}", FILE_NAME, " ".join(sorted(_SECTIONS)))
        )
        raw = {}
    for section, known in (
        ("items", pack.items),
        ("parties", pack.parties),
        ("loosely", pack.items),
        ("qualified", pack.items),
    ):
        for key in raw.get(section) or {}:
            if key not in known:
                problems.append(Problem(f"{section} names {key!r}", FILE_NAME, "an id of the pack"))
    if problems:
        raise InputError("the vocabulary is not valid", where=pack.name, problems=problems)
    empty: dict[str, Any] = {section: {} for section in _SECTIONS} | {"events": [], "frames": []}
    return empty | {section: rows for section, rows in raw.items() if rows}


def _item_names(pack: Pack, extra: Mapping[str, Any]) -> list[tuple[str, Entity]]:
    entries: list[tuple[str, Entity]] = []
    for item_id, item in sorted(pack.items.items()):
        entity = Entity("item", item_id, "", item.name)
        names = (item.name, *item.aliases, *extra["items"].get(item_id, ()))
        entries.extend((name, entity) for name in names)
    return entries


def _party_names(pack: Pack, extra: Mapping[str, Any]) -> list[tuple[str, Entity]]:
    """Names of parties; a state's own name stays the country's, a description names nobody."""
    taken = {name for name, _ in country_entities()}
    entries: list[tuple[str, Entity]] = []
    for party_id, party in sorted(pack.parties.items()):
        is_state = party.kind == "authority" and not party.parent and party.country
        entity = (
            Entity("country", party.country, party.country, party.name)
            if is_state and set(party.aliases) & taken
            else Entity(party.kind, party_id, party.country, party.name)
        )
        for name in (*party.names, *extra["parties"].get(party_id, ())):
            describes = party.kind in _DESCRIBED and _is_description(name, taken)
            if name not in taken and not describes:
                entries.append((name, entity))
    return entries


def _is_description(name: str, taken: set[str]) -> bool:
    """Whether a name is only an adjective of origin and a common noun."""
    words = [word for word in name.split() if word not in taken]
    return all(word.islower() for word in words)


def _ancestors(pack: Pack, item_id: str) -> tuple[str, ...]:
    found: list[str] = []
    queue = list(pack.items[item_id].parents)
    while queue:
        parent = queue.pop(0)
        if parent not in found and parent in pack.items:
            found.append(parent)
            queue.extend(pack.items[parent].parents)
    return tuple(found)
