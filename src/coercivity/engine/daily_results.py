"""What the results of every variant share: labelled daily series and their dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import xarray as xr

from coercivity.errors import NotFoundError, UsageError

__all__ = ["DailyResults"]


@dataclass(frozen=True, eq=False)
class DailyResults:
    """Daily series of a simulated network.

    Parameters
    ----------
    data : xarray.Dataset
        With a dimension ``day`` and the first day in ``attrs["start"]``.
    """

    data: xr.Dataset

    def __getitem__(self, name: str) -> xr.DataArray:
        """Return a variable; NotFoundError if there is none of that name."""
        if name not in self.data:
            raise NotFoundError(
                f"no variable {name!r} in the results",
                expected=", ".join(str(key) for key in self.data.data_vars),
            )
        return self.data[name]

    @property
    def start(self) -> date:
        """First simulated day."""
        return date.fromisoformat(self.data.attrs["start"])

    def date_of(self, index: int) -> date:
        """Return the date of a day index."""
        return self.start + timedelta(days=int(index))

    def index_of(self, day: date) -> int:
        """Return the day index of a date.

        Raises
        ------
        UsageError
            If the day was not simulated.
        """
        index, n_days = (day - self.start).days, self.data.sizes["day"]
        if not 0 <= index < n_days:
            raise UsageError(
                f"{day} was not simulated",
                where="day",
                expected=f"{self.start} to {self.date_of(n_days - 1)}",
            )
        return index

    def _repr_html_(self) -> str:
        """Return the dataset's HTML for notebooks."""
        return str(self.data._repr_html_())
