"""Small networks that can be checked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from coercivity.catalogue.pack import read_pack

TABLES = {
    "sites": pd.DataFrame(
        [
            {"id": "mine", "item": "ore", "unit": "t", "country": "AU", "capacity": 30.0},
            {"id": "trader", "item": "ore", "unit": "t", "country": "CN", "capacity": 30.0},
            {
                "id": "plant",
                "item": "part",
                "unit": "unit",
                "country": "IN",
                "final_demand": 100.0,
                "output": 100.0,
                "party": "plant_ltd",
                "end_use": "ev",
            },
        ]
    ).fillna({"final_demand": 0.0}),
    "inputs": pd.DataFrame(
        [
            {
                "site": "plant",
                "group": "raw",
                "item": "ore",
                "unit": "t",
                "coefficient": 0.2,
                "yield": 0.8,
                "cover": 10.0,
            }
        ]
    ),
    "lanes": pd.DataFrame(
        [
            {"supplier": "mine", "buyer": "plant", "group": "raw", "item": "ore", "flow": 10.0},
            {"supplier": "trader", "buyer": "plant", "group": "raw", "item": "ore", "flow": 15.0},
        ]
    ).assign(lead=[5.0, 2.0]),
}


@pytest.fixture
def tables():
    """Return two ore sellers and one plant: 100 parts a day from 25 t of ore at 80 percent."""
    return {name: frame.copy() for name, frame in TABLES.items()}


FILES = {
    "pack.yaml": """
name: small
title: Small
question: What stops?
default_as_of: 2025-01-01
""",
    "sources.yaml": """
- id: us
  publisher: Us
  url: https://example.org
  grade: own
""",
    "items.yaml": """
- {id: ore, name: Ore, unit: t, kind: material}
- {id: scrap, name: Scrap, unit: t, kind: material}
- {id: part, name: Part, unit: unit, kind: component}
- {id: car, name: Car, unit: vehicle, kind: product}
""",
    "parties.yaml": """
- {id: north, name: North, kind: firm, country: CN}
- {id: south, name: South, kind: firm, country: IN}
""",
    "quantities.yaml": "".join(
        f"""
- id: {name}
  title: {name}
  unit: {unit}
  scope: test
  quality: assumed
  rule: {rule}
  low: {low}
  high: {high}
  why: test
"""
        for name, unit, rule, low, high in (
            ("cars", "unit/year", "range", 3652.5, 7305),
            ("slack", "percent", "range", 10, 20),
            ("parts_per_car", "unit/vehicle", "range", 2, 2),
            ("ore_per_part", "kg/unit", "range", 100, 300),
            ("good", "1", "range", 0.5, 0.9),
            ("part_share", "1", "range", 0.2, 0.4),
            ("large_share", "1", "range", 0.7, 1.2),
            ("spread", "1", "dirichlet", 1, 3),
            ("week", "week", "range", 1, 3),
            ("instant", "day", "range", 0, 0),
            ("stock_days", "day", "range", 5, 30),
        )
    ),
    "sites.csv": """id,party,country,item,output,slack,sector,tier,end_use,pool,finished_days
mine_a,north,CN,ore,,slack,mine,0,,mines,
mine_b,north,CN,ore,,slack,mine,0,,mines,
scrapper,south,IN,scrap,,slack,mine,0,,,
part_n,north,CN,part,,slack,part,1,,,stock_days
part_s,south,IN,part,,slack,part,1,,parts,
maker,south,IN,car,cars,slack,car,2,ev,makers,
""",
    "recipes.csv": "product,site,group,accepts,rank,coefficient,yield,qualification,"
    """cover,essentiality
part,,raw,ore,0,ore_per_part,good,,stock_days,2
part,part_s,raw,ore,0,ore_per_part,,,stock_days,2
part,part_s,raw,scrap,1,ore_per_part,good,week,stock_days,2
car,,body,part,0,parts_per_car,,,stock_days,2
""",
    "sourcing.csv": """buyer,group,item,supplier,share,split,lead
part_n,raw,ore,mines,,spread,week
parts,raw,ore,mines,,,week
parts,raw,scrap,scrapper,,,instant
makers,body,part,part_n,part_share,,week
makers,body,part,part_s,,,week
""",
}


@pytest.fixture
def small_pack(tmp_path):
    """Return a function that opens a small pack, with some of its files replaced."""

    def opened(**replaced):
        for name, text in {**FILES, **replaced}.items():
            path = tmp_path / name
            path.write_text(text.lstrip("\n"), encoding="utf-8")
        reading = read_pack(tmp_path)
        assert not reading.problems, [str(problem) for problem in reading.problems]
        return reading.pack

    return opened


@pytest.fixture
def files():
    """Return the text of the small pack's files."""
    return dict(FILES)
