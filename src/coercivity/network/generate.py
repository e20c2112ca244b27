"""Seeded firm networks that look like measured ones, for benchmarks and tests.

Sizes and numbers of partners have heavy tails, firms belong to sectors, sectors stand in tiers,
and the accounts of every firm add up.  Nothing here describes a real economy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ESSENTIAL", "NON_ESSENTIAL", "NOT_NEEDED", "FirmNetwork", "generate_firms"]

Float = NDArray[np.float64]
Int = NDArray[np.int32]
Long = NDArray[np.int64]

NOT_NEEDED: Final = 0
NON_ESSENTIAL: Final = 1
ESSENTIAL: Final = 2

SIZE_EXPONENT: Final = 1.059
"""Tail exponent of firm sizes [Axtell2001]."""
BUYER_EXPONENT: Final = 1.35
"""Tail exponent of the number of suppliers of a firm [FujiwaraAoyama2010]."""
SUPPLIER_EXPONENT: Final = 1.26
"""Tail exponent of the number of customers of a firm [FujiwaraAoyama2010]."""

TIER_MIX: Final = (0.05, 0.15, 0.70, 0.10)
"""Purchases from a tier nearer to final demand, from one's own, the next, and those beyond.

Assumed: most of what a firm buys comes from the tier behind it, and the rest closes loops.
"""
PURCHASES: Final = 0.5
"""Purchases over output, at most.  Assumed; about what input-output tables show."""
NOISE: Final = 0.5
"""Standard deviation of the logarithm by which partners deviate from size.  Assumed."""
SPREAD: Final = 2.0
"""The same for how much a sector buys of another: few inputs make most of a recipe.  Assumed."""

_CROWDED_ROUNDS: Final = 12
_MOST_ROUNDS: Final = 400
_INT32_MAX: Final = 2**31 - 1


@dataclass(frozen=True, eq=False)
class FirmNetwork:
    """Firms, the lanes between them and what their sectors need.

    Attributes
    ----------
    firms : DataFrame, one row per firm, labelled 0 to n - 1
        ``sector`` (int32), ``tier`` (int8; 0 sells to final demand, the last mines and farms),
        ``output`` (all sales), ``final_demand`` and ``cost`` (all purchases), in value per day.
    lanes : DataFrame, one row per lane
        ``supplier``, ``buyer`` (int32, labels of firms) and ``weight``, in value per day;
        sorted by supplier, then buyer.  Every pair occurs once, and no firm supplies itself.
    essentiality : int8[supplier sector, buyer sector]
        2 if the buyer's sector cannot work without the input, 1 if it loses in proportion.
    """

    firms: pd.DataFrame
    lanes: pd.DataFrame
    essentiality: NDArray[np.int8]


def generate_firms(
    n_firms: int,
    n_lanes: int,
    *,
    seed: int,
    n_sectors: int = 80,
    n_tiers: int = 4,
    essential_share: float = 0.5,
    final_share: float = 0.3,
) -> FirmNetwork:
    r"""Draw a network of firms with heavy tails, sectors and tiers.

    Sizes follow a Pareto law, :math:`P(X > x) \propto x^{-\alpha}` with
    :math:`\alpha = 1.059` [Axtell2001]; the numbers of suppliers and customers grow with size so
    that their tails have exponents 1.35 and 1.26 [FujiwaraAoyama2010].  A lane is drawn in three
    steps: a buyer by size, a supplying sector by the recipe of the buyer's sector, a supplier in
    it by size; pairs that occur already are drawn again.  A firm spends up to half of its size on
    inputs, and its output covers what it sells and `final_share`.

    Parameters
    ----------
    n_firms : int
        At least `n_sectors`.
    n_lanes : int
        At least one per firm; at most a quarter of all pairs, and within int32.
    seed : int
        The same seed gives the same tables.
    n_sectors : int
        Every sector has at least one firm; sector sizes differ.
    n_tiers : int
        At most `n_sectors`.  Each firm outside the last tier has a supplier.
    essential_share : float, 0 to 1
        Share of pairs of sectors in which the input is essential.
    final_share : float, 0 to below 1
        Least share of a firm's output that goes to final demand.

    Returns
    -------
    FirmNetwork

    Raises
    ------
    InputError
        If a count or share is out of bounds.

    Examples
    --------
    >>> network = generate_firms(100, 400, seed=1, n_sectors=8)
    >>> len(network.firms), len(network.lanes)
    (100, 400)
    >>> sales = network.lanes.groupby("supplier")["weight"].sum()
    >>> bool((sales <= network.firms["output"].reindex(sales.index)).all())
    True
    """
    _check_request(n_firms, n_lanes, n_sectors, n_tiers, essential_share, final_share)
    rng = np.random.default_rng(seed)
    tiers = np.arange(n_sectors) * n_tiers // n_sectors
    sector = _draw_sectors(n_firms, n_sectors, rng)
    recipe = _draw_recipes(tiers, rng)
    size = rng.pareto(SIZE_EXPONENT, n_firms) + 1.0
    pool = _Pool(sector, recipe, size, rng)
    always = np.flatnonzero(tiers[sector] < n_tiers - 1)
    supplier, buyer = _draw_lanes(n_firms, n_lanes, always, pool, rng)
    weight, cost = _draw_weights(supplier, buyer, size, rng)
    sold = np.bincount(supplier, weight, n_firms)
    output = np.maximum(size, sold / (1.0 - final_share))
    essential = rng.random((n_sectors, n_sectors)) < essential_share
    return _label(
        {"sector": sector, "tier": tiers[sector].astype(np.int8), "output": output,
         "final_demand": output - sold, "cost": cost},
        {"supplier": supplier, "buyer": buyer, "weight": weight},
        np.where(essential, ESSENTIAL, NON_ESSENTIAL).astype(np.int8),
    )  # fmt: skip


def _label(
    firms: dict[str, NDArray[Any]], lanes: dict[str, NDArray[Any]], needs: NDArray[np.int8]
) -> FirmNetwork:
    """Put the columns into frames."""
    import pandas as pd

    frame = pd.DataFrame(firms)
    frame.index.name = "firm"
    return FirmNetwork(frame, pd.DataFrame(lanes), needs)


def _check_request(
    n_firms: int, n_lanes: int, n_sectors: int, n_tiers: int, essential: float, final: float
) -> None:
    """Refuse what cannot be drawn."""
    most = min(n_firms * (n_firms - 1) // 4, _INT32_MAX)
    rules = (
        ("n_firms", n_firms, 2 <= n_firms <= _INT32_MAX, "2 to 2147483647 firms"),
        ("n_lanes", n_lanes, n_firms <= n_lanes <= most,
         f"{n_firms} (one per firm) to {most} (a quarter of all pairs, and int32)"),
        ("n_sectors", n_sectors, 1 <= n_sectors <= n_firms, "one sector to one per firm"),
        ("n_tiers", n_tiers, 1 <= n_tiers <= min(n_sectors, 127), "one tier to one per sector"),
        ("essential_share", essential, 0.0 <= essential <= 1.0, "a share from 0 to 1"),
        ("final_share", final, 0.0 <= final < 1.0, "a share from 0 to below 1"),
    )  # fmt: skip
    problems = [
        Problem(f"{name} is {value}", where=f"generate_firms({name}=)", expected=expected)
        for name, value, good, expected in rules
        if not good
    ]
    if problems:
        raise InputError("no such network can be drawn", problems=problems)


def _draw_sectors(n_firms: int, n_sectors: int, rng: np.random.Generator) -> Int:
    """Give each firm a sector, and each sector a firm."""
    popularity = rng.dirichlet(np.full(n_sectors, 2.0))
    sector = rng.choice(n_sectors, n_firms, p=popularity).astype(np.int32)
    sector[rng.permutation(n_firms)[:n_sectors]] = np.arange(n_sectors, dtype=np.int32)
    return sector


def _draw_recipes(tiers: Long, rng: np.random.Generator) -> Float:
    """Return float64[buyer sector, supplier sector]: shares of purchases, with sums of one."""
    nearer, same, following, beyond = TIER_MIX
    step = tiers[None, :] - tiers[:, None]
    kinds = (step < 0, step == 0, step == 1, step > 1)
    affinity = rng.lognormal(0.0, SPREAD, step.shape)
    recipe = np.zeros(step.shape)
    for share, kind in zip((nearer, same, following, beyond), kinds, strict=True):
        part = np.where(kind, affinity, 0.0)
        total = part.sum(axis=1, keepdims=True)
        recipe += share * np.divide(part, total, out=np.zeros_like(part), where=total > 0.0)
    return np.asarray(recipe / recipe.sum(axis=1, keepdims=True), np.float64)


class _Pool:
    """Cumulative weights from which buyers, sectors and suppliers are drawn."""

    def __init__(self, sector: Int, recipe: Float, size: Float, rng: np.random.Generator) -> None:
        n_firms, self.n_sectors = sector.size, recipe.shape[0]
        demand = size ** (SIZE_EXPONENT / BUYER_EXPONENT) * rng.lognormal(0.0, NOISE, n_firms)
        supply = size ** (SIZE_EXPONENT / SUPPLIER_EXPONENT) * rng.lognormal(0.0, NOISE, n_firms)
        self.sector = sector
        self.buyers = np.cumsum(demand)
        self.recipes = (np.cumsum(recipe, axis=1) + np.arange(self.n_sectors)[:, None]).ravel()
        self.firms = np.argsort(sector, kind="stable").astype(np.int32)
        self.suppliers = np.concatenate([[0.0], np.cumsum(supply[self.firms])])
        self.start = np.searchsorted(sector[self.firms], np.arange(self.n_sectors + 1))

    def draw_buyers(self, n: int, rng: np.random.Generator) -> Int:
        """Draw `n` buyers by their demand."""
        at = np.searchsorted(self.buyers, rng.random(n) * self.buyers[-1], side="right")
        return np.asarray(np.minimum(at, self.buyers.size - 1), np.int32)

    def draw_suppliers(self, buyer: Int, rng: np.random.Generator) -> Int:
        """Draw a supplier for each buyer: the sector by the recipe, the firm by its supply."""
        home = self.sector[buyer].astype(np.int64)
        at = np.searchsorted(self.recipes, home + rng.random(home.size), side="right")
        choice = np.clip(at - home * self.n_sectors, 0, self.n_sectors - 1)
        first, end = self.start[choice], self.start[choice + 1]
        low, high = self.suppliers[first], self.suppliers[end]
        at = np.searchsorted(self.suppliers, low + rng.random(low.size) * (high - low), "right")
        return np.asarray(self.firms[np.clip(at - 1, first, end - 1)], np.int32)


def _draw_lanes(
    n_firms: int, n_lanes: int, always: Long, pool: _Pool, rng: np.random.Generator
) -> tuple[Int, Int]:
    """Draw lanes until there are enough different ones; each firm of `always` buys something.

    Pairs of giants come up again and again.  After some rounds the places left are given to pairs
    drawn evenly, which ends the search in crowded networks.
    """
    pairs = np.zeros(0, np.int64)
    waiting = always.astype(np.int32)
    for _ in range(_MOST_ROUNDS):
        if not waiting.size:
            break
        pairs = _add(pairs, pool.draw_suppliers(waiting, rng), waiting, n_firms)
        has = np.zeros(n_firms, np.bool_)
        has[pairs % n_firms] = True
        waiting = waiting[~has[waiting]]
    for number in range(_MOST_ROUNDS):
        missing = n_lanes - pairs.size
        if not missing:
            break
        if number < _CROWDED_ROUNDS:
            buyer = pool.draw_buyers(missing, rng)
            supplier = pool.draw_suppliers(buyer, rng)
        else:
            buyer, supplier = rng.integers(0, n_firms, (2, missing), np.int32)
        pairs = _add(pairs, supplier, buyer, n_firms)
    if waiting.size or pairs.size < n_lanes:
        raise InputError(
            "the draw of lanes did not end",
            where=f"{pairs.size} of {n_lanes} lanes",
            expected="sectors in which a buyer finds a supplier other than itself",
            hint="ask for fewer lanes or sectors, or more firms",
        )
    supplier, buyer = np.divmod(pairs, n_firms)
    return supplier.astype(np.int32), buyer.astype(np.int32)


def _add(pairs: Long, supplier: Int, buyer: Int, n_firms: int) -> Long:
    """Merge new pairs into the sorted ones, without loops and repetitions."""
    key = supplier.astype(np.int64) * n_firms + buyer
    key = np.unique(key[supplier != buyer])
    at = np.searchsorted(pairs, key)
    known = np.zeros(key.size, np.bool_)
    inside = at < pairs.size
    known[inside] = pairs[at[inside]] == key[inside]
    return np.insert(pairs, at[~known], key[~known])


def _draw_weights(
    supplier: Int, buyer: Int, size: Float, rng: np.random.Generator
) -> tuple[Float, Float]:
    """Split what each buyer spends over its lanes; return the weights and what is spent.

    The larger supplier gets more, by the root of its size, with noise.
    """
    weight = rng.lognormal(0.0, 2.0 * NOISE, supplier.size) * np.sqrt(size)[supplier]
    total = np.bincount(buyer, weight, size.size)
    spent = np.where(total > 0.0, PURCHASES * size, 0.0)
    rate = np.divide(spent, total, out=np.zeros_like(total), where=total > 0.0)
    weight *= rate[buyer]
    return weight, np.bincount(buyer, weight, size.size).astype(np.float64)
