"""Make the compiled kernels ready before the first job needs them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from coercivity.options import Options

__all__ = ["warm_kernels"]


def warm_kernels() -> None:
    """Simulate a few days of a tiny chain, which loads or compiles every kernel of a run."""
    import numpy as np
    import pandas as pd

    from coercivity.engine import Credit, Method, licence_room, open_schedule, simulate_all
    from coercivity.engine.record import Record
    from coercivity.engine.schedule import LICENCE_ONLY
    from coercivity.network import Network, compile_network

    sites = [
        {"id": "mill", "item": "metal", "unit": "t", "final_demand": 0.0},
        {"id": "maker", "item": "thing", "unit": "unit", "final_demand": 1.0},
    ]
    inputs = [{"site": "maker", "group": "metal", "item": "metal", "unit": "t", "coefficient": 1.0}]
    lanes = [
        {"supplier": "mill", "buyer": "maker", "group": "metal", "item": "metal", "flow": 1.0}
        | {"lead": 1.0}
    ]
    frames = [pd.DataFrame(rows) for rows in (sites, inputs, lanes)]
    network = compile_network(Network.from_tables(*frames))
    free = open_schedule(date(2000, 1, 1), 4, n_lanes=1, n_members=1)
    room = licence_room(
        np.zeros(1, np.int32), ["all"], credits=[Credit("all", "one", 1.0)], n_members=1
    )
    licensed = replace(free, gate=np.full((1, 1), LICENCE_ONLY, np.int8), room=room)
    simulate_all(
        network,
        {"free": free, "licensed": licensed},
        method=Method(),
        records={"free": Record(), "licensed": Record()},
        options=Options(threads=1),
    )
