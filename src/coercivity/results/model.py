"""Results: a labelled dataset of one scenario, and the way back to its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from coercivity.errors import NotFoundError, UsageError
from coercivity.results.variables import load_variables

if TYPE_CHECKING:
    from coercivity.results.chain import Chain

__all__ = ["Explain", "Results", "make_results"]

Explain = Callable[[str, date, int], "Chain"]
"""Traces a site on a day in a member."""


@dataclass(frozen=True, eq=False)
class Results:
    """What came out of one simulated scenario.

    Parameters
    ----------
    data : xarray.Dataset
        Variables as in ``variables.csv``; units in ``attrs["units"]`` and, where they differ by
        row, in the coordinates ``sector_unit``, ``site_unit``, …; provenance in ``attrs``.
    explain : callable or None
        Function behind :meth:`why`; None for results read from a file.
    """

    data: xr.Dataset
    explain: Explain | None = None

    def __getitem__(self, name: str) -> xr.DataArray:
        """Return a variable.

        Raises
        ------
        NotFoundError
            If there is no variable of that name.
        """
        if name not in self.data:
            raise NotFoundError(
                f"no variable {name!r} in the results",
                expected=", ".join(str(key) for key in self.data.data_vars),
            )
        return self.data[name]

    @property
    def attrs(self) -> Mapping[str, Any]:
        """Provenance: what was run, and how."""
        return self.data.attrs

    @property
    def start(self) -> date:
        """First simulated day."""
        return date.fromisoformat(self.data.attrs["start"])

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        return int(self.data.attrs["days"])

    @property
    def n_members(self) -> int:
        """Number of members."""
        return int(self.data.sizes["member"])

    def date_of(self, index: int) -> date:
        """Return the date of a day index."""
        return self.start + timedelta(days=int(index))

    def site_position(self, site: str) -> int:
        """Return the position of a site.

        Raises
        ------
        NotFoundError
            If the site was not simulated.
        """
        found = np.flatnonzero(self.data["site"].to_numpy() == site)
        if not found.size:
            raise NotFoundError(
                f"no site {site!r} in the results",
                where="site",
                expected="an id as in results.data.site",
                hint="list the sites with `list(results.data.site.values)`",
            )
        return int(found[0])

    def why(self, site: str, day: date, *, member: int | None = None) -> Chain:
        """Explain a site's output on a day.

        The day is simulated again, for one member, with everything recorded.

        Parameters
        ----------
        site : str
            Id of a site.
        day : date
        member : int, optional
            By default the member in the middle: the one whose lost output at the site is the
            (lower) median.

        Raises
        ------
        NotFoundError
            If the site was not simulated.
        UsageError
            If the day or the member was not simulated, or the results come from a file.
        """
        position = self.site_position(site)
        if self.explain is None:
            raise UsageError(
                "these results were read from a file and carry no network to explain them",
                where="why",
                expected="results of a simulation made in this process",
                hint="simulate the scenario again, or call engine.why with its network",
            )
        if member is None:
            lost = self.data["lost_output"].to_numpy()[position]
            member = int(np.argsort(lost, kind="stable")[(lost.size - 1) // 2])
        return self.explain(site, day, member)

    def _repr_html_(self) -> str:
        """Return the dataset's HTML for notebooks."""
        return str(self.data._repr_html_())


def make_results(
    variables: Mapping[str, Any],
    *,
    coords: Mapping[str, tuple[str, Any]],
    attrs: Mapping[str, Any],
    explain: Explain | None = None,
) -> Results:
    """Label arrays as results.

    Parameters
    ----------
    variables : mapping of str to array
        By the names of ``variables.csv``.
    coords : mapping of str to (dimension, labels)
    attrs : mapping
        Provenance.
    explain : callable, optional
        See :class:`Results`.

    Raises
    ------
    NotFoundError
        If a variable is not in ``variables.csv``.
    """
    catalogue = load_variables()
    unknown = sorted(set(variables) - set(catalogue))
    if unknown:
        raise NotFoundError(f"variable {unknown[0]!r} is not described", where="variables.csv")
    data = {
        name: (
            entry.dims,
            variables[name],
            {"units": entry.unit, "long_name": entry.description},
        )
        for name, entry in catalogue.items()
        if name in variables
    }
    return Results(xr.Dataset(data, coords=dict(coords), attrs=dict(attrs)), explain)
