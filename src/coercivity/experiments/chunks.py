"""Run one chunk of a study: from its draws to one dataset per scenario."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from coercivity.errors import InputError
from coercivity.experiments.caps import read_series
from coercivity.experiments.ensemble import plan_scenario, prepare, run_ensemble
from coercivity.experiments.gates import GateCache
from coercivity.experiments.ground import Ground
from coercivity.experiments.holding import hold
from coercivity.experiments.scenarios import find_scenario, load_scenarios
from coercivity.experiments.study import pack_digest
from coercivity.options import Options

if TYPE_CHECKING:
    import xarray as xr

    from coercivity.catalogue import Pack
    from coercivity.claims.quantities import PackQuantity
    from coercivity.experiments.dealing import Part
    from coercivity.experiments.study import Study

__all__ = ["ChunkRunner", "run_part"]


@dataclass(eq=False)
class ChunkRunner:
    """Runs chunks of one study in one process; what no chunk changes is made once.

    Parameters
    ----------
    study : Study
    pack : Pack
        The pack that the study names.

    Attributes
    ----------
    seconds : dict of str to float, s
        Time spent so far in ``lay_out`` and ``simulate``, added up over threads.
    """

    study: Study
    pack: Pack
    seconds: dict[str, float] = field(default_factory=lambda: {"lay_out": 0.0, "simulate": 0.0})
    _gates: GateCache | None = field(default=None, repr=False)
    _first: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        from coercivity.claims.quantities import load_quantities
        from coercivity.controls import build_register
        from coercivity.licences import load_licences

        self.quantities: dict[str, PackQuantity] = hold(
            load_quantities(self.pack), dict(self.study.held)
        )
        self._register = build_register(self.pack)
        self._licences = load_licences(self.pack)
        self._series = read_series(self.pack)
        known = load_scenarios(self.pack)
        self._scenarios = [find_scenario(known, name) for name in self.study.scenarios]

    def run(self, part: Part, *, options: Options | None = None) -> dict[str, xr.Dataset]:
        """Simulate every scenario of the study for the members of a part.

        Parameters
        ----------
        part : Part
        options : Options, optional
            Threads; progress is reported by whoever hands out the parts.

        Returns
        -------
        dict of str to xarray.Dataset
            By scenario id. A member's numbers do not depend on the machine's number of threads.

        Raises
        ------
        InputError
            If the pack does not make a network or a scenario does not fit it.
        """
        began = perf_counter()
        setting = self._setting(part)
        with self._first:
            # The first chunk finds the gates, which are the same in every chunk.
            if self._gates is not None:
                setting = replace(setting, gates=replace(self._gates, network=setting.network))
            plans = {s.id: plan_scenario(setting, s) for s in self._scenarios}
            self._gates = self._gates or setting.gates
        laid_out = perf_counter()
        ensemble = run_ensemble(
            self.pack,
            setting=setting,
            plans=plans,
            method=self.study.method,
            options=options or Options(threads=1),
        )
        with self._first:
            self.seconds["lay_out"] += laid_out - began
            self.seconds["simulate"] += perf_counter() - laid_out
        return {name: results.data for name, results in ensemble.results.items()}

    def _setting(self, part: Part) -> Any:
        """Network, licences and draws of the members of a part."""
        from coercivity.licences import licence_groups
        from coercivity.network import build_network

        study, draws = self.study, part.draws
        network = build_network(self.pack, draws)
        room = licence_groups(self._licences, draws, start=study.start, days=study.days)
        ground = Ground(
            quantities=self.quantities,
            draws=draws,
            network=network,
            licences=tuple(room),
            series=self._series,
            start=study.start,
            days=study.days,
            seed=study.seed,
        )
        return prepare(self.pack, ground=ground, register=self._register, known_at=study.known_at)


_runners: dict[Study, ChunkRunner] = {}
_opening = threading.Lock()


def run_part(study: Study, part: Part) -> dict[str, xr.Dataset]:
    """Run a chunk in a process that knows nothing yet, such as a worker of a cluster.

    Parameters
    ----------
    study : Study
        Names the pack by its name or path on this machine.
    part : Part

    Returns
    -------
    dict of str to xarray.Dataset
        As :meth:`ChunkRunner.run`.

    Raises
    ------
    NotFoundError
        If the pack is not on this machine.
    InputError
        If it is not the same pack.
    """
    with _opening:
        if study not in _runners:
            _runners.clear()
            _runners[study] = open_runner(study)
        runner = _runners[study]
    return runner.run(part)


def open_runner(study: Study) -> ChunkRunner:
    """Open the pack of a study on this machine and check that it is the same."""
    from coercivity.catalogue import open_pack

    pack = open_pack(study.pack)
    if pack_digest(pack) != study.pack_sha256:
        raise InputError(
            "the pack on this machine differs from that of the study",
            where=str(pack.root),
            expected=f"files with the sha256 {study.pack_sha256}",
            hint="install the same version, or copy the pack to the same place on every machine",
        )
    return ChunkRunner(study, pack)
