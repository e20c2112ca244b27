"""The kinds of jobs that simulate: scenarios of a pack, one licence, a firm's own chain."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from coercivity.desk import packs
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.runs.kinds import Kind, Values, Work, add_kind

__all__ = ["EXPOSURE", "LICENCE_EFFECT", "SCENARIOS", "add_kinds", "results_file"]

SCENARIOS: Final = "scenarios"
LICENCE_EFFECT: Final = "licence_effect"
EXPOSURE: Final = "exposure"

_CHUNKS: Final = 8
_LEAST_CHUNK: Final = 16
_SIMULATED: Final = 0.9
"""Part of the progress bar that simulation takes; tables and files take the rest."""


def add_kinds() -> None:
    """Make the kinds known."""
    add_kind(
        Kind(
            SCENARIOS,
            "Scenarios",
            Permission.RUN,
            identity=_identity,
            run=run_scenarios,
            template="explorer/result_link.html",
        )
    )
    add_kind(
        Kind(
            LICENCE_EFFECT,
            "What a licence changes",
            Permission.RUN,
            identity=_identity,
            run=run_licence_effect,
            template="runs/licence_effect.html",
        )
    )
    add_kind(
        Kind(
            EXPOSURE,
            "Exposure",
            Permission.SEE_EXPOSURE,
            identity=_identity,
            run=run_exposure,
            template="runs/exposure_result.html",
            present=_present_exposure,
        )
    )


def _identity(parameters: Values) -> Values:
    """Return the parameters with the digest of the pack's files."""
    from coercivity.experiments.study import pack_digest

    return {**parameters, "pack_sha256": pack_digest(packs.opened(str(parameters["pack"])))}


def results_file(folder: Path, scenario: str) -> Path:
    """Return the netCDF file of a scenario's results in a job's folder."""
    return folder / f"{scenario}.nc"


def run_scenarios(parameters: Values, work: Work) -> dict[str, Any]:
    """Run scenarios over many members in chunks; what is finished is not run again.

    Parameters
    ----------
    parameters : mapping
        ``pack, scenarios, members, seed, held``.
    work : Work

    Returns
    -------
    dict
        Tables, assumptions and what was run.
    """
    from coercivity.experiments.outcomes import outcome_tables, plain_columns, reference_scenario
    from coercivity.experiments.reopening import reopen
    from coercivity.experiments.streaming import run_streamed
    from coercivity.options import Options
    from coercivity.results.store import save_results

    pack, members = packs.opened(parameters["pack"]), int(parameters["members"])
    tell = work.options.progress

    def progress(stage: str, share: float) -> None:
        tell(stage, _SIMULATED * share)

    progress("draw", 0.0)
    done = run_streamed(
        pack,
        work.folder / "store",
        members=members,
        seed=int(parameters["seed"]),
        scenarios=list(parameters["scenarios"]),
        chunk=max(_LEAST_CHUNK, -(-members // _CHUNKS)),
        held=parameters["held"],
        resume=True,
        options=Options(progress=progress, threads=work.options.threads),
    )
    tell("compare", _SIMULATED)
    ensemble = reopen(pack, done.store, done.study)
    tables = {name: plain_columns(table) for name, table in outcome_tables(ensemble).items()}
    for number, (name, results) in enumerate(ensemble.results.items()):
        tell("write files", _SIMULATED + 0.1 * number / len(ensemble.results))
        save_results(results, results_file(work.folder, name))
    shutil.rmtree(done.store)
    return {
        "pack": pack.name,
        "pack_title": pack.title,
        "baseline": ensemble.baseline,
        "reference": reference_scenario(ensemble),
        "scenarios": {s.id: {"title": s.title, "sentence": s.sentence} for s in ensemble.scenarios},
        "assumptions": {name: list(rows) for name, rows in ensemble.assumptions().items()},
        "used": sorted(ensemble.used(reference_scenario(ensemble))),
        "held": dict(done.study.held),
        "start": done.study.start.isoformat(),
        "end": done.study.end.isoformat(),
        "members": members,
        "seed": done.study.seed,
        "tables": tables,
    }


def run_licence_effect(parameters: Values, work: Work) -> dict[str, Any]:
    """Run a pack with and without a licence.

    Parameters
    ----------
    parameters : mapping
        ``pack, scenario, members, seed, holders, items, origin, destination, valid_from,
        valid_to``.
    work : Work

    Returns
    -------
    dict
        Tables, assumptions and what was run.
    """
    from coercivity.experiments.licence_effect import (
        AskedLicence,
        LicensedItem,
        effect_of_licence,
        effect_tables,
    )
    from coercivity.experiments.outcomes import plain_columns

    work.options.progress("prepare", 0.0)
    ends = parameters["valid_to"]
    licence = AskedLicence(
        holders=tuple(parameters["holders"]),
        items=tuple(
            LicensedItem(row["item"], float(row["quantity"]), row["unit"])
            for row in parameters["items"]
        ),
        origin=parameters["origin"],
        destination=parameters["destination"],
        valid_from=date.fromisoformat(parameters["valid_from"]),
        valid_to=date.fromisoformat(ends) if ends else None,
    )
    effect = effect_of_licence(
        packs.opened(parameters["pack"]),
        licence,
        scenario=parameters["scenario"],
        members=int(parameters["members"]),
        seed=int(parameters["seed"]),
        options=work.options,
    )
    return {
        "scenario": {"id": effect.scenario, "title": effect.title},
        "assumptions": list(effect.assumptions),
        "members": effect.members,
        "seed": effect.seed,
        "start": effect.start.isoformat(),
        "end": effect.end.isoformat(),
        "tables": {name: plain_columns(table) for name, table in effect_tables(effect).items()},
    }


def run_exposure(parameters: Values, work: Work) -> dict[str, Any]:
    """Simulate a firm's own chain under scenarios.

    Parameters
    ----------
    parameters : mapping
        ``pack, owner, tables, country, end_use, counted_on, party, scenarios, licence, days,
        members, seed``; the owner is among them so that no other firm meets the result.
    work : Work

    Returns
    -------
    dict
        Tables, assumptions and what was run.
    """
    from coercivity.experiments.exposure import Firm, LicenceOffer, expose
    from coercivity.experiments.outcomes import plain_columns
    from coercivity.experiments.own_chain import chain_of

    work.options.progress("prepare", 0.0)
    offer = parameters["licence"]
    found = expose(
        packs.opened(parameters["pack"]),
        chain_of(parameters["tables"]),
        Firm(
            country=parameters["country"],
            end_use=parameters["end_use"],
            counted_on=date.fromisoformat(parameters["counted_on"]),
            party=parameters["party"],
        ),
        scenarios=list(parameters["scenarios"]),
        licence=LicenceOffer(
            offer["item"],
            float(offer["quantity"]),
            offer["unit"],
            date.fromisoformat(offer["on"]),
        )
        if offer
        else None,
        days=int(parameters["days"]),
        members=int(parameters["members"]),
        seed=int(parameters["seed"]),
        options=work.options,
    )
    tables = {"cover": found.cover, "stops": found.stops, "bands": found.bands}
    tables["licence"] = found.licence
    return {
        "assumptions": list(found.assumptions),
        "members": found.members,
        "seed": found.seed,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "tables": {name: plain_columns(table) for name, table in tables.items()},
    }


def _present_exposure(_parameters: Values, content: Values) -> Values:
    return {"rows_of": {name: rows_of(table) for name, table in content["tables"].items()}}


def rows_of(table: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Return a table kept by columns as a list of rows."""
    names = list(table)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(table[name] for name in names), strict=True)
    ]
