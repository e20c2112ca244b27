"""The same scenarios on this package, and how two runs are compared."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from coercivity.engine.ario import Ario, CapacityLoss, CapitalLoss, Recovery, simulate_ario
from coercivity.network.mrio import MrioTable, make_mrio, read_mrio
from coercivity.options import Options
from reference.boario.tables import RANDOM, Scenario, Table

HERE = Path(__file__).resolve().parent
NAMES = {
    "production": "production",
    "capacity": "capacity",
    "orders": "orders",
    "undelivered": "final_demand_undelivered",
    "unmet": "final_demand_unmet",
    "stock": "stock",
}
"""Variables by their names in the stored data."""

_SHAPES = {
    "linear": "linear",
    "convexe": "convex",
    "convexe noscale": "convex_unscaled",
    "concave": "concave",
}


def load_table(name: str) -> tuple[MrioTable, Table, dict[str, np.ndarray]]:
    """Return a table as this package reads it, as the scenarios do, and as the peer does."""
    if name in RANDOM:
        table = RANDOM[name]()
        own = make_mrio(table.z, table.y, x=table.x, regions=table.regions, sectors=table.sectors)
        return own, table, {"z": table.z, "y": table.y, "x": table.x, **_labels(table)}
    with np.load(HERE / "pymrio_test.npz") as stored:
        arrays = dict(stored)
    industries = pd.MultiIndex.from_arrays(arrays["industries"].T)
    io = SimpleNamespace(
        Z=pd.DataFrame(arrays["z"], index=industries, columns=industries),
        Y=pd.DataFrame(
            arrays["y"], index=industries, columns=pd.MultiIndex.from_arrays(arrays["demands"].T)
        ),
        x=pd.DataFrame({"indout": arrays["x"]}, index=industries),
    )
    own = read_mrio(io)
    table = Table(list(own.regions), list(own.sectors), own.z, own.y, own.x)
    peer = {key: arrays[key] for key in ("z", "y", "x", "demands")}
    return own, table, {**peer, **_labels(table)}


def _labels(table: Table) -> dict[str, np.ndarray]:
    return {"regions": np.array(table.regions), "sectors": np.array(table.sectors)}


def parameters(scenario: Scenario) -> Ario:
    """Translate the peer's parameters."""
    names = {
        "main_inv_dur": "cover",
        "psi_param": "psi",
        "inventory_restoration_tau": "restoration",
        "alpha_tau": "overproduction_days",
        "alpha_max": "overproduction_max",
        "infinite_inventories_sect": "endless",
    }
    return Ario(
        order_type=scenario.order_type,
        **{names[key]: value for key, value in scenario.model.items()},
    )


def event(of: dict[str, Any]) -> CapacityLoss | CapitalLoss:
    """Translate an event."""
    sizes = {tuple(pair): size for pair, size in of["impact"]}
    recovery = Recovery(_SHAPES[of["shape"]], of["tau"])
    make = CapacityLoss if of["kind"] == "arbitrary" else CapitalLoss
    return make(sizes, day=of["day"], duration=of["duration"], recovery=recovery)


def run(
    table: MrioTable, scenario: Scenario, *, with_stocks: bool = True, threads: int = 1
) -> dict[str, np.ndarray]:
    """Simulate a scenario; arrays by the names of the stored data, industries flat."""
    results = simulate_ario(
        table,
        [event(each) for each in scenario.events],
        start=date(2025, 1, 1),
        days=scenario.days,
        parameters=parameters(scenario),
        stocks="all" if with_stocks else "none",
        options=Options(threads=threads),
    )
    found = {
        name: results[of].to_numpy() for name, of in NAMES.items() if of in results.data.data_vars
    }
    found["unmet"] = found["unmet"].reshape(scenario.days, -1)
    return found


def scales(table: MrioTable) -> dict[str, np.ndarray]:
    """Size of each variable in the undisturbed table, below which a difference is absolute.

    Unmet demand is a difference that is zero on most days; its size is that of the demand.
    """
    s, r = table.n_sectors, table.n_regions
    x, final = table.x / 365.0, table.y / 365.0
    demanded = final.reshape(r, s, r).sum(axis=0).T.reshape(-1)
    return {
        "production": x,
        "capacity": x,
        "orders": table.z.sum(axis=1) / 365.0,
        "undelivered": final.sum(axis=1),
        "unmet": demanded,
        "stock": table.pooled_inputs() / 365.0,
    }


def differences(
    ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], table: MrioTable
) -> dict[str, float]:
    """Largest relative difference of each variable over all steps."""
    found = {}
    for name, scale in scales(table).items():
        if name in ours and name in theirs and theirs[name].size:
            a, b = ours[name], theirs[name]
            with np.errstate(invalid="ignore"):
                gap = np.where(a == b, 0.0, np.abs(a - b))  # infinite stocks are equal
            size = np.maximum(np.abs(b), scale)
            relative = np.divide(gap, size, out=np.zeros_like(gap), where=size > 0.0)
            found[name] = float(np.where(size > 0.0, relative, gap).max())
    return found
