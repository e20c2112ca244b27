"""Run the scenarios and turn the results into what the sections say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from coercivity.brief.dossier import Evidence, Findings
from coercivity.brief.drawing import draw_figures
from coercivity.brief.phrases import Phrases
from coercivity.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.experiments import Comparison, Ensemble, HistoryCheck, Ranking
    from coercivity.options import Options

#: A difference below this share of what is built is rounding, not a change.
_ROUNDING = 1e-9


def simulate_scenarios(
    evidence: Evidence, phrases: Phrases, *, members: int, seed: int, options: Options
) -> Findings:
    """Run every scenario of the pack and compare them.

    Parameters
    ----------
    evidence : Evidence
        The register and the quantities to run on.
    phrases : Phrases
        Which scenario the answer speaks of.
    members, seed : int
        Size and seed of the ensemble.
    options : Options
        Progress and threads.

    Returns
    -------
    Findings
        Tables and pictures.
    """
    from coercivity.experiments import compare, prepare, run_ensemble

    setting = prepare(
        evidence.pack,
        members=members,
        seed=seed,
        register=evidence.register,
        quantities=evidence.quantities,
    )
    ensemble = run_ensemble(evidence.pack, setting=setting, options=options)
    options.progress("compare", 0.0)
    moves = tuple(
        name for name in ensemble.results if name not in (phrases.reference, ensemble.history)
    )
    against_reference = compare(ensemble, moves, baseline=phrases.reference)
    notes: list[str] = []
    findings = Findings(
        ensemble=ensemble,
        reference=phrases.reference,
        moves_from_reference=moves,
        start=setting.start,
        end=setting.start + timedelta(days=setting.days - 1),
        against_baseline=compare(ensemble),
        against_reference=against_reference,
        better=_better(ensemble, against_reference, phrases.reference),
        worth=_worth(ensemble, phrases.reference, evidence, options),
        ranking=_ranking(ensemble, evidence, phrases, notes),
        history=_history(ensemble, evidence),
        tables=_tables(ensemble, evidence, phrases.reference),
        notes=tuple(notes),
    )
    options.progress("draw figures", 0.9)
    return draw_figures(evidence, findings, phrases)


def _better(
    ensemble: Ensemble, comparison: Comparison, reference: str
) -> dict[tuple[str, str], tuple[float, float]]:
    """Shares of paired members in which more, and in which less, is built."""
    from coercivity.experiments import lost_output

    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row in comparison.lost.to_dict("records"):
        scenario, sector = str(row["scenario_id"]), str(row["sector_id"])
        lost = lost_output(
            ensemble, scenario, sector=None if sector == "vehicles" else sector, baseline=reference
        )
        level = _ROUNDING * max(float(np.abs(lost).max()), 1.0)
        found[(scenario, sector)] = (float((lost < -level).mean()), float((lost > level).mean()))
    return found


def _worth(
    ensemble: Ensemble, reference: str, evidence: Evidence, options: Options
) -> pd.DataFrame | None:
    from coercivity.experiments import worth_of_tonne

    try:
        return worth_of_tonne(ensemble, reference, on=evidence.as_of, options=options)
    except NotFoundError:
        return None


def _ranking(
    ensemble: Ensemble, evidence: Evidence, phrases: Phrases, notes: list[str]
) -> Ranking | None:
    from coercivity.experiments import lost_output, rank_quantities

    sector = None if phrases.total == "vehicles" else phrases.total
    try:
        lost = lost_output(ensemble, phrases.reference, sector=sector)
        return rank_quantities(
            ensemble.draws,
            lost,
            quantities=evidence.quantities,
            name=f"{phrases.built} not built",
            among=ensemble.used(phrases.reference),
            seed=ensemble.setting.seed,
        )
    except UsageError as reason:
        notes.append(f"{reason.problem.what[:1].upper()}{reason.problem.what[1:]}.")
        return None


def _history(ensemble: Ensemble, evidence: Evidence) -> HistoryCheck | None:
    from coercivity.experiments import against_history

    if ensemble.history is None or not evidence.pack.table("history"):
        return None
    return against_history(ensemble[ensemble.history], evidence.pack)


def _tables(ensemble: Ensemble, evidence: Evidence, reference: str) -> Mapping[str, pd.DataFrame]:
    """Licensed quantities of the importers of the country in focus."""
    from coercivity.experiments import licence_ledger

    focus = evidence.pack.meta.get("focus") or {}
    ledger = licence_ledger(ensemble, reference)
    if not len(ledger):
        return {}
    parties = evidence.pack.parties
    own = [
        name in parties and parties[name].country == focus.get("country")
        for name in ledger["importer"]
    ]
    ledger = ledger[own]
    if not len(ledger):
        return {}
    order = ["granted_p50", "importer_name", "item_name"]
    ledger = ledger.sort_values(order, ascending=[False, True, True], kind="stable")
    return {
        "licences": ledger.reset_index(drop=True),
        "licensed_total": _licensed_total(ensemble, reference, set(ledger["importer"])),
    }


def _licensed_total(ensemble: Ensemble, reference: str, importers: set[str]) -> pd.DataFrame:
    """Licensed quantity that departed to some importers, added up member by member."""
    import pandas as pd

    from coercivity.experiments.statistics import band

    room = ensemble.plans[reference].room
    rows = [place for place, name in enumerate(room.importers) if name in importers]
    drawn = ensemble[reference]["licence_drawn"].to_numpy()[rows].sum(axis=0)
    levels = {name: float(value) for name, value in band(drawn).items()}
    return pd.DataFrame([{**levels, "unit": room.units[rows[0]]}])
