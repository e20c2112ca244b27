"""What each run of an ensemble keeps: enough for the brief, little enough for memory.

Flows are named ``exports`` (the focus item and everything under it, leaving the country whose
controls are examined), ``exports/XX`` for a destination or group, and, where the pack's history
asks for them, ``imports/ITEM`` and ``imports/ITEM/XX`` (what leaves other countries, or one of
them, for the country in focus).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from coercivity.catalogue import places
from coercivity.engine.record import Record

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.network import CompiledNetwork

__all__ = [
    "EXPORTS",
    "IMPORTS",
    "export_lanes",
    "focus_sites",
    "import_lanes",
    "plan_recording",
    "read_selector",
]

EXPORTS: Final = "exports"

IMPORTS: Final = "imports"

AGGREGATE: Final = "aggregate"

WEEK: Final = 7
"""Days a step of the series in runs that are not set beside daily or monthly observations."""


def read_selector(text: str) -> dict[str, str]:
    """Read ``dimension=label;dimension=label``.

    Examples
    --------
    >>> read_selector("flow=exports/US; relative=baseline")
    {'flow': 'exports/US', 'relative': 'baseline'}
    """
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def export_lanes(pack: Pack, network: CompiledNetwork) -> dict[str, list[int]]:
    """Return the lanes of the exports in focus, in all and by destination.

    Returns
    -------
    dict of str to list of int
        Positions of lanes by name of the flow; empty for a pack without a focus.
    """
    focus = pack.meta.get("focus") or {}
    origin, item = focus.get("authority_country"), focus.get("item")
    if not origin or not item:
        return {}
    inside = descendants(pack, str(item))
    flows: dict[str, list[int]] = {EXPORTS: []}
    columns = (network.lanes[name].tolist() for name in ("item", "origin", "destination"))
    for lane, (good, country, destination) in enumerate(zip(*columns, strict=True)):
        if good in inside and country == origin and destination != origin:
            flows[EXPORTS].append(lane)
            flows.setdefault(f"{EXPORTS}/{destination}", []).append(lane)
    return dict(sorted(flows.items()))


def import_lanes(pack: Pack, network: CompiledNetwork, name: str) -> list[int]:
    """Return the lanes into the country in focus that a flow of imports names.

    Parameters
    ----------
    pack : Pack
    network : CompiledNetwork
    name : str
        ``imports/ITEM``, from any other country, or ``imports/ITEM/ORIGIN``.

    Returns
    -------
    list of int
        Positions of lanes; empty for a pack without a focus.
    """
    _, item, *rest = name.split("/")
    country = (pack.meta.get("focus") or {}).get("country")
    origins = places.expand(rest[0]) if rest else ()
    inside = descendants(pack, item)
    columns = (network.lanes[name].tolist() for name in ("item", "origin", "destination"))
    return [
        lane
        for lane, (good, origin, destination) in enumerate(zip(*columns, strict=True))
        if good in inside
        and destination == country
        and origin != country
        and (not origins or origin in origins)
    ]


def descendants(pack: Pack, item: str) -> frozenset[str]:
    """Return an item and all items that have it as a parent, directly or not."""
    found = {item}
    while True:
        more = {key for key, row in pack.items.items() if set(row.parents) & found} - found
        if not more:
            return frozenset(found)
        found |= more


def focus_sites(pack: Pack, network: CompiledNetwork) -> list[str]:
    """Return the makers of the sectors in focus, and the named firms that buy the focus item.

    Buyers that stand for unnamed firms are left out: days of cover of a sum of firms hide that
    some of them have run out.
    """
    focus = pack.meta.get("focus") or {}
    country, item = focus.get("country"), focus.get("item")
    if not country or not item:
        return []
    inside = descendants(pack, str(item))
    sectors = {str(sector["id"]) for sector in focus.get("sectors") or ()}
    buyers = set(network.slots.loc[network.slots["item"].isin(inside), "site"].tolist())
    named = {key for key, party in pack.parties.items() if party.kind != AGGREGATE}
    sites = network.sites
    chosen = (sites["country"] == country) & (
        sites["sector"].isin(sectors) | (sites["id"].isin(buyers) & sites["party"].isin(named))
    )
    return [str(name) for name in sites.loc[chosen, "id"]]


def plan_recording(
    pack: Pack,
    network: CompiledNetwork,
    *,
    history: bool,
    selectors: Sequence[Mapping[str, str]] = (),
) -> Record:
    """Choose the series a run keeps.

    Parameters
    ----------
    pack : Pack
    network : CompiledNetwork
    history : bool
        A run that is set beside observations: daily, but only what is observed.
    selectors : sequence of mapping
        Parsed selectors of the pack's table ``history``.

    Returns
    -------
    Record
    """
    flows = export_lanes(pack, network)
    for name in sorted(_wanted(selectors, "flow") - set(flows)):
        flows[name] = (
            import_lanes(pack, network, name)
            if name.startswith(f"{IMPORTS}/")
            else _group_lanes(name, flows)
        )
    known = set(network.site_ids)
    observed = sorted(_wanted(selectors, "site_selected") & known)
    if history:
        return Record(sites=observed, flows=flows, every=1)
    sites = list(dict.fromkeys([*focus_sites(pack, network), *observed]))
    return Record(sites=sites, flows=flows, every=WEEK)


def _wanted(selectors: Iterable[Mapping[str, str]], dimension: str) -> set[str]:
    return {selector[dimension] for selector in selectors if dimension in selector}


def _group_lanes(name: str, flows: Mapping[str, list[int]]) -> list[int]:
    """Lanes of a flow to a group of countries, such as ``exports/EU``."""
    code: Any = name.removeprefix(f"{EXPORTS}/")
    members = {f"{EXPORTS}/{country}" for country in places.expand(code)}
    return sorted(lane for key, lanes in flows.items() if key in members for lane in lanes)
