"""Bands over members: the 5th, 50th and 95th percentile, named alike everywhere."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.results.statistics import member_quantiles

__all__ = ["LEVELS", "NAMES", "band", "day_band"]

LEVELS: Final = (0.05, 0.5, 0.95)
NAMES: Final = ("p05", "p50", "p95")


def band(values: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Return the percentiles over the last axis.

    Parameters
    ----------
    values : float[..., member]

    Returns
    -------
    dict of str to float64[...]
        ``p05, p50, p95``; not a number where a member is not a number.
    """
    found = member_quantiles(values, LEVELS)
    return {name: found[row] for row, name in enumerate(NAMES)}


def day_band(days: NDArray[np.int32]) -> tuple[dict[str, int | None], float]:
    """Return percentiles of first days over all members, and the share that has one.

    Parameters
    ----------
    days : int32[member], day index
        -1 for members in which it never happens; these count as later than any day.

    Returns
    -------
    dict of str to int or None
        ``p05, p50, p95``: the day by which 5, 50 and 95 % of all members are reached; None where
        fewer are.
    float
        Share of members with a day.
    """
    members = days.shape[0]
    reached = np.sort(days[days >= 0])
    found: dict[str, int | None] = {}
    for name, level in zip(NAMES, LEVELS, strict=True):
        needed = max(int(np.ceil(level * members)), 1)
        found[name] = int(reached[needed - 1]) if reached.size >= needed else None
    return found, float(reached.size / members)
