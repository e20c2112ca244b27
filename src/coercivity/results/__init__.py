"""What came out: labelled results, tables made of them, files."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES: dict[str, str] = {
    "Chain": "chain",
    "Results": "model",
    "Step": "chain",
    "Variable": "variables",
    "bands": "statistics",
    "days_of_cover": "statistics",
    "licence_table": "statistics",
    "line_down_table": "statistics",
    "load_variables": "variables",
    "make_results": "model",
    "not_built": "statistics",
    "open_chunked": "chunked",
    "open_results": "store",
    "save_results": "store",
}

__all__ = [
    "Chain",
    "Results",
    "Step",
    "Variable",
    "bands",
    "days_of_cover",
    "licence_table",
    "line_down_table",
    "load_variables",
    "make_results",
    "not_built",
    "open_chunked",
    "open_results",
    "save_results",
]

if TYPE_CHECKING:
    from coercivity.results.chain import Chain, Step
    from coercivity.results.chunked import open_chunked
    from coercivity.results.model import Results, make_results
    from coercivity.results.statistics import (
        bands,
        days_of_cover,
        licence_table,
        line_down_table,
        not_built,
    )
    from coercivity.results.store import open_results, save_results
    from coercivity.results.variables import Variable, load_variables


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
