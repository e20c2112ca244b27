"""Run the scenarios and turn the results into what the sections say."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from coercivity.brief.background import give_way
from coercivity.brief.dossier import Evidence, Findings
from coercivity.brief.drawing import draw_figures
from coercivity.brief.phrases import Phrases
from coercivity.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack
    from coercivity.claims.quantities import PackQuantity
    from coercivity.engine.method import Method, Precision
    from coercivity.experiments import Comparison, Ensemble, HistoryCheck, Ranking
    from coercivity.experiments.ground import Ground
    from coercivity.options import Options
    from coercivity.results import Results

#: Numbers of 32 bits: a brief shows two digits, see docs/decisions/0005.
_PRECISION: Precision = "single"

#: A difference below this share of what is made is rounding, not a change.
_ROUNDING = 1e-6

#: dask is imported by xarray with the first labelled array, where it is installed.
_USED_LATER: Final = (
    *("coercivity.experiments", "coercivity.experiments.ensemble"),
    *("dask.array", "netCDF4", "jinja2", "coercivity.figures", "coercivity.brief.composing"),
)


def lay_ground(
    pack: Pack, *, members: int, seed: int, quantities: Mapping[str, PackQuantity]
) -> Ground:
    """Draw the quantities and build the network while the documents are being read.

    Parameters
    ----------
    pack : Pack
    members, seed : int
        Size and seed of the ensemble.
    quantities : mapping of str to PackQuantity
        The pack's quantities.

    Returns
    -------
    Ground
        For :func:`simulate_scenarios`.
    """
    # The engine is imported here for the same reason: it takes a third of a second.
    importlib.import_module("coercivity.engine.branching")
    from coercivity.experiments.ground import lay_ground as lay

    return lay(pack, members=members, seed=seed, quantities=quantities)


def simulate_scenarios(
    evidence: Evidence,
    phrases: Phrases,
    *,
    ground: Ground,
    options: Options,
    on_results: Callable[[Mapping[str, Results]], None] | None = None,
) -> Findings:
    """Run every scenario of the pack and compare them.

    Parameters
    ----------
    evidence : Evidence
        The register and the quantities to run on.
    phrases : Phrases
        Which scenario the answer speaks of.
    ground : Ground
        Draws and network, from the same pack and quantities.
    options : Options
        Progress and threads.
    on_results : callable, optional
        Called with the results by scenario as soon as they are there, for instance to begin
        writing them.

    Returns
    -------
    Findings
        Tables and pictures.
    """
    from coercivity.engine import Method
    from coercivity.experiments import compare, prepare, run_ensemble
    from coercivity.experiments.ensemble import plan_ensemble

    method = Method(precision=_PRECISION)
    setting = prepare(evidence.pack, register=evidence.register, ground=ground)
    plans = plan_ensemble(evidence.pack, setting)
    with _ready_to_draw(options) as watched:
        ensemble = run_ensemble(
            evidence.pack, setting=setting, plans=plans, method=method, options=watched
        )
    if on_results is not None:
        on_results(ensemble.results)
    options.progress("compare", 0.0)
    moves = tuple(
        name for name in ensemble.results if name not in (phrases.reference, ensemble.history)
    )
    notes: list[str] = []
    # The kernels need no interpreter: what a tonne is worth is simulated beside the comparisons
    # and the drawing, and no picture shows it.
    with ThreadPoolExecutor(1, "worth", initializer=give_way) as thread:
        worth = thread.submit(_worth, ensemble, phrases.reference, evidence, method, options)
        against_reference = compare(ensemble, moves, baseline=phrases.reference)
        findings = Findings(
            ensemble=ensemble,
            reference=phrases.reference,
            moves_from_reference=moves,
            start=setting.start,
            end=setting.start + timedelta(days=setting.days - 1),
            against_baseline=compare(ensemble),
            against_reference=against_reference,
            better=_better(ensemble, against_reference, phrases),
            worth=None,
            ranking=_ranking(ensemble, evidence, phrases, notes),
            history=_history(ensemble, evidence),
            tables=_tables(ensemble, evidence, phrases.reference),
            notes=tuple(notes),
        )
        options.progress("draw figures", 0.9)
        return replace(draw_figures(evidence, findings, phrases), worth=worth.result())


@contextmanager
def _ready_to_draw(options: Options) -> Iterator[Options]:
    """Start what draws and writes while a block runs that leaves the interpreter alone.

    It starts when the first members have been simulated: before that the interpreter is needed to
    lay out the runs, from then on the simulation's own threads need none. Whatever fails here
    fails again, and is then reported, where it is used.
    """
    if options.n_threads < 2:
        yield options
        return
    begun: list[Future[None]] = []
    with ThreadPoolExecutor(1, thread_name_prefix="ready-to-draw") as thread:

        def progress(step: str, share: float) -> None:
            if step == "simulate" and not begun:
                begun.append(thread.submit(import_while, lambda: True))
            options.progress(step, share)

        yield replace(options, progress=progress)


def import_while(is_waiting: Callable[[], bool]) -> None:
    """Start and import what is used later, one by one, as long as there is nothing better to do.

    The renderer comes first: while it starts it lets no other Python code run, and a simulation
    would have to wait for it.

    Parameters
    ----------
    is_waiting : callable
        Asked before the renderer and before each module.
    """
    if is_waiting():
        with suppress(Exception):  # it fails again, and is then reported, where it is used
            _start_renderer()
    for name in _USED_LATER:
        if not is_waiting():
            return
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)


def _start_renderer() -> None:
    """Draw a picture of nothing: the first one takes longer to begin with than to draw."""
    importlib.import_module("vl_convert").vegalite_to_svg({"mark": "point", "data": {"values": []}})


def _better(
    ensemble: Ensemble, comparison: Comparison, phrases: Phrases
) -> dict[tuple[str, str], tuple[float, float]]:
    """Shares of paired members in which more, and in which less, is made."""
    from coercivity.experiments import lost_output
    from coercivity.experiments.comparison import built_output

    found: dict[tuple[str, str], tuple[float, float]] = {}
    reference = phrases.reference
    for row in comparison.lost.to_dict("records"):
        scenario, sector = str(row["scenario_id"]), str(row["sector_id"])
        whole = None if phrases.is_summed and sector == phrases.total else sector
        lost = lost_output(ensemble, scenario, sector=whole, baseline=reference)
        level = _ROUNDING * built_output(ensemble, reference, sector=whole)
        found[(scenario, sector)] = (float((lost < -level).mean()), float((lost > level).mean()))
    return found


def _worth(
    ensemble: Ensemble, reference: str, evidence: Evidence, method: Method, options: Options
) -> pd.DataFrame | None:
    from coercivity.experiments import worth_of_tonne

    try:
        return worth_of_tonne(
            ensemble, reference, on=evidence.as_of, method=method, options=options
        )
    except NotFoundError:
        return None


def _ranking(
    ensemble: Ensemble, evidence: Evidence, phrases: Phrases, notes: list[str]
) -> Ranking | None:
    from coercivity.experiments import lost_output, rank_quantities

    sector = None if phrases.is_summed else phrases.total
    try:
        lost = lost_output(ensemble, phrases.reference, sector=sector)
        return rank_quantities(
            ensemble.draws,
            lost,
            quantities=evidence.quantities,
            name=f"{phrases.built} not {phrases.done}",
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
