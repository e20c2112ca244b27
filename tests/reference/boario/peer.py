"""Run BoARIO step by step on a table and keep what it computes; run by the peer's own Python.

Usage: python peer.py JOB.npz OUT.npz [--test-table TABLE.npz]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from typing import Any

import numpy as np


def test_table(path: str) -> None:
    """Write pymrio's test table as arrays."""
    import pymrio

    io = pymrio.load_test()
    io.calc_all()
    np.savez_compressed(
        path,
        z=io.Z.to_numpy(),
        y=io.Y.to_numpy(),
        x=io.x.to_numpy()[:, 0],
        industries=np.array([list(pair) for pair in io.Z.index]),
        demands=np.array([list(pair) for pair in io.Y.columns]),
    )


def system(job: Any) -> Any:
    """Make a pymrio system of the job's arrays."""
    import pandas as pd
    import pymrio

    industries = pd.MultiIndex.from_product(
        [job["regions"].tolist(), job["sectors"].tolist()], names=["region", "sector"]
    )
    if "demands" in job:
        pairs = [tuple(pair) for pair in job["demands"].tolist()]
        demands = pd.MultiIndex.from_tuples(pairs, names=["region", "category"])
    else:
        demands = pd.MultiIndex.from_product(
            [job["regions"].tolist(), ["final demand"]], names=["region", "category"]
        )
    io = pymrio.IOSystem()
    io.Z = pd.DataFrame(job["z"], index=industries, columns=industries)
    io.Y = pd.DataFrame(job["y"], index=industries, columns=demands)
    io.x = pd.DataFrame({"indout": job["x"]}, index=industries)
    io.A = pymrio.calc_A(io.Z, io.x)
    return io


def simulation(job: Any, settings: dict[str, Any]) -> Any:
    """Set up BoARIO's simulation."""
    import pandas as pd
    from boario.event import from_series
    from boario.extended_models import ARIOPsiModel
    from boario.simulation import Simulation

    model = ARIOPsiModel(system(job), order_type=settings["order_type"], **settings["model"])
    sim = Simulation(
        model,
        n_temporal_units_to_sim=settings["horizon"],
        boario_output_dir=tempfile.mkdtemp(prefix="boario"),
    )
    for event in settings["events"]:
        impact = pd.Series({tuple(pair): size for pair, size in event["impact"]})
        more = {"event_monetary_factor": 10**6} if event["kind"] == "recovery" else {}
        sim.add_event(
            from_series(
                impact, event_type=event["kind"], occurrence=event["day"],
                duration=event["duration"], recovery_tau=event["tau"],
                recovery_function=event["shape"], **more,
            )
        )  # fmt: skip
    return sim


def order(own: Any, wanted: Any) -> np.ndarray:
    """Positions in BoARIO's sorted labels, in the order of the job."""
    at = {label: i for i, label in enumerate(own)}
    return np.array([at[label] for label in wanted])


def run(sim: Any, job: Any, *, days: int, with_stocks: bool) -> dict[str, np.ndarray]:
    """Take the steps; arrays come back in the order of the job's labels."""
    model = sim.model
    regions = order(model.regions, job["regions"].tolist())
    sectors = order(model.sectors, job["sectors"].tolist())
    rows = (regions[:, None] * len(sectors) + sectors).ravel()
    series: dict[str, list[np.ndarray]] = {
        name: [] for name in ("production", "capacity", "orders", "undelivered", "unmet", "stock")
    }
    seconds = []
    for _ in range(days):
        stock = model.inputs_stock.copy() if with_stocks else None
        orders = model.intermediate_demand_tot[rows].copy()
        begin = time.perf_counter()
        # The peer looks at its state every 182 steps to say so in a log; that is not timed.
        if sim.next_step(check_period=10**9) != 0:
            raise RuntimeError("BoARIO stopped")
        seconds.append(time.perf_counter() - begin)
        if stock is not None:
            series["stock"].append(stock[sectors][:, rows])
        series["orders"].append(orders)
        series["production"].append(model.production[rows].copy())
        series["capacity"].append(model.production_cap[rows].copy())
        series["undelivered"].append(model.final_demand_not_distributed[rows].copy())
        series["unmet"].append(model.final_demand_not_met[rows].copy())
    kept = {name: np.array(values) for name, values in series.items() if values}
    return {**kept, "seconds": np.array(seconds)}


def main() -> None:
    warnings.simplefilter("ignore")
    if "--test-table" in sys.argv:
        test_table(sys.argv[-1])
        return
    import logging

    logging.disable(logging.CRITICAL)
    job = np.load(sys.argv[1])
    settings = json.loads(str(job["settings"]))
    begin = time.perf_counter()
    sim = simulation(job, settings)
    setup = time.perf_counter() - begin
    kept = run(sim, job, days=settings["days"], with_stocks=settings["with_stocks"])
    np.savez(sys.argv[2], setup_seconds=setup, **kept)


if __name__ == "__main__":
    main()
