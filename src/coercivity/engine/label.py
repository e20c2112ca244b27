"""Give a run's arrays their labels, units and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.results.model import Results, make_results

if TYPE_CHECKING:
    from coercivity.engine.blocks import Frame
    from coercivity.engine.simulation import RawResults

__all__ = ["label_results"]

_NO_LIMIT = 1e24
"""Cover above which a site has no essential input."""


def label_results(frame: Frame, raw: RawResults, *, provenance: Mapping[str, str]) -> Results:
    """Return the labelled results of a run.

    Parameters
    ----------
    frame : Frame
    raw : RawResults
    provenance : mapping of str to str
        Written into the attributes, after the run's own.
    """
    return make_results(
        _variables(frame, raw),
        coords=_coords(frame),
        attrs={**_attrs(frame), **dict(sorted(provenance.items()))},
        explain=_explainer(frame),
    )


def _variables(frame: Frame, raw: RawResults) -> dict[str, NDArray[Any]]:
    """Arrays by the names of variables.csv."""
    net, plan = frame.net, frame.plan
    n_sectors = len(plan.sectors)
    baseline = np.zeros((plan.site_ptr.size - 1, net.n_members))
    for row in range(baseline.shape[0]):
        rows = plan.site_rows[plan.site_ptr[row] : plan.site_ptr[row + 1]]
        baseline[row] = net.x0[rows].sum(axis=0)
    cover = raw.cover_series
    cover[cover > _NO_LIMIT] = np.nan
    return {
        "output_sector": raw.site_series[:n_sectors],
        "output_sector_baseline": baseline[:n_sectors],
        "site_output": raw.site_series[n_sectors:],
        "site_output_baseline": baseline[n_sectors:],
        "stock_cover": cover,
        "shipped": raw.flow_series,
        "line_down_day": raw.line_down,
        "first_cut_day": raw.first_cut,
        "made": raw.made,
        "lost_output": net.x0 * frame.schedule.days - raw.made,
        "licence_drawn": raw.drawn,
        "licence_left": raw.left,
        "licence_lapsed": raw.lapsed,
    }


def _coords(frame: Frame) -> dict[str, tuple[str, Any]]:
    """Labels of every dimension, and the units of their rows."""
    net, plan, schedule = frame.net, frame.plan, frame.schedule
    first = np.searchsorted(plan.step_of_day, np.arange(plan.n_steps))
    start = np.datetime64(schedule.start.isoformat(), "D")
    groups = () if schedule.room is None else schedule.room.group_ids
    coords: dict[str, tuple[str, Any]] = {
        "sector": ("sector", _text(plan.sectors)),
        "sector_unit": ("sector", _text(plan.sector_units)),
        "site_selected": ("site_selected", _text(plan.sites)),
        "site_selected_unit": ("site_selected", _text(plan.site_units)),
        "flow": ("flow", _text(plan.flows)),
        "flow_unit": ("flow", _text(plan.flow_units)),
        "site": ("site", _text(net.site_ids)),
        "licence_group": ("licence_group", _text(groups)),
        "day": ("day", (start + first).astype("datetime64[ns]")),
        "member": ("member", np.arange(net.n_members, dtype=np.int32)),
    }
    for name in ("item", "sector", "country", "unit"):
        coords[f"site_{name}"] = ("site", _text(net.sites[name].fillna("").astype(str)))
    return coords


def _text(labels: Any) -> NDArray[np.object_]:
    """Return labels as an array of str, empty or not."""
    out = np.empty(len(labels), object)
    out[:] = [str(label) for label in labels]
    return out


def _attrs(frame: Frame) -> dict[str, Any]:
    """Say what was run, and how."""
    schedule = frame.schedule
    method = {f"method_{name}": value for name, value in asdict(frame.method).items()}
    days = np.bincount(frame.plan.step_of_day)
    return {
        "start": schedule.start.isoformat(),
        "days": schedule.days,
        "step_days": int(days[0]),
        "substitution": int(schedule.substitution),
        **{name: "network" if value is None else value for name, value in method.items()},
    }


def _explainer(frame: Frame) -> Any:
    """Return the function behind ``Results.why``."""

    def explain(site: str, day: Any, member: int) -> Any:
        from coercivity.engine.explanation import why

        return why(
            frame.net, frame.schedule, site=site, day=day, member=member, method=frame.method
        )

    return explain
