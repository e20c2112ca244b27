"""Subject words of a pack, so that sentences about any subject can be written by one room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coercivity.errors import InputError

if TYPE_CHECKING:
    from coercivity.catalogue import Pack


@dataclass(frozen=True)
class Phrases:
    """Words and choices of a pack that the sentences of a brief need.

    Parameters
    ----------
    reference : str
        Id of the scenario the answer speaks of; the history one if the pack names none.
    moves : tuple of str
        Ids of the scenarios named in the answer's fourth sentence.
    built : str
        What is counted when outcomes are added up, such as ``vehicles``.
    total : str
        Sector id of the sum: ``vehicles`` where the sectors in focus are counted so, else one
        sector's id.
    sectors : tuple of str
        Sector ids named in the answer's third sentence.
    place : str
        Where it is built, such as ``in India``.
    """

    reference: str
    moves: tuple[str, ...]
    built: str
    total: str
    sectors: tuple[str, ...]
    place: str


def read_phrases(pack: Pack) -> Phrases:
    """Read the phrases of a pack, with plain words where it has none.

    Parameters
    ----------
    pack : Pack
        The subject.

    Returns
    -------
    Phrases
        Complete phrases.

    Raises
    ------
    InputError
        If the phrases name a scenario or a sector that the pack does not have.
    """
    from coercivity.brief.names import country_name

    given: Mapping[str, Any] = pack.meta.get("phrases") or {}
    focus: Mapping[str, Any] = pack.meta.get("focus") or {}
    sectors = {str(row["id"]): str(row.get("unit") or "unit") for row in focus.get("sectors") or ()}
    scenarios = [str(row["id"]) for row in pack.table("scenarios")]
    in_vehicles = [key for key, unit in sectors.items() if unit == "vehicle"]
    reference = given.get("reference") or pack.meta.get("history_scenario") or ""
    country = str(focus.get("country") or "")
    phrases = Phrases(
        reference=str(reference or (scenarios[-1] if scenarios else "")),
        moves=tuple(str(name) for name in given.get("moves") or ()),
        built=str(given.get("built") or ("vehicles" if in_vehicles else "units")),
        total="vehicles" if len(in_vehicles) > 1 else next(iter(in_vehicles or sectors), ""),
        sectors=tuple(str(name) for name in given.get("sectors") or list(sectors)[:2]),
        place=str(given.get("place") or (f"in {country_name(country)}" if country else "")),
    )
    _check(phrases, set(scenarios), set(sectors), pack)
    return phrases


def _check(phrases: Phrases, scenarios: set[str], sectors: set[str], pack: Pack) -> None:
    where = pack.meta.where
    for name in (phrases.reference, *phrases.moves):
        if name not in scenarios:
            raise InputError(
                f"phrases name the scenario {name!r}, which the pack does not have",
                where=where,
                expected="one of " + ", ".join(sorted(scenarios)),
                hint="correct phrases in pack.yaml",
            )
    for name in phrases.sectors:
        if name not in sectors:
            raise InputError(
                f"phrases name the sector {name!r}, which is not in focus",
                where=where,
                expected="one of " + ", ".join(sorted(sectors)),
                hint="correct phrases in pack.yaml",
            )
