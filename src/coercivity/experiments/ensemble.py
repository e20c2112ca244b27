"""Run scenarios over the same draws: one ensemble, paired member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from coercivity.experiments.gates import GateCache
from coercivity.experiments.ground import Ground, lay_ground
from coercivity.experiments.planning import Plan, kinship, plan
from coercivity.experiments.queues import load_queues, queue_allowances
from coercivity.experiments.recording import plan_recording, read_selector
from coercivity.experiments.scenarios import Scenario, find_scenario, load_scenarios
from coercivity.experiments.seasons import seasonal_demand
from coercivity.experiments.watch import inputs_behind
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.distributions import Draws
    from coercivity.claims.quantities import PackQuantity
    from coercivity.controls import Register
    from coercivity.engine.method import Method
    from coercivity.engine.schedule import Shocks
    from coercivity.experiments.caps import MonthlySeries
    from coercivity.experiments.room import Allowance
    from coercivity.network import CompiledNetwork
    from coercivity.results import Results

__all__ = ["Ensemble", "Setting", "plan_ensemble", "plan_scenario", "prepare", "run_ensemble"]


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything scenarios of one ensemble share.

    Parameters
    ----------
    pack : Pack
    quantities : dict of str to PackQuantity
    draws : Draws
        One value per quantity and member.
    network : CompiledNetwork
    register : Register
    gates : GateCache
    licences : tuple of LicenceGroup
        Reported licences as room.
    series : dict of str to MonthlySeries
        Observed monthly series.
    start : date
        Day 0.
    days : int
        Length of the run.
    seed : int
    used : frozenset of str
        Drawn quantities that network, licences and seasons read, directly or through formulas.
    seasons : Shocks or None
        Seasons of final demand, one object for all scenarios; None without seasons.
    """

    pack: Pack
    quantities: Mapping[str, PackQuantity]
    draws: Draws
    network: CompiledNetwork
    register: Register
    gates: GateCache
    licences: tuple[Any, ...]
    series: Mapping[str, MonthlySeries]
    start: date
    days: int
    seed: int
    used: frozenset[str] = frozenset()
    seasons: Shocks | None = None


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Results of several scenarios over the same members.

    Member *m* has the same draws in every scenario, so that differences between scenarios are
    differences of the policy alone.

    Parameters
    ----------
    setting : Setting
    results : dict of str to Results
        By scenario id, in the order of the pack.
    plans : dict of str to Plan
        By scenario id.
    baseline : str
        Scenario that all others are compared with.
    history : str or None
        Scenario that is set beside the observations, if it was run.
    """

    setting: Setting
    results: Mapping[str, Results]
    plans: Mapping[str, Plan]
    baseline: str
    history: str | None = None

    @property
    def draws(self) -> Draws:
        """Draws behind every scenario."""
        return self.setting.draws

    @property
    def network(self) -> CompiledNetwork:
        """Network of every scenario."""
        return self.setting.network

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Scenarios that were run, in order."""
        return tuple(self.plans[name].scenario for name in self.results)

    def __getitem__(self, scenario: str) -> Results:
        """Return the results of a scenario.

        Raises
        ------
        NotFoundError
            If it was not run.
        """
        find_scenario(self.scenarios, scenario)
        return self.results[scenario]

    def used(self, scenario: str) -> frozenset[str]:
        """Return the drawn quantities that the runs of a scenario and of the baseline read."""
        names = set()
        for name in {scenario, self.baseline}:
            planned = self.plans[name].scenario
            names |= {grant.quantity for grant in planned.grants}
            names |= {planned.unknown_open} if planned.unknown_open else set()
        return self.setting.used | inputs_behind(names, self.setting.quantities)

    def assumptions(self) -> dict[str, tuple[str, ...]]:
        """Return what each scenario had to assume."""
        return {name: self.plans[name].assumptions for name in self.results}


def prepare(
    pack: Pack,
    *,
    members: int = 1000,
    seed: int = 1,
    register: Register | None = None,
    quantities: Mapping[str, PackQuantity] | None = None,
    known_at: date | None = None,
    end: date | None = None,
    ground: Ground | None = None,
) -> Setting:
    """Draw the quantities and build the network that all scenarios share.

    Parameters
    ----------
    pack : Pack
    members : int
        Number of members.
    seed : int
        Seed of all draws.
    register : Register, optional
        The pack's register, possibly with events found in documents; built if not given.
    quantities : mapping, optional
        The pack's quantities, possibly with claims found in documents; loaded if not given.
    known_at : date, optional
        Count only acts recorded by this day; by default all. Hypotheses always count.
    end : date, optional
        Day after the last; by default the pack's ``network_end``.
    ground : Ground, optional
        From :func:`~coercivity.experiments.ground.lay_ground` with the same pack; `members`,
        `seed`, `quantities` and `end` are then its own.

    Returns
    -------
    Setting

    Raises
    ------
    UsageError
        If the number of members is not positive or the run has no day.
    InputError
        If the pack's tables do not make a network.
    """
    from coercivity.controls import build_register

    if ground is None:
        ground = lay_ground(pack, members=members, seed=seed, quantities=quantities, end=end)
    register = register if register is not None else build_register(pack)
    start, days = ground.start, ground.days
    seasons = seasonal_demand(pack, ground.network, draws=ground.draws, start=start, days=days)
    return Setting(
        pack=pack,
        quantities=ground.quantities,
        draws=ground.draws,
        network=ground.network,
        register=register,
        gates=GateCache(register, ground.network, start=start, days=days, known_at=known_at),
        licences=ground.licences,
        series=ground.series,
        start=start,
        days=days,
        seed=ground.seed,
        used=ground.used,
        seasons=seasons,
    )


def plan_scenario(setting: Setting, scenario: Scenario, *, extra: Sequence[Allowance] = ()) -> Plan:
    """Make a scenario ready to run in a setting, with further licences if any."""
    freed = queue_allowances(
        scenario.queue_changes,
        load_queues(setting.pack),
        setting.draws,
        setting.draws.units,
        start=setting.start,
        days=setting.days,
    )
    return plan(
        scenario,
        setting.network,
        gates=setting.gates,
        draws=setting.draws,
        licences=setting.licences,
        series=setting.series,
        kin=kinship(setting.pack),
        extra=(*freed, *extra),
        seasons=setting.seasons,
    )


def plan_ensemble(
    pack: Pack, setting: Setting, *, scenarios: Sequence[str | Scenario] | None = None
) -> dict[str, Plan]:
    """Make scenarios ready to run: what :func:`run_ensemble` does before it simulates.

    Parameters
    ----------
    pack : Pack
    setting : Setting
        From :func:`prepare` with the same pack.
    scenarios : sequence of str or Scenario, optional
        As for :func:`run_ensemble`.

    Returns
    -------
    dict of str to Plan
        By scenario id, in the order of the pack.

    Raises
    ------
    NotFoundError, InputError
        As :func:`run_ensemble`.
    """
    chosen = _chosen(load_scenarios(pack), scenarios, pack)
    return {scenario.id: plan_scenario(setting, scenario) for scenario in chosen}


def run_ensemble(
    pack: Pack,
    *,
    members: int = 1000,
    seed: int = 1,
    scenarios: Sequence[str | Scenario] | None = None,
    setting: Setting | None = None,
    known_at: date | None = None,
    end: date | None = None,
    method: Method | None = None,
    plans: Mapping[str, Plan] | None = None,
    options: Options | None = None,
) -> Ensemble:
    """Run scenarios over the same members.

    Parameters
    ----------
    pack : Pack
    members, seed : int
        Size and seed of the ensemble; ignored if `setting` is given.
    scenarios : sequence of str or Scenario, optional
        Scenarios to run; by default all of the pack. The baseline is always among them.
    setting : Setting, optional
        From :func:`prepare`, to share draws and network with earlier runs.
    known_at, end : date, optional
        As in :func:`prepare`.
    method : Method, optional
        Parameters of the engine.
    plans : mapping of str to Plan, optional
        From :func:`plan_ensemble` in the same `setting`; `scenarios` is not looked at then.
    options : Options, optional
        Threads and progress.

    Returns
    -------
    Ensemble

    Raises
    ------
    NotFoundError
        If a scenario, quantity or instrument is unknown.
    InputError
        If a scenario does not fit the pack.
    """
    options = options or Options()
    options.progress("prepare", 0.0)
    setting = setting or prepare(pack, members=members, seed=seed, known_at=known_at, end=end)
    plans = dict(plans) if plans is not None else plan_ensemble(pack, setting, scenarios=scenarios)
    history_id = str(pack.meta.get("history_scenario") or "")
    results = _run_all(setting, plans, history=history_id, method=method, options=options)
    return Ensemble(
        setting=setting,
        results=results,
        plans=plans,
        baseline=str(pack.meta.get("baseline_scenario") or next(iter(plans))),
        history=history_id if history_id in results else None,
    )


def _chosen(
    known: tuple[Scenario, ...], wanted: Sequence[str | Scenario] | None, pack: Pack
) -> list[Scenario]:
    """Scenarios to run: the baseline first if it was not asked for."""
    if wanted is None:
        return list(known)
    chosen = [find_scenario(known, s) if isinstance(s, str) else s for s in wanted]
    baseline = str(pack.meta.get("baseline_scenario") or "")
    if baseline and baseline not in {scenario.id for scenario in chosen}:
        chosen.insert(0, find_scenario(known, baseline))
    return chosen


def _run_all(
    setting: Setting,
    plans: Mapping[str, Plan],
    *,
    history: str,
    method: Method | None,
    options: Options,
) -> dict[str, Results]:
    from coercivity.engine import Method, simulate_all

    selectors = [read_selector(row["selector"]) for row in setting.pack.table("history")]
    records = {
        is_history: plan_recording(
            setting.pack, setting.network, history=is_history, selectors=selectors
        )
        for is_history in {name == history for name in plans}
    }
    return simulate_all(
        setting.network,
        {name: planned.schedule for name, planned in plans.items()},
        method=method or Method(),
        records={name: records[name == history] for name in plans},
        options=options,
        provenance={
            name: {
                "pack": setting.pack.name,
                "scenario": name,
                "scenario_title": planned.scenario.title,
                "seed": str(setting.seed),
                "members": str(setting.draws.members),
            }
            for name, planned in plans.items()
        },
    )
