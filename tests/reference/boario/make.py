"""Run BoARIO on every scenario and store what the tests compare with.

Usage, from the root of a checkout: PYTHONPATH=tests python -m reference.boario.make

Whole series of 16 scenarios would be 150 MB.  Stored are, of each variable: on *every* day two
sums over all industries with random weights of either sign, each term divided by its size in the
undisturbed table; on some days all numbers; of pymrio's table the production of every day.  A sum
moves by at least half of what any one number moves, so that sums equal to 1e-9 leave numbers
equal to about that, and two sums leave no room for differences that cancel.
"""

from __future__ import annotations

import subprocess
from typing import Any

import numpy as np

from reference.boario import environment, ours, tables

TABLES = ("pymrio_test", "random_10x20", "random_20x40", "zeros_5x6")
WHOLE_DAYS = (0, 6, 7, 40, 120, 364)
STOCK_DAYS = (40, 364)
MOST_STOCKS = 2000
N_SUMS = 2
VARIABLES = ("production", "capacity", "orders", "undelivered", "unmet", "stock")


def weights(name: str, size: int) -> np.ndarray:
    """Weights between 0.5 and 1.5 of either sign, the same for every scenario."""
    bits = np.random.PCG64(100 + VARIABLES.index(name))
    drawn = tables.uniform(bits, 2, N_SUMS, size)
    return (0.5 + drawn[0]) * np.where(drawn[1] < 0.5, -1.0, 1.0)


def sums(name: str, values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Weighted sums of every day: float64[day, sum]; infinite stocks count as zero."""
    flat, size = values.reshape(len(values), -1), scale.reshape(-1)
    relative = np.where(np.isfinite(flat), flat, 0.0) / np.where(size > 0.0, size, 1.0)
    return relative @ weights(name, size.size).T


def stock_step(n_stocks: int, n_industries: int) -> int:
    """Every how many industries stocks are stored."""
    return max(1, min(n_industries, -(-n_stocks // MOST_STOCKS)))


def condense(series: dict[str, np.ndarray], scale: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return what is stored of a run."""
    stored: dict[str, Any] = {}
    for name in VARIABLES:
        stored[f"{name}.sums"] = sums(name, series[name], scale[name])
        if name != "stock":
            stored[f"{name}.days"] = series[name][list(WHOLE_DAYS)]
    stock = series["stock"]
    step = stock_step(stock[0].size, stock.shape[2])
    stored["stock.days"] = stock[list(STOCK_DAYS)][:, :, ::step]
    return stored


def main() -> None:
    path = environment.HERE / "pymrio_test.npz"
    peer = str(environment.peer_python())
    script = str(environment.HERE / "peer.py")
    subprocess.run([peer, script, "--test-table", str(path)], check=True)
    for name in TABLES:
        own, table, arrays = ours.load_table(name)
        scale, stored = ours.scales(own), dict[str, np.ndarray]()
        for scenario in tables.scenarios(table, name):
            settings = {
                "order_type": scenario.order_type, "events": scenario.events,
                "model": scenario.model, "days": scenario.days,
            }  # fmt: skip
            series = environment.run_peer(arrays, settings)
            kept = condense(series, scale)
            if name == "pymrio_test":
                kept["production.all"] = series["production"]
            stored |= {f"{scenario.name}.{key}": value for key, value in kept.items()}
        np.savez_compressed(environment.HERE / f"{name}.reference.npz", **stored)
        print(name, "stored")


if __name__ == "__main__":
    main()
