"""Static indicators of concentration and dependence, from tables of shares or trade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from coercivity.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.network.compiled import CompiledNetwork

__all__ = ["hhi", "import_dependence", "supplier_shares"]


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
