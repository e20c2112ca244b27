"""Determinations per second, single and by the table, and one name against 100,000.

Usage: python -m benchmarks.determination [--rows N] [--json] [--keep]

All on one core, in processor time, best of three. The questions are drawn with a fixed seed over
every item and country of the pack, days of 2023 to 2026, end uses, and end users known and not.

``scalar_per_s`` asks 20,000 distinct questions of a register that has answered as many others, and
takes the whole trace of each. ``scalar_first_per_s`` asks a register that has answered nothing yet,
``scalar_again_per_s`` one that has answered the very same, and ``scalar_text_per_s`` has every step
of every trace written out in words as well.

``batch_rows_per_s`` determines an Arrow table of dictionary-encoded columns: every column drawn
independently, so that nearly all rows differ. ``batch`` holds the other cases, each with the number
of distinct rows and of distinct keys that had to be decided.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pycountry

from benchmarks.record import finish
from coercivity.catalogue import open_pack
from coercivity.controls import Query, Register, build_register, determine
from coercivity.controls.batch import decide
from coercivity.controls.columns import coded_columns

PACK = "rare_earth_magnets"
SEED = 20251031
FIRST = date(2023, 6, 1)
N_DAYS = 1300
N_QUESTIONS = 20_000
REPEATS = 3
PARTNERS = ("IN", "US", "JP", "DE", "KR", "VN", "EU", "FR", "GB", "BR")
USES = ("civil", "military", "ev", "drone", None)


def best(work: Callable[[], Any]) -> float:
    """Return the least processor time of several runs, seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def questions(register: Register) -> list[Query]:
    """Return distinct questions, twice :data:`N_QUESTIONS`."""
    draw = random.Random(SEED)
    users = [None, None, None, "unknown", "Some Robotics KK", *list(register.parties)[:20]]
    found: dict[Query, None] = {}
    while len(found) < 2 * N_QUESTIONS:
        query = Query(
            item=draw.choice(list(register.items)),
            origin=draw.choice(("CN", "CN", "CN", "JP")),
            destination=draw.choice(PARTNERS),
            on=FIRST + timedelta(days=draw.randrange(N_DAYS)),
            end_use=draw.choice(USES),
            end_user=draw.choice(users),
            origin_content_share=draw.choice((None, 0.0005, 0.02)),
        )
        found[query] = None
    return list(found)


def scalar() -> dict[str, Any]:
    asked = questions(build_register(open_pack(PACK)))
    before, after = asked[:N_QUESTIONS], asked[N_QUESTIONS:]

    def ask(of: Register, these: list[Query], words: bool = False) -> int:
        n = 0
        for query in these:
            trace = determine(of, query).trace
            n += len(trace)
            if words:
                for step in trace:
                    n += len(step.text)
        return n

    def rate(register: Callable[[], Register], these: list[Query], words: bool = False) -> int:
        times = []
        for _ in range(REPEATS):
            of = register()
            start = time.process_time()
            ask(of, these, words)
            times.append(time.process_time() - start)
        return round(len(these) / min(times))

    def fresh() -> Register:
        return build_register(open_pack(PACK))

    def used() -> Register:
        register = fresh()
        ask(register, before)
        return register

    warm = used()
    ask(warm, after)
    return {
        "scalar_per_s": rate(used, after),
        "scalar_first_per_s": rate(fresh, after),
        "scalar_again_per_s": rate(lambda: warm, after),
        "scalar_text_per_s": rate(used, after, words=True),
        "scalar_questions": len(after),
        "scalar_steps_per_trace": round(ask(warm, after) / len(after), 1),
    }


def table(register: Register, n_rows: int, names: tuple[str, ...]) -> pa.Table:
    """Return a table of dictionary-encoded columns, each drawn independently."""
    draw = np.random.default_rng(SEED)

    def column(values: list[Any]) -> pa.DictionaryArray:
        codes = draw.integers(0, len(values), n_rows, dtype=np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values))

    days = draw.integers(0, N_DAYS, n_rows) + (FIRST - date(1970, 1, 1)).days
    parties = list(register.parties)
    made = {
        "item": lambda: column(list(register.items)),
        "origin": lambda: column(["CN", "JP", "US"]),
        "destination": lambda: column([country.alpha_2 for country in pycountry.countries]),
        "on": lambda: pa.array(days.astype(np.int32)).cast(pa.date32()),
        "end_use": lambda: column(["civil", "military", "ev", "drone", "unknown"]),
        "end_user": lambda: column([*parties, "unknown", *(f"firm {n}" for n in range(5000))]),
        "origin_content_share": lambda: pa.array(draw.random(n_rows) * 0.01),
    }
    return pa.table({name: made[name]() for name in names})


LANE = ("item", "origin", "destination", "on")
ALL = (*LANE, "end_use", "end_user", "origin_content_share")


def batch(n_rows: int) -> dict[str, Any]:
    register = build_register(open_pack(PACK))
    rows = table(register, n_rows, ALL)
    kinds = [(f.name, getattr(f.type, "value_type", f.type)) for f in rows.schema]
    plain = rows.slice(0, n_rows // 5).cast(pa.schema(kinds))
    lanes = rows.select(list(LANE))
    cases = {
        "all_columns": rows,
        "lanes_and_days": lanes,
        "few_lanes": lanes.take(pa.array(np.arange(n_rows) % 1000)),
        "plain_text": plain,
        "data_frame_categories": rows.slice(0, n_rows // 5).to_pandas(date_as_object=False),
    }
    found = {name: _case(register, case) for name, case in cases.items()}
    fresh = build_register(open_pack(PACK))
    start = time.process_time()
    decide(fresh, coded_columns(rows))
    first = round(n_rows / (time.process_time() - start))
    return {
        "batch_rows_per_s": found["all_columns"]["rows_per_s"],
        "batch_first_rows_per_s": first,
        "batch": found,
    }


def _case(register: Register, case: Any) -> dict[str, Any]:
    decided = decide(register, coded_columns(case))
    seconds = best(lambda: decide(register, coded_columns(case)))
    sample = (case.slice(0, 1_000_000).to_pandas() if isinstance(case, pa.Table) else case).iloc[
        :1_000_000
    ]
    distinct = int(len(sample) - sample.duplicated().sum())
    return {
        "rows": len(decided.codes),
        "rows_per_s": round(len(decided.codes) / seconds),
        "distinct_keys": decided.n_distinct,
        "distinct_share_of_first_million": round(distinct / len(sample), 4),
    }


PARTS = (
    *("ka", "ri", "to", "mo", "sen", "lu", "dra", "vo", "ne", "ha", "bei", "jin", "qu", "or"),
    *("tek", "fer", "san", "wu", "li", "zha", "gu", "pra", "mi", "el", "sto", "ny", "ber", "do"),
)
TRADES = ("trading", "industries", "international", "logistics", "technology", "metals", "group")
FORMS = ("Co., Ltd.", "LLC", "GmbH", "Private Limited", "Inc.", "JSC", "")
N_NAMES = 100_000
N_ASKED = 40


def made_names(n_names: int) -> list[str]:
    """Return names of firms that do not exist: one to three words, a trade, a legal form."""
    draw = random.Random(SEED)

    def word() -> str:
        return "".join(draw.choices(PARTS, k=draw.randint(2, 4)))

    return [
        " ".join([*(word() for _ in range(draw.randint(1, 3))), draw.choice(TRADES), form]).strip()
        for form in draw.choices(FORMS, k=n_names)
    ]


def misspelt(name: str, draw: random.Random) -> str:
    """Return a name with one letter changed."""
    place = draw.randrange(len(name))
    return name[:place] + draw.choice("aeiknrst") + name[place + 1 :]


def screening() -> dict[str, Any]:
    """Return the processor time of one name against a list of 100,000, milliseconds."""
    from coercivity.licences.screening import ScreeningIndex
    from coercivity.licences.screening_list import (
        Alias,
        DeniedParty,
        DeniedPartyList,
        ListVersion,
    )

    names = made_names(N_NAMES)
    parties = tuple(
        DeniedParty(f"p{n}", "Company", (Alias(name, "name"),)) for n, name in enumerate(names)
    )
    index = ScreeningIndex(DeniedPartyList(ListVersion("made", "0" * 64), parties))
    draw = random.Random(SEED + 1)
    listed = draw.sample(range(N_NAMES), N_ASKED)
    asked = [misspelt(names[n], draw) for n in listed]
    hits = [
        f"p{n}" in {c.party.id for c in index.screen(q).candidates}
        for n, q in zip(listed, asked, strict=True)
    ]
    others = ["Shixin Dongbao Magnet Technology", "Some Robotics KK", "Half Owned GmbH"]
    times = [1000 * best(lambda name=name: index.screen(name)) for name in (*asked, *others)]
    return {
        "screen_ms": round(float(np.median(times)), 1),
        "screen_worst_ms": round(max(times), 1),
        "screen_names": N_NAMES,
        "screen_misspelt_found": f"{sum(hits)} of {len(hits)}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows of the table")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    parser.add_argument("--keep", action="store_true", help="write results/determination.json too")
    chosen = parser.parse_args()
    result = {"pack": PACK, "cores_used": 1, **scalar(), **batch(chosen.rows)}
    finish("determination", {**result, **screening()})


if __name__ == "__main__":
    main()
