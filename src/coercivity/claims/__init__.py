"""Who says what: claims of documents, how they compare, and quantities with their claims.

What reads documents is imported when documents are read, the numerical part when quantities are
drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from coercivity.claims.export import claim_rows, to_json, to_jsonl
from coercivity.claims.model import (
    FRAMES,
    RELATIONS,
    Claim,
    ClaimSet,
    QuantityMention,
    Slot,
    SlotDifference,
    Speaker,
    TimeRef,
    Verdict,
)
from coercivity.claims.reconcile import reconcile
from coercivity.claims.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from coercivity.claims.distributions import Draws as Draws
    from coercivity.claims.distributions import draw as draw
    from coercivity.claims.extraction import extract as extract
    from coercivity.claims.quantities import PackQuantity as PackQuantity
    from coercivity.claims.quantities import Summary as Summary
    from coercivity.claims.quantities import load_quantities as load_quantities
    from coercivity.claims.quantities import summarise as summarise

__all__ = [
    "FRAMES",
    "RELATIONS",
    "Claim",
    "ClaimSet",
    "Draws",
    "PackQuantity",
    "QuantityMention",
    "Slot",
    "SlotDifference",
    "Speaker",
    "Summary",
    "TimeRef",
    "Verdict",
    "Vocabulary",
    "claim_rows",
    "draw",
    "extract",
    "load_quantities",
    "load_vocabulary",
    "reconcile",
    "summarise",
    "to_json",
    "to_jsonl",
]

_LATER = {
    "Draws": "distributions",
    "draw": "distributions",
    "extract": "extraction",
    "PackQuantity": "quantities",
    "Summary": "quantities",
    "load_quantities": "quantities",
    "summarise": "quantities",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
