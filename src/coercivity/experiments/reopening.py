"""Open a store of chunks as an ensemble again, so that everything that reads one can read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.claims.quantities import load_quantities
from coercivity.experiments.ensemble import Ensemble, plan_ensemble, prepare
from coercivity.experiments.holding import hold
from coercivity.results.chunked import open_chunked
from coercivity.results.model import Results
from coercivity.results.variables import load_variables

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.experiments.study import Study

__all__ = ["reopen"]


def reopen(pack: Pack, folder: str | Path, study: Study) -> Ensemble:
    """Return the ensemble that a finished store holds.

    Draws, network and plans are made anew, which is cheap beside the runs; the results come from
    the store and are read into memory.

    Parameters
    ----------
    pack : Pack
        The pack that the study names.
    folder : str or Path
        Store of :func:`~coercivity.experiments.streaming.run_streamed`.
    study : Study
        What was run.

    Returns
    -------
    Ensemble
        As from :func:`~coercivity.experiments.ensemble.run_ensemble`; its results do not explain
        themselves.

    Raises
    ------
    NotFoundError
        If the store lacks a scenario of the study.
    """
    setting = prepare(
        pack,
        members=study.members,
        seed=study.seed,
        quantities=hold(load_quantities(pack), dict(study.held)),
        known_at=study.known_at,
        end=study.end,
    )
    plans = plan_ensemble(pack, setting, scenarios=study.scenarios)
    results = {name: _labelled(open_chunked(folder, name)) for name in plans}
    history = str(pack.meta.get("history_scenario") or "")
    return Ensemble(
        setting=setting,
        results=results,
        plans=plans,
        baseline=str(pack.meta.get("baseline_scenario") or next(iter(plans))),
        history=history if history in results else None,
    )


def _labelled(stored: Results) -> Results:
    """Load results; what a store keeps beside the variables, such as units, labels them again."""
    data = stored.data.load()
    labels = [str(name) for name in data.data_vars if name not in load_variables()]
    return Results(data.set_coords(labels))
