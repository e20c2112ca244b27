"""A demo chain: invented stock, suppliers and bill of materials of one importer."""

from __future__ import annotations

from coercivity.desk import packs
from coercivity.desk.demo import Demo
from coercivity.desk.runs.services.exposing import hand_in
from coercivity.experiments.own_chain import TABLES, template

__all__ = ["fill"]


def fill(demo: Demo) -> str:
    """Hand in the templates' own examples for the first pack with a focus on an item."""
    for pack in reversed(packs.names()):
        opened = packs.opened(pack)
        focus = opened.meta.get("focus") or {}
        item = next(
            (
                k
                for k, v in opened.items.items()
                if focus.get("item") in v.parents and v.unit == "t"
            ),
            None,
        )
        if item is None or not focus.get("authority_country"):
            continue
        origin = str(focus["authority_country"])
        actor = demo.person("importer")
        hand_in(
            actor=actor,
            name="Example of the templates (invented)",
            pack=pack,
            country=actor.organisation.country,
            end_use=packs.end_uses(pack)[0],
            counted_on=opened.meta["default_as_of"],
            texts={name: template(name, item=item, origin=origin) for name in TABLES},
        )
        return "1 chain of a firm, from the templates"
    return "no chain: no pack has an item in focus"
