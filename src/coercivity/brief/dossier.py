"""Everything a brief is written from: evidence, and what the simulation made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack
    from coercivity.claims import ClaimSet, Verdict
    from coercivity.claims.quantities import PackQuantity, Summary
    from coercivity.controls import Determination, Register
    from coercivity.documents import DocumentSet
    from coercivity.events import PolicyEvent
    from coercivity.experiments import Comparison, Ensemble, HistoryCheck, Ranking
    from coercivity.figures import Figure
    from coercivity.licences import ApplicationCount, AssertedLicence, CountSummary


@dataclass(frozen=True)
class Asked:
    """A determination and the words the pack uses for its question."""

    label: str
    found: Determination


@dataclass(frozen=True)
class PackClaim:
    """What a source says in a table of the pack: no quoted text, but a fact and a source.

    Parameters
    ----------
    id, source : str
        Claim id; source id.
    says : str
        What it says, in our words.
    stance : str
        ``affirmed``, ``denied``, ``questioned``, ``hedged`` or ``conflicting``.
    when, fact, note : str
        The date this source gives, the fact used, remarks.
    """

    id: str
    source: str
    says: str
    stance: str = ""
    when: str = ""
    fact: str = ""
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """What was written, what it says, and what is in force by it.

    Parameters
    ----------
    pack : Pack
        The subject.
    as_of : datetime.date
        Only what was known on this day.
    documents : DocumentSet
        The documents read, those published later left out.
    left_out : tuple of str
        Names of the documents published after the day.
    own_notes : bool
        Whether the documents are the pack's own restated notes.
    claims : ClaimSet
        What they say.
    verdicts : tuple of Verdict
        How the sayings compare.
    events : tuple of PolicyEvent
        What happened by that day, in order of date.
    register : Register
        Instruments and acts.
    determinations : tuple of Asked
        The pack's questions, answered for that day.
    licences : tuple of AssertedLicence
        Licences reported by that day.
    licensees : CountSummary
        How many licensees there are said to be.
    applications : tuple of ApplicationCount
        Counts of applications reported by that day.
    quantities : mapping of str to PackQuantity
        All quantities of the pack.
    summaries : mapping of str to Summary
        Best value and range of each.
    pack_claims : mapping of str to PackClaim
        What sources say in the pack's table of events, by claim id.
    """

    pack: Pack
    as_of: date
    documents: DocumentSet
    left_out: tuple[str, ...]
    own_notes: bool
    claims: ClaimSet
    verdicts: tuple[Verdict, ...]
    events: tuple[PolicyEvent, ...]
    register: Register
    determinations: tuple[Asked, ...]
    licences: tuple[AssertedLicence, ...]
    licensees: CountSummary
    applications: tuple[ApplicationCount, ...]
    quantities: Mapping[str, PackQuantity]
    summaries: Mapping[str, Summary]
    pack_claims: Mapping[str, PackClaim]

    @property
    def publishes_quantities(self) -> bool:
        """Whether a source states the quantity of some licence for the country in focus."""
        country = (self.pack.meta.get("focus") or {}).get("country")
        stated = {key for key, found in self.quantities.items() if found.quality != "assumed"}
        own = (row for row in self.licences if not country or row.destination == country)
        return any(licence.quantity in stated for licence in own)


@dataclass(frozen=True)
class Findings:
    """What the simulation says, as the sections need it.

    Parameters
    ----------
    ensemble : Ensemble
        Results by scenario, draws, provenance.
    reference : str
        Id of the scenario the answer speaks of.
    moves_from_reference : tuple of str
        Ids of the scenarios compared with it.
    start, end : datetime.date
        First simulated day and the day after the last.
    against_baseline : Comparison
        Every scenario against the one without controls.
    against_reference : Comparison
        Every move against the reference.
    better : mapping of tuple to tuple of float
        (scenario, sector) → shares of the paired members in which more, and in which less, is
        built than in the reference.
    worth : pandas.DataFrame or None
        Worth of one more licensed unit by importer.
    ranking : Ranking or None
        Quantities by share of the variance of what is lost.
    history : HistoryCheck or None
        Simulated bands beside observed values.
    figures : mapping of str to Figure
        Pictures by id.
    tables : mapping of str to pandas.DataFrame
        Further tables behind the sections.
    notes : tuple of str
        What was left out, and why.
    """

    ensemble: Ensemble
    reference: str
    moves_from_reference: tuple[str, ...]
    start: date
    end: date
    against_baseline: Comparison
    against_reference: Comparison
    better: Mapping[tuple[str, str], tuple[float, float]]
    worth: pd.DataFrame | None
    ranking: Ranking | None
    history: HistoryCheck | None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def members(self) -> int:
        """Members of the ensemble."""
        return self.ensemble.draws.members

    def title(self, scenario: str) -> str:
        """Title of a scenario."""
        return self.ensemble.plans[scenario].scenario.title
