"""A firm's own chain: closed forms of cover, standstill and licences; every error of every row."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from coercivity.errors import InputError
from coercivity.experiments.exposure import Firm, LicenceOffer, cover_table, expose
from coercivity.experiments.own_chain import TABLES, chain_of, read_chain, template

ITEMS = {"wire": "t", "metalware": "t", "lamp": "unit"}
START = date(2025, 1, 2)
CLOSES = date(2025, 2, 1)
FIRM = Firm(country="SE", end_use="civil", counted_on=START)

BILL = """product,output_per_day,component,item,amount,unit
lamp,100,wire,wire,10,kg
sign,50,wire,wire,20,kg
sign,50,glass,,1,unit
"""
STOCK = "component,quantity,unit\nwire,{stock},t\nglass,500,unit\n"
SUPPLIERS = """component,supplier,origin,share_percent,lead_days,spare_percent
wire,mill,NO,{share},{lead},
wire,other,FI,{rest},3,{spare}
glass,works,SE,100,3,
"""


def tables(stock="25", share="100", lead="5", spare="0") -> dict[str, str]:
    rest = 100 - float(share)
    suppliers = SUPPLIERS.format(share=share, lead=lead, rest=f"{rest:g}", spare=spare)
    if rest == 0:
        suppliers = suppliers.replace("wire,other,FI,0,3,0\n", "")
    return {
        "bill_of_materials": BILL,
        "stock": STOCK.format(stock=stock),
        "suppliers": suppliers,
    }


def examined(small, scenario="closed", licence=None, days=200, **changes):
    chain = read_chain(tables(**changes), items=ITEMS)
    return expose(
        small, chain, FIRM, scenarios=[scenario], licence=licence, days=days, members=4, seed=1
    )


def test_cover_is_stock_over_use() -> None:
    table = cover_table(read_chain(tables(), items=ITEMS)).set_index("component")
    # 100 lamps of 10 kg and 50 signs of 20 kg use 2 t a day.
    assert table.loc["wire", "use_per_day"] == pytest.approx(2000.0)
    assert table.loc["wire", "days_of_cover"] == pytest.approx(12.5)
    assert table.loc["glass", "days_of_cover"] == pytest.approx(10.0)


@pytest.mark.parametrize(("stock", "lead"), [("25", "5"), ("0", "1"), ("6", "20"), ("80.9", "7")])
def test_a_closed_source_stops_the_line_on_the_day_of_the_closed_form(small, stock, lead) -> None:
    found = examined(small, stock=stock, lead=lead)
    cover = float(stock) / 2.0
    whole, part = divmod(cover, 1.0)
    first_cut = CLOSES + timedelta(days=int(lead) + int(whole))
    standstill = first_cut + timedelta(days=0 if part < 0.05 else 1)
    for row in found.stops.to_dict("records"):
        assert row["cut_p50"].date() == first_cut
        assert row["p50"].date() == standstill
        usual = (CLOSES - START).days + int(lead) + cover
        assert row["days_lost_p50"] == pytest.approx(200.0 - usual, abs=1e-6)
        assert row["share_down"] == 1.0


def test_nothing_happens_where_nothing_applies(small) -> None:
    found = examined(small, scenario="free")
    assert not found.stops["share_down"].any()
    assert found.stops["cut_p50"].isna().all()
    assert (found.stops[["days_lost_p05", "days_lost_p95"]].to_numpy() == 0.0).all()
    assert found.bands["p50"].to_numpy() == pytest.approx(1.0)


def test_a_licence_saves_its_quantity_over_daily_use(small) -> None:
    offer = LicenceOffer("wire", 20.0, "t", date(2025, 4, 1))
    found = examined(small, licence=offer).licence
    assert sorted(set(found["quantity"])) == [10.0, 20.0, 40.0]
    # 20 t last both lines for ten days: twenty line-days.
    assert found["p50"].to_numpy() == pytest.approx(found["quantity"].to_numpy(), rel=1e-9)
    kilograms = examined(small, licence=LicenceOffer("wire", 20000.0, "kg", date(2025, 4, 1)))
    assert kilograms.licence["p50"].to_numpy() == pytest.approx(found["p50"].to_numpy())


def test_a_licence_that_comes_too_late_saves_what_is_left(small) -> None:
    offer = LicenceOffer("wire", 400.0, "t", START + timedelta(days=150))
    found = examined(small, licence=offer).licence
    at_once = found[(found["quantity"] == 400.0) & (found["on"] == offer.on.isoformat())]
    # Goods that leave on day 150 arrive on day 155 of 200; two lines run for the 45 days left.
    assert float(at_once["p50"].iloc[0]) == pytest.approx(90.0)
    assert len(found) == 2 * 3, "the day after 60 more lies outside the run"


def test_a_licence_is_worth_nothing_where_trade_is_free(small) -> None:
    found = examined(small, "free", LicenceOffer("wire", 20.0, "t", date(2025, 4, 1))).licence
    assert (found["p95"] == 0.0).all()
    assert (found["share_positive"] == 0.0).all()


def test_another_source_carries_its_share_and_its_spare(small) -> None:
    half = examined(small, share="50").stops["days_lost_p50"].sum()
    spare = examined(small, share="50", spare="100").stops["days_lost_p50"].sum()
    alone = examined(small).stops["days_lost_p50"].sum()
    assert half == pytest.approx(alone / 2.0, rel=0.2)
    assert spare < half / 4.0


def test_what_is_a_total_of_many_buyers_is_left_out_and_said(small) -> None:
    found = examined(small, scenario="as_told")
    assert any("left out" in text and "told" in text for text in found.assumptions)
    # A grant that is a share of what buyers usually take holds for one firm too.
    granted = examined(small, scenario="granted").stops["days_lost_p50"].sum()
    assert granted < examined(small).stops["days_lost_p50"].sum()


def test_what_was_written_is_read_again() -> None:
    chain = read_chain(tables(share="60"), items=ITEMS)
    assert chain_of(chain.to_json()) == chain


def test_the_templates_are_valid_tables() -> None:
    texts = {name: template(name, item="wire", origin="NO") for name in TABLES}
    chain = read_chain(texts, items=ITEMS)
    assert {part.component for part in chain.parts} == {"magnet", "bearing"}


@pytest.mark.parametrize(
    ("table", "old", "new", "where", "what"),
    [
        ("stock", "wire,25,t", "wire,,t", "stock.csv, row 2, column quantity", "empty"),
        ("stock", "wire,25,t", "wire,-1,t", "stock.csv, row 2, column quantity", "'-1'"),
        ("stock", "wire,25,t", "wire,inf,t", "stock.csv, row 2, column quantity", "'inf'"),
        ("stock", "wire,25,t", 'wire,"1,5",t', "stock.csv, row 2, column quantity", "'1,5'"),
        ("stock", "wire,25,t", "wire,25,furlong", "stock.csv, row 2, column unit", "furlong"),
        ("stock", "wire,25,t", "wire,25,day", "stock.csv, row 2, column unit", "'day'"),
        ("stock", "wire,25,t", "brass,25,t", "stock.csv, row 2, column component", "'brass'"),
        ("stock", "wire,25,t\n", "", "stock.csv", "'wire' has no row"),
        ("stock", "wire,25,t", "wire,25,t\nwire,1,t", "stock.csv, row 3", "same as in row 2"),
        ("stock", "quantity", "amount", "stock.csv, row 1", "'quantity'"),
        ("stock", ",", ";", "stock.csv, row 1", "'component'"),
        ("stock", "wire,25,t", "wire,25,t,more", "stock.csv, row 2", "more cells"),
        ("suppliers", "NO", "XX", "suppliers.csv, row 2, column origin", "XX"),
        ("suppliers", "NO", "EU", "suppliers.csv, row 2, column origin", "'EU'"),
        ("suppliers", "100,5", "100,0", "suppliers.csv, row 2, column lead_days", "'0'"),
        ("suppliers", "100,5", "90,5", "suppliers.csv, row 2, column share_percent", "up to 90"),
        ("bill_of_materials", "wire,wire,10", "wire,steel,10", "row 2, column item", "'steel'"),
        ("bill_of_materials", "10,kg", "0,kg", "row 2, column amount", "'0'"),
        ("bill_of_materials", "10,kg", "10,unit", "row 2, column unit", "'unit'"),
        ("bill_of_materials", "sign,50,glass", "sign,51,glass", "column output_per_day", "51"),
        ("bill_of_materials", "lamp,100", "\u0007,100", "row 2, column product", "not printable"),
    ],
)
def test_errors_name_table_row_and_column(table, old, new, where, what) -> None:
    texts = tables()
    assert old in texts[table]
    texts[table] = texts[table].replace(old, new)
    with pytest.raises(InputError) as refused:
        read_chain(texts, items=ITEMS)
    found = [(p.where, p.what) for p in refused.value.problems]
    assert any(where in place and what in said for place, said in found), found


def test_every_error_is_found_at_once() -> None:
    texts = tables()
    texts["stock"] = texts["stock"].replace("25", "many").replace("500", "few")
    texts["suppliers"] = texts["suppliers"].replace("NO", "XX")
    with pytest.raises(InputError) as refused:
        read_chain(texts, items=ITEMS)
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    ("offer", "where"),
    [
        (LicenceOffer("lamp", 1.0, "t", CLOSES), "item"),
        (LicenceOffer("wire", 1.0, "day", CLOSES), "unit"),
        (LicenceOffer("wire", 0.0, "t", CLOSES), "quantity"),
        (LicenceOffer("wire", 1.0, "t", date(2024, 1, 1)), "on"),
    ],
)
def test_impossible_licences_are_refused(small, offer, where) -> None:
    with pytest.raises(InputError) as refused:
        examined(small, licence=offer)
    assert refused.value.problem.where == where
