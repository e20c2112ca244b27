"""A year of a network of firms: seconds, memory, and the bandwidth floor of the same run.

Usage: python -m benchmarks.firms [--firms N] [--lanes L] [--days D] [--precision single|double]
       [--long SHARE] [--gated SHARE] [--threads N] [--sweep] [--json] [--keep]

Draws a network, writes it to Parquet, reads it back, and simulates it with pipelines, gates,
licences and lost capacity on.  ``seconds`` is the simulation alone, without drawing and loading.
``floor_ratio`` is those seconds over the time that the least memory traffic of a day takes at the
bandwidth of a triad, the mean of one just before and one just after; the traffic is counted in
`traffic`.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import finish
from benchmarks.triad import measure

SEED = 1
N_SCOPES = 20
LONGEST = 20
TRIAD_MEGABYTES = 200


def draw(firms: int, lanes: int, chosen: argparse.Namespace, folder: Path) -> dict[str, Path]:
    """Draw a network and write its tables."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from coercivity.network.generate import generate_firms

    drawn = generate_firms(firms, lanes, seed=SEED)
    rng = np.random.default_rng(SEED)
    n = len(drawn.lanes)
    is_long = rng.random(n) < chosen.long
    lead = np.where(is_long, rng.integers(2, LONGEST + 1, n), 1).astype(np.int16)
    gated = rng.random(n) < chosen.gated
    scope = pa.DictionaryArray.from_arrays(
        pa.array(rng.integers(0, N_SCOPES, n, np.int32), mask=~gated),
        [f"scope {i:02d}" for i in range(N_SCOPES)],
    )
    n_sectors = drawn.essentiality.shape[0]
    sectors = np.arange(n_sectors)
    tables = {
        "firms": pa.table(
            {"id": drawn.firms.index.to_numpy(), "sector": drawn.firms["sector"],
             "output": drawn.firms["output"]}
        ),
        "lanes": pa.table(
            {"supplier": drawn.lanes["supplier"], "buyer": drawn.lanes["buyer"],
             "flow": drawn.lanes["weight"], "lead_days": lead,
             "scope": scope.cast(pa.string())}
        ),
        "recipes": pa.table(
            {"sector": np.tile(sectors, n_sectors), "input": np.repeat(sectors, n_sectors),
             "essentiality": drawn.essentiality.ravel()}
        ),
    }  # fmt: skip
    paths = {name: folder / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        pq.write_table(table, paths[name])
    return paths


def plan(network: Any, days: int) -> Any:
    """Half of the scopes need a licence, one is closed for a time, and some firms lose capacity."""
    from coercivity.engine.scale_schedule import CapacityLoss, ScaleSchedule, ScopeGate
    from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, OPEN, Credit

    if not network.scopes:
        return ScaleSchedule(date(2025, 1, 1), days)
    usual = np.bincount(network.scope[network.scope >= 0], network.flow[network.scope >= 0])
    first = len(network.scopes) // 2
    gates = [ScopeGate(network.scopes[i], LICENCE_ONLY, 10) for i in range(first)]
    gates.append(ScopeGate(network.scopes[-1], CLOSED, 10))
    gates.append(ScopeGate(network.scopes[-1], OPEN, 20))
    licences = [
        Credit(network.scopes[i], f"licence {i}", float(usual[i]) * days, 12) for i in range(first)
    ]
    rng = np.random.default_rng(SEED)
    hit = rng.choice(network.n_firms, max(1, network.n_firms // 1000), replace=False)
    loss = CapacityLoss(dict.fromkeys(network.ids[hit].tolist(), 0.5), 20, 60)
    return ScaleSchedule(date(2025, 1, 1), days, gates, licences, [loss])


def traffic(state: Any) -> dict[str, int]:
    """Bytes that a day must move at least, by two counts.

    ``floor``: what any implementation with this state reads and writes.  Per lane the supplier and,
    where a slot has several, the weight; the supplier's share and fill rate, read, and its demand,
    read and written, at a place that only the lane knows (16 bytes in 32 bits).  Per slot need,
    position of the buyer, stock and order, the last two written too.  Per long lane its pipeline;
    per site its parameters and state, once read and once written, and one row of demand read and
    cleared where there are customers.  Following a lane counts with the bytes that are used: not
    with the cache line that is moved for them, and not as nothing, for the suppliers' numbers of a
    network of this size exceed a core's cache.

    ``streams``: the count of earlier versions of this benchmark.  It takes each array once, the
    suppliers' numbers as if they stayed in a register, and adds what this layout moves beyond need
    (a row of demand for each part, the buyer's cover again for each slot, numbers kept for the
    record and read again).
    """
    real = state.site.itemsize
    n_sites, n_slots = state.site.shape[1], state.slots.local.size
    n_lanes, slots_of = state.lanes.weight.size, count_slots(state)
    lanes = 4 * n_lanes + real * (n_lanes - slots_of["single"] - slots_of["long"])
    slots = n_slots * (2 + real * (1 + 2 + 2))
    # A long lane among others: its position and its slot's.
    over = (4 + 2) * state.over.lane.size + 2 * real * state.over.transit.size
    over += 2 * real * int(state.over.ring_width.sum())
    # Read: usual, capacity, final, aim, finished, total, hard, soft, cover, level; written:
    # finished, total, hard, soft, made, level.  With customers: fill rate, share and demand.
    asked = state.slots.block_asked - state.slots.block_site[:-1]
    sites = n_sites * real * (10 + 6) + int(asked.sum()) * real * (2 + 3)
    streamed = n_sites * real * (11 + 6) + int(asked.sum()) * real * 6 * len(state.supply)
    streamed += real * n_slots
    common = lanes + slots + over
    return {"floor": common + sites + 4 * real * n_lanes, "streams": common + streamed}


def count_slots(state: Any) -> dict[str, int]:
    """Inputs of each kind."""
    from coercivity.engine.kernels import scale_fields as k

    pieces = state.slots.pieces
    size = pieces[:, k.SLOT_END] - pieces[:, k.SLOT]
    kinds = {"single": k.SINGLE, "several": k.SEVERAL, "long": k.LONG, "mixed": k.MIXED}
    return {name: int(size[pieces[:, k.KIND] == kind].sum()) for name, kind in kinds.items()}


def run(firms: int, lanes: int, days: int, chosen: argparse.Namespace) -> dict[str, Any]:
    """Draw, load and simulate a network of one size, and measure each."""
    from coercivity.engine.method import Method
    from coercivity.engine.scale import run_days, simulate_scale
    from coercivity.engine.scale_layout import lay_out
    from coercivity.engine.scale_schedule import prepare
    from coercivity.network.edges import read_edges
    from coercivity.options import Options

    method, options = Method(precision=chosen.precision), Options(threads=chosen.threads)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        paths = draw(firms, lanes, chosen, Path(folder))
        drawing = time.perf_counter() - begin
        begin = time.perf_counter()
        network = read_edges(paths["firms"], paths["lanes"], recipes=paths["recipes"])
        loading = time.perf_counter() - begin
    schedule = plan(network, days)
    simulate_scale(network, plan(network, 1), method=method, options=options)  # compiles
    begin = time.perf_counter()
    state = lay_out(network, method=method, days=days)
    timeline = prepare(network, schedule, state)
    laying_out = time.perf_counter() - begin
    # The bandwidth of a shared machine changes meanwhile: it is measured before and after.
    before = measure(2, TRIAD_MEGABYTES)
    wall, cpu = time.perf_counter(), time.process_time()
    run_days(state, timeline, method, days=days, options=options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = measure(2, TRIAD_MEGABYTES)
    moved = traffic(state)
    found = {
        "firms": network.n_firms,
        "lanes": network.n_lanes,
        "slots": network.n_slots,
        "long_lanes": int((network.lead > 1).sum()),
        "gated_lanes": int((network.scope >= 0).sum()),
        "days": days,
        "precision": chosen.precision,
        "threads": options.n_threads,
        "seconds": round(wall, 3),
        "cpu_seconds": round(cpu, 3),
        "ms_per_day": round(1e3 * wall / days, 3),
        "lay_out_seconds": round(laying_out, 3),
        "draw_seconds": round(drawing, 2),
        "load_seconds": round(loading, 2),
        "floor_bytes_per_day": moved["floor"],
        "stream_bytes_per_day": moved["streams"],
        "output_left": round(float(state.clock.output[:, -1].sum() / network.output.sum()), 6),
        "slots_by_kind": count_slots(state),
    }
    bandwidth = {
        "triad_gb_per_s": round((before + after) / 2.0, 2),
        "triad_before_and_after": [round(before, 2), round(after, 2)],
    }
    return {**found, **against_floor(found, (before + after) / 2.0), **bandwidth}


def against_floor(found: dict[str, Any], triad: float) -> dict[str, Any]:
    """Compare a run with the memory bandwidth measured beside it, in GB/s."""
    day_bytes, days = found["floor_bytes_per_day"], found["days"]
    floor = day_bytes * days / triad / 1e9
    return {
        "floor_seconds": round(floor, 3),
        "floor_ratio": round(found["seconds"] / floor, 2),
        "stream_ratio": round(
            found["seconds"] * triad * 1e9 / (found["stream_bytes_per_day"] * days), 2
        ),
        "gb_per_s": round(day_bytes * days / found["seconds"] / 1e9, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=1_000_000)
    parser.add_argument("--lanes", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--precision", choices=("single", "double"), default="single")
    parser.add_argument("--long", type=float, default=0.2, help="share of lanes of 2 to 20 days")
    parser.add_argument("--gated", type=float, default=0.01, help="share of lanes under a scope")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--sweep", action="store_true", help="a tenth and a hundredth too")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/firms.json too")
    chosen = parser.parse_args()
    smaller = [
        run(chosen.firms // part, chosen.lanes // part, chosen.days, chosen)
        for part in ((100, 10) if chosen.sweep else ())
    ]
    found = run(chosen.firms, chosen.lanes, chosen.days, chosen)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    nominal = 42 * found["lanes"] + 56 * found["firms"]
    finish(
        "firms",
        {
            **found,
            "nominal_ratio": round(
                found["seconds"] * found["triad_gb_per_s"] * 1e9 / (nominal * chosen.days), 2
            ),
            "peak_gb": round(peak, 3),
            "smaller": smaller,
        },
    )


if __name__ == "__main__":
    main()
