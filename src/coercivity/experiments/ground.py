"""What the scenarios of an ensemble share and no policy changes: draws, network, licences, span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.errors import UsageError
from coercivity.experiments.caps import MonthlySeries, read_series
from coercivity.experiments.watch import WatchedDraws, inputs_behind, watched

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.quantities import PackQuantity
    from coercivity.licences import LicenceGroup
    from coercivity.network import CompiledNetwork

__all__ = ["Ground", "lay_ground", "span_of"]


@dataclass(frozen=True, eq=False)
class Ground:
    """What can be made ready before anything is known about the controls.

    Parameters
    ----------
    quantities : mapping of str to PackQuantity
    draws : WatchedDraws
        One value per quantity and member.
    network : CompiledNetwork
    licences : tuple of LicenceGroup
        Reported licences as room.
    series : mapping of str to MonthlySeries
        Observed monthly series.
    start : datetime.date
        Day 0.
    days : int
        Length of the run.
    seed : int
        Of the draws.
    """

    quantities: Mapping[str, PackQuantity]
    draws: WatchedDraws
    network: CompiledNetwork
    licences: tuple[LicenceGroup, ...]
    series: Mapping[str, MonthlySeries]
    start: date
    days: int
    seed: int

    @property
    def used(self) -> frozenset[str]:
        """Drawn quantities that network and licences read, directly or through formulas."""
        return inputs_behind(self.draws.seen, self.quantities)


def lay_ground(
    pack: Pack,
    *,
    members: int,
    seed: int,
    quantities: Mapping[str, PackQuantity] | None = None,
    end: date | None = None,
) -> Ground:
    """Draw the quantities and build the network of a pack.

    Parameters
    ----------
    pack : Pack
    members, seed : int
        Number of members, and seed of all draws.
    quantities : mapping, optional
        The pack's quantities; loaded if not given.
    end : datetime.date, optional
        Day after the last; by default the pack's ``network_end``.

    Returns
    -------
    Ground

    Raises
    ------
    UsageError
        If the number of members is not positive or the run has no day.
    InputError
        If the pack's tables do not make a network.
    """
    from coercivity.licences import licence_groups, load_licences
    from coercivity.network import build_network

    if members < 1:
        raise UsageError(f"members is {members}", where="members", expected="one or more")
    start, days = span_of(pack, end)
    quantities = dict(quantities) if quantities is not None else load_quantities(pack)
    draws = watched(draw(quantities, members=members, seed=seed))
    return Ground(
        quantities=quantities,
        draws=draws,
        network=build_network(pack, draws),
        licences=tuple(licence_groups(load_licences(pack), draws, start=start, days=days)),
        series=read_series(pack),
        start=start,
        days=days,
        seed=seed,
    )


def span_of(pack: Pack, end: date | None = None) -> tuple[date, int]:
    """Return the first day and the number of days of a run.

    Parameters
    ----------
    pack : Pack
    end : datetime.date, optional
        Day after the last; by default the pack's ``network_end``.

    Raises
    ------
    UsageError
        If the pack names no span, or the run has no day.
    """
    start, stop = pack.meta.get("network_start"), end or pack.meta.get("network_end")
    if start is None or stop is None:
        raise UsageError(
            "the pack names no span to simulate",
            where="pack.yaml",
            expected="network_start and network_end",
        )
    days = (stop - start).days
    if days < 1:
        raise UsageError(
            f"the run would end on {stop}, before it starts on {start}",
            where="end",
            expected=f"a day after {start}",
            hint="choose a later end; the network starts where the pack says",
        )
    return start, days
