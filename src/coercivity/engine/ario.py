"""The adaptive regional input–output model (ARIO) with inventories.

Industries of a multi-regional table order from each other, day by day, as in [Hallegatte2008] and
[Hallegatte2013]; the day is that of BoARIO 0.7, whose series are reproduced to rounding.
``docs/explanation/ario.md`` gives every equation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.ario_results import ArioResults, label_results
from coercivity.engine.ario_shocks import CapacityLoss, CapitalLoss, Loss, Recovery, make_loss
from coercivity.engine.kernels import ario as kernel
from coercivity.errors import InvariantError, UsageError
from coercivity.network.mrio import MrioTable
from coercivity.options import Options

__all__ = ["Ario", "ArioResults", "CapacityLoss", "CapitalLoss", "Recovery", "simulate_ario"]

Float = NDArray[np.float64]
OrderType = Literal["alt", "noalt"]

_THREADED: Final = 1 << 22
"""Flows of a table (32 MiB) from which threads gain more than they cost."""

_NO_STOCK = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Ario:
    r"""Parameters of the model; defaults are those of BoARIO 0.7.

    Parameters
    ----------
    order_type : {"alt", "noalt"}
        Orders of an input are split over its suppliers by the flows of the table (``noalt``,
        [Hallegatte2013]), or by these flows times the supplier's present capacity over its
        usual output (``alt``), so that buyers turn to those who can deliver.
    psi : float, share
        :math:`\psi`: output falls when a stock is below this share of its target.
    cover : float or mapping of sector to float, day
        :math:`n_s`: days of use held of each input; more than 1.
    endless : sequence of str
        Sectors whose products never limit output.
    restoration : float or mapping of sector to float, day
        :math:`\tau_s`: time over which a gap in stock is ordered.
    overproduction_base, overproduction_max : float
        :math:`\alpha_b`, :math:`\alpha_m`: factor on capacity, usual and largest.
    overproduction_days : float, day
        :math:`\tau_\alpha`: time over which overproduction adapts.
    capital_ratio : float or mapping of sector to float, year
        Productive capital over value added per year; 4 as in [Hallegatte2008].
    days_per_year : float
        Divides the flows of the table.
    smallest_input : float
        An input below this share of output does not limit it.  The share is that of flows per
        year in output per day, as in BoARIO 0.7.

    Raises
    ------
    UsageError
        If a parameter lies outside its range.
    """

    order_type: OrderType = "alt"
    psi: float = 0.8
    cover: float | Mapping[str, float] = 90.0
    endless: Sequence[str] = ()
    restoration: float | Mapping[str, float] = 60.0
    overproduction_base: float = 1.0
    overproduction_max: float = 1.25
    overproduction_days: float = 365.0
    capital_ratio: float | Mapping[str, float] = 4.0
    days_per_year: float = 365.0
    smallest_input: float = 1e-5

    def __post_init__(self) -> None:
        if self.order_type not in get_args(OrderType):
            raise UsageError(
                f"unknown order type {self.order_type!r}",
                where="order_type",
                expected=" or ".join(get_args(OrderType)),
            )
        _above("psi", self.psi, 0.0, at_most=1.0)
        for name in ("restoration", "capital_ratio", "overproduction_days", "days_per_year"):
            _above(name, getattr(self, name), 0.0)
        _above("cover", self.cover, 1.0)
        if not 1.0 <= self.overproduction_base <= self.overproduction_max:
            raise UsageError(
                "overproduction below one, or with a base above its maximum",
                where="overproduction_base",
                expected="1 ≤ overproduction_base ≤ overproduction_max",
            )


def _above(
    name: str, value: float | Mapping[str, float], least: float, *, at_most: float = np.inf
) -> None:
    """Raise unless a parameter, or each of its values, lies in its range."""
    values = value.values() if isinstance(value, Mapping) else (value,)
    for each in values:
        if not least < each <= at_most:
            top = "" if np.isinf(at_most) else f" and at most {at_most:g}"
            raise UsageError(f"{name} is {each:g}", where=name, expected=f"above {least:g}{top}")


def simulate_ario(
    table: MrioTable,
    events: Sequence[CapacityLoss | CapitalLoss] = (),
    *,
    start: date,
    days: int,
    parameters: Ario | None = None,
    capital: Float | None = None,
    stocks: Literal["all", "none"] | Sequence[tuple[str, str]] = "none",
    options: Options | None = None,
) -> ArioResults:
    """Simulate a table under events.

    Parameters
    ----------
    table : MrioTable
    events : sequence of CapacityLoss or CapitalLoss
    start : datetime.date
        Date of day 0.
    days : int
        Number of days.
    parameters : Ario, optional
    capital : float64[industry], monetary unit of the table, optional
        Productive capital; by default value added times ``parameters.capital_ratio``.
    stocks : "all", "none" or sequence of (region, sector)
        Industries whose stocks are recorded: 8 bytes per day, input sector and industry.
    options : Options, optional
        Threads; the results do not depend on their number.

    Returns
    -------
    ArioResults

    Raises
    ------
    NotFoundError
        If an event, a parameter or `stocks` names what the table has not.
    InputError
        If an event destroys more than there is or begins after the last day.
    UsageError
        If there are no days, or the capital does not fit the table.
    InvariantError
        If a stock becomes negative, which too small a stock of an input that does not limit
        output allows; BoARIO stops there too.
    """
    chosen, how = parameters or Ario(), options or Options()
    if days < 1:
        raise UsageError(f"{days} days", where="days", expected="1 or more")
    loss = make_loss(table, events, capital=lambda: _capital(table, chosen, capital), days=days)
    threads = how.n_threads if table.z.size >= _THREADED else 1
    groups = min(threads, table.n_sectors)
    constants = _constants(table, chosen, loss)
    state = _state(constants, groups)
    kept = _kept(table, days, _stock_rows(table, stocks))
    if groups == 1:
        kernel.run(constants, state, kept, 0, days)
    else:
        _run_threads(constants, state, kept, days)
    _check_stocks(table, state)
    return label_results(
        table, kept, constants, start=start, loss=loss, events=tuple(events), parameters=chosen
    )


def _run_threads(
    constants: kernel.Constants, state: kernel.State, kept: kernel.Kept, days: int
) -> None:
    """Simulate with a thread for each group of sectors; sums do not depend on the groups."""
    groups = state.limit.shape[0]
    sectors = [np.arange(group, constants.cover.size, groups) for group in range(groups)]
    with ThreadPoolExecutor(groups) as pool:

        def sweep(day: int) -> None:
            parts = [
                pool.submit(kernel.sweep_some, constants, state, day, group, sectors[group])
                for group in range(groups)
            ]
            for part in parts:
                part.result()

        for day in range(days):
            kernel.start(constants, state, kept, day)
            sweep(day)
            while not kernel.settled(state):
                sweep(day)


def _by_sector(table: MrioTable, value: float | Mapping[str, float], name: str) -> Float:
    """Return a parameter by sector."""
    if not isinstance(value, Mapping):
        return np.full(table.n_sectors, float(value))
    missing = [sector for sector in table.sectors if sector not in value]
    if missing:
        raise UsageError(
            f"no value for sector {missing[0]!r}", where=name, expected="one for every sector"
        )
    for sector in value:
        table.sector_position(sector)
    return np.array([float(value[sector]) for sector in table.sectors])


def _capital(table: MrioTable, parameters: Ario, given: Float | None) -> Float:
    """Productive capital by industry."""
    if given is not None:
        if np.shape(given) != (table.n_industries,):
            raise UsageError(
                f"shape {np.shape(given)}", where="capital", expected=f"({table.n_industries},)"
            )
        return np.asarray(given, np.float64)
    ratio = _by_sector(table, parameters.capital_ratio, "capital_ratio")
    return np.asarray(table.value_added() * np.tile(ratio, table.n_regions))


def _constants(table: MrioTable, parameters: Ario, loss: Loss) -> kernel.Constants:
    """Lay out what does not change."""
    pooled = table.pooled_inputs()
    x0 = table.x / parameters.days_per_year
    final = table.y / parameters.days_per_year
    need = np.zeros_like(pooled)
    np.divide(pooled, table.x, out=need, where=table.x != 0.0)
    cover = _by_sector(table, parameters.cover, "cover")
    for sector in parameters.endless:
        cover[table.sector_position(sector)] = np.inf
    numbers = [
        parameters.psi,
        parameters.overproduction_base,
        parameters.overproduction_max,
        1.0 / parameters.overproduction_days,
        1.0 / parameters.days_per_year,
    ]
    return kernel.Constants(
        z=table.z,
        pooled=pooled,
        need=need,
        is_input=pooled > x0 * parameters.smallest_input,
        x0=x0,
        final=final,
        final_total=final.sum(axis=1),
        loss=loss.share,
        loss_of=loss.industries,
        cover=cover,
        rate=1.0 / _by_sector(table, parameters.restoration, "restoration"),
        numbers=np.array(numbers),
        alternative=parameters.order_type == "alt",
    )


def _state(c: kernel.Constants, groups: int) -> kernel.State:
    """Lay out the morning of day 0: every stock on target, orders as in the table."""
    n_sectors, n = c.need.shape
    stock = np.zeros((2, n_sectors, n))
    with np.errstate(invalid="ignore"):
        stock[0] = np.nan_to_num(c.x0 * c.need * c.cover[:, None], nan=np.inf, posinf=np.inf)
    limits = c.is_input & (c.need > 0.0) & np.isfinite(c.cover)[:, None]
    limit, limited_by = np.full((groups, n), np.inf), np.full((groups, n), -1.0)
    limit[0] = np.where(limits.any(axis=0), c.x0 / c.numbers[0], np.inf)
    limited_by[0] = limits.argmax(axis=0)
    price = np.full((2, n_sectors, n), c.numbers[4])
    return kernel.State(
        stock=stock,
        price=price,
        demand=c.z.sum(axis=1) * c.numbers[4] + c.final_total,
        output=c.x0.copy(),
        wanted=c.x0.copy(),
        capacity=c.x0.copy(),
        over=np.full(n, c.numbers[1]),
        weight=np.ones(n),
        weight_next=np.ones(n),
        sent=np.zeros(n),
        limit=limit,
        limited_by=limited_by,
        moved=np.zeros((groups, 2), np.bool_),
        assumed=np.ones(2, np.bool_),
        fault=np.full((groups, 3), -1, np.int64),
    )


def _stock_rows(
    table: MrioTable, stocks: Literal["all", "none"] | Sequence[tuple[str, str]]
) -> NDArray[np.int64]:
    """Positions of the industries whose stocks are recorded."""
    if isinstance(stocks, str):
        if stocks not in ("all", "none"):
            raise UsageError(
                f"{stocks!r}", where="stocks", expected="'all', 'none' or pairs of region, sector"
            )
        return np.arange(table.n_industries) if stocks == "all" else _NO_STOCK
    return np.array([table.position(*pair) for pair in stocks], np.int64)


def _kept(table: MrioTable, days: int, stock_of: NDArray[np.int64]) -> kernel.Kept:
    """Make room for the record."""
    shape = (days, table.n_industries)
    n_stock_days = days if stock_of.size else 0
    return kernel.Kept(
        output=np.zeros(shape),
        capacity=np.zeros(shape),
        orders=np.zeros(shape),
        over=np.zeros(shape),
        undelivered=np.zeros(shape),
        unmet=np.zeros(shape),
        limited_by=np.zeros(shape, np.int16),
        stock=np.zeros((n_stock_days, table.n_sectors, stock_of.size)),
        stock_of=stock_of,
    )


def _check_stocks(table: MrioTable, state: kernel.State) -> None:
    """Raise if a stock was below zero on any day."""
    for day, sector, industry in state.fault:
        if day >= 0:
            raise InvariantError(
                f"the stock of {table.sectors[sector]} falls below zero on day {day}",
                where=table.industries[industry],
                expected="zero or more",
                hint="hold more days of cover, raise psi, or lower smallest_input",
            )
