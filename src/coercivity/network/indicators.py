"""Static indicators of concentration and dependence, from tables of shares or trade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coercivity.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.network.compiled import CompiledNetwork

__all__ = [
    "characterisation_factor",
    "geopolrisk_score",
    "hhi",
    "import_dependence",
    "import_risk",
    "instability",
    "supplier_shares",
]

SCORE_SPAN = (-2.5, 2.5)
"""Scale on which the Worldwide Governance Indicators are read; few scores lie outside
[KaufmannKraay2010]."""


def hhi(amounts: ArrayLike) -> float:
    r"""Herfindahl–Hirschman index of concentration, :math:`H = \sum_j s_j^2`.

    Parameters
    ----------
    amounts : float64[part]
        Amounts or shares, in any one unit; they are normalised.

    Returns
    -------
    float
        From 1/n (equal parts) to 1 (one part has all).

    Raises
    ------
    InputError
        If an amount is negative or not finite, or all are zero.

    Examples
    --------
    >>> hhi([50, 30, 20])
    0.38
    >>> hhi([1, 1, 1, 1])
    0.25
    """
    values = np.asarray(amounts, dtype=np.float64)
    total = float(values.sum()) if values.size else 0.0
    if not np.isfinite(values).all() or (values < 0).any() or total <= 0:
        raise InputError(
            "concentration of no amounts, or of negative ones, has no meaning",
            expected="finite amounts of zero or more, with a sum above zero",
        )
    return float(np.sum((values / total) ** 2))


def import_dependence(imports: float, exports: float, production: float) -> float:
    """Net imports over apparent consumption, :math:`(M - X) / (P + M - X)`.

    Parameters
    ----------
    imports, exports, production : float
        Amounts in one unit and period.

    Returns
    -------
    float
        Net import reliance as the USGS Mineral Commodity Summaries define it: 1 if all comes
        from abroad, 0 or less for a net exporter.

    Raises
    ------
    InputError
        If an amount is negative, or apparent consumption is not above zero.

    Examples
    --------
    >>> import_dependence(imports=80, exports=5, production=25)
    0.75
    """
    consumption = production + imports - exports
    if min(imports, exports, production) < 0 or not consumption > 0:
        raise InputError(
            f"apparent consumption is {consumption:g}",
            expected="amounts of zero or more, with production + imports above exports",
        )
    return (imports - exports) / consumption


def instability(estimate: ArrayLike) -> NDArray[np.float64]:
    r"""Political instability from a governance score, :math:`g = (2.5 - e) / 5` within 0 and 1.

    Parameters
    ----------
    estimate : float64[...], 1
        Political stability and absence of violence of the Worldwide Governance Indicators; NaN is
        unknown and stays so.

    Returns
    -------
    float64[...], 1
        0 stable to 1 unstable [Koyamparambath2024].

    Examples
    --------
    >>> instability([2.5, 0.0, -3.3]).tolist()
    [0.0, 0.5, 1.0]
    """
    low, high = SCORE_SPAN
    scaled = (high - np.asarray(estimate, dtype=np.float64)) / (high - low)
    return np.clip(scaled, 0.0, 1.0)


def import_risk(quantities: ArrayLike, instabilities: ArrayLike, production: float) -> float:
    r"""Weigh imports by the instability of their origin, :math:`\sum_i g_i f_i / (p + F)`.

    Parameters
    ----------
    quantities : float64[origin]
        Imports from each origin, :math:`f_i`, in any one unit; their sum is :math:`F`.
    instabilities : float64[origin], 1
        Instability of each origin, :math:`g_i`.
    production : float
        Domestic production, :math:`p`, in the same unit.

    Returns
    -------
    float
        0 to 1 [Gemechu2016], with domestic production in the denominator [Helbig2016].

    Raises
    ------
    InputError
        If an amount is negative or not finite, an instability lies outside 0 to 1, or there is
        neither import nor production.

    Examples
    --------
    >>> import_risk([60, 20], [0.5, 0.25], production=20)
    0.35
    """
    amounts = np.asarray(quantities, dtype=np.float64)
    weights = np.asarray(instabilities, dtype=np.float64)
    supply = float(amounts.sum()) + production
    fit = np.isfinite(supply) and production >= 0 and bool((amounts >= 0).all())
    if not fit or not ((weights >= 0) & (weights <= 1)).all() or not supply > 0:
        raise InputError(
            "import risk needs known amounts and instabilities, and some supply",
            expected="amounts of zero or more with a sum above zero, instabilities from 0 to 1",
        )
    return float((amounts * weights).sum() / supply)


def geopolrisk_score(concentration: float, risk: float) -> float:
    """GeoPolRisk score, the production concentration times the import risk.

    Parameters
    ----------
    concentration : float, 1
        Herfindahl-Hirschman index of world production.
    risk : float, 1
        From :func:`import_risk`.

    Returns
    -------
    float
        0 to 1 [Gemechu2016].

    Examples
    --------
    >>> geopolrisk_score(0.5, 0.25)
    0.125
    """
    return concentration * risk


def characterisation_factor(score: float, price: float, *, reference: float) -> float:
    """Geopolitical supply risk potential of a kilogram, in kilograms of copper.

    Parameters
    ----------
    score : float, 1
        GeoPolRisk score.
    price : float, USD/kg
        Price of the material.
    reference : float, USD/kg
        Score times price of copper [Koyamparambath2024].

    Returns
    -------
    float
        kg of copper per kg of the material [SantillanSaldivar2022].

    Raises
    ------
    InputError
        If the reference is not above zero.

    Examples
    --------
    >>> characterisation_factor(0.125, 8.0, reference=0.4)
    2.5
    """
    if not reference > 0:
        raise InputError(
            f"the copper reference is {reference:g} USD/kg", expected="a number above zero"
        )
    return score * price / reference


def supplier_shares(
    net: CompiledNetwork, items: Sequence[str], destination: str, *, by: str = "origin"
) -> pd.DataFrame:
    """Shares of origins or exporters in a country's baseline purchases of items.

    Parameters
    ----------
    net : CompiledNetwork
    items : sequence of str
        Items taken together.
    destination : str
        Buying country.
    by : str
        ``origin``, ``exporter`` or ``supplier``.

    Returns
    -------
    pandas.DataFrame
        One row per origin: ``share`` (median over members), ``low`` and ``high`` (5th and 95th
        percentile); largest first.

    Raises
    ------
    InputError
        If the country buys none of the items.
    """
    import pandas as pd

    chosen = net.lanes["item"].isin(list(items)) & (net.lanes["destination"] == destination)
    if not chosen.any():
        raise InputError(
            f"{destination} buys no {', '.join(items)}",
            where="lanes",
            expected="a destination and items that some lane has",
        )
    flow = pd.DataFrame(net.flow0[chosen.to_numpy()])
    flow = flow.groupby(net.lanes.loc[chosen, by].to_numpy()).sum()
    share = flow / flow.sum(axis=0)
    table = pd.DataFrame(
        {
            "share": share.median(axis=1),
            "low": share.quantile(0.05, axis=1),
            "high": share.quantile(0.95, axis=1),
        }
    )
    table.index.name = by
    return table.sort_values(["share"], ascending=False, kind="stable")
