"""The compiled network: what the engine reads.

A :class:`CompiledNetwork` is a bundle of plain arrays and of label tables that say what
each row of the arrays is.  Members of the ensemble are the innermost, contiguous axis of
every numeric array, so that the price of following an index is paid once per ensemble.

Notation (``S`` sites, ``G`` input groups, ``I`` slots, ``L`` lanes, ``M`` members):

* a *site* makes one item;
* a *group* is one need of a site ("magnet"); the site cannot tell its slots apart;
* a *slot* is one item that can fill a group; the slot of rank 0 is used at baseline,
  the others become usable after their qualification delay;
* a *lane* runs from a supplying site to one slot of a buying site.

Slots are sorted by site, group and rank; lanes are sorted by supplier and then by slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class CompiledNetwork:
    r"""Arrays and labels of a network at its baseline.

    Attributes
    ----------
    site_ids, slot_ids, lane_ids : tuple of str
        Labels; a slot id is ``site/group/item``, a lane id ``supplier>site/group/item``.
    capacity : float64[site, member], unit of the site's item per day
        Most that a site can make in a day, :math:`\bar x`.
    x0 : float64[site, member], unit of the site's item per day
        Baseline production, :math:`x^0` (= outgoing flows + final demand).
    final_demand : float64[site, member], unit of the site's item per day
        Sales to final users outside the network, :math:`f`.
    finished_stock : float64[site, member], unit of the site's item
        Finished goods on hand on the first day, :math:`F^0`.
    site_priority : int32[site]
        Rank of a buying site under the priority rationing rule; lower is served first.
    site_group_ptr : int32[site + 1]
        Groups of site ``s`` are ``site_group_ptr[s]:site_group_ptr[s + 1]``.
    group_site : int32[group]
        Site that owns a group.
    group_slot_ptr : int32[group + 1]
        Slots of group ``g`` are ``group_slot_ptr[g]:group_slot_ptr[g + 1]``.
    essentiality : int32[group]
        2 output stops without it, 1 output falls in part, 0 output is not affected.
    group_ids : tuple of str
        ``site/group``.
    slot_site, slot_group : int32[slot]
        Owner of a slot.
    slot_rank : int32[slot]
        0 baseline item, 1, 2, … substitutes in order of preference.
    coef : float64[slot, member], unit of the slot's item per unit of the site's item
        Technical coefficient :math:`a` before losses.
    yield_ : float64[slot, member], share
        Share of the slot's item that ends in good product, :math:`y`; a unit of output
        uses :math:`a / y`.
    base_share : float64[slot, member], share
        Part of the group's need that this slot fills at baseline; sums to one in a group.
    cover : float64[slot, member], day
        Stock aimed at, in days of the group's full use of this slot, :math:`n`.
    stock0 : float64[slot, member], unit of the slot's item
        Stock on the first day: cover × baseline use (zero in unused slots).
    qualification : int32[slot, member], day
        Delay between the wish to use a substitute and its first use; 0 at rank 0.
    tau : float64[slot, member], day
        Time over which a gap between target and stock is ordered, :math:`\tau`.
    lane_supplier, lane_slot : int32[lane]
        Ends of a lane.
    supplier_lane_ptr : int32[site + 1]
        Lanes leaving site ``s`` are ``supplier_lane_ptr[s]:supplier_lane_ptr[s + 1]``.
    slot_lane_ptr : int32[slot + 1]
    slot_lanes : int32[lane]
        Lanes entering slot ``i`` are
        ``slot_lanes[slot_lane_ptr[i]:slot_lane_ptr[i + 1]]``, in order of supplier.
    flow0 : float64[lane, member], unit of the lane's item per day
        Baseline flow, :math:`z^0`.
    weight : float64[lane, member], share
        Share of its slot's orders that a lane is asked for; sums to one in a slot.  At
        rank 0 this is ``flow0 / need0``; in a substitute's slot the flows are zero and
        the weights say where the substitute would be bought.
    lead : int32[lane, member], day
        Days between departure and arrival.
    sites : pandas.DataFrame
        One row per site: ``id, party, country, item, sector, tier, end_use, unit``.
    slots : pandas.DataFrame
        One row per slot: ``id, site, group, item, rank, unit``.
    lanes : pandas.DataFrame
        One row per lane: ``id, supplier, buyer, group, item, origin, destination,
        end_use, exporter, importer, unit``; ``exporter`` and ``importer`` are parties,
        ``end_use`` is what the buying site makes the item for.
    """

    site_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    slot_ids: tuple[str, ...]
    lane_ids: tuple[str, ...]
    capacity: FloatArray
    x0: FloatArray
    final_demand: FloatArray
    finished_stock: FloatArray
    site_priority: IndexArray
    site_group_ptr: IndexArray
    group_site: IndexArray
    group_slot_ptr: IndexArray
    essentiality: IndexArray
    slot_site: IndexArray
    slot_group: IndexArray
    slot_rank: IndexArray
    coef: FloatArray
    yield_: FloatArray
    base_share: FloatArray
    cover: FloatArray
    stock0: FloatArray
    qualification: IndexArray
    tau: FloatArray
    lane_supplier: IndexArray
    lane_slot: IndexArray
    supplier_lane_ptr: IndexArray
    slot_lane_ptr: IndexArray
    slot_lanes: IndexArray
    flow0: FloatArray
    weight: FloatArray
    lead: IndexArray
    sites: pd.DataFrame
    slots: pd.DataFrame
    lanes: pd.DataFrame

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.site_ids)

    @property
    def n_groups(self) -> int:
        """Number of input groups over all sites."""
        return len(self.group_ids)

    @property
    def n_slots(self) -> int:
        """Number of slots (acceptable items over all groups)."""
        return len(self.slot_ids)

    @property
    def n_lanes(self) -> int:
        """Number of lanes."""
        return len(self.lane_ids)

    @property
    def n_members(self) -> int:
        """Number of ensemble members."""
        return int(self.x0.shape[1])

    @property
    def max_lead(self) -> int:
        """Longest lead time of any lane and member, in days (0 without lanes)."""
        return int(self.lead.max()) if self.lead.size else 0

    def use_per_output(self) -> FloatArray:
        """Use of the slot's item per unit of output, :math:`a / y`.

        Returns
        -------
        float64[slot, member], unit of the slot's item per unit of the site's item
        """
        return np.ascontiguousarray(self.coef / self.yield_)

    def need0(self) -> FloatArray:
        r"""Baseline use of each slot, :math:`x^0\,b\,a / y` with base share :math:`b`.

        Returns
        -------
        float64[slot, member], unit of the slot's item per day
        """
        return np.ascontiguousarray(
            self.x0[self.slot_site] * self.base_share * self.coef / self.yield_
        )

    def site_index(self, site_id: str) -> int:
        """Position of a site; raises ``KeyError`` for an unknown id."""
        try:
            return self.site_ids.index(site_id)
        except ValueError:
            raise KeyError(site_id) from None

    def summary(self) -> dict[str, Any]:
        """Return counts of sites, groups, slots, lanes and members."""
        return {
            "sites": self.n_sites,
            "groups": self.n_groups,
            "slots": self.n_slots,
            "lanes": self.n_lanes,
            "members": self.n_members,
        }
