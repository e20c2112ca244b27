"""A setting with other members: fewer of them, or the same ones several times."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import Draws

if TYPE_CHECKING:
    from coercivity.engine.schedule import Shocks
    from coercivity.experiments.ensemble import Setting
    from coercivity.network import CompiledNetwork

__all__ = ["members_of_network", "members_of_setting"]


def members_of_network(network: CompiledNetwork, members: NDArray[np.intp]) -> CompiledNetwork:
    """Return a network with chosen members, in the order given; one may be taken repeatedly.

    Parameters
    ----------
    network : CompiledNetwork
    members : int[new member]
        Positions.
    """
    count = network.n_members
    changed: dict[str, Any] = {}
    for entry in fields(network):
        value = getattr(network, entry.name)
        if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == count:
            changed[entry.name] = np.ascontiguousarray(value[:, members])
    return replace(network, **changed)


def members_of_setting(setting: Setting, members: NDArray[np.intp]) -> Setting:
    """Return a setting with chosen members; scenarios mean the same in it."""
    draws = setting.draws
    values = {name: np.ascontiguousarray(draws[name][members]) for name in draws}
    network = members_of_network(setting.network, members)
    return replace(
        setting,
        draws=Draws(
            values_by_id=values,
            units=draws.units,
            members=int(members.size),
            seed=draws.seed,
            inputs=draws.inputs,
            undrawn=draws.undrawn,
        ),
        network=network,
        gates=replace(setting.gates, network=network),
        licences=tuple(
            replace(licence, quantity=np.ascontiguousarray(licence.quantity[members]))
            for licence in setting.licences
        ),
        seasons=_members_of_seasons(setting.seasons, members),
    )


def _members_of_seasons(seasons: Shocks | None, members: NDArray[np.intp]) -> Shocks | None:
    if seasons is None or seasons.demand is None:
        return seasons
    return replace(seasons, demand=np.ascontiguousarray(seasons.demand[..., members]))
