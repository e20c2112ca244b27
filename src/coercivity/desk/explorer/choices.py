"""The state of the explorer: what is to be run, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from django.http import QueryDict

from coercivity.desk import packs
from coercivity.desk.runs.forms import MEMBERS, reference_of, scenario_choices
from coercivity.desk.runs.models import RunResult
from coercivity.errors import InputError, Problem
from coercivity.experiments.holding import Dial, dials, foremost, ordered

__all__ = ["N_SLIDERS", "Choice", "Slider", "dials_of", "read_choice", "sliders_of"]

N_SLIDERS: Final = 8
"""Quantities offered as sliders; the others can be added by name."""

_AT: Final = "at."
_MOST_SEED: Final = 2**31 - 1


@dataclass(frozen=True)
class Choice:
    """What is to be run.

    Parameters
    ----------
    pack : str
        Name of a pack.
    scenarios : tuple of str
        Ids, in the order of the pack; the baseline is run anyway.
    members, seed : int
        Size and seed of the ensemble.
    held : mapping of str to float
        Quantities held at one value.
    added : tuple of str
        Quantities shown as sliders beside the foremost ones.
    """

    pack: str
    scenarios: tuple[str, ...]
    members: int = 64
    seed: int = 1
    held: Mapping[str, float] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """Return what decides the run, as plain values."""
        return {
            "pack": self.pack,
            "scenarios": list(self.scenarios),
            "members": self.members,
            "seed": self.seed,
            "held": dict(sorted(self.held.items())),
        }

    def pairs(self) -> list[tuple[str, str]]:
        """Return the choice as names and values of a form or an address."""
        found = [("pack", self.pack), *(("scenario", name) for name in self.scenarios)]
        found += [("members", str(self.members)), ("seed", str(self.seed))]
        for name, value in sorted(self.held.items()):
            found += [("hold", name), (f"{_AT}{name}", f"{value:.12g}")]
        return found + [("show", name) for name in self.added]

    def query(self) -> str:
        """Return the choice as a query string."""
        query = QueryDict(mutable=True)
        for name, value in self.pairs():
            query.appendlist(name, value)
        return query.urlencode()

    def title(self) -> str:
        """Return words for the list of runs."""
        known = dict(scenario_choices(self.pack))
        named = ", ".join(known[name] for name in self.scenarios)
        held = f"; {len(self.held)} held" if self.held else ""
        return f"{named}{held}"


@dataclass(frozen=True)
class Slider:
    """A dial as it stands on the page.

    Parameters
    ----------
    dial : Dial
        The quantity.
    value : float
        Where it stands.
    is_held : bool
        Whether the run takes this value instead of the range.
    """

    dial: Dial
    value: float
    is_held: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        dial = self.dial
        return {
            "id": dial.id,
            "title": dial.title,
            "unit": dial.unit,
            "low": dial.low,
            "high": dial.high,
            "value": self.value,
            "is_held": self.is_held,
            "kind": dial.kind,
            "sources": list(dial.sources),
        }


@lru_cache(maxsize=8)
def dials_of(pack: str) -> dict[str, Dial]:
    """Return the quantities of a pack that may be held."""
    return dials(packs.opened(pack))


@lru_cache(maxsize=8)
def _unranked(pack: str) -> tuple[str, ...]:
    return foremost(packs.opened(pack), count=N_SLIDERS)


def foremost_of(pack: str) -> tuple[tuple[str, ...], bool]:
    """Return the most influential quantities, and whether a run has ranked the first of them."""
    ranked = RunResult.objects.filter(pack=pack).exclude(foremost=[]).order_by("-created_at")
    found = ranked.values_list("foremost", flat=True).first()
    if found:
        return tuple(dict.fromkeys([*map(str, found), *_unranked(pack)])), True
    return _unranked(pack), False


def sliders_of(choice: Choice) -> tuple[list[Slider], bool]:
    """Return the sliders of a choice, and whether a run has ranked them."""
    names, is_ranked = foremost_of(choice.pack)
    offered = dials_of(choice.pack)
    first = [dial.id for dial in ordered(names, offered, count=N_SLIDERS)]
    shown = dict.fromkeys([*first, *choice.held, *choice.added])
    return [
        Slider(offered[name], choice.held.get(name, offered[name].best), name in choice.held)
        for name in shown
        if name in offered
    ], is_ranked


def read_choice(query: QueryDict) -> Choice:
    """Read a choice from an address or a form; what is not said takes its default.

    Parameters
    ----------
    query : QueryDict
        ``pack``, ``scenario`` (repeated), ``members``, ``seed``, ``hold`` (repeated) with
        ``at.ID``, ``show`` (repeated).

    Raises
    ------
    InputError
        With everything that is not possible; ``where`` names the field.
    """
    pack = query.get("pack") or packs.names()[-1]
    if pack not in packs.names():
        raise InputError(
            f"no pack is called {pack!r}", where="pack", expected=", ".join(packs.names())
        )
    problems: list[Problem] = []
    wanted = query.getlist("scenario") or [reference_of(pack)]
    known = [name for name, _ in scenario_choices(pack)]
    problems += [
        Problem(f"no scenario is called {name!r}", "scenario", ", ".join(known))
        for name in wanted
        if name not in known
    ]
    sizes = [number for number, _ in MEMBERS]
    members = _whole(query.get("members") or "64", "members", sizes, problems)
    seed = _whole(query.get("seed") or "1", "seed", range(_MOST_SEED + 1), problems)
    held = _held(query, dials_of(pack), problems)
    if problems:
        raise InputError("this cannot be run", problems=problems)
    chosen = tuple(name for name in known if name in wanted)
    added = tuple(name for name in query.getlist("show") if name in dials_of(pack))
    return Choice(pack, chosen, members, seed, held, added)


def _whole(text: str, where: str, allowed: Any, problems: list[Problem]) -> int:
    is_number = text.isdecimal() and len(text) < 11
    if is_number and int(text) in allowed:
        return int(text)
    expected = ", ".join(map(str, allowed)) if isinstance(allowed, list) else f"0 to {_MOST_SEED}"
    problems.append(Problem(f"{where} is {text[:20]!r}", where, expected))
    return 0


def _held(
    query: QueryDict, offered: Mapping[str, Dial], problems: list[Problem]
) -> dict[str, float]:
    found = {}
    for name in query.getlist("hold"):
        dial = offered.get(name)
        if dial is None:
            problems.append(Problem(f"no quantity {name[:60]!r} can be held", "hold"))
            continue
        text = query.get(f"{_AT}{name}", "")
        value = _number(text)
        slack = 1e-9 * max(abs(dial.low), abs(dial.high))
        if value is None or not dial.low - slack <= value <= dial.high + slack:
            where = f"{_AT}{name}"
            expected = f"{dial.low:g} to {dial.high:g} {dial.unit}, the range of its sources"
            problems.append(Problem(f"{dial.title} is {text[:20]!r}", where, expected))
            continue
        found[name] = value
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value and abs(value) != float("inf") else None
