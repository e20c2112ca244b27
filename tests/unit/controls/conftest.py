"""A small made-up subject: widgets that may contain X, controlled by the authority of AA land."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from coercivity.catalogue import Item, Party
from coercivity.controls import build_register

D = date
ITEMS = {
    "widget": Item("widget", "Widgets", "t", "component"),
    "widget_x": Item(
        "widget_x", "Widgets with X", "t", "component", contains=("X",), parents=("widget",)
    ),
    "widget_plain": Item(
        "widget_plain", "Plain widgets", "t", "component", contains=("P",), parents=("widget",)
    ),
    "murky": Item("murky", "Murky goods", "t", "component", contains_unknown=True),
}
PARTIES = {
    "ministry": Party("ministry", "The Ministry", "authority", country="CN"),
    "bureau": Party("bureau", "The Bureau", "authority", country="CN", parent="ministry"),
    "abroad": Party("abroad", "Their Ministry", "authority", country="US"),
    "listed": Party("listed", "Listed Ltd", "firm", country="JP", aliases=("Listed Limited",)),
    "daughter": Party("daughter", "Daughter", "firm", country="JP", ownership=("listed 0.6",)),
    "clean": Party("clean", "Clean Co", "firm", country="JP", ownership=("somebody 1.0",)),
    "opaque": Party("opaque", "Opaque Co", "firm", country="JP"),
}


def measure(**given):
    """Return a row of `measures` with plain defaults."""
    return {
        "id": "m1",
        "article": "1",
        "type": "export_licence",
        "effect": "require_licence",
        "items": ("widget_x",),
        "origins": ("CN",),
        "destinations": ("*",),
        **given,
    }


def instrument(*measures, **given):
    """Return a row of `instruments`."""
    return {
        "id": "i1",
        "issuer": "ministry",
        "number": "1/2025",
        "title": "Licence for widgets",
        "published_on": D(2025, 1, 10),
        "sources": ("s1",),
        "facts": ("F1",),
        "measures": measures or (measure(),),
        **given,
    }


def act(kind, start, until=None, **given):
    """Return a row of `actions`."""
    return {
        "id": f"{kind}_{start}",
        "instrument": "i1",
        "target": "m1",
        "kind": kind,
        "announced_on": given.pop("announced", start),
        "from": start,
        "until": until,
        "sources": (f"s_{kind}",),
        **given,
    }


def made_pack(instruments=None, actions=None):
    """Return something with the tables and maps of a pack."""
    tables = {
        "instruments": tuple(instruments or (instrument(),)),
        "actions": tuple(
            actions
            if actions is not None
            else (act("enact", D(2025, 2, 1), announced=D(2025, 1, 10)),)
        ),
    }
    return SimpleNamespace(
        name="made",
        meta={"zone": "Asia/Shanghai"},
        items=ITEMS,
        parties=PARTIES,
        table=lambda name: tables[name],
    )


@pytest.fixture
def made():
    """Return the builders ``pack``, ``instrument``, ``measure``, ``act`` and ``register``."""

    def register(*actions, measures=(), events=(), instruments=None):
        rows = instruments or (instrument(*measures),)
        enact = act("enact", D(2025, 2, 1), announced=D(2025, 1, 10), target="i1")
        return build_register(made_pack(rows, (enact, *actions)), events)

    return SimpleNamespace(
        pack=made_pack, instrument=instrument, measure=measure, act=act, register=register
    )
