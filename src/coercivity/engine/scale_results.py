"""What came out of a run of a very large network, labelled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.kernels import scale_gates as gates
from coercivity.engine.method import Method
from coercivity.engine.scale_layout import ScaleState
from coercivity.engine.scale_schedule import ScaleSchedule
from coercivity.errors import NotFoundError
from coercivity.network.edges import EdgeNetwork
from coercivity.results.chain import Chain

__all__ = ["ScaleResults", "label_scale"]


@dataclass(frozen=True, eq=False)
class ScaleResults:
    """Results of :func:`coercivity.engine.scale.simulate_scale`.

    Parameters
    ----------
    data : xarray.Dataset
        ``output_sector`` [day, sector] with ``output_sector_baseline`` [sector]; ``output``
        [day, firm_selected]; ``lost_output`` and ``line_down_day`` [firm] (-1 if the line was
        never down); ``licence_drawn`` and ``licence_lapsed`` [scope].
    network : EdgeNetwork
    schedule : ScaleSchedule
    method : Method
    parts : int
        As given to the run, so that `why` finds the same bits.
    """

    data: xr.Dataset
    network: EdgeNetwork
    schedule: ScaleSchedule
    method: Method
    parts: int = 0

    def __getitem__(self, name: str) -> xr.DataArray:
        """Return a variable; NotFoundError if there is none of that name."""
        if name not in self.data:
            raise NotFoundError(
                f"no variable {name!r} in the results",
                expected=", ".join(str(key) for key in self.data.data_vars),
            )
        return self.data[name]

    def date_of(self, day: int) -> date:
        """Return the date of a day index."""
        return self.schedule.start + timedelta(days=int(day))

    def why(self, firm: object, day: date) -> Chain:
        """Explain a firm's output on a day; see :func:`coercivity.engine.scale_why.why_scale`."""
        from coercivity.engine.scale_why import why_scale

        return why_scale(self, firm, day)

    def _repr_html_(self) -> str:
        """Return the dataset's HTML for notebooks."""
        return str(self.data._repr_html_())


def label_scale(
    network: EdgeNetwork,
    state: ScaleState,
    *,
    schedule: ScaleSchedule,
    method: Method,
    firms: NDArray[np.int64],
    series: NDArray[np.float64],
    parts: int,
) -> ScaleResults:
    """Label what a run left behind.

    Parameters
    ----------
    network : EdgeNetwork
    state : ScaleState
        On the evening of the last day.
    schedule : ScaleSchedule
    method : Method
    firms : int64[firm selected]
    series : float64[day, firm selected], unit per day
    parts : int
    """
    n_sectors = len(network.sectors)
    by_sector = np.zeros((n_sectors, schedule.days))
    np.add.at(by_sector, state.block_sector, state.clock.output)
    days = np.datetime64(schedule.start.isoformat(), "D") + np.arange(schedule.days)
    lost = network.output * schedule.days - state.site[k.TOTAL].astype(np.float64)
    per_day = {"units": "unit per day"}
    variables: dict[str, Any] = {
        "output_sector": (("day", "sector"), by_sector.T, per_day),
        "output_sector_baseline": (
            "sector",
            np.bincount(network.sector, network.output, n_sectors),
            per_day,
        ),
        "output": (("day", "firm_selected"), series, per_day),
        "output_baseline": ("firm_selected", network.output[firms], per_day),
        "lost_output": ("firm", lost, {"units": "unit"}),
        "line_down_day": ("firm", state.clock.line_down, {"units": "day index, -1 for never"}),
        "licence_drawn": ("scope", _scope(state, gates.DRAWN_TOTAL), {"units": "unit"}),
        "licence_lapsed": ("scope", _scope(state, gates.LAPSED), {"units": "unit"}),
    }
    coords: dict[str, Any] = {
        "day": ("day", days.astype("datetime64[ns]")),
        "sector": ("sector", np.array(network.sectors, object)),
        "firm": ("firm", network.ids),
        "firm_selected": ("firm_selected", network.ids[firms]),
        "scope": ("scope", np.array(network.scopes, object)),
    }
    attrs: dict[str, Any] = {f"method_{name}": str(value) for name, value in asdict(method).items()}
    attrs |= {"start": schedule.start.isoformat(), "days": schedule.days}
    return ScaleResults(
        xr.Dataset(variables, coords=coords, attrs=attrs), network, schedule, method, parts
    )


def _scope(state: ScaleState, row: int) -> NDArray[np.float64]:
    """Return a row of the table of scopes."""
    return np.asarray(state.gates.scopes[row], np.float64)
