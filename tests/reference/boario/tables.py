"""Tables and scenarios that this package and BoARIO are both run on; needs numpy alone.

Random numbers are raw words of PCG64, whose stream numpy guarantees, so that the tables are the
same in any environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Table:
    """A table in order of region, sector; ``y`` by consuming region."""

    regions: list[str]
    sectors: list[str]
    z: np.ndarray
    y: np.ndarray
    x: np.ndarray


def uniform(bits: np.random.PCG64, *shape: int) -> np.ndarray:
    """Return uniform numbers in [0, 1)."""
    return ((bits.random_raw(int(np.prod(shape))) >> np.uint64(11)) * 2.0**-53).reshape(shape)


def random_table(n_regions: int, n_sectors: int, *, seed: int, zeros: bool = False) -> Table:
    """Make a table with heavy-tailed flows; with `zeros`, some rows and columns are empty."""
    bits, n = np.random.PCG64(seed), n_regions * n_sectors
    z = uniform(bits, n, n)
    np.power(z, 6, out=z)
    z *= 1e3
    blocks = z.reshape(n_regions, n_sectors, n_regions, n_sectors)
    for r in range(n_regions):
        blocks[r, :, r, :] *= 3.0 * n_regions
    z *= 1.0 + uniform(bits, n)[:, None]
    y = np.zeros((n, n_regions))
    rows = z.sum(axis=1)
    y[:] = uniform(bits, n, n_regions) * (rows * 2.0 / n_regions)[:, None]
    if zeros:
        z[3], y[3], z[:, 3] = 0.0, 0.0, 0.0  # an industry that does not exist
        z[7] = 0.0  # sells to final users alone
        z[:, 11] = 0.0  # buys nothing
        z[5::n_sectors, 14] = 0.0  # buys nothing of one sector
        y[17] = 0.0  # sells to industries alone
    x = z.sum(axis=1) + y.sum(axis=1)
    # Value added must be positive almost everywhere for capital to be.
    share = np.where(x > 0.0, z.sum(axis=0) / np.where(x > 0.0, x, 1.0), 0.0)
    z *= (0.75 / np.maximum(share, 0.75))[None, :]
    x = z.sum(axis=1) + y.sum(axis=1)
    regions = [f"r{i:02d}" for i in range(n_regions)]
    return Table(regions, [f"s{i:03d}" for i in range(n_sectors)], z, y, x)


@dataclass(frozen=True)
class Scenario:
    """Events and parameters, in the words of BoARIO."""

    name: str
    table: str
    order_type: str
    events: list[dict[str, Any]]
    model: dict[str, Any] = field(default_factory=dict)
    days: int = 365


def events_of(table: Table, kind: str, shape: str) -> list[dict[str, Any]]:
    """Make events that hit several industries of the first two regions.

    Two events overlap where BoARIO allows it: it stops at two losses of capacity at once.
    """
    n_sectors = len(table.sectors)
    hit = [i for i in (0, 1, 2, n_sectors, n_sectors + 4) if table.x[i] > 0.0]
    names = {i: [table.regions[i // n_sectors], table.sectors[i % n_sectors]] for i in hit}
    if kind == "arbitrary":
        impact = [[names[i], 0.3 + 0.12 * k] for k, i in enumerate(hit)]
        first = {
            "kind": kind, "impact": impact, "day": 5, "duration": 20, "tau": 60, "shape": shape,
        }  # fmt: skip
        if shape != "linear":  # the other shapes last for most of the year
            return [first]
        one = [[names[hit[0]], 0.5]]
        return [first, {**first, "impact": one, "day": 200, "duration": 5, "tau": 30}]
    capital = 4.0 * np.maximum(table.x - table.z.sum(axis=0), 0.0)
    impact = [[names[i], (0.25 + 0.1 * k) * float(capital[i])] for k, i in enumerate(hit)]
    again = [[names[i], 0.2 * float(capital[i])] for i in hit[1:3]]
    return [
        {"kind": kind, "impact": impact, "day": 3, "duration": 12, "tau": 90, "shape": shape},
        {"kind": kind, "impact": again, "day": 30, "duration": 10, "tau": 40, "shape": "linear"},
    ]


PARAMETERS: dict[str, dict[str, Any]] = {
    "pymrio_test": {},
    "random_10x20": {"main_inv_dur": 20, "psi_param": 0.9, "inventory_restoration_tau": 30},
    "random_20x40": {
        "main_inv_dur": 12, "psi_param": 0.95, "alpha_tau": 90, "alpha_max": 1.15,
        "inventory_restoration_tau": 20,
    },
    "zeros_5x6": {"main_inv_dur": 8, "infinite_inventories_sect": ["s002"], "alpha_tau": 120},
}  # fmt: skip

SHAPES = {
    "pymrio_test": "linear",
    "random_10x20": "convexe",
    "random_20x40": "concave",
    "zeros_5x6": "convexe noscale",
}

RANDOM = {
    "random_10x20": lambda: random_table(10, 20, seed=1),
    "random_20x40": lambda: random_table(20, 40, seed=2),
    "zeros_5x6": lambda: random_table(5, 6, seed=3, zeros=True),
}


def scenarios(table: Table, name: str) -> list[Scenario]:
    """Return the four scenarios of a table: two kinds of event, two order types."""
    return [
        Scenario(
            name=f"{name}-{kind}-{order_type}",
            table=name,
            order_type=order_type,
            events=events_of(table, kind, SHAPES[name]),
            model=PARAMETERS[name],
        )
        for kind in ("arbitrary", "recovery")
        for order_type in ("noalt", "alt")
    ]
