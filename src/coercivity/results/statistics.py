"""Tables made of results; each column's unit is in ``table.attrs["units"]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.results.model import Results

__all__ = [
    "QUANTILES",
    "bands",
    "days_of_cover",
    "licence_table",
    "line_down_table",
    "member_quantiles",
    "not_built",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of a table unless others are asked for: the middle half and nine tenths."""

_UNIT_COORDS = {"sector": "sector_unit", "site_selected": "site_selected_unit", "flow": "flow_unit"}


def _column(quantile: float) -> str:
    """Name of a quantile's column: ``q05``."""
    return f"q{round(quantile * 100):02d}"


def _check(quantiles: Sequence[float]) -> None:
    """Refuse what is not a quantile."""
    if not quantiles or not all(0.0 <= q <= 1.0 for q in quantiles):
        raise UsageError(
            f"quantiles are {list(quantiles)}", where="quantiles", expected="shares from 0 to 1"
        )


def member_quantiles(values: NDArray[Any], quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles over the last axis, with linear interpolation between members.

    The same numbers as :func:`numpy.quantile`, which selects a few ranks of each row; sorting whole
    rows that lie in one piece of memory is several times faster for members by the thousand.

    Parameters
    ----------
    values : float[..., member]
        At least one member.
    quantiles : sequence of float
        Shares from 0 to 1.

    Returns
    -------
    float64[quantile, ...], unit of the values
        Not a number where a member is not a number.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=-1)
    last = ordered.shape[-1] - 1
    place = last * np.asarray(quantiles, dtype=np.float64)
    below = np.minimum(np.floor(place).astype(np.intp), max(last - 1, 0))
    above = np.minimum(below + 1, last)
    weight = place - below
    low, high = ordered[..., below], ordered[..., above]
    # From the nearer end, so that a quantile never leaves the two members around it.
    step = high - low
    found = np.where(weight < 0.5, low + step * weight, high - step * (1.0 - weight))
    # Sorting puts what is not a number last.
    found = np.where(np.isnan(ordered[..., -1:]), np.nan, found)
    return np.ascontiguousarray(np.moveaxis(found, -1, 0))


def bands(
    results: Results,
    variable: str,
    *,
    quantiles: Sequence[float] = QUANTILES,
    relative: bool = False,
) -> pd.DataFrame:
    """Quantiles over the members of a daily series.

    Parameters
    ----------
    results : Results
    variable : str
        A variable with the dimensions (row, day, member).
    quantiles : sequence of float
    relative : bool
        Whether each member's series is divided by its baseline (of ``output_sector`` and
        ``site_output``).

    Returns
    -------
    pandas.DataFrame
        One row per row label and day: the label, ``day``, ``mean`` and one column per quantile;
        ``attrs["units"]`` maps each label to its unit.

    Raises
    ------
    NotFoundError
        If there is no such variable.
    UsageError
        If the variable has no days, has no baseline, or the quantiles are no shares.
    """
    import pandas as pd

    _check(quantiles)
    data = results[variable]
    if data.dims[1:] != ("day", "member"):
        raise UsageError(
            f"{variable} has the dimensions {data.dims}",
            where="variable",
            expected="a variable by row, day and member",
        )
    label = str(data.dims[0])
    values = data.to_numpy().astype(np.float64)
    if relative:
        values = values / _baseline(results, variable)[:, None, :]
    stats = _quantiles(values, quantiles)
    rows = results.data[label].to_numpy()
    table = pd.DataFrame(
        {
            label: np.repeat(rows, values.shape[1]),
            "day": np.tile(results.data["day"].to_numpy(), len(rows)),
            **{name: column.ravel() for name, column in stats.items()},
        }
    )
    table.attrs["units"] = _row_units(results, variable, label, relative=relative)
    return table


def _baseline(results: Results, variable: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Baseline of a series, by row and member."""
    name = f"{variable}_baseline"
    if name not in results.data:
        raise UsageError(
            f"{variable} has no baseline", where="relative", expected="output_sector or site_output"
        )
    baseline: np.ndarray[Any, np.dtype[np.float64]] = results[name].to_numpy()
    return np.where(baseline > 0.0, baseline, np.nan)


def _quantiles(values: Any, quantiles: Sequence[float]) -> dict[str, Any]:
    """Mean and quantiles over the last axis, blank where no member has a value."""
    known = np.isfinite(values)
    full = known.all(axis=-1)
    mean = np.full(values.shape[:-1], np.nan)
    found = np.full((len(quantiles), *mean.shape), np.nan)
    mean[full] = values[full].mean(axis=-1)
    found[:, full] = member_quantiles(values[full], quantiles)
    for index in zip(*np.nonzero(known.any(axis=-1) & ~full), strict=True):
        some = values[index][known[index]]
        mean[index] = some.mean()
        found[(slice(None), *index)] = member_quantiles(some, quantiles)
    names = [_column(quantile) for quantile in quantiles]
    return {"mean": mean, **dict(zip(names, found, strict=True))}


def _row_units(results: Results, variable: str, label: str, *, relative: bool) -> dict[str, str]:
    """Return the unit of each row of a series."""
    rows = [str(row) for row in results.data[label].to_numpy()]
    if relative:
        return dict.fromkeys(rows, "share")
    if variable == "stock_cover":
        return dict.fromkeys(rows, "day")
    units = results.data[_UNIT_COORDS[label]].to_numpy()
    return {row: f"{unit}/day" for row, unit in zip(rows, units, strict=True)}


def line_down_table(
    results: Results,
    *,
    sites: Sequence[str] | None = None,
    quantiles: Sequence[float] = QUANTILES,
    first_cut: bool = False,
) -> pd.DataFrame:
    """First day of a line-down, per site.

    Parameters
    ----------
    results : Results
    sites : sequence of str, optional
        By default every site that goes down in some member.
    quantiles : sequence of float
        Of the date, *among the members in which the line goes down*.
    first_cut : bool
        Whether the first day of any cut is meant instead.

    Returns
    -------
    pandas.DataFrame
        ``site``, ``item``, ``sector``, ``share`` (of the members in which the line goes down),
        and one date column per quantile, blank where no member goes down.

    Raises
    ------
    NotFoundError
        If a site was not simulated.
    """
    import pandas as pd

    _check(quantiles)
    days = results["first_cut_day" if first_cut else "line_down_day"].to_numpy()
    if sites is None:
        positions = np.flatnonzero((days >= 0).any(axis=1))
    else:
        positions = np.array([results.site_position(site) for site in sites], np.intp)
    start = np.datetime64(results.start.isoformat(), "D")
    rows = []
    for position in positions:
        down = days[position][days[position] >= 0]
        dates: dict[str, Any] = {_column(q): pd.NaT for q in quantiles}
        if down.size:
            found = np.quantile(down, quantiles, method="lower").astype(int)
            dates = {
                _column(q): pd.Timestamp(start + day)
                for q, day in zip(quantiles, found, strict=True)
            }
        rows.append({**_labels(results, position), "share": down.size / days.shape[1], **dates})
    columns = ["site", "item", "sector", "share", *(_column(q) for q in quantiles)]
    table = pd.DataFrame(rows, columns=columns)
    table.attrs["units"] = {"share": "share", **{_column(q): "date" for q in quantiles}}
    return table


def _labels(results: Results, position: np.intp | int) -> dict[str, str]:
    """Labels of a site."""
    return {
        "site": str(results.data["site"].to_numpy()[position]),
        "item": str(results.data["site_item"].to_numpy()[position]),
        "sector": str(results.data["site_sector"].to_numpy()[position]),
    }


def not_built(
    results: Results,
    *,
    sites: Sequence[str] | None = None,
    by: str = "site",
    quantiles: Sequence[float] = QUANTILES,
) -> pd.DataFrame:
    """Output lost against the baseline over the whole run.

    Parameters
    ----------
    results : Results
    sites : sequence of str, optional
        By default all sites that have a sector.
    by : {"site", "sector"}
        Whether sites are added up by sector and item.
    quantiles : sequence of float

    Returns
    -------
    pandas.DataFrame
        Labels, ``unit``, ``mean`` and one column per quantile.

    Raises
    ------
    NotFoundError
        If a site was not simulated.
    UsageError
        If `by` is neither.
    """
    import pandas as pd

    _check(quantiles)
    if by not in ("site", "sector"):
        raise UsageError(f"by is {by!r}", where="by", expected="site or sector")
    sector = results.data["site_sector"].to_numpy().astype(str)
    if sites is None:
        positions = np.flatnonzero(sector != "")
    else:
        positions = np.array([results.site_position(site) for site in sites], np.intp)
    lost = results["lost_output"].to_numpy()
    units = results.data["site_unit"].to_numpy()
    groups: dict[tuple[str, ...], list[int]] = {}
    for position in positions:
        labels = _labels(results, position)
        key = tuple(labels.values()) if by == "site" else (labels["sector"], labels["item"])
        groups.setdefault((*key, str(units[position])), []).append(int(position))
    names = ["site", "item", "sector"] if by == "site" else ["sector", "item"]
    rows = []
    for key in groups if by == "site" else sorted(groups):
        total = lost[groups[key]].sum(axis=0)
        stats = _quantiles(total[None, :], quantiles)
        values = {name: float(value[0]) for name, value in stats.items()}
        rows.append({**dict(zip((*names, "unit"), key, strict=True)), **values})
    table = pd.DataFrame(rows, columns=[*names, "unit", "mean", *(_column(q) for q in quantiles)])
    table.attrs["units"] = {"mean": "column unit", **{_column(q): "column unit" for q in quantiles}}
    return table


def days_of_cover(results: Results, *, quantiles: Sequence[float] = QUANTILES) -> pd.DataFrame:
    """Days of baseline output that the selected sites' stocks still allow.

    Returns
    -------
    pandas.DataFrame
        As :func:`bands` of ``stock_cover``, in days.
    """
    return bands(results, "stock_cover", quantiles=quantiles)


def licence_table(results: Results, *, quantiles: Sequence[float] = QUANTILES) -> pd.DataFrame:
    """Licensed quantities drawn, left and lapsed, per licence group.

    Returns
    -------
    pandas.DataFrame
        ``licence_group``, ``measure`` (drawn, left, lapsed), ``mean`` and quantiles, in the unit
        of the group's item.
    """
    import pandas as pd

    _check(quantiles)
    groups = results.data["licence_group"].to_numpy()
    parts = []
    for measure in ("drawn", "left", "lapsed"):
        stats = _quantiles(results[f"licence_{measure}"].to_numpy(), quantiles)
        parts.append(pd.DataFrame({"licence_group": groups, "measure": measure, **stats}))
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values(["licence_group", "measure"], kind="stable", ignore_index=True)
    table.attrs["units"] = {"mean": "unit of the group's item"}
    return table
