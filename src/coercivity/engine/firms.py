"""The firm-level model of Henriet, Hallegatte and Tabourier, and of Inoue and Todo.

Firms buy from named suppliers, hold stock of what each of them delivers, and can replace one
supplier's goods by another's of the same sector, but not by anything else [Henriet2012],
[InoueTodo2019].  ``docs/explanation/firms.md`` gives every equation and the four rationing rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coercivity.engine.firm_results import FirmResults, label_firms
from coercivity.engine.kernels import firms as kernel
from coercivity.errors import InputError, NotFoundError, UsageError

__all__ = [
    "FirmLoss",
    "FirmMethod",
    "FirmNetwork",
    "FirmResults",
    "Rationing",
    "make_firm_network",
    "simulate_firms",
]

Float = NDArray[np.float64]
Int = NDArray[np.int32]
Rationing = Literal["R0", "R1", "R2", "R3"]

_MOST: Final = np.iinfo(np.int32).max
_BITS: Final[Mapping[str, int]] = {
    "R0": 0,
    "R1": kernel.FIRMS_FIRST,
    "R2": kernel.LOWEST_FIRST,
    "R3": kernel.FIRMS_FIRST | kernel.LOWEST_FIRST,
}


@dataclass(frozen=True, eq=False)
class FirmNetwork:
    """Firms and their links, laid out for the kernel; see :func:`make_firm_network`.

    Attributes
    ----------
    firms, sectors : tuple of str
    firm_sector : int32[firm]
        Position of each firm's sector.
    client, supplier : int32[link]
        In order of client, sector of the supplier, supplier.
    flow : float64[link], unit per day
        Usual flow, above zero.
    input_link : int32[input + 1]
        Rows of links of each input: what a client buys of a sector.
    input_sector : int32[input]
    firm_input : int32[firm + 1]
        Rows of inputs of each firm.
    sold_link : int32[firm + 1]
    sold : int32[link]
        Links of each supplier.
    final : float64[firm], unit per day
        Final demand.
    usual : float64[firm], unit per day
        Output: flows to clients and final demand.
    """

    firms: tuple[str, ...]
    sectors: tuple[str, ...]
    firm_sector: Int
    client: Int
    supplier: Int
    flow: Float
    input_link: Int
    input_sector: Int
    firm_input: Int
    sold_link: Int
    sold: Int
    final: Float
    usual: Float

    @property
    def n_firms(self) -> int:
        """Number of firms."""
        return len(self.firms)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return int(self.flow.size)

    def position(self, firm: str) -> int:
        """Return the position of a firm; NotFoundError if there is none of that name."""
        try:
            return self.firms.index(firm)
        except ValueError:
            raise NotFoundError(f"no firm {firm!r} in the network", where="firm") from None


@dataclass(frozen=True)
class FirmMethod:
    """Parameters of the model.

    Parameters
    ----------
    rationing : {"R0", "R1", "R2", "R3"}
        How scarce output is shared.  R0: in proportion to orders and final demand
        [Hallegatte2008].  R1: clients first, in proportion, final users last [Henriet2012].
        R2: the lowest ratio of order to usual order is filled first, final users among the
        clients [InoueTodo2019].  R3: as R2 among the clients, final users last.
    cover : float or sequence of float, day
        Stock aimed at, in days of use; 15 on average in [InoueTodo2019], who draw it for each
        firm from a Poisson distribution: pass one value per firm for that.
    tau : float, day
        Time over which a gap in stock is ordered; 6 in [InoueTodo2019].
    """

    rationing: Rationing = "R2"
    cover: float | Sequence[float] = 15.0
    tau: float = 6.0

    def __post_init__(self) -> None:
        if self.rationing not in get_args(Rationing):
            raise UsageError(
                f"unknown rationing rule {self.rationing!r}",
                where="rationing",
                expected=" or ".join(get_args(Rationing)),
            )
        if not np.all(np.asarray(self.cover, np.float64) > 0.0) or not self.tau > 0.0:
            raise UsageError("cover and tau must be above zero", where="cover, tau")


@dataclass(frozen=True)
class FirmLoss:
    """Firms lose a share of their capacity.

    Parameters
    ----------
    share : mapping of str to float
        Share of capacity lost by each firm, 0 to 1.
    day : int
        First day of the loss.
    until : int, optional
        First day without it; by default it lasts.
    name : str
        Shown by ``why``.
    """

    share: Mapping[str, float]
    day: int = 0
    until: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not self.share or not all(0.0 <= share <= 1.0 for share in self.share.values()):
            raise InputError("a loss must name firms and lie between 0 and 1", where="share")
        if self.day < 0 or (self.until is not None and self.until <= self.day):
            raise InputError(f"a loss from day {self.day} until {self.until}", where="day")


def make_firm_network(
    supplier: ArrayLike,
    client: ArrayLike,
    flow: ArrayLike,
    *,
    sector: Sequence[str],
    final_demand: ArrayLike,
    firms: Sequence[str] | None = None,
) -> FirmNetwork:
    """Lay out a network given as a list of links.

    Parameters
    ----------
    supplier, client : int[link]
        Positions of firms.  A pair that occurs twice is one link with the sum of the flows; links
        without flow are left out.
    flow : float64[link], unit per day
    sector : sequence of str
        Sector of each firm.
    final_demand : float64[firm], unit per day
    firms : sequence of str, optional
        Names; by default ``"0"``, ``"1"``, ….

    Raises
    ------
    InputError
        If lengths differ, a position lies outside the network, a number is missing, infinite or
        negative, or there are more links than the layout can count.
    """
    names = tuple(str(i) for i in range(len(sector))) if firms is None else tuple(firms)
    sellers, buyers = np.asarray(supplier, np.int64), np.asarray(client, np.int64)
    flows, final = np.asarray(flow, np.float64), np.asarray(final_demand, np.float64)
    _check(names, sector, sellers, buyers, flows, final)
    of, labels = pd.factorize(np.asarray(sector, object), sort=True)
    keys, at = np.unique(buyers * len(names) + sellers, return_inverse=True)
    summed = np.bincount(at, weights=flows, minlength=keys.size).astype(np.float64)
    keys, summed = keys[summed > 0.0], summed[summed > 0.0]
    buyers, sellers = np.divmod(keys, max(1, len(names)))
    # Already in order of client and supplier; a stable sort puts the sector between.
    order = np.argsort(buyers * len(labels) + of[sellers], kind="stable")
    buyers, sellers, summed = buyers[order], sellers[order], np.asarray(summed[order], np.float64)
    n, m = len(names), summed.size
    new = np.ones(m, np.bool_)
    new[1:] = (np.diff(buyers) != 0) | (np.diff(of[sellers]) != 0)
    starts = np.flatnonzero(new)
    return FirmNetwork(
        firms=names,
        sectors=tuple(str(label) for label in labels),
        firm_sector=of.astype(np.int32),
        client=buyers.astype(np.int32),
        supplier=sellers.astype(np.int32),
        flow=summed,
        input_link=np.append(starts, m).astype(np.int32),
        input_sector=of[sellers[starts]].astype(np.int32),
        firm_input=_pointers(buyers[starts], n),
        sold_link=_pointers(sellers, n),
        sold=np.argsort(sellers, kind="stable").astype(np.int32),
        final=final,
        usual=final + np.bincount(sellers, weights=summed, minlength=n),
    )


def _pointers(owner: NDArray[np.int64], n: int) -> Int:
    """Rows of each owner in a list sorted by owner."""
    counts = np.bincount(owner, minlength=n)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32)


def _check(
    names: tuple[str, ...],
    sector: Sequence[str],
    sellers: NDArray[np.int64],
    buyers: NDArray[np.int64],
    flows: Float,
    final: Float,
) -> None:
    """Raise unless a list of links makes a network."""
    n = len(names)
    if n == 0 or len(sector) != n or final.shape != (n,) or len(set(names)) != n:
        raise InputError(
            f"{n} firms, {len(sector)} sectors, final demand of shape {final.shape}",
            where="firms",
            expected="distinct names, and one sector and one final demand for each firm",
        )
    if not sellers.shape == buyers.shape == flows.shape == (flows.size,):
        raise InputError("suppliers, clients and flows differ in length", where="links")
    if flows.size > _MOST:
        raise InputError(
            f"{flows.size} links", where="links", expected=f"at most {_MOST} (32-bit positions)"
        )
    for where, ends in (("supplier", sellers), ("client", buyers)):
        wrong = np.flatnonzero((ends < 0) | (ends >= n))
        if wrong.size:
            raise InputError(
                f"firm {ends[wrong[0]]} is not in the network",
                where=f"{where}, link {wrong[0]}",
                expected=f"0 to {n - 1}",
            )
    for where, amounts in (("flow", flows), ("final_demand", final)):
        wrong = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0.0)))
        if wrong.size:
            raise InputError(
                f"{amounts[wrong[0]]} is not an amount",
                where=f"{where}, row {wrong[0]}",
                expected="a finite number, zero or more",
            )


def simulate_firms(
    network: FirmNetwork,
    losses: Sequence[FirmLoss] = (),
    *,
    start: date,
    days: int,
    method: FirmMethod | None = None,
    record: Literal["all", "none"] | Sequence[str] = "all",
) -> FirmResults:
    """Simulate a network of firms.

    Parameters
    ----------
    network : FirmNetwork
    losses : sequence of FirmLoss
        Where several hit a firm on a day, the largest counts.
    start : datetime.date
        Date of day 0.
    days : int
    method : FirmMethod, optional
    record : "all", "none" or sequence of str
        Firms whose series are recorded, 28 bytes per day and firm; sums by sector always are.

    Returns
    -------
    FirmResults

    Raises
    ------
    NotFoundError
        If a loss or `record` names a firm that is not there.
    UsageError
        If there are no days, or `cover` does not fit the network.
    """
    chosen = method or FirmMethod()
    if days < 1:
        raise UsageError(f"{days} days", where="days", expected="1 or more")
    at = {firm: i for i, firm in enumerate(network.firms)}
    hit = sorted({_find(at, firm) for loss in losses for firm in loss.share})
    share = _shares(losses, at, hit, days)
    constants = _constants(network, chosen, share, hit)
    state = _state(network, constants)
    if isinstance(record, str):
        if record not in ("all", "none"):
            raise UsageError(repr(record), where="record", expected="'all', 'none' or names")
        rows = np.arange(network.n_firms if record == "all" else 0)
    else:
        rows = np.array([_find(at, firm) for firm in record], np.int64)
    kept = _kept(network, days, rows.astype(np.int64))
    kernel.run_firms(constants, state, kept, days)
    return label_firms(
        network, kept, start=start, losses=tuple(losses), method=chosen, complete=record == "all"
    )


def _find(at: Mapping[str, int], firm: str) -> int:
    """Return the position of a firm."""
    if firm not in at:
        raise NotFoundError(f"no firm {firm!r} in the network", where="firm")
    return at[firm]


def _shares(losses: Sequence[FirmLoss], at: Mapping[str, int], hit: list[int], days: int) -> Float:
    """Share of capacity lost: float64[day, firm hit]."""
    column = {firm: k for k, firm in enumerate(hit)}
    share = np.zeros((days, len(hit)))
    for loss in losses:
        for firm, size in loss.share.items():
            path = share[loss.day : loss.until, column[at[firm]]]
            np.maximum(path, size, out=path)
    return share


def _constants(
    network: FirmNetwork, method: FirmMethod, share: Float, hit: list[int]
) -> kernel.FirmConstants:
    """Lay out what does not change."""
    cover = np.asarray(method.cover, np.float64)
    if cover.ndim and cover.shape != (network.n_firms,):
        raise UsageError(
            f"cover of shape {cover.shape}", where="cover", expected="one value, or one per firm"
        )
    starts = network.input_link[:-1]
    return kernel.FirmConstants(
        supplier=network.supplier,
        flow=network.flow,
        input_link=network.input_link,
        input_sector=network.input_sector,
        input_flow=np.add.reduceat(network.flow, starts) if starts.size else np.zeros(0),
        firm_input=network.firm_input,
        sold_link=network.sold_link,
        sold=network.sold,
        usual=network.usual,
        final=network.final,
        cover=np.broadcast_to(cover, network.n_firms).copy(),
        loss=share,
        loss_of=np.array(hit, np.int64),
        firm_sector=network.firm_sector,
        tau=float(method.tau),
        rule=_BITS[method.rationing],
    )


def _state(network: FirmNetwork, c: kernel.FirmConstants) -> kernel.FirmState:
    """Lay out the morning of day 0: full stocks, usual deliveries and use of the day before."""
    n = network.n_firms
    return kernel.FirmState(
        stock=network.flow * c.cover[network.client],
        order=network.flow.copy(),
        sent=network.flow.copy(),
        demand=network.usual.copy(),
        limit=np.full(n, np.inf),
        limited_by=np.full(n, -1, np.int32),
        output=network.usual.copy(),
        final_sent=network.final.copy(),
    )


def _kept(network: FirmNetwork, days: int, rows: NDArray[np.int64]) -> kernel.FirmKept:
    """Make room for the record."""
    shape = (days, rows.size)
    return kernel.FirmKept(
        sector_output=np.zeros((days, len(network.sectors))),
        sector_final=np.zeros((days, len(network.sectors))),
        output=np.zeros(shape),
        demand=np.zeros(shape),
        final_sent=np.zeros(shape),
        limited_by=np.full(shape, -1, np.int32),
        firms=rows,
    )
