"""Packs and their registers of controls, opened once per process."""

from __future__ import annotations

from functools import lru_cache

from coercivity.catalogue import Pack, open_pack
from coercivity.catalogue.pack import available_packs
from coercivity.controls import Register, build_register
from coercivity.controls.model import CIVIL, MILITARY

__all__ = [
    "end_uses",
    "item_choices",
    "item_name",
    "item_names",
    "names",
    "opened",
    "register_of",
    "title",
    "titles",
]


@lru_cache(maxsize=8)
def opened(name: str) -> Pack:
    """Return a pack by its name.

    Raises
    ------
    NotFoundError
        If no pack of that name ships with the product: names come from requests, paths do not.
    """
    if name not in available_packs():
        from coercivity.errors import NotFoundError

        raise NotFoundError(
            f"no pack is called {name!r}", expected="one of " + ", ".join(available_packs())
        )
    return open_pack(name)


@lru_cache(maxsize=8)
def register_of(name: str) -> Register:
    """Return the register of a pack's controls."""
    return build_register(opened(name))


def names() -> tuple[str, ...]:
    """Return the names of the packs."""
    return available_packs()


def titles() -> list[tuple[str, str]]:
    """Return the packs as choices: name and title."""
    return [(name, opened(name).title) for name in available_packs()]


def item_choices(name: str) -> list[tuple[str, str]]:
    """Return a pack's items as choices, by their words."""
    pairs = [(item.id, item.name) for item in opened(name).items.values()]
    return sorted(pairs, key=lambda pair: pair[1])


def item_name(name: str, item: str) -> str:
    """Return the words of an item; its id if the pack no longer has it."""
    found = opened(name).items.get(item)
    return found.name if found else item


@lru_cache(maxsize=256)
def item_names(text: str) -> str:
    """Return the words of items that commas part; an id that no pack has stays as it is."""
    known = {key: item.name for name in names() for key, item in opened(name).items.items()}
    return ", ".join(known.get(key, key) for key in text.split(", "))


def title(name: str) -> str:
    """Return the title of a pack; its name if there is no such pack any more."""
    return opened(name).title if name in available_packs() else name


@lru_cache(maxsize=8)
def end_uses(name: str) -> tuple[str, ...]:
    """Return the end uses a pack's measures and determinations name, with the two general ones."""
    register = register_of(name)
    named = {use for _, measure in register.published(None) for use in measure.end_uses}
    asked = {row["end_use"] for row in opened(name).meta["determinations"] if row["end_use"]}
    return tuple(sorted(named | asked | {CIVIL, MILITARY}))
