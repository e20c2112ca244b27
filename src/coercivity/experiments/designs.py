"""Designs: which points of the space of unknowns the members stand for.

The design of an ensemble is a Latin hypercube with one column per quantity, each from its own
stream: every quantity's values are spread evenly over its distribution however few the members
are, and a quantity that is added or changed leaves the columns of all others as they were.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import latin_column
from coercivity.errors import UsageError

__all__ = ["largest_gap", "latin_hypercube"]


def latin_hypercube(names: Sequence[str], *, members: int, seed: int) -> NDArray[np.float64]:
    """Return the columns behind the draws of an ensemble.

    Parameters
    ----------
    names : sequence of str
        Names of the unknowns, such as quantity ids.
    members : int
        Number of members, at least 1.
    seed : int

    Returns
    -------
    float64[name, member], share
        In each row every interval of width 1/members holds exactly one value.

    Raises
    ------
    UsageError
        If a name occurs twice: its two rows would be the same.
    """
    if len(set(names)) != len(names):
        raise UsageError("a name occurs twice in the design", where="names", expected="each once")
    if not names:
        return np.empty((0, members))
    return np.stack([latin_column(name, members=members, seed=seed) for name in names])


def largest_gap(column: NDArray[np.float64]) -> float:
    """Return the largest distance between neighbouring values of a column, ends included.

    Parameters
    ----------
    column : float64[member], share

    Returns
    -------
    float
        At most 2/members for a Latin hypercube.
    """
    points = np.concatenate([[0.0], np.sort(column), [1.0]])
    return float(np.diff(points).max())
