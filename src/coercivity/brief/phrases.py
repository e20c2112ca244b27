"""Subject words of a pack, so that sentences about any subject can be written by one room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

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
        What is counted when outcomes are added up, in the plural.
    total : str
        Id of the outcome that stands for all: the pack's sum, else its first sector.
    is_summed : bool
        Whether `total` is a sum over sectors.
    sectors : tuple of str
        Sector ids named in the answer's third sentence.
    place : str
        Where it is made, such as ``in Norway``.
    done : str
        Participle of what is done with it, such as ``built``.
    industry : str
        Heading above the names of sectors.
    line, lines : str
        What may stand still, in the singular and the plural.
    stands_still, stand_still : str
        What it does then.
    rules : str
        What the determinations rest on.
    """

    reference: str
    moves: tuple[str, ...]
    built: str
    total: str
    sectors: tuple[str, ...]
    place: str
    is_summed: bool = False
    done: str = "built"
    industry: str = "Industry"
    line: str = "line"
    lines: str = "lines"
    stands_still: str = "stands still"
    stand_still: str = "stand still"
    rules: str = "Published rules"


_WORDS: Final = ("done", "industry", "line", "lines", "stands_still", "stand_still", "rules")


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
    from coercivity.brief.wording import plural
    from coercivity.experiments.comparison import total_of

    given: Mapping[str, Any] = pack.meta.get("phrases") or {}
    focus: Mapping[str, Any] = pack.meta.get("focus") or {}
    sectors = {str(row["id"]): str(row.get("unit") or "unit") for row in focus.get("sectors") or ()}
    scenarios = [str(row["id"]) for row in pack.table("scenarios")]
    total = total_of(pack)
    unit = total.unit if total is not None else next(iter(sectors.values()), "unit")
    reference = given.get("reference") or pack.meta.get("history_scenario") or ""
    country = str(focus.get("country") or "")
    phrases = Phrases(
        reference=str(reference or (scenarios[-1] if scenarios else "")),
        moves=tuple(str(name) for name in given.get("moves") or ()),
        built=str(given.get("built") or plural(unit)),
        total=total.id if total is not None else next(iter(sectors), ""),
        is_summed=total is not None,
        sectors=tuple(str(name) for name in given.get("sectors") or list(sectors)[:2]),
        place=str(given.get("place") or (f"in {country_name(country)}" if country else "")),
        **{name: str(given[name]) for name in _WORDS if given.get(name)},
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
