"""Demo runs: the reported licences of every pack, with enough members to rank quantities."""

from __future__ import annotations

from coercivity.desk import packs
from coercivity.desk.demo import Demo
from coercivity.desk.explorer.choices import Choice
from coercivity.desk.runs.forms import others, reference_of
from coercivity.desk.runs.services.asking import ask
from coercivity.desk.runs.simulating import SCENARIOS

__all__ = ["fill"]

MEMBERS = 250


def fill(demo: Demo) -> str:
    """Put a run of every pack into the queue; the worker beside the demo does them."""
    count = 0
    for pack in packs.names():
        if not packs.opened(pack).table("sites"):
            continue
        known = [name for name, _ in others(pack)]
        wanted = reference_of(pack)
        first = [wanted, *(name for name in known if name != wanted)][:3]
        chosen = tuple(name for name in known if name in first)
        choice = Choice(pack, chosen, members=MEMBERS)
        ask(
            actor=demo.person("analyst"),
            kind=SCENARIOS,
            title=choice.title(),
            parameters=choice.parameters(),
        )
        count += 1
    return f"{count} runs in the queue"
