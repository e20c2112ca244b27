"""Closed forms of the static indicators."""

from __future__ import annotations

import pytest

from coercivity.errors import InputError
from coercivity.network import (
    Network,
    compile_network,
    hhi,
    import_dependence,
    supplier_shares,
)
from coercivity.network.indicators import (
    characterisation_factor,
    geopolrisk_score,
    import_risk,
    instability,
)


def test_hhi_bounds_and_scale():
    assert hhi([5]) == 1.0
    assert hhi([1] * 8) == pytest.approx(1 / 8)
    assert hhi([50, 30, 20]) == pytest.approx(hhi([0.5, 0.3, 0.2]))


@pytest.mark.parametrize("amounts", [[], [0, 0], [1, -1], [float("nan"), 1]])
def test_hhi_of_nothing_is_an_error(amounts):
    with pytest.raises(InputError):
        hhi(amounts)


def test_import_dependence():
    assert import_dependence(imports=100, exports=0, production=0) == 1.0
    assert import_dependence(imports=0, exports=10, production=40) < 0
    with pytest.raises(InputError):
        import_dependence(imports=0, exports=10, production=10)
    with pytest.raises(InputError):
        import_dependence(imports=-1, exports=0, production=10)


def test_supplier_shares_of_a_country(tables):
    net = compile_network(Network.from_tables(**tables))
    table = supplier_shares(net, ["ore"], "IN")
    assert table.index.tolist() == ["CN", "AU"]
    assert table["share"].tolist() == pytest.approx([0.6, 0.4])
    assert supplier_shares(net, ["ore"], "IN", by="supplier").index.tolist() == ["trader", "mine"]
    with pytest.raises(InputError, match="buys no gold"):
        supplier_shares(net, ["gold"], "IN")


def test_instability_turns_and_bounds_the_score():
    assert instability([2.5, 0, -2.5, -3.31, 3.0]).tolist() == [0.0, 0.5, 1.0, 1.0, 0.0]
    assert instability([float("nan")]).tolist() != [0.0]


def test_import_risk_lies_between_the_instabilities():
    assert import_risk([10, 10], [0.2, 0.6], production=0) == pytest.approx(0.4)
    assert import_risk([10, 10], [0.2, 0.6], production=20) == pytest.approx(0.2)
    assert import_risk([], [], production=5) == 0.0


@pytest.mark.parametrize(
    ("amounts", "weights", "production"),
    [
        ([1], [1.1], 0),
        ([-1, 3], [0.5, 0.5], 0),
        ([float("nan")], [0.5], 1),
        ([1], [float("nan")], 1),
        ([1], [0.5], -1),
        ([], [], 0),
        ([1], [0.5], float("nan")),
    ],
)
def test_import_risk_of_the_unknown_is_an_error(amounts, weights, production):
    with pytest.raises(InputError):
        import_risk(amounts, weights, production)


def test_characterisation_factor_is_one_for_copper_itself():
    score = geopolrisk_score(0.1, 0.5)
    assert characterisation_factor(score, 8.0, reference=score * 8.0) == pytest.approx(1.0)
    with pytest.raises(InputError):
        characterisation_factor(score, 8.0, reference=0.0)
