"""The tables of a pack: typed by their schemas, with every problem told by line."""

from __future__ import annotations

import gzip
from types import SimpleNamespace

import pytest

from coercivity.errors import InputError, NotFoundError
from coercivity.network.trade import materials_of, read_trade_tables

FILES = {
    "materials.csv": "id,title,hs_codes,trade_source,stability_source,production_source,note\n"
    "stone,Stone,111111;222222,a,b,c,\n",
    "trade.csv": "year,exporter,importer,hs6,value_kusd,quantity_t\n"
    "2020,CHN,IN,111111,10,2\n2020,NA,IN,222222,5,\n2020,CN,IN,333333,5,1\n",
    "production.csv": "material,scope,country,year,quantity_t,status,source,note\n"
    "stone,country,CN,2020,60,reported,c,\nstone,world,,2020,60,reported,c,\n"
    "other,country,CN,2020,1,reported,c,\n",
    "stability.csv": "country,year,estimate\nCN,2020,-0.5\n",
}


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "indicators"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return SimpleNamespace(name="made", root=tmp_path, sources={"a": 1, "b": 1, "c": 1})


def test_tables_of_a_material(made):
    tables = read_trade_tables(made)
    assert tables.material == "stone"
    assert tables.countries == ("CN", "IN", "NA")
    assert tables.years == (2020,)
    assert len(tables.trade) == 2
    assert tables.trade["quantity_t"].isna().tolist() == [False, True]
    assert len(tables.production) == 2
    assert tables.sources == {"trade": "a", "production": "c", "stability": "b"}


def test_a_compressed_table_is_the_same(made):
    folder = made.root / "indicators"
    plain = read_trade_tables(made).trade
    (folder / "trade.csv.gz").write_bytes(gzip.compress((folder / "trade.csv").read_bytes()))
    (folder / "trade.csv").unlink()
    assert read_trade_tables(made).trade.equals(plain)


def test_a_changed_file_is_read_again(made):
    assert len(read_trade_tables(made).stability) == 1
    path = made.root / "indicators" / "stability.csv"
    path.write_text(path.read_text() + "IN,2020,0.25\n")
    assert len(read_trade_tables(made).stability) == 2


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "words"),
    [
        ("trade.csv", "CHN", "ZZZ", "trade.csv:2", "'ZZZ' is no country"),
        ("trade.csv", ",10,2", ",ten,2", "trade.csv:2", "'ten' is not a fit value_kusd"),
        ("trade.csv", ",10,2", ",10,-2", "trade.csv:2", "'-2' is not a fit quantity_t"),
        ("trade.csv", ",10,2", ",inf,2", "trade.csv:2", "'inf' is not a fit value_kusd"),
        ("trade.csv", ",5,\n", ",,\n", "trade.csv:3", "value_kusd is missing"),
        ("trade.csv", "2020,NA", "2020.5,NA", "trade.csv:3", "is not a fit year"),
        ("trade.csv", "hs6", "hs", "trade.csv:1", "the header has hs"),
        ("trade.csv", "2020,CN,IN,333333", "2020,CN,IN,111111", "trade.csv:4", "repeat an earlier"),
        ("production.csv", "reported", "guessed", "production.csv:2", "'guessed' is not one of"),
        ("production.csv", ",c,", ",d,", "production.csv:2", "source names 'd'"),
        ("materials.csv", ",b,", ",x,", "materials.csv:2", "stability_source names 'x'"),
        ("stability.csv", "-0.5", "", "stability.csv:2", "estimate is missing"),
    ],
)
def test_what_is_wrong_is_told_by_line(made, name, old, new, where, words):
    path = made.root / "indicators" / name
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_trade_tables(made)
    text = str(caught.value)
    assert where in text
    assert words in text


def test_damaged_and_missing_files(made):
    folder = made.root / "indicators"
    (folder / "trade.csv").rename(folder / "kept")
    with pytest.raises(InputError, match=r"trade\.csv\.gz is missing"):
        read_trade_tables(made)
    (folder / "trade.csv.gz").write_bytes(b"\x1f\x8bno gzip")
    with pytest.raises(InputError, match="cannot be read"):
        read_trade_tables(made)
    (folder / "materials.csv").unlink()
    with pytest.raises(NotFoundError, match="has no tables of trade and production"):
        materials_of(made)


def test_unknown_material(made):
    with pytest.raises(NotFoundError, match="no tables of 'gold'"):
        read_trade_tables(made, "gold")


def test_the_shipped_pack(pack):
    tables = read_trade_tables(pack)
    assert tables.years == tuple(range(2007, 2025))
    assert len(tables.trade) == 39_613
    assert int(tables.trade["quantity_t"].isna().sum()) == 2_422
    assert {"IN", "TW", "NA"} <= set(tables.countries)
    assert tables.production_sources[0] == "world_mining_data"
    assert set(tables.sources.values()) <= set(pack.sources)
