"""A firm's own chain as a network of the engine: its lines, and who delivers to them.

Every product is a site that sells to final users; every pair of supplier and component is a site
without inputs. What is on hand of a component belongs to the lines in proportion to their use, so
that all lines have the same days of cover of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from coercivity.experiments.gates import GateCache, Gates
from coercivity.experiments.own_chain import WHOLE, OwnChain, OwnPart
from coercivity.experiments.subset import members_of_network
from coercivity.network import Network, compile_network
from coercivity.units import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coercivity.experiments.scenarios import Scenario
    from coercivity.network import CompiledNetwork

__all__ = ["OWN_PARTY", "OwnGates", "daily_use", "line_id", "own_network", "stock_of"]

OWN_PARTY: Final = "own_firm"
"""Party that imports, unless the firm is one of the pack's."""

_PIECE: Final = "unit"

_ORDERED_WITHIN: Final = 1.0
"""Days over which a gap in stock is ordered: a firm whose line stands still orders all it lacks at
once, and what its suppliers can deliver is the limit."""


@dataclass
class OwnGates(GateCache):
    """Gates of a network of which some lanes carry what no control of the pack concerns."""

    def gates(self, scenario: Scenario) -> Gates:
        """Return the gates; lanes of items that the pack does not have are open."""
        lanes = self.network.lanes
        known = np.array([item in self.register.lookup.items for item in lanes["item"]], np.bool_)
        if known.all():
            return super().gates(scenario)
        if not known.any():
            nothing = np.full((1, known.size), -1, np.int32)
            return Gates(np.zeros(1, np.int32), np.zeros(nothing.shape, np.int8), nothing, ())
        part = replace(
            self.network,
            lanes=lanes[known].reset_index(drop=True),
            lane_ids=tuple(np.array(self.network.lane_ids)[known].tolist()),
        )
        found = GateCache(
            self.register, part, start=self.start, days=self.days, known_at=self.known_at
        ).gates(scenario)
        shape = (len(found.days), known.size)
        gate, reason = np.zeros(shape, np.int8), np.full(shape, -1, np.int32)
        gate[:, known], reason[:, known] = found.gate, found.reason
        return Gates(found.days, gate, reason, found.reasons)


def line_id(product: str) -> str:
    """Return the site of a product."""
    return f"line/{product}"


def daily_use(chain: OwnChain) -> dict[str, tuple[float, str]]:
    """Return the use of every component by all lines together.

    Returns
    -------
    dict of str to (float, str)
        By component: per day, and the unit of its first row in the bill of materials.
    """
    found: dict[str, tuple[float, str]] = {}
    for part in chain.parts:
        used, unit = found.get(part.component, (0.0, part.unit))
        found[part.component] = used + _use(part, unit), unit
    return found


def _use(part: OwnPart, unit: str) -> float:
    return float(convert(part.amount, part.unit, unit)) * part.output_per_day


def stock_of(chain: OwnChain) -> dict[str, float]:
    """Return what is on hand of every component, in the unit of :func:`daily_use`."""
    unit = {name: found[1] for name, found in daily_use(chain).items()}
    return {
        row.component: float(convert(row.quantity, row.unit, unit[row.component]))
        for row in chain.stocks
    }


def own_network(
    chain: OwnChain, *, country: str, end_use: str, party: str = OWN_PARTY, members: int = 1
) -> CompiledNetwork:
    """Build the network of a firm's own chain.

    Parameters
    ----------
    chain : OwnChain
    country : str
        Where the lines stand.
    end_use : str
        What the products are for.
    party : str
        Party that imports.
    members : int
        Members; the chain is the same in all of them.

    Returns
    -------
    CompiledNetwork
        Stocks aim at what is on hand today. Suppliers cannot deliver more than today, apart from
        the spare part that the table names.
    """
    use = daily_use(chain)
    network = Network.from_tables(
        _sites(chain, use, country=country, end_use=end_use, party=party),
        _inputs(chain, use),
        _lanes(chain, use),
    )
    compiled = compile_network(network, check=False)
    return members_of_network(compiled, np.zeros(members, np.intp))


def _item(part: OwnPart) -> str:
    """Item that travels: the pack's, or one that no pack has."""
    return part.item or f"own/{part.component}"


def _sites(
    chain: OwnChain,
    use: Mapping[str, tuple[float, str]],
    *,
    country: str,
    end_use: str,
    party: str,
) -> pd.DataFrame:
    import pandas as pd

    products = {part.product: part.output_per_day for part in chain.parts}
    item = {part.component: _item(part) for part in chain.parts}
    rows = [
        {
            "id": line_id(name),
            "item": f"own product/{name}",
            "unit": _PIECE,
            "party": party,
            "country": country,
            "sector": name,
            "tier": 1.0,
            "end_use": end_use,
            "final_demand": output,
            "capacity": output,
        }
        for name, output in products.items()
    ]
    for row in chain.suppliers:
        used, unit = use[row.component]
        sold = used * row.share_percent / WHOLE
        rows.append(
            {
                "id": _source(row.component, row.supplier, row.origin),
                "item": item[row.component],
                "unit": unit,
                "party": f"supplier/{row.supplier}",
                "country": row.origin,
                "sector": "",
                "tier": 0.0,
                "end_use": "civil",
                "final_demand": 0.0,
                "capacity": sold * (1.0 + row.spare_percent / WHOLE),
            }
        )
    return pd.DataFrame(rows)


def _source(component: str, supplier: str, origin: str) -> str:
    return f"source/{component}/{supplier}/{origin}"


def _inputs(chain: OwnChain, use: Mapping[str, tuple[float, str]]) -> pd.DataFrame:
    import pandas as pd

    stock = stock_of(chain)
    rows = []
    for part in chain.parts:
        used, unit = use[part.component]
        days = stock[part.component] / used
        rows.append(
            {
                "site": line_id(part.product),
                "group": part.component,
                "item": _item(part),
                "unit": unit,
                "coefficient": float(convert(part.amount, part.unit, unit)),
                "cover": days,
                "stock": days * _use(part, unit),
                "tau": _ORDERED_WITHIN,
            }
        )
    return pd.DataFrame(rows)


def _lanes(chain: OwnChain, use: Mapping[str, tuple[float, str]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for row in chain.suppliers:
        unit = use[row.component][1]
        for part in chain.parts:
            if part.component != row.component:
                continue
            rows.append(
                {
                    "supplier": _source(row.component, row.supplier, row.origin),
                    "buyer": line_id(part.product),
                    "group": part.component,
                    "item": _item(part),
                    "flow": _use(part, unit) * row.share_percent / WHOLE,
                    "lead": row.lead_days,
                    "unit": unit,
                }
            )
    return pd.DataFrame(rows)
